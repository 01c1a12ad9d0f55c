"""The athlete-week panel under the rules of the design page: what is known before a week, and what is conserved."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.panel import athlete_weeks, left_out
from analysis.study import Study
from analysis.tables import ATHLETE_WEEKS, EXPLANATORY, RAW_TABLES
from analysis.tables.words import RUNNING_SPORTS

from .conftest import MONDAY, days, random_tables

DATED = {
    "training_sessions": "date",
    "hip_work": "date",
    "weekly_reports": "week_start",
    "injuries": "onset_date",
    "hip_assessments": "date",
}


def scrambled_from(tables, monday, seed):
    """The same tables with every row dated on or after `monday` lost or given other values."""
    rng = np.random.default_rng(seed)
    changed = {}
    for name, frame in tables.items():
        frame = frame.copy()
        if name in DATED:
            later = frame[DATED[name]] >= monday
            for column in frame.select_dtypes("float64"):
                frame.loc[later, column] = frame.loc[later, column] * rng.uniform(0.2, 1)
            frame = frame[~later | (rng.random(len(frame)) < 0.6)]
        if name == "observation_windows":
            cut = frame["end_date"] >= monday
            frame.loc[cut, "end_date"] = monday + pd.Timedelta(days=int(rng.integers(6, 30)))
        changed[name] = frame.reset_index(drop=True)
    return changed


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), week=st.integers(1, 7))
def test_nothing_on_or_after_monday_of_a_week_changes_what_explains_that_week(seed, week):
    tables = random_tables(seed)
    monday = MONDAY + pd.Timedelta(weeks=week)
    keys = ["athlete_id", "week_start"]
    before = athlete_weeks(tables, start=MONDAY).set_index(keys)
    after = athlete_weeks(scrambled_from(tables, monday, seed), start=MONDAY).set_index(keys)
    shared = before.index.intersection(after.index)
    shared = shared[shared.get_level_values("week_start") <= monday]
    assert len(shared) > 0
    pd.testing.assert_frame_equal(before.loc[shared, list(EXPLANATORY)], after.loc[shared, list(EXPLANATORY)])


def test_the_leakage_check_itself_notices_a_change_before_the_monday(tables):
    monday = MONDAY + pd.Timedelta(weeks=4)
    before = athlete_weeks(tables)
    after = athlete_weeks(scrambled_from(tables, monday - pd.Timedelta(weeks=2), 2))
    merged = before.merge(after, on=["athlete_id", "week_start"])
    merged = merged[merged["week_start"] == monday]
    assert len(merged) > 0
    assert not np.allclose(merged["mobility_dose_min_x"], merged["mobility_dose_min_y"], equal_nan=True)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_minutes_and_hours_are_conserved_between_tables_panel_and_the_list_of_what_is_left_out(seed):
    tables = random_tables(seed)
    panel = athlete_weeks(tables)
    lost = left_out(tables, panel).set_index(["table", "reason"])["duration_min"]
    sessions, hip_work = tables["training_sessions"], tables["hip_work"]
    assert panel["exposure_h"].sum() * 60 + lost.get(
        "training_sessions", pd.Series(dtype=float)
    ).sum() == pytest.approx(sessions["duration_min"].sum())
    worked = panel["mobility_min"].sum() + panel["stability_min"].sum()
    assert worked + lost.get("hip_work", pd.Series(dtype=float)).sum() == pytest.approx(hip_work["duration_min"].sum())
    runs = sessions["sport"].isin(RUNNING_SPORTS)
    assert panel["exposure_h"].sum() * 60 <= sessions.loc[runs, "duration_min"].sum() + 1e-9


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_panel_is_as_declared_and_the_order_of_rows_in_the_tables_does_not_matter(seed):
    tables = random_tables(seed)
    panel = athlete_weeks(tables)
    ATHLETE_WEEKS.schema().validate(panel)
    shuffled = {name: t.sample(frac=1, random_state=seed).reset_index(drop=True) for name, t in tables.items()}
    again = athlete_weeks(shuffled)
    pd.testing.assert_frame_equal(panel, again, rtol=1e-12)


def one_athlete(**tables):
    window = {"athlete_id": "a", "start_date": days([0])[0], "end_date": days([27])[0]}
    windows = pd.DataFrame([{**window, "stream": s} for s in ("training", "hip_work", "injury", "weekly_report")])
    base = {"athletes": pd.DataFrame({"athlete_id": ["a"]}), "observation_windows": windows} | {
        name: pd.DataFrame(rows) for name, rows in tables.items()
    }
    return {name: RAW_TABLES[name].tidy(frame) for name, frame in base.items()}


def hip_work_rows(minutes_by_day):
    return [
        {"entry_id": str(d), "athlete_id": "a", "date": days([d])[0], "exercise": "x", "in_library": False,
         "category": "mobility", "duration_min": m}
        for d, m in minutes_by_day.items()
    ]  # fmt: skip


def test_the_dose_is_the_half_life_weighted_mean_of_the_weeks_before():
    panel = athlete_weeks(
        one_athlete(hip_work=hip_work_rows({0: 10.0, 6: 20.0, 7: 60.0})), Study(dose_half_life_weeks=1.0)
    )
    weights = np.array([1, 0.5])
    expected = [np.nan, 30.0, (60 * 1 + 30 * 0.5) / weights.sum(), (0 * 1 + 60 * 0.5 + 30 * 0.25) / 1.75]
    assert panel["mobility_dose_min"].tolist() == pytest.approx(expected, nan_ok=True)


def test_between_is_the_own_mean_to_date_and_within_the_deviation_from_it():
    panel = athlete_weeks(one_athlete(hip_work=hip_work_rows({0: 30.0, 7: 60.0})))
    dose = panel["mobility_dose_min"].to_numpy()
    assert panel["mobility_dose_between_min"].tolist() == pytest.approx(
        [np.nan, *(dose[1:].cumsum() / np.arange(1, 4))], nan_ok=True
    )
    assert (panel["mobility_dose_between_min"] + panel["mobility_dose_within_min"]).tolist() == pytest.approx(
        dose.tolist(), nan_ok=True
    )


def test_a_watched_week_without_entries_is_zero_and_an_unwatched_week_is_missing():
    tables = one_athlete(hip_work=hip_work_rows({0: 10.0}))
    windows = tables["observation_windows"]
    windows.loc[windows["stream"] == "hip_work", "end_date"] = days([15])[0]
    panel = athlete_weeks(tables)
    assert panel["mobility_min"].tolist() == pytest.approx([10.0, 0.0, np.nan, np.nan], nan_ok=True)


def test_a_dose_is_missing_once_no_week_was_watched_within_two_half_lives():
    tables = one_athlete(hip_work=hip_work_rows({0: 10.0}))
    windows = tables["observation_windows"]
    windows.loc[windows["stream"] == "hip_work", "end_date"] = days([6])[0]
    panel = athlete_weeks(tables, Study(dose_half_life_weeks=1.0))
    assert panel["mobility_dose_min"].tolist() == pytest.approx([np.nan, 10.0, 10.0, np.nan], nan_ok=True)


def injury(onset, back, kind="injury", **more):
    return {"injury_id": f"{onset}{kind}", "athlete_id": "a", "onset_date": days([onset])[0],
            "return_date": pd.NaT if back is None else days([back])[0], "problem_type": kind, **more}  # fmt: skip


def run(day, minutes=60.0, sport="run"):
    return {"session_id": f"{day}{sport}", "athlete_id": "a", "date": days([day])[0], "sport": sport,
            "duration_min": minutes, "distance_km": 10.0}  # fmt: skip


def test_time_loss_counts_from_the_day_after_onset_to_the_day_before_return_ioc_2020():
    panel = athlete_weeks(one_athlete(injuries=[injury(2, 5)], training_sessions=[run(0)]))
    assert panel["time_loss_days"].tolist() == [2.0, 0, 0, 0]
    panel = athlete_weeks(one_athlete(injuries=[injury(2, 2)], training_sessions=[run(0)]))
    assert panel["time_loss_days"].sum() == 0


def test_days_lost_to_two_injuries_at_once_count_once_and_both_injuries_are_new_cases():
    panel = athlete_weeks(one_athlete(injuries=[injury(0, 6), injury(1, 5)], training_sessions=[run(0)]))
    assert panel["time_loss_days"].tolist() == [5.0, 0, 0, 0]
    assert panel["new_injuries"].tolist() == [2, 0, 0, 0]


def test_a_week_fully_lost_to_an_open_injury_is_not_at_risk_nor_is_a_week_without_running():
    tables = one_athlete(injuries=[injury(6, None)], training_sessions=[run(0), run(8, 30.0), run(15, sport="bike")])
    panel = athlete_weeks(tables)
    assert panel["time_loss_days"].tolist() == [0.0, 7, 7, 7]
    assert panel["at_risk"].tolist() == [True, False, False, False]
    assert panel["log_exposure_h"].tolist() == pytest.approx([0.0, np.nan, np.nan, np.nan], nan_ok=True)


def test_an_illness_is_counted_apart_and_loses_no_days_at_risk():
    panel = athlete_weeks(one_athlete(injuries=[injury(0, 20, "illness")], training_sessions=[run(0), run(8)]))
    assert panel["new_illnesses"].tolist() == [1, 0, 0, 0]
    assert panel["new_injuries"].sum() == 0
    assert panel["time_loss_days"].sum() == 0


def test_running_hours_count_running_only_and_load_every_session():
    sessions = [
        {**run(0), "rpe": 5.0, "rpe_scale": "cr10"},
        {**run(1, 30.0, "bike"), "rpe": 2.0, "rpe_scale": "cr10"},
    ]
    panel = athlete_weeks(one_athlete(training_sessions=sessions))
    assert panel.loc[0, ["n_sessions", "exposure_h", "exposure_km", "srpe_load_au"]].tolist() == [
        2,
        1.0,
        10.0,
        360.0,
    ]


def test_a_session_without_rpe_or_on_the_borg_scale_leaves_the_weeks_load_missing():
    for row in ({**run(0)}, {**run(0), "rpe": 13.0, "rpe_scale": "borg6_20"}):
        panel = athlete_weeks(one_athlete(training_sessions=[row]))
        assert np.isnan(panel.loc[0, "srpe_load_au"])
        assert panel.loc[0, "exposure_h"] == 1.0


def report(week, **answers):
    return {
        "athlete_id": "a",
        "week_start": days([7 * week])[0],
        "region": "hip_groin",
        "side": "left",
        **answers,
    }


def test_a_report_not_answered_is_missing_and_a_blank_row_is_no_answer():
    panel = athlete_weeks(one_athlete(weekly_reports=[report(0, pain_nrs=4.0), report(1)]))
    assert panel["reported"].tolist() == [True, False, False, False]
    assert panel["pain_nrs"].tolist() == pytest.approx([4.0, np.nan, np.nan, np.nan], nan_ok=True)


def test_pain_is_the_worst_side_of_the_primary_region_and_any_region_apart():
    rows = [
        report(0, pain_nrs=2.0),
        report(0, pain_nrs=5.0) | {"side": "right"},
        report(0, pain_nrs=7.0) | {"region": "knee"},
    ]
    panel = athlete_weeks(one_athlete(weekly_reports=rows))
    assert (panel.loc[0, "pain_nrs"], panel.loc[0, "pain_any_nrs"]) == (5.0, 7.0)


def test_an_ostrc_problem_in_one_region_decides_and_an_unknown_leaves_the_week_unknown():
    none = {"ostrc_version": 2, "ostrc_q1": 0}
    unknown = {"ostrc_version": 2, "ostrc_q1": 8, "ostrc_q2": 0}
    bad = {"ostrc_version": 2, "ostrc_q1": 25, "ostrc_q2": 25, "ostrc_q3": 25, "ostrc_q4": 25}
    rows = [report(0, **none), report(0, **bad) | {"region": "knee"},
            report(1, **none), report(1, **unknown) | {"region": "knee"},
            report(2, **none)]  # fmt: skip
    panel = athlete_weeks(one_athlete(weekly_reports=rows))
    truths = panel["substantial_problem"]
    assert bool(truths[0]) is True
    assert truths.isna().tolist() == [False, True, False, True]
    assert bool(truths[2]) is False
    assert panel["ostrc_score"][0] == 100


def test_the_last_hip_test_is_one_made_before_the_week():
    test = {
        "athlete_id": "a",
        "motion": "abduction",
        "side": "left",
        "quality": "rom_passive",
        "position": "supine",
        "trial_no": 1,
    }
    rows = [
        {**test, "date": days([0])[0], "angle_deg": 40.0},
        {**test, "date": days([7])[0], "angle_deg": 50.0},
    ]
    panel = athlete_weeks(one_athlete(hip_assessments=rows))
    assert panel["hip_abd_deg"].tolist() == pytest.approx([np.nan, 40.0, 50.0, 50.0], nan_ok=True)
    assert panel["days_since_assessment"].tolist() == pytest.approx([np.nan, 7, 7, 14], nan_ok=True)


def test_no_tables_give_an_empty_panel_as_declared():
    panel = athlete_weeks({})
    assert panel.empty
    ATHLETE_WEEKS.schema().validate(panel)
