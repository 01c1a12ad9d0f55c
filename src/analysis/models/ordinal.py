"""The ordinal check of a pain model: pain of 0 to 10 as ordered categories, whose steps need not be alike.

Proportional odds, P(pain > c) = logit⁻¹(x'β - ζ_c) for every cut c, without a random effect: rows of one athlete are
taken as independent for the estimates (maximum likelihood, as R's polr), and the standard errors hold though they are
not. Like those of a GEE the odds ratios are population-averaged: nearer 1 than those of a mixed model (ordinal::clmm).

Sources: McCullagh 1980, J R Stat Soc B 42:109 (proportional odds); Lumley 1996, Biometrics 52:354 (as estimating
equations for repeated outcomes, statsmodels' OrdinalGEE); `sandwich.py` for the standard errors.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from analysis.errors import HiprunError
from analysis.models.design import INTERCEPT, Built, build
from analysis.models.engine_statsmodels import independent_columns
from analysis.models.families import family_named
from analysis.models.formula import parse
from analysis.models.protocol import RandomTerm
from analysis.models.result import ESTIMATE_COLUMNS, wald
from analysis.models.sandwich import Sandwich, bias_reduced, doubts
from analysis.models.separation import SEPARATED, is_extreme, is_separated
from analysis.models.statsmodels_lmm import spread, spread_square

# An outcome with more values than this is no rating; time grows with their cube.
MAX_LEVELS = 21
_MAX_STEPS = 200
# AttributeError: what OrdinalGEE makes of a GEE without a result.
_FAILURES = (np.linalg.LinAlgError, ValueError, ArithmeticError, AttributeError, PerfectSeparationError)
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class OrdinalFit:
    """A proportional-odds model. If it did not converge its numbers are NaN and `messages` say why.

    Attributes
    ----------
    estimates : DataFrame
        term, estimate (log odds ratio of being above any cut, per unit), std_error, ci_low, ci_high, p_value, df,
        scale ('link'): as `Fit.estimates`. A term that is an exact combination of others is NaN.
    thresholds : DataFrame
        above (a value of the outcome), estimate: log odds of an outcome above it where all terms are 0.
    vcov : DataFrame
        Covariance of the estimates, terms × terms.
    categories : tuple of float
        The values of the outcome, in order.
    n_obs, n_clusters, n_dropped, dropped
        Rows used, clusters, rows left out, missing values by column.
    """

    formula: str
    cluster: str
    level: float
    estimates: pd.DataFrame
    thresholds: pd.DataFrame
    vcov: pd.DataFrame
    categories: tuple[float, ...]
    n_obs: int
    n_clusters: int
    n_dropped: int
    dropped: dict[str, int]
    converged: bool
    messages: tuple[str, ...]
    df_method: str

    @property
    def odds_ratios(self) -> pd.DataFrame:
        """The estimates exponentiated, scale 'OR': the odds of more pain, at any cut. std_error by the delta method."""
        table = self.estimates.copy()
        for name in ["estimate", "ci_low", "ci_high"]:
            table[name] = np.exp(table[name])
        return table.assign(std_error=table["std_error"] * table["estimate"], scale="OR")


def fit_ordinal(formula: str, frame: pd.DataFrame, *, level: float = 0.95) -> OrdinalFit:
    """Proportional-odds model of a rating, with robust errors by the group of its random intercept.

    Parameters
    ----------
    formula : str
        As for `fit`, with exactly one random intercept, which names the clusters: `pain ~ mob*stab + (1 | athlete)`.
        The outcome is a column of 3 to 21 different numbers, of which only the order counts. No offset.
    frame : DataFrame
        One row per observation; rows with a missing value in a used column are dropped and counted.
    level : float
        Of the intervals.

    Returns
    -------
    OrdinalFit
        Estimates of maximum likelihood as if rows were independent; standard errors by Mancl and DeRouen 2001, tested
        with t on clusters minus terms (cuts not counted: they are no terms).

    Raises
    ------
    HiprunError
        As `fit`; other than one random intercept, an offset, no intercept, too few or many values of the outcome, no
        more clusters than terms.
    """
    if not 0 < level < 1:
        raise HiprunError(f"level: found {level!r}, expected a number between 0 and 1 such as 0.95.")
    built = build(parse(formula), frame, family_named("gaussian"))
    term, values = _checked(built, formula)
    kept = independent_columns(built.design.x)
    kept[built.design.terms.index(INTERCEPT)] = False  # the cuts are in its place
    _check_clusters(term, int(kept.sum()))
    beta, cuts, sandwich, why = _estimate(built, term, kept)
    estimates, vcov = _tables(built, term, kept, beta, sandwich, level)
    return OrdinalFit(
        formula=formula,
        cluster=term.group,
        level=level,
        estimates=estimates,
        thresholds=pd.DataFrame({"above": values[:-1], "estimate": cuts}),
        vcov=vcov,
        categories=tuple(values.tolist()),
        n_obs=len(built.design.y),
        n_clusters=len(term.levels),
        n_dropped=built.n_dropped,
        dropped=built.dropped,
        converged=not why,
        messages=(why,) if why else _messages(built, kept, sandwich, term),
        df_method=f"clusters - terms, Mancl-DeRouen by {term.group}",
    )


def _tables(
    built: Built, term: RandomTerm, kept: np.ndarray, beta: np.ndarray, sandwich: Sandwich, level: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The estimates and their covariance for every term but the intercept."""
    df = np.where(sandwich.alone, np.nan, float(len(term.levels) - kept.sum()))
    vcov = spread_square(sandwich.vcov, kept)
    columns = {"term": built.design.terms, "estimate": spread(beta, kept), "std_error": np.sqrt(np.diag(vcov))}
    columns |= {"df": spread(df, kept), "scale": "link"}
    columns |= wald(columns["estimate"], columns["std_error"], columns["df"], level)
    table = pd.DataFrame(columns)[ESTIMATE_COLUMNS]
    own = (table["term"] != INTERCEPT).to_numpy()
    names = list(table["term"][own])
    return table[own].reset_index(drop=True), pd.DataFrame(vcov[np.ix_(own, own)], index=names, columns=names)


