"""How far the two sides differ, without naming one of them the reference.

Indices that divide by a chosen limb (dominant, injured, right) change with the choice; Parkinson et al. 2021
(Sports Med 51:2229) found 4 of 12 in use free of it. All here are: swapping the sides turns the sign and nothing
else. They differ in size: one asymmetry of 10 % (larger side) is 10.5 % (mean of sides) and 3.4 % (symmetry angle),
so a threshold belongs to one formula.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.errors import HiprunError


def _larger_side(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return 100 * (right - left) / np.maximum(left, right)


def _mean_of_sides(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return 100 * (right - left) / ((right + left) / 2)


def _symmetry_angle(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (45 - np.degrees(np.arctan2(left, right))) / 90 * 100


FORMULAS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "larger_side": _larger_side,
    "mean_of_sides": _mean_of_sides,
    "symmetry_angle": _symmetry_angle,
}


def symmetry_index(
    left: float | np.ndarray | pd.Series, right: float | np.ndarray | pd.Series, formula: str = "larger_side"
) -> float | np.ndarray | pd.Series:
    """Side difference in percent: 0 is even, positive is right larger; the same shape out as in.

    `larger_side` (default): 100·(R - L) / max(R, L), within ±100 (the percentage difference of Bishop et al. 2018,
    Strength Cond J 40(4):1, given a sign). `mean_of_sides`: 100·(R - L) / (½(R + L)), within ±200 (Robinson et al.
    1987, J Manipulative Physiol Ther 10:172). `symmetry_angle`: 100·(45° - arctan(L / R)) / 90°, within ±50 (Zifchock
    et al. 2008, Gait Posture 27:622). Missing where a side is missing or negative (a percentage of a negative angle
    has no meaning) or both are 0. Raises `HiprunError` for an unknown formula.
    """
    if formula not in FORMULAS:
        raise HiprunError(f"symmetry: found formula {formula!r}; expected {', '.join(FORMULAS)}. Fix: choose one.")
    l_side, r_side = np.asarray(left, dtype=float), np.asarray(right, dtype=float)
    defined = (l_side >= 0) & (r_side >= 0) & (l_side + r_side > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(defined, FORMULAS[formula](l_side, r_side), np.nan)
    if isinstance(left, pd.Series):
        return pd.Series(index, index=left.index, name="symmetry_index")
    return index if index.ndim else float(index)


def index_of_difference(percent_of_mean: float | np.ndarray | pd.Series, formula: str = "larger_side") -> object:
    """The index, by `formula`, of a side difference given in percent of the mean of both sides; same shape and sign.

    With d = |percent| / 200 the sides are 1 + d and 1 - d: `larger_side` is 200·d / (1 + d), `symmetry_angle`
    100·arctan(d) / 90°. So a minimal detectable change in percent is put on the scale of an index: 14 % of the mean
    is 13.1 % of the larger side. Follows from the formulas of `symmetry_index`. Raises `HiprunError` for an unknown
    formula or a percentage beyond ±200, which no two sides of 0 or more can have.
    """
    part = np.asarray(percent_of_mean, dtype=float) / 200
    if (np.abs(part) > 1).any():
        raise HiprunError(
            f"symmetry: found a side difference of {200 * np.nanmax(np.abs(part)):g} %; expected up to 200."
        )
    return symmetry_index(1 - percent_of_mean / 200, 1 + percent_of_mean / 200, formula)
