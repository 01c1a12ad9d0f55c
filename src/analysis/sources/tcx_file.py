"""TCX: activities as laps, one row an activity.

`moving_s` and `distance_m` are the sums over the laps (TotalTimeSeconds is timer time); `elapsed_s` goes from the start
of the first lap to the last point or the end of the last lap. Mean heart rate is that of the laps, weighted by their
time. Height gained is gpxpy's sum over smoothed heights. Times are UTC.
"""

import datetime as dt
from dataclasses import dataclass, field

from gpxpy import geo

from analysis.sources.activity import (
    HEADER,
    MOST_ACTIVITIES,
    MOST_ELEMENTS,
    Numbers,
    Times,
    as_table,
    file_problem,
    instant_text,
    number_text,
    read_xml,
    refused_at,
    word_text,
    xml_chunks,
)
from analysis.sources.blob import Blob
from analysis.sources.problems import Problem
from analysis.sources.raw_table import Keep, Reading, ReadingRules

_LAP_NUMBERS = {
    "TotalTimeSeconds": "seconds",
    "DistanceMeters": "metres",
    "AverageHeartRateBpm/Value": "hr_avg",
    "MaximumHeartRateBpm/Value": "hr_max",
}
_NEEDED = {"seconds": "TotalTimeSeconds", "metres": "DistanceMeters"}


def read_tcx(blob: Blob, _rules: ReadingRules, keep: Keep) -> Reading:
    """One row an activity that has a start, addressed "activity 1".

    Courses and workouts are plans, not activities: no row, and a decision that says so. Raises `Refused`, `OSError` or
    one of `DAMAGED` where the file is not XML of kind TrainingCenterDatabase.
    """
    found = _Activities()
    with blob.open() as file:
        read_xml(xml_chunks(file), found, "TrainingCenterDatabase", MOST_ELEMENTS)
    problems = [*found.times.problems(blob.name), *found.numbers.problems(blob.name), *_left_out(blob.name, found)]
    rows = [(number, one.cells()) for number, one in enumerate(found.activities, start=1) if one.start]
    return Reading(as_table(blob.name, HEADER, "activity", rows, keep) if rows else None, tuple(problems))


def _left_out(file: str, found: "_Activities") -> list[Problem]:
    if not found.activities:
        kinds = ", ".join(sorted(found.others)) or "nothing"
        said = f"a TCX file that holds {kinds} and no activity: nothing read"
        return [file_problem(file, "decision", said, "activities", "nothing to do, or remove it from path")]
    problems = []
    for number, one in enumerate(found.activities, start=1):
        place = f"activity {number}"
        if one.start is None:
            fix = "remove it from path, or export it again"
            said = "an activity without a time of start: not read"
            problems.append(file_problem(file, "warning", said, "laps with StartTime", fix, place=place))
            continue
        for name, element in _NEEDED.items():
            n_without = sum(name not in lap for lap in one.laps)
            if n_without:
                said = f"{n_without} of {len(one.laps)} laps without {element}: their sum is left blank"
                fix = "export it again, or leave it blank"
                problems.append(file_problem(file, "warning", said, "a number in each lap", fix, place=place))
    return problems


@dataclass
class _Activity:
    """One activity, its laps as numbers by name."""

    sport: str
    start: dt.datetime | None = None
    last: dt.datetime | None = None
    lap_start: dt.datetime | None = None
    laps: list[dict[str, float]] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    heart: list[float] = field(default_factory=list)

    def see(self, at: dt.datetime) -> None:
        """Something happened at this moment."""
        self.start = at if self.start is None else min(self.start, at)
        self.last = at if self.last is None else max(self.last, at)

    def total(self, name: str) -> float | None:
        """The sum over the laps; None unless every lap has that number."""
        values = [lap[name] for lap in self.laps if name in lap]
        return sum(values) if self.laps and len(values) == len(self.laps) else None

    def mean_heart_rate(self) -> float | None:
        """Mean over the laps that have one, weighted by their time; else over the points."""
        timed = [(lap["hr_avg"], lap["seconds"]) for lap in self.laps if lap.get("hr_avg") and lap.get("seconds")]
        if timed:
            return sum(rate * seconds for rate, seconds in timed) / sum(seconds for _, seconds in timed)
        return sum(self.heart) / len(self.heart) if self.heart else None

    def cells(self) -> dict[str, str]:
        """The row of the activity; only for one with a start."""
        highest = [lap["hr_max"] for lap in self.laps if lap.get("hr_max")] or self.heart
        ascent = geo.calculate_uphill_downhill(self.heights)[0] if len(self.heights) > 1 else None
        elapsed = (self.last - self.start).total_seconds()
        return {
            "start": instant_text(self.start),
            "sport": self.sport,
            "elapsed_s": number_text(elapsed or None),
            "moving_s": number_text(self.total("seconds")),
            "distance_m": number_text(self.total("metres")),
            "ascent_m": number_text(ascent),
            "hr_avg_bpm": number_text(self.mean_heart_rate()),
            "hr_max_bpm": number_text(max(highest, default=None)),
        }


class _Activities:
    """The activities of a document as they are told."""

    def __init__(self) -> None:
        self.activities: list[_Activity] = []
        self.others: set[str] = set()
        self.times, self.numbers = Times(), Numbers()

    def start(self, path: list[str], attributes: dict[str, str], line: int) -> None:
        if len(path) == 2 and path[1] in ("Courses", "Workouts", "History"):
            self.others.add(path[1].lower())
        if path[1:2] != ["Activities"]:
            return
        if path[-1] == "Activity":
            if len(self.activities) == MOST_ACTIVITIES:
                raise refused_at(line, f"more than {MOST_ACTIVITIES} activities")
            self.activities.append(_Activity(word_text(attributes.get("Sport", ""))))
        elif path[-2:] == ["Activity", "Lap"] and self.activities:
            one = self.activities[-1]
            one.laps.append({})
            one.lap_start = self.times.read(attributes["StartTime"]) if "StartTime" in attributes else None
            if one.lap_start:
                one.see(one.lap_start)

    def end(self, path: list[str], text: str) -> None:
        if path[1:2] != ["Activities"] or "Lap" not in path or not (self.activities and self.activities[-1].laps):
            return
        one = self.activities[-1]
        inner = path[path.index("Lap") + 1 :]
        name = _LAP_NUMBERS.get("/".join(inner))
        if name:
            value = self.numbers.read(text)
            if value is not None and value >= 0:
                one.laps[-1][name] = value
        elif not inner:
            _end_lap(one)
        elif inner[:2] == ["Track", "Trackpoint"]:
            self._point(one, inner[2:], text)

    def _point(self, one: _Activity, inner: list[str], text: str) -> None:
        if inner == ["Time"]:
            at = self.times.read(text)
            if at is not None:
                one.see(at)
        elif inner == ["AltitudeMeters"] and (height := self.numbers.read(text)) is not None:
            one.heights.append(height)
        elif inner == ["HeartRateBpm", "Value"] and (rate := self.numbers.read(text) or 0) > 0:
            one.heart.append(rate)


def _end_lap(one: _Activity) -> None:
    seconds = one.laps[-1].get("seconds")
    if one.lap_start and seconds is not None and seconds < 1e8:
        one.see(one.lap_start + dt.timedelta(seconds=seconds))
