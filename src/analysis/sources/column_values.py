"""The values of one column of a large file, from what `read_piece` made of its telling rows: see `large_piece`."""

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.sources.gather import ClockColumn, NumberColumn
from analysis.sources.text_blocks import NotPlain
from analysis.tables import Column
from analysis.tables.declare import DAY, INSTANT, NUMBER, TEXT, WHOLE


def by_code(codes: np.ndarray, told: pd.Series, n: int) -> list[object]:
    """What `read_piece` made of each text, from the telling rows that hold them."""
    values: list[object] = [None] * n
    for code, value in zip(codes.tolist(), told, strict=True):
        values[code] = value
    return values


def put_odd(values: np.ndarray, column: NumberColumn | ClockColumn, told: pd.Series, rows: np.ndarray) -> None:
    """Put in what `read_piece` made of the cells that are not plain."""
    if not len(column.odd_rows):
        return
    at = np.searchsorted(rows, column.odd_rows)
    found = np.minimum(at, len(rows) - 1)
    is_told = rows[found] == column.odd_rows
    texts = by_code(column.odd_codes[is_told], told.iloc[found[is_told]], len(column.odd.texts.places))
    values[column.odd_rows] = as_array(texts, values.dtype)[column.odd_codes]


def as_array(values: list[object], dtype: np.dtype) -> np.ndarray:
    """Values of a column, None where missing, as numbers (NaN) or as instants (NaT) of the dtype."""
    series = pd.Series(values, dtype=object)
    if dtype.kind == "f":
        return series.astype("float64").to_numpy()
    return pd.to_datetime(series, utc=True).dt.tz_localize(None).to_numpy().astype(dtype)


def coded(codes: np.ndarray, of_code: list[object], declared: Column) -> np.ndarray | pd.Categorical:
    """A column from its distinct texts: numbers and dates as arrays, words as categories."""
    if declared.dtype in (NUMBER, WHOLE):
        return as_array(of_code, np.dtype("float64"))[codes]
    if declared.dtype in (DAY, INSTANT):
        return as_array(of_code, np.dtype("datetime64[us]"))[codes]
    if declared.dtype != TEXT:
        return pd.Series(of_code, dtype=object).to_numpy()[codes]
    place, words = pd.factorize(pd.Series(of_code, dtype=object))
    return pd.Categorical.from_codes(place.astype(np.int32)[codes], categories=pd.Index(words, dtype=object))


def repeated_value(value: object, n: int, declared: Column) -> np.ndarray | pd.Categorical:
    """A column of `n` rows that all hold one value, as a constant of the mapping does."""
    return coded(np.zeros(n, dtype=np.int8), [value], declared)


def typed(
    values: np.ndarray | pa.ChunkedArray | pd.Categorical, declared: Column, told: pd.Series, rows: np.ndarray
) -> object:
    """The column, after a look whether the telling rows have the values that `read_piece` found in them.

    A cell that `read_piece` refused (None) is refused here too. Raises `NotPlain` where the two ways differ.
    """
    refused = rows[told.isna().to_numpy()]
    expected = told[told.notna()].tolist()
    kept = rows[told.notna().to_numpy()]
    if isinstance(values, pa.ChunkedArray):
        same = values.take(pa.array(kept)).to_pylist() == expected
        column = pd.Series(pd.StringDtype("pyarrow", na_value=np.nan).__from_arrow__(values))
        if len(refused) and column.iloc[refused].notna().any():
            raise NotPlain("an id that cannot be read")
    elif values.dtype == object:
        same, column = values[kept].tolist() == expected, pd.Series(values, dtype=object)
    elif isinstance(values, pd.Categorical):
        same = values[kept].tolist() == expected
        if values.codes[refused].max(initial=-1) >= 0:
            raise NotPlain("a word that cannot be read")
        column = values
    else:
        same = np.array_equal(values[kept], as_array(expected, values.dtype), equal_nan=values.dtype.kind == "f")
        values[refused] = np.nan if values.dtype.kind == "f" else np.datetime64("NaT")
        column = pd.Series(values).dt.tz_localize("UTC") if declared.dtype == INSTANT else values
    if not same:
        raise NotPlain(f"{declared.name} read in two ways")
    return column
