"""What a figure asks of its frame before it draws."""

from collections.abc import Sequence

import pandas as pd

from analysis.errors import HiprunError, NothingToDraw


def rows_with(frame: pd.DataFrame, figure: str, columns: Sequence[str], values: Sequence[str]) -> pd.DataFrame:
    """The rows of `frame` in which every one of `columns` is given, `values` as float64.

    `values` are those of `columns` that hold numbers. Raises `HiprunError` where a column is missing,
    `NothingToDraw` where no row is left, naming the figure, what was found and what was expected.
    """
    require_columns(frame, figure, columns)
    given = frame.dropna(subset=list(columns)).reset_index(drop=True)
    if given.empty:
        raise NothingToDraw(
            f"figure {figure}: {len(frame)} rows, none with a value in each of {', '.join(columns)}; "
            "expected at least one. Fix: leave the figure out for this cohort or check the mapping."
        )
    return given.astype(dict.fromkeys(values, "float64"))


def require_columns(frame: pd.DataFrame, figure: str, columns: Sequence[str]) -> None:
    """Raise `HiprunError` unless `frame` has all of `columns`."""
    missing = [c for c in columns if c not in frame.columns]
    if missing:
        raise HiprunError(
            f"figure {figure}: found columns {', '.join(map(str, frame.columns)) or '(none)'}; "
            f"expected also {', '.join(missing)}. Fix: pass a frame that has them."
        )


def require_unique(frame: pd.DataFrame, figure: str, keys: Sequence[str]) -> None:
    """Raise `HiprunError` where two rows share the same `keys`; the message holds counts, never ids."""
    n_doubled = int(frame.duplicated(list(keys)).sum())
    if n_doubled:
        raise HiprunError(
            f"figure {figure}: {n_doubled} rows repeat {' and '.join(keys)} of another row; "
            "expected one row for each. Fix: aggregate the frame first."
        )


def hidden_groups(frame: pd.DataFrame, threshold: int) -> pd.Series:
    """Which rows may not be handed out: `n_cases` below `threshold`, or True in `withheld` if there is that column."""
    small = frame["n_cases"] < threshold
    return small | frame["withheld"].astype(bool) if "withheld" in frame else small
