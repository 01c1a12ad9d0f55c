"""What a stage records, as frozen values that go to JSON and come back the same."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import HiprunError


@dataclass(frozen=True)
class Table:
    """One table: `frame` with plain columns, and what the gate must know to suppress small counts.

    `count_columns` count persons or cases. `suppress_with` names, by count column, what is blanked where that
    count is hidden. Rows with the same values in `totals_within` add up to a total that may be known. A table of the
    `appendix` stands at the end of the report.
    """

    name: str
    frame: pd.DataFrame
    caption: str
    share: bool
    count_columns: tuple[str, ...]
    suppress_with: dict[str, list[str]]
    totals_within: tuple[str, ...]
    appendix: bool = False


@dataclass(frozen=True)
class Figure:
    """One saved figure; `counts` are the numbers of persons or cases that can be read off it. A figure of the
    `appendix` stands at the end of the report."""

    name: str
    caption: str
    alt: str
    share: bool
    counts: tuple[int, ...]
    svg: str
    png: str
    appendix: bool = False


@dataclass(frozen=True)
class Sentence:
    """One plain-English reading; `counts` are the numbers of persons or cases it gives away."""

    text: str
    share: bool
    headline: bool
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Estimates:
    """Tidy model rows for results.json, one a term."""

    frame: pd.DataFrame


@dataclass(frozen=True)
class Cannot:
    """A section that could not be done, and why."""

    section: str
    reason: str


Item = Table | Figure | Sentence | Estimates | Cannot
KINDS: dict[str, type] = {
    "table": Table,
    "figure": Figure,
    "sentence": Sentence,
    "estimates": Estimates,
    "cannot": Cannot,
}


@dataclass(frozen=True)
class SavedStage:
    """One stage as saved: its name, its title in the report and its items in the order they were made."""

    name: str
    title: str
    items: tuple[Item, ...]

    def of(self, kind: type) -> list[Any]:
        """The items of one kind."""
        return [i for i in self.items if isinstance(i, kind)]


def to_json(item: Item) -> dict[str, Any]:
    """`item` as JSON values."""
    kind = next(name for name, cls in KINDS.items() if isinstance(item, cls))
    values = {k: frame_to_json(v) if isinstance(v, pd.DataFrame) else v for k, v in vars(item).items()}
    return {"kind": kind, **values}


def from_json(values: Mapping[str, Any]) -> Item:
    """The item that `to_json` wrote."""
    fields = {
        k: frame_from_json(v) if k == "frame" else tuple(v) if isinstance(v, list) else v
        for k, v in values.items()
        if k != "kind"
    }
    return KINDS[values["kind"]](**fields)


def plain_frame(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """`frame` with plain text columns: a named index becomes columns, an unnamed running number goes.

    Raises `HiprunError` for columns that are not text or not unique, or an unnamed index that says something.
    """
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    elif not pd.api.types.is_integer_dtype(frame.index.dtype):
        raise HiprunError(
            f"{where}: the index has no name, so its column would have no heading. Fix: name it, or reset_index()."
        )
    odd = [c for c in frame.columns if not isinstance(c, str)]
    if odd or not frame.columns.is_unique:
        raise HiprunError(
            f"{where}: found columns {list(frame.columns)}; expected each to be one text, none twice. Fix: rename them."
        )
    return pd.DataFrame({c: _plain_column(frame[c]) for c in frame.columns}).reset_index(drop=True)


def _plain_column(values: pd.Series) -> pd.Series:
    dtype = values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return values.astype("boolean")
    if pd.api.types.is_integer_dtype(dtype):
        return values.astype("Int64")
    if pd.api.types.is_numeric_dtype(dtype):
        return values.astype("float64")
    if pd.api.types.is_datetime64_any_dtype(dtype):
        whole_days = (values.dropna() == values.dropna().dt.normalize()).all()
        return values.dt.strftime("%Y-%m-%d" if whole_days else "%Y-%m-%d %H:%M").astype("str")
    return values.map(str, na_action="ignore").astype("str")


def frame_to_json(frame: pd.DataFrame) -> dict[str, Any]:
    """A plain frame as {"columns": [[name, dtype], …], "rows": [[…], …]}; missing is null."""
    columns = [[c, str(frame[c].dtype)] for c in frame.columns]
    rows = [[json_value(v) for v in row] for row in frame.astype(object).itertuples(index=False, name=None)]
    return {"columns": columns, "rows": rows}


def frame_from_json(values: Mapping[str, Any]) -> pd.DataFrame:
    """The frame that `frame_to_json` wrote."""
    cells = list(zip(*values["rows"], strict=True)) or [()] * len(values["columns"])
    return pd.DataFrame(
        {
            name: pd.Series(
                [math.nan if v is None else float(v) for v in column] if dtype == "float64" else list(column),
                dtype=dtype,
            )
            for (name, dtype), column in zip(values["columns"], cells, strict=True)
        }
    )


def json_value(value: object) -> object:
    """A cell as a JSON value: missing is null, an infinite number is "inf" or "-inf"."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return str(float(value)) if math.isinf(value) else float(value)
    return str(value)
