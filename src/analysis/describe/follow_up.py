"""When injuries came: time to the first, how many by when, and which came back."""

import pandas as pd

from analysis.surveillance.subsequent import subsequent_injuries
from analysis.surveillance.survival import follow_up, kaplan_meier, mean_cumulative_count, time_to_first

_CURVE = ["group", "time", "n_risk", "n_events", "n_censored"]
UNKNOWN = "Cannot be told from what is recorded"
_CLASSES = {
    "index": "First on record",
    "new_other": "New: another place",
    "new_local": "New: same place, another type",
    "reinjury": "Re-injury: same place and type, healed before",
    "exacerbation": "Exacerbation: same place and type, not healed",
}


def first_injury_curve(panel: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """`surveillance.kaplan_meier` of weeks from the first watched one to the first injury; empty if there is none."""
    events, athletes = follow_up(panel)
    if athletes.empty:
        return pd.DataFrame(columns=[*_CURVE, "survival", "ci_low", "ci_high"])
    return kaplan_meier(time_to_first(events, athletes), level=level)


def injuries_by_week(panel: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """`surveillance.mean_cumulative_count` of injuries an athlete by week; empty if nobody was watched."""
    events, athletes = follow_up(panel)
    if athletes.empty:
        return pd.DataFrame(columns=[*_CURVE, "mean_count", "se", "ci_low", "ci_high"])
    return mean_cumulative_count(events, athletes, level=level)


def subsequent_counts(injuries: pd.DataFrame) -> pd.DataFrame:
    """How many injuries are the first on record of their athlete and how many came after one, by class (IOC 2020).

    Columns: injury, n_cases. What the records cannot tell apart is counted as such. Illnesses are left out.
    """
    found = subsequent_injuries(injuries)
    found = found[found["why"].fillna("") != "illness"]
    counts = found["subsequent"].map(lambda word: UNKNOWN if pd.isna(word) else _CLASSES[word]).value_counts(sort=False)
    return pd.DataFrame({"injury": counts.index, "n_cases": counts.to_numpy()})
