"""Standard deviations and correlations of the random effects with their intervals."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.errors import HiprunError
from analysis.figures.checks import require_columns, require_unique, rows_with
from analysis.figures.forest_axis import BEYOND, any_beyond
from analysis.figures.rows import draw_interval, finite, label_rows, print_column, row_axes, wrap_label
from analysis.figures.style import INK, PRINT_WIDTH_CM, figure, use_style
from analysis.figures.wording import decimals_for, interval, percent_name

_NUMBERS = ["estimate", "ci_low", "ci_high"]
_WIDEST = 4.0
"""The axis reaches at most this many times the largest SD; a limit beyond it ends in an arrow."""
_NAMES = {"sd": "Standard deviation", "corr": "Correlation"}


@use_style()
def random_effects_plot(parameters: pd.DataFrame, unit: str = "link scale", level: float = 0.95) -> Figure:
    """Standard deviations on an axis from 0 and, where there are any, correlations from −1 to 1 beneath.

    `parameters` is `models.random_intervals`: `parameter` ("sd" or "corr"), `group`, `term`, `estimate`, `ci_low`,
    `ci_high` (both missing where there is no interval: the estimate stands alone); a "corr" is with the group's first
    term. `unit` is that of the standard deviations, which slopes have per unit of their term. Raises `HiprunError` for
    missing columns, another parameter, doubled rows, a negative SD or a correlation beyond ±1, `NothingToDraw` without
    an estimate.
    """
    given = _checked(parameters)
    parts = [(name, given[given["parameter"] == name]) for name in _NAMES if (given["parameter"] == name).any()]
    labels = {name: [wrap_label(name_) for name_ in rows["name"]] for name, rows in parts}
    heights = [1.6 + 0.8 * sum(1 + text.count("\n") for text in labels[name]) for name, _ in parts]
    fig = figure(PRINT_WIDTH_CM, 0.8 + sum(heights))
    axes = fig.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, (name, rows) in zip(axes, parts, strict=True):
        row_axes(labels[name], ax, extra_cm=0)
        _draw_rows(ax, name, rows, labels[name])
        cells = [_cell(row) for row in rows.itertuples()]
        print_column(ax, f"Estimate ({percent_name(level)} interval)", cells)
        note = f"\n{BEYOND}" if name == "sd" and any_beyond(rows, ax.get_xlim()) else ""
        ax.set_xlabel(f"{_NAMES[name]} ({unit}){note}" if name == "sd" else _NAMES[name])
    pad = max(ax.yaxis.get_tick_params()["pad"] for ax in axes)
    for ax in axes:
        ax.tick_params(axis="y", pad=pad)
    return fig


def alt_random_effects_plot(parameters: pd.DataFrame, level: float = 0.95) -> str:
    """Every standard deviation and correlation with its limits in words."""
    given = _checked(parameters)
    head = f"Spread of the random effects with {percent_name(level)} intervals where there are any."
    said = [f"{_NAMES[row.parameter]} of {row.name}: {_cell(row)}." for row in given.itertuples()]
    return " ".join([head, *said])


def _names(given: pd.DataFrame) -> list[str]:
    """ "athlete: mob", and of a correlation "athlete: mob with (Intercept)" where the table shows the first term."""
    names = []
    for row in given.itertuples():
        term = "" if pd.isna(row.term) else str(row.term)
        name = f"{row.group}: {term}" if term else str(row.group)
        own = given[given["group"] == row.group]
        terms = own.loc[own["parameter"] == "sd", "term"]
        is_one_set = (own["parameter"] == "corr").sum() == len(terms) * (len(terms) - 1) / 2
        if row.parameter == "corr" and is_one_set and term in set(terms.iloc[1:]):
            name += f" with {terms.iloc[0]}"
        names.append(name)
    return names


def _cell(row: tuple) -> str:
    decimals = decimals_for([row.ci_high - row.ci_low] if np.isfinite(row.ci_low) else [row.estimate], least=2)
    text = interval(row.estimate, row.ci_low, row.ci_high, decimals)
    return text if np.isfinite([row.ci_low, row.ci_high]).any() else text.split(" (")[0]


def _checked(parameters: pd.DataFrame) -> pd.DataFrame:
    require_columns(parameters, "random_effects_plot", ["parameter", "group", "term", *_NUMBERS])
    rows_with(parameters, "random_effects_plot", ["parameter", "group", "estimate"], [])  # one estimate or more
    given = parameters.reset_index(drop=True).astype(dict.fromkeys(_NUMBERS, "float64"))
    given = given.assign(name=_names(given))
    require_unique(given, "random_effects_plot", ["parameter", "group", "term"])
    unknown = sorted(set(given["parameter"].astype(str)) - set(_NAMES))
    if unknown:
        raise HiprunError(f"figure random_effects_plot: found parameter {unknown[0]!r}, expected 'sd' or 'corr'.")
    sd = given["parameter"] == "sd"
    if (given.loc[sd, "estimate"] < 0).any() or (given.loc[~sd, "estimate"].abs() > 1 + 1e-9).any():
        raise HiprunError(
            "figure random_effects_plot: found a negative SD or a correlation beyond ±1; expected SDs of 0 or more and "
            "correlations from −1 to 1."
        )
    return given


def _draw_rows(ax: Axes, name: str, rows: pd.DataFrame, labels: list[str]) -> None:
    if name == "corr":
        ends = (-1.0, 1.0)
        ax.set(xlim=(-1.03, 1.03), xticks=[-1, -0.5, 0, 0.5, 1])
        ax.axvline(0, color=INK, linewidth=1.0, linestyle=(0, (4, 2)), zorder=1)
    else:
        top = max([*finite(rows["estimate"]), *finite(rows["ci_high"])]) or 1.0
        ends = (0.0, min(1.06 * top, _WIDEST * (rows["estimate"].max() or top)))
        ax.set_xlim(-0.01 * ends[1], ends[1])
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6))
    for y, (_, row) in enumerate(rows.iterrows()):
        if np.isfinite(row["estimate"]):
            draw_interval(ax, y, row.fillna({"ci_low": row["estimate"], "ci_high": row["estimate"]}), ends)
    label_rows(ax, labels, [False] * len(labels))
