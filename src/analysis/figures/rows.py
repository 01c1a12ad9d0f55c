"""Rows of estimates: labels at left, interval in the middle, numbers at right; shared by all forests."""

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.style import INK, MAIN, PRINT_WIDTH_CM, SMALL_PT, figure, tidy_axes
from analysis.figures.wording import width_pt, wrapped

LABEL_PT = 132.0
"""Labels at left are wrapped at this width (4.7 cm)."""
_PAD_PT = 8.0
"""Between labels and axes: room for an arrowhead on the axis."""


def row_axes(labels: Sequence[str], ax: Axes | None, extra_cm: float) -> Axes:
    """`ax`, or a new one as high as its rows need, tidied and with the rows running downwards from 0."""
    if ax is None:
        n_lines = sum(max(1, label.count("\n") + 1) for label in labels)
        ax = figure(PRINT_WIDTH_CM, 0.36 * len(labels) + 0.38 * n_lines + extra_cm).add_subplot()
    tidy_axes(ax, grid="x")
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.spines["left"].set_visible(False)
    return ax


def wrap_label(label: object) -> str:
    """A row's label, broken at `LABEL_PT`."""
    return wrapped(str(label), LABEL_PT, SMALL_PT)


def label_rows(ax: Axes, labels: Sequence[str], headings: Sequence[bool]) -> None:
    """Left-aligned labels beside the axes; headings bold, the rows under them indented."""
    indented = [
        label if heading or not any(headings) else "\n".join(f"   {line}" for line in label.split("\n"))
        for label, heading in zip(labels, headings, strict=True)
    ]
    ax.set_yticks(range(len(labels)), indented)
    weights = ["bold" if heading else "normal" for heading in headings]
    widest = max(width_pt(label, SMALL_PT, weight) for label, weight in zip(indented, weights, strict=True))
    ax.tick_params(axis="y", length=0, pad=widest + _PAD_PT)
    for tick, weight in zip(ax.get_yticklabels(), weights, strict=True):
        tick.set(ha="left", weight=weight)


def draw_interval(
    ax: Axes, y: float, row: pd.Series, ends: tuple[float, float], open_marker: bool = False, marker: str = "o"
) -> None:
    """Estimate and limits of one row; a limit outside `ends` becomes an arrowhead at that end."""
    low, high = max(row["ci_low"], ends[0]), min(row["ci_high"], ends[1])
    ax.plot([low, high], [y, y], color=MAIN, linewidth=1.8, solid_capstyle="butt")
    draw_arrows(ax, y, (row["ci_low"], row["ci_high"]), ends, MAIN, 6.0)
    if ends[0] <= row["estimate"] <= ends[1]:
        ax.plot(
            row["estimate"], y, marker=marker, markersize=7, linestyle="none", clip_on=False, zorder=4,
            markerfacecolor="white" if open_marker else MAIN,
            markeredgecolor=MAIN if open_marker else "white", markeredgewidth=1.6 if open_marker else 0.9,
        )  # fmt: skip


def draw_arrows(
    ax: Axes,
    at: float,
    limits: tuple[float, float],
    ends: tuple[float, float],
    color: str,
    size: float,
    heads: str = "<>",
) -> None:
    """An arrowhead at each end of the axis that the interval at row `at` goes beyond; heads "v^" are for columns."""
    for end, head, outside in zip(ends, heads, (limits[0] < ends[0], limits[1] > ends[1]), strict=True):
        if outside:
            place = (end, at) if heads == "<>" else (at, end)
            ax.plot(*place, marker=head, color=color, markersize=size, clip_on=False, linestyle="none", zorder=3)


def print_column(ax: Axes, heading: str, cells: Sequence[str], after_pt: float = 10.0) -> float:
    """A column of text right of the axes, `after_pt` points from them; returns where the next may start."""
    for y, cell in enumerate(cells):
        ax.annotate(
            cell, (1, y), (after_pt, 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
            va="center", size=SMALL_PT, color=INK, annotation_clip=False,
        )  # fmt: skip
    ax.annotate(
        heading, (1, 1), (after_pt, 5), xycoords="axes fraction", textcoords="offset points", va="bottom",
        size=SMALL_PT, weight="bold", color=INK, annotation_clip=False,
    )  # fmt: skip
    return after_pt + max(width_pt(heading, SMALL_PT, "bold"), *(width_pt(c, SMALL_PT) for c in cells)) + 10


def after_columns(ax: Axes) -> float:
    """Where, in points from the axes, a column may start right of the one that stands there."""
    beside = [t for t in ax.texts if t.get_ha() == "left" and t.get_text()]
    return 20.0 + max(width_pt(t.get_text(), SMALL_PT, t.get_weight()) for t in beside)


def finite(values: pd.Series) -> list[float]:
    """The values that are finite, as floats."""
    return [float(v) for v in values if math.isfinite(v)]


def too_small(null: int, smallest: float | None) -> tuple[float, float] | None:
    """Ends of the zone of effects too small to matter, about `null` (0, or 1 for ratios: 0.9 counts like 1/0.9)."""
    if smallest is None:
        return None
    if null == 1:
        return min(smallest, 1 / smallest), max(smallest, 1 / smallest)
    return -abs(smallest), abs(smallest)
