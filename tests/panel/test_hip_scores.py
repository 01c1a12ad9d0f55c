"""Hip scores before each week: tables worked by hand, a plain loop as second opinion, and no later test that counts."""

import numpy as np
import pandas as pd
import pytest

from analysis.hip.dimensions import strength_dimensions
from analysis.hip.profile import hip_profile
from analysis.hip.ratios import capacity_imbalance, rom_composite
from analysis.panel import athlete_weeks, hip_scores_before
from analysis.simulate import simulate
from analysis.tables import RAW_TABLES

from .conftest import MONDAY, days

Z_OF_FIVE = {k: (k - 2) / np.sqrt(2.5) for k in range(5)}
"""z of 0, 1, 2, 3, 4 among themselves, sample SD √2.5."""
FIRST = ["athlete_id", "motion", "side", "quality", "position"]


def trial(athlete, day, motion="abduction", side="left", quality="strength_isometric", position="side_lying", **more):
    return {"athlete_id": athlete, "date": days([day])[0], "motion": motion, "side": side, "quality": quality,
            "position": position, "trial_no": 1, **more}  # fmt: skip


def cohort(trials, n_athletes=5, n_weeks=4, sexes=("female",)):
    ids = [f"a{i}" for i in range(n_athletes)]
    sex = [sexes[i % len(sexes)] for i in range(n_athletes)]
    frames = {
        "athletes": pd.DataFrame({"athlete_id": ids, "sex": sex}),
        "hip_assessments": pd.DataFrame(trials),
        "observation_windows": pd.DataFrame({"athlete_id": ids, "stream": "weekly_report"}).assign(
            start_date=days([0])[0], end_date=days([7 * n_weeks - 1])[0]
        ),
    }
    return {name: RAW_TABLES[name].tidy(frame) for name, frame in frames.items()}


def scores(tables):
    panel = athlete_weeks(tables)
    found = hip_scores_before(tables["hip_assessments"], tables["athletes"], panel)
    return panel[["athlete_id", "week_start"]].join(found)


def of(found, athlete, name):
    return found.loc[found["athlete_id"] == athlete, name].tolist()


def close(values):
    return pytest.approx(values, nan_ok=True)


def five(**more):
    """The same test of five athletes on day 0, worth 0 to 4 above 100 N."""
    return [trial(f"a{k}", 0, force_n=100.0 + k, **more) for k in range(5)]


def test_the_score_is_z_among_first_assessments_and_the_last_one_made_before_the_monday():
    retest = [trial("a0", 7, force_n=102.0), trial("a1", 13, force_n=104.0)]
    found = scores(cohort(five() + retest))
    assert of(found, "a0", "force") == close([np.nan, Z_OF_FIVE[0], 0.0, 0.0])
    assert of(found, "a1", "force") == close([np.nan, Z_OF_FIVE[1], Z_OF_FIVE[4], Z_OF_FIVE[4]])
    assert of(found, "a4", "hip_deficit") == close([np.nan, *[-Z_OF_FIVE[4]] * 3])


def test_both_sides_are_averaged_and_each_leg_keeps_a_deficit_of_its_own():
    right = [trial(f"a{k}", 0, side="right", force_n=104.0 - k) for k in range(5)]
    found = scores(cohort(five() + right))
    z = (np.arange(5) - 2) / np.std([*range(5)] * 2, ddof=1)
    assert of(found, "a0", "force")[1] == pytest.approx((z[0] + z[4]) / 2)
    assert of(found, "a0", "hip_deficit_left")[1] == pytest.approx(-z[0])
    assert of(found, "a0", "hip_deficit_right")[1] == pytest.approx(-z[4])


def test_each_measure_is_looked_back_for_on_its_own_also_within_the_deficit():
    held = [trial(f"a{k}", 8, quality="endurance", time_s=30.0 + k) for k in range(5)]
    found = scores(cohort(five() + held))
    assert of(found, "a0", "force") == close([np.nan, *[Z_OF_FIVE[0]] * 3])
    assert of(found, "a0", "endurance") == close([np.nan, np.nan, *[Z_OF_FIVE[0]] * 2])
    # one of the two scores the cohort measures is not more than half of them
    assert of(found, "a0", "hip_deficit") == close([np.nan, np.nan, *[-Z_OF_FIVE[0]] * 2])


