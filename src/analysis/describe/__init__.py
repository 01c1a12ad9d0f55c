"""What the cohort looks like: who took part, who answered, their hips, their training, their injuries."""

from analysis.describe.hips import first_profile, profile_for_figure, profile_summary, side_summary
from analysis.describe.injuries import (
    average_problems,
    average_table,
    injury_cases,
    injury_rates,
    overall_incidence,
    rates_by,
    rates_for_figure,
    rates_for_report,
    risk_points,
    watched_running,
    weekly_problems,
)
from analysis.describe.people import baseline_counts, baseline_measures, flow_for_sharing, flow_steps
from analysis.describe.weeks import dose_summary, missing_by_column, response_states, response_summary

__all__ = [
    "average_problems",
    "average_table",
    "baseline_counts",
    "baseline_measures",
    "dose_summary",
    "first_profile",
    "flow_for_sharing",
    "flow_steps",
    "injury_cases",
    "injury_rates",
    "missing_by_column",
    "overall_incidence",
    "profile_for_figure",
    "profile_summary",
    "rates_by",
    "rates_for_figure",
    "rates_for_report",
    "response_states",
    "response_summary",
    "risk_points",
    "side_summary",
    "watched_running",
    "weekly_problems",
]
