"""What the hip work before each week was made of: tables worked by hand, and nothing known from the week itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import entropy

from analysis.errors import HiprunError
from analysis.hip.exercises import exercise_library
from analysis.panel import athlete_weeks, work_mix
from analysis.study import Study
from analysis.tables import RAW_TABLES
from analysis.tables.words import RELATIONS_TO_RUN

from .conftest import MONDAY, days, random_tables
from .test_panel import scrambled_from

HALF_LIFE_1 = Study(dose_half_life_weeks=1.0)
FOUR_PHASES = (
    "ball release quadriceps",
    "half-kneeling band mobilisation front of hip",
    "hip hinge",
    "prone glute activation",
)


def entry(day, exercise, minutes, athlete="a", **more):
    return {"athlete_id": athlete, "date": days([day])[0], "exercise": exercise, "duration_min": minutes, **more}


def cohort(rows, n_weeks=4, watched=None):
    """Tables of the athletes in `rows` (or a) with hip work watched in the weeks `watched` (all by default)."""
    ids = sorted({r["athlete_id"] for r in rows} | {"a"})
    watched = range(n_weeks) if watched is None else watched
    spans = [(a, "weekly_report", 0, 7 * n_weeks - 1) for a in ids]
    spans += [(a, "hip_work", 7 * w, 7 * w + 6) for a in ids for w in watched]
    windows = pd.DataFrame(spans, columns=["athlete_id", "stream", "start_date", "end_date"])
    windows = windows.assign(start_date=days(windows["start_date"]), end_date=days(windows["end_date"]))
    frames = {
        "athletes": pd.DataFrame({"athlete_id": ids}),
        "observation_windows": windows,
        "hip_work": pd.DataFrame(rows).assign(entry_id=[str(i) for i in range(len(rows))], in_library=True)
        if rows
        else RAW_TABLES["hip_work"].empty(),
    }
    return {name: RAW_TABLES[name].tidy(frame) for name, frame in frames.items()}


def mix(rows, study=HALF_LIFE_1, **more):
    tables = cohort(rows, **more)
    return work_mix(tables["hip_work"], athlete_weeks(tables), study)


def close(values):
    return pytest.approx(values, nan_ok=True)


ROWS = [
    entry(0, "ball release quadriceps", 20.0),  # sagittal
    entry(2, "side-to-side drills", 10.0),  # frontal, stability that is neither deep nor control
    entry(7, "fire hydrant against a wall", 12.0),  # half frontal, half transverse; deep and control
]


def test_doses_of_a_table_worked_by_hand_with_a_half_life_of_one_week():
    found = mix(ROWS)
    by_hand = {
        "sagittal_dose_min": [np.nan, 20, 20 / 3, 20 / 7],
        "frontal_dose_min": [np.nan, 10, 22 / 3, 22 / 7],
        "transverse_dose_min": [np.nan, 0, 4, 12 / 7],
        "deep_or_control_dose_min": [np.nan, 0, 8, 24 / 7],
        "other_stability_dose_min": [np.nan, 10, 10 / 3, 10 / 7],
        "days_dose": [np.nan, 2, 4 / 3, 4 / 7],
    }
    for name, expected in by_hand.items():
        assert found[name].tolist() == close(expected), name


def test_share_and_diversity_are_of_the_doses_entropy_by_scipy():
    found = mix(ROWS)
    assert found["non_sagittal_share"].tolist() == close([np.nan, 1 / 3, 34 / 54, 34 / 54])
    diversity = [np.nan, entropy([20, 10]), *[entropy([20, 22, 12])] * 2]
    assert found["plane_shannon"].tolist() == close(diversity)
    assert found["plane_effective"].tolist() == close(np.exp(diversity))


def test_share_and_diversity_of_no_work_at_all_are_missing_and_the_doses_are_true_zeros():
    found = mix([])
    assert found["sagittal_dose_min"].tolist() == close([np.nan, 0, 0, 0])
    assert found["full_sequence_dose"].tolist() == close([np.nan, 0, 0, 0])
    assert found[["non_sagittal_share", "plane_shannon", "plane_effective"]].isna().all(axis=None)


def test_each_is_split_into_the_own_mean_to_date_and_the_deviation_from_it():
    found = mix(ROWS)
    assert found["frontal_dose_between_min"].tolist() == close([np.nan, 10, 26 / 3, (10 + 22 / 3 + 22 / 7) / 3])
    assert found["non_sagittal_share_within"].tolist() == close([np.nan, 0, 8 / 54, (34 / 54 - 18 / 54) / 3])
    names = {name.replace("_between", "") for name in found if "_between" in name}
    assert names == set(found) - {n for n in found if "_between" in n or "_within" in n}
    for name in names:
        stem, unit = (name[:-4], "_min") if name.endswith("_min") else (name, "")
        parts = found[f"{stem}_between{unit}"] + found[f"{stem}_within{unit}"]
        assert parts.tolist() == close(found[name].tolist()), name


@pytest.mark.parametrize("unclear", [entry(8, "wobble thing", 5.0), entry(8, "hip hinge", np.nan)])
def test_a_week_not_wholly_known_is_left_out_as_an_unwatched_week_is(unclear):
    known = mix([*ROWS, unclear])
    unwatched = mix(ROWS[:2], watched=[0, 2, 3])
    planes = [c for c in known if c.startswith(("sagittal", "frontal", "transverse", "deep", "other", "non_"))]
    pd.testing.assert_frame_equal(known[planes], unwatched[planes])
    assert known["sagittal_dose_min"].tolist() == close([np.nan, 20, 20, (20 * 0.25) / 1.25])
    assert known["days_dose"].tolist() == close([np.nan, 2, (2 + 1) / 1.5, (1 + 0.5) / 1.75])


def test_full_sequence_and_order_are_weighted_shares_of_the_watched_weeks():
    ordered = [entry(0, name, 5.0, order_in_day=k + 1) for k, name in enumerate(FOUR_PHASES)]
    spread = [entry(7 + k, name, 5.0, order_in_day=1) for k, name in enumerate(FOUR_PHASES)]
    found = mix(ordered + spread)
    assert found["full_sequence_dose"].tolist() == close([np.nan, 1, 1, 0.75 / 1.75])
    assert found["in_order_dose"].tolist() == close([np.nan, 1, 0.5 / 1.5, 0.25 / 1.75])


def test_doses_before_and_after_runs_by_hand_and_a_week_that_does_not_tell_is_left_out():
    nan = np.nan
    rows = [
        entry(0, "hip hinge", 20.0, relation_to_run="before_run"),
        entry(1, "hip hinge", 12.0, relation_to_run="after_run"),
        entry(7, "hip hinge", 6.0, relation_to_run="separate"),
    ]
    found = mix(rows)
    assert found["before_run_dose_min"].tolist() == close([nan, 20, 20 / 3, 20 / 7])
    assert found["after_run_dose_min"].tolist() == close([nan, 12, 4, 12 / 7])
    untold = mix([*rows, entry(8, "hip hinge", 5.0)])
    unwatched = mix(rows[:2], watched=[0, 2, 3])
    related = [c for c in found if c.startswith(("before_run", "after_run"))]
    pd.testing.assert_frame_equal(untold[related], unwatched[related])
    assert len(related) == 6


def test_of_a_cohort_that_never_tells_the_relation_to_runs_no_week_has_a_dose_of_it_not_even_one_without_work():
    found = mix(ROWS, n_weeks=8)
    assert found[[c for c in found if c.startswith(("before_run", "after_run"))]].isna().all(axis=None)
    assert found["days_dose"].iloc[1:].notna().all()


def test_minutes_are_made_of_sets_repetitions_and_seconds_where_none_were_recorded():
    found = mix([entry(0, "hip hinge", np.nan, sets=3, reps=10, hold_s=4.0)])
    assert found["sagittal_dose_min"].tolist()[1] == pytest.approx(2.0)


def test_athletes_do_not_mix_and_the_index_of_the_panel_is_kept():
    tables = cohort([*ROWS, entry(1, "rotational drills", 30.0, athlete="b")])
    panel = athlete_weeks(tables).set_axis([f"row {i}" for i in range(8)])
    found = work_mix(tables["hip_work"], panel, HALF_LIFE_1)
    alone = mix(ROWS)
    pd.testing.assert_frame_equal(found.iloc[:4].reset_index(drop=True), alone)
    assert found.index.equals(panel.index)
    assert found["transverse_dose_min"].tolist()[5:] == pytest.approx([30, 10, 30 / 7])


def test_a_panel_with_a_week_taken_out_is_refused():
    tables = cohort(ROWS)
    with pytest.raises(HiprunError, match="found 14 days"):
        work_mix(tables["hip_work"], athlete_weeks(tables).drop(index=1))


def mixed_tables(seed):
    """Cohorts drawn at random with exercises of the library and an own one, each in its category."""
    tables = random_tables(seed)
    rng = np.random.default_rng(seed)
    library, work = exercise_library().set_index("name")["category"], tables["hip_work"]
    names = rng.choice([*library.index, "wobble thing"], len(work))
    work = work.assign(
        exercise=names, category=library.reindex(names).to_numpy(), order_in_day=rng.integers(1, 5, len(work))
    )
    relations = rng.choice([*RELATIONS_TO_RUN, ""], len(work), p=[0.4, 0.3, 0.2, 0.1])
    work["relation_to_run"] = pd.Series(relations, dtype="str").replace("", None)
    return tables | {"hip_work": RAW_TABLES["hip_work"].tidy(work)}


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), week=st.integers(1, 7))
def test_nothing_on_or_after_monday_changes_what_the_work_before_the_week_was(seed, week):
    tables = mixed_tables(seed)
    monday = MONDAY + pd.Timedelta(weeks=week)
    weeks = ["athlete_id", "week_start"]

    def explained(given):
        panel = athlete_weeks(given, start=MONDAY)
        return panel[weeks].join(work_mix(given["hip_work"], panel)).set_index(weeks)

    before, after = explained(tables), explained(scrambled_from(tables, monday, seed))
    shared = before.index.intersection(after.index)
    shared = shared[shared.get_level_values("week_start") <= monday]
    assert len(shared) > 0
    pd.testing.assert_frame_equal(before.loc[shared], after.loc[shared])


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_planes_share_out_the_minutes_that_the_panel_counts_as_mobility_and_stability(seed):
    tables = mixed_tables(seed)
    work = tables["hip_work"]
    tables["hip_work"] = work[work["category"].notna()].reset_index(drop=True)
    panel = athlete_weeks(tables)
    found = work_mix(tables["hip_work"], panel)
    planes = found[["sagittal_dose_min", "frontal_dose_min", "transverse_dose_min"]].sum(axis=1, skipna=False)
    counted = panel["mobility_dose_min"] + panel["stability_dose_min"]
    assert planes.tolist() == close(counted.tolist())
    kinds = found["deep_or_control_dose_min"] + found["other_stability_dose_min"]
    assert (kinds - counted).max() < 1e-9
