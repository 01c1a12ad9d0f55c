"""Descriptions of the cohort agree with counts and rates worked out another way."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from analysis.describe import (
    baseline_counts,
    baseline_measures,
    dose_summary,
    first_profile,
    flow_for_sharing,
    flow_steps,
    injury_cases,
    injury_rates,
    missing_by_column,
    profile_summary,
    response_states,
    response_summary,
    side_summary,
    watched_running,
    weekly_problems,
)
from analysis.panel import athlete_weeks
from analysis.study import Study
from tests.panel.conftest import random_tables

FAST = Study(bootstrap_draws=200)


@pytest.fixture(scope="module")
def tables():
    return random_tables(3, n_athletes=12, n_weeks=10)


@pytest.fixture(scope="module")
def panel(tables):
    return athlete_weeks(tables)


def test_the_flow_loses_at_each_step_what_it_says_and_never_gains(tables, panel):
    steps = flow_steps(tables["athletes"], panel)
    assert steps["n"].iloc[0] == 12
    drops = -steps["n"].diff().iloc[1:]
    assert (drops >= 0).all()
    assert steps["n_excluded"].iloc[1:].fillna(0).tolist() == drops.tolist()


def test_an_athlete_in_the_register_without_any_watched_week_is_excluded_with_the_reason(tables, panel):
    more = pd.concat([tables["athletes"], tables["athletes"].iloc[:1].assign(athlete_id="new")], ignore_index=True)
    steps = flow_steps(more, panel)
    assert steps.loc[1, ["n_excluded", "detail"]].tolist() == [1, "no whole week watched"]


def test_the_calendar_and_the_response_by_week_count_the_same_answers(panel):
    states = response_states(panel)
    weekly = response_summary(panel)
    expected = states["state"] != "not expected"
    assert weekly["n_expected"].sum() == expected.sum()
    assert weekly["n_answered"].sum() == states["state"].isin(["answered", "partly"]).sum()


def test_incidence_is_cases_over_watched_hours_and_groups_add_up(tables, panel):
    cases, running = injury_cases(tables, panel), watched_running(panel)
    whole = injury_rates(cases, running, FAST).iloc[0]
    assert whole["n_cases"] == len(cases) > 0
    assert whole["incidence"] == pytest.approx(1000 * len(cases) / running["exposure_h"].sum())
    by_region = injury_rates(cases.assign(region="hip groin"), running, FAST, by=["region"])
    assert by_region["n_cases"].sum() == len(cases)


def test_an_open_injury_loses_days_to_the_end_of_observation(tables, panel):
    cases = injury_cases(tables, panel)
    windows = tables["observation_windows"].query("stream == 'injury'").set_index("athlete_id")["end_date"]
    still_open = cases[cases["return_date"].isna()]
    assert len(still_open)
    days = (still_open["athlete_id"].map(windows) - still_open["onset_date"]).dt.days
    assert still_open["time_loss_days"].tolist() == days.clip(lower=0).tolist()


def test_weekly_prevalence_is_problems_over_answers(panel):
    weekly = weekly_problems(panel, FAST)
    known = panel[panel["health_problem"].notna()]
    first = weekly[weekly["measure"] == "Any health problem"]
    assert first["n_answered"].sum() == len(known)
    assert first["n_problem"].sum() == known["health_problem"].sum()
    assert weekly["prevalence"].between(weekly["ci_low"], weekly["ci_high"]).all()


def test_missingness_and_dose_summaries_count_every_athlete_week_once(panel):
    table = missing_by_column(panel)
    assert (table["n_weeks_known"] + table["n_weeks_missing"] == len(panel)).all()
    doses = dose_summary(panel).set_index("measure")
    assert doses.loc["Mobility work (min/week)", "n_athlete_weeks"] == panel["mobility_min"].notna().sum()
    assert doses.loc["Running (h/week)", "median"] == pytest.approx(np.nanmedian(panel["exposure_h"]))


def test_the_hip_profile_takes_each_athletes_first_test_and_sides_are_compared_within_athlete(tables):
    first = first_profile(tables["hip_assessments"], tables["athletes"])
    assert len(first) == 24
    assert first["kind"].eq("strength").all()
    day_0 = tables["hip_assessments"].sort_values("date").iloc[:24]
    expected = (day_0["force_n"] * 0.4 / 60).median()
    assert profile_summary(first)["n_athletes"].tolist() == [12, 12]
    assert first["value"].median() == pytest.approx(expected)
    sides = first.pivot_table(index="athlete_id", columns="side", values="value")
    size = (100 * (sides["right"] - sides["left"]) / sides.max(axis=1)).abs()
    summary = side_summary(first).iloc[0]
    assert summary["n_athletes"] == 12
    assert summary["difference_pct_median"] == pytest.approx(size.median())
    assert summary["n_over_15_pct"] == (size > 15).sum()
    assert summary["quality"] == "isometric strength"


def test_baseline_counts_sexes_and_leaves_out_what_nobody_has(tables):
    athletes = tables["athletes"].assign(clinic=["A", "B"] * 6)
    counts = baseline_counts(athletes)
    assert counts["group"].tolist() == ["All", "Clinic A", "Clinic B"]
    assert counts["n_female"].tolist() == [12, 6, 6]
    assert "n_sex_other_or_unknown" not in counts
    assert counts["n_previous_injury_unknown"].tolist() == [12, 6, 6]
    measures = baseline_measures(athletes)
    assert set(measures["characteristic"]) == {"Age (years)", "Body mass (kg)"}
    assert (measures["median"].isin([30.0, 60.0])).all()


def steps_of(*ns):
    rows = [("in", ns[0], None, None)]
    rows += [
        (f"step {i}", n, (a - n) or None, f"reason {i}" if a > n else None) for i, (a, n) in enumerate(pairwise(ns), 1)
    ]
    return pd.DataFrame(rows, columns=["step", "n", "n_excluded", "detail"])


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ((60, 60, 59, 58), [60, 60]),
        ((60, 58, 50, 50), [60, 50, 50]),
        ((60, 52, 49, 40), [60, 52, 40]),
        ((60, 60, 3), [60, 60]),
        ((60,), [60]),
    ],
)
def test_the_shared_flow_shows_no_loss_of_fewer_than_five_nor_lets_one_be_worked_out(given, shown):
    flow = flow_for_sharing(steps_of(*given), 5)
    assert flow["n"].tolist() == shown
    drops = -flow["n"].diff().dropna()
    assert drops[drops > 0].ge(5).all()
    assert flow["n_excluded"].iloc[1:].fillna(0).tolist() == drops.tolist()


def test_joined_losses_keep_all_their_reasons():
    flow = flow_for_sharing(steps_of(60, 58, 50), 5)
    assert flow["detail"].iloc[-1] == "reason 1; reason 2"
