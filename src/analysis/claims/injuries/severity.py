"""Hip work and how long injuries last; and the burden, which is how often they come times how many days they cost.

Days lost of the injuries that cost days are log-normal: a linear mixed model of their logarithm. The burden (days lost
per hour of running) is the rate of injuries times the mean days of one (Bahr et al. 2018, Br J Sports Med 52:1018), so
its ratio is the product of the two ratios. Given the hours and the injuries the two models are about different data and
share no parameter, so the likelihood factorises and the variances of the logarithms add up (two-part model: Duan et al.
1983, J Bus Econ Stat 1:115); the df are those of Welch 1947, Biometrika 34:28. As a check the days are also modelled at
once, by Poisson pseudo-likelihood with cluster-robust limits, which needs the mean to be right and nothing else
(Gourieroux, Monfort and Trognon 1984, Econometrica 52:701).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.claims.claim import WHO
from analysis.claims.plan import ModelPlan, exposure_terms, fit_plan, model_frame, usable_terms
from analysis.claims.primary import BY_ATHLETE, EXPOSURES, FEWEST_ATHLETES, INJURY, at_risk
from analysis.claims.why_not import because
from analysis.errors import HiprunError
from analysis.models import Fit, fit_card, tidy
from analysis.models.result import wald
from analysis.panel.grid import WEEK_ROW
from analysis.study import Study

RATE = "Rate of new injuries"
DAYS = "Days lost by an injury that cost days"
BURDEN = "Burden: rate times days"
AT_ONCE = "Burden, days modelled at once (a check)"
FEWEST_A_TERM = 5
"""Injuries for each term of the model: the floor below which the count models of this package warn as well."""
FEWEST_TWICE = 5
INJURIES = "new_injuries"
_NUMBERS = ["estimate", "ci_low", "ci_high"]
COLUMNS = [
    "label", "group", "term", "phrase", "estimate", "ci_low", "ci_high", "scale", "n_athletes", "n_cases", "note",
]  # fmt: skip


def plan_severity_model(cases: pd.DataFrame, panel: pd.DataFrame, study: Study) -> ModelPlan:
    """Log days lost of the injuries that cost days and have ended, on the hip work known before their week.

    `cases` as `describe.injury_cases` gives them from `panel`. Explained by mobility and stability dose within and
    between athletes, age, sex and previous injury: there are too few injuries to adjust for more. Athletes have their
    own level where five or more had two such injuries. Injuries that have not ended are left out: their days are not
    known. Without enough injuries the plan has no formula, and `reasons["model"]` says why.
    """
    weeks = model_frame(panel, study)
    rows = weeks.iloc[cases[WEEK_ROW].to_numpy(int)].reset_index(drop=True)
    rows["days_lost"] = cases["time_loss_days"].to_numpy(float)
    rows[INJURIES] = 1
    still_open = cases["still_open"].to_numpy(bool)
    rows = rows[(rows["days_lost"] > 0) & ~still_open].copy()
    rows["log_days"] = np.log(rows["days_lost"])
    terms, reasons = usable_terms(rows, [*EXPOSURES, *WHO])
    if still_open.any():
        reasons["injuries that had not ended"] = "how many days they cost is not known"
    plan = ModelPlan("severity", "log_days", "", "gaussian", None, rows, tuple(terms), reasons, "athlete_id")
    blocked = _why_not(rows, terms, "log_days")
    if blocked:
        return replace(plan, terms=(), reasons={"model": blocked, **reasons})
    twice = rows.dropna(subset=terms)["athlete_id"].value_counts().ge(2).sum()
    if twice < FEWEST_TWICE:
        plan.reasons["level of the athlete"] = f"fewer than {FEWEST_TWICE} runners had two such injuries"
    athlete = f" + {BY_ATHLETE}" if twice >= FEWEST_TWICE else ""
    return replace(plan, formula=f"log_days ~ {' + '.join(terms)}{athlete}")


@dataclass(frozen=True)
class Burden:
    """`ratios`: how rate, days and burden go along with the work; `plan` and `fit` are the model of the days (no fit
    where it cannot be made, which `plan.reasons` explains)."""

    ratios: pd.DataFrame
    plan: ModelPlan
    fit: Fit | None


def burden_ratios(plan: ModelPlan, made: Fit, cases: pd.DataFrame, panel: pd.DataFrame, study: Study) -> Burden:
    """How the rate of injuries, their days and the burden differ with the hip work before, within runners.

    Parameters
    ----------
    plan, made
        The primary injury plan and its fit; its rate ratios are taken as they are.
    cases, panel
        As for `plan_severity_model`.

    Returns
    -------
    Burden
        `ratios` has one row an exposure and quantity: label (of `RATE`, `DAYS`, `BURDEN`, `AT_ONCE`), group (the
        exposure), term, phrase (ends "Weeks with …"), estimate, ci_low, ci_high, scale ('IRR', 'ratio'), n_athletes,
        n_cases (injuries it rests on), note (why there is no estimate). `DAYS` is the ratio of geometric means; it is
        that of means where the spread of the logarithms is the same throughout. `BURDEN` takes the share of injuries
        that cost days not to go along with the work, and the two estimates to be independent. `AT_ONCE` does not; it
        counts the days of open injuries up to the end of the watch and has no runner's own level; its terms are those
        of the model of the days.
    """
    severity = plan_severity_model(cases, panel, study)
    severity, days = _fitted(severity, study)
    once = _fitted(_plan_at_once(cases, panel, study), study)
    models = {RATE: (plan, made, "IRR"), DAYS: (severity, days, "ratio"), AT_ONCE: (*once, "ratio")}
    exposures = exposure_terms(tidy(made, "injury"), study).dropna(subset="phrase").drop_duplicates("term")
    rows = []
    for term, words, phrase in exposures[["term", "label", "phrase"]].itertuples(index=False, name=None):
        parts = {label: _part(*model, term) for label, model in models.items()}
        parts[BURDEN] = _product(parts[RATE], parts[DAYS])
        rows += [
            {
                "label": label,
                "group": words,
                "term": term,
                "phrase": phrase,
                **_limits(parts[label], study.confidence_level),
            }
            for label in (RATE, DAYS, BURDEN, AT_ONCE)
        ]
    return Burden(pd.DataFrame(rows, columns=COLUMNS), severity, days)


def _fitted(plan: ModelPlan, study: Study) -> tuple[ModelPlan, Fit | None]:
    """The fit of a plan; none, and a plan that says why, where there is none."""
    if not plan.formula:
        return plan, None
    try:
        return plan, fit_plan(plan, study)
    except HiprunError as error:
        return replace(plan, formula="", reasons={"model": because(error), **plan.reasons}), None


def days_card(burden: Burden) -> pd.DataFrame:
    """What the model of the days was fitted to, and its doubts (`models.fit_card`). `burden` must have its fit."""
    card = fit_card(burden.fit, burden.plan.reasons)
    return card.assign(value=card["value"].str.replace("athlete-weeks", "injuries"))


@dataclass(frozen=True)
class _Part:
    """The logarithm of a ratio with its standard error and df, and what it rests on."""

    estimate: float
    std_error: float
    df: float
    scale: str
    n_athletes: int
    n_cases: int
    note: str = ""


def _part(plan: ModelPlan, made: Fit | None, scale: str, term: str) -> _Part:
    used = plan.frame if made is None else plan.frame.loc[made.fitted.index]
    counts = used["athlete_id"].nunique(), int(used[INJURIES].sum())
    if made is None or not made.converged:
        note = plan.reasons.get("model", "the model did not converge")
        return _Part(np.nan, np.nan, np.nan, scale, *counts, note)
    if term not in plan.terms:
        return _Part(np.nan, np.nan, np.nan, scale, *counts, plan.reasons.get(term, "not in this model"))
    numbers = made.estimates.set_index("term").loc[term, ["estimate", "std_error", "df"]].astype(float)
    note = "" if np.isfinite(numbers["std_error"]) else "it rests on too few runners for limits"
    return _Part(*numbers, scale, *counts, note)


def _product(rate: _Part, days: _Part) -> _Part:
    """The sum of two independent logarithms; df of Welch 1947, equation 28."""
    variances = np.array([rate.std_error, days.std_error]) ** 2
    df = variances.sum() ** 2 / (variances**2 / np.array([rate.df, days.df])).sum()
    fewest = min((rate, days), key=lambda part: part.n_cases)
    note = rate.note or days.note
    total = rate.estimate + days.estimate
    return _Part(total, float(np.sqrt(variances.sum())), float(df), "ratio", fewest.n_athletes, fewest.n_cases, note)


def _limits(part: _Part, level: float) -> dict[str, object]:
    numbers = (np.array([value]) for value in (part.estimate, part.std_error, part.df))
    found = wald(*numbers, level)
    ratios = {name: float(np.exp(found[name][0])) for name in ("ci_low", "ci_high")}
    known = np.isfinite(part.std_error)
    values = {"estimate": float(np.exp(part.estimate)), **ratios} if known else dict.fromkeys(_NUMBERS, np.nan)
    return values | {name: getattr(part, name) for name in ("scale", "n_athletes", "n_cases", "note")}


def _plan_at_once(cases: pd.DataFrame, panel: pd.DataFrame, study: Study) -> ModelPlan:
    """Days lost to the injuries that began in a week at risk, over its hours, on the terms of the model of the days."""
    frame = model_frame(panel, study)
    days = cases["time_loss_days"].astype(float).groupby(cases[WEEK_ROW]).sum()
    frame["days_lost"] = days.reindex(range(len(frame)), fill_value=0.0).round().to_numpy(int)
    rows = at_risk(frame)
    terms, reasons = usable_terms(rows, [*EXPOSURES, *WHO])
    plan = ModelPlan("burden", "days_lost", "", "poisson", INJURY.offset, rows, tuple(terms), reasons, "athlete_id")
    blocked = _why_not(rows[rows["days_lost"] > 0], terms, "days_lost")
    if blocked:
        return replace(plan, terms=(), reasons={"model": blocked, **reasons})
    return replace(plan, formula=f"days_lost ~ {' + '.join(terms)}")


def _why_not(rows: pd.DataFrame, terms: list[str], outcome: str) -> str:
    complete = rows.dropna(subset=terms)
    athletes, least = complete["athlete_id"].nunique(), FEWEST_A_TERM * len(terms)
    if rows.empty:
        return "no injury cost days and has ended"
    if not set(terms) & set(EXPOSURES):
        return "no dose of hip work that varies is known of the weeks in which injuries that cost days began"
    if len(complete) < least:
        return (
            f"{len(complete) or 'no'} injuries cost days, have ended and have every answer; {len(terms)} terms need at "
            f"least {least}"
        )
    if athletes < FEWEST_ATHLETES:
        return f"only {athletes} athletes had an injury that cost days; at least {FEWEST_ATHLETES} are needed"
    if complete[outcome].nunique() < 2:
        return "every injury cost the same number of days"
    return ""
