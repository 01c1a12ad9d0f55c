"""The primary model fitted otherwise: other rows, other engines, other families, other outcomes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.claims.other_doses import done_after
from analysis.claims.plan import SCALED, fit_plan, model_frame
from analysis.claims.question import Primary, Question, planned
from analysis.claims.reading import DIFFERENCE
from analysis.errors import HiprunError
from analysis.models import (
    Fit,
    Imputed,
    OrdinalFit,
    cluster_robust,
    contrast,
    fit,
    fit_imputed,
    fit_ordinal,
    pooled_contrast,
)
from analysis.models.families import FAMILIES
from analysis.models.result import wald
from analysis.study import Study


@dataclass(frozen=True)
class Solved:
    """Another estimate: `numbers` gives estimate, ci_low and ci_high of weighted terms on the link scale.

    `scale` is what they are once exponentiated ('IRR', 'OR'), or 'difference'; `renamed` maps terms of the primary
    model to those that stand for them here, `reasons` says why terms are not in the model.
    """

    numbers: Callable[[Mapping[str, float]], Mapping[str, float]]
    scale: str
    n_obs: int
    n_athletes: int
    converged: bool
    messages: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


def of_fit(made: Fit, renamed: Mapping[str, str] | None = None) -> Solved:
    """A fit as another estimate."""
    scale = FAMILIES[made.family].ratio or DIFFERENCE
    n_athletes = made.n_groups["athlete_id"]
    return Solved(partial(contrast, made), scale, made.n_obs, n_athletes, made.converged, made.messages, renamed or {})


def of_panel(question: Question, panel: pd.DataFrame, study: Study) -> Solved:
    """The primary analysis as planned anew for another panel: as the study would have been with these data."""
    plan = planned(question, panel, study)
    return replace(of_fit(fit_plan(plan, study)), reasons=plan.reasons)


def in_engine(primary: Primary, engine: str) -> Solved:
    """The primary model by another program, with the primary's kind of errors (GEE has its own)."""
    plan = primary.plan
    formula = one_cluster(plan.formula) if engine == "gee" else plan.formula
    made = fit(
        formula, plan.frame, plan.family, offset=plan.offset, engine=engine, level=primary.study.confidence_level
    )
    return of_fit(made if engine == "gee" else primary.robust(made, plan.frame))


def in_family(primary: Primary, family: str) -> Solved:
    """The primary model with outcomes of another family."""
    plan = primary.plan
    made = fit(plan.formula, plan.frame, family, offset=plan.offset, level=primary.study.confidence_level)
    return of_fit(primary.robust(made, plan.frame))


def unadjusted(primary: Primary, question: Question) -> Solved:
    """The exposures, within and between athletes, and the athlete's intercept alone, on the rows of the primary fit."""
    plan = primary.plan
    kept = [term for term in plan.terms if term in question.exposures]
    formula = f"{plan.outcome} ~ {' + '.join(kept)} + (1 | athlete_id)"
    rows = primary.rows
    made = fit(formula, rows, plan.family, offset=plan.offset, level=primary.study.confidence_level)
    return of_fit(cluster_robust(made, rows, "athlete_id"))


def complete_runners(primary: Primary, question: Question) -> Solved:
    """Only runners with every value of the model in each of their weeks from the first known dose on.

    Before that no dose can be known. In these runners nothing had to be left out (complete-case analysis: Little and
    Rubin 2020, Statistical Analysis with Missing Data, 3rd ed., ch. 3).
    """
    return of_panel(question, _of(primary.panel, _whole(primary)), primary.study)


def most_answered(primary: Primary, question: Question) -> Solved:
    """The half of the runners with the largest share of usable weeks: where missing weeks can bias least."""
    share = _usable(primary).groupby(_due_rows(primary)["athlete_id"]).mean()
    if share.median() == 1:
        raise HiprunError("half of the runners or more have no missing week: the same as runners without any")
    return of_panel(question, _of(primary.panel, share.index[share >= share.median()]), primary.study)


def imputed(primary: Primary) -> Solved:
    """Missing answers and doses of the weeks that were due, imputed; pooled by Rubin's rules."""
    return _pooled(primary, primary.imputed)


def shifted(primary: Primary, delta: float) -> Solved:
    """The imputed ratings moved by `delta`, within 0 to 10: `models.tipping_point` at one delta, for every question."""
    filled, outcome = primary.imputed, primary.plan.outcome
    cells = filled.drawn[outcome].to_numpy() if outcome in filled.drawn else np.zeros(len(filled.frames[0]), dtype=bool)
    if not cells.any():
        raise HiprunError("no answer that was due is missing, so that there is nothing to shift")
    moved = [
        frame.assign(**{outcome: frame[outcome].mask(cells, (frame[outcome] + delta).clip(0, 10))})
        for frame in filled.frames
    ]
    return _pooled(primary, replace(filled, frames=tuple(moved)))


