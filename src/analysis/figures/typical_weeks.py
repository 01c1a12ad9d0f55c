"""Typical weeks: what is expected of runners like those of the cohort, as they are and with more hip work."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.figures.checks import rows_with
from analysis.figures.log_axis import log_axis, log_limits
from analysis.figures.rows import label_rows, print_column, row_axes
from analysis.figures.style import FAINT, MAIN, SMALL_PT, use_style
from analysis.figures.wording import decimals_for, interval, number, percent_name, wrapped

_NUMBERS = ["expected", "ci_low", "ci_high"]
_COLUMNS = ["runner_words", "scenario_words", *_NUMBERS]
_HEADING_PT = 250.0


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
    labels = [wrapped(text, _HEADING_PT if row is None else 132, SMALL_PT, "bold") for text, row in rows]
    ax = row_axes([label if row is not None else "" for label, (_, row) in zip(labels, rows, strict=True)], None, 2.4)
    for y, (_, row) in enumerate(rows):
        if row is not None:
            _draw(ax, y, row)
    plain = [label if row is not None else "" for label, (_, row) in zip(labels, rows, strict=True)]
    label_rows(ax, plain, [row is None for _, row in rows])
    _outcome_axis(ax, given, null)
    decimals = decimals_for(given["ci_high"] - given["ci_low"])
    cells = ["" if row is None else interval(*(row[c] for c in _NUMBERS), decimals) for _, row in rows]
    after = print_column(ax, f"Mean ({percent_name(level)} interval)", cells)
    if given["week_low"].notna().any():
        print_column(ax, "Single week", [_week(row) for _, row in rows], after)
    _headings(ax, labels, rows)
    thin = f"\nThick: interval of the mean. Thin: where {percent_name(level)} of single weeks lie"
    ax.set_xlabel(xlabel + (thin if given["week_low"].notna().any() else ""))
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
    if np.isfinite(row["week_low"]):
        ax.plot([row["week_low"], row["week_high"]], [y, y], color=FAINT, linewidth=1.0, zorder=1)
    ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=MAIN, linewidth=3.2, solid_capstyle="butt", zorder=2)
    ax.plot(row["expected"], y, marker="o", markersize=6.5, linestyle="none", markerfacecolor=MAIN,
            markeredgecolor="white", zorder=4)  # fmt: skip


def _headings(ax: Axes, labels: list[str], rows: list[tuple[str, pd.Series | None]]) -> None:
    """The runners in bold over the axes, where a line of words has room."""
    pad = ax.yaxis.get_tick_params().get("pad", 0.0)
    ground = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"}
    for y, (label, (_, row)) in enumerate(zip(labels, rows, strict=True)):
        if row is None:
            ax.annotate(label.replace("\n", " "), (0, y), (-pad, 0), xycoords=ax.get_yaxis_transform(),
                        textcoords="offset points", va="center", ha="left", size=SMALL_PT, weight="bold",
                        annotation_clip=False, bbox=ground)  # fmt: skip


def _week(row: pd.Series | None) -> str:
    known = row is not None and np.isfinite(row["week_low"])
    return f"{number(row['week_low'], 0)} to {number(row['week_high'], 0)}" if known else ""


def _outcome_axis(ax: Axes, given: pd.DataFrame, null: int) -> None:
    if null == 0:
        most = float(np.nanmax(given[[*_NUMBERS, "week_high"]].to_numpy(dtype=float)))
        ax.set_xlim(-0.02 * most, 1.03 * most)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        return
    log_axis(ax, "x", *log_limits(given))
