"""Sensitivity overview: every effect of the primary claims in one figure, with what other analyses make of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns
from analysis.figures.rows import label_rows, print_column, wrap_label
from analysis.figures.style import (
    INK,
    MAIN,
    MUTED,
    OKABE_ITO,
    PRINT_WIDTH_CM,
    SMALL_PT,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.wording import count, listed, percent_name

_NUMBERS = ["estimate", "ci_low", "ci_high"]
_NEEDED = [
    "title", "label", "about", "words", "kind", *_NUMBERS, "scale", "comparable", "expected", "n_athletes", "status",
    "n_same", "n_comparable", "read", "by_interval",
]  # fmt: skip
_FIRST, _DIFFERENCE = "As planned", "difference"
_SHORT = {"compatible with no effect of a size that matters": "no effect that matters"}
_END = 3.0
"""Half-lengths of the planned interval; what lies further out becomes an arrowhead."""
_LINE_CM, _ROOM_CM = 0.36, 0.2


@dataclass(frozen=True)
class _Look:
    color: str
    marker: str


_LOOKS = {
    "stays": _Look(MAIN, "D"),
    "weakens": _Look(OKABE_ITO["orange"], "s"),
    "differs": _Look(OKABE_ITO["purple"], "o"),
    "turns": _Look(OKABE_ITO["vermilion"], "X"),
    "nothing to compare": _Look(MUTED, "P"),
}


@use_style()
def sensitivity_overview(table: pd.DataFrame, level: float = 0.95, threshold: int = 0, ax: Axes | None = None) -> Axes:
    """One row an effect under the title of its claim: the planned analysis with its interval, and the estimate of each
    alternative that could have been the planned one.

    `table`: `claims.with_verdict` of a `Sensitivity.table`: title, label (of the effect), about (its outcome), words
    (both), kind, estimate, ci_low, ci_high, scale, comparable, expected, n_athletes, status, n_same, n_comparable,
    read, by_interval. Effects have many units, so each row is drawn in half-lengths of its own planned interval, ratios
    by their logarithm, and turned so that what the claim says lies right of no effect. Estimates clear of no effect are
    filled. Effects without a planned estimate, or of fewer than `threshold` athletes, are left out. Raises
    `HiprunError` for missing columns, `NothingToDraw` where no effect is left.
    """
    drawn = _placed(_checked(table, threshold))
    first = drawn[drawn["kind"] == _FIRST]
    labels, headings, place = _labels(first)
    ax = _row_axes(labels) if ax is None else ax
    tidy_axes(ax, grid=None)
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    for y, row in zip(place, first["row"], strict=True):
        _draw_row(ax, y, drawn[drawn["row"] == row])
    _axis(ax, drawn, len(labels))
    label_rows(ax, labels, headings)
    cells = np.full((2, len(labels)), "", dtype=object)
    cells[0, place] = [_read(row) for _, row in first.iterrows()]
    cells[1, place] = [_moves(row) for _, row in first.iterrows()]
    after = print_column(ax, "Reading", list(cells[0]))
    print_column(ax, "Others", list(cells[1]), after)
    ax.set_xlabel("\n".join(_legend(first, level)), size=SMALL_PT, x=0, ha="left")
    return ax


def alt_sensitivity_overview(table: pd.DataFrame, level: float = 0.95) -> str:
    """Which effects keep their reading under the alternatives, and which do not."""
    drawn = _placed(_checked(table, 0))
    first = drawn[drawn["kind"] == _FIRST]
    said = [
        f"Overview of {count(len(first), 'effect')} of the primary claims, each with its planned estimate "
        f"({percent_name(level)} interval) and those of the alternative analyses."
    ]
    for status in _LOOKS:
        names = list(first.loc[first["status"] == status, "words"])
        if names:
            said.append(f"{status[:1].upper()}{status[1:]}: {listed(names)}.")
    return " ".join(said)


def _checked(table: pd.DataFrame, threshold: int) -> pd.DataFrame:
    require_columns(table, "sensitivity_overview", _NEEDED)
    frame = table.astype(dict.fromkeys(_NUMBERS, "float64"))
    frame["row"] = frame["title"] + "\n" + frame["words"]
    bounded = (frame["ci_low"] < frame["ci_high"]) & np.isfinite(frame[_NUMBERS]).all(axis=1)
    known = frame[(frame["kind"] == _FIRST) & bounded & (frame["n_athletes"] >= threshold)]
    if known.empty:
        raise NothingToDraw(
            f"figure sensitivity_overview: {len(table)} rows, none a planned estimate of {threshold} athletes or more. "
            "Fix: leave the figure out."
        )
    rows = frame["row"].isin(known["row"]) & frame["comparable"] & frame["estimate"].notna()
    return frame[rows].reset_index(drop=True)


def _placed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with x, low and high in half-lengths of the planned interval; above 0 is as the claim says."""
    ratio = frame["scale"] != _DIFFERENCE
    with np.errstate(divide="ignore"):
        link = frame[_NUMBERS].where(~ratio, np.log(frame[_NUMBERS].where(ratio, 1.0)), axis=0)
    first = frame["kind"] == _FIRST
    length = (link["ci_high"] - link["ci_low"]).where(first).groupby(frame["row"]).transform("max") / 2
    turned = link.mul(frame["expected"] / length, axis=0)
    ends = turned[["ci_low", "ci_high"]]
    return frame.assign(x=turned["estimate"], low=ends.min(axis=1), high=ends.max(axis=1))


