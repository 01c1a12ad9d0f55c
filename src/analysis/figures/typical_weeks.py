"""Typical weeks: what is expected of runners like those of the cohort, as they are and with more hip work."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.figures.checks import rows_with
from analysis.figures.forest_axis import BEYOND, any_beyond
from analysis.figures.log_axis import log_axis, log_limits
from analysis.figures.rows import LABEL_PT, draw_arrows, label_rows, print_column, row_axes
from analysis.figures.style import FAINT, MAIN, SMALL_PT, use_style
from analysis.figures.wording import decimals_for, interval, number, percent_name, wrapped

_NUMBERS = ["expected", "ci_low", "ci_high"]
_COLUMNS = ["runner_words", "scenario_words", *_NUMBERS]


@use_style()
def typical_weeks(
    predictions: pd.DataFrame,
    xlabel: str,
    null: int = 0,
    level: float = 0.95,
    share: bool = False,
    threshold: int = 5,
) -> Axes:
    """One row a scenario under its runner: the mean with its limits (thick) and where a single week lies (thin).

    `predictions` is `claims.predicted_weeks` with `runner_words` and `scenario_words` (`report.name_runners`); with
    `share` runners that stand for fewer than `threshold` athletes are left out. `xlabel` names the outcome with its
    unit; `null` = 1 (a model of rates) gives a log axis. Raises `HiprunError` for missing columns, `NothingToDraw`
    without a row.
    """
    given = _shown(predictions, threshold if share else 0)
    rows = _with_headings(given)
    labels = [wrapped(text, LABEL_PT, SMALL_PT, "bold" if row is None else "normal") for text, row in rows]
    ax = row_axes(labels, None, 2.8)
    _outcome_axis(ax, given, null)
    for y, (_, row) in enumerate(rows):
        if row is not None:
            _draw(ax, y, row)
    label_rows(ax, labels, [row is None for _, row in rows])
    decimals = decimals_for(given["ci_high"] - given["ci_low"])
    cells = ["" if row is None else interval(*(row[c] for c in _NUMBERS), decimals) for _, row in rows]
    after = print_column(ax, f"Mean ({percent_name(level)} interval)", cells)
    if given["week_low"].notna().any():
        print_column(ax, "Single week", [_week(row) for _, row in rows], after)
    thin = f"Thick: interval of the mean. Thin: where {percent_name(level)} of single weeks lie"
    notes = [thin] if given["week_low"].notna().any() else []
    notes += [BEYOND] if any_beyond(given, ax.get_xlim()) else []
    ax.set_xlabel("\n".join([xlabel, *notes]))
    return ax


def alt_typical_weeks(predictions: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """Every runner and scenario with the mean, its limits and where a single week lies, in words."""
    given = _shown(predictions, threshold)
    decimals = decimals_for(given["ci_high"] - given["ci_low"])
    said = []
    for runner, rows in given.groupby("runner_words", sort=False):
        parts = []
        for row in rows.itertuples():
            single = f", a single week {number(row.week_low, 0)} to {number(row.week_high, 0)}"
            known = np.isfinite(row.week_low)
            parts.append(f"{row.scenario_words} {interval(row.expected, row.ci_low, row.ci_high, decimals)}"
                         f"{single if known else ''}")  # fmt: skip
        said.append(f"{runner}: {'; '.join(parts)}.")
    return " ".join([f"What is expected of typical runners, with {percent_name(level)} intervals.", *said])


def _shown(predictions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    enough = predictions
    if "n_athletes" in predictions:
        enough = predictions[predictions["n_athletes"] >= threshold]
    given = rows_with(enough, "typical_weeks", _COLUMNS, _NUMBERS)
    absent = {name: np.nan for name in ("week_low", "week_high") if name not in given}
    return given.assign(**absent)


def _with_headings(given: pd.DataFrame) -> list[tuple[str, pd.Series | None]]:
    rows: list[tuple[str, pd.Series | None]] = []
    for runner, members in given.groupby("runner_words", sort=False):
        rows.append((str(runner), None))
        rows.extend((str(row["scenario_words"]), row) for _, row in members.iterrows())
    return rows


def _draw(ax: Axes, y: int, row: pd.Series) -> None:
    ends = ax.get_xlim()
    if np.isfinite(row["week_low"]):
        ax.plot([row["week_low"], row["week_high"]], [y, y], color=FAINT, linewidth=1.0, zorder=1)
    draw_arrows(ax, y, (row["ci_low"], row["ci_high"]), ends, MAIN, 6.0)
    ax.plot(
        np.clip([row["ci_low"], row["ci_high"]], *ends),
        [y, y],
        color=MAIN,
        linewidth=3.2,
        solid_capstyle="butt",
        zorder=2,
    )
    ax.plot(row["expected"], y, marker="o", markersize=6.5, linestyle="none", markerfacecolor=MAIN,
            markeredgecolor="white", zorder=4)  # fmt: skip


def _week(row: pd.Series | None) -> str:
    known = row is not None and np.isfinite(row["week_low"])
    return f"{number(row['week_low'], 0)} to {number(row['week_high'], 0)}" if known else ""


def _outcome_axis(ax: Axes, given: pd.DataFrame, null: int) -> None:
    if null == 0:
        numbers = given[[*_NUMBERS, "week_high"]].to_numpy(dtype=float)
        most = float(numbers[np.isfinite(numbers)].max())
        ax.set_xlim(-0.02 * most, 1.03 * most)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        return
    log_axis(ax, "x", *log_limits(given))
