"""The same model on other numbers: new outcomes, other rows, rows drawn again. Fast, since nothing is read anew."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.models.design import check_size
from analysis.models.door import solve
from analysis.models.families import check_outcome
from analysis.models.protocol import Design, RandomTerm, Solution, Start
from analysis.models.result import Fit

# An estimate whose standard error is this many times that of the fit runs off to infinity (separation).
_INFINITE = 100
# A column takes part in an exact combination if it weighs more than this in it.
_WEIGHS = 1e-6


def refit(fit: Fit, design: Design) -> Solution:
    """Fit `design`, of the terms of `fit`, by the engine and criterion of `fit`, starting at its estimates.

    Raises `HiprunError` for a design that `fit` would refuse (an outcome that never varies, too few rows or groups) or
    the engine cannot fit; a solution may be one that did not converge.
    """
    check_outcome(design.y, "refitted", design.family)
    check_size(design, "refit")
    start = Start(
        fit.estimates["estimate"].to_numpy(), tuple(cov.to_numpy() for cov in fit.random_vcov), fit.dispersion
    )
    return solve(fit.engine, design, fit.method == "REML", start)


def why_not(solution: Solution) -> str:
    """In a few words, why a refit is no result; empty if it is one."""
    if solution.converged:
        return ""
    severe = [m.removeprefix("severe: ").split(". ")[0] for m in solution.messages if m.startswith("severe: ")]
    return ": ".join(["the refit did not converge", *severe[:1]])


def comparable(fit: Fit, design: Design, solution: Solution) -> np.ndarray:
    """The estimates (p,) of a refit on `design` as far as they mean what those of `fit` do.

    NaN: the term cannot be told from others on these rows. With a level of a category gone that is the level's own
    term; with the reference level gone all of its terms and the intercept, since an engine would quietly take another
    reference. ±inf: no finite estimate (separation), told by a standard error 100 times that of `fit`.
    """
    before, now = fit.estimates["estimate"].isna().to_numpy(), solution.aliased
    beta = np.where(before | now, np.nan, solution.beta)
    if (now != before).any():
        # Terms the fit dropped stay dropped, unless the refit dropped others in their place.
        columns = ~before if (now | ~before).all() else np.ones(len(now), dtype=bool)
        unknown = max(int(now[columns].sum()), int(before[columns].sum()))
        beta[np.flatnonzero(columns)[_combined(design.x[:, columns], unknown)]] = np.nan
    std_error = np.sqrt(np.diag(solution.vcov))
    gone = std_error > _INFINITE * fit.estimates["std_error"].to_numpy()
    return np.where(gone & ~np.isnan(beta), np.copysign(np.inf, beta), beta)


def _combined(x: np.ndarray, unknown: int) -> np.ndarray:
    """Which columns (p,) take part in one of the `unknown` exact combinations of them that are 0."""
    length = np.linalg.norm(x, axis=0)
    _, _, directions = np.linalg.svd(x / np.where(length > 0, length, 1), full_matrices=False)
    return (np.abs(directions[len(directions) - unknown :]) > _WEIGHS).any(axis=0)


def take_rows(design: Design, rows: np.ndarray, copies: np.ndarray | None = None) -> Design:
    """The design on `rows` (m,), positions that may repeat; levels of a group without a row are left out.

    `copies` (m,) tells drawings of one level apart: rows with another number there belong to another level, so that an
    athlete drawn twice is two athletes.
    """
    return replace(
        design,
        y=design.y[rows],
        x=design.x[rows],
        random=tuple(_taken(term, rows, copies) for term in design.random),
        offset=None if design.offset is None else design.offset[rows],
        weights=None if design.weights is None else design.weights[rows],
    )


def _taken(term: RandomTerm, rows: np.ndarray, copies: np.ndarray | None) -> RandomTerm:
    codes, names = term.codes[rows], term.levels
    if copies is not None:
        n = len(term.levels)
        codes = copies * n + codes
        kept, codes = np.unique(codes, return_inverse=True)
        names = pd.Index([f"{names[at % n]} #{at // n}" for at in kept], dtype=object)
    else:
        kept, codes = np.unique(codes, return_inverse=True)
        names = names[kept]
    return replace(term, codes=codes, levels=names, z=term.z[rows])
