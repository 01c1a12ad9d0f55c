"""One sheet of a workbook of any kind to a raw table: header, merged cells, error cells, what is hidden."""

import datetime as dt
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import get_column_letter

from analysis.sources.blob import Refused
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, RawTable, Reading, ReadingRules, cell_address, join_header

MOST_CELLS = 50_000_000
MOST_CHARACTERS = 32_767
"""A spreadsheet program puts no longer text into a cell."""
_PLACES_NAMED = 5


class ErrorText(str):
    """What a cell shows whose formula failed, such as #N/A."""


@dataclass(frozen=True)
class Area:
    """A rectangle of cells: rows from 1, columns as positions from 0, ends included."""

    first_row: int
    last_row: int
    first: int
    last: int

    @property
    def coord(self) -> str:
        """Such as "A4:A5"."""
        return f"{get_column_letter(self.first + 1)}{self.first_row}:{get_column_letter(self.last + 1)}{self.last_row}"


@dataclass
class SheetCells:
    """The cells of a sheet that are not blank: row (from 1) -> position (from 0) -> Python value.

    `percents` are position -> rows whose number is shown as a percentage; `day_zero` is the day that the workbook's day
    numbers count from.
    """

    title: str
    day_zero: dt.datetime
    rows: dict[int, dict[int, object]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    percents: dict[int, list[int]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)

    def put(self, row: int, position: int, value: object, *, percent: bool = False) -> None:
        """Enter a cell; a blank one is left out."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return
        self.rows.setdefault(row, {})[position] = value
        if percent:
            self.percents.setdefault(position, []).append(row)


@dataclass(frozen=True)
class SheetTable(RawTable):
    """A raw table from a workbook: a number n in a column of dates is the n-th day after `day_zero`."""

    day_zero: dt.datetime | None = None


def choose_sheet(sheets: dict[str, bool], name: str | None, file: str) -> tuple[str | None, list[Problem]]:
    """Of sheets (title -> is visible) the one of that name, or the only visible one; and what is to be told.

    Raises `ValueError` where there is none at all.
    """
    if not sheets:
        raise ValueError("no sheets in it")
    visible = [title for title, shown in sheets.items() if shown]
    hidden = [title for title, shown in sheets.items() if not shown]
    if name in sheets:
        return name, []
    if name is None and len(visible) == 1:
        return visible[0], [_unread(file, visible[0], hidden)] if hidden else []
    found = f"no sheet {quoted(name)}" if name is not None else f"{len(visible)} visible sheets"
    names = ", ".join(quoted(title) + ("" if shown else " (hidden)") for title, shown in sheets.items())
    first = (visible or hidden)[0]
    fix = f"say sheet = {quoted(first)} (or another) in this [[file]]"
    return None, [Problem(file, "", "", "", "SHEET", "error", found, f"one of {names}", fix)]


def _unread(file: str, title: str, hidden: list[str]) -> Problem:
    found = f"{quoted(title)} read, hidden {', '.join(map(quoted, hidden))} not"
    fix = "nothing to do, or say sheet in this [[file]]"
    return Problem(file, title, "", "", "SHEET", "decision", found, "the only visible sheet to hold the rows", fix)


def read_sheet(file: str, sheet: SheetCells, rules: ReadingRules, keep: Keep, problems: list[Problem]) -> Reading:
    """The rows below the header, merged cells filled. `problems` are those met before; a table without rows is the
    caller's to judge. Raises `Refused` for a sheet too large to hold.
    """
    filled = sorted(sheet.rows)
    wanted = rules.header_rows or tuple(filled[:1])
    if not wanted or not set(wanted) <= sheet.rows.keys():
        return Reading(None, (*problems, _no_header(file, sheet.title, filled, wanted)))
    _fill_merged(sheet, filled)
    width = 1 + max(p for row in wanted for p in sheet.rows[row])
    header = join_header([[as_text(sheet.rows[row].get(p)) for p in range(width)] for row in wanted])
    nowhere = np.array([], dtype=int)
    address = cell_address(sheet.title)
    table = SheetTable(file, sheet.title, header, wanted[0], {}, nowhere, address, day_zero=sheet.day_zero)
    body = [row for row in filled if wanted[-1] < row <= (rules.last_row or row)]
    body = body[: max(len(body) - rules.skip_footer, 0)]
    table = _filled(table, sheet, body, keep(header))
    found = [*problems, *_merged_problems(table, sheet), *_error_cells(table), *_long_cells(table)]
    return Reading(table, (*found, *_hidden(table, sheet), *_percents(table, sheet), *_beyond_header(table, sheet)))


def _no_header(file: str, sheet: str, filled: list[int], wanted: tuple[int, ...]) -> Problem:
    if not filled:
        fix = "name the right sheet, or export the file again"
        return Problem(file, sheet, f"{sheet}!A1", "", "EMPTY", "error", "an empty sheet", "a header and rows", fix)
    row = next(row for row in wanted if row not in filled)
    found = f"no header row there; the first row with text is {filled[0]}"
    fix = "correct header_rows in this [[file]]"
    return Problem(file, sheet, f"{sheet}!{row}", "", "HEADER", "error", found, "column names", fix)


def _fill_merged(sheet: SheetCells, filled: list[int]) -> None:
    """Fill merged ranges with the value of their first cell, in rows that hold anything."""
    last, n = max(p for row in sheet.rows.values() for p in row), 0
    for area in sheet.merged:
        value = sheet.rows.get(area.first_row, {}).get(area.first)
        if value is None:
            continue
        rows = filled[bisect_left(filled, area.first_row) : bisect_right(filled, area.last_row)]
        columns = range(area.first, min(area.last, last) + 1)
        n += len(rows) * len(columns)
        _refuse_beyond(n)
        for row in rows:
            sheet.rows[row].update(dict.fromkeys(columns, value))


def _refuse_beyond(n: int) -> None:
    if n > MOST_CELLS:
        fix = "remove stray cells far from the table, or save the sheet as CSV"
        raise Refused(f"a sheet that reaches over {n} cells", f"at most {MOST_CELLS}", fix)


def _filled(table: SheetTable, sheet: SheetCells, body: list[int], positions: list[int]) -> SheetTable:
    _refuse_beyond(len(body) * len(positions))
    typed = {}
    for p in positions:
        column = np.empty(len(body), dtype=object)
        column[:] = [sheet.rows[row].get(p) for row in body]
        typed[p] = column
    cells = {p: np.array([as_text(v) for v in column], dtype=object) for p, column in typed.items()}
    return replace(table, rows=np.array(body, dtype=int), cells=cells, typed=typed)


def _merged_problems(table: RawTable, sheet: SheetCells) -> list[Problem]:
    """Merged cells among the rows and columns read: down a column the value holds for each row, which is told; one
    cell over several columns is an error, because a number in it was measured once.
    """
    problems, down = [], []
    for area in sorted(sheet.merged, key=lambda a: (a.first_row, a.first)):
        i, end = np.searchsorted(table.rows, [area.first_row, area.last_row + 1])
        columns = [p for p in table.cells if area.first <= p <= area.last]
        if i == end or not columns or not table.cells[columns[0]][i]:
            continue
        if len(columns) > 1:
            found = f"{quoted(table.cells[columns[0]][i])} in one cell over {area.coord}"
            fix = "unmerge, and write into each cell what belongs there"
            problems.append(table.problem("MERGED", found, "one cell a value", fix, row=i, position=columns[0]))
        else:
            down.append((area.coord, i, columns[0]))
    if down:
        coord, row, column = down[0]
        found = f"{len(down)} merged down a column, such as {coord}: the value taken for every row of it"
        fix = "nothing to do if it holds for every row; else unmerge"
        at = {"row": row, "position": column, "severity": "decision"}
        problems.append(table.problem("MERGED", found, "one cell a value", fix, **at))
    return problems


def _error_cells(table: RawTable) -> list[Problem]:
    """Error values (#N/A, #DIV/0!) in kept columns: each is a problem, and blank from here on."""
    problems = []
    for p, column in table.cells.items():
        typed = table.typed[p]
        failed = [isinstance(v, ErrorText) or text in ERROR_CODES for v, text in zip(typed, column, strict=True)]
        for i in np.flatnonzero(failed):
            found, fix = f"Excel's error {quoted(column[i])[1:-1]}", "mend or empty the cell"
            problems.append(table.problem("FORMAT", found, "a value or a blank cell", fix, row=i, position=p))
            column[i], typed[i] = "", None
    return problems


def _long_cells(table: RawTable) -> list[Problem]:
    """Texts longer than a spreadsheet program can hold, blank from here on."""
    problems = []
    for p, column in table.cells.items():
        for i in np.flatnonzero([len(text) > MOST_CHARACTERS for text in column]):
            found, expected = f"a cell of {len(column[i])} characters", f"at most {MOST_CHARACTERS}"
            problems.append(table.problem("FORMAT", found, expected, "shorten or empty the cell", row=i, position=p))
            column[i], table.typed[p][i] = "", None
    return problems


def _hidden(table: RawTable, sheet: SheetCells) -> list[Problem]:
    """Hidden rows and columns are read as any other, which is told."""
    problems = []
    rows = [i for i, row in enumerate(table.rows) if row in sheet.hidden_rows]
    if rows:
        more = ", …" if len(rows) > _PLACES_NAMED else ""
        named = ", ".join(str(table.rows[i]) for i in rows[:_PLACES_NAMED])
        found = f"{len(rows)} of {len(table)} rows hidden in the sheet ({named}{more}) and read"
        fix = "nothing to do if they belong to the data; else delete them, or leave them out with where"
        problems.append(table.problem("SHEET", found, "rows that can be seen", fix, row=rows[0], severity="warning"))
    for p in sorted(sheet.hidden_columns & table.cells.keys()):
        fix = "nothing to do if it is the right column; else map another"
        problems.append(
            table.problem("SHEET", "a hidden column", "a column that can be seen", fix, position=p, severity="warning")
        )
    return problems


def _percents(table: RawTable, sheet: SheetCells) -> list[Problem]:
    """Numbers shown as a percentage: what the cell holds (0.12) is read, not what it shows (12 %)."""
    problems = []
    for p in sorted(sheet.percents.keys() & table.cells.keys()):
        rows = np.flatnonzero(np.isin(table.rows, sheet.percents[p]))
        if len(rows):
            i, value = rows[0], table.typed[p][rows[0]]
            shown = f", shown as {value * 100:.12g} %" if isinstance(value, float | int) else ""
            found = f"{quoted(table.cells[p][i])}{shown} ({len(rows)} such cell{'' if len(rows) == 1 else 's'})"
            fix = "nothing to do if the number is right; else retype the cells as plain numbers"
            expected = "a number shown as it is stored"
            problems.append(table.problem("UNIT", found, expected, fix, row=i, position=p, severity="warning"))
    return problems


def _beyond_header(table: RawTable, sheet: SheetCells) -> list[Problem]:
    """Cells to the right of the last named column."""
    width = max((p + 1 for p, name in enumerate(table.header) if name), default=0)
    fix = "name the column, or empty the cells"
    return [
        table.problem("FORMAT", f"{last} cells", f"{width} as in the header", fix, row=i, column="")
        for i, row in enumerate(table.rows)
        if (last := max(sheet.rows[row]) + 1) > width
    ]


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
