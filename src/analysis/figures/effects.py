"""Effect plot: estimates with their intervals against no effect."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_columns
from analysis.figures.forest_axis import BEYOND, any_beyond, draw_null, forest_ends, name_directions, scale_forest
from analysis.figures.rows import draw_interval, label_rows, print_column, row_axes, too_small, wrap_label
from analysis.figures.style import use_style
from analysis.figures.wording import count, decimals_for, interval, percent_name

_NUMBERS = ["estimate", "ci_low", "ci_high"]


@use_style()
def effect_plot(
    estimates: pd.DataFrame,
    xlabel: str,
    null: int = 0,
    smallest_effect: float | None = None,
    directions: tuple[str, str] | None = None,
    level: float = 0.95,
    ax: Axes | None = None,
) -> Axes:
    """Forest plot: one row an estimate, limits at `level`, numbers at right; log axis for ratios (`null` = 1).

    `estimates`: `label`, `estimate`, `ci_low`, `ci_high` (all missing where the fit gave none), optional
    `group` (heading above its rows). The axis is made for the estimates: an interval far wider than the others
    ends in an arrow, its numbers are printed. `xlabel` names the effect with its unit. `smallest_effect` shades
    what is too small to matter: null ± d for differences, r to 1/r for ratios. `directions` names what lies left
    and right of null, e.g. ("lower pain", "higher pain"). Raises `HiprunError` for missing columns, no
    estimate, or a ratio that is not above 0.
    """
    frame = _checked(estimates, null)
    rows = _rows(frame)
    labels = [wrap_label(label) for label, _ in rows]
    zone = too_small(null, smallest_effect)
    ends = forest_ends(frame, null, zone or ())
    notes = [] if zone is None else [f"Shaded: too small to matter ({_range(zone)})"]
    notes += [BEYOND] if any_beyond(frame, ends) else []
    ax = row_axes(labels, ax, extra_cm=2.5 + 0.5 * len(notes))
    scale_forest(ax, ends, null)
    draw_null(ax, null, zone)
    for y, (_, row) in enumerate(rows):
        if row is not None and np.isfinite(row["estimate"]):
            draw_interval(ax, y, row, ends)
    label_rows(ax, labels, [row is None for _, row in rows])
    decimals = _decimals(frame, null)
    cells = ["" if r is None else interval(*r[_NUMBERS].astype(float), decimals, null) for _, r in rows]
    print_column(ax, f"Estimate ({percent_name(level)} interval)", cells)
    ax.set_xlabel("\n".join([xlabel, *notes]))
    if directions is not None:
        name_directions(ax, *directions)
    return ax


def alt_effect_plot(estimates: pd.DataFrame, null: int = 0, level: float = 0.95) -> str:
    """Every estimate with its limits in words, and on which side of `null` its interval lies."""
    frame = _checked(estimates, null)
    decimals = _decimals(frame, null)
    has_group = "group" in frame and frame["group"].notna().any()
    sentences = []
    for _, row in frame.iterrows():
        name = f"{row['group']}, {row['label']}" if has_group and pd.notna(row["group"]) else str(row["label"])
        text = interval(*row[_NUMBERS].astype(float), decimals, null)
        sentences.append(f"{name}: {text}{_side(row, null)}.")
    head = f"Effect plot of {count(len(frame), 'estimate')} with {percent_name(level)} intervals; no effect is {null}."
    return " ".join([head, *sentences])


def _side(row: pd.Series, null: int) -> str:
    if not np.isfinite(row["estimate"]):
        return ""
    if row["ci_low"] > null:
        return f", wholly above {null}"
    return f", wholly below {null}" if row["ci_high"] < null else f", includes {null}"


def _checked(estimates: pd.DataFrame, null: int) -> pd.DataFrame:
    require_columns(estimates, "effect_plot", ["label", *_NUMBERS])
    frame = estimates.reset_index(drop=True).astype(dict.fromkeys(_NUMBERS, "float64"))
    known = frame["estimate"].notna()
    if not known.any():
        raise NothingToDraw(
            f"figure effect_plot: {len(frame)} rows, none with an estimate; expected at least one. "
            "Fix: leave the figure out where no model converged."
        )
    if null not in (0, 1):
        raise HiprunError(f"figure effect_plot: null = {null}; expected 0 (differences) or 1 (ratios).")
    if null == 1 and (frame.loc[known, "estimate"] <= 0).any():
        raise HiprunError(
            "figure effect_plot: found a ratio of 0 or less; expected ratios above 0 with null = 1. "
            "Fix: pass exponentiated estimates, or null = 0 for differences."
        )
    unsure = known & frame[["ci_low", "ci_high"]].isna().any(axis=1)
    if unsure.any():
        raise HiprunError(
            f"figure effect_plot: {int(unsure.sum())} estimates lack a limit; expected ci_low and ci_high "
            "for each. Fix: use an infinite limit, or a missing estimate where the fit failed."
        )
    return frame


def _rows(frame: pd.DataFrame) -> list[tuple[str, pd.Series | None]]:
    """(label, estimate) in order; a group's heading, which has no estimate, before its rows."""
    rows: list[tuple[str, pd.Series | None]] = []
    groups = frame["group"] if "group" in frame else pd.Series(None, index=frame.index, dtype="object")
    for group in pd.unique(groups):
        members = frame[groups.isna()] if pd.isna(group) else frame[groups == group]
        if not pd.isna(group):
            rows.append((str(group), None))
        rows.extend((str(row["label"]), row) for _, row in members.iterrows())
    return rows


def _range(zone: tuple[float, float]) -> str:
    low, high = (f"{v:.3g}".replace("-", "\N{MINUS SIGN}") for v in zone)
    return f"{low} to {high}"


def _decimals(frame: pd.DataFrame, null: int) -> int:
    return decimals_for(frame["ci_high"] - frame["ci_low"], least=2 if null == 1 else 1)