def moderate_pain(primary: Primary) -> Solved:
    """A rating above `settings.pain_above` as yes or no, in a logistic mixed model of the same terms."""
    plan, cut = primary.plan, primary.settings.pain_above
    rating = plan.frame[plan.outcome]
    frame = plan.frame.assign(**{plan.outcome: rating.gt(cut).astype("float64").where(rating.notna())})
    made = fit(plan.formula, frame, "binomial", level=primary.study.confidence_level)
    return of_fit(primary.robust(made, frame))


def ordered(primary: Primary) -> Solved:
    """The rating as ordered steps, whose distances need not be alike (`models.fit_ordinal`; population-averaged)."""
    plan = primary.plan
    made = fit_ordinal(one_cluster(plan.formula), plan.frame, level=primary.study.confidence_level)
    return Solved(partial(_ordinal_contrast, made), "OR", made.n_obs, made.n_clusters, made.converged, made.messages)


def illness(primary: Primary) -> Solved:
    """The control outcome: new illnesses, explained by the terms of the primary model, over the weeks watched.

    Hip work is no cause of infections; but who reports, answers and trains differs with it in the same ways. Lipsitch,
    Tchetgen Tchetgen and Cohen 2010, Epidemiology 21:383. Every row is one week watched, so that there is no offset.
    """
    frame = model_frame(primary.panel, primary.study)
    frame = frame[frame["new_illnesses"].notna()]
    if not frame["new_illnesses"].sum() > 0:
        raise HiprunError("no illness was recorded in a week that was watched")
    made = fit(_of_outcome(primary, "new_illnesses"), frame, "poisson", level=primary.study.confidence_level)
    return of_fit(primary.robust(made, frame))


def work_afterwards(primary: Primary, question: Question) -> Solved:
    """The control exposure: hip work of the weeks after, beside that of the weeks before (`done_after`).

    The dose before stays in the model, since weeks of work resemble the weeks before them (Lipsitch et al. 2010;
    Flanders et al. 2017).
    """
    study, plan = primary.study, primary.plan
    after = {
        f"{dose}_after": done_after(primary.panel, dose, study.dose_half_life_weeks) / study.dose_step_min
        for dose in question.doses
    }
    frame = plan.frame.assign(**{name: values.reindex(plan.frame.index) for name, values in after.items()})
    formula = plan.formula.replace(" ~ ", f" ~ {' + '.join(after)} + ", 1)
    made = fit(formula, frame, plan.family, offset=plan.offset, level=study.confidence_level)
    return of_fit(primary.robust(made, frame), {f"{dose}_within": f"{dose}_after" for dose in question.doses})


def one_cluster(formula: str) -> str:
    """The formula with the athlete's intercept as its only random term: clinics as a fixed effect."""
    return re.sub(r"\(1 \| clinic\)", "C(clinic)", formula)


def _of_outcome(primary: Primary, outcome: str) -> str:
    return f"{outcome} ~ {primary.plan.formula.split(' ~ ', 1)[1]}"


def _of(panel: pd.DataFrame, athletes: pd.Index) -> pd.DataFrame:
    return panel[panel["athlete_id"].isin(athletes)]


def _due_rows(primary: Primary) -> pd.DataFrame:
    """The weeks in which the outcome was due, from each athlete's first known dose on."""
    frame, due = primary.plan.frame, primary.question.due
    rows = frame if due is None else frame[frame[due].fillna(False).astype(bool)]
    doses = [SCALED[term][0] for term in primary.plan.terms if term in primary.question.exposures]
    begun = rows[doses].notna().all(axis=1).groupby(rows["athlete_id"], sort=False).cummax()
    return rows[begun]


def _usable(primary: Primary) -> pd.Series:
    return _due_rows(primary)[[primary.plan.outcome, *primary.plan.terms]].notna().all(axis=1)


def _whole(primary: Primary) -> pd.Index:
    each = _usable(primary).groupby(_due_rows(primary)["athlete_id"]).all()
    return each.index[each]


def _pooled(primary: Primary, filled: Imputed) -> Solved:
    plan, level = primary.plan, primary.study.confidence_level
    pooled = fit_imputed(plan.formula, filled, plan.family, after=primary.robust, offset=plan.offset, level=level)
    first = pooled.fits[0]
    n_athletes = first.n_groups["athlete_id"]
    numbers = partial(pooled_contrast, pooled)
    return Solved(numbers, primary.scale, first.n_obs, n_athletes, pooled.converged, pooled.messages)


def _ordinal_contrast(made: OrdinalFit, weights: Mapping[str, float]) -> dict[str, float]:
    """`models.contrast` for an ordinal fit, whose terms all have the same df."""
    row = made.estimates["term"].map(weights).fillna(0.0).to_numpy(dtype=float)
    if set(weights) - set(made.estimates["term"]):
        raise HiprunError(f"contrast: found {', '.join(weights)}, expected terms of the ordinal model.")
    used = row != 0
    estimate = row[used] @ made.estimates["estimate"].to_numpy()[used]
    variance = row[used] @ made.vcov.to_numpy()[np.ix_(used, used)] @ row[used]
    df = made.estimates["df"].to_numpy()[used][0]
    limits = wald(np.array(estimate), np.array(np.sqrt(variance)), np.array(df), made.level)
    return {"estimate": float(estimate), **{name: float(value) for name, value in limits.items()}}
