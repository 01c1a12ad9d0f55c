"""Predictions along one variable: the curve, its interval, and where new athletes lie."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import FAINT, MAIN, OKABE_ITO, PRINT_WIDTH_CM, SMALL_PT, Look, figure, tidy_axes, use_style
from analysis.figures.wording import count, decimals_for, interval, number, percent_name

_NUMBERS = ["estimate", "ci_low", "ci_high"]
_NEW = ["new_low", "new_high"]
_LOOKS = (
    Look(MAIN, "o", "-"),
    Look(OKABE_ITO["vermilion"], "s", "--"),
    Look(OKABE_ITO["green"], "D", "-."),
    Look(OKABE_ITO["black"], "^", ":"),
)


@use_style()
def prediction_curve(
    predictions: pd.DataFrame, x: str, xlabel: str, ylabel: str, level: float = 0.95, ax: Axes | None = None
) -> Axes:
    """The expected outcome along `x` with its band at `level`, and fainter where a new athlete's expectation lies.

    `predictions` is a grid with `models.predict`: column `x`, `estimate`, `ci_low`, `ci_high`, optional `new_low` and
    `new_high` (drawn for a single curve), optional `group`: up to four curves, each with its own line and a marker. The
    labels name variable and outcome with their units. Raises `HiprunError` for missing columns, a doubled `x` or more
    than four groups, `NothingToDraw` without a row.
    """
    curves = _curves(predictions, x)
    ax = figure(PRINT_WIDTH_CM, 8.5).add_subplot() if ax is None else ax
    tidy_axes(ax)
    name = f"{percent_name(level)} interval"
    if len(curves) == 1:
        _draw_new(ax, curves[0][1], x, level)
    for (group, rows), look in zip(curves, _LOOKS, strict=False):
        ax.fill_between(
            rows[x], rows["ci_low"], rows["ci_high"], color=look.color, alpha=0.25, linewidth=0,
            label=name if len(curves) == 1 else None,
        )  # fmt: skip
        every = max(1, len(rows) // 6)
        ax.plot(
            rows[x], rows["estimate"], color=look.color, linestyle=look.line, marker=look.marker, markersize=4,
            markevery=(0, every), label=group or "expected",
        )  # fmt: skip
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    title = None if len(curves) == 1 else f"with {name}s"
    ax.legend(
        loc="lower right", bbox_to_anchor=(1, 1), ncols=4, title=title, title_fontsize=SMALL_PT, alignment="right"
    )
    return ax


def alt_prediction_curve(predictions: pd.DataFrame, x: str, xlabel: str, ylabel: str, level: float = 0.95) -> str:
    """The expected outcome with its limits at both ends and in the middle of `x`, in words."""
    curves = _curves(predictions, x)
    every = pd.concat([rows for _, rows in curves])
    decimals = decimals_for(every["ci_high"] - every["ci_low"])
    steps = decimals_for([float(np.ptp(every[x]))], least=0)
    parts = []
    for group, rows in curves:
        picked = rows.iloc[np.unique([0, len(rows) // 2, len(rows) - 1])]
        rows_said = picked[[x, *_NUMBERS]].to_numpy()
        said = [f"{interval(*numbers, decimals)} at {number(at, steps)}" for at, *numbers in rows_said]
        parts.append((f"{group}: " if group else "") + "; ".join(said) + ".")
    drawn = f"{count(len(curves), 'curve')} with {percent_name(level)} intervals"
    return " ".join([f"{_plain(ylabel)} expected along {_plain(xlabel)}, {drawn}.", *parts])


def _plain(label: str) -> str:
    return " ".join(label.split())


def _curves(predictions: pd.DataFrame, x: str) -> list[tuple[str, pd.DataFrame]]:
    """(group or "", rows in order of `x`), in order of first appearance."""
    given = rows_with(predictions, "prediction_curve", [x, *_NUMBERS], [x, *_NUMBERS])
    if "group" not in given:
        given = given.assign(group="")
    require_unique(given, "prediction_curve", ["group", x])
    groups = list(dict.fromkeys(given["group"].astype(str)))
    if len(groups) > len(_LOOKS):
        raise HiprunError(
            f"figure prediction_curve: found {len(groups)} groups, expected {len(_LOOKS)} or fewer. Fix: predict for "
            "fewer chosen values."
        )
    return [(g, given[given["group"].astype(str) == g].sort_values(x, ignore_index=True)) for g in groups]


def _draw_new(ax: Axes, rows: pd.DataFrame, x: str, level: float) -> None:
    if set(_NEW) <= set(rows.columns) and rows[_NEW].notna().all(axis=1).any():
        new = rows[_NEW].astype(float)
        label = f"where {percent_name(level)} of new athletes' expectations lie"
        ax.fill_between(rows[x], new["new_low"], new["new_high"], color=FAINT, alpha=0.25, linewidth=0, label=label)
