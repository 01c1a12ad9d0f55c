"""What the cohorts of `known_truth.recovery` say: bias, coverage and power of each estimand, and from which size on.

Monte Carlo errors are those of Morris, White and Crowther 2019, Stat Med 38:2074, table 6.
"""

import math

import numpy as np
import pandas as pd
from scipy.stats import norm

LARGEST_BIAS, LARGEST_BIAS_SE = 0.10, 0.1
COVERAGE = (0.92, 0.98)
"""A claim is recovered with a bias below 10 % of the truth or 0.1 standard errors, and a coverage within these."""
POWER = 0.80
MC_ERRORS = float(norm.ppf(0.975))
"""What lies beyond a limit by less than so many Monte Carlo errors is not shown to lie beyond it."""
RECOVERED, WITHIN_ERROR = "recovered", "recovered within Monte Carlo error"
BIASED, TOO_NARROW, TOO_WIDE = "biased", "covers too little", "covers too often"
NOT_ESTIMATED, TOO_FEW = "not estimated", "too few cohorts to say"
LARGEST_MC_ERROR = 2.0
"""A bias known no better than to this many times its limit, 1.96 Monte Carlo errors each way, says nothing: a limit of
0.1 standard errors takes about 100 cohorts."""
KEY = ["world", "n_athletes", "claim", "term", "scale"]


def recovery_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """How each estimand of `recovery.recovery` did, by world and size; the results of several may be joined.

    Returns
    -------
    DataFrame
        world, n_athletes, claim, term, scale; n (cohorts with an estimate), n_without, why_not (the most frequent
        reason); on the link scale truth (mean over the cohorts), mean_estimate, median_estimate, bias and
        bias_mc_error (that of the truth included), bias_percent (of the truth), bias_se (in std_error), std_error
        (median), sd_estimates, median_df; coverage, power (the share of cohorts whose interval holds no 0 and lies on
        the side of the truth; where that is 0, on either side), each with its Monte Carlo error; verdict.

        verdict: 'recovered' with a bias below 10 % of the truth or 0.1 std_error and a coverage of 92 to 98 %;
        'recovered within Monte Carlo error' where what is beyond these limits is so by less than 1.96 Monte Carlo
        errors; else which of 'biased', 'covers too little' and 'covers too often' it is, beyond that; 'too few cohorts
        to say' where none of these is shown and the bias is not known well enough (`LARGEST_MC_ERROR`); 'not estimated'
        where less than half of the cohorts, or fewer than two, have an estimate.
    """
    found = [dict(zip(KEY, key, strict=True)) | _performance(group) for key, group in rows.groupby(KEY, sort=False)]
    return pd.DataFrame(found)


def _performance(group: pd.DataFrame) -> dict[str, object]:
    used = group[group["estimate"].notna()]
    n, sd = len(used), used["estimate"].std()
    truth, error = group["truth"].mean(), group["truth_mc_error"].mean()
    bias, std_error = (used["estimate"] - used["truth"]).mean(), used["std_error"].median()
    clear = used["side"] == np.sign(truth) if truth else used["side"] != 0
    found = {
        "n": n,
        "n_without": len(group) - n,
        "why_not": "".join(group.loc[group["estimate"].isna(), "why_not"].mode()[:1]),
        "truth": truth,
        "mean_estimate": used["estimate"].mean(),
        "median_estimate": used["estimate"].median(),
        "bias": bias,
        "bias_mc_error": math.hypot(sd / math.sqrt(n), error) if n else math.nan,
        "bias_percent": 100 * bias / truth if truth else math.nan,
        "bias_se": bias / std_error,
        "std_error": std_error,
        "sd_estimates": sd,
        "median_df": used["df"].median(),
    }
    for name, yes in (("coverage", used["covered"]), ("power", clear)):
        share = yes.astype("float64").mean()
        found |= {name: share, f"{name}_mc_error": math.sqrt(share * (1 - share) / n) if n else math.nan}
    return found | {"verdict": _verdict(found)}


def _verdict(found: dict[str, object]) -> str:
    n = found["n"]
    if n < 2 or n < found["n_without"]:
        return NOT_ESTIMATED
    limit = max(LARGEST_BIAS * abs(found["truth"]), LARGEST_BIAS_SE * found["std_error"])
    low, high = COVERAGE
    beyond = {  # how far beyond its limit each is, and the Monte Carlo error of that
        BIASED: (abs(found["bias"]) - limit, found["bias_mc_error"]),
        TOO_NARROW: (low - found["coverage"], math.sqrt(low * (1 - low) / n)),
        TOO_WIDE: (found["coverage"] - high, math.sqrt(high * (1 - high) / n)),
    }
    failed = [name for name, (by, error) in beyond.items() if by > MC_ERRORS * error]
    if failed:
        return ", ".join(failed)
    if MC_ERRORS * found["bias_mc_error"] > LARGEST_MC_ERROR * limit:
        return TOO_FEW
    return RECOVERED if all(by <= 0 for by, _ in beyond.values()) else WITHIN_ERROR


def smallest_size(summary: pd.DataFrame) -> pd.DataFrame:
    """From which size of cohort on each estimand is recovered, of the sizes in a `recovery_summary`.

    Returns
    -------
    DataFrame
        world, claim, term, scale, truth; sizes (those judged); recovered_from: the smallest of them from which on, at
        every larger one too, the verdict is 'recovered' or that within Monte Carlo error; missing where it is not so
        at the largest. power_80_from: athletes for a power of 80 % at this truth, from the standard error at the
        largest size with one, which falls as one over the root of the athletes: (z(0.975) + z(0.8))² standard errors
        squared over the truth squared (the normal approximation); missing where nothing is true.
    """
    return pd.DataFrame([_size(key, group) for key, group in summary.groupby(["world", "claim", "term"], sort=False)])


def _size(key: tuple[str, str, str], group: pd.DataFrame) -> dict[str, object]:
    by_size = group.sort_values("n_athletes")
    good = by_size["verdict"].isin([RECOVERED, WITHIN_ERROR])
    from_here = good[::-1].cummin()[::-1]
    known = by_size[by_size["std_error"].notna()]
    last = known.iloc[-1] if len(known) else None
    needed = math.nan
    if last is not None and last["truth"] != 0:
        needed = last["n_athletes"] * ((MC_ERRORS + norm.ppf(POWER)) * last["std_error"] / last["truth"]) ** 2
    return dict(zip(("world", "claim", "term"), key, strict=True)) | {
        "scale": group["scale"].iloc[0],
        "truth": by_size["truth"].iloc[-1],
        "sizes": ", ".join(str(n) for n in by_size["n_athletes"]),
        "recovered_from": by_size.loc[from_here, "n_athletes"].min(),
        "power_80_from": math.ceil(needed) if math.isfinite(needed) else math.nan,
    }
