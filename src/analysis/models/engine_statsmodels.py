"""The `statsmodels` engine: a second opinion on linear mixed models, and models without random terms."""

import warnings
from collections.abc import Callable

import numpy as np
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import PerfectSeparationError, PerfectSeparationWarning

from analysis.errors import HiprunError
from analysis.models import statsmodels_lmm
from analysis.models.protocol import Design, Solution, Start

# A column is aliased when less than this share of its length is left after the columns before it.
_RANK_TOLERANCE = 1e-8
_REFUSALS = (np.linalg.LinAlgError, ValueError, ArithmeticError, PerfectSeparationError)


def solve(design: Design, reml: bool, start: Start | None) -> Solution:
    """Fit `design`: MixedLM (gaussian with random terms), else least squares or a maximum-likelihood GLM, always from
    its own start.

    Raises
    ------
    HiprunError
        A mixed model that is not gaussian, a gamma model, slopes in a term nested in another, weights in a mixed or
        negative binomial model (glmm can), a term with `||`, or anything statsmodels refuses.
    """
    family = design.family.name
    if family == "gamma" or (design.random and family != "gaussian"):
        what = f"{family} model with random terms" if design.random else f"{family} model"
        raise HiprunError(f"engine 'statsmodels' cannot fit a {what}; engine='glmm' can.")
    if design.weights is not None and (design.random or family == "negativebinomial"):
        raise HiprunError("engine 'statsmodels' cannot weigh the rows of such a model; engine='glmm' can.")
    if not all(term.correlated for term in design.random):
        raise HiprunError("engine 'statsmodels' cannot leave out a correlation ('||'); engine='mixedlm' can.")
    kept = independent_columns(design.x)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if design.random:
                solution = statsmodels_lmm.solve(design, kept, reml)
            else:
                solution = _WITHOUT_RANDOM[family](design, kept)
        except _REFUSALS as error:
            raise HiprunError(f"engine 'statsmodels' refused the model: {error}") from error
    noted = dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught)
    separated = any(issubclass(w.category, PerfectSeparationWarning) for w in caught)
    changes = {"converged": solution.converged and not separated, "messages": (*noted, *solution.messages)}
    return Solution(**{**vars(solution), **changes})


def independent_columns(x: np.ndarray) -> np.ndarray:
    """Which columns (p,) of `x` are no combination of the columns before them (Gram-Schmidt, twice)."""
    kept, basis = np.zeros(x.shape[1], dtype=bool), np.empty((len(x), 0))
    for at, column in enumerate(x.T):
        length = np.linalg.norm(column)
        if length == 0:
            continue
        rest = column / length
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        left = np.linalg.norm(rest)
        if left > _RANK_TOLERANCE:
            kept[at], basis = True, np.column_stack([basis, rest / left])
    return kept


def _fixed_only(
    design: Design, kept: np.ndarray, beta: np.ndarray, vcov: np.ndarray, df: float, **rest: object
) -> Solution:
    p = len(kept)
    return Solution(
        beta=statsmodels_lmm.spread(beta, kept),
        vcov=statsmodels_lmm.spread_square(vcov, kept),
        df=np.where(kept, df, np.nan) if p else np.empty(0),
        df_method="z" if np.isnan(df) else "residual",
        aliased=~kept,
        random_cov=(),
        modes=(),
        method="ML",
        singular=False,
        messages=(),
        **rest,
    )


def _least_squares(design: Design, kept: np.ndarray) -> Solution:
    offset = np.zeros(len(design.y)) if design.offset is None else design.offset
    weights = 1.0 if design.weights is None else design.weights
    result = sm.WLS(design.y - offset, design.x[:, kept], weights=weights).fit()
    return _fixed_only(
        design,
        kept,
        result.params,
        result.cov_params(),
        float(result.df_resid),
        fitted=result.fittedvalues + offset,
        dispersion=float(result.scale),
        loglik=float(result.llf),
        n_parameters=int(kept.sum()) + 1,
        converged=True,
    )


def _glm(design: Design, kept: np.ndarray) -> Solution:
    family = sm.families.Poisson() if design.family.name == "poisson" else sm.families.Binomial()
    model = sm.GLM(design.y, design.x[:, kept], family=family, offset=design.offset, freq_weights=design.weights)
    result = model.fit(maxiter=200, tol=1e-10)
    return _fixed_only(
        design,
        kept,
        result.params,
        result.cov_params(),
        np.nan,
        fitted=result.fittedvalues,
        dispersion=1.0,
        loglik=float(result.llf),
        n_parameters=int(kept.sum()),
        converged=bool(result.converged) and bool(np.isfinite(result.params).all()),
    )


def _negative_binomial(design: Design, kept: np.ndarray) -> Solution:
    model = sm.NegativeBinomial(design.y, design.x[:, kept], loglike_method="nb2", offset=design.offset)
    result = model.fit(method="bfgs", maxiter=1000, gtol=1e-6, disp=False)
    p = int(kept.sum())
    # Without an invertible Hessian statsmodels has no covariance: then this is no maximum.
    curved = result.normalized_cov_params is not None
    return _fixed_only(
        design,
        kept,
        result.params[:p],
        result.cov_params()[:p, :p] if curved else np.full((p, p), np.nan),
        np.nan,
        fitted=result.predict(),
        dispersion=float(1 / result.params[-1]),
        loglik=float(result.llf),
        n_parameters=p + 1,
        converged=curved and bool(result.mle_retvals["converged"]) and bool(result.params[-1] > 0),
    )


_WITHOUT_RANDOM: dict[str, Callable[[Design, np.ndarray], Solution]] = {
    "gaussian": _least_squares,
    "poisson": _glm,
    "binomial": _glm,
    "negativebinomial": _negative_binomial,
}
