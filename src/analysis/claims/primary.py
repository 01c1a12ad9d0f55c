"""The primary models: weekly hip pain, new injuries per hour at risk, and weeks with a health problem, on the doses
known before the week."""

import re
from dataclasses import dataclass, replace

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
BY_ATHLETE = "(1 | athlete_id)"


@dataclass(frozen=True)
class Model:
    """What a model is made of before the data are seen: the outcome's column, family and offset, and its terms.

    `exposures`: one of them at least must be known, or there is no model. `adjustment`, `adds`: the others; of `adds`
    a term may be a product or in brackets. `random` is the athlete's part. `calendar`: whether week in programme is
    adjusted for, as a spline.
    """

    name: str
    outcome: str
    family: str
    offset: str | None = None
    exposures: tuple[str, ...] = tuple(EXPOSURES)
    adjustment: tuple[str, ...] = tuple(ADJUSTMENT)
    adds: tuple[str, ...] = ()
    random: str = BY_ATHLETE
    calendar: bool = True


PAIN = Model("pain", "pain_nrs", "gaussian")
INJURY = Model("injury", "new_injuries", "poisson", "log_exposure_h")
PROBLEM = Model("problem", "health_problem", "binomial")


def region_in_words(study: Study) -> str:
    """The body region whose pain is explained, as a reader expects it before the word pain."""
    return {"hip_groin": "hip", "any": "any"}.get(study.primary_region, study.primary_region.replace("_", " "))


def plan_pain_model(panel: pd.DataFrame, study: Study) -> ModelPlan:
    """Weekly pain (0-10) in the primary region: linear mixed model with an athlete intercept.

    Explained by mobility and stability dose within and between athletes, acute and chronic load within and the
    usual load between them, age, sex, previous injury, week in programme and clinic (`docs/methods.md`).
    """
    frame = model_frame(panel, study)
    return plan_model(PAIN, frame, frame[frame["pain_nrs"].notna()], study)


def plan_injury_model(panel: pd.DataFrame, study: Study) -> ModelPlan:
    """New injuries in weeks at risk: Poisson mixed model with log hours as offset and an athlete intercept."""
    frame = model_frame(panel, study)
    rows = at_risk(frame)
    return plan_model(INJURY, rows, rows, study)


def at_risk(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows at risk in which injuries were watched."""
    return frame[frame["at_risk"].astype(bool) & frame["new_injuries"].notna()]


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
    return plan_model(PROBLEM, frame, frame[frame["health_problem"].notna()], study)


def plan_model(model: Model, frame: pd.DataFrame, rows: pd.DataFrame, study: Study) -> ModelPlan:
    """The plan of `model` on `frame`; `rows` are those of its rows that can be used: their outcome is known.

    Terms that `rows` cannot carry are left out with the reason. Clinic is a random intercept from
    `study.clinics_for_random_intercept` clinics up, a fixed effect below.
    """
    terms, reasons = _usable(rows, [*model.exposures, *model.adjustment, *model.adds])
    clinic = clinic_term(rows, study)
    cluster = "clinic" if "|" in clinic else "athlete_id"
    plan = ModelPlan(model.name, model.outcome, "", model.family, model.offset, frame, tuple(terms), reasons, cluster)
    blocked = _why_not(rows, model, terms)
    if blocked:
        return replace(plan, terms=(), reasons={"model": blocked, **reasons})
    athlete = f" + {model.random}" if model.random else ""
    calendar = programme_term(rows) if model.calendar else ""
    return replace(plan, formula=f"{model.outcome} ~ {' + '.join(terms)}{calendar}{clinic}{athlete}")


def columns_of(term: str) -> list[str]:
    """The columns of a term: of a product its factors, of `C(x)` x."""
    return re.findall(r"[^\W\d]\w*", term.replace("C(", "("))


def _usable(rows: pd.DataFrame, terms: list[str]) -> tuple[list[str], dict[str, str]]:
    """The terms all of whose columns vary and are known in `rows`, and why the other columns cannot be used."""
    columns = list(dict.fromkeys(c for term in terms for c in columns_of(term)))
    _, reasons = usable_terms(rows, columns)
    return [t for t in terms if not set(columns_of(t)) & set(reasons)], reasons


def _why_not(rows: pd.DataFrame, model: Model, terms: list[str]) -> str:
    complete = rows.dropna(subset=[model.outcome, *(c for t in terms for c in columns_of(t))])
    athletes = complete["athlete_id"].nunique()
    if model.exposures and not set(terms) & set(model.exposures):
        return "no week has a known dose of hip work that varies"
    if athletes < FEWEST_ATHLETES:
        return f"only {athletes} athletes have a week with every answer; at least {FEWEST_ATHLETES} are needed"
    if complete[model.outcome].nunique() < 2:
        return f"{model.outcome} is the same in every complete week"
    return ""
