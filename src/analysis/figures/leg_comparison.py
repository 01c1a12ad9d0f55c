"""Leg comparison: pain and injuries of the weaker and the stiffer leg beside the other leg of the same runners."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns, require_unique
from analysis.figures.style import INK, MAIN, MUTED, OKABE_ITO, PRINT_WIDTH_CM, SMALL_PT, figure, tidy_axes, use_style
from analysis.figures.wording import count, interval, number, percent_name, sentence_case

_COLUMNS = [
    "comparison", "outcome", "on_it", "on_other", "unit", "n_athletes", "n_cases_on_it", "n_cases_on_other", "estimate",
    "ci_low", "ci_high", "scale",
]  # fmt: skip
_TITLES = {"leg_pain": "Pain on that side", "leg_injury": "New injuries of that leg"}
_OTHER = "#8A8A8A"


@use_style()
def leg_comparison(legs: pd.DataFrame, level: float = 0.95, threshold: int = 0) -> Figure:
    """One panel an outcome, one row a comparison: the leg in question (filled) and the other one (open), in numbers.

    `legs`: as `claims.legs_compared` gives it. The model's estimate with its interval at `level` stands under each
    row. Rows of fewer than `threshold` athletes, or injuries on a leg, are left out. Raises `HiprunError` for missing
    columns, `NothingToDraw` where no row is left.
    """
    rows = _checked(legs, threshold)
    outcomes = [o for o in _TITLES if (rows["outcome"] == o).any()]
    names = list(dict.fromkeys(rows["comparison"]))
    fig = figure(PRINT_WIDTH_CM, 3.4 + 1.9 * len(names))
    axes = fig.subplots(1, len(outcomes), sharey=True, squeeze=False)[0]
    for ax, outcome in zip(axes, outcomes, strict=True):
        _draw_outcome(ax, rows[rows["outcome"] == outcome], names)
    axes[0].set_yticks(range(len(names)), [f"{sentence_case(n)} leg\nagainst\nthe other" for n in names])
    axes[0].set_ylim(len(names) - 0.35, -0.65)
    for ax in axes:
        ax.tick_params(axis="y", length=0)
    handles, labels = axes[0].get_legend_handles_labels()
    fig.legend(handles[:2], labels[:2], loc="outside lower left", ncols=2)
    return fig


def alt_leg_comparison(legs: pd.DataFrame, level: float = 0.95, threshold: int = 0) -> str:
    """What was found on each leg, and the model's estimate, in words."""
    rows = _checked(legs, threshold)
    said = [
        f"{sentence_case(row['comparison'])} leg, {_TITLES[row['outcome']].lower()}: {number(row['on_it'])} against "
        f"{number(row['on_other'])} {row['unit']} on the other leg, {count(int(row['n_athletes']), 'athlete')}; model: "
        f"{_model(row)}."
        for _, row in rows.iterrows()
    ]
    return " ".join([f"The two legs of one runner compared, with {percent_name(level)} intervals of the model.", *said])


def _checked(legs: pd.DataFrame, threshold: int) -> pd.DataFrame:
    require_columns(legs, "leg_comparison", _COLUMNS)
    require_unique(legs, "leg_comparison", ["comparison", "outcome"])
    cases = legs[["n_cases_on_it", "n_cases_on_other"]].astype("float64").min(axis=1)
    rows = legs[(legs["n_athletes"] >= threshold) & ~(cases < threshold)].reset_index(drop=True)
    if rows.empty:
        raise NothingToDraw(
            f"figure leg_comparison: no comparison of {threshold} athletes and injuries on each leg. Fix: leave it out."
        )
    return rows


def _draw_outcome(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    tidy_axes(ax, grid="x")
    for _, row in rows.iterrows():
        y = names.index(row["comparison"])
        ax.plot([row["on_other"], row["on_it"]], [y, y], color=_OTHER, linewidth=1.4, zorder=2)
        marks = {"marker": "o", "linestyle": "none", "zorder": 4}
        ax.plot(row["on_it"], y, color=MAIN, markersize=9, label="the weaker or stiffer leg", **marks)
        other = {"markerfacecolor": "white", "markeredgecolor": OKABE_ITO["black"], "markeredgewidth": 1.4}
        ax.plot(row["on_other"], y, markersize=8, label="the other leg", **other, **marks)
        _write(ax, y, row)
    top = float(np.nanmax(rows[["on_it", "on_other"]].to_numpy(dtype=float))) or 1.0
    ax.set_xlim(0, 1.25 * top)
    ax.spines["left"].set_visible(False)
    ax.set_title(_TITLES[rows["outcome"].iloc[0]], size=SMALL_PT + 1)
    ax.set_xlabel(sentence_case(rows["unit"].iloc[0]) + (" (0-10)" if rows["unit"].iloc[0] == "points" else ""))


def _write(ax: Axes, y: int, row: pd.Series) -> None:
    """The two numbers above their points, the runners and the model's estimate below."""
    apart = {"ha": "left", "other": "right"} if row["on_it"] >= row["on_other"] else {"ha": "right", "other": "left"}
    style = {"textcoords": "offset points", "va": "bottom", "size": SMALL_PT}
    ax.annotate(number(row["on_it"]), (row["on_it"], y), (0, 7), ha=apart["ha"], weight="bold", color=MAIN, **style)
    ax.annotate(number(row["on_other"]), (row["on_other"], y), (0, 7), ha=apart["other"], color=INK, **style)
    ax.annotate(
        f"{count(int(row['n_athletes']), 'runner')}\nmodel: {_model(row)}", (0, y), (2, -9),
        textcoords="offset points", va="top", size=SMALL_PT, color=MUTED,
    )  # fmt: skip


def _model(row: pd.Series) -> str:
    if not np.isfinite(row["estimate"]):
        return "not estimated"
    null, name = (0, "difference") if row["scale"] == "difference" else (1, "ratio")
    return f"{name} {interval(float(row['estimate']), float(row['ci_low']), float(row['ci_high']), 2, null)}"
