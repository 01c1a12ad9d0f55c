"""Claims are estimated as the primary models are, read after Holm, and never stop a report."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import (
    CLAIMS,
    OUTCOMES,
    ClaimData,
    estimate_claims,
    first_pain_curves,
    fit_plan,
    holm,
    plan_injury_model,
    plan_pain_model,
)
from analysis.claims.estimate import claim_plan
from analysis.claims.reading import CANNOT, READINGS, SUPPORTED
from analysis.models import cluster_robust, contrast, fit
from analysis.panel import athlete_weeks
from analysis.simulate import null_truth, simulate_tables
from analysis.study import Study
from analysis.tables import RAW_TABLES

STUDY = Study()
NUMBERS = ["estimate", "ci_low", "ci_high", "p_value"]


def cohort(tables, panel=None):
    return ClaimData(tables, athlete_weeks(tables) if panel is None else panel, STUDY)


def claims_named(*names):
    return [claim for claim in CLAIMS if claim.id in names]


@pytest.fixture(scope="module")
def tables():
    return simulate_tables(n_athletes=30, n_weeks=18, seed=11)


@pytest.fixture(scope="module")
def data(tables):
    return cohort(tables)


@pytest.fixture(scope="module")
def estimated(data):
    return estimate_claims(data)


def of(estimated, term):
    return estimated.set_index("term").loc[term]


def test_every_estimand_has_a_row_with_an_estimate_or_the_reason(estimated):
    assert len(estimated) == sum(len(claim.estimands) for claim in CLAIMS)
    known = estimated["estimate"].notna()
    assert (known == (estimated["why_not"] == "")).all() and (known == (estimated["reading"] != CANNOT)).all()
    assert set(estimated["reading"]) <= set(READINGS)
    rows = estimated[known]
    assert ((rows["ci_low"] < rows["estimate"]) & (rows["estimate"] < rows["ci_high"])).all()
    assert rows["converged"].all() and (rows["n_athletes"] >= 5).all() and (rows["n_obs"] >= rows["n_athletes"]).all()


def test_the_dose_claims_are_the_numbers_of_the_primary_models_exactly(data, estimated):
    for kind in ("mobility", "stability"):
        pain = fit_plan(plan_pain_model(data.panel, STUDY), STUDY).estimates.set_index("term").loc[f"{kind}_within"]
        row = of(estimated, f"pain: {kind}_within")
        assert row[NUMBERS].tolist() == pain[NUMBERS].tolist()
        injury = fit_plan(plan_injury_model(data.panel, STUDY), STUDY)
        ratios = injury.response_estimates.set_index("term").loc[f"{kind}_within"]
        row = of(estimated, f"injury: {kind}_within")
        assert row[NUMBERS].tolist() == pytest.approx(ratios[NUMBERS].tolist(), rel=1e-14)
        assert (row["n_obs"], row["n_dropped"], row["scale"]) == (injury.n_obs, injury.n_dropped, "IRR")


def test_both_kinds_together_are_half_a_step_of_each_in_a_model_of_total_and_difference(data, estimated):
    """b·(m + s)/2 of a model of m and s is the effect of the total t = m + s in one of t and d = m - s:
    m = (t + d)/2, s = (t - d)/2."""
    plan = plan_injury_model(data.panel, STUDY)
    frame = plan.frame.assign(
        total=plan.frame["mobility_within"] + plan.frame["stability_within"],
        apart=plan.frame["mobility_within"] - plan.frame["stability_within"],
    )
    formula = plan.formula.replace("mobility_within", "total").replace("stability_within", "apart")
    made = cluster_robust(fit(formula, frame, "poisson", offset=plan.offset), frame, plan.cluster)
    total = made.response_estimates.set_index("term").loc["total"]
    row = of(estimated, "injury: mobility_within stability_within")
    assert row[NUMBERS].tolist() == pytest.approx(total[NUMBERS].tolist(), rel=1e-4)


def test_deep_against_other_work_is_one_term_of_a_model_of_their_sum_and_the_deep_part(data, estimated):
    """deep·x + other·y = other·(x + y) + (deep - other)·x."""
    estimand = claims_named("deep_stabilisers")[0].estimands[0]
    plan = claim_plan(estimand, data.weeks, STUDY)
    assert "stability_within" not in plan.terms[:2] and {"deep_within", "other_stability_within"} <= set(plan.terms)
    frame = plan.frame.assign(whole=plan.frame["deep_within"] + plan.frame["other_stability_within"])
    made = fit_plan(plan, STUDY)
    again = cluster_robust(fit(plan.formula.replace(" other_stability_within", " whole"), frame), frame, plan.cluster)
    expected = again.estimates.set_index("term").loc["deep_within"]
    found = contrast(made, estimand.weights)
    assert found[NUMBERS].tolist() == pytest.approx(expected[NUMBERS].tolist(), rel=1e-3)
    row = of(estimated, "pain: deep_within other_stability_within")
    assert row[NUMBERS].tolist() == found[NUMBERS].tolist()


def test_a_claim_keeps_the_primary_model_and_adds_its_terms_to_it(data):
    primary = plan_pain_model(data.panel, STUDY)
    plan = claim_plan(claims_named("planes")[0].estimands[0], data.weeks, STUDY)
    assert plan.terms == (*primary.terms, "non_sagittal_within", "non_sagittal_between")
    assert plan.formula == primary.formula.replace(
        primary.terms[-1], f"{primary.terms[-1]} + non_sagittal_within + non_sagittal_between"
    )


def test_holm_by_hand_over_the_primary_claims_together_and_else_within_a_claim(estimated):
    """p (0.01, 0.04, 0.03, 0.005), Holm 1979: 4·0.005, 3·0.01, 2·0.03, then no less than the one before."""
    found = holm(pd.Series([0.01, 0.04, np.nan, 0.03, 0.005]))
    assert found.tolist() == pytest.approx([0.03, 0.06, np.nan, 0.06, 0.02], nan_ok=True)
    assert holm(pd.Series([np.nan])).isna().all()
    known = estimated[estimated["estimate"].notna()]
    assert known["p_holm"].notna().all() and estimated["p_holm"].notna().sum() == len(known)
    families = [known[known["confirmed"]]]
    families += [rows for _, rows in known[~known["confirmed"]].groupby(["claim", "judging"])]
    assert families[0]["primary"].all() and families[0]["claim"].nunique() > 5 and len(families) > 12
    for family in families:
        ordered = family["p_value"].sort_values()
        by_hand = (ordered * np.arange(len(ordered), 0, -1)).cummax().clip(upper=1)
        assert np.allclose(family["p_holm"].reindex(ordered.index), by_hand)
        assert family["n_tested"].eq(len(family)).all()


def test_scores_not_tested_are_left_out_of_the_joint_model_and_named(data):
    weeks = data.weeks.assign(endurance=np.nan, endurance_change=np.nan)
    of_pain = {tuple(e.weights): e for e in claims_named("four_strengths")[0].estimands if e.outcome == "pain"}
    plan = claim_plan(of_pain[("force",)], weeks, STUDY)
    assert "endurance" not in plan.formula and {"force", "full_range", "centring"} <= set(plan.terms)
    for weights in (("endurance",), ("endurance", "full_range", "centring")):
        with pytest.raises(Exception, match=r"not known in any row: endurance \(column endurance\)"):
            claim_plan(of_pain[weights], weeks, STUDY)


def test_the_three_kinds_beyond_force_are_tested_together_as_their_sum_at_the_same_force(data, estimated):
    """With t = (e + f + c)/3 and the deviations f - t and c - t in place of e, f and c, e is t less both deviations, so
    that the slope of t is the sum of the three slopes."""
    estimand = next(e for e in claims_named("four_strengths")[0].estimands if e.outcome == "pain" and not e.further)
    plan = claim_plan(estimand, data.weeks, STUDY)
    e, f, c = (plan.frame[name] for name in ("endurance", "full_range", "centring"))
    frame = plan.frame.assign(endurance=(e + f + c) / 3, full_range=f - (e + f + c) / 3, centring=c - (e + f + c) / 3)
    made = cluster_robust(fit(plan.formula, frame), frame, plan.cluster).estimates.set_index("term").loc["endurance"]
    row = of(estimated, "pain: endurance full_range centring")
    assert row[NUMBERS].tolist() == pytest.approx(made[NUMBERS].tolist(), rel=1e-3) and row["confirmed"]


def nothing_but(tables, *names):
    return {name: table if name in names else RAW_TABLES[name].empty() for name, table in tables.items()}


def of_athletes(tables, ids):
    return {name: table[table["athlete_id"].isin(ids)].reset_index(drop=True) for name, table in tables.items()}


def no_hip_tests(tables):
    return {**tables, "hip_assessments": RAW_TABLES["hip_assessments"].empty()}


HOSTILE = {
    "four athletes": lambda t: of_athletes(t, t["athletes"]["athlete_id"][:4]),
    "one clinic": lambda t: (
        {**of_athletes(t, t["athletes"]["athlete_id"][:8])} | {"athletes": t["athletes"][:8].assign(clinic="A")}
    ),
    "no injuries": lambda t: {**of_athletes(t, t["athletes"]["athlete_id"][:8]), "injuries": t["injuries"][:0]},
    "no hip tests": lambda t: no_hip_tests(of_athletes(t, t["athletes"]["athlete_id"][:8])),
    "tests alone": lambda t: nothing_but(t, "athletes", "hip_assessments", "observation_windows"),
    "no hip work at all": lambda t: {**of_athletes(t, t["athletes"]["athlete_id"][:8]), "hip_work": t["hip_work"][:0]},
    "logs alone": lambda t: nothing_but(t, "athletes", "training_sessions", "observation_windows"),
    "nothing": lambda t: nothing_but(t),
}


ASKED = {
    "one clinic": ("dose_mobility", "planes", "side_asymmetry", "remote_pain", "build_up"),
    "no injuries": ("dose_mobility", "injury_dose", "side_asymmetry", "hip_loading", "muscle_ratio"),
}
"""To save time; the other cohorts are asked everything."""


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_the_cohort_each_claim_is_estimated_or_says_why_not(name, tables):
    data = cohort(HOSTILE[name](tables))
    found = estimate_claims(data, claims_named(*ASKED[name]) if name in ASKED else CLAIMS)
    lost = found["estimate"].isna()
    assert ((found["why_not"] != "") == lost).all()
    assert (found.loc[lost, "reading"] == CANNOT).all() and not found["why_not"].str.contains("\n").any()
    if name == "no hip work at all":
        reasons = found.loc[found["claim"].isin(["dose_mobility", "planes", "balance_of_work"]), "why_not"]
        assert (reasons != "").all()
    if name in ("four athletes", "logs alone", "tests alone", "nothing"):
        weeks = found["rows"].isin(["weeks", "leg-weeks", "region-weeks"])
        assert lost[weeks].all()
    if name == "no injuries":
        assert lost[found["outcome"].eq("rate of new injuries")].all()
        assert found.loc[found["term"] == "injury: mobility_within", "why_not"].str.contains("always the same").all()
    if name == "no hip tests":
        assert (
            found.loc[found["claim"].isin(["capacity_imbalance", "build_up", "temporary_range"]), "why_not"]
            .ne("")
            .all()
        )
        assert not lost[found["claim"] == "dose_mobility"].any()
    first_pain_curves(data)


def test_everyone_injured_every_week_has_no_rate(tables):
    panel = athlete_weeks(of_athletes(tables, tables["athletes"]["athlete_id"][:8]))
    panel["new_injuries"] = panel["new_injuries"].mask(panel["new_injuries"].notna(), 1)
    found = estimate_claims(cohort(tables, panel), claims_named("injury_dose", "capacity_imbalance"))
    injuries = found[found["outcome"] == "rate of new injuries"]
    assert len(injuries) == 4 and (injuries["reading"] == CANNOT).all()


def test_fewer_than_five_runners_are_not_counted_in_the_reason(tables):
    few = cohort(HOSTILE["four athletes"](tables))
    reasons = estimate_claims(few, claims_named("dose_mobility"))["why_not"]
    assert reasons.tolist() == ["fewer than 5 runners have a row with all that the model needs"]


def test_the_default_truth_is_found_on_its_side_and_within_the_interval():
    """True: -0.25 and -0.20 points per +30 min/week of mobility and of stability work (`simulate.Truth`)."""
    made = simulate_tables(n_athletes=60, n_weeks=26, seed=1)
    found = estimate_claims(cohort(made), claims_named("dose_mobility", "dose_stability")).set_index("claim")
    for claim, truth in (("dose_mobility", -0.25), ("dose_stability", -0.20)):
        row = found.loc[claim]
        assert row["estimate"] < 0 and row["ci_low"] < truth < row["ci_high"]
    assert found["reading"].eq(SUPPORTED).all()  # two claims alone: Holm over two


def test_without_any_effect_hardly_a_primary_claim_is_supported():
    """Holm holds the chance of any false call of the family at 5 %."""
    made = simulate_tables(n_athletes=40, n_weeks=14, seed=5, truth=null_truth())
    names = ("dose_mobility", "dose_stability", "injury_dose", "planes", "balance_of_work", "capacity_imbalance")
    found = estimate_claims(cohort(made), claims_named(*names))
    assert found["estimate"].notna().all() and (found["reading"] == SUPPORTED).sum() <= 1


def test_the_curves_of_first_pain_count_every_runner_with_a_known_deficit_once(data):
    curves = first_pain_curves(data)
    assert set(curves["group"]) == {f"{third} deficit" for third in ("smallest", "middle", "largest")}
    first = data.weeks.groupby("athlete_id")["hip_deficit"].first().notna()
    answered = data.weeks[data.weeks["pain_nrs"].notna()]["athlete_id"].unique()
    assert curves.groupby("group")["n_risk"].max().sum() == first[first].index.isin(answered).sum()


def test_a_true_effect_of_one_leg_and_one_region_is_found_where_it_was_put(data):
    rng = np.random.default_rng(2)
    legs = data.legs.assign(weaker_side_yes=(data.legs["side"] == "left").astype(float))
    legs["pain_nrs"] = 3 + 0.8 * legs["weaker_side_yes"] + rng.normal(0, 0.5, len(legs))
    leg = next(e for e in claims_named("side_asymmetry")[0].estimands if e.outcome == "leg_pain")
    found = contrast(fit_plan(claim_plan(leg, legs, STUDY), STUDY), leg.weights)
    assert found["ci_low"] < 0.8 < found["ci_high"] and found["ci_high"] - found["ci_low"] < 0.3
    rows = data.regions
    rows = rows.assign(pain_nrs=2 + 0.7 * rows["deficit_knee"].fillna(0) + rng.normal(0, 0.5, len(rows)))
    for region, truth in (("knee", 0.7), ("low_back", 0.0)):
        estimand = next(e for e in claims_named("remote_pain")[0].estimands if f"deficit_{region}" in e.weights)
        found = contrast(fit_plan(claim_plan(estimand, rows, STUDY), STUDY), estimand.weights)
        assert found["ci_low"] < truth < found["ci_high"] and found["ci_high"] - found["ci_low"] < 0.4


def test_every_outcome_is_used_by_a_claim():
    assert {e.outcome for claim in CLAIMS for e in claim.estimands} == set(OUTCOMES)
