"""Bootstrap of a fitted model: outcomes simulated from it, or whole athletes drawn again, and a refit each time."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.clusters import check_nested, levels_of
from analysis.models.processes import in_processes
from analysis.models.protocol import Design
from analysis.models.rebuild import Rebuilt, check_unweighted, rebuilt
from analysis.models.refit import comparable, refit, take_rows, why_not
from analysis.models.replicates import Replicates, parameters, table_of, values
from analysis.models.result import Fit

Progress = Callable[[int, int], None]
"""Told (done, all) from time to time."""

# Replicates that one process does at a time.
_CHUNK = 20
# Counts are not drawn around means above this: numpy cannot, and no count of a person's weeks is near it.
_LARGEST_MEAN = 1e15


@dataclass(frozen=True)
class _Work:
    """What every process is given: the fit, how one replicate's design is drawn, and the seed of all."""

    fit: Fit
    draw: Callable[[np.random.Generator], Design]
    seed: int


def parametric_bootstrap(
    fit: Fit, frame: pd.DataFrame, *, n: int, seed: int, jobs: int = 1, progress: Progress | None = None
) -> Replicates:
    """Simulate new outcomes from the fit and fit them again, `n` times.

    New random effects come from N(0, `fit.random_vcov`) for every level, new outcomes from the family around the
    resulting means: Davison and Hinkley 1997, Bootstrap Methods and their Application, sec. 2.2; for mixed models
    Bates et al. 2015, J Stat Softw 67(1) (lme4's bootMer with use.u = FALSE). Rows, predictors, groups and offset
    stay as they are. Refits start at the fit's estimates.

    Parameters
    ----------
    fit : Fit
    frame : DataFrame
        The very frame it was fitted to.
    n : int
        Replicates.
    seed : int
        Same seed, same numbers, whatever `jobs`.
    jobs : int
        Processes at work.
    progress : callable, optional
        Told (done, all) from time to time.

    Returns
    -------
    Replicates

    Raises
    ------
    HiprunError
        A fit that did not converge, is of another frame, has no random effects to draw (GEE) or has prior weights
        with a family other than gaussian (its outcomes have no distribution then); `n` or `jobs` below 1, `seed`
        below 0; no replicate could be fitted.
    """
    where = "parametric_bootstrap"
    _check_numbers(where, n=n, jobs=jobs, seed=seed)
    if fit.family != "gaussian":
        check_unweighted(fit, where)
    again = rebuilt(fit, frame, where)
    if len(fit.random_vcov) < len(again.design.random):
        raise HiprunError(
            f"{where}: engine {fit.engine!r} has no random effects to draw from; use cluster_bootstrap, or another "
            "engine."
        )
    return _replicates(_Work(fit, partial(_simulated, fit, again), seed), "parametric", n, jobs, progress, where)


