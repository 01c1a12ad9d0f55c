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


def region_in_words(study: Study) -> str:
    """The body region whose pain is explained, as a reader expects it before the word pain."""
    return {"hip_groin": "hip", "any": "any"}.get(study.primary_region, study.primary_region.replace("_", " "))


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
    clinic = clinic_term(rows, study)
    cluster = "clinic" if "|" in clinic else "athlete_id"
    blocked = _why_not(rows, outcome, terms)
    if blocked:
        return ModelPlan(name, outcome, "", family, offset, frame, (), {"model": blocked, **reasons}, "", cluster)
    formula = f"{outcome} ~ {' + '.join(terms)}{programme_term(rows)}{clinic} + (1 | athlete_id)"
    caution = _few_events(rows, len(terms), clinic) if outcome == "new_injuries" else ""
    return ModelPlan(name, outcome, formula, family, offset, frame, tuple(terms), reasons, caution, cluster)


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


def _few_events(rows: pd.DataFrame, n_named_terms: int, clinic: str) -> str:
    """A caution where there are fewer events than five for each coefficient, the spline's and clinics' included."""
    events = int(rows["new_injuries"].sum())
    n_weeks = min(3, max(0, rows["programme_week"].nunique() - 1))
    n_clinics = rows["clinic"].nunique() - 1 if "C(" in clinic else 0
    n_terms = n_named_terms + n_weeks + n_clinics
    if events >= FEWEST_EVENTS_PER_TERM * n_terms:
        return ""
    return (
        f"The injury model rests on {events} new injuries for {n_terms} coefficients, fewer than "
        f"{FEWEST_EVENTS_PER_TERM} each: its estimates are unstable, and the truth may lie outside their intervals."
    )
