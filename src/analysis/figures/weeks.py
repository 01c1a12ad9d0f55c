"""One value per athlete and week, summed up by week of the programme; shared by the figures over weeks."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from analysis.figures.style import FAINT, GRID, tidy_axes


def by_week(frame: pd.DataFrame, value: str, level: float = 0.95) -> pd.DataFrame:
    """Mean with its interval and quartiles of `value` by `week_in_programme`, every week first to last.

    Columns: n, mean, ci_low, ci_high (Student t over athletes; missing for n < 2; Altman et al. 2000,
    Statistics with Confidence, ch. 4), q1, median, q3. Weeks without a value have n = 0.
    """
    groups = frame.groupby(frame["week_in_programme"].astype("int64"))[value]
    summed = groups.agg(n="count", mean="mean", sd="std")
    quartiles = groups.quantile([0.25, 0.5, 0.75]).unstack().set_axis(["q1", "median", "q3"], axis=1)
    half = stats.t.ppf((1 + level) / 2, (summed["n"] - 1).where(summed["n"] > 1)) * (
        summed["sd"] / np.sqrt(summed["n"])
    )
    summed = summed.assign(ci_low=summed["mean"] - half, ci_high=summed["mean"] + half).join(quartiles)
    every = pd.RangeIndex(summed.index.min(), summed.index.max() + 1, name="week_in_programme")
    return summed.drop(columns="sd").reindex(every).assign(n=lambda t: t["n"].fillna(0).astype("int64"))


def most(frame: pd.DataFrame, value: str) -> int:
    """The greatest number of athletes with a `value` in any one week; 0 without one."""
    n = frame.groupby("week_in_programme")[value].count()
    return int(n.max()) if len(n) else 0


def hide_small(summed: pd.DataFrame, least: int) -> pd.DataFrame:
    """`summed` with every statistic missing in weeks of fewer than `least` athletes; n is kept."""
    return summed.where(summed["n"] >= least).assign(n=summed["n"])


def draw_n(ax: Axes, summed: pd.DataFrame, least: int, unit: str = "Athletes") -> None:
    """Bars of n by week; weeks with 1 to `least` - 1 are hatched at full `least` - 1, not at their n."""
    tidy_axes(ax, grid="y")
    small = summed["n"].between(1, least - 1)
    shown = summed["n"].mask(small)
    ax.bar(summed.index, shown, width=0.8, color=FAINT)
    if small.any():
        ax.bar(
            summed.index[small], least - 1, width=0.8, facecolor="white", edgecolor=FAINT, hatch="////",
            linewidth=0.5, label=f"fewer than {least} athletes",
        )  # fmt: skip
    top = max(float(shown.max()) if shown.notna().any() else 0.0, least)
    ax.set(ylim=(0, 1.15 * top), ylabel=f"{unit}\n(n)")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=2, integer=True))
    week_axis(ax, summed.index)


def name_all(fig: Figure) -> None:
    """One legend above the panels for all that is labelled in any of them, each label once."""
    named: dict[str, Artist] = {}
    for ax in fig.axes:
        handles, labels = ax.get_legend_handles_labels()
        for handle, label in zip(handles, labels, strict=True):
            named.setdefault(label, handle)
    if named:
        fig.legend(named.values(), named.keys(), loc="outside upper right", ncols=4)


def week_axis(ax: Axes, weeks: pd.Index) -> None:
    """Whole weeks on the x axis, with its label."""
    ax.set(xlim=(weeks.min() - 0.7, weeks.max() + 0.7), xlabel="Week in programme")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    ax.tick_params(axis="x", grid_color=GRID)


def draw_middle(ax: Axes, summed: pd.DataFrame, column: str, **line: object) -> None:
    """Line of `column` with its markers, so that a week between two hidden ones is still seen."""
    ax.plot(summed.index, summed[column], markersize=3.6, **line)


def draw_band(ax: Axes, summed: pd.DataFrame, low: str, high: str, **fill: object) -> None:
    """Band from `low` to `high`; a lone week becomes a short block instead of nothing."""
    weeks = np.asarray(summed.index, dtype=float)
    known = summed[[low, high]].notna().all(axis=1).to_numpy()
    beside = np.pad(known, 1)
    alone = known & ~beside[:-2] & ~beside[2:]
    ax.fill_between(weeks, summed[low].astype(float), summed[high].astype(float), linewidth=0, **fill)
    quiet = {k: v for k, v in fill.items() if k != "label"}
    for week in weeks[alone]:
        row = summed.loc[int(week)]
        ax.fill_between([week - 0.25, week + 0.25], row[low], row[high], linewidth=0, **quiet)
