"""Does hip work go along with pain elsewhere in the body too? The doses in one model of all regions that were asked."""

import math
from dataclasses import dataclass, replace

import pandas as pd

from analysis.claims.effects.dose_response import KINDS, against_habit
from analysis.claims.effects.joint import joint_test
from analysis.claims.plan import ModelPlan, fit_plan, model_frame
from analysis.claims.primary import FEWEST_ATHLETES, PAIN, plan_model
from analysis.errors import HiprunError
from analysis.models import Fit
from analysis.panel.grid import WEEK_ROW, place_in_weeks
from analysis.study import Study

REGION = "region"
NOT_A_REGION = ("any", "other")


@dataclass(frozen=True)
class Regional:
    """The doses by region: the plan, the fit, the regions in the model with the primary one first, and for each other
    region that was asked why it is not in it."""

    plan: ModelPlan
    made: Fit
    regions: tuple[str, ...]
    reasons: dict[str, str]


def region_rows(weekly_reports: pd.DataFrame, panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """`plan.model_frame` with a row for each athlete, week and region answered: `region`, and its worst `pain_nrs`.

    Of the weeks of `panel` in which a report was due, as the panel's own pain; worst of the sides answered.
    """
    inside, _ = place_in_weeks(panel, weekly_reports, weekly_reports["week_start"], "report_expected")
    known = inside[~inside[REGION].isin(NOT_A_REGION) & inside["pain_nrs"].notna()]
    worst = known.groupby([WEEK_ROW, REGION], as_index=False)["pain_nrs"].max()
    weeks = model_frame(panel, study).iloc[worst[WEEK_ROW].to_numpy(dtype="int64")].reset_index(drop=True)
    return weeks.assign(region=worst[REGION].astype("str").array, pain_nrs=worst["pain_nrs"].astype("float64").array)


def fit_by_region(weekly_reports: pd.DataFrame, panel: pd.DataFrame, study: Study) -> Regional:
    """The pain model on region-weeks, in which the deviation of each dose has an effect of its own in each region.

    Level of pain by region, athlete and region within athlete as random intercepts; everything else, the usual doses
    too, is adjusted for as in the pain model with one effect for all regions. Raises `HiprunError` with the reason
    where fewer than two regions can be told apart, a dose is not known, or the model did not converge.
    """
    rows = region_rows(weekly_reports, panel, study)
    regions, reasons = _regions(rows, study)
    if len(regions) < 2:
        found = "only one region was" if len(regions) == 1 else "no region was"
        raise HiprunError(f"{found} asked about often enough")
    rows = rows[rows[REGION].isin(regions)].reset_index(drop=True)
    doses = {kind: rows[f"{kind}_within"] for kind in KINDS}
    own = {
        term_of(kind, region): dose.where((rows[REGION] == region) | dose.isna(), 0.0)
        for kind, dose in doses.items()
        for region in regions
    }
    usual = tuple(f"{kind}_between" for kind in KINDS)
    model = replace(
        PAIN,
        name="regional",
        exposures=tuple(own),
        adjustment=(f"C({REGION})", *usual, *PAIN.adjustment),
        random=f"(1 | athlete_id/{REGION})",
    )
    frame = rows.assign(**own)
    plan = plan_model(model, frame, frame, study)
    if not plan.formula:
        raise HiprunError(plan.reasons["model"])
    made = fit_plan(plan, study)
    if not made.converged:
        raise HiprunError("the model of all regions did not converge")
    return Regional(plan, made, regions, reasons)


def term_of(kind: str, region: str) -> str:
    """The term of a kind of work in a region."""
    return f"{kind}_in_{region}"


def regional_effects(fitted: Regional) -> pd.DataFrame:
    """The effect of each kind of work per dose step in each region: kind, region, estimate, ci_low, ci_high, df, scale,
    n_obs (its region-weeks), n_athletes, mean_pain (of those weeks). Kinds the data cannot carry have no rows."""
    used = fitted.plan.frame.loc[fitted.made.fitted.index]
    of_region = used.groupby(REGION)
    counts = {region: {"n_obs": len(rows), "n_athletes": rows["athlete_id"].nunique(),
              "mean_pain": float(rows["pain_nrs"].mean())} for region, rows in of_region}  # fmt: skip
    rows = [
        {"kind": kind, "region": region} | against_habit(fitted.made, {term_of(kind, region): 1.0}) | counts[region]
        for kind in KINDS
        for region in fitted.regions
        if term_of(kind, region) in fitted.plan.terms and region in counts
    ]
    table = pd.DataFrame(rows)
    return table[table[["estimate", "ci_low", "ci_high"]].notna().all(axis=1)].reset_index(drop=True)


def regions_alike(fitted: Regional) -> dict[str, float]:
    """For each kind of work the p of the test that its effect is the same in all regions (`joint.joint_test`); missing
    where the data cannot carry the test."""
    return {kind: _alike(fitted, kind) for kind in KINDS}


def _alike(fitted: Regional, kind: str) -> float:
    terms = [t for t in (term_of(kind, region) for region in fitted.regions) if t in fitted.plan.terms]
    if len(terms) < 2:
        return math.nan
    try:
        return joint_test(fitted.made, [{terms[0]: 1.0, other: -1.0} for other in terms[1:]]).p_value
    except HiprunError:  # an effect that rests on one athlete has no standard error
        return math.nan


def _regions(rows: pd.DataFrame, study: Study) -> tuple[tuple[str, ...], dict[str, str]]:
    """The regions that can be in the model, the primary one first, and why the others cannot."""
    reasons = {}
    for region, here in rows.groupby(REGION):
        if here["athlete_id"].nunique() < FEWEST_ATHLETES:
            reasons[str(region)] = f"fewer than {FEWEST_ATHLETES} runners were asked"
        elif here["pain_nrs"].nunique() < 2:
            reasons[str(region)] = "pain is the same in every week"
    kept = [region for region in sorted(rows[REGION].unique()) if region not in reasons]
    return tuple(sorted(kept, key=lambda region: region != study.primary_region)), reasons
