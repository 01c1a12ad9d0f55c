"""FIT: the files of sports watches, one row a session (several in a multisport file).

Numbers are those of the session message: total_elapsed_time, total_timer_time (time the timer ran), total_distance,
enhanced_max_speed or max_speed (m/s).
Where a file breaks off before it, they come from the records and timer events that were read, and a warning says so.
"""

import datetime as dt
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import fitdecode
from fitdecode import CrcCheck, ErrorHandling, FitReader

from analysis.sources.activity import HEADER, Row, as_table, file_problem, instant_text, number_text, word_text
from analysis.sources.blob import Blob, Refused
from analysis.sources.problems import Problem
from analysis.sources.raw_table import Keep, Reading, ReadingRules

_MOST_BYTES = 8 << 20
_MOST_MESSAGES = 300_000
"""A watch that records every second for a day writes 5 MiB and 90,000 to 180,000 messages."""
_MALFORMED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)
"""What fitdecode raises, beside its own errors, for bytes that are no FIT."""
_SMALLER = "split it, or list the activity in a table"
_EPOCH = dt.datetime(1989, 12, 31, tzinfo=dt.UTC)
_FIRST_INSTANT = 0x10000000
"""Time counts in seconds from the end of 1989; smaller numbers count from when the device was switched on."""
_TOO_LARGE = 1e9
_QUARTER_MIN = 15
_FARTHEST_MIN = 14 * 60
_Message = fitdecode.FitDataMessage


def read_fit(blob: Blob, _rules: ReadingRules, keep: Keep) -> Reading:
    """One row a session, addressed "session 1".

    A FIT file that is no activity (weight scale, settings, course) gives no row and a decision that says so; one that
    breaks off or whose checksum is wrong keeps what was read, with a warning. Raises `Refused`, `OSError` or one of
    `DAMAGED` where the file is no FIT at all.
    """
    with blob.open() as file:
        data = file.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Refused("a FIT file of more than 8 MiB", "a smaller one", _SMALLER)
    found = _Found()
    for n, frame in enumerate(_frames(data, found)):
        if n == _MOST_MESSAGES:
            raise Refused(f"a FIT file of more than {_MOST_MESSAGES} messages", "fewer", _SMALLER)
        found.take(frame)
    if not found.parts:
        said = "no FIT file" if data else "an empty file"
        raise Refused(said, "a FIT file from a sports watch", "export or copy it again")
    rows: list[Row] = []
    problems: list[Problem] = []
    for part in found.parts:
        _add_rows(part, blob.name, rows, problems)
    problems += _troubles(found, blob.name, bool(rows))
    return Reading(as_table(blob.name, HEADER, "session", rows, keep) if rows else None, tuple(problems))


@dataclass
class _Part:
    """One FIT file; several may follow each other in one file on disk."""

    kind: str | None = None
    sessions: list[_Message] = field(default_factory=list)
    offset_min: int | None = None
    sport: dict[str, str] = field(default_factory=dict)
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    distance_m: float | None = None
    heart: list[float] = field(default_factory=list)
    timer: list[tuple[dt.datetime, bool]] = field(default_factory=list)

    def take(self, message: _Message) -> None:
        """Keep what counts of a message."""
        name = message.name
        if name == "record":
            self._record(message)
        elif name == "session":
            self.sessions.append(message)
        elif name == "file_id":
            self.kind = _word(message, "type") or self.kind
        elif name == "activity":
            self.offset_min = _offset_min(message)
        elif name in ("sport", "lap"):
            self.sport = self.sport or {key: _word(message, key) for key in ("sport", "sub_sport")}
        elif name == "event" and message.get_value("event", fallback=None) == "timer":
            at = _instant(message, "timestamp")
            if at is not None:
                self.timer.append((at, message.get_value("event_type", fallback=None) == "start"))

    def _record(self, message: _Message) -> None:
        at = _instant(message, "timestamp")
        if at is not None:
            self.first = at if self.first is None else min(self.first, at)
            self.last = at if self.last is None else max(self.last, at)
        distance_m, rate = _number(message, "distance"), _number(message, "heart_rate")
        self.distance_m = self.distance_m if distance_m is None else distance_m
        if rate:
            self.heart.append(rate)

    def timer_s(self) -> float | None:
        """Seconds the timer ran by its events, up to the last record; None where it was never seen to start."""
        total, since = 0.0, None
        for at, starts in self.timer:
            if starts and since is None:
                since = at
            elif not starts and since is not None:
                total, since = total + (at - since).total_seconds(), None
        if since is not None:
            total += max((self.last - since).total_seconds(), 0.0)
        return total if any(starts for _, starts in self.timer) else None

    def cells_from_records(self) -> dict[str, str]:
        """The row of a file whose session message is missing; only where records have times."""
        return {
            **self.sport,
            "start": instant_text(self.first),
            "utc_offset_min": number_text(self.offset_min),
            "elapsed_s": number_text((self.last - self.first).total_seconds()),
            "moving_s": number_text(self.timer_s()),
            "distance_m": number_text(self.distance_m),
            "hr_avg_bpm": number_text(sum(self.heart) / len(self.heart) if self.heart else None),
            "hr_max_bpm": number_text(max(self.heart, default=None)),
        }


