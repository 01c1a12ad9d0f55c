"""The cohort beside published norms, where the test, the sex and the population are those of the norm."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.errors import NothingToDraw
from analysis.figures.by_motion import name_rows, unit_name
from analysis.figures.checks import require_columns, rows_with
from analysis.figures.style import (
    GRID,
    INK,
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
from analysis.tables.words import MOTIONS

ERROR = "#CFCFCF"
_COLUMNS = ["athlete_id", "motion", "quality", "position", "side", "sex", "unit", "value", "norm_mean", "population"]
_QUALITIES = {
    "strength_isometric": "Isometric strength", "strength_eccentric": "Eccentric strength",
    "rom_active": "Active range", "rom_passive": "Passive range",
}  # fmt: skip
_OFFSET = {"left": -0.16, "right": 0.16}


@use_style()
def profile_against_norms(matched: pd.DataFrame, share: bool = False, threshold: int = 5) -> Figure:
    """Median and quartiles of the cohort over the norm's mean ± SD, by motion, position and sex; a panel a quality.

    `matched` is of `describe.norms_for_figure`: `athlete_id`, `motion`, `quality`, `position`, `side`, `sex`, `unit`,
    `value`, `norm_mean` (rows without it are left out), `norm_sd` (missing: only the mean is drawn), `population`,
    optional `error_band` (half-width of what one measurement may be off, 1.96·SEM; darker). The wide band holds about
    two of three people of the norm where they are near normal; a value outside it is no illness. With `share` a
    motion, sex and side with fewer than `threshold` athletes is left out. Raises `HiprunError` for missing columns,
    `NothingToDraw` without a matched row or, with `share`, without a group that large.
    """
    frame = _checked(matched)
    least = threshold if share else 1
    if frame.groupby(["population", "test", "unit", "quality", "side"])["athlete_id"].nunique().max() < least:
        raise NothingToDraw(f"figure profile_against_norms: no group of {threshold} athletes or more to hand out.")
    panels = [rows for _, rows in frame.groupby(["population", "quality", "unit"])]
    n_rows = [rows["test"].nunique() for rows in panels]
    fig = figure(PRINT_WIDTH_CM, sum(1.9 + 1.25 * n for n in n_rows) + 1.2)
    axes = fig.subplots(len(panels), 1, squeeze=False, height_ratios=[n + 0.6 for n in n_rows])[:, 0]
    for ax, rows in zip(axes, panels, strict=True):
        _draw_panel(ax, rows, least)
    fig.legend(handles=_legend(frame), loc="outside lower center", ncols=2)
    return fig


def alt_profile_against_norms(matched: pd.DataFrame, threshold: int = 5) -> str:
    """Norm and medians by motion, sex and side in words; groups below `threshold` are said to be too small."""
    frame = _checked(matched)
    said = []
    for (_, test, quality, unit), rows in frame.groupby(["population", "test", "quality", "unit"], sort=False):
        decimals = _decimals(rows)
        mean, sd = rows["norm_mean"].iloc[0], rows["norm_sd"].iloc[0]
        norm = number(mean, decimals) + ("" if pd.isna(sd) else f" ± {number(sd, decimals)}")
        name = f"{_quality(quality)}, {test.replace(chr(10), ', ').lower()}"
        said.append(f"{name}: norm {norm} {unit_name(unit)}, {listed(_sides(rows, threshold, decimals))}.")
    who = listed(sorted(set(frame["population"].astype(str))))
    return f"Medians of the cohort beside norms of {who}. " + " ".join(said)


def _sides(rows: pd.DataFrame, threshold: int, decimals: int) -> list[str]:
    found = []
    for side in SIDES:
        at = rows[rows["side"] == side]
        few = at["athlete_id"].nunique() < threshold
        told = f"from fewer than {threshold}, not stated" if few else number(at["value"].median(), decimals)
        found.append(f"{side} not measured" if at.empty else f"{side} {told}")
    return found


def _checked(matched: pd.DataFrame) -> pd.DataFrame:
    require_columns(matched, "profile_against_norms", [*_COLUMNS, "norm_sd"])
    frame = rows_with(matched, "profile_against_norms", _COLUMNS, ["value", "norm_mean"]).astype({"norm_sd": "float64"})
    place = frame["motion"].map({m: i for i, m in enumerate(MOTIONS)})
    test = frame[["motion", "position", "sex"]].itertuples(index=False)
    words = [f"{sentence_case(m)}\n{p}, {s}".replace("_", " ") for m, p, s in test]
    frame = frame.assign(test=words, place=place)
    frame["error_band"] = frame["error_band"].astype("float64") if "error_band" in frame else float("nan")
    return frame.sort_values(["population", "quality", "unit", "place", "test", "side", "value"], ignore_index=True)


def _decimals(rows: pd.DataFrame) -> int:
    return decimals_for([rows["norm_sd"].iloc[0], rows["value"].quantile(0.75) - rows["value"].quantile(0.25)])


def _quality(quality: str) -> str:
    return _QUALITIES.get(quality, sentence_case(quality))


def _draw_panel(ax: Axes, rows: pd.DataFrame, least: int) -> None:
    tidy_axes(ax, grid="x")
    tests = list(dict.fromkeys(rows["test"]))
    for y, test in enumerate(tests):
        here = rows[rows["test"] == test]
        _draw_norm(ax, here, y)
        for side in SIDES:
            _draw_side(ax, here[here["side"] == side], side, y, least)
        if y:
            ax.axhline(y - 0.5, color=GRID, linewidth=0.7)
    name, unit = _quality(rows["quality"].iloc[0]), unit_name(rows["unit"].iloc[0])
    ax.set(
        ylim=(len(tests) - 0.45, -0.55), title=f"{name} beside {rows['population'].iloc[0]}", xlabel=f"{name} ({unit})"
    )
    ax.margins(x=0.12)
    name_rows(ax, tests)


def _draw_norm(ax: Axes, rows: pd.DataFrame, y: float) -> None:
    for norm in rows[["norm_mean", "norm_sd", "error_band"]].drop_duplicates().itertuples():
        low, high = norm.norm_mean - norm.norm_sd, norm.norm_mean + norm.norm_sd
        if pd.notna(norm.norm_sd):
            ax.fill_between([low, high], y - 0.4, y + 0.4, color=SHADE, linewidth=0, zorder=0.5)
        if pd.notna(norm.error_band):
            ends = [norm.norm_mean - norm.error_band, norm.norm_mean + norm.error_band]
            ax.fill_between(ends, y - 0.4, y + 0.4, color=ERROR, linewidth=0, zorder=0.6)
        ax.plot([norm.norm_mean] * 2, [y - 0.4, y + 0.4], color=MUTED, linewidth=1.2, linestyle=(0, (3, 2)), zorder=1)


def _draw_side(ax: Axes, rows: pd.DataFrame, side: str, y: float, least: int) -> None:
    at, look, n = y + _OFFSET[side], SIDES[side], rows["athlete_id"].nunique()
    label = "not measured" if n == 0 else f"n < {least}" if n < least else f"n = {n}"
    ax.text(1.01, at, label, transform=ax.get_yaxis_transform(), va="center", size=SMALL_PT - 1, color=MUTED)
    if n < least:
        return
    low, middle, high = rows["value"].quantile([0.25, 0.5, 0.75])
    ax.plot([low, high], [at, at], color=look.color, linewidth=3.6, solid_capstyle="butt", zorder=2)
    ax.plot(
        middle, at, marker=look.marker, markersize=5.6, color=look.color, markeredgecolor="white",
        markeredgewidth=0.9, linestyle="none", zorder=4,
    )  # fmt: skip


def _legend(frame: pd.DataFrame) -> list[Line2D | Patch]:
    sides = [
        Line2D([], [], color=look.color, marker=look.marker, linewidth=3.6, markersize=5.6, markeredgecolor="white",
               label=f"{side.capitalize()}: median, quartiles")
        for side, look in SIDES.items()
    ]  # fmt: skip
    mean = Line2D([], [], color=INK, linewidth=1.2, linestyle=(0, (3, 2)), label="mean of the norm")
    handles = [*sides, mean, Patch(facecolor=SHADE, edgecolor=GRID, label="mean ± SD of the norm")]
    if frame["error_band"].notna().any():
        handles.append(Patch(facecolor=ERROR, label="within error of one measurement (1.96 SEM)"))
    return handles
