"""Time to the first problem: the first injury on record beside the first health problem told in the weekly answers."""

import pandas as pd

from analysis.describe.follow_up import first_injury_curve
from analysis.surveillance import kaplan_meier, median_times, time_to_first

INJURY = "Injury on record"
TOLD = {"health_problem": "Any health problem", "substantial_problem": "Substantial problem"}
MOST_WEEKS_UNANSWERED = 1
"""As `surveillance.problems.problem_episodes`: one forgotten form is passed over, a longer gap ends the follow-up."""
_WEEK_DAYS = 7


def first_problem_times(panel: pd.DataFrame, problem: str) -> pd.DataFrame:
    """Athletes who began without `problem`, with the week of their first: athlete_id, time, event.

    Weeks count from an athlete's first answered one, which is the first; a problem is placed at the end of its week.
    Who tells of the problem in that first answer had it before the watch and is not at risk of a first one: left out.
    Follow-up ends at the last answer before two or more unanswered weeks: what happened there is not known. One
    unanswered week is passed over, so a problem that came and went in it is not seen. Missing answers are never
    taken for "no problem".
    """
    answers = panel[["athlete_id", "week_start", problem]].dropna().sort_values(["athlete_id", "week_start"])
    who = answers["athlete_id"]
    step = answers["week_start"].groupby(who).diff().dt.days.fillna(_WEEK_DAYS)
    broken = (step > _WEEK_DAYS * (MOST_WEEKS_UNANSWERED + 1)).groupby(who).cummax()
    told = answers[problem].astype(bool)
    begins_with = told.groupby(who).transform("first")
    week = (answers["week_start"] - answers["week_start"].groupby(who).transform("first")).dt.days // _WEEK_DAYS + 1
    kept = ~broken & ~begins_with
    rows = pd.DataFrame({"athlete_id": who, "time": week.astype(float), "told": told})[kept]
    ends = rows.groupby("athlete_id", as_index=False)["time"].max().rename(columns={"time": "end"})
    if ends.empty:
        return pd.DataFrame(columns=["athlete_id", "time", "event"])
    return time_to_first(rows.loc[rows["told"], ["athlete_id", "time"]], ends)[["athlete_id", "time", "event"]]


def first_problem_curves(panel: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """`surveillance.kaplan_meier` of the weeks to the first injury, health problem and substantial problem.

    One group each, in this order; one that was never watched for has none. Injuries: see `first_injury_curve`; the
    problems: `first_problem_times`.
    """
    curves = [first_injury_curve(panel, level).assign(group=INJURY)]
    for problem, name in TOLD.items():
        times = first_problem_times(panel, problem)
        if len(times):
            curves.append(kaplan_meier(times, level=level).assign(group=name))
    known = [curve for curve in curves if len(curve)]
    return pd.concat(known, ignore_index=True) if known else curves[0]


def first_problem_summary(panel: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """How many had each first problem, and by when half had.

    Columns: problem, n_athletes (followed from a start without it), n_at_start (who had it in their first answer and
    are left out; missing for injuries, of which the start is not known), n_events, median_weeks, ci_low, ci_high. A
    median that the curve does not reach is missing.
    """
    curves = first_problem_curves(panel, level)
    if curves.empty:
        columns = ["problem", "n_athletes", "n_at_start", "n_events", "median_weeks", "ci_low", "ci_high"]
        return pd.DataFrame(columns=columns)
    table = median_times(curves).rename(columns={"group": "problem", "n": "n_athletes", "median": "median_weeks"})
    answered = {name: panel.loc[panel[column].notna(), "athlete_id"].nunique() for column, name in TOLD.items()}
    at_start = table["problem"].map(answered).astype("Int64") - table["n_athletes"]
    table.insert(2, "n_at_start", at_start)
    return table
