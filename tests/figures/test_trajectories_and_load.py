"""Figures over the weeks: pain, running time, hip work."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.figures import (
    alt_hip_work_by_week,
    alt_pain_trajectories,
    alt_weekly_load,
    hip_work_by_week,
    pain_trajectories,
    weekly_load,
)
from analysis.figures.weeks import by_week
from tests.figures import frames


def six() -> pd.DataFrame:
    """Six athletes: week 1 scores 0 … 5; in week 3 only two answer, 8 and 10."""
    return pd.DataFrame(
        {
            "athlete_id": [*"ABCDEF", *"ABCDEF"],
            "week_in_programme": pd.array([1] * 6 + [3] * 6, dtype="Int64"),
            "pain_nrs": [0, 1, 2, 3, 4, 5, 8, 10, *[np.nan] * 4],
        }
    )


def line(ax, label: str):
    return next(each for each in ax.lines if each.get_label() == label)


def test_a_weeks_interval_is_students_t_as_scipy_gives_it():
    week = by_week(six().dropna(), "pain_nrs").loc[1]
    low, high = stats.t.interval(0.95, 5, loc=2.5, scale=stats.sem(range(6)))
    assert week[["n", "mean", "ci_low", "ci_high", "q1", "median", "q3"]].tolist() == pytest.approx(
        [6, 2.5, low, high, 1.25, 2.5, 3.75]
    )


def test_a_week_that_nobody_answered_is_a_gap_and_not_a_zero():
    mean = line(pain_trajectories(six()).axes[0], "mean")
    assert mean.get_xdata().tolist() == [1, 2, 3]
    assert np.array_equal(mean.get_ydata(), [2.5, np.nan, 9], equal_nan=True)


def test_each_athletes_line_breaks_at_missed_weeks_and_a_lone_week_is_a_dot():
    ax = pain_trajectories(six()).axes[0]
    athletes = [each for each in ax.lines if len(each.get_xdata()) == 3 and each.get_label() != "mean"]
    assert len(athletes) == 6
    assert all(np.isnan(each.get_ydata()[1]) for each in athletes)
    assert len(ax.collections[0].get_offsets()) == 8


def test_the_shared_pain_figure_has_no_athletes_and_no_week_of_fewer_than_five():
    fig = pain_trajectories(six(), share=True)
    mean = line(fig.axes[0], "mean")
    assert np.array_equal(mean.get_ydata(), [2.5, np.nan, np.nan], equal_nan=True)
    assert len(fig.axes[0].lines) == 1
    heights = [bar.get_height() for bar in fig.axes[1].patches]
    assert 2 not in heights
    assert 4 in heights, "a week of 1 to 4 is drawn at 4, whatever its number"


def test_hatched_weeks_are_explained_once_outside_the_panels():
    for fig in (
        pain_trajectories(six(), share=True),
        hip_work_by_week(frames.load(6, 4).iloc[:-2], share=True, threshold=6),
    ):
        fig.draw_without_rendering()
        explained = [t for t in fig.legends[0].get_texts() if t.get_text().startswith("fewer than")]
        assert len(explained) == 1
        assert not any(fig.legends[0].get_window_extent().overlaps(ax.get_window_extent()) for ax in fig.axes)


def test_the_interval_of_a_mean_does_not_leave_the_scale():
    fig = pain_trajectories(six())
    tops = [path.vertices[:, 1].max() for each in fig.axes[0].collections[1:] for path in each.get_paths()]
    assert max(tops) <= 10


def test_the_alt_text_of_pain_states_first_last_and_highest_of_weeks_with_five_or_more():
    text = alt_pain_trajectories(six())
    assert "6 athletes over 3 weeks: 2.5 (95% interval 0.5 to 4.5) in week 1" in text
    assert "9.0" not in text
    assert "no mean is stated" in alt_pain_trajectories(six()[six()["athlete_id"] < "E"])


def test_doubled_athlete_weeks_are_refused():
    with pytest.raises(HiprunError, match="1 rows repeat athlete_id and week_in_programme"):
        pain_trajectories(pd.concat([six(), six().head(1)]))


def test_running_time_is_drawn_as_median_and_quartiles_over_those_observed():
    frame = six().rename(columns={"pain_nrs": "exposure_h"})
    assert line(weekly_load(frame).axes[0], "median").get_ydata()[0] == 2.5
    shared = line(weekly_load(frame, share=True).axes[0], "median").get_ydata()
    assert np.array_equal(shared, [2.5, np.nan, np.nan], equal_nan=True)
    assert alt_weekly_load(frame) == (
        "Running time by week: median 2.5 h in week 1 and 2.5 h in week 1; highest in week 1 with 2.5 h."
    )


def test_hip_work_that_was_not_recorded_is_said_to_be_so(texts):
    frame = frames.load(8).assign(stability_min=np.nan)
    assert "not recorded" in [t.get_text() for t in texts(hip_work_by_week(frame))]
    assert "Stability work: not recorded." in alt_hip_work_by_week(frame)
    medians = hip_work_by_week(frame).axes[0].lines[0].get_ydata()
    expected = frame.groupby("week_in_programme")["mobility_min"].median().to_numpy()
    assert medians == pytest.approx(expected)
