"""Small cohorts drawn at random, as tidy tables."""

import numpy as np
import pandas as pd
import pytest

from analysis.tables import RAW_TABLES

MONDAY = pd.Timestamp("2026-01-05")


def days(numbers) -> pd.Series:
    """Day numbers since the first Monday, as dates."""
    return pd.Series(MONDAY + pd.to_timedelta(np.asarray(numbers, dtype=int), unit="D")).astype("datetime64[us]")


def random_tables(seed: int, n_athletes: int = 4, n_weeks: int = 8) -> dict[str, pd.DataFrame]:
    """Tidy tables of a made-up cohort with gaps, missing answers, open injuries and uneven windows."""
    rng = np.random.default_rng(seed)
    ids = [f"a{i}" for i in range(n_athletes)]
    n_days = 7 * n_weeks

    def pick(n):
        return rng.choice(ids, n)

    n = 12 * n_athletes
    windows = [
        (a, stream, int(rng.integers(0, 6)), int(n_days - 1 - rng.integers(0, 12)))
        for a in ids
        for stream in ("training", "hip_work", "injury", "weekly_report")
    ]
    weeks = pd.MultiIndex.from_product([ids, range(n_weeks)]).to_frame(index=False)
    weeks = weeks[rng.random(len(weeks)) < 0.8]
    onset = rng.integers(0, n_days, n_athletes)
    q1 = rng.choice([0, 8, 17, 25], len(weeks))
    raw = {
        "athletes": {"athlete_id": ids, "sex": "female", "age_y": 30.0, "body_mass_kg": 60.0},
        "training_sessions": {
            "session_id": [f"s{i}" for i in range(n)],
            "athlete_id": pick(n),
            "date": days(rng.integers(-5, n_days + 5, n)),
            "sport": rng.choice(["run", "trail_run", "bike"], n, p=[0.6, 0.2, 0.2]),
            "duration_min": rng.integers(10, 120, n).astype(float),
            "distance_km": rng.uniform(2, 20, n).round(1),
            "rpe": np.where(rng.random(n) < 0.9, rng.integers(1, 11, n), np.nan),
            "rpe_scale": "cr10",
        },
        "hip_work": {
            "entry_id": [f"h{i}" for i in range(n)],
            "athlete_id": pick(n),
            "date": days(rng.integers(-5, n_days + 5, n)),
            "exercise": "hip hinge",
            "in_library": True,
            "category": rng.choice(["mobility", "stability", None], n, p=[0.45, 0.45, 0.1]),
            "duration_min": rng.integers(1, 30, n).astype(float),
        },
        "weekly_reports": {
            "athlete_id": weeks[0].to_numpy(),
            "week_start": days(7 * weeks[1].to_numpy()),
            "region": "hip_groin",
            "side": "unspecified",
            "pain_nrs": np.where(rng.random(len(weeks)) < 0.9, rng.integers(0, 11, len(weeks)), np.nan),
            "ostrc_version": 2,
            "ostrc_q1": q1,
            **{f"ostrc_q{k}": np.where(q1 == 0, np.nan, rng.choice([0, 8, 17, 25], len(weeks))) for k in (2, 3, 4)},
        },
        "injuries": {
            "injury_id": [f"i{i}" for i in range(n_athletes)],
            "athlete_id": pick(n_athletes),
            "onset_date": days(onset),
            "return_date": days(onset + rng.integers(0, 30, n_athletes)).where(rng.random(n_athletes) < 0.8),
            "problem_type": rng.choice(["injury", "illness"], n_athletes),
        },
        "hip_assessments": {
            "athlete_id": np.repeat(ids, 4),
            "date": days(np.tile([0, 20, 0, 20], n_athletes)),
            "motion": "abduction",
            "side": np.tile(["left", "left", "right", "right"], n_athletes),
            "quality": "strength_isometric",
            "position": "side_lying",
            "trial_no": 1,
            "force_n": rng.uniform(100, 250, 4 * n_athletes).round(),
            "lever_arm_m": 0.4,
        },
        "observation_windows": {
            "athlete_id": [w[0] for w in windows],
            "stream": [w[1] for w in windows],
            "start_date": days([w[2] for w in windows]),
            "end_date": days([w[3] for w in windows]),
        },
    }
    return {name: RAW_TABLES[name].tidy(pd.DataFrame(columns)) for name, columns in raw.items()}


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return random_tables(1)
