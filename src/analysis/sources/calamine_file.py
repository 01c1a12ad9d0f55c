"""Older Excel workbooks (.xls), by calamine; what it leaves out is added from the file's own records."""

import io
import struct

import python_calamine

from analysis.sources.blob import Blob, Refused
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, Reading, ReadingRules
from analysis.sources.sheet_cells import Area, ErrorText, SheetCells, choose_sheet, read_sheet
from analysis.sources.text import WORKBOOK_STARTS
from analysis.sources.xls_records import BookRecords, SheetRecords, read_records, without_promises
from analysis.sources.xlsx_file import no_workbook, read_xlsx

_DAMAGED = (ValueError, LookupError, ArithmeticError, struct.error, OSError, python_calamine.CalamineError)
_WIDEST = 256
_MOST_SPARSE, _LEAST_FILLED = 4_000_000, 0.05
"""calamine makes the whole rectangle of a sheet: above so many cells, this share of them has to be filled."""
_KIND = "an older Excel file (.xls)"


def read_xls(blob: Blob, rules: ReadingRules, keep: Keep) -> Reading:
    """The cells of one sheet of an .xls with their addresses, as `read_xlsx` gives them.

    A file that is an .xlsx under this name is read as that. Raises `Refused` for a sheet with stray cells so far off
    that it cannot be held.
    """
    data, file = blob.read(), blob.name
    if data.startswith(WORKBOOK_STARTS[0]):
        return read_xlsx(blob, rules, keep)
    if not data.startswith(WORKBOOK_STARTS[1]):
        return Reading(None, (no_workbook(data, file, ValueError(), _KIND),))
    try:
        records = read_records(data)
        _check_reach(records)
        return _without_panic(file, records, rules, keep)
    except python_calamine.PasswordError:
        return Reading(None, (_unread(file, "a workbook with a password", "save it without one, as .xlsx"),))
    except Refused:
        raise
    except _DAMAGED as error:
        found = f"a damaged or incomplete workbook, or one with a password ({quoted(error)})"
        return Reading(None, (_unread(file, found, "open it in a spreadsheet program, and save it as .xlsx"),))


def _read(file: str, records: BookRecords, rules: ReadingRules, keep: Keep) -> Reading:
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(without_promises(records))) as workbook:
        infos = workbook.sheets_metadata
        if len(infos) != len(records.sheets):
            raise ValueError("sheets that do not match their list")
        shown = {i.name: i.visible == python_calamine.SheetVisibleEnum.Visible for i in infos}
        title, problems = choose_sheet(shown, rules.sheet, file)
        if title is None:
            return Reading(None, tuple(problems))
        at = [i.name for i in infos].index(title)
        sheet = workbook.get_sheet_by_index(at)
        cells = _cells(sheet, records.sheets[at], SheetCells(title, records.day_zero))
    return read_sheet(file, cells, rules, keep, problems)


def _without_panic(file: str, records: BookRecords, rules: ReadingRules, keep: Keep) -> Reading:
    """As `_read`. Raises `ValueError` where calamine gives up in a way that is no `Exception`."""
    try:
        return _read(file, records, rules, keep)
    except BaseException as error:
        if type(error).__name__ == "PanicException":
            raise ValueError("records that contradict each other") from None
        raise


def _check_reach(records: BookRecords) -> None:
    for sheet in records.sheets:
        if sheet.last_column >= _WIDEST:
            raise ValueError(f"a cell in column {sheet.last_column + 1}")
        n = sheet.last_row * (sheet.last_column + 1)
        if n > _MOST_SPARSE and sheet.n_cells < _LEAST_FILLED * n:
            found = f"{sheet.n_cells} cells scattered over {sheet.last_row} rows and {sheet.last_column + 1} columns"
            raise Refused(found, "a table without gaps that large", "remove stray cells far from the table")


def _cells(sheet: python_calamine.CalamineSheet, records: SheetRecords, cells: SheetCells) -> SheetCells:
    for row, values in enumerate(sheet.to_python(skip_empty_area=False), start=1):
        for position, value in enumerate(values):
            cells.put(row, position, value, percent=(row, position) in records.percents)
    for (row, position), error in records.errors.items():
        cells.put(row, position, ErrorText(error))
    for (first_row, first), (last_row, last) in sheet.merged_cell_ranges or []:
        cells.merged.append(Area(first_row + 1, last_row + 1, first, last))
    cells.hidden_rows, cells.hidden_columns = records.hidden_rows, records.hidden_columns
    return cells


def _unread(file: str, found: str, fix: str) -> Problem:
    return Problem(file, "", "", "", "FORMAT", "error", found, _KIND, fix)
