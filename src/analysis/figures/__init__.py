"""Frame in, figure out: no reading, no fitting. Each figure has an `alt_…` that says its message in words."""

from analysis.figures.autocorrelation import alt_autocorrelation_plot, autocorrelation_plot
from analysis.figures.body_map import alt_body_map, body_map
from analysis.figures.calendar import alt_response_calendar, response_calendar
from analysis.figures.calibration import alt_calibration_plot, calibration_plot
from analysis.figures.caterpillar import alt_caterpillar_plot, caterpillar_plot
from analysis.figures.claim_forest import alt_claim_forest, claim_forest
from analysis.figures.counts import alt_rootogram, rootogram
from analysis.figures.dose_response import alt_dose_response, dose_response
from analysis.figures.effects import alt_effect_plot, effect_plot
from analysis.figures.flow import alt_cohort_flow, cohort_flow
from analysis.figures.hip_profile import alt_hip_profile, hip_profile
from analysis.figures.incidence import alt_incidence_plot, incidence_plot
from analysis.figures.inflation import alt_variance_inflation_plot, variance_inflation_plot
from analysis.figures.influence import alt_influence_plot, influence_plot
from analysis.figures.leg_comparison import alt_leg_comparison, leg_comparison
from analysis.figures.load import alt_hip_work_by_week, alt_weekly_load, hip_work_by_week, weekly_load
from analysis.figures.mix_of_work import alt_mix_of_work, mix_of_work
from analysis.figures.norms import alt_profile_against_norms, profile_against_norms
from analysis.figures.pooled_forest import alt_pooled_forest, pooled_forest
from analysis.figures.power import alt_power_curve, power_curve
from analysis.figures.predictions import alt_prediction_curve, prediction_curve
from analysis.figures.prevalence import alt_prevalence_by_week, prevalence_by_week
from analysis.figures.quantile_residuals import alt_quantile_residual_check, quantile_residual_check
from analysis.figures.random_effects import alt_random_effects_plot, random_effects_plot
from analysis.figures.regional_effects import alt_regional_effects, regional_effects
from analysis.figures.replicates import alt_replicate_plot, replicate_plot
from analysis.figures.retention import alt_retention_curve, retention_curve
from analysis.figures.risk_matrix import alt_risk_matrix, risk_matrix
from analysis.figures.sensitivity_overview import alt_sensitivity_overview, sensitivity_overview
from analysis.figures.severity import (
    alt_return_plot,
    alt_severity_classes_plot,
    return_plot,
    severity_classes_plot,
)
from analysis.figures.shares import alt_variance_shares, variance_shares
from analysis.figures.side_by_side import alt_effects_side_by_side, effects_side_by_side
from analysis.figures.side_differences import alt_side_difference_plot, side_difference_plot
from analysis.figures.specification_curve import alt_specification_curve, specification_curve
from analysis.figures.style import figure, use_style
from analysis.figures.survival import (
    alt_kaplan_meier_plot,
    alt_mean_cumulative_count_plot,
    kaplan_meier_plot,
    mean_cumulative_count_plot,
)
from analysis.figures.tipping import alt_tipping_point_curve, tipping_point_curve
from analysis.figures.trajectories import alt_pain_trajectories, pain_trajectories
from analysis.figures.typical_weeks import alt_typical_weeks, typical_weeks

__all__ = [
    "alt_autocorrelation_plot",
    "alt_body_map",
    "alt_calibration_plot",
    "alt_caterpillar_plot",
    "alt_claim_forest",
    "alt_cohort_flow",
    "alt_dose_response",
    "alt_effect_plot",
    "alt_effects_side_by_side",
    "alt_hip_profile",
    "alt_hip_work_by_week",
    "alt_incidence_plot",
    "alt_influence_plot",
    "alt_kaplan_meier_plot",
    "alt_leg_comparison",
    "alt_mean_cumulative_count_plot",
    "alt_mix_of_work",
    "alt_pain_trajectories",
    "alt_pooled_forest",
    "alt_power_curve",
    "alt_prediction_curve",
    "alt_prevalence_by_week",
    "alt_profile_against_norms",
    "alt_quantile_residual_check",
    "alt_random_effects_plot",
    "alt_regional_effects",
    "alt_replicate_plot",
    "alt_response_calendar",
    "alt_retention_curve",
    "alt_return_plot",
    "alt_risk_matrix",
    "alt_rootogram",
    "alt_sensitivity_overview",
    "alt_severity_classes_plot",
    "alt_side_difference_plot",
    "alt_specification_curve",
    "alt_tipping_point_curve",
    "alt_typical_weeks",
    "alt_variance_inflation_plot",
    "alt_variance_shares",
    "alt_weekly_load",
    "autocorrelation_plot",
    "body_map",
    "calibration_plot",
    "caterpillar_plot",
    "claim_forest",
    "cohort_flow",
    "dose_response",
    "effect_plot",
    "effects_side_by_side",
    "figure",
    "hip_profile",
    "hip_work_by_week",
    "incidence_plot",
    "influence_plot",
    "kaplan_meier_plot",
    "leg_comparison",
    "mean_cumulative_count_plot",
    "mix_of_work",
    "pain_trajectories",
    "pooled_forest",
    "power_curve",
    "prediction_curve",
    "prevalence_by_week",
    "profile_against_norms",
    "quantile_residual_check",
    "random_effects_plot",
    "regional_effects",
    "replicate_plot",
    "response_calendar",
    "retention_curve",
    "return_plot",
    "risk_matrix",
    "rootogram",
    "sensitivity_overview",
    "severity_classes_plot",
    "side_difference_plot",
    "specification_curve",
    "tipping_point_curve",
    "typical_weeks",
    "use_style",
    "variance_inflation_plot",
    "variance_shares",
    "weekly_load",
]
