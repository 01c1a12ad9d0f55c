"""The columns of a frame as a model needs them: complete rows, plain numbers, levels in a known order."""

import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from analysis.errors import HiprunError


@dataclass(frozen=True)
class Complete:
    """The rows with a value in every used column, other columns may stand beside them; `positions` (n,) is where they
    stand in the whole frame, `dropped` counts the missing values by column."""

    frame: pd.DataFrame
    positions: np.ndarray
    n_dropped: int
    dropped: dict[str, int]


def complete_rows(frame: pd.DataFrame, names: list[str]) -> Complete:
    """Drop every row with a missing value in one of the columns `names`.

    A row with two missing values counts once in `n_dropped` and in both columns of `dropped`.
    """
    if not isinstance(frame, pd.DataFrame):
        raise HiprunError(f"fit: found data of type {type(frame).__name__}, expected a pandas DataFrame.")
    for name in names:
        _check_present(frame, name)
    missing = {name: frame[name].isna().to_numpy() for name in names}
    counts = {name: int(rows.sum()) for name, rows in missing.items() if rows.any()}
    used, positions, n_dropped = frame, np.arange(len(frame)), 0
    if counts:
        gone = np.logical_or.reduce([missing[name] for name in counts])
        used, positions, n_dropped = frame.loc[~gone, names], np.flatnonzero(~gone), int(gone.sum())
    if used.empty:
        listed = ", ".join(f"{name} ({count})" for name, count in counts.items()) or "none"
        raise HiprunError(
            f"fit: no row of {len(frame)} has a value in every used column; missing values by column: {listed}."
        )
    return Complete(used, positions, n_dropped, counts)


def _check_present(frame: pd.DataFrame, name: str) -> None:
    found = int((frame.columns == name).sum())
    if found > 1:
        raise HiprunError(f"column {name!r}: the data has {found} columns of that name, expected one.")
    if found == 0:
        known = [str(column) for column in frame.columns]
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {', '.join(close)}?" if close else f"the columns are {', '.join(known[:30])}."
        raise HiprunError(f"column {name!r}: named in the model, not in the data; {hint}")


def numeric_or_levels(column: pd.Series, name: str) -> pd.Series:
    """A column as finite numbers, or as an unordered category with its used levels in their order.

    False and True become the levels FALSE and TRUE, as in R, so the term is named `flagTRUE`.
    """
    if column.dtype == object:
        column = column.infer_objects()
    if types.is_bool_dtype(column) and not isinstance(column.dtype, pd.CategoricalDtype):
        words = np.where(column.to_numpy(dtype=bool), "TRUE", "FALSE")
        return pd.Series(pd.Categorical(words), index=column.index)
    if types.is_numeric_dtype(column) and not types.is_complex_dtype(column):
        return finite(column, name)
    return levels(column, name)


def finite(column: pd.Series, name: str) -> pd.Series:
    """A numeric column without ±inf, integers kept as integers."""
    values = column.to_numpy(dtype="int64" if types.is_integer_dtype(column) else "float64")
    infinite = np.isinf(values)
    if infinite.any():
        raise HiprunError(
            f"column {name!r}: {int(infinite.sum())} of {len(values)} values are infinite, expected finite numbers. "
            "Mend them or make them missing."
        )
    return pd.Series(values, index=column.index, copy=False)


def levels(column: pd.Series, name: str) -> pd.Series:
    """A text or categorical column as an unordered category of text; a declared level order is kept."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        category = column.cat.remove_unused_categories().cat.as_unordered()
        return category.cat.rename_categories(unique_text(category.cat.categories, name))
    kinds = {type(value) for value in column} if column.dtype == object else set()
    if kinds - {str} or (not kinds and not types.is_string_dtype(column)):
        found = ", ".join(sorted(kind.__name__ for kind in kinds)) or str(column.dtype)
        raise HiprunError(f"column {name!r}: holds {found}, expected numbers, text, False/True or a category.")
    return column.astype(str).astype("category")


def group_levels(column: pd.Series, name: str) -> tuple[np.ndarray, pd.Index]:
    """Codes (n,) and level names of a grouping column: declared order, else sorted, as text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        category = column.cat.remove_unused_categories()
        return category.cat.codes.to_numpy(np.int64), unique_text(category.cat.categories, name)
    if column.dtype == object:
        column = column.astype(str)
    codes, found = pd.factorize(column, sort=True)
    return codes, unique_text(pd.Index(found), name)


def unique_text(values: pd.Index, name: str) -> pd.Index:
    """The levels of column `name` as text; raises `HiprunError` where two of them read the same."""
    text = pd.Index([str(value) for value in values.tolist()], dtype=object)
    if not types.is_integer_dtype(values) and not text.is_unique:
        raise HiprunError(f"column {name!r}: two levels read {text[text.duplicated()][0]!r} as text.")
    return text
