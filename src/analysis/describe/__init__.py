"""What the cohort looks like: who took part, who answered, their hips, their training, their injuries."""

from analysis.describe.hips import first_profile, profile_summary, side_summary
from analysis.describe.injuries import injury_cases, injury_rates, watched_running, weekly_problems
from analysis.describe.people import baseline_table, flow_steps
from analysis.describe.weeks import dose_summary, missing_by_column, response_states, response_summary

__all__ = [
    "baseline_table",
    "dose_summary",
    "first_profile",
    "flow_steps",
    "injury_cases",
    "injury_rates",
    "missing_by_column",
    "profile_summary",
    "response_states",
    "response_summary",
    "side_summary",
    "watched_running",
    "weekly_problems",
]
