"""Caterpillar plot: the conditional modes of the random effects in order, each with its interval."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.levels import merged, shortened
from analysis.figures.style import INK, MAIN, PRINT_WIDTH_CM, SMALL_PT, figure, tidy_axes, use_style
from analysis.figures.wording import count, number, percent_name, wrapped

_COLUMNS = ["group", "level", "term", "value", "sd"]
_KEYS = ["group", "term", "level"]
_NAMED = 30
"""Up to this many levels are named."""
_PANELS = 6
_COLUMNS_OF_PANELS = 3
_NAME_PT = {1: 132.0, 2: 90.0, 3: 60.0}
"""Width of the names in points, by how many panels stand side by side."""
_DENSE = 40


@use_style()
def caterpillar_plot(
    modes: pd.DataFrame,
    xlabel: str = "Conditional mode (link scale)",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
) -> Figure:
    """One panel a random term: value ± z·sd of every level, from the lowest to the highest, against 0.

    `modes`: `group`, `level`, `term`, `value`, `sd` (the conditional SD, given the data and the variances), as
    `Fit.conditional_modes`; up to 30 levels are named. The intervals ignore the doubt in the fixed effects and in the
    variances and compare a level with the mean, not with another (Goldstein and Healy 1995, J R Stat Soc A 158:175).
    With `share` no level is named, and points are means of `threshold` levels or more in order, or single levels where
    an `n_athletes` says that each has so many. Raises `HiprunError` for missing columns, doubled levels or more than
    6 terms, `NothingToDraw` without a value.
    """
    given = _checked(modes, level)
    panels = [(f"{group}: {term}", rows) for (group, term), rows in given.groupby(["group", "term"], sort=False)]
    if share:
        shared = [(title, len(rows), merged(rows, ["value", "low", "high"], threshold)) for title, rows in panels]
        panels = [(_shared_title(t, n, points, threshold), points) for t, n, points in shared if len(points)]
    if not panels:
        raise NothingToDraw(f"figure caterpillar_plot: no term of {3 * threshold} levels or more.")
    if len(panels) > _PANELS:
        raise HiprunError(
            f"figure caterpillar_plot: found {len(panels)} random terms, expected {_PANELS} or fewer. Fix: pass the "
            "modes of some of them."
        )
    n_columns = min(_COLUMNS_OF_PANELS, len(panels))
    heights = _heights([rows for _, rows in panels], n_columns)
    fig = figure(PRINT_WIDTH_CM, sum(heights))
    grid = fig.subplots(len(heights), n_columns, squeeze=False, height_ratios=heights).ravel()
    for ax, (title, rows) in zip(grid, panels, strict=False):
        _panel(ax, title, rows, _NAME_PT[n_columns])
    for ax in grid[len(panels) :]:
        ax.remove()
    fig.supxlabel(f"{xlabel}, with {percent_name(level)} interval", size=SMALL_PT + 1)
    return fig


def alt_caterpillar_plot(modes: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """The spread of the modes of each term in words, and how many intervals leave out 0; no level is named.

    A number of levels from 1 to `threshold` - 1 is not stated.
    """
    given = _checked(modes, level)
    parts = []
    for (group, term), rows in given.groupby(["group", "term"], sort=False):
        n_apart = int(((rows["low"] > 0) | (rows["high"] < 0)).sum())
        apart = f"fewer than {threshold}" if 0 < n_apart < threshold else number(n_apart, 0)
        spread = f"standard deviation {number(rows['value'].std(ddof=1), 2)}, " if len(rows) > 1 else ""
        parts.append(
            f"{group}, {term}: {count(len(rows), 'level')}, {spread}typical conditional standard deviation "
            f"{number(rows['sd'].median(), 2)}; {apart} of the {percent_name(level)} intervals leave out 0."
        )
    return "Conditional modes of the random effects in order. " + " ".join(parts)


def _checked(modes: pd.DataFrame, level: float) -> pd.DataFrame:
    given = rows_with(modes, "caterpillar_plot", _COLUMNS, ["value", "sd"])
    given = given.assign(level=given["level"].astype(str))
    require_unique(given, "caterpillar_plot", _KEYS)
    if (given["sd"] < 0).any():
        raise HiprunError("figure caterpillar_plot: found a negative sd; expected conditional SDs of 0 or more.")
    z = float(stats.norm.ppf((1 + level) / 2))
    given = given.assign(low=given["value"] - z * given["sd"], high=given["value"] + z * given["sd"])
    place = pd.factorize(given["group"].astype(str) + "\n" + given["term"].astype(str))[0]
    return given.assign(place=place).sort_values(["place", "value", "level"], ignore_index=True)


def _shared_title(title: str, n: int, points: pd.DataFrame, threshold: int) -> str:
    return title if len(points) == n else f"{title}\n(means of {threshold} or more)"


def _heights(panels: list[pd.DataFrame], n_columns: int) -> list[float]:
    """Height in cm of each row of panels: as much as the names of its panels need."""
    rows = [panels[i : i + n_columns] for i in range(0, len(panels), n_columns)]
    named = [max([len(p) for p in row if _is_named(p)], default=0) for row in rows]
    most = 21.0 / len(rows)
    return [float(np.clip(0.42 * n + 2.6, 7.5, max(most, 7.5))) for n in named]


def _is_named(rows: pd.DataFrame) -> bool:
    return "level" in rows and len(rows) <= _NAMED


def _panel(ax: Axes, title: str, rows: pd.DataFrame, name_pt: float) -> None:
    tidy_axes(ax, grid="x")
    y = np.arange(1, len(rows) + 1)
    few = len(rows) <= _DENSE
    ax.hlines(
        y, rows["low"], rows["high"], color=MAIN, alpha=1.0 if few else 0.35, linewidth=1.4 if few else 0.7,
        rasterized=not few,
    )  # fmt: skip
    ax.plot(
        rows["value"], y, linestyle="none", marker="o", markersize=4.5 if few else 2.0, color=INK, rasterized=not few
    )
    ax.axvline(0, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    ax.set_title(wrapped(title, 125, SMALL_PT, "bold"), size=SMALL_PT)
    room = max(0.8, 0.025 * len(rows))
    ax.set_ylim(1 - room, len(rows) + room)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    if _is_named(rows):
        names = [shortened(name, name_pt, SMALL_PT) for name in rows["level"]]
        ax.set_yticks(y, names)
    else:
        ax.set_yticks([])
        ax.set_ylabel(count(len(rows), "level") if "level" in rows else count(len(rows), "point"), size=SMALL_PT)
