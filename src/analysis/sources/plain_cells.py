"""Cells that are written plainly, read by the column: whole and decimal numbers, dates with a clock.

What is not plain is set aside as text, for the readers of single cells. Nothing is decided here: which mark is decimal
and whether the day comes first is for `writing` to say.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.dates import Moment, instant_utc, is_at_clock_change, is_possible_year, parse_moment

_NUMBER = r"^-?\d{1,15}(?:[.,]\d{1,15})?$"
_WITH_MARK = (".", ",")
_OPEN = {mark: rf"^-?[1-9]\d{{0,2}}[{mark}]\d{{3}}$" for mark in _WITH_MARK}
_HOUR, _DAY = 3600, 86400
ODD = -1
NO_DAY = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Texts:
    """A column by its distinct texts, in the order met: `codes`, n_rows places in `distinct`."""

    codes: np.ndarray
    distinct: list[str]


def distinct_texts(column: pa.Array) -> Texts:
    """The distinct texts of a column as they are (blanks at their ends not yet removed)."""
    encoded = column.dictionary_encode()
    return Texts(encoded.indices.to_numpy(zero_copy_only=False), encoded.dictionary.to_pylist())


@dataclass(frozen=True)
class Numbers:
    """A column of numbers. `values`: n_rows floats, NaN where missing or odd; `odd`: rows not plainly written.

    `proofs`: for each kind of text that can tell the decimal mark (its mark, and whether it is open to both readings)
    the first row.
    """

    values: np.ndarray
    odd: np.ndarray
    proofs: dict[tuple[str, bool], int]


def plain_numbers(column: pa.Array, missing: pa.Array) -> Numbers:
    """Numbers with at most one mark, taken for the decimal mark whichever it is."""
    encoded = column.dictionary_encode()
    texts, codes = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)
    absent = pc.is_in(texts, missing).to_numpy(zero_copy_only=False)
    plain = pc.match_substring_regex(texts, _NUMBER).to_numpy(zero_copy_only=False) & ~absent
    once = np.full(len(texts), np.nan)
    with_point = pc.replace_substring(texts.filter(pa.array(plain)), ",", ".")
    once[plain] = with_point.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return Numbers(once[codes], np.flatnonzero(~(plain | absent)[codes]), _proofs(texts, plain, codes))


def _proofs(texts: pa.Array, plain: np.ndarray, codes: np.ndarray) -> dict[tuple[str, bool], int]:
    found = {}
    for mark in _WITH_MARK:
        marked = pc.match_substring(texts, mark).to_numpy(zero_copy_only=False) & plain
        if not marked.any():
            continue
        is_open = pc.match_substring_regex(texts, _OPEN[mark]).to_numpy(zero_copy_only=False) & plain
        for kind, which in (((mark, True), is_open), ((mark, False), marked & ~is_open)):
            if which.any():
                found[kind] = int(np.argmax(codes == np.argmax(which)))  # distinct texts are in the order met
    return found


@dataclass(frozen=True)
class Clocks:
    """A column of dates with a clock. `days`: n_rows places in `day_texts`, `ODD` where a cell is not plain;
    `seconds`: n_rows seconds since midnight."""

    days: np.ndarray
    day_texts: list[str]
    seconds: np.ndarray


_ZERO = b"0"[0]
_CLOCK_DIGITS = (11, 12, 14, 15, 17, 18)
_LENGTH = 19


def plain_clocks(column: pa.Array) -> Clocks:
    """Cells such as "2026-03-17 18:05:00", "2026-03-17T18:05:00" and "17.03.2026 18:05:00": ten characters of a date,
    one between, a clock of 24 hours."""
    _, offsets, texts = column.buffers()
    starts = np.frombuffer(offsets, np.int32, len(column) + 1)
    days = np.full(len(column), ODD, dtype=np.int32)
    seconds = np.zeros(len(column), dtype=np.int32)
    long_enough = np.flatnonzero(np.diff(starts) == _LENGTH)
    if not len(long_enough):
        return Clocks(days, [], seconds)
    data = np.frombuffer(texts, np.uint8)
    if len(long_enough) == len(column):
        cells = data[starts[0] : starts[-1]].reshape(-1, _LENGTH)
    else:
        cells = data[starts[long_enough][:, None] + np.arange(_LENGTH)]
    plain, hours, minutes, seconds_ = _clock(cells)
    at = long_enough[plain]
    seconds[at] = (hours * _HOUR + minutes * 60 + seconds_)[plain]
    dates = np.ascontiguousarray(cells[plain, :10])
    encoded = pa.FixedSizeBinaryArray.from_buffers(pa.binary(10), len(dates), [None, pa.py_buffer(dates)])
    encoded = encoded.dictionary_encode()
    days[at] = encoded.indices.to_numpy(zero_copy_only=False)
    return Clocks(days, [d.decode("utf-8", "replace") for d in encoded.dictionary.to_pylist()], seconds)


def _clock(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which cells end in a clock that exists, and its hours, minutes and seconds."""
    digits = {k: cells[:, k].astype(np.int32) - _ZERO for k in _CLOCK_DIGITS}
    plain = (cells[:, 13] == b":"[0]) & (cells[:, 16] == b":"[0]) & np.isin(cells[:, 10], [b" "[0], b"T"[0]])
    for digit in digits.values():
        plain &= (digit >= 0) & (digit <= 9)
    hours, minutes, seconds = (digits[a] * 10 + digits[a + 1] for a in (11, 14, 17))
    return plain & (hours < 24) & (minutes < 60) & (seconds < 60), hours, minutes, seconds


