"""What the readers of activity files share: the row of an activity, and XML from strangers read as a stream."""

import codecs
import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Protocol
from xml.etree.ElementTree import ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from analysis.sources.blob import Refused
from analysis.sources.dates import FIRST_YEAR, LAST_YEAR
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, RawTable

HEADER = (
    "start",
    "utc_offset_min",
    "sport",
    "sub_sport",
    "elapsed_s",
    "moving_s",
    "distance_m",
    "ascent_m",
    "hr_avg_bpm",
    "hr_max_bpm",
    "max_speed_m_s",
)
"""Columns of a FIT, GPX or TCX file, one row an activity. `start` is an instant in UTC; `utc_offset_min` the zone of
the watch and `max_speed_m_s` the greatest speed (FIT only); `moving_s` the time the timer ran (blank for GPX, which has
none). Positions, titles and notes are never kept."""

Row = tuple[int, dict[str, str]]
"""The number of an activity in its file (a session, track or line), and its cells by column."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_WORD = re.compile(r"[\w /&().-]{1,40}")
_CHUNK = 1 << 16
_LONGEST_TAG = 1 << 20
_DEEPEST = 60
MOST_ELEMENTS = 3_000_000
"""In one GPX or TCX file: a point every second for two days."""
MOST_ACTIVITIES = 10_000
"""In one GPX or TCX file."""
_LONGEST_TEXT = 200
_NAMED = {
    "gpx": "end its name in .gpx",
    "TrainingCenterDatabase": "end its name in .tcx",
    "HealthData": "end its name in .xml",
}
"""What to do with an XML file that another reader reads."""


def as_table(file: str, header: tuple[str, ...], what: str, rows: list[Row], keep: Keep) -> RawTable:
    """The rows under `header`, only the columns kept; the address of a row is `what` and its number ("track 2")."""
    cells = {}
    for position in keep(header):
        cells[position] = np.array([row.get(header[position], "") for _, row in rows], dtype=object)

    def address(number: int, _position: int | None = None) -> str:
        return f"{what} {number}" if number else ""

    return RawTable(file, "", header, 0, cells, np.array([number for number, _ in rows], dtype=int), address)


def file_problem(
    file: str, severity: str, found: str, expected: str, fix: str, *, place: str = "", code: str = "FORMAT"
) -> Problem:
    """A problem of a whole file, or of one activity in it."""
    return Problem(file, "", place, "", code, severity, found, expected, fix)


def number_text(value: float | None) -> str:
    """A number to 0.01, never with three digits after the point, which could be read as thousands; "" for None."""
    if value is None or not math.isfinite(value):
        return ""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def instant_text(at: dt.datetime) -> str:
    """An instant (with its offset) in UTC, to the second: 2026-02-03T07:15:00Z."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def word_text(text: str) -> str:
    """A code word such as a kind of sport, in lower case; "" for what reads like free text."""
    text = " ".join(text.split()).lower()
    return text if _WORD.fullmatch(text) else ""


def parse_number(text: str | None) -> float | None:
    """A number as XML writes it; None for anything else, infinity and NaN included."""
    if text is None or not _NUMBER.fullmatch(text.strip()):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def parse_instant(text: str) -> dt.datetime | None:
    """A date and time as XML writes it (naive without an offset); None where it is none, or not of 1951 to 2098."""
    text = text.strip()
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) <= len("2026-02-03") or not FIRST_YEAR < at.year < LAST_YEAR:
        return None
    return at.astimezone(dt.UTC) if at.tzinfo else at


class Times:
    """The moments of one file; those without an offset are taken as UTC, as GPX and TCX prescribe, and counted."""

    def __init__(self) -> None:
        self.n_naive = self.n_wrong = 0

    def read(self, text: str) -> dt.datetime | None:
        """The instant, None where it cannot be read."""
        at = parse_instant(text)
        if at is None:
            self.n_wrong += 1
        elif at.tzinfo is None:
            self.n_naive += 1
            at = at.replace(tzinfo=dt.UTC)
        return at

    def problems(self, file: str) -> list[Problem]:
        """What was concluded about the times, and how many could not be read."""
        told = []
        if self.n_naive:
            found = f"{self.n_naive} times without a zone: taken as UTC, as the format prescribes"
            fix = "nothing to do, or export again if the device wrote local time"
            told.append(file_problem(file, "decision", found, "times in UTC", fix, code="CLOCK"))
        if self.n_wrong:
            found, fix = f"{self.n_wrong} times that cannot be read: left out", "compare the activity with its device"
            told.append(file_problem(file, "warning", found, "times such as 2026-02-03T07:15:00Z", fix, code="DATE"))
        return told


