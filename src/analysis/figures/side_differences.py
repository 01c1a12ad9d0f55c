"""Side differences of athletes beside what measuring alone makes of two equal sides."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from analysis.errors import NothingToDraw
from analysis.figures.by_motion import QUALITY_TITLES, by_quality, in_order, jitter, name_motions
from analysis.figures.checks import require_columns, require_unique, rows_with
from analysis.figures.style import GRID, INK, MAIN, MUTED, PRINT_WIDTH_CM, SMALL_PT, figure, tidy_axes, use_style
from analysis.figures.wording import GAP, decimals_for, number, sentence_case

BAND = "#D9D9D9"
MANY = 200
_COLUMNS = ["athlete_id", "motion", "quality", "difference", "unit"]
_JUDGED = ["mdc95", "within_measurement_error"]
_WITHIN, _BEYOND = "within measurement error", "beyond measurement error"


@use_style()
def side_difference_plot(differences: pd.DataFrame, share: bool = False, threshold: int = 5) -> Figure:
    """Right minus left by motion over a grey band of ± MDC95; one panel a quality and unit.

    `differences`, one row an athlete, motion and quality: `athlete_id`, `motion`, `quality` ("strength" or "rom"),
    `difference` (positive: right larger) and `mdc95` in `unit`, `within_measurement_error` (True, False or missing).
    The band is the median MDC95 of a motion; what is within it may be error of measurement alone (Weir 2005, J
    Strength Cond Res 19:231). Dots are athletes, blue where beyond, with median and quartiles under them.
    With `share` there are no dots, a motion with fewer than `threshold` athletes is left out, and a count below it, or
    one that would give it away, is not printed. Raises `HiprunError` for missing columns or doubled rows,
    `NothingToDraw` where no row or, with `share`, no group is left.
    """
    frame = _checked(differences)
    least = threshold if share else 1
    panels = [rows for rows in by_quality(frame) if not share or (rows.groupby("motion").size() >= least).any()]
    if not panels:
        raise NothingToDraw(f"figure side_difference_plot: no motion with {threshold} athletes or more to hand out.")
    motions = in_order(frame["motion"])
    fig = figure(PRINT_WIDTH_CM, 3.2 + 1.4 * len(motions))
    axes = fig.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for ax, rows in zip(axes, panels, strict=True):
        _draw_panel(ax, rows, motions, share, least)
    fig.legend(handles=_legend(share), loc="outside lower center", ncols=2)
    return fig


def alt_side_difference_plot(differences: pd.DataFrame, threshold: int = 5) -> str:
    """Median difference, MDC95 and how many are beyond it, by motion; groups below `threshold` are not stated."""
    frame = _checked(differences)
    parts = []
    for rows in by_quality(frame):
        said = [_motion_words(rows[rows["motion"] == m], m, threshold) for m in in_order(rows["motion"])]
        parts.append(f"{QUALITY_TITLES[rows['quality'].iloc[0]]}, in {rows['unit'].iloc[0]}: {'; '.join(said)}.")
    return "Right minus left by motion, with the smallest difference beyond measurement error. " + " ".join(parts)


def _motion_words(rows: pd.DataFrame, motion: str, threshold: int) -> str:
    name = sentence_case(motion).lower()
    if len(rows) < threshold:
        return f"{name} from fewer than {threshold} athletes, not stated"
    decimals = decimals_for([rows["difference"].quantile(0.75) - rows["difference"].quantile(0.25)], least=0)
    middle, limit = rows["difference"].median(), rows["mdc95"].median()
    band = "measurement error not known" if np.isnan(limit) else f"measurement error up to {number(limit, 1)}"
    return f"{name} median {number(middle, decimals)}, {band}, {_counted(rows, threshold).replace(':', '')}"


def _checked(differences: pd.DataFrame) -> pd.DataFrame:
    require_columns(differences, "side_difference_plot", [*_COLUMNS, *_JUDGED])
    frame = rows_with(differences, "side_difference_plot", _COLUMNS, ["difference"])
    frame = frame[frame["quality"].isin(QUALITY_TITLES)]
    if frame.empty:
        raise NothingToDraw("figure side_difference_plot: no row of strength or range of motion (rom).")
    require_unique(frame, "side_difference_plot", ["athlete_id", "motion", "quality", "unit"])
    judged = {"mdc95": "float64", "within_measurement_error": "boolean"}
    return frame.astype(judged).sort_values(["motion", "difference"], ignore_index=True)


def _counted(rows: pd.DataFrame, least: int) -> str:
    """ "12 of 60 beyond error (20%)", or why that is not said."""
    within = rows["within_measurement_error"].dropna().astype(bool)
    n, beyond = len(within), int((~within).sum())
    if n == 0:
        return "error not known"
    if any(0 < k < least for k in (n, beyond, n - beyond)):
        return "beyond error: not shown"
    return f"{beyond} of {n} beyond error ({number(100 * beyond / n, 0)}%)"


def _draw_panel(ax: Axes, rows: pd.DataFrame, motions: list[str], share: bool, least: int) -> None:
    tidy_axes(ax, grid="x")
    for y, motion in enumerate(motions):
        here = rows[rows["motion"] == motion]
        if y:
            ax.axhline(y - 0.5, color=GRID, linewidth=0.7)
        _label(ax, here, y, least)
        if len(here) >= least:
            _draw_motion(ax, here, y, share)
    ax.set(ylim=(len(motions) - 0.45, -0.6), title=QUALITY_TITLES[rows["quality"].iloc[0]])
    reach = max(abs(v) for v in ax.get_xlim())
    ax.set_xlim(-reach, reach)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    ax.set_xlabel(f"Right minus left ({rows['unit'].iloc[0]})")
    name_motions(ax, motions)


def _label(ax: Axes, rows: pd.DataFrame, y: float, least: int) -> None:
    """How many are beyond error, above the motion's dots."""
    text = "not measured" if rows.empty else f"n < {least}" if len(rows) < least else _counted(rows, least)
    ax.text(
        0.99, y - 0.45, text.replace(" ", GAP), transform=ax.get_yaxis_transform(), ha="right", va="top",
        size=SMALL_PT - 1, color=MUTED, path_effects=[withStroke(linewidth=2.0, foreground="white")],
    )  # fmt: skip


