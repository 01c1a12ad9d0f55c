"""Spans of days: merging those that touch, and counting how many days of each week they cover."""

import pandas as pd

DAY = pd.Timedelta(days=1)


def merge_spans(spans: pd.DataFrame) -> pd.DataFrame:
    """Spans (athlete_id, start_date, end_date; both ends included) with overlapping or touching ones joined.

    A day covered twice is thus counted once, as for two concurrent injuries.
    """
    spans = spans.sort_values(["athlete_id", "start_date", "end_date"])
    reached = spans.groupby("athlete_id")["end_date"].cummax().groupby(spans["athlete_id"]).shift()
    starts_anew = (reached.isna() | (spans["start_date"] > reached + DAY)).cumsum()
    return (
        spans.groupby(["athlete_id", starts_anew], sort=False)
        .agg(start_date=("start_date", "min"), end_date=("end_date", "max"))
        .reset_index("athlete_id")
        .reset_index(drop=True)
    )


def days_covered(grid: pd.DataFrame, spans: pd.DataFrame) -> pd.Series:
    """Days (0 to 7) of each athlete-week of `grid` that lie in the spans of that athlete, aligned to `grid`."""
    if spans.empty:
        return pd.Series(0, index=grid.index)
    pairs = grid.reset_index(names="row").merge(merge_spans(spans), on="athlete_id")
    first = pairs[["week_start", "start_date"]].max(axis=1)
    last = (pairs["week_start"] + 6 * DAY).to_frame("sunday").assign(end=pairs["end_date"]).min(axis=1)
    days = ((last - first).dt.days + 1).clip(lower=0)
    return days.groupby(pairs["row"]).sum().reindex(grid.index, fill_value=0)
