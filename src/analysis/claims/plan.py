"""From a panel to a model: which terms can be estimated from these data, and why the others cannot."""

from dataclasses import dataclass

import pandas as pd

from analysis.models import Fit, cluster_robust, fit
from analysis.study import Study

SCALED = {
    "mobility_within": ("mobility_dose_within_min", "dose"),
    "mobility_between": ("mobility_dose_between_min", "dose"),
    "stability_within": ("stability_dose_within_min", "dose"),
    "stability_between": ("stability_dose_between_min", "dose"),
    "acute_load_within": ("acute_load_within_au", "load"),
    "chronic_load_within": ("chronic_load_within_au", "load"),
    "load_between": ("chronic_load_between_au", "load"),
}
LOAD_STEP_AU = 100.0
AGE_STEP_Y = 10.0

LABELS = {
    "mobility_within": "Mobility work, +{step} min/week above own habit",
    "stability_within": "Stability work, +{step} min/week above own habit",
    "mobility_between": "Mobility work, a habit of +{step} min/week",
    "stability_between": "Stability work, a habit of +{step} min/week",
}
"""What each exposure means, in words; `{step}` is the study's dose step in minutes. The terms a model is only
adjusted for have no name here: their estimates mean something else than the exposures' (Westreich &
Greenland 2013, Am J Epidemiol 177:292), so no figure or sentence shows them."""

PHRASES = {
    "mobility_within": "{step} min/week more mobility work before them than the runner's own habit",
    "stability_within": "{step} min/week more stability work before them than the runner's own habit",
}
"""The terms that are read, as the end of "Weeks with …"."""


@dataclass(frozen=True)
class ModelPlan:
    """One model ready to fit: formula and family for `models.fit`, the frame, and what was left out and why.

    `reasons` maps each term these data cannot carry to why. Where the model as a whole cannot be fitted,
    `formula` is empty and `reasons` says why under the key "model". `cluster` is the column whose groups are
    independent of each other.
    """

    name: str
    outcome: str
    formula: str
    family: str
    offset: str | None
    frame: pd.DataFrame
    terms: tuple[str, ...]
    reasons: dict[str, str]
    cluster: str


def fit_plan(plan: ModelPlan, study: Study) -> Fit:
    """The model of a plan, with cluster-robust (CR2) standard errors, limits, p values and df of its terms.

    Weeks of one athlete are alike beyond the athlete's intercept, whatever the outcome, so the model's own standard
    errors are too small: in 500 simulated cohorts without effects (40 athletes, 26 weeks) they called 13 % (pain), 6 %
    (injuries) and 11 % (health problems) of the within-athlete effects at p < 0.05, the cluster-robust ones 4.8, 5.7
    and 4.8 % (`claims.known_truth.calibration`). A fit that did not converge comes back without numbers.

    Raises `HiprunError` as `models.fit` and `models.cluster_robust` do; `plan.formula` must not be empty.
    """
    made = fit(plan.formula, plan.frame, family=plan.family, offset=plan.offset, level=study.confidence_level)
    return cluster_robust(made, plan.frame, plan.cluster)


def caution(plan: ModelPlan, made: Fit) -> str:
    """What a reader of the estimates must know: that there are too few events for the model. Else empty."""
    return f"The {plan.name} model has {made.few_events}." if made.few_events else ""


def exposure_terms(estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The rows of `estimates` (column `term`) of the exposures, in reading order.

    Adds `label`, `group` (within runners, between runners) and `phrase` (missing where not read).
    """
    labels = {term: text.format(step=f"{study.dose_step_min:g}") for term, text in LABELS.items()}
    known = estimates[estimates["term"].isin(labels)].copy()
    known["label"] = known["term"].map(labels)
    known["phrase"] = known["term"].map(
        {t: text.format(step=f"{study.dose_step_min:g}") for t, text in PHRASES.items()}
    )
    known["group"] = known["term"].map(lambda term: "Within runners" if term in PHRASES else "Between runners")
    return known.sort_values("term", key=lambda s: s.map({t: i for i, t in enumerate(LABELS)})).reset_index(drop=True)


def model_frame(panel: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The panel with its explanatory columns in the units that are reported: per dose step, per 100 AU, per decade."""
    frame = panel.copy()
    steps = {"dose": study.dose_step_min, "load": LOAD_STEP_AU}
    for term, (column, kind) in SCALED.items():
        frame[term] = panel[column] / steps[kind]
    frame["age_decades"] = panel["age_y"] / AGE_STEP_Y
    frame["sex_male"] = panel["sex"].map({"male": 1.0, "female": 0.0})
    frame["previous_injury_yes"] = panel["previous_injury"].astype("Float64").astype("float64")
    frame["programme_week"] = panel["week_in_programme"].astype("float64")
    return frame


def usable_terms(rows: pd.DataFrame, terms: list[str]) -> tuple[list[str], dict[str, str]]:
    """The terms that vary and are known in `rows`, and for each of the others why it is left out."""
    reasons = {}
    for term in terms:
        values = rows[term].dropna()
        if values.empty:
            reasons[term] = "not recorded"
        elif values.nunique() < 2:
            reasons[term] = "the same in every week"
    return [t for t in terms if t not in reasons], reasons


def clinic_term(rows: pd.DataFrame, study: Study) -> str:
    """Clinic as a random intercept from `study.clinics_for_random_intercept` clinics up, a fixed effect below."""
    clinics = rows["clinic"].nunique()
    if clinics < 2:
        return ""
    return " + (1 | clinic)" if clinics >= study.clinics_for_random_intercept else " + C(clinic)"


def programme_term(rows: pd.DataFrame) -> str:
    """Week in programme as a natural cubic spline with 3 degrees of freedom, a line where there are few weeks."""
    weeks = rows["programme_week"].nunique()
    if weeks < 2:
        return ""
    return " + cr(programme_week, df=3, constraints='center')" if weeks >= 8 else " + programme_week"
