"""The pieces of one table put together: rows that cannot be used left out and counted, every row still traceable.

A table that holds a large file has typed columns (numbers, days, categories), else objects.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from analysis.sources.large_piece import LargePiece
from analysis.sources.mapping import GENERATED_IDS
from analysis.sources.piece import ROW, WRONG, Piece
from analysis.sources.problems import Problem
from analysis.tables import Table
from analysis.tables.declare import DAY, INSTANT, NUMBER, TEXT, WHOLE

PIECE = "_piece"
RAW_ID = "_raw_id"
NOT_IN_FILES = {"hip_work": {"in_library"}, "hip_assessments": {"date"}}
"""Required columns found later: from the exercise library, or the start of the cohort."""


@dataclass
class Ledger:
    """What is noted while a cohort is read: problems, and rows left out as (table, file, reason, n_rows)."""

    problems: list[Problem] = field(default_factory=list)
    dropped: list[tuple[str, str, str, int]] = field(default_factory=list)

    def drop(self, table: str, file: str, reason: str, n_rows: int) -> None:
        """Note rows left out; nothing is noted for none."""
        if n_rows:
            self.dropped.append((table, file, reason, n_rows))

    def dropped_frame(self) -> pd.DataFrame:
        """Columns table, file, reason, n_rows; one row for each combination."""
        frame = pd.DataFrame(self.dropped, columns=["table", "file", "reason", "n_rows"])
        frame = frame.astype({"table": "str", "file": "str", "reason": "str", "n_rows": "int64"})
        return frame.groupby(["table", "file", "reason"], sort=False, as_index=False)["n_rows"].sum()


@dataclass
class Rows:
    """The rows of one table from all its pieces.

    `frame` has object columns (typed ones where a piece is large), and `_piece` and `_row`, which say where each row
    came from.
    """

    table: Table
    pieces: list[Piece]
    frame: pd.DataFrame
    ledger: Ledger

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, *columns: str) -> bool:
        """Whether there are rows, and the columns are among those that some file gives."""
        return len(self) > 0 and all(c in self.frame for c in columns)

    def note(
        self, label: int, code: str, column: str, found: str, expected: str, fix: str, severity: str = "error"
    ) -> None:
        """Note a problem at a row of `frame`, in a column of the table."""
        piece, row = self._origin(label)
        self.ledger.problems.append(piece.problem(code, row, column, found, expected, fix, severity))

    def place(self, label: int, column: str) -> str:
        """Where a row stands, as file:place."""
        piece, row = self._origin(label)
        return f"{piece.raw.file}:{piece.raw.place(row, piece.positions.get(column))}"

    def files(self) -> pd.Series:
        """The file each row came from, aligned to `frame`."""
        place, names = pd.factorize(np.array([p.raw.file for p in self.pieces], dtype=object))
        of_row = place[self.frame[PIECE].to_numpy(dtype=int)] if len(self.pieces) else []
        return pd.Series(pd.Categorical.from_codes(of_row, names), index=self.frame.index)

    def drop(self, labels: Iterable[int], reason: str) -> None:
        """Leave rows out, counted by file."""
        labels = pd.Index(labels)
        if labels.empty:
            return
        for piece, n in self.frame.loc[labels, PIECE].value_counts(sort=False).items():
            self.ledger.drop(self.table.name, self.pieces[piece].raw.file, reason, int(n))
        self.frame = self.frame.drop(index=labels)

    def _origin(self, label: int) -> tuple[Piece, int]:
        return self.pieces[self.frame.loc[label, PIECE]], int(self.frame.loc[label, ROW])


def assemble(table: Table, pieces: list[Piece], ledger: Ledger) -> Rows:
    """All rows of `pieces` that can be used; a required cell that is blank is a problem."""
    for piece in pieces:
        for reason, n in piece.dropped.items():
            ledger.drop(table.name, piece.raw.file, reason, n)
    complete = [(i, p) for i, p in enumerate(pieces) if _has_required(table, p)]
    frame = _stacked(table, complete) if complete else pd.DataFrame({PIECE: [], ROW: [], WRONG: []})
    rows = Rows(table, pieces, frame, ledger)
    _leave_out_incomplete(rows)
    rows.frame = rows.frame.drop(columns=WRONG).reset_index(drop=True)
    return rows


def _stacked(table: Table, pieces: list[tuple[int, Piece]]) -> pd.DataFrame:
    """The frames of the pieces, each with its number, one below the other."""
    if not any(isinstance(piece, LargePiece) for _, piece in pieces):
        return pd.concat([piece.frame.assign(**{PIECE: i}) for i, piece in pieces], ignore_index=True)
    typed = [_typed(table, piece).assign(**{PIECE: np.full(len(piece.frame), i, np.int32)}) for i, piece in pieces]
    for _, piece in pieces:
        if isinstance(piece, LargePiece):  # held once: the rows are in the table now
            piece.frame = pd.DataFrame(columns=piece.frame.columns)
    if len(typed) == 1:
        return typed[0]
    names = dict.fromkeys(name for frame in typed for name in frame)
    columns = {name: _one_below_the_other([f.get(name, _blank(f)) for f in typed]) for name in names}
    return pd.DataFrame(columns)


def _typed(table: Table, piece: Piece) -> pd.DataFrame:
    """Its frame, with the columns of a `LargePiece`."""
    if isinstance(piece, LargePiece):
        return piece.frame
    done = {}
    for name, column in piece.frame.items():
        if column.dtype == object or column.dtype == "str":
            kind = table[name].dtype if name in table else object
            column = column.astype(_HELD_AS.get(kind, object))
        done[name] = column
    return pd.DataFrame(done, index=piece.frame.index)


_HELD_AS = {TEXT: "category", NUMBER: "float64", WHOLE: "float64", DAY: DAY, INSTANT: INSTANT}


def _blank(frame: pd.DataFrame) -> pd.Series:
    return pd.Series(None, index=frame.index, dtype=object)


def _one_below_the_other(parts: list[pd.Series]) -> pd.Series:
    """Columns of one kind joined; categories stay so. A part that is blank throughout takes the others' kind."""
    kind = next((part.dtype for part in parts if part.dtype != object), np.dtype(object))
    if any(isinstance(part.dtype, pd.CategoricalDtype) for part in parts):
        if any(part.dtype == "str" for part in parts):
            return pd.concat([part.astype("str") for part in parts], ignore_index=True)
        return pd.Series(union_categoricals([part.astype("category") for part in parts]))
    return pd.concat([part.astype(kind) for part in parts], ignore_index=True)


def _has_required(table: Table, piece: Piece) -> bool:
    """Whether the file had every required column; one it lacks is a problem already."""
    elsewhere = {GENERATED_IDS.get(table.name), *NOT_IN_FILES.get(table.name, ())}
    return all(name in piece.frame for name in table.required if name not in elsewhere)


def _leave_out_incomplete(rows: Rows) -> None:
    """A row needs its required cells; one that could not be read is a problem already and counts as blank."""
    incomplete = np.zeros(len(rows), dtype=bool)
    for name in (n for n in rows.table.required if n in rows.frame and n != GENERATED_IDS.get(rows.table.name)):
        blank = rows.frame[name].isna().to_numpy()
        for label in rows.frame.index[blank & ~rows.frame[WRONG].astype(bool)]:
            meaning = rows.table[name].meaning
            rows.note(
                label,
                "MISSING",
                name,
                "a blank cell",
                f"{name}: {meaning}",
                "fill the cell, or leave the row out with where, or with skip_footer if it is a total or a note",
            )
        incomplete |= blank
    rows.drop(rows.frame.index[incomplete], "a required cell is blank or cannot be read")
