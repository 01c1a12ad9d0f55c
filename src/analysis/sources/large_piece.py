"""One large delimited file through one [[file]], in bounded memory, with the values and problems of `read_piece`.

Nothing is read in another way than elsewhere. The file is scanned in blocks for its *telling rows*: those that hold a
text met for the first time, or a cell that is not plain or may be in doubt. `read_piece` reads these, decides on marks
and the order of dates, and finds the problems; what it made of a text holds for every row with that text. Only plain
numbers, clocks and ids, too many to be looked at one by one, are read by the column, and that must give what
`read_piece` gives in every telling row, or the file is read in the ordinary way.
"""

from dataclasses import MISSING, fields, replace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.sources.blob import Blob
from analysis.sources.column_values import as_array, by_code, coded, put_odd, repeated_value, typed
from analysis.sources.gather import ClockColumn, IdColumn, NameColumn, NumberColumn
from analysis.sources.header import find_positions
from analysis.sources.large_scan import MOST_TOLD, Scan, Told
from analysis.sources.mapping import DEFAULTS, FileMapping
from analysis.sources.piece import ROW, WRONG, Piece, read_piece
from analysis.sources.plain_cells import NO_DAY, ODD, day_seconds, to_local, to_utc
from analysis.sources.problems import Problem
from analysis.sources.text_blocks import NotPlain, read_opening
from analysis.sources.units import factor
from analysis.sources.writing import decide_marks, decide_order
from analysis.tables import Column
from analysis.tables.declare import DAY, INSTANT

LARGE_BYTES = 32 << 20
"""From this size on a delimited file is read here."""
_UNDERSTOOD = {
    "number", "path", "table", "timezone", "rules", "decimal", "thousands", "dates", "missing", "where", "needs",
    "last_row", "duplicates", "constants", "columns", "codes", "from_path", "decimals",
}  # fmt: skip
"""Keys of a [[file]] that leave each cell's value to itself and to what is decided for the whole file."""
_AT_ONCE = 1 << 20
_SUFFIXES = (".csv", ".tsv", ".txt")


class LargePiece(Piece):
    """A piece whose frame has typed columns: numbers and days as such, words as categories, ids as Arrow texts."""


def is_large(blob: Blob, mapping: FileMapping) -> bool:
    """Whether the file is delimited text of at least `LARGE_BYTES` (packed text counts tenfold), mapped row by row."""
    if blob.suffix not in _SUFFIXES or not blob.path.is_file() or mapping.table.name in DEFAULTS:
        return False
    packed = blob.is_gzip or blob.member is not None
    if blob.path.stat().st_size * (10 if packed else 1) < LARGE_BYTES:
        return False
    others = [f for f in fields(mapping) if f.name not in _UNDERSTOOD]
    plain = all(
        getattr(mapping, f.name) == (f.default if f.default is not MISSING else f.default_factory()) for f in others
    )
    cells_apart = all(s.clock is None and s.id_style is None for s in mapping.columns.values())
    return plain and cells_apart and not mapping.rules.skip_footer


def read_large(
    blob: Blob, mapping: FileMapping, cohort_zone: ZoneInfo, problems: list[Problem], tell: Told = lambda _read: None
) -> Piece:
    """The rows of `mapping.table` in a large file; every problem met, of the file and its cells, is appended.

    The frame of the piece has typed columns (`assemble` knows). `tell` gets the bytes read so far. Raises `NotPlain`
    (and appends nothing) where the file has to be read by `read_raw` and `read_piece`; and as `Blob.open` does.
    """
    opening = read_opening(blob, mapping.rules, lambda header: find_positions(header, mapping).all)
    scan = _Reading(blob, mapping, cohort_zone, opening, tell)
    found = list(opening.reading.problems)
    piece = scan.piece(found)
    problems += found
    return piece


