"""A session that two services exported is one session."""

import pytest

from tests.sources.conftest import only

TOP = '[cohort]\ntimezone = "Europe/Berlin"\npseudonym_key = "test"\n'
BLOCK = """
[[file]]
path = "{name}.csv"
table = "training_sessions"
timezone = "{zone}"
set = {{ sport = "run" }}
{more}
[file.columns]
athlete_id = "id"
date = "at"
distance_km = "km"
duration_min = "min"
"""
HEADER = "id,at,km,min\n"


def _read(raw, watch: str, phone: str, zones=("UTC", "UTC"), more=("", "")):
    raw.write("watch.csv", HEADER + watch).write("phone.csv", HEADER + phone)
    names = ("watch", "phone")
    return raw.read(
        "".join(BLOCK.format(name=n, zone=z, more=m) for n, z, m in zip(names, zones, more, strict=True)), TOP
    )


@pytest.mark.parametrize(
    ("watch", "phone"),
    [
        ("A,2026-01-05 07:00:00,10,60\n", "A,2026-01-05 07:01:59,10.2,61\n"),
        ("A,2026-01-05 07:00:00,,60\n", "A,2026-01-05 07:00:30,10.2,61\n"),
        ("A,2026-01-05 23:59:30,10,60\n", "A,2026-01-06 00:00:30,10,60\n"),
    ],
)
def test_two_exports_of_one_session_are_an_error_until_a_rule_says_which_counts(raw, watch, phone):
    cohort = _read(raw, watch, phone)
    problem = only(cohort.errors, "DUPLICATE")
    assert (problem.file, problem.place) == ("phone.csv", "line 2")
    assert "watch.csv:line 2" in problem.found
    assert len(cohort.tables["training_sessions"]) == 1


@pytest.mark.parametrize(("rule", "km"), [("first", 10.0), ("last", 10.2)])
def test_the_rule_of_one_block_settles_it(raw, rule, km):
    watch, phone = "A,2026-01-05 07:00:00,10,60\n", "A,2026-01-05 07:00:10,10.2,61\n"
    cohort = _read(raw, watch, phone, more=("", f'duplicates = "{rule}"'))
    assert not cohort.errors
    assert cohort.tables["training_sessions"]["distance_km"].tolist() == [km]
    assert cohort.dropped["reason"].tolist() == ["the same session in another file"]


def test_a_session_whole_hours_away_is_told_with_the_zone_as_the_likely_cause(raw):
    cohort = _read(raw, "A,2026-06-05 23:30:00,10,60\n", "A,2026-06-06 01:30:40,10,60\n")
    problem = only(cohort.errors, "DUPLICATE")
    assert "2 h later" in problem.found
    assert "timezone" in problem.fix
    right = _read(raw, "A,2026-06-05 23:30:00,10,60\n", "A,2026-06-06 01:30:40,10,60\n", ("UTC", "Europe/Berlin"))
    assert "later" not in only(right.errors, "DUPLICATE").found


@pytest.mark.parametrize(
    ("watch", "phone"),
    [
        ("A,2026-01-05 07:00:00,10,60\n", "B,2026-01-05 07:00:00,10,60\n"),
        ("A,2026-01-05 07:00:00,10,60\n", "A,2026-01-05 07:00:00,10.4,60\n"),
        ("A,2026-01-05 07:00:00,10,60\n", "A,2026-01-05 07:30:00,10,60\n"),
        ("A,2026-01-05 07:00:00,10,60\n", "A,2026-01-05 22:00:00,10,60\n"),
    ],
)
def test_other_athletes_distances_and_times_are_other_sessions(raw, watch, phone):
    cohort = _read(raw, watch, phone)
    assert not cohort.errors
    assert len(cohort.tables["training_sessions"]) == 2


def test_the_same_way_to_work_and_back_in_both_exports_is_two_sessions(raw):
    both = "A,2026-01-05 07:00:00,5,30\nA,2026-01-05 17:00:00,5,30\n"
    cohort = _read(raw, both, both, more=("", 'duplicates = "first"'))
    sessions = cohort.tables["training_sessions"]
    assert sessions["start_utc"].dt.hour.tolist() == [7, 17]
    assert not cohort.errors


def test_a_diary_without_times_is_compared_by_the_day(raw):
    cohort = _read(raw, "A,2026-01-05 07:00:00,10,60\n", "A,2026-01-05,10,62\n")
    assert only(cohort.errors, "DUPLICATE").file == "phone.csv"
