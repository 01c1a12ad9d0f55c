"""The rows of the panel: every athlete-week in which somebody was watching, and what was watched."""

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
    weeks = [
        pd.DataFrame({"athlete_id": athlete, "week_start": pd.date_range(first, last, freq="7D", unit="us")})
        for athlete, first, last in zip(reach.index, week_start(reach["first"]), week_start(reach["last"]), strict=True)
    ]
    grid = pd.concat(weeks, ignore_index=True) if weeks else _no_weeks()
    origin = grid["week_start"].min() if start is None else start
    grid["week_in_programme"] = ((grid["week_start"] - origin).dt.days // 7).astype("Int64")
    for stream, name in zip(WEEKLY_STREAMS, _TRUTH_NAMES, strict=True):
        grid[name] = days_covered(grid, windows[windows["stream"] == stream]).eq(7).astype("boolean")
    return grid


_TRUTH_NAMES = ("training_observed", "hip_work_observed", "injuries_observed", "report_expected")


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