@dataclass
class _Found:
    """The parts of a file on disk, and what was wrong with it."""

    parts: list[_Part] = field(default_factory=list)
    broken: str = ""
    bad_checksum: bool = False

    def take(self, frame: object) -> None:
        """A frame is a header, a definition, a message or a checksum."""
        if frame.frame_type == fitdecode.FIT_FRAME_HEADER:
            self.parts.append(_Part())
        elif frame.frame_type == fitdecode.FIT_FRAME_CRC:
            self.bad_checksum |= not frame.matched
        elif frame.frame_type == fitdecode.FIT_FRAME_DATA:
            self.parts[-1].take(frame)


def _frames(data: bytes, found: _Found) -> Iterator[object]:
    """The frames up to the first that cannot be read, which `found` is told of."""
    stream = io.BytesIO(data)
    how = {"check_crc": CrcCheck.READONLY, "error_handling": ErrorHandling.IGNORE}
    reader = FitReader(stream, processor=None, **how)
    frames = iter(reader)
    while True:
        try:
            frame = next(frames, None)
        except fitdecode.FitEOFError as error:
            found.broken = f"a file that ends early, at byte {error.offset}"
            return
        except (fitdecode.FitError, *_MALFORMED):
            found.broken = f"bytes that are no FIT before byte {stream.tell()}"
            return
        if frame is None:
            return
        yield frame


def _add_rows(part: _Part, file: str, rows: list[Row], problems: list[Problem]) -> None:
    """The rows of one part, numbered on from those before."""
    if part.kind not in (None, "activity"):
        return
    for session in part.sessions:
        cells = _session_cells(session, part.offset_min)
        if cells is not None:
            rows.append((len(rows) + 1, cells))
            continue
        found, fix = "a session without a time of start: not read", "export it again, or enter it by hand"
        problems.append(file_problem(file, "warning", found, "start_time", fix))
    if not part.sessions and part.first is not None:
        rows.append((len(rows) + 1, part.cells_from_records()))
        found = "no session message: its numbers are from the records that were read"
        fix = "compare them with the watch or the site, and export it again"
        problems.append(file_problem(file, "warning", found, "a whole FIT file", fix, place=f"session {len(rows)}"))


def _session_cells(session: _Message, offset_min: int | None) -> dict[str, str] | None:
    elapsed_s, end = _number(session, "total_elapsed_time"), _instant(session, "timestamp")
    start = _instant(session, "start_time")
    if start is None and end is not None and elapsed_s is not None:
        start = end - dt.timedelta(seconds=elapsed_s)
    if start is None:
        return None
    return {
        "start": instant_text(start),
        "utc_offset_min": number_text(offset_min),
        "sport": _word(session, "sport"),
        "sub_sport": _word(session, "sub_sport"),
        "elapsed_s": number_text(elapsed_s),
        "moving_s": number_text(_number(session, "total_timer_time")),
        "distance_m": number_text(_number(session, "total_distance")),
        "ascent_m": number_text(_number(session, "total_ascent")),
        "hr_avg_bpm": number_text(_number(session, "avg_heart_rate") or None),
        "hr_max_bpm": number_text(_number(session, "max_heart_rate") or None),
        "max_speed_m_s": number_text(_max_speed_m_s(session)),
    }


def _troubles(found: _Found, file: str, has_rows: bool) -> list[Problem]:
    """What is wrong with the file, and that it is no activity."""
    problems = []
    if found.broken:
        fix = "compare the numbers with the watch or the site, and export it again"
        problems.append(file_problem(file, "warning", f"{found.broken}: the rest is not read", "a whole file", fix))
    if found.bad_checksum:
        fix = "compare the numbers with the watch or the site, and export it again"
        said = "a wrong checksum: the file was damaged or changed"
        problems.append(file_problem(file, "warning", said, "the checksum of its bytes", fix))
    kinds = sorted({part.kind for part in found.parts if part.kind not in (None, "activity")})
    if not has_rows and kinds:
        said = f"a FIT file of kind {', '.join(kinds)}: not an activity; nothing read"
        problems.append(file_problem(file, "decision", said, "activities", "nothing to do, or remove it from path"))
    elif not has_rows:
        said = "a FIT file without a session and without times: nothing read"
        problems.append(file_problem(file, "warning", said, "a session", "export it again, or remove it from path"))
    return problems


def _number(message: _Message, name: str) -> float | None:
    return _as_number(message.get_value(name, fallback=None))


def _as_number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and 0 <= value < _TOO_LARGE else None


def _max_speed_m_s(session: _Message) -> float | None:
    """The enhanced field and the older one of 16 bits: a watch may fill either, and leave the other blank or at 0."""
    speeds = (_as_number(f.value) for f in session.fields if f.name in ("enhanced_max_speed", "max_speed"))
    return max((s for s in speeds if s), default=None)


def _instant(message: _Message, name: str) -> dt.datetime | None:
    value = message.get_value(name, fallback=None)
    is_count = isinstance(value, int | float) and _FIRST_INSTANT <= value < 1 << 32
    return _EPOCH + dt.timedelta(seconds=value) if is_count else None


def _word(message: _Message, name: str) -> str:
    value = message.get_value(name, fallback=None)
    return word_text(str(value)) if isinstance(value, str | int) else ""


def _offset_min(activity: _Message) -> int | None:
    """Minutes from UTC to the watch's clock, to the quarter hour; None where it is not stated or not possible."""
    at, local = _instant(activity, "timestamp"), _instant(activity, "local_timestamp")
    if at is None or local is None:
        return None
    minutes = round((local - at).total_seconds() / 60 / _QUARTER_MIN) * _QUARTER_MIN
    return minutes if abs(minutes) <= _FARTHEST_MIN else None
