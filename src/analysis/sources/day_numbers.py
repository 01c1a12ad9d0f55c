"""Dates that a workbook keeps as plain numbers: Excel's day numbers in cells formatted General."""

import datetime as dt

import numpy as np
from openpyxl.utils.datetime import from_excel

from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable
from analysis.sources.sheet_cells import SheetTable

FIRST, LAST = 20_000, 80_000
"""From 1954 to 2119 in a workbook that counts from 1900, from 1958 to 2123 in one that counts from 1904."""


def with_day_numbers(
    raw: RawTable, position: int, form: str, missing: np.ndarray, problems: list[Problem]
) -> np.ndarray:
    """The Python values of a date column (n_rows objects, None in a text file), its day numbers read as dates.

    They are read, and a decision says so, only where every cell that is neither blank nor a date is a number from
    20,000 to 80,000, and no format says how the dates are written.
    """
    native = raw.typed.get(position, np.full(len(raw), None))
    if not isinstance(raw, SheetTable) or "%" in form:
        return native
    rows = [i for i in np.flatnonzero(~missing) if not isinstance(native[i], dt.date)]
    if not rows or not all(_is_day_number(native[i]) for i in rows):
        return native
    read = native.copy()
    for i in rows:
        read[i] = from_excel(native[i], raw.day_zero)
    first = rows[0]
    more = f" ({len(rows)} such cells)" if len(rows) > 1 else ""
    day = read[first].date().isoformat()
    found = f"{quoted(raw.cells[position][first])} read as {day}, Excel's day number of this workbook{more}"
    fix = "nothing to do, or format the cells as dates in the spreadsheet program"
    problems.append(
        raw.problem("DATE", found, "cells that are dates", fix, row=first, position=position, severity="decision")
    )
    return read


def _is_day_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and FIRST <= value <= LAST
