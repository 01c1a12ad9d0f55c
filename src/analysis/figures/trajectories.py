"""Pain over the weeks of the programme: each athlete faintly, the mean with its interval in front."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import (
    FAINT,
    INK,
    MAIN,
    PRINT_WIDTH_CM,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.weeks import by_week, draw_band, draw_middle, draw_n, hide_small, most, name_all
from analysis.figures.wording import count, interval, number, percent_name

_COLUMNS = ["athlete_id", "week_in_programme", "pain_nrs"]
NRS = (0, 10)
"""Ends of the numeric rating scale; the interval of a mean is cut there."""


@use_style()
def pain_trajectories(frame: pd.DataFrame, share: bool = False, threshold: int = 5, level: float = 0.95) -> Figure:
    """Mean pain by week with its interval at `level`, and the number of athletes who answered beneath.

    `frame`, one row per athlete and week: `athlete_id`, `week_in_programme` (whole), `pain_nrs` (0-10;
    missing where not answered). Each athlete has a thin line, broken where a week is
    missing; with `share` the quartiles are shown instead and weeks of fewer than `threshold` athletes are left
    out. Raises `HiprunError` for missing columns, no value or doubled athlete-weeks.
    """
    given = _checked(frame)
    least = threshold if share else 1
    if most(given, "pain_nrs") < least:
        raise NothingToDraw(f"figure pain_trajectories: no week of {least} athletes or more.")
    summed = hide_small(_in_scale(by_week(given, "pain_nrs", level)), least)
    fig = figure(PRINT_WIDTH_CM, 10.0)
    ax, strip = fig.subplots(2, 1, sharex=True, height_ratios=[4.6, 1])
    tidy_axes(ax, grid="y")
    if share:
        draw_band(ax, summed, "q1", "q3", color=FAINT, alpha=0.25, label="middle half of athletes")
    else:
        _draw_athletes(ax, given)
    color = MAIN if share else INK
    interval_name = f"{percent_name(level)} interval of the mean"
    draw_band(ax, summed, "ci_low", "ci_high", color=color, alpha=0.28, label=interval_name, zorder=3)
    draw_middle(ax, summed, "mean", color=color, marker="o", label="mean", zorder=4)
    top = int(np.ceil(max(summed[["q3", "ci_high"]].max().max(), 3.0) + 0.5)) if share else 10
    ax.set(ylim=(-0.3, top + 0.3), ylabel="Worst pain of the week\n(NRS, 0 to 10)")
    ax.yaxis.set_major_locator(MultipleLocator(2 if top > 5 else 1))
    ax.tick_params(axis="x", labelbottom=False, length=0)
    draw_n(strip, summed, least)
    name_all(fig)
    return fig


def alt_pain_trajectories(frame: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """First, last and highest weekly mean in words; weeks of fewer than `threshold` athletes are passed over."""
    given = _checked(frame)
    summed = _in_scale(by_week(given, "pain_nrs", level))
    stated = summed[summed["n"] >= threshold]
    n_athletes, span = given["athlete_id"].nunique(), count(len(summed), "week")
    if stated.empty:
        return f"Pain by week over {span}; no week has {threshold} athletes or more, so no mean is stated."
    first, last, top = stated.index[0], stated.index[-1], stated["mean"].idxmax()
    return (
        f"Mean worst pain of the week on the 0 to 10 scale, {count(n_athletes, 'athlete')} over {span}: "
        f"{_mean(stated.loc[first], level)} in week {first}, {_mean(stated.loc[last], level)} in week {last}; "
        f"highest in week {top} with {number(stated.loc[top, 'mean'])}. "
        f"Between {number(stated['n'].min(), 0)} and {number(stated['n'].max(), 0)} athletes answered a week."
    )


def _mean(week: pd.Series, level: float) -> str:
    if not np.isfinite(week["ci_low"]):
        return number(week["mean"])
    return interval(week["mean"], week["ci_low"], week["ci_high"], 1).replace("(", f"({percent_name(level)} interval ")


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(frame, "pain_trajectories", _COLUMNS, ["pain_nrs"])
    require_unique(given, "pain_trajectories", _COLUMNS[:2])
    return given


def _in_scale(summed: pd.DataFrame) -> pd.DataFrame:
    return summed.assign(ci_low=summed["ci_low"].clip(*NRS), ci_high=summed["ci_high"].clip(*NRS))


def _draw_athletes(ax: Axes, given: pd.DataFrame) -> None:
    """Thin lines, moved up or down by less than 0.2 so that equal scores do not hide one another."""
    wide = given.pivot(index="week_in_programme", columns="athlete_id", values="pain_nrs")
    wide.index = wide.index.astype("int64")
    wide = wide.reindex(range(wide.index.min(), wide.index.max() + 1))
    n = wide.shape[1]
    moved = wide + np.linspace(-0.18, 0.18, n) if n > 1 else wide
    many = n > 150
    look = {"color": MAIN, "alpha": float(np.clip(16 / n, 0.05, 0.5)), "linewidth": 0.7, "rasterized": many}
    ax.plot(moved.index, moved.to_numpy(), zorder=2, **look)
    ax.plot([], [], color=MAIN, linewidth=0.7, label="one athlete")
    alone = wide.notna() & wide.shift(1).isna() & wide.shift(-1).isna()
    weeks, athletes = np.nonzero(alone.to_numpy())
    ax.scatter(
        moved.index.to_numpy()[weeks], moved.to_numpy()[weeks, athletes], s=4, color=MAIN, alpha=look["alpha"],
        linewidths=0, rasterized=many, zorder=2,
    )  # fmt: skip
