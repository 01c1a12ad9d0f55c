"""The `gee` engine: population-averaged models by generalised estimating equations, with robust standard errors.

`(1 | athlete)` says which rows are alike: the rows of one athlete are a cluster, any two of them with the same working
correlation (exchangeable). Estimates and standard errors (a sandwich) hold whatever the true correlation is.

Sources: Liang and Zeger 1986, Biometrika 73:13 (the equations, the moments of φ and ρ); Zeger, Liang and Albert 1988,
Biometrics 44:1049 (population-averaged against subject-specific); `sandwich.py` for the standard errors.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from statsmodels.genmod.cov_struct import Exchangeable
from statsmodels.tools.sm_exceptions import PerfectSeparationError

from analysis.errors import HiprunError
from analysis.models.design import INTERCEPT
from analysis.models.engine_statsmodels import independent_columns
from analysis.models.protocol import Design, RandomTerm, Solution, Start
from analysis.models.sandwich import Sandwich, bias_reduced, doubts
from analysis.models.separation import SEPARATED, is_extreme, is_separated
from analysis.models.statsmodels_lmm import spread, spread_square

_MAX_STEPS = 200
# The estimating equations are solved when they are off by less than this share of the information in the outcome.
_TOLERANCE = 1e-9
_FAILURES = (np.linalg.LinAlgError, ValueError, ArithmeticError, PerfectSeparationError)
_FAMILIES = {
    "gaussian": sm.families.Gaussian(),
    "poisson": sm.families.Poisson(),
    "binomial": sm.families.Binomial(),
    "gamma": sm.families.Gamma(sm.families.links.Log()),
}
_MEANING = {
    "identity": "the same as in a mixed model",
    "log": "the same as in a mixed model with a random intercept (the intercept differs)",
    "logit": "smaller than in a mixed model by definition, not for want of effect",
}


def solve(design: Design, reml: bool, start: Start | None) -> Solution:
    """Fit `design` by GEE with an exchangeable working correlation, always from its own start.

    Standard errors are the bias-reduced sandwich of Mancl and DeRouen, tested with t on clusters minus terms. There is
    no likelihood (so `reml` says nothing) and no random effect. A row with a weight has the variance φ v(μ) / weight,
    as in R's geepack. `dispersion` is the moment estimate of φ for gaussian (the variance around the population mean)
    and gamma.

    Raises
    ------
    HiprunError
        Not exactly one random intercept; a negative binomial model; no more clusters than terms, or too few rows that
        share a cluster to estimate a correlation.
    """
    term = _only_intercept(design)
    kept = independent_columns(design.x)
    x, p = design.x[:, kept], int(kept.sum())
    _check_size(term, p)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # every doubt they voice is looked for below
        try:
            found = _estimate(design, term, kept)
        except _FAILURES as error:
            separated = is_separated(x, design.y, design.family.name)
            return _no_result(design, kept, SEPARATED if separated else f"severe: No solution was found: {error}.")
    if is_extreme(found.fitted, design.family.name) and is_separated(x, design.y, design.family.name):
        return _no_result(design, kept, SEPARATED)
    df = np.where(found.sandwich.alone, np.nan, float(len(term.levels) - p))
    names = [name for name, used in zip(design.terms, kept, strict=True) if used]
    return _solution(
        design,
        kept,
        converged=True,
        beta=spread(found.beta, kept),
        vcov=spread_square(found.sandwich.vcov, kept),
        df=spread(df, kept),
        fitted=found.fitted,
        dispersion=_dispersion(design, found.fitted, p),
        messages=(
            f"note: Population-averaged estimates: slopes are {_MEANING[design.family.link]}.",
            f"note: The working correlation of the rows of one {term.group} is {found.correlation:.3f}; the standard "
            f"errors do not rest on it. {len(term.levels)} clusters.",
            *doubts(names, found.sandwich, term.group, len(term.levels)),
        ),
    )


@dataclass(frozen=True)
class _Estimate:
    """The end of the iterations, for the kept columns (p,); `fitted` (n,) on the response scale."""

    beta: np.ndarray
    sandwich: Sandwich
    fitted: np.ndarray
    correlation: float


class _WeightedExchangeable(Exchangeable):
    """An exchangeable working correlation of rows whose variance is φ v(μ) / weight.

    statsmodels' own `weights=` (0.15) are of no use where weights differ between rows: the moments of ρ take those of
    other rows, and the bias-reduced covariance leaves them out of the leverage.
    """

    def __init__(self, weights: np.ndarray) -> None:
        super().__init__()
        self._roots = np.sqrt(weights / weights.mean())
        self._by_cluster: list[np.ndarray] = []

    def initialize(self, model: sm.GEE) -> None:
        super().initialize(model)
        self._by_cluster = model.cluster_list(self._roots)

    def update(self, params: np.ndarray) -> None:
        """ρ by the moments of the Pearson residuals (Liang and Zeger 1986, sec. 4)."""
        total = products = 0.0
        pairs = rows = 0
        for y, (mean, _), root in zip(self.model.endog_li, self.model.cached_means, self._by_cluster, strict=True):
            residual = (y - mean) * root / np.sqrt(self.model.family.variance(mean))
            squares = residual @ residual
            total, rows = total + squares, rows + len(y)
            products, pairs = products + (residual.sum() ** 2 - squares) / 2, pairs + len(y) * (len(y) - 1) // 2
        p = self.model.ddof_scale
        self.dep_params = products / (total / (rows - p)) / (pairs - p)

    def covariance_matrix_solve(
        self, expval: np.ndarray, index: int, stdev: np.ndarray, rhs: tuple[np.ndarray, ...]
    ) -> list[np.ndarray]:
        return super().covariance_matrix_solve(expval, index, stdev / self._by_cluster[index], rhs)


def _only_intercept(design: Design) -> RandomTerm:
    if design.family.name == "negativebinomial":
        raise HiprunError(
            "engine 'gee' cannot estimate the shape of a negative binomial model. Use family='poisson': the robust "
            "errors of a GEE allow for overdispersion; or engine='glmm'."
        )
    if len(design.random) != 1 or design.random[0].terms != (INTERCEPT,):
        found = ", ".join(f"({' + '.join(term.terms)} | {term.group})" for term in design.random) or "no random term"
        raise HiprunError(
            f"engine 'gee': found {found}; expected exactly one random intercept such as (1 | athlete), which names "
            "the clusters (of nested groups the largest). engine='glmm' fits slopes and several groups."
        )
    return design.random[0]


def _check_size(term: RandomTerm, p: int) -> None:
    clusters = len(term.levels)
    if clusters <= p:
        raise HiprunError(
            f"engine 'gee': found {clusters} levels of {term.group!r} for {p} fixed terms, expected more clusters than "
            "terms: robust errors rest on the spread between clusters. Leave terms out, or use engine='glmm'."
        )
    sizes = np.bincount(term.codes)
    pairs = int((sizes * (sizes - 1) // 2).sum())
    if 0 < pairs <= p:
        raise HiprunError(
            f"engine 'gee': found {pairs} pairs of rows that share a level of {term.group!r} for {p} fixed terms, "
            "expected more: their correlation cannot be estimated. Leave terms out, or use engine='glmm'."
        )


def _estimate(design: Design, term: RandomTerm, kept: np.ndarray) -> _Estimate:
    """Solve the equations on columns of unit size and a gaussian outcome of unit SD: a tolerance then has a meaning."""
    family = design.family.name
    scale = np.sqrt(np.square(design.x[:, kept]).mean(axis=0))
    y, offset, unit = design.y, np.zeros(len(design.y)) if design.offset is None else design.offset, 1.0
    if family == "gaussian":
        unit = float(np.std(y - offset)) or 1.0
        y, offset = (y - offset) / unit, np.zeros(len(y))
    working = Exchangeable() if design.weights is None else _WeightedExchangeable(design.weights)
    x = design.x[:, kept] / scale
    model = sm.GEE(y, x, groups=term.codes, family=_FAMILIES[family], cov_struct=working, offset=offset)
    result = model.fit(maxiter=_MAX_STEPS, ctol=_TOLERANCE * _information(y, family))
    if result is None or not result.converged or not np.isfinite(result.params).all():
        raise ArithmeticError(f"no convergence in {_MAX_STEPS} steps")
    _check_correlation(term, float(working.dep_params))
    sandwich = bias_reduced(model)
    beta = result.params / scale * unit
    eta = design.x[:, kept] @ beta + (0 if design.offset is None else design.offset)
    vcov = sandwich.vcov / np.outer(scale, scale) * unit**2
    return _Estimate(beta, Sandwich(vcov, sandwich.alone), design.family.mean(eta), float(working.dep_params))


def _information(y: np.ndarray, family: str) -> float:
    """About the size of the information on a mean in the outcome: rows or events."""
    if family == "poisson":
        return float(y.sum())
    return float(min(y.sum(), (1 - y).sum())) if family == "binomial" else float(len(y))


def _check_correlation(term: RandomTerm, correlation: float) -> None:
    """Refuse moments that are no correlation: the working covariance of the largest cluster would be none."""
    lowest = -1 / max(int(np.bincount(term.codes).max()) - 1, 1)
    if not lowest < correlation < 1:
        raise ArithmeticError(
            f"the working correlation of the rows of one {term.group} came out as {correlation:.3g}, expected a value "
            f"between {lowest:.3g} and 1"
        )


def _dispersion(design: Design, fitted: np.ndarray, p: int) -> float:
    """φ by the Pearson residuals (n,), Σ w e² / (n - p) (Liang and Zeger 1986); 1 for poisson and binomial."""
    if design.family.name in ("poisson", "binomial"):
        return 1.0
    variance = np.square(fitted) if design.family.name == "gamma" else np.ones(len(fitted))
    weights = 1.0 if design.weights is None else design.weights
    return float((weights * np.square(design.y - fitted) / variance).sum() / (len(fitted) - p))


def _no_result(design: Design, kept: np.ndarray, why: str) -> Solution:
    n, p = design.x.shape
    nothing = np.full(p, np.nan)
    return _solution(
        design,
        kept,
        converged=False,
        beta=nothing,
        vcov=np.full((p, p), np.nan),
        df=nothing,
        fitted=np.full(n, np.nan),
        dispersion=np.nan,
        messages=(why,),
    )


def _solution(design: Design, kept: np.ndarray, **found: object) -> Solution:
    return Solution(
        df_method=f"clusters - terms, Mancl-DeRouen by {design.random[0].group}",
        aliased=~kept,
        random_cov=(),
        modes=(),
        loglik=np.nan,
        n_parameters=int(kept.sum()),
        method="GEE exchangeable",
        singular=False,
        **found,
    )
