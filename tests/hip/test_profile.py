"""The hip profile: best unit, best or mean of trials, z within the cohort, side differences."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.hip.profile import TEST, hip_profile, side_differences
from analysis.hip.zscores import within_cohort_z, z_score

DAY = pd.Timestamp("2026-01-05")


def _trial(athlete="a", motion="abduction", side="left", quality="strength_isometric", trial_no=1, **numbers):
    head = {"athlete_id": athlete, "date": DAY, "motion": motion, "side": side, "quality": quality}
    return {**head, "position": "side_lying", "trial_no": trial_no, **numbers}


def _athletes(*ids: str, mass: float = 60.0, sex: str = "female") -> pd.DataFrame:
    return pd.DataFrame({"athlete_id": ids, "sex": sex, "age_y": 30.0, "body_mass_kg": mass})


def _one(*trials: dict, athletes: pd.DataFrame | None = None) -> pd.Series:
    profile = hip_profile(pd.DataFrame(trials), _athletes("a") if athletes is None else athletes)
    assert len(profile) == 1
    return profile.iloc[0]


@pytest.mark.parametrize(
    ("numbers", "mass", "value", "unit"),
    [
        ({"force_n": 150.0, "lever_arm_m": 0.4}, 60.0, 1.0, "Nm/kg"),
        ({"torque_nm": 90.0}, 60.0, 1.5, "Nm/kg"),
        ({"torque_nm": 90.0, "force_n": 1.0, "lever_arm_m": 0.4}, 60.0, 1.5, "Nm/kg"),
        ({"force_n": 150.0}, 60.0, 2.5, "N/kg"),
        ({"force_n": 150.0, "lever_arm_m": 0.4}, np.nan, 60.0, "Nm"),
        ({"force_n": 150.0}, np.nan, 150.0, "N"),
    ],
)
def test_strength_is_in_the_best_unit_that_the_trial_allows(numbers, mass, value, unit):
    row = _one(_trial(**numbers), athletes=_athletes("a", mass=mass))
    assert row["value"] == pytest.approx(value)
    assert row["unit"] == unit


def test_the_mass_measured_with_the_test_goes_before_the_mass_in_the_athlete_table():
    assert _one(_trial(force_n=150.0, body_mass_kg=75.0))["value"] == 2.0


def test_strength_is_the_best_of_the_trials_and_range_of_motion_their_mean():
    forces = [_trial(trial_no=i + 1, force_n=f) for i, f in enumerate((120.0, 180.0, 150.0))]
    assert _one(*forces)[["value", "n_trials"]].tolist() == [3.0, 3]
    angles = [_trial(quality="rom_passive", trial_no=i + 1, angle_deg=a) for i, a in enumerate((30.0, 36.0))]
    row = _one(*angles)
    assert row[["value", "unit", "n_trials"]].tolist() == [33.0, "deg", 2]


def test_a_trial_short_of_the_best_unit_is_not_mixed_with_the_others():
    row = _one(_trial(force_n=150.0, lever_arm_m=0.4), _trial(trial_no=2, force_n=600.0))
    assert row[["value", "unit", "n_trials"]].tolist() == [1.0, "Nm/kg", 1]


def test_endurance_takes_the_longest_hold_and_balance_the_mean_score():
    holds = [_trial(quality="endurance", trial_no=i, time_s=t) for i, t in ((1, 40.0), (2, 60.0))]
    assert _one(*holds)[["value", "unit"]].tolist() == [60.0, "s"]
    scores = [_trial(quality="balance", trial_no=i, score=s) for i, s in ((1, 80.0), (2, 90.0))]
    assert _one(*scores)[["value", "unit"]].tolist() == [85.0, "score"]


def test_a_test_without_a_measured_trial_keeps_its_row_with_the_value_missing():
    row = _one(_trial(force_n=np.nan))
    assert np.isnan(row["value"])
    assert row["n_trials"] == 0
    assert pd.isna(row["unit"])


@pytest.fixture
def cohort() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    ids = [f"a{i}" for i in range(12)]
    trials = [
        _trial(athlete, motion, side, quality, 1, **{column: level + rng.normal(0, level / 10)})
        for athlete in ids
        for side in ("left", "right")
        for motion, quality, column, level in (
            ("abduction", "strength_isometric", "force_n", 150),
            ("internal_rotation", "rom_passive", "angle_deg", 40),
        )
    ]
    athletes = pd.concat([_athletes(*ids[:7]), _athletes(*ids[7:], sex="male", mass=75.0)], ignore_index=True)
    return pd.DataFrame(trials), athletes


def test_the_profile_has_one_row_a_test_and_z_of_mean_0_and_sd_1_within_motion_and_sex(cohort):
    profile = hip_profile(*cohort)
    assert len(profile) == 12 * 2 * 2
    assert not profile.duplicated(TEST).any()
    groups = profile.groupby(["motion", "sex"])["z"]
    assert groups.mean().tolist() == pytest.approx([0] * 4, abs=1e-12)
    assert groups.std().tolist() == pytest.approx([1] * 4)


def test_a_later_assessment_is_set_against_the_cohorts_first_assessments(cohort):
    trials, athletes = cohort
    later = trials[trials["athlete_id"] == "a0"].assign(date=DAY + pd.Timedelta(days=84))
    later["force_n"] *= 3
    before, after = hip_profile(trials, athletes), hip_profile(pd.concat([trials, later]), athletes)
    same = after[after["date"] == DAY].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, same)
    assert after.loc[(after["date"] > DAY) & (after["motion"] == "abduction"), "z"].min() > 5


def test_two_athletes_make_no_reference_so_z_is_missing(cohort):
    trials, athletes = cohort
    few = trials[trials["athlete_id"].isin(["a0", "a1"])]
    assert hip_profile(few, athletes)["z"].isna().all()


def test_side_differences_are_right_minus_left_and_swapping_sides_turns_the_sign_only(cohort):
    trials, athletes = cohort
    swapped = trials.assign(side=trials["side"].map({"left": "right", "right": "left"}))
    one, two = (side_differences(hip_profile(t, athletes)) for t in (trials, swapped))
    assert len(one) == 24
    np.testing.assert_allclose(one["difference"], one["right"] - one["left"])
    np.testing.assert_allclose(one[["difference", "symmetry_index"]], -two[["difference", "symmetry_index"]])
    kept = [c for c in one if c not in ("left", "right", "difference", "symmetry_index")]
    pd.testing.assert_frame_equal(one[kept], two[kept])


def test_a_motion_tested_on_one_side_only_keeps_its_row_without_a_difference(cohort):
    trials, athletes = cohort
    right = hip_profile(trials[trials["side"] == "right"], athletes)
    sides = side_differences(right)
    assert sides["left"].isna().all()
    assert sides["symmetry_index"].isna().all()
    assert sides["right"].notna().all()


def test_nothing_assessed_gives_empty_tables(cohort):
    trials, athletes = cohort
    empty = hip_profile(trials.head(0), athletes)
    assert empty.empty
    assert {"value", "unit", "z"} <= set(empty.columns)
    assert side_differences(empty).empty


def test_unknown_and_repeated_athletes_and_missing_columns_are_refused(cohort):
    trials, athletes = cohort
    with pytest.raises(HiprunError, match="a11 is assessed but not in"):
        hip_profile(trials, athletes.iloc[:-1])
    with pytest.raises(HiprunError, match="a0 is in `athletes` twice"):
        hip_profile(trials, pd.concat([athletes, athletes.head(1)]))
    with pytest.raises(HiprunError, match="no column side"):
        hip_profile(trials.drop(columns="side"), athletes)


def test_z_score_is_standard_deviations_from_the_mean_and_needs_spread():
    assert z_score(3.6, 3.0, 0.6) == pytest.approx(1)
    with pytest.raises(HiprunError, match="SD of 0"):
        z_score(3.6, 3.0, 0)


def test_z_within_groups_is_missing_where_the_group_is_unknown_or_has_no_spread():
    frame = pd.DataFrame({"g": ["a"] * 5 + ["b"] * 5 + [None], "v": [1.0, 2, 3, 4, 5] + [2.0] * 5 + [3.0]})
    z = within_cohort_z(frame, "v", ["g"])
    assert z.tolist()[:5] == pytest.approx((np.arange(5) - 2) / np.std(range(5), ddof=1))
    assert z.iloc[5:].isna().all()
