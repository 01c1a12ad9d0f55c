"""The `mixedlm` engine: a second opinion on linear, Poisson and logistic mixed models (Laplace, as lme4).

Its random terms are free: slopes without their fixed term or without intercept, several terms for one group.
"""

import re
import warnings
from collections.abc import Callable

import mixedlm
import numpy as np
import pandas as pd
from mixedlm.families import Binomial, Poisson
from mixedlm.models.checks import ModelCheckError
from mixedlm.models.glmer import GlmerResult
from mixedlm.models.lmer import LmerResult
from statsmodels.tools.numdiff import approx_hess3

from analysis.errors import HiprunError
from analysis.models.engine_statsmodels import independent_columns
from analysis.models.protocol import Design, RandomTerm, Solution, Start
from analysis.models.statsmodels_lmm import spread, spread_square

FAMILIES = ("gaussian", "poisson", "binomial")
_FAMILIES = {"poisson": Poisson, "binomial": Binomial}
_CANNOT = {
    "negativebinomial": "it does not estimate the shape by maximum likelihood",
    "gamma": "it holds the dispersion at 1",
}
_REFUSALS = (np.linalg.LinAlgError, ValueError, TypeError, ArithmeticError, RuntimeError, ModelCheckError)
_ALIAS = re.compile(r"\bG_(\d+)_")
# Aliased columns are dropped and the others made orthogonal of one size before mixedlm sees them.
_CHECKS = {"check_rankX": "ignore", "check_scaleX": "ignore"}
# PIRLS exact enough that second differences of the deviance are good to 1e-5.
_EXACT = {"tolPwrss": 1e-10, "pirls_maxiter": 200}
# Steps of the second differences, in standard errors of an effect and in shares of a variance parameter.
_STEP, _STEP_THETA = 0.01, 0.005
# Variance parameters below this, on columns of mean square 1, are at zero: there the deviance is even in them
# and they have no covariance with the effects.
_ZERO = 1e-2
# A Newton step from the end point would gain less than this in log-likelihood.
_TO_GAIN = 1e-5
_NO_SATTERTHWAITE = "note: This engine has no Satterthwaite df: the fixed terms are tested with z."

Result = LmerResult | GlmerResult


def solve(design: Design, reml: bool, start: Start | None) -> Solution:
    """Fit `design`; gaussian by REML or ML, poisson and binomial by ML (Laplace), always from its own start. See
    `protocol.Solution`.

    Fixed and random columns are fitted as orthogonal ones of mean square 1 (X = QR), which changes no model and
    makes the search indifferent to their scale; the REML criterion is put back by log|R|. Standard errors of
    poisson and binomial models are from the Hessian of the Laplace deviance in effects and variances jointly, as
    glmmTMB's and glmer's: mixedlm's own take the variances as known and are up to 15 % off on the
    reference data, up to 49 % with 13 events (tests/reference/more).

    Raises
    ------
    HiprunError
        No random term, dependent columns in a random term, weights, a negative binomial or gamma model, or
        anything mixedlm refuses.
    """
    _check_can(design)
    gaussian = design.family.name == "gaussian"
    reml = reml and gaussian
    kept = independent_columns(design.x)
    x, back = _orthogonal(design.x[:, kept])
    z, back_z = zip(*(_random_columns(term) for term in design.random), strict=True)
    fitted, messages = _call(design, x, z, reml)
    vcov, doubt = (fitted.vcov(), []) if gaussian else _joint(fitted)
    logdet = np.log(np.abs(np.diag(back))).sum() if reml else 0.0
    return Solution(
        beta=spread(back @ fitted.beta, kept),
        vcov=spread_square(back @ vcov @ back.T, kept),
        df=np.full(len(kept), np.nan),
        df_method="z",
        aliased=~kept,
        random_cov=tuple(b @ fitted.VarCorr().groups[f"G_{at}_"].cov @ b.T for at, b in enumerate(back_z)),
        modes=tuple(_modes(fitted, at, term) @ back_z[at].T for at, term in enumerate(design.random)),
        fitted=np.asarray(fitted.fitted()),
        dispersion=float(fitted.sigma**2),
        loglik=float(fitted.logLik()) + logdet,
        n_parameters=len(fitted.beta) + len(fitted.theta) + int(gaussian),
        method="REML" if reml else "ML",
        converged=bool(fitted.converged) and not doubt,
        singular=bool(fitted.isSingular()),
        messages=(*messages, *doubt, f"note: mixedlm by {fitted.optimizer}: {fitted.message}.")
        + ((_NO_SATTERTHWAITE,) if gaussian else ()),
    )


def _check_can(design: Design) -> None:
    name = design.family.name
    if name in _CANNOT:
        raise HiprunError(f"engine 'mixedlm' cannot fit a {name} model: {_CANNOT[name]}; engine='glmm' can.")
    if not design.random:
        raise HiprunError(
            "engine 'mixedlm' cannot fit a model without random terms; engine='glmm' and engine='statsmodels' can."
        )
    if design.weights is not None:
        raise HiprunError("engine 'mixedlm' takes no weights here; engine='glmm' does.")
    for term in design.random:
        if not independent_columns(term.z).all():
            raise HiprunError(
                f"engine 'mixedlm': a column of ({' + '.join(term.terms)} | {term.group}) is a combination of the "
                "others, so that their variances cannot be told apart; leave one out."
            )


