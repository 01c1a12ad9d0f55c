"""How far the missing answers would have to differ from what was imputed for the reading to change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.families import family_named
from analysis.models.impute import Imputed
from analysis.models.impute_variables import restored
from analysis.models.pool import After, Pooled, fit_imputed, pooled_contrast

TABLE_COLUMNS = ["delta", "estimate", "std_error", "ci_low", "ci_high", "p_value", "df", "fmi", "reading", "n_clipped"]
NO_RESULT = "no result"


@dataclass(frozen=True, eq=False)
class TippingPoint:
    """Results over a grid of shifts of the imputed outcomes.

    Attributes
    ----------
    table : DataFrame
        delta (0 is the analysis under MAR), estimate, std_error, limits, p_value, df, fmi; reading: 'above', 'below' or
        'compatible with' the null value, or 'no result'; n_clipped: imputed cells, over all frames, that the bounds
        held back.
    scale : str
        What delta is in: 'outcome' (its own unit) or 'log-odds'.
    null : float
    down, up : float or None
        The nearest delta below and above 0 at which the reading is another one; None: not within the grid.
    said : str
        The same in words.
    """

    table: pd.DataFrame
    scale: str
    null: float
    down: float | None
    up: float | None
    said: str

    @property
    def nearest(self) -> float | None:
        """The smallest |delta| at which the reading changes; None: not within the grid."""
        found = [abs(each) for each in (self.down, self.up) if each is not None]
        return min(found) if found else None


def tipping_point(
    formula: str,
    imputed: Imputed,
    family: str = "gaussian",
    *,
    weights: Mapping[str, float],
    deltas: Sequence[float],
    null: float = 0.0,
    bounds: tuple[float, float] | None = None,
    after: After | None = None,
    **options: Any,
) -> TippingPoint:
    """Shift the imputed outcomes by each of `deltas`, fit and pool again, and see where the reading changes.

    The shift comes after the imputation, on the outcome alone, so that delta has a plain meaning: those who did not
    answer had delta more pain than athletes alike in all that was known. (Shifted inside the chain, an imputed week
    would also move its neighbours, and the true shift would be larger than delta.)

    An outcome of two values is shifted on the log-odds scale: the latent value that the imputer drew, its log-odds plus
    logistic noise, moves by delta, and the answer is yes where it is above 0. Every delta uses the same noise.

    Parameters
    ----------
    formula, imputed, family, after, **options
        As `fit_imputed`.
    weights : mapping of term to weight
        The contrast that is read: `{"mobility_within": 1}` for one term.
    deltas : sequence of float
        The grid, in units of the outcome or of log-odds. 0 is added.
    null : float
        The value that the reading is about.
    bounds : (float, float), optional
        The limits of the scale, such as (0, 10) for pain: a shifted value beyond them is set to the limit, and
        counted. None: nothing is cut. Nothing is rounded: the outcome of a linear model need not be a whole number.

    Raises
    ------
    HiprunError
        Nothing of the outcome was imputed; an outcome that is neither gaussian nor of two values; a grid or bounds that
        are no finite numbers; values outside the bounds; as `fit_imputed` and `contrast`.

    References
    ----------
    van Buuren 2018, Flexible Imputation of Missing Data, 2nd ed., sec. 3.8 and 9.2; Cro, Morris, Kenward and Carpenter
    2020, Stat Med 39:2815, sec. 4.
    """
    grid = _grid(deltas, null)
    shift = _shift(imputed, family, bounds)
    rows = []
    for delta in grid:
        shifted, n_clipped = shift(delta)
        pooled = fit_imputed(formula, shifted, family, after=after, **options)
        rows.append({"delta": delta, **_read(pooled, weights, null), "n_clipped": n_clipped})
    table = pd.DataFrame(rows)[TABLE_COLUMNS]
    scale = "outcome" if imputed.latent is None else "log-odds"
    return _conclude(table, scale, null)


def _grid(deltas: Sequence[float], null: float) -> list[float]:
    values = np.asarray([*deltas, null], dtype=float)
    if len(deltas) == 0 or not np.isfinite(values).all():
        raise HiprunError(
            f"tipping_point: found deltas {list(deltas)[:8]} and null {null}, expected one finite shift or more."
        )
    return sorted({0.0, *map(float, deltas)})


def _shift(imputed: Imputed, family: str, bounds: tuple[float, float] | None) -> Callable[[float], tuple[Imputed, int]]:
    """The function of delta that gives the shifted frames and how many cells were clipped."""
    outcome = imputed.outcome
    if outcome not in imputed.drawn or not imputed.drawn[outcome].any():
        raise HiprunError(f"tipping_point: no value of the outcome {outcome!r} was imputed; there is nothing to shift.")
    if imputed.latent is not None:
        if bounds is not None:
            raise HiprunError("tipping_point: bounds do not go with an outcome of two values; leave them out.")
        return lambda delta: (_toss_again(imputed, delta), 0)
    if family_named(family).name != "gaussian":
        raise HiprunError(
            f"tipping_point: found family {family!r} for an outcome of more than two values, expected 'gaussian': a "
            "shifted count would be none. Take the outcome as 0 and 1, or as pain."
        )
    low, high = _checked(imputed, bounds)
    return lambda delta: _add(imputed, delta, low, high)


def _checked(imputed: Imputed, bounds: tuple[float, float] | None) -> tuple[float, float]:
    if bounds is None:
        return -np.inf, np.inf
    low, high = bounds
    values = imputed.frames[0][imputed.outcome].dropna()
    if not low < high or values.min() < low or values.max() > high:
        raise HiprunError(
            f"tipping_point: found bounds {bounds} for an outcome from {values.min():g} to {values.max():g}, expected "
            "a lower and an upper limit that hold all of it."
        )
    return float(low), float(high)


def _add(imputed: Imputed, delta: float, low: float, high: float) -> tuple[Imputed, int]:
    cells = imputed.drawn[imputed.outcome].to_numpy()
    frames, n_clipped = [], 0
    for frame in imputed.frames:
        values = frame[imputed.outcome].to_numpy(dtype=float, na_value=np.nan)
        moved = values + np.where(cells, delta, 0.0)
        n_clipped += int((cells & ((moved < low) | (moved > high))).sum())
        frames.append(frame.assign(**{imputed.outcome: np.where(cells, np.clip(moved, low, high), values)}))
    return replace(imputed, frames=tuple(frames)), n_clipped


def _toss_again(imputed: Imputed, delta: float) -> Imputed:
    outcome = imputed.outcome
    at = np.flatnonzero(imputed.drawn[outcome].to_numpy())
    labels = imputed.labels
    frames = [
        frame.assign(**{outcome: restored(frame[outcome], at, (latent + delta > 0).astype(float), labels)})
        for frame, latent in zip(imputed.frames, imputed.latent.to_numpy(), strict=True)
    ]
    return replace(imputed, frames=tuple(frames))


def _read(pooled: Pooled, weights: Mapping[str, float], null: float) -> dict[str, Any]:
    row = pooled_contrast(pooled, weights)
    if not np.isfinite(row["std_error"]):
        reading = NO_RESULT
    elif row["ci_low"] > null:
        reading = "above"
    else:
        reading = "below" if row["ci_high"] < null else "compatible with"
    return {**row.drop("scale"), "reading": reading}


def _conclude(table: pd.DataFrame, scale: str, null: float) -> TippingPoint:
    start = table.loc[table["delta"] == 0, "reading"].item()
    other = table[~table["reading"].isin([start, NO_RESULT])]
    down = other.loc[other["delta"] < 0, "delta"].max() if start != NO_RESULT else np.nan
    up = other.loc[other["delta"] > 0, "delta"].min() if start != NO_RESULT else np.nan
    down, up = (None if np.isnan(each) else float(each) for each in (down, up))
    span = f"{table['delta'].min():g} to {table['delta'].max():g} ({scale})"
    if start == NO_RESULT:
        said = "Under MAR (delta 0) there is no result, so that no reading can change."
    elif down is None and up is None:
        said = f"The limits stay {start} {null:g}: not reached within the grid, {span}."
    else:
        each = [f"{delta:+g}" for delta in (down, up) if delta is not None]
        said = (
            f"The limits are {start} {null:g} under MAR and no longer so from delta {' or '.join(each)} ({scale}) on."
        )
    missing = int((table["reading"] == NO_RESULT).sum())
    if missing and start != NO_RESULT:
        said += f" {missing} of {len(table)} shifts gave no result."
    return TippingPoint(table, scale, null, down, up, said)
