"""Poisson or negative binomial: one stated rule."""

from dataclasses import dataclass

import pandas as pd

from analysis.errors import HiprunError
from analysis.models.compare import LikelihoodRatio, likelihood_ratio
from analysis.models.door import fit
from analysis.models.residual import dispersion_ratio
from analysis.models.result import Fit

ALPHA = 0.05


@dataclass(frozen=True)
class CountModel:
    """The chosen family with both fits. `test` and `delta_aic` (Poisson minus negative binomial; above 0 speaks
    for the negative binomial) are None where one of the fits did not converge; `dispersion_ratio` is that of the
    Poisson fit (None where it did not converge)."""

    family: str
    reason: str
    poisson: Fit
    negativebinomial: Fit
    test: LikelihoodRatio | None
    delta_aic: float | None
    dispersion_ratio: float | None

    @property
    def fit(self) -> Fit:
        """The chosen fit."""
        return self.poisson if self.family == "poisson" else self.negativebinomial


def choose_count_model(
    formula: str,
    frame: pd.DataFrame,
    *,
    offset: str | None = None,
    engine: str = "glmm",
    level: float = 0.95,
) -> CountModel:
    """Fit a count outcome as Poisson and as negative binomial and choose by rule.

    The rule: negative binomial if the likelihood-ratio test of 1/θ = 0, on the boundary (equal mixture of chi2 with 0
    and 1 df, Self and Liang 1987), has p < .05, that is a ratio above 2.71; else Poisson. It is lenient on purpose: a
    negative binomial where none is needed costs one parameter and hardly changes the errors, a Poisson under
    overdispersion makes them too small (Cameron and Trivedi 2013, Regression Analysis of Count Data, ch. 3).
    The Pearson dispersion ratio is told, not used: with weekly counts mostly 0 it is too coarse, and conditional on
    the athletes' modes too low. AIC would be stricter (ratio above 2 for any gain, 4 for a gain of 2). Choosing on
    the data is a look at them: fix the family beforehand where claims are confirmatory. If one model alone converged
    it is taken, and the reason says so; without overdispersion the shape runs off and some engines do not converge.

    Parameters
    ----------
    formula, frame, offset, engine, level
        As for `fit`.

    Raises
    ------
    HiprunError
        As for `fit`, or neither model converged.
    """
    poisson = fit(formula, frame, "poisson", offset=offset, engine=engine, level=level)
    negative = fit(formula, frame, "negativebinomial", offset=offset, engine=engine, level=level)
    if not (poisson.converged or negative.converged):
        said = " ".join(poisson.messages + negative.messages)
        raise HiprunError(f"choose_count_model: neither model converged for {formula!r}: {said} Simplify the model.")
    ratio = dispersion_ratio(poisson, frame).ratio if poisson.converged else None
    if not negative.converged:
        return CountModel("poisson", _only("Poisson", "negative binomial"), poisson, negative, None, None, ratio)
    if not poisson.converged:
        reason = _only("negative binomial", "Poisson")
        return CountModel("negativebinomial", reason, poisson, negative, None, None, None)
    test = likelihood_ratio(poisson, negative)
    over = test.p_value < ALPHA
    reason = (
        f"{'negative binomial' if over else 'Poisson'}: likelihood ratio {test.chi2:.2f}, p = {test.p_value:.3g} "
        f"({'below' if over else 'not below'} {ALPHA}) for overdispersion beyond the Poisson model; "
        f"Pearson dispersion ratio {ratio:.2f}"
    )
    family = "negativebinomial" if over else "poisson"
    return CountModel(family, reason, poisson, negative, test, poisson.aic - negative.aic, ratio)


def _only(taken: str, other: str) -> str:
    return f"{taken}: the {other} model did not converge, so that the two cannot be compared"
