"""Repeated injuries, taken in four ways: against R's coxph (reference/injuries) and where the truth is known."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_injury_model
from analysis.claims.injuries.recurrent import (
    BY_EARLIER,
    FIRST_ONLY,
    FRAILTY,
    ONE_RATE,
    injuries_before,
    recurrent_events,
)
from analysis.models import fit
from analysis.study import Study
from tests.claims.injury_panels import Makeup, injury_weeks

REFERENCE = Path(__file__).parents[2] / "reference" / "injuries"
STUDY = Study()
IN_R = {ONE_RATE: "andersen_gill", FIRST_ONLY: "first_only", BY_EARLIER: "by_earlier"}


@pytest.fixture(scope="module")
def cox() -> dict:
    return json.loads((REFERENCE / "injuries.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    """The weeks that R saw, as a panel."""
    panel, _ = injury_weeks(20260101, Makeup(again=1.3), n_athletes=60, n_weeks=20)
    weeks = pd.read_csv(REFERENCE / "weeks.csv")
    assert np.allclose(weeks["mobility"], panel["mobility_dose_within_min"] / 30)
    return panel.assign(new_injuries=weeks["new_injuries"].astype("Int64"))


def table_of(panel: pd.DataFrame) -> pd.DataFrame:
    plan = plan_injury_model(panel, STUDY)
    return recurrent_events(panel, plan, fit_plan(plan, STUDY), STUDY)


@pytest.fixture(scope="module")
def table(panel) -> pd.DataFrame:
    return table_of(panel)


@pytest.mark.parametrize("name", IN_R.values())
def test_a_poisson_model_with_a_level_for_every_week_is_the_cox_model_of_the_counting_process(name, cox, panel):
    """Laird and Olivier 1981, J Am Stat Assoc 76:231: the same estimates as coxph with Breslow's ties."""
    frame = panel.assign(
        mobility=panel["mobility_dose_within_min"] / 30,
        stability=panel["stability_dose_within_min"] / 30,
        before=injuries_before(panel).clip(upper=2).astype("str"),
        week=panel["week_in_programme"].astype("str"),
    )
    frame = frame[frame["before"] == "0"] if name == "first_only" else frame
    frame = frame[frame.groupby("week")["new_injuries"].transform("sum") > 0]  # others say nothing in a Cox model
    stratum = " + C(before)" if name == "by_earlier" else ""
    made = fit(f"new_injuries ~ mobility + stability + C(week){stratum}", frame, "poisson", offset="log_exposure_h")
    ours = made.estimates.set_index("term")["estimate"]
    assert ours[["mobility", "stability"]].tolist() == pytest.approx(cox[name]["estimate"][:2], abs=1e-5)
    if stratum:
        assert ours[ours.index.str.contains("before")].tolist() == pytest.approx(cox[name]["estimate"][2:], abs=1e-5)


@pytest.mark.parametrize("label", IN_R)
def test_with_a_smooth_level_over_the_weeks_ratios_and_robust_errors_are_close_to_those_of_coxph(label, cox, table):
    rows, reference = table[table["label"] == label], cox[IN_R[label]]
    assert rows["term"].tolist() == ["mobility_within", "stability_within"]
    assert np.log(rows["estimate"]).tolist() == pytest.approx(reference["estimate"][:2], abs=0.03)
    half = np.log(rows["ci_high"] / rows["ci_low"]) / 2 / 1.96
    assert half.tolist() == pytest.approx(reference["robust_se"][:2], rel=0.2), "CR2 and t are a little wider"
    assert (rows["n_cases"] == reference["n_events"]).all()


def test_a_factor_for_earlier_injuries_is_close_to_a_baseline_for_each(cox):
    """Prentice, Williams and Peterson stratify the baseline; here its height alone depends on the stratum."""
    assert cox["by_earlier"]["estimate"][:2] == pytest.approx(cox["pwp"]["estimate"], abs=0.03)


