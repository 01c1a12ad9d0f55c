"""Frame in, figure out: no reading, no fitting. Each figure has an `alt_…` that says its message in words."""

from analysis.figures.calendar import alt_response_calendar, response_calendar
from analysis.figures.effects import alt_effect_plot, effect_plot
from analysis.figures.flow import alt_cohort_flow, cohort_flow
from analysis.figures.hip_profile import alt_hip_profile, hip_profile
from analysis.figures.incidence import alt_incidence_plot, incidence_plot
from analysis.figures.load import alt_hip_work_by_week, alt_weekly_load, hip_work_by_week, weekly_load
from analysis.figures.prevalence import alt_prevalence_by_week, prevalence_by_week
from analysis.figures.residuals import alt_residual_check, residual_check
from analysis.figures.risk_matrix import alt_risk_matrix, risk_matrix
from analysis.figures.style import figure, use_style
from analysis.figures.trajectories import alt_pain_trajectories, pain_trajectories

__all__ = [
    "alt_cohort_flow",
    "alt_effect_plot",
    "alt_hip_profile",
    "alt_hip_work_by_week",
    "alt_incidence_plot",
    "alt_pain_trajectories",
    "alt_prevalence_by_week",
    "alt_residual_check",
    "alt_response_calendar",
    "alt_risk_matrix",
    "alt_weekly_load",
    "cohort_flow",
    "effect_plot",
    "figure",
    "hip_profile",
    "hip_work_by_week",
    "incidence_plot",
    "pain_trajectories",
    "prevalence_by_week",
    "residual_check",
    "response_calendar",
    "risk_matrix",
    "use_style",
    "weekly_load",
]
