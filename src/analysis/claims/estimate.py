"""Every claim estimated: one row an estimand, with its reading, or why these data give none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.claims.claim import OUTCOMES, Claim, Estimand
from analysis.claims.frames import ClaimData
from analysis.claims.library import CLAIMS
from analysis.claims.once import once
from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.planned import claim_plan
from analysis.claims.primary import columns_of
from analysis.claims.reading import AGAINST, SUPPORTED, UNDECIDED, reading, reading_of_claim, scale_of
from analysis.claims.robustness.robust_reading import moved_across_zero
from analysis.claims.why_not import because
from analysis.errors import HiprunError
from analysis.models import Fit, contrast, explained, fit
from analysis.models.families import FAMILIES
from analysis.study import Study

NUMBERS = ("estimate", "ci_low", "ci_high", "p_value")
WAYS = {
    "range_gained": ("smaller", "larger"),
    "range_kept": ("smaller", "larger"),
    "balance_gained": ("shorter", "longer"),
}
"""What lies below and above no effect, by outcome; else lower and higher."""
CAUTION = "caution: "
FEWEST_DF = 4
"""Tipton 2015, Psychol Methods 20:375: below it the t approximation of a cluster-robust test is poor."""


def estimate_claims(data: ClaimData, claims: Sequence[Claim] = CLAIMS, *, robust: bool = True) -> pd.DataFrame:
    """One row an estimand of each claim, in their order; a claim these data cannot answer has a row that says why.

    Each is the outcome's model (`claims.claim.OUTCOMES`) with the claim's terms, fitted and tested as the primary
    models are (`plan.fit_plan`), and read as one weighted sum of its terms (`models.contrast`). Without `robust` the
    sensitivity analysis has no say in the readings, for simulations that ask for the estimates alone.

    Returns
    -------
    DataFrame
        claim (id), title, sentence, primary; outcome and unit (in words; unit of a difference), less and more (words
        for a value below and above no effect), rows (what a row of the model is), term (the weighted terms), label,
        contrast, expected (-1, 1); estimate, ci_low, ci_high (a difference, or a ratio as `scale` says), df, p_value;
        p_holm: after Holm 1979 (Scand J Stat 6:65) over the n_tested estimates of its family; confirmed: in the family
        of all primary claims, as those of a primary claim that are no further ones are; judging: the claim is read by
        it (the confirmed, and of a secondary claim those that are no further ones); scale, smallest (effect of
        interest, missing where the outcome has none), n_obs, n_athletes, n_dropped, converged; reading
        (`claims.reading`) by the interval, p_holm and the sensitivity analysis: an effect is only called where none of
        its comparable alternatives (`robustness.robust_reading`) calls it clear on the other side; moved_by: those that
        do, in words (the reading is then undecided); claim_reading (`reading_of_claim` of the judging rows of the
        claim); note (cautions, terms left out, the gain in fit, what moved the reading); why_not, empty where there is
        an estimate.

    Notes
    -----
    The family of the primary claims has one estimate of a claim and outcome, so that a claim asked in many ways does
    not make every other claim harder to show: both kinds of work together stand for the dose, their share for the
    planes, the three other kinds of strength together, given force, for the four kinds. The others, `further` ones,
    are a family of their own within their claim, as are the effects by which a secondary claim is read.
    """
    solver = _Solver(data)
    asked = [(claim, estimand) for claim in claims for estimand in claim.estimands]
    table = pd.DataFrame([_row(claim, estimand, solver) for claim, estimand in asked])
    table = _read(table, data.study)
    moved = _moved_by(table["reading"].isin([SUPPORTED, AGAINST]), asked, data) if robust else ""
    return _of_claims(table.assign(moved_by=moved))


@dataclass
class _Solver:
    """Fits of one cohort, each model once."""

    data: ClaimData
    done: dict = field(default_factory=dict)

    def frame(self, name: str) -> pd.DataFrame:
        """A frame of the data; raises the `HiprunError` of making it each time it is asked for."""
        return once(self.done, ("frame", name), lambda: getattr(self.data, name))

    def made(self, plan: ModelPlan, frame: str) -> Fit:
        return once(self.done, (plan.formula, plan.family, frame), lambda: fit_plan(plan, self.data.study))


def _row(claim: Claim, estimand: Estimand, solver: _Solver) -> dict[str, object]:
    outcome, study = OUTCOMES[estimand.outcome], solver.data.study
    step = f"{study.dose_step_min:g}"
    row = {"claim": claim.id, "title": claim.title, "sentence": claim.sentence, "primary": claim.primary}
    row |= {"outcome": outcome.about(study), "unit": outcome.unit, "rows": outcome.rows}
    row |= dict(zip(("less", "more"), WAYS.get(estimand.outcome, ("lower", "higher")), strict=True))
    row |= {"term": estimand.term, "label": estimand.label.format(step=step)}
    row |= {"contrast": estimand.contrast.format(step=step), "expected": estimand.expected}
    row |= dict.fromkeys((*NUMBERS, "df"), np.nan) | {"judging": not estimand.further}
    row |= {"confirmed": claim.primary and not estimand.further}
    row |= {"scale": scale_of(outcome.model.family), "n_obs": 0, "n_athletes": 0, "n_dropped": 0}
    row |= {"smallest": getattr(study, outcome.smallest) if outcome.smallest else np.nan}
    row |= {"converged": False, "note": "", "why_not": ""}
    try:
        return row | _estimated(estimand, solver)
    except HiprunError as error:
        return row | {"why_not": because(error)}


def _estimated(estimand: Estimand, solver: _Solver) -> dict[str, object]:
    """What is known of one estimand. Raises `HiprunError` with the reason where nothing is."""
    outcome, study = OUTCOMES[estimand.outcome], solver.data.study
    plan = claim_plan(estimand, solver.frame(outcome.frame), study)
    made = solver.made(plan, outcome.frame)
    used = plan.frame.loc[made.fitted.index, "athlete_id"]
    counts = {"n_obs": made.n_obs, "n_athletes": used.nunique(), "n_dropped": made.n_dropped}
    counts |= {"converged": made.converged}
    if not made.converged:
        return counts | {"why_not": "the model did not converge"}
    found = contrast(made, estimand.weights)
    if found[list(NUMBERS)].isna().any():
        return counts | {"why_not": f"{' and '.join(estimand.weights)} cannot be told from other terms of the model"}
    link = found[["estimate", "ci_low", "ci_high"]].astype("float64")
    with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
        numbers = np.exp(link) if FAMILIES[made.family].ratio else link
    doubts = _cautions(made, plan, estimand) + _few_df(found["df"]) + _gain(estimand, plan, made, study)
    told = {"p_value": float(found["p_value"]), "df": float(found["df"]), "note": " ".join(doubts)}
    return counts | numbers.to_dict() | told


def _cautions(made: Fit, plan: ModelPlan, estimand: Estimand) -> list[str]:
    """Doubts of the fit, and the terms of the claim that these data could not carry."""
    said = [f"The model has {made.few_events}."] if made.few_events else []
    said += ["A variance between runners is estimated at zero."] if made.singular else []
    said += [m.removeprefix(CAUTION) for m in made.messages if m.startswith(CAUTION) and "linear model near" in m]
    lost = [f"{c} ({why})" for c, why in plan.reasons.items() if any(c in columns_of(t) for t in estimand.adds)]
    return [*said, f"Left out: {', '.join(lost)}."] if lost else said


def _few_df(df: float) -> list[str]:
    return [f"Only {df:.1f} df: limits and p are not to be trusted (Tipton 2015)."] if df < FEWEST_DF else []


def _gain(estimand: Estimand, plan: ModelPlan, made: Fit, study: Study) -> list[str]:
    """By how much the terms of `gain_of` improve the fit: AIC of ML fits to the same rows, and marginal R²."""
    if not estimand.gain_of:
        return []
    rows = plan.frame.loc[made.fitted.index]
    without = " + ".join(t for t in plan.formula.split(" + ") if t not in estimand.gain_of)
    options = {"family": plan.family, "offset": plan.offset, "reml": False, "level": study.confidence_level}
    full, less = (fit(formula, rows, **options) for formula in (plan.formula, without))
    if not (full.converged and less.converged):
        return []
    said = f"With it AIC is {abs(less.aic - full.aic):.1f} {'lower' if full.aic < less.aic else 'higher'}"
    if plan.family != "gaussian":
        return [f"{said}."]
    more = 100 * (explained(full, rows).r2_marginal - explained(less, rows).r2_marginal)
    return [f"{said}, and the share of pain explained changes by {more:+.1f} percentage points."]


def _read(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The table with p_holm and the readings by interval and p."""
    alpha = 1 - study.confidence_level
    of_claim = table["claim"] + table["judging"].map({True: ", read by", False: ", further"})
    family = table["p_value"].groupby(of_claim.mask(table["confirmed"], "primary claims"))
    table = table.assign(p_holm=family.transform(holm), n_tested=family.transform("count").astype(int))
    table["reading"] = [
        reading(
            row.estimate, row.ci_low, row.ci_high, row.expected,
            None if np.isnan(row.smallest) else row.smallest, row.scale,
            p_adjusted=None if np.isnan(row.p_holm) else row.p_holm, alpha=alpha,
        )
        for row in table.itertuples()
    ]  # fmt: skip
    return table


