"""Power of the claims: the analysis is the notebooks' own, and drawing pain alone agrees with whole cohorts."""

import dataclasses
from functools import partial

import numpy as np
import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_injury_model, plan_pain_model
from analysis.claims.known_truth.power import QUESTIONS, _answer, _trial, power_of, power_question
from analysis.errors import InputError
from analysis.models.power import Trial, run_replicates
from analysis.models.power_panels import NOT_IN_PAIN_PANELS, cohort_panels, pain_panels, truth_with
from analysis.models.power_table import clustered_mean
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, simulate_tables
from analysis.study import Study

STUDY = Study()
WHOLE_PAIN = Trial(
    partial(cohort_panels, field="pain_mobility_within", study=STUDY), _trial(QUESTIONS["dose_mobility"], STUDY).analyse
)


def test_every_question_varies_a_true_value_of_the_simulator_and_reads_a_term_of_a_primary_model():
    assert list(QUESTIONS) == ["dose_mobility", "dose_stability", "injury_dose_mobility", "injury_dose_stability"]
    fields = {f.name: f for f in dataclasses.fields(Truth)}
    for claim, question in QUESTIONS.items():
        assert question.claim == claim
        assert question.null == fields[question.field].metadata["null"]
        assert question.is_ratio == (fields[question.field].metadata["scale"] == "log")
        assert question.default_effect == fields[question.field].default


@pytest.mark.parametrize(
    ("claim", "plan_of"), [("dose_stability", plan_pain_model), ("injury_dose_mobility", plan_injury_model)]
)
def test_the_answer_is_the_estimate_that_the_notebook_gives(claim, plan_of):
    panel = athlete_weeks(simulate_tables(n_athletes=30, n_weeks=16, seed=3, truth=Truth(injury_rate_per_1000h=40.0)))
    made = fit_plan(plan_of(panel, STUDY), STUDY)
    row = made.estimates.set_index("term").loc[QUESTIONS[claim].term]
    answer = _answer(claim, STUDY, panel)
    assert answer.reason == ""
    assert (answer.estimate, answer.ci_low, answer.p_value) == (row["estimate"], row["ci_low"], row["p_value"])


def test_another_dose_step_changes_the_unit_of_the_model_and_not_that_of_the_answer():
    panel = athlete_weeks(simulate_tables(n_athletes=20, n_weeks=12, seed=3))
    one, other = (_answer("dose_mobility", Study(dose_step_min=step), panel) for step in (30.0, 10.0))
    assert other.estimate == pytest.approx(one.estimate, rel=1e-3)
    assert other.ci_high == pytest.approx(one.ci_high, rel=1e-3)
    assert other.p_value == pytest.approx(one.p_value, rel=1e-3)


def test_the_effect_put_in_is_the_one_asked_for_a_ratio_by_its_logarithm():
    assert truth_with("injury_mobility_within", np.log(0.8)).injury_mobility_within == pytest.approx(0.8)
    assert truth_with("pain_mobility_within", -0.4) == Truth(pain_mobility_within=-0.4)


def test_the_first_draw_of_a_cohort_is_the_panel_of_the_whole_cohort_but_for_other_answers_and_hip_tests():
    given = {"field": "pain_mobility_within", "study": STUDY}
    _, _, drawn = next(pain_panels(9, 6, [-0.7], [11], **given))
    _, _, whole = next(cohort_panels(9, 6, [-0.7], [11], **given))
    without = [column for columns in NOT_IN_PAIN_PANELS.values() for column in columns]
    pd.testing.assert_frame_equal(drawn, whole.drop(columns=without))


def test_drawing_pain_alone_agrees_with_whole_cohorts_within_monte_carlo_error():
    """Mean estimate, mean standard error and power at a true effect of -0.8; 16 runners, 10 weeks."""
    grid = ([16], [10], [-0.8])
    fast = run_replicates(_trial(QUESTIONS["dose_mobility"], STUDY), *grid, replicates=80, seed=2)
    whole = run_replicates(WHOLE_PAIN, *grid, replicates=20, seed=900)
    _agree(fast, whole)


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, -0.5])
def test_drawing_pain_alone_agrees_with_400_whole_cohorts(effect):
    grid = ([30], [16], [effect])
    fast = run_replicates(_trial(QUESTIONS["dose_mobility"], STUDY), *grid, replicates=1000, seed=2, jobs=2)
    whole = run_replicates(WHOLE_PAIN, *grid, replicates=400, seed=900, jobs=2)
    assert whole["cohort"].nunique() == 400
    _agree(fast, whole)
    if effect == 0:
        for rows in (fast, whole):
            mean, se = clustered_mean((rows["p_value"] < 0.05).astype(float), rows["cohort"])
            assert abs(mean - 0.05) < 4 * se


def _agree(fast, whole):
    assert (fast["reason"] == "").all() and (whole["reason"] == "").all()
    for value in ("estimate", "std_error", "called"):
        pairs = [
            clustered_mean(rows.assign(called=(rows["p_value"] < 0.05).astype(float))[value], rows["cohort"])
            for rows in (fast, whole)
        ]
        (one, one_se), (other, other_se) = pairs
        assert abs(one - other) < 4 * np.hypot(one_se, other_se), value


def test_the_table_names_the_claim_and_the_effect_as_asked_and_is_the_same_by_any_number_of_processes():
    tables = [power_of("dose_mobility", [8], [6], [-0.5, 0.0], replicates=4, jobs=jobs) for jobs in (1, 2)]
    pd.testing.assert_frame_equal(*tables)
    assert list(tables[0]["claim"]) == ["dose_mobility"] * 2
    assert list(tables[0]["effect"]) == [-0.5, 0.0]
    assert (tables[0]["n_replicates"] == 4).all()


def test_a_claim_on_injuries_counts_cohorts_without_an_answer():
    table = power_of("injury_dose_mobility", [6], [6], [0.9], replicates=3)
    assert list(table["effect"]) == [0.9]
    assert table["n_cohorts"].iloc[0] == 3
    assert table["n_converged"].iloc[0] < 3
    assert table["reason"].iloc[0] != ""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({"claim": "dose_mobilty"}, r"Did you mean 'dose_mobility'\? There are: dose_mobility, dose_stability"),
        ({"claim": "injury_dose_mobility", "effects": [-0.25]}, r"injury_mobility_within' is -0.25; expected 0.01"),
        ({"study": Study(primary_region="knee")}, "primary_region is 'knee'; expected 'hip_groin'"),
        ({"athletes": []}, "athletes: found none"),
    ],
)
def test_what_cannot_be_is_refused(call, said):
    given = {"claim": "dose_mobility", "athletes": [10], "weeks": [6]} | call
    with pytest.raises(InputError, match=said):
        power_of(**given)


def test_the_label_of_an_effect_has_its_unit():
    assert "NRS points per +30 min/week of stability work" in power_question("dose_stability").effect_label
    assert "rate ratio" in power_question("injury_dose_mobility").effect_label