def test_the_deficit_is_minus_the_mean_of_more_than_half_of_the_scores_the_cohort_measures():
    held = [trial(f"a{k}", 0, quality="endurance", time_s=34.0 - k) for k in range(5)]
    stepped = [
        trial(f"a{k}", 0, "whole_leg", quality="control", position="step_down", score=float(k),
              score_scale="lateral_step_down_0_6")
        for k in range(4)
    ] + [trial("a5", 0, "whole_leg", quality="control", position="step_down", score=4.0,
               score_scale="lateral_step_down_0_6")]  # fmt: skip
    found = scores(cohort(five() + held + stepped, n_athletes=6))
    z = Z_OF_FIVE
    assert of(found, "a0", "hip_deficit")[1] == pytest.approx(-(z[0] + z[4] - z[0]) / 3)
    assert of(found, "a4", "hip_deficit")[1] == pytest.approx(-(z[4] + z[0]) / 2)
    assert np.isnan(of(found, "a5", "hip_deficit")[1])


def test_control_is_turned_to_higher_is_better_and_a_scale_without_a_name_stays_missing():
    tests = []
    for k in range(5):
        tests += [
            trial(f"a{k}", 0, "whole_leg", quality="control", position="step_down", score=float(k),
                  score_scale="lateral_step_down_0_6"),
            trial(f"a{k}", 0, "whole_leg", quality="control", position="hip_hinge", score=float(k),
                  score_scale="higher_is_better"),
            trial(f"a{k}", 0, "whole_leg", quality="control", position="single_leg_squat", time_s=10.0 + k),
            trial(f"a{k}", 0, "whole_leg", quality="control", position="step_up", score=float(k)),
        ]  # fmt: skip
    found = scores(cohort(tests))
    assert of(found, "a0", "control_step_down")[1] == pytest.approx(-Z_OF_FIVE[0])
    assert of(found, "a0", "control_hip_hinge")[1] == pytest.approx(Z_OF_FIVE[0])
    assert of(found, "a0", "control_single_leg_squat")[1] == pytest.approx(Z_OF_FIVE[0])
    assert found["control_step_up"].isna().all()


def test_a_ratio_is_that_of_the_first_declared_position_mean_of_sides_isometric_before_eccentric():
    tests = [
        trial("a0", 0, "flexion", position="supine", force_n=120.0),
        trial("a0", 0, "abduction", position="supine", force_n=100.0),
        trial("a0", 0, "flexion", side="right", position="supine", force_n=110.0),
        trial("a0", 0, "abduction", side="right", position="supine", force_n=100.0),
        trial("a0", 0, "flexion", position="standing", force_n=90.0),
        trial("a0", 0, "abduction", position="standing", force_n=100.0),
        trial("a0", 0, "flexion", position="supine", quality="strength_eccentric", force_n=50.0),
        trial("a0", 0, "abduction", position="supine", quality="strength_eccentric", force_n=100.0),
        trial("a1", 0, "flexion", position="seated", force_n=120.0),
        trial("a1", 0, "abduction", position="supine", force_n=100.0),
        trial("a1", 0, "adduction", position="supine", force_n=80.0),
    ]
    found = scores(cohort(tests))
    assert of(found, "a0", "flexor_abductor")[1] == pytest.approx((1.2 + 1.1) / 2)
    assert np.isnan(of(found, "a1", "flexor_abductor")[1])
    assert of(found, "a1", "adductor_abductor")[1] == pytest.approx(0.8)


def test_balance_is_seconds_stood_on_one_leg_mean_of_trials_then_of_legs():
    stance = {"motion": "whole_leg", "quality": "balance", "position": "single_leg_stance"}
    tests = [
        trial("a0", 0, **stance, time_s=10.0),
        trial("a0", 0, **stance, time_s=14.0) | {"trial_no": 2},
        trial("a0", 0, **stance, time_s=20.0) | {"side": "right"},
    ]
    assert of(scores(cohort(tests)), "a0", "balance_s")[1] == pytest.approx(16.0)


def test_no_assessments_leave_every_score_missing():
    tables = cohort(five())
    tables["hip_assessments"] = RAW_TABLES["hip_assessments"].empty()
    found = scores(tables)
    assert found.shape == (20, 21)
    assert found.drop(columns=["athlete_id", "week_start"]).isna().all(axis=None)


