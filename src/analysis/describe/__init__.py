"""What the cohort looks like: who took part, who answered, their hips, their training, their injuries."""

from analysis.describe.hip_work import ratio_summary, work_pattern
from analysis.describe.hips import (
    first_profile,
    norms_for_figure,
    norms_summary,
    profile_for_figure,
    profile_summary,
    reliability_for_report,
    reliability_table,
    side_summary,
    sides_for_figure,
    sides_for_report,
)
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
    "norms_for_figure",
    "norms_summary",
    "overall_incidence",
    "profile_for_figure",
    "profile_summary",
    "rates_by",
    "rates_for_figure",
    "rates_for_report",
    "ratio_summary",
    "reliability_for_report",
    "reliability_table",
    "response_states",
    "response_summary",
    "risk_points",
    "side_summary",
    "sides_for_figure",
    "sides_for_report",
    "watched_running",
    "weekly_problems",
    "work_pattern",
]
