"""Pseudonyms of many records at once: those of `pseudonyms.record_pseudonyms`, without a Python object a record."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.arrow_texts import of_one_length, renamed
from analysis.sources.keyed_hashes import DIGITS, keyed_hashes
from analysis.sources.pseudonyms import record_pseudonyms

MANY = 100_000
"""From so many records on they are hashed by processes of their own."""
_AT_ONCE = 500_000


def renamed_records(ids: pd.Series, key: bytes, prefix: str) -> pd.Series:
    """The pseudonym of each id (dtype "str", none missing, all different), aligned."""
    if len(ids) < MANY:
        return renamed(ids, record_pseudonyms(ids, key, prefix))
    texts = pa.array(ids, pa.large_string())
    parts = [_lines(texts.slice(start, _AT_ONCE)) for start in range(0, len(texts), _AT_ONCE)]
    hashes = np.frombuffer(keyed_hashes(parts, key), np.uint8).reshape(-1, DIGITS)
    cells = np.empty((len(ids), 1 + DIGITS), dtype=np.uint8)
    cells[:, 0] = ord(prefix)
    cells[:, 1:] = hashes
    made = of_one_length(cells, ids.index)
    if _may_hold_doubles(hashes):
        return renamed(ids, record_pseudonyms(ids, key, prefix))  # raises where two ids got the same
    return made


def _may_hold_doubles(hashes: np.ndarray) -> bool:
    """Whether two rows share the 8 bytes made of their first 16 digits; equal rows always do."""
    halves = np.ascontiguousarray(hashes[:, :16]).view(np.uint64)
    mixed = np.sort(halves[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ halves[:, 1])
    return bool((mixed[1:] == mixed[:-1]).any())


def _lines(texts: pa.Array | pa.ChunkedArray) -> bytes:
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    one_list = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts.cast(pa.string()))
    return pc.binary_join(one_list, "\n")[0].as_buffer().to_pybytes()
