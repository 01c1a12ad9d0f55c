"""Hip work and pain by region: region-weeks as reported, and an effect of its own for each region."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_pain_model
from analysis.claims.effects.by_region import fit_by_region, region_rows, regional_effects, regions_alike
from analysis.errors import HiprunError
from analysis.study import Study
from tests.claims.synthetic import panel

STUDY = Study()


def cohort(n=30, *, knee=0.0, seed=3):
    """A panel, and reports of hip and groin (its pain) and the knee, where work has the effect `knee` per step."""
    table = panel(n, 16, mobility=lambda d: -0.6 * d, seed=seed)
    weeks = table["week_in_programme"].to_numpy()
    table = table.assign(
        week_start=pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * weeks, unit="D"),
        report_expected=pd.array(np.ones(len(table), dtype=bool), dtype="boolean"),
    )
    rng = np.random.default_rng(1000 + seed)
    elsewhere = 2 + knee * table["mobility_dose_within_min"] / 30 + rng.normal(0, 1, len(table))
    who = table[["athlete_id", "week_start"]]
    reports = [who.assign(region="hip_groin", side="left", pain_nrs=table["pain_nrs"])]
    reports += [
        who.assign(region="knee", side=side, pain_nrs=elsewhere - less) for side, less in (("left", 0), ("right", 1))
    ]
    return table, pd.concat(reports, ignore_index=True)


def test_region_weeks_hold_the_worst_side_and_the_panels_own_pain():
    table, reports = cohort()
    rows = region_rows(reports, table, STUDY)
    assert len(rows) == 2 * len(table)
    hip = rows[rows["region"] == "hip_groin"]
    assert hip["pain_nrs"].to_numpy() == pytest.approx(table["pain_nrs"].to_numpy())
    knee = reports[(reports["region"] == "knee") & (reports["side"] == "left")]
    assert rows.loc[rows["region"] == "knee", "pain_nrs"].to_numpy() == pytest.approx(knee["pain_nrs"].to_numpy())


def test_each_region_has_its_own_effect_and_that_they_differ_is_found():
    """True: -0.6 points per step of mobility work in the hip, none in the knee, none of stability work."""
    table, reports = cohort()
    fitted = fit_by_region(reports, table, STUDY)
    found = regional_effects(fitted).set_index(["kind", "region"])
    for key, truth in ((("mobility", "hip_groin"), -0.6), (("mobility", "knee"), 0.0), (("stability", "knee"), 0.0)):
        assert found.loc[key, "ci_low"] < truth < found.loc[key, "ci_high"]
    assert found.loc[("mobility", "hip_groin"), "ci_high"] < -0.3
    p = regions_alike(fitted)
    assert p["mobility"] < 0.001 < p["stability"]
    assert (found["n_athletes"] == 30).all()


def test_regions_with_the_same_effect_are_not_told_apart():
    table, reports = cohort(knee=-0.6)
    assert regions_alike(fit_by_region(reports, table, STUDY))["mobility"] > 0.01


def test_the_primary_region_comes_first_and_its_effect_is_that_of_the_pain_model():
    table, reports = cohort()
    fitted = fit_by_region(reports, table, STUDY)
    assert fitted.regions == ("hip_groin", "knee")
    alone = fit_plan(plan_pain_model(table, STUDY), STUDY).estimates.set_index("term")
    found = regional_effects(fitted).set_index(["kind", "region"])
    assert found.loc[("mobility", "hip_groin"), "estimate"] == pytest.approx(
        alone.loc["mobility_within", "estimate"], abs=0.05
    )


def test_a_region_of_few_runners_or_without_variation_is_left_out_with_the_reason():
    table, reports = cohort()
    few = table["athlete_id"].unique()[:4]
    back = reports[(reports["region"] == "hip_groin") & reports["athlete_id"].isin(few)].assign(region="low_back")
    shin = reports[reports["region"] == "hip_groin"].assign(region="lower_leg", pain_nrs=0.0)
    fitted = fit_by_region(pd.concat([reports, back, shin]), table, STUDY)
    assert fitted.regions == ("hip_groin", "knee")
    assert fitted.reasons == {
        "low_back": "fewer than 5 runners were asked",
        "lower_leg": "pain is the same in every week",
    }


def test_one_region_alone_is_refused_in_words():
    table, reports = cohort(12)
    with pytest.raises(HiprunError, match="only one region was asked about often enough"):
        fit_by_region(reports[reports["region"] == "hip_groin"], table, STUDY)
