"""What an athlete did in a week: sessions, running time and distance, load, hip work, days lost."""

import numpy as np
import pandas as pd

from analysis.panel.grid import watched_rows
from analysis.panel.spans import days_covered
from analysis.surveillance.spans import DAY
from analysis.tables.words import RUNNING_SPORTS
from analysis.training_load import srpe_load_au

WEEK = ["athlete_id", "week_start"]
LOAD_SCALES = ("cr10", "strava1_10")
"""RPE scales from 0 or 1 to 10, on which session-RPE load is defined (Foster 2001); Borg 6-20 is not."""


class WeeklyRows:
    """Rows of a table put into the weeks of a grid; those of weeks not watched count nowhere."""

    def __init__(self, grid: pd.DataFrame, athletes: pd.Series, dates: pd.Series, observed: str) -> None:
        at, self.inside = watched_rows(grid, athletes, dates, observed)
        self._weeks = pd.Categorical.from_codes(np.where(self.inside, at, -1), pd.RangeIndex(len(grid)))
        self._observed = grid[observed].astype(bool)

    def sums(self, values: pd.Series, which: np.ndarray | None = None) -> pd.Series:
        """Sum of the rows (those where `which` is true) of each week, aligned to the grid: 0 in a watched week without
        rows, missing in a week not watched and as soon as one value is: an unknown part leaves no known sum."""
        weeks = self._weeks if which is None else self._weeks[which]
        values = values if which is None else values[which]
        sums = values.groupby(weeks, observed=False, sort=False).sum(skipna=False)
        return self._on_grid(sums.sort_index().to_numpy(dtype="float64", na_value=np.nan))

    def counts(self) -> pd.Series:
        """Number of rows of each week, aligned to the grid."""
        codes = self._weeks.codes
        return self._on_grid(np.bincount(codes[codes >= 0], minlength=len(self._observed)).astype("float64"))

    def _on_grid(self, values: np.ndarray) -> pd.Series:
        return pd.Series(values, index=self._observed.index).where(self._observed)


def weekly_training(grid: pd.DataFrame, sessions: pd.DataFrame) -> pd.DataFrame:
    """n_sessions, exposure_h, exposure_km and srpe_load_au, aligned to `grid`.

    Running time and distance count running sessions only; load counts every session.
    """
    weekly = WeeklyRows(grid, sessions["athlete_id"], sessions["date"], "training_observed")
    runs = sessions["sport"].isin(RUNNING_SPORTS).to_numpy(dtype=bool)
    rpe = sessions["rpe"].where(sessions["rpe_scale"].isin(LOAD_SCALES) & weekly.inside)
    load = pd.Series(srpe_load_au(rpe, sessions["duration_min"]), index=sessions.index, dtype="float64")
    return pd.DataFrame(
        {
            "n_sessions": weekly.counts(),
            "exposure_h": weekly.sums(sessions["duration_min"] / 60, runs),
            "exposure_km": weekly.sums(sessions["distance_km"], runs),
            "srpe_load_au": weekly.sums(load),
        }
    )


def weekly_hip_work(grid: pd.DataFrame, entries: pd.DataFrame) -> pd.DataFrame:
    """mobility_min and stability_min, aligned to `grid`; entries without a category count in neither."""
    weekly = WeeklyRows(grid, entries["athlete_id"], entries["date"], "hip_work_observed")
    of_category = {c: entries["category"].eq(c).to_numpy(dtype=bool, na_value=False) for c in ("mobility", "stability")}
    return pd.DataFrame({f"{c}_min": weekly.sums(entries["duration_min"], which) for c, which in of_category.items()})


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
