"""Influence: the estimate of one term without each athlete, or each clinic, in turn."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns, require_unique, rows_with
from analysis.figures.levels import merged
from analysis.figures.rows import draw_interval, label_rows, print_column, row_axes, wrap_label
from analysis.figures.style import INK, MAIN, PRINT_WIDTH_CM, SHADE, TEXT_PT, figure, tidy_axes, use_style
from analysis.figures.wording import count, decimals_for, interval, number, percent_name, wrapped

_COLUMNS = ["level", "term", "estimate", "change_in_se", "ci_low", "ci_high", "converged"]
_FULL = ["term", "estimate", "ci_low", "ci_high"]
_LISTED = 15
_LABEL_PT = 270.0
_WIDEST = 2.0
"""The axis reaches at most this many widths of the full interval beyond it; what lies outside ends in an arrow."""


@use_style()
def influence_plot(
    left_out: pd.DataFrame,
    full: pd.DataFrame,
    term: str,
    xlabel: str,
    what: str = "athlete",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
) -> Figure:
    """The 15 most influential levels with the estimate without each; all levels beneath as a histogram.

    `left_out` is `models.leave_out`, one row per level and term: `level`, `term`, `estimate`, `ci_low`, `ci_high`
    without the level, `change_in_se` = (estimate without - estimate) / standard error, `converged`. `full`: `term`,
    `estimate`, `ci_low`, `ci_high` of the fit with all (`Fit.estimates`), drawn as line and band. `what` is one level
    in words, `xlabel` the effect with its unit. With `share` there are no names: points are means of `threshold` levels
    or more in order of their estimates, or single levels where an `n_athletes` says that each has so many. Raises
    `HiprunError` for missing columns or a doubled level, `NothingToDraw` for a term without an estimate.
    """
    given, whole = _checked(left_out, full, term)
    shown = given[given["converged"]]
    ends = _ends(shown[["estimate"]] if share else shown[["estimate", "ci_low", "ci_high"]], whole)
    if share:
        ax, fig = _shared_axes(shown, what, threshold)
        below = [ax]
    else:
        fig, ax, below = _row_axes(shown, what, ends, whole)
    for each in (ax, *below):
        each.axvspan(whole["ci_low"], whole["ci_high"], color=SHADE, linewidth=0, zorder=0)
        each.axvline(whole["estimate"], color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
        each.set_xlim(*ends)
    below[-1].xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    failed = len(given) - len(shown)
    note = f"\n{count(failed, 'fit')} gave no estimate and {'is' if failed == 1 else 'are'} not drawn" if failed else ""
    said = f"without one {what}. Line and shade: with all, {percent_name(level)} interval{note}"
    below[-1].set_xlabel(f"{wrapped(xlabel, _LABEL_PT, TEXT_PT)}\n{said}")
    return fig


def alt_influence_plot(
    left_out: pd.DataFrame, full: pd.DataFrame, term: str, what: str = "athlete", level: float = 0.95
) -> str:
    """The full estimate, the largest change and whether the reading hangs on one level, in words; none is named."""
    given, whole = _checked(left_out, full, term)
    shown = given[given["converged"]]
    text = interval(*whole[_FULL[1:]].astype(float), _decimals(whole))
    change = shown["change_in_se"].abs()
    known = shown[shown[["ci_low", "ci_high"]].notna().all(axis=1)]
    turned = int((_side(known) != _side(whole.to_frame().T).iloc[0]).sum())
    failed = len(given) - len(shown)
    return (
        f"{term}: {text} with all, {percent_name(level)} interval. Leaving out each of {count(len(given), what)} in "
        f"turn moves it by {number(change.median(), 2)} standard errors in the middle and by {number(change.max(), 2)} "
        f"at most. The interval stands otherwise to 0 than with all for {turned} of {len(known)}."
        + (f" {count(failed, 'fit')} gave no estimate." if failed else "")
    )


def _side(rows: pd.DataFrame) -> pd.Series:
    return (rows["ci_low"] > 0).astype(int) - (rows["ci_high"] < 0).astype(int)


def _decimals(whole: pd.Series) -> int:
    return decimals_for([whole["ci_high"] - whole["ci_low"]], least=2)


def _checked(left_out: pd.DataFrame, full: pd.DataFrame, term: str) -> tuple[pd.DataFrame, pd.Series]:
    require_columns(left_out, "influence_plot", _COLUMNS)
    require_columns(full, "influence_plot", _FULL)
    own = left_out[left_out["term"] == term]
    require_unique(own, "influence_plot", ["level"])
    whole = rows_with(full[full["term"] == term], f"influence_plot of {term!r}, with all", _FULL, _FULL[1:])
    solved = own["converged"].astype("boolean").fillna(False).astype(bool) & own["estimate"].notna()
    given = own.assign(converged=solved, level=own["level"].astype(str))
    numbers = ["estimate", "change_in_se", "ci_low", "ci_high"]
    given = given.astype(dict.fromkeys(numbers, "float64")).reset_index(drop=True)
    if not given["converged"].any():
        raise NothingToDraw(
            f"figure influence_plot: {len(given)} rows of term {term!r}, none of a fit that converged; expected at "
            "least one. Fix: name a term of the table, or leave the figure out."
        )
    return given, whole.iloc[0]


def _ends(shown: pd.DataFrame, whole: pd.Series) -> tuple[float, float]:
    width = whole["ci_high"] - whole["ci_low"]
    low = max(np.nanmin(shown), whole["ci_low"] - _WIDEST * width)
    high = min(np.nanmax(shown), whole["ci_high"] + _WIDEST * width)
    room = 0.05 * width
    return min(low, whole["ci_low"]) - room, max(high, whole["ci_high"]) + room


def _row_axes(
    shown: pd.DataFrame, what: str, ends: tuple[float, float], whole: pd.Series
) -> tuple[Figure, Axes, list[Axes]]:
    """Rows of the most influential levels, and beneath them all levels where there are more."""
    size = shown["change_in_se"].abs()
    first = shown.assign(size=size).sort_values(["size", "level"], ascending=[False, True]).head(_LISTED)
    labels = [wrap_label(name) for name in first["level"]]
    more = len(shown) > len(first)
    fig = figure(PRINT_WIDTH_CM, 0.62 * sum(label.count("\n") + 1 for label in labels) + (5.6 if more else 2.8))
    axes = fig.subplots(2, 1, sharex=True, height_ratios=[len(labels), 4]) if more else [fig.add_subplot()]
    ax = row_axes(labels, axes[0], extra_cm=0)
    for y, (_, row) in enumerate(first.iterrows()):
        draw_interval(ax, y, row, ends)
    label_rows(ax, labels, [False] * len(labels))
    decimals = _decimals(whole)
    cells = [f"{number(r.estimate, decimals)}  ({_signed(r.change_in_se)} SE)" for r in first.itertuples()]
    print_column(ax, "Estimate  (change)", cells)
    if more:
        ax.tick_params(axis="x", labelbottom=False, length=0)
        ax.set_title(f"The {len(first)} most influential of {len(shown)}")
        _histogram(axes[1], shown["estimate"].clip(*ends), what)
    return fig, ax, list(axes[1:]) or [ax]


def _signed(change: float) -> str:
    text = number(change, 2)
    return text if change < 0 else f"+{text}"


def _histogram(ax: Axes, estimates: pd.Series, what: str) -> None:
    tidy_axes(ax)
    ax.hist(estimates, bins=min(30, max(5, len(estimates) // 8)), color=MAIN, alpha=0.7)
    ax.set_ylabel(f"{what.capitalize()}s\n(n)")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3, integer=True))


def _shared_axes(shown: pd.DataFrame, what: str, threshold: int) -> tuple[Axes, Figure]:
    points = merged(shown.sort_values("estimate"), ["estimate"], threshold)
    if points.empty:
        raise NothingToDraw(f"figure influence_plot: {len(shown)} levels are too few to show without naming one.")
    fig = figure(PRINT_WIDTH_CM, 7.5)
    ax = tidy_axes(fig.add_subplot(), grid="x")
    ax.plot(points["estimate"], points["rank"], linestyle="none", marker="o", markersize=4, color=MAIN, zorder=3)
    single = len(points) == len(shown)
    ax.set_ylabel(f"{what.capitalize()}s in order" + ("" if single else f"\n(means of {threshold} or more)"))
    ax.set_ylim(1 - 0.04 * len(shown), 1.04 * len(shown))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    return ax, fig
