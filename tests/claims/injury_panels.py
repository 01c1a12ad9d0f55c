"""Simulated athlete-weeks with a known effect of hip work on the rate of injuries and on the days they cost.

Not by `simulate`: a Poisson count a week at exp(level + effect + athlete) per hour, and log-normal days. No persons.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Makeup:
    """What is true: ratios per dose step (30 min/week) of mobility work within athletes, and the spread."""

    rate_ratio: float = 0.8
    days_ratio: float = 1.25
    rate_per_h: float = 0.03
    frailty_sd: float = 0.6
    again: float = 1.0
    days_sd: float = 0.8
    share_costly: float = 0.7


def injury_weeks(
    seed: int, makeup: Makeup | None = None, n_athletes: int = 60, n_weeks: int = 24
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(panel, cases): the columns that the injury models ask for. `again` multiplies the rate after the first and after
    the second injury."""
    truth, rng = makeup or Makeup(), np.random.default_rng(seed)
    shape = n_athletes, n_weeks
    doses = {kind: rng.normal(0, 1, shape) for kind in ("mobility", "stability")}
    hours = rng.uniform(2, 5, shape)
    level = np.log(truth.rate_per_h) + rng.normal(0, truth.frailty_sd, n_athletes)
    had, counts = np.zeros(n_athletes), np.zeros(shape, dtype=int)
    for week in range(n_weeks):
        rate = np.exp(
            level + np.log(truth.rate_ratio) * doses["mobility"][:, week] + np.log(truth.again) * np.minimum(had, 2)
        )
        counts[:, week] = rng.poisson(rate * hours[:, week])
        had += counts[:, week]
    panel = _panel(doses, hours, counts)
    return panel, _cases(panel, truth, rng)


def _panel(doses: dict[str, np.ndarray], hours: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    n_athletes, n_weeks = hours.shape
    week = np.tile(np.arange(n_weeks), n_athletes)
    panel = pd.DataFrame(
        {
            "athlete_id": np.repeat([f"a{i:03d}" for i in range(n_athletes)], n_weeks),
            "week_start": pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * week, unit="D"),
            "week_in_programme": week,
            "clinic": "A",
            "sex": pd.Series(["female"] * len(week), dtype="str"),
            "age_y": np.nan,
            "previous_injury": pd.array([pd.NA] * len(week), dtype="boolean"),
            "exposure_h": hours.ravel(),
            "log_exposure_h": np.log(hours.ravel()),
            "new_injuries": pd.array(counts.ravel(), dtype="Int64"),
            "at_risk": pd.array([True] * len(week), dtype="boolean"),
        }
    )
    for kind, values in doses.items():
        panel[f"{kind}_dose_within_min"], panel[f"{kind}_dose_between_min"] = 30 * values.ravel(), 40.0
    for column in ("acute_load_within_au", "chronic_load_within_au", "chronic_load_between_au"):
        panel[column] = np.nan
    return panel


def _cases(panel: pd.DataFrame, truth: Makeup, rng: np.random.Generator) -> pd.DataFrame:
    counts = panel["new_injuries"].astype(int).to_numpy()
    rows = panel.loc[panel.index.repeat(counts)]
    dose = rows["mobility_dose_within_min"].to_numpy() / 30
    days = np.exp(2.0 + np.log(truth.days_ratio) * dose + rng.normal(0, truth.days_sd, len(rows)))
    days = np.where(rng.random(len(rows)) < truth.share_costly, np.ceil(days), 0.0)
    return pd.DataFrame(
        {
            "athlete_id": rows["athlete_id"].to_numpy(),
            "week_row": rows.index.to_numpy(),
            "time_loss_days": days,
            "still_open": False,
            "region": pd.Series(rng.choice(["knee", "lower leg", "hip/groin"], len(rows)), dtype="str"),
        }
    )
