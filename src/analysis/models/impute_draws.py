"""Draws of the parameters of an imputer, and of missing values given them.

statsmodels' `imputation.mice.MICEData` was read and not used: its matching predicts donors and recipients with the
same drawn coefficients (type 2 of van Buuren 2018, sec. 3.4.2), its residual variance is not drawn, no column can be a
function of others inside its chain (an athlete's mean, the week before), and every cell is filled, expected or not.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import expit

from analysis.errors import HiprunError

DONORS = 5
"""Rows of which one gives its value in predictive mean matching (van Buuren 2018, sec. 3.4.3)."""
# Directions of the standardised predictors with less than this share of the largest variance are no predictors.
_NULL = 1e-8
_NEWTON_STEPS = 50
# Newton's method stands where its step is far below a standard error: this is the square of that share.
_CLOSE = 1e-10


@dataclass(frozen=True)
class Draw:
    """Coefficients (1 + p,) of a regression, intercept first: the `estimate`, and one `drawn` from the posterior."""

    estimate: np.ndarray
    drawn: np.ndarray


@dataclass(frozen=True)
class _Axes:
    """The principal axes of p predictors: `scores` (n, r) = (x - centre) @ rotation, uncorrelated, of mean 0."""

    centre: np.ndarray
    rotation: np.ndarray
    scores: np.ndarray

    def coefficients(self, intercept: float, slopes: np.ndarray) -> np.ndarray:
        """Those of the axes (r,) as those of the predictors (1 + p,)."""
        own = self.rotation @ slopes
        return np.r_[intercept - self.centre @ own, own]


def _axes(x: np.ndarray) -> _Axes:
    centre, sd = x.mean(axis=0), x.std(axis=0)
    varies = np.flatnonzero(sd > _NULL * (1 + np.abs(centre)))
    z = (x[:, varies] - centre[varies]) / sd[varies]
    values, vectors = np.linalg.eigh(z.T @ z)
    kept = vectors[:, values > _NULL * values.max(initial=0)]
    rotation = np.zeros((x.shape[1], kept.shape[1]))
    rotation[varies] = kept / sd[varies, None]
    return _Axes(centre, rotation, z @ kept)


def _df(n: int, rank: int, name: str) -> int:
    """The residual degrees of freedom; HiprunError if there are none."""
    if n - rank - 1 < 1:
        raise HiprunError(
            f"column {name!r}: {n} rows with a value for {rank} independent predictors in its imputer; expected more "
            "rows. Leave it out of `columns`, or impute for a model with fewer terms."
        )
    return n - rank - 1


def draw_linear(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, name: str) -> Draw:
    """A draw from the posterior of a linear regression under the usual flat prior.

    s² = RSS / χ²(n - r - 1) and b = b̂ + s (X'X)^-½ z: Rubin 1987, Multiple Imputation, p. 167; van Buuren 2018,
    algorithm 3.1. Predictors that are combinations of others get no weight of their own.
    """
    axes = _axes(x)
    n, rank = axes.scores.shape
    df = _df(n, rank, name)
    size = np.square(axes.scores).sum(axis=0)
    intercept, slopes = y.mean(), axes.scores.T @ y / size
    residual = y - intercept - axes.scores @ slopes
    sigma = np.sqrt(residual @ residual / rng.chisquare(df))
    drawn = slopes + sigma * rng.normal(size=rank) / np.sqrt(size)
    moved = intercept + sigma * rng.normal() / np.sqrt(n)
    return Draw(axes.coefficients(intercept, slopes), axes.coefficients(moved, drawn))


def draw_logistic(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, name: str) -> Draw:
    """A draw from the normal approximation to the posterior of a logistic regression (van Buuren 2018, algorithm 3.4).

    A few rows of small weight, half a standard deviation to either side on every axis, once 0 and once 1, keep it
    finite where the values are separated: White, Daniel and Royston 2010, Comput Stat Data Anal 54:2267; their weight
    is that of R's mice.
    """
    axes = _axes(x)
    n, rank = axes.scores.shape
    _df(n, rank, name)
    step = np.diag(axes.scores.std(axis=0)) / 2
    extra = np.vstack([step, step, -step, -step])
    design = np.column_stack([np.ones(n + 4 * rank), np.vstack([axes.scores, extra])])
    outcome = np.r_[y, np.tile(np.repeat([0.0, 1.0], rank), 2)]
    weights = np.r_[np.ones(n), np.full(4 * rank, (rank + 1) / max(4 * rank, 1))]
    found, precision = _logistic(design, outcome, weights, name)
    drawn = found + solve_triangular(np.linalg.cholesky(precision).T, rng.normal(size=len(found)))
    return Draw(*(axes.coefficients(b[0], b[1:]) for b in (found, drawn)))


def _logistic(x: np.ndarray, y: np.ndarray, weights: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Maximum likelihood by Newton's method: coefficients (k,) and their information (k, k).

    statsmodels' GLM gives the same (a test holds this) in 200 ms a fit, which a chain of hundreds cannot wait for.
    """
    found = np.zeros(x.shape[1])
    for _ in range(_NEWTON_STEPS):
        mean = expit(x @ found)
        precision = x.T @ (x * (weights * mean * (1 - mean))[:, None])
        step = np.linalg.solve(precision, x.T @ (weights * (y - mean)))
        # No linear predictor moves by more than 5 at once: further out, every weight may vanish.
        found = found + step * min(1.0, 5 / np.abs(x @ step).max(initial=1e-300))
        if step @ precision @ step < _CLOSE:
            return found, precision
    raise HiprunError(
        f"column {name!r}: the logistic regression of its imputer did not converge on {len(y)} rows and "
        f"{x.shape[1] - 1} independent predictors. Leave it out of `columns`, or impute for a model with fewer terms."
    )


@dataclass(frozen=True)
class Donors:
    """Rows with a value, sorted by what the regression expects of them."""

    expected: np.ndarray
    answers: np.ndarray


def donors(expected: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> Donors:
    """Donors in the order of `expected` (n,), by the estimated coefficients; ties in random order."""
    order = rng.permutation(len(expected))
    order = order[np.argsort(expected[order], kind="stable")]
    return Donors(expected[order], values[order])


def match(pool: Donors, expected: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The value of one of the `DONORS` nearest rows for each of `expected` (k,), by the drawn coefficients.

    Predictive mean matching of type 1: Little 1988, J Bus Econ Stat 6:287; van Buuren 2018, algorithm 3.3.
    """
    count = len(pool.answers)
    nearest = min(DONORS, count)
    left = np.clip(np.searchsorted(pool.expected, expected) - nearest, 0, max(count - 2 * nearest, 0))
    window = left[:, None] + np.arange(min(2 * nearest, count))
    distance = np.abs(pool.expected[window] - expected[:, None])
    chosen = np.argpartition(distance, nearest - 1, axis=1)[:, :nearest]
    one = chosen[np.arange(len(expected)), rng.integers(nearest, size=len(expected))]
    return pool.answers[window[np.arange(len(expected)), one]]


@dataclass(frozen=True)
class Sampler:
    """The imputer of one column in one iteration: its `drawn` coefficients (1 + p,), and `pool`, the rows to take
    values from; None for a column of 0 and 1."""

    drawn: np.ndarray
    pool: Donors | None
    rng: np.random.Generator

    def __call__(self, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values (k,) by their linear predictors, and for 0 and 1 the latent ones: log-odds plus logistic noise, above
        0 where the value is 1. For numbers these are the linear predictors."""
        if self.pool is not None:
            return match(self.pool, predicted, self.rng), predicted
        latent = predicted + self.rng.logistic(size=len(predicted))
        return (latent > 0).astype(float), latent


def learn(x: np.ndarray, y: np.ndarray, two_valued: bool, rng: np.random.Generator, name: str) -> Sampler:
    """The imputer of column `name` from the rows with a value: predictors x (n, p), values y (n,)."""
    if two_valued:
        return Sampler(draw_logistic(x, y, rng, name).drawn, None, rng)
    found = draw_linear(x, y, rng, name)
    return Sampler(found.drawn, donors(found.estimate[0] + x @ found.estimate[1:], y, rng), rng)
