"""Observation windows: who was watched for which stream from when to when. Blank outside a window is not zero."""

import numpy as np
import pandas as pd

from analysis.sources.assemble import Rows
from analysis.sources.mapping import COHORT_FILE
from analysis.sources.problems import Problem
from analysis.surveillance.spans import DAY, SPAN, merge_spans
from analysis.tables import OBSERVATION_WINDOWS
from analysis.training_load import week_start

STREAM_DATES = {
    "training": ("training_sessions", "date", 1),
    "weekly_report": ("weekly_reports", "week_start", 7),
    "injury": ("injuries", "onset_date", 1),
    "hip_assessment": ("hip_assessments", "date", 1),
    "hip_work": ("hip_work", "date", 1),
}
"""Stream -> table, its date column, and how many days one row covers."""


def add_windows(
    given: pd.DataFrame, tables: dict[str, pd.DataFrame], gap_days: int
) -> tuple[pd.DataFrame, list[Problem]]:
    """The given windows, and derived ones (a decision each) for every stream that has rows but no window at all.

    Derived: per athlete from the Monday before the first row to the Sunday after the last, split where more than
    `gap_days` lie between rows. Injuries are watched for as long as training or weekly reports come in: first to last
    injury would leave out the healthy.
    """
    found = [given]
    problems = []
    derived: dict[str, pd.DataFrame] = {}
    for stream, (table, column, days) in STREAM_DATES.items():
        if table not in tables or (given["stream"] == stream).any():
            continue
        if stream != "injury":
            derived[stream] = _spans(tables[table], column, days, gap_days)
            words = (
                "the whole weeks (Monday to Sunday) from first to last row of each athlete, "
                f"split at gaps over {gap_days} days"
            )
            problems.append(_decision(stream, words))
    if "injuries" in tables and not (given["stream"] == "injury").any():
        watched = given[given["stream"].isin(["training", "weekly_report"])]
        others = [watched[SPAN], *(derived[s] for s in ("training", "weekly_report") if s in derived)]
        derived["injury"] = merge_spans(pd.concat(others, ignore_index=True))
        words = (
            "the windows of training and weekly reports"
            if len(derived["injury"])
            else "none: no training and no weekly reports"
        )
        problems.append(_decision("injury", words))
    found += [spans.assign(stream=stream) for stream, spans in derived.items()]
    return OBSERVATION_WINDOWS.tidy(pd.concat(found, ignore_index=True)), problems


def _decision(stream: str, words: str) -> Problem:
    return Problem(
        COHORT_FILE,
        "",
        "",
        "observation_windows",
        "WINDOW",
        "decision",
        f"no windows for {stream}: taken as {words}",
        "when each athlete was watched",
        "nothing to do if that is right, else feed the table observation_windows",
    )


def _spans(frame: pd.DataFrame, column: str, days: int, gap_days: int) -> pd.DataFrame:
    """First to last date of each athlete, split at gaps, widened to whole weeks: athlete_id, start_date, end_date.

    The panel counts a week only where all its days were watched; an athlete who runs on Tuesdays would lose two.
    """
    names, keys = _athlete_days(frame["athlete_id"], frame[column])
    athlete, day = keys >> _BITS, keys & _DAYS
    begins = np.append(True, (np.diff(athlete) > 0) | (np.diff(day) >= gap_days + days))[: len(keys)]
    first, last = np.flatnonzero(begins), np.append(np.flatnonzero(begins)[1:], len(keys)) - 1
    sunday = week_start(_as_dates(day[last] + days - 1)) + 6 * DAY
    spans = {"athlete_id": names[athlete[first]], "start_date": week_start(_as_dates(day[first])), "end_date": sunday}
    return merge_spans(pd.DataFrame(spans))


_BITS = 20
"""Enough for the days of 1400 years on either side of 1970."""
_DAYS, _ZERO = (1 << _BITS) - 1, 1 << (_BITS - 1)


def _athlete_days(athletes: pd.Series, dates: pd.Series) -> tuple[pd.Index, np.ndarray]:
    """The athletes, sorted, and one number for each of an athlete's days, in order: the athlete's place, then the day.

    Rows without a date are left out.
    """
    known = dates.notna().to_numpy()
    codes, names = pd.factorize(athletes if known.all() else athletes[known])
    names = pd.Index(names).astype("str")
    order = names.argsort()
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    days = dates.to_numpy()[known].astype("datetime64[D]").astype(np.int64) + _ZERO
    keys = np.sort((place[codes] << _BITS) + days)
    different = np.append(True, keys[1:] != keys[:-1])[: len(keys)]  # np.unique hashes first: ten times as long
    return names[order], keys[different]


def _as_dates(days: np.ndarray) -> pd.Series:
    return pd.Series((days - _ZERO).astype("datetime64[D]").astype("datetime64[us]"))


def days_of_athletes(athletes: pd.Series, dates: pd.Series) -> pd.DataFrame:
    """Each athlete's days, every one once, in order: athlete_id, date. Rows without a date are left out."""
    names, keys = _athlete_days(athletes, dates)
    return pd.DataFrame({"athlete_id": names[keys >> _BITS], "date": _as_dates(keys & _DAYS)})


def _rows_of(athletes: pd.Series, dates: pd.Series, wanted: pd.MultiIndex) -> list[int]:
    """Labels of the rows of these athletes and days, in order."""
    if wanted.empty:
        return []
    some = athletes.isin(wanted.unique(0)) & dates.isin(wanted.unique(1))
    pairs = pd.MultiIndex.from_arrays([athletes[some], dates[some]])
    return athletes.index[some][pairs.isin(wanted)].tolist()


def warn_outside(rows: Rows, stream: str, given: pd.DataFrame) -> None:
    """Warn of every row whose date lies in no given window of its athlete and stream."""
    _, column, days = STREAM_DATES[stream]
    windows = given[given["stream"] == stream]
    if windows.empty or not rows.has(column):
        return
    athletes, dates = rows.frame["athlete_id"], pd.to_datetime(rows.frame[column])
    pairs = days_of_athletes(athletes, dates).merge(windows, on="athlete_id", how="left")
    inside = (pairs["date"] + (days - 1) * DAY >= pairs["start_date"]) & (pairs["date"] <= pairs["end_date"])
    outside = inside.groupby([pairs["athlete_id"], pairs["date"]]).any().loc[lambda found: ~found].index
    for label in _rows_of(athletes, dates, outside):
        found = f"{dates.loc[label]:%Y-%m-%d}, outside every {stream} window of the athlete"
        rows.note(
            label,
            "WINDOW",
            column,
            found,
            "a date inside a window",
            "correct the date or the observation window",
            "warning",
        )
