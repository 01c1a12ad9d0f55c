"""Excel workbooks: typed cells, merged ranges, cell addresses."""

import datetime as dt
import io
import zipfile
from dataclasses import replace

import numpy as np
import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from analysis.sources.blob import Blob
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, RawTable, Reading, ReadingRules, cell_address, join_header
from analysis.sources.text import WORKBOOK_STARTS

_NOT_A_WORKBOOK = (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, EOFError, SyntaxError)
"""What openpyxl raises for a file that is no workbook or a damaged one; XML errors are kinds of SyntaxError."""
Grid = list[list[object]]


def read_xlsx(blob: Blob, rules: ReadingRules, keep: Keep) -> Reading:
    """The cells of one sheet with their addresses, merged cells filled; numbers and dates keep their Python value.

    A table without rows is the caller's to judge. Excel's error cells, formulas
    never calculated, one cell over several columns and rows wider than the header are problems. Never raises for what
    the file holds.
    """
    data, file = blob.read(), blob.name
    try:
        workbook = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        formulas = openpyxl.load_workbook(io.BytesIO(data)) if _has_formulas(data) else None
    except _NOT_A_WORKBOOK as error:
        return Reading(None, (_no_workbook(data, file, error),))
    sheet, problem = _choose_sheet(workbook, rules.sheet, file)
    if sheet is None:
        return Reading(None, (problem,))
    problems = _not_calculated(sheet, formulas[sheet.title], file) if formulas else []
    grid = [list(row) for row in sheet.iter_rows(values_only=True)]
    filled_rows = [i + 1 for i, row in enumerate(grid) if not _is_blank(row)]
    wanted = rules.header_rows or tuple(filled_rows[:1])
    if not wanted or not set(wanted) <= set(filled_rows):
        return Reading(None, (*problems, _no_header(file, sheet.title, filled_rows, wanted)))
    _fill_merged(grid, sheet)
    header = join_header([[as_text(v) for v in grid[row - 1]] for row in wanted])
    table = RawTable(file, sheet.title, header, wanted[0], {}, np.array([], dtype=int), cell_address(sheet.title))
    body = [row for row in filled_rows if row > wanted[-1]]
    body = body[: max(len(body) - rules.skip_footer, 0)]
    table = _filled(table, grid, body, keep(header))
    problems += _merged_problems(table, sheet)
    return Reading(table, (*problems, *_blank_error_cells(table), *_beyond_header(table, grid)))


def _no_workbook(data: bytes, file: str, error: Exception) -> Problem:
    """What a file is that cannot be opened as a workbook, told from its first bytes."""
    if not data:
        return Problem(file, "", "", "", "EMPTY", "error", "an empty file", "a workbook", "export the file again")
    zipped, older = (data.startswith(start) for start in WORKBOOK_STARTS)
    found, fix = "text or another kind of file", "end its name in .csv if it is text; else save it as .xlsx"
    if zipped:
        found = f"a damaged or incomplete workbook ({quoted(error)})"
        fix = "export or copy the file again, or open it in a spreadsheet program and save it"
    elif older:
        found, fix = "a workbook with a password, or an older .xls", "save it as .xlsx without a password"
    return Problem(file, "", "", "", "FORMAT", "error", found, "an Excel file (.xlsx)", fix)


def _no_header(file: str, sheet: str, filled_rows: list[int], wanted: tuple[int, ...]) -> Problem:
    if not filled_rows:
        fix = "name the right sheet, or export the file again"
        return Problem(file, sheet, f"{sheet}!A1", "", "EMPTY", "error", "an empty sheet", "a header and rows", fix)
    row = next(row for row in wanted if row not in filled_rows)
    found = f"no header row there; the first row with text is {filled_rows[0]}"
    fix = "correct header_rows in this [[file]]"
    return Problem(file, sheet, f"{sheet}!{row}", "", "HEADER", "error", found, "column names", fix)


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
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
    """A problem where formulas have no saved result: their cells look blank.

    Where other formulas of the sheet have one it is a warning, because a formula may well answer with nothing.
    """
    places = [c.coordinate for row in formulas.iter_rows() for c in row if c.data_type == "f"]
    empty = [place for place in places if values[place].value is None]
    if not empty:
        return []
    place, severity = f"{values.title}!{empty[0]}", "error" if len(empty) == len(places) else "warning"
    found = f"{len(empty)} of {len(places)} formulas without a result, read as blank"
    fix = "open the workbook in a spreadsheet program and save it, so that results are stored"
    return [Problem(file, values.title, place, "", "FORMAT", severity, found, "calculated cells", fix)]


def _fill_merged(grid: Grid, sheet: Worksheet) -> None:
    """Fill merged ranges of `grid` with the value of their first cell."""
    for area in sheet.merged_cells.ranges:
        value = grid[area.min_row - 1][area.min_col - 1]
        for row in grid[area.min_row - 1 : area.max_row]:
            row[area.min_col - 1 : area.max_col] = [value] * (area.max_col - area.min_col + 1)


def _merged_problems(table: RawTable, sheet: Worksheet) -> list[Problem]:
    """Merged cells among the rows and columns read: down a column the value holds for each row, which is told; one
    cell over several columns is an error, because a number in it was measured once.
    """
    problems, down = [], []
    row_at = {row: i for i, row in enumerate(table.rows)}
    for area in sorted(sheet.merged_cells.ranges, key=lambda a: (a.min_row, a.min_col)):
        rows = [row_at[row] for row in range(area.min_row, area.max_row + 1) if row in row_at]
        columns = [p for p in table.cells if area.min_col <= p + 1 <= area.max_col]
        if not rows or not columns or not table.cells[columns[0]][rows[0]]:
            continue
        if len(columns) > 1:
            found = f"{quoted(table.cells[columns[0]][rows[0]])} in one cell over {area.coord}"
            fix = "unmerge, and write into each cell what belongs there"
            problems.append(table.problem("MERGED", found, "one cell a value", fix, row=rows[0], position=columns[0]))
        else:
            down.append((area.coord, rows[0], columns[0]))
    if down:
        coord, row, column = down[0]
        found = f"{len(down)} merged down a column, such as {coord}: the value taken for every row of it"
        fix = "nothing to do if it holds for every row; else unmerge"
        decision = table.problem(
            "MERGED", found, "one cell a value", fix, row=row, position=column, severity="decision"
        )
        problems.append(decision)
    return problems


def _filled(table: RawTable, grid: Grid, body: list[int], positions: list[int]) -> RawTable:
    typed = {}
    for p in positions:
        column = np.empty(len(body), dtype=object)
        column[:] = [grid[row - 1][p] for row in body]
        typed[p] = column
    cells = {p: np.array([as_text(v) for v in column], dtype=object) for p, column in typed.items()}
    return replace(table, rows=np.array(body, dtype=int), cells=cells, typed=typed)


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
    """A cell's value as text: whole numbers without a point, dates in ISO form, durations as h:mm:ss, truth as
    true/false, blank as ''.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(value.total_seconds(), 60)
        return f"{int(minutes // 60)}:{int(minutes % 60):02d}:{seconds:02g}" if value >= dt.timedelta() else str(value)
    return str(value).strip()
