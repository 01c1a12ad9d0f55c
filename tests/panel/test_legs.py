"""The leg-week: pain and injuries put to legs by hand, side differences against their error, nothing of later tests."""

import numpy as np
import pandas as pd
import pytest

from analysis.panel import athlete_weeks, leg_weeks
from analysis.panel.legs import baseline_error
from analysis.simulate import simulate
from analysis.study import Study
from analysis.tables import RAW_TABLES

from .conftest import days

MDC_5_PERCENT = 1.96 * np.sqrt(2) * 5
"""MDC95 in percent of an SEM of 5 %: isometric abduction and flexion, Thorborg et al. 2010."""


def cohort(n_weeks=3, athletes=("a",), **rows):
    windows = [(a, s) for a in athletes for s in ("training", "injury", "weekly_report")]
    frames = {
        "athletes": pd.DataFrame({"athlete_id": list(athletes), "sex": "female"}),
        "observation_windows": pd.DataFrame(windows, columns=["athlete_id", "stream"]).assign(
            start_date=days([0])[0], end_date=days([7 * n_weeks - 1])[0]
        ),
    } | {name: pd.DataFrame(table) for name, table in rows.items()}
    return {name: RAW_TABLES[name].tidy(frame) for name, frame in frames.items()}


def legs(tables, study=None):
    return leg_weeks(tables, athlete_weeks(tables), study)


def of(table, side, name):
    return table.loc[table["side"] == side, name].tolist()


def close(values):
    return pytest.approx(values, nan_ok=True)


def report(week, side, pain, region="hip_groin"):
    return {"athlete_id": "a", "week_start": days([7 * week])[0], "region": region, "side": side, "pain_nrs": pain}


def test_pain_is_that_of_the_leg_both_is_each_leg_and_what_was_not_asked_is_missing():
    reports = [
        report(0, "left", 3.0), report(0, "both", 2.0), report(0, "right", 9.0, "knee"),
        report(1, "right", 0.0), report(1, "left", np.nan),
        report(2, "unspecified", 8.0), report(5, "left", 8.0),
    ]  # fmt: skip
    found = legs(cohort(weekly_reports=reports))
    assert found[["week_start", "side"]].to_numpy().tolist() == [
        [days([7 * week])[0], side] for week in range(3) for side in ("left", "right")
    ]
    assert of(found, "left", "pain_nrs") == close([3, np.nan, np.nan])
    assert of(found, "right", "pain_nrs") == close([2, 0, np.nan])
    assert found.attrs["left_out"]["pain: side not told"] == 1
    assert found.attrs["left_out"]["pain: week not watched on all seven days"] == 1
    knee = legs(cohort(weekly_reports=reports), Study(primary_region="knee"))
    assert of(knee, "right", "pain_nrs") == close([9, np.nan, np.nan])


def injury(day, side, region="knee", kind="injury"):
    return {"injury_id": f"{day} {side} {region} {kind}", "athlete_id": "a", "onset_date": days([day])[0],
            "side": side, "region": region, "problem_type": kind, "time_loss_days": 0.0}  # fmt: skip


def test_injuries_count_for_their_leg_and_those_of_no_leg_are_counted_by_reason():
    problems = [
        injury(0, "left"), injury(1, "left", "hip_groin"), injury(2, "both"), injury(3, "left", kind="illness"),
        injury(8, "right", "ankle_foot"), injury(9, "unspecified"), injury(9, None),
        injury(9, "left", "shoulder"), injury(9, "left", None), injury(30, "left"),
    ]  # fmt: skip
    run = {"session_id": "1", "athlete_id": "a", "date": days([0])[0], "sport": "run", "duration_min": 120.0}
    found = legs(cohort(injuries=problems, training_sessions=[run]))
    assert of(found, "left", "new_injuries") == [3, 0, 0]
    assert of(found, "right", "new_injuries") == [1, 1, 0]
    assert found.attrs["left_out"] == {
        "pain: week not watched on all seven days": 0,
        "pain: side not told": 0,
        "injuries: week not watched on all seven days": 1,
        "injuries: another region, or none told": 2,
        "injuries: side not told": 2,
    }
    for side in ("left", "right"):
        assert of(found, side, "at_risk") == [True, False, False]
        assert of(found, side, "log_exposure_h") == close([np.log(2), np.nan, np.nan])


