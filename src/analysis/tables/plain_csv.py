"""CSV files that a spreadsheet program shows and does not run."""

from pathlib import Path

import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

from analysis.study import write_atomically

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for a formula (OWASP, CSV injection), full-width signs included."""


def safe_cell(value: object) -> object:
    """A cell as it may be written: a text that a spreadsheet would take for a formula gets a leading apostrophe,
    everything else stays as it is."""
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a lone return is not quoted, and ends a line for others
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_csv(frame: pd.DataFrame, path: Path, float_format: str | None = None) -> None:
    """Write a frame without its index (UTF-8, comma, one header row, missing empty), in one step.

    Texts and column names go through `safe_cell`; numbers are as `float_format` (such as "%.6g") says. The same frame
    gives the same bytes on every platform.
    """
    columns = [_safe_column(frame.iloc[:, position]) for position in range(frame.shape[1])]
    safe = pd.concat(columns, axis="columns") if columns else frame.copy()
    safe.columns = [safe_cell(name) for name in frame.columns]
    with write_atomically(path) as beside:
        safe.to_csv(beside, index=False, lineterminator="\n", float_format=float_format, encoding="utf-8")


def _safe_column(values: pd.Series) -> pd.Series:
    if is_numeric_dtype(values) or is_bool_dtype(values) or is_datetime64_any_dtype(values):
        return values
    return values.astype(object).map(safe_cell, na_action="ignore")
