"""The runs: cohorts of every world, of the null world, and very large ones for what is no parameter of the simulator.

Cohorts that are done are kept in runs/ (not committed), so that a run that was interrupted goes on where it was; with
other code, another truth or another size it begins anew.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from analysis.claims.known_truth.recovered import recovery_summary
from analysis.claims.known_truth.recovery import World, estimated, recovery
from analysis.claims.known_truth.silence import NULL_WORLD, silence_summary
from analysis.claims.known_truth.truths import FIRST_PAIN
from analysis.claims.library.build_up import CLAIM as BUILD_UP
from analysis.models.processes import in_processes
from analysis.study import write_atomically
from benchmarks.recovery.worlds import HERE, digest

WEEKS = 26
FIRST_SEED, FIRST_NULL_SEED, FIRST_ENDLESS_SEED = 30_000, 40_000, 95_000
ENDLESS_WORLD, ENDLESS_ATHLETES = "deep", 500
ENDLESS_ESTIMAND = next(e for e in BUILD_UP.estimands if e.outcome == FIRST_PAIN)
Told = Callable[[int], None]


def run_world(world: World, cohorts: int, n_athletes: int, jobs: int, told: Told) -> pd.DataFrame:
    """`recovery_summary` of a world."""
    seeds = range(FIRST_SEED, FIRST_SEED + cohorts)
    options = {"n_athletes": n_athletes, "n_weeks": WEEKS, "jobs": jobs, "on_progress": told}
    return recovery_summary(recovery(world, seeds, kept=_kept(world, n_athletes), **options))


def run_silence(cohorts: int, n_athletes: int, jobs: int, told: Told) -> pd.DataFrame:
    """`silence_summary` of cohorts without any effect."""
    seeds = range(FIRST_NULL_SEED, FIRST_NULL_SEED + cohorts)
    options = {"n_athletes": n_athletes, "n_weeks": WEEKS, "jobs": jobs, "on_progress": told}
    return silence_summary(recovery(NULL_WORLD, seeds, kept=_kept(NULL_WORLD, n_athletes), **options))


def run_endless(world: World, cohorts: int, jobs: int, told: Told) -> pd.DataFrame:
    """The true value (link scale) of the odds of a first pain above 3 in a world: the mean over very large cohorts."""
    seeds = range(FIRST_ENDLESS_SEED, FIRST_ENDLESS_SEED + cohorts)
    values = []
    for value in in_processes(partial(endless_estimate, world=world), list(seeds), jobs, "endless"):
        values.append(value)
        told(len(values))
    found = pd.Series(values, dtype="float64").dropna()
    row = {"world": world.name, "term": ENDLESS_ESTIMAND.term, "value": found.mean()}
    return pd.DataFrame([row | {"mc_error": found.sem(), "cohorts": len(found), "n_athletes": ENDLESS_ATHLETES}])


def endless_estimate(seed: int, *, world: World) -> float:
    """The estimate of one very large cohort."""
    alone = replace(BUILD_UP, estimands=(ENDLESS_ESTIMAND,))
    table, _ = estimated([alone], seed=seed, truth=world.truth, n_athletes=ENDLESS_ATHLETES, n_weeks=WEEKS)
    return float(table["estimate"].iloc[0])


def keep(table: pd.DataFrame, path: Path, by: Iterable[str]) -> pd.DataFrame:
    """Write `table` to `path` with those rows of the file whose `by` are not in `table`; the whole of it."""
    by = list(by)
    if path.exists():
        old = pd.read_csv(path, dtype={"why_not": "str"}, na_values={"why_not": []}, keep_default_na=True)
        again = old.set_index(by).index.isin(table.set_index(by).index)
        table = pd.concat([old[~again], table], ignore_index=True)
    table = table.sort_values(by, kind="stable", ignore_index=True)
    with write_atomically(path) as beside:
        table.round(4).to_csv(beside, index=False, lineterminator="\n")
    return table


def _kept(world: World, n_athletes: int) -> Path:
    return HERE / "runs" / f"{world.name}-{n_athletes}-{digest(world)}.csv"
