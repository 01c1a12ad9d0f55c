"""What the fitted model leaves over: dispersion, zeros, quantile residuals, their correlation over time.

All are conditional on the fitted random effects. These are shrunken, so that with few rows per athlete dispersion
and the spread of residuals come out a little low even under the true model.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.stats.distributions import rv_frozen

from analysis.errors import HiprunError
from analysis.models.columns import group_levels
from analysis.models.compare import n_parameters
from analysis.models.families import COUNTS
from analysis.models.rebuild import check_unweighted, rebuilt
from analysis.models.result import Fit


@dataclass(frozen=True)
class Dispersion:
    """Pearson's chi2 over its df: 1 is as the model says, above 1 more spread. `p_value` is for more (one-sided)."""

    ratio: float
    chi2: float
    df: int
    p_value: float


@dataclass(frozen=True)
class ZeroInflation:
    """Zeros in the data and under the model; `ratio` is observed / expected, `z` their difference in SDs."""

    observed: int
    expected: float
    expected_sd: float
    ratio: float
    z: float


def dispersion_ratio(fit: Fit, frame: pd.DataFrame) -> Dispersion:
    """Pearson's dispersion: Σ (y - μ)² / V(μ) over rows minus parameters.

    V is μ (poisson) or μ + μ²/θ (negativebinomial). Sources: McCullagh and Nelder 1989, Generalized Linear Models;
    with the variance parameters of a mixed model counted: Bolker et al. 2009, Trends Ecol Evol 24:127. The chi2
    reference is poor when most expected counts are below 1; trust the ratio then, not p.

    Raises
    ------
    HiprunError
        Another family (gaussian and gamma estimate their dispersion; single 0/1 outcomes cannot show any), a fit with
        prior weights, one that did not converge or is of another frame.
    """
    check_counts(fit, "dispersion_ratio")
    check_unweighted(fit, "dispersion_ratio")
    y, mean = rebuilt(fit, frame, "dispersion_ratio").design.y, fit.fitted.to_numpy()
    variance = mean if fit.family == "poisson" else mean + mean**2 / fit.dispersion
    chi2 = float(((y - mean) ** 2 / variance).sum())
    df = len(y) - n_parameters(fit)
    if df < 1:
        raise HiprunError(f"dispersion_ratio: {len(y)} rows for {n_parameters(fit)} parameters leave no df.")
    return Dispersion(chi2 / df, chi2, df, float(stats.chi2.sf(chi2, df)))


def zero_inflation(fit: Fit, frame: pd.DataFrame) -> ZeroInflation:
    """Zeros observed against those the model expects, Σ P(Y = 0 | μ).

    P is exp(-μ) (poisson) or (θ / (θ + μ))^θ (negativebinomial); the SD is that of a sum of independent rows with
    the fitted means taken as known, √Σ P(1 - P), larger than the true one: the fit has followed the data.

    Raises
    ------
    HiprunError
        As `dispersion_ratio`.
    """
    check_counts(fit, "zero_inflation")
    check_unweighted(fit, "zero_inflation")
    y = rebuilt(fit, frame, "zero_inflation").design.y
    zero = distribution(fit, fit.fitted.to_numpy()).pmf(0)
    observed, expected, sd = int((y == 0).sum()), float(zero.sum()), float(np.sqrt((zero * (1 - zero)).sum()))
    return ZeroInflation(observed, expected, sd, observed / expected, (observed - expected) / sd)


def check_counts(fit: Fit, where: str) -> None:
    """Refuse a model of anything but counts."""
    if fit.family not in COUNTS:
        raise HiprunError(f"{where}: found family {fit.family!r}, expected a model of counts: {', '.join(COUNTS)}.")


def quantile_residuals(fit: Fit, frame: pd.DataFrame, *, seed: int) -> pd.Series:
    """Randomised quantile residuals: standard normal, whatever the family, if the model is right.

    Φ⁻¹(u) with u uniform between P(Y < y) and P(Y ≤ y); for a continuous outcome u = P(Y ≤ y). Source: Dunn and Smyth
    1996, J Comput Graph Stat 5:236. Here Y has the fitted mean, random effects included.

    Parameters
    ----------
    fit : Fit
    frame : DataFrame
        The frame it was fitted to.
    seed : int
        Of the random u (no effect for gaussian and gamma).

    Returns
    -------
    Series (n,)
        On the index of `fit.fitted`.

    Raises
    ------
    HiprunError
        A fit with prior weights, one that did not converge or is of another frame.
    """
    check_unweighted(fit, "quantile_residuals")
    y = rebuilt(fit, frame, "quantile_residuals").design.y
    known = distribution(fit, fit.fitted.to_numpy())
    if fit.family in ("gaussian", "gamma"):
        below, point = known.cdf(y), np.zeros(len(y))
        above = known.sf(y)
    else:
        below, point, above = known.cdf(y - 1), known.pmf(y), known.sf(y)
    share = np.random.default_rng(seed).uniform(size=len(y))
    lower, upper = below + share * point, above + (1 - share) * point
    # From the nearer tail, where no digits are lost.
    residual = np.where(lower < 0.5, stats.norm.ppf(lower), stats.norm.isf(upper))
    return pd.Series(residual, index=fit.fitted.index, name="quantile_residual")


def distribution(fit: Fit, mean: np.ndarray | float) -> rv_frozen:
    """The outcome around each `mean`, such as those of the fitted rows."""
    d = fit.dispersion
    if fit.family == "poisson":
        return stats.poisson(mean)
    if fit.family == "negativebinomial":
        return stats.nbinom(d, d / (d + mean))
    if fit.family == "binomial":
        return stats.bernoulli(mean)
    if fit.family == "gamma":
        return stats.gamma(1 / d, scale=mean * d)
    return stats.norm(mean, np.sqrt(d))


