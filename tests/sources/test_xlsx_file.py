"""Workbooks to cells with their addresses."""

import datetime as dt
import re
import zipfile

import openpyxl

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from analysis.sources.raw_table import ReadingRules
from tests.sources.conftest import only


def _read(raw, sheets, rules=None, merge=None):
    raw.workbook("a.xlsx", sheets, merge)
    return read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"), rules)


KRAFT = [
    ["Klinik B: Kraftwerte 2026"],
    ["Handdynamometer, kgf"],
    [],
    ["Patient", "Datum", "Abduktion", None, "ARO", None],
    [None, None, "R", "L", "R", "L"],
    ["007", dt.datetime(2026, 3, 17), 26.5, "25,4", 11, 10.4],
    [8, dt.datetime(2026, 3, 18), 21, 22, "#N/A", None],
    ["* Wert geschätzt"],
]
MERGED = ["A1:F1", "A4:A5", "B4:B5", "C4:D4", "E4:F4"]


def test_title_rows_and_merged_two_row_headers_of_a_clinic_sheet(raw):
    rules = ReadingRules(header_rows=(4, 5), skip_footer=1)
    reading = _read(raw, {"Kraft": KRAFT}, rules, {"Kraft": MERGED})
    table = reading.table
    assert table.header == ("Patient", "Datum", "Abduktion R", "Abduktion L", "ARO R", "ARO L")
    assert list(table.rows) == [6, 7]
    assert list(table.cells[0]) == ["007", "8"]
    assert list(table.cells[2]) == ["26.5", "21"]
    assert table.typed[2][0] == 26.5
    assert table.cells[1][0] == "2026-03-17"
    assert table.place(1, 3) == "Kraft!D7"


def test_excel_errors_are_problems_with_their_cell_and_blank_afterwards(raw):
    reading = _read(raw, {"Kraft": KRAFT}, ReadingRules(header_rows=(4, 5), skip_footer=1), {"Kraft": MERGED})
    problem = only(reading.problems, "FORMAT")
    assert (problem.place, problem.column, problem.found) == ("Kraft!E7", "ARO R", "Excel's error #N/A")
    assert reading.table.cells[4][1] == ""


def test_merged_cells_below_the_header_hold_for_each_row_with_a_decision(raw):
    reading = _read(raw, {"S": [["id", "trial"], ["A", 1], [None, 2]]}, merge={"S": ["A2:A3"]})
    assert list(reading.table.cells[0]) == ["A", "A"]
    assert only(reading.problems, "MERGED").severity == "decision"


def test_the_only_visible_sheet_is_taken_and_a_choice_is_a_problem_that_names_the_sheets(raw):
    reading = _read(raw, {"Kraft": [["a"], [1]], "ROM": [["a"], [2]]})
    problem = only(reading.problems, "SHEET")
    assert '"Kraft", "ROM"' in problem.expected
    book = openpyxl.load_workbook(raw.folder / "a.xlsx")
    book["ROM"].sheet_state = "hidden"
    book.save(raw.folder / "a.xlsx")
    assert list(read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx")).table.cells[0]) == ["1"]
    assert list(read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"), ReadingRules(sheet="ROM")).table.cells[0]) == ["2"]
    wrong = read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"), ReadingRules(sheet="Rom"))
    assert 'no sheet "Rom"' in only(wrong.problems, "SHEET").found


def test_formulas_that_were_never_calculated_are_not_taken_for_blank(raw):
    reading = _read(raw, {"S": [["a", "b"], [1, "=A2*2"]]})
    assert only(reading.problems, "FORMAT").place == "S!B2"


def test_a_file_that_is_no_workbook_an_empty_sheet_and_a_missing_header_are_problems(raw):
    raw.write("a.xlsx", b"this is no zip")
    assert "text or another kind" in only(read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx")).problems, "FORMAT").found
    assert only(_read(raw, {"S": []}).problems, "EMPTY").place == "S!A1"
    assert len(_read(raw, {"S": [["a"]]}).table) == 0
    assert only(_read(raw, {"S": [["a"], [1]]}, ReadingRules(header_rows=(9,))).problems, "HEADER").place == "S!9"


def test_a_workbook_that_was_cut_off_is_empty_or_has_a_password_is_told_as_that(raw):
    whole = raw.workbook("a.xlsx", {"S": [["a"], [1]]}).folder.joinpath("a.xlsx").read_bytes()
    for content, code, said in (
        (whole[: len(whole) // 2], "FORMAT", "damaged or incomplete"),
        (b"", "EMPTY", "an empty file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "FORMAT", "password"),
    ):
        raw.write("a.xlsx", content)
        assert said in only(read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx")).problems, code).found
    raw.write("a.csv", whole)
    assert ".xlsx" in only(read_raw(Blob(raw.folder / "a.csv", "a.csv")).problems, "FORMAT").fix


def test_one_cell_over_several_columns_is_an_error_and_down_a_column_a_decision(raw):
    rows = [["id", "R", "L", "note"], ["A", 200, None, "x"], [None, 190, 180, None], ["B", 170, 160, None]]
    raw.workbook("a.xlsx", {"S": rows}, {"S": ["A2:A3", "B2:C2", "D2:D4"]})
    reading = read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"), keep=lambda header: [0, 1, 2])
    across, down = reading.problems
    assert (across.code, across.severity, across.place) == ("MERGED", "error", "S!B2")
    assert (down.code, down.severity, down.place) == ("MERGED", "decision", "S!A2")
    assert list(reading.table.cells[0]) == ["A", "A", "B"]


def test_a_formula_without_a_result_among_calculated_ones_is_warned_of(raw):
    _read(raw, {"S": [["a", "b"], [1, "=A2*2"], [2, "=A3*2"]]})
    path = raw.folder / "a.xlsx"
    with zipfile.ZipFile(path) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    sheet = files["xl/worksheets/sheet1.xml"]
    assert b"<f>A2*2</f><v" in sheet
    files["xl/worksheets/sheet1.xml"] = re.sub(rb"<f>A2\*2</f><v ?/?>(</v>)?", b"<f>A2*2</f><v>2</v>", sheet)
    with zipfile.ZipFile(path, "w") as parts:
        for name, content in files.items():
            parts.writestr(name, content)
    problem = only(read_raw(Blob(path, "a.xlsx")).problems, "FORMAT")
    assert (problem.severity, problem.place) == ("warning", "S!B3")


def test_durations_of_a_spreadsheet_are_read_as_clock_times(raw):
    cells = [dt.time(0, 30), dt.timedelta(hours=25, minutes=3, seconds=7)]
    table = _read(raw, {"S": [["t"], *[[c] for c in cells]]}).table
    assert list(table.cells[0]) == ["00:30:00", "25:03:07"]


def test_more_footer_rows_than_rows_leave_none(raw):
    assert len(_read(raw, {"S": [["a"], [1], [2]]}, ReadingRules(skip_footer=3)).table) == 0


def test_cells_beyond_the_header_are_problems(raw):
    assert only(_read(raw, {"S": [["a"], [1, 5]]}).problems, "FORMAT").place == "S!2"


def test_dates_counted_from_1904_are_read_as_the_workbook_means_them(shared):
    table = read_raw(Blob(shared / "samples" / "xlsx" / "date_1904.xlsx", "d.xlsx")).table
    values = [v for column in table.typed.values() for v in column if isinstance(v, dt.datetime)]
    assert values
    assert all(1990 < v.year < 2100 for v in values)
