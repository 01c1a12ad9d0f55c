"""Order of day and month, clock times, and the day that counts."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from analysis.sources.dates import (
    find_order,
    has_short_year,
    instant_utc,
    is_at_clock_change,
    local_day,
    parse_moment,
)

BERLIN, UTC, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("UTC"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "17/03/2026"], "day_first"),
        (["03/04/2026", "03/17/2026"], "month_first"),
        (["01.02.2026"], "day_first"),
        (["2026-03-04", "2026-12-31T10:00:00Z"], "iso"),
        (["05/05/2026"], "day_first"),
        (["29-08-2026 10:00"], "day_first"),
        ([], "iso"),
    ],
)
def test_the_order_of_day_and_month_is_proved_by_the_whole_file(texts, order):
    assert find_order(texts).name == order


def test_the_order_is_undecided_without_proof_or_with_two():
    assert find_order(["03/04/2026", "05/05/2026"]).cells == ("03/04/2026",)
    assert find_order(["03/04/2026"]).name is None
    both = find_order(["17/03/2026", "03/17/2026"])
    assert (both.name, both.cells) == (None, ("17/03/2026", "03/17/2026"))


@pytest.mark.parametrize(
    ("text", "order", "at", "has_clock"),
    [
        ("2026-01-04", "iso", dt.datetime(2026, 1, 4), False),
        ("2026-01-04 12:38:59", "day_first", dt.datetime(2026, 1, 4, 12, 38, 59), True),
        ("2026-01-04T12:38:59.250", "iso", dt.datetime(2026, 1, 4, 12, 38, 59), True),
        ("09.12.2022, 15:24:49", "day_first", dt.datetime(2022, 12, 9, 15, 24, 49), True),
        ("7/4/2020 15:36", "month_first", dt.datetime(2020, 7, 4, 15, 36), True),
        ("7/4/2020 3:36 p.m.", "day_first", dt.datetime(2020, 4, 7, 15, 36), True),
        ("12/31/2025 12:05 AM", "month_first", dt.datetime(2025, 12, 31, 0, 5), True),
        ("May 29, 2022, 3:53:35\u202fPM", "iso", dt.datetime(2022, 5, 29, 15, 53, 35), True),
        ("29 May 2022", "day_first", dt.datetime(2022, 5, 29), False),
        ("4-Sept-2022 07:00", "iso", dt.datetime(2022, 9, 4, 7), True),
        ("18.02.12", "day_first", dt.datetime(2012, 2, 18), False),
        ("20260104", "%Y%m%d", dt.datetime(2026, 1, 4), False),
        ("May 29, 2022, 3:53:35 PM", "%b %d, %Y, %I:%M:%S %p", dt.datetime(2022, 5, 29, 15, 53, 35), True),
    ],
)
def test_dates_as_real_exports_write_them(text, order, at, has_clock):
    found = parse_moment(text, order)
    assert (found.at, found.has_clock) == (at, has_clock)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("31.02.2026", "day_first"),
        ("13/13/2026", "day_first"),
        ("03/04/2026", "iso"),
        ("2026-01-04 25:00", "iso"),
        ("2026-01-04 13:00 PM", "iso"),
        ("45231", "day_first"),
        ("Mai 29, 2022", "iso"),
        ("next week", "iso"),
        ("2026-1", "iso"),
    ],
)
def test_what_is_no_date_is_not_read(text, order):
    assert parse_moment(text, order) is None


def test_offsets_in_the_cell_win_over_the_zone_of_the_file():
    moment = parse_moment("2016-04-15 07:27:26 +0100", "iso")
    assert instant_utc(moment, NEW_YORK) == dt.datetime(2016, 4, 15, 6, 27, 26, tzinfo=dt.UTC)
    assert instant_utc(parse_moment("2020-01-01T15:00:00Z", "iso"), BERLIN).hour == 15


def test_a_run_late_on_sunday_evening_in_utc_is_on_monday_in_berlin_and_a_bare_date_stays():
    late = parse_moment("2026-06-07 22:30:00", "iso")
    assert local_day(late, UTC, BERLIN) == dt.datetime(2026, 6, 8)
    assert local_day(late, UTC, NEW_YORK) == dt.datetime(2026, 6, 7)
    assert local_day(parse_moment("2026-06-07", "iso"), UTC, BERLIN) == dt.datetime(2026, 6, 7)
    assert instant_utc(parse_moment("2026-06-07", "iso"), UTC) is None


@pytest.mark.parametrize(
    ("text", "changed"), [("2025-10-26 02:30", True), ("2025-03-30 02:30", True), ("2025-10-26 04:30", False)]
)
def test_clock_times_at_the_change_to_and_from_summer_time_are_known(text, changed):
    assert is_at_clock_change(parse_moment(text, "iso"), BERLIN) is changed


def test_a_year_of_two_digits_is_seen():
    assert has_short_year("18.02.12")
    assert not has_short_year("18.02.2012")
    assert not has_short_year("2012-02-18")
