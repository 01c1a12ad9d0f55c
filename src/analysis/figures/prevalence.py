"""How common problems were, week by week."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.errors import NothingToDraw
from analysis.figures.checks import rows_with
from analysis.figures.style import FAINT, MAIN, PRINT_WIDTH_CM, figure, tidy_axes, use_style
from analysis.figures.weeks import draw_band, draw_middle, draw_n, name_all
from analysis.figures.wording import number, percent_name

_COLUMNS = ["measure", "week_in_programme", "n_answered", "n_problem", "prevalence", "ci_low", "ci_high"]


@use_style()
def prevalence_by_week(weekly: pd.DataFrame, share: bool = False, threshold: int = 5, level: float = 0.95) -> Figure:
    """Share of answered reports with a problem by week, one panel a measure, and the number of answers beneath.

    `weekly`, one row per measure and week: `measure`, `week_in_programme` (whole), `n_answered`, `n_problem`,
    `prevalence` and its limits `ci_low`, `ci_high` (shares). With `share`, weeks with fewer than `threshold`
    answers or problems are left out. Raises `HiprunError` for missing columns or no value.
    """
    given = rows_with(weekly, "prevalence_by_week", _COLUMNS, ["prevalence"])
    least = threshold if share else 0
    if not _large(given, least).any():
        raise NothingToDraw(f"figure prevalence_by_week: no week of {least} problems or more.")
    measures = list(dict.fromkeys(given["measure"]))
    fig = figure(PRINT_WIDTH_CM, 8.5)
    grid = fig.subplots(2, len(measures), sharex=True, sharey="row", squeeze=False, height_ratios=[3.4, 1])
    for i, measure in enumerate(measures):
        _draw_measure(grid[0, i], grid[1, i], given[given["measure"] == measure], least, level)
        grid[0, i].set_title(measure)
    grid[0, 0].set_ylabel("Share of answered reports")
    grid[0, 0].set_ylim(0, None)
    for strip in grid[1, 1:]:
        strip.set_ylabel("")
    name_all(fig)
    return fig


def alt_prevalence_by_week(weekly: pd.DataFrame, threshold: int = 5) -> str:
    """Lowest and highest weekly prevalence of each measure in words; weeks with small counts are passed over."""
    given = rows_with(weekly, "prevalence_by_week", _COLUMNS, ["prevalence"])
    parts = []
    for measure, rows in given.groupby("measure", sort=False):
        stated = rows[_large(rows, threshold)]
        if stated.empty:
            parts.append(f"{measure}: no week has {threshold} problems or more.")
            continue
        low, high = stated.loc[stated["prevalence"].idxmin()], stated.loc[stated["prevalence"].idxmax()]
        parts.append(
            f"{measure}: from {number(100 * low['prevalence'], 0)}% in week {low['week_in_programme']} to "
            f"{number(100 * high['prevalence'], 0)}% in week {high['week_in_programme']}, in the "
            f"{len(stated)} of {len(rows)} weeks with {threshold} problems or more."
        )
    return "Weekly prevalence among those who answered. " + " ".join(parts)


def _large(rows: pd.DataFrame, least: int) -> pd.Series:
    return (rows["n_answered"] >= least) & (rows["n_problem"] >= least)


def _draw_measure(ax: Axes, strip: Axes, rows: pd.DataFrame, least: int, level: float) -> None:
    weeks = rows.set_index(rows["week_in_programme"].astype("int64")).sort_index()
    every = pd.RangeIndex(weeks.index.min(), weeks.index.max() + 1)
    shown = weeks[["prevalence", "ci_low", "ci_high"]].where(_large(weeks, least)).reindex(every)
    tidy_axes(ax, grid="y")
    draw_band(ax, shown, "ci_low", "ci_high", color=FAINT, alpha=0.25, label=f"{percent_name(level)} interval")
    draw_middle(ax, shown, "prevalence", color=MAIN, marker="o", label="prevalence")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.tick_params(axis="x", labelbottom=False, length=0)
    if shown["prevalence"].isna().all():
        ax.text(0.5, 0.5, f"fewer than {least} a week", transform=ax.transAxes, ha="center", va="center")
    counts = weeks["n_answered"].reindex(every, fill_value=0).to_frame("n")
    draw_n(strip, counts, max(least, 1), unit="Answers")
