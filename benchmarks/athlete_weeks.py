"""The athlete-weeks every benchmark is fitted to: one function, one seed."""

import numpy as np
import pandas as pd

WEEKS = 20
ATHLETES_A_CLINIC = 12.5
SEED = 20260
FIXED = "mob*stab + hip + rom + load + age + sex"
# Effects of FIXED on the linear predictor, intercept first, interaction last.
_PAIN = (3.6, -0.40, -0.25, -0.20, -0.03, 0.30, 0.30, -0.40, -0.15)
_RATE = (-3.0, -0.22, -0.15, -0.30, -0.05, 0.35, 0.20, 0.20, -0.10)
_ODDS = (-1.4, -0.35, -0.35, -0.40, -0.08, 0.50, 0.10, 0.15, -0.15)
_SHAPE = 1.5


def athlete_weeks(n_rows: int, clinics: int | None = None, seed: int = SEED) -> pd.DataFrame:
    """Simulated athlete-weeks: 20 weeks an athlete, `clinics` clinics or one for 12.5 athletes.

    Parameters
    ----------
    n_rows : int
        A multiple of 20.
    clinics : int, optional
        How many; athletes are spread over them at random.

    Returns
    -------
    DataFrame
        athlete, clinic (int codes), mob, stab, rom, load (vary by week), hip, age, sex (constant in an athlete),
        off (log hours), pain (gaussian), inj (Poisson), injnb (negative binomial, shape 1.5), prob (0/1).
        Every outcome has a clinic intercept, an athlete intercept and an athlete slope of mob.
    """
    rng = np.random.default_rng(seed)
    n_athletes = n_rows // WEEKS
    n_clinics = clinics or max(2, round(n_athletes / ATHLETES_A_CLINIC))
    athlete = np.repeat(np.arange(n_athletes), WEEKS)
    clinic = rng.integers(0, n_clinics, n_athletes)[athlete]
    own = {name: rng.normal(size=n_athletes)[athlete] for name in ("hip", "age")}
    own["sex"] = rng.integers(0, 2, n_athletes)[athlete].astype(float)
    weekly = {name: rng.normal(size=len(athlete)) for name in ("mob", "stab", "rom", "load")}
    frame = pd.DataFrame({"athlete": athlete, "clinic": clinic, **weekly, **own})
    frame["off"] = np.log(rng.gamma(6.0, 0.8, len(frame)))
    random = _random_part(rng, frame, n_clinics, n_athletes)
    x = _columns(frame)
    rate = np.exp(x @ np.array(_RATE) + 0.5 * random + frame["off"].to_numpy())
    frame["pain"] = x @ np.array(_PAIN) + random + rng.normal(scale=1.4, size=len(frame))
    frame["inj"] = rng.poisson(rate).astype(float)
    frame["injnb"] = rng.poisson(rate * rng.gamma(_SHAPE, 1 / _SHAPE, len(frame))).astype(float)
    frame["prob"] = rng.binomial(1, 1 / (1 + np.exp(-(x @ np.array(_ODDS) + random)))).astype(float)
    return frame


def _columns(frame: pd.DataFrame) -> np.ndarray:
    """The columns of FIXED (n, 9), in the order of the effects above."""
    plain = frame[["mob", "stab", "hip", "rom", "load", "age", "sex"]].to_numpy()
    return np.column_stack([np.ones(len(frame)), plain, plain[:, 0] * plain[:, 1]])


def _random_part(rng: np.random.Generator, frame: pd.DataFrame, n_clinics: int, n_athletes: int) -> np.ndarray:
    """Clinic intercept (SD 0.4), athlete intercept (SD 1) and slope of mob (SD 0.35), correlated -0.4; per row."""
    clinic = rng.normal(scale=0.4, size=n_clinics)
    cov = np.array([[1.0, -0.14], [-0.14, 0.1225]])
    effects = rng.multivariate_normal([0, 0], cov, size=n_athletes)[frame["athlete"].to_numpy()]
    return clinic[frame["clinic"].to_numpy()] + effects[:, 0] + effects[:, 1] * frame["mob"].to_numpy()
