"""The primary model fitted otherwise: other rows, other engines, other families, other outcomes."""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from analysis.claims.plan import fit_plan, programme_term
from analysis.claims.planned import claim_plan
from analysis.claims.primary import columns_of
from analysis.claims.reading import scale_of
from analysis.claims.robustness.other_doses import work_after_tests, work_after_weeks
from analysis.claims.robustness.question import WORK, Primary
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
from analysis.models.result import wald


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


def of_fit(made: Fit, frame: pd.DataFrame, renamed: Mapping[str, str] | None = None) -> Solved:
    """A fit to rows of `frame` as another estimate."""
    scale = scale_of(made.family)
    n_athletes = frame.loc[made.fitted.index, "athlete_id"].nunique()
    return Solved(partial(contrast, made), scale, made.n_obs, n_athletes, made.converged, made.messages, renamed or {})


def of_rows(primary: Primary, rows: pd.DataFrame, key: Hashable) -> Solved:
    """The analysis as planned anew for other rows of the outcome: as the study would have been with these data.

    What is told per SD between runners keeps the SD of the whole cohort. `key` tells these rows from others.
    """
    plan = claim_plan(primary.question.estimand, rows, primary.study)
    shared = ("planned", key, primary.question.outcome.frame, plan.formula, plan.family)
    made = primary.once(shared, lambda: fit_plan(plan, primary.study))
    return replace(of_fit(made, plan.frame), reasons=plan.reasons)


def in_engine(primary: Primary, engine: str) -> Solved:
    """The primary model by another program, with the primary's kind of errors (GEE has its own)."""
    plan = primary.plan
    formula = one_cluster(plan.formula) if engine == "gee" else plan.formula
    made = fit(
        formula, plan.frame, plan.family, offset=plan.offset, engine=engine, level=primary.study.confidence_level
    )
    return of_fit(made if engine == "gee" else primary.robust(made, plan.frame), plan.frame)


def in_family(primary: Primary, family: str) -> Solved:
    """The primary model with outcomes of another family."""
    plan = primary.plan
    made = fit(plan.formula, plan.frame, family, offset=plan.offset, level=primary.study.confidence_level)
    return of_fit(primary.robust(made, plan.frame), plan.frame)


def unadjusted(primary: Primary) -> Solved:
    """The terms that the effect is made of (`Question.own_terms`) and the athlete's intercept, on the rows of the
    primary fit. A product brings its factors along; a model of the time to an event keeps the time."""
    plan, rows, random = primary.plan, primary.rows, primary.question.outcome.model.random
    kept = [term for term in plan.terms if term in primary.question.own_terms]
    factors = [c for term in kept if ":" in term for c in columns_of(term)]
    last = f" + {random}" if random else programme_term(rows)
    formula = f"{plan.outcome} ~ {' + '.join(dict.fromkeys([*kept, *factors]))}{last}"
    made = fit(formula, rows, plan.family, offset=plan.offset, level=primary.study.confidence_level)
    return of_fit(cluster_robust(made, rows, "athlete_id"), rows)


def complete_runners(primary: Primary) -> Solved:
    """Only runners with every value of the model in each of their weeks from the first on in which all that the effect
    is about was known: before that no dose can be known.

    In these runners nothing had to be left out (complete-case analysis: Little and Rubin 2020, Statistical Analysis
    with Missing Data, 3rd ed., ch. 3).
    """
    each = _usable(primary).groupby(_due_rows(primary)["athlete_id"]).all()
    return _of_athletes(primary, each.index[each])


def most_answered(primary: Primary) -> Solved:
    """The half of the runners with the largest share of usable weeks: where missing weeks can bias least."""
    share = _usable(primary).groupby(_due_rows(primary)["athlete_id"]).mean()
    if share.median() == 1:
        raise HiprunError("half of the runners or more have no missing week: the same as runners without any")
    return _of_athletes(primary, share.index[share >= share.median()])


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
    return of_fit(primary.robust(made, frame), frame)


def ordered(primary: Primary) -> Solved:
    """The rating as ordered steps, whose distances need not be alike (`models.fit_ordinal`; population-averaged)."""
    plan = primary.plan
    made = fit_ordinal(one_cluster(plan.formula), plan.frame, level=primary.study.confidence_level)
    return Solved(partial(_ordinal_contrast, made), "OR", made.n_obs, made.n_clusters, made.converged, made.messages)


