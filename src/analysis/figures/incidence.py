"""Incidence by group: new cases per 1000 h at risk, with limits, cases and hours."""

import pandas as pd
from matplotlib.axes import Axes

from analysis.errors import HiprunError
from analysis.figures.checks import hidden_groups, rows_with
from analysis.figures.forest_axis import BEYOND, any_beyond
from analysis.figures.rows import draw_interval, finite, label_rows, print_column, row_axes, wrap_label
from analysis.figures.style import MUTED, SMALL_PT, use_style
from analysis.figures.wording import count, decimals_for, interval, number, percent_name

_NUMBERS = ["n_cases", "exposure_h", "estimate", "ci_low", "ci_high"]


@use_style()
def incidence_plot(
    rates: pd.DataFrame,
    what: str = "injuries",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Incidence per 1000 h with limits at `level`, one row a group; no cases: open marker at 0, upper limit.

    `rates`: `group`, `n_cases`, `exposure_h` (hours at risk), `estimate`, `ci_low`, `ci_high` (per 1000 h,
    as `surveillance.incidence` gives them). An upper limit beyond 2.5 times the highest rate ends in an
    arrow; its number is printed. With `share`, groups of fewer than `threshold` cases, and those of an optional
    column `withheld` (`report.mark_withheld`: they would give a smaller group away), keep their row but not their
    numbers. Raises `HiprunError` for missing columns, no group, or numbers below 0.
    """
    frame = _checked(rates)
    hidden = hidden_groups(frame, threshold) if share else frame["n_cases"] < 0
    shown = frame[~hidden]
    labels = [wrap_label(group) for group in frame["group"]]
    ax = row_axes(labels, ax, extra_cm=2.4)
    top = _top(shown)
    ax.set_xlim(0, top)
    for y, row in shown.iterrows():
        draw_interval(ax, y, row, (0.0, top), open_marker=row["n_cases"] == 0)
    for y in frame.index[hidden]:
        ax.annotate(
            _why_hidden(frame.loc[y], threshold), (0, y), (6, 0), xycoords=ax.get_yaxis_transform(),
            textcoords="offset points", va="center", size=SMALL_PT, style="italic", color=MUTED,
        )  # fmt: skip
    label_rows(ax, labels, [False] * len(labels))
    decimals = _decimals(shown)
    cells = ["–" if hide else _cell(row, decimals) for hide, (_, row) in zip(hidden, frame.iterrows(), strict=True)]
    after = print_column(ax, f"Rate ({percent_name(level)} interval)", cells)
    cases = ["–" if hide else number(n, 0) for hide, n in zip(hidden, frame["n_cases"], strict=True)]
    after = print_column(ax, "Cases", cells=cases, after_pt=after)
    print_column(ax, "Hours", [number(h, 0) for h in frame["exposure_h"]], after)
    note = f"\n{BEYOND}" if any_beyond(shown, (0.0, top)) else ""
    ax.set_xlabel(f"Incidence ({what} per 1000 h of running){note}")
    return ax


def alt_incidence_plot(rates: pd.DataFrame, what: str = "injuries", threshold: int = 5, level: float = 0.95) -> str:
    """Every group's rate, limits, cases and hours in words; fewer than `threshold` cases are not counted out."""
    frame = _checked(rates)
    hidden = hidden_groups(frame, threshold)
    decimals = _decimals(frame[~hidden])
    sentences = []
    for y, row in frame.iterrows():
        hours = number(row["exposure_h"], 0)
        if hidden[y]:
            sentences.append(f"{row['group']}: {_why_hidden(row, threshold).removesuffix(', not shown')} in {hours} h.")
        else:
            cases = count(int(row["n_cases"]), "case")
            sentences.append(f"{row['group']}: {_cell(row, decimals)}, {cases} in {hours} h.")
    head = f"Incidence, {what} per 1000 h of running with {percent_name(level)} interval."
    return " ".join([head, *sentences])


def _why_hidden(row: pd.Series, threshold: int) -> str:
    few = row["n_cases"] < threshold
    return f"fewer than {threshold} cases, not shown" if few else "withheld with a small group"


def _checked(rates: pd.DataFrame) -> pd.DataFrame:
    frame = rows_with(rates, "incidence_plot", ["group", *_NUMBERS], _NUMBERS)
    if (frame[_NUMBERS] < 0).any(axis=None):
        raise HiprunError(
            "figure incidence_plot: found a number below 0; expected counts, hours and rates from 0 up. "
            "Fix: pass the rates of surveillance.incidence."
        )
    return frame


def _cell(row: pd.Series, decimals: int) -> str:
    return interval(row["estimate"], row["ci_low"], row["ci_high"], decimals)


def _decimals(shown: pd.DataFrame) -> int:
    return min(decimals_for(shown["ci_high"] - shown["ci_low"]), 2)


def _top(shown: pd.DataFrame) -> float:
    """Right end of the axis: the highest limit, but at most 2.5 times the highest rate (if any is above 0)."""
    highest_rate = max(finite(shown["estimate"]), default=0.0)
    highest_limit = max(finite(shown["ci_high"]), default=0.0)
    top = min(highest_limit, 2.5 * highest_rate) if highest_rate > 0 else highest_limit
    return 1.05 * top or 1.0
