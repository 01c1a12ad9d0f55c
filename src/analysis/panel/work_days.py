"""Days of hip work with the soreness of the day after, and how far their week was above the usual."""

import numpy as np
import pandas as pd

from analysis.hip.work import minutes_from_sets
from analysis.surveillance.spans import DAY, merge_spans
from analysis.training_load import week_start

WEEK_DAYS, USUAL_DAYS = 7, 28
"""CLAIMS too_much: the jump in hip-work minutes over the last four weeks."""
_OF_DAY = ["athlete_id", "date"]


def work_days(hip_work: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """One row an athlete and day of hip work whose next-day soreness is known, in this order.

    `hip_work` and `windows` are the tables hip_work and observation_windows. Columns:

    - athlete_id, date, week_start (Monday of the day's week);
    - soreness_next_day_nrs (0 to 10): the worst told of the day's entries;
    - minutes_7d (min): hip work in the 7 days up to and including the day;
    - usual_min (min/week): mean weekly hip work of the 28 days before those 7;
    - work_jump_doublings: log2(minutes_7d / usual_min): 1 is twice the usual, 0 the usual; missing where usual_min is
      0. A week against the mean of the four before it, apart from it: a mean that held the week would tie the two
      (Lolli et al. 2019, Br J Sports Med 53:921).

    minutes_7d and usual_min are known where all 35 days lie in windows of the stream hip_work (of one athlete, which
    may touch) and no entry of these days is without minutes (`hip.work.minutes_from_sets`); a watched day without an
    entry is a true zero. Entries of 0 min were not done. Soreness is felt on the day after: nothing dated later than a
    row's day changes the row, so what explains the soreness was there before it.
    """
    done = hip_work.assign(minutes=minutes_from_sets(hip_work)["minutes"])
    done = done[done["minutes"].ne(0)]
    sore = done.groupby(_OF_DAY)["soreness_next_day_nrs"].max().dropna().reset_index()
    rows = sore.merge(_jumps(done, windows), on=_OF_DAY, how="left")
    rows.insert(2, "week_start", week_start(rows["date"]).astype("datetime64[us]"))
    return rows


def _jumps(done: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """athlete_id, date, minutes_7d, usual_min, work_jump_doublings of each watched day."""
    days = _watched_days(windows)
    by_day = done.groupby(_OF_DAY)["minutes"].sum(skipna=False)
    minutes = by_day.reindex(pd.MultiIndex.from_frame(days), fill_value=0.0).set_axis(days.index)
    back = minutes.groupby(days["athlete_id"], sort=False)
    reach = WEEK_DAYS + USUAL_DAYS
    first = days["date"].groupby(days["athlete_id"], sort=False).shift(reach - 1)
    unbroken = days["date"] - first == (reach - 1) * DAY
    week = sum(back.shift(k) for k in range(WEEK_DAYS)).where(unbroken)
    usual = sum(back.shift(k) for k in range(WEEK_DAYS, reach)).where(unbroken) / (USUAL_DAYS / WEEK_DAYS)
    usual = usual.where(week.notna())
    week = week.where(usual.notna())
    ratio = (week / usual.where(usual > 0)).where(week > 0)
    return days.assign(minutes_7d=week, usual_min=usual, work_jump_doublings=np.log2(ratio))


def _watched_days(windows: pd.DataFrame) -> pd.DataFrame:
    """athlete_id and date: every day in a window of hip work once, in order of athlete and day."""
    spans = merge_spans(windows[windows["stream"] == "hip_work"])
    lengths = ((spans["end_date"] - spans["start_date"]) // DAY + 1).to_numpy()
    at = np.repeat(np.arange(len(spans)), lengths)
    into = np.arange(len(at)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    dates = spans["start_date"].iloc[at].reset_index(drop=True) + pd.to_timedelta(into, unit="D")
    return pd.DataFrame({"athlete_id": spans["athlete_id"].iloc[at].array, "date": dates.astype("datetime64[us]")})
