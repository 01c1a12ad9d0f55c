"""Dose and response: the curve of each kind of work with its band, the straight line, and where the weeks are."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.errors import HiprunError
from analysis.figures.checks import rows_with
from analysis.figures.log_axis import log_axis
from analysis.figures.rows import too_small
from analysis.figures.style import (
    FAINT,
    HIP_WORK,
    INK,
    MUTED,
    PRINT_WIDTH_CM,
    SHADE,
    TEXT_PT,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.wording import decimals_for, interval, number, percent_name, sentence_case, wrapped

_NUMBERS = ["estimate", "ci_low", "ci_high"]
_COLUMNS = ["kind", "shape", "dose_min", *_NUMBERS]
_NEAR = ["n_weeks_near", "n_athletes_near"]
_YLABEL_PT = 142.0
_ROOM = 1.5
"""The band may leave the axis where it is wider than so many times what the middle nine tenths of its points need."""


@use_style()
def dose_response(
    points: pd.DataFrame,
    ylabel: str,
    null: int = 0,
    smallest_effect: float | None = None,
    level: float = 0.95,
    share: bool = False,
    threshold: int = 5,
) -> Figure:
    """One panel a kind of work: curve with band at `level`, dashed the straight line, beneath it the weeks by dose.

    `points` is of `claims.effects.dose_response`: kind, shape ('curve', 'line'), dose_min, estimate, ci_low, ci_high
    (against no deviation), n_weeks_near, n_athletes_near (missing: no bar). `ylabel` names the outcome with its unit;
    `null` is 0 for differences and 1 for ratios (log axis), `smallest_effect` shades what is too small to matter. With
    `share` a bar of fewer than `threshold` athletes is left out. Raises `HiprunError` for missing columns or another
    kind of work, `NothingToDraw` without a curve.
    """
    given = _checked(points)
    kinds = list(dict.fromkeys(given["kind"]))
    fig = figure(PRINT_WIDTH_CM, 9.4)
    grid = fig.subplots(2, len(kinds), squeeze=False, height_ratios=[4, 1], sharex="col", sharey="row")
    ends = _ends(given, null, smallest_effect)
    for (upper, lower), kind in zip(grid.T, kinds, strict=True):
        rows = given[given["kind"] == kind]
        _curve(upper, rows, kind, null, too_small(null, smallest_effect), level)
        _weeks(lower, rows, kind, threshold if share else 0)
        lower.set_xlabel(f"{sentence_case(kind)} work above or below\nown habit (min/week)")
    grid[0, 0].set_ylabel(wrapped(ylabel, _YLABEL_PT, TEXT_PT))
    grid[1, 0].set_ylabel("Weeks\n(n)")
    fig.align_ylabels(grid[:, 0])
    if null == 1:
        log_axis(grid[0, 0], "y", *ends)
    else:
        grid[0, 0].set_ylim(*ends)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper right", ncols=3)
    return fig


def alt_dose_response(points: pd.DataFrame, null: int = 0, level: float = 0.95) -> str:
    """What curve and line expect at both ends and half way to them, in words."""
    given = _checked(points)
    decimals = decimals_for(given["ci_high"] - given["ci_low"], least=2)
    parts = []
    for kind, rows in given.groupby("kind", sort=False):
        for shape, of_shape in rows.groupby("shape", sort=False):
            picked = of_shape.iloc[np.unique([0, len(of_shape) // 4, 3 * len(of_shape) // 4, len(of_shape) - 1])]
            said = [f"{interval(*row[_NUMBERS].astype(float), decimals)} at {number(row['dose_min'], 0)} min/week"
                    for _, row in picked.iterrows()]  # fmt: skip
            parts.append(f"{sentence_case(kind)} work, {shape}: {'; '.join(said)}.")
    head = f"By deviation from the runner's own habit, against weeks at it, with {percent_name(level)} intervals"
    return " ".join([f"{head}; no difference is {null}.", *parts])


def _checked(points: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(points, "dose_response", _COLUMNS, ["dose_min", *_NUMBERS])
    if given["kind"].nunique() > len(HIP_WORK) or not set(given["kind"]) <= set(HIP_WORK):
        raise HiprunError(f"figure dose_response: found the kinds {', '.join(given['kind'].unique())}, expected "
                          f"{', '.join(HIP_WORK)}. Fix: draw these.")  # fmt: skip
    return given.sort_values(["kind", "shape", "dose_min"], kind="stable", ignore_index=True)


def _curve(ax: Axes, rows: pd.DataFrame, kind: str, null: int, zone: tuple[float, float] | None, level: float) -> None:
    tidy_axes(ax)
    look = HIP_WORK[kind]
    curve, line = (rows[rows["shape"] == shape] for shape in ("curve", "line"))
    if zone is not None:
        ax.axhspan(*zone, color=SHADE, linewidth=0, zorder=0)
    ax.axhline(null, color=INK, linewidth=0.8, zorder=1)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1)
    name = f"curve, {percent_name(level)} interval"
    ax.fill_between(curve["dose_min"], curve["ci_low"], curve["ci_high"], color=look.color, alpha=0.22, linewidth=0)
    ax.plot(curve["dose_min"], curve["estimate"], color=look.color, label=name if kind == "mobility" else None)
    ax.plot(line["dose_min"], line["estimate"], color=MUTED, linestyle="--", linewidth=1.2,
            label="straight line" if kind == "mobility" else None)  # fmt: skip
    ax.set_title(f"{sentence_case(kind)} work")


def _weeks(ax: Axes, rows: pd.DataFrame, kind: str, threshold: int) -> None:
    """Bars of the weeks by deviation; those of 1 to `threshold` - 1 athletes are left out."""
    tidy_axes(ax)
    bars = rows[rows["shape"] == "curve"]
    bars = bars.dropna(subset=[c for c in _NEAR if c in bars])
    if not set(_NEAR) <= set(bars.columns) or bars.empty:
        ax.set_axis_off()
        return
    width = float(np.diff(bars["dose_min"]).max()) if len(bars) > 1 else 1.0
    small = bars["n_athletes_near"].lt(threshold)
    ax.bar(bars["dose_min"], bars["n_weeks_near"].mask(small, 0), width=0.9 * width, color=FAINT)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=2, integer=True))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))


def _ends(given: pd.DataFrame, null: int, smallest: float | None) -> tuple[float, float]:
    """Limits of the outcome's axis: all estimates, and the band but where it is far wider than elsewhere."""
    to_line, back = (np.log, np.exp) if null == 1 else (np.asarray, np.asarray)
    numbers = to_line(given[_NUMBERS].clip(lower=1e-6) if null == 1 else given[_NUMBERS])
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    zone = too_small(null, smallest)
    shown = [*to_line(np.array(zone if zone else [null])), *numbers[:, 0]]
    middle = np.nanquantile(numbers[:, 1], 0.05), np.nanquantile(numbers[:, 2], 0.95)
    low = min(*shown, max(np.nanmin(numbers[:, 1]), _ROOM * middle[0] if middle[0] < 0 else middle[0]))
    high = max(*shown, min(np.nanmax(numbers[:, 2]), _ROOM * middle[1] if middle[1] > 0 else middle[1]))
    room = 0.04 * (high - low or 1.0)
    return float(back(low - room)), float(back(high + room))
