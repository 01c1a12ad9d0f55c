"""Text to moments. The order of day and month is decided once for the whole file, from all its dates.

A clock time without an offset is in the file's zone; the calendar day that counts is the day in the cohort's zone.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

ORDERS = ("iso", "day_first", "month_first")
FIRST_YEAR, LAST_YEAR = 1950, 2099
_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?P<offset>Z|[+-][01]\d:?[0-5]\d)?"
)
_NUMERIC = re.compile(
    rf"(?P<a>\d{{1,4}})(?P<mark>[./-])(?P<b>\d{{1,2}})(?P=mark)(?P<c>\d{{1,4}})(?:(?:,?\s+|T){_CLOCK})?"
)
_NAMED_MONTH = re.compile(
    r"(?:(?P<m1>[A-Za-z]{3,9})\.? (?P<d1>\d{1,2})|(?P<d2>\d{1,2})[ -](?P<m2>[A-Za-z]{3,9})\.?),?[ -](?P<year>\d{4})"
    rf"(?:,? {_CLOCK})?"
)
"""Dates with an English month name, which can be read in one order only."""
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


@dataclass(frozen=True)
class Moment:
    """A date, with clock time and offset where the cell gives them (`at` is naive unless the cell has an offset)."""

    at: dt.datetime
    has_clock: bool


@dataclass(frozen=True)
class Order:
    """Order of day and month in a file; `None` where the file does not tell. `cells` are the dates that show it."""

    name: str | None
    cells: tuple[str, ...] = ()


def find_order(texts: Iterable[str]) -> Order:
    """The order of day and month that the dates of one file prove.

    A first number above 12 proves day first, a second one month first; dots between the numbers are only ever written
    day first. Dates that read the same in both orders (05/05/2026), and dates that begin with the year, prove nothing.
    """
    proofs: dict[str, str] = {}
    open_cell, same_both_ways = None, False
    for text in texts:
        match = _NUMERIC.fullmatch(text)
        if match is None or len(match["a"]) > 2:
            continue
        first, second = int(match["a"]), int(match["b"])
        if first > 12 or (match["mark"] == "." and second <= 12):
            proofs.setdefault("day_first", text)
        elif second > 12:
            proofs.setdefault("month_first", text)
        elif first != second:
            open_cell = open_cell or text
        else:
            same_both_ways = True
    if len(proofs) == 2:
        return Order(None, (proofs["day_first"], proofs["month_first"]))
    if proofs:
        return Order(next(iter(proofs)), tuple(proofs.values()))
    if open_cell:
        return Order(None, (open_cell,))
    return Order("day_first" if same_both_ways else "iso")


def parse_moment(text: str, order: str) -> Moment | None:
    """The moment in `text`, its day and month in `order` ("iso", "day_first", "month_first" or a strptime format).

    None where the text is no date of that kind, or none that exists. A year of two digits needs a stated format or
    order: see `has_short_year`.
    """
    text = " ".join(text.split())
    if "%" in order:
        return _by_format(text, order)
    if match := _NUMERIC.fullmatch(text):
        day = _calendar_day(match, order)
    elif match := _NAMED_MONTH.fullmatch(text):
        day = _named_day(match)
    else:
        return None
    return day and _with_clock(day, match)


def has_short_year(text: str) -> bool:
    """Whether the year is written with two digits, so that nothing in the cell tells it from the day."""
    match = _NUMERIC.fullmatch(text)
    return match is not None and len(match["a"]) <= 2 and len(match["c"]) <= 2


def _by_format(text: str, form: str) -> Moment | None:
    try:
        at = dt.datetime.strptime(text, form)
    except ValueError:
        return None
    return Moment(at, has_clock=any(d in form for d in ("%H", "%I", "%X", "%c")))


def _calendar_day(match: re.Match, order: str) -> dt.datetime | None:
    a, b, c = match["a"], match["b"], match["c"]
    if len(a) == 4:
        year, month, day = a, b, c
    elif order == "iso" or len(c) not in (2, 4):
        return None
    else:
        year, month, day = (c, b, a) if order == "day_first" else (c, a, b)
    full = int(year) + (0 if len(year) == 4 else 2000 if int(year) < 69 else 1900)
    return _day(full, int(month), int(day))


def _named_day(match: re.Match) -> dt.datetime | None:
    name = (match["m1"] or match["m2"]).lower()
    number = next((i for i, month in enumerate(_MONTHS, start=1) if month.startswith(name)), 0)
    return _day(int(match["year"]), number, int(match["d1"] or match["d2"]))


def _day(year: int, month: int, day: int) -> dt.datetime | None:
    try:
        return dt.datetime(year, month, day)
    except ValueError:
        return None


def _with_clock(day: dt.datetime, match: re.Match) -> Moment | None:
    if match["hour"] is None:
        return Moment(day, has_clock=False)
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return Moment(day.replace(hour=hour, minute=minute, second=second, tzinfo=_offset(match["offset"])), has_clock=True)


def _offset(text: str | None) -> dt.timezone | None:
    if text is None:
        return None
    if text == "Z":
        return dt.UTC
    sign, digits = (-1 if text[0] == "-" else 1), text[1:].replace(":", "")
    return dt.timezone(sign * dt.timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def instant_utc(moment: Moment, zone: ZoneInfo) -> dt.datetime | None:
    """The instant in UTC of a moment whose clock, unless it has an offset, is in `zone`; None without a clock.

    At a change of the clocks the first of two readings is taken; `is_at_clock_change` finds these.
    """
    if not moment.has_clock:
        return None
    aware = moment.at if moment.at.tzinfo else moment.at.replace(tzinfo=zone)
    return aware.astimezone(dt.UTC)


def local_day(moment: Moment, file_zone: ZoneInfo, cohort_zone: ZoneInfo) -> dt.datetime:
    """Midnight (naive) of the calendar day in the cohort's zone; a date without a clock is that day everywhere."""
    instant = instant_utc(moment, file_zone)
    day = moment.at if instant is None else instant.astimezone(cohort_zone)
    return dt.datetime(day.year, day.month, day.day)


def is_at_clock_change(moment: Moment, zone: ZoneInfo) -> bool:
    """Whether the clock time occurs twice or not at all in `zone`, as at the change to or from summer time."""
    if not moment.has_clock or moment.at.tzinfo:
        return False
    aware = moment.at.replace(tzinfo=zone)
    return aware.utcoffset() != aware.replace(fold=1).utcoffset()


def is_possible_year(moment: Moment) -> bool:
    """Whether the year is one in which data of a cohort can lie (1950 to 2099): others are typing errors."""
    return FIRST_YEAR <= moment.at.year <= LAST_YEAR
