"""Retention: range gained between two tests and what is left of it at the next, by what was done after the gain."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns, require_unique
from analysis.figures.style import FAINT, MAIN, MUTED, OKABE_ITO, SMALL_PT, Look, figure, tidy_axes, use_style
from analysis.figures.wording import count, interval, number, percent_name, sentence_case

_COLUMNS = ["group", "point", "weeks", "degrees", "ci_low", "ci_high", "n_athletes", "n_gains"]
_POINTS = ("before", "gained", "next test")
_LOOKS = (Look(OKABE_ITO["vermilion"], "s", "--"), Look(MAIN, "o", "-"))
_APART_WEEKS = 0.12


@use_style()
def retention_curve(curves: pd.DataFrame, level: float = 0.95, threshold: int = 0) -> Figure:
    """Mean gain in degrees at the test that found it and at the next, one curve a group, with intervals at `level`.

    `curves`: two groups of three rows as `claims.range_kept_curves` gives them. The dotted line is half of the mean
    gain: what would be left if nothing had truly changed (`hip.retention`). Groups of fewer than `threshold` athletes
    are left out. Raises `HiprunError` for missing columns, `NothingToDraw` where no group is left.
    """
    rows = _checked(curves, threshold)
    fig = figure(height_cm=8.2)
    ax = tidy_axes(fig.add_subplot())
    left = rows[rows["point"] == _POINTS[-1]].set_index("group")["degrees"].rank(method="first")
    for i, (name, of) in enumerate(rows.groupby("group", sort=False)):
        above = left[name] == left.max()
        _draw_group(ax, str(name), of, _LOOKS[i % 2], aside=_APART_WEEKS * (2 * i - 1), above=above)
    gained = rows.loc[rows["point"] == "gained", "degrees"].mean()
    last = rows["weeks"].max()
    ax.plot([0, last], [gained / 2] * 2, color=MUTED, linestyle=":", linewidth=1.2, label="half of the gain")
    ax.axhline(0, color=FAINT, linewidth=0.8)
    ax.set_xlabel("Weeks since the test that found the gain")
    ax.set_ylabel("Range above the test before (degrees)")
    ax.set_xlim(rows["weeks"].min() - 0.5, last + 0.62 * (last + 1))
    fig.legend(loc="outside upper right", ncols=3, handlelength=2.6)
    return fig


def alt_retention_curve(curves: pd.DataFrame, level: float = 0.95, threshold: int = 0) -> str:
    """The gain and what is left of it at the next test in each group, with intervals, in words."""
    rows = _checked(curves, threshold)
    parts = []
    for name, of in rows.groupby("group", sort=False):
        gained, left = (of[of["point"] == point].iloc[0] for point in _POINTS[1:])
        told = [interval(p["degrees"], p["ci_low"], p["ci_high"], 1) for p in (gained, left)]
        weeks = number(left["weeks"], 0)
        who = count(int(left["n_athletes"]), "athlete")
        parts.append(f"With {name} ({who}): {told[0]} degrees gained, {told[1]} left {weeks} weeks later.")
    head = f"Range gained and kept between hip tests, means with {percent_name(level)} intervals."
    return " ".join([head, *parts])


def _checked(curves: pd.DataFrame, threshold: int) -> pd.DataFrame:
    require_columns(curves, "retention_curve", _COLUMNS)
    require_unique(curves, "retention_curve", ["group", "point"])
    rows = curves[curves["n_athletes"] >= threshold].reset_index(drop=True)
    if rows.empty:
        raise NothingToDraw(f"figure retention_curve: no group of {threshold} athletes with a gain. Fix: leave it out.")
    return rows


def _draw_group(ax: Axes, name: str, rows: pd.DataFrame, look: Look, aside: float, above: bool) -> None:
    rows = rows.set_index("point").loc[list(_POINTS)]
    at = rows["weeks"].to_numpy() + np.array([0.0, aside, aside])
    ax.plot(at, rows["degrees"], color=look.color, linestyle=look.line, marker=look.marker, label=sentence_case(name))
    for x, (_, row) in zip(at[1:], rows.iloc[1:].iterrows(), strict=True):
        ax.plot([x, x], [row["ci_low"], row["ci_high"]], color=look.color, linewidth=1.2)
    gained, left = rows.loc["gained", "degrees"], rows.loc["next test", "degrees"]
    share = f" ({number(100 * left / gained, 0)}%)" if gained > 0 else ""
    ax.annotate(
        f"{number(left, 1)}° of {number(gained, 1)}° left{share}\n{count(int(rows['n_gains'].iloc[0]), 'gain')} of "
        f"{count(int(rows['n_athletes'].iloc[0]), 'runner')}",
        (at[-1], left), (10, 3 if above else -3), textcoords="offset points", va="bottom" if above else "top",
        size=SMALL_PT, color=look.color,
    )  # fmt: skip
