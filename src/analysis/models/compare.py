"""Fits against each other: likelihood-ratio and Wald tests, AIC and BIC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import HiprunError
from analysis.models.families import COUNTS
from analysis.models.protocol import Satterthwaite
from analysis.models.rebuild import check_converged, formula_of
from analysis.models.result import Fit

# A larger model this far below the smaller one in log-likelihood has not reached its optimum.
_BELOW = 1e-3
# Gains in log-likelihood below the engines' accuracy are none: the estimate lies on the boundary.
_NO_GAIN = 1e-5
# A negative binomial with a shape above this is a Poisson model. The glmm engine stops at 1e4, where its likelihood may
# still be a little below the Poisson one that it approaches.
_POISSON_SHAPE = 1e3
_DENSITIES = ("gaussian", "gamma")


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test: `chi2` on `df` more parameters; `reference` says which distribution gave `p_value`."""

    chi2: float
    df: int
    p_value: float
    reference: str


@dataclass(frozen=True)
class WaldTest:
    """A joint test that `terms` are all 0. `distribution` is 'F' (df, df_residual) or 'chi2' (df; residual NaN)."""

    terms: tuple[str, ...]
    statistic: float
    df: int
    df_residual: float
    p_value: float
    distribution: str


def n_parameters(fit: Fit) -> int:
    """Fixed effects, variance parameters and an estimated dispersion: what AIC counts."""
    check_converged(fit, "n_parameters")
    if not np.isfinite(fit.loglik):
        raise HiprunError(f"n_parameters: {fit.formula!r} by {fit.engine} has no likelihood (found {fit.loglik}).")
    return round((fit.aic + 2 * fit.loglik) / 2)


def likelihood_ratio(small: Fit, large: Fit) -> LikelihoodRatio:
    """Test `small` against `large`, in which it is nested: 2 (l_large - l_small).

    With one variance more in `large` (a random intercept or slope, or Poisson against negative binomial) the null
    hypothesis lies on the boundary of what is possible, and the reference is the equal mixture of chi2 with df - 1
    and df (Self and Liang 1987, J Am Stat Assoc 82:605; Stram and Lee 1994, Biometrics 50:1171): for one
    variance alone, chi2 0 and 1. With more than one new variance its weights depend on the data; the chi2 with df is
    then used, whose p is too large, never too small.

    Parameters
    ----------
    small, large : Fit
        Fits of one outcome, family (or Poisson in negative binomial) and set of rows. Terms are told by name: every
        term of `small` must be one of `large`.

    Returns
    -------
    LikelihoodRatio

    Raises
    ------
    HiprunError
        A fit did not converge; other rows, outcome, offset, engine's criterion or family; REML fits with different
        fixed terms; `small` is not nested in `large`; `large` has the lower likelihood.
    """
    _check_alike([small, large], "likelihood_ratio")
    _check_nested(small, large)
    df = n_parameters(large) - n_parameters(small)
    gain = large.loglik - small.loglik
    if df <= 0:
        raise HiprunError(f"likelihood_ratio: the larger model has {df} parameters more, expected 1 or more.")
    is_poisson = small.family != large.family and large.dispersion > _POISSON_SHAPE
    if gain < -_BELOW and not is_poisson:
        raise HiprunError(
            f"likelihood_ratio: the larger model's log-likelihood is {-gain:.4g} below that of the smaller one; it "
            "cannot be at its optimum. Fit it again, or with another engine."
        )
    chi2 = 2 * gain if gain > _NO_GAIN else 0.0
    bounded = len(_variances(large) - _variances(small)) + (small.family != large.family)
    p_value, reference = _reference(chi2, df, bounded)
    if small.singular:
        reference += "; the smaller model is singular itself, so that this is approximate"
    return LikelihoodRatio(chi2, df, p_value, reference)


