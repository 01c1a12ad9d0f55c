"""Strength at end range, endurance, control and balance of the leg: levels, true traits of legs, and errors of a day.

All but the lateral step-down scale are chosen, not measured. The traits are independent of one another.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.simulate.randomness import stream

END_RANGE_POSITION = {"extension": "prone", "abduction": "supine"}
"""Those of the same motions in mid-range, or the two could not be compared."""
END_RANGE_SHARE, END_RANGE_SD = 0.72, 0.08
"""Force at end range as a share of that in mid-range; SD between legs."""
LEAST_SHARE, MOST_SHARE = 0.3, 1.1
HOLD_S, HOLD_LOG_SD = 60.0, 0.35
HOLD_POSITION = "side_lying"
BALANCE_S, BALANCE_SD_S, BALANCE_S_A_YEAR = 26.0, 6.0, -0.2
"""Time on one leg at age 35: the stork stand of young adults, 21 to 26 s, SD 4 to 6 (McCurdy & Langford 2006, J Sports
Sci Med 5:282). It falls with age, alike in both sexes (Springer 2007, J Geriatr Phys Ther 30:8); slope chosen."""
SIDE_SHARE = 0.3
"""Part of a trait's SD by which the legs of one athlete differ."""
DAY_SHARE = 0.25
"""Error of one test day in SD of the trait between legs."""


@dataclass(frozen=True)
class ControlTest:
    """A score of how the leg is held: its scale (`hip.scales`), limits, mean and SD between legs."""

    scale: str
    low: float
    high: float
    mean: float
    sd: float


CONTROL_TESTS = {
    "step_down": ControlTest("lateral_step_down_0_6", 0, 6, 2.0, 1.2),
    "step_up": ControlTest("higher_is_better", 0, 10, 6.0, 1.5),
    "hip_hinge": ControlTest("higher_is_better", 0, 10, 6.5, 1.4),
    "single_leg_squat": ControlTest("lower_is_better", 0, 10, 3.5, 1.3),
}
"""By position. The own scales are points of 10, well done or faults."""


def true_end_range_share(n: int, seed: int) -> np.ndarray:
    """Force at end range over force in mid-range, athletes x motions of `END_RANGE_POSITION` x sides."""
    traits = [_trait(n, seed, f"end range {motion}") for motion in END_RANGE_POSITION]
    return (END_RANGE_SHARE + END_RANGE_SD * np.stack(traits, axis=1)).clip(LEAST_SHARE, MOST_SHARE)


def true_hold_s(n: int, seed: int) -> np.ndarray:
    """How long abduction is held, side-lying, in seconds, athletes x sides."""
    return HOLD_S * np.exp(HOLD_LOG_SD * _trait(n, seed, "hold"))


def true_score(n: int, seed: int) -> np.ndarray:
    """Control scores before rounding, athletes x tests of `CONTROL_TESTS` x sides."""
    scores = [
        (test.mean + test.sd * _trait(n, seed, position)).clip(test.low, test.high)
        for position, test in CONTROL_TESTS.items()
    ]
    return np.stack(scores, axis=1)


def first_balance_s(age_y: pd.Series, seed: int) -> np.ndarray:
    """Time on one leg on the first test day, in seconds, athletes x sides; at least 1 s."""
    level = BALANCE_S + BALANCE_S_A_YEAR * (age_y.to_numpy(dtype=float)[:, None] - 35)
    return np.maximum(level + BALANCE_SD_S * _trait(len(age_y), seed, "balance"), 1.0)


def measured_share(share: np.ndarray, of_day: float, n_days: int, seed: int) -> np.ndarray:
    """`share` with an error of each test day (`of_day`, in SD of the trait), athletes x test days x motions x sides."""
    error = of_day * END_RANGE_SD * day_draws(n_days, share.shape, seed, "end range error")
    return (share[:, None] + error).clip(LEAST_SHARE, MOST_SHARE)


def measured_hold_s(hold_s: np.ndarray, of_day: float, n_days: int, seed: int) -> np.ndarray:
    """`hold_s` in whole seconds with an error of each test day (`of_day`, in SD of the trait); athletes x test days x
    sides."""
    error = of_day * HOLD_LOG_SD * day_draws(n_days, hold_s.shape, seed, "hold error")
    return (hold_s[:, None] * np.exp(error)).round()


def measured_score(score: np.ndarray, of_day: float, n_days: int, seed: int) -> np.ndarray:
    """`score` in whole points with an error of each test day (`of_day`, in SD of the trait); athletes x test days x
    tests x sides."""
    tests = CONTROL_TESTS.values()
    sd, low, high = (np.array([getattr(t, name) for t in tests])[:, None] for name in ("sd", "low", "high"))
    error = of_day * sd * day_draws(n_days, score.shape, seed, "score error")
    return (score[:, None] + error).round().clip(low, high)


def measured_balance_s(balance_s: np.ndarray, error_s: float, seed: int) -> np.ndarray:
    """`balance_s`, athletes x test days x sides, with an error of each day and side, in whole seconds, at least 1."""
    n, n_days, n_sides = balance_s.shape
    error = error_s * day_draws(n_days, (n, n_sides), seed, "balance error")
    return (balance_s + error).round().clip(1)


def day_draws(n_days: int, shape: tuple[int, ...], seed: int, room: str) -> np.ndarray:
    """Standard normal draws, athletes x test days x the rest of `shape`; more days change none of the earlier ones."""
    return np.moveaxis(stream(seed, room).standard_normal((n_days, *shape)), 0, 1)


def _trait(n: int, seed: int, name: str) -> np.ndarray:
    """A standard trait with a part of its own for the side, athletes x sides."""
    rng = stream(seed, f"true hip {name}")
    return np.sqrt(1 - SIDE_SHARE**2) * rng.standard_normal((n, 1)) + SIDE_SHARE * rng.standard_normal((n, 2))
