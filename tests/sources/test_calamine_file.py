"""Older Excel workbooks and OpenDocument spreadsheets to cells with their addresses."""

import datetime as dt
import random
import struct
import time

import openpyxl
import pytest

from analysis.sources.blob import Blob
from analysis.sources.compound_file import compound
from analysis.sources.formats import read_raw
from analysis.sources.raw_table import ReadingRules
from tests.sources.conftest import only
from tests.sources.old_workbooks import DATE, HOURS, PERCENT, flipped, ods, ods_cell, ods_table, xls

KRAFT = [
    ["Klinik B"],
    ["Patient", "Datum", "Kraft", "Haltezeit"],
    ["A", (46027, DATE), 26.5, (1.5, HOURS)],
    [None, (46028.75, DATE), "25,4", (0.5, HOURS)],
    ["B", 46029, "#N/A", None],
    ["C", None, True, "x"],
]


def _xls(raw, sheets, rules=None, **how):
    raw.write("a.xls", xls(sheets, **how))
    return read_raw(Blob(raw.folder / "a.xls", "a.xls"), rules)


def test_an_old_excel_workbook_is_read_with_its_addresses_merged_cells_and_types(raw):
    reading = _xls(raw, {"Kraft": KRAFT}, ReadingRules(header_rows=(2,)), merged=((2, 3, 0, 0),))
    table = reading.table
    assert table.header == ("Patient", "Datum", "Kraft", "Haltezeit")
    assert list(table.rows) == [3, 4, 5, 6]
    assert list(table.cells[0]) == ["A", "A", "B", "C"]
    assert list(table.cells[1]) == ["2026-01-05", "2026-01-06 18:00:00", "46029", ""]
    assert list(table.cells[2]) == ["26.5", "25,4", "", "true"]
    assert table.cells[3][0] == "36:00:00"
    assert table.typed[1][0] == dt.date(2026, 1, 5)
    assert table.place(1, 2) == "Kraft!C4"
    assert only(reading.problems, "MERGED").place == "Kraft!A3"


def test_a_failed_formula_of_an_old_workbook_is_a_problem_though_calamine_reads_it_as_blank(raw):
    problem = only(_xls(raw, {"S": [["a"], ["#DIV/0!"], [1]]}).problems, "FORMAT")
    assert (problem.place, problem.found) == ("S!A2", "Excel's error #DIV/0!")


def test_hidden_sheets_rows_and_columns_and_percentages_of_an_old_workbook_are_told(raw):
    sheets = {"S": [["a", "b"], [(0.12, PERCENT), 1], [2, 2]], "Old": [["z"]]}
    reading = _xls(raw, sheets, hidden=("Old",), hidden_rows=(2,), hidden_columns=(1,))
    assert [(p.code, p.severity, p.place) for p in reading.problems] == [
        ("SHEET", "decision", ""),
        ("SHEET", "warning", "S!3"),
        ("SHEET", "warning", "S!B1"),
        ("UNIT", "warning", "S!A2"),
    ]
    assert '"Old" (hidden)' in only(_xls(raw, {**sheets, "T": [["a"]]}, hidden=("Old",)).problems, "SHEET").expected


@pytest.mark.parametrize(("epoch_1904", "day"), [(False, "2026-01-05"), (True, "2030-01-06")])
def test_dates_and_day_numbers_of_an_old_workbook_count_from_its_epoch(raw, epoch_1904, day):
    raw.write("log.xls", xls({"S": [["id", "date"], ["A", (46027, DATE)], ["A", 46028]]}, epoch_1904=epoch_1904))
    block = '[[file]]\npath = "log.xls"\ntable = "training_sessions"\nset = { sport = "run" }\n'
    cohort = raw.read(block + '[file.columns]\nathlete_id = "id"\ndate = "date"\n')
    days = [str(d.date()) for d in cohort.tables["training_sessions"]["date"]]
    assert days[0] == day
    assert dt.date.fromisoformat(days[1]) - dt.date.fromisoformat(day) == dt.timedelta(days=1)


def test_what_is_no_old_workbook_is_told_as_what_it_is(raw):
    whole = xls({"S": [["a"], [1]]})
    for content, code, said in (
        (b"", "EMPTY", "an empty file"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "FORMAT", "web page"),
        (b"id;day\nA;1\n", "FORMAT", "text or another kind"),
        (whole[:700], "FORMAT", "damaged"),
        (compound(struct.pack("<HHHHHII", 0x0809, 16, 0x0600, 5, 0, 0, 0) + bytes(2)), "FORMAT", "damaged"),
    ):
        raw.write("a.xls", content)
        reading = read_raw(Blob(raw.folder / "a.xls", "a.xls"))
        assert reading.table is None
        assert said in only(reading.problems, code).found


