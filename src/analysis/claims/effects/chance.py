"""From a rate per hour to how many of a hundred runners: the chance of a new injury in so many hours of running."""

import numpy as np
import pandas as pd

from analysis.claims.effects.mix import PER_H
from analysis.errors import HiprunError
from analysis.models import Fit

WEEKS = 10
_NODES = 40
RATES = {"expected": "chance_percent", "ci_low": "chance_ci_low", "ci_high": "chance_ci_high"}


def chance_of_injury(predicted: pd.DataFrame, made: Fit, hours_a_week: float, weeks: int = WEEKS) -> pd.DataFrame:
    """`predicted` with the percentage of such runners who would have one new injury or more in `weeks` weeks.

    Parameters
    ----------
    predicted : DataFrame
        expected, ci_low, ci_high: injuries per 1000 h, means over runners like these (`effects.coach.predicted_weeks`).
    made : Fit
        The model of the rate (log link) that they come from.
    hours_a_week : float
        Running, above 0.

    Returns
    -------
    DataFrame
        Adds chance_percent, chance_ci_low, chance_ci_high, weeks and hours_a_week. A runner whose rate is u times that
        of the typical one has none with chance exp(-u rate hours); the chance is averaged over log-normal u with the
        model's variances (Gauss-Hermite). Runners who differ are fewer who are ever injured than as many alike with the
        same mean rate. The rate is taken to stay as it is; variances as known. Raises `HiprunError` for hours or weeks
        not above 0, or a model that has no rate.
    """
    hours = hours_a_week * weeks
    if not (np.isfinite(hours) and hours > 0):
        raise HiprunError(
            f"chance of an injury: found {hours_a_week} h a week and {weeks} weeks; expected more than 0."
        )
    if made.link != "log":
        raise HiprunError(
            f"chance of an injury: found a model with the {made.link} link; expected one of a rate (log)."
        )
    variance = sum(float(cov.to_numpy()[0, 0]) for cov in made.random_vcov)
    chances = {to: _chance(predicted[column].to_numpy(float), variance, hours) for column, to in RATES.items()}
    return predicted.assign(**chances, weeks=weeks, hours_a_week=hours_a_week)


def _chance(per_1000_h: np.ndarray, variance: float, hours: float) -> np.ndarray:
    """Percent with one event or more, of rates whose mean is given and whose logarithms have that variance."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    typical = per_1000_h / PER_H * np.exp(-variance / 2)
    none = np.exp(-np.exp(np.sqrt(variance) * nodes)[:, None] * typical * hours)
    return 100 * (1 - weights @ none / weights.sum())
