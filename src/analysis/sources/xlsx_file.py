"""Excel workbooks: typed cells, merged ranges, cell addresses."""

import datetime as dt
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, RawTable, Reading, ReadingRules, cell_address, join_header

_NOT_A_WORKBOOK = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, EOFError, SyntaxError)
"""What openpyxl raises for a file that is no workbook or a damaged one; XML errors are kinds of SyntaxError."""
Grid = list[list[object]]


def read_xlsx(path: Path, file: str, rules: ReadingRules, keep: Keep) -> Reading:
    """The cells of one sheet with their addresses, merged cells filled; numbers and dates keep their Python value.

    `file` names the workbook in problems. Excel's error cells, formulas never calculated and rows wider than the
    header are problems. Never raises for what the file holds.
    """
    try:
        workbook = openpyxl.load_workbook(path, data_only=True)
        formulas = openpyxl.load_workbook(path) if _has_formulas(path) else None
    except _NOT_A_WORKBOOK as error:
        found = f"no readable workbook ({quoted(error)})"
        fix = "open it in a spreadsheet program and save it again"
        return Reading(None, (Problem(file, "", "", "", "FORMAT", "error", found, "an Excel file (.xlsx)", fix),))
    sheet, problem = _choose_sheet(workbook, rules.sheet, file)
    if sheet is None:
        return Reading(None, (problem,))
    problems = _not_calculated(sheet, formulas[sheet.title], file) if formulas else []
    grid = [list(row) for row in sheet.iter_rows(values_only=True)]
    filled_rows = [i + 1 for i, row in enumerate(grid) if not _is_blank(row)]
    wanted = rules.header_rows or tuple(filled_rows[:1])
    if not wanted or not set(wanted) <= set(filled_rows):
        return Reading(None, (*problems, _no_header(file, sheet.title, filled_rows, wanted)))
    merged = _fill_merged(grid, sheet, wanted[-1])
    header = join_header([[as_text(v) for v in grid[row - 1]] for row in wanted])
    table = RawTable(file, sheet.title, header, wanted[0], {}, np.array([], dtype=int), cell_address(sheet.title))
    problems += _merged_decision(table, merged)
    body = [row for row in filled_rows if row > wanted[-1]]
    body = body[: len(body) - rules.skip_footer] if rules.skip_footer else body
    if not body:
        problems.append(table.problem("EMPTY", "a header and no rows", "rows", "export again, or remove this [[file]]"))
        return Reading(None, tuple(problems))
    table = _filled(table, grid, body, keep(header))
    return Reading(table, (*problems, *_blank_error_cells(table), *_beyond_header(table, grid)))


def _no_header(file: str, sheet: str, filled_rows: list[int], wanted: tuple[int, ...]) -> Problem:
    if not filled_rows:
        fix = "name the right sheet, or export the file again"
        return Problem(file, sheet, f"{sheet}!A1", "", "EMPTY", "error", "an empty sheet", "a header and rows", fix)
    row = next(row for row in wanted if row not in filled_rows)
    found = f"no header row there; the first row with text is {filled_rows[0]}"
    fix = "correct header_rows in this [[file]]"
    return Problem(file, sheet, f"{sheet}!{row}", "", "HEADER", "error", found, "column names", fix)


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f>" in (xml := parts.read(name)) or b"<f " in xml for name in sheets)


def _choose_sheet(workbook: openpyxl.Workbook, name: str | None, file: str) -> tuple[Worksheet | None, Problem | None]:
    """The sheet of that name, or the only visible one."""
    visible = [s.title for s in workbook.worksheets if s.sheet_state == "visible"]
    titles = [s.title for s in workbook.worksheets]
    if name in titles:
        return workbook[name], None
    if name is None and len(visible) == 1:
        return workbook[visible[0]], None
    found = f"no sheet {quoted(name)}" if name is not None else f"{len(visible)} visible sheets"
    names = ", ".join(quoted(title) for title in titles)
    fix = f"say sheet = {quoted(visible[0] if visible else titles[0])} (or another) in this [[file]]"
    return None, Problem(file, "", "", "", "SHEET", "error", found, f"one of {names}", fix)


def _not_calculated(values: Worksheet, formulas: Worksheet, file: str) -> list[Problem]:
    """A problem where a sheet holds formulas and not one of them has a saved result: their cells would look blank."""
    places = [c.coordinate for row in formulas.iter_rows() for c in row if c.data_type == "f"]
    if not places or any(values[place].value is not None for place in places):
        return []
    place = f"{values.title}!{places[0]}"
    fix = "open the workbook in a spreadsheet program and save it, so that results are stored"
    return [
        Problem(
            file,
            values.title,
            place,
            "",
            "FORMAT",
            "error",
            f"{len(places)} formulas without a result",
            "calculated cells",
            fix,
        )
    ]


def _fill_merged(grid: Grid, sheet: Worksheet, last_header_row: int) -> list[str]:
    """Fill merged ranges of `grid` with the value of their first cell; the ranges below the header are returned."""
    for area in sheet.merged_cells.ranges:
        value = grid[area.min_row - 1][area.min_col - 1]
        for row in grid[area.min_row - 1 : area.max_row]:
            row[area.min_col - 1 : area.max_col] = [value] * (area.max_col - area.min_col + 1)
    return sorted(a.coord for a in sheet.merged_cells.ranges if a.min_row > last_header_row)


def _merged_decision(table: RawTable, merged: list[str]) -> list[Problem]:
    if not merged:
        return []
    found = f"{len(merged)} merged ranges below the header, such as {merged[0]}"
    return [
        table.problem(
            "MERGED",
            found,
            "one cell a value",
            "nothing to do if the value holds for every merged cell; else unmerge",
            severity="decision",
        )
    ]


def _filled(table: RawTable, grid: Grid, body: list[int], positions: list[int]) -> RawTable:
    typed = {}
    for p in positions:
        column = np.empty(len(body), dtype=object)
        column[:] = [grid[row - 1][p] for row in body]
        typed[p] = column
    cells = {p: np.array([as_text(v) for v in column], dtype=object) for p, column in typed.items()}
    return replace(table, rows=np.array(body), cells=cells, typed=typed)


def _blank_error_cells(table: RawTable) -> list[Problem]:
    """Excel's error values (#N/A, #DIV/0!) in kept columns: each is a problem, and blank from here on."""
    problems = []
    for p, column in table.cells.items():
        for i in np.flatnonzero(np.isin(column, openpyxl.cell.cell.ERROR_CODES)):
            found = f"Excel's error {column[i]}"
            problems.append(
                table.problem("FORMAT", found, "a value or a blank cell", "mend or empty the cell", row=i, position=p)
            )
            column[i], table.typed[p][i] = "", None
    return problems


def _beyond_header(table: RawTable, grid: Grid) -> list[Problem]:
    """Cells to the right of the last named column."""
    width = max((p + 1 for p, name in enumerate(table.header) if name), default=0)
    return [
        table.problem(
            "FORMAT",
            f"{width + len(extra)} cells",
            f"{width} as in the header",
            "name the column, or empty the cells",
            row=i,
            column="",
        )
        for i, row in enumerate(table.rows)
        if not _is_blank(extra := grid[row - 1][width:])
    ]


def _is_blank(row: list[object]) -> bool:
    return all(value is None or not str(value).strip() for value in row)


def as_text(value: object) -> str:
    """A cell's value as text: whole numbers without a point, dates in ISO form, truth as true/false, blank as ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value).strip()