def _labels(first: pd.DataFrame) -> tuple[list[str], list[bool], np.ndarray]:
    """The labels, with the title of each claim before its effects, which are titles, and where the effects stand.

    Under the title an effect is named by its outcome, and by what it is of where several share that."""
    labels, headings, place = [], [], []
    for title in pd.unique(first["title"]):
        labels.append(wrap_label(title))
        headings.append(True)
        own = first[first["title"] == title]
        alone = ~own["about"].duplicated(keep=False)
        for about, label, is_alone in zip(own["about"], own["label"], alone, strict=True):
            place.append(len(labels))
            name = f"{about[:1].upper()}{about[1:]}"
            labels.append(wrap_label(name if is_alone else f"{name}: {label[:1].lower()}{label[1:]}"))
            headings.append(False)
    return labels, headings, np.array(place)


def _row_axes(labels: list[str]) -> Axes:
    """Axes as high as rows of one height need, of which none overlaps the next."""
    each = _ROOM_CM + _LINE_CM * max(np.mean([label.count("\n") + 1 for label in labels]) + 0.35, 1.35)
    return figure(PRINT_WIDTH_CM, each * len(labels) + 3.0).add_subplot()


def _draw_row(ax: Axes, y: float, rows: pd.DataFrame) -> None:
    for _, row in rows[rows["kind"] != _FIRST].iterrows():
        x = np.clip(row["x"], -_END, _END)
        beyond = "<" if row["x"] < -_END else ">" if row["x"] > _END else ""
        clear = row["low"] > 0 or row["high"] < 0
        ax.plot(
            x, y + 0.24, marker=beyond or "o", markersize=3.6, linestyle="none", zorder=3, clip_on=False,
            markerfacecolor=INK if clear else "white", markeredgecolor=INK if clear else MUTED, markeredgewidth=0.7,
        )  # fmt: skip
    first = rows[rows["kind"] == _FIRST].iloc[0]
    look = _LOOKS[first["status"]]
    ends = np.clip([first["low"], first["high"]], -_END, _END)
    ax.plot(ends, [y - 0.12, y - 0.12], color=look.color, linewidth=1.8, solid_capstyle="butt", zorder=2)
    ax.plot(
        np.clip(first["x"], -_END, _END), y - 0.12, marker=look.marker, markersize=7, color=look.color,
        markeredgecolor="white", markeredgewidth=0.8, linestyle="none", zorder=4, clip_on=False,
    )  # fmt: skip


def _axis(ax: Axes, drawn: pd.DataFrame, n_rows: int) -> None:
    first = drawn["kind"] == _FIRST
    widest = max(1.0, float(drawn["x"].abs().max()), float(drawn.loc[first, ["low", "high"]].abs().max(axis=None)))
    end = min(widest, _END) * 1.06
    ax.set_xlim(-end, end)
    ax.set_ylim(n_rows - 0.4, -0.6)
    ax.set_xticks([0], ["no effect"])
    ax.tick_params(axis="x", length=0)


def _read(row: pd.Series) -> str:
    mark = "" if row["read"] == row["by_interval"] else " \N{DAGGER}"
    return f"{_SHORT.get(row['read'], row['read'])}{mark}"


def _moves(row: pd.Series) -> str:
    if not row["n_comparable"]:
        return "none"
    return f"{row['status']}, {row['n_same']}/{row['n_comparable']}"


def _legend(first: pd.DataFrame, level: float) -> list[str]:
    said = [
        f"Bar: planned analysis, {percent_name(level)} interval, drawn equally long in each row",
        "Dots: other analyses; filled if clear of no effect by their own interval",
        "Left of the line: the other way round; right: as the claim says",
        "Others: does the reading stay in the other analyses, and in how many",
    ]
    if (first["read"] != first["by_interval"]).any():
        said.append("\N{DAGGER} clear by its interval alone, as others are read; not after Holm, or others turn")
    return said
