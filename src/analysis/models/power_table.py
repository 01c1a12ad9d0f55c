"""What many replicates of an analysis add up to: power, precision, bias and coverage, each with its Monte-Carlo error.

Replicates drawn in one simulated cohort are alike, so every Monte-Carlo error is that of a mean over clusters (the
cohorts), at least that of independent replicates. Sources: Morris, White and Crowther 2019, Stat Med 38:2074
(measures); Korn and Graubard 1998, Surv Methodol 24:193 (effective number for a share in clustered data); Gelman
and Carlin 2014, Perspect Psychol Sci 9:641 (errors of sign and magnitude).
"""

import math

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import InputError

GRID = ["n_weeks", "effect", "n_athletes"]
POWER_COLUMNS = [
    *("n_athletes", "n_weeks", "effect", "n_replicates", "n_cohorts", "n_converged"),
    *("power", "power_se", "power_low", "power_high", "ci_half_width", "bias", "bias_se"),
    *("coverage", "coverage_se", "type_s", "type_m", "reason"),
]
MC_LEVEL = 0.95


def power_table(replicates: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """One row for each number of weeks, effect and number of athletes.

    Parameters
    ----------
    replicates : DataFrame
        As `power.run_replicates` gives it; `effect` is the true value on the scale of `estimate`.
    level : float
        An effect is called where p < 1 - level.

    Returns
    -------
    DataFrame
        `POWER_COLUMNS`. `n_converged`: replicates with an answer; those without count as not called, and `reason` is
        the most frequent one. `power` is the share called, with Monte-Carlo standard error and 95 % Wilson limits at
        the effective number of replicates. Of those with an answer: mean half width of the interval, mean error
        (`bias`), share of intervals that hold the effect (`coverage`). Of those called, if there is an effect:
        share with the wrong sign (`type_s`), mean of |estimate| / |effect| (`type_m`).
    """
    groups = replicates.groupby(GRID, sort=True)
    rows = [dict(zip(GRID, key, strict=True)) | _summary(group, key[1], 1 - level) for key, group in groups]
    return pd.DataFrame(rows)[POWER_COLUMNS]


def _summary(group: pd.DataFrame, effect: float, alpha: float) -> dict[str, object]:
    answered = group[group["reason"] == ""]
    without = group.loc[group["reason"] != "", "reason"]
    called = (group["reason"] == "") & (group["p_value"] < alpha)
    held = (answered["ci_low"] <= effect) & (effect <= answered["ci_high"])
    share, share_se = clustered_mean(called.astype(float), group["cohort"])
    bias, bias_se = clustered_mean(answered["estimate"] - effect, answered["cohort"])
    coverage, coverage_se = clustered_mean(held.astype(float), answered["cohort"])
    low, high = _wilson(share, share_se, len(group))
    return {
        "n_replicates": len(group),
        "n_cohorts": group["cohort"].nunique(),
        "n_converged": len(answered),
        **{"power": share, "power_se": share_se, "power_low": low, "power_high": high},
        "ci_half_width": ((answered["ci_high"] - answered["ci_low"]) / 2).mean(),
        **{"bias": bias, "bias_se": bias_se, "coverage": coverage, "coverage_se": coverage_se},
        **_wrong_called(group.loc[called, "estimate"], effect),
        "reason": without.value_counts().index[0] if len(without) else "",
    }


def clustered_mean(values: pd.Series, cluster: pd.Series) -> tuple[float, float]:
    """Mean of `values` and its standard error over clusters, at least that of independent values; NaN without any.

    SE² = C/(C-1) Σ_c (Σ_i in c (v_i - mean))² / n², C clusters (Cochran 1977, Sampling Techniques, ch. 9A).
    """
    n = len(values)
    if n < 2:
        return (float(values.mean()) if n else math.nan), math.nan
    deviation = values - values.mean()
    independent = float((deviation**2).sum()) / (n * (n - 1))
    sums = deviation.groupby(cluster.to_numpy()).sum()
    between = len(sums) / (len(sums) - 1) * float((sums**2).sum()) / n**2 if len(sums) > 1 else math.nan
    return float(values.mean()), math.sqrt(np.fmax(independent, between))


def _wilson(share: float, se: float, n: int) -> tuple[float, float]:
    """Wilson limits at the effective number p(1-p)/SE², which is n where all or none were called."""
    effective = min(n, share * (1 - share) / se**2) if se > 0 else n
    low, high = proportion_confint(share * effective, effective, alpha=1 - MC_LEVEL, method="wilson")
    return float(low), float(high)


def _wrong_called(called: pd.Series, effect: float) -> dict[str, float]:
    if effect == 0 or called.empty:
        return {"type_s": math.nan, "type_m": math.nan}
    return {"type_s": float((called * effect < 0).mean()), "type_m": float(called.abs().mean() / abs(effect))}


def athletes_needed(table: pd.DataFrame, power: float = 0.8) -> pd.DataFrame:
    """Athletes at which the simulated curve reaches `power`, for each number of weeks and effect.

    Parameters
    ----------
    table : DataFrame
        As `power_table` gives it, with two numbers of athletes or more.
    power : float
        Wanted share.

    Returns
    -------
    DataFrame
        n_weeks, effect, n_athletes, n_low, n_high: the whole number at which straight lines between the points of
        `power` first reach the wanted one, and the same for the upper (`n_low`) and lower (`n_high`) Monte-Carlo
        limits. Missing where a line starts above the wanted power or never reaches it: no number is read outside
        what was simulated.

    Raises
    ------
    InputError
        `power` is not between 0 and 1.
    """
    if not 0 < power < 1:
        raise InputError(f"athletes_needed: power is {power!r}; expected a number between 0 and 1, such as 0.8.")
    rows = []
    for (n_weeks, effect), curve in table.groupby(["n_weeks", "effect"], sort=True):
        curve = curve.sort_values("n_athletes")
        n = curve["n_athletes"].to_numpy(float)
        found = [_reaches(n, curve[c].to_numpy(), power) for c in ("power", "power_high", "power_low")]
        rows.append((n_weeks, effect, *found))
    needed = pd.DataFrame(rows, columns=["n_weeks", "effect", "n_athletes", "n_low", "n_high"])
    return needed.astype(dict.fromkeys(["n_athletes", "n_low", "n_high"], "Int64"))


def _reaches(n: np.ndarray, power: np.ndarray, wanted: float) -> int | None:
    above = np.nonzero(power >= wanted)[0]
    if not len(above) or above[0] == 0:
        return None
    k = above[0]
    crossed = n[k - 1] + (n[k] - n[k - 1]) * (wanted - power[k - 1]) / (power[k] - power[k - 1])
    return math.ceil(round(crossed, 6))
