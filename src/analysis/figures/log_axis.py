"""A log axis with a few round ticks, whatever its span."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

MOST_TICKS = 7
_MULTIPLES = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(np.round(np.arange(1, 10, 0.5), 1)))
_NEAR_ONE = [np.round(np.arange(0.5, 2.0, step), 2) for step in (0.1, 0.05)]
_REACH = 2.0
"""An interval may leave the axis where it is wider than so many times the middle one."""
_FURTHEST = np.log(100.0)
"""No axis runs further than a hundredfold beyond what is expected."""


def log_axis(ax: Axes, which: str, low: float, high: float) -> None:
    """Make the axis `which` ("x" or "y") of `ax` logarithmic from `low` to `high`, with up to 7 round ticks."""
    axis = ax.xaxis if which == "x" else ax.yaxis
    ax.set(**{f"{which}scale": "log", f"{which}lim": (low, high)})
    sets = [*([m * 10.0**e for e in range(-9, 10) for m in some] for some in _MULTIPLES), *_NEAR_ONE]
    within = [[t for t in ticks if low <= t <= high] for ticks in sets]
    fitting = [ticks for ticks in within if len(ticks) <= MOST_TICKS]
    axis.set_ticks(max(fitting, key=len) if fitting else within[0][:: 1 + len(within[0]) // MOST_TICKS])
    axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.6g}"))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def log_limits(numbers: pd.DataFrame) -> tuple[float, float]:
    """Limits that show every expectation (`expected`) and its interval (`ci_low`, `ci_high`), but for the far ends of
    those that are much wider than the others."""
    logs = np.log(numbers[["expected", "ci_low", "ci_high"]].clip(lower=1e-9))
    widths = pd.concat([logs["expected"] - logs["ci_low"], logs["ci_high"] - logs["expected"]])
    usual = widths[np.isfinite(widths)].median()
    reach = min(_REACH * (usual if np.isfinite(usual) else 1.0) + 0.05, _FURTHEST)
    low = max(logs["ci_low"].min(), logs["expected"].min() - reach)
    high = min(logs["ci_high"].max(), logs["expected"].max() + reach)
    return float(np.exp(low - 0.05)), float(np.exp(high + 0.05))
