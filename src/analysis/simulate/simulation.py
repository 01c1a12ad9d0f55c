"""A cohort simulated from its truth: clean tables, and what only the simulator knows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.simulate.assessments import hip_tests
from analysis.simulate.athletes import draw_athletes
from analysis.simulate.clean_tables import clean_tables
from analysis.simulate.hip_work import hip_work_entries, split_dose, true_dose, weekly_minutes
from analysis.simulate.injuries import FollowUp, follow_up, log_injury_rate
from analysis.simulate.missing import Recorded, record
from analysis.simulate.outcomes import (
    REMOTE_LEVELS,
    latent_pain,
    lost_days,
    open_injuries,
    ostrc_answers,
    rate_pain,
    remote_pain,
)
from analysis.simulate.training import plan_sessions, planned_minutes
from analysis.simulate.truth import Truth

STEP_MIN = 30.0
CATEGORIES = ("mobility", "stability")


@dataclass(frozen=True)
class Simulation:
    """A simulated cohort. Arrays are athletes x observed weeks, rows as in `athletes`.

    `tables`: the clean tables (`simulate_tables`). `planned_min`: running minutes meant, burn-in weeks
    first. `dose_min`: category -> true dose. `latent_pain`: hip and groin pain before open injuries and
    rounding. `pain`: (region, side) -> rating of every week, answered or not.
    """

    truth: Truth
    athletes: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    planned_min: np.ndarray
    dose_min: dict[str, np.ndarray]
    latent_pain: np.ndarray
    pain: dict[tuple[str, str], np.ndarray]
    follow_up: FollowUp
    recorded: Recorded


def simulate(*, n_athletes: int = 60, n_weeks: int = 26, seed: int = 1, truth: Truth | None = None) -> Simulation:
    """Draw a cohort. The same arguments give the same cohort.

    Raises `InputError` for fewer than 1 athlete or 2 weeks, or a negative seed.
    """
    truth = truth or Truth()
    _check_size(n_athletes, n_weeks, seed)
    athletes = draw_athletes(n_athletes, seed, truth)
    burn_in = truth.dose_burn_in_weeks
    planned = planned_minutes(athletes, n_weeks, seed, truth)
    minutes = {c: weekly_minutes(athletes, c, n_weeks, seed, truth) for c in CATEGORIES}
    dose = {c: true_dose(m, burn_in, truth.dose_half_life_weeks) for c, m in minutes.items()}
    within, between = dose_steps(dose, truth)

    sessions = plan_sessions(athletes, planned[:, burn_in:], seed)
    log_rate = log_injury_rate(athletes, within, between, truth)
    followed = follow_up(athletes, sessions, planned[:, :burn_in], log_rate, seed, truth)
    latent = latent_pain(athletes, within, between, followed.log_acute, seed, truth)
    pain = _ratings(athletes, latent, followed, seed, truth)
    recorded = record(athletes, np.maximum(pain["hip_groin", "left"], pain["hip_groin", "right"]), seed, truth)
    tables = clean_tables(
        athletes,
        sessions[followed.done],
        hip_work_entries(athletes, {c: m[:, burn_in:] for c, m in minutes.items()}, seed),
        hip_tests(athletes, n_weeks, recorded.n_weeks_in, seed, truth),
        pain,
        _ostrc(pain, followed, latent.shape),
        followed.problems,
        recorded,
    )
    return Simulation(truth, athletes, tables, planned, dose, latent, pain, followed, recorded)


def simulate_tables(
    *, n_athletes: int = 60, n_weeks: int = 26, seed: int = 1, truth: Truth | None = None
) -> dict[str, pd.DataFrame]:
    """The clean tables of a cohort by name (`analysis.tables.RAW_TABLES`), tidy as declared.

    They hold what was recorded (no answers after dropout, no unanswered weeks, no diary gaps), without the
    untidiness of `simulate_cohort`, which writes the same cohort. Raises as `simulate`.
    """
    return simulate(n_athletes=n_athletes, n_weeks=n_weeks, seed=seed, truth=truth).tables


def _check_size(n_athletes: int, n_weeks: int, seed: int) -> None:
    for name, value, least in (("athletes", n_athletes, 1), ("weeks", n_weeks, 2), ("seed", seed, 0)):
        if value < least:
            raise InputError(f"simulate: {name} is {value}; expected {least} or more. Fix: correct the number.")


def dose_steps(dose: dict[str, np.ndarray], truth: Truth) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """(within, between) of each category in steps of 30 min/week; 0 where there is no dose yet."""
    within, between = {}, {}
    for category, values in dose.items():
        mean, deviation = split_dose(values)
        within[category] = np.nan_to_num(deviation / STEP_MIN)
        between[category] = np.nan_to_num((mean - getattr(truth, f"{category}_median_min")) / STEP_MIN)
    return within, between


def _ratings(
    athletes: pd.DataFrame, latent: np.ndarray, followed: FollowUp, seed: int, truth: Truth
) -> dict[tuple[str, str], np.ndarray]:
    n, n_weeks = latent.shape
    usual_side = athletes["painful_side"].to_numpy()
    pain = {}
    for region in ("hip_groin", *REMOTE_LEVELS):
        here = latent if region == "hip_groin" else remote_pain(athletes, n_weeks, region, seed, truth)
        opened = open_injuries(followed.problems, region, n, n_weeks)
        rated = rate_pain(here, opened, usual_side, seed, region, truth)
        pain |= {(region, side): rating for side, rating in rated.items()}
    return pain


def _ostrc(
    pain: dict[tuple[str, str], np.ndarray], followed: FollowUp, shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    worst = np.max(list(pain.values()), axis=0)
    injured, ill = (lost_days(followed.problems, kind, *shape) for kind in ("injury", "illness"))
    return ostrc_answers(worst, injured, ill)
