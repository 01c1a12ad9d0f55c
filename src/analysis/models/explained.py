"""How much of the spread the fixed and random effects explain: R² and the intraclass correlation.

Sources: Nakagawa and Schielzeth 2013, Methods Ecol Evol 4:133 (R², logit); Johnson 2014, Methods Ecol Evol 5:944
(random slopes); Nakagawa, Johnson and Schielzeth 2017, J R Soc Interface 14:20170213 (log link, ICC).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import polygamma

from analysis.errors import HiprunError
from analysis.models.design import INTERCEPT
from analysis.models.door import solve
from analysis.models.families import COUNTS
from analysis.models.protocol import Design, RandomTerm
from analysis.models.rebuild import check_converged, check_unweighted, rebuilt
from analysis.models.result import Fit

APPROXIMATIONS = ("lognormal", "trigamma")


@dataclass(frozen=True)
class Explained:
    """Variances on the link scale and what they make of the whole.

    `r2_marginal` is the share of the fixed effects, `r2_conditional` of fixed and random; `icc` the share of the
    random effects in what the fixed ones leave (adjusted ICC), `icc_by_group` the same for each group alone.
    `residual_variance` is σ² or the variance of the distribution by `method`; `expected` is the mean count at which
    that holds (NaN where it does not depend on one).
    """

    r2_marginal: float
    r2_conditional: float
    icc: float
    icc_by_group: dict[str, float]
    fixed_variance: float
    random_variance: float
    residual_variance: float
    method: str
    expected: float


def explained(
    fit: Fit,
    frame: pd.DataFrame,
    *,
    approximation: str = "lognormal",
    exposure: float | None = None,
) -> Explained:
    """Marginal and conditional R² and the adjusted ICC of a mixed model.

    With F = var(Xb), offset left out, G the mean over rows of the random effects' variance z'Σz, and D the residual
    variance: R²m = F / (F + G + D), R²c = (F + G) / (F + G + D), ICC = G / (G + D). D is
    gaussian: σ²; binomial (logit): π²/3; and with the log link, by `approximation` lognormal or trigamma,
    poisson: ln(1 + 1/λ) or ψ₁(λ); negativebinomial: ln(1 + 1/λ + 1/θ) or ψ₁(1 / (1/λ + 1/θ));
    gamma, 1/φ its shape: ln(1 + φ) or ψ₁(1/φ). λ = exp(b₀ + G₀/2) of the model without fixed terms and with a random
    intercept per group, which is fitted here (2017, supplement 2). Both D stand for the same thing; they part
    where λ is below 1 (at λ = 0.1 they are 2.4 and 101): R² of rare events hangs on the choice, so name it.

    Parameters
    ----------
    fit : Fit
        With a random term.
    frame : DataFrame
        The frame it was fitted to.
    approximation : {'lognormal', 'trigamma'}
        For log links.
    exposure : float, optional
        For counts with a varying offset: the exposure (exp of the offset: hours, if it is log hours) at which λ is
        taken; D depends on it, and there is no R² without.

    Raises
    ------
    HiprunError
        No random term; a varying offset of a count model without `exposure`; the fit or the model without fixed terms
        did not converge; another frame.
    """
    _check_asked(fit, approximation, exposure)
    rows = rebuilt(fit, frame, "explained")
    fixed = float(np.var(rows.fixed, ddof=1))
    by_group: dict[str, float] = {}
    for term, cov in zip(rows.design.random, fit.random_vcov, strict=True):
        by_group[term.group] = by_group.get(term.group, 0.0) + _mean_variance(term, cov.to_numpy())
    random = sum(by_group.values())
    expected = _expected(fit, rows.design, exposure) if fit.family in COUNTS else np.nan
    residual, method = _residual(fit, expected, approximation)
    total = fixed + random + residual
    return Explained(
        r2_marginal=fixed / total,
        r2_conditional=(fixed + random) / total,
        icc=random / (random + residual),
        icc_by_group={group: part / (random + residual) for group, part in by_group.items()},
        fixed_variance=fixed,
        random_variance=random,
        residual_variance=residual,
        method=method,
        expected=expected,
    )


def _check_asked(fit: Fit, approximation: str, exposure: float | None) -> None:
    if approximation not in APPROXIMATIONS:
        raise HiprunError(f"explained: found approximation {approximation!r}, expected {' or '.join(APPROXIMATIONS)}.")
    check_converged(fit, "explained")
    check_unweighted(fit, "explained")
    if not fit.random_vcov:
        raise HiprunError(f"explained: {fit.formula!r} has no random term; these R² and the ICC are of mixed models.")
    if exposure is not None and not (np.isfinite(exposure) and exposure > 0):
        raise HiprunError(f"explained: found exposure={exposure!r}, expected a number above 0.")


def _mean_variance(term: RandomTerm, cov: np.ndarray) -> float:
    """The mean over rows of z'Σz: trace(ZΣZ') / n (Johnson 2014)."""
    return float(np.einsum("ni,ij,nj->n", term.z, cov, term.z).mean())


def _residual(fit: Fit, expected: float, approximation: str) -> tuple[float, str]:
    """The residual variance on the link scale and what it is."""
    if fit.family == "gaussian":
        return fit.dispersion, "residual variance"
    if fit.family == "binomial":
        return float(np.pi**2 / 3), "variance of the logistic distribution, π²/3"
    relative = {"poisson": 1 / expected, "negativebinomial": 1 / expected + 1 / fit.dispersion, "gamma": fit.dispersion}
    squared = relative[fit.family]
    if approximation == "lognormal":
        return float(np.log1p(squared)), "lognormal approximation"
    return float(polygamma(1, 1 / squared)), "trigamma"


def _expected(fit: Fit, design: Design, exposure: float | None) -> float:
    """λ, the mean count of the model without fixed terms, at the exposure."""
    varies = design.offset is not None and np.ptp(design.offset) > 0
    if varies and exposure is None:
        low, high = np.exp([design.offset.min(), design.offset.max()])
        raise HiprunError(
            f"explained: the exposure varies from {low:.3g} to {high:.3g}, and with it the variance of the counts; R² "
            "is not defined without one. Say which: exposure= (exp of the offset)."
        )
    log_exposure = np.log(exposure) if varies else (0.0 if design.offset is None else design.offset[0])
    n = len(design.y)
    random = tuple(
        replace(term, terms=(INTERCEPT,), z=np.ones((n, 1))) for term in {t.group: t for t in design.random}.values()
    )
    null = solve(fit.engine, replace(design, x=np.ones((n, 1)), terms=(INTERCEPT,), random=random), False)
    if not null.converged:
        raise HiprunError("explained: the model without fixed terms, which λ needs, did not converge.")
    spread = sum(float(cov[0, 0]) for cov in null.random_cov)
    return float(np.exp(null.beta[0] + log_exposure + spread / 2))
