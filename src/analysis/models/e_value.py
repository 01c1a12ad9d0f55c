"""E-values: how strong a confounder that was not measured would have to be to explain an association away.

The E-value is the risk ratio that such a confounder must at least have with both the exposure and the outcome, beyond
the measured terms, to move the estimate to no association: RR + √(RR (RR - 1)), for an RR below 1 that of 1/RR. Other
scales are first made risk ratios, approximately.

Sources: VanderWeele and Ding 2017, Ann Intern Med 167:268 (the E-value; table 2: the scales); VanderWeele 2017, Stat
Med 36:4201 (the square root of an odds ratio); Chinn 2000, Stat Med 19:3127 (log odds ratio = d π/√3, half of which is
0.91 d); Mathur, Ding, Riddell and VanderWeele 2018, Epidemiology 29:e45 (R's EValue).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.contrast import contrast
from analysis.models.design import INTERCEPT
from analysis.models.families import FAMILIES
from analysis.models.rebuild import rebuilt
from analysis.models.result import Fit

# Up to this share of the rows an outcome is rare: its odds ratio is about its risk ratio (VanderWeele and Ding 2017).
RARE = 0.15
# The log risk ratio of one standard deviation (VanderWeele and Ding 2017, table 2).
_LOG_RISK_RATIO_PER_SD = 0.91
_RATIOS = ("risk ratio", "rate ratio", "ratio of means", "odds ratio, rare outcome")
_COMMON = "odds ratio, common outcome"
_DIFFERENCE = "standardised difference"
SCALES = (*_RATIOS, _COMMON, _DIFFERENCE)


@dataclass(frozen=True)
class EValue:
    """The E-value of an `estimate` and of the limit of its interval nearest to no association, `limit`.

    `scale` is what was given, one of `SCALES`; `risk_ratio`, `ci_low` and `ci_high` the same as (approximate) risk
    ratios. `limit` is 1 where the interval holds no association: no confounding is needed to move it there.
    """

    estimate: float
    limit: float
    scale: str
    risk_ratio: float
    ci_low: float
    ci_high: float


def e_value(estimate: float, ci_low: float, ci_high: float, scale: str = "risk ratio") -> EValue:
    """The E-value of an estimate with its interval.

    Parameters
    ----------
    estimate, ci_low, ci_high : float
        On `scale`: ratios, not their logarithms; a difference in standard deviations of the outcome.
    scale : str
        'risk ratio', 'rate ratio' (counts), 'ratio of means' (outcomes above 0) and 'odds ratio, rare outcome' (up to
        15 % of the rows) count as risk ratios; 'odds ratio, common outcome' as its square root; 'standardised
        difference' d as exp(0.91 d). VanderWeele and Ding 2017, table 2.

    Raises
    ------
    HiprunError
        An unknown scale, a missing number, a ratio of 0 or below, limits that do not hold the estimate.
    """
    if scale not in SCALES:
        raise HiprunError(f"e_value: found scale {scale!r}, expected one of {', '.join(SCALES)}.")
    given = np.array([estimate, ci_low, ci_high], dtype=float)
    found = f"found a {scale} of {estimate:g} ({ci_low:g} to {ci_high:g})"
    if np.isnan(given).any() or not ci_low <= estimate <= ci_high:
        raise HiprunError(f"e_value: {found}, expected an estimate between its limits.")
    if scale != _DIFFERENCE and (estimate <= 0 or ci_low < 0):
        raise HiprunError(f"e_value: {found}, expected ratios above 0. If these are logarithms, take exp of them.")
    with np.errstate(over="ignore"):  # an infinite limit is not the one nearest 1, unless the interval holds 1
        risk, low, high = map(float, _risk_ratios(given, scale))
    if not 0 < risk < np.inf:
        raise HiprunError(f"e_value: {found}, which is no finite risk ratio. Give the effect of a smaller change.")
    limit = 1.0 if low <= 1 <= high else _explained(low if low > 1 else high)
    return EValue(_explained(risk), limit, scale, risk, low, high)


def _risk_ratios(given: np.ndarray, scale: str) -> np.ndarray:
    if scale == _DIFFERENCE:
        return np.exp(_LOG_RISK_RATIO_PER_SD * given)
    return np.sqrt(given) if scale == _COMMON else given


def _explained(risk_ratio: float) -> float:
    """RR + √(RR (RR - 1)) of the ratio, turned round if below 1."""
    ratio = max(risk_ratio, 1 / risk_ratio)
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def e_value_of(fit: Fit, weights: str | Mapping[str, float], frame: pd.DataFrame) -> EValue:
    """The E-value of a term of a fit, or of a contrast such as "per +30 minutes a week".

    The scale follows from the family. poisson and negativebinomial: rate ratio. gamma: ratio of means. binomial: odds
    ratio, of a rare outcome if it is 1 in up to 15 % of the used rows, else of a common one. gaussian: the difference
    over the standard deviation of the outcome in all used rows, between athletes and within them: with the smaller
    within-athlete one the E-value would be larger. A dose has no natural unit: the E-value is that of the change named
    in `weights`, larger for a larger change.

    Parameters
    ----------
    fit : Fit
        A converged fit.
    weights : str or mapping of term to weight
        A term (per unit), or as for `contrast`.
    frame : DataFrame
        The frame it was fitted to.

    Raises
    ------
    HiprunError
        As `contrast`; the fit did not converge; another frame; the intercept; no standard error.
    """
    outcome = rebuilt(fit, frame, "e_value_of").design.y
    weights = {weights: 1.0} if isinstance(weights, str) else dict(weights)
    row = contrast(fit, weights)
    if weights.get(INTERCEPT, 0) != 0:
        raise HiprunError("e_value_of: found the intercept, which is no association; expected other terms.")
    numbers = row[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
    if np.isnan(numbers).any():
        named = ", ".join(weights)
        raise HiprunError(f"e_value_of: {named} has no estimate or no standard error; see the fit's messages.")
    scale = _scale(fit, outcome)
    with np.errstate(over="ignore"):
        on_scale = numbers / outcome.std(ddof=1) if scale == _DIFFERENCE else np.exp(numbers)
    return e_value(*map(float, on_scale), scale=scale)


def _scale(fit: Fit, outcome: np.ndarray) -> str:
    if fit.family == "binomial":
        return "odds ratio, rare outcome" if outcome.mean() <= RARE else _COMMON
    if fit.family == "gaussian":
        return _DIFFERENCE
    return "rate ratio" if FAMILIES[fit.family].ratio == "IRR" else "ratio of means"