def _of_claims(table: pd.DataFrame) -> pd.DataFrame:
    """The table with what was moved undecided, and the reading of each claim; its columns in order."""
    moved = table["moved_by"] != ""
    table["reading"] = table["reading"].mask(moved, UNDECIDED)
    said = table["note"] + " Clear on the other side with " + table["moved_by"] + "."
    table["note"] = table["note"].mask(moved, said.str.strip())
    judging = table[table["judging"]].groupby("claim")["reading"].agg(reading_of_claim)
    return table.assign(claim_reading=table["claim"].map(judging))[list(COLUMNS)]


def _moved_by(called: pd.Series, asked: Sequence[tuple[Claim, Estimand]], data: ClaimData) -> list[str]:
    """For each estimate that is `called`, the alternatives that call it on the other side; empty text for none.

    Refits take long, so they are made only where an effect would be called.
    """
    shared: dict = {}
    return [
        " and ".join(moved_across_zero(data, claim, estimand, shared)) if is_called else ""
        for is_called, (claim, estimand) in zip(called, asked, strict=True)
    ]


COLUMNS = (
    "claim", "title", "sentence", "primary", "outcome", "unit", "less", "more", "rows", "term", "label", "contrast",
    "expected", "estimate", "ci_low", "ci_high", "df", "p_value", "p_holm", "n_tested", "confirmed", "judging",
    "scale", "smallest", "n_obs", "n_athletes", "n_dropped", "converged", "reading", "moved_by", "claim_reading",
    "note", "why_not",
)  # fmt: skip


def holm(p_values: pd.Series) -> pd.Series:
    """p values after Holm 1979 (Scand J Stat 6:65) over those that are known; the others stay missing."""
    known = p_values.notna()
    adjusted = pd.Series(np.nan, index=p_values.index)
    if known.any():
        adjusted[known] = multipletests(p_values[known], method="holm")[1]
    return adjusted
