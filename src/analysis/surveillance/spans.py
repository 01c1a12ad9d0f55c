"""Spans of days: joining those that overlap or touch, so that a day counts once."""

import pandas as pd

DAY = pd.Timedelta(days=1)
SPAN = ["athlete_id", "start_date", "end_date"]


def watched_until(windows: pd.DataFrame, stream: str) -> pd.Series:
    """Last day each athlete was watched for `stream`, by athlete_id; athletes never watched for it are absent."""
    return windows[windows["stream"] == stream].groupby("athlete_id")["end_date"].max()


def merge_spans(spans: pd.DataFrame) -> pd.DataFrame:
    """Spans (athlete_id, start_date, end_date; both ends included) with overlapping or touching ones joined.

    Serves windows of observation and days lost to concurrent injuries alike. Rows come back in order of
    athlete and start, with these three columns only.
    """
    spans = spans[SPAN].sort_values(SPAN, ignore_index=True)
    reached = spans.groupby("athlete_id")["end_date"].cummax().groupby(spans["athlete_id"]).shift()
    part = (reached.isna() | (spans["start_date"] > reached + DAY)).cumsum().rename("part")
    joined = spans.groupby(["athlete_id", part], sort=False).agg(
        start_date=("start_date", "min"), end_date=("end_date", "max")
    )
    return joined.reset_index()[SPAN]
