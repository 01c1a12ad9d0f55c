"""Pooled forest: one estimate a cohort, what they come to together, and where a further cohort is expected."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.forest_axis import BEYOND, any_beyond, draw_null, forest_ends, name_directions, scale_forest
from analysis.figures.rows import draw_arrows, label_rows, print_column, row_axes, too_small, wrap_label
from analysis.figures.style import (
    FAINT,
    MAIN,
    MUTED,
    OKABE_ITO,
    PRINT_WIDTH_CM,
    figure,
    use_style,
)
from analysis.figures.wording import bound, count, decimals_for, interval, number, percent_name

_NUMBERS = ["estimate", "ci_low", "ci_high", "weight"]
_TOGETHER = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
_NAMED = 20
"""Up to this many cohorts each has its row and name; more are drawn close together, in order of their estimates."""
_MOST_CM = 21.0
_MOST_LINES = 2
_REACH = 1.5
"""Usual widths shown beyond the estimates: half of other forests, since a prediction is wide as a rule."""
_POOLED, _FURTHER = "All cohorts pooled", "A further cohort (prediction)"
_POOLED_COLOR = OKABE_ITO["vermilion"]


@use_style()
def pooled_forest(
    cohorts: pd.DataFrame,
    pooled: Mapping[str, float],
    xlabel: str,
    null: int = 0,
    smallest_effect: float | None = None,
    directions: tuple[str, str] | None = None,
    note: str = "",
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Forest plot of a meta-analysis: a square a cohort (its area is the weight), a diamond for the pooled estimate.

    `cohorts`: `label`, `estimate`, `ci_low`, `ci_high`, `weight` (shares of 1), one row a cohort, on the scale shown;
    log axis for ratios (`null` = 1). `pooled`: estimate, ci_low, ci_high, and prediction_low and prediction_high, the
    bar below the diamond (left out if NaN). The axis is made for the estimates: limits far beyond them end in an
    arrow, their numbers are printed. `smallest_effect` shades what is too small to matter, `directions` names what lies
    left and right of `null`, `note` is said below the axis. Raises `HiprunError` for missing columns, doubled labels or
    a ratio not above 0, `NothingToDraw` without a cohort.
    """
    frame, together = _checked(cohorts, pooled, null)
    labels, places = _rows(frame, together)
    every, zone = _every_interval(frame, together), too_small(null, smallest_effect)
    ends = forest_ends(every, null, zone or (), _REACH)
    shaded = "" if zone is None else f"Shaded: too small to matter ({number(zone[0], 2)} to {number(zone[1], 2)})"
    notes = [text for text in (note, shaded, BEYOND if any_beyond(every, ends) else "") if text]
    ax = row_axes(labels, ax or _new_axes(labels, 2.6 + 0.4 * len(notes)), 0)
    scale_forest(ax, ends, null)
    draw_null(ax, null, zone)
    ax.axvline(together["estimate"], color=_POOLED_COLOR, linewidth=0.8, linestyle=":", zorder=1)
    for y, (_, row) in zip(places, frame.iterrows(), strict=True):
        _draw_cohort(ax, y, row, ends, len(frame))
    _draw_together(ax, int(max(places)) + 1, together, ends)
    label_rows(ax, labels, [False] * len(labels))
    ax.get_yticklabels()[int(max(places)) + 1].set_weight("bold")
    _print_numbers(ax, frame, together, labels, null, level)
    ax.set_xlabel("\n".join([xlabel, *notes]))
    if directions is not None:
        name_directions(ax, *directions)
    return ax


def alt_pooled_forest(
    cohorts: pd.DataFrame, pooled: Mapping[str, float], null: int = 0, level: float = 0.95, note: str = ""
) -> str:
    """The pooled estimate with its limits, where a further cohort is expected, and every cohort (up to 20) in words."""
    frame, together = _checked(cohorts, pooled, null)
    decimals = _decimals(frame, null)
    name = percent_name(level)
    said = [
        f"Forest plot of {count(len(frame), 'cohort')} with {name} intervals; no effect is {null}.",
        f"Pooled: {interval(*_three(together), decimals, null)}{_side(together, null)}.",
    ]
    if _predicted(together):
        low, high = (bound(together[c], decimals, null) for c in _TOGETHER[3:])
        said.append(f"A further cohort is expected between {low} and {high}.")
    if note:
        said.append(f"{note}.")
    if len(frame) <= _NAMED:
        said += [f"{row['label']}: {interval(*_three(row), decimals, null)}." for _, row in frame.iterrows()]
    else:
        low, high = (number(v, decimals) for v in (frame["estimate"].min(), frame["estimate"].max()))
        said.append(f"The cohorts' estimates run from {low} to {high}.")
    return " ".join(said)


def _checked(cohorts: pd.DataFrame, pooled: Mapping[str, float], null: int) -> tuple[pd.DataFrame, dict[str, float]]:
    frame = rows_with(cohorts, "pooled_forest", ["label", *_NUMBERS], _NUMBERS)
    require_unique(frame, "pooled_forest", ["label"])
    lacking = [name for name in _TOGETHER if name not in pooled]
    if lacking:
        raise HiprunError(f"figure pooled_forest: the pooled result lacks {', '.join(lacking)}. Fix: pass them.")
    together = {name: float(pooled[name]) for name in _TOGETHER}
    if null not in (0, 1) or not all(map(math.isfinite, _three(together))):
        raise HiprunError(
            f"figure pooled_forest: found null = {null} and the pooled result {_three(together)}; expected 0 or 1 and "
            "finite numbers. Fix: leave the figure out where there is no pooled result."
        )
    if null == 1 and min(frame["estimate"].min(), together["estimate"]) <= 0:
        raise HiprunError("figure pooled_forest: found a ratio of 0 or less. Fix: exponentiate, or pass null = 0.")
    if len(frame) > _NAMED:
        frame = frame.sort_values("estimate", ignore_index=True)
    return frame, together


