"""The incomplete columns of an imputation as numbers, and back."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from pandas.api import types

from analysis.errors import HiprunError
from analysis.models.columns import finite
from analysis.models.impute_rows import Rows


@dataclass(frozen=True)
class Variable:
    """One incomplete column on the rows in play.

    `numbers` (n,) are NaN in the cells to be drawn, which `missing` (n,) marks. `carried` (n,) marks cells that got
    the one value which the athlete has in every other week. `level` is 'athlete' where each athlete has one value
    throughout, else 'week'. `labels` are the two values that stand for 0 and 1, or None for a number. `differs`:
    athletes differ in it by more than chance.
    """

    name: str
    level: str
    numbers: np.ndarray
    missing: np.ndarray
    carried: np.ndarray
    labels: tuple | None
    differs: bool

    @cached_property
    def mean(self) -> float:
        """Of the observed values."""
        return float(np.nanmean(self.numbers))

    @property
    def method(self) -> str:
        """How it is drawn."""
        return "predictive mean matching" if self.labels is None else "logistic"


def read_variable(frame: pd.DataFrame, name: str, rows: Rows, outcome: bool) -> Variable:
    """Column `name` on the rows in play.

    Raises
    ------
    HiprunError
        No value at all, or one and the same, to learn from; an infinite value; text or category of more than two
        levels.
    """
    column = frame[name].iloc[rows.position].reset_index(drop=True)
    known = column.notna().to_numpy()
    if not known.any():
        raise HiprunError(
            f"column {name!r}: missing in all {len(column)} expected rows; there is nothing to impute it from. Leave "
            "it out of the model."
        )
    observed, labels = _numbers(column[known], name)
    if np.ptp(observed) == 0:
        raise HiprunError(
            f"column {name!r}: missing in {int((~known).sum())} of {len(column)} expected rows and the same in all "
            "others; there is nothing to learn from. Leave it out of the model."
        )
    values = np.full(len(column), np.nan)
    values[known] = observed
    carried = np.zeros(len(column), dtype=bool)
    level = "week" if outcome else _level(values, rows)
    if level == "athlete":
        values, carried = _carry(values, rows)
    return Variable(name, level, values, np.isnan(values), carried, labels, _differs(values, rows))


def _numbers(observed: pd.Series, name: str) -> tuple[np.ndarray, tuple | None]:
    """Values as floats; 0 and 1 for a column of two values, with what they stand for."""
    observed = observed.infer_objects()
    counted = types.is_numeric_dtype(observed) and not types.is_complex_dtype(observed)
    if counted and not types.is_bool_dtype(observed):
        observed = finite(observed, name)
        distinct = np.sort(observed.unique())
    elif counted or types.is_string_dtype(observed):
        distinct = np.sort(np.asarray(observed.unique()))
    elif isinstance(observed.dtype, pd.CategoricalDtype):
        distinct = np.asarray(observed.cat.remove_unused_categories().cat.categories)
    else:
        raise HiprunError(f"column {name!r}: holds {observed.dtype}, expected numbers, text, False/True or a category.")
    if len(distinct) <= 2:
        labels = tuple(distinct.tolist())
        return (observed == labels[-1]).to_numpy(dtype=float) * (len(labels) - 1), labels
    if counted:
        return observed.to_numpy(dtype=float), None
    raise HiprunError(
        f"column {name!r}: an incomplete column of {len(distinct)} levels; expected numbers, False/True or two levels. "
        "Fill it in, or name the columns to impute in `columns` without it."
    )


def _level(values: np.ndarray, rows: Rows) -> str:
    """'athlete' where nobody has two different values and somebody has two weeks with a value."""
    low = np.fmin.reduceat(values, rows.starts)
    high = np.fmax.reduceat(values, rows.starts)
    weeks = rows.sums(~np.isnan(values))
    return "athlete" if weeks.max() > 1 and not (high > low).any() else "week"


def _differs(values: np.ndarray, rows: Rows) -> bool:
    """Whether the mean square between athletes is above that within (one-way analysis of variance, F > 1).

    It is far below for deviations from an athlete's own mean. The other weeks of an athlete then add up to minus the
    value itself, and an imputer that held their mean would keep the sum of the athlete's gaps where the chain started.
    """
    known = ~np.isnan(values)
    counts, numbers = rows.sums(known), np.where(known, values, 0.0)
    means = rows.sums(numbers) / np.maximum(counts, 1)
    between = float(counts @ np.square(means - values[known].mean())) * (known.sum() - (counts > 0).sum())
    within = np.square(np.where(known, values - means[rows.athlete], 0.0)).sum() * ((counts > 0).sum() - 1)
    return bool(between > within)


def _carry(values: np.ndarray, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Every athlete's one value in all weeks, and which cells (n,) got it."""
    own = np.fmax.reduceat(values, rows.starts)[rows.athlete]
    return own, np.isnan(values) & ~np.isnan(own)


def starting_values(variable: Variable, rows: Rows, rng: np.random.Generator) -> np.ndarray:
    """Values (n,) to start a chain from: drawn from the athlete's own weeks, or from those of another athlete.

    The differences between athletes are there from the start, so that the chain need not find them first.
    """
    values = variable.numbers.copy()
    spans = [slice(start, start + count) for start, count in zip(rows.starts, rows.counts, strict=True)]
    observed = [values[span][~variable.missing[span]] for span in spans]
    donors = [known for known in observed if len(known)]
    for span, known in zip(spans, observed, strict=True):
        gaps = variable.missing[span]
        if gaps.any():
            source = known if len(known) else donors[rng.integers(len(donors))]
            drawn = rng.choice(source, size=int(gaps.sum()))
            values[span][gaps] = drawn[0] if variable.level == "athlete" else drawn
    return values


def restored(column: pd.Series, at: np.ndarray, values: np.ndarray, labels: tuple | None) -> pd.Series:
    """`column` with `values` in the positions `at`, in its own dtype and words."""
    filled = column.copy()
    new = values if labels is None else [labels[int(value)] for value in values]
    filled.iloc[at] = pd.Series(new).astype(column.dtype).array if column.dtype != object else np.asarray(new, object)
    return filled
