"""Predictions of a fitted model for rows it may never have seen, with intervals.

Knots, means and levels are those of the fitted rows: the model matrix of the fitted frame is built again (a `Fit` does
not keep it), checked to give back the fitted values, and its specification is applied to the new rows.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.families import FAMILIES
from analysis.models.modes import known_variance, working_weights
from analysis.models.new_rows import Rows, new_rows
from analysis.models.protocol import RandomTerm
from analysis.models.rebuild import Rebuilt, rebuilt
from analysis.models.result import Fit, wald

_SCALES, _ATHLETES = ("response", "link"), ("known", "new")
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
        median athlete, not the mean over athletes). 'known': with the conditional modes of the row's groups and the
        doubt in them (`modes.known_variance`).

    Returns
    -------
    DataFrame
        estimate, std_error, ci_low, ci_high, with the index of `frame`. With athletes='new' also new_low and
        new_high: where the expected outcome of a new athlete (of a new clinic, …) lies, the fixed part's variance plus
        z'Gz over all random terms, the variances taken as known (missing for GEE, which has none). Both use t with the
        df of the row's own contrast (Satterthwaite or residual) where `fit.estimates` does, else z. No interval holds
        the scatter of single outcomes. Missing, not dropped: rows with a missing value, rows in which aliased terms
        are not the combination they were in the fitted rows (nothing is known of them), every row of a fit that did
        not converge.

    Raises
    ------
    HiprunError
        An unknown option; a column that is missing or of another kind than in the fit; a level or known athlete the
        fit has not seen; `fitted_on` is not what was fitted; a spline beyond its outermost knots; a population-averaged
        fit (GEE) asked for known athletes.

    References
    ----------
    Bates et al. 2015, J Stat Softw 67(1) (x'Vx, conditional modes); Higgins, Thompson and Spiegelhalter 2009, J R Stat
    Soc A 172:137 (a new member's interval, with t); Searle 1971, Linear Models, ch. 5 (estimable rows).
    """
    _check_options(level, scale, athletes)
    if not isinstance(frame, pd.DataFrame):
        raise HiprunError(f"predict: found data of type {type(frame).__name__}, expected a pandas DataFrame.")
    known = athletes == "known"
    table = pd.DataFrame(np.nan, index=frame.index, columns=_columns(known))
    if not fit.converged:
        return table
    again = rebuilt(fit, fitted_on, "predict")
    if known and len(again.modes) < len(again.design.random):
        raise HiprunError(f"predict: engine {fit.engine!r} has no random effects; predict with athletes='new'.")
    usable, rows = new_rows(again.built, fit, frame, fitted_on, known)
    if rows is not None:
        predicted = _predicted(fit, again, rows, level, known)
        if scale == "response":
            shown = [name for name in table if name != "std_error"]
            predicted[shown] = FAMILIES[fit.family].mean(predicted[shown].to_numpy())
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


def _predicted(fit: Fit, again: Rebuilt, rows: Rows, level: float, known: bool) -> pd.DataFrame:
    """estimate and limits on the link scale, one row each."""
    kept = ~fit.estimates["term"].isin(fit.aliased).to_numpy()
    x = np.where(kept, rows.x, 0.0)
    eta = x @ np.nan_to_num(fit.estimates["estimate"].to_numpy()) + rows.offset
    if known:
        random = _random(again, rows)
        eta, variance = eta + _random_part(again, random), _known_variance(fit, again, x, random)
    else:
        variance = _fixed_variance(fit, x)
    variance[~_estimable(again.design.x, rows.x, kept)] = np.nan
    std_error, df = np.sqrt(variance), _df(fit, x)
    limits = wald(eta, std_error, df, level)
    table = {"estimate": eta, "std_error": std_error, "ci_low": limits["ci_low"], "ci_high": limits["ci_high"]}
    if not known:
        limits = wald(eta, np.sqrt(variance + _spread(fit, again, rows)), df, level)
        table |= {"new_low": limits["ci_low"], "new_high": limits["ci_high"]}
    predicted = pd.DataFrame(table)
    predicted.loc[np.isnan(variance), "estimate"] = np.nan
    return predicted


def _spread(fit: Fit, again: Rebuilt, rows: Rows) -> np.ndarray:
    """z'Gz over the random terms (n,); missing for a population-averaged fit, which does not estimate it."""
    if len(again.modes) < len(again.design.random):
        return np.full(len(rows.x), np.nan)
    parts = [np.einsum("ni,ij,nj->n", z, g, z) for z, g in zip(rows.z, fit.random_vcov, strict=True)]
    return sum(parts, start=np.zeros(len(rows.x)))


def _random(again: Rebuilt, rows: Rows) -> tuple[RandomTerm, ...]:
    """The random terms with the new rows in place of the fitted ones."""
    parts = zip(again.design.random, rows.z, rows.codes, strict=True)
    return tuple(replace(term, z=z, codes=codes) for term, z, codes in parts)


def _random_part(again: Rebuilt, random: tuple[RandomTerm, ...]) -> np.ndarray:
    """What the conditional modes add to each row (n,)."""
    parts = [(t.z * own[t.codes]).sum(axis=1) for t, own in zip(random, again.modes, strict=True)]
    return sum(parts, start=np.zeros(1))


def _known_variance(fit: Fit, again: Rebuilt, x: np.ndarray, random: tuple[RandomTerm, ...]) -> np.ndarray:
    if not random:
        return _fixed_variance(fit, x)
    design, covs = again.design, tuple(cov.to_numpy() for cov in fit.random_vcov)
    weights = working_weights(design, fit.fitted.to_numpy(), fit.dispersion)
    unknown = np.isnan(fit.vcov.to_numpy())
    variance = known_variance(design, covs, weights, np.where(unknown, 0.0, fit.vcov.to_numpy()), x, random)
    return np.where(np.isnan(_fixed_variance(fit, x)), np.nan, variance)


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
        return np.full(len(x), fit.estimates["df"].dropna().iloc[0] if fit.estimates["df"].notna().any() else np.nan)
    rows, back = np.unique(x, axis=0, return_inverse=True)
    with np.errstate(divide="ignore", invalid="ignore"):  # a row of zeros has no variance, and no df
        return np.array([fit.satterthwaite.df(row) for row in rows])[back.ravel()]