def day_seconds(text: str, order: str) -> int:
    """Seconds from 1970 to the midnight that begins the date in `text`; `NO_DAY` where it is none that may stand."""
    moment = parse_moment(text, order)
    if moment is None or moment.has_clock or not is_possible_year(moment):
        return NO_DAY
    return int(np.datetime64(moment.at, "s").astype(np.int64))


def to_utc(local_s: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Seconds since 1970 in UTC of clock times in `zone`; `NO_DAY` in an hour in which the clocks change."""
    return _by_hour(local_s, lambda hour: _utc_shift(hour, zone))


def to_local(utc_s: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """What the clocks of `zone` show at seconds since 1970 in UTC; `NO_DAY` in an hour in which they change."""
    return _by_hour(utc_s, lambda hour: _local_shift(hour, zone))


def _by_hour(seconds: np.ndarray, shift: Callable[[int], int | None]) -> np.ndarray:
    """Each second moved by the shift of its hour, asked once an hour."""
    if not len(seconds):
        return seconds
    hours = seconds // _HOUR
    first = hours.min()
    met = np.flatnonzero(np.bincount(hours - first))
    shifts = np.full(met[-1] + 1, NO_DAY)
    for hour in met:
        found = shift(int(hour + first) * _HOUR)
        shifts[hour] = NO_DAY if found is None else found
    moved = shifts[hours - first]
    return np.where(moved == NO_DAY, NO_DAY, seconds + moved)


@lru_cache(maxsize=1 << 18)
def _utc_shift(start: int, zone: ZoneInfo) -> int | None:
    """UTC minus local in the hour from `start`; None where it is not the same throughout, or a time occurs twice."""
    ends = [Moment(np.datetime64(s, "s").item(), has_clock=True) for s in (start, start + _HOUR - 1)]
    if any(is_at_clock_change(moment, zone) for moment in ends):
        return None
    shifts = {int((instant_utc(m, zone).replace(tzinfo=None) - m.at).total_seconds()) for m in ends}
    return shifts.pop() if len(shifts) == 1 else None


@lru_cache(maxsize=1 << 18)
def _local_shift(start: int, zone: ZoneInfo) -> int | None:
    ends = [np.datetime64(s, "s").item().replace(tzinfo=dt.UTC) for s in (start, start + _HOUR - 1)]
    shifts = {int(moment.astimezone(zone).utcoffset().total_seconds()) for moment in ends}
    return shifts.pop() if len(shifts) == 1 else None