def test_new_injuries_are_missing_where_injuries_were_not_observed():
    tables = cohort(injuries=[injury(0, "left")])
    windows = tables["observation_windows"]
    tables["observation_windows"] = windows[windows["stream"] != "injury"].reset_index(drop=True)
    assert legs(tables)["new_injuries"].isna().all()


def trial(athlete, day, side, value, motion="abduction", quality="strength_isometric", position="side_lying", no=1):
    column = "angle_deg" if quality.startswith("rom") else "force_n"
    return {"athlete_id": athlete, "date": days([day])[0], "motion": motion, "side": side, "quality": quality,
            "position": position, "trial_no": no, column: value}  # fmt: skip


def test_a_side_is_weaker_only_beyond_the_mdc_of_the_published_error():
    tests = [
        trial("a", 0, "left", 100.0), trial("a", 0, "right", 120.0),
        trial("a", 7, "left", 121.0), trial("a", 7, "right", 110.0),
    ]  # fmt: skip
    found = legs(cohort(hip_assessments=tests))
    clear, slight = 100 * 20 / 110, 100 * 11 / 115.5
    assert slight < MDC_5_PERCENT < clear
    assert of(found, "right", "strength_difference_percent") == close([np.nan, clear, -slight])
    assert of(found, "left", "strength_difference_percent") == close([np.nan, -clear, slight])
    assert of(found, "left", "strength_mdc95_percent") == close([np.nan, MDC_5_PERCENT, MDC_5_PERCENT])
    assert of(found, "left", "strength_beyond_mdc") == [pd.NA, True, False]
    assert of(found, "left", "weaker_side") == [pd.NA, True, pd.NA]
    assert of(found, "right", "weaker_side") == [pd.NA, False, pd.NA]
    assert found["stiffer_side"].isna().all()


def test_over_motions_differences_are_averaged_and_errors_added_in_quadrature():
    tests = [
        trial("a", 0, "left", 100.0), trial("a", 0, "right", 120.0),
        trial("a", 0, "left", 95.0, "flexion", position="seated"),
        trial("a", 0, "right", 105.0, "flexion", position="seated"),
        trial("a", 0, "left", 300.0, "flexion", position="standing"),
        trial("a", 0, "right", 100.0, "flexion", position="standing"),
        trial("a", 0, "left", 100.0, "extension"),
    ]  # fmt: skip
    found = legs(cohort(hip_assessments=tests))
    mean, limit = (100 * 20 / 110 + 10) / 2, np.sqrt(2 * MDC_5_PERCENT**2) / 2
    assert of(found, "right", "strength_difference_percent")[1] == pytest.approx(mean)
    assert of(found, "right", "strength_mdc95_percent")[1] == pytest.approx(limit)
    assert of(found, "left", "weaker_side")[1] is True


def rom_of(true_difference, seed, n=300, error=2.0):
    """Legs of `n` athletes in three motions, tested twice within a week; the right has `true_difference` more range."""
    rng = np.random.default_rng(seed)
    motions = ("flexion", "abduction", "internal_rotation")
    index = pd.MultiIndex.from_product([range(n), motions, ("left", "right"), (0, 5)])
    tests = index.set_names(["k", "motion", "side", "day"]).to_frame(index=False)
    own = rng.normal(40, 6, (n, 3))[tests["k"], tests["motion"].map({m: i for i, m in enumerate(motions)})]
    angle = own + true_difference * (tests["side"] == "right") + rng.normal(0, error, len(tests))
    tests = tests.assign(athlete_id="a" + tests["k"].astype(str), date=days(tests["day"]), angle_deg=angle)
    tests = tests.assign(quality="rom_passive", position="supine", trial_no=1).drop(columns=["k", "day"])
    return legs(cohort(n_weeks=2, athletes=tests["athlete_id"].unique(), hip_assessments=tests))