def _reference(chi2: float, df: int, bounded: int) -> tuple[float, str]:
    """p and its reference distribution with `bounded` parameters that cannot be negative among the `df`."""
    upper = float(stats.chi2.sf(chi2, df))
    if bounded == 0:
        return upper, f"chi2 with {df} df"
    if bounded > 1:
        return upper, f"chi2 with {df} df, conservative: {bounded} of the parameters are on their boundary"
    # The chi2 with 0 df is the point 0.
    lower = float(stats.chi2.sf(chi2, df - 1)) if df > 1 else float(chi2 <= 0)
    return (lower + upper) / 2, f"equal mixture of chi2 with {df - 1} and {df} df (Self and Liang 1987)"


def _variances(fit: Fit) -> set[tuple[str, str]]:
    """The random terms (group, term), each of which has one variance."""
    table = fit.random_effects
    return {(r.group, r.term) for r in table.itertuples() if r.group != "Residual"}


def _check_nested(small: Fit, large: Fit) -> None:
    if small.family != large.family and (small.family, large.family) != COUNTS:
        raise HiprunError(
            f"likelihood_ratio: found families {small.family!r} in {large.family!r}, expected one family, or "
            "'poisson' in 'negativebinomial'."
        )
    extra = sorted(_estimated(small) - _estimated(large))
    extra += sorted(f"({term} | {group})" for group, term in _variances(small) - _variances(large))
    if extra:
        raise HiprunError(
            f"likelihood_ratio: the smaller model has {', '.join(extra)}, which the larger one has not; expected "
            "nested models. Compare these by AIC (`information`)."
        )


def _estimated(fit: Fit) -> set[str]:
    return set(fit.estimates["term"]) - set(fit.aliased)


def _check_alike(fits: Sequence[Fit], where: str) -> None:
    """Refuse fits whose likelihoods are not of the same data and criterion."""
    for fit in fits:
        check_converged(fit, where)
        n_parameters(fit)  # refuses a fit without a likelihood
    first = fits[0]
    for fit in fits[1:]:
        if not fit.fitted.index.equals(first.fitted.index):
            raise HiprunError(
                f"{where}: found fits of {first.n_obs} and {fit.n_obs} rows that are not the same rows, expected the "
                "same. Fit both on the rows complete in every column of either."
            )
        if _given(fit) != _given(first):
            raise HiprunError(
                f"{where}: {first.formula!r} and {fit.formula!r} have not the same outcome, offset and weights."
            )
        if fit.method != first.method or (fit.method == "REML" and _estimated(fit) != _estimated(first)):
            raise HiprunError(
                f"{where}: found {first.method} and {fit.method} fits with other fixed terms or criteria; REML "
                "likelihoods compare only with the same fixed terms. Fit both with reml=False."
            )


def _given(fit: Fit) -> tuple[str, tuple[str, ...], str | None]:
    """The outcome, the offsets and the weights, in the names of the columns."""
    formula = formula_of(fit)
    offsets = tuple(sorted(map(formula.columns.name, formula.offsets)))
    return formula.columns.name(formula.response), offsets, fit.weights


def wald_test(fit: Fit, terms: Sequence[str]) -> WaldTest:
    """Test that `terms` are all 0, with the fit's own degrees of freedom.

    F = b'V⁻¹b / q. With Satterthwaite's df V is taken apart into q independent contrasts, each with its own df v;
    F then has E / (E - q) · 2 df, E = Σ v / (v - 2) (Kuznetsova, Brockhoff and Christensen 2017, J Stat Softw 82(13),
    sec. 2; Fai and Cornelius 1996, J Stat Comput Simul 54:363). A linear model has its residual df; where the fit
    tests with z it is chi2 with q df.

    Parameters
    ----------
    fit : Fit
    terms : sequence of str
        Names in `fit.estimates`, such as the levels of a category or a product with its parts.

    Raises
    ------
    HiprunError
        The fit did not converge; a term is unknown, aliased, without a standard error, or named twice; several terms of
        a cluster-robust fit, whose joint test needs another approximation (Pustejovsky and Tipton 2018).
    """
    check_converged(fit, "wald_test")
    terms = tuple(terms)
    b, v = _chosen(fit, terms)
    q = len(terms)
    statistic = float(b @ np.linalg.solve(v, b))
    df = _residual_df(fit, terms, v)
    if np.isnan(df):
        return WaldTest(terms, statistic, q, np.nan, float(stats.chi2.sf(statistic, q)), "chi2")
    return WaldTest(terms, statistic / q, q, df, float(stats.f.sf(statistic / q, q, df)), "F")


