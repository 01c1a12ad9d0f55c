"""Hip tests as measured in weeks 0, 12 and 24: who came, errors of day and trial, rounding, and a few retests."""

import numpy as np
import pandas as pd

from analysis.simulate.functional_tests import (
    DAY_SHARE,
    day_draws,
    measured_balance_s,
    measured_hold_s,
    measured_score,
    measured_share,
)
from analysis.simulate.randomness import stream
from analysis.simulate.true_hip import (
    FunctionalReadings,
    TrueHip,
    basic_rows,
    end_range_n,
    functional_rows,
    with_context,
)
from analysis.simulate.truth import Truth

N_TRIALS = 3
MISSED_SHARE = 0.07
TRIAL_CV, TRIAL_DEG = 0.04, 1.5
RETEST_EVERY = 5
"""Every fifth athlete is tested again after the first test, for the error of measuring from day to day."""
RETEST_DAYS = (5, 10)
"""Fewest and most days to the retest: about a week, as Thorborg 2010 (Scand J Med Sci Sports 20:493)."""


def hip_tests(athletes: pd.DataFrame, hip: TrueHip, n_weeks_in: np.ndarray, seed: int, truth: Truth) -> pd.DataFrame:
    """One row per trial: athlete (row number), day (since the first Monday) and the measures of hip_assessments.

    `n_weeks_in`: weeks each athlete stays in the study. Isometric strength and range have three trials, other tests
    one. Each test day has an error of its own, each trial another. A retest of strength and range has new errors and
    the hip of the first test.
    """
    n, n_days = hip.day.shape
    came = (hip.day < 7 * n_weeks_in[:, None]) & (
        stream(seed, "hip tests missed").random((n_days, n)).T >= MISSED_SHARE
    )
    force_n = np.repeat(hip.force_n[:, None], n_days, axis=1)
    of_day = truth.test_error_share * DAY_SHARE
    share = measured_share(hip.end_range_share, of_day, n_days, seed)
    functional = FunctionalReadings(
        end_range_n=end_range_n(force_n, share).round()[..., None],
        hold_s=measured_hold_s(hip.hold_s, of_day, n_days, seed)[..., None],
        score=measured_score(hip.score, of_day, n_days, seed)[..., None],
        balance_s=measured_balance_s(hip.balance_s, truth.balance_error_s, seed)[..., None],
    )
    frames = [
        *_basic(force_n, hip.deg, hip.day, came, seed, truth, "test"),
        *functional_rows(functional, hip.day, came),
        *_retests(hip, came, n_weeks_in, seed, truth),
    ]
    return with_context(frames, athletes)


def _retests(hip: TrueHip, came: np.ndarray, n_weeks_in: np.ndarray, seed: int, truth: Truth) -> list[pd.DataFrame]:
    """Strength and range once more, of those who came to the first test and are still in the study."""
    n = len(came)
    fewest, most = RETEST_DAYS
    day = hip.day[:, :1] + stream(seed, "hip retest days").integers(fewest, most + 1, (n, 1))
    chosen = (np.arange(n) % RETEST_EVERY == 0)[:, None]
    kept = chosen & came[:, :1] & (day < 7 * n_weeks_in[:, None])
    return _basic(hip.force_n[:, None], hip.deg[:, :1], day, kept, seed, truth, "retest")


def _basic(
    force_n: np.ndarray, deg: np.ndarray, day: np.ndarray, kept: np.ndarray, seed: int, truth: Truth, occasion: str
) -> list[pd.DataFrame]:
    """Isometric strength and range as measured on the days in `kept`."""
    measured = _measured_n(force_n, truth, seed, occasion), _measured_deg(deg, truth, seed, occasion)
    return basic_rows(*measured, day, kept)


def _measured_n(force_n: np.ndarray, truth: Truth, seed: int, occasion: str) -> np.ndarray:
    """Force in whole newtons with errors in percent, athletes x days x motions x sides x trials."""
    error = _errors(
        force_n.shape,
        truth.strength_error_percent / 100,
        truth.test_error_share * TRIAL_CV,
        seed,
        f"strength {occasion}",
    )
    return (force_n[..., None] * np.exp(error)).round()


def _measured_deg(deg: np.ndarray, truth: Truth, seed: int, occasion: str) -> np.ndarray:
    """Range in whole degrees, never below 0, with errors in degrees, athletes x days x motions x sides x trials."""
    error = _errors(deg.shape, truth.rom_error_deg, truth.test_error_share * TRIAL_DEG, seed, f"range {occasion}")
    return (deg[..., None] + error).round().clip(0)


def _errors(shape: tuple[int, ...], of_day: float, of_trial: float, seed: int, room: str) -> np.ndarray:
    """An error of each day, the same for its trials, and one of each trial."""
    n, n_days, *rest = shape
    by_day = of_day * day_draws(n_days, (n, *rest, 1), seed, f"{room} day error")
    return by_day + of_trial * day_draws(n_days, (n, *rest, N_TRIALS), seed, f"{room} trial error")
