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


WEEK_ROW = "week_row"


def place_in_weeks(
    grid: pd.DataFrame, rows: pd.DataFrame, dates: pd.Series, observed: str
) -> tuple[pd.DataFrame, pd.Series]:
    """`rows` with the panel week of each (`week_row`, its position in `grid`), and for each row why it is not in the
    panel (missing if it is).

    A row counts only in a week in which its stream was watched on all seven days (`observed`).
    """
    at, inside = watched_rows(grid, rows["athlete_id"], dates, observed)
    reason = pd.Series(pd.NA, index=rows.index, dtype="str")
    reason[~inside] = "week not watched on all seven days"
    return rows[inside].assign(**{WEEK_ROW: at[inside]}), reason


def watched_rows(
    grid: pd.DataFrame, athletes: pd.Series, dates: pd.Series, observed: str
) -> tuple[np.ndarray, np.ndarray]:
    """`week_rows`, and whether the stream was watched in that week on all seven days."""
    at = week_rows(grid, athletes, dates)
    watched = np.append(grid[observed].fillna(False).to_numpy(dtype=bool), False)
    return at, watched[at]  # no such week is -1, the last


def week_rows(grid: pd.DataFrame, athletes: pd.Series, dates: pd.Series) -> np.ndarray:
    """Position in `grid` of each athlete's week with that date (n_rows); -1 where there is no such week."""
    names = pd.Index(grid["athlete_id"].unique())
    mondays = _week_numbers(grid["week_start"])
    weeks = pd.Index(_keys(_places(grid["athlete_id"], names), mondays))
    return weeks.get_indexer(_keys(_places(athletes, names), _week_numbers(dates)))


def _places(athletes: pd.Series, names: pd.Index) -> np.ndarray:
    """The place of each athlete in `names`, -1 where not there; each different one is looked up once."""
    codes, met = pd.factorize(athletes)
    return np.append(names.get_indexer(pd.Index(met)), -1)[codes]


def _week_numbers(dates: pd.Series) -> np.ndarray:
    """Whole weeks from Monday 29 December 1969 to the week of each date; missing dates are far off."""
    days = pd.to_datetime(dates).to_numpy().astype("datetime64[D]").astype(np.int64)
    return (days + 3) // 7


_BITS = 20


def _keys(places: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """One number for each athlete and week; -1 where there is no athlete or no date."""
    far = 1 << (_BITS - 1)
    known = (places >= 0) & (weeks > -far) & (weeks < far)
    return np.where(known, (places.astype(np.int64) << _BITS) + weeks + far, -1)