class _Reading(Scan):
    """A scan put together as a piece."""

    def piece(self, problems: list[Problem]) -> Piece:
        """Everything put together; problems are appended in the order of `read_piece`."""
        self.gather()
        self._settle_writing()
        troubled: set[tuple[int, int]] = set()
        _, raw = self.telling(troubled)
        read_piece(raw, self.mapping_of_kept(), self.zone, [])
        more = np.union1d(self.alike(troubled), self._doubtful_clocks())
        more, self.untold = more[:MOST_TOLD], more[MOST_TOLD:]
        if len(more):
            self.fetch(more)
        rows, raw = self.telling()
        small = read_piece(raw, self.mapping_of_kept(), self.zone, problems)
        problems += self._too_many()
        whole = replace(self.opening.reading.table, cells={}, rows=self.lines)
        return LargePiece(whole, self.mapping, self.positions.columns, self._frame(small, rows), self.dropped)

    def _too_many(self) -> list[Problem]:
        """An error where there is more in doubt than is told of: nothing may rest on the rest."""
        table = self.opening.reading.table
        place = replace(table, cells={}, rows=self.lines)
        expected, fix = (
            "cells that can be read",
            "mend what the first problems of this file say; it is often one line of cohort.toml",
        )
        said = []
        if self.is_cut:
            found = f"{len(self.told)} rows in doubt up to here; the rest was not read"
            said.append(place.problem("FORMAT", found, expected, fix, row=len(self.lines) - 1))
        if len(self.untold):
            found = f"{len(self.untold)} more rows, from here on, with cells like those told of"
            said.append(place.problem("FORMAT", found, expected, fix, row=int(self.untold[0])))
        return said

    def _settle_writing(self) -> None:
        """Marks and order of dates, as `read_piece` will decide them from the telling rows."""
        _, raw = self.telling()
        mapping = self.mapping_of_kept()
        numbers = sorted(p for p, c in self.columns.items() if isinstance(c, NumberColumn))
        self.marks = decide_marks(raw, numbers, mapping, [])
        for p in numbers:
            decided = self.marks[p]
            if decided is not None and self.columns[p].marks - {decided.decimal}:
                raise NotPlain("a mark of thousands, or two marks")
        dates = [
            self.positions.columns[n]
            for n, source in self.mapping.columns.items()
            if n in self.positions.columns and self.mapping.table[n].dtype in (DAY, INSTANT) and not source.format
        ]
        self.order = decide_order(raw, sorted(set(dates)), mapping, [])
        self.moments = {p: self._moments(c) for p, c in self.columns.items() if isinstance(c, ClockColumn)}

    def _moments(self, column: ClockColumn) -> tuple[np.ndarray, np.ndarray]:
        """Seconds from 1970 in UTC and of the local midnight; `NO_DAY` where `read_piece` has to be asked."""
        utc, day = (np.full(len(column.days), NO_DAY) for _ in range(2))
        if self.order is None:
            return utc, day
        starts = np.array([*(day_seconds(text, self.order) for text in column.dates.places), NO_DAY])
        for part in (slice(k, k + _AT_ONCE) for k in range(0, len(day), _AT_ONCE)):
            midnight = starts[column.days[part]]  # ODD is the last
            if column.all_midnight:  # dates: see `convert_dates`
                day[part] = midnight
            else:
                utc[part], day[part] = self._clock(midnight, column.seconds[part])
        return utc, day

    def _clock(self, midnight: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        utc, day = (np.full(len(midnight), NO_DAY) for _ in range(2))
        known = midnight != NO_DAY
        utc[known] = to_utc(midnight[known] + seconds[known], self.mapping.timezone)
        known = utc != NO_DAY
        local = to_local(utc[known], self.zone)
        day[known] = np.where(local == NO_DAY, NO_DAY, local - local % 86400)
        return utc, day

    def _doubtful_clocks(self) -> np.ndarray:
        """Rows not told of whose clock only `read_piece` can read."""
        rows = [np.flatnonzero((day == NO_DAY) & (self.columns[p].days != ODD)) for p, (_, day) in self.moments.items()]
        found = np.unique(np.concatenate(rows)) if rows and self.order is not None else np.array([], dtype=np.int64)
        return found[~np.isin(found, np.fromiter(self.told, np.int64))]

    def _frame(self, small: Piece, rows: np.ndarray) -> pd.DataFrame:
        n = len(self.lines)
        wrong = np.zeros(n, dtype=bool)
        values: dict[str, object] = {ROW: np.arange(n, dtype=np.int32), WRONG: wrong}
        for name in (c for c in small.frame if c not in (ROW, WRONG)):
            declared = self.mapping.table[name]
            told = small.frame[name]
            values[name] = typed(self._values(name, declared, told, rows, wrong), declared, told, rows)
            self._release(list(small.frame), name)
        wrong[rows] = small.frame[WRONG].to_numpy()
        wrong[self.untold] = True  # a problem of the file already
        return pd.DataFrame(values, copy=False)

    def _position(self, name: str) -> int | None:
        """Where a column of the frame comes from; the day of an instant and the instant of a day from the other."""
        if name in self.mapping.constants or name in (ROW, WRONG):
            return None
        at = self.positions.columns
        return at[name] if name in at else next(at[n] for n in ("date", "start_utc") if n in at)

    def _release(self, names: list[str], done: str) -> None:
        """Let go of what was gathered for a column of the frame that no later one needs."""
        position = self._position(done)
        if position is not None and position not in {self._position(n) for n in names[names.index(done) + 1 :]}:
            del self.columns[position]
            self.moments.pop(position, None)

    def _values(
        self, name: str, declared: Column, told: pd.Series, rows: np.ndarray, wrong: np.ndarray
    ) -> np.ndarray | pa.ChunkedArray | pd.Categorical:
        """The values of one column in every row; those of the telling rows are put in afterwards."""
        if name in self.mapping.constants:
            return repeated_value(self.mapping.constants[name], len(self.lines), declared)
        position = self._position(name)
        column = self.columns[position]
        if isinstance(column, IdColumn):
            return column.texts
        if isinstance(column, NumberColumn):
            return self._numbers(name, declared, position, told, rows, wrong)
        if isinstance(column, ClockColumn):
            return self._dated(declared, position, told, rows, wrong)
        if isinstance(column, NameColumn):
            absent = self.mapping.missing
            return coded(
                column.codes, [None if t in absent else " ".join(t.split()) for t in column.texts.places], declared
            )
        return coded(column.codes, by_code(column.codes[rows], told, len(column.texts.places)), declared)

    def _numbers(
        self, name: str, declared: Column, position: int, told: pd.Series, rows: np.ndarray, wrong: np.ndarray
    ) -> np.ndarray:
        column = self.columns[position]
        if self.marks[position] is None:
            wrong |= np.isfinite(column.written)
            wrong[column.odd_rows] = True
            return np.full(len(column.written), np.nan)
        values = column.written * factor(declared, self.mapping.columns[name].unit)
        put_odd(values, column, told, rows)
        return values

    def _dated(
        self, declared: Column, position: int, told: pd.Series, rows: np.ndarray, wrong: np.ndarray
    ) -> np.ndarray:
        column, (utc, day) = self.columns[position], self.moments[position]
        seconds = utc if declared.dtype == INSTANT else day
        values = seconds.astype("datetime64[s]").astype("datetime64[us]")  # NO_DAY is NaT
        if self.order is None:
            wrong |= column.days != ODD
        asked = np.isnat(values[rows]) & (column.days[rows] != ODD)  # in an hour in which the clocks change
        values[rows[asked]] = as_array(told[asked].tolist(), values.dtype)
        put_odd(values, column, told, rows)
        return values
