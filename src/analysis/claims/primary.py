"""The two primary models: weekly hip pain, and new injuries per hour at risk, on the doses known before the week."""

import pandas as pd

from analysis.claims.plan import ModelPlan, clinic_term, model_frame, programme_term, usable_terms
from analysis.study import Study

EXPOSURES = ["mobility_within", "mobility_between", "stability_within", "stability_between"]
ADJUSTMENT = [
    "acute_load_within",
    "chronic_load_within",
    "load_between",
    "age_decades",
    "sex_male",
    "previous_injury_yes",
]
FEWEST_ATHLETES = 5
FEWEST_EVENTS_PER_TERM = 5
"""Fewest events a term needs (Nielsen et al. 2019, BJSM 53:61)."""


def plan_pain_model(panel: pd.DataFrame, study: Study) -> ModelPlan:
    """Weekly pain (0-10) in the primary region: linear mixed model with an athlete intercept.

    Explained by mobility and stability dose within and between athletes, acute and chronic load within and the
    usual load between them, age, sex, previous injury, week in programme and clinic (`docs/methods.md`).
    """
    frame = model_frame(panel, study)
    return _plan("pain", "pain_nrs", "gaussian", None, frame, frame[frame["pain_nrs"].notna()], study)


def plan_injury_model(panel: pd.DataFrame, study: Study) -> ModelPlan:
    """New injuries in weeks at risk: Poisson mixed model with log hours as offset and an athlete intercept."""
    frame = model_frame(panel, study)
    rows = frame[frame["at_risk"].astype(bool) & frame["new_injuries"].notna()]
    return _plan("injury", "new_injuries", "poisson", "log_exposure_h", rows, rows, study)


def _plan(
    name: str, outcome: str, family: str, offset: str | None, frame: pd.DataFrame, rows: pd.DataFrame, study: Study
) -> ModelPlan:
    terms, reasons = usable_terms(rows, EXPOSURES + ADJUSTMENT)
    blocked = _why_not(rows, outcome, terms)
    if blocked:
        return ModelPlan(name, outcome, "", family, offset, frame, (), {"model": blocked, **reasons})
    formula = f"{outcome} ~ {' + '.join(terms)}{programme_term(rows)}{clinic_term(rows, study)} + (1 | athlete_id)"
    if outcome == "new_injuries":
        n_weeks, n_clinics = min(3, rows["programme_week"].nunique() - 1), rows["clinic"].nunique()
        n_terms = len(terms) + n_weeks + (max(0, n_clinics - 1) if "C(clinic)" in formula else 0)
        reasons |= _few_events(int(rows[outcome].sum()), n_terms)
    return ModelPlan(name, outcome, formula, family, offset, frame, tuple(terms), reasons)


def _why_not(rows: pd.DataFrame, outcome: str, terms: list[str]) -> str:
    complete = rows.dropna(subset=[outcome, *terms])
    athletes = complete["athlete_id"].nunique()
    if not set(terms) & set(EXPOSURES):
        return "no week has a known dose of hip work that varies"
    if athletes < FEWEST_ATHLETES:
        return f"only {athletes} athletes have a week with every answer; at least {FEWEST_ATHLETES} are needed"
    if complete[outcome].nunique() < 2:
        return f"{outcome} is the same in every complete week"
    return ""


def _few_events(events: int, terms: int) -> dict[str, str]:
    if events >= FEWEST_EVENTS_PER_TERM * terms:
        return {}
    return {
        "events": f"{events} new injuries for {terms} terms, fewer than {FEWEST_EVENTS_PER_TERM} a term: "
        "estimates are unstable and their intervals wide"
    }
