"""Typical runners: the middle of parts of the cohort, and what the model expects of their weeks."""

import numpy as np
import pytest

from analysis.claims import fit_plan, plan_pain_model
from analysis.claims.effects.coach import predicted_weeks, typical_runners
from analysis.models import contrast, predict
from analysis.study import Study
from tests.claims.synthetic import panel

STUDY = Study()


def planned(table):
    plan = plan_pain_model(table, STUDY)
    return plan, fit_plan(plan, STUDY)


def test_runners_are_the_medians_of_thirds_by_age():
    table = panel(30, 12)
    plan, line = planned(table)
    runners = typical_runners(plan, line, STUDY)
    ages = np.sort(table.groupby("athlete_id")["age_y"].first())
    assert runners["age_decades"].to_numpy() * 10 == pytest.approx([np.median(part) for part in np.split(ages, 3)])
    assert runners["n_athletes"].tolist() == [10, 10, 10]
    assert set(runners["sex_male"]) <= {0.0, 1.0}
    assert (runners["programme_week"] == 5).all()


@pytest.mark.parametrize(("n", "parts"), [(9, 1), (10, 2), (14, 2), (15, 3), (40, 3)])
def test_a_part_has_as_many_runners_as_may_be_handed_out(n, parts):
    plan, line = planned(panel(n, 12))
    runners = typical_runners(plan, line, STUDY)
    assert len(runners) == parts
    assert runners["n_athletes"].min() >= min(n, STUDY.disclosure_threshold)


def test_without_age_there_is_one_runner_and_no_word_of_it():
    plan, line = planned(panel(30, 12).assign(age_y=np.nan, sex=None))
    runners = typical_runners(plan, line, STUDY)
    assert len(runners) == 1
    assert not {"age_decades", "sex_male"} & set(runners)


def test_the_expectation_is_the_models_prediction_for_such_a_row():
    table = panel(30, 12, mobility=lambda d: -0.5 * d)
    plan, line = planned(table)
    found = predicted_weeks(plan, line, STUDY)
    rows = found.assign(
        mobility_within=found["scenario"].eq("mobility").astype(float),
        stability_within=found["scenario"].eq("stability").astype(float),
        acute_load_within=0.0, chronic_load_within=0.0,
    )  # fmt: skip
    again = predict(line, rows, fitted_on=plan.frame)
    assert found["expected"].to_numpy() == pytest.approx(again["estimate"])
    assert found["ci_low"].to_numpy() == pytest.approx(np.maximum(again["ci_low"], 0))
    more = found[found["scenario"] == "mobility"]
    effect = contrast(line, {"mobility_within": 1.0})
    assert more["difference"].to_numpy() == pytest.approx(np.full(len(more), effect["estimate"]))
    usual = found[found["scenario"] == "usual"]
    assert (more["expected"].to_numpy() - usual["expected"].to_numpy()) == pytest.approx(effect["estimate"])


def test_single_weeks_of_other_runners_lie_in_their_interval_as_often_as_it_says():
    """40 runners who were not fitted, each like the typical ones but for the own level and noise: 95 % of weeks."""
    plan, line = planned(panel(40, 20, seed=5))
    found = predicted_weeks(plan, line, STUDY)
    usual = found[found["scenario"] == "usual"].iloc[1]
    others = panel(400, 20, seed=6)["pain_nrs"]
    assert others.between(usual["week_low"], usual["week_high"]).mean() == pytest.approx(0.95, abs=0.025)
    assert usual["week_low"] < usual["ci_low"] < usual["ci_high"] < usual["week_high"]


def test_how_rare_so_much_more_is_is_counted():
    plan, line = planned(panel(30, 12))
    found = predicted_weeks(plan, line, STUDY).set_index(["runner", "scenario"])
    rows = (plan.frame["stability_dose_within_min"] >= 30).sum()
    assert found.loc[(0, "stability"), "rows_as_far"] == rows
    assert found.loc[(0, "stability"), "percent_as_far"] == pytest.approx(100 * rows / len(plan.frame))
    assert np.isnan(found.loc[(0, "usual"), "percent_as_far"])