def _orthogonal(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Orthogonal columns of mean square 1 with the same span, and B with columns @ B = the orthogonal ones."""
    q, r = np.linalg.qr(columns)
    root = np.sqrt(len(columns))
    return q * root, np.linalg.inv(r) * root


def _random_columns(term: RandomTerm) -> tuple[np.ndarray, np.ndarray]:
    """Orthogonal columns as `_orthogonal` has them; uncorrelated effects only on one scale, since mixing columns would
    correlate them."""
    if term.correlated:
        return _orthogonal(term.z)
    size = np.sqrt(np.square(term.z).mean(axis=0))
    return term.z / size, np.diag(1 / size)


def _call(design: Design, x: np.ndarray, z: tuple[np.ndarray, ...], reml: bool) -> tuple[Result, list[str]]:
    """Run mixedlm on columns named X_0_, … (fixed), Z_0_0_, … (random) and G_0_, …, and note its warnings."""
    data: dict = {f"X_{at}_": column for at, column in enumerate(x.T)}
    parts = ["0", *data]
    for at, (term, orthogonal) in enumerate(zip(design.random, z, strict=True)):
        columns = {f"Z_{at}_{nth}_": column for nth, column in enumerate(orthogonal.T)}
        data |= columns | {f"G_{at}_": pd.Categorical(term.codes.astype(str))}
        parts.append(f"(0 + {' + '.join(columns)} {'|' if term.correlated else '||'} G_{at}_)")
    formula, frame = f"Y ~ {' + '.join(parts)}", pd.DataFrame({"Y": design.y, **data})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if design.family.name == "gaussian":
                control = mixedlm.lmerControl(**_CHECKS)
                fitted = mixedlm.lmer(formula, frame, REML=reml, offset=design.offset, control=control)
            else:
                family, control = _FAMILIES[design.family.name](), mixedlm.glmerControl(**_CHECKS, **_EXACT)
                fitted = mixedlm.glmer(formula, frame, family=family, offset=design.offset, control=control)
        except _REFUSALS as error:
            said = _named(str(error), design)
            raise HiprunError(f"engine 'mixedlm' refused the model: {said}; engine='glmm' may fit it.") from error
    return fitted, list(dict.fromkeys(f"caution: {_named(str(w.message), design)}" for w in caught))


def _named(message: str, design: Design) -> str:
    """A message of the engine with the user's names for groups."""
    return _ALIAS.sub(lambda m: design.random[int(m[1])].group, message)


def _joint(fitted: GlmerResult) -> tuple[np.ndarray, list[str]]:
    """Covariance (p, p) of the effects from the Hessian of the deviance in (variances, effects), and why it is
    no optimum, if it is none. Variance parameters at zero stay there."""
    p = len(fitted.beta)
    if not fitted.joint_fit:
        return np.full((p, p), np.nan), [
            "severe: The likelihood has no finite optimum near the start, as where a predictor separates the outcome."
        ]
    theta, diagonal = np.asarray(fitted.theta), fitted.getME("lower") == 0
    free = ~diagonal | (np.abs(theta) > _ZERO)
    deviance: Callable[[np.ndarray], float] = fitted.as_function("deviance")

    def at(values: np.ndarray) -> float:
        whole = theta.copy()
        whole[free] = values[:-p]
        return deviance(np.concatenate([whole, values[-p:]]))

    sizes = np.maximum(np.abs(theta[free]), 0.1 * ~diagonal[free])
    steps = np.concatenate([_STEP_THETA * sizes, _STEP * np.sqrt(np.diag(fitted.vcov()))])
    end = np.concatenate([theta[free], fitted.beta])
    hessian = approx_hess3(end, at, epsilon=steps) / 2
    gradient = np.array([at(end + step) - at(end - step) for step in np.diag(steps)]) / (4 * steps)
    vcov, doubt = _inverse(hessian, gradient)
    return vcov[-p:, -p:], doubt


def _inverse(hessian: np.ndarray, gradient: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """The inverse of a Hessian of minus the log-likelihood, and why the point is no maximum, if it is none."""
    nothing = np.full_like(hessian, np.nan)
    if not (np.isfinite(hessian).all() and np.isfinite(gradient).all()):
        return nothing, [
            "severe: The likelihood cannot be computed around the end point: its inner search fails there."
        ]
    if np.linalg.eigvalsh(hessian)[0] <= 0:
        return nothing, ["severe: The Hessian is not positive definite: this is no maximum."]
    inverse = np.linalg.inv(hessian)
    gain = gradient @ inverse @ gradient / 2
    if gain > _TO_GAIN:
        return inverse, [f"severe: The search stopped {gain:.2g} short in log-likelihood: this is no maximum."]
    return inverse, []


def _modes(fitted: Result, at: int, term: RandomTerm) -> np.ndarray:
    """Conditional modes (levels, q) of the orthogonal columns, in the order of the term's own levels."""
    structure = fitted.matrices.random_structures[at]
    places = [structure.level_map[str(code)] for code in range(len(term.levels))]
    found = fitted.ranef()[f"G_{at}_"]
    return np.column_stack([found[name][places] for name in structure.term_names])
