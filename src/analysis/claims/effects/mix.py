"""Mobility against stability work at the same total: what the primary models expect of each split of the same minutes
(CLAIMS balance_of_work)."""

from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.reading import scale_of
from analysis.errors import HiprunError
from analysis.models import Fit, contrast, curve
from analysis.models.families import FAMILIES
from analysis.study import Study

KINDS = ("mobility", "stability")
PRODUCT = "mobility_within:stability_within"
SPLITS = (1.0, 0.75, 0.5, 0.25, 0.0)
"""Shares of mobility work."""
NEAR_SHARE = 0.125
"""A week is near a split if its share of mobility work is no further from it: half the way to the next split."""
NEAR_TOTAL = 2.0
"""... and its total neither more than so many times the total of the split nor less than its so-many-th part."""
PER_H = 1000.0
"""Rates are given for so many hours."""

ONE_ATHLETE = "what is expected has no limits, since a term of the model rests on a single runner"


def with_product(plan: ModelPlan) -> ModelPlan:
    """The plan with the product of the two deviations. Raises `HiprunError` where the model lacks one of them."""
    lost = [kind for kind in KINDS if f"{kind}_within" not in plan.terms]
    if lost:
        why = [f"{kind} work ({plan.reasons.get(f'{kind}_within', 'not known')})" for kind in lost]
        raise HiprunError(f"both kinds of work are needed; the model lacks {' and '.join(why)}")
    if PRODUCT in plan.terms:
        return plan
    outcome, terms = plan.formula.split(" ~ ", 1)
    return replace(plan, formula=f"{outcome} ~ {PRODUCT} + {terms}", terms=(*plan.terms, PRODUCT))


def predicted_mix(plan: ModelPlan, study: Study) -> pd.DataFrame:
    """What the model of `plan`, with the product of both doses, expects at `SPLITS` of the same total of hip work.

    The total is the cohort's median dose of both kinds; habits are the cohort's means. All else is as in the cohort's
    weeks, over which the expected outcomes are averaged (`models.curve`).

    Returns
    -------
    DataFrame
        One row a split: share (of mobility work, 0 to 1), label ("75:25"), total_min (min/week), expected, ci_low,
        ci_high (points, or new cases per 1000 h where the model has hours as offset), difference, difference_ci_low,
        difference_ci_high (against 50:50, or the ratio as `scale` says; none at 50:50), scale; n_weeks_near and
        n_athletes_near (weeks near the split, `NEAR_SHARE` and `NEAR_TOTAL`, and their athletes), percent_near (of all
        weeks with hip work), n_athletes. Without weeks near it a split has no numbers, which would rest on the model
        alone. Limits of a rating are cut at 0 and 10.
    Raises `HiprunError` where a dose is not in the model, it did not converge, or nothing it expects has limits.
    """
    plan = with_product(plan)
    made = fit_plan(plan, study)
    if not made.converged:
        raise HiprunError("the model with the product of both kinds of work did not converge")
    rows = plan.frame.loc[made.fitted.index]
    habit, total = _usual(rows)
    near = _near(rows, total)
    table = pd.DataFrame([_expected(made, plan, habit, total, share) | _against_half(made, habit, total, share)
                          for share in SPLITS])  # fmt: skip
    table = pd.concat([table, near], axis=1)
    numbers = ["expected", "ci_low", "ci_high", "difference", "difference_ci_low", "difference_ci_high"]
    if table[["ci_low", "ci_high"]].isna().all(axis=None):
        raise HiprunError(ONE_ATHLETE)
    table.loc[table["n_weeks_near"] == 0, numbers] = np.nan
    return table.assign(
        share=SPLITS,
        label=[f"{100 * s:.0f}:{100 * (1 - s):.0f}" for s in SPLITS],
        total_min=total * study.dose_step_min,
        scale=scale_of(made.family),
        n_athletes=rows["athlete_id"].nunique(),
    )[["share", "label", "total_min", *numbers, "scale", *near, "n_athletes"]]


def _usual(rows: pd.DataFrame) -> tuple[dict[str, float], float]:
    """The mean habit of each kind, and the median total dose, in dose steps."""
    habit = {kind: float(rows[f"{kind}_between"].mean()) for kind in KINDS}
    return habit, float(sum(_dose(rows, kind) for kind in KINDS).median())


def _dose(rows: pd.DataFrame, kind: str) -> pd.Series:
    """The dose of a kind of work in each row, in dose steps."""
    return rows[f"{kind}_within"] + rows[f"{kind}_between"]


def _deviations(habit: dict[str, float], total: float, share: float) -> dict[str, float]:
    """How far each kind is from its habit where `share` of the total is mobility work."""
    parts = {"mobility": share * total, "stability": (1 - share) * total}
    return {f"{kind}_within": parts[kind] - habit[kind] for kind in KINDS}


def _expected(made: Fit, plan: ModelPlan, habit: dict[str, float], total: float, share: float) -> dict[str, float]:
    """The outcome expected at a split, on average over the rows of the model."""
    at = _deviations(habit, total, share)
    at |= {f"{kind}_between": habit[kind] for kind in KINDS if f"{kind}_between" in plan.terms}
    if plan.offset:
        at[plan.offset] = 0.0  # one hour
    mobility = at.pop("mobility_within")
    found = curve(made, plan.frame, "mobility_within", [mobility], at=at).iloc[0]
    return expected_of(made, found)


def expected_of(made: Fit, found: pd.Series) -> dict[str, float]:
    """expected, ci_low and ci_high of a row of `models.curve`: of a rating cut at 0 and 10, of a rate for `PER_H`."""
    numbers = found[["estimate", "ci_low", "ci_high"]].astype("float64").to_numpy()
    shown = np.clip(numbers, 0, 10) if made.family == "gaussian" else numbers * (PER_H if made.offset else 1.0)
    return dict(zip(("expected", "ci_low", "ci_high"), map(float, shown), strict=True))


def _against_half(made: Fit, habit: dict[str, float], total: float, share: float) -> dict[str, float]:
    names = ("difference", "difference_ci_low", "difference_ci_high")
    if share == 0.5:
        return dict.fromkeys(names, np.nan)
    one, half = (_deviations(habit, total, s) for s in (share, 0.5))
    weights = {term: one[term] - half[term] for term in one}
    weights[PRODUCT] = float(np.prod(list(one.values())) - np.prod(list(half.values())))
    found = contrast(made, weights)[["estimate", "ci_low", "ci_high"]].astype("float64")
    with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
        found = np.exp(found) if FAMILIES[made.family].ratio else found
    return dict(zip(names, found, strict=True))


def _near(rows: pd.DataFrame, total: float) -> pd.DataFrame:
    """n_weeks_near, n_athletes_near and percent_near of each split."""
    doses = {kind: _dose(rows, kind) for kind in KINDS}
    whole = sum(doses.values())
    worked = whole > 0
    share = doses["mobility"].where(worked) / whole.where(worked)
    alike = whole.between(total / NEAR_TOTAL, total * NEAR_TOTAL)
    near = [alike & ((share - split).abs() <= NEAR_SHARE) for split in SPLITS]
    counts = {
        "n_weeks_near": [int(here.sum()) for here in near],
        "n_athletes_near": [rows.loc[here, "athlete_id"].nunique() for here in near],
    }
    return pd.DataFrame(counts).assign(percent_near=lambda t: 100 * t["n_weeks_near"] / max(int(worked.sum()), 1))