def test_the_primary_model_comes_first_and_is_taken_as_it_is(panel, table):
    plan = plan_injury_model(panel, STUDY)
    primary = fit_plan(plan, STUDY).response_estimates.set_index("term")
    rows = table.groupby("term", sort=False).head(1)
    assert rows["label"].tolist() == [FRAILTY] * 2
    for row in rows.itertuples():
        assert row.estimate == primary.loc[row.term, "estimate"]
        assert (row.n_weeks, row.n_athletes, row.n_cases) == (1200, 60, panel["new_injuries"].sum())
    assert table.groupby("term").size().tolist() == [4, 4]


def test_injuries_before_a_week_count_those_of_weeks_not_at_risk_and_never_its_own():
    weeks = pd.DataFrame(
        {
            "athlete_id": ["a"] * 5 + ["b"] * 2,
            "week_start": pd.Timestamp("2026-01-05") + pd.to_timedelta([7, 0, 14, 21, 28, 0, 7], unit="D"),
            "new_injuries": pd.array([2, 1, pd.NA, 0, 1, 0, 1], dtype="Int64"),
        }
    )
    assert injuries_before(weeks).tolist() == [1, 0, 3, 3, 3, 0, 0]


def test_who_was_never_injured_twice_leaves_no_model_by_earlier_injuries_but_the_others(panel):
    once = panel.assign(new_injuries=panel["new_injuries"].mask(injuries_before(panel) > 0, 0))
    found = table_of(once).set_index(["term", "label"])
    last = found.loc[("mobility_within", BY_EARLIER)]
    assert pd.isna(last["estimate"]) and not last["converged"]
    assert last["note"] == "no injuries after an earlier one; at least 5 are needed"
    assert found.loc[("mobility_within", FIRST_ONLY), "estimate"] == pytest.approx(
        found.loc[("mobility_within", ONE_RATE), "estimate"], abs=0.1
    )


def test_four_injuries_after_an_earlier_one_are_too_few_and_three_after_two_are_joined_to_those_after_one(panel):
    """Nielsen et al. 2019, Br J Sports Med 53:70: five injuries per state that is compared."""
    before, injured = injuries_before(panel), panel["new_injuries"] > 0
    kept = {0: panel.index[injured & (before == 0)], 1: panel.index[injured & (before == 1)]}
    twice = pd.Series(0, index=panel.index).mask(panel.index.isin([*kept[0], *kept[1][:4]]), 1)
    found = table_of(panel.assign(new_injuries=twice.astype("Int64"))).query("label == @BY_EARLIER")
    assert found["note"].unique().tolist() == ["4 injuries after an earlier one; at least 5 are needed"]
    third = panel.index[injured & (before == 2)][:3]
    thrice = pd.Series(0, index=panel.index).mask(panel.index.isin([*kept[0], *kept[1], *third]), 1)
    found = table_of(panel.assign(new_injuries=thrice.astype("Int64"))).query("label == @BY_EARLIER")
    assert found["estimate"].notna().all() and found["converged"].all()


def ratios(makeup: Makeup, seeds: range, n_weeks: int = 20) -> pd.DataFrame:
    """log rate ratio of mobility work by cohort and model."""
    found = [table_of(injury_weeks(seed, makeup, n_weeks=n_weeks)[0]) for seed in seeds]
    rows = [t[t["term"] == "mobility_within"].set_index("label")["estimate"] for t in found]
    return np.log(pd.DataFrame(rows).astype(float))


def test_where_runners_differ_and_injuries_do_not_breed_injuries_the_models_of_every_injury_find_the_truth():
    logs = ratios(Makeup(rate_ratio=0.8, frailty_sd=0.6), range(15))
    error = logs.std() / np.sqrt(len(logs))
    for label in (FRAILTY, ONE_RATE):
        assert abs(logs[label].mean() - np.log(0.8)) < 3 * error[label]
    assert error[FIRST_ONLY] > 1.2 * error[FRAILTY], "first injuries alone throw information away"


def test_where_each_injury_breeds_the_next_the_model_by_earlier_injuries_finds_the_truth():
    logs = ratios(Makeup(rate_ratio=0.8, frailty_sd=0.0, again=1.8), range(100, 112))
    error = logs.std() / np.sqrt(len(logs))
    for label in (BY_EARLIER, FIRST_ONLY):
        assert abs(logs[label].mean() - np.log(0.8)) < 3 * error[label]
