"""What is asked of the data: the primary models, and later every claim, each declared once."""

from analysis.claims.plan import ModelPlan, caution, exposure_terms, fit_plan, model_frame
from analysis.claims.primary import plan_injury_model, plan_pain_model, plan_problem_model, region_in_words

__all__ = [
    "ModelPlan",
    "caution",
    "exposure_terms",
    "fit_plan",
    "model_frame",
    "plan_injury_model",
    "plan_pain_model",
    "plan_problem_model",
    "region_in_words",
]
