"""Changes between test days against the error of measuring, and scores of several tests, counted another way."""

import numpy as np
import pandas as pd
import pytest

from analysis.describe import (
    change_summary,
    changes_for_report,
    changes_hidden_with,
    first_profile,
    profile_for_figure,
    reliability_in_use,
    score_summary,
    side_summary,
)
from analysis.hip.profile import hip_profile
from analysis.hip.reliability import error_of_differences
from analysis.report.items import Table
from analysis.report.suppress import marks
from tests.describe.test_hips import DAY, athletes_of, hip_tests

N = 24


def twice_tested(later_torque: dict[str, float]) -> pd.DataFrame:
    """`hip_tests`, and again 12 weeks later with the torque of each athlete times that of `later_torque` (else 1)."""
    first = hip_tests(N)
    later = first.assign(date=DAY + pd.Timedelta(weeks=12))
    return pd.concat(
        [first, later.assign(torque_nm=later["torque_nm"] * later["athlete_id"].map(later_torque).fillna(1))]
    )


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    """a0 to a5 50 % stronger, a6 to a8 half as strong; the published error of abduction is 14 % (Thorborg 2010)."""
    tests = twice_tested({f"a{i}": 1.5 for i in range(6)} | {f"a{i}": 0.5 for i in range(6, 9)})
    return change_summary(tests, athletes_of(N), error_of_differences(tests, athletes_of(N)))


def test_changes_count_each_hip_once_within_error_lower_or_higher(summary):
    row = summary.query("quality == 'isometric strength'").iloc[0]
    assert row[["n_athletes", "n_hips", "n_within_measurement_error"]].tolist() == [24, 48, 30]
    beyond = ["n_beyond_error", "n_lower_beyond_error", "n_higher_beyond_error"]
    assert row[beyond].tolist() == [18, 6, 12]
    assert (row["weeks_median"], row["change_median"]) == (12, 0)
    assert row["error_from"] == "published"


def test_an_unchanged_range_is_within_an_error_taken_from_trials_of_one_session(summary):
    row = summary.query("quality == 'passive range'").iloc[0]
    assert row[["n_within_measurement_error", "n_lower_beyond_error", "n_higher_beyond_error"]].tolist() == [48, 0, 0]
    assert (row["unit"], row["error_from"]) == ("°", "one session")


def test_of_three_test_days_the_first_and_the_last_are_compared():
    tests, athletes = twice_tested({}), athletes_of(N)
    between = tests[tests["date"] == DAY].assign(date=DAY + pd.Timedelta(weeks=6))
    three = pd.concat([tests, between.assign(torque_nm=between["torque_nm"] * 9)])
    found = change_summary(three, athletes, error_of_differences(tests, athletes))
    assert found["n_hips"].tolist() == [48, 48]
    assert found["change_median"].abs().max() == 0


def test_where_the_error_is_unknown_no_change_is_counted_as_any_kind():
    tests = twice_tested({"a0": 2.0}).query("trial_no == 1")
    error = error_of_differences(tests, athletes_of(N))
    row = change_summary(tests, athletes_of(N), error).query("quality == 'passive range'").iloc[0]
    assert row[["n_within_measurement_error", "n_lower_beyond_error", "n_higher_beyond_error", "mdc95"]].isna().all()
    assert row["n_hips"] == 48


def test_a_cohort_tested_once_has_no_row():
    tests = hip_tests(N)
    error = error_of_differences(tests, athletes_of(N))
    found = change_summary(tests, athletes_of(N), error)
    assert found.empty
    assert list(changes_for_report(found))[:3] == ["test", "n_athletes", "n_hips"]


def test_the_report_shows_test_and_unit_together_and_knows_what_goes_with_a_small_count(summary):
    shown = changes_for_report(summary)
    assert shown["test"].tolist()[0] == "abduction, isometric strength, side-lying (N m/kg)"
    hidden = changes_hidden_with()
    assert {c for derived in hidden.values() for c in derived} <= set(shown)
    assert set(hidden) == {c for c in shown if c.startswith("n_")}


def test_one_hip_beyond_error_is_not_given_away_by_those_within(summary):
    """18 hips, 17 within: without a cell of its own, the one beyond would follow from the other two columns."""
    shown = changes_for_report(summary).head(1).assign(n_athletes=9, n_hips=18, n_within_measurement_error=17)
    shown = shown.assign(n_beyond_error=1, n_lower_beyond_error=0, n_higher_beyond_error=1)
    counts = tuple(changes_hidden_with())
    table = Table("t", shown, "c", True, counts, changes_hidden_with(), ("test",))
    seen = marks(table, 5).iloc[0]
    assert seen[["n_within_measurement_error", "n_beyond_error"]].tolist() == ["≥5", "<5"]


def test_the_error_in_use_is_one_row_a_test_and_names_the_study_or_the_repeats():
    tests, athletes = hip_tests(N), athletes_of(N)
    error = error_of_differences(tests, athletes)
    shown = reliability_in_use(error)
    assert len(shown) == len(error) == 2
    assert shown["error_from"].tolist() == ["Thorborg et al. 2010", "trials of one session"]
    assert shown["mdc95_pct"].tolist()[0] == pytest.approx(13.8593, abs=1e-3)  # 1.96·√2·5 %
    unknown = hip_tests(N, n_trials=1)
    assert reliability_in_use(error_of_differences(unknown, athletes))["error_from"].tolist()[1] == "none"


def test_scores_say_how_many_can_be_scored_and_why_others_cannot():
    tests, athletes = hip_tests(N), athletes_of(N)
    found = score_summary(first_profile(tests, athletes)).set_index("measure")
    assert found["n_athletes"].to_dict()["Strength: force"] == N
    assert found.loc["Strength: endurance", ["n_athletes", "n_missing", "why_missing"]].tolist() == [
        0, N, "not measured in this cohort"
    ]  # fmt: skip
    assert found.loc["Range, six motions", ["n_athletes", "why_missing"]].tolist() == [0, "half of the parts or fewer"]
    assert found.loc["Mobility minus stability", "why_missing"] == "no ROM"
    force = hip_profile(tests, athletes).query("quality == 'strength_isometric'").groupby("athlete_id")["z"].mean()
    assert found.loc["Strength: force", "median"] == pytest.approx(force.median())


def test_of_two_strength_tests_of_a_motion_in_as_many_athletes_the_figure_takes_the_isometric_one():
    tests = hip_tests(N)
    strength = tests[tests["quality"] == "strength_isometric"]
    end_range = strength.assign(quality="end_range_strength", torque_nm=strength["torque_nm"] / 2)
    both = first_profile(pd.concat([end_range, tests]), athletes_of(N))
    shown = profile_for_figure(both).query("quality == 'strength'")
    alone = profile_for_figure(first_profile(tests, athletes_of(N))).query("quality == 'strength'")
    assert sorted(shown["value"]) == sorted(alone["value"])


def test_scores_of_a_scale_have_no_side_difference_in_percent():
    tests = hip_tests(6)
    scored = tests[tests["quality"] == "rom_passive"].assign(
        quality="control", position="step_down", angle_deg=np.nan, score=3.0, score_scale="lateral_step_down_0_6"
    )
    first = first_profile(pd.concat([tests, scored]), athletes_of(6))
    assert "control" in set(first["quality"])
    assert set(side_summary(first)["quality"]) == {"isometric strength", "passive range"}