def residual_autocorrelation(
    residuals: pd.Series,
    frame: pd.DataFrame,
    *,
    athlete: str,
    week: str,
    lags: int = 4,
    n_boot: int = 499,
    level: float = 0.95,
    seed: int,
) -> pd.DataFrame:
    """The correlation of residuals of one athlete `lag` weeks apart.

    r(l) = [Σ e_t e_(t-l) / N(l)] / [Σ e² / N], sums over all athletes' pairs exactly l weeks apart, so that a missing
    week breaks pairs and shifts none (Pinheiro and Bates 2000, Mixed-Effects Models in S and S-PLUS, ch. 5). Limits
    are percentiles of a bootstrap of whole athletes. Residuals around an athlete's own fitted level are slightly
    negative for independent weeks: about -1 / weeks per athlete.

    Parameters
    ----------
    residuals : Series
        Such as `quantile_residuals`; its index picks the rows of `frame`.
    frame : DataFrame
    athlete, week : str
        Columns. `week` holds whole numbers, or dates that are whole weeks apart; one row per athlete and week.
    lags : int
        Weeks, from 1.
    n_boot : int
        Bootstrap samples.
    level : float
        Of the limits.
    seed : int

    Returns
    -------
    DataFrame
        lag, autocorrelation, std_error, ci_low, ci_high, n_pairs, n_athletes (with a pair). NaN without a pair.

    Raises
    ------
    HiprunError
        An unknown column, weeks that are not whole, two rows of one athlete and week, or fewer than two athletes.
    """
    _check_series(residuals, frame, athlete, week, lags, n_boot)
    rows = frame.loc[residuals.index]
    codes, levels = group_levels(rows[athlete], athlete)
    weeks = _whole_weeks(rows[week], week)
    table = pd.DataFrame({"athlete": codes, "week": weeks, "e": residuals.to_numpy()})
    if table.duplicated(["athlete", "week"]).any():
        raise HiprunError(
            f"residual_autocorrelation: an athlete has two rows in one {week!r}, expected one. Take legs one by one."
        )
    if len(levels) < 2:
        raise HiprunError(f"residual_autocorrelation: found {len(levels)} athlete, expected two or more.")
    draws = np.random.default_rng(seed).multinomial(len(levels), np.full(len(levels), 1 / len(levels)), size=n_boot)
    square = _sums(table["athlete"], table["e"] ** 2, len(levels))
    return pd.DataFrame([_at_lag(table, lag, square, draws, level) for lag in range(1, lags + 1)])


def _check_series(residuals: pd.Series, frame: pd.DataFrame, athlete: str, week: str, lags: int, n_boot: int) -> None:
    where = "residual_autocorrelation"
    for name in (athlete, week):
        if name not in frame.columns:
            raise HiprunError(f"{where}: the frame has no column {name!r}.")
    if not frame.index.is_unique or not residuals.index.isin(frame.index).all():
        raise HiprunError(f"{where}: the residuals' index does not pick one row of the frame each.")
    if not np.isfinite(residuals.to_numpy(dtype=float)).all():
        raise HiprunError(f"{where}: found residuals that are missing or infinite, expected numbers.")
    if lags < 1 or n_boot < 2:
        raise HiprunError(f"{where}: found lags={lags}, n_boot={n_boot}; expected at least 1 and 2.")


def _whole_weeks(column: pd.Series, name: str) -> np.ndarray:
    """The week (n,) as a whole number; dates in weeks since the first."""
    if pd.api.types.is_datetime64_any_dtype(column):
        values = ((column - column.min()) / pd.Timedelta(weeks=1)).to_numpy(dtype=float)
    elif pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
    else:
        raise HiprunError(f"column {name!r}: found {column.dtype}, expected whole numbers or dates.")
    if not (values == np.round(values)).all():
        raise HiprunError(f"column {name!r}: found weeks that are missing or not whole, expected whole weeks.")
    return values.astype(int)


def _sums(codes: pd.Series, values: pd.Series, n: int) -> np.ndarray:
    """Count and sum of `values` per athlete (2, n)."""
    return np.stack([np.bincount(codes, minlength=n), np.bincount(codes, weights=values, minlength=n)])


def _at_lag(table: pd.DataFrame, lag: int, square: np.ndarray, draws: np.ndarray, level: float) -> dict[str, float]:
    earlier = table.assign(week=table["week"] + lag)
    pairs = table.merge(earlier, on=["athlete", "week"])
    product = _sums(pairs["athlete"], pairs["e_x"] * pairs["e_y"], square.shape[1])

    def correlation(weights: np.ndarray) -> np.ndarray:
        n_pairs, total = weights @ product[0], weights @ product[1]
        n, spread = weights @ square[0], weights @ square[1]
        with np.errstate(invalid="ignore", divide="ignore"):  # a sample without a pair is missing
            return (total / n_pairs) / (spread / n)

    sampled = correlation(draws)
    sampled = sampled[np.isfinite(sampled)]
    few = len(sampled) < 2
    low, high = (np.nan, np.nan) if few else np.quantile(sampled, [(1 - level) / 2, (1 + level) / 2])
    return {
        "lag": lag,
        "autocorrelation": float(correlation(np.ones(square.shape[1]))),
        "std_error": np.nan if few else float(sampled.std(ddof=1)),
        "ci_low": float(low),
        "ci_high": float(high),
        "n_pairs": int(product[0].sum()),
        "n_athletes": int((product[0] > 0).sum()),
    }