def _three(row: Mapping[str, float] | pd.Series) -> tuple[float, float, float]:
    return tuple(float(row[name]) for name in _TOGETHER[:3])


def _predicted(together: Mapping[str, float]) -> bool:
    return not math.isnan(together["prediction_low"])


def _side(row: Mapping[str, float], null: int) -> str:
    if row["ci_low"] > null:
        return f", wholly above {null}"
    return f", wholly below {null}" if row["ci_high"] < null else f", includes {null}"


def _rows(frame: pd.DataFrame, together: Mapping[str, float]) -> tuple[list[str], np.ndarray]:
    """The labels of the rows from the top, and where each cohort stands among them."""
    n = len(frame)
    slots = min(n, _NAMED)
    names = list(frame["label"])
    if n > _NAMED:
        names = [f"{count(n, 'cohort')}, in order of their estimates", *[""] * (slots - 1)]
    names += [_POOLED, *([_FURTHER] if _predicted(together) else [])]
    return [_short(wrap_label(name)) for name in names], np.linspace(0, slots - 1, n)


def _short(label: str) -> str:
    """A wrapped label of at most two lines; the whole name stands in the table."""
    lines = label.split("\n")
    kept = lines[:_MOST_LINES]
    return "\n".join(kept) + ("…" if len(lines) > _MOST_LINES else "")


def _new_axes(labels: list[str], extra_cm: float) -> Axes:
    """Axes as high as their rows need, but no higher than a page holds."""
    n_lines = sum(label.count("\n") + 1 for label in labels)
    needed = 0.36 * len(labels) + 0.38 * n_lines + extra_cm
    return figure(PRINT_WIDTH_CM, min(needed, _MOST_CM)).add_subplot()


def _every_interval(frame: pd.DataFrame, together: Mapping[str, float]) -> pd.DataFrame:
    """The rows of the cohorts with the pooled one and that of the prediction below them."""
    names = _TOGETHER[:3]
    ends = (names, (names[0], *_TOGETHER[3:]))
    rows = [dict(zip(names, (together[name] for name in each), strict=True)) for each in ends]
    return pd.concat([frame[list(names)], pd.DataFrame(rows)], ignore_index=True)


def _draw_cohort(ax: Axes, y: float, row: pd.Series, ends: tuple[float, float], n: int) -> None:
    crowded = n > _NAMED
    _draw_span(ax, y, row["ci_low"], row["ci_high"], ends, MAIN, 0.8 if crowded else 1.6, arrow=3.0 if crowded else 5.5)
    size = (3.0 if crowded else 4.0) + 6.0 * math.sqrt(row["weight"]) * (not crowded)
    ax.plot(
        row["estimate"], y, marker="s", markersize=size, linestyle="none", zorder=4,
        markerfacecolor=MAIN, markeredgecolor="white", markeredgewidth=0.4 if crowded else 0.8,
    )  # fmt: skip


def _draw_span(
    ax: Axes, y: float, low: float, high: float, ends: tuple[float, float], color: str, width: float, arrow: float
) -> None:
    """A horizontal line from `low` to `high`; an end beyond the axis becomes an arrowhead."""
    inside = max(low, ends[0]), min(high, ends[1])
    ax.plot(inside, [y, y], color=color, linewidth=width, solid_capstyle="butt", zorder=3)
    draw_arrows(ax, y, (low, high), ends, color, arrow)


def _draw_together(ax: Axes, y: int, together: Mapping[str, float], ends: tuple[float, float]) -> None:
    """The diamond, and below it the bar of the prediction interval, under a line that parts them from the cohorts."""
    ax.axhline(y - 0.5, color=FAINT, linewidth=0.7)
    estimate, low, high = _three(together)
    corners_x, corners_y = [low, estimate, high, estimate], [y, y - 0.27, y, y + 0.27]
    ax.fill(corners_x, corners_y, color=_POOLED_COLOR, linewidth=0, zorder=3)
    draw_arrows(ax, y, (low, high), ends, _POOLED_COLOR, 6.0)
    if _predicted(together):
        limits = together["prediction_low"], together["prediction_high"]
        _draw_span(ax, y + 1, *limits, ends, MUTED, 4.0, arrow=7.0)


def _print_numbers(
    ax: Axes, frame: pd.DataFrame, together: Mapping[str, float], labels: list[str], null: int, level: float
) -> None:
    decimals = _decimals(frame, null)
    named = len(frame) <= _NAMED
    cells = [interval(*_three(row), decimals, null) if named else "" for _, row in frame.head(_NAMED).iterrows()]
    cells.append(interval(*_three(together), decimals, null))
    if _predicted(together):
        cells.append(" to ".join(bound(together[c], decimals, null) for c in _TOGETHER[3:]))
    after = print_column(ax, f"Estimate ({percent_name(level)} interval)", cells)
    if named:
        weights = [f"{number(100 * w, 0)}%" for w in frame["weight"]]
        print_column(ax, "Weight", [*weights, *[""] * (len(labels) - len(weights))], after)


def _decimals(frame: pd.DataFrame, null: int) -> int:
    return min(decimals_for(frame["ci_high"] - frame["ci_low"], least=2 if null == 1 else 1), 3)