def test_simulated_legs_that_are_alike_differ_beyond_mdc95_in_5_of_100_and_by_chance_to_either_side():
    found = rom_of(0.0, seed=3)
    limit = found["rom_mdc95_deg"].dropna().unique()
    assert limit == pytest.approx([1.96 * np.sqrt(2) * 2.0 / np.sqrt(3)], rel=0.06)
    beyond = found["rom_beyond_mdc"].dropna()
    assert beyond.mean() == pytest.approx(0.05, abs=0.03)


def test_simulated_legs_that_differ_by_twice_the_mdc95_are_told_apart_and_the_right_one_is_not_the_stiffer():
    found = rom_of(2 * 1.96 * np.sqrt(2) * 2.0 / np.sqrt(3), seed=4, n=150)
    known = found.dropna(subset=["stiffer_side"])
    assert len(known) > 0.95 * found["rom_difference_deg"].notna().sum()
    assert (known["stiffer_side"] == (known["side"] == "left")).all()


def test_scores_are_those_of_the_leg_itself():
    tests = [
        trial(f"a{k}", 0, side, 100.0 + k + 10 * (side == "right")) for k in range(5) for side in ("left", "right")
    ]
    found = legs(cohort(athletes=[f"a{k}" for k in range(5)], hip_assessments=tests))
    forces = np.array([100.0 + k + 10 * r for r in range(2) for k in range(5)])
    z = (forces - forces.mean()) / forces.std(ddof=1)
    week = found["week_start"] == days([7])[0]
    assert found.loc[week & (found["side"] == "left"), "force"].tolist() == pytest.approx(z[:5].tolist())
    assert found.loc[week & (found["side"] == "right"), "hip_deficit"].tolist() == pytest.approx((-z[5:]).tolist())
    assert found["rom_six_motions"].isna().all()


@pytest.fixture(scope="module")
def simulated():
    return simulate(n_athletes=14, n_weeks=26, seed=6).tables


def at_baseline(tests):
    first = tests.groupby(["athlete_id", "motion", "side", "quality", "position"])["date"].transform("min")
    return (tests["date"] - first).dt.days <= 14


@pytest.mark.parametrize("week", [4, 13])
def test_nothing_measured_from_monday_on_changes_what_explains_a_leg_week_but_a_baseline_test(simulated, week):
    monday = simulated["weekly_reports"]["week_start"].min() + pd.Timedelta(weeks=week)
    tests = simulated["hip_assessments"]
    later = (tests["date"] >= monday) & ~at_baseline(tests)
    assert later.sum() > 100
    rng = np.random.default_rng(week)
    changed = tests.copy()
    for column in ("force_n", "angle_deg"):
        changed.loc[later, column] *= rng.uniform(0.3, 2.0, later.sum())
    reports = simulated["weekly_reports"]
    other = {
        "hip_assessments": changed,
        "weekly_reports": reports[reports["week_start"] < monday].reset_index(drop=True),
        "injuries": RAW_TABLES["injuries"].empty(),
    }
    explains = ["force", "rom_six_motions", "hip_deficit", "strength_difference_percent", "strength_mdc95_percent",
                "weaker_side", "rom_difference_deg", "rom_mdc95_deg", "stiffer_side"]  # fmt: skip
    before, after = legs(simulated), legs(simulated | other)
    until = before["week_start"] <= monday
    pd.testing.assert_frame_equal(before.loc[until, explains], after.loc[until, explains])
    assert not before.loc[~until, explains].equals(after.loc[~until, explains])
    assert before["weaker_side"].notna().any()


def test_the_error_at_baseline_is_of_the_first_tests_and_retests_within_14_days():
    def at(*retests):
        rng = np.random.default_rng(2)
        tests = [
            trial(f"a{k}", day, "left", 40 + 4 * k + rng.normal(), quality="rom_passive")
            for k in range(12)
            for day in (0, *retests)
        ]
        tables = cohort(athletes=[f"a{k}" for k in range(12)], hip_assessments=tests)
        return baseline_error(tables["hip_assessments"], tables["athletes"])["mdc95"].iloc[0]

    assert np.isnan(at(15))
    assert at(14) > 0
