"""Days of hip work with the soreness of the day after: jumps worked by hand, and nothing later than the day in them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.panel import work_days
from analysis.tables import HIP_WORK, OBSERVATION_WINDOWS

from .conftest import MONDAY, days, random_tables
from .test_panel import scrambled_from

JUMP = ["minutes_7d", "usual_min", "work_jump_doublings"]


def work(*rows, athlete="a"):
    """Rows of (day, minutes[, soreness])."""
    frame = pd.DataFrame(
        {
            "entry_id": [f"{athlete}{i}" for i in range(len(rows))],
            "athlete_id": athlete,
            "date": days([r[0] for r in rows]),
            "exercise": "hip hinge",
            "in_library": True,
            "duration_min": [float(r[1]) for r in rows],
            "soreness_next_day_nrs": [float(r[2]) if len(r) > 2 else np.nan for r in rows],
        }
    )
    return HIP_WORK.tidy(frame)


def watched(*spans, athlete="a", stream="hip_work"):
    frame = pd.DataFrame(
        {
            "athlete_id": athlete,
            "stream": stream,
            "start_date": days([s[0] for s in spans]),
            "end_date": days([s[1] for s in spans]),
        }
    )
    return OBSERVATION_WINDOWS.tidy(frame)


def the_row(*rows, spans=((0, 60),)):
    found = work_days(work(*rows), watched(*spans))
    assert len(found) == 1
    return found.iloc[0]


USUAL = [(0, 40), (9, 30), (27, 10)]
"""80 min in days 0 to 27, the 28 days before days 28 to 34: 20 min/week."""


def test_a_jump_by_hand_is_in_doublings_of_the_weekly_mean_of_the_28_days_before_the_7():
    row = the_row(*USUAL, (28, 15), (34, 25, 6))
    assert row[JUMP].tolist() == [40, 20, 1]
    assert (row["date"], row["week_start"]) == (MONDAY + pd.Timedelta(days=34), MONDAY + pd.Timedelta(days=28))
    assert the_row(*USUAL, (34, 5, 1))["work_jump_doublings"] == -2


def test_the_day_itself_counts_in_the_week_and_its_first_day_is_six_days_before():
    assert the_row(*USUAL, (34, 20, 3))[JUMP].tolist() == [20, 20, 0]
    row = the_row((0, 1000), *((d + 1, m) for d, m in USUAL), (29, 15), (35, 25, 6))
    assert row[JUMP].tolist() == [40, 20, 1], "day 0 is the 36th day back"


@pytest.mark.parametrize(
    ("spans", "known"),
    [
        (((0, 34),), True),
        (((0, 12), (13, 60)), True),  # windows that touch
        (((0, 20), (15, 60)), True),  # and overlap
        (((1, 60),), False),
        (((0, 12), (14, 60)), False),
        (((0, 33),), False),
    ],
)
def test_every_one_of_the_35_days_has_to_be_watched(spans, known):
    row = the_row(*USUAL, (34, 40, 6), spans=spans)
    assert row[JUMP].notna().tolist() == [known] * 3
    assert row["soreness_next_day_nrs"] == 6


def test_only_windows_of_hip_work_of_the_athlete_count():
    entries = work(*USUAL, (34, 40, 6))
    for windows in (watched((0, 60), stream="training"), watched((0, 60), athlete="b")):
        assert work_days(entries, windows)[JUMP].isna().all(axis=None)


def test_minutes_not_known_leave_the_jump_missing_for_35_days_and_entries_of_0_min_were_not_done():
    entries = work(*USUAL, (30, np.nan), (34, 40, 6), (63, 10, 2), (64, 10, 2), (65, 10, 2), (66, 0, 9))
    found = work_days(entries, watched((0, 100)))
    assert found["date"].tolist() == days([34, 63, 64, 65]).tolist()
    assert found["minutes_7d"].tolist() == pytest.approx([np.nan, np.nan, np.nan, 30], nan_ok=True)


def test_minutes_are_made_of_sets_repetitions_and_seconds_where_none_were_recorded():
    entries = work(*USUAL, (34, np.nan, 6)).assign(sets=4, reps=5, hold_s=60.0)
    assert work_days(entries, watched((0, 60)))["minutes_7d"].tolist() == [20]


def test_after_four_weeks_without_work_there_is_no_usual_to_double():
    row = the_row((34, 40, 6))
    assert row[["minutes_7d", "usual_min"]].tolist() == [40, 0]
    assert np.isnan(row["work_jump_doublings"])


def test_the_worst_soreness_told_of_a_day_is_the_days_and_days_without_one_have_no_row():
    found = work_days(work((3, 10, 2), (3, 5), (3, 5, 7), (4, 10), (5, 10, 0)), watched((0, 60)))
    assert found["soreness_next_day_nrs"].tolist() == [7, 0]
    assert found["date"].tolist() == days([3, 5]).tolist()


def test_no_work_and_no_windows_give_the_same_columns_without_rows():
    full = work_days(work(*USUAL, (34, 40, 6)), watched((0, 60)))
    empty = work_days(HIP_WORK.empty(), OBSERVATION_WINDOWS.empty())
    assert empty.empty and list(empty) == list(full)
    assert work_days(work((3, 10, 2)), OBSERVATION_WINDOWS.empty())[JUMP].isna().all(axis=None)


def test_athletes_do_not_mix():
    a, b = work(*USUAL, (34, 40, 6)), work((20, 500), (33, 7), (34, 3, 1), athlete="b")
    windows = pd.concat([watched((0, 60)), watched((0, 34), athlete="b")])
    found = work_days(pd.concat([b, a]), windows)
    assert found["athlete_id"].tolist() == ["a", "b"]
    assert found[JUMP].to_numpy().tolist() == pytest.approx(np.array([[40, 20, 1], [10, 125, np.log2(10 / 125)]]))


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(HiprunError, match="no column duration_min"):
        work_days(work(*USUAL).drop(columns="duration_min"), watched((0, 60)))


def sore_tables(seed):
    """Cohorts drawn at random, ten weeks, each entry with a soreness or without."""
    tables = random_tables(seed, n_athletes=3, n_weeks=10)
    drawn = [random_tables(seed + k, n_athletes=3, n_weeks=10)["hip_work"] for k in range(4)]
    work = pd.concat(drawn, ignore_index=True)
    rng = np.random.default_rng(seed)
    soreness = np.where(rng.random(len(work)) < 0.7, rng.integers(0, 11, len(work)), np.nan)
    return tables | {"hip_work": work.assign(soreness_next_day_nrs=soreness)}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(36, 69))
def test_nothing_dated_after_a_day_changes_its_row(seed, day):
    tables = sore_tables(seed)
    morrow = MONDAY + pd.Timedelta(days=day + 1)
    later = scrambled_from(tables, morrow, seed)
    before, after = (work_days(t["hip_work"], t["observation_windows"]) for t in (tables, later))
    before, after = (t[t["date"] < morrow].reset_index(drop=True) for t in (before, after))
    assert len(before) > 0
    pd.testing.assert_frame_equal(before, after)


def test_the_check_of_leakage_itself_notices_a_change_on_the_day():
    tables = sore_tables(3)
    known = work_days(tables["hip_work"], tables["observation_windows"]).dropna()
    day = known["date"].max()
    later = scrambled_from(tables, day, 3)
    before, after = (work_days(t["hip_work"], t["observation_windows"]) for t in (tables, later))
    before, after = (t[t["date"] <= day].reset_index(drop=True) for t in (before, after))
    assert not before.equals(after)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_jump_is_that_of_a_sum_over_the_days_one_by_one(seed):
    tables = sore_tables(seed)
    entries, windows = tables["hip_work"], tables["observation_windows"]
    windows = windows[windows["stream"] == "hip_work"].set_index("athlete_id")
    for row in work_days(entries, tables["observation_windows"]).itertuples():
        own = entries[entries["athlete_id"] == row.athlete_id]
        back = (row.date - own["date"]).dt.days
        span = windows.loc[row.athlete_id]
        if row.date - pd.Timedelta(days=34) < span["start_date"] or row.date > span["end_date"]:
            assert np.isnan(row.minutes_7d)
            continue
        assert row.minutes_7d == own["duration_min"][back.between(0, 6)].sum()
        assert row.usual_min == own["duration_min"][back.between(7, 34)].sum() / 4
        if row.usual_min > 0:
            assert 2**row.work_jump_doublings == pytest.approx(row.minutes_7d / row.usual_min)
