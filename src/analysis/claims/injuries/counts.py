"""The primary model of counts, fitted once beside its negative binomial rival."""

from analysis.claims.plan import ModelPlan, fit_plan
from analysis.errors import HiprunError
from analysis.models import CountModel, Fit, choose_count_model, cluster_robust
from analysis.study import Study


def fit_counts(plan: ModelPlan, study: Study) -> tuple[Fit, CountModel | None]:
    """The Poisson model of a plan as `fit_plan` gives it, and what `choose_count_model` says of it.

    The primary model stays Poisson whatever is chosen (`docs/methods.md`). Where the two cannot be compared there is no
    choice. Raises `HiprunError` as `fit_plan`.
    """
    try:
        choice = choose_count_model(plan.formula, plan.frame, offset=plan.offset, level=study.confidence_level)
    except HiprunError:
        return fit_plan(plan, study), None
    return cluster_robust(choice.poisson, plan.frame, plan.cluster), choice
