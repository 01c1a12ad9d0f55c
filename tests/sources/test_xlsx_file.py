"""Workbooks to cells with their addresses."""

import datetime as dt
import io
import random
import re
import time
import zipfile

import openpyxl
import pytest

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from analysis.sources.raw_table import ReadingRules
from tests.sources.conftest import only
from tests.sources.old_workbooks import flipped


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


def _changed(path, part, change):
    """The workbook at `path` with one of its parts changed."""
    with zipfile.ZipFile(path) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    files[part] = change(files[part])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in files.items():
            parts.writestr(name, content)


SHEET_1, END = "xl/worksheets/sheet1.xml", b"</sheetData>"


def _with_xml(raw, rows, more=b"", after=b""):
    raw.workbook("a.xlsx", {"S": rows})
    _changed(raw.folder / "a.xlsx", SHEET_1, lambda xml: xml.replace(END, more + END + after))
    return read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"))


def test_millions_of_formatted_cells_that_hold_nothing_are_read_past(raw):
    row = b"".join(b'<c r="%s1" s="0"/>' % column for column in (b"A", b"B", b"XFD"))
    many = b"".join(b'<row r="%d" s="1">%s</row>' % (i, row.replace(b'1"', b'%d"' % i)) for i in range(3, 200_000))
    stray = b'<row r="1048576" ht="15"/>'
    started = time.perf_counter()
    reading = _with_xml(raw, [["a", "b"], [1, 2]], many + stray)
    assert time.perf_counter() - started < 10
    assert (reading.table.header, list(reading.table.rows), reading.problems) == (("a", "b"), [2], ())


