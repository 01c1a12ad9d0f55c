"""Hip profile: strength and range of motion by motion and side."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.errors import HiprunError
from analysis.figures.by_motion import QUALITY_TITLES, by_quality, in_order, jitter, name_motions, unit_name
from analysis.figures.checks import rows_with
from analysis.figures.style import (
    GRID,
    MUTED,
    PRINT_WIDTH_CM,
    SHADE,
    SIDES,
    SMALL_PT,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.wording import decimals_for, listed, number, sentence_case

_COLUMNS = ["motion", "side", "quality", "value", "unit"]
_OFFSET = {"left": -0.22, "right": 0.22}  # left above right: the y axis runs downwards
_BAR_BELOW = 0.11
"""Median and quartiles lie under the single values, so that neither hides the other, however many there are."""
MANY = 200


@use_style()
def hip_profile(profile: pd.DataFrame, share: bool = False, threshold: int = 5) -> Figure:
    """Median and quartiles by motion and side, under faint single values; one panel a quality and unit.

    `profile`, one row per athlete, motion, side and quality: `motion` (words.MOTIONS), `side`, `quality`
    ("strength" or "rom"), `value`, `unit`; optional `norm_low`, `norm_high` (same unit, one pair a motion)
    and `athlete_id` (then n counts athletes). With `share` there are no single values, and a motion and
    side with fewer than `threshold` is left out. Raises `HiprunError` for missing columns or no values.
    """
    frame = _checked(profile)
    motions = in_order(frame["motion"])
    panels = by_quality(frame)
    n_columns = min(2, len(panels))
    n_rows = -(-len(panels) // n_columns)
    fig = figure(PRINT_WIDTH_CM, n_rows * (2.2 + (1.05 if share else 1.4) * len(motions)) + 1.0)
    grid = fig.subplots(n_rows, n_columns, sharey=True, squeeze=False)
    for ax, panel in zip(grid.flat, panels, strict=False):
        _draw_panel(ax, panel, motions, share, threshold if share else 1)
    for ax in list(grid.flat)[len(panels) :]:
        ax.remove()
    has_norms = {"norm_low", "norm_high"} <= set(frame) and frame["norm_low"].notna().any()
    fig.legend(handles=_legend(share, has_norms), loc="outside lower center", ncols=4)
    return fig


def alt_hip_profile(profile: pd.DataFrame, threshold: int = 5) -> str:
    """Medians by motion and side in words; groups of fewer than `threshold` are said to be too small."""
    frame = _checked(profile)
    sentences = []
    for panel in by_quality(frame):
        name, unit = QUALITY_TITLES[panel["quality"].iloc[0]], unit_name(panel["unit"].iloc[0])
        found = [_motion_words(panel, m, threshold) for m in in_order(panel["motion"])]
        sentences.append(f"{name}, median in {unit}: {'; '.join(found)}.")
    return "Hip profile by motion and side. " + " ".join(sentences)


def _motion_words(panel: pd.DataFrame, motion: str, threshold: int) -> str:
    rows = panel[panel["motion"] == motion]
    decimals = _decimals(panel)
    sides = []
    for side in SIDES:
        at_side = rows[rows["side"] == side]
        if at_side.empty:
            sides.append(f"{side} not measured")
        elif _n(at_side) < threshold:
            sides.append(f"{side} from fewer than {threshold}, not stated")
        else:
            sides.append(f"{side} {number(at_side['value'].median(), decimals)}")
    return f"{sentence_case(motion).lower()} {listed(sides)}"


def _checked(profile: pd.DataFrame) -> pd.DataFrame:
    frame = rows_with(profile, "hip_profile", _COLUMNS, ["value"])
    for column, allowed in (("side", SIDES), ("quality", QUALITY_TITLES)):
        unknown = sorted(set(frame[column]) - set(allowed))
        if unknown:
            raise HiprunError(
                f"figure hip_profile: found {column} {', '.join(map(str, unknown))}; "
                f"expected {' or '.join(allowed)}. Fix: recode {column}."
            )
    return frame


def _n(rows: pd.DataFrame) -> int:
    return rows["athlete_id"].nunique() if "athlete_id" in rows else len(rows)


def _decimals(panel: pd.DataFrame) -> int:
    """Decimals that suit a panel's spread: 2 for torque per mass, none for degrees."""
    spread = panel["value"].quantile(0.75) - panel["value"].quantile(0.25)
    return decimals_for([spread], least=0)


