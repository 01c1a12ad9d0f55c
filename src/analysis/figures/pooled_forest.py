"""Pooled forest: one estimate a cohort, what they come to together, and where a further cohort is expected."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter, NullLocator

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.rows import finite, label_rows, print_column, row_axes, too_small, wrap_label
from analysis.figures.style import (
    FAINT,
    INK,
    MAIN,
    MUTED,
    OKABE_ITO,
    PRINT_WIDTH_CM,
    SHADE,
    SMALL_PT,
    figure,
    use_style,
)
from analysis.figures.wording import count, decimals_for, interval, number, percent_name, wrapped

_NUMBERS = ["estimate", "ci_low", "ci_high", "weight"]
_TOGETHER = ("estimate", "ci_low", "ci_high", "prediction_low", "prediction_high")
_NAMED = 20
"""Up to this many cohorts each has its row and name; more are drawn close together, in order of their estimates."""
_MOST_CM = 21.0
_MOST_LINES = 2
_POOLED, _FURTHER = "All cohorts pooled", "A further cohort (prediction)"
_ARROW_PT = 100.0
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
    ax = row_axes(labels, ax or _new_axes(labels, 2.6 + 0.4 * bool(note) + 0.4 * (smallest_effect is not None)), 0)
    zone = too_small(null, smallest_effect)
    ends = _ends(frame, together, null, zone)
    _scale_axis(ax, ends, null)
    if zone is not None:
        ax.axvspan(*zone, color=SHADE, linewidth=0, zorder=0)
    ax.axvline(null, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    ax.axvline(together["estimate"], color=_POOLED_COLOR, linewidth=0.8, linestyle=":", zorder=1)
    for y, (_, row) in zip(places, frame.iterrows(), strict=True):
        _draw_cohort(ax, y, row, ends, len(frame))
    _draw_together(ax, int(max(places)) + 1, together, ends)
    label_rows(ax, labels, [False] * len(labels))
    ax.get_yticklabels()[int(max(places)) + 1].set_weight("bold")
    _print_numbers(ax, frame, together, labels, null, level)
    shaded = "" if zone is None else f"Shaded: too small to matter ({number(zone[0], 2)} to {number(zone[1], 2)})"
    ax.set_xlabel("\n".join(filter(None, [xlabel, note, shaded])))
    if directions is not None:
        _name_directions(ax, *directions)
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
        f"Pooled: {interval(*_three(together), decimals)}{_side(together, null)}.",
    ]
    if _predicted(together):
        low, high = (_limit(together[c], decimals, null) for c in _TOGETHER[3:])
        said.append(f"A further cohort is expected between {low} and {high}.")
    if note:
        said.append(f"{note}.")
    if len(frame) <= _NAMED:
        said += [f"{row['label']}: {interval(*_three(row), decimals)}." for _, row in frame.iterrows()]
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


def _ends(
    frame: pd.DataFrame, together: Mapping[str, float], null: int, zone: tuple[float, float] | None
) -> tuple[float, float]:
    """Ends of the axis: all limits, but no further from the estimates than one and a half usual intervals."""
    there, back = (np.log, np.exp) if null == 1 else (np.asarray, np.asarray)
    with np.errstate(divide="ignore"):
        low, high, middle = (there(frame[c].to_numpy()) for c in ("ci_low", "ci_high", "estimate"))
        limits = np.concatenate([low, high, there([v for v in together.values() if not math.isnan(v)])])
    widths = finite(pd.Series(high - low))
    reach = 1.5 * float(np.median(widths)) if widths else 1.0
    shown = np.concatenate([np.clip(limits, middle.min() - reach, middle.max() + reach), there([null, *(zone or ())])])
    room = 0.05 * float(np.ptp(shown)) or 0.5
    low_end, high_end = back(np.array([shown.min() - room, shown.max() + room]))
    return float(low_end), float(high_end)


def _scale_axis(ax: Axes, ends: tuple[float, float], null: int) -> None:
    if null == 0:
        ax.set_xlim(*ends)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v + 0.0:g}".replace("-", "\N{MINUS SIGN}")))
        return
    ax.set_xscale("log")
    ax.set_xlim(*ends)
    ax.xaxis.set_major_locator(FixedLocator(_ratio_ticks(*ends)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.6g}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())


def _ratio_ticks(low: float, high: float) -> list[float]:
    """Round ratios within the ends: those of the finest set that gives no more than 7."""
    powers = [10.0**e for e in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]
    steps = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.4, 1.6, 2, 3, 4, 5, 6, 7, 8, 9))
    sets = [[round(m * p, 12) for p in powers for m in step] for step in steps]
    sets.append([round(0.05 * i, 2) for i in range(1, 60)])
    within = [[tick for tick in ticks if low <= tick <= high] for ticks in sets]
    return max((ticks for ticks in within if len(ticks) <= 7), key=len)


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
    for limit, end, head in ((low, ends[0], "<"), (high, ends[1], ">")):
        if (limit < end) if head == "<" else (limit > end):
            ax.plot(end, y, marker=head, color=color, markersize=arrow, clip_on=False, linestyle="none", zorder=3)


def _draw_together(ax: Axes, y: int, together: Mapping[str, float], ends: tuple[float, float]) -> None:
    """The diamond, and below it the bar of the prediction interval, under a line that parts them from the cohorts."""
    ax.axhline(y - 0.5, color=FAINT, linewidth=0.7)
    estimate, low, high = _three(together)
    corners_x, corners_y = [low, estimate, high, estimate], [y, y - 0.27, y, y + 0.27]
    ax.fill(corners_x, corners_y, color=_POOLED_COLOR, linewidth=0, zorder=3)
    for limit, end, head in ((low, ends[0], "<"), (high, ends[1], ">")):
        if (limit < end) if head == "<" else (limit > end):
            ax.plot(end, y, marker=head, color=_POOLED_COLOR, markersize=6, clip_on=False, linestyle="none")
    if _predicted(together):
        limits = together["prediction_low"], together["prediction_high"]
        _draw_span(ax, y + 1, *limits, ends, MUTED, 4.0, arrow=7.0)


def _print_numbers(
    ax: Axes, frame: pd.DataFrame, together: Mapping[str, float], labels: list[str], null: int, level: float
) -> None:
    decimals = _decimals(frame, null)
    named = len(frame) <= _NAMED
    cells = [interval(*_three(row), decimals) if named else "" for _, row in frame.head(_NAMED).iterrows()]
    cells.append(interval(*_three(together), decimals))
    if _predicted(together):
        cells.append(" to ".join(_limit(together[c], decimals, null) for c in _TOGETHER[3:]))
    after = print_column(ax, f"Estimate ({percent_name(level)} interval)", cells)
    if named:
        weights = [f"{number(100 * w, 0)}%" for w in frame["weight"]]
        print_column(ax, "Weight", [*weights, *[""] * (len(labels) - len(weights))], after)


def _limit(value: float, decimals: int, null: int) -> str:
    """A limit of the prediction interval; ratios below 0.01 and above 100 are not told apart."""
    if null == 1 and not 0.01 <= value <= 100:
        return "<0.01" if value < 1 else ">100"
    return number(value, decimals)


def _decimals(frame: pd.DataFrame, null: int) -> int:
    return min(decimals_for(frame["ci_high"] - frame["ci_low"], least=2 if null == 1 else 1), 3)


def _name_directions(ax: Axes, left: str, right: str) -> None:
    for x, align, text in ((0, "left", f"← {left}"), (1, "right", f"{right} →")):
        ax.annotate(
            wrapped(text, _ARROW_PT, SMALL_PT), (x, 1), (0, 5), xycoords="axes fraction",
            textcoords="offset points", ha=align, va="bottom", size=SMALL_PT, color=MUTED,
        )  # fmt: skip
