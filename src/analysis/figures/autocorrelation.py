"""Residuals of one athlete some weeks apart: their correlation, lag by lag."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import INK, MAIN, PRINT_WIDTH_CM, figure, tidy_axes, use_style
from analysis.figures.weeks import draw_n
from analysis.figures.wording import count, interval, listed, number, percent_name

_COLUMNS = ["lag", "autocorrelation", "ci_low", "ci_high", "n_pairs", "n_athletes"]


@use_style()
def autocorrelation_plot(lags: pd.DataFrame, share: bool = False, threshold: int = 5, level: float = 0.95) -> Figure:
    """Autocorrelation by lag with its interval at `level` against 0, and the number of pairs of weeks beneath.

    `lags` is `models.residual_autocorrelation`: `lag` (whole weeks), `autocorrelation`, `ci_low`, `ci_high`,
    `n_pairs`, `n_athletes`. Lags without a pair are left out; with `share` also those with fewer than `threshold`
    athletes. Raises `HiprunError` for missing columns or a doubled lag, `NothingToDraw` without a lag.
    """
    given = _checked(lags, threshold if share else 1)
    fig = figure(PRINT_WIDTH_CM, 8.5)
    ax, strip = fig.subplots(2, 1, sharex=True, height_ratios=[3.4, 1])
    tidy_axes(ax)
    ax.axhline(0, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    _draw_lags(ax, given)
    ax.set(title=f"With {percent_name(level)} intervals", ylabel="Correlation of residuals\nof one athlete")
    ax.tick_params(axis="x", labelbottom=False, length=0)
    draw_n(strip, given[["lag", "n_pairs"]].set_index("lag")["n_pairs"].to_frame("n"), 1, unit="Pairs")
    strip.set_xlabel("Weeks apart")
    return fig


def alt_autocorrelation_plot(lags: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """The autocorrelation of each lag of `threshold` athletes or more in words, and the lags that leave out 0."""
    every = _checked(lags, 1)
    given = every[every["n_athletes"] >= threshold]
    if given.empty:
        return f"Correlation of residuals of one athlete; no lag has pairs of {threshold} athletes or more."
    apart = given[(given["ci_low"] > 0) | (given["ci_high"] < 0)]
    stated = [f"{_said(*row)} at {count(int(lag), 'week')}" for lag, *row in _numbers(given)]
    if apart.empty:
        reading = "Every interval includes 0." if given["ci_low"].notna().all() else "No interval leaves out 0."
    else:
        names = listed([str(int(lag)) for lag in apart["lag"]])
        reading = f"The interval leaves out 0 at {names} {'week' if list(apart['lag']) == [1] else 'weeks'} apart."
    return f"Correlation of residuals of one athlete, with {percent_name(level)} intervals: {listed(stated)}. {reading}"


def _said(estimate: float, low: float, high: float) -> str:
    return interval(estimate, low, high, 2) if np.isfinite([low, high]).all() else number(estimate, 2)


def _numbers(given: pd.DataFrame) -> np.ndarray:
    return given[["lag", "autocorrelation", "ci_low", "ci_high"]].to_numpy()


def _checked(lags: pd.DataFrame, least: int) -> pd.DataFrame:
    given = rows_with(lags, "autocorrelation_plot", _COLUMNS[:2], _COLUMNS[1:2])
    given = rows_with(given, "autocorrelation_plot", _COLUMNS[4:], []).astype({"ci_low": float, "ci_high": float})
    require_unique(given, "autocorrelation_plot", ["lag"])
    shown = given[given["n_athletes"] >= least].sort_values("lag", ignore_index=True)
    if shown.empty:
        raise NothingToDraw(f"figure autocorrelation_plot: no lag with pairs of {least} athletes or more.")
    return shown.astype({"lag": "int64", "n_pairs": "int64"})


def _draw_lags(ax: Axes, given: pd.DataFrame) -> None:
    ax.vlines(given["lag"], given["ci_low"], given["ci_high"], color=MAIN, linewidth=1.8)
    ax.plot(
        given["lag"], given["autocorrelation"], linestyle="none", marker="o", markersize=7, color=MAIN,
        markeredgecolor="white", markeredgewidth=0.9,
    )  # fmt: skip
    ends = [given[c].dropna() for c in ("ci_low", "ci_high", "autocorrelation")]
    low, high = min(-0.1, *(v.min() for v in ends if len(v))), max(0.1, *(v.max() for v in ends if len(v)))
    room = 0.08 * (high - low)
    ax.set_ylim(low - room, high + room)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
