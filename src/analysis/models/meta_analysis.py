"""Random-effects meta-analysis: estimates of several cohorts as one, and where a further cohort is expected."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2
from scipy.stats import t as student

from analysis.errors import HiprunError

FEW = 5
"""Below this many estimates the result comes with a caution."""
NO_ESTIMATE = "no estimate"
ROUNDING = 1e-9
_GRID = np.concatenate(([0.0], np.geomspace(1e-9, 1.0, 240)))


@dataclass(frozen=True, eq=False)
class PooledStudies:
    """Estimates of k studies pooled by a random-effects model, y_i = mu + u_i + e_i, u ~ (0, tau2), e_i ~ (0, v_i).

    Attributes
    ----------
    labels, estimates, variances, weights : tuple of str, and arrays (k,)
        The studies pooled. Weights are 1 / (v_i + tau2) as shares of 1.
    estimate, std_error, ci_low, ci_high, df, p_value : float
        mu with limits at `level`, by Hartung and Knapp with the ad hoc rule (below), t with k - 1 df.
    hk_std_error, hk_low, hk_high : float
        The same without the ad hoc rule; narrower where the estimates lie closer together than chance lets expect.
    prediction_low, prediction_high : float
        Where the true value of one further study is expected, t with k - 2 df; NaN for two studies.
    tau2, tau2_low, tau2_high : float
        Variance of the true values between studies (REML), limits by the Q-profile; 0 and 0 where even tau2 = 0
        makes the estimates too much alike for `level`.
    i2 : float
        Share of the variance of an estimate that lies between studies, 0 to 1: tau2 / (tau2 + v), with v the typical
        variance of an estimate (Higgins and Thompson 2002, Stat Med 21:1539, eq. 9).
    q, q_p_value : float
        Cochran's Q of homogeneity with its p value, chi-squared with k - 1 df.
    converged : bool
        Whether tau2 was found; else every number of the result is NaN.
    left_out : tuple of (label, reason)
        Studies that gave no estimate.
    cautions : tuple of str
        What a reader must know; empty if nothing.
    """

    labels: tuple[str, ...]
    estimates: np.ndarray
    variances: np.ndarray
    weights: np.ndarray
    level: float
    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    df: int
    p_value: float
    hk_std_error: float
    hk_low: float
    hk_high: float
    prediction_low: float
    prediction_high: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    q: float
    q_p_value: float
    converged: bool
    left_out: tuple[tuple[str, str], ...]
    cautions: tuple[str, ...]


def pool_studies(
    estimates: Sequence[float],
    variances: Sequence[float],
    labels: Sequence[str] | None = None,
    level: float = 0.95,
) -> PooledStudies:
    """Pool estimates of several studies, each with its squared standard error, by REML with Hartung-Knapp limits.

    The interval is mu ± t(k-1) sqrt(max(1, q) / W) with W the sum of w_i = 1 / (v_i + tau2) and
    q = sum w_i (y_i - mu)² / (k-1) (Hartung and Knapp 2001, Stat Med 20:3875; IntHout, Ioannidis and Borm 2014, BMC Med
    Res Methodol 14:25). The ad hoc rule max(1, q) keeps it from being narrower than with q = 1; Röver, Knapp and Friede
    2015 (BMC Med Res Methodol 15:99) recommend it for few studies of unequal precision, which is what clinics are. The
    plain interval is given too. The prediction interval is mu ± t(k-2) sqrt(tau2 + std_error²) (Higgins, Thompson and
    Spiegelhalter 2009, J R Stat Soc A 172:137, eq. 12; with this standard error Partlett and Riley 2017, Stat Med
    36:301); metafor takes k-1 df. Variances are taken as known, as in all these.

    Parameters
    ----------
    estimates, variances : arrays (k,)
        On a scale where estimates are about normal (of ratios: their logarithms), variances in its unit squared. A
        missing estimate is listed in `left_out`.
    labels : sequence of str, optional
        Names of the studies; default "1", "2", ….
    level : float
        Of all intervals, between 0 and 1.

    Returns
    -------
    PooledStudies

    Raises
    ------
    HiprunError
        For fewer than two estimates, an infinite estimate, a variance that is not above 0 and finite, unequal
        lengths, doubled labels or a level outside (0, 1).
    """
    names, y, v, left_out = _checked(estimates, variances, labels, level)
    tau2, converged = reml_tau2(y, v)
    k, total = len(y), np.sum(1 / (v + tau2))
    weights = 1 / (v + tau2) / total
    mu = float(np.sum(weights * y))
    scale = float(np.sum((y - mu) ** 2 / (v + tau2)) / (k - 1))
    numbers = {
        "estimate": mu,
        **_limits(mu, np.sqrt(max(1.0, scale) / total), k, level),
        **{f"hk_{name}": value for name, value in _plain(mu, np.sqrt(scale / total), k, level).items()},
        **_prediction(mu, tau2 + max(1.0, scale) / total, k, level),
        **heterogeneity(y, v, tau2, level),
        "tau2": tau2,
    }
    cautions = _cautions(k, scale, numbers, converged)
    if not converged:
        numbers, weights = dict.fromkeys(numbers, np.nan), np.full(k, np.nan)
    plain = {name: float(value) for name, value in numbers.items()}
    return PooledStudies(
        names, y, v, weights, level, **plain, df=k - 1, converged=converged, left_out=left_out, cautions=cautions
    )


def reml_tau2(estimates: np.ndarray, variances: np.ndarray) -> tuple[float, bool]:
    """The restricted maximum likelihood estimate of tau2 (0 or above), and whether it was found.

    The score, y'PPy - tr P (Viechtbauer 2005, J Educ Behav Stat 30:261), is searched for its zeros over every value
    that can be the maximum, and of several maxima the highest is taken. Beyond s² + sqrt(s² max(v)), with s² the
    variance of the estimates, the score is negative: y'PPy <= s² (k-1) / (min(v) + tau2)² and
    tr P >= (k-1) / (max(v) + tau2).

    Parameters
    ----------
    estimates, variances : arrays (k,)
        Finite, k >= 2; variances above 0.
    """
    s2 = float(np.var(estimates, ddof=1))
    most = s2 + np.sqrt(s2 * variances.max())
    if most == 0:
        return 0.0, True
    y, v = (estimates - estimates.mean()) / np.sqrt(most), variances / most
    scores = _score(_GRID, y, v)
    tops = np.flatnonzero((scores[:-1] > 0) & (scores[1:] <= 0))
    found = [brentq(_score, *_GRID[i : i + 2], args=(y, v), xtol=1e-16, full_output=True, disp=False) for i in tops]
    candidates = [0.0, *(root for root, _ in found)]
    best = max(candidates, key=lambda tau2: _restricted_loglik(tau2, y, v))
    return float(best * most), all(report.converged for _, report in found)


def heterogeneity(estimates: np.ndarray, variances: np.ndarray, tau2: float, level: float) -> dict[str, float]:
    """Cochran's Q with its p value, I² of `tau2`, and the Q-profile limits of tau2.

    The limits are the tau2 at which Q(tau2) = sum w_i(tau2) (y_i - mu(tau2))² is the upper and lower
    (1 - level) / 2 quantile of chi-squared with k - 1 df (Viechtbauer 2007, Stat Med 26:37).
    """
    k, w = len(estimates), 1 / variances
    q = float(_q_of(0.0, estimates, variances))
    typical = (k - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
    tail = (1 - level) / 2
    low, high = (_profile(chi2.isf(p, k - 1), estimates, variances) for p in (tail, 1 - tail))
    return {
        "q": q,
        "q_p_value": float(chi2.sf(q, k - 1)),
        "i2": float(tau2 / (tau2 + typical)),
        "tau2_low": low,
        "tau2_high": high,
    }


def _checked(
    estimates: Sequence[float], variances: Sequence[float], labels: Sequence[str] | None, level: float
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, tuple[tuple[str, str], ...]]:
    y, v = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    names = [str(i + 1) for i in range(y.size)] if labels is None else [str(label) for label in labels]
    if y.ndim != 1 or not y.shape == v.shape == (len(names),):
        raise HiprunError(
            f"pool_studies: found {y.shape} estimates, {v.shape} variances and {len(names)} labels; expected as many "
            "of each. Fix: pass one of each a study."
        )
    if len(set(names)) < len(names):
        raise HiprunError("pool_studies: found a label twice; expected one a study. Fix: name every study once.")
    if not 0 < level < 1:
        raise HiprunError(f"pool_studies: found level={level}; expected a share between 0 and 1, such as 0.95.")
    there = ~np.isnan(y)
    wrong = there & ~(np.isfinite(y) & np.isfinite(v) & (v > 0))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise HiprunError(
            f"pool_studies: {names[i]}: found the estimate {y[i]} with variance {v[i]}; expected finite numbers and a "
            "variance above 0. Fix: leave the study out, and say so."
        )
    if there.sum() < 2:
        raise HiprunError(
            f"pool_studies: found {int(there.sum())} estimates; expected two or more. Fix: report the study alone."
        )
    kept = tuple(name for name, is_there in zip(names, there, strict=True) if is_there)
    left_out = tuple((name, NO_ESTIMATE) for name, is_there in zip(names, there, strict=True) if not is_there)
    return kept, y[there], v[there], left_out


def _score(tau2: float | np.ndarray, y: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The score of the restricted likelihood, times 2, at each tau2."""
    w = 1 / (v + np.asarray(tau2)[..., None])
    total = w.sum(axis=-1)
    mu = (w * y).sum(axis=-1) / total
    trace = total - (w**2).sum(axis=-1) / total
    return (w**2 * (y - mu[..., None]) ** 2).sum(axis=-1) - trace


