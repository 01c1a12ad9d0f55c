"""A large file scanned for its telling rows: see `large_piece`."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from analysis.sources.blob import Blob
from analysis.sources.gather import ClockColumn, IdColumn, NameColumn, NumberColumn, WordColumn
from analysis.sources.header import find_positions
from analysis.sources.mapping import GENERATED_IDS, FileMapping
from analysis.sources.raw_table import RawTable, line_address
from analysis.sources.rows import Dropped, keep_needed, keep_to_last_row, keep_where
from analysis.sources.text_blocks import Block, Opening, read_blocks
from analysis.sources.units import WRITTEN, factor
from analysis.tables import Column
from analysis.tables.declare import DAY, INSTANT, NUMBER, TEXT, WHOLE

MOST_TOLD = 200_000
"""So many rows with cells in doubt are told of one by one; more come from one mistake, such as a wrong unit."""
AnyColumn = WordColumn | NumberColumn | ClockColumn | IdColumn
Told = Callable[[int], None]


@dataclass
class Scan:
    """One file being read: `columns` by position, physical `lines` of its rows, and the cells of the rows `told` of."""

    blob: Blob
    mapping: FileMapping
    zone: ZoneInfo
    opening: Opening
    tell: Told
    dropped: Dropped = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.positions = find_positions(self.opening.reading.table.header, self.mapping)
        self.columns = {p: self._column(p) for p in self.positions.read}
        self.lines = np.array([], dtype=np.int32)
        self.told: dict[int, dict[int, str]] = {}
        self.untold = np.array([], dtype=np.int64)
        self.is_cut = False

    def _column(self, position: int) -> AnyColumn:
        names = [n for n, p in self.positions.columns.items() if p == position]
        kinds = {self._kind(self.mapping.table[n]) for n in names}
        missing = pa.array(sorted(self.mapping.missing), pa.string())
        if kinds == {NUMBER}:
            return NumberColumn(missing, [self._bounds(self.mapping.table[n]) for n in names])
        if kinds == {DAY}:
            return ClockColumn()
        if kinds == {"id"}:
            return IdColumn(missing)
        return NameColumn() if kinds == {"name"} else WordColumn()

    def _kind(self, declared: Column) -> str:
        """How the cells of a column are looked at; `TEXT` is by their distinct texts."""
        source, codes = self.mapping.columns[declared.name], self.mapping.codes.get(declared.name)
        if declared.dtype in (DAY, INSTANT):
            by_column = not source.format and not source.to_monday and declared.name != "week_start"
            return DAY if by_column and "%" not in (self.mapping.dates or "") else TEXT
        if codes:
            return TEXT
        if declared.dtype in (NUMBER, WHOLE):
            return TEXT if source.unit in WRITTEN else NUMBER
        if declared.name == GENERATED_IDS.get(self.mapping.table.name):
            return "id"
        return "name" if declared.name == "athlete_id" else TEXT

    def _bounds(self, declared: Column) -> tuple[float, float, float, bool]:
        least = [b for b in (declared.minimum, declared.plausible and declared.plausible[0]) if b is not None]
        most = [b for b in (declared.maximum, declared.plausible and declared.plausible[1]) if b is not None]
        times = factor(declared, self.mapping.columns[declared.name].unit)
        return times, max(least, default=-np.inf), min(most, default=np.inf), declared.dtype == WHOLE

    def gather(self) -> None:
        lines, start = [], 0
        for block, seen, dropped in read_blocks(self.blob, self.opening, self._look, self.tell):
            telling = [column.add(seen[p], start) for p, column in self.columns.items()]
            self._keep_rows(block, np.unique(np.concatenate(telling)).astype(np.int64), start)
            lines.append(block.lines)
            start += len(block.lines)
            for reason, n in dropped.items():
                self.dropped[reason] = self.dropped.get(reason, 0) + n
            if len(self.told) > MOST_TOLD:
                self.is_cut = True
                break
        self.lines = np.concatenate(lines)
        for column in self.columns.values():
            column.close()

    def _look(self, block: Block) -> tuple[Block, dict[int, object], Dropped]:
        block, dropped = self._kept(block)
        return block, {p: column.look(block.columns[p]) for p, column in self.columns.items()}, dropped

    def _kept(self, block: Block) -> tuple[Block, Dropped]:
        """The rows that `last_row`, `where` and `needs` keep."""
        dropped: Dropped = {}
        asked = {*self.positions.where.values(), *self.positions.needs}
        if not asked and self.mapping.last_row is None:
            return block, dropped
        cells = {p: _stripped(block.columns[p]) for p in asked}
        raw = replace(self.opening.reading.table, cells=cells, rows=block.lines)
        raw = keep_to_last_row(raw, self.mapping, dropped)
        raw = keep_where(raw, self.mapping, self.positions, dropped)
        raw = keep_needed(raw, self.mapping, self.positions, dropped)
        keep = pa.array(np.searchsorted(block.lines, raw.rows))
        return Block({p: c.take(keep) for p, c in block.columns.items()}, raw.rows), dropped

    def _keep_rows(self, block: Block, at: np.ndarray, start: int) -> None:
        cells = {p: _stripped(block.columns[p].take(pa.array(at))) for p in self.columns}
        for k, row in enumerate(at):
            self.told[int(row) + start] = {p: cells[p][k] for p in cells}

    def fetch(self, rows: np.ndarray) -> None:
        """Read the file again for the cells of these rows."""
        wanted, start = np.sort(rows), 0
        for block, _ in read_blocks(self.blob, self.opening, self._kept, self.tell):
            here = wanted[(wanted >= start) & (wanted < start + len(block.lines))]
            if len(here):
                self._keep_rows(block, here - start, start)
            start += len(block.lines)
            if start > wanted[-1]:
                break

    def telling(self, troubled: set[tuple[int, int]] | None = None) -> tuple[np.ndarray, RawTable]:
        """The telling rows as a table of their own; the cells that a problem is said of are noted in `troubled`."""
        rows = np.array(sorted(self.told), dtype=np.int64)
        cells = {}
        for p in self.columns:
            cells[p] = np.empty(len(rows), dtype=object)
            cells[p][:] = [self.told[row][p] for row in rows]
        line_to_row = dict(zip(self.lines[rows].tolist(), rows.tolist(), strict=True))

        def address(line: int, position: int | None = None) -> str:
            if troubled is not None and position is not None and line in line_to_row:
                troubled.add((line_to_row[line], position))
            return line_address(line, position)

        return rows, replace(self.opening.reading.table, cells=cells, rows=self.lines[rows], address=address)

    def alike(self, troubled: set[tuple[int, int]]) -> np.ndarray:
        """Rows not told of that hold a text that a problem is said of."""
        found = []
        for p, column in self.columns.items():
            at = np.array([row for row, position in troubled if position == p], dtype=np.int64)
            if isinstance(column, WordColumn):
                found.append(np.flatnonzero(np.isin(column.codes, np.unique(column.codes[at]))))
            elif isinstance(column, NumberColumn | ClockColumn):
                codes = np.unique(column.odd_codes[np.isin(column.odd_rows, at)])
                found.append(column.odd_rows[np.isin(column.odd_codes, codes)])
        rows = np.unique(np.concatenate(found)) if found else np.array([], dtype=np.int64)
        return rows[~np.isin(rows, np.fromiter(self.told, np.int64))]

    def mapping_of_kept(self) -> FileMapping:
        """The mapping for rows that `where` and the like have kept already."""
        return replace(self.mapping, where={}, needs=(), last_row=None)


def _stripped(column: pa.Array) -> np.ndarray:
    texts = np.empty(len(column), dtype=object)
    texts[:] = [t.strip() for t in column.to_pylist()]
    return texts
