"""Incidence and burden with their intervals.

Definitions: IOC consensus (Bahr et al. 2020, BJSM 54:372): incidence is new problems over exposure, burden
is days lost over exposure, both stated per a round amount of exposure such as 1000 h.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import HiprunError

Vector = Sequence[Any] | np.ndarray | pd.Series


@dataclass(frozen=True)
class Rate:
    """One rate or share with its interval.

    `estimate`, `ci_low` and `ci_high` are per `per` units of exposure (`per` 1 for a prevalence);
    `n_cases` is what was counted, `exposure` the whole denominator in `unit`. `method` names the interval.
    """

    estimate: float
    ci_low: float
    ci_high: float
    n_cases: int
    exposure: float
    per: float
    unit: str
    level: float
    method: str


def incidence(n_cases: int, exposure: float, per: float = 1000, unit: str = "h", level: float = 0.95) -> Rate:
    """New cases over `exposure`, per `per` `unit`, with exact Poisson limits (Garwood 1936, Biometrika 28:437).

    Zero cases give 0 with the two-sided upper limit. Raises `HiprunError` for exposure that is not above 0,
    a count that is not a whole number, or a level outside (0, 1).
    """
    exposure = above_zero(exposure, "exposure")
    n = whole_count(n_cases)
    low, high = (limit / exposure * per for limit in poisson_limits(n, level))
    return Rate(n / exposure * per, low, high, n, exposure, per, unit, level, "exact Poisson (Garwood 1936)")


def burden(
    time_loss_days: Vector,
    exposure: float | pd.Series,
    per: float = 1000,
    unit: str = "h",
    level: float = 0.95,
    *,
    athlete: Vector | None = None,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> Rate:
    """Days lost over exposure, per `per` `unit`; `time_loss_days` holds one number a case.

    The interval needs to know who lost the days: give `athlete` (one id a case) and `exposure` as a Series
    by athlete id, injured or not. Whole athletes are then drawn again, `n_boot` times, and the percentiles of
    the ratio taken (Efron & Tibshirani 1993, ch. 13). Days are not Poisson counts: one injury brings many, so
    no formula is used. With a total as `exposure`, or no days lost at all, the limits are missing.
    Raises `HiprunError` for missing or negative days, unknown athletes, or exposure not above 0.
    """
    days = _days(time_loss_days)
    if not isinstance(exposure, pd.Series):
        total = above_zero(exposure, "exposure")
        return _burden(days, total, (np.nan, np.nan), (per, unit, level), "no interval: athletes not given")
    if athlete is None:
        raise HiprunError("burden: found exposure by athlete but no ids of cases. Fix: pass athlete=, one id a case.")
    by_athlete = exposure_by_athlete(exposure)
    lost = _lost_by_athlete(days, athlete, by_athlete.index)
    total = above_zero(by_athlete.sum(), "exposure")
    if lost.sum() == 0 or len(by_athlete) < 2:
        method = "no interval: no days lost, or one athlete only"
        return _burden(days, total, (np.nan, np.nan), (per, unit, level), method)
    draws = bootstrap_ratio(lost, by_athlete.to_numpy(), n_boot, seed) * per
    limits = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return _burden(days, total, limits, (per, unit, level), "bootstrap by athlete, percentile")


def poisson_limits(n_cases: int, level: float = 0.95) -> tuple[float, float]:
    """Exact two-sided limits of a Poisson mean from one count (Garwood 1936), by chi-square quantiles."""
    tail = (1 - _level(level)) / 2
    low = stats.chi2.ppf(tail, 2 * n_cases) / 2 if n_cases else 0.0
    return float(low), float(stats.chi2.ppf(1 - tail, 2 * n_cases + 2) / 2)


def wald_limits(count: float, exposure: float, per: float = 1000, level: float = 0.95) -> tuple[float, float]:
    """`(count ± z √count) / exposure * per`, only to meet published tables that used it (R package injurytools).

    Not used for hiprun's own numbers: it can go below 0, and for days lost it is far too narrow.
    """
    half = stats.norm.ppf((1 + _level(level)) / 2) * np.sqrt(count)
    exposure = above_zero(exposure, "exposure")
    return float((count - half) / exposure * per), float((count + half) / exposure * per)


def bootstrap_ratio(numerator: np.ndarray, denominator: np.ndarray, n_boot: int, seed: int) -> np.ndarray:
    """`n_boot` draws of sum(numerator) / sum(denominator), athletes (rows) drawn whole with replacement.

    Inputs are 1-d (one number an athlete) or 2-d (athlete by week; draws are then `n_boot` by week). A draw
    whose denominator is 0 is missing.
    """
    rng = np.random.default_rng(seed)
    n = len(numerator)
    chunk = max(1, 2_000_000 // n)  # keeps the weights of one step under 16 MB
    parts = []
    for start in range(0, n_boot, chunk):
        weights = rng.multinomial(n, np.full(n, 1 / n), size=min(chunk, n_boot - start))
        below = weights @ denominator
        parts.append(np.divide(weights @ numerator, below, out=np.full(below.shape, np.nan), where=below > 0))
    return np.concatenate(parts)


def exposure_by_athlete(exposure: pd.Series) -> pd.Series:
    """Exposure summed to one number an athlete id (the index); raises on missing or negative exposure."""
    values = pd.to_numeric(exposure, errors="coerce").astype(float)
    bad = values.isna() | (values < 0) | np.isinf(values)
    if bad.any():
        raise HiprunError(
            f"exposure of athlete {exposure.index[bad][0]}: found {exposure[bad].iloc[0]} ({int(bad.sum())} such); "
            "expected 0 or more. Fix: leave out the time that was not observed, do not write it as missing."
        )
    return values.groupby(level=0, sort=False).sum()


def _burden(
    days: np.ndarray, exposure: float, limits: tuple[float, float], scale: tuple[float, str, float], method: str
) -> Rate:
    per, unit, level = scale
    low, high = map(float, limits)
    return Rate(float(days.sum()) / exposure * per, low, high, len(days), exposure, per, unit, _level(level), method)


def _lost_by_athlete(days: np.ndarray, athlete: Vector, ids: pd.Index) -> np.ndarray:
    who = pd.Index(athlete)
    if len(who) != len(days):
        raise HiprunError(f"burden: found {len(days)} cases but {len(who)} athlete ids. Fix: one id a case.")
    unknown = who.difference(ids)
    if len(unknown):
        raise HiprunError(
            f"burden: athlete {unknown[0]} has a case but no exposure ({len(unknown)} such athletes). "
            "Fix: give the exposure of every athlete observed, injured or not."
        )
    return pd.Series(days).groupby(who).sum().reindex(ids, fill_value=0.0).to_numpy(dtype=float)


def _days(values: Vector) -> np.ndarray:
    days = pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    bad = np.isnan(days) | (days < 0)
    if bad.any():
        raise HiprunError(
            f"time_loss_days: found {int(bad.sum())} of {len(days)} cases with missing or negative days; expected 0 or "
            "more. Fix: count open cases up to the end of observation (problems.time_loss_days, observed_until=)."
        )
    return days


def above_zero(value: float, name: str) -> float:
    """`value` as a float; raises `HiprunError` with `name` unless it is finite and above 0."""
    if pd.isna(value) or not 0 < float(value) < np.inf:
        raise HiprunError(f"{name}: found {value}; expected a number above 0. Fix: a rate needs observed exposure.")
    return float(value)


def whole_count(value: int) -> int:
    """`value` as an int; raises `HiprunError` unless it is a whole number, 0 or more."""
    if pd.isna(value) or value < 0 or value != int(value):
        raise HiprunError(f"n_cases: found {value}; expected a whole number, 0 or more. Fix: pass a count of cases.")
    return int(value)


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise HiprunError(f"level: found {level}; expected a share such as 0.95. Fix: divide percent by 100.")
    return level