def _draw_panel(ax: Axes, panel: pd.DataFrame, motions: list[str], share: bool, least: int) -> None:
    tidy_axes(ax, grid="x")
    quality, unit = panel["quality"].iloc[0], unit_name(panel["unit"].iloc[0])
    for y, motion in enumerate(motions):
        rows = panel[panel["motion"] == motion]
        if not rows.empty:
            _draw_norm(ax, rows, y)
            for side in SIDES:
                _draw_side(ax, rows[rows["side"] == side], side, y, share, least)
            _print_n(ax, rows, y, least)
        if y:
            ax.axhline(y - 0.5, color=GRID, linewidth=0.7)
    ax.set(ylim=(len(motions) - 0.45, -0.55), title=QUALITY_TITLES[quality])
    ax.set_xlabel(f"{QUALITY_TITLES[quality]} ({unit})")
    name_motions(ax, motions)


def _draw_norm(ax: Axes, rows: pd.DataFrame, y: float) -> None:
    if not {"norm_low", "norm_high"} <= set(rows):
        return
    norms = rows[["norm_low", "norm_high"]].dropna().astype("float64").drop_duplicates()
    for norm in norms.itertuples():
        ax.fill_between([norm.norm_low, norm.norm_high], y - 0.42, y + 0.42, color=SHADE, linewidth=0)


def _draw_side(ax: Axes, rows: pd.DataFrame, side: str, y: float, share: bool, least: int) -> None:
    """Single values (unless shared), quartiles and median of one motion and side, if there are enough."""
    at, look = y + _OFFSET[side], SIDES[side]
    if _n(rows) < max(least, 1):
        return
    if not share:
        values, many = np.sort(rows["value"].to_numpy()), len(rows) > MANY
        ax.scatter(
            values, at - 0.07 + jitter(len(values), 0.2), s=4 if many else 9, color=look.color, marker=look.marker,
            alpha=0.25 if many else 0.4, linewidths=0, rasterized=len(values) > 500,
        )  # fmt: skip
        at += _BAR_BELOW
    low, middle, high = rows["value"].quantile([0.25, 0.5, 0.75])
    ax.plot(
        [low, high], [at, at], color=look.color, linewidth=3.6, solid_capstyle="butt", marker="|", markersize=8,
        markeredgewidth=1.4, zorder=5,
    )  # fmt: skip
    ax.plot(
        middle, at, marker=look.marker, markersize=5.2, color="white", markeredgecolor=look.color,
        markeredgewidth=1.2, linestyle="none", zorder=6,
    )  # fmt: skip


def _print_n(ax: Axes, rows: pd.DataFrame, y: float, least: int) -> None:
    """How many athletes, or why there is nothing to see: once where both sides say the same."""
    said = {}
    for side in SIDES:
        n = _n(rows[rows["side"] == side])
        said[side] = "not measured" if n == 0 else f"n < {least}" if n < least else f"n = {n}"
    one = len(set(said.values())) == 1
    for side, label in list(said.items())[: 1 if one else None]:
        at = y if one else y + _OFFSET[side]
        ax.text(1.01, at, label, transform=ax.get_yaxis_transform(), va="center", size=SMALL_PT - 1, color=MUTED)


def _legend(share: bool, has_norms: bool) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=look.color, marker=look.marker, linewidth=3.6, markersize=5.2, markerfacecolor="white",
               label=f"{side.capitalize()}: median, quartiles")
        for side, look in SIDES.items()
    ]  # fmt: skip
    if not share:
        handles.append(
            Line2D([], [], color=MUTED, marker="o", markersize=3.4, alpha=0.6, linestyle="none", label="one athlete")
        )  # fmt: skip
    if has_norms:
        handles.append(Patch(facecolor=SHADE, edgecolor=GRID, label="norm range"))
    return handles
