"""Power curve: the share of simulated studies that find an effect, by number of athletes."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import INK, MUTED, OKABE_ITO, PRINT_WIDTH_CM, SMALL_PT, Look, figure, tidy_axes, use_style
from analysis.figures.wording import MINUS, count, listed, number, wrapped

_NUMBERS = ["effect", "power", "power_low", "power_high"]
_COLUMNS = ["n_athletes", "n_weeks", *_NUMBERS]
_LOOKS = (
    Look(OKABE_ITO["blue"], "o", "-"),
    Look(OKABE_ITO["vermilion"], "s", "--"),
    Look(OKABE_ITO["green"], "^", "-."),
    Look(OKABE_ITO["purple"], "D", ":"),
    Look(OKABE_ITO["black"], "v", "-"),
    Look(OKABE_ITO["sky"], "P", "--"),
)
_LEGEND_PT = 430.0
_MOST_WEEKS = 4
_LEAST_GAP = 0.18


@use_style()
def power_curve(table: pd.DataFrame, effect_label: str, wanted: float = 0.8) -> Figure:
    """Power by number of athletes: a panel for each number of weeks, a line for each true effect.

    `table`: `n_athletes`, `n_weeks`, `effect`, `power` and its Monte-Carlo limits `power_low`, `power_high` (shares),
    as `models.power.power` gives it. `effect_label` names the effect with its unit. The dashed line is the `wanted`
    power. Raises `HiprunError` for missing columns, no value, doubled points, and more lines or panels than can be
    told apart.
    """
    given = _checked(table)
    effects, weeks = sorted(given["effect"].unique()), sorted(given["n_weeks"].unique())
    fig = figure(PRINT_WIDTH_CM, 9.5)
    panels = fig.subplots(1, len(weeks), sharex=True, sharey=True, squeeze=False)[0]
    for ax, n_weeks in zip(panels, weeks, strict=True):
        tidy_axes(ax, grid="y")
        ax.axhline(wanted, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
        for effect, look in zip(effects, _LOOKS, strict=False):
            _draw_line(ax, given[(given["n_weeks"] == n_weeks) & (given["effect"] == effect)], effect, look)
        ax.set_title(count(int(n_weeks), "week"))
        ax.set(xlim=_room(given["n_athletes"]), ylim=(0, 1.02), xlabel="Athletes (n)")
        _tick_athletes(ax, given["n_athletes"])
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    panels[0].set_ylabel("Power (% of simulated studies\nthat call the effect)")
    across = panels[0].get_yaxis_transform()
    panels[0].text(0.015, wanted + 0.01, f"wanted: {wanted:.0%}", color=MUTED, size=SMALL_PT, transform=across)
    title = wrapped(f"{effect_label}\nBands: 95% Monte-Carlo limits", _LEGEND_PT, SMALL_PT)
    legend = fig.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=6, title=title)
    legend.get_title().set_fontsize(SMALL_PT)
    legend.set_alignment("left")
    return fig


def alt_power_curve(table: pd.DataFrame, effect_label: str, wanted: float = 0.8) -> str:
    """Power at the fewest and the most athletes for each effect and number of weeks, in words."""
    given = _checked(table)
    n = given["n_athletes"]
    span = count(int(n.min()), "athlete") if n.nunique() == 1 else f"{n.min():g} to {n.max():g} athletes"
    weeks = listed([f"{w:g}" for w in sorted(given["n_weeks"].unique())])
    sentences = [f"Power by number of athletes, {span} over {weeks} weeks. {effect_label}."]
    for (n_weeks, effect), curve in given.groupby(["n_weeks", "effect"], sort=True):
        ends = curve.sort_values("n_athletes").iloc[[0, -1]].drop_duplicates()
        points = [f"{_percent(row)} with {row['n_athletes']:g}" for _, row in ends.iterrows()]
        first = curve.loc[curve["power"] >= wanted, "n_athletes"].min()
        reached = f"first {wanted:.0%} or more with {first:g}" if math.isfinite(first) else f"never {wanted:.0%}"
        sentences.append(f"Effect {_effect(effect)}, {n_weeks:g} weeks: {', '.join(points)}; {reached}.")
    return " ".join(sentences)


def _checked(table: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(table, "power_curve", _COLUMNS, _NUMBERS)
    require_unique(given, "power_curve", _COLUMNS[:3])
    for column, most, what in (("effect", len(_LOOKS), "lines"), ("n_weeks", _MOST_WEEKS, "panels")):
        if given[column].nunique() > most:
            raise HiprunError(
                f"figure power_curve: found {given[column].nunique()} values of {column}; expected at most {most} "
                f"{what}. Fix: draw a part of the table."
            )
    return given


def _draw_line(ax: Axes, points: pd.DataFrame, effect: float, look: Look) -> None:
    """The line with its band; a lone point gets a bar, as a band of no width is not seen."""
    points = points.sort_values("n_athletes")
    n, power = points["n_athletes"].astype(float), points["power"]
    low, high = points["power_low"], points["power_high"]
    if len(points) > 1:
        ax.fill_between(n, low, high, color=look.color, alpha=0.18, linewidth=0, zorder=2)
    else:
        ax.vlines(n, low, high, color=look.color, linewidth=1.2, zorder=2)
    style = {"color": look.color, "marker": look.marker, "linestyle": look.line}
    ax.plot(n, power, **style, markersize=4.5, label=_effect(effect), zorder=3)


def _tick_athletes(ax: Axes, n: pd.Series) -> None:
    """Ticks at the numbers that were simulated, or at round ones where those would run into each other."""
    simulated = np.sort(n.unique())
    low, high = ax.get_xlim()
    if len(simulated) > 1 and np.diff(simulated).min() < _LEAST_GAP * (high - low):
        ax.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    else:
        ax.set_xticks(simulated)


def _room(n: pd.Series) -> tuple[float, float]:
    """Limits of the x axis, a little beyond the points."""
    low, high = float(n.min()), float(n.max())
    margin = 0.05 * (high - low) if high > low else max(1.0, 0.2 * high)
    return low - margin, high + margin


def _effect(effect: float) -> str:
    return f"{effect:g}".replace("-", MINUS)


def _percent(row: pd.Series) -> str:
    power, low, high = (number(100 * float(row[c]), 0) for c in ("power", "power_low", "power_high"))
    return f"{power}% ({low} to {high})"
