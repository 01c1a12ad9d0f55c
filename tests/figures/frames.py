"""Small seeded frames for the figures' tests, in the shapes their docstrings state."""

import numpy as np
import pandas as pd

SEED = 20260101


def flow(n_steps: int = 5, long: bool = False) -> pd.DataFrame:
    reason = (
        "left the programme before the first week; moved away\nno running watch and no training log, so hours at "
        "risk are not known for any of the twenty-six weeks"
        if long
        else "no weekly report"
    )
    n = [64 - 3 * i for i in range(n_steps)]
    words = " with a first hip assessment, a training log and at least one weekly report" if long else ""
    return pd.DataFrame(
        {
            "step": [f"Runners at step {i + 1}{words}" for i in range(n_steps)],
            "n": n,
            "detail": [None, *[reason] * (n_steps - 1)],
            "n_excluded": [np.nan, *[3.0] * (n_steps - 1)],
        }
    )


def calendar(n_athletes: int = 60, n_weeks: int = 26) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    rows = []
    for i in range(n_athletes):
        start, end = rng.integers(0, 4), n_weeks - rng.integers(0, n_weeks // 2) * (rng.random() < 0.2)
        keen = rng.beta(6, 1.5)
        for w in range(start, end):
            state = rng.choice(["answered", "partly", "not answered"], p=[0.9 * keen, 0.1 * keen, 1 - keen])
            rows.append((f"ATH{i:04d}", pd.Timestamp("2025-11-03") + pd.Timedelta(weeks=w), state))
    return pd.DataFrame(rows, columns=["athlete_id", "week_start", "state"])


def profile(n_athletes: int = 40, norms: bool = True) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    middles = {
        ("strength", "N m/kg"): {"flexion": 1.5, "extension": 1.9, "abduction": 1.6, "adduction": 1.5,
                                 "internal_rotation": 0.55, "external_rotation": 0.6},
        ("rom", "degrees"): {"flexion": 120.0, "extension": 12.0, "abduction": 42.0,
                             "internal_rotation": 35.0, "external_rotation": 41.0},
    }  # fmt: skip
    rows = []
    for (quality, unit), motions in middles.items():
        for motion, middle in motions.items():
            for side in ("left", "right"):
                if (quality, motion, side) == ("strength", "internal_rotation", "left"):
                    continue
                spread = 0.18 * middle if quality == "strength" else 6.0
                for i in range(n_athletes):
                    value = rng.normal(middle * (1.04 if side == "right" else 1), spread)
                    low, high = (middle - spread, middle + spread) if norms else (np.nan, np.nan)
                    rows.append((f"ATH{i:04d}", motion, side, quality, value, unit, low, high))
    columns = ["athlete_id", "motion", "side", "quality", "value", "unit", "norm_low", "norm_high"]
    return pd.DataFrame(rows, columns=columns)


def pain(n_athletes: int = 60, n_weeks: int = 26) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    rows = []
    for i in range(n_athletes):
        own, now = rng.gamma(1.2, 1.0), 0.0
        last = n_weeks if rng.random() < 0.8 else rng.integers(min(4, n_weeks), n_weeks + 1)
        for w in range(1, n_weeks + 1):
            now = 0.7 * now + rng.normal(0, 0.9)
            score = np.clip(np.round(own + now + 0.06 * w), 0, 10)
            rows.append((f"ATH{i:04d}", w, score if w <= last and rng.random() < 0.85 else np.nan))
    frame = pd.DataFrame(rows, columns=["athlete_id", "week_in_programme", "pain_nrs"])
    return frame.astype({"week_in_programme": "Int64"})


def load(n_athletes: int = 60, n_weeks: int = 26) -> pd.DataFrame:
    rng = np.random.default_rng(SEED)
    week = np.tile(np.arange(1, n_weeks + 1), n_athletes)
    size = len(week)
    return pd.DataFrame(
        {
            "athlete_id": np.repeat([f"ATH{i:04d}" for i in range(n_athletes)], n_weeks),
            "week_in_programme": pd.array(week, dtype="Int64"),
            "exposure_h": np.where(rng.random(size) < 0.08, np.nan, rng.gamma(8, 0.4 + 0.01 * week)),
            "mobility_min": np.where(rng.random(size) < 0.1, np.nan, rng.gamma(3, 12, size)),
            "stability_min": np.where(rng.random(size) < 0.1, np.nan, rng.gamma(2, 10 + 0.5 * week)),
        }
    )


def differences() -> pd.DataFrame:
    rows = [
        ("Within athlete", "Mobility work, 30 min more a week", -0.21, -0.38, -0.04),
        ("Within athlete", "Stability work, 30 min more a week", -0.34, -0.52, -0.16),
        ("Within athlete", "Both together (interaction)", 0.05, -0.11, 0.21),
        ("Between athletes", "Mobility work, 30 min more a week", 0.12, -0.35, 0.59),
        ("Between athletes", "Hip abduction torque, 0.1 N m/kg more at the test before the week", -0.08, -0.2, 0.04),
        ("Between athletes", "Not converged", np.nan, np.nan, np.nan),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "label", "estimate", "ci_low", "ci_high"])


def ratios() -> pd.DataFrame:
    rows = [
        ("Mobility work, 30 min more a week", 0.87, 0.75, 1.01),
        ("Stability work, 30 min more a week", 0.78, 0.62, 0.98),
        ("Previous injury", 2.4, 1.3, 4.4),
        ("Rare term", 1.1, 0.2, np.inf),
    ]
    return pd.DataFrame(rows, columns=["label", "estimate", "ci_low", "ci_high"])


def rates() -> pd.DataFrame:
    """Exact Poisson limits (Garwood 1936), computed once with scipy's chi-squared quantiles."""
    rows = [
        ("All clinics", 82, 12448.3, 6.587, 5.239, 8.177),
        ("Clinic A", 48, 6002.0, 7.997, 5.897, 10.603),
        ("Clinic B (university hospital, outpatients)", 31, 5010.0, 6.188, 4.204, 8.783),
        ("Clinic C", 3, 1336.3, 2.245, 0.463, 6.561),
        ("Own records", 0, 100.0, 0.0, 0.0, 36.889),
    ]
    return pd.DataFrame(rows, columns=["group", "n_cases", "exposure_h", "estimate", "ci_low", "ci_high"])


def risks(n: int = 7) -> pd.DataFrame:
    rows = [
        ("Hip and groin", 1.9, 11.0, 26), ("Knee", 2.3, 14.0, 31), ("Lower leg", 2.1, 12.5, 29),
        ("Ankle and foot", 1.2, 9.0, 17), ("Hamstring", 0.7, 18.0, 9), ("Low back", 0.5, 4.0, 7),
        ("Thigh", 0.3, 6.0, 3),
    ]  # fmt: skip
    frame = pd.DataFrame(rows[:n], columns=["group", "incidence_per_1000_h", "severity_mean_days", "n_cases"])
    return frame.assign(burden_per_1000_h=frame["incidence_per_1000_h"] * frame["severity_mean_days"])
