"""Rootogram: how often each count was observed, hung from how often the model expects it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import INK, MAIN, MUTED, OKABE_ITO, PRINT_WIDTH_CM, SHADE, figure, tidy_axes, use_style
from analysis.figures.wording import count, listed, number

_COLUMNS = ["count", "observed", "expected"]
_LIMIT = 1.0
"""Tukey's warning limits of a root; a root of a Poisson number has an SD of about 1/2."""
_NAMED = 16
"""Up to this many bars, each is named on the axis."""


@use_style()
def rootogram(
    counts: pd.DataFrame,
    xlabel: str = "Count in a row of the data",
    dispersion: float | None = None,
    share: bool = False,
    threshold: int = 5,
    ax: Axes | None = None,
) -> Axes:
    """Hanging rootogram: bars of √observed that hang from √expected; they end on 0 where the two agree.

    `counts` is `models.expected_counts`: `count`, `observed`, `expected` (rows of the data), optional `count_to`
    where a row stands for the counts from `count` to `count_to` (infinite: or more). Ends beyond ±1, Tukey's limits,
    are roughly more than chance: the root of a Poisson number has an SD of 1/2 (Kleiber and Zeileis 2016, Am Stat
    70:296). `dispersion` is Pearson's ratio, printed above. With `share`, counts from the first with fewer than
    `threshold` rows on are one bar. Raises `HiprunError` for missing columns, doubled counts or negative frequencies,
    `NothingToDraw` without a row.
    """
    given = _checked(counts)
    if share:
        given = _pooled(given, threshold)
    ax = figure(PRINT_WIDTH_CM, 8.5).add_subplot() if ax is None else ax
    tidy_axes(ax)
    x, top = np.arange(len(given)), np.sqrt(given["expected"])
    low = top - np.sqrt(given["observed"])
    ax.axhspan(-_LIMIT, _LIMIT, color=SHADE, linewidth=0, zorder=0, label="within chance (±1)")
    ax.bar(x, np.sqrt(given["observed"]), bottom=low, width=0.8, color=MAIN, alpha=0.55, label="observed, hanging")
    marker = "o" if len(given) <= 40 else None
    ax.plot(x, top, color=OKABE_ITO["vermilion"], marker=marker, markersize=4, label="expected")
    ax.axhline(0, color=INK, linewidth=1.0)
    ax.set(xlabel=xlabel, ylabel="Rows of the data\n(√ of their number)", xlim=(-0.7, len(given) - 0.3))
    ax.set_ylim(min(-1.3, 1.1 * low.min()), max(1.3, 1.08 * top.max()))
    _name_counts(ax, given)
    _name_heights(ax)
    ax.legend(loc="best")
    if dispersion is not None:
        ax.set_title(f"Dispersion ratio {number(dispersion, 2)} (1: as the model says)")
    return ax


def alt_rootogram(counts: pd.DataFrame, dispersion: float | None = None, threshold: int = 5) -> str:
    """Zeros observed and expected in words, and the counts whose bar ends beyond ±1; small numbers are pooled."""
    given = _pooled(_checked(counts), threshold)
    gap = np.sqrt(given["observed"]) - np.sqrt(given["expected"])
    names = _names(given)
    more = [name for name, g in zip(names, gap, strict=True) if g > _LIMIT]
    fewer = [name for name, g in zip(names, gap, strict=True) if g < -_LIMIT]
    first = given.iloc[0]
    said = [f"more often than the model expects: {listed(more)}"] if more else []
    said += [f"more rarely: {listed(fewer)}"] if fewer else []
    head = (
        f"Hanging rootogram of {count(int(given['observed'].sum()), 'row')}. A count of {names[0]}: observed "
        f"{number(first['observed'], 0)}, expected {number(first['expected'])}. "
    )
    tail = f" Dispersion ratio {number(dispersion, 2)}." if dispersion is not None else ""
    reading = f"Counts seen {'; '.join(said)}." if said else "No bar ends beyond ±1, as under the right model."
    return head + reading + tail


def _checked(counts: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(counts, "rootogram", _COLUMNS, _COLUMNS)
    require_unique(given, "rootogram", ["count"])
    if (given[_COLUMNS] < 0).to_numpy().any():
        raise HiprunError("figure rootogram: found a negative number; expected counts and frequencies of 0 or more.")
    if "count_to" not in given:
        given = given.assign(count_to=given["count"])
    return given.astype({"count_to": "float64"}).sort_values("count", ignore_index=True)


def _pooled(given: pd.DataFrame, least: int) -> pd.DataFrame:
    """All from the first count with fewer than `least` rows on as one row, which takes in more until it has `least`."""
    if given["observed"].sum() < least:
        raise NothingToDraw(f"figure rootogram: fewer than {least} rows.")
    small = np.flatnonzero(given["observed"] < least)
    if not len(small):
        return given
    left = given["observed"][::-1].cumsum()[::-1]  # rows of this count or a higher one
    first = min(small[0], int(np.flatnonzero(left >= least)[-1]))
    rest = given.iloc[first:]
    end = np.inf if first < len(given) - 1 else rest["count_to"].iloc[0]
    row = {"count": rest["count"].iloc[0], "count_to": end}
    row |= {c: rest[c].sum() for c in ("observed", "expected")}
    return pd.concat([given.iloc[:first], pd.DataFrame([row])], ignore_index=True)


def _names(given: pd.DataFrame) -> list[str]:
    names = []
    for low, high in zip(given["count"], given["count_to"], strict=True):
        if np.isinf(high):
            names.append(f"{number(low, 0)} or more")
        else:
            names.append(number(low, 0) if low == high else f"{number(low, 0)} to {number(high, 0)}")
    return names


def _name_counts(ax: Axes, given: pd.DataFrame) -> None:
    names = _names(given)
    room = _NAMED if max(map(len, names)) <= 4 else _NAMED // 2
    step = -(-len(names) // room)
    at = list(range(0, len(names), step))
    if np.isinf(given["count_to"].iloc[-1]) and at[-1] != len(names) - 1:
        at = [i for i in at if i <= len(names) - 1 - max(step, 2)] + [len(names) - 1]
    ax.xaxis.set_major_locator(FixedLocator(at))
    ax.xaxis.set_major_formatter(FixedFormatter([names[i] for i in at]))


def _name_heights(ax: Axes) -> None:
    """Heights as "√400": the root is what is drawn, the number under it what is counted."""
    ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    ax.yaxis.set_major_formatter(lambda v, _: "0" if v == 0 else f"{'−' if v < 0 else ''}√{number(v * v, 0)}")
    ax.yaxis.label.set_color(INK)
    ax.spines["bottom"].set_color(MUTED)