def illness(primary: Primary) -> Solved:
    """The control outcome: new illnesses, explained by the terms of the primary model, over the weeks watched.

    Neither hip work nor a hip's range and strength is a cause of infections; but who reports, answers and trains
    differs with them in the same ways. Lipsitch, Tchetgen Tchetgen and Cohen 2010, Epidemiology 21:383. Every row is
    one week watched, so that there is no offset; where rows are regions of a week, the weeks themselves are taken.
    """
    plan, frame = primary.plan, primary.frame
    if "new_illnesses" not in frame:
        frame = primary.data.weeks
        plan = claim_plan(replace(primary.question.estimand, outcome="pain"), frame, primary.study)
    frame = frame[frame["new_illnesses"].notna()]
    if not frame["new_illnesses"].sum() > 0:
        raise HiprunError("no illness was recorded in a week that was watched")
    formula = f"new_illnesses ~ {plan.formula.split(' ~ ', 1)[1]}"
    made = fit(formula, frame, "poisson", level=primary.study.confidence_level)
    return of_fit(primary.robust(made, frame), frame)


def work_afterwards(primary: Primary) -> Solved:
    """The control exposure: hip work of the weeks, or after the tests, that follow, beside that before.

    The work before stays in the model, since weeks of work resemble the weeks before them (Lipsitch et al. 2010;
    Flanders et al. 2017; `other_doses`).
    """
    plan, data, of = primary.plan, primary.data, primary.question.outcome.frame
    if primary.question.weekly:
        stems = [c.removesuffix("_within") for t in plan.terms for c in columns_of(t) if c in WORK and "_within" in c]
        after = work_after_weeks(data, list(dict.fromkeys(stems)))
        twin = {name.replace("_after", "_within"): name for name in after}
    else:
        after = work_after_tests(data, of, primary.frame)
        twin = {name.removesuffix("_later"): name for name in after}
    frame = plan.frame.assign(**{name: values.reindex(plan.frame.index) for name, values in after.items()})
    renamed = {t: _twin_of(t, twin) for t in plan.terms if set(columns_of(t)) <= set(twin)}
    formula = plan.formula.replace(" ~ ", f" ~ {' + '.join(renamed.values())} + ", 1)
    made = fit(formula, frame, plan.family, offset=plan.offset, level=primary.study.confidence_level)
    return of_fit(primary.robust(made, frame), frame, renamed)


def _twin_of(term: str, twin: Mapping[str, str]) -> str:
    """The term with each of its columns replaced by that of the work done afterwards."""
    return ":".join(twin[column] for column in columns_of(term))


def one_cluster(formula: str) -> str:
    """The formula with the athlete's intercept as its only random term: clinics as a fixed effect."""
    fixed = formula.replace("(1 | clinic)", "C(clinic)")
    alone = re.sub(r"\(1 \| athlete_id/\w+\)", "(1 | athlete_id)", fixed)
    return alone if "|" in alone else f"{alone} + (1 | athlete_id)"


def _of_athletes(primary: Primary, athletes: pd.Index) -> Solved:
    rows = primary.frame[primary.frame["athlete_id"].isin(athletes)]
    return of_rows(primary, rows, ("athletes", tuple(athletes)))


def _due_rows(primary: Primary) -> pd.DataFrame:
    """The weeks in which the outcome was due, from the first on in which all that the effect is about was known."""
    frame, due = primary.plan.frame, primary.question.due
    rows = frame if due is None else frame[frame[due].fillna(False).astype(bool)]
    about = [c for t in primary.plan.terms if t in primary.question.own_terms for c in columns_of(t)]
    begun = rows[list(dict.fromkeys(about))].notna().all(axis=1).groupby(rows["athlete_id"], sort=False).cummax()
    return rows[begun]


def _usable(primary: Primary) -> pd.Series:
    columns = dict.fromkeys(c for term in primary.plan.terms for c in columns_of(term))
    return _due_rows(primary)[[primary.plan.outcome, *columns]].notna().all(axis=1)


def _pooled(primary: Primary, filled: Imputed) -> Solved:
    plan, level = primary.plan, primary.study.confidence_level
    pooled = fit_imputed(plan.formula, filled, plan.family, after=primary.robust, offset=plan.offset, level=level)
    first = pooled.fits[0]
    n_athletes = filled.frames[0].loc[first.fitted.index, "athlete_id"].nunique()
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
