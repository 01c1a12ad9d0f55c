"""One file through one [[file]]: raw cells to rows of a table, not yet checked against the other files."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from analysis.sources.convert import convert_ids, convert_numbers, convert_words
from analysis.sources.convert_dates import DatePositions, Moments, convert_dates
from analysis.sources.header import Positions, find_positions, header_problems
from analysis.sources.mapping import DEFAULTS, FileMapping, SourceColumn
from analysis.sources.numbers import Marks
from analysis.sources.problems import Problem
from analysis.sources.raw_table import RawTable
from analysis.sources.rows import Dropped, keep_needed, keep_one_row, keep_to_last_row, keep_where
from analysis.sources.units import WRITTEN
from analysis.sources.unpivot import wide_headers
from analysis.sources.writing import decide_marks, decide_order
from analysis.tables.declare import DAY, INSTANT, NUMBER, WHOLE

ROW = "_row"
WRONG = "_wrong"
_BLANK = "_blank"


@dataclass
class Piece:
    """What one file gave one table.

    `frame` holds the columns given (object values, None where missing), `_row` (index into the rows of `raw`) and
    `_wrong` (a cell of the row could not be read, which is a problem already).
    """

    raw: RawTable
    mapping: FileMapping
    positions: dict[str, int]
    frame: pd.DataFrame
    dropped: Dropped = field(default_factory=dict)

    def problem(
        self, code: str, row: int, column: str, found: str, expected: str, fix: str, severity: str = "error"
    ) -> Problem:
        """A problem at a row of `frame` (its `_row`), in a column of the table."""
        position = self.positions.get(column)
        name = column if position is None else None
        return self.raw.problem(code, found, expected, fix, row=row, position=position, column=name, severity=severity)


def read_piece(raw: RawTable, mapping: FileMapping, cohort_zone: ZoneInfo, problems: list[Problem]) -> Piece:
    """The rows of `mapping.table` in `raw`, every problem met appended to `problems`."""
    positions = find_positions(raw.header, mapping)
    problems += header_problems(raw, mapping, positions)
    dropped: Dropped = {}
    raw = keep_to_last_row(raw, mapping, dropped)
    raw = keep_where(raw, mapping, positions, dropped)
    raw = keep_needed(raw, mapping, positions, dropped)
    raw = keep_one_row(raw, mapping, positions, dropped, problems)
    reader = _Columns(raw, mapping, cohort_zone, positions, problems)
    frame = reader.frame()
    if mapping.unpivot:
        frame = reader.long(frame, dropped)
    for column, value in {**DEFAULTS.get(mapping.table.name, {}), **mapping.constants}.items():
        frame[column] = _filled(frame, column, value, default=column not in mapping.constants)
    return Piece(raw, mapping, positions.columns, frame, dropped)


def _filled(frame: pd.DataFrame, column: str, value: object, *, default: bool) -> pd.Series:
    """A constant, or a default where the file says nothing."""
    filled = pd.Series([value] * len(frame), index=frame.index, dtype=object)
    if default and column in frame:
        return frame[column].where(frame[column].notna() | frame[WRONG].astype(bool), filled)
    return filled


@dataclass
class _Columns:
    """The columns of one raw table read by one mapping."""

    raw: RawTable
    mapping: FileMapping
    zone: ZoneInfo
    positions: Positions
    problems: list[Problem]

    def __post_init__(self) -> None:
        of_kind = {name: self.mapping.table[name].dtype for name in self.positions.columns}
        at = self.positions.columns
        sources = self.mapping.columns
        dates = [at[n] for n, kind in of_kind.items() if kind in (DAY, INSTANT) and not sources[n].format]
        plain = [n for n, kind in of_kind.items() if kind in (NUMBER, WHOLE) and not self.mapping.codes.get(n)]
        numbers = [at[n] for n in plain if sources[n].unit not in WRITTEN]
        wide = [] if self.mapping.unpivot and self.mapping.unpivot.unit in WRITTEN else list(self.positions.unpivot)
        self.marks = decide_marks(self.raw, sorted({*numbers, *wide}), self.mapping, self.problems)
        self.order = decide_order(self.raw, sorted(set(dates)), self.mapping, self.problems)

    def frame(self) -> pd.DataFrame:
        """Mapped columns, one row a row of the file."""
        n = len(self.raw)
        values: dict[str, np.ndarray] = {ROW: np.arange(n), WRONG: np.zeros(n, dtype=bool)}
        for name, position in self.positions.columns.items():
            values.update(self._read(name, position, values))
        return pd.DataFrame(values)

    def _read(self, name: str, position: int, so_far: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        declared, source = self.mapping.table[name], self.mapping.columns[name]
        codes = self.mapping.codes.get(name, {})
        if declared.dtype in (DAY, INSTANT):
            at = DatePositions(position, self.positions.clocks.get(name))
            moments = convert_dates(self.raw, at, declared, source, self.order, self.mapping, self.zone, self.problems)
            return self._dates(name, moments, so_far)
        if declared.dtype in (NUMBER, WHOLE):
            marks = self.marks.get(position, Marks())
            found = convert_numbers(self.raw, position, declared, source, codes, marks, self.mapping, self.problems)
        elif source.id_style:
            found = convert_ids(self.raw, position, source.id_style, codes, self.mapping, self.problems)
        else:
            found = convert_words(self.raw, position, declared, codes, self.mapping, self.problems)
        return {name: found.got, WRONG: so_far[WRONG] | found.wrong}

    def _dates(self, name: str, moments: Moments, so_far: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """A day, or an instant; for training sessions each gives the other where only one is mapped."""
        of_instant = self.mapping.table[name].dtype == INSTANT
        main = moments.instants if of_instant else moments.days
        read = {name: main.got, WRONG: so_far[WRONG] | moments.days.wrong | main.wrong}
        if self.mapping.table.name == "training_sessions":
            if name == "date" and "start_utc" not in self.mapping.given:
                read["start_utc"] = moments.instants.got
            if name == "start_utc" and "date" not in self.mapping.given:
                read["date"] = moments.days.got
        return read

    def long(self, frame: pd.DataFrame, dropped: Dropped) -> pd.DataFrame:
        """One row for each wide column that holds a value; blank ones are counted as not measured."""
        unpivot = self.mapping.unpivot
        declared, source = self.mapping.table[unpivot.value], SourceColumn("", unit=unpivot.unit)
        parts = []
        for header in wide_headers(self.raw, self.mapping, self.positions.unpivot, self.problems):
            marks = self.marks.get(header.position, Marks())
            found = convert_numbers(self.raw, header.position, declared, source, {}, marks, self.mapping, self.problems)
            blank = pd.isna(found.got) & ~found.wrong
            part = frame.assign(**{unpivot.value: found.got, WRONG: frame[WRONG] | found.wrong, _BLANK: blank})
            parts.append(part.assign(**{k: _repeat(v, len(part)) for k, v in header.groups.items()}))
        if not parts:
            return frame.iloc[:0].assign(**{unpivot.value: None})
        long = pd.concat(parts, ignore_index=True).sort_values(ROW, kind="stable", ignore_index=True)
        blank = long.pop(_BLANK)
        if blank.any():
            dropped[f"no {unpivot.value} in a wide column"] = int(blank.sum())
        return long[~blank].reset_index(drop=True)


def _repeat(value: object, n: int) -> np.ndarray:
    column = np.empty(n, dtype=object)
    column[:] = value
    return column
