"""Variance inflation: how much wider each term's interval is for the other terms."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.rows import label_rows, print_column, row_axes, wrap_label
from analysis.figures.style import INK, MAIN, MUTED, SMALL_PT, use_style
from analysis.figures.wording import count, listed, number

_COLUMNS = ["term", "columns", "gvif", "sd_inflation"]
REFERENCES = (5, 10)
"""Variance inflation that rules of thumb call high; for what they are worth see O'Brien 2007, Qual Quant 41:673."""


@use_style()
def variance_inflation_plot(inflation: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """One bar a term, from 1 (no inflation) to the factor by which its standard errors are larger; largest on top.

    `inflation` is `models.variance_inflation`: `term`, `columns`, `gvif`, `sd_inflation`; optional `label` is shown
    for `term`. Lines mark the square roots of a variance inflation of 5 and of 10 where the axis reaches them. Raises
    `HiprunError` for missing columns, a doubled term or an inflation below 1, `NothingToDraw` without a term.
    """
    given = _checked(inflation)
    labels = [wrap_label(name) for name in _names(given)]
    ax = row_axes(labels, ax, extra_cm=2.6)
    top = max(1.2, 1 + 1.08 * (given["sd_inflation"].max() - 1))
    ax.set_xlim(1, top)
    ax.barh(range(len(given)), given["sd_inflation"] - 1, left=1, height=0.55, color=MAIN, zorder=2)
    for vif in REFERENCES:
        if vif**0.5 < top:
            ax.axvline(vif**0.5, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=3)
            ax.annotate(
                f"VIF {vif}", (vif**0.5, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
                ha="center", va="bottom", size=SMALL_PT, color=MUTED,
            )  # fmt: skip
    label_rows(ax, labels, [False] * len(labels))
    cells = [f"× {number(row.sd_inflation, 2)}  ({number(row.gvif, 1)})" for row in given.itertuples()]
    print_column(ax, "SE  (GVIF)", cells)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    ax.set_xlabel("Factor by which standard errors are larger\nfor the other terms (1: not at all)")
    return ax


def alt_variance_inflation_plot(inflation: pd.DataFrame) -> str:
    """The factor of each term in words, and which have a variance inflation above 5."""
    given = _checked(inflation)
    stated = [f"{name} {number(sd, 2)}" for name, sd in zip(_names(given), given["sd_inflation"], strict=True)]
    high = _names(given[given["sd_inflation"] > REFERENCES[0] ** 0.5])
    reading = f"Above {number(REFERENCES[0] ** 0.5, 2)} (a variance inflation of 5): "
    return (
        f"Factor by which standard errors are larger for the other terms, {count(len(given), 'term')}: "
        f"{listed(stated)}. {reading}{listed(high) if high else 'none'}."
    )


def _names(given: pd.DataFrame) -> list[str]:
    return [str(name) for name in given["label" if "label" in given else "term"]]


def _checked(inflation: pd.DataFrame) -> pd.DataFrame:
    given = rows_with(inflation, "variance_inflation_plot", _COLUMNS, _COLUMNS[2:])
    require_unique(given, "variance_inflation_plot", ["term"])
    if (given["sd_inflation"] < 1 - 1e-6).any():
        raise HiprunError(
            f"figure variance_inflation_plot: found an inflation of {given['sd_inflation'].min():.3g}; expected 1 or "
            "more. Fix: pass the table of models.variance_inflation."
        )
    return given.sort_values(["sd_inflation", "term"], ascending=[False, True], ignore_index=True)
