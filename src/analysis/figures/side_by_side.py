"""Effects side by side: the contrasts of one claim as rows, its outcomes as columns, each with its own scale."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns
from analysis.figures.forest_axis import BEYOND, any_beyond, draw_null, forest_ends
from analysis.figures.rows import draw_interval, too_small
from analysis.figures.style import (
    INK,
    MUTED,
    PRINT_WIDTH_CM,
    SMALL_PT,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.wording import MINUS, decimals_for, interval, percent_name, sentence_case, wrapped

_COLUMNS = [
    "title", "label", "outcome", "unit", "less", "more", "expected", "scale", "smallest", "estimate", "ci_low",
    "ci_high", "confirmed", "n_athletes",
]  # fmt: skip
_NUMBERS = ["estimate", "ci_low", "ci_high"]
_LABEL_PT = {1: 190.0, 2: 132.0, 3: 92.0}
_ROOM_PT = {1: 220.0, 2: 130.0, 3: 92.0}
_NOTE_PT = 420.0
_MOST_OUTCOMES = 3
_ROW_CM, _HEAD_CM, _LINE_CM = 1.15, 3.3, 0.38
_LARGEST_RATIO = 20.0
"""Ratio axes run no further than this and one over it; an interval beyond ends in an arrowhead."""
_RATIO_TICKS = (
    (0.9, 1, 1.1), (0.8, 1, 1.25), (0.7, 1, 1.4), (0.5, 1, 2), (0.3, 1, 3), (0.2, 0.5, 1, 2, 5), (0.1, 0.3, 1, 3, 10),
)  # fmt: skip


@use_style()
def effects_side_by_side(claim: pd.DataFrame, level: float = 0.95, threshold: int = 0) -> Figure:
    """One row a contrast, one column an outcome: estimate, interval at `level`, and the numbers above it.

    `claim`: rows of one claim of `claims.estimate_claims`, of three outcomes or fewer. Ratios are on a log axis, the
    grey band is too small to matter, the broken line is no effect, and under each axis stands which side is lower,
    which is higher and which of them the claim is of. Filled points are adjusted (Holm) for all primary claims. An
    effect without an estimate, or of fewer than `threshold` athletes, is said to be without. Raises `HiprunError` for
    missing columns, `NothingToDraw` where no effect has an estimate.
    """
    rows = _checked(claim, threshold)
    labels = list(dict.fromkeys(rows["label"]))
    outcomes = list(dict.fromkeys(rows["outcome"]))
    n = len(outcomes)
    texts = [wrapped(label, _LABEL_PT[n], SMALL_PT) for label in labels]
    lines = sum(max(1.0, 0.45 + 0.32 * (text.count("\n") + 1)) for text in texts)
    parts = [rows[rows["outcome"] == outcome] for outcome in outcomes]
    titles = [_title(part, _ROOM_PT[n]) for part in parts]
    head_cm = _HEAD_CM + _LINE_CM * max(title.count("\n") for title in titles)
    fig = figure(PRINT_WIDTH_CM, head_cm + _ROW_CM * lines)
    axes = fig.subplots(1, n, sharey=True, squeeze=False)[0]
    cut = [_draw_outcome(ax, part, labels) for ax, part in zip(axes, parts, strict=True)]
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, size=SMALL_PT)
    axes[0].set_ylim(len(labels) - 0.4, -0.75)
    axes[0].set_yticks(range(len(labels)), texts)
    for ax in axes:
        ax.tick_params(axis="y", length=0)
    fig.suptitle(rows["title"].iloc[0], x=0.01, ha="left", weight="bold", size=SMALL_PT + 2)
    fig.supxlabel(_note(rows, level, any(cut)), x=0.01, ha="left", size=SMALL_PT, color=MUTED)
    return fig


def alt_effects_side_by_side(claim: pd.DataFrame, level: float = 0.95, threshold: int = 0) -> str:
    """Every effect with its interval in words, by outcome."""
    rows = _checked(claim, threshold)
    parts = []
    for outcome, of in rows.groupby("outcome", sort=False):
        decimals, null = _decimals(of), _null(of)
        told = [f"{r['label']}: {interval(*(float(r[c]) for c in _NUMBERS), decimals, null)}" for _, r in of.iterrows()]
        what = f"difference in {of['unit'].iloc[0]}, no effect is 0" if null == 0 else "ratio, no effect is 1"
        parts.append(f"{sentence_case(outcome)} ({what}): {'; '.join(told)}.")
    head = f"{rows['title'].iloc[0]}: effects side by side with {percent_name(level)} intervals."
    return " ".join([head, *parts])


def _checked(claim: pd.DataFrame, threshold: int) -> pd.DataFrame:
    require_columns(claim, "effects_side_by_side", _COLUMNS)
    few = claim["estimate"].notna() & (claim["n_athletes"] < threshold)
    rows = claim.assign(**{c: claim[c].astype("float64").mask(few) for c in _NUMBERS}).reset_index(drop=True)
    known = rows.groupby("outcome", sort=False)["estimate"].transform("count") > 0
    rows = rows[known]
    if rows.empty:
        raise NothingToDraw("figure effects_side_by_side: no effect has an estimate. Fix: leave the figure out.")
    first = list(dict.fromkeys(rows["outcome"]))[:_MOST_OUTCOMES]
    return rows[rows["outcome"].isin(first)].reset_index(drop=True)


def _draw_outcome(ax: Axes, rows: pd.DataFrame, labels: list[str]) -> bool:
    """Draw the effects on one outcome; whether an interval is cut at an end of the axis."""
    tidy_axes(ax, grid="x")
    null, decimals = _null(rows), _decimals(rows)
    smallest = float(rows["smallest"].iloc[0])
    zone = too_small(null, None if math.isnan(smallest) else smallest)
    ends = _scale(ax, rows, null, zone)
    draw_null(ax, null, zone)
    for _, row in rows.iterrows():
        y, known = labels.index(row["label"]), np.isfinite(row["estimate"])
        text = interval(*(float(row[c]) for c in _NUMBERS), decimals, null).replace("not bounded", "∞")
        if known:
            draw_interval(ax, y, row, ends, open_marker=not row["confirmed"])
        ax.annotate(
            text, (0.5, y), (0, 8 if known else 0), xycoords=ax.get_yaxis_transform(), textcoords="offset points",
            ha="center", va="bottom" if known else "center", size=SMALL_PT, color=INK if known else MUTED,
            bbox={"boxstyle": "square,pad=0.08", "facecolor": "white", "edgecolor": "none"},
        )  # fmt: skip
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(_sides(rows), size=SMALL_PT, color=MUTED)
    return any_beyond(rows, ends)


def _title(rows: pd.DataFrame, room_pt: float) -> str:
    unit = rows["unit"].iloc[0] if _null(rows) == 0 else "ratio"
    return wrapped(f"{sentence_case(rows['outcome'].iloc[0])} ({unit})", room_pt, SMALL_PT, "bold")


def _sides(rows: pd.DataFrame) -> str:
    """Which side is which, and the side that the claim is of where all its effects agree."""
    less, more = rows["less"].iloc[0], rows["more"].iloc[0]
    ways = set(rows["expected"])
    low, high = (" (claimed)" if ways == {way} else "" for way in (-1, 1))
    return f"← {less}{low}   {more}{high} →"


def _scale(ax: Axes, rows: pd.DataFrame, null: int, zone: tuple[float, float] | None) -> tuple[float, float]:
    """Limits as far below no effect as above it, set on `ax` and returned."""
    low, high = forest_ends(rows, null, zone or ())
    if null == 0:
        reach = max(-low, high)
        ax.set_xlim(-reach, reach)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=4, symmetric=True))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}".replace("-", MINUS)))
        return -reach, reach
    reach = max(min(max(1 / low, high), _LARGEST_RATIO), 1.1)
    ax.set_xscale("log")
    ax.set_xlim(1 / reach, reach)
    ax.xaxis.set_major_locator(FixedLocator([ticks for ticks in _RATIO_TICKS if ticks[-1] <= reach][-1]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    return 1 / reach, reach


def _null(rows: pd.DataFrame) -> int:
    return 0 if rows["scale"].iloc[0] == "difference" else 1


def _decimals(rows: pd.DataFrame) -> int:
    return decimals_for(rows["ci_high"] - rows["ci_low"], least=2 if _null(rows) == 1 else 1)


def _note(rows: pd.DataFrame, level: float, is_cut: bool) -> str:
    known = rows[rows["estimate"].notna()]
    said = [f"{percent_name(level)} intervals"]
    if known["smallest"].notna().any():
        said.append("grey: too small to matter")
    if known["confirmed"].any():
        said.append("filled: adjusted for all primary claims")
    if not known["confirmed"].all():
        said.append("open: adjusted within the claim")
    if is_cut:
        said.append(BEYOND.lower())
    return wrapped(f"{'; '.join(said)}.", _NOTE_PT, SMALL_PT)
