"""The cells of date columns to calendar days and instants."""

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from analysis.sources.convert import Converted, Wrong, convert_each, is_missing
from analysis.sources.dates import (
    FIRST_YEAR,
    LAST_YEAR,
    Moment,
    has_short_year,
    instant_utc,
    is_at_clock_change,
    is_possible_year,
    local_day,
    parse_moment,
)
from analysis.sources.day_numbers import with_day_numbers
from analysis.sources.mapping import FileMapping, SourceColumn
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable
from analysis.tables import Column
from analysis.tables.declare import INSTANT

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class DatePositions:
    """Where a date stands in the header, and where the time of day, if that is a column of its own."""

    date: int
    clock: int | None = None


@dataclass(frozen=True)
class Moments:
    """A date column read: days (naive midnights) in the cohort's zone, instants in UTC where a clock was given."""

    days: Converted
    instants: Converted


def convert_dates(
    raw: RawTable,
    at: DatePositions,
    declared: Column,
    source: SourceColumn,
    order: str | None,
    mapping: FileMapping,
    cohort_zone: ZoneInfo,
    problems: list[Problem],
) -> Moments:
    """A column of dates or of times, or a column of each. Clock times without an offset are in the file's zone.

    A column whose every clock is midnight holds dates. Without `order` (undecided, already a problem) no date could be
    read. `source.format` and `order` say how the date is written; a clock beside it is h:mm or h:mm:ss, with am or pm.
    """
    position = at.date
    form = source.format or order
    missing = is_missing(raw, position, mapping)
    if form is None:
        unread = Converted(np.full(len(raw), None, dtype=object), ~missing)
        return Moments(unread, unread)
    native = with_day_numbers(raw, position, form, missing, problems)
    is_native = np.array([isinstance(v, dt.date) for v in native], dtype=bool) & ~missing
    read = convert_each(raw, position, missing | is_native, lambda t: _read(t, form, source, mapping), problems)
    for i in np.flatnonzero(is_native):
        read.got[i] = _native_moment(native[i])
        if not is_possible_year(read.got[i]):
            found, expected = quoted(raw.cells[position][i]), f"a year from {FIRST_YEAR} to {LAST_YEAR}"
            problems.append(raw.problem("DATE", found, expected, "correct the year", row=i, position=position))
            read.got[i], read.wrong[i] = None, True
    moments = _with_clocks(raw, at, mapping, read, problems)
    _tell_clock_changes(raw, position, moments, mapping.timezone, problems)
    days = [None if m is None else _day(m, source, mapping.timezone, cohort_zone) for m in moments]
    instants = [None if m is None else instant_utc(m, mapping.timezone) for m in moments]
    found = Moments(_column(days, read.wrong), _column(instants, read.wrong))
    return _checked(raw, position, declared, source, found, problems)


def _column(values: list, wrong: np.ndarray) -> Converted:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return Converted(column, wrong.copy())


def _read(text: str, form: str, source: SourceColumn, mapping: FileMapping) -> object:
    if not source.format and mapping.dates is None and has_short_year(text):
        fix = 'say dates = "day_first", "month_first" or a format such as "%y-%m-%d"'
        return Wrong("DATE", "a year of four digits", fix)
    moment = parse_moment(text, form)
    if moment is None:
        fix = "correct the cell, or say dates in this [[file]]"
        if re.fullmatch(r"[2-7]\d{4}(?:[.,]\d+)?", text):
            fix = "format the column as a date in the spreadsheet program: this looks like its day number"
        return Wrong("DATE", f"a date that exists, {_shape(form)}", fix)
    if not is_possible_year(moment):
        return Wrong("DATE", f"a year from {FIRST_YEAR} to {LAST_YEAR}", "correct the year")
    return moment


def _shape(form: str) -> str:
    return f'written "{form}"' if "%" in form else {"iso": "year-month-day"}.get(form, form.replace("_", " "))


def _native_moment(value: dt.datetime | dt.date) -> Moment:
    if isinstance(value, dt.datetime):
        return Moment(value, has_clock=value.time() != dt.time())
    return Moment(dt.datetime(value.year, value.month, value.day), has_clock=False)


