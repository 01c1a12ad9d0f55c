"""Excel's day numbers in cells formatted General: dates where the whole column says so, else errors."""

import datetime as dt

import openpyxl
import pytest
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from tests.sources.conftest import SESSIONS

LOG = SESSIONS.replace("log.csv", "log.xlsx")


@pytest.mark.parametrize(("epoch", "day"), [(WINDOWS_EPOCH, "2026-01-05"), (MAC_EPOCH, "2030-01-06")])
def test_day_numbers_in_cells_formatted_general_are_dates_of_the_workbooks_epoch_and_said_so(raw, epoch, day):
    rows = [["id", "date", "km"], ["A", 46027, 5], ["A", 46028.0, 6]]
    raw.workbook("log.xlsx", {"S": rows})
    book = openpyxl.load_workbook(raw.folder / "log.xlsx")
    book.epoch = epoch
    book.save(raw.folder / "log.xlsx")
    cohort = raw.read(LOG)
    assert str(cohort.tables["training_sessions"]["date"].min().date()) == day
    told = next(p for p in cohort.problems if p.code == "DATE")
    assert (told.severity, told.place) == ("decision", "S!B2")
    assert told.found == f'"46027" read as {day}, Excel\'s day number of this workbook (2 such cells)'


@pytest.mark.parametrize("other", ["05.01.2026", 5, "46027", True])
def test_day_numbers_beside_anything_else_that_is_no_date_are_errors_with_their_cell(raw, other):
    raw.workbook("log.xlsx", {"S": [["id", "date", "km"], ["A", 46027, 5], ["A", other, 6]]})
    places = [p.place for p in raw.read(LOG).problems if p.code == "DATE" and p.severity == "error"]
    assert "S!B2" in places


def test_day_numbers_among_real_dates_are_read_and_a_format_for_the_column_rules_them_out(raw):
    raw.workbook("log.xlsx", {"S": [["id", "date", "km"], ["A", dt.datetime(2026, 1, 4), 5], ["A", 46027, 6]]})
    assert list(raw.read(LOG).tables["training_sessions"]["date"].dt.day) == [4, 5]
    by_format = LOG.replace('date = "date"', 'date = { column = "date", format = "%y%j" }')
    raw.workbook("log.xlsx", {"S": [["id", "date", "km"], ["A", 26005, 6]]})
    assert str(raw.read(by_format).tables["training_sessions"]["date"][0].date()) == "2026-01-05"


def test_day_numbers_of_a_text_file_are_errors_because_their_epoch_is_unknown(raw):
    raw.write("log.csv", "id,date,km\nA,46027,5\n")
    problem = next(p for p in raw.read(LOG.replace("xlsx", "csv")).problems if p.code == "DATE")
    assert problem.severity == "error"
    assert "day number" in problem.fix
