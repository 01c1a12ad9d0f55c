"""Predictions of a fitted model for rows it may never have seen, with intervals.

Knots, means and levels are those of the fitted rows: the model matrix of the fitted frame is built again (a `Fit` does
not keep it), checked to give back the fitted values, and its specification is applied to the new rows.
"""

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.errors import HiprunError
from analysis.models.design import Built, build
from analysis.models.families import family_named
from analysis.models.formula import parse
from analysis.models.new_rows import Rows, new_rows
from analysis.models.result import Fit, wald

_INVERSE = {"identity": lambda eta: eta, "log": np.exp, "logit": expit}
_SCALES, _ATHLETES = ("response", "link"), ("known", "new")
# The frame is not the fitted one if a fitted value is off by more than this share of their range, or of the largest.
_SAME_FIT, _ROUNDING = 1e-6, 1e-9
# A row can be predicted if its aliased columns are the combination they were in the fitted rows, to this share.
_ESTIMABLE = 1e-7


def predict(
    fit: Fit,
    frame: pd.DataFrame,
    *,
    fitted_on: pd.DataFrame,
    level: float = 0.95,
    scale: str = "response",
    athletes: str = "new",
    offset: str | None = None,
) -> pd.DataFrame:
    """The expected outcome of each row of `frame`.

    Parameters
    ----------
    fit : Fit
    frame : DataFrame
        Rows to predict, with the columns of the fixed terms, slopes and offsets; the groups only for known athletes.
    fitted_on : DataFrame
        The very frame that was fitted: splines, `scale()` and the like keep its knots and means.
    level : float
        Of the intervals.
    scale : {'response', 'link'}
        Of the estimate and the limits; `std_error` is on the link scale in both.
    athletes : {'new', 'known'}
        'new': every random effect at 0, so the outcome of a typical athlete (with a log or logit link that is the
        median athlete, not the mean over athletes). 'known': with the conditional modes of the row's groups; its
        interval is that of the fixed part only, so it is too narrow: the doubt in the modes is left out.
    offset : str, optional
        The `offset=` of the fit, if it had one; offsets in the formula are known.

    Returns
    -------
    DataFrame
        estimate, std_error, ci_low, ci_high, with the index of `frame`. With athletes='new' also new_low and
        new_high: where the expected outcome of a new athlete (of a new clinic, …) lies, the fixed part's variance plus
        z'Gz over all random terms, the variances taken as known. Both use t with the df of the row's own contrast
        (Satterthwaite or residual) where `fit.estimates` does, else z. No interval holds the scatter of single
        outcomes. Missing, not dropped: rows with a missing value, rows in which aliased terms are not the combination
        they were in the fitted rows (nothing is known of them), every row of a fit that did not converge.

    Raises
    ------
    HiprunError
        An unknown option; a column that is missing or of another kind than in the fit; a level or known athlete the
        fit has not seen; `fitted_on` (or `offset`) is not what was fitted; a spline beyond its outermost knots.

    References
    ----------
    Bates et al. 2015, J Stat Softw 67(1) (x'Vx, conditional modes); Higgins, Thompson and Spiegelhalter 2009, J R Stat
    Soc A 172:137 (a new member's interval, with t); Searle 1971, Linear Models, ch. 5 (estimable rows).
    """
    _check_options(level, scale, athletes)
    formula = parse(fit.formula)
    built = build(formula, fitted_on, family_named(fit.family), offset)
    _check_same_fit(fit, built)
    known = athletes == "known"
    usable, rows = new_rows(built, formula, offset, frame, fitted_on, known)
    table = pd.DataFrame(np.nan, index=frame.index, columns=_columns(known))
    if rows is not None and fit.converged:
        predicted = _predicted(fit, built, rows, level, known)
        if scale == "response":
            shown = [name for name in table if name != "std_error"]
            with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
                predicted[shown] = _INVERSE[fit.link](predicted[shown].to_numpy())
        table.loc[usable] = predicted.to_numpy()
    return table


def _check_options(level: float, scale: str, athletes: str) -> None:
    if not 0 < level < 1:
        raise HiprunError(f"level: found {level!r}, expected a number between 0 and 1 such as 0.95.")
    for name, value, allowed in (("scale", scale, _SCALES), ("athletes", athletes, _ATHLETES)):
        if value not in allowed:
            raise HiprunError(f"{name}: found {value!r}, expected one of {', '.join(allowed)}.")


def _columns(known: bool) -> list[str]:
    return ["estimate", "std_error", "ci_low", "ci_high", *(() if known else ("new_low", "new_high"))]


