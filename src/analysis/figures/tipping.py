"""Tipping point: how far the missing answers would have to lie from what is imputed before the reading changes."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import FAINT, INK, MAIN, OKABE_ITO, PRINT_WIDTH_CM, SMALL_PT, figure, tidy_axes, use_style
from analysis.figures.wording import MINUS, count, decimals_for, interval, listed, percent_name

_NEVER = "No delta shown changes the reading"
_COLUMNS = ["delta", "estimate", "ci_low", "ci_high"]


@use_style()
def tipping_point_curve(
    curve: pd.DataFrame,
    xlabel: str,
    ylabel: str,
    null: float = 0.0,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """The pooled estimate with its band at `level` by the delta added to imputed values; tipping deltas are marked.

    `curve` is `models.TippingPoint.table`: `delta` (0 among them: missing at random), `estimate`, `ci_low`, `ci_high`,
    pooled over imputations; deltas without a result are left out and counted. A delta tips the reading if its interval
    lies on another side of `null`, or takes `null` in, or leaves it out, unlike that at delta 0; marked is the nearest
    on either side of 0 (Rubin 1977, J Am Stat Assoc 72:538; Cro et al. 2020, Stat Med 39:2815). Labels name delta and
    effect with their units. Raises `HiprunError` for missing columns, doubled deltas or no delta of 0, `NothingToDraw`
    without a result at delta 0.
    """
    given = _checked(curve)
    ax = figure(PRINT_WIDTH_CM, 8.5).add_subplot() if ax is None else ax
    tidy_axes(ax)
    name = f"{percent_name(level)} interval"
    ax.fill_between(given["delta"], given["ci_low"], given["ci_high"], color=MAIN, alpha=0.22, linewidth=0, label=name)
    ax.plot(given["delta"], given["estimate"], color=MAIN, marker="o", markersize=4, label="pooled estimate")
    ax.axhline(null, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    ax.axvline(0, color=FAINT, linewidth=1.0)
    tips = _tips(given, null)
    _mark(ax, tips)
    lost = len(curve) - len(given)
    notes = [*([] if len(tips) else [_NEVER]), *([f"{count(lost, 'delta')} gave no result"] if lost else [])]
    ax.set(xlabel="\n".join([xlabel, *notes]), ylabel=ylabel)
    ax.margins(y=0.12)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3)
    return ax


def alt_tipping_point_curve(
    curve: pd.DataFrame, xlabel: str, ylabel: str, null: float = 0.0, level: float = 0.95
) -> str:
    """The estimate at delta 0 and at both ends in words, and the deltas that tip the reading."""
    given = _checked(curve)
    decimals = decimals_for(given["ci_high"] - given["ci_low"], least=2)
    at = given.iloc[sorted({0, int(given["delta"].abs().idxmin()), len(given) - 1})]
    said = [f"{interval(*row[_COLUMNS[1:]], decimals)} at {_signed(row['delta'])}" for _, row in at.iterrows()]
    tips = [_signed(delta) for delta in _tips(given, null)["delta"]]
    reading = f"The reading tips at {listed(tips)}." if tips else f"{_NEVER}."
    words = [" ".join(label.split()) for label in (ylabel, xlabel)]
    return f"{words[0]} by {words[1]}, with {percent_name(level)} intervals: {'; '.join(said)}. {reading}"


def _checked(curve: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(curve, "tipping_point_curve", _COLUMNS, _COLUMNS).sort_values("delta", ignore_index=True)
    require_unique(given, "tipping_point_curve", ["delta"])
    every = curve["delta"].astype("float64")
    if not np.isclose(every, 0).any():
        raise HiprunError(
            f"figure tipping_point_curve: found deltas from {every.min():g} to {every.max():g}, none of 0; expected "
            "the unadjusted estimate among them. Fix: add delta 0."
        )
    if not np.isclose(given["delta"], 0).any():
        raise NothingToDraw("figure tipping_point_curve: no result at delta 0, so that no reading can tip.")
    return given


def _tips(given: pd.DataFrame, null: float) -> pd.DataFrame:
    """The rows nearest to delta 0, at most one each way, whose interval stands otherwise to `null` than that at 0."""
    side = (given["ci_low"] > null).astype(int) - (given["ci_high"] < null).astype(int)
    turned = given[side != side[given["delta"].abs().idxmin()]]
    below, above = turned[turned["delta"] < 0].tail(1), turned[turned["delta"] > 0].head(1)
    return pd.concat([below, above])


def _mark(ax: Axes, tips: pd.DataFrame) -> None:
    for i, row in enumerate(tips.itertuples()):
        ax.vlines(row.delta, row.ci_low, row.ci_high, color=OKABE_ITO["vermilion"], linewidth=2.4, zorder=3)
        ax.plot(
            row.delta, row.estimate, marker="D", markersize=7, color=OKABE_ITO["vermilion"], linestyle="none",
            zorder=4, label="tipping point" if i == 0 else None,
        )  # fmt: skip
        ax.annotate(
            _signed(row.delta), (row.delta, row.ci_high), (0, 4), textcoords="offset points", ha="center",
            va="bottom", size=SMALL_PT, weight="bold",
        )  # fmt: skip


def _signed(delta: float) -> str:
    return "0" if np.isclose(delta, 0) else f"{delta:+.4g}".replace("-", MINUS)
