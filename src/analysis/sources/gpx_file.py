"""GPX: the tracks of a GPS device, one row each.

Distance is the sum over the points of each segment, without height (gpxpy's two-dimensional length): nothing is added
for the gaps between segments. Height gained is gpxpy's sum over smoothed heights. Heart rate is the mean over the
points that have one. A GPX file knows no pauses, so `moving_s` is blank; `elapsed_s` is last less first time.
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
    parse_number,
    read_xml,
    refused_at,
    word_text,
    xml_chunks,
)
from analysis.sources.blob import Blob
from analysis.sources.problems import Problem
from analysis.sources.raw_table import Keep, Reading, ReadingRules

_HEART_RATES = ("hr", "heartrate")


def read_gpx(blob: Blob, _rules: ReadingRules, keep: Keep) -> Reading:
    """One row a track that has times, addressed "track 1".

    A track or route without times at most of its points is no session: no row, and a warning, so that one such file
    does not stop a folder. Where a few points lack their time, a warning says so.
    Raises `Refused`, `OSError` or one of `DAMAGED` where the file is not XML of kind gpx.
    """
    found = _Tracks()
    with blob.open() as file:
        read_xml(xml_chunks(file), found, "gpx", MOST_ELEMENTS)
    problems = [*found.times.problems(blob.name), *found.numbers.problems(blob.name), *_left_out(blob.name, found)]
    rows = [(number, track.cells()) for number, track in enumerate(found.tracks, start=1) if track.is_timed]
    return Reading(as_table(blob.name, HEADER, "track", rows, keep) if rows else None, tuple(problems))


def _left_out(file: str, found: "_Tracks") -> list[Problem]:
    problems = []
    fix = "remove it from path, or export the activity with its times"
    if not found.tracks:
        problems.append(file_problem(file, "warning", "no track: nothing read", "a track with times", fix))
    timeless = [number for number, track in enumerate(found.tracks, start=1) if not track.is_timed]
    if timeless:
        said = f"{len(timeless)} of {len(found.tracks)} tracks without times: not read as sessions"
        problems.append(file_problem(file, "warning", said, "tracks with times", fix, place=f"track {timeless[0]}"))
    for number, track in enumerate(found.tracks, start=1):
        if track.is_timed and track.times < track.points:
            said = f"{track.points - track.times} of {track.points} points without a time"
            check = "compare elapsed_s with the device's"
            problems.append(file_problem(file, "warning", said, "a time at each", check, place=f"track {number}"))
    if found.n_misplaced:
        said = f"{found.n_misplaced} points without a possible position: left out of the distance"
        fix = "compare the distance with the device's"
        problems.append(file_problem(file, "warning", said, "latitude and longitude in degrees", fix))
    return problems


@dataclass
class _Track:
    """One track, summed up point by point."""

    sport: str = ""
    points: int = 0
    times: int = 0
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    distance_m: float | None = None
    heights: list[list[float]] = field(default_factory=lambda: [[]])
    heart: list[float] = field(default_factory=list)
    before: tuple[float, float] | None = None

    @property
    def is_timed(self) -> bool:
        """Whether most of its points have a time."""
        return self.times > 0 and 2 * self.times >= self.points

    def new_segment(self) -> None:
        """What follows is not joined to what came before."""
        self.before = None
        self.heights.append([])

    def move(self, here: tuple[float, float]) -> None:
        """Go on to the next position (latitude, longitude; degrees)."""
        if self.before is not None:
            step = geo.distance(*self.before, None, *here, None)
            self.distance_m = (self.distance_m or 0.0) + step
        self.before = here

    def see(self, at: dt.datetime) -> None:
        """A point was recorded at this moment."""
        self.times += 1
        self.first = at if self.first is None else min(self.first, at)
        self.last = at if self.last is None else max(self.last, at)

    def cells(self) -> dict[str, str]:
        """The row of the track; only for a track with times."""
        heights = [part for part in self.heights if len(part) > 1]
        ascent = sum(geo.calculate_uphill_downhill(part)[0] for part in heights) if heights else None
        return {
            "start": instant_text(self.first),
            "sport": self.sport,
            "elapsed_s": number_text((self.last - self.first).total_seconds()),
            "distance_m": number_text(self.distance_m),
            "ascent_m": number_text(ascent),
            "hr_avg_bpm": number_text(sum(self.heart) / len(self.heart) if self.heart else None),
            "hr_max_bpm": number_text(max(self.heart, default=None)),
        }


class _Tracks:
    """The tracks of a document as they are told."""

    def __init__(self) -> None:
        self.tracks: list[_Track] = []
        self.times, self.numbers = Times(), Numbers()
        self.n_misplaced = 0

    def start(self, path: list[str], attributes: dict[str, str], line: int) -> None:
        if path[1:] == ["trk"]:
            if len(self.tracks) == MOST_ACTIVITIES:
                raise refused_at(line, f"more than {MOST_ACTIVITIES} tracks")
            self.tracks.append(_Track())
        elif path[1:] == ["trk", "trkseg"]:
            self.tracks[-1].new_segment()
        elif path[1:] == ["trk", "trkseg", "trkpt"]:
            self.tracks[-1].points += 1
            here = _position(attributes)
            if here is None:
                self.n_misplaced += 1
            else:
                self.tracks[-1].move(here)

    def end(self, path: list[str], text: str) -> None:
        if path[1:3] == ["trk", "type"]:
            self.tracks[-1].sport = word_text(text)
        if path[1:4] != ["trk", "trkseg", "trkpt"] or len(path) < 5:
            return
        track = self.tracks[-1]
        if path[4:] == ["time"]:
            at = self.times.read(text)
            if at is not None:
                track.see(at)
        elif path[4:] == ["ele"] and (height := self.numbers.read(text)) is not None:
            track.heights[-1].append(height)
        elif path[-1] in _HEART_RATES and (rate := self.numbers.read(text) or 0) > 0:
            track.heart.append(rate)


def _position(attributes: dict[str, str]) -> tuple[float, float] | None:
    latitude, longitude = parse_number(attributes.get("lat")), parse_number(attributes.get("lon"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return latitude, longitude
