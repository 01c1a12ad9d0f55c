"""When injuries came, in the cohort's own weeks."""

import pandas as pd
import pytest

from analysis.describe import first_injury_curve, injuries_by_week, subsequent_counts
from analysis.panel import athlete_weeks
from analysis.simulate import simulate_tables
from analysis.study import Study


@pytest.fixture(scope="module")
def tables():
    return simulate_tables(n_athletes=20, n_weeks=16, seed=2)


@pytest.fixture(scope="module")
def panel(tables):
    return athlete_weeks(tables, Study())


def test_everybody_starts_without_an_injury_and_first_injuries_are_counted_once(panel):
    curve = first_injury_curve(panel)
    assert curve["n_risk"].iloc[0] == panel["athlete_id"].nunique()
    assert curve["survival"].is_monotonic_decreasing and curve["survival"].iloc[0] <= 1
    injured = panel.groupby("athlete_id")["new_injuries"].sum() > 0
    assert 0 < curve["n_events"].sum() <= injured.sum()


def test_the_mean_count_is_the_injuries_over_the_athletes_where_nobody_leaves(panel):
    whole = panel.groupby("athlete_id").filter(lambda weeks: len(weeks) == 16 and weeks["new_injuries"].notna().all())
    assert whole["athlete_id"].nunique() > 3
    count = injuries_by_week(whole)["mean_count"].iloc[-1]
    assert count == pytest.approx(whole["new_injuries"].sum() / whole["athlete_id"].nunique())


def test_nobody_watched_is_no_curve(panel):
    unknown = panel.assign(new_injuries=pd.array([pd.NA] * len(panel), dtype="Int64"))
    assert first_injury_curve(unknown).empty and injuries_by_week(unknown).empty


def test_every_injury_is_in_one_class_and_illnesses_in_none(tables):
    injuries = tables["injuries"]
    counts = subsequent_counts(injuries).set_index("injury")["n_cases"]
    assert counts.sum() == (injuries["problem_type"] != "illness").sum()
    first = injuries[injuries["problem_type"] != "illness"].groupby("athlete_id")["onset_date"].min()
    assert counts["First on record"] >= len(first)
