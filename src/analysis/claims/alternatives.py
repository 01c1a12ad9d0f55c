"""What is varied in a sensitivity analysis: every other way in which a primary claim could have been estimated.

One thing is changed at a time. `comparable` are the alternatives that estimate the same thing on the same scale, so
that they could have been the primary analysis; the others are controls, in which nothing should be found, stress tests
of the answers that did not come, and outcomes on another scale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis.claims import refits
from analysis.claims.other_doses import known_earlier, weighed
from analysis.claims.question import Primary, Question
from analysis.claims.refits import Solved
from analysis.errors import HiprunError
from analysis.models.families import COUNTS

AS_PLANNED = "As planned"
LAG, HALF_LIFE, LEFT_OUT, MODEL = "Lag", "Half-life", "Left out", "Model"
MISSING, SHIFTED, ADJUSTED, CONTROL, OUTCOME = (
    "Missing weeks", "If those differ", "Adjustment", "Control", "Outcome",
)  # fmt: skip
KINDS = (AS_PLANNED, LAG, HALF_LIFE, LEFT_OUT, MODEL, MISSING, SHIFTED, ADJUSTED, CONTROL, OUTCOME)
"""What was varied, in the order of the figure."""
ONE_RUNNER = "one runner"
MOST_CLINICS_NAMED = 6
"""Up to so many clinics each has a row of its own in the figure."""
WITHOUT_MISSING, FEWEST_MISSING, IMPUTED = "only runners without any", "half of runners with fewest", "imputed"
LOWEST, HIGHEST = "lowest", "highest"


_WORDS = {
    LAG: "the {label}",
    HALF_LIFE: "a half-life of {label}",
    LEFT_OUT: "{label} left out",
    ADJUSTED: "no adjustment",
}
_MISSING_WORDS = {
    WITHOUT_MISSING: "only the runners without a missing week",
    FEWEST_MISSING: "the half of runners with the fewest missing weeks",
    IMPUTED: "missing weeks imputed",
}


def in_words(kind: str, label: str) -> str:
    """An alternative as the end of "the reading becomes … with …"."""
    if kind == MISSING:
        return _MISSING_WORDS.get(label, label)
    return _WORDS.get(kind, "{label}").format(label=label.split(" (")[0] if label.startswith(ONE_RUNNER) else label)


@dataclass(frozen=True)
class Alternative:
    """One other way to estimate a claim: `kind` (what was varied), `label` (how), and `solve`, which does it.

    `solve` raises `HiprunError` with the reason where these data do not allow it. `n_left_out` athletes are left out by
    name. `own` are those whose numbers are of one question only; the others are solved once for all that share a model.
    """

    kind: str
    label: str
    solve: Callable[[], Solved]
    comparable: bool = True
    n_left_out: int = 0
    own: bool = False


def alternatives(primary: Primary, question: Question) -> list[Alternative]:
    """Every alternative to the primary analysis of `question`, in the order of `KINDS`; the primary itself is first."""
    return [
        Alternative(AS_PLANNED, "primary analysis", lambda: refits.of_fit(primary.made)),
        *_doses(primary, question),
        *_left_out(primary, question),
        *_models(primary),
        *_missing(primary, question),
        Alternative(ADJUSTED, "none: hip work alone", partial(refits.unadjusted, primary, question)),
        Alternative(CONTROL, "illness as outcome", partial(refits.illness, primary), comparable=False),
        Alternative(
            CONTROL, "hip work done afterwards", partial(refits.work_afterwards, primary, question), comparable=False
        ),
        *_outcomes(primary, question),
    ]


def _doses(primary: Primary, question: Question) -> list[Alternative]:
    panel, study, doses = primary.panel, primary.study, question.doses
    lagged = [
        Alternative(
            LAG, f"dose known {weeks} {_weeks(weeks)} earlier",
            partial(_of_changed, primary, question, partial(known_earlier, panel, doses, weeks)),
        )
        for weeks in primary.settings.lags_weeks
    ]  # fmt: skip
    other = [weeks for weeks in primary.settings.half_lives_weeks if weeks != study.dose_half_life_weeks]
    return lagged + [
        Alternative(
            HALF_LIFE, f"{weeks:g} {_weeks(weeks)}",
            partial(_of_changed, primary, question, partial(weighed, panel, doses, weeks)),
        )
        for weeks in other
    ]  # fmt: skip


def _left_out(primary: Primary, question: Question) -> list[Alternative]:
    panel = primary.panel
    clinics = sorted(panel["clinic"].dropna().unique()) if panel["clinic"].nunique() > 1 else []
    each = [
        Alternative(
            LEFT_OUT, f"clinic {clinic}" if len(clinics) <= MOST_CLINICS_NAMED else f"one clinic ({clinic})",
            partial(_of_changed, primary, question, partial(_without, panel, "clinic", clinic)),
            n_left_out=panel.loc[panel["clinic"] == clinic, "athlete_id"].nunique(),
        )
        for clinic in clinics
    ]  # fmt: skip
    runners = [
        Alternative(
            LEFT_OUT,
            f"{ONE_RUNNER} ({which})",
            partial(_without_extreme, primary, question, which),
            n_left_out=1,
            own=True,
        )
        for which in (LOWEST, HIGHEST)
    ]
    return each + runners


def _models(primary: Primary) -> list[Alternative]:
    """Other engines; GEE, which estimates something else only where the link is the logit; negative binomial."""
    family = primary.plan.family
    found = [Alternative(MODEL, "another program, mixedlm", partial(refits.in_engine, primary, "mixedlm"))]
    if family == "gaussian":
        found.append(
            Alternative(MODEL, "another program, statsmodels", partial(refits.in_engine, primary, "statsmodels"))
        )
    found.append(
        Alternative(
            MODEL, "GEE, averaged over runners", partial(refits.in_engine, primary, "gee"), family != "binomial"
        )
    )
    if family in COUNTS:
        found.append(Alternative(MODEL, "negative binomial", partial(refits.in_family, primary, "negativebinomial")))
    return found


def _missing(primary: Primary, question: Question) -> list[Alternative]:
    found = [
        Alternative(MISSING, WITHOUT_MISSING, partial(refits.complete_runners, primary, question)),
        Alternative(MISSING, FEWEST_MISSING, partial(refits.most_answered, primary, question)),
        Alternative(MISSING, IMPUTED, partial(refits.imputed, primary)),
    ]
    if not question.rating:
        return [*found, Alternative(SHIFTED, "outcome shifted", _nothing_to_shift, comparable=False)]
    return found + [
        Alternative(
            SHIFTED, f"{_points(delta)} {'lower' if delta < 0 else 'higher'} than imputed",
            partial(refits.shifted, primary, delta), comparable=False,
        )
        for delta in primary.settings.shifts
    ]  # fmt: skip


def _outcomes(primary: Primary, question: Question) -> list[Alternative]:
    if not question.rating:
        return []
    cut = f"pain above {primary.settings.pain_above:g}, yes or no"
    return [
        Alternative(OUTCOME, cut, partial(refits.moderate_pain, primary), comparable=False),
        Alternative(OUTCOME, "pain as ordered steps", partial(refits.ordered, primary), comparable=False),
    ]


def _of_changed(primary: Primary, question: Question, changed: Callable[[], pd.DataFrame]) -> Solved:
    return refits.of_panel(question, changed(), primary.study)


def _without(panel: pd.DataFrame, column: str, level: str) -> pd.DataFrame:
    return panel[panel[column].ne(level).fillna(True).to_numpy(dtype=bool)]


def _without_extreme(primary: Primary, question: Question, which: str) -> Solved:
    """The primary analysis without the athlete whose absence makes the estimate lowest, or highest."""
    moved = moved_by_athlete(primary, question)
    if moved.empty:
        raise HiprunError("no refit without one runner converged")
    level = moved.idxmin() if which == LOWEST else moved.idxmax()
    return refits.of_panel(question, _without(primary.panel, "athlete_id", level), primary.study)


def moved_by_athlete(primary: Primary, question: Question) -> pd.Series:
    """The estimate (link scale) without each athlete, by athlete; those whose refit gave none are not there."""
    each = primary.each_athlete
    weighed_terms = each.assign(estimate=each["estimate"] * each["term"].map(question.weights))
    own = weighed_terms[weighed_terms["term"].isin(question.weights)]
    return own.groupby("level", sort=False)["estimate"].sum(min_count=len(question.weights)).dropna()


def _nothing_to_shift() -> Solved:
    raise HiprunError("the outcome is known in every week that was watched, so that there is nothing to shift")


def _points(delta: float) -> str:
    return f"{abs(delta):g} point{'' if abs(delta) == 1 else 's'}"


def _weeks(number: float) -> str:
    return "week" if number == 1 else "weeks"
