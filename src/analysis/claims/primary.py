"""The primary models: weekly hip pain, new injuries per hour at risk, and weeks with a health problem, on the doses
known before the week."""

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


def plan_problem_model(panel: pd.DataFrame, study: Study) -> ModelPlan:
    """Weeks with any health problem (a positive OSTRC answer, any region): logistic mixed model, athlete intercept.

    Estimates the odds ratio of a problem in an answered week, for one and the same athlete, per step of work. A week
    counts whether the problem began in it or goes on from before, so it is about prevalence, not about new problems;
    weeks without an answer are left out. Being an athlete's own, the ratio is further from 1 than that of the shares
    of a whole squad (Zeger, Liang and Albert 1988, Biometrics 44:1049). Problem weeks: Clarsen et al. 2020, Br J
    Sports Med 54:390.
    """
    frame = model_frame(panel, study)
    frame["health_problem"] = panel["health_problem"].astype("Float64").astype("float64")
    return _plan("problem", "health_problem", "binomial", None, frame, frame[frame["health_problem"].notna()], study)


def _plan(
    name: str, outcome: str, family: str, offset: str | None, frame: pd.DataFrame, rows: pd.DataFrame, study: Study
) -> ModelPlan:
    terms, reasons = usable_terms(rows, EXPOSURES + ADJUSTMENT)
    clinic = clinic_term(rows, study)
    cluster = "clinic" if "|" in clinic else "athlete_id"
    blocked = _why_not(rows, outcome, terms)
    if blocked:
        return ModelPlan(name, outcome, "", family, offset, frame, (), {"model": blocked, **reasons}, cluster)
    formula = f"{outcome} ~ {' + '.join(terms)}{programme_term(rows)}{clinic} + (1 | athlete_id)"
    return ModelPlan(name, outcome, formula, family, offset, frame, tuple(terms), reasons, cluster)


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
