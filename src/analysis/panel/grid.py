"""The rows of the panel: every athlete-week in which somebody was watching, and what was watched."""

import numpy as np
import pandas as pd

from analysis.panel.spans import days_covered
from analysis.tables import OBSERVATION_WINDOWS
from analysis.training_load import week_start

WEEKLY_STREAMS = ("training", "hip_work", "injury", "weekly_report")


def athlete_week_grid(windows: pd.DataFrame, start: pd.Timestamp | None = None) -> pd.DataFrame:
    """One row per athlete and week from the athlete's first watched week to the last.

    Hip-test days alone make no weeks. Columns: athlete_id, week_start (Monday), week_in_programme
    (whole weeks since `start`, or since the first watched week of the cohort), and one truth column a
    stream that is true where all seven days were watched.
    """
    windows = windows[windows["stream"].isin(WEEKLY_STREAMS)]
    if windows.empty:
        windows = OBSERVATION_WINDOWS.empty()
    reach = windows.groupby("athlete_id").agg(first=("start_date", "min"), last=("end_date", "max"))
    first, last = week_start(reach["first"]), week_start(reach["last"])
    grid = _weeks_between(first, last) if len(reach) else _no_weeks()
    origin = grid["week_start"].min() if start is None else start
    grid["week_in_programme"] = ((grid["week_start"] - origin).dt.days // 7).astype("Int64")
    for stream, name in zip(WEEKLY_STREAMS, _TRUTH_NAMES, strict=True):
        grid[name] = days_covered(grid, windows[windows["stream"] == stream]).eq(7).astype("boolean")
    return grid


_TRUTH_NAMES = ("training_observed", "hip_work_observed", "injuries_observed", "report_expected")


def _weeks_between(first: pd.Series, last: pd.Series) -> pd.DataFrame:
    """athlete_id and week_start: every Monday from the first to the last of each athlete (the index)."""
    n_weeks = ((last - first).dt.days // 7 + 1).to_numpy()
    athlete = np.repeat(np.arange(len(first)), n_weeks)
    so_far = np.arange(len(athlete)) - np.repeat(np.cumsum(n_weeks) - n_weeks, n_weeks)
    mondays = first.iloc[athlete].reset_index(drop=True) + pd.to_timedelta(7 * so_far, unit="D")
    return pd.DataFrame({"athlete_id": first.index[athlete], "week_start": mondays.astype("datetime64[us]")})


def _no_weeks() -> pd.DataFrame:
    return pd.DataFrame({"athlete_id": pd.Series(dtype="str"), "week_start": pd.Series(dtype="datetime64[us]")})


def place_in_weeks(
    grid: pd.DataFrame, rows: pd.DataFrame, dates: pd.Series, observed: str
) -> tuple[pd.DataFrame, pd.Series]:
    """`rows` with the panel week of each, and for each row why it is not in the panel (or missing if it is).

    A row counts only in a week in which its stream was watched on all seven days (`observed`).
    """
    placed = rows.assign(week_start=week_start(dates))
    found = placed[["athlete_id", "week_start"]].merge(
        grid[["athlete_id", "week_start", observed]], on=["athlete_id", "week_start"], how="left"
    )
    inside = found[observed].fillna(False).astype(bool).to_numpy()
    reason = pd.Series(pd.NA, index=placed.index, dtype="str")
    reason[~inside] = "week not watched on all seven days"
    return placed[inside], reason
