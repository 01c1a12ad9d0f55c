"""A panel drawn from a known truth, without the simulator: what the pain model needs of `athlete_weeks`, no more."""

from collections.abc import Callable

import numpy as np
import pandas as pd

Dose = Callable[[np.ndarray], np.ndarray]


def panel(
    n_athletes: int = 40,
    n_weeks: int = 20,
    *,
    seed: int = 1,
    mobility: Dose = lambda d: 0 * d,
    stability: Dose = lambda d: 0 * d,
    slope_sd: float = 0.0,
    noise_sd: float = 1.0,
    drift: float = 0.0,
    limits: tuple[float, float] = (-np.inf, np.inf),
) -> pd.DataFrame:
    """Weeks in which pain = 3 + athlete + mobility(d) + stability(d) + own slope * d + noise, d in steps of 30 min.

    `drift`: week-to-week correlation of the deviations of both doses and of the noise.
    """
    rng = np.random.default_rng(seed)
    shape = (n_athletes, n_weeks)
    deviation = {kind: _drifting(rng, shape, drift) for kind in ("mobility", "stability")}
    pain = 3 + rng.normal(0, 1, (n_athletes, 1)) + noise_sd * _drifting(rng, shape, drift)
    pain = pain + mobility(deviation["mobility"]) + stability(deviation["stability"])
    pain = pain + rng.normal(0, slope_sd, (n_athletes, 1)) * deviation["mobility"]
    athlete = np.repeat([f"a{i:03d}" for i in range(n_athletes)], n_weeks)
    week = np.tile(np.arange(n_weeks), n_athletes)
    table = {"athlete_id": athlete, "week_in_programme": week, "pain_nrs": np.clip(pain, *limits).ravel()}
    for kind, values in deviation.items():
        habit = np.repeat(rng.uniform(45, 75, n_athletes), n_weeks)
        table |= {f"{kind}_dose_within_min": 30 * values.ravel(), f"{kind}_dose_between_min": habit}
    for load in ("acute_load_within_au", "chronic_load_within_au", "chronic_load_between_au"):
        table[load] = 1000 + 100 * rng.normal(size=shape).ravel()
    table["age_y"] = np.repeat(rng.uniform(20, 60, n_athletes), n_weeks)
    table["sex"] = np.repeat(rng.choice(["female", "male"], n_athletes), n_weeks)
    table["previous_injury"] = np.repeat(rng.random(n_athletes) < 0.5, n_weeks)
    return pd.DataFrame(table).assign(clinic="one", previous_injury=lambda t: t["previous_injury"].astype("boolean"))


def _drifting(rng: np.random.Generator, shape: tuple[int, int], correlation: float) -> np.ndarray:
    """Normal with SD 1, autoregressive over the weeks."""
    shocks = rng.normal(size=shape)
    values = shocks.copy()
    for week in range(1, shape[1]):
        values[:, week] = correlation * values[:, week - 1] + np.sqrt(1 - correlation**2) * shocks[:, week]
    return values
