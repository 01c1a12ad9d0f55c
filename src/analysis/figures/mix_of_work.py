"""Mix of work: what is expected at the same minutes of hip work split otherwise, and how many weeks were split so."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.figures.checks import rows_with
from analysis.figures.log_axis import log_axis, log_limits
from analysis.figures.rows import draw_arrows
from analysis.figures.style import MAIN, MUTED, PRINT_WIDTH_CM, figure, tidy_axes, use_style
from analysis.figures.wording import decimals_for, interval, number, percent_name

_NUMBERS = ["expected", "ci_low", "ci_high"]
_COLUMNS = ["share", "label", "total_min", *_NUMBERS, "percent_near", "n_athletes_near"]
FEW_PERCENT = 5.0
"""A split that fewer weeks than this lie near of is drawn open: it rests more on the model than on weeks."""


@use_style()
def mix_of_work(
    splits: pd.DataFrame,
    ylabel: str,
    null: int = 0,
    level: float = 0.95,
    share: bool = False,
    threshold: int = 5,
    ax: Axes | None = None,
) -> Axes:
    """Points with limits at `level` from mobility work alone to stability work alone; open where few weeks lie near.

    `splits` is `claims.predicted_mix`; a split without an expectation leaves its place empty. Under each stands how
    many per cent of the weeks lie near it, with `share` "few" where they are of fewer than `threshold` athletes.
    `ylabel` names the outcome with its unit; `null` = 1 (a model of rates) gives a log axis. Raises `HiprunError` for
    missing columns, `NothingToDraw` without an expectation.
    """
    given = rows_with(splits, "mix_of_work", _COLUMNS, ["share", *_NUMBERS])
    ax = figure(PRINT_WIDTH_CM, 8.0).add_subplot() if ax is None else ax
    tidy_axes(ax)
    every = splits.sort_values("share", ascending=False, ignore_index=True)
    place = dict(zip(every["label"], range(len(every)), strict=True))
    x = given["label"].map(place)
    _outcome_axis(ax, given, null)
    _points(ax, x, given, level)
    hidden = threshold if share else 0
    ax.set_xticks(range(len(every)), [_tick(row, hidden) for row in every.itertuples()])
    ax.set_xlim(-0.5, len(every) - 0.5)
    total = number(float(given["total_min"].iloc[0]), 0)
    ax.set(ylabel=ylabel, xlabel=f"Mobility : stability, % of {total} min/week in all\n(% of weeks near that split)")
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return ax


def alt_mix_of_work(splits: pd.DataFrame, level: float = 0.95) -> str:
    """Every split with what is expected at it, and how many per cent of the weeks lie near it, in words."""
    given = rows_with(splits, "mix_of_work", _COLUMNS, ["share", *_NUMBERS])
    decimals = decimals_for(given["ci_high"] - given["ci_low"])
    total = number(float(given["total_min"].iloc[0]), 0)
    said = [
        f"{row.label}: {interval(row.expected, row.ci_low, row.ci_high, decimals)}"
        f"{', few weeks near' if row.percent_near < FEW_PERCENT else ''}."
        for row in given.itertuples()
    ]
    lost = len(splits) - len(given)
    end = [f"{lost} of {len(splits)} splits have no weeks near them and no number."] if lost else []
    head = f"Expected outcome, {percent_name(level)} intervals, at {total} min/week of hip work, mobility to stability"
    return " ".join([f"{head}.", *said, *end])


def _points(ax: Axes, x: pd.Series, given: pd.DataFrame, level: float) -> None:
    """Points with their limits, open where few weeks lie near."""
    few = given["percent_near"] < FEW_PERCENT
    ax.plot(x, given["expected"], color=MUTED, linewidth=1.0, linestyle=":", zorder=1)
    ends = ax.get_ylim()
    for at, low, high in zip(x, given["ci_low"], given["ci_high"], strict=True):
        ax.plot([at, at], np.clip([low, high], *ends), color=MAIN, linewidth=1.8, solid_capstyle="butt", zorder=2)
        draw_arrows(ax, at, (low, high), ends, MAIN, 6.0, "v^")
    for open_marker in (False, True):
        here = few == open_marker
        name = f"fewer than {FEW_PERCENT:g}% of weeks near" if open_marker else f"{percent_name(level)} interval"
        if here.any():
            ax.plot(x[here], given.loc[here, "expected"], linestyle="none", marker="o", markersize=7.5, label=name,
                    markerfacecolor="white" if open_marker else MAIN, markeredgecolor=MAIN,
                    markeredgewidth=1.6, zorder=4)  # fmt: skip


def _tick(row: tuple, hidden: int) -> str:
    if 0 < row.n_athletes_near < hidden:
        return f"{row.label}\n(few)"
    return f"{row.label}\n({number(row.percent_near, 1 if 0 < row.percent_near < 10 else 0)}%)"


def _outcome_axis(ax: Axes, given: pd.DataFrame, null: int) -> None:
    """From 0 for differences, log for ratios; a limit far beyond the others leaves the axis."""
    if null == 0:
        numbers = given[_NUMBERS].to_numpy()
        numbers = numbers[np.isfinite(numbers)]
        ax.set_ylim(min(0.0, float(numbers.min())), 1.08 * float(numbers.max()))
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        return
    log_axis(ax, "y", *log_limits(given))