def cluster_bootstrap(
    fit: Fit,
    frame: pd.DataFrame,
    cluster: str,
    *,
    n: int,
    seed: int,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Replicates:
    """Draw as many whole clusters as there are, with replacement, and fit again, `n` times.

    Nothing is assumed of what happens within a cluster (Field and Welsh 2007, J R Stat Soc B 69:369; Davison and
    Hinkley 1997, sec. 3.8). An athlete drawn twice is two athletes. With few clusters, below some 30, the intervals are
    too narrow (Cameron, Gelbach and Miller 2008, Rev Econ Stat 90:414). A sample may lack a level of a category: its
    terms are then missing in that replicate (`n_missing` of the intervals counts them).

    Parameters
    ----------
    fit : Fit
    frame : DataFrame
        The very frame it was fitted to.
    cluster : str
        Column of the clusters; every level of a random group must lie within one.
    n, seed, jobs, progress
        As for `parametric_bootstrap`.

    Returns
    -------
    Replicates

    Raises
    ------
    HiprunError
        A fit that did not converge or is of another frame; `cluster` is no column, is missing in used rows, has fewer
        than two values or cuts through a random group; `n` or `jobs` below 1, `seed` below 0; no
        replicate could be fitted.
    """
    where = "cluster_bootstrap"
    _check_numbers(where, n=n, jobs=jobs, seed=seed)
    again = rebuilt(fit, frame, where)
    codes, names = levels_of(again, frame, cluster, where)
    if len(names) < 2:
        raise HiprunError(f"{where}: column {cluster!r} has {len(names)} value, expected two clusters or more.")
    check_nested(again.design, codes, cluster, where)
    members = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    work = _Work(fit, partial(_drawn, again.design, members), seed)
    return _replicates(work, f"clusters of {cluster}", n, jobs, progress, where)


def random_intervals(
    fit: Fit,
    frame: pd.DataFrame,
    *,
    n: int = 500,
    seed: int,
    level: float | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """SDs and correlations of the random effects with bias-corrected intervals of a parametric bootstrap.

    Simulated, 95 % limits of 199 replicates held the SD between 25 athletes of 4 rows (gaussian, REML) in 95.7 % of 300
    cohorts, and that between 50 athletes of 26 rows (poisson, ML) in 95.3 % of 150; plain percentiles, which follow
    the bias of the SD downwards, held it in about 91 and 89 %.

    Parameters
    ----------
    fit, frame, n, seed, jobs, progress
        As for `parametric_bootstrap`.
    level : float, optional
        Of the intervals; by default that of the fit.

    Returns
    -------
    DataFrame
        parameter ('sd' or 'corr'), group, term, estimate, std_error, ci_low, ci_high, n_replicates, n_missing; see
        `Replicates`. The SDs of a gaussian model end with group 'Residual'.

    Raises
    ------
    HiprunError
        As `parametric_bootstrap`; a model without random effects.
    """
    if not fit.random_vcov:
        raise HiprunError(f"random_intervals: {fit.formula!r} by {fit.engine} has no random effects.")
    replicates = parametric_bootstrap(fit, frame, n=n, seed=seed, jobs=jobs, progress=progress)
    table = replicates.intervals(fit.level if level is None else level)
    table = table[table["parameter"].isin(["sd", "corr"])].drop(columns="n_infinite")
    return table.sort_values("parameter", ascending=False, kind="stable", ignore_index=True)


def _check_numbers(where: str, **numbers: int) -> None:
    for name, value in numbers.items():
        least = 0 if name == "seed" else 1
        if value < least:
            raise HiprunError(f"{where}: {name} is {value}, expected {least} or more.")


def _simulated(fit: Fit, again: Rebuilt, rng: np.random.Generator) -> Design:
    """The design with outcomes drawn from the fit."""
    design = again.design
    eta = again.fixed if design.offset is None else again.fixed + design.offset
    for term, cov in zip(design.random, fit.random_vcov, strict=True):
        zero = np.zeros(len(cov))
        effects = rng.multivariate_normal(zero, cov, len(term.levels), check_valid="ignore", method="eigh")
        eta = eta + (term.z * effects[term.codes]).sum(axis=1)
    return replace(design, y=_outcomes(design, design.family.mean(eta), fit.dispersion, rng))


def _outcomes(design: Design, mean: np.ndarray, dispersion: float, rng: np.random.Generator) -> np.ndarray:
    """Outcomes (n,) of the family around `mean`; `dispersion` as in `Solution`."""
    if not (np.abs(mean) < _LARGEST_MEAN).all():
        raise HiprunError(f"parametric_bootstrap: a drawn mean is {np.abs(mean).max():.2g}, too large to draw from.")
    family = design.family.name
    if family == "gaussian":
        return rng.normal(mean, np.sqrt(dispersion / (1 if design.weights is None else design.weights)))
    if family == "binomial":
        return (rng.random(len(mean)) < mean).astype(float)
    if family == "gamma":
        return rng.gamma(1 / dispersion, mean * dispersion)
    if family == "negativebinomial":  # Poisson around gamma with mean μ and shape θ
        mean = rng.gamma(dispersion, mean / dispersion)
    return rng.poisson(mean).astype(float)


def _drawn(design: Design, members: list[np.ndarray], rng: np.random.Generator) -> Design:
    """The design on the rows of as many clusters as there are, drawn with replacement."""
    times = np.bincount(rng.integers(len(members), size=len(members)), minlength=len(members))
    drawn = [(members[at], copy) for at in np.flatnonzero(times) for copy in range(times[at])]
    rows = np.concatenate([own for own, _ in drawn])
    return take_rows(design, rows, np.concatenate([np.full(len(own), copy) for own, copy in drawn]))


def _replicates(work: _Work, kind: str, n: int, jobs: int, progress: Progress | None, where: str) -> Replicates:
    chunks = [range(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK)]
    estimates = parameters(work.fit)
    found, failed = [], Counter()
    for some in in_processes(partial(_chunk, work), chunks, jobs, where):
        for row, reason in some:
            found.append(np.full(len(estimates), np.nan) if reason else row)
            failed.update([reason] if reason else [])
        if progress is not None:
            progress(len(found), n)
    if failed.total() == n:
        raise HiprunError(f"{where}: not one of {n} replicates could be fitted: {failed.most_common(1)[0][0]}")
    return Replicates(kind, work.seed, n, dict(failed), estimates, table_of(estimates, np.array(found)))


def _chunk(work: _Work, numbers: range) -> list[tuple[np.ndarray | None, str]]:
    """Values and the reason why there are none, of each replicate; every one has its own stream of random numbers."""
    return [_one(work, np.random.SeedSequence(work.seed, spawn_key=(number,))) for number in numbers]


def _one(work: _Work, seed: np.random.SeedSequence) -> tuple[np.ndarray | None, str]:
    try:
        design = work.draw(np.random.default_rng(seed))
        solution = refit(work.fit, design)
    except HiprunError as error:
        return None, str(error)
    if not solution.converged:
        return None, why_not(solution)
    beta = comparable(work.fit, design, solution)
    return values(work.fit, beta, solution.random_cov, solution.dispersion), ""
