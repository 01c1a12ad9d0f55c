"""The model of an estimand on the rows of its outcome, or the reason why these data cannot carry it."""

import pandas as pd

from analysis.claims.claim import Estimand
from analysis.claims.plan import ModelPlan
from analysis.claims.primary import FEWEST_ATHLETES, at_risk, columns_of, plan_model
from analysis.claims.why_not import lacking
from analysis.errors import HiprunError
from analysis.study import Study


def claim_plan(estimand: Estimand, frame: pd.DataFrame, study: Study) -> ModelPlan:
    """The model of an estimand on its outcome's frame. Raises `HiprunError` with the reason where there is none."""
    model = estimand.model
    reason = lacking(frame, [model.outcome, *estimand.needs, *([model.offset] if model.offset else [])])
    if reason:
        raise HiprunError(reason)
    if model.offset:
        frame = at_risk(frame)
    own = [c for c in estimand.needs if any(c in columns_of(t) for t in model.adds)]
    rows = frame.dropna(subset=[model.outcome, *own])
    reason = lacking(rows, [model.outcome, *estimand.needs])
    if reason:
        raise HiprunError(reason)
    plan = plan_model(model, frame, rows, study)
    if plan.formula:
        return plan
    why = plan.reasons["model"]
    few = f"fewer than {FEWEST_ATHLETES} runners have a row with all that the model needs"  # a small count stays inside
    raise HiprunError(few if why.startswith("only ") else why)
