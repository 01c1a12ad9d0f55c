"""The weeks that an imputation works on: those that were expected, sorted, with their neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api import types

from analysis.errors import HiprunError
from analysis.models.columns import complete_rows, group_levels

_WEEK = pd.Timedelta(days=7)


@dataclass(frozen=True)
class Rows:
    """The weeks in play, sorted by athlete and week.

    `position` (n,) is where they stand in the frame; `athlete` (n,) codes 0, 1, …; `before` and `after` (n,) the rows
    in play of the same athlete's week before and week after, -1 where there is none. `left` counts the other rows of
    the frame by the reason they are given back as they came.
    """

    position: np.ndarray
    athlete: np.ndarray
    before: np.ndarray
    after: np.ndarray
    left: dict[str, int]

    @cached_property
    def starts(self) -> np.ndarray:
        """The first row of every athlete."""
        return np.flatnonzero(np.diff(self.athlete, prepend=-1))

    @cached_property
    def counts(self) -> np.ndarray:
        """The weeks of every athlete."""
        return np.diff(self.starts, append=len(self.athlete))

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Athlete sums (athletes, …) of values (n, …)."""
        return np.add.reduceat(values, self.starts, axis=0)

    def means(self, values: np.ndarray) -> np.ndarray:
        """Athlete means (athletes, k) of columns (n, k)."""
        return self.sums(values) / self.counts[:, None]

    def varies(self, values: np.ndarray) -> np.ndarray:
        """Which columns (k,) of (n, k) are not the same in every week of every athlete."""
        return (values != values[self.starts][self.athlete]).any(axis=0)


def check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse what is no frame, has no rows, or has not just one column of each of these names."""
    # Columns of truth values, none of which is missing.
    complete_rows(frame.isna() if isinstance(frame, pd.DataFrame) else frame, list(names))


def rows_in_play(frame: pd.DataFrame, athlete: str, week: str, expected: str | None, complete: Sequence[str]) -> Rows:
    """The expected rows of `frame` that have a value in every column of `complete`.

    Raises
    ------
    HiprunError
        A column that is not there; an expected row without athlete or week; two rows of one athlete and week; a week
        that is no whole number of weeks; `expected` that is not True or False; fewer than two athletes.
    """
    asked = _expected(frame, expected)
    usable = asked & frame[list(complete)].notna().all(axis=1).to_numpy()
    at = np.flatnonzero(usable)
    part = frame[[athlete, week]].iloc[at]
    for name in (athlete, week):
        missing = int(part[name].isna().sum())
        if missing:
            raise HiprunError(f"column {name!r}: missing in {missing} expected rows, expected a value in each.")
    codes, _ = group_levels(part[athlete], athlete)
    if len(at) == 0 or codes.max() == 0:
        found = f"{len(at)} expected rows of {int(len(at) > 0)} athlete"
        raise HiprunError(f"impute: found {found}, expected two athletes or more to learn from.")
    numbers = _week_numbers(part[week], week)
    order = np.lexsort([numbers, codes])
    at, codes, numbers = at[order], codes[order], numbers[order]
    _check_unique(frame[[athlete, week]].iloc[at], codes, numbers)
    follows = (np.diff(codes) == 0) & (np.diff(numbers) == 1)
    before = np.where(np.r_[False, follows], np.arange(len(at)) - 1, -1)
    after = np.where(np.r_[follows, False], np.arange(len(at)) + 1, -1)
    left = {
        "not expected": int((~asked).sum()),
        "missing in a column that is not imputed": int((asked & ~usable).sum()),
    }
    return Rows(at, codes, before, after, {reason: count for reason, count in left.items() if count})


def _expected(frame: pd.DataFrame, expected: str | None) -> np.ndarray:
    """Which rows (rows of the frame,) were expected to be answered."""
    if expected is None:
        return np.ones(len(frame), dtype=bool)
    check_columns(frame, [expected])
    column = frame[expected].infer_objects()
    if column.isna().any() or not types.is_bool_dtype(column):
        raise HiprunError(
            f"column {expected!r}: found {column.dtype} with {int(column.isna().sum())} missing values, expected True "
            "or False in every row: whether that week was to be answered."
        )
    return column.to_numpy(dtype=bool)


def _week_numbers(column: pd.Series, name: str) -> np.ndarray:
    """Weeks as whole numbers, from dates seven days apart or from whole numbers."""
    if types.is_datetime64_any_dtype(column):
        since = column - column.min()
        whole, numbers = (since % _WEEK == pd.Timedelta(0)).to_numpy(), since // _WEEK
    elif types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        numbers = column
        whole = (column % 1 == 0).to_numpy()
    else:
        raise HiprunError(f"column {name!r}: found {column.dtype}, expected dates of weeks or whole numbers of weeks.")
    if not whole.all():
        first = column[~whole].iloc[0]
        raise HiprunError(
            f"column {name!r}: {int((~whole).sum())} of {len(column)} values are no whole number of weeks from the "
            f"first (such as {first}); expected one weekday throughout, or whole numbers."
        )
    return numbers.to_numpy(dtype=np.int64)


def _check_unique(keys: pd.DataFrame, codes: np.ndarray, numbers: np.ndarray) -> None:
    twice = np.flatnonzero((np.diff(codes) == 0) & (np.diff(numbers) == 0))
    if len(twice):
        athlete, week = keys.iloc[twice[0]]
        raise HiprunError(
            f"impute: {len(twice)} rows repeat an athlete and week (first: {athlete}, {week}); expected one row per "
            f"{keys.columns[0]} and {keys.columns[1]}."
        )
