"""Which rows of a file count, and what is said of the others."""

import pytest

from tests.sources.conftest import SESSIONS, only

LOG = "id,date,km,min,plan\nA,2026-01-05,5.5,30,40\nA,2026-01-06,,,60\nA,2026-01-07,--,20,20\nA,2026-01-08,0,,\n"
NEEDS = SESSIONS.replace("set =", 'needs = ["km", "min"]\nset =')


def test_rows_blank_in_every_column_that_is_needed_are_left_out_and_counted(raw):
    cohort = raw.write("log.csv", LOG).read(NEEDS)
    table = cohort.tables["training_sessions"]
    assert cohort.errors == ()
    assert sorted(table["date"].dt.day) == [5, 7, 8]
    assert cohort.dropped[["reason", "n_rows"]].values.tolist() == [["km and min blank", 1]]


def test_a_zero_is_not_blank_but_what_the_mapping_calls_missing_is(raw):
    cohort = raw.write("log.csv", LOG).read(NEEDS.replace("set =", 'missing = ["0"]\nset ='))
    assert sorted(cohort.tables["training_sessions"]["date"].dt.day) == [5, 7]


def test_a_needed_column_that_is_not_there_is_an_error_and_leaves_nothing_out(raw):
    cohort = raw.write("log.csv", LOG).read(NEEDS.replace('"min"]', '"minutes"]'))
    assert only(cohort.errors, "COLUMN").column == "minutes"
    assert len(cohort.dropped) == 0


def test_needed_columns_that_are_always_blank_are_told(raw):
    cohort = raw.write("log.csv", "id,date,km,min\nA,2026-01-05,,\n").read(NEEDS)
    assert "km and min blank" in only(cohort.errors, "EMPTY").found


def test_of_two_tables_in_one_file_the_upper_one_is_read(raw):
    content = "id,date,km\nA,2026-01-05,5.5\n\nrate,HR,km\n1,95,0.7\n"
    cohort = raw.write("log.csv", content).read(SESSIONS.replace("set =", "last_row = 3\nset ="))
    assert cohort.errors == ()
    assert list(cohort.tables["training_sessions"]["distance_km"]) == [5.5]


@pytest.mark.parametrize("last_row", [2, 9])
def test_the_last_row_is_a_physical_row_of_a_sheet_too(raw, last_row):
    raw.workbook("log.xlsx", {"S": [["id", "date", "km"], ["A", "2026-01-05", 5.5], ["A", "2026-01-06", 7]]})
    mapping = SESSIONS.replace("log.csv", "log.xlsx").replace("set =", f"last_row = {last_row}\nset =")
    assert len(raw.read(mapping).tables["training_sessions"]) == (1 if last_row == 2 else 2)