def _checked(built: Built, formula: str) -> tuple[RandomTerm, np.ndarray]:
    """The clusters and the values of the outcome."""
    design = built.design
    if len(design.random) != 1 or design.random[0].terms != (INTERCEPT,):
        found = ", ".join(f"({' + '.join(term.terms)} | {term.group})" for term in design.random) or "no random term"
        raise HiprunError(
            f"fit_ordinal: found {found} in {formula!r}; expected exactly one random intercept such as (1 | athlete), "
            "which names the clusters (of nested groups the largest)."
        )
    if design.offset is not None or INTERCEPT not in design.terms or len(design.terms) < 2:
        raise HiprunError(
            f"fit_ordinal: {formula!r} must have an intercept (the cuts take its place), another term and no offset."
        )
    values = np.unique(design.y)
    if not 3 <= len(values) <= MAX_LEVELS:
        raise HiprunError(
            f"fit_ordinal: the outcome has {len(values)} different values, expected 3 to {MAX_LEVELS} categories. Use "
            "fit(family='binomial') for two, fit(family='gaussian') for a measurement."
        )
    return design.random[0], values


def _check_clusters(term: RandomTerm, p: int) -> None:
    if len(term.levels) <= p:
        raise HiprunError(
            f"fit_ordinal: found {len(term.levels)} levels of {term.group!r} for {p} terms, expected more: robust "
            "errors rest on the spread between clusters. Leave terms out."
        )


def _estimate(built: Built, term: RandomTerm, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, Sandwich, str]:
    """Estimates (p,) of the kept columns, cuts, their sandwich, and why there are none (else empty)."""
    design = built.design
    scale = np.sqrt(np.square(design.x[:, kept]).mean(axis=0))
    model = sm.OrdinalGEE(design.y, design.x[:, kept] / scale, groups=term.codes)
    cuts, p = model.exog.shape[1] - len(scale), len(scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every doubt they voice is looked for below
        try:
            result = model.fit(maxiter=_MAX_STEPS, ctol=_TOLERANCE * len(design.y))
            sandwich = bias_reduced(model)
            solved = bool(result.converged)
        except _FAILURES:
            solved = False
    if not solved or is_extreme(np.concatenate([mean for mean, _ in model.cached_means]), "binomial"):
        if _is_separated(model, cuts):
            return _nothing(p, cuts, SEPARATED)
        if not solved:
            return _nothing(p, cuts, "severe: The likelihood equations had no solution near the start.")
    own = slice(cuts, None)
    vcov = sandwich.vcov[own, own] / np.outer(scale, scale)
    return result.params[own] / scale, result.params[:cuts], Sandwich(vcov, sandwich.alone[own]), ""


def _is_separated(model: sm.OrdinalGEE, cuts: int) -> bool:
    """Whether a sum of columns separates the categories: the likelihood of a row grows with the distance to the two
    cuts beside it, so only these count."""
    above = model.endog.reshape(-1, cuts)
    beside = np.zeros_like(above, dtype=bool)
    category = above.sum(axis=1).astype(int)
    rows = np.arange(len(above))
    beside[rows[category < cuts], category[category < cuts]] = True
    beside[rows[category > 0], category[category > 0] - 1] = True
    return is_separated(model.exog[beside.ravel()], model.endog[beside.ravel()], "binomial")


def _nothing(p: int, cuts: int, why: str) -> tuple[np.ndarray, np.ndarray, Sandwich, str]:
    sandwich = Sandwich(np.full((p, p), np.nan), np.zeros(p, dtype=bool))
    return np.full(p, np.nan), np.full(cuts, np.nan), sandwich, why


def _messages(built: Built, kept: np.ndarray, sandwich: Sandwich, term: RandomTerm) -> tuple[str, ...]:
    terms = list(zip(built.design.terms, kept, strict=True))
    aliased = [name for name, is_used in terms if not is_used and name != INTERCEPT]
    return (
        "note: Population-averaged odds ratios: nearer 1 than in a mixed model by definition, not for want of effect.",
        *(f"caution: {name} is an exact combination of other terms. It was dropped." for name in aliased),
        *doubts([name for name, is_used in terms if is_used], sandwich, term.group, len(term.levels)),
    )
