"""The primary models ask what the methods page says, of the data that can answer it."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import (
    caution,
    exposure_terms,
    fit_plan,
    model_frame,
    plan_injury_model,
    plan_pain_model,
    plan_problem_model,
)
from analysis.models import fit, tidy
from analysis.panel import athlete_weeks
from analysis.study import Study
from tests.panel.conftest import random_tables

STUDY = Study()


@pytest.fixture(scope="module")
def panel():
    panel = athlete_weeks(random_tables(5, n_athletes=16, n_weeks=14))
    rng = np.random.default_rng(5)
    sex = dict(zip(panel["athlete_id"].unique(), rng.choice(["female", "male"], 16), strict=True))
    age = dict(zip(panel["athlete_id"].unique(), rng.uniform(20, 60, 16), strict=True))
    return panel.assign(sex=panel["athlete_id"].map(sex), age_y=panel["athlete_id"].map(age))


def in_clinics(panel, n):
    codes = panel["athlete_id"].map({a: f"c{i % n}" for i, a in enumerate(panel["athlete_id"].unique())})
    return panel.assign(clinic=codes)


def test_exposures_enter_within_and_between_per_dose_step(panel):
    frame = model_frame(panel, STUDY)
    assert np.allclose(frame["mobility_within"] * 30, panel["mobility_dose_within_min"], equal_nan=True)
    plan = plan_pain_model(panel, STUDY)
    for term in ("mobility_within", "mobility_between", "stability_within", "stability_between"):
        assert f" {term} " in plan.formula
    assert plan.formula.startswith("pain_nrs ~ ")
    assert plan.formula.endswith("(1 | athlete_id)")


@pytest.mark.parametrize(
    ("n_clinics", "term"), [(1, None), (2, "C(clinic)"), (7, "C(clinic)"), (8, "(1 | clinic)"), (9, "(1 | clinic)")]
)
def test_clinic_is_a_fixed_effect_below_eight_clinics_and_a_random_intercept_from_eight_up(panel, n_clinics, term):
    formula = plan_pain_model(in_clinics(panel, n_clinics), STUDY).formula
    assert ("clinic" in formula) == (term is not None)
    assert term is None or term in formula
    assert plan_pain_model(in_clinics(panel, n_clinics), STUDY).cluster == ("clinic" if n_clinics > 7 else "athlete_id")


def test_week_in_programme_is_a_spline_where_there_are_eight_weeks_or_more_and_a_line_below(panel):
    assert "cr(programme_week" in plan_pain_model(panel, STUDY).formula
    short = panel[panel["week_in_programme"] < 7]
    assert "+ programme_week" in plan_pain_model(short, STUDY).formula


def test_a_term_not_recorded_or_always_the_same_is_left_out_with_the_reason(panel):
    plan = plan_pain_model(panel.assign(age_y=np.nan, sex="female"), STUDY)
    assert plan.reasons["age_decades"] == "not recorded"
    assert plan.reasons["sex_male"] == "the same in every week"
    assert "age_decades" not in plan.formula


def test_without_hip_work_there_is_no_model_and_the_reason_is_said(panel):
    doses = [c for c in panel if "_dose_" in c]
    plan = plan_pain_model(panel.assign(**dict.fromkeys(doses, np.nan)), STUDY)
    assert plan.formula == ""
    assert "dose of hip work" in plan.reasons["model"]


def test_four_athletes_are_too_few(panel):
    few = panel[panel["athlete_id"].isin(panel["athlete_id"].unique()[:4])]
    assert "only 4 athletes" in plan_pain_model(few, STUDY).reasons["model"]


def test_a_cohort_without_a_new_injury_has_no_injury_model(panel):
    plan = plan_injury_model(panel.assign(new_injuries=pd.array([0] * len(panel), dtype="Int64")), STUDY)
    assert "the same in every complete week" in plan.reasons["model"]


def test_the_injury_model_uses_weeks_at_risk_with_log_hours_as_offset_and_says_when_events_are_few(panel):
    plan = plan_injury_model(panel, STUDY)
    assert plan.offset == "log_exposure_h"
    assert plan.family == "poisson"
    assert plan.frame["at_risk"].astype(bool).all()
    made = fit_plan(plan, STUDY)
    n = int(plan.frame.loc[made.fitted.index, "new_injuries"].sum())
    expected = f"The injury model has {n} events for {len(plan.terms) + 3} terms, fewer than 5 each"
    assert caution(plan, made).startswith(expected)
    pain = plan_pain_model(panel, STUDY)
    assert caution(pain, fit_plan(pain, STUDY)) == ""


def test_the_problem_model_is_logistic_on_the_answered_weeks_with_any_health_problem(panel):
    plan = plan_problem_model(panel, STUDY)
    assert plan.formula.startswith("health_problem ~ ") and plan.formula.endswith("(1 | athlete_id)")
    assert (plan.family, plan.offset, plan.cluster) == ("binomial", None, "athlete_id")
    answered = panel["health_problem"]
    assert plan.frame["health_problem"].sum() == answered.sum()
    assert plan.frame["health_problem"].isna().sum() == answered.isna().sum()
    made = fit_plan(plan, STUDY)
    assert made.converged and made.dropped["health_problem"] == answered.isna().sum()
    assert made.df_method == "Satterthwaite, CR2 by athlete_id"


def test_without_a_health_problem_there_is_no_problem_model(panel):
    plan = plan_problem_model(panel.assign(health_problem=pd.array([False] * len(panel), dtype="boolean")), STUDY)
    assert "health_problem is the same in every complete week" in plan.reasons["model"]


def test_the_model_of_a_plan_has_intervals_at_the_level_of_the_study(panel):
    plan = plan_pain_model(panel, STUDY)
    wide, narrow = (fit_plan(plan, Study(confidence_level=level)).estimates.iloc[1] for level in (0.95, 0.5))
    assert narrow["ci_high"] - narrow["ci_low"] < 0.5 * (wide["ci_high"] - wide["ci_low"])
    assert narrow["std_error"] == wide["std_error"]


def test_the_pain_model_fits_and_its_named_terms_come_in_reading_order(panel):
    plan = plan_pain_model(in_clinics(panel, 3), STUDY)
    rows = exposure_terms(tidy(fit(plan.formula, plan.frame, plan.family), "pain"), STUDY)
    assert rows["term"].tolist()[:2] == ["mobility_within", "stability_within"]
    assert rows["label"].str.startswith("Mobility work, +30 min/week").iloc[0]
    assert rows["group"].tolist() == ["Within runners"] * 2 + ["Between runners"] * 2
    assert rows.loc[rows["group"] == "Within runners", "phrase"].notna().all()


def test_a_within_effect_built_into_the_outcome_is_found(panel):
    rng = np.random.default_rng(6)
    frame = model_frame(panel, STUDY)
    habit = frame["athlete_id"].map(dict(zip(frame["athlete_id"].unique(), rng.normal(0, 1, 16), strict=True)))
    pain = (
        4 - 1.5 * frame["mobility_within"] + 0.5 * frame["stability_between"] + habit + rng.normal(0, 0.3, len(frame))
    )
    plan = plan_pain_model(panel.assign(pain_nrs=pain), STUDY)
    rows = fit(plan.formula, plan.frame, plan.family).estimates.set_index("term")
    assert rows.loc["mobility_within", "estimate"] == pytest.approx(
        -1.5, abs=3 * rows.loc["mobility_within", "std_error"]
    )
    assert rows.loc["mobility_within", "std_error"] < 0.3
    assert abs(rows.loc["stability_within", "estimate"]) < 3 * rows.loc["stability_within", "std_error"]
