"""Cohort flow: who was there at each step, who left and why (STROBE, von Elm et al. 2007, item 13c)."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from analysis.errors import HiprunError
from analysis.figures.checks import rows_with
from analysis.figures.style import (
    CM_PER_INCH,
    INK,
    MAIN,
    MUTED,
    PRINT_WIDTH_CM,
    SHADE,
    SMALL_PT,
    TEXT_PT,
    figure,
    use_style,
)
from analysis.figures.wording import number, wrapped

_CM_PER_PT = CM_PER_INCH / 72
_LINE = 1.3  # line height over font size
_MARGIN, _PAD, _GAP = 0.15, 0.25, 0.85  # cm: round the drawing, inside a box, between two boxes
_BOX, _SIDE_BOX = 7.6, 6.6  # cm wide: a step, those excluded


@dataclass(frozen=True)
class _Box:
    """One step and those excluded on the way to it: wrapped text, and heights in cm."""

    text: str
    n: str
    height: float
    excluded: str
    excluded_height: float


@use_style()
def cohort_flow(steps: pd.DataFrame) -> Axes:
    """Box diagram of the cohort from step to step, top to bottom; the figure is as high as its text needs.

    `steps`, in order: `step` (text), `n` (how many are left), `n_excluded` and `detail` (how many were
    excluded on the way to this step, and why; both missing where nobody was). Returns an Axes in cm.
    Raises `HiprunError` where columns are missing or where `n_excluded` is not the drop in `n`.
    """
    frame = _checked(steps)
    boxes = [_box(row) for row in frame.itertuples()]
    gaps = _gaps(boxes)
    height = 2 * _MARGIN + sum(b.height for b in boxes) + sum(gaps)
    fig = figure(PRINT_WIDTH_CM, height)
    fig.set_layout_engine("none")  # one drawing in cm fills it
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, PRINT_WIDTH_CM), ylim=(height, 0))
    ax.axis("off")
    left = _MARGIN if any(b.excluded for b in boxes) else (PRINT_WIDTH_CM - _BOX) / 2
    top = _MARGIN
    for gap, box in zip((0.0, *gaps), boxes, strict=True):
        if gap:
            _way_down(ax, left + _BOX / 2, top, gap, box)
        _step(ax, left, top + gap, box)
        top += gap + box.height
    return ax


def alt_cohort_flow(steps: pd.DataFrame) -> str:
    """The flow in words: first step, each loss with its reason, last step. Same frame as `cohort_flow`."""
    frame = _checked(steps)
    sentences = [f"Flow diagram. {frame['step'].iloc[0]}: {number(frame['n'].iloc[0], 0)}."]
    for row in frame.iloc[1:].itertuples():
        lost = f"{number(row.n_excluded, 0)} excluded{_reason(row.detail)}; " if row.n_excluded > 0 else ""
        sentences.append(f"{lost}{row.step}: {number(row.n, 0)}.")
    return " ".join(s[:1].upper() + s[1:] for s in sentences)


def _reason(detail: object) -> str:
    return f" ({' '.join(str(detail).split())})" if detail else ""


def _checked(steps: pd.DataFrame) -> pd.DataFrame:
    frame = rows_with(steps, "cohort_flow", ["step", "n"], ["n"])
    frame = frame.reindex(columns=["step", "n", "detail", "n_excluded"])
    frame["detail"] = frame["detail"].astype("object").where(frame["detail"].notna(), "")
    frame["n_excluded"] = frame["n_excluded"].astype("float64").fillna(0)
    for before, row in zip(frame["n"].iloc[:-1], frame.iloc[1:].itertuples(), strict=True):
        if row.n_excluded and before - row.n_excluded != row.n:
            raise HiprunError(
                f"figure cohort_flow: step '{row.step}' has n = {row.n:g} after {before:g} less "
                f"{row.n_excluded:g} excluded; expected {before - row.n_excluded:g}. "
                "Fix: n_excluded counts those lost on the way to its own row."
            )
    return frame


def _box(row: tuple) -> _Box:
    text = wrapped(row.step, (_BOX - 2 * _PAD) / _CM_PER_PT, TEXT_PT)
    excluded = ""
    if row.n_excluded > 0:
        reason = wrapped(row.detail, (_SIDE_BOX - 2 * _PAD) / _CM_PER_PT, SMALL_PT)
        excluded = f"Excluded: n = {number(row.n_excluded, 0)}" + (f"\n{reason}" if row.detail else "")
    return _Box(
        text,
        f"n = {number(row.n, 0)}",
        2 * _PAD + (_n_lines(text) + 1) * TEXT_PT * _LINE * _CM_PER_PT,
        excluded,
        2 * _PAD + _n_lines(excluded) * SMALL_PT * _LINE * _CM_PER_PT if excluded else 0.0,
    )


def _gaps(boxes: list[_Box]) -> list[float]:
    """Space above each step but the first, in cm: enough that the boxes of the excluded, each at the middle of
    its gap, overlap neither one another nor the edge of the drawing."""
    gaps = []
    for above, box in pairwise(boxes):
        least = (above.excluded_height + box.excluded_height) / 2 + 0.25 - above.height
        edge = box.excluded_height - 2 * min(above.height, box.height)
        gaps.append(max(_GAP, least, edge))
    return gaps


def _n_lines(text: str) -> int:
    return text.count("\n") + 1


def _step(ax: Axes, left: float, top: float, box: _Box) -> None:
    _rectangle(ax, left, top, _BOX, box.height, facecolor="#EAF3FA", edgecolor=MAIN)
    middle = left + _BOX / 2
    ax.text(middle, top + _PAD, box.text, ha="center", va="top", linespacing=_LINE, size=TEXT_PT)
    ax.text(middle, top + box.height - _PAD, box.n, ha="center", va="bottom", weight="bold", size=TEXT_PT)


def _way_down(ax: Axes, x: float, top: float, gap: float, box: _Box) -> None:
    """The arrow from the step above (its foot is at `top`) and, beside it, who left on the way."""
    arrow = {"arrowstyle": "-|>", "color": MUTED, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x, top + gap), (x, top), arrowprops=arrow)
    if not box.excluded:
        return
    left = PRINT_WIDTH_CM - _MARGIN - _SIDE_BOX
    side_top = top + (gap - box.excluded_height) / 2
    ax.annotate("", (left, top + gap / 2), (x, top + gap / 2), arrowprops=arrow)
    _rectangle(ax, left, side_top, _SIDE_BOX, box.excluded_height, facecolor=SHADE, edgecolor=MUTED)
    ax.text(left + _PAD, side_top + _PAD, box.excluded, va="top", linespacing=_LINE, size=SMALL_PT, color=INK)


def _rectangle(ax: Axes, left: float, top: float, width: float, height: float, **colors: str) -> None:
    ax.add_patch(
        FancyBboxPatch((left, top), width, height, boxstyle="round,pad=0,rounding_size=0.12", linewidth=0.9, **colors)
    )