def test_one_stray_cell_at_the_far_corner_is_a_problem_and_not_seventeen_thousand_million_cells(raw):
    reading = _with_xml(raw, [["a"], [1]], b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
    assert only(reading.problems, "FORMAT").place == "S!1048576"
    assert list(reading.table.rows) == [2, 1048576]


def test_merged_ranges_over_whole_sheets_are_refused(raw):
    merged = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert "17179869184" in only(_with_xml(raw, [["a"], [1]], after=merged).problems, "FORMAT").found


def test_a_workbook_that_unpacks_to_a_multiple_of_its_size_is_refused_unread(raw):
    reading = _with_xml(raw, [["a"], [1]], b" " * (64 << 20))
    assert reading.table is None
    assert "unpacks to 64 MiB" in only(reading.problems, "FORMAT").found


def test_xml_entities_in_a_workbook_are_refused(raw):
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    raw.workbook("a.xlsx", {"S": [["a"], [1]]})
    path = raw.folder / "a.xlsx"
    _changed(path, SHEET_1, lambda xml: xml.replace(b"<worksheet", entities + b"<worksheet", 1))
    assert "declares entities" in only(read_raw(Blob(path, "a.xlsx")).problems, "FORMAT").found
    raw.workbook("a.xlsx", {"S": [["a"], [1]]})
    in_utf_16 = ('<?xml version="1.0" encoding="utf-16"?>' + entities.decode()).encode("utf-16")
    _changed(path, SHEET_1, lambda xml: in_utf_16 + xml.decode().encode("utf-16-le"))
    reading = read_raw(Blob(path, "a.xlsx"))
    assert reading.table is None
    assert "declares entities" in only(reading.problems, "FORMAT").found


def test_a_cell_longer_than_excel_can_hold_is_a_problem_and_blank(raw):
    text = b"".join(b"%d" % (i * i) for i in range(8000))
    cell = b'<row r="3"><c r="A3" t="inlineStr"><is><t>%s</t></is></c></row>' % text
    reading = _with_xml(raw, [["a"], [1]], cell)
    problem = only(reading.problems, "FORMAT")
    assert (problem.place, problem.found) == ("S!A3", f"a cell of {len(text)} characters")
    assert list(reading.table.cells[0]) == ["1", ""]


def test_text_in_several_fonts_is_one_text(raw):
    runs = b"<is><r><t>left </t></r><r><rPr><b/></rPr><t>hip</t></r></is>"
    reading = _with_xml(raw, [["a"]], b'<row r="2"><c r="A2" t="inlineStr">%s</c></row>' % runs)
    assert list(reading.table.cells[0]) == ["left hip"]


def test_hidden_rows_and_columns_are_read_and_named_and_hidden_sheets_are_named(raw):
    raw.workbook("a.xlsx", {"S": [["id", "x", "y"], ["A", 1, 5], ["B", 2, 6]], "Old": [["a"]]})
    book = openpyxl.load_workbook(raw.folder / "a.xlsx")
    book["S"].row_dimensions[3].hidden = True
    book["S"].column_dimensions["B"].hidden = True
    book["Old"].sheet_state = "veryHidden"
    book.save(raw.folder / "a.xlsx")
    reading = read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"))
    assert list(reading.table.cells[1]) == ["1", "2"]
    sheet, row, column = reading.problems
    assert (sheet.severity, sheet.found) == ("decision", '"S" read, hidden "Old" not')
    assert (row.severity, row.place, row.found) == ("warning", "S!3", "1 of 2 rows hidden in the sheet (3) and read")
    assert (column.severity, column.place, column.column) == ("warning", "S!B1", "x")
    unused = read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"), keep=lambda header: [0, 2])
    assert [p.place for p in unused.problems] == ["", "S!3"]


def test_a_number_shown_as_a_percentage_is_read_as_stored_with_a_warning(raw):
    raw.workbook("a.xlsx", {"S": [["effort", "note"], [0.12, 3], [0.5, 4]]})
    book = openpyxl.load_workbook(raw.folder / "a.xlsx")
    for place in ("A2", "A3"):
        book["S"][place].number_format = "0.0%"
    book["S"]["B2"].number_format = '0" % of max"'
    book.save(raw.folder / "a.xlsx")
    reading = read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"))
    problem = only(reading.problems, "UNIT")
    assert (problem.severity, problem.place) == ("warning", "S!A2")
    assert problem.found == '"0.12", shown as 12 % (2 such cells)'
    assert list(reading.table.cells[0]) == ["0.12", "0.5"]


def test_the_real_workbooks_are_read_as_their_sheets_show_them(shared):
    samples = shared / "samples"

    def read(name, rules=None):
        return read_raw(Blob(samples / name, name), rules)

    iris = read("xlsx/iris-google-doc.xlsx").table
    assert len(iris) == 150
    assert sum(iris.typed[0]) == pytest.approx(876.5)
    inventory = read("xlsx/inventory-table.xlsx").table
    assert list(inventory.cells[1]) == ["Apple", "Banana", "Orange", "Pear"]
    by_date = read("xlsx/datetime-rounding.xlsx").table
    assert list(by_date.cells[0]) == list(by_date.cells[1])
    assert read("xlsx/header-row.xlsx", ReadingRules(header_rows=(9,))).table.header[0] == "Columns"
    assert "3 visible sheets" in only(read("xlsx/skipping.xlsx").problems, "SHEET").found
    skipped = read("xlsx/skipping.xlsx", ReadingRules(sheet="two_blank_rows"))
    assert skipped.table.header_row == 3
    in_1904 = read("xlsx/date_1904.xlsx").table
    assert (in_1904.header[0], in_1904.cells[0][0]) == ("2021-01-01", "2021-01-02")
    assert read("xlsx/date_iso.xlsx").table.cells[0][0] == "2021-01-01 10:10:10"
    assert read("xlsx/empty-named-column.xlsx").table.header == ("x", "y", "z", "w")
    shown = read("frictionless/preserve-formatting.xlsx").table
    assert set(shown.cells[1]) == {"1000.5577"}
    several = read("frictionless/multiline-headers.xlsx", ReadingRules(header_rows=(1, 4, 5))).table
    assert several.header[:2] == ("Region", "Caloric contribution (%)")
    assert list(several.cells[0]) == ["A"]
    assert read("frictionless/merged-cells.xlsx").table.header == ("data",)


def test_a_few_hundred_damaged_workbooks_end_in_cells_or_a_problem(raw):
    whole = raw.workbook("a.xlsx", {"S": KRAFT}, {"S": MERGED}).folder.joinpath("a.xlsx").read_bytes()
    draw = random.Random(5)
    with zipfile.ZipFile(io.BytesIO(whole)) as parts:
        files = {name: parts.read(name) for name in parts.namelist()}
    told = 0
    for i in range(240):
        if i % 3 == 0:
            damaged = flipped(whole, draw)
        elif i % 3 == 1:
            damaged = whole[: draw.randrange(len(whole))]
        else:
            damaged = _packed({**files, (name := draw.choice(list(files))): flipped(files[name], draw)})
        raw.write("a.xlsx", damaged)
        reading = read_raw(Blob(raw.folder / "a.xlsx", "a.xlsx"))
        assert reading.table is not None or reading.problems
        told += reading.table is None
    assert told > 100


def _packed(files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        for name, content in files.items():
            parts.writestr(name, content)
    return packed.getvalue()
