"""Panels of simulated cohorts for `power`: whole cohorts, or one cohort with its pain drawn again and again."""

import dataclasses
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.panel import athlete_weeks
from analysis.simulate import Simulation, Truth, simulate
from analysis.simulate.clean_tables import START
from analysis.simulate.pain_again import draw_pain_again
from analysis.simulate.truth import LOG
from analysis.study import Study
from analysis.tables import ATHLETE_WEEKS

DRAWS_PER_COHORT = 10
_ANSWERS = ["reported", "pain_any_nrs", "ostrc_score", "health_problem", "substantial_problem"]
_HIP_STATE = [c.name for c in ATHLETE_WEEKS.columns if c.name.startswith("hip_") and c.name != "hip_work_observed"]
NOT_IN_PAIN_PANELS = {"weekly_reports": _ANSWERS, "hip_assessments": [*_HIP_STATE, "days_since_assessment"]}
"""Tables that `pain_panels` does without, for speed, and the columns of the panel that come from them alone."""


def truth_with(field: str, effect: float) -> Truth:
    """The simulator's default truth but for one effect, given on the scale of estimates: a ratio as its logarithm."""
    scale = {f.name: f.metadata["scale"] for f in dataclasses.fields(Truth)}[field]
    return Truth(**{field: math.exp(effect) if scale == LOG else effect})


def cohort_panels(
    n_athletes: int, n_weeks: int, effects: Sequence[float], seeds: Sequence[int], *, field: str, study: Study
) -> Iterator[tuple[float, int, pd.DataFrame]]:
    """`power.Panels` that simulate a whole cohort for each effect and seed, true in `field` (`truth_with`)."""
    for effect in effects:
        truth = truth_with(field, effect)
        for draw, seed in enumerate(seeds):
            made = simulate(n_athletes=n_athletes, n_weeks=n_weeks, seed=seed, truth=truth)
            yield effect, draw, athlete_weeks(made.tables, study)


def pain_panels(
    n_athletes: int, n_weeks: int, effects: Sequence[float], seeds: Sequence[int], *, field: str, study: Study
) -> Iterator[tuple[float, int, pd.DataFrame]]:
    """`power.Panels` that simulate one cohort, with the first seed, and draw its pain anew for each effect and seed.

    Exact, not an approximation: in the simulator nothing before pain depends on it (`simulate.pain_again`). Replicates
    of one cohort share its training, hip work, injuries and dropouts, so they are not independent of each other.
    For speed these panels are without the columns of other answers and of hip tests (`NOT_IN_PAIN_PANELS`).
    """
    made = simulate(n_athletes=n_athletes, n_weeks=n_weeks, seed=seeds[0])
    tables = {name: table for name, table in made.tables.items() if name not in NOT_IN_PAIN_PANELS}
    panel = athlete_weeks(tables, study).drop(columns=[c for left_out in NOT_IN_PAIN_PANELS.values() for c in left_out])
    place = _places(made, panel)
    for effect in effects:
        truth = truth_with(field, effect)
        for draw, seed in enumerate(seeds):
            yield effect, draw, panel.assign(pain_nrs=draw_pain_again(made, seed, truth)[place])


def _places(made: Simulation, panel: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Of each row of the panel, the athlete's row and the week's column in the arrays of the simulation."""
    row = pd.Series(range(len(made.athletes)), made.athletes["athlete_id"])
    return row[panel["athlete_id"]].to_numpy(), ((panel["week_start"] - START).dt.days // 7).to_numpy()