def _chosen(fit: Fit, terms: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Estimates (q,) and covariance (q, q) of the terms."""
    known = set(fit.estimates["term"]) - set(fit.aliased)
    wrong = [term for term in terms if term not in known]
    if wrong or not terms or len(set(terms)) < len(terms):
        found = ", ".join(map(repr, wrong or terms)) or "no term"
        raise HiprunError(
            f"wald_test: found {found}, expected one or more estimated terms, each once: {', '.join(sorted(known))}."
        )
    v = fit.vcov.loc[list(terms), list(terms)].to_numpy()
    if np.isnan(v).any():
        raise HiprunError(f"wald_test: a term among {', '.join(terms)} has no standard error (see the fit's messages).")
    return fit.estimates.set_index("term")["estimate"].loc[list(terms)].to_numpy(), v


def _residual_df(fit: Fit, terms: tuple[str, ...], v: np.ndarray) -> float:
    table = fit.estimates.set_index("term")["df"]
    if fit.satterthwaite is None or len(terms) == 1:
        return float(table.loc[terms[0]])
    if not isinstance(fit.satterthwaite, Satterthwaite):
        raise HiprunError("wald_test: a cluster-robust fit tests one term or contrast at a time, found several.")
    weights = np.zeros((len(terms), len(table)))
    weights[np.arange(len(terms)), [table.index.get_loc(term) for term in terms]] = 1
    dfs = np.array([fit.satterthwaite.df(row) for row in np.linalg.eigh(v)[1].T @ weights])
    return _joint_df(dfs)


def _joint_df(dfs: np.ndarray) -> float:
    """The df of the mean of independent squared t with `dfs` (q,), as lmerTest has it; 2 is its lower limit."""
    if np.ptp(dfs) < 1e-8 * dfs.mean():
        return float(dfs.mean())
    if (dfs <= 2).any():
        return 2.0
    expected = (dfs / (dfs - 2)).sum()
    return float(2 * expected / (expected - len(dfs)))


def information(fits: Mapping[str, Fit]) -> pd.DataFrame:
    """AIC and BIC of fits to the same rows, best AIC first.

    Parameters
    ----------
    fits : mapping of name to Fit
        One outcome and offset, the same rows; REML only with the same fixed terms. Families of counts (poisson,
        negativebinomial) may stand beside each other, and so may gaussian and gamma: likelihoods of one kind.

    Returns
    -------
    DataFrame
        model, n_parameters, loglik, aic, bic, delta_aic (to the best), weight (Akaike's, sums to 1: Burnham and
        Anderson 2002, Model Selection, sec. 2.9).

    Raises
    ------
    HiprunError
        As `likelihood_ratio`, but the models need not be nested.
    """
    if not fits:
        raise HiprunError("information: found no fit, expected one or more.")
    _check_alike(list(fits.values()), "information")
    if len({fit.family in _DENSITIES for fit in fits.values()}) > 1:
        raise HiprunError("information: a density (gaussian, gamma) does not compare with a probability of counts.")
    rows = [(name, n_parameters(f), f.loglik, f.aic, f.bic) for name, f in fits.items()]
    table = pd.DataFrame(rows, columns=["model", "n_parameters", "loglik", "aic", "bic"])
    delta = table["aic"] - table["aic"].min()
    weight = np.exp(-delta / 2)
    table = table.assign(delta_aic=delta, weight=weight / weight.sum())
    return table.sort_values("aic", kind="stable", ignore_index=True)
