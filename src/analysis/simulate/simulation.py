"""A cohort simulated from its truth: clean tables, and what only the simulator knows."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.hip.exercises import exercise_library
from analysis.hip.work import LOADING
from analysis.simulate.assessments import hip_tests
from analysis.simulate.athletes import draw_athletes
from analysis.simulate.claim_effects import effect_of
from analysis.simulate.clean_tables import clean_tables
from analysis.simulate.exposures import Exposures
from analysis.simulate.hip_work import as_written, hip_work_entries, split_dose, true_dose, weekly_minutes
from analysis.simulate.injuries import FollowUp, follow_up, log_injury_rate
from analysis.simulate.missing import Recorded, record
from analysis.simulate.outcomes import (
    REMOTE_LEVELS,
    latent_pain,
    lost_days,
    open_injuries,
    ostrc_answers,
    pain_of_sides,
    rate_pain,
    remote_pain,
    side_effects,
    unclipped,
)
from analysis.simulate.soreness import soreness_next_day
from analysis.simulate.training import measure_sessions, plan_sessions, planned_minutes, run_days, trail_share_before
from analysis.simulate.true_hip import true_hip
from analysis.simulate.truth import STEP_MIN, Truth
from analysis.tables.words import SIDES

CATEGORIES = ("mobility", "stability")


@dataclass(frozen=True)
class Simulation:
    """A simulated cohort. Arrays are athletes x observed weeks, rows as in `athletes`.

    `tables`: the clean tables (`simulate_tables`). `planned_min`: running minutes meant, burn-in weeks
    first. `dose_min`: category -> true dose. `exposures`: what else the claims are about. `latent_pain`: hip and
    groin pain before open injuries and rounding. `pain`: (region, side) -> rating of every week, answered or not.
    `unclipped_share`: outcome (or term) that is rated 0 to 10 -> share of what is rated that lies between.
    """

    truth: Truth
    athletes: pd.DataFrame
    tables: dict[str, pd.DataFrame]
    planned_min: np.ndarray
    dose_min: dict[str, np.ndarray]
    exposures: Exposures
    latent_pain: np.ndarray
    pain: dict[tuple[str, str], np.ndarray]
    follow_up: FollowUp
    recorded: Recorded
    unclipped_share: dict[str, float]


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
    entries = hip_work_entries(athletes, minutes, burn_in, run_days(sessions, (n_athletes, n_weeks)), seed)
    work = {c: m[:, burn_in:] for c, m in minutes.items()}
    hip = true_hip(athletes, work | {"loading": loading_minutes(entries, n_athletes, n_weeks)}, n_weeks, seed, truth)
    trails = trail_share_before(sessions, (n_athletes, n_weeks))
    exposures = Exposures(athletes, within, entries, hip, trails, truth)

    log_rate = log_injury_rate(athletes, within, between, effect_of(truth, "injury", exposures.of), truth)
    followed = follow_up(
        athletes, sessions, planned[:, :burn_in], log_rate, left_share(exposures, truth, log_rate.shape), seed, truth
    )
    latent = latent_pain(athletes, within, between, followed.log_acute, exposures, seed, truth)
    pain = pain_of_regions(athletes, latent, followed, exposures, seed, truth)
    rated = {place: rate_pain(values) for place, values in pain.items()}
    recorded = record(athletes, np.maximum(*(rated["hip_groin", side] for side in SIDES)), seed, truth)
    soreness, soreness_unclipped = soreness_next_day(entries, n_athletes, seed, truth)
    faster = [np.zeros(latent.shape) + effect_of(truth, speed, exposures.of) for speed in ("speed", "top_speed")]
    tables = clean_tables(
        athletes,
        measure_sessions(sessions, athletes, *faster, seed)[followed.done],
        as_written(entries.assign(soreness_next_day_nrs=soreness)),
        hip_tests(athletes, hip, recorded.n_weeks_in, seed, truth),
        rated,
        _ostrc(rated, followed, latent.shape),
        followed.problems,
        recorded,
    )
    unclipped = unclipped_shares(pain, recorded) | {"soreness": soreness_unclipped}
    return Simulation(truth, athletes, tables, planned, dose, exposures, latent, rated, followed, recorded, unclipped)


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


def pain_of_regions(
    athletes: pd.DataFrame, latent: np.ndarray, followed: FollowUp, exposures: Exposures, seed: int, truth: Truth
) -> dict[tuple[str, str], np.ndarray]:
    """(region, side): pain before rounding and clipping, athletes x weeks; `latent` is that of hip and groin."""
    n, n_weeks = latent.shape
    usual_side = athletes["painful_side"].to_numpy()
    pain = {}
    for region in ("hip_groin", *REMOTE_LEVELS):
        here = latent if region == "hip_groin" else remote_pain(athletes, n_weeks, region, seed, truth)
        opened = open_injuries(followed.problems, region, n, n_weeks)
        of_side = {side: side_effects(region, side, exposures, truth) for side in opened}
        sides = pain_of_sides(here, opened, of_side, usual_side, seed, region, truth)
        pain |= {(region, side): values for side, values in sides.items()}
    return pain


def unclipped_shares(pain: dict[tuple[str, str], np.ndarray], recorded: Recorded) -> dict[str, float]:
    """Of the recorded ratings of pain, leg_pain, pain_elsewhere and each region of it (deficit_<region>), the share
    that lies between 0 and 10 before rounding.

    An effect on the rating is about that share of the one on pain before clipping (McDonald and Moffitt 1980, Rev Econ
    Stat 62:318).
    """
    told = recorded.answered & ~recorded.pain_blank
    hip = [pain["hip_groin", side] for side in SIDES]
    elsewhere = {
        f"deficit_{where}": [values[told] for (region, _), values in pain.items() if region == where]
        for where in REMOTE_LEVELS
    }
    return {
        "pain": unclipped([np.maximum(*hip)[told]]),
        "leg_pain": unclipped(side[told] for side in hip),
        "pain_elsewhere": unclipped(part for values in elsewhere.values() for part in values),
        **{term: unclipped(values) for term, values in elsewhere.items()},
    }


def left_share(exposures: Exposures, truth: Truth, shape: tuple[int, int]) -> np.ndarray:
    """Share of the injuries of a leg that are on the left, athletes x weeks."""
    left, right = (effect_of(truth, "leg_injury", partial(exposures.of_leg, side)) for side in SIDES)
    return np.broadcast_to(1 / (1 + np.exp(np.asarray(right) - left)), shape)


def loading_minutes(entries: pd.DataFrame, n_athletes: int, n_weeks: int) -> np.ndarray:
    """Minutes of control and activation work, athletes x observed weeks."""
    phase = entries["exercise"].map(exercise_library().set_index("name")["phase"])
    own = entries[phase.isin(LOADING) & (entries["week"] >= 0)]
    minutes = np.zeros((n_athletes, n_weeks))
    np.add.at(minutes, (own["athlete"], own["week"]), own["duration_min"])
    return minutes


def _ostrc(
    pain: dict[tuple[str, str], np.ndarray], followed: FollowUp, shape: tuple[int, int]
) -> dict[str, np.ndarray]:
    worst = np.max(list(pain.values()), axis=0)
    injured, ill = (lost_days(followed.problems, kind, *shape) for kind in ("injury", "illness"))
    return ostrc_answers(worst, injured, ill)
