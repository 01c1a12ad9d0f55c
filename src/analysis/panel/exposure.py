"""What an athlete did in a week: sessions, running time and distance, load, hip work, days lost."""

import pandas as pd

from analysis.panel.grid import place_in_weeks
from analysis.panel.spans import days_covered
from analysis.surveillance.spans import DAY
from analysis.tables.words import RUNNING_SPORTS
from analysis.training_load import srpe_load_au

WEEK = ["athlete_id", "week_start"]
LOAD_SCALES = ("cr10", "strava1_10")
"""RPE scales from 0 or 1 to 10, on which session-RPE load is defined (Foster 2001); Borg 6-20 is not."""


def all_or_missing(values: pd.Series, keys: list[pd.Series]) -> pd.Series:
    """Sum per key that is missing as soon as one of its values is missing: an unknown part leaves no known sum."""
    return values.groupby(keys).sum(skipna=False)


def onto_grid(grid: pd.DataFrame, weekly: pd.Series, observed: str) -> pd.Series:
    """Weekly sums put on the grid: 0 in a watched week without rows, missing in a week not watched."""
    index = pd.MultiIndex.from_frame(grid[WEEK])
    has_rows = index.isin(weekly.index)
    values = weekly.reindex(index).astype("float64").to_numpy(copy=True)
    values[~has_rows] = 0.0
    return pd.Series(values, index=grid.index).where(grid[observed].astype(bool))


def weekly_training(grid: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """n_sessions, exposure_h, exposure_km and srpe_load_au, aligned to `grid`.

    Running time and distance count running sessions only; load counts every session.
    """
    inside, _ = place_in_weeks(grid, sessions, sessions["date"], "training_observed")
    runs = inside[inside["sport"].isin(RUNNING_SPORTS)]
    rpe = inside["rpe"].where(inside["rpe_scale"].isin(LOAD_SCALES))
    load = pd.Series(srpe_load_au(rpe, inside["duration_min"]), index=inside.index, dtype="float64")
    weekly = {
        "n_sessions": inside.groupby(WEEK).size(),
        "exposure_h": all_or_missing(runs["duration_min"] / 60, [runs[k] for k in WEEK]),
        "exposure_km": all_or_missing(runs["distance_km"], [runs[k] for k in WEEK]),
        "srpe_load_au": all_or_missing(load, [inside[k] for k in WEEK]),
    }
    return pd.DataFrame({name: onto_grid(grid, s, "training_observed") for name, s in weekly.items()})


def weekly_hip_work(grid: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """mobility_min and stability_min, aligned to `grid`; entries without a category count in neither."""
    inside, _ = place_in_weeks(grid, entries, entries["date"], "hip_work_observed")
    out = {}
    for category in ("mobility", "stability"):
        part = inside[inside["category"] == category]
        minutes = all_or_missing(part["duration_min"], [part[k] for k in WEEK])
        out[f"{category}_min"] = onto_grid(grid, minutes, "hip_work_observed")
    return pd.DataFrame(out)


def weekly_time_loss(grid: pd.DataFrame, injuries: pd.DataFrame, watched_until: pd.Series) -> pd.Series:
    """Days of each week lost to an injury (0 to 7), from the day after onset to the day before return.

    An injury with a recorded time loss and no return date lasts that many days; one with neither is open
    and lasts to the end of the athlete's injury window (`watched_until`, by athlete_id). Days on which two
    injuries overlap count once.
    """
    first = injuries["onset_date"] + DAY
    recorded = injuries["onset_date"] + pd.to_timedelta(injuries["time_loss_days"], unit="D")
    still_open = pd.Series(watched_until.reindex(injuries["athlete_id"]).array, index=injuries.index)
    last = (injuries["return_date"] - DAY).fillna(recorded).fillna(still_open)
    spans = pd.DataFrame({"athlete_id": injuries["athlete_id"], "start_date": first, "end_date": last})
    spans = spans[spans["end_date"] >= spans["start_date"]]
    lost = days_covered(grid, spans).astype("float64")
    return lost.where(grid["injuries_observed"].astype(bool))
