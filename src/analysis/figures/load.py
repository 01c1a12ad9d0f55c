"""Running time and hip work by week of the programme."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns, rows_with
from analysis.figures.style import FAINT, HIP_WORK, MAIN, PRINT_WIDTH_CM, figure, tidy_axes, use_style
from analysis.figures.weeks import by_week, draw_band, draw_middle, draw_n, hide_small, most, name_all
from analysis.figures.wording import number

_WORK = {"mobility": "mobility_min", "stability": "stability_min"}


@use_style()
def weekly_load(frame: pd.DataFrame, share: bool = False, threshold: int = 5) -> Figure:
    """Median running time by week with quartiles, and the number of athletes observed beneath.

    `frame`, one row per athlete and week: `week_in_programme` (whole), `exposure_h` (hours; missing where
    not observed). With `share`, weeks of fewer than `threshold` athletes are left out. Raises
    `HiprunError` for missing columns or no value.
    """
    given = rows_with(frame, "weekly_load", ["week_in_programme", "exposure_h"], ["exposure_h"])
    least = threshold if share else 1
    if most(given, "exposure_h") < least:
        raise NothingToDraw(f"figure weekly_load: no week of {least} athletes or more.")
    summed = hide_small(by_week(given, "exposure_h"), least)
    fig, ax, strip = _panels()
    draw_band(ax, summed, "q1", "q3", color=FAINT, alpha=0.25, label="middle half of athletes")
    draw_middle(ax, summed, "median", color=MAIN, marker="o", label="median")
    ax.set_ylabel("Running time\n(h per week)")
    ax.set_ylim(bottom=0)
    draw_n(strip, summed, least)
    name_all(fig)
    return fig


def alt_weekly_load(frame: pd.DataFrame, threshold: int = 5) -> str:
    """First, last and highest weekly median in words; weeks of fewer than `threshold` are passed over."""
    given = rows_with(frame, "weekly_load", ["week_in_programme", "exposure_h"], ["exposure_h"])
    return f"Running time by week: {_medians(given, 'exposure_h', 'h', 1, threshold)}"


@use_style()
def hip_work_by_week(frame: pd.DataFrame, share: bool = False, threshold: int = 5) -> Figure:
    """Median minutes of mobility and of stability work by week with quartiles, one panel each, and n beneath.

    `frame`, one row per athlete and week: `week_in_programme` (whole), `mobility_min`, `stability_min`
    (minutes; missing where not observed). With `share`, weeks of fewer than `threshold` athletes are left
    out. Raises `HiprunError` for missing columns or no value of either.
    """
    given = _checked_work(frame)
    least = threshold if share else 1
    fig = figure(PRINT_WIDTH_CM, 9.0)
    grid = fig.subplots(2, 2, sharex=True, sharey="row", height_ratios=[3.4, 1])
    if max(most(given.dropna(subset=[c]), c) for c in _WORK.values()) < least:
        raise NothingToDraw(f"figure hip_work_by_week: no week of {least} athletes or more.")
    weeks = given["week_in_programme"].astype("int64")
    every = pd.RangeIndex(weeks.min(), weeks.max() + 1)
    for i, (kind, column) in enumerate(_WORK.items()):
        ax, look, known = grid[0, i], HIP_WORK[kind], given.dropna(subset=[column])
        tidy_axes(ax, grid="y")
        ax.set_title(f"{kind.capitalize()} work")
        ax.tick_params(axis="x", labelbottom=False, length=0)
        if known.empty:
            ax.text(0.5, 0.5, "not recorded", transform=ax.transAxes, ha="center", va="center")
            tidy_axes(grid[1, i])
            continue
        summed = hide_small(by_week(known, column), least).reindex(every)
        draw_band(ax, summed, "q1", "q3", color=look.color, alpha=0.22)
        draw_middle(ax, summed, "median", color=look.color, marker=look.marker, linestyle=look.line)
        draw_n(grid[1, i], summed.assign(n=summed["n"].fillna(0)), least)
    grid[0, 0].set_ylabel("Median and quartiles\n(min per week)")
    grid[0, 0].set_ylim(bottom=0)
    grid[1, 1].set_ylabel("")
    name_all(fig)
    return fig


def alt_hip_work_by_week(frame: pd.DataFrame, threshold: int = 5) -> str:
    """First, last and highest weekly median of either kind of work; weeks of fewer than `threshold` passed over."""
    given = _checked_work(frame)
    parts = [
        f"{kind.capitalize()} work: {_medians(given.dropna(subset=[column]), column, 'min', 0, threshold)}"
        for kind, column in _WORK.items()
    ]
    return "Hip work by week. " + " ".join(parts)


def _panels() -> tuple[Figure, Axes, Axes]:
    fig = figure(PRINT_WIDTH_CM, 8.5)
    ax, strip = fig.subplots(2, 1, sharex=True, height_ratios=[3.6, 1])
    tidy_axes(ax, grid="y")
    ax.tick_params(axis="x", labelbottom=False, length=0)
    return fig, ax, strip


def _checked_work(frame: pd.DataFrame) -> pd.DataFrame:
    columns = list(_WORK.values())
    require_columns(frame, "hip_work_by_week", ["week_in_programme", *columns])
    given = frame.dropna(subset=["week_in_programme"]).dropna(subset=columns, how="all")
    if given.empty:
        raise NothingToDraw(
            f"figure hip_work_by_week: {len(frame)} rows, none with a value in {' or '.join(columns)}; "
            "expected at least one. Fix: leave the figure out for this cohort or check the mapping."
        )
    return given.astype(dict.fromkeys(columns, "float64"))


def _medians(given: pd.DataFrame, column: str, unit: str, decimals: int, threshold: int) -> str:
    if given.empty:
        return "not recorded."
    summed = by_week(given, column)
    stated = summed.loc[summed["n"] >= threshold, "median"]
    if stated.empty:
        return f"no week has {threshold} athletes or more, so no median is stated."
    first, last, top = stated.index[0], stated.index[-1], stated.idxmax()
    return (
        f"median {number(stated[first], decimals)} {unit} in week {first} and "
        f"{number(stated[last], decimals)} {unit} in week {last}; "
        f"highest in week {top} with {number(stated[top], decimals)} {unit}."
    )
