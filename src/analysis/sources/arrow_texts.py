"""Columns of many texts, handled as Arrow arrays: never a Python object a row."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


def as_column(texts: pa.Array | pa.ChunkedArray, index: pd.Index | None = None) -> pd.Series:
    """Arrow texts as a column of dtype "str", without a copy where they are large_string."""
    return pd.Series(_TEXT.__from_arrow__(texts), index=index)


def renamed(column: pd.Series, names: dict[str, str]) -> pd.Series:
    """A text column (categories or "str") with each value replaced by its name; missing stays, what has no name too."""
    coded = _coded(column)
    of_code = pa.array([names.get(text) for text in coded.dictionary.to_pylist()], pa.large_string())
    return as_column(of_code.take(coded.indices), column.index)


def decoded(column: pd.Series) -> pd.Series:
    """A column of categories as dtype "str"."""
    coded = _coded(column)
    return as_column(coded.dictionary.cast(pa.large_string()).take(coded.indices), column.index)


def _coded(column: pd.Series) -> pa.DictionaryArray:
    texts = pa.array(column)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return texts if isinstance(texts, pa.DictionaryArray) else texts.dictionary_encode()


def missing_texts(index: pd.Index) -> pd.Series:
    """A column of dtype "str" in which every text is missing."""
    return as_column(pa.nulls(len(index), pa.large_string()), index)


def numbered(prefix: str, index: pd.Index) -> pd.Series:
    """`prefix` with 1, 2, 3 … as dtype "str"."""
    numbers = pa.array(np.arange(1, len(index) + 1)).cast(pa.large_string())
    start, between = (pa.scalar(text, pa.large_string()) for text in (prefix, ""))
    return as_column(pc.binary_join_element_wise(start, numbers, between), index)


def of_one_length(cells: np.ndarray, index: pd.Index) -> pd.Series:
    """Rows of ASCII bytes (n_rows × width uint8) as texts."""
    n, width = cells.shape
    offsets = np.arange(n + 1, dtype=np.int64) * width
    texts = pa.LargeStringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(cells)))
    return as_column(texts, index)
