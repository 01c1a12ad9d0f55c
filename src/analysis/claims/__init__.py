"""What is asked of the data: the primary models, and later every claim, each declared once."""

from analysis.claims.calibration import calibrate, calibration_summary, shares_to_draw
from analysis.claims.plan import ModelPlan, caution, exposure_terms, fit_plan, model_frame
from analysis.claims.power import QUESTIONS, power_of, power_question
from analysis.claims.primary import plan_injury_model, plan_pain_model, plan_problem_model, region_in_words

__all__ = [
    "QUESTIONS",
    "ModelPlan",
    "calibrate",
    "calibration_summary",
    "caution",
    "exposure_terms",
    "fit_plan",
    "model_frame",
    "plan_injury_model",
    "plan_pain_model",
    "plan_problem_model",
    "power_of",
    "power_question",
    "region_in_words",
    "shares_to_draw",
]
