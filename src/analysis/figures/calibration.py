"""Calibration: how often intervals hold the truth, or tests call what is not there, in simulated cohorts."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.rows import draw_interval, label_rows, print_column, row_axes, wrap_label
from analysis.figures.style import INK, SHADE, use_style
from analysis.figures.wording import count, listed

_COLUMNS = ["label", "n", "share", "mc_error"]
_Z = 1.96


@use_style()
def calibration_plot(shares: pd.DataFrame, nominal: float, xlabel: str, ax: Axes | None = None) -> Axes:
    """One row a model and term: the share of cohorts with its 95 % Monte-Carlo interval, and where it should be.

    `shares`, one row each: `label`, `n` (cohorts), `share` (0 to 1) and `mc_error`, its Monte-Carlo standard error
    (`claims.calibration_summary`). `nominal` is drawn as a line, two percentage points to either side as a band.
    Raises `HiprunError` for missing columns, `NothingToDraw` without a row.
    """
    given = _checked(shares)
    labels = [wrap_label(label) for label in given["label"]]
    ax = row_axes(labels, ax, extra_cm=2.4)
    ax.axvspan(nominal - 0.02, nominal + 0.02, color=SHADE, linewidth=0, zorder=0)
    ax.axvline(nominal, color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    reach = max(0.04, 1.1 * float((given[["low", "high"]] - nominal).abs().max(axis=None)))
    ends = (max(0.0, nominal - reach), min(1.0, nominal + reach))
    ax.set_xlim(*ends)
    for y, row in enumerate(given.itertuples()):
        draw_interval(ax, y, pd.Series({"estimate": row.share, "ci_low": row.low, "ci_high": row.high}), ends)
    label_rows(ax, labels, [False] * len(labels))
    print_column(ax, "Share  (cohorts)", [f"{100 * r.share:.1f} %  ({r.n})" for r in given.itertuples()])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel(f"{xlabel}\nLine: {100 * nominal:g} %; shaded: ± 2 points; bars: Monte-Carlo error")
    return ax


def alt_calibration_plot(shares: pd.DataFrame, nominal: float) -> str:
    """Every share in words, and which are further than two percentage points from where they should be."""
    given = _checked(shares)
    stated = [f"{row.label} {100 * row.share:.1f} %" for row in given.itertuples()]
    far = list(given.loc[(given["share"] - nominal).abs() > 0.02, "label"])
    return (
        f"Share of simulated cohorts against {100 * nominal:g} %, {count(len(given), 'row')}: {listed(stated)}. "
        f"Further than 2 points away: {listed(far) if far else 'none'}."
    )


def _checked(shares: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in _COLUMNS if name not in shares.columns]
    if missing:
        raise HiprunError(f"calibration_plot: the frame has no column {', '.join(missing)}.")
    given = shares[shares["share"].notna()]
    if given.empty:
        raise NothingToDraw("calibration_plot: no row with a share.")
    half = _Z * given["mc_error"].to_numpy(dtype=float)
    share = given["share"].to_numpy(dtype=float)
    return given.assign(low=np.maximum(share - half, 0), high=np.minimum(share + half, 1))
