"""A foreign file as read: header and cells as text, each cell with its address in the file."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from openpyxl.utils import get_column_letter

from analysis.sources.problems import Problem

Keep = Callable[[tuple[str, ...]], list[int]]
"""Given the header, the positions of the columns to keep: what no mapping names is never held."""


def keep_all(header: tuple[str, ...]) -> list[int]:
    """Every column."""
    return list(range(len(header)))


@dataclass(frozen=True)
class ReadingRules:
    """What the mapping says about how a file is written; `None` where it has to be found out."""

    sheet: str | None = None
    header_rows: tuple[int, ...] = ()
    skip_footer: int = 0
    last_row: int | None = None
    encoding: str | None = None
    delimiter: str | None = None


def line_address(row: int, _position: int | None = None) -> str:
    """Address of a cell in a text file: its physical line."""
    return f"line {row}"


def cell_address(sheet: str) -> Callable[[int, int | None], str]:
    """Addresses of the cells of a sheet, such as Kraft!F17; `Kraft!17` for a whole row."""

    def address(row: int, position: int | None = None) -> str:
        return f"{sheet}!{'' if position is None else get_column_letter(position + 1)}{row}"

    return address


@dataclass(frozen=True)
class RawTable:
    """The cells of one file or sheet, before anything is concluded from them.

    `header`: n_columns names, as in the file but for runs of blanks. `cells`: position -> object array of
    n_rows stripped texts, "" where blank. `typed`: the same positions -> object array of the Python values
    of a spreadsheet (empty for text files). `rows`: n_rows physical row or line numbers, from 1.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    header_row: int
    cells: dict[int, np.ndarray]
    rows: np.ndarray
    address: Callable[[int, int | None], str] = line_address
    typed: dict[int, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, mask: np.ndarray) -> "RawTable":
        """The rows where `mask` (n_rows truth values) is true."""
        return replace(
            self,
            rows=self.rows[mask],
            cells={p: c[mask] for p, c in self.cells.items()},
            typed={p: c[mask] for p, c in self.typed.items()},
        )

    def place(self, i: int, position: int | None = None) -> str:
        """Address of the i-th row's cell in the column at `position`."""
        return self.address(int(self.rows[i]), position)

    def problem(
        self,
        code: str,
        found: str,
        expected: str,
        fix: str,
        *,
        row: int | None = None,
        position: int | None = None,
        column: str | None = None,
        severity: str = "error",
    ) -> Problem:
        """A problem of this table, at the `row`-th row (without one: at the header) and the column at `position`."""
        place = self.address(self.header_row, position) if row is None else self.place(row, position)
        name = column if column is not None else "" if position is None else self.header[position]
        return Problem(self.file, self.sheet, place, name, code, severity, found, expected, fix)


@dataclass(frozen=True)
class Reading:
    """What came of reading a file: a table unless nothing could be read, and the problems met."""

    table: RawTable | None
    problems: tuple[Problem, ...] = ()


def one_line(text: str) -> str:
    """Text with every run of blanks, no-break spaces and line breaks as one space."""
    return " ".join(text.split())


def join_header(rows: list[list[str]]) -> tuple[str, ...]:
    """Header rows joined "upper lower", column by column; a name repeated by a merged cell is said once."""
    width = max(len(row) for row in rows)
    padded = [row + [""] * (width - len(row)) for row in rows]
    return tuple(
        " ".join(dict.fromkeys(p for part in column if (p := one_line(part)))) for column in zip(*padded, strict=True)
    )
