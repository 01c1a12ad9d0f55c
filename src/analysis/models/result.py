"""`Fit`: one fitted model with everything an analyst reads off it, and its doubts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import HiprunError
from analysis.models.design import INTERCEPT, Built
from analysis.models.doubts import doubts, few_events
from analysis.models.families import FAMILIES, Family
from analysis.models.modes import mode_sd, working_weights
from analysis.models.protocol import Design, RandomTerm, Satterthwaite, Solution

if TYPE_CHECKING:
    from analysis.models.robust import ClusterRobust

ESTIMATE_COLUMNS = ["term", "estimate", "std_error", "ci_low", "ci_high", "p_value", "df", "scale"]


@dataclass(frozen=True)
class Asked:
    """What was asked of `fit`: the formula, the columns given beside it, the engine and the level of the intervals."""

    formula: str
    offset: str | None
    weights: str | None
    engine: str
    level: float


@dataclass(frozen=True, eq=False, repr=False)
class Fit:
    """A fitted model. A fit that did not converge is no result: its numbers are NaN, `messages` say why.

    Attributes
    ----------
    formula, offset, weights, engine, level
        As given to `fit`.
    estimates : DataFrame
        term, estimate, std_error, ci_low, ci_high, p_value, df (NaN: tested with z), scale ('link').
    random_effects : DataFrame
        group, term, sd, corr (with the group's first term, NaN for that term itself and after `||`). A gaussian
        model has a last row of group 'Residual'. All covariances: `random_vcov`, one DataFrame per group and term set.
    loglik, aic, bic : float
        Of the criterion in `method`; on a REML fit compare only models with the same fixed terms.
    n_obs, n_groups, n_dropped, dropped
        Rows used; levels per group; rows left out; missing values by column among all rows.
    converged, singular : bool
    aliased : tuple of str
        Terms that are an exact combination of others: dropped, their estimate is NaN.
    few_events : str
        How many events there are for how many terms, where there are fewer than 5 each; else empty.
    messages : tuple of str
        Every warning and note of the engine.
    method : str
        'REML' or 'ML' (Laplace for a mixed model that is not gaussian).
    df_method : str
        'Satterthwaite', 'residual', 'z' or 'Satterthwaite, CR2 by <cluster>'.
    dispersion : float
        Residual variance (gaussian); shape θ of variance μ + μ²/θ (negativebinomial); φ (gamma); else 1.
    conditional_modes : DataFrame
        group, level, term, value, sd (given the data, the variances and the fixed effects: `modes.mode_sd`).
    fitted : Series
        Expected outcome on the response scale, with the index of the used rows.
    vcov : DataFrame
        Covariance of the estimates, terms × terms.
    """

    formula: str
    offset: str | None
    weights: str | None
    family: str
    link: str
    engine: str
    method: str
    level: float
    estimates: pd.DataFrame
    random_effects: pd.DataFrame
    random_vcov: tuple[pd.DataFrame, ...]
    conditional_modes: pd.DataFrame
    vcov: pd.DataFrame
    fitted: pd.Series
    loglik: float
    aic: float
    bic: float
    dispersion: float
    n_obs: int
    n_groups: dict[str, int]
    n_dropped: int
    dropped: dict[str, int]
    converged: bool
    singular: bool
    aliased: tuple[str, ...]
    few_events: str
    messages: tuple[str, ...]
    df_method: str
    satterthwaite: "Satterthwaite | ClusterRobust | None"

    def __repr__(self) -> str:
        state = "converged" if self.converged else "NOT CONVERGED"
        singular = ", singular" if self.singular else ""
        return (
            f"Fit({self.formula!r}, {self.family}, {self.engine} {self.method}, n_obs={self.n_obs}, "
            f"loglik={self.loglik:.4f}, {state}{singular})"
        )

    @property
    def response_estimates(self) -> pd.DataFrame:
        """The estimates exponentiated: `estimates` with scale 'IRR', 'OR' or 'ratio'.

        The intercept is no ratio: its scale is 'rate', 'odds' or 'mean'. The standard error is by the delta
        method, exp(b)·se(b); limits are exp of the limits on the link scale; p_value and df are unchanged.

        Raises
        ------
        HiprunError
            The family has the identity link.
        """
        family = FAMILIES[self.family]
        if not family.ratio:
            raise HiprunError(
                f"response_estimates: a {family.name} model has the {family.link} link and no ratio scale; "
                "read `estimates`."
            )
        table = self.estimates.copy()
        with np.errstate(over="ignore", invalid="ignore"):  # a limit beyond the largest number is infinite
            for name in ["estimate", "ci_low", "ci_high"]:
                table[name] = np.exp(table[name])
            table["std_error"] *= table["estimate"]
        table["scale"] = np.where(table["term"] == INTERCEPT, family.baseline, family.ratio)
        return table


def assemble(solution: Solution, built: Built, asked: Asked) -> Fit:
    """The `Fit` of an engine's solution on `built`; NaN everywhere if it did not converge."""
    design = built.design
    terms, n = list(design.terms), len(design.y)
    random = design.random if solution.random_cov else ()  # GEE has no random effects
    good = solution if solution.converged else _nothing(solution, n, len(terms), random)
    deviance = -2 * good.loglik
    return Fit(
        **vars(asked),
        family=design.family.name,
        link=design.family.link,
        method=solution.method,
        estimates=_estimates(good, terms, asked.level),
        random_effects=_random_effects(good, random, design.family),
        random_vcov=tuple(
            pd.DataFrame(cov, index=list(term.terms), columns=list(term.terms))
            for term, cov in zip(random, good.random_cov, strict=True)
        ),
        conditional_modes=_modes(good, design, random),
        vcov=pd.DataFrame(good.vcov, index=terms, columns=terms),
        fitted=pd.Series(good.fitted, index=built.index, name="fitted"),
        loglik=good.loglik,
        aic=deviance + 2 * solution.n_parameters,
        bic=deviance + np.log(n) * solution.n_parameters,
        dispersion=good.dispersion,
        n_obs=n,
        n_groups={term.group: len(term.levels) for term in design.random},
        n_dropped=built.n_dropped,
        dropped=built.dropped,
        converged=solution.converged,
        singular=solution.singular,
        aliased=tuple(np.array(terms, dtype=object)[solution.aliased]),
        few_events=few_events(design, solution),
        messages=solution.messages + doubts(design, solution),
        df_method=solution.df_method,
        satterthwaite=good.satterthwaite,
    )


def _nothing(solution: Solution, n: int, p: int, random: tuple[RandomTerm, ...]) -> Solution:
    """The solution of a fit that did not converge: every number NaN."""
    sizes = [(len(term.levels), len(term.terms)) for term in random]
    return Solution(
        **{
            **vars(solution),
            "beta": np.full(p, np.nan),
            "vcov": np.full((p, p), np.nan),
            "df": np.full(p, np.nan),
            "random_cov": tuple(np.full((q, q), np.nan) for _, q in sizes),
            "modes": tuple(np.full(size, np.nan) for size in sizes),
            "fitted": np.full(n, np.nan),
            "dispersion": np.nan,
            "loglik": np.nan,
            "satterthwaite": None,
        }
    )


def wald(estimate: np.ndarray, std_error: np.ndarray, df: np.ndarray, level: float) -> dict[str, np.ndarray]:
    """Limits and two-sided p of Wald tests, with t where `df` is given and z where it is NaN."""
    df = np.where(np.isnan(df), np.inf, df)
    half = stats.t.ppf((1 + level) / 2, df) * std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = 2 * stats.t.sf(np.abs(estimate / std_error), df)
    return {"ci_low": estimate - half, "ci_high": estimate + half, "p_value": p_value}


def _estimates(solution: Solution, terms: list[str], level: float) -> pd.DataFrame:
    std_error = np.sqrt(np.diag(solution.vcov))
    std_error = np.where(solution.aliased, np.nan, std_error)
    table = {"term": terms, "estimate": solution.beta, "std_error": std_error}
    table |= wald(solution.beta, std_error, solution.df, level) | {"df": solution.df, "scale": "link"}
    return pd.DataFrame(table)[ESTIMATE_COLUMNS]


def _random_effects(solution: Solution, random: tuple[RandomTerm, ...], family: Family) -> pd.DataFrame:
    rows = []
    for term, cov in zip(random, solution.random_cov, strict=True):
        sd = np.sqrt(np.diag(cov))
        with np.errstate(divide="ignore", invalid="ignore"):
            corr = cov[0] / (sd[0] * sd)
        corr[0 if term.correlated else slice(None)] = np.nan
        rows += [(term.group, *row) for row in zip(term.terms, sd, corr, strict=True)]
    if family.name == "gaussian":
        rows.append(("Residual", "", np.sqrt(solution.dispersion), np.nan))
    return pd.DataFrame(rows, columns=["group", "term", "sd", "corr"]).astype({"sd": float, "corr": float})


def _modes(solution: Solution, design: Design, random: tuple[RandomTerm, ...]) -> pd.DataFrame:
    if not random:
        return pd.DataFrame(columns=["group", "level", "term", "value", "sd"]).astype({"value": float, "sd": float})
    sds = tuple(np.full(modes.shape, np.nan) for modes in solution.modes)
    if solution.converged:
        weights = working_weights(design, solution.fitted, solution.dispersion)
        sds = mode_sd(design, solution.random_cov, weights)
    tables = [
        pd.DataFrame(
            {
                "group": term.group,
                "level": pd.array(term.levels, dtype="str").repeat(len(term.terms)),
                "term": pd.array(term.terms, dtype="str")[np.tile(np.arange(len(term.terms)), len(term.levels))],
                "value": modes.ravel(),
                "sd": sd.ravel(),
            }
        )
        for term, modes, sd in zip(random, solution.modes, sds, strict=True)
    ]
    return tables[0] if len(tables) == 1 else pd.concat(tables, ignore_index=True)
