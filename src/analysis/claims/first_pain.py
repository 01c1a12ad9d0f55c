"""Time to the first week with pain above 3, by third of hip deficit (CLAIMS build_up)."""

import pandas as pd

from analysis.claims.frames import THIRDS, ClaimData, deficit_thirds
from analysis.errors import HiprunError
from analysis.surveillance.survival import kaplan_meier


def first_pain_curves(data: ClaimData) -> pd.DataFrame:
    """`surveillance.kaplan_meier` of the weeks to the first answer above 3, one curve a third of the first hip deficit.

    Weeks count from an athlete's first watched one; who never answers above 3 is followed to the last answer. A week
    without an answer is passed over, so pain that came and went unanswered is not seen. No rows where fewer than three
    athletes have a known deficit.
    """
    try:
        weeks, first = data.weeks, data.first_weeks
    except HiprunError:
        return _none()
    if first.empty:
        return _none()
    thirds = deficit_thirds(weeks)
    begin = weeks.groupby("athlete_id")["programme_week"].min()
    last = first.sort_values("programme_week").drop_duplicates("athlete_id", keep="last")
    times = pd.DataFrame(
        {
            "athlete_id": last["athlete_id"],
            "time": last["programme_week"] - last["athlete_id"].map(begin) + 1,
            "event": last["first_pain"].eq(1),
            "third": last["athlete_id"].map(thirds),
        }
    ).dropna()
    if times.empty:
        return _none()
    times["third"] = pd.Categorical(times["third"], [third for third in THIRDS if (times["third"] == third).any()])
    curves = kaplan_meier(times, by="third", level=data.study.confidence_level)
    return curves.assign(group=curves["group"].astype("str") + " deficit")


def _none() -> pd.DataFrame:
    return pd.DataFrame(columns=["group", "time", "n_risk", "n_events", "n_censored", "survival", "ci_low", "ci_high"])
