"""What a sensitivity analysis is asked about, and the primary analysis that it varies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from analysis.claims.claim import OUTCOMES, Claim, Estimand, Outcome
from analysis.claims.frames import WITHIN, ClaimData
from analysis.claims.library import CLAIMS
from analysis.claims.once import once
from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.planned import claim_plan
from analysis.claims.primary import EXPOSURES, columns_of
from analysis.claims.reading import scale_of
from analysis.errors import HiprunError
from analysis.models import Fit, Imputed, cluster_robust, impute
from analysis.study import Study

DOSES = ("mobility", "stability")
WORK = tuple(f"{stem}_{part}" for stem in (*DOSES, *WITHIN) for part in ("within", "between"))
"""The columns of `ClaimData.weeks` that tell of the hip work before a week: they can be told earlier, weighed
otherwise, and set against the work of the weeks after."""
WEEKLY = "weeks"


@dataclass(frozen=True)
class Question:
    """One estimand of a claim, whose reading is put to the test; all else follows from its declaration."""

    claim: Claim
    estimand: Estimand
    study: Study

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.estimand.outcome]

    @property
    def term(self) -> str:
        """What the effect is called in tables, as in `estimate_claims`."""
        return self.estimand.term

    @property
    def name(self) -> str:
        """The same for files: a-z, 0-9 and _."""
        parts = [self.claim.id, self.estimand.outcome, *self.estimand.weights]
        return "_".join(parts).replace(":", "_x_").lower()

    @property
    def label(self) -> str:
        return self.estimand.label.format(step=f"{self.study.dose_step_min:g}")

    @property
    def about(self) -> str:
        """The outcome in words."""
        return self.outcome.about(self.study)

    @property
    def words(self) -> str:
        """The effect for a reader: "Mobility work, +30 min/week (weekly hip pain)"."""
        return f"{self.label} ({self.about})"

    @property
    def effect(self) -> str:
        """What an axis calls the estimate."""
        return f"{self.about[:1].upper()}{self.about[1:]} ({self.outcome.unit or 'ratio'}): {self.label}"

    @property
    def smallest_effect(self) -> float | None:
        """The smallest effect of interest, on the scale of the primary analysis, where the study names one."""
        return float(getattr(self.study, self.outcome.smallest)) if self.outcome.smallest else None

    @property
    def weekly(self) -> bool:
        """Whether the rows are the weeks of the panel, so that one can be missing."""
        return self.outcome.frame == WEEKLY

    @property
    def rating(self) -> bool:
        """Whether the outcome is a rating of pain from 0 to 10."""
        return self.outcome.model.outcome == "pain_nrs"

    @property
    def due(self) -> str | None:
        """The column that is True in weeks in which the outcome should have been answered; None: what is missing are
        not the outcomes of rows of the model."""
        return "report_expected" if self.weekly and self.rating else None

    @property
    def of_work(self) -> bool:
        """Whether the effect is one of hip work that is known week by week."""
        return self.weekly and bool({c for term in self.estimand.weights for c in columns_of(term)} & set(WORK))

    @property
    def own_terms(self) -> tuple[str, ...]:
        """The terms without which the effect would be another one: all that an unadjusted model keeps. The effect of a
        kind of work is one at equal minutes; a region or motion says what a row is; a score goes with its change."""
        model = self.estimand.model
        exposures = model.exposures or (tuple(EXPOSURES) if self.of_work else ())
        of_rows = (term for term in model.adjustment if term.startswith("C("))
        return tuple(dict.fromkeys([*exposures, *model.adds, *of_rows, *self.estimand.changes]))


def primary_questions(study: Study, claims: Sequence[Claim] = CLAIMS) -> tuple[Question, ...]:
    """The effects that the primary ones of `claims` are confirmed by, in their order."""
    return tuple(Question(c, e, study) for c in claims if c.primary for e in c.estimands if not e.further)


@dataclass(frozen=True)
class Settings:
    """How far the sensitivity analysis goes.

    `lags_weeks`: the dose known so many weeks earlier; `half_lives_weeks` of the dose; `pain_above`: the rating above
    which pain counts as at least moderate (3 of 10: Collins, Moore and McQuay 1997, Pain 72:95); `n_imputations` of the
    primary models, `n_imputations_added` of those to which a claim adds terms; `iterations` of the imputer; `shifts`:
    by how much unanswered ratings may differ from what was imputed; `jobs`: processes at work.
    """

    lags_weeks: tuple[int, ...] = (1, 2, 3)
    half_lives_weeks: tuple[float, ...] = (1.0, 3.0, 4.0, 6.0)
    pain_above: float = 3.0
    n_imputations: int = 10
    n_imputations_added: int = 5
    iterations: int = 10
    shifts: tuple[float, ...] = (-2.0, -1.0, 1.0, 2.0)
    jobs: int = 1

    def __post_init__(self) -> None:
        for name, values, least in (("lags_weeks", self.lags_weeks, 1), ("half_lives_weeks", self.half_lives_weeks, 0)):
            if any(value < least or value == 0 for value in values):
                raise HiprunError(
                    f"sensitivity: {name}: found {list(values)}, expected numbers above 0. Fix: correct it."
                )
        if self.jobs < 1:
            raise HiprunError(f"sensitivity: jobs: found {self.jobs}, expected 1 or more. Fix: correct it.")
        if 0.0 in self.shifts:
            raise HiprunError("sensitivity: shifts: found 0, which is the imputed analysis itself. Fix: leave it out.")


@dataclass(frozen=True)
class Primary:
    """The primary analysis of one question, and what its alternatives share.

    `done` holds what was worked out for other questions too: those of one model share its fits. Raises `HiprunError`
    where these data cannot carry the model: there is nothing to vary.
    """

    data: ClaimData
    question: Question
    settings: Settings
    done: dict = field(default_factory=dict, repr=False)

    @property
    def study(self) -> Study:
        return self.data.study

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows of the outcome."""
        name = self.question.outcome.frame
        return self.once(("frame", name), lambda: getattr(self.data, name))

    @cached_property
    def plan(self) -> ModelPlan:
        return claim_plan(self.question.estimand, self.frame, self.study)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells the model from others of the same data."""
        return (self.question.outcome.frame, self.plan.formula, self.plan.family)

    @cached_property
    def made(self) -> Fit:
        """The primary fit, cluster-robust."""
        return self.once(("primary", *self.key), lambda: fit_plan(self.plan, self.study))

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The rows that the primary fit used."""
        return self.plan.frame.loc[self.made.fitted.index]

    @cached_property
    def scale(self) -> str:
        return scale_of(self.plan.family)

    @cached_property
    def imputed(self) -> Imputed:
        """The weeks of the model, where they were due, completed; a hip that was not tested is not made up."""
        return self.once(("filled", *self.key), self._impute)

    def _impute(self) -> Imputed:
        plan, settings = self.plan, self.settings
        added = [c for term in plan.terms if term in self.question.estimand.adds for c in columns_of(term)]
        tested = [c for c in added if c not in WORK]
        options = {"offset": plan.offset, "expected": self.question.due, "iterations": settings.iterations}
        m = settings.n_imputations_added if self.question.estimand.adds else settings.n_imputations
        return impute(plan.formula, plan.frame.dropna(subset=tested), seed=self.study.seed, m=m, **options)

    def once(self, key: object, solve: Callable[[], Any]) -> Any:
        """What `solve` gives, made once for all questions that share `done`; so is its `HiprunError`."""
        return once(self.done, key, solve)

    def robust(self, made: Fit, frame: pd.DataFrame) -> Fit:
        """`made` with the errors of the primary analysis."""
        return cluster_robust(made, frame, self.plan.cluster)
