"""Apple Health: the workouts in export.xml, one row each, read as a stream whatever the size of the file.

Names of devices and apps, which may hold a person's name, are never kept. Workouts that a watch and a phone both
recorded are two rows here.
"""

import datetime as dt
import itertools
import re
from collections.abc import Iterable, Iterator

from analysis.sources.activity import (
    Row,
    as_table,
    file_problem,
    number_text,
    parse_number,
    read_xml,
    refused_at,
    word_text,
    xml_chunks,
)
from analysis.sources.blob import Blob
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, Reading, ReadingRules

APPLE_HEADER = ("start", "end", "sport", "duration_s", "distance_m", "hr_avg_bpm")
"""`start` and `end` hold their offset from UTC; `duration_s` is the workout's own (pauses left out)."""
_TYPE = "HKWorkoutActivityType"
_DISTANCE = "HKQuantityTypeIdentifierDistance"
_HEART_RATE = "HKQuantityTypeIdentifierHeartRate"
_METRES = {"m": 1.0, "km": 1000.0, "mi": 1609.344, "yd": 0.9144, "ft": 0.3048, "cm": 0.01}
_SECONDS = {"s": 1.0, "min": 60.0, "hr": 3600.0, "h": 3600.0, "ms": 0.001}
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL)
_PROLOGUE = 1 << 18
_MOST_WORKOUTS = 500_000
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_apple_health(blob: Blob, _rules: ReadingRules, keep: Keep) -> Reading:
    """One row a workout, addressed by the line of its element ("line 1024").

    A time that cannot be read stands as in the file, for the mapping to report; a number that cannot be read or has a
    unit that is not known is an error and its cell blank. Raises `Refused`, `OSError` or one of `DAMAGED` where the
    file is not XML of kind HealthData.
    """
    found = _Workouts(blob.name)
    with blob.open() as file:
        read_xml(_without_doctype(xml_chunks(file)), found, "HealthData")
    if not found.rows:
        fix = "nothing to do, or remove it from path"
        none = file_problem(blob.name, "warning", "an Apple Health export without workouts", "workouts", fix)
        return Reading(None, (*found.problems, none))
    return Reading(as_table(blob.name, APPLE_HEADER, "line", found.rows, keep), tuple(found.problems))


def _without_doctype(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The document without its document type, which iOS 16 and later write with mistakes, its line breaks kept; and
    with a blank for each vertical tab, which no XML may hold but Apple writes.

    Raises `Refused` where the document type declares an entity.
    """
    parts = iter(chunks)
    head = b""
    for part in parts:
        head += part
        if len(head) >= _PROLOGUE or b"<HealthData" in head.partition(b"]>")[2]:
            break
    is_wide = head.startswith(_UTF_16)
    at = head.find(b"<!DOCTYPE")
    match = _DOCTYPE.match(head, at) if 0 <= at < head.find(b"<HealthData") else None
    if match:
        if b"<!ENTITY" in match[0]:
            raise refused_at(head.count(b"\n", 0, match.start()) + 1, "entities in the document type")
        head = head[: match.start()] + b"\n" * match[0].count(b"\n") + head[match.end() :]
    for part in itertools.chain([head], parts):
        yield part if is_wide else part.replace(b"\x0b", b" ")


class _Workouts:
    """The workouts of a document as they are told."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self._units_told: set[str] = set()
        self._distances: set[str] = set()

    def start(self, path: list[str], attributes: dict[str, str], line: int) -> None:
        if path[1:] == ["Workout"]:
            if len(self.rows) == _MOST_WORKOUTS:
                raise refused_at(line, f"more than {_MOST_WORKOUTS} workouts")
            self._distances = set()
            self.rows.append((line, self._cells(attributes, line)))
        elif path[1:] == ["Workout", "WorkoutStatistics"]:
            self._statistic(attributes, line)

    def end(self, path: list[str], text: str) -> None:
        """Workouts hold everything in attributes."""

    def _cells(self, attributes: dict[str, str], line: int) -> dict[str, str]:
        duration, distance = attributes.get("duration", ""), attributes.get("totalDistance", "")
        return {
            "start": _moment(attributes.get("startDate", "")),
            "end": _moment(attributes.get("endDate", "")),
            "sport": _sport(attributes.get("workoutActivityType", "")),
            "duration_s": self._converted(duration, attributes.get("durationUnit"), _SECONDS, line),
            "distance_m": self._converted(distance, attributes.get("totalDistanceUnit"), _METRES, line),
        }

    def _statistic(self, attributes: dict[str, str], line: int) -> None:
        """What newer exports say about the workout in elements of its own."""
        kind, cells = attributes.get("type", ""), self.rows[-1][1]
        if kind == _HEART_RATE:
            cells["hr_avg_bpm"] = number_text(parse_number(attributes.get("average")))
        if not kind.startswith(_DISTANCE) or "sum" not in attributes:
            return
        self._distances.add(kind)
        if len(self._distances) > 1:
            cells["distance_m"] = ""
            said = f"{len(self._distances)} distances of different kinds in one workout: left blank"
            fix = "leave it blank, or enter the one that counts elsewhere"
            problem = file_problem(self.file, "warning", said, "one distance", fix, place=f"line {line}")
            self.problems.append(problem)
        else:
            cells["distance_m"] = self._converted(attributes["sum"], attributes.get("unit"), _METRES, line)

    def _converted(self, text: str, unit: str | None, sizes: dict[str, float], line: int) -> str:
        """The number in s or m; blank, and an error, for what is no number or has another unit (told once each)."""
        value, unit = parse_number(text), unit or ""
        if value is not None and unit in sizes:
            return number_text(value * sizes[unit])
        if text and value is None:
            self._wrong("NUMBER", line, quoted(text), "a number such as 30.5", "correct it, or remove the workout")
        elif text and unit not in self._units_told:
            self._units_told.add(unit)
            expected, fix = f"one of {', '.join(sizes)}", "export it again with another unit, or convert it"
            self._wrong("UNIT", line, f"a number in {quoted(unit)}", expected, fix)
        return ""

    def _wrong(self, code: str, line: int, found: str, expected: str, fix: str) -> None:
        problem = file_problem(self.file, "error", found, expected, fix, place=f"line {line}", code=code)
        self.problems.append(problem)


def _moment(text: str) -> str:
    """2016-04-02 10:40:38 +0100 as 2016-04-02T10:40:38+01:00; what is not written so, as it stands."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").isoformat()
    except ValueError:
        return " ".join(text.split())[:40]


def _sport(text: str) -> str:
    return word_text(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.removeprefix(_TYPE)))
