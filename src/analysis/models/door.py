"""`fit`: the one door. Formula and frame in, `Fit` out, whichever engine does the work."""

from dataclasses import replace

import pandas as pd

from analysis.errors import HiprunError
from analysis.models import engine_gee, engine_glmm, engine_mixedlm, engine_statsmodels
from analysis.models.design import build
from analysis.models.doubts import no_maximum
from analysis.models.families import family_named
from analysis.models.formula import parse
from analysis.models.protocol import Design, Engine, Solution, Start
from analysis.models.result import Asked, Fit, assemble

ENGINES: dict[str, Engine] = {
    "glmm": engine_glmm.solve,
    "statsmodels": engine_statsmodels.solve,
    "mixedlm": engine_mixedlm.solve,
    "gee": engine_gee.solve,
}

DEFAULT_ENGINE = "glmm"


def solve(engine: str, design: Design, reml: bool, start: Start | None = None) -> Solution:
    """What `engine` finds for `design`; where that is no maximum of the likelihood it did not converge, with the reason
    among its messages."""
    found = ENGINES[engine](design, reml, start)
    reason = no_maximum(design, found)
    if not reason:
        return found
    return replace(found, converged=False, messages=(*found.messages, f"severe: {reason}"))


def fit(
    formula: str,
    frame: pd.DataFrame,
    family: str = "gaussian",
    *,
    offset: str | None = None,
    weights: str | None = None,
    engine: str = DEFAULT_ENGINE,
    reml: bool = True,
    level: float = 0.95,
) -> Fit:
    """Fit a (mixed) model.

    Parameters
    ----------
    formula : str
        lme4 style: `inj ~ mob*stab + hip + offset(off) + (1 + mob | athlete) + (1 | clinic)`. Fixed terms may
        use `*`, `:`, `C()`, `I()`, `log()`, `scale()`, `bs()`, `cr()`, `poly()`; names with blanks stand in
        backticks. `(1 + x || g)`: without the correlation. Without a random term it is a (generalised) linear model.
    frame : DataFrame
        One row per observation. Rows with a missing value in a used column are dropped and counted.
        Text and category columns are categorical (declared level order kept, the first is the reference).
    family : {'gaussian', 'poisson', 'negativebinomial', 'binomial', 'gamma'}
        Links: identity, log, log, logit, log. negativebinomial has variance μ + μ²/θ (NB2).
    offset : str, optional
        Column added to the linear predictor (for a rate: log hours), besides any `offset()` of the formula.
    weights : str, optional
        Column of prior weights above 0: a row's log-likelihood counts that many times; in a gaussian model its residual
        variance is divided by it. As `weights=` of lme4.
    engine : {'glmm', 'statsmodels', 'mixedlm', 'gee'}
        What each can do is said where it cannot. 'gee' is no likelihood: population-averaged estimates with robust
        errors, clustered by the group of the one random intercept.
    reml : bool
        REML (default) or ML for a gaussian mixed model; every other model is fitted by ML.
    level : float
        Of the intervals. gaussian mixed models use t with Satterthwaite's df (glmm), gaussian models without
        random terms t with residual df, all else z.

    Raises
    ------
    HiprunError
        With where, what was found and what was expected: unknown family or engine, unreadable formula,
        missing or infinite column, an outcome the family cannot hold or that never varies, too few rows or
        groups, a model the engine cannot do. A fit that does not converge is returned, without numbers.

    References
    ----------
    Bates et al. 2015, J Stat Softw 67(1) (formulas, REML); Brooks et al. 2017, R Journal 9(2) (Laplace);
    Kuznetsova et al. 2017, J Stat Softw 82(13) (Satterthwaite).
    """
    if engine not in ENGINES:
        raise HiprunError(f"engine: found {engine!r}, expected one of {', '.join(ENGINES)}.")
    if not 0 < level < 1:
        raise HiprunError(f"level: found {level!r}, expected a number between 0 and 1 such as 0.95.")
    built = build(parse(formula, offset, weights), frame, family_named(family))
    return assemble(solve(engine, built.design, reml), built, Asked(formula, offset, weights, engine, level))
