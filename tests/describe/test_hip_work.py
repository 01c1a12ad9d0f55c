"""What hip work consists of, and measures made of two hip tests, in tables."""

import numpy as np
import pandas as pd
import pytest

from analysis.describe.hip_work import ratio_summary, work_pattern
from analysis.describe.hips import first_profile
from analysis.simulate import simulate_tables


@pytest.fixture(scope="module")
def tables():
    return simulate_tables(n_athletes=12, n_weeks=6, seed=3)


def test_minutes_and_days_are_medians_over_the_athletes_own_weekly_means(tables):
    """Worked out again from the entries: each athlete-week, the mean by athlete, then the median."""
    work = tables["hip_work"]
    monday = work["date"] - pd.to_timedelta(work["date"].dt.weekday, unit="D")
    keys = [work["athlete_id"], monday]
    expected = {
        "Hip work (min)": work.groupby(keys)["duration_min"].sum(),
        "Days with hip work": work.groupby(keys)["date"].nunique(),
    }
    found = work_pattern(work).set_index("measure")
    for measure, weekly in expected.items():
        own = weekly.groupby(level=0).mean()
        assert found.loc[measure, "median"] == pytest.approx(own.median())
        assert found.loc[measure, ["n_athletes", "n_weeks"]].tolist() == [len(own), len(weekly)]


def test_minutes_by_plane_add_up_and_an_unknown_exercise_leaves_its_week_unknown(tables):
    work = tables["hip_work"]
    one = work[work["athlete_id"] == work["athlete_id"].iloc[0]].head(1)
    unknown = one.assign(exercise="something of our own")
    found = work_pattern(unknown).set_index("measure")
    assert found.loc["Hip work (min)", "n_weeks"] == 1
    planes = [name for name in found.index if "plane (min)" in name]
    assert len(planes) == 3 and (found.loc[planes, "n_weeks"] == 0).all() and found.loc[planes, "median"].isna().all()


def test_rotator_ratio_and_total_rotation_are_those_of_the_single_tests(tables):
    first = first_profile(tables["hip_assessments"], tables["athletes"])
    found = ratio_summary(first).set_index("measure")
    value = first.pivot_table(index=["athlete_id", "side"], columns=["quality", "motion"], values="value")
    strength, rom = value["strength_isometric"], value["rom_passive"]
    ratio = (strength["external_rotation"] / strength["internal_rotation"]).groupby(level=0).mean()
    total = (rom["external_rotation"] + rom["internal_rotation"]).groupby(level=0).mean()
    assert found.loc["External : internal rotators", "median"] == pytest.approx(ratio.median())
    assert found.loc["Total rotation (°)", "median"] == pytest.approx(total.median())
    assert found.loc["Total rotation (°)", "test"] == "passive range, prone"


def test_a_ratio_nobody_has_is_a_row_with_the_reason(tables):
    tests = tables["hip_assessments"]
    apart = tests.assign(position=tests["position"].mask(tests["motion"] == "flexion", "seated"))
    first = first_profile(apart, tables["athletes"])
    row = ratio_summary(first).set_index("measure").loc["Flexors : abductors"]
    tested = first["athlete_id"].nunique()
    assert (row["n_athletes"], row["n_missing"], row["why_missing"]) == (0, tested, "position differs")
    assert np.isnan(row["median"])