class Numbers:
    """The numbers of one file; what cannot be read as one is counted (a blank or NaN says that there is none)."""

    def __init__(self) -> None:
        self.n_wrong = 0

    def read(self, text: str) -> float | None:
        """The number, None where it cannot be read."""
        value = parse_number(text)
        self.n_wrong += value is None and text.strip().casefold() not in ("", "nan")
        return value

    def problems(self, file: str) -> list[Problem]:
        """How many could not be read: a mean or sum is then of the others."""
        if not self.n_wrong:
            return []
        found, fix = f"{self.n_wrong} numbers that cannot be read: left out", "compare the activity with its device"
        return [file_problem(file, "warning", found, "numbers such as 151.5", fix, code="NUMBER")]


class XmlTarget(Protocol):
    """Who is told of the elements: `path` holds their names from the root, without namespaces."""

    def start(self, path: list[str], attributes: dict[str, str], line: int) -> None:
        """An element begins."""

    def end(self, path: list[str], text: str) -> None:
        """An element ends; `text` is what stands in it after its last child, cut after 200 characters."""


def read_xml(chunks: Iterable[bytes], target: XmlTarget, root: str, most_elements: int | None = None) -> None:
    """Tell `target` of every element of a document of kind `root`; none is kept, so its size is free.

    Raises `Refused` for another root, for more than `most_elements`, for what is no XML to its end, and for what XML
    from strangers may do harm with: a document type (so no entities), nesting without end, a tag of more than 1 MiB.
    """
    events = _Events(target, root, most_elements or math.inf)
    parser = DefusedXMLParser(target=events, forbid_dtd=True)
    events.expat = parser.parser
    n_fed = 0
    try:
        for chunk in chunks:
            n_fed += len(chunk)
            parser.feed(chunk)
            if n_fed - max(parser.parser.CurrentByteIndex, 0) > _LONGEST_TAG:
                raise refused_at(parser.parser.CurrentLineNumber, "a tag or comment of more than 1 MiB")
        parser.close()
    except DefusedXmlException:
        raise refused_at(parser.parser.CurrentLineNumber, "a document type or entities") from None
    except ParseError as error:
        found = f"XML that is damaged or breaks off ({error})" if n_fed else "an empty file"
        raise Refused(found, "XML that is well-formed to its end", "export or copy it again") from None
    except Refused:
        raise
    except (ValueError, LookupError) as error:
        if events.n_elements:
            raise
        raise refused_at(1, f"an encoding that cannot be read ({quoted(error)})") from None


def xml_chunks(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of an XML file in parts; blanks before `<?xml` (as Strava writes them) are left out."""
    at_start = True
    while chunk := file.read(_CHUNK):
        if at_start:
            mark = chunk.startswith(codecs.BOM_UTF8) and chunk[3:4].isspace()
            chunk = (chunk[3:] if mark else chunk).lstrip(b" \t\r\n")
            at_start = not chunk
        if chunk:
            yield chunk


def refused_at(line: int, found: str) -> Refused:
    """The refusal of an XML file for what was found at a line."""
    return Refused(f"{found} (line {line})", "plain XML as the device or site exports it", "export it again")


class _Events:
    """What the parser tells, passed on with the path of names and the text."""

    def __init__(self, target: XmlTarget, root: str, most_elements: float) -> None:
        self._target, self._root, self._most = target, root, most_elements
        self.n_elements = 0
        self._path: list[str] = []
        self._text: list[str] = []
        self._n_text = 0
        self.expat = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        self.n_elements += 1
        if not self._path and name != self._root:
            fix = _NAMED.get(name, "remove it from path, or export the activities")
            raise Refused(f"an XML file of kind {quoted(name)}", f"one of kind {self._root}", fix)
        if self.n_elements > self._most:
            raise refused_at(self.expat.CurrentLineNumber, f"more than {self._most} elements")
        if len(self._path) >= _DEEPEST:
            raise refused_at(self.expat.CurrentLineNumber, f"more than {_DEEPEST} elements inside each other")
        self._path.append(name)
        self._forget()
        self._target.start(self._path, attributes, self.expat.CurrentLineNumber)

    def data(self, text: str) -> None:
        if self._n_text < _LONGEST_TEXT:
            self._text.append(text[:_LONGEST_TEXT])
            self._n_text += len(text)

    def end(self, _tag: str) -> None:
        self._target.end(self._path, "".join(self._text))
        self._path.pop()
        self._forget()

    def close(self) -> None:
        """Nothing is left to do: nothing was kept."""

    def _forget(self) -> None:
        self._text, self._n_text = [], 0
