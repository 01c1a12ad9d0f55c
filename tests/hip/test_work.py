"""Hip work by week: minutes, planes, diversity, phases, days."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.hip.work import FULL_SEQUENCE, full_sequence_weeks, minutes_from_sets, shannon_diversity, weekly_work
from analysis.tables import HIP_WORK

MONDAY = pd.Timestamp("2026-01-05")
BALL = "ball release quadriceps"  # soft tissue, sagittal
BAND = "half-kneeling band mobilisation front of hip"  # mobilisation, sagittal
FLOW = "yoga-based hip flow"  # mobilisation, all three planes
HYDRANT = "fire hydrant against a wall"  # control, frontal and transverse, deep stabiliser
HINGE = "hip hinge"  # control, sagittal
GLUTE = "prone glute activation"  # activation, sagittal
STANCE = "single-leg stance"  # balance, frontal and transverse, deep stabiliser
SIDE = "side-to-side drills"  # activation, frontal
OWN = "Coach Kim's hip circles"


def _entries(*rows: tuple, athlete: str = "a") -> pd.DataFrame:
    """Rows of (exercise, minutes[, day])."""
    days = [r[2] if len(r) > 2 else 0 for r in rows]
    return pd.DataFrame(
        {
            "athlete_id": athlete,
            "date": [MONDAY + pd.Timedelta(days=d) for d in days],
            "exercise": [r[0] for r in rows],
            "duration_min": [float(r[1]) for r in rows],
            "sets": pd.array([pd.NA] * len(rows), dtype="Int64"),
            "reps": pd.array([pd.NA] * len(rows), dtype="Int64"),
            "hold_s": np.nan,
        }
    )


def _week(*rows: tuple) -> pd.Series:
    table = weekly_work(_entries(*rows))
    assert len(table) == 1
    return table.iloc[0]


@pytest.mark.parametrize(
    ("duration", "sets", "reps", "hold_s", "minutes", "basis"),
    [
        (10.0, 3, 5, 20.0, 10.0, "recorded"),  # 5 min of work in 10 min, rests included
        (np.nan, 3, 5, 20.0, 5.0, "sets x reps x seconds"),
        (np.nan, 3, 12, 4.0, 2.4, "sets x reps x seconds"),
        (np.nan, 0, 12, 4.0, 0.0, "sets x reps x seconds"),
        (np.nan, pd.NA, 12, 4.0, np.nan, None),
        (np.nan, 3, pd.NA, 30.0, np.nan, None),
        (np.nan, 3, 12, np.nan, np.nan, None),
    ],
)
def test_minutes_are_recorded_or_sets_by_reps_by_seconds_and_never_with_a_factor_missing(
    duration, sets, reps, hold_s, minutes, basis
):
    entry = _entries((HINGE, duration)).assign(
        sets=pd.array([sets], dtype="Int64"), reps=pd.array([reps], dtype="Int64"), hold_s=hold_s
    )
    row = minutes_from_sets(entry).iloc[0]
    assert row["minutes"] == pytest.approx(minutes, nan_ok=True)
    assert row["minutes_basis"] == basis if basis else pd.isna(row["minutes_basis"])


def test_shannon_diversity_in_nats_by_hand_and_its_effective_number_of_hill_1973():
    minutes = np.array([[10.0, 0, 0], [10, 10, 0], [5, 5, 5], [30, 20, 10]])
    entropy = -(1 / 2 * np.log(1 / 2) + 1 / 3 * np.log(1 / 3) + 1 / 6 * np.log(1 / 6))
    np.testing.assert_allclose(shannon_diversity(minutes), [0, np.log(2), np.log(3), entropy], atol=1e-12)
    np.testing.assert_allclose(np.exp(shannon_diversity(minutes))[:3], [1, 2, 3])


def test_shannon_diversity_of_nothing_or_of_an_unknown_part_is_missing_and_negative_minutes_are_refused():
    assert np.isnan(shannon_diversity(np.array([[0.0, 0, 0], [1, np.nan, 2]]))).all()
    with pytest.raises(HiprunError, match="diversity: found -1 min"):
        shannon_diversity(np.array([[1.0, -1.0]]))


@given(st.lists(st.floats(0.1, 500), min_size=3, max_size=3), st.floats(0.01, 60))
def test_diversity_depends_on_the_shares_alone_not_on_their_order_or_on_the_unit_of_time(minutes, scale):
    h = shannon_diversity(np.array([minutes, minutes[::-1], [scale * m for m in minutes]]))
    np.testing.assert_allclose(h, h[0], atol=1e-9)
    assert 0 <= h[0] <= np.log(3) + 1e-9


def test_minutes_of_an_exercise_of_several_planes_are_split_equally():
    week = _week((BALL, 10), (HYDRANT, 8), (FLOW, 9), (SIDE, 3))
    assert week[["sagittal_min", "frontal_min", "transverse_min"]].tolist() == pytest.approx([13, 4 + 3 + 3, 4 + 3])
    assert week["minutes"] == 30
    assert week["non_sagittal_share"] == pytest.approx(17 / 30)
    shares = np.array([13, 10, 7]) / 30
    assert week["plane_shannon"] == pytest.approx(-(shares * np.log(shares)).sum())
    assert week["plane_effective"] == pytest.approx(np.exp(week["plane_shannon"]))


def test_purely_sagittal_work_has_no_non_sagittal_share_and_one_effective_plane():
    week = _week((BALL, 10), (HINGE, 5))
    assert week[["non_sagittal_share", "plane_shannon", "plane_effective"]].tolist() == pytest.approx([0, 0, 1])


def test_deep_stabiliser_control_and_other_stability_minutes_by_hand():
    week = _week((HYDRANT, 8), (STANCE, 4), (HINGE, 6), (GLUTE, 5), (BAND, 7))
    assert week["deep_stabiliser_min"] == 12
    assert week["deep_or_control_min"] == 18
    assert week["other_stability_min"] == 5


def test_days_are_distinct_days_and_a_week_runs_from_monday_to_sunday():
    table = weekly_work(_entries((HINGE, 5, 0), (BALL, 5, 0), (HINGE, 5, 6), (HINGE, 5, 7)))
    assert table["week_start"].tolist() == [MONDAY, MONDAY + pd.Timedelta(days=7)]
    assert table["days"].tolist() == [2, 1]
    assert table["n_entries"].tolist() == [3, 1]


def test_all_four_phases_in_a_week_make_the_full_sequence_whatever_the_days():
    full = _week((GLUTE, 5, 0), (HINGE, 5, 2), (BAND, 5, 3), (BALL, 5, 6))
    assert full["phases"] == "|".join(FULL_SEQUENCE)
    assert (full["n_phases"], full["full_sequence"]) == (4, True)
    part = _week((GLUTE, 5), (HINGE, 5), (BAND, 5), (STANCE, 5))
    assert (part["phases"], part["n_phases"], part["full_sequence"]) == (
        "mobilisation|control|activation|balance",
        4,
        False,
    )


def _ordered(*rows: tuple) -> pd.Series:
    """Rows of (exercise, place in the day[, day])."""
    entries = _entries(*((name, 5, *rest[1:]) for name, *rest in rows))
    table = weekly_work(entries.assign(order_in_day=pd.array([r[1] for r in rows], dtype="Int64")))
    return table.iloc[0]


def test_the_phases_were_in_order_where_a_day_had_all_four_each_begun_before_the_next():
    right = [(BALL, 1), (BAND, 2), (HINGE, 3), (GLUTE, 4)]
    assert _ordered(*right)["in_order"]
    assert _ordered(*reversed(right), (BALL, 9))["in_order"], "the order of the places counts, not of the rows"
    assert not _ordered((BALL, 2), (BAND, 1), (HINGE, 3), (GLUTE, 4))["in_order"]
    apart = _ordered((BALL, 1, 0), (BAND, 2, 0), (HINGE, 1, 1), (GLUTE, 2, 1))
    assert (apart["full_sequence"], apart["in_order"]) == (True, False)


def test_the_order_is_missing_where_it_was_not_recorded_or_an_unknown_exercise_may_decide():
    assert pd.isna(_ordered((BALL, 1), (BAND, None), (HINGE, 3), (GLUTE, 4))["in_order"])
    assert pd.isna(_week((BALL, 5), (BAND, 5), (HINGE, 5), (GLUTE, 5))["in_order"])
    assert pd.isna(_ordered((BALL, 1), (BAND, 2), (HINGE, 3), (OWN, 4))["in_order"])
    assert _ordered((BALL, None, 0), (BALL, 1, 1), (BAND, 2, 1), (HINGE, 3, 1), (GLUTE, 4, 1))["in_order"]


def test_an_exercise_the_library_does_not_know_leaves_what_it_could_change_missing():
    part = _week((BALL, 10), (OWN, 5))
    assert part["minutes"] == 15
    assert part["n_unknown"] == 1
    assert part["phases"] == "soft_tissue"
    unknown = ["sagittal_min", "non_sagittal_share", "plane_shannon", "deep_stabiliser_min", "n_phases"]
    assert part[[*unknown, "full_sequence"]].isna().all()
    full = _week((GLUTE, 5), (HINGE, 5), (BAND, 5), (BALL, 5), (OWN, 5))
    assert full["full_sequence"] is True or full["full_sequence"] == np.True_
    assert pd.isna(_week((OWN, 5))["phases"])


def test_an_entry_without_minutes_leaves_the_sums_missing_but_its_day_and_phase_count():
    week = _week((BALL, np.nan, 0), (HINGE, 5, 1))
    assert week[["minutes", "sagittal_min", "plane_shannon", "deep_stabiliser_min"]].isna().all()
    assert week[["n_without_minutes", "days", "n_phases"]].tolist() == [1, 2, 2]


def test_an_entry_of_0_minutes_was_not_done():
    week = _week((BALL, 0, 0), (HINGE, 5, 1))
    assert week[["n_entries", "days", "n_phases", "minutes"]].tolist() == [1, 1, 1, 5]
    assert weekly_work(_entries((BALL, 0))).empty


def test_splitting_an_entry_in_two_changes_no_minutes_share_or_diversity():
    one, two = _week((FLOW, 12), (HINGE, 6)), _week((FLOW, 5), (FLOW, 7), (HINGE, 6))
    same = [c for c in one.index if c not in ("n_entries",)]
    pd.testing.assert_series_equal(one[same], two[same])


def test_weeks_with_all_phases_are_counted_by_athlete_with_the_unknown_apart():
    full = [(GLUTE, 5, 0), (HINGE, 5, 0), (BAND, 5, 0), (BALL, 5, 0)]
    a = _entries(*full, (BALL, 5, 7), (OWN, 5, 14))
    table = full_sequence_weeks(weekly_work(pd.concat([a, _entries((BALL, 5), athlete="b")])))
    assert table.to_numpy().tolist() == [["a", 3, 1, 1, 1], ["b", 1, 0, 1, 0]]


def test_athletes_are_kept_apart_and_nothing_recorded_gives_an_empty_table():
    both = weekly_work(pd.concat([_entries((HINGE, 5)), _entries((BALL, 7), athlete="b")]))
    assert both.set_index("athlete_id")["minutes"].to_dict() == {"a": 5, "b": 7}
    empty = weekly_work(HIP_WORK.empty())
    assert empty.empty
    assert list(empty.columns) == list(both.columns)
    assert full_sequence_weeks(empty).empty


def test_missing_columns_and_negative_minutes_are_refused():
    with pytest.raises(HiprunError, match="no column hold_s"):
        weekly_work(_entries((HINGE, 5)).drop(columns="hold_s"))
    with pytest.raises(HiprunError, match="found duration_min -5"):
        weekly_work(_entries((HINGE, -5)))


def _related(*rows: tuple) -> pd.Series:
    """Rows of (exercise, minutes, relation to runs)."""
    entries = _entries(*(row[:2] for row in rows))
    table = weekly_work(entries.assign(relation_to_run=pd.array([row[2] for row in rows], dtype="str")))
    return table.iloc[0]


RELATED = ["before_run_min", "after_run_min", "separate_min"]


def test_minutes_before_after_and_apart_from_runs_by_hand_whatever_the_exercise():
    week = _related((BALL, 10, "before_run"), (HINGE, 6, "after_run"), (OWN, 3, "after_run"), (GLUTE, 5, "separate"))
    assert week[RELATED].tolist() == [10, 9, 5]
    assert _related((BALL, 10, "before_run"))[RELATED].tolist() == [10, 0, 0]


def test_an_entry_that_does_not_tell_its_relation_to_runs_leaves_all_three_missing_and_nothing_else():
    week = _related((BALL, 10, "before_run"), (HINGE, 6, None))
    assert week[RELATED].isna().all()
    assert week[["minutes", "sagittal_min", "deep_or_control_min"]].tolist() == [16, 16, 6]
    assert _related((BALL, np.nan, "before_run"), (HINGE, 6, "after_run"))[RELATED].isna().tolist() == [True] * 3
    assert _week((BALL, 10))[RELATED].isna().all(), "no such column"


def test_an_entry_of_0_minutes_that_does_not_tell_its_relation_was_not_done():
    assert _related((BALL, 10, "before_run"), (HINGE, 0, None))[RELATED].tolist() == [10, 0, 0]