def _without_midnights(values: np.ndarray) -> list[Moment | None]:
    """The moments; without their clocks where every clock without an offset says midnight."""
    clocks = [m for m in values if m is not None and m.has_clock]
    if clocks and all(m.at.time() == dt.time() and m.at.tzinfo is None for m in clocks):
        return [None if m is None else Moment(m.at, has_clock=False) for m in values]
    return list(values)


def _with_clocks(
    raw: RawTable, at: DatePositions, mapping: FileMapping, dates: Converted, problems: list[Problem]
) -> list[Moment | None]:
    """The moments from the dates and, where they have a column, the clocks beside them; a blank clock leaves a date.

    A row whose clock cannot be read is marked wrong in `dates`.
    """
    days = _without_midnights(dates.got)
    if at.clock is None:
        return days
    missing = is_missing(raw, at.clock, mapping) | np.array([m is None for m in days], dtype=bool)
    clocks = convert_each(raw, at.clock, missing, _read_clock, problems)
    for i, moment in enumerate(days):
        if moment is not None and moment.has_clock and clocks.got[i] is not None:
            found, fix = quoted(raw.cells[at.date][i]), "remove clock, or map the column that holds the date alone"
            problems.append(raw.problem("DATE", found, "a date without a time of day", fix, row=i, position=at.date))
            clocks.wrong[i] = True
    dates.wrong[clocks.wrong] = True
    return [None if clocks.wrong[i] else _joined(moment, clocks.got[i]) for i, moment in enumerate(days)]


def _read_clock(text: str) -> object:
    """The first of January 2000 at that time of day."""
    moment = parse_moment(f"2000-01-01 {text}", "iso")
    return moment or Wrong("DATE", "a time of day such as 17:05 or 5:05 PM", "correct the cell, or remove clock")


def _joined(date: Moment | None, clock: Moment | None) -> Moment | None:
    if date is None or clock is None:
        return date
    return Moment(dt.datetime.combine(date.at.date(), clock.at.timetz()), has_clock=True)


def _day(moment: Moment, source: SourceColumn, file_zone: ZoneInfo, cohort_zone: ZoneInfo) -> dt.datetime:
    day = local_day(moment, file_zone, cohort_zone)
    return day - dt.timedelta(days=day.weekday()) if source.to_monday else day


def _tell_clock_changes(
    raw: RawTable, position: int, moments: list[Moment | None], zone: ZoneInfo, problems: list[Problem]
) -> None:
    for i, moment in enumerate(moments):
        if moment is not None and is_at_clock_change(moment, zone):
            fix = "nothing to do, or export times with their offset"
            found = f"{quoted(raw.cells[position][i])}, which occurs twice or not at all in {zone.key}"
            problems.append(
                raw.problem(
                    "CLOCK", found, "one moment; the first is taken", fix, row=i, position=position, severity="warning"
                )
            )


def _checked(
    raw: RawTable, position: int, declared: Column, source: SourceColumn, found: Moments, problems: list[Problem]
) -> Moments:
    """Times need a clock; the start of a week has to be a Monday."""
    for i, day in enumerate(found.days.got):
        if day is None:
            continue
        if declared.dtype == INSTANT and found.instants.got[i] is None:
            fix = "map a column with times, or drop the mapping"
            problems.append(
                raw.problem(
                    "DATE", quoted(raw.cells[position][i]), "a date with a clock time", fix, row=i, position=position
                )
            )
            found.instants.wrong[i] = True
        if declared.name == "week_start" and day.weekday() != 0:
            said = f"{quoted(raw.cells[position][i])}, a {_WEEKDAYS[day.weekday()]}"
            fix = f'say week_start = {{ column = {quoted(source.column)}, to = "monday" }} if any day may stand there'
            problems.append(raw.problem("DATE", said, "a Monday", fix, row=i, position=position))
            found.days.got[i], found.days.wrong[i] = None, True
    return found
