"""What a cohort holds, table by table."""

import pandas as pd

from analysis.sources.cohort import Cohort

DATED = {
    "training_sessions": "date",
    "hip_work": "date",
    "hip_assessments": "date",
    "weekly_reports": "week_start",
    "injuries": "onset_date",
    "observation_windows": "start_date",
}


def table_overview(cohort: Cohort) -> pd.DataFrame:
    """One row per table: table, n_rows, n_athletes, first_day and last_day (missing for undated tables)."""
    rows = []
    for name, frame in cohort.tables.items():
        days = frame[DATED[name]] if name in DATED else pd.Series(dtype="datetime64[us]")
        rows.append((name, len(frame), frame["athlete_id"].nunique(), days.min(), days.max()))
    table = pd.DataFrame(rows, columns=["table", "n_rows", "n_athletes", "first_day", "last_day"])
    for column in ("first_day", "last_day"):
        table[column] = table[column].dt.strftime("%Y-%m-%d")
    return table