def test_a_new_workbook_under_the_old_name_is_read(raw):
    raw.workbook("a.xls", {"S": [["a"], [1]]})
    assert list(read_raw(Blob(raw.folder / "a.xls", "a.xls")).table.cells[0]) == ["1"]


def test_cells_far_apart_in_an_old_workbook_are_refused_before_calamine_makes_what_lies_between(raw):
    sheet = xls({"S": [["a"], [1]]})
    at = sheet.index(struct.pack("<HHHHH", 0x0203, 14, 1, 0, 0))
    corner = sheet[: at + 4] + struct.pack("<HH", 65535, 255) + sheet[at + 8 :]
    raw.write("a.xls", corner)
    assert "scattered" in only(read_raw(Blob(raw.folder / "a.xls", "a.xls")).problems, "FORMAT").found
    beyond = sheet[: at + 4] + struct.pack("<HH", 65535, 65535) + sheet[at + 8 :]
    raw.write("a.xls", beyond)
    assert "damaged" in only(read_raw(Blob(raw.folder / "a.xls", "a.xls")).problems, "FORMAT").found


def test_an_old_workbook_that_promises_hundreds_of_gb_of_cells_is_read_for_what_it_holds(raw):
    sheet = xls({"S": [["a"], [1]]})
    said = struct.pack("<HHIIHHH", 0x0200, 14, 0, 2, 0, 1, 0)
    assert sheet.count(said) == 1
    raw.write("a.xls", sheet.replace(said, struct.pack("<HHIIHHH", 0x0200, 14, 0, 0xFFFFFFF0, 0, 0xFFF0, 0)))
    assert list(read_raw(Blob(raw.folder / "a.xls", "a.xls")).table.cells[0]) == ["1"]


def test_an_old_workbook_above_the_size_of_small_sectors_is_read_to_its_last_cell(raw):
    rows = [[f"h{c}" for c in range(250)], *[[r * 1000 + c for c in range(250)] for r in range(2000)]]
    table = _xls(raw, {"S": rows}).table
    assert (raw.folder / "a.xls").stat().st_size > 8 << 20
    assert (len(table), table.cells[249][-1]) == (2000, "1999249")


ODS = [
    [ods_cell("Patient"), ods_cell("Datum"), ods_cell("Zeit"), ods_cell("Anteil"), ods_cell("Kraft")],
    [
        ods_cell("A", more='table:number-rows-spanned="2"'),
        ods_cell("05.01.26", "date", "2026-01-05"),
        ods_cell("36:00", "time", "PT36H00M00S"),
        ods_cell("12 %", "percentage", "0.12"),
        ods_cell("26,5", "float", "26.5"),
    ],
    [
        "<table:covered-table-cell/>",
        ods_cell("x", "date", "2026-01-06T18:00:00"),
        ods_cell(),
        ods_cell("ja", "boolean", "true"),
        ods_cell("Err:502", "float", "0", 'table:formula="of:=1/0" calcext:value-type="error"'),
    ],
]


def _ods(raw, tables, rules=None, dtd=""):
    return read_raw(Blob(ods(raw.folder / "a.ods", tables, dtd), "a.ods"), rules)


def test_an_opendocument_sheet_is_read_with_its_addresses_merged_cells_and_types(raw):
    reading = _ods(raw, ods_table("Kraft", ODS))
    table = reading.table
    assert table.header == ("Patient", "Datum", "Zeit", "Anteil", "Kraft")
    assert list(table.cells[0]) == ["A", "A"]
    assert list(table.cells[1]) == ["2026-01-05", "2026-01-06 18:00:00"]
    assert list(table.cells[2]) == ["36:00:00", ""]
    assert list(table.cells[3]) == ["0.12", "true"]
    assert list(table.cells[4]) == ["26.5", ""]
    assert table.typed[4][0] == 26.5
    assert [(p.code, p.severity, p.place) for p in reading.problems] == [
        ("MERGED", "decision", "Kraft!A2"),
        ("FORMAT", "error", "Kraft!E3"),
        ("UNIT", "warning", "Kraft!D2"),
    ]


