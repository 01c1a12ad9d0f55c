"""Rows with the keys of another row, found among many: by a number made of the keys first, then by the keys."""

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

FEW = 50_000
"""Up to here the keys themselves are compared."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: products with it spread neighbouring numbers (Knuth, TAOCP 3, 6.4)."""


def repeated(frame: pd.DataFrame, keys: list[str], *, first_too: bool = False) -> pd.Series:
    """Truth for each row of `frame`: its `keys` are those of an earlier row (with `first_too`, of any other row).

    As `frame.duplicated(keys)`: missing equals missing.
    """
    keep = False if first_too else "first"
    if len(frame) <= FEW:
        return frame.duplicated(keys, keep=keep)
    mixed = np.zeros(len(frame), dtype=np.uint64)
    for key in keys:
        mixed = (mixed ^ _as_numbers(frame[key])) * _ODD
        mixed ^= mixed >> np.uint64(29)
    in_order = np.sort(mixed)
    twice = in_order[1:][in_order[1:] == in_order[:-1]]
    found = np.zeros(len(frame), dtype=bool)
    if len(twice):
        some = np.flatnonzero(pd.Series(mixed).isin(twice))
        found[some] = frame.iloc[some][keys].duplicated(keep=keep).to_numpy()
    return pd.Series(found, index=frame.index)


def _as_numbers(column: pd.Series) -> np.ndarray:
    """Equal numbers for equal values (n_rows uint64)."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        numbers = column.cat.codes.to_numpy().astype(np.int64)
    elif column.dtype == "str":
        texts = pa.table({"text": pa.array(column, pa.large_string())})
        with duckdb.connect() as connection:
            connection.register("texts", texts)
            return connection.execute("select hash(text) h from texts").fetchnumpy()["h"]
    elif column.dtype.kind == "f":
        numbers = (column.to_numpy() + 0.0).view(np.int64)  # -0.0 is 0.0
    elif column.dtype.kind == "M":
        numbers = column.astype("int64").to_numpy()
    else:
        numbers = pd.factorize(column)[0].astype(np.int64)
    return numbers.view(np.uint64)
