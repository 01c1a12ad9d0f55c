"""Which rows of a file count: those up to `last_row` that `where` and `needs` keep, one for each `one_row_per`."""

import numpy as np
import pandas as pd

from analysis.sources.convert import is_missing
from analysis.sources.header import Positions
from analysis.sources.mapping import FileMapping
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable

Dropped = dict[str, int]
"""Reason -> number of rows left out for it."""


def keep_where(raw: RawTable, mapping: FileMapping, positions: Positions, dropped: Dropped) -> RawTable:
    """The rows whose cells are among those that `where` lists; the others are counted by reason."""
    for name, position in positions.where.items():
        wanted = mapping.where[name]
        keep = np.isin(raw.cells[position].astype(str), list(wanted))
        if not keep.all():
            dropped[f"{name} is not {' or '.join(w or 'blank' for w in wanted)}"] = int((~keep).sum())
            raw = raw.select(keep)
    return raw


def keep_to_last_row(raw: RawTable, mapping: FileMapping, dropped: Dropped) -> RawTable:
    """The rows up to the physical row `last_row`; what stands below is another table."""
    if mapping.last_row is None or not (raw.rows > mapping.last_row).any():
        return raw
    keep = raw.rows <= mapping.last_row
    dropped[f"below row {mapping.last_row}"] = int((~keep).sum())
    return raw.select(keep)


def keep_needed(raw: RawTable, mapping: FileMapping, positions: Positions, dropped: Dropped) -> RawTable:
    """The rows that say something in one of the columns that `needs` lists: a session planned and never done does not.

    A header of `needs` that was not found is a problem already; then every row is kept.
    """
    if not mapping.needs or len(positions.needs) < len(mapping.needs):
        return raw
    blank = np.logical_and.reduce([is_missing(raw, position, mapping) for position in positions.needs])
    if not blank.any():
        return raw
    dropped[f"{' and '.join(mapping.needs)} blank"] = int(blank.sum())
    return raw.select(~blank)


def keep_one_row(
    raw: RawTable, mapping: FileMapping, positions: Positions, dropped: Dropped, problems: list[Problem]
) -> RawTable:
    """The first row of each combination of the `one_row_per` columns; a problem where a later one differs."""
    if not positions.one_row_per or len(positions.one_row_per) < len(mapping.one_row_per):
        return raw
    cells = pd.DataFrame(raw.cells)
    group = cells.groupby(list(positions.one_row_per), sort=False).ngroup()
    first = ~group.duplicated().to_numpy()
    first_row = pd.Series(np.flatnonzero(first)).to_numpy()[group.to_numpy()]
    for position in positions.read:
        column = raw.cells[position]
        for i in np.flatnonzero(column != column[first_row]):
            same = ", ".join(mapping.one_row_per)
            found = f"{quoted(column[i])}, but {quoted(column[first_row[i]])} at {raw.place(first_row[i], position)}"
            fix = f"make them the same, or remove one_row_per = [{same}]"
            problems.append(
                raw.problem("REPEAT", found, f"the same in every row of one {same}", fix, row=i, position=position)
            )
    if not first.all():
        dropped[f"repeated row of one {', '.join(mapping.one_row_per)}"] = int((~first).sum())
    return raw.select(first)
