"""What a sensitivity analysis is asked about, and the primary analysis that it varies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.claims.once import once
from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.primary import EXPOSURES, plan_injury_model, plan_pain_model, region_in_words
from analysis.claims.reading import DIFFERENCE
from analysis.errors import HiprunError
from analysis.models import Fit, Imputed, cluster_robust, fit, impute, leave_out
from analysis.models.families import FAMILIES
from analysis.study import Study

Planner = Callable[[pd.DataFrame, Study], ModelPlan]


@dataclass(frozen=True)
class Question:
    """One effect whose reading is put to the test.

    `claim` is the id in CLAIMS.md, `term` what the effect is called in tables, `words` the same for a reader ("Mobility
    work and weekly hip pain"), `effect` what an axis calls the estimate. `plan` makes the primary model from a panel;
    `weights` are the terms of it that are summed ("per +30 min/week"), `exposures` those that an unadjusted model
    keeps. `doses` are the panel's doses behind them, by the stem of their columns: "mobility" has mobility_min and
    mobility_dose_min, mobility_dose_between_min and mobility_dose_within_min; they are lagged and weighed anew. `due`
    is the column of the panel that is True in weeks in which the outcome should have been answered; None: what is
    missing are not the outcomes of rows of the model. `expected` is -1 where the claim is of lower values, `smallest`
    the choice of the study that is the smallest effect of interest, `rating` whether the outcome is a 0-10 rating.
    """

    claim: str
    term: str
    words: str
    effect: str
    plan: Planner
    weights: Mapping[str, float]
    smallest: str
    due: str | None = None
    rating: bool = False
    expected: int = -1
    exposures: tuple[str, ...] = tuple(EXPOSURES)
    doses: tuple[str, ...] = ("mobility", "stability")

    def smallest_effect(self, study: Study) -> float:
        """The smallest effect of interest, on the scale of the primary analysis."""
        return float(getattr(study, self.smallest))


def primary_questions(study: Study) -> tuple[Question, ...]:
    """The primary claims about the dose: pain and injuries, mobility and stability work."""
    region = region_in_words(study)
    pain = {"plan": plan_pain_model, "smallest": "smallest_effect_pain_nrs", "due": "report_expected", "rating": True}
    injury = {"plan": plan_injury_model, "smallest": "smallest_effect_rate_ratio"}
    return (
        _of_dose("dose_mobility", "mobility", f"weekly {region} pain", f"Points of weekly {region} pain", study, pain),
        _of_dose(
            "dose_stability", "stability", f"weekly {region} pain", f"Points of weekly {region} pain", study, pain
        ),
        _of_dose("injury_dose", "mobility", "new injuries", "Ratio of injury rates", study, injury),
        _of_dose("injury_dose", "stability", "new injuries", "Ratio of injury rates", study, injury),
    )


def _of_dose(claim: str, kind: str, outcome: str, effect: str, study: Study, of: Mapping[str, Any]) -> Question:
    """The question about the deviation of one dose from the athlete's habit, per dose step."""
    return Question(
        claim, f"{kind}_within", f"{kind.capitalize()} work and {outcome}",
        f"{effect} per +{study.dose_step_min:g} min/week of {kind} work", weights={f"{kind}_within": 1.0}, **of,
    )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """How far the sensitivity analysis goes.

    `lags_weeks`: the dose known so many weeks earlier; `half_lives_weeks` of the dose; `pain_above`: the rating above
    which pain counts as at least moderate (3 of 10: Collins, Moore and McQuay 1997, Pain 72:95); `n_imputations` and
    `iterations` of the imputer; `shifts`: by how much unanswered ratings may differ from what was imputed; `jobs`:
    processes that leave out runners.
    """

    lags_weeks: tuple[int, ...] = (1, 2, 3)
    half_lives_weeks: tuple[float, ...] = (1.0, 3.0, 4.0, 6.0)
    pain_above: float = 3.0
    n_imputations: int = 10
    iterations: int = 10
    shifts: tuple[float, ...] = (-2.0, -1.0, 1.0, 2.0)
    jobs: int = 1

    def __post_init__(self) -> None:
        for name, values, least in (("lags_weeks", self.lags_weeks, 1), ("half_lives_weeks", self.half_lives_weeks, 0)):
            if any(value < least or value == 0 for value in values):
                raise HiprunError(
                    f"sensitivity: {name}: found {list(values)}, expected numbers above 0. Fix: correct it."
                )
        if 0.0 in self.shifts:
            raise HiprunError("sensitivity: shifts: found 0, which is the imputed analysis itself. Fix: leave it out.")


@dataclass(frozen=True)
class Primary:
    """The primary model of one or several questions: `plan` on `panel`, and what its alternatives share.

    Raises `HiprunError` where the plan has no formula: there is nothing to vary.
    """

    panel: pd.DataFrame
    study: Study
    question: Question
    settings: Settings
    done: dict = field(default_factory=dict, repr=False)

    @cached_property
    def plan(self) -> ModelPlan:
        return planned(self.question, self.panel, self.study)

    @cached_property
    def made(self) -> Fit:
        """The primary fit, cluster-robust."""
        return fit_plan(self.plan, self.study)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows that the primary fit used."""
        return self.plan.frame.loc[self.made.fitted.index]

    @cached_property
    def scale(self) -> str:
        return FAMILIES[self.plan.family].ratio or DIFFERENCE

    @cached_property
    def each_athlete(self) -> pd.DataFrame:
        """`models.leave_out` of every athlete in turn: exact refits, with the model's own limits."""
        plan, level = self.plan, self.study.confidence_level
        plain = fit(plan.formula, plan.frame, plan.family, offset=plan.offset, level=level)
        return leave_out(plain, plan.frame, "athlete_id", terms=list(plan.terms), jobs=self.settings.jobs)

    @cached_property
    def imputed(self) -> Imputed:
        """The rows of the model, where they were due, completed."""
        plan, settings = self.plan, self.settings
        options = {"offset": plan.offset, "expected": self.question.due}
        options |= {"m": settings.n_imputations, "iterations": settings.iterations}
        return impute(plan.formula, plan.frame, seed=self.study.seed, **options)

    def once(self, key: object, solve: Callable[[], Any]) -> Any:
        """What `solve` gives, made once for all questions that share this primary model; so is its `HiprunError`."""
        return once(self.done, key, solve)

    def robust(self, made: Fit, frame: pd.DataFrame) -> Fit:
        """`made` with the errors of the primary analysis."""
        return cluster_robust(made, frame, self.plan.cluster)


def planned(question: Question, panel: pd.DataFrame, study: Study) -> ModelPlan:
    """The plan of a question. Raises `HiprunError` with the reason where these data cannot carry the model."""
    plan = question.plan(panel, study)
    if not plan.formula:
        raise HiprunError(plan.reasons["model"])
    return plan
