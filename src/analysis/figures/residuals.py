"""Residual check: residuals against fitted values, and against a normal distribution."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy import stats

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.style import INK, MAIN, OKABE_ITO, PRINT_WIDTH_CM, figure, tidy_axes, use_style
from analysis.figures.wording import count, number

_BINS = 10


@use_style()
def residual_check(fitted: ArrayLike, residuals: ArrayLike, unit: str = "") -> Figure:
    """Two panels: residual against fitted value with its mean in tenths of the data; normal Q-Q plot.

    `fitted` and `residuals` are vectors of equal length in `unit`; pairs with a missing value are passed
    over. Each point is one row of the data, so the figure is for the analyst and not for sharing. The line
    of the Q-Q plot goes through the quartiles (Cleveland 1993, Visualizing Data, ch. 2). Raises
    `HiprunError` for unequal lengths or fewer than three pairs.
    """
    x, e = _pairs(fitted, residuals)
    fig = figure(PRINT_WIDTH_CM, 7.5)
    left, right = fig.subplots(1, 2)
    suffix = f" ({unit})" if unit else ""
    _against_fitted(left, x, e)
    left.set(title="Against fitted values", xlabel=f"Fitted value{suffix}", ylabel=f"Residual{suffix}")
    _against_normal(right, e)
    right.set(title="Against a normal distribution", xlabel="Normal quantile (SD)", ylabel=f"Residual{suffix}")
    return fig


def alt_residual_check(fitted: ArrayLike, residuals: ArrayLike) -> str:
    """Spread, skewness and trend of the residuals in words."""
    x, e = _pairs(fitted, residuals)
    means = _binned(x, e)["mean"]
    return (
        f"Residuals of {count(len(e), 'row')}: standard deviation {number(float(np.std(e, ddof=1)), 2)}, "
        f"skewness {number(float(stats.skew(e)), 2)}. Over the range of fitted values their mean runs from "
        f"{number(means.min(), 2)} to {number(means.max(), 2)}."
    )


def _pairs(fitted: ArrayLike, residuals: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    x, e = (pd.Series(v).astype("float64").to_numpy() for v in (fitted, residuals))
    if len(x) != len(e):
        raise HiprunError(
            f"figure residual_check: {len(x)} fitted values and {len(e)} residuals; expected as many of each. "
            "Fix: pass both from the same fit."
        )
    known = np.isfinite(x) & np.isfinite(e)
    if known.sum() < 3:
        raise NothingToDraw(
            f"figure residual_check: {int(known.sum())} pairs of fitted value and residual; expected 3 or more. "
            "Fix: leave the figure out where no model converged."
        )
    return x[known], e[known]


def _binned(x: np.ndarray, e: np.ndarray) -> pd.DataFrame:
    """Mean fitted value and mean residual in up to ten groups of equal size by fitted value."""
    ranks = pd.Series(x).rank(method="first")
    group = pd.qcut(ranks, min(_BINS, max(1, len(x) // 5)), labels=False)
    return pd.DataFrame({"fitted": x, "mean": e}).groupby(group.to_numpy()).mean()


def _points(ax: Axes, x: np.ndarray, y: np.ndarray) -> None:
    alpha = float(np.clip(60 / len(x), 0.08, 0.5))
    ax.scatter(x, y, s=9, color=MAIN, alpha=alpha, linewidths=0, rasterized=len(x) > 2000)


def _against_fitted(ax: Axes, x: np.ndarray, e: np.ndarray) -> None:
    tidy_axes(ax)
    _points(ax, x, e)
    ax.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
    binned = _binned(x, e)
    ax.plot(binned["fitted"], binned["mean"], color=OKABE_ITO["vermilion"], marker="o", markersize=4, label="mean")
    ax.legend(loc="best")


def _against_normal(ax: Axes, e: np.ndarray) -> None:
    tidy_axes(ax)
    ordered = np.sort(e)
    normal = stats.norm.ppf((np.arange(1, len(e) + 1) - 0.5) / len(e))
    _points(ax, normal, ordered)
    low, high = np.quantile(ordered, [0.25, 0.75])
    slope = (high - low) / (2 * stats.norm.ppf(0.75))
    ax.axline((0, (low + high) / 2), slope=slope, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
