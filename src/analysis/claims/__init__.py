"""What is asked of the data: the primary models, and every claim, each declared once."""

from analysis.claims.claim import OUTCOMES, Claim, Estimand
from analysis.claims.claim_pictures import legs_compared, pain_by_region, range_kept_curves
from analysis.claims.estimate import estimate_claims, holm
from analysis.claims.first_pain import first_pain_curves
from analysis.claims.frames import ClaimData
from analysis.claims.library import CLAIMS, all_claims
from analysis.claims.plan import ModelPlan, caution, exposure_terms, fit_plan, model_frame
from analysis.claims.primary import plan_injury_model, plan_pain_model, plan_problem_model, region_in_words
from analysis.claims.reading import reading, reading_of_claim
from analysis.claims.robustness.every_alternative import Sensitivity, sensitivity
from analysis.claims.robustness.handed_out import for_report, not_estimated, rows_of
from analysis.claims.robustness.question import Question, Settings, primary_questions
from analysis.claims.robustness.robust_reading import moved_across_zero
from analysis.claims.robustness.verdict import Verdict, verdict, verdicts, with_verdict

__all__ = [
    "CLAIMS",
    "OUTCOMES",
    "Claim",
    "ClaimData",
    "Estimand",
    "ModelPlan",
    "Question",
    "Sensitivity",
    "Settings",
    "Verdict",
    "all_claims",
    "caution",
    "estimate_claims",
    "exposure_terms",
    "first_pain_curves",
    "fit_plan",
    "for_report",
    "holm",
    "legs_compared",
    "model_frame",
    "moved_across_zero",
    "not_estimated",
    "pain_by_region",
    "plan_injury_model",
    "plan_pain_model",
    "plan_problem_model",
    "primary_questions",
    "range_kept_curves",
    "reading",
    "reading_of_claim",
    "region_in_words",
    "rows_of",
    "sensitivity",
    "verdict",
    "verdicts",
    "with_verdict",
]
