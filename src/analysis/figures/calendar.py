"""Response calendar: who answered in which week, without a name on any row."""

import zlib

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.errors import HiprunError
from analysis.figures.checks import require_unique, rows_with
from analysis.figures.style import FAINT, MAIN, PRINT_WIDTH_CM, RESPONSES, SMALL_PT, figure, tidy_axes, use_style
from analysis.figures.wording import count, number

STATES = tuple(RESPONSES)
_KEYS = ["athlete_id", "week_start"]


@use_style()
def response_calendar(weeks: pd.DataFrame) -> Figure:
    """Heat map of athletes by week, most answers on top, and the share of expected reports answered by week.

    `weeks`, one row per athlete and week: `athlete_id`, `week_start` (Monday), `state` (one of `STATES`).
    A week without a row is "not expected". Ids order nothing and are never printed, so rows cannot be
    traced by name. Raises `HiprunError` for missing columns, unknown states or doubled athlete-weeks.
    """
    codes = _codes(weeks)
    strip_cm, heat_cm = 1.9, float(np.clip(min(0.36 * len(codes), 6 + 0.025 * len(codes)), 1.2, 9.5))
    fig = figure(PRINT_WIDTH_CM, strip_cm + heat_cm + 4.0)
    strip, ax = fig.subplots(2, 1, sharex=True, height_ratios=[strip_cm, heat_cm])
    _draw_rate(strip, codes)
    _draw_heat(ax, codes)
    handles = [
        Patch(facecolor=color, edgecolor=FAINT, linewidth=0.5, label=state.capitalize())
        for state, color in RESPONSES.items()
    ]
    fig.legend(handles=handles, loc="outside lower center", ncols=4, handlelength=1.2, handleheight=1.2)
    return fig


def alt_response_calendar(weeks: pd.DataFrame) -> str:
    """Size of the calendar, overall response and the weeks that answered most and least, in words."""
    codes = _codes(weeks)
    head = f"Calendar of {count(len(codes), 'athlete')} by {count(codes.shape[1], 'week')}."
    rate = _rate(codes).dropna()
    if rate.empty:
        return f"{head} No weekly report was expected."
    tail = ""
    if rate.max() > rate.min():
        tail = (
            f" By week it ranged from {number(rate.min(), 0)}% (week of {_day(rate.idxmin())}) "
            f"to {number(rate.max(), 0)}% (week of {_day(rate.idxmax())})."
        )
    return f"{head} {_overall(codes)} were answered at least in part.{tail}"


def _day(week: pd.Timestamp) -> str:
    return f"{week.day} {week:%B %Y}"


def _codes(weeks: pd.DataFrame) -> pd.DataFrame:
    """Athletes by every week from first to last, as positions in `STATES`; most answers first."""
    given = rows_with(weeks, "response_calendar", [*_KEYS, "state"], [])
    unknown = sorted(set(given["state"]) - set(STATES))
    if unknown:
        raise HiprunError(
            f"figure response_calendar: found state {', '.join(map(str, unknown))}; "
            f"expected one of {', '.join(STATES)}. Fix: recode the states."
        )
    require_unique(given, "response_calendar", _KEYS)
    position = given["state"].map({s: i for i, s in enumerate(STATES)}).astype("int64")
    wide = given.assign(code=position).pivot(index="athlete_id", columns="week_start", values="code")
    every = pd.date_range(wide.columns.min(), wide.columns.max(), freq="7D")
    if not wide.columns.isin(every).all():
        raise HiprunError(
            "figure response_calendar: weeks start on different weekdays; expected Mondays. "
            "Fix: set week_start to the Monday of the week."
        )
    wide = wide.reindex(columns=every).fillna(STATES.index("not expected")).astype("int64")
    return wide.iloc[_order(wide.to_numpy())].reset_index(drop=True)


def _order(codes: np.ndarray) -> np.ndarray:
    """Rows by number answered, then by share of those expected, never by id.

    Ties are in an order that follows from the row but means nothing (a checksum): sorted by pattern, their gaps would
    line up to stairs that look like a trend, and rows of one kind gather to blocks.
    """
    answered = (codes <= 1).sum(axis=1)
    expected = (codes <= 2).sum(axis=1)
    checksums = [zlib.crc32(row.astype("uint8").tobytes()) for row in codes]
    return np.lexsort((checksums, expected, -answered))


def _rate(codes: pd.DataFrame) -> pd.Series:
    """Percent of expected reports answered at least in part, by week; missing where none was expected."""
    expected = (codes <= 2).sum()
    return 100 * (codes <= 1).sum() / expected.where(expected > 0)


def _overall(codes: pd.DataFrame) -> str:
    answered, expected = int((codes <= 1).to_numpy().sum()), int((codes <= 2).to_numpy().sum())
    if not expected:
        return "No report was expected"
    return f"{number(100 * answered / expected, 0)}% of {number(expected, 0)} expected reports"


def _draw_rate(ax: Axes, codes: pd.DataFrame) -> None:
    tidy_axes(ax, grid="y")
    ax.bar(np.arange(codes.shape[1]) + 0.5, _rate(codes).to_numpy(), width=0.86, color=MAIN)
    ax.set(ylim=(0, 100), yticks=[0, 50, 100], ylabel="Answered (%)")
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.yaxis.label.set_size(SMALL_PT)
    ax.set_title(f"Answered at least in part: {_overall(codes)}")


def _draw_heat(ax: Axes, codes: pd.DataFrame) -> None:
    tidy_axes(ax, grid=None)
    n_rows, n_weeks = codes.shape
    roomy = n_rows <= 80 and n_weeks <= 60
    ax.pcolormesh(
        codes.to_numpy(),
        cmap=ListedColormap(list(RESPONSES.values())),
        vmin=-0.5,
        vmax=len(STATES) - 0.5,
        edgecolors="white" if roomy else "none",
        linewidth=0.6 if n_rows <= 30 else 0.3,
        rasterized=not roomy,  # thousands of cells as one picture keep the SVG small
    )
    step = max(1, -(-n_weeks // 8))
    shown = np.arange(0, n_weeks, step)
    ax.set_xticks(shown + 0.5, _week_labels(codes.columns[shown]))
    ax.set(ylim=(n_rows, 0), yticks=[], xlabel="Week starting (Monday)")
    ax.set_title(count(n_rows, "athlete") + (", one a row, most answers on top" if n_rows > 1 else ""))
    ax.spines[["left", "bottom"]].set_visible(False)


def _week_labels(weeks: pd.DatetimeIndex) -> list[str]:
    years = [None, *weeks.year[:-1]]
    return [f"{w.day} {w:%b}" + (f"\n{w.year}" if w.year != year else "") for w, year in zip(weeks, years, strict=True)]