def _draw_motion(ax: Axes, rows: pd.DataFrame, y: float, share: bool) -> None:
    at, limit = y + 0.14, rows["mdc95"].median()
    ax.plot([0, 0], [at - 0.3, at + 0.3], color=INK, linewidth=1.0, zorder=1.5)
    if np.isfinite(limit):
        ax.fill_between([-limit, limit], at - 0.3, at + 0.3, color=BAND, linewidth=0, zorder=0.5)
        ax.vlines([-limit, limit], at - 0.3, at + 0.3, color=MUTED, linewidth=0.9, zorder=2.5)
    if not share:
        offsets, many = jitter(len(rows), 0.34), len(rows) > MANY
        beyond = rows["within_measurement_error"].eq(False).fillna(False).to_numpy(bool)
        for chosen, edge, face in ((~beyond, MUTED, "none"), (beyond, MAIN, MAIN)):
            ax.scatter(
                rows["difference"][chosen], at - 0.09 + offsets[chosen], s=5 if many else 9, facecolors=face,
                edgecolors=edge, alpha=0.4 if many else 0.7, linewidths=0.6, rasterized=len(rows) > 500, zorder=2,
            )  # fmt: skip
        at += 0.21  # under the athletes, so that neither hides the other
    low, middle, high = rows["difference"].quantile([0.25, 0.5, 0.75])
    ax.plot([low, high], [at, at], color=INK, linewidth=3.2, solid_capstyle="butt", zorder=3)
    ax.plot(
        middle, at, marker="D", markersize=5.6, color=INK, markeredgecolor="white", markeredgewidth=0.9,
        linestyle="none", zorder=4,
    )  # fmt: skip


def _legend(share: bool) -> list[Line2D | Patch]:
    middle = Line2D([], [], color=INK, marker="D", linewidth=3.2, markersize=5.6, markeredgecolor="white")
    middle.set_label("median, quartiles")
    handles: list[Line2D | Patch] = [middle, Patch(facecolor=BAND, label=f"{_WITHIN} (± MDC95)")]
    if not share:
        handles += [
            Line2D([], [], color=edge, marker="o", markersize=3.6, markerfacecolor=face, linestyle="none", label=label)
            for edge, face, label in ((MUTED, "none", "one athlete"), (MAIN, MAIN, f"one athlete, {_BEYOND}"))
        ]
    return handles
