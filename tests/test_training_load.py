"""Training load against Williams 2017, Foster 2001 and closed forms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import training_load
from analysis.errors import HiprunError
from analysis.training_load import ewma, half_life_mean, srpe_load_au, week_start, weekly_sum


def _load(shared, athlete: int) -> pd.Series:
    table = pd.read_csv(shared / "data" / "acwr_training_load.csv")
    return table.loc[table["ID"] == athlete, "TL"].reset_index(drop=True)


def test_ewma_of_21_days_at_30_then_7_at_50_is_47_3303_acute_and_37_8720_chronic(shared):
    load = _load(shared, 1)
    assert load.tolist() == [30] * 21 + [50] * 7
    assert ewma(load, 7).iloc[-1] == pytest.approx(47.330322265625, rel=1e-14)
    assert ewma(load, 28).iloc[-1] == pytest.approx(37.87196729342067, rel=1e-14)


@pytest.mark.parametrize(("athlete", "ratio"), [(1, 1.2497455413), (2, 1.406202), (3, 1.550724)])
def test_acute_over_chronic_of_the_three_athletes_meets_the_printed_ratios(athlete, ratio, shared):
    load = _load(shared, athlete)
    assert ewma(load, 7).iloc[-1] / ewma(load, 28).iloc[-1] == pytest.approx(ratio, abs=5e-7)


def test_rolling_means_of_the_first_athlete_are_50_acute_35_coupled_and_30_uncoupled(shared):
    load = _load(shared, 1)
    assert 50 / load.mean() == pytest.approx(1.428571, abs=5e-7)
    assert load.tail(7).mean() / load.head(21).mean() == pytest.approx(1.666667, abs=5e-7)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 500), min_size=1, max_size=40), st.integers(1, 60))
def test_ewma_follows_the_recursion_of_williams_2017_written_as_a_loop(values, span):
    weight, expected = 2 / (span + 1), [values[0]]
    for today in values[1:]:
        expected.append(weight * today + (1 - weight) * expected[-1])
    np.testing.assert_allclose(ewma(values, span), expected, rtol=1e-10, atol=1e-10)


def test_a_missing_day_leaves_the_average_as_it_was_and_is_not_taken_for_zero():
    got = ewma([None, 10.0, None, 40.0], 3)  # λ = 1/2
    assert np.isnan(got.iloc[0])
    assert got.tolist()[1:] == pytest.approx([10, 10, 25])


def _half_life_by_hand(values: list, half_life: float, t: int) -> float:
    known = [(2 ** (-(t - k) / half_life), v) for k, v in enumerate(values[: t + 1]) if v is not None]
    return sum(w * v for w, v in known) / sum(w for w, _ in known) if known else np.nan


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(0, 300)), min_size=1, max_size=30),
    st.floats(0.5, 10),
)
def test_half_life_mean_is_the_closed_form_over_the_weeks_observed_so_far(values, half_life):
    expected = [_half_life_by_hand(values, half_life, t) for t in range(len(values))]
    np.testing.assert_allclose(half_life_mean(values, half_life), expected, rtol=1e-8, atol=1e-8)


def test_minutes_one_half_life_ago_weigh_half():
    assert half_life_mean([30.0, None, 60.0], 2).iloc[-1] == pytest.approx((0.5 * 30 + 60) / 1.5)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 300), min_size=2, max_size=20), st.integers(1, 19), st.floats(0, 1000))
def test_a_later_week_changes_no_earlier_mean(values, week, other):
    week = min(week, len(values) - 1)
    changed = [*values[:week], other, *values[week + 1 :]]
    for function in (lambda v: ewma(v, 7), lambda v: half_life_mean(v, 2)):
        np.testing.assert_array_equal(function(values)[:week], function(changed)[:week])


def test_session_rpe_load_is_cr10_times_minutes_as_in_foster_2001_and_missing_if_either_is():
    load = srpe_load_au(pd.Series([5, None, 7], dtype="Int64"), [60.0, 30.0, None])
    assert load.tolist()[0] == 300
    assert load.isna().tolist() == [False, True, True]
    assert load.name == "srpe_load_au"


def test_a_borg_rating_or_negative_minutes_are_refused_with_row_and_fix():
    with pytest.raises(HiprunError, match=r"rpe, row 1: found 14 .*CR10"):
        srpe_load_au([5, 14], [60, 60])
    with pytest.raises(HiprunError, match="duration_min, row 0"):
        srpe_load_au([5], [-1])


def test_weeks_start_on_monday_at_midnight():
    days = pd.to_datetime(["2026-01-05 23:59", "2026-01-11 00:00", "2026-01-12 06:30", "2025-12-31 12:00", None])
    starts = week_start(days)
    assert starts.dropna().dt.strftime("%Y-%m-%d").tolist() == ["2026-01-05", "2026-01-05", "2026-01-12", "2025-12-29"]
    assert (starts.dropna().dt.day_of_week == 0).all()
    assert starts.isna().tolist() == [False] * 4 + [True]


def test_weekly_sums_conserve_minutes_count_unknown_sessions_and_invent_no_weeks():
    sessions = pd.DataFrame(
        {
            "athlete_id": ["a", "a", "a", "b", "a"],
            "date": pd.to_datetime(["2026-01-05", "2026-01-11", "2026-01-12", "2026-01-06", "2026-02-02"]),
            "duration_min": [30.0, 20.0, None, 50.0, 10.0],
        }
    )
    table = weekly_sum(sessions, "duration_min")
    assert table["duration_min"].sum() == sessions["duration_min"].sum()
    assert table["athlete_id"].tolist() == ["a", "a", "a", "b"]
    assert table["duration_min"].tolist()[0] == 50
    assert np.isnan(table["duration_min"].tolist()[1])
    assert table["n_missing"].tolist() == [0, 1, 0, 0]
    with pytest.raises(HiprunError, match="no column srpe_load_au"):
        weekly_sum(sessions, "srpe_load_au")


def test_spans_and_half_lives_that_make_no_sense_are_refused():
    with pytest.raises(HiprunError, match="span 0"):
        ewma([1, 2], 0)
    with pytest.raises(HiprunError, match="half-life: found 0"):
        half_life_mean([1, 2], 0)


def test_no_acute_chronic_ratio_is_offered():
    public = {name.lower() for name in vars(training_load) if not name.startswith("_")}
    assert not {name for name in public if "acwr" in name or "ratio" in name}
