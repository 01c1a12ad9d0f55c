"""Observation windows: who was watched for which stream from when to when. Blank outside a window is not zero."""

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
    dates = frame[["athlete_id", column]].drop_duplicates().sort_values(["athlete_id", column])
    gap = dates.groupby("athlete_id")[column].diff()
    part = (gap.isna() | (gap > (gap_days + days - 1) * DAY)).cumsum()
    spans = dates.groupby(["athlete_id", part.rename("part")], sort=False)[column].agg(["min", "max"]).reset_index()
    sunday = week_start(spans["max"] + (days - 1) * DAY) + 6 * DAY
    return merge_spans(
        pd.DataFrame({"athlete_id": spans["athlete_id"], "start_date": week_start(spans["min"]), "end_date": sunday})
    )


def warn_outside(rows: Rows, stream: str, given: pd.DataFrame) -> None:
    """Warn of every row whose date lies in no given window of its athlete and stream."""
    _, column, days = STREAM_DATES[stream]
    windows = given[given["stream"] == stream]
    if windows.empty or not rows.has(column):
        return
    dates = pd.DataFrame({"athlete_id": rows.frame["athlete_id"], "date": pd.to_datetime(rows.frame[column])})
    pairs = dates.reset_index(names="label").merge(windows, on="athlete_id")
    inside = pairs[(pairs["date"] + (days - 1) * DAY >= pairs["start_date"]) & (pairs["date"] <= pairs["end_date"])]
    for label in dates.index.difference(inside["label"]):
        found = f"{dates.loc[label, 'date']:%Y-%m-%d}, outside every {stream} window of the athlete"
        rows.note(
            label,
            "WINDOW",
            column,
            found,
            "a date inside a window",
            "correct the date or the observation window",
            "warning",
        )
