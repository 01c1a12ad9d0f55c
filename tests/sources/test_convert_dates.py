"""A date in one column and the time of day in another (INPUTS 1.4, 2.1)."""

import datetime as dt

import pandas as pd
import pytest

from tests.sources.conftest import SESSIONS, only

CLOCK = SESSIONS.replace('date = "date"', 'date = { column = "date", clock = "at" }')


def _starts(cohort):
    table = cohort.tables["training_sessions"].sort_values("date")
    return [None if pd.isna(at) else f"{at:%m-%d %H:%M:%S}" for at in table["start_utc"]]


@pytest.mark.parametrize(
    ("at", "start"),
    [
        ("22:17:03", "07-13 20:17:03"),
        ("0:05", "07-12 22:05:00"),
        ("1:48 PM", "07-13 11:48:00"),
        ("10:00Z", "07-13 10:00:00"),
    ],
)
@pytest.mark.parametrize("date", ["13.07.2026", "2026-07-13", "Jul 13, 2026", "13/07/2026 00:00"])
def test_the_start_is_the_clock_on_that_day_in_the_zone_of_the_file(raw, date, at, start):
    cohort = raw.write("log.csv", f'id,date,at,km\nA,"{date}",{at},5\n').read(CLOCK)
    assert cohort.errors == ()
    assert _starts(cohort) == [start]
    assert list(cohort.tables["training_sessions"]["date"]) == [pd.Timestamp("2026-07-13")]


def test_the_day_that_counts_is_the_cohorts_where_the_clock_is_utc(raw):
    mapping = CLOCK.replace("set =", 'timezone = "UTC"\nset =')
    cohort = raw.write("log.csv", "id,date,at,km\nA,2026-07-13,23:30,5\n").read(mapping)
    assert list(cohort.tables["training_sessions"]["date"]) == [pd.Timestamp("2026-07-14")]


def test_a_blank_clock_leaves_a_day_without_a_start_and_a_blank_date_is_missing(raw):
    cohort = raw.write("log.csv", "id,date,at,km\nA,2026-07-13,,5\nA,2026-07-14,--,5\nA,,08:00,5\n").read(CLOCK)
    assert _starts(cohort) == [None, None]
    assert only(cohort.errors, "MISSING").place == "line 4"


def test_a_clock_that_does_not_exist_is_an_error_at_its_cell(raw):
    cohort = raw.write(
        "log.csv", "id,date,at,km\nA,2026-07-13,25:00,5\nA,2026-07-14,soon,5\nA,2026-07-15,08:00,5\n"
    ).read(CLOCK)
    assert [(p.code, p.place, p.column) for p in cohort.errors] == [("DATE", "line 2", "at"), ("DATE", "line 3", "at")]
    assert _starts(cohort) == ["07-15 06:00:00"]


def test_a_date_that_has_a_time_of_day_already_contradicts_a_clock(raw):
    cohort = raw.write("log.csv", "id,date,at,km\nA,2026-07-13 09:30,08:00,5\nA,2026-07-14,08:00,5\n").read(CLOCK)
    error = only(cohort.errors, "DATE")
    assert (error.column, error.expected) == ("date", "a date without a time of day")
    assert _starts(cohort) == ["07-14 06:00:00"]


def test_a_stated_format_is_that_of_the_date_alone(raw):
    mapping = CLOCK.replace('clock = "at"', 'clock = "at", format = "%y%m%d"')
    assert _starts(raw.write("log.csv", "id,date,at,km\nA,260713,08:00,5\n").read(mapping)) == ["07-13 06:00:00"]


def test_dates_and_times_of_a_workbook_are_joined(raw):
    rows = [["id", "date", "at", "km"], ["A", dt.date(2026, 7, 13), dt.time(22, 17, 3), 5]]
    cohort = raw.workbook("log.xlsx", {"S": rows}).read(CLOCK.replace("log.csv", "log.xlsx"))
    assert cohort.errors == ()
    assert _starts(cohort) == ["07-13 20:17:03"]


def test_a_clock_column_that_is_not_there_is_told(raw):
    cohort = raw.write("log.csv", "id,date,km\nA,2026-07-13,5\n").read(CLOCK)
    assert only(cohort.errors, "COLUMN").column == "at"


def test_a_clock_in_the_night_of_the_change_to_summer_time_is_a_warning(raw):
    cohort = raw.write("log.csv", "id,date,at,km\nA,2026-03-29,02:30,5\n").read(CLOCK)
    assert only(cohort.warnings, "CLOCK").place == "line 2"
