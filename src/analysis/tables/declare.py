"""How a table is declared: one line a column; checks, dtypes and the data dictionary come from it."""

from dataclasses import dataclass

import pandas as pd
import pandera.pandas as pa

TEXT = "str"
WHOLE = "Int64"
NUMBER = "float64"
TRUTH = "boolean"
DAY = "datetime64[us]"
INSTANT = "datetime64[us, UTC]"

KIND_NAMES = {
    TEXT: "text",
    WHOLE: "whole number",
    NUMBER: "number",
    TRUTH: "yes/no",
    DAY: "date",
    INSTANT: "time (UTC)",
}


@dataclass(frozen=True)
class Column:
    """One column as declared: what it means and what may stand in it.

    `minimum` and `maximum` bound what is possible (outside is an error), `plausible` what is usual
    (outside is a warning); all are inclusive and in `unit`. A `required` column is never missing;
    a `key` column is required and identifies the row together with the other keys.
    """

    name: str
    dtype: str
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    plausible: tuple[float, float] | None = None
    required: bool = False
    key: bool = False


@dataclass(frozen=True)
class Table:
    """A table as declared: its name, what one row is, and its columns in order."""

    name: str
    grain: str
    columns: tuple[Column, ...]

    def __getitem__(self, name: str) -> Column:
        """The declared column of that name; `KeyError` if there is none."""
        return {c.name: c for c in self.columns}[name]

    def __contains__(self, name: str) -> bool:
        return any(c.name == name for c in self.columns)

    @property
    def keys(self) -> list[str]:
        """Names of the columns that together identify a row."""
        return [c.name for c in self.columns if c.key]

    @property
    def required(self) -> list[str]:
        """Names of the columns that are never missing."""
        return [c.name for c in self.columns if c.required or c.key]

    def schema(self) -> pa.DataFrameSchema:
        """The pandera schema that a tidy frame of this table must pass (strict columns, unique keys)."""
        return pa.DataFrameSchema(
            {c.name: _schema_column(c) for c in self.columns},
            strict=True,
            unique=self.keys,
            name=self.name,
            description=self.grain,
        )

    def tidy(self, frame: pd.DataFrame) -> pd.DataFrame:
        """`frame` with every declared column, in order and dtype, and no other; absent columns all missing.

        Raises `TypeError` or `ValueError` from pandas where a value does not fit its dtype, which only
        a programming error can cause: foreign values are checked in `sources` before this.
        """
        columns = {
            c.name: (frame[c.name] if c.name in frame else pd.Series(index=frame.index, dtype="object")).astype(c.dtype)
            for c in self.columns
        }
        return pd.DataFrame(columns, index=frame.index, copy=False).reset_index(drop=True)

    def empty(self) -> pd.DataFrame:
        """A frame of this table with no rows."""
        return pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in self.columns})


def _schema_column(declared: Column) -> pa.Column:
    checks = []
    if declared.allowed:
        checks.append(pa.Check.isin(list(declared.allowed)))
    if declared.minimum is not None:
        checks.append(pa.Check.ge(declared.minimum))
    if declared.maximum is not None:
        checks.append(pa.Check.le(declared.maximum))
    return pa.Column(
        declared.dtype,
        checks,
        nullable=not (declared.required or declared.key),
        description=declared.meaning,
        metadata={"unit": declared.unit, "plausible": declared.plausible},
    )
