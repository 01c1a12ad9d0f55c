"""Power of what is claimed: which true value of the simulator, which term of which model, in which words.

The analysis of a simulated cohort is the one of the notebooks 04_pain and 05_injury, from the panel to the p value.
"""

import dataclasses
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

import pandas as pd

from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.primary import plan_injury_model, plan_pain_model
from analysis.errors import InputError
from analysis.models.power import Answer, Trial, answer_for, power
from analysis.models.power_panels import DRAWS_PER_COHORT, cohort_panels, pain_panels
from analysis.simulate import Truth
from analysis.simulate.pain_again import REGION
from analysis.simulate.truth import STEP_MIN
from analysis.study import Study


@dataclass(frozen=True)
class PowerQuestion:
    """What the power of a claim is worked out from.

    `field`: the true value in the simulator (`simulate.Truth`) that is varied. `plan`, `term`: the model and the term
    that estimates it. `outcome`, `unit`: the effect in words. `is_ratio`: effects are ratios, the estimates their
    logarithms. `pain_alone`: only pain depends on the effect, so that pain can be drawn again by itself.
    """

    claim: str
    field: str
    plan: Callable[[pd.DataFrame, Study], ModelPlan]
    term: str
    outcome: str
    unit: str
    is_ratio: bool
    pain_alone: bool

    @property
    def null(self) -> float:
        """The effect that is none."""
        return 1.0 if self.is_ratio else 0.0

    @property
    def default_effect(self) -> float:
        """The effect that the simulator holds to be true."""
        return float(getattr(Truth(), self.field))

    @property
    def effect_label(self) -> str:
        """The effect with its unit, for an axis or a legend."""
        return f"True effect on {self.outcome} ({self.unit})"


def _dose_question(
    kind: str, *, claim: str, on: str, plan: Callable[[pd.DataFrame, Study], ModelPlan], outcome: str, is_ratio: bool
) -> PowerQuestion:
    """What the power of the effect of a kind of work is worked out from; `on`: the outcome in the simulator's words."""
    scale = "rate ratio" if is_ratio else "NRS points"
    return PowerQuestion(
        claim=f"{claim}_{kind}",
        field=f"{on}_{kind}_within",
        plan=plan,
        term=f"{kind}_within",
        outcome=outcome,
        unit=f"{scale} per +{STEP_MIN:g} min/week of {kind} work",
        is_ratio=is_ratio,
        pain_alone=on == "pain",
    )


_OUTCOMES = (
    {"claim": "dose", "on": "pain", "plan": plan_pain_model, "outcome": "weekly hip pain", "is_ratio": False},
    {"claim": "injury_dose", "on": "injury", "plan": plan_injury_model, "outcome": "new injuries", "is_ratio": True},
)
QUESTIONS = {
    question.claim: question
    for question in (_dose_question(kind, **of) for of in _OUTCOMES for kind in ("mobility", "stability"))
}


def power_question(claim: str) -> PowerQuestion:
    """What power is worked out from for a claim; `InputError` with the claims there are for another name."""
    if claim not in QUESTIONS:
        near = get_close_matches(claim, QUESTIONS, n=1)
        meant = f" Did you mean '{near[0]}'?" if near else ""
        raise InputError(f"claim {claim!r}: no power question of that name.{meant} There are: {', '.join(QUESTIONS)}.")
    return QUESTIONS[claim]


def power_of(
    claim: str,
    athletes: Sequence[int],
    weeks: Sequence[int],
    effects: Sequence[float] | None = None,
    *,
    replicates: int = 200,
    seed: int = 1,
    jobs: int = 1,
    study: Study | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Power and precision of a claim's contrast, from cohorts of the simulator analysed as the notebooks do.

    Parameters
    ----------
    claim : str
        One of `QUESTIONS`.
    athletes, weeks : sequences of int
        The studies to plan.
    effects : sequence of float, optional
        True effects per +30 min/week: NRS points, or rate ratios. Default: the one the simulator holds to be true.
        Everything else is true as in `simulate.Truth`.
    replicates, seed, jobs, on_progress
        As in `models.power.power`. A pain claim draws up to 10 replicates in one simulated cohort; an injury claim
        simulates a cohort for each, as injuries stop the running that is later exposed to them: 10 times slower.
    study : Study, optional
        The choices the analysis is made with.

    Returns
    -------
    DataFrame
        `claim`, then as `models.power_table.power_table`: one test at 1 - confidence level, without Holm. `effect` is
        as given; `ci_half_width` and `bias` are per +30 min/week on the scale of the estimates: NRS points, or the
        logarithm of the rate ratio.

    Raises
    ------
    InputError
        An unknown claim, an effect or a number that cannot be, or a pain claim for another region than hip and groin,
        the only one the simulator knows an effect in.
    """
    question, study = power_question(claim), study or Study()
    effects = list(effects) if effects is not None else [question.default_effect]
    on_scale = {_on_scale(question, effect): effect for effect in effects}
    if question.pain_alone and study.primary_region != REGION:
        raise InputError(
            f"claim {claim!r}: the study's primary_region is {study.primary_region!r}; expected {REGION!r}, the only "
            "region in which simulated pain depends on hip work."
        )
    table = power(
        _trial(question, study),
        athletes,
        weeks,
        list(on_scale),
        replicates=replicates,
        seed=seed,
        level=study.confidence_level,
        jobs=jobs,
        on_progress=on_progress,
    )
    table["effect"] = table["effect"].map(on_scale)
    table.insert(0, "claim", claim)
    return table


def _on_scale(question: PowerQuestion, effect: float) -> float:
    """The effect on the scale of the estimates; the simulator refuses an effect that it cannot hold."""
    Truth(**{question.field: effect})
    return math.log(effect) if question.is_ratio else effect


def _trial(question: PowerQuestion, study: Study) -> Trial:
    answer = partial(_answer, question.claim, study)
    if question.pain_alone:
        return Trial(partial(pain_panels, field=question.field, study=study), answer, DRAWS_PER_COHORT)
    return Trial(partial(cohort_panels, field=question.field, study=study), answer)


def _answer(claim: str, study: Study, panel: pd.DataFrame) -> Answer:
    """What the notebook's analysis of a panel says of the claim, per +30 min/week."""
    question = QUESTIONS[claim]
    plan = question.plan(panel, study)
    if not plan.formula:
        return Answer(reason=plan.reasons["model"])
    if question.term not in plan.terms:
        return Answer(reason=f"{question.term}: {plan.reasons[question.term]}")
    answer, per_step = answer_for(fit_plan(plan, study), question.term), STEP_MIN / study.dose_step_min
    numbers = {name: getattr(answer, name) * per_step for name in ("estimate", "std_error", "ci_low", "ci_high")}
    return dataclasses.replace(answer, **numbers)