def test_text_of_an_opendocument_cell_keeps_its_blanks_and_loses_its_notes(raw):
    note = "<office:annotation><text:p>do not read</text:p></office:annotation>"
    cell = f'<table:table-cell office:value-type="string">{note}<text:p>R<text:s/>Abd <text:span>1</text:span></text:p>'
    reading = _ods(raw, ods_table("S", [[cell + "</table:table-cell>"], [ods_cell("5", "float")]]))
    assert reading.table.header == ("R Abd 1",)


def test_hidden_rows_columns_and_sheets_of_an_opendocument_file_are_told(raw):
    hidden_row = f'<table:table-row table:visibility="filter">{ods_cell("2", "float")}</table:table-row>'
    columns = '<table:table-column table:visibility="collapse"/>'
    sheet = ods_table("S", [[ods_cell("a")]]).replace("</table:table>", hidden_row + "</table:table>")
    tables = sheet.replace("<table:table-row>", columns + "<table:table-row>", 1) + ods_table(
        "Old", [[ods_cell("z")]], ' table:style-name="off"'
    )
    reading = _ods(raw, tables)
    assert [(p.severity, p.place) for p in reading.problems] == [
        ("decision", ""),
        ("warning", "S!2"),
        ("warning", "S!A1"),
    ]


def test_blank_cells_repeated_to_the_edge_cost_nothing_and_full_ones_are_refused(raw):
    edge = ods_cell(more='table:number-columns-repeated="16382"')
    rest = f'<table:table-row table:number-rows-repeated="1048574">{ods_cell()}</table:table-row>'
    sheet = ods_table("S", [[ods_cell("a"), edge], [ods_cell("1", "float"), edge]])
    started = time.perf_counter()
    table = _ods(raw, sheet.replace("</table:table>", rest + "</table:table>")).table
    assert (table.header, list(table.cells[0])) == (("a",), ["1"])
    full = ods_cell("1", "float", more='table:number-columns-repeated="16384"')
    bomb = f'<table:table-row table:number-rows-repeated="1048576">{full}</table:table-row>'
    reading = _ods(raw, sheet.replace("</table:table>", bomb + "</table:table>"))
    assert "repeated over" in only(reading.problems, "FORMAT").found
    assert time.perf_counter() - started < 5


def test_equal_rows_that_an_opendocument_file_says_once_are_each_read(raw):
    twice = f'<table:table-row table:number-rows-repeated="2">{ods_cell("5", "float")}</table:table-row>'
    sheet = ods_table("S", [[ods_cell("a")]]).replace("</table:table>", twice + "</table:table>")
    assert list(_ods(raw, sheet).table.rows) == [2, 3]


def test_entities_a_password_and_damage_of_an_opendocument_file_are_problems(raw):
    entities = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'
    assert "entities" in only(_ods(raw, ods_table("S", ODS), dtd=entities).problems, "FORMAT").found
    whole = (raw.folder / "a.ods").read_bytes()
    raw.write("a.ods", whole[:-40])
    assert "damaged" in only(read_raw(Blob(raw.folder / "a.ods", "a.ods")).problems, "FORMAT").found
    raw.workbook("a.ods", {"S": [["a"]]})
    assert read_raw(Blob(raw.folder / "a.ods", "a.ods")).table is None


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_a_few_hundred_damaged_files_end_in_cells_or_a_problem(raw, kind):
    path = raw.folder / f"a.{kind}"
    if kind == "xls":
        raw.write("a.xls", xls({"S": KRAFT}, merged=((2, 3, 0, 0),)))
    else:
        ods(path, ods_table("S", ODS))
    whole, draw = path.read_bytes(), random.Random(5)
    for i in range(300):
        path.write_bytes(flipped(whole, draw) if i % 3 else whole[: draw.randrange(len(whole))])
        reading = read_raw(Blob(path, path.name))
        assert reading.table is not None or reading.problems


def test_the_same_sheet_in_three_kinds_of_workbook_reads_the_same(raw):
    rows = [["id", "kg"], ["A", 26.5], ["B", 31]]
    raw.workbook("a.xlsx", {"S": rows}).write("a.xls", xls({"S": rows}))
    cells = [[ods_cell(str(v), "string" if isinstance(v, str) else "float") for v in row] for row in rows]
    ods(raw.folder / "a.ods", ods_table("S", cells))
    read = [read_raw(Blob(raw.folder / f"a.{kind}", "a")).table for kind in ("xlsx", "xls", "ods")]
    assert len({t.header for t in read}) == 1
    assert len({str([list(c) for c in t.cells.values()]) for t in read}) == 1
    assert openpyxl.load_workbook(raw.folder / "a.xlsx")["S"]["B2"].value == 26.5
