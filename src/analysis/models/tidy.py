"""Fits as rows of results, the form in which numbers reach the report."""

import numpy as np
import pandas as pd

from analysis.models.design import INTERCEPT
from analysis.models.families import FAMILIES
from analysis.models.result import ESTIMATE_COLUMNS, Fit

TIDY_COLUMNS = ["model", *ESTIMATE_COLUMNS, "n_obs", "n_athletes", "converged", "singular"]


def tidy(fit: Fit, model: str) -> pd.DataFrame:
    """One row per term and scale: link and then ratio scale; without one, "mean" and "difference".

    Parameters
    ----------
    fit : Fit
    model : str
        What the model is called in the report.

    Returns
    -------
    DataFrame
        model, term, estimate, std_error, ci_low, ci_high, p_value, df, scale, n_obs, n_athletes (levels of the
        group `athlete_id` or `athlete`, missing without one), converged, singular.
    """
    if FAMILIES[fit.family].ratio:
        parts = [fit.estimates, fit.response_estimates]
    else:
        is_mean = fit.estimates["term"] == INTERCEPT
        parts = [fit.estimates.assign(scale=np.where(is_mean, "mean", "difference"))]
    table = pd.concat(parts, ignore_index=True)
    athletes = fit.n_groups.get("athlete_id", fit.n_groups.get("athlete", np.nan))
    table = table.assign(
        model=model,
        n_obs=fit.n_obs,
        n_athletes=athletes,
        converged=fit.converged,
        singular=fit.singular,
    )
    return table[TIDY_COLUMNS]
