"""Time to the first problem told in the weekly answers, worked out again by hand."""

import pandas as pd
import pytest

from analysis.describe import first_injury_curve
from analysis.describe.first_problem import (
    INJURY,
    TOLD,
    first_problem_curves,
    first_problem_summary,
    first_problem_times,
)
from analysis.panel import athlete_weeks
from analysis.simulate import simulate_tables
from analysis.surveillance import kaplan_meier

ANSWERS = {
    "never": [False, False, False],
    "third week": [False, False, True, True, False],
    "from the start": [True, False, True],
    "one forgotten": [False, None, False, True],
    "two forgotten": [False, False, None, None, True],
    "late start": [None, None, False, True],
    "never answered": [None, None],
}


@pytest.fixture
def panel() -> pd.DataFrame:
    rows = [
        (name, pd.Timestamp("2026-01-05") + pd.Timedelta(weeks=week), answer)
        for name, answers in ANSWERS.items()
        for week, answer in enumerate(answers)
    ]
    frame = pd.DataFrame(rows, columns=["athlete_id", "week_start", "health_problem"])
    frame["health_problem"] = frame["health_problem"].astype("boolean")
    return frame.sample(frac=1, random_state=1)


def test_weeks_count_from_the_first_answer_and_a_longer_gap_than_one_week_ends_the_follow_up(panel):
    found = first_problem_times(panel, "health_problem").set_index("athlete_id")
    assert found["time"].to_dict() == {
        "never": 3, "third week": 3, "one forgotten": 4, "two forgotten": 2, "late start": 2
    }  # fmt: skip
    assert found["event"].to_dict() == {
        "never": False, "third week": True, "one forgotten": True, "two forgotten": False, "late start": True
    }  # fmt: skip


def test_who_had_the_problem_in_the_first_answer_is_left_out_and_counted(panel):
    whole = panel.assign(substantial_problem=panel["health_problem"], new_injuries=pd.array([0] * len(panel), "Int64"))
    found = first_problem_summary(whole).set_index("problem")
    assert found["n_athletes"].to_dict() == {INJURY: 7} | dict.fromkeys(TOLD.values(), 5)
    assert found.loc[TOLD["health_problem"], "n_at_start"] == 1
    assert pd.isna(found.loc[INJURY, "n_at_start"])
    assert found.loc[TOLD["health_problem"], "n_events"] == 3


def test_the_curves_are_those_of_each_problem_on_its_own_and_one_never_asked_for_has_none():
    panel = athlete_weeks(simulate_tables(n_athletes=20, n_weeks=16, seed=2))
    curves = first_problem_curves(panel)
    assert curves["group"].unique().tolist() == [INJURY, *TOLD.values()]
    alone = kaplan_meier(first_problem_times(panel, "substantial_problem"))["survival"]
    assert curves.loc[curves["group"] == TOLD["substantial_problem"], "survival"].tolist() == alone.tolist()
    assert (curves.query("group == @INJURY")["survival"].to_numpy() == first_injury_curve(panel)["survival"]).all()
    unasked = panel.assign(health_problem=pd.array([pd.NA] * len(panel), dtype="boolean"))
    assert first_problem_curves(unasked)["group"].unique().tolist() == [INJURY, TOLD["substantial_problem"]]


def test_nobody_watched_is_no_curve_and_no_row(panel):
    nothing = panel.assign(
        health_problem=pd.array([pd.NA] * len(panel), dtype="boolean"),
        substantial_problem=pd.array([pd.NA] * len(panel), dtype="boolean"),
        new_injuries=pd.array([pd.NA] * len(panel), dtype="Int64"),
    )
    assert first_problem_curves(nothing).empty
    assert first_problem_summary(nothing).empty
    assert first_problem_times(nothing, "health_problem").empty
