"""How many days of each week a set of spans covers."""

import pandas as pd

from analysis.surveillance.spans import DAY, merge_spans


def days_covered(grid: pd.DataFrame, spans: pd.DataFrame) -> pd.Series:
    """Days (0 to 7) of each athlete-week of `grid` that lie in the spans of that athlete, aligned to `grid`."""
    if spans.empty:
        return pd.Series(0, index=grid.index)
    pairs = grid.reset_index(names="row").merge(merge_spans(spans), on="athlete_id")
    first = pairs["start_date"].where(pairs["start_date"] > pairs["week_start"], pairs["week_start"])
    sunday = pairs["week_start"] + 6 * DAY
    last = pairs["end_date"].where(pairs["end_date"] < sunday, sunday)
    days = ((last - first).dt.days + 1).clip(lower=0)
    return days.groupby(pairs["row"]).sum().reindex(grid.index, fill_value=0)
