"""What the injury model expects beyond its ratios: along the dose, at other mixes of the work, of typical runners."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.claims.effects.chance import chance_of_injury
from analysis.claims.effects.coach import predicted_weeks
from analysis.claims.effects.dose_response import bend, dose_response, straightness
from analysis.claims.effects.mix import predicted_mix
from analysis.claims.plan import ModelPlan
from analysis.claims.why_not import because
from analysis.errors import HiprunError
from analysis.models import Fit
from analysis.study import Study

HOURS = "exposure_h"
Frames = tuple[pd.DataFrame, ...]


@dataclass(frozen=True)
class RateShape:
    """Rates along the dose and at mixes, and the chances of typical runners; what could not be made has no rows.

    `points` and `tests`: `effects.dose_response` and its `straightness`; `splits`: `effects.mix.predicted_mix`;
    `runners`: `effects.chance.chance_of_injury` of `effects.coach.predicted_weeks`, over weeks with the
    median hours of the model's weeks.
    `reasons` says why of each that is empty, by the names points, splits, runners.
    """

    points: pd.DataFrame
    tests: pd.DataFrame
    splits: pd.DataFrame
    runners: pd.DataFrame
    reasons: dict[str, str]


def rate_shape(plan: ModelPlan, made: Fit, study: Study) -> RateShape:
    """All of it for the primary injury plan and its fit, which must have converged.

    Nothing is made of fewer injuries than the model has terms beside the intercept: its estimates then follow single
    injuries.
    """
    events, terms = plan.frame.loc[made.fitted.index, plan.outcome].sum(), len(made.estimates) - 1
    if events < terms:
        few = f"{events} {'injury is' if events == 1 else 'injuries are'} fewer than the {terms} terms of the model"
        return RateShape(*(pd.DataFrame() for _ in range(4)), dict.fromkeys(("points", "splits", "runners"), few))
    reasons: dict[str, str] = {}

    def made_or_not(name: str, make: Callable[[], Frames]) -> Frames:
        try:
            return make()
        except HiprunError as error:
            reasons[name] = because(error)
            return pd.DataFrame(), pd.DataFrame()

    def curves() -> Frames:
        bent = bend(plan, made, study)
        return dose_response(bent, made, study), straightness(bent)

    def chances() -> Frames:
        hours = float(plan.frame.loc[made.fitted.index, HOURS].median())
        return (chance_of_injury(predicted_weeks(plan, made, study), made, hours),)

    points, tests = made_or_not("points", curves)
    splits = made_or_not("splits", lambda: (predicted_mix(plan, study),))[0]
    return RateShape(points, tests, splits, made_or_not("runners", chances)[0], reasons)