def _check_same_fit(fit: Fit, built: Built) -> None:
    """Refuse a frame that does not give back the terms, rows and fitted values of the fit."""
    same = list(built.design.terms) == list(fit.estimates["term"]) and built.index.equals(fit.fitted.index)
    if same and fit.converged:
        design = built.design
        rows = Rows(design.x, tuple(t.z for t in design.random), tuple(t.codes for t in design.random), _offset(built))
        kept = _kept(fit)
        fitted = fit.fitted.to_numpy()
        again = _INVERSE[fit.link](rows.x[:, kept] @ _beta(fit)[kept] + rows.offset + _modes(fit, built, rows))
        same = np.abs(again - fitted).max() <= _SAME_FIT * np.ptp(fitted) + _ROUNDING * np.abs(fitted).max()
    if not same:
        raise HiprunError(
            "predict: `fitted_on` does not give back the fitted values; expected the very frame that was fitted, and "
            "`offset=` if the fit had one."
        )


def _predicted(fit: Fit, built: Built, rows: Rows, level: float, known: bool) -> pd.DataFrame:
    """estimate and limits on the link scale, one row each."""
    kept = _kept(fit)
    eta = rows.x[:, kept] @ _beta(fit)[kept] + rows.offset + (_modes(fit, built, rows) if known else 0)
    x = np.where(kept, rows.x, 0.0)
    variance = _fixed_variance(fit, x)
    variance[~_estimable(built.design.x, rows.x, kept)] = np.nan
    std_error, df = np.sqrt(variance), _df(fit, x)
    limits = wald(eta, std_error, df, level)
    table = {"estimate": eta, "std_error": std_error, "ci_low": limits["ci_low"], "ci_high": limits["ci_high"]}
    if not known:
        random = [np.einsum("ni,ij,nj->n", z, g, z) for z, g in zip(rows.z, fit.random_vcov, strict=True)]
        limits = wald(eta, np.sqrt(variance + sum(random)), df, level)
        table |= {"new_low": limits["ci_low"], "new_high": limits["ci_high"]}
    predicted = pd.DataFrame(table)
    predicted.loc[np.isnan(variance), "estimate"] = np.nan
    return predicted


def _kept(fit: Fit) -> np.ndarray:
    return ~fit.estimates["term"].isin(fit.aliased).to_numpy()


def _beta(fit: Fit) -> np.ndarray:
    return fit.estimates["estimate"].to_numpy()


def _offset(built: Built) -> np.ndarray:
    return np.zeros(len(built.design.y)) if built.design.offset is None else built.design.offset


def _modes(fit: Fit, built: Built, rows: Rows) -> np.ndarray:
    """What the conditional modes add to each row (n,); the table holds one block per random term, in their order."""
    values, at, total = fit.conditional_modes["value"].to_numpy(), 0, np.zeros(len(rows.x))
    for term, z, codes in zip(built.design.random, rows.z, rows.codes, strict=True):
        size = len(term.levels) * len(term.terms)
        modes = values[at : at + size].reshape(len(term.levels), -1)
        total, at = total + (z * modes[codes]).sum(axis=1), at + size
    return total


def _fixed_variance(fit: Fit, x: np.ndarray) -> np.ndarray:
    """x'Vx (n,), NaN where a row weighs a term that has an estimate but no variance."""
    vcov = fit.vcov.to_numpy()
    unknown = np.isnan(np.diag(vcov))
    variance = np.einsum("ni,ij,nj->n", x, np.where(np.isnan(vcov), 0.0, vcov), x)
    return np.where((x[:, unknown] != 0).any(axis=1), np.nan, np.maximum(variance, 0.0))


def _estimable(fitted: np.ndarray, x: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Which rows (n,) have their aliased columns as the same combination of the kept ones as the fitted rows."""
    if kept.all():
        return np.ones(len(x), dtype=bool)
    length = np.linalg.norm(fitted[:, kept], axis=0)
    weights = np.linalg.lstsq(fitted[:, kept] / length, fitted[:, ~kept])[0] / length[:, None]
    size = np.abs(x[:, kept]) @ np.abs(weights) + np.abs(fitted[:, ~kept]).max(axis=0)
    return (np.abs(x[:, ~kept] - x[:, kept] @ weights) <= _ESTIMABLE * size).all(axis=1)


def _df(fit: Fit, x: np.ndarray) -> np.ndarray:
    """df (n,) of each row's own contrast; NaN where the test is z."""
    if fit.satterthwaite is None:
        return np.full(len(x), fit.estimates["df"].to_numpy()[_kept(fit)][0])
    rows, back = np.unique(x, axis=0, return_inverse=True)
    with np.errstate(divide="ignore", invalid="ignore"):  # a row of zeros has no variance, and no df
        return np.array([fit.satterthwaite.df(row) for row in rows])[back.ravel()]
