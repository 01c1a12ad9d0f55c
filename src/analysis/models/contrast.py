"""Contrasts: weighted sums of the fixed effects, such as "per +30 minutes a week"."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.result import Fit, wald


def contrast(fit: Fit, weights: Mapping[str, float]) -> pd.Series:
    """The weighted sum of terms with its uncertainty, on the link scale.

    Parameters
    ----------
    fit : Fit
    weights : mapping of term to weight
        `{"mob": 30}` is 30 times the effect of one unit of mob; terms not named weigh 0.

    Returns
    -------
    Series
        estimate, std_error, ci_low, ci_high, p_value, df, scale ('link'). A gaussian mixed model has
        Satterthwaite's df of this very contrast (J Stat Softw 82(13), eq. 5 to 8), a linear model its residual
        df, a cluster-robust fit that of `robust.ClusterRobust`; df is NaN where the test is z. NaN throughout if
        the fit did not converge or a term is aliased.

    Raises
    ------
    HiprunError
        A term the model does not have, or a weight that is not finite.
    """
    terms = list(fit.estimates["term"])
    unknown = [term for term in weights if term not in terms]
    if unknown or not weights:
        found = ", ".join(map(repr, unknown)) or "no term"
        raise HiprunError(f"contrast: found {found}, expected terms of the model: {', '.join(terms)}.")
    row = np.array([float(weights.get(term, 0)) for term in terms])
    if not np.isfinite(row).all() or not row.any():
        raise HiprunError(f"contrast: found weights {dict(weights)}, expected finite numbers, not all 0.")
    used = row != 0
    # An aliased or unconverged term has no estimate, and makes the sum missing.
    estimate = float(row[used] @ fit.estimates["estimate"].to_numpy()[used])
    variance = float(row[used] @ fit.vcov.to_numpy()[np.ix_(used, used)] @ row[used])
    std_error, df = np.sqrt(variance), _df(fit, row)
    limits = wald(np.array(estimate), np.array(std_error), np.array(df), fit.level)
    numbers = {"estimate": estimate, "std_error": std_error, **limits, "df": df}
    return pd.Series({name: float(value) for name, value in numbers.items()} | {"scale": "link"})


def _df(fit: Fit, row: np.ndarray) -> float:
    if fit.estimates["estimate"][row != 0].isna().any():
        return np.nan
    if fit.satterthwaite is not None:
        return fit.satterthwaite.df(row)
    # Without Satterthwaite every term has the same df: the residual one, or none (z).
    return float(fit.estimates["df"].to_numpy()[row != 0][0])
