"""Influence: the model without each athlete, or each clinic, in turn; by refits, not by approximation."""

from functools import partial

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.bootstrap import Progress
from analysis.models.clusters import levels_of
from analysis.models.processes import in_processes
from analysis.models.protocol import Design
from analysis.models.rebuild import rebuilt
from analysis.models.refit import comparable, refit, take_rows, why_not
from analysis.models.result import Fit, wald
from analysis.models.robust import ClusterRobust

_NUMBERS = ["estimate", "change", "change_in_se", "ci_low", "ci_high", "p_value"]
# Levels that one process leaves out at a time.
_CHUNK = 10


def leave_out(
    fit: Fit,
    frame: pd.DataFrame,
    by: str,
    *,
    terms: list[str] | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The fixed effects without each level of `by` in turn.

    Splines, `scale()` and the like keep the knots and means of the whole frame, so that every term means the same
    throughout. Refits start at the fit's estimates. `change_in_se` is DFBETAS of a whole group (Belsley, Kuh and Welsch
    1980, Regression Diagnostics; Nieuwenhuis, te Grotenhuis and Pelzer 2012, R Journal 4(2):38), with the standard
    error of the fit on all rows and the opposite sign.

    Parameters
    ----------
    fit : Fit
        As `fit` returns it.
    frame : DataFrame
        The very frame it was fitted to.
    by : str
        Column whose levels are left out, such as the athlete or the clinic.
    terms : list of str, optional
        By default every term but those that the fit dropped as aliased.
    jobs : int
        Processes at work.
    progress : callable, optional
        Told (done, all) from time to time.

    Returns
    -------
    DataFrame
        One row a level and term: level, term, n_rows (of that level, left out), estimate, change (without - with),
        change_in_se, ci_low, ci_high, p_value (all without the level), converged, note. Numbers are missing, and
        `note` says why, where the refit did not converge or cannot be done and for a term that the level took with it
        (a category of its own) or that has no finite estimate without it.

    Raises
    ------
    HiprunError
        A fit that did not converge, is of another frame or has cluster-robust errors; `by` is no column, is missing in
        used rows or has one value; an unknown term; `jobs` below 1.
    """
    _check(fit, jobs)
    again = rebuilt(fit, frame, "leave_out")
    codes, levels = levels_of(again, frame, by, "leave_out")
    if len(levels) < 2:
        raise HiprunError(f"leave_out: column {by!r} has {len(levels)} value, expected two or more.")
    places = _places(fit, terms)
    chunks = [range(start, min(start + _CHUNK, len(levels))) for start in range(0, len(levels), _CHUNK)]
    tables = []
    for some in in_processes(partial(_chunk, fit, again.design, codes, places), chunks, jobs, "leave_out"):
        tables += some
        if progress is not None:
            progress(len(tables), len(levels))
    table = pd.concat(tables, ignore_index=True)
    table.insert(0, "level", np.repeat(levels.to_numpy(), len(places)))
    return table.astype({"level": "str", "term": "str", "note": "str"})


def cooks_distance(fit: Fit, left_out: pd.DataFrame) -> pd.DataFrame:
    """How far each level left out moves the fixed effects as a whole: (b - b₍ᵢ₎)'V⁻¹(b - b₍ᵢ₎) / p.

    V is the covariance of the p estimates of `fit`: Cook 1977, Technometrics 19:15; for groups of a mixed model van der
    Meer, te Grotenhuis and Pelzer 2010, Am Sociol Rev 75:173, and R's influence.ME (Nieuwenhuis et al. 2012, R Journal
    4(2):38). They look closer at a level above 4 / number of levels.

    Parameters
    ----------
    fit : Fit
    left_out : DataFrame
        `leave_out` of the same fit with all its terms.

    Returns
    -------
    DataFrame
        level, n_rows, cooks_distance (missing where a term has no estimate without the level), converged.

    Raises
    ------
    HiprunError
        `left_out` is not of every term of the fit.
    """
    terms = [term for term in fit.estimates["term"] if term not in fit.aliased]
    found = set(left_out["term"])
    if found != set(terms):
        raise HiprunError(
            f"cooks_distance: found the terms {', '.join(sorted(found))}; expected every one of {', '.join(terms)}. "
            "Give what leave_out returns without `terms`."
        )
    change = left_out.pivot_table(index="level", columns="term", values="change", sort=False, dropna=False)[terms]
    each = left_out.drop_duplicates("level")[["level", "n_rows", "converged"]].reset_index(drop=True)
    moved = change.loc[each["level"]].to_numpy()
    weighed = np.linalg.solve(fit.vcov.loc[terms, terms].to_numpy(), moved.T).T
    each.insert(2, "cooks_distance", (moved * weighed).sum(axis=1) / len(terms))
    return each


def _check(fit: Fit, jobs: int) -> None:
    if isinstance(fit.satterthwaite, ClusterRobust):
        raise HiprunError(
            f"leave_out: found a fit with cluster-robust errors ({fit.df_method}), expected one as `fit` returns it: "
            "the limits of a refit are the model's own."
        )
    if jobs < 1:
        raise HiprunError(f"leave_out: jobs is {jobs}, expected 1 or more.")


def _places(fit: Fit, terms: list[str] | None) -> np.ndarray:
    """Where the terms are among those of the fit."""
    known = [term for term in fit.estimates["term"] if term not in fit.aliased]
    unknown = [term for term in terms or [] if term not in known]
    if unknown:
        raise HiprunError(
            f"leave_out: terms: {', '.join(map(repr, unknown))} not in the model; expected some of {', '.join(known)}."
        )
    return fit.estimates.index[fit.estimates["term"].isin(known if terms is None else terms)].to_numpy()


def _chunk(fit: Fit, design: Design, codes: np.ndarray, places: np.ndarray, levels: range) -> list[pd.DataFrame]:
    return [_without(fit, design, codes != level, places) for level in levels]


def _without(fit: Fit, design: Design, kept: np.ndarray, places: np.ndarray) -> pd.DataFrame:
    """The rows of one level: the terms at `places`, fitted to the `kept` rows (n,)."""
    full = fit.estimates.loc[places]
    table = pd.DataFrame({"term": full["term"].to_numpy(), "n_rows": int((~kept).sum())})
    table[_NUMBERS], table["converged"], table["note"] = np.nan, False, ""
    part = take_rows(design, np.flatnonzero(kept))
    try:
        solution = refit(fit, part)
    except HiprunError as error:
        return table.assign(note=str(error))
    if not solution.converged:
        return table.assign(note=why_not(solution))
    beta = comparable(fit, part, solution)[places]
    note = np.select(
        [np.isnan(beta), np.isinf(beta)],
        ["not to be told from other terms without it", "no finite estimate without it"],
        "",
    )
    beta = np.where(np.isfinite(beta), beta, np.nan)
    std_error = np.sqrt(np.diag(solution.vcov))[places]
    limits = wald(beta, std_error, solution.df[places], fit.level)
    change = beta - full["estimate"].to_numpy()
    numbers = {"estimate": beta, "change": change, "change_in_se": change / full["std_error"].to_numpy(), **limits}
    return table.assign(**numbers, converged=True, note=note)
