"""Curves over follow-up: time to the first problem and mean number of problems, with the numbers at risk beneath."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.levels import shortened
from analysis.figures.style import (
    FAINT,
    INK,
    MAIN,
    MUTED,
    OKABE_ITO,
    PRINT_WIDTH_CM,
    SMALL_PT,
    TEXT_PT,
    Look,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.weeks import name_all
from analysis.figures.wording import count, interval, number, percent_name, wrapped

_LOOKS = (
    Look(MAIN, "", "-"),
    Look(OKABE_ITO["vermilion"], "", "--"),
    Look(OKABE_ITO["green"], "", "-."),
    Look(OKABE_ITO["black"], "", ":"),
)
_COUNTS = ["time", "n_risk", "n_events"]
_NAME_PT = 100.0
_YLABEL_PT = 125.0

Curves = list[tuple[str, pd.DataFrame]]


@use_style()
def kaplan_meier_plot(
    curves: pd.DataFrame,
    time_label: str,
    what: str = "injury",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
) -> Figure:
    """Share of athletes still without a first `what`, with pointwise limits at `level` and the numbers at risk.

    `curves`: `group`, `time`, `n_risk`, `n_events`, `survival`, `ci_low`, `ci_high` as `surveillance.kaplan_meier`
    gives them, up to four groups; `time_label` names the time scale with its unit. With `share`, a curve ends
    where fewer than `threshold` athletes are at risk, numbers below it are not printed, and a group with fewer
    problems than that has no curve. Raises `HiprunError` for missing columns or more than four groups,
    `NothingToDraw` where no curve is left.
    """
    groups = _curves(curves, "kaplan_meier_plot", "survival")
    fig, ax = _drawn(groups, "survival", 1.0, time_label, threshold if share else 1, share, level)
    ax.set(ylim=(0, 1.02), ylabel=wrapped(f"Without a first {what}", _YLABEL_PT, TEXT_PT))
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return fig


@use_style()
def mean_cumulative_count_plot(
    curves: pd.DataFrame,
    time_label: str,
    what: str = "injuries",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
) -> Figure:
    """Mean number of `what` an athlete by each time, all of them counted, with limits and the numbers at risk.

    `curves`: `group`, `time`, `n_risk`, `n_events`, `mean_count`, `ci_low`, `ci_high` as
    `surveillance.mean_cumulative_count` gives them. The rest as in `kaplan_meier_plot`.
    """
    groups = _curves(curves, "mean_cumulative_count_plot", "mean_count")
    fig, ax = _drawn(groups, "mean_count", 0.0, time_label, threshold if share else 1, share, level)
    ax.set(ylim=(0, None), ylabel=f"Mean number of {what}\nan athlete")
    return fig


def alt_kaplan_meier_plot(
    curves: pd.DataFrame,
    time_label: str,
    what: str = "injury",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
) -> str:
    """Where each curve ends, with its limits and the athletes at risk at the start, in words."""
    groups = _curves(curves, "kaplan_meier_plot", "survival")
    head = f"Kaplan-Meier curves of time to the first {what}, with {percent_name(level)} limits."
    return _alt(head, groups, "survival", (f"without a first {what}", time_label), threshold if share else 1, share)


def alt_mean_cumulative_count_plot(
    curves: pd.DataFrame,
    time_label: str,
    what: str = "injuries",
    share: bool = False,
    threshold: int = 5,
    level: float = 0.95,
) -> str:
    """Where each curve ends, with its limits and the athletes at risk at the start, in words."""
    groups = _curves(curves, "mean_cumulative_count_plot", "mean_count")
    head = f"Mean number of {what} an athlete over follow-up, with {percent_name(level)} limits."
    return _alt(head, groups, "mean_count", (f"{what} an athlete", time_label), threshold if share else 1, share)


def _curves(curves: pd.DataFrame, name: str, value: str) -> Curves:
    """(group, rows by time), in order of first appearance."""
    given = rows_with(curves, name, ["group", *_COUNTS, value], [*_COUNTS, value])
    if not {"ci_low", "ci_high"} <= set(given.columns):
        raise HiprunError(f"figure {name}: found no ci_low and ci_high; expected both. Fix: pass a frame with them.")
    require_unique(given, name, ["group", "time"])
    groups = [(str(g), rows.sort_values("time", ignore_index=True)) for g, rows in given.groupby("group", sort=False)]
    if len(groups) > len(_LOOKS):
        raise HiprunError(
            f"figure {name}: found {len(groups)} groups; expected {len(_LOOKS)} or fewer. Fix: draw fewer groups."
        )
    return groups


def _shown(rows: pd.DataFrame, least: int, share: bool) -> pd.DataFrame:
    """The part of a curve with `least` athletes at risk; none of it where that holds too few problems to share."""
    kept = rows[rows["n_risk"] >= least]
    return kept.head(0) if share and kept["n_events"].sum() < least else kept


def _drawn(
    groups: Curves, value: str, start: float, time_label: str, least: int, share: bool, level: float
) -> tuple[Figure, Axes]:
    parts = [(look, name, _shown(rows, least, share)) for (name, rows), look in zip(groups, _LOOKS, strict=False)]
    if all(part.empty for _, _, part in parts):
        raise NothingToDraw(f"figure: no curve of {least} problems with {least} athletes at risk or more.")
    strip_cm = 0.9 + 0.5 * len(groups)
    fig = figure(PRINT_WIDTH_CM, 7.6 + strip_cm)
    ax, strip = fig.subplots(2, 1, sharex=True, height_ratios=[6.0, strip_cm])
    tidy_axes(ax)
    for look, name, part in parts:
        _draw_curve(ax, part, value, start, look, name if len(parts) > 1 else "estimate")
    ax.fill_between([], [], color=FAINT, alpha=0.3, linewidth=0, label=f"{percent_name(level)} limits")
    ax.set_xlim(0, 1.03 * max(part["time"].max() for _, _, part in parts if len(part)))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10], integer=True))
    ax.tick_params(axis="x", labelbottom=True)
    ax.set_xlabel(time_label)
    _draw_at_risk(strip, groups, ax.get_xticks(), least if share else 0)
    name_all(fig)
    return fig, ax


def _draw_curve(ax: Axes, part: pd.DataFrame, value: str, start: float, look: Look, name: str) -> None:
    if part.empty:
        return
    at = np.r_[0.0, part["time"]]
    band = {"step": "post", "color": look.color, "alpha": 0.16, "linewidth": 0}
    low, high = (np.r_[np.nan, part[c].astype(float)] for c in ("ci_low", "ci_high"))
    ax.fill_between(at, low, high, **band)
    ax.step(at, np.r_[start, part[value]], where="post", color=look.color, linestyle=look.line, label=name)


def _draw_at_risk(strip: Axes, groups: Curves, ticks: np.ndarray, least: int) -> None:
    """Numbers at risk under the ticks of the curve, one line a group; numbers from 1 to `least` - 1 are not told."""
    tidy_axes(strip, grid=None)
    low, high = strip.get_xlim()
    strip.set_title("Athletes at risk", size=SMALL_PT, weight="normal", color=MUTED)
    for y, (_, rows) in enumerate(groups):
        for tick in ticks[(ticks >= low) & (ticks <= high)]:
            place = int(np.searchsorted(rows["time"], tick, side="left"))
            n = int(rows["n_risk"].iloc[place]) if place < len(rows) else 0
            hidden = 0 < n < least
            strip.text(
                tick, y, f"<{least}" if hidden else number(n, 0), ha="center", va="center", size=SMALL_PT, color=INK
            )
    names = [shortened(name, _NAME_PT, SMALL_PT) for name, _ in groups] if len(groups) > 1 else [""]
    strip.set_yticks(range(len(groups)), names)
    for label, look in zip(strip.get_yticklabels(), _LOOKS, strict=False):
        label.set_color(look.color)
    strip.set_ylim(len(groups) - 0.5, -0.5)
    strip.tick_params(axis="both", length=0, labelbottom=False)
    strip.tick_params(axis="y", pad=12)
    strip.spines[["left", "bottom"]].set_visible(False)


def _alt(head: str, groups: Curves, value: str, said: tuple[str, str], least: int, share: bool) -> str:
    what, time_label = said
    parts = []
    for name, rows in groups:
        part = _shown(rows, least, share)
        if part.empty:
            parts.append(f"{name}: fewer than {least} problems, not shown.")
            continue
        last = part.iloc[-1]
        numbers = [float(last[c]) for c in (value, "ci_low", "ci_high")]
        told = interval(*numbers, 2) if value == "mean_count" else f"{interval(*(100 * n for n in numbers), 0)} percent"
        at_start = count(int(rows["n_risk"].iloc[0]), "athlete") if rows["n_risk"].iloc[0] >= least else f"<{least}"
        parts.append(f"{name}: {at_start} at the start; at {number(last['time'], 0)} ({time_label}), {told} {what}.")
    return " ".join([head, *parts])
