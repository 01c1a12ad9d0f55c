"""Power and precision by simulation: the same analysis of many simulated cohorts, and how often it finds the effect.

Nothing is assumed of the analysis but that it gives one estimate with its limits and p value: the cohorts, how each
is made into a panel and how that is analysed are handed in as a `Trial`. Sources: Morris, White and Crowther 2019,
Stat Med 38:2074 (simulation studies and their Monte-Carlo errors); Arnold et al. 2011, BMC Med Res Methodol 11:94
(power by simulation).
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from itertools import product

import numpy as np
import pandas as pd

from analysis.errors import HiprunError, InputError
from analysis.models.power_table import power_table
from analysis.models.processes import in_processes
from analysis.models.result import Fit

FEWEST_COHORTS = 20
"""Fewest cohorts that replicates are drawn in, where there are as many replicates: their spread has to be seen."""
REPLICATE_COLUMNS = [
    *("n_athletes", "n_weeks", "effect", "cohort", "draw"),
    *("estimate", "std_error", "ci_low", "ci_high", "p_value", "reason"),
]

Panels = Callable[[int, int, Sequence[float], Sequence[int]], Iterator[tuple[float, int, pd.DataFrame]]]
"""(n_athletes, n_weeks, effects, seeds) -> (effect, draw, panel): one panel for each effect and seed."""


@dataclass(frozen=True)
class Answer:
    """What the analysis of one panel says: an estimate with limits and p, or the `reason` why there is none."""

    estimate: float = math.nan
    std_error: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    p_value: float = math.nan
    reason: str = ""


@dataclass(frozen=True)
class Trial:
    """What is repeated: `panels` simulates, `analyse` answers.

    Both must be importable by name (functions of a module, or `functools.partial` of them) to run in other
    processes. `draws_per_cohort`: how many outcomes `panels` may draw in one simulated cohort; 1 means that every
    replicate is a cohort of its own.
    """

    panels: Panels
    analyse: Callable[[pd.DataFrame], Answer]
    draws_per_cohort: int = 1


def power(
    trial: Trial,
    athletes: Sequence[int],
    weeks: Sequence[int],
    effects: Sequence[float],
    *,
    replicates: int = 200,
    seed: int = 1,
    level: float = 0.95,
    jobs: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Power and precision for every combination of athletes, weeks and true effect.

    Parameters
    ----------
    trial : Trial
    athletes, weeks, effects : sequences
        The grid. Effects are true values on the scale of the estimates.
    replicates : int
        Per combination. Those of one cohort size share their cohorts between the effects, so that a curve is not
        bent by chance; its points are for the same reason not independent of each other.
    seed : int
        The same seed gives the same table, whatever `jobs` and whatever else is in the grid.
    level : float
        Of the intervals; an effect is called where p < 1 - level, two-sided.
    jobs : int
        Processes at work.
    on_progress : callable, optional
        Told (done, all) replicates from time to time.

    Returns
    -------
    DataFrame
        As `power_table` gives it.

    Raises
    ------
    InputError
        An empty grid, or a number that cannot be.
    """
    rows = run_replicates(
        trial, athletes, weeks, effects, replicates=replicates, seed=seed, jobs=jobs, on_progress=on_progress
    )
    return power_table(rows, level)


def run_replicates(
    trial: Trial,
    athletes: Sequence[int],
    weeks: Sequence[int],
    effects: Sequence[float],
    *,
    replicates: int = 200,
    seed: int = 1,
    jobs: int = 1,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """One row a replicate, `REPLICATE_COLUMNS`; arguments and errors as `power`. `reason` is empty for an answer."""
    _check(athletes, weeks, effects, replicates, seed, jobs)
    true = tuple(dict.fromkeys(effects))
    tasks = [
        _Task(trial, n, n_weeks, true, cohort, seeds)
        for n, n_weeks in product(dict.fromkeys(athletes), dict.fromkeys(weeks))
        for cohort, seeds in enumerate(_seeds(trial, n, n_weeks, replicates, seed))
    ]
    total = replicates * len(set(athletes)) * len(set(weeks)) * len(true)
    rows: list[tuple] = []
    for some in in_processes(_answers, tasks, jobs, "power"):
        rows += some
        if on_progress is not None:
            on_progress(len(rows), total)
    table = pd.DataFrame(rows, columns=REPLICATE_COLUMNS)
    return table.sort_values(["n_weeks", "n_athletes", "effect", "cohort", "draw"], ignore_index=True)


def answer_for(fit: Fit, term: str) -> Answer:
    """The answer of a fit for one of its terms, on the link scale; a fit that did not converge gives none."""
    if not fit.converged:
        return Answer(reason="the fit did not converge")
    rows = fit.estimates[fit.estimates["term"] == term]
    if rows.empty:
        return Answer(reason=f"{term} is not in the model")
    row = rows.iloc[0]
    numbers = [float(row[name]) for name in ("estimate", "std_error", "ci_low", "ci_high", "p_value")]
    if not np.isfinite(numbers).all():
        return Answer(reason=f"{term} has no estimate with limits")
    return Answer(*numbers)


@dataclass(frozen=True)
class _Task:
    """One cohort: its size, the effects it is simulated with, and one seed a draw."""

    trial: Trial
    n_athletes: int
    n_weeks: int
    effects: tuple[float, ...]
    cohort: int
    seeds: tuple[int, ...]


def _answers(task: _Task) -> list[tuple]:
    panels = task.trial.panels(task.n_athletes, task.n_weeks, task.effects, task.seeds)
    return [
        (task.n_athletes, task.n_weeks, effect, task.cohort, draw, *astuple(_answer(task.trial, panel)))
        for effect, draw, panel in panels
    ]


def _answer(trial: Trial, panel: pd.DataFrame) -> Answer:
    """An analysis that says it cannot be done on this panel is counted as one without an answer, not an error."""
    try:
        return trial.analyse(panel)
    except HiprunError as error:
        return Answer(reason=str(error))


def _seeds(trial: Trial, n_athletes: int, n_weeks: int, replicates: int, seed: int) -> Iterator[tuple[int, ...]]:
    """Per cohort one seed a draw, `replicates` in all; a seed depends on nothing but the numbers that name it."""
    most = min(trial.draws_per_cohort, max(1, replicates // FEWEST_COHORTS))
    for cohort, first in enumerate(range(0, replicates, most)):
        own = np.random.SeedSequence([seed, n_athletes, n_weeks, cohort]).generate_state(most, np.uint64)
        yield tuple(int(s) for s in own[: replicates - first])


def _check(
    athletes: Sequence[int], weeks: Sequence[int], effects: Sequence[float], replicates: int, seed: int, jobs: int
) -> None:
    for name, values, least in (("athletes", athletes, 1), ("weeks", weeks, 2), ("effects", effects, -math.inf)):
        wrong = [v for v in values if not (math.isfinite(v) and v >= least)]
        if wrong or not len(values):
            expected = f"numbers of {least:g} or more" if math.isfinite(least) else "finite numbers"
            raise InputError(f"power: {name}: found {wrong or 'none'}; expected one or more {expected}.")
    for name, value, least in (("replicates", replicates, 2), ("seed", seed, 0), ("jobs", jobs, 1)):
        if value < least:
            raise InputError(f"power: {name} is {value}; expected {least} or more.")
