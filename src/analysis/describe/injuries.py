"""Injuries over the running that was watched: cases, rates by group, and how common problems were week by week."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.panel.grid import place_in_weeks
from analysis.study import Study
from analysis.surveillance.groups import rate_table
from analysis.surveillance.prevalence import prevalence_by_week
from analysis.surveillance.problems import time_loss_days
from analysis.tables import INJURIES


def watched_running(panel: pd.DataFrame) -> pd.DataFrame:
    """Weeks in which running and injuries were both watched: athlete_id, clinic, sex, exposure_h, exposure_km."""
    both = panel["training_observed"].astype(bool) & panel["injuries_observed"].astype(bool)
    rows = panel.loc[both & panel["exposure_h"].notna(), ["athlete_id", "clinic", "sex", "exposure_h", "exposure_km"]]
    return rows.reset_index(drop=True)


def injury_cases(tables: Mapping[str, pd.DataFrame], panel: pd.DataFrame) -> pd.DataFrame:
    """Injuries that began in a watched week, with time_loss_days, sex and clinic.

    An open injury loses days to the end of observation. Illnesses are left out; a problem of no
    stated type counts as an injury.
    """
    injuries = tables.get("injuries", INJURIES.empty())
    is_injury = ~injuries["problem_type"].eq("illness").fillna(False).astype(bool)
    watched = panel.assign(both=panel["training_observed"] & panel["injuries_observed"] & panel["exposure_h"].notna())
    inside, _ = place_in_weeks(watched, injuries[is_injury], injuries.loc[is_injury, "onset_date"], "both")
    until = inside["athlete_id"].map(_watched_until(tables))
    computed = time_loss_days(inside["onset_date"], inside["return_date"], until.astype("datetime64[us]"))
    recorded_only = inside["return_date"].isna() & inside["time_loss_days"].notna()
    days = computed.astype("float64").mask(recorded_only, inside["time_loss_days"])
    traits = panel.drop_duplicates("athlete_id")[["athlete_id", "sex", "clinic"]]
    cases = inside.assign(time_loss_days=days).merge(traits, on="athlete_id", how="left")
    return cases.assign(region=cases["region"].str.replace("_", " "))


def _watched_until(tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    windows = tables["observation_windows"]
    return windows[windows["stream"] == "injury"].groupby("athlete_id")["end_date"].max()


def injury_rates(
    cases: pd.DataFrame, running: pd.DataFrame, study: Study, by: Sequence[str] = (), per_km: bool = False
) -> pd.DataFrame:
    """`surveillance.rate_table` per 1000 h of running (or 1000 km) with the study's level, draws and seed."""
    options = {"n_boot": study.bootstrap_draws, "seed": study.seed, "level": study.confidence_level}
    column, unit = ("exposure_km", "km") if per_km else ("exposure_h", "h")
    known = running.dropna(subset=[column])
    return rate_table(cases, known, list(by), exposure_column=column, unit=unit, **options)


def weekly_problems(panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Prevalence week by week among those who answered: measure, week, n_answered, n_problem, prevalence, limits."""
    measures = {"health_problem": "Any health problem", "substantial_problem": "Substantial problem"}
    parts = [
        prevalence_by_week(rows[column], rows["athlete_id"], rows["week_start"], level=study.confidence_level).assign(
            measure=label
        )
        for column, label in measures.items()
        if len(rows := panel[panel[column].notna()])
    ]
    columns = ["measure", "week", "n_answered", "n_problem", "prevalence", "ci_low", "ci_high"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
