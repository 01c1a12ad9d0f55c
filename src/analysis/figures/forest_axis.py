"""The axis of a forest: made for its estimates, so that one interval far wider than the others does not press them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.log_axis import log_axis
from analysis.figures.style import INK, MUTED, SHADE, SMALL_PT
from analysis.figures.wording import MINUS, wrapped

_NUMBERS = ["estimate", "ci_low", "ci_high"]
_LARGEST_RATIO = 100.0
"""No ratio axis runs further than this and one over it: the tables have the numbers."""
_DIRECTION_PT = 100.0
BEYOND = "Arrow: the interval goes on beyond the axis"


def forest_ends(rows: pd.DataFrame, null: int, also: Sequence[float] = (), reach: float = 3.0) -> tuple[float, float]:
    """Ends of an axis that shows every estimate, `null`, the values `also`, and the intervals of a usual width whole.

    `rows`: estimate, ci_low, ci_high, each of which may be infinite or missing. The usual width is the lower median of
    the finite ones, so that of two intervals the narrower sets the scale. Limits are shown up to `reach` usual widths
    beyond the outermost estimates, infinite ones up to one. With `null` = 1 all is on the log scale, and the ends are
    within 0.01 and 100.
    """
    there, back = (np.log, np.exp) if null == 1 else (np.asarray, np.asarray)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, low, high = (there(rows[c].to_numpy(dtype=float)) for c in _NUMBERS)
        shown = _finite(np.concatenate([estimate, there(np.array([null, *also], dtype=float))]))
        widths = _finite(high - low)
    usual = np.quantile(widths, 0.5, method="lower") if len(widths) else 1.0 if null == 1 else np.ptp(shown)
    limits = np.concatenate([low, high])
    room = (usual or 1.0) * np.where(np.isinf(limits), 1.0, reach)
    limits = np.clip(limits, shown.min() - room, shown.max() + room)
    shown = np.concatenate([shown, limits[~np.isnan(limits)]])
    if null == 1:
        shown = np.clip(shown, -np.log(_LARGEST_RATIO), np.log(_LARGEST_RATIO))
    edge = max(0.06 * np.ptp(shown), 0.05) if null == 1 else 0.06 * (np.ptp(shown) or 1.0)
    return float(back(shown.min() - edge)), float(back(shown.max() + edge))


def scale_forest(ax: Axes, ends: tuple[float, float], null: int, which: str = "x") -> None:
    """Give the axis `which` of `ax` these ends and a few round ticks; `null` = 1 makes it logarithmic."""
    if null == 1:
        log_axis(ax, which, *ends)
        return
    ax.set(**{f"{which}lim": ends})
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(MaxNLocator(nbins=6))
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v + 0.0:.6g}".replace("-", MINUS)))


def draw_null(ax: Axes, null: int, zone: tuple[float, float] | None) -> None:
    """The broken line of no effect, and grey what is too small to matter."""
    if zone is not None:
        ax.axvspan(*zone, color=SHADE, linewidth=0, zorder=0)
    ax.axvline(null, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)


def any_beyond(rows: pd.DataFrame, ends: tuple[float, float]) -> bool:
    """Whether an interval is cut at an end of the axis."""
    return bool(((rows["ci_low"] < ends[0]) | (rows["ci_high"] > ends[1])).any())


def name_directions(ax: Axes, left: str, right: str) -> None:
    """What lies left and right of no effect, above the axes."""
    for x, align, text in ((0, "left", f"← {left}"), (1, "right", f"{right} →")):
        ax.annotate(
            wrapped(text, _DIRECTION_PT, SMALL_PT), (x, 1), (0, 5), xycoords="axes fraction",
            textcoords="offset points", ha=align, va="bottom", size=SMALL_PT, color=MUTED,
        )  # fmt: skip


def _finite(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]