@pytest.fixture(scope="module")
def simulated():
    return simulate(n_athletes=14, n_weeks=26, seed=5).tables


def test_composites_and_imbalance_agree_with_a_plain_loop_over_athletes_and_weeks(simulated):
    found = scores(simulated)
    profile = hip_profile(simulated["hip_assessments"], simulated["athletes"])
    rom, strength = rom_composite(profile), strength_dimensions(profile)
    tables = {
        "rom_six_motions": rom[rom["composite"] == "six_motions"].assign(value=lambda d: d["score"]),
        "rom_flexion_extension": rom[rom["composite"] == "flexion_extension"].assign(value=lambda d: d["score"]),
        "full_range": strength[strength["dimension"] == "full_range"].assign(value=lambda d: d["score"]),
        "capacity_imbalance": capacity_imbalance(rom, strength).assign(value=lambda d: d["capacity_imbalance"]),
    }
    chosen = found.sample(40, random_state=1)
    for name, table in tables.items():
        for row in chosen.itertuples():
            own = table[(table["athlete_id"] == row.athlete_id) & (table["date"] < row.week_start)]
            own = own.dropna(subset=["value"])
            expected = own.loc[own["date"] == own["date"].max(), "value"].mean()
            assert getattr(row, name) == close(expected), name
    assert chosen["capacity_imbalance"].notna().sum() > 30


def scrambled_later(tables, monday, spared):
    """Every row from `monday` on lost or changed, but for the assessments that are `spared`."""
    rng = np.random.default_rng(1)
    tests = tables["hip_assessments"]
    later = (tests["date"] >= monday) & ~spared
    changed = tests.copy()
    for column in ("force_n", "angle_deg", "time_s"):
        changed.loc[later, column] *= rng.uniform(0.3, 2.0, later.sum())
    out = {"hip_assessments": changed[~later | (rng.random(len(tests)) < 0.7)].reset_index(drop=True)}
    for name, dated in (("weekly_reports", "week_start"), ("injuries", "onset_date"), ("hip_work", "date")):
        table = tables[name]
        out[name] = table[(table[dated] < monday) | (rng.random(len(table)) < 0.5)].reset_index(drop=True)
    reports = out["weekly_reports"]
    reports["pain_nrs"] = reports["pain_nrs"].where(reports["week_start"] < monday, 10 - reports["pain_nrs"])
    return tables | out


@pytest.mark.parametrize("week", [1, 12, 13, 20])
def test_no_outcome_and_no_assessment_from_monday_on_that_is_not_a_first_one_changes_a_score(simulated, week):
    monday = simulated["weekly_reports"]["week_start"].min() + pd.Timedelta(weeks=week)
    tests = simulated["hip_assessments"]
    first = tests["date"] == tests.groupby(FIRST)["date"].transform("min")
    assert ((tests["date"] >= monday) & ~first).sum() > 100
    keys = ["athlete_id", "week_start"]
    before = scores(simulated).set_index(keys)
    after = scores(scrambled_later(simulated, monday, first)).set_index(keys)
    until = before.index[before.index.get_level_values("week_start") <= monday]
    pd.testing.assert_frame_equal(before.loc[until], after.loc[until])
    assert not before.drop(until).equals(after.drop(until))


def test_a_first_assessment_of_another_athlete_later_on_shifts_and_stretches_z_of_one_sex_alike():
    firsts = [trial(f"a{k}", 0, force_n=100.0 + k**2) for k in range(12)]
    newcomer = trial("a12", 16, force_n=400.0)
    sexes = ("female", "male")
    early = scores(cohort(firsts, n_athletes=13, sexes=sexes))
    late = scores(cohort([*firsts, newcomer], n_athletes=13, sexes=sexes))
    week = early["week_start"] == MONDAY + pd.Timedelta(weeks=1)
    women = week & early["athlete_id"].isin([f"a{k}" for k in range(0, 12, 2)])
    men = week & early["athlete_id"].isin([f"a{k}" for k in range(1, 12, 2)])
    assert np.corrcoef(early.loc[women, "force"], late.loc[women, "force"])[0, 1] == pytest.approx(1.0)
    assert not np.allclose(early.loc[women, "force"], late.loc[women, "force"])
    assert early.loc[men, "force"].tolist() == late.loc[men, "force"].tolist()
