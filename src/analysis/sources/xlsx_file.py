"""Excel workbooks (.xlsx, .xlsm): typed cells, merged ranges, formulas. Macros are never looked at."""

import io
import re
import zipfile
import zlib

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from analysis.sources.blob import FREELY_UNPACKED_BYTES, MOST_PACKED_BYTES, MOST_TIMES, Blob, Refused
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, Reading, ReadingRules
from analysis.sources.sheet_cells import Area, ErrorText, SheetCells, choose_sheet, read_sheet
from analysis.sources.text import WORKBOOK_STARTS

_NOT_A_WORKBOOK = (
    zipfile.BadZipFile, InvalidFileException, LookupError, ValueError, TypeError, AttributeError, ArithmeticError,
    EOFError, SyntaxError, NotImplementedError, RuntimeError, zlib.error,
)  # fmt: skip
"""What openpyxl raises for a file that is no workbook or a damaged one; XML errors are kinds of SyntaxError."""
__all__ = ["no_workbook", "read_xlsx", "refuse_bomb", "refuse_entities"]
_BLANK_CELL = re.compile(rb"<((?:\w+:)?)c\s[^<>]*(?:/>|(?<!/)>\s*(?:<\1v\s*/>|<\1v></\1v>)?\s*</\1c>)")
_BLANK_ROW = re.compile(rb"<((?:\w+:)?row)(?:\s[^<>]*)?(?:/>|(?<!/)>\s*</\1>)")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?ref=[\"']([A-Z]+\d+:[A-Z]+\d+)[\"']")
_MOST_MERGED = 250_000
_PERCENT = re.compile(r'%(?=(?:[^"]*"[^"]*")*[^"]*$)')
_LAST_ROW = 1_048_576


def read_xlsx(blob: Blob, rules: ReadingRules, keep: Keep) -> Reading:
    """The cells of one sheet with their addresses, merged cells filled; numbers and dates keep their Python value.

    A table without rows is the caller's to judge. Excel's error cells, formulas never calculated, one cell over several
    columns, rows wider than the header and what is hidden are problems. Never raises for what the file holds, but
    `Refused` for one that unpacks to more than is plausible or declares XML entities.
    """
    data, file = blob.read(), blob.name
    try:
        lean, has_formulas = _without_blanks(data)
        workbook = openpyxl.load_workbook(io.BytesIO(lean), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(lean)) if has_formulas else None
        shown = {sheet.title: sheet.sheet_state == "visible" for sheet in workbook.worksheets}
        title, problems = choose_sheet(shown, rules.sheet, file)
        if title is None:
            return Reading(None, tuple(problems))
        cells = _cells(workbook, workbook[title])
        problems += _not_calculated(workbook[title], formulas[title], file) if formulas else []
    except Refused:
        raise
    except _NOT_A_WORKBOOK as error:
        return Reading(None, (no_workbook(data, file, error),))
    return read_sheet(file, cells, rules, keep, problems)


def no_workbook(data: bytes, file: str, error: Exception, kind: str = "an Excel file (.xlsx)") -> Problem:
    """What a file is that cannot be opened as a workbook, told from its first bytes."""
    if not data:
        return Problem(file, "", "", "", "EMPTY", "error", "an empty file", "a workbook", "export the file again")
    zipped, older = (data.startswith(start) for start in WORKBOOK_STARTS)
    found, fix = "text or another kind of file", "end its name in .csv if it is text; else save it as .xlsx"
    if data[:200].lstrip().lower().startswith((b"<html", b"<table", b"<!doctype html", b"<?xml")):
        found, fix = "a web page or XML under the name of a workbook", "open it in a spreadsheet program, save as .xlsx"
    if zipped:
        found = f"a damaged or incomplete workbook ({quoted(error)})"
        fix = "export or copy the file again, or open it in a spreadsheet program and save it"
    elif older:
        found = "a workbook with a password, or an older .xls"
        fix = "end its name in .xls if it is an older one, else save it as .xlsx without a password"
    return Problem(file, "", "", "", "FORMAT", "error", found, kind, fix)


def refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raise `Refused` for an archive with a part, or parts together, larger than a packed file plausibly holds."""
    infos = archive.infolist()
    for size, packed in [(i.file_size, i.compress_size) for i in infos] + [(sum(i.file_size for i in infos), None)]:
        most = MOST_PACKED_BYTES
        if packed is not None:
            most = min(most, max(FREELY_UNPACKED_BYTES, MOST_TIMES * packed))
        if size > most:
            found = f"a workbook that unpacks to {size >> 20} MiB"
            expected = f"at most {MOST_TIMES} times its packed size, and 1 GiB"
            raise Refused(found, expected, "look at what is in it, and save the rows that matter in a new workbook")


def refuse_entities(xml: bytes) -> None:
    """Raise `Refused` for XML that declares a document type or entities, which no spreadsheet program writes."""
    plain = xml.replace(b"\0", b"") if b"\0" in xml[:4] else xml  # UTF-16 is ASCII with a NUL beside each letter
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        fix = "open it in a spreadsheet program and save it"
        raise Refused("a workbook whose XML declares entities", "one as a spreadsheet program writes it", fix)


def _without_blanks(data: bytes) -> tuple[bytes, bool]:
    """The workbook without the cells and rows that are formatted but hold nothing (there can be millions), and whether
    it has formulas. Raises `Refused`."""
    lean, has_formulas = io.BytesIO(), False
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(lean, "w") as new:
        refuse_bomb(old)
        for name in dict.fromkeys(old.namelist()):
            xml = old.read(name)
            if name.lower().endswith((".xml", ".rels")):
                refuse_entities(xml)
            if b"sheetData" in xml:
                xml = _BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", xml))
                has_formulas = has_formulas or b"<f>" in xml or b"<f " in xml
                _refuse_merged(xml)
            new.writestr(name, xml)
    return lean.getvalue(), has_formulas


def _refuse_merged(xml: bytes) -> None:
    n = sum(_area(CellRange(ref.decode())) for ref in _MERGED.findall(xml))
    if n > _MOST_MERGED:
        fix = "unmerge whole columns and rows"
        raise Refused(f"{n} cells in merged ranges", f"at most {_MOST_MERGED}", fix)


def _area(ref: CellRange) -> int:
    return ref.size["rows"] * ref.size["columns"]


def _cells(workbook: openpyxl.Workbook, sheet: Worksheet) -> SheetCells:
    """The cells of a sheet; those that are blank, of which a sheet can declare 17 thousand million, are never made."""
    cells = SheetCells(sheet.title, workbook.epoch)
    is_percent: dict[int, bool] = {}
    for (row, column), cell in sorted(sheet._cells.items()):  # the public ways to the cells make the blank ones too
        value = cell.value
        if value is None:
            continue
        if row > _LAST_ROW:
            raise ValueError(f"row {row}")
        if cell.data_type == "e":
            value = ErrorText(value)
        if cell.data_type == "n" and cell.style_id not in is_percent:
            is_percent[cell.style_id] = bool(_PERCENT.search(cell.number_format))
        cells.put(row, column - 1, value, percent=cell.data_type == "n" and is_percent[cell.style_id])
    cells.merged = [Area(a.min_row, a.max_row, a.min_col - 1, a.max_col - 1) for a in sheet.merged_cells.ranges]
    cells.hidden_rows = {row for row, how in sheet.row_dimensions.items() if how.hidden}
    for how in sheet.column_dimensions.values():
        if how.hidden:
            cells.hidden_columns.update(range(how.min - 1, how.max))
    return cells


def _not_calculated(values: Worksheet, formulas: Worksheet, file: str) -> list[Problem]:
    """A problem where formulas have no saved result: their cells look blank.

    Where other formulas of the sheet have one it is a warning, because a formula may well answer with nothing.
    """
    places = [c.coordinate for _, c in sorted(formulas._cells.items()) if c.data_type == "f"]
    empty = [place for place in places if values[place].value is None]
    if not empty:
        return []
    place, severity = f"{values.title}!{empty[0]}", "error" if len(empty) == len(places) else "warning"
    found = f"{len(empty)} of {len(places)} formulas without a result, read as blank"
    fix = "open the workbook in a spreadsheet program and save it, so that results are stored"
    return [Problem(file, values.title, place, "", "FORMAT", severity, found, "calculated cells", fix)]
