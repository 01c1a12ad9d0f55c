"""How range of motion and time on one leg really change from one test day to the next, by the work between them."""

import numpy as np
import pandas as pd

from analysis.simulate.randomness import stream
from analysis.simulate.truth import STEP_MIN, Truth

RANGE_DRIFT_DEG = 0.5
"""Range gained between two tests by a runner with mean minutes of everything; chosen, not measured."""
LEAST_BALANCE_S = 1.0


def mean_between(minutes: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Mean weekly minutes between each test day and the next, athletes x (test days - 1).

    `minutes`: athletes x weeks. `day`: athletes x test days, counted from the first Monday. Between are the weeks that
    begin on or after the first and before the second day, as in `claims.frames_of_tests`.
    """
    monday = 7 * np.arange(minutes.shape[1])
    inside = (monday >= day[:, :-1, None]) & (monday < day[:, 1:, None])
    return (minutes[:, None, :] * inside).sum(axis=2) / inside.sum(axis=2)


def range_on_days(
    first: np.ndarray, mobility_min: np.ndarray, loading_min: np.ndarray, seed: int, truth: Truth
) -> np.ndarray:
    """True range in degrees, athletes x test days x motions x sides, never below 0.

    `first`: that of the first day, athletes x motions x sides. Minutes are those of `mean_between`. The range of every
    motion and side changes by what the work of the interval adds, and loses a share of what it gained in the interval
    before, the less the more it was loaded (CLAIMS temporary_range; the form is this simulator's).
    """
    m, w = (_centred(minutes / STEP_MIN) for minutes in (mobility_min, loading_min))
    gained = RANGE_DRIFT_DEG + truth.range_gained_mobility_centred * m + truth.range_gained_loading_centred * w
    gained = gained + truth.range_gained_mobility_centred_x_loading_centred * m * w
    kept = truth.range_kept_loading_after / 100 * loading_min / STEP_MIN
    lost = np.clip(truth.range_lost_share - kept, 0, 1)
    noise = truth.range_change_sd_deg * _draws(gained.shape[1], first.shape, seed, "true range")
    degrees, last = [first], np.zeros_like(first)
    for k in range(gained.shape[1]):
        change = gained[:, k, None, None] + noise[k] - lost[:, k, None, None] * np.maximum(last, 0)
        degrees.append(np.maximum(degrees[-1] + change, 0))
        last = degrees[-1] - degrees[-2]
    return np.stack(degrees, axis=1)


def balance_on_days(
    first: np.ndarray, stability_min: np.ndarray, age_y: pd.Series, seed: int, truth: Truth
) -> np.ndarray:
    """True time on one leg in seconds, athletes x test days x sides, at least 1 s.

    `first`: that of the first day, athletes x sides. `stability_min` of `mean_between`. What stability work adds
    depends on age (CLAIMS steadiness).
    """
    s = _centred(stability_min / STEP_MIN)
    decades = _centred(age_y.to_numpy(dtype=float)[:, None] / 10)
    gained = truth.balance_gained_stability_centred * s
    gained = gained + truth.balance_gained_stability_centred_x_age_decades_centred * s * decades
    noise = truth.balance_change_sd_s * _draws(gained.shape[1], first.shape, seed, "true balance")
    seconds = [first]
    for k in range(gained.shape[1]):
        seconds.append(np.maximum(seconds[-1] + gained[:, k, None] + noise[k], LEAST_BALANCE_S))
    return np.stack(seconds, axis=1)


def _centred(values: np.ndarray) -> np.ndarray:
    """About the mean of all athletes and intervals; none where there are none."""
    return values - values.mean() if values.size else values


def _draws(n_intervals: int, shape: tuple[int, ...], seed: int, room: str) -> np.ndarray:
    """Standard normal noise, intervals first: more of them change none of the earlier ones."""
    return stream(seed, room).standard_normal((n_intervals, *shape))
