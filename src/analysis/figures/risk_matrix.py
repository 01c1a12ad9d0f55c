"""Risk matrix: how often against how severe, with lines of equal burden (Bahr et al. 2018, BJSM 52:1018)."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import hidden_groups, require_columns, rows_with
from analysis.figures.labels import place_labels
from analysis.figures.style import (
    FAINT,
    MAIN,
    MUTED,
    PRINT_WIDTH_CM,
    SEVERITIES,
    SMALL_PT,
    figure,
    tidy_axes,
    use_style,
)
from analysis.figures.wording import count, listed, number, wrapped

_RATES = ["incidence_per_1000_h", "severity_mean_days", "burden_per_1000_h"]
_COLUMNS = ["group", *_RATES, "n_cases"]
LARGEST_PT2 = 130.0
"""What the point of most cases has in area above that of none, in square points."""


@use_style()
def risk_matrix(
    frame: pd.DataFrame, what: str = "injuries", share: bool = False, threshold: int = 5, ax: Axes | None = None
) -> Axes:
    """Incidence against mean severity on log axes, one point a group, larger with more cases.

    `frame`: `group`, `incidence_per_1000_h` (new cases), `severity_mean_days` (days lost a case),
    `burden_per_1000_h` (days lost), `n_cases`. On a line every point has the same burden = incidence x
    severity; darker is worse, and the title names the greatest. Groups without cases or without days lost have
    no place on log axes and are named beneath, as are, with `share`, those of fewer than `threshold` cases and those
    of an optional column `withheld` (`report.mark_withheld`: they would give a smaller group away).
    Raises `HiprunError` for missing columns, no group to draw, or a burden that is not the product.
    """
    drawn, notes = _split(frame, threshold if share else 0)
    ax = figure(PRINT_WIDTH_CM, 11.5).add_subplot() if ax is None else ax
    tidy_axes(ax, grid=None)
    _log_axes(ax, drawn)
    label = f"Incidence ({what} per 1000 h of running)"
    ax.set(ylabel=label, xlabel="Severity (mean days lost per case)", title=_title(frame, drawn))
    ax.annotate(
        "\n".join(notes), (0.5, 0), (0, -4), xycoords=ax.xaxis.label, textcoords="offset points", ha="center", va="top",
        size=SMALL_PT, color=MUTED, linespacing=1.35, annotation_clip=False,
    )  # fmt: skip
    levels = _levels(ax)
    _shade(ax, levels)
    radii = np.sqrt((20 + LARGEST_PT2 * drawn["n_cases"] / drawn["n_cases"].max()).to_numpy() / np.pi)
    points = drawn[["severity_mean_days", "incidence_per_1000_h"]].to_numpy()
    ax.scatter(*points.T, s=np.pi * radii**2, color=MAIN, edgecolors="white", linewidths=1.0, zorder=5)
    ax.get_figure(root=True).draw_without_rendering()  # settles the layout, which placing the texts rests on
    taken = [text.get_window_extent() for text in _name_lines(ax, levels)]
    names = [wrapped(g, 90, SMALL_PT) for g in drawn["group"]]
    place_labels(ax, points, names, radii, taken)
    return ax


def alt_risk_matrix(frame: pd.DataFrame, what: str = "injuries", threshold: int = 5) -> str:
    """Groups in order of burden, with incidence and severity, in words; fewer than `threshold` cases passed over."""
    drawn, notes = _split(frame, threshold)
    ranked = drawn.sort_values("burden_per_1000_h", ascending=False, kind="stable")
    sentences = [
        f"{row.group}: {number(row.incidence_per_1000_h)} {what} per 1000 h, {number(row.severity_mean_days)} "
        f"days lost each, burden {number(row.burden_per_1000_h)} days per 1000 h "
        f"({count(int(row.n_cases), 'case')})."
        for row in ranked.itertuples()
    ]
    tail = [f"{note}." for note in notes if not note.startswith("Dashed")]
    return " ".join(["Risk matrix, from greatest to least burden.", *sentences, *tail])


def _title(frame: pd.DataFrame, drawn: pd.DataFrame) -> str:
    """The group that costs most and by how many cases, "of those drawn" where one left out might cost more."""
    first = drawn.loc[drawn["burden_per_1000_h"].idxmax()]
    among = " of those drawn" if len(frame[frame["burden_per_1000_h"] > 0]) > len(drawn) else ""
    n = int(first["n_cases"])
    cases = f"{n} {'injury' if n == 1 else 'injuries'}"
    days = number(first["burden_per_1000_h"])
    return wrapped(f"Greatest burden{among}: {first['group']} ({days} days lost per 1000 h, {cases})", 380, 9)


def _split(frame: pd.DataFrame, least: int) -> tuple[pd.DataFrame, list[str]]:
    """Groups that can be drawn, and notes on the size of points and on the groups that cannot."""
    require_columns(frame, "risk_matrix", _COLUMNS)
    given = rows_with(frame, "risk_matrix", ["group", "n_cases"], [*_RATES, "n_cases"])
    if given["group"].duplicated().any():
        raise HiprunError("figure risk_matrix: a group occurs twice; expected one row for each. Fix: aggregate.")
    small = given["n_cases"] < least
    given_away = (hidden_groups(given, least) if least else small) & ~small
    small |= given_away
    empty = ~small & (given["n_cases"] == 0)
    no_loss = ~small & ~empty & ~(given[_RATES] > 0).all(axis=1)
    drawn = given[~small & ~empty & ~no_loss]
    if drawn.empty:
        raise NothingToDraw(
            f"figure risk_matrix: {len(given)} groups, none with cases and days lost"
            + (f" and {least} cases or more" if least else "")
            + "; expected at least one. Fix: leave the figure out for this cohort."
        )
    product = drawn["incidence_per_1000_h"] * drawn["severity_mean_days"]
    if not np.allclose(product, drawn["burden_per_1000_h"], rtol=0.02):
        raise HiprunError(
            "figure risk_matrix: a burden is not incidence x mean severity; expected them to agree within 2%. "
            "Fix: take severity_mean_days over the same cases as the incidence."
        )
    few = f"fewer than {least} cases" + (", or would give such a group away" if given_away.any() else "")
    reasons = ((small, few), (empty, "no cases"), (no_loss, "no days lost"))
    notes = ["Dashed lines: equal burden. Size of a point: number of cases"]
    for mask, reason in reasons:
        if mask.any():
            notes.append(f"Not drawn, {reason}: {listed([str(g) for g in given.loc[mask, 'group']])}")
    return drawn.sort_values("n_cases", ascending=False, kind="stable"), [wrapped(n, 370, SMALL_PT) for n in notes]


def _log_axes(ax: Axes, drawn: pd.DataFrame) -> None:
    """Log scales with room round the points, at least a decade each, and plain numbers at 1, 2, 5."""
    ax.set(xscale="log", yscale="log")
    for axis, column in ((ax.xaxis, "severity_mean_days"), (ax.yaxis, "incidence_per_1000_h")):
        logs = np.log10(drawn[column].to_numpy())
        middle, half = (logs.max() + logs.min()) / 2, max(float(np.ptp(logs)) / 2 + 0.3, 0.55)
        low, high = 10 ** (middle - half), 10 ** (middle + half)
        multiples = (1, 2, 3, 5, 7) if half < 0.75 else (1, 2, 5) if half < 1.2 else (1,)
        ticks = [m * 10.0**e for e in range(-6, 7) for m in multiples]
        axis.set_ticks([t for t in ticks if low <= t <= high])
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
        (ax.set_xlim if axis is ax.xaxis else ax.set_ylim)(low, high)


def _levels(ax: Axes) -> list[float]:
    """Up to four burdens (days per 1000 h) whose lines cross the axes: steps of 10, or of 1, 3, 10 in small ones."""
    (x0, x1), (y0, y1) = np.log10(ax.get_xlim()), np.log10(ax.get_ylim())
    low, high = x0 + y0 + 0.35, x1 + y1 - 0.35
    for multiples in ((1,), (1, 3)):
        levels = [m * 10.0**e for e in range(-7, 8) for m in multiples if low < np.log10(m) + e < high]
        if len(levels) >= 3:
            break
    return levels[-len(SEVERITIES) + 1 :]


def _shade(ax: Axes, levels: list[float]) -> None:
    x = np.geomspace(*ax.get_xlim(), 200)
    edges = [0.0, *levels, np.inf]
    colors = SEVERITIES[: len(edges) - 1]
    low_y, high_y = ax.get_ylim()
    for color, low, high in zip(colors, edges[:-1], edges[1:], strict=True):
        ax.fill_between(
            x, np.clip(low / x, low_y, high_y), np.clip(high / x, low_y, high_y),
            color=color, linewidth=0, zorder=0,
        )  # fmt: skip
    for level in levels:
        ax.plot(x, level / x, color=FAINT, linewidth=0.9, linestyle=(0, (5, 3)), zorder=1, scalex=False, scaley=False)
    ax.set(xlim=(x[0], x[-1]), ylim=(low_y, high_y))


def _name_lines(ax: Axes, levels: list[float]) -> list[Text]:
    """The burden written along each line, near where it enters at the top or left."""
    texts = []
    (x0, x1), (y0, y1) = np.log10(ax.get_xlim()), np.log10(ax.get_ylim())
    for i, level in enumerate(levels):
        start, end = max(x0, np.log10(level) - y1), min(x1, np.log10(level) - y0)
        x = 10 ** (start + 0.06 * (x1 - x0) if end - start > 0.3 else (start + end) / 2)
        unit = " days lost per 1000 h" if i == len(levels) - 1 else ""
        lifted = level / x * 10 ** (0.012 * (y1 - y0))
        texts.append(
            ax.text(
                x, lifted, f"{level:.6g}{unit}", rotation=-np.degrees(np.arctan(level / x**2)),
                rotation_mode="anchor", transform_rotates_text=True, ha="left", va="bottom", size=SMALL_PT - 1,
                color=MUTED, zorder=2,
            )
        )  # fmt: skip
    return texts
