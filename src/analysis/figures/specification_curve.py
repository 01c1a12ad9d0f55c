"""Specification curve: one claim's estimate under every alternative, in order, over what was varied in each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_columns
from analysis.figures.forest_axis import forest_ends, scale_forest
from analysis.figures.rows import draw_arrows, too_small
from analysis.figures.style import (
    CM_PER_INCH,
    FAINT,
    INK,
    MAIN,
    MUTED,
    OKABE_ITO,
    PRINT_WIDTH_CM,
    SHADE,
    SMALL_PT,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.wording import count, decimals_for, interval, listed, percent_name, width_pt, wrapped

_NUMBERS = ["estimate", "ci_low", "ci_high"]
_NEEDED = ["kind", "alternative", *_NUMBERS, "scale", "comparable"]
_FIRST, _DIFFERENCE = "As planned", "difference"
_GROUP_PT = 74.0
_REACH = 1.0
_ROW_CM, _CURVE_CM = 0.39, 5.2


@dataclass(frozen=True)
class _Look:
    """Colour and marker of one role, and what the legend calls it."""

    color: str
    marker: str
    size: float
    filled: bool
    label: str


_LOOKS = {
    "first": _Look(OKABE_ITO["vermilion"], "D", 6.5, True, "primary analysis"),
    "same": _Look(MAIN, "o", 4.5, True, "alternative"),
    "other": _Look(MUTED, "s", 4.5, False, "control, stress test or other outcome"),
}


@use_style()
def specification_curve(
    table: pd.DataFrame, ylabel: str, smallest_effect: float | None = None, level: float = 0.95
) -> Figure:
    """The estimates of one claim in order with their intervals; below, a dot in the row of what was varied in each.

    `table`: one claim's rows of `claims.Sensitivity.table`: kind (what was varied), alternative (how), estimate,
    ci_low, ci_high, scale ('difference' or a ratio), comparable; one row is 'As planned', the primary analysis.
    Alternatives that differ only in brackets share a row ("one runner (lowest)"). Those on another scale than the
    primary analysis stand at right against a ratio axis of their own; those without an estimate are counted. `ylabel`
    names the effect with its unit, `smallest_effect` shades what is too small to matter (±d, or r to 1/r). Simonsohn,
    Simmons and Nelson 2020, Nat Hum Behav 4:1208.

    Raises `HiprunError` for missing columns or not one primary analysis, `NothingToDraw` where that has no estimate.
    """
    frame = _checked(table)
    known = frame[frame["estimate"].notna()]
    scale = _primary(frame)["scale"]
    here = known[known["scale"] == scale].sort_values("estimate", kind="stable", ignore_index=True)
    there = known[known["scale"] != scale].sort_values("estimate", kind="stable", ignore_index=True)
    rows = _rows(known)
    fig = figure(PRINT_WIDTH_CM, _CURVE_CM + _ROW_CM * len(rows) + 1.6)
    parts = [part for part in (here, there) if len(part)]
    axes = fig.subplots(
        2, len(parts), squeeze=False, sharex="col",
        width_ratios=[max(len(part), 5) for part in parts], height_ratios=[_CURVE_CM, _ROW_CM * len(rows)],
    )  # fmt: skip
    for (top, bottom), part in zip(axes.T, parts, strict=True):
        _draw_curve(top, part, smallest_effect if part is here else None)
        _draw_matrix(bottom, part, rows)
    axes[0, 0].set_ylabel(wrapped(ylabel, _CURVE_CM / CM_PER_INCH * 72, SMALL_PT), size=SMALL_PT)
    _name_rows(axes[1, 0], rows)
    _name_columns(axes, frame, smallest_effect, level)
    _legend(fig, axes[0, 0], known)
    return fig


def alt_specification_curve(table: pd.DataFrame, ylabel: str, level: float = 0.95) -> str:
    """The primary estimate, the range of those that could have been it, and how many are clear of no effect."""
    frame = _checked(table)
    first = _primary(frame)
    null = _null(first["scale"])
    same = frame[frame["comparable"] & frame["estimate"].notna() & (frame["kind"] != _FIRST)]
    decimals = decimals_for([first["ci_high"] - first["ci_low"]], least=2)
    said = [
        f"Specification curve: {' '.join(ylabel.split())}, with {percent_name(level)} intervals; no effect is {null}.",
        f"Primary analysis: {interval(*first[_NUMBERS].astype(float), decimals)}.",
    ]
    if len(same):
        ends = [f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in np.sort(same["estimate"])[[0, -1]]]
        below, above = int((same["ci_high"] < null).sum()), int((same["ci_low"] > null).sum())
        said.append(
            f"{count(len(same), 'alternative')} that could have been it: from {ends[0]} to {ends[1]}; {below} wholly "
            f"below {null}, {above} wholly above, {len(same) - below - above} in between."
        )
    lost = frame.loc[frame["estimate"].isna(), "alternative"]
    if len(lost):
        said.append(f"Without an estimate: {listed(list(lost))}.")
    return " ".join(said)


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    require_columns(table, "specification_curve", _NEEDED)
    frame = table.reset_index(drop=True).astype(dict.fromkeys(_NUMBERS, "float64"))
    n_first = int((frame["kind"] == _FIRST).sum())
    if n_first != 1:
        raise HiprunError(
            f"figure specification_curve: found {n_first} primary analyses in {len(frame)} rows; expected those of one "
            "claim. Fix: draw each claim by itself."
        )
    if not np.isfinite(_primary(frame)["estimate"]):
        raise NothingToDraw(
            "figure specification_curve: the primary analysis has no estimate. Fix: leave the figure out."
        )
    return frame


def _primary(frame: pd.DataFrame) -> pd.Series:
    return frame[frame["kind"] == _FIRST].iloc[0]


def _null(scale: str) -> int:
    return 0 if scale == _DIFFERENCE else 1


def _rows(known: pd.DataFrame) -> list[tuple[str, str]]:
    """(kind, label) of each row of the matrix, in the order given."""
    labels = known["alternative"].str.split(" (", regex=False).str[0]
    return list(dict.fromkeys(zip(known["kind"], labels, strict=True)))


def _role(row: pd.Series) -> str:
    if row["kind"] == _FIRST:
        return "first"
    return "same" if row["comparable"] else "other"


def _draw_curve(ax: Axes, part: pd.DataFrame, smallest: float | None) -> None:
    null = _null(part["scale"].iloc[0])
    tidy_axes(ax)
    ends = forest_ends(part, null, reach=_REACH)
    scale_forest(ax, ends, null, "y")
    zone = too_small(null, smallest)
    if zone is not None:
        ax.axhspan(*np.clip(zone, *ends), color=SHADE, linewidth=0, zorder=0)
    ax.axhline(null, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    for x, row in part.iterrows():
        look = _LOOKS[_role(row)]
        width = 2.2 if row["kind"] == _FIRST else 1.2
        ax.plot([x, x], np.clip([row["ci_low"], row["ci_high"]], *ends), color=look.color, linewidth=width, zorder=2)
        draw_arrows(ax, x, (row["ci_low"], row["ci_high"]), ends, look.color, 4.0, "v^")
        _mark(ax, x, row["estimate"], look)
    ax.set_xlim(-0.8, max(len(part), 5) - 0.2)
    ax.tick_params(axis="x", length=0, labelbottom=False)


def _mark(ax: Axes, x: float, y: float, look: _Look) -> None:
    face = look.color if look.filled else "white"
    ax.plot(
        x, y, marker=look.marker, markersize=look.size, color=face, markeredgecolor=look.color, markeredgewidth=1.0,
        linestyle="none", zorder=3,
    )  # fmt: skip


def _draw_matrix(ax: Axes, part: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    tidy_axes(ax, grid=None)
    place = {row: y for y, row in enumerate(rows)}
    labels = part["alternative"].str.split(" (", regex=False).str[0]
    for y, (kind, _) in enumerate(rows):
        ax.axhline(y, color=SHADE, linewidth=0.7, zorder=0)
        if y and kind != rows[y - 1][0]:
            ax.axhline(y - 0.5, color=FAINT, linewidth=0.7, zorder=0)
    for (x, row), label in zip(part.iterrows(), labels, strict=True):
        _mark(ax, x, place[row["kind"], label], _LOOKS[_role(row)])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_yticks([])
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.spines[["left", "bottom"]].set_visible(False)


def _name_rows(ax: Axes, rows: list[tuple[str, str]]) -> None:
    """What was varied in bold, how it was beside it."""
    ax.set_yticks(range(len(rows)), [label for _, label in rows])
    ax.tick_params(axis="y", length=0, pad=4)
    widest = max(width_pt(label, SMALL_PT) for _, label in rows)
    for y, (kind, _) in enumerate(rows):
        if y == 0 or kind != rows[y - 1][0]:
            ax.annotate(
                kind, (0, y), (-widest - 12 - _GROUP_PT, 0), xycoords=ax.get_yaxis_transform(),
                textcoords="offset points", va="center", ha="left", size=SMALL_PT, weight="bold", color=INK,
                annotation_clip=False,
            )  # fmt: skip


def _name_columns(axes: np.ndarray, frame: pd.DataFrame, smallest: float | None, level: float) -> None:
    lost = int(frame["estimate"].isna().sum())
    notes = [f"Estimates in order, with {percent_name(level)} intervals."]
    notes += ["Shaded: too small to matter."] if smallest is not None else []
    notes += [f"{count(lost, 'alternative')} gave no estimate."] if lost else []
    axes[1, 0].set_xlabel("\n".join(notes), size=SMALL_PT, x=0, ha="left")
    if axes.shape[1] > 1:
        axes[0, 1].set_title("Ratios", size=SMALL_PT, loc="right")


def _legend(fig: Figure, ax: Axes, known: pd.DataFrame) -> None:
    roles = [role for role in _LOOKS if (known.apply(_role, axis=1) == role).any()]
    for role in roles:
        look = _LOOKS[role]
        ax.plot(
            [], [], marker=look.marker, markersize=look.size, color=look.color, linestyle="-", linewidth=1.2,
            markerfacecolor=look.color if look.filled else "white", label=look.label,
        )  # fmt: skip
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=len(roles))
