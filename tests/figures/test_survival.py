"""Curves over follow-up: steps, numbers at risk, and what is cut before it is handed out."""

import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import (
    alt_kaplan_meier_plot,
    alt_mean_cumulative_count_plot,
    kaplan_meier_plot,
    mean_cumulative_count_plot,
)
from analysis.surveillance import kaplan_meier, mean_cumulative_count, time_to_first

LABEL = "Weeks since the first watched week"


@pytest.fixture
def watched() -> tuple[pd.DataFrame, pd.DataFrame]:
    """40 athletes, north and south; in the south only three have a problem; ends from week 10 to 49."""
    athletes = pd.DataFrame({"athlete_id": range(40), "end": range(10, 50)})
    athletes["clinic"] = ["north" if i % 2 else "south" for i in range(40)]
    hurt = [i for i in range(40) if i % 2 or i in (4, 20, 36)]
    times = pd.DataFrame({"athlete_id": hurt, "time": [2 + i // 2 for i in hurt]})
    return times, athletes


@pytest.fixture
def curves(watched) -> pd.DataFrame:
    return kaplan_meier(time_to_first(*watched), "clinic")


def at_risk(fig) -> list[list[str]]:
    rows: dict[float, list[str]] = {}
    for text in fig.axes[1].texts:
        rows.setdefault(text.get_position()[1], []).append(text.get_text())
    return [rows[y] for y in sorted(rows)]


def test_the_curve_steps_down_from_all_at_each_problem_and_numbers_at_risk_stand_beneath(curves):
    fig = kaplan_meier_plot(curves, LABEL)
    north = curves[curves["group"] == "north"]
    line = fig.axes[0].lines[0]
    assert line.get_ydata().tolist() == [1, *north["survival"]]
    assert line.get_drawstyle() == "steps-post"
    ticks = [t for t in fig.axes[0].get_xticks() if 0 <= t <= fig.axes[0].get_xlim()[1]]
    ends = north["time"].repeat(north["n_events"] + north["n_censored"])
    assert at_risk(fig)[0] == [str(int((ends >= t).sum())) for t in ticks]
    assert fig.axes[0].get_xlabel() == LABEL


def test_a_shared_curve_ends_where_fewer_than_five_are_at_risk_and_three_problems_make_no_curve(curves):
    fig = kaplan_meier_plot(curves, LABEL, share=True)
    north = curves[(curves["group"] == "north") & (curves["n_risk"] >= 5)]
    assert len(fig.axes[0].lines) == 1
    assert fig.axes[0].lines[0].get_ydata().tolist() == [1, *north["survival"]]
    shown = [n for row in at_risk(fig) for n in row]
    assert all(n == "<5" or n == "0" or int(n) >= 5 for n in shown)
    assert "south: fewer than 5 problems, not shown" in alt_kaplan_meier_plot(curves, LABEL, share=True)
    with pytest.raises(NothingToDraw, match="no curve of 50"):
        kaplan_meier_plot(curves, LABEL, share=True, threshold=50)


def test_the_mean_count_starts_at_0_and_rises_with_every_problem(watched):
    curves = mean_cumulative_count(*watched)
    fig = mean_cumulative_count_plot(curves, LABEL)
    steps = fig.axes[0].lines[0].get_ydata()
    assert steps[0] == 0
    assert (steps[1:] == curves["mean_count"]).all()
    last = curves.iloc[-1]
    assert (
        f"{last['mean_count']:.2f} ({last['ci_low']:.2f} to {last['ci_high']:.2f})"
        in alt_mean_cumulative_count_plot(curves, LABEL)
    )


@pytest.mark.parametrize("share", [False, True])
def test_no_text_overlaps_or_is_cut_off(share, curves, overlaps, cut_off):
    long = curves.assign(group=curves["group"].replace("north", "Sports medicine of the northern university hospital"))
    fig = kaplan_meier_plot(long, LABEL, share=share)
    assert overlaps(fig) == []
    assert cut_off(fig) == []


def test_missing_columns_and_more_than_four_groups_are_refused(curves):
    with pytest.raises(HiprunError, match="n_risk"):
        kaplan_meier_plot(curves.drop(columns="n_risk"), LABEL)
    six = pd.concat([curves.assign(group=curves["group"] + str(i)) for i in range(3)])
    with pytest.raises(HiprunError, match="found 6 groups; expected 4"):
        kaplan_meier_plot(six, LABEL)


def test_the_words_beside_the_axis_end_with_it_and_weeks_are_whole(curves):
    fig = kaplan_meier_plot(curves[curves["time"] <= 17], LABEL, what="week with pain of the hip or groin above 3")
    fig.draw_without_rendering()
    ax = fig.axes[0]
    words = ax.yaxis.label.get_window_extent()
    assert words.y0 >= ax.bbox.y0 - 12 and words.y1 <= ax.bbox.y1 + 12
    assert all(float(tick).is_integer() for tick in ax.get_xticks())
