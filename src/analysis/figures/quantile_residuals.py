"""Quantile residuals: against the standard normal, and against the fitted value with their smooth and quartiles."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from scipy import stats
from statsmodels.nonparametric.smoothers_lowess import lowess

from analysis.errors import NothingToDraw
from analysis.figures.checks import rows_with
from analysis.figures.levels import merged
from analysis.figures.style import FAINT, INK, MAIN, OKABE_ITO, PRINT_WIDTH_CM, figure, tidy_axes, use_style
from analysis.figures.weeks import name_all
from analysis.figures.wording import count, number, percent_name

_COLUMNS = ["fitted", "quantile_residual"]
_DASHED = (0, (4, 2))
_PALE = LinearSegmentedColormap.from_list("pale", ["#F2F7FC", "#8FC1E8"])  # lines stand out from all of it
_FEWEST = 20
_MANY = 5000
"""Above this many rows, points are counted in hexagons."""
_POINTS = 500
"""About so many points show a normal plot in full."""
_FARTHEST = 8.0
_QUARTILES = (0.25, 0.75)


@use_style()
def quantile_residual_check(
    residuals: pd.DataFrame, share: bool = False, threshold: int = 5, level: float = 0.95
) -> Figure:
    """Two panels: normal Q-Q plot with its pointwise band at `level`; residual against fitted value by rank.

    `residuals`, one row per row of the fit: `fitted` and `quantile_residual` (`models.quantile_residuals`), standard
    normal if the model is right, whatever its family (Dunn and Smyth 1996, J Comput Graph Stat 5:236). The band at the
    i-th of n is that of the order statistic, Beta(i, n + 1 - i) (David and Nagaraja 2003, Order Statistics, ch. 2). At
    right, lowess (Cleveland 1979, J Am Stat Assoc 74:829) and quartiles in up to 20 groups by fitted value, over the
    band in which quartiles of such a group lie by chance; the idea is that of R's DHARMa (Hartig). With `share`
    no row is a point: at left means of `threshold` rows or more, at right the lines alone. Raises `HiprunError` for
    missing columns, `NothingToDraw` for fewer than 20 rows.
    """
    given = _checked(residuals)
    fig = figure(PRINT_WIDTH_CM, 8.2)
    left, right = fig.subplots(1, 2)
    _against_normal(left, given, level, threshold if share else 1)
    _against_fitted(right, given, level, threshold if share else 1)
    e = given["quantile_residual"]
    low, high = max(min(-3.5, 1.05 * e.min()), -_FARTHEST), min(max(3.5, 1.05 * e.max()), _FARTHEST)
    for ax in (left, right):
        ax.set(ylim=(low, high), ylabel="Quantile residual (SD)")
    left.set(title="Against a normal distribution", xlabel="Normal quantile (SD)")
    beyond = int(((e < low) | (e > high)).sum())
    note = f"\n{count(beyond, 'row')} beyond the edge" if beyond else ""
    right.set(title="Against fitted values", xlabel=f"Fitted value (rank: 0 lowest, 1 highest){note}")
    name_all(fig)
    return fig


def alt_quantile_residual_check(residuals: pd.DataFrame, level: float = 0.95) -> str:
    """Mean, spread and tails of the residuals in words, how many lie in the band, and how their quartiles run."""
    given = _checked(residuals)
    e = given["quantile_residual"].to_numpy()
    inside = _inside(np.sort(e), level)
    groups = _quartiles(given)
    runs = [f"from {number(groups[q].min(), 2)} to {number(groups[q].max(), 2)}" for q in _QUARTILES]
    finite = e[np.isfinite(e)]
    infinite = len(e) - len(finite)
    return (
        f"Quantile residuals of {count(len(e), 'row')}, standard normal if the model is right: mean "
        f"{number(float(finite.mean()), 2)}, standard deviation {number(float(finite.std(ddof=1)), 2)}, "
        f"{number(100 * float((np.abs(e) > 2).mean()))}% beyond ±2 (expected 4.6%). "
        + (f"{count(infinite, 'row')} so far out that no number holds it. " if infinite else "")
        + f"{number(100 * inside, 0)}% of the ordered residuals lie in the pointwise {percent_name(level)} band. "
        f"In {count(len(groups), 'group')} by fitted value the lower quartile runs {runs[0]} (expected −0.67) and the "
        f"upper {runs[1]} (expected 0.67)."
    )


def _checked(residuals: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(residuals, "quantile_residual_check", _COLUMNS, _COLUMNS)
    if len(given) < _FEWEST:
        raise NothingToDraw(
            f"figure quantile_residual_check: {len(given)} rows with a fitted value and a residual; expected {_FEWEST} "
            "or more. Fix: leave the figure out for so small a fit."
        )
    rank = given["fitted"].rank()
    return given.assign(rank=(rank - 0.5) / len(given)).sort_values(_COLUMNS, ignore_index=True)


def _limits(places: np.ndarray, n: int, level: float) -> np.ndarray:
    """Lower and upper limit (2, places) of the normal order statistics at `places` (1 to n)."""
    tails = np.array([[(1 - level) / 2], [(1 + level) / 2]])
    return stats.norm.ppf(stats.beta.ppf(tails, places, n + 1 - places))


def _inside(ordered: np.ndarray, level: float) -> float:
    low, high = _limits(np.arange(1, len(ordered) + 1), len(ordered), level)
    return float(((ordered >= low) & (ordered <= high)).mean())


def _against_normal(ax: Axes, given: pd.DataFrame, level: float, least: int) -> None:
    tidy_axes(ax)
    ordered = np.sort(given["quantile_residual"].to_numpy())
    n = len(ordered)
    places = _thinned(n)
    normal = stats.norm.ppf((places - 0.5) / n)
    low, high = _limits(places, n, level)
    ax.fill_between(
        normal, low, high, color=FAINT, alpha=0.35, linewidth=0, label=f"{percent_name(level)} band of the right model"
    )
    ax.axline((0, 0), slope=1, color=INK, linewidth=0.9, linestyle=_DASHED)
    points = pd.DataFrame({"normal": normal, "residual": ordered[places - 1]})
    if least > 1:
        every = pd.DataFrame({"normal": stats.norm.ppf((np.arange(1, n + 1) - 0.5) / n), "residual": ordered})
        points = merged(every, ["normal", "residual"], max(least, n // 100))
    ax.scatter(points["normal"], points["residual"], s=9, color=MAIN, alpha=0.6, linewidths=0, zorder=3)


def _thinned(n: int) -> np.ndarray:
    """Places 1 to n; of many, those that are evenly spaced as normal quantiles, and so all at the ends."""
    if n <= _POINTS:
        return np.arange(1, n + 1)
    end = stats.norm.ppf(1 - 0.5 / n)
    return np.unique(np.round(n * stats.norm.cdf(np.linspace(-end, end, _POINTS)) + 0.5).astype(int))


def _quartiles(given: pd.DataFrame, least: int = 1) -> pd.DataFrame:
    """rank (mean), n and the quartiles of the residuals in groups by fitted value, of equal size but for ties.

    Groups of fewer than 10 rows, or than `least`, which only ties can make, are left out.
    """
    n_groups = int(np.clip(len(given) // 40, 1, 20))
    groups = given.groupby((given["rank"] * n_groups).astype(int))
    quartiles = groups["quantile_residual"].quantile(list(_QUARTILES)).unstack()
    quartiles = quartiles.assign(rank=groups["rank"].mean(), n=groups.size())
    return quartiles[quartiles["n"] >= max(least, _FEWEST // 2)]


def _against_fitted(ax: Axes, given: pd.DataFrame, level: float, least: int) -> None:
    tidy_axes(ax)
    shown = given[np.isfinite(given["quantile_residual"])]
    _cloud(ax, shown, least)
    groups = _quartiles(given, least)
    for q in _QUARTILES:
        low, high = _limits(q * (groups["n"].to_numpy() + 1), groups["n"].to_numpy(), level)
        ax.fill_between(groups["rank"], low, high, color=FAINT, alpha=0.35, linewidth=0)
        ax.plot(groups["rank"], groups[q], color=INK, linewidth=1.3, marker="o", markersize=3, label="quartiles")
    for expected in (*stats.norm.ppf(_QUARTILES), 0.0):
        ax.axhline(expected, color=INK, linewidth=0.9, linestyle=_DASHED)
    if shown["rank"].nunique() > _FEWEST:
        smooth = lowess(shown["quantile_residual"], shown["rank"], frac=0.5, delta=0.01, is_sorted=True)
        smooth = smooth[np.unique(np.linspace(0, len(smooth) - 1, 200).astype(int))]
        ax.plot(*smooth.T, color=OKABE_ITO["vermilion"], linewidth=2.0, label="smooth (lowess)")
    ax.set_xlim(-0.02, 1.02)


def _cloud(ax: Axes, shown: pd.DataFrame, least: int) -> None:
    x, y = shown["rank"], shown["quantile_residual"]
    if len(shown) > _MANY:
        ax.hexbin(
            x, y.clip(-_FARTHEST, _FARTHEST), gridsize=(30, 24), mincnt=least, cmap=_PALE, bins="log", linewidths=0.1,
            rasterized=True, zorder=1,
        )  # fmt: skip
    elif least == 1:
        alpha = float(np.clip(100 / len(shown), 0.1, 0.5))
        ax.scatter(x, y, s=7, color=MAIN, alpha=alpha, linewidths=0, rasterized=len(shown) > _POINTS)