def _restricted_loglik(tau2: float, y: np.ndarray, v: np.ndarray) -> float:
    """Up to a constant (Viechtbauer 2005, eq. 15)."""
    w = 1 / (v + tau2)
    return float(0.5 * (np.log(w).sum() - np.log(w.sum()) - _q_of(tau2, y, v)))


def _q_of(tau2: float, y: np.ndarray, v: np.ndarray) -> float:
    w = 1 / (v + tau2)
    return float(np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2))


def _profile(wanted: float, y: np.ndarray, v: np.ndarray) -> float:
    """The tau2 at which Q is `wanted`; Q falls with tau2. 0 where Q(0) is less."""
    if _q_of(0.0, y, v) <= wanted:
        return 0.0
    squares = float(np.sum((y - y.mean()) ** 2))  # Q(tau2) < squares / tau2
    found = brentq(lambda share: _q_of(share * squares, y, v) - wanted, 0.0, 2 / wanted, xtol=1e-16, maxiter=500)
    return float(found * squares)


def _limits(mu: float, std_error: float, k: int, level: float) -> dict[str, float]:
    p_value = 2 * student.sf(abs(mu) / std_error, k - 1)
    plain = _plain(mu, std_error, k, level)
    return {"std_error": std_error, "ci_low": plain["low"], "ci_high": plain["high"], "p_value": p_value}


