"""A fitted model as the linear model it is close to: what a sandwich needs of its rows.

Near the fitted values an outcome of any family is y ≈ μ + (dμ/dη) (Xδ + Z(b - b̂)) + error, with a variance that the
family gives: a linear mixed model whose columns are X and Z times the slope dμ/dη. For a gaussian model this is the
model itself. Source: Breslow and Clayton 1993, J Am Stat Assoc 88:9, sec. 2.1 (their working vector, times the slope).
"""

from dataclasses import dataclass

import numpy as np

from analysis.errors import HiprunError
from analysis.models.modes import working_weights
from analysis.models.rebuild import Rebuilt
from analysis.models.result import Fit

# The frame is not the fitted one if the outcome asks for other estimates, or other conditional modes, by more than
# this share of a standard error, or of the SD of the random effects.
_SAME_FIT = 1e-3
# Eigenvalues below this share of the largest are 0: directions that one cluster alone determines.
NULL = 1e-10


@dataclass(frozen=True)
class Linearised:
    """The linear model of the used rows, on the scale of the outcome.

    `x` (n, p) are the fixed columns, those of aliased terms left out, and `loadings` the columns (n, q) of each random
    term times the square root of its covariance, both times the slope; `residual` (n,) = y - μ + slope · Zb̂, the
    outcome less its fixed part; `variance` (n,) that of the error. The covariance of the outcomes of one group is
    diag(variance) + LL', L being its loadings.
    """

    x: np.ndarray
    loadings: tuple[np.ndarray, ...]
    residual: np.ndarray
    variance: np.ndarray


def linearised(fit: Fit, rows: Rebuilt) -> Linearised:
    """The linear model near `fit`, on its `rows`."""
    design, fitted = rows.design, fit.fitted.to_numpy()
    slope = design.family.slope(fitted)
    kept = fit.estimates["estimate"].notna().to_numpy()
    modes = sum(
        ((term.z * own[term.codes]).sum(axis=1) for term, own in zip(design.random, rows.modes, strict=True)),
        start=np.zeros(len(fitted)),
    )
    weights = working_weights(design, fitted, fit.dispersion)
    with np.errstate(divide="ignore", invalid="ignore"):  # a fitted chance of 0 or 1 leaves no error
        variance = np.where(weights > 0, slope**2 / weights, 0.0)
    return Linearised(
        x=slope[:, None] * design.x[:, kept],
        loadings=tuple(
            slope[:, None] * (term.z @ symmetric_power(cov.to_numpy(), 0.5))
            for term, cov in zip(design.random, fit.random_vcov, strict=True)
        ),
        residual=design.y - fitted + slope * modes,
        variance=variance,
    )


def pearson_scaled(model: Linearised) -> Linearised:
    """The model with every row divided by the SD of its error, which is 1 then: the same estimates, and a CR2
    adjustment that is worked out where the random effects are instead of row by row."""
    size = np.where(model.variance > 0, np.sqrt(model.variance), 1.0)
    return Linearised(
        x=model.x / size[:, None],
        loadings=tuple(columns / size[:, None] for columns in model.loadings),
        residual=model.residual / size,
        variance=np.ones(len(size)),
    )


def check_outcome_is_fitted(fit: Fit, rows: Rebuilt, model: Linearised, score: np.ndarray) -> None:
    """Refuse a frame with another outcome than the fitted one, which its fitted values cannot tell.

    The conditional modes solve b = GZ'W (y - μ) / slope, whatever the family. `score` (m,), X'V⁻¹ (y - Xb) in standard
    errors, is 0 in a gaussian model and in any without random effects; with them, Laplace estimates are only close to
    that.
    """
    off = [np.abs(score)] if fit.family == "gaussian" or not any(np.any(own) for own in rows.modes) else []
    error = np.where(model.variance > 0, rows.design.y - fit.fitted.to_numpy(), 0.0)
    error /= np.where(model.variance > 0, model.variance, 1.0)
    for term, cov, columns, own in zip(rows.design.random, fit.random_vcov, model.loadings, rows.modes, strict=True):
        sums = np.zeros((len(term.levels), columns.shape[1]))
        np.add.at(sums, term.codes, columns * error[:, None])
        again = sums @ symmetric_power(cov.to_numpy(), 0.5)
        sd = np.sqrt(np.diag(cov))
        off.append(np.abs(again - own)[:, sd > 0] / sd[sd > 0])
    furthest = max((float(part.max()) for part in off if part.size), default=0.0)
    if furthest > _SAME_FIT:
        raise HiprunError(
            f"cluster_robust: the outcome in this frame asks for estimates that are {furthest:.2g} standard errors or "
            "random-effect SDs from those of the fit; expected the very frame that was fitted."
        )


def symmetric_power(matrix: np.ndarray, power: float) -> np.ndarray:
    """A power of a symmetric positive semidefinite matrix; for a negative one its Moore-Penrose inverse is taken.

    Eigenvalues below 1e-10 of the largest count as 0.
    """
    values, vectors = np.linalg.eigh(matrix)
    positive = values > NULL * max(values[-1], 0)
    powers = np.where(positive, np.where(positive, values, 1.0) ** power, 0.0)
    return (vectors * powers) @ vectors.T