def _plain(mu: float, std_error: float, k: int, level: float) -> dict[str, float]:
    half = student.isf((1 - level) / 2, k - 1) * std_error
    return {"std_error": std_error, "low": mu - half, "high": mu + half}


def _prediction(mu: float, variance: float, k: int, level: float) -> dict[str, float]:
    half = student.isf((1 - level) / 2, k - 2) * np.sqrt(variance) if k > 2 else np.nan
    return {"prediction_low": mu - half, "prediction_high": mu + half}


def _cautions(k: int, scale: float, numbers: dict[str, float], converged: bool) -> tuple[str, ...]:
    if not converged:
        return ("The variance between cohorts was not found, so there is no pooled result.",)
    said = []
    if k < FEW:
        more = " No prediction interval can be given from two." if k == 2 else ""
        said.append(f"Only {k} cohorts are pooled: how far cohorts differ is hardly known from so few.{more}")
    if k > 2 and numbers["tau2"] == 0 < numbers["tau2_high"]:
        said.append(
            "No difference between cohorts was found beyond chance (τ = 0), but these cohorts cannot exclude one: the "
            "prediction interval may be too narrow."
        )
    if scale < 1 - ROUNDING:
        said.append(
            "The interval of the mean is kept as wide as the standard errors and the spread of the cohorts call for; "
            "Hartung and Knapp's formula alone would make it narrower (hk_low and hk_high in the tables)."
        )
    return tuple(said)
