"""What is varied in a sensitivity analysis: every other way in which a primary claim could have been estimated.

One thing is changed at a time. `comparable` are the alternatives that estimate the same thing on the same scale, so
that they could have been the primary analysis; the others are controls, in which nothing should be found, stress tests
of the answers that did not come, and outcomes on another scale.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis.claims.robustness import refits
from analysis.claims.robustness.one_step import without_each_athlete
from analysis.claims.robustness.other_doses import known_earlier, of_half_life
from analysis.claims.robustness.question import WORK, Primary
from analysis.claims.robustness.refits import Solved
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
BETWEEN_TESTS = ("range_changes", "gains_kept")
"""The frames of outcomes between two tests."""
MOST_CLINICS_NAMED = 6
"""Up to so many clinics each has a row of its own in the figure."""
WITHOUT_MISSING, FEWEST_MISSING, IMPUTED = "only runners without any", "half of runners with fewest", "imputed"
LOWEST, HIGHEST = "lowest", "highest"
SAME_WEEK = "work of the same week counted in"


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
    name. `note` says what a reader must know of it.
    """

    kind: str
    label: str
    solve: Callable[[], Solved]
    comparable: bool = True
    n_left_out: int = 0
    note: str = ""


def alternatives(primary: Primary) -> list[Alternative]:
    """Every alternative to a primary analysis, in the order of `KINDS`; the primary itself is first.

    Lag, half-life and work done afterwards are of effects of hip work; missing weeks, and shifts of the answers in
    them, of outcomes of weeks; the other outcomes of ratings of pain; illness of what is told week by week.
    """
    question = primary.question
    none = "none: hip work alone" if question.of_work else "none: the terms of the claim alone"
    return [
        Alternative(AS_PLANNED, "primary analysis", lambda: refits.of_fit(primary.made, primary.plan.frame)),
        *(_doses(primary) if question.of_work else []),
        *_left_out(primary),
        *_models(primary),
        *(_missing(primary) if question.weekly else []),
        _shared(primary, ADJUSTED, none, refits.unadjusted),
        *_controls(primary),
        *_outcomes(primary),
    ]


def _shared(
    primary: Primary, kind: str, label: str, solve: Callable[[Primary], Solved], comparable: bool = True
) -> Alternative:
    """An alternative that is solved once for all questions of one model."""
    return Alternative(
        kind, label, lambda: primary.once((kind, label, *primary.key), partial(solve, primary)), comparable
    )


def _doses(primary: Primary) -> list[Alternative]:
    frame, study = primary.frame, primary.study
    work = [c for c in WORK if c in frame]

    def lagged(weeks: int) -> Solved:
        return refits.of_rows(primary, known_earlier(frame, work, weeks), (LAG, weeks))

    def weighed(weeks: float) -> Solved:
        rows = primary.once((HALF_LIFE, weeks), lambda: of_half_life(primary.data, weeks).weeks)
        return refits.of_rows(primary, rows, (HALF_LIFE, weeks))

    same = "The work of the week itself may follow from its pain or injury, so that this is no rival of the others."
    other = [weeks for weeks in primary.settings.half_lives_weeks if weeks != study.dose_half_life_weeks]
    return [
        Alternative(LAG, SAME_WEEK, partial(lagged, -1), comparable=False, note=same),
        *(
            Alternative(LAG, f"dose known {weeks} {_weeks(weeks)} earlier", partial(lagged, weeks))
            for weeks in primary.settings.lags_weeks
        ),
        *(Alternative(HALF_LIFE, f"{weeks:g} {_weeks(weeks)}", partial(weighed, weeks)) for weeks in other),
    ]


def _left_out(primary: Primary) -> list[Alternative]:
    frame = primary.frame
    clinics = sorted(frame["clinic"].dropna().unique()) if frame["clinic"].nunique() > 1 else []
    each = [
        Alternative(
            LEFT_OUT, f"clinic {clinic}" if len(clinics) <= MOST_CLINICS_NAMED else f"one clinic ({clinic})",
            partial(_without, primary, "clinic", clinic),
            n_left_out=frame.loc[frame["clinic"] == clinic, "athlete_id"].nunique(),
        )
        for clinic in clinics
    ]  # fmt: skip
    runners = [
        Alternative(LEFT_OUT, f"{ONE_RUNNER} ({which})", partial(_without_extreme, primary, which), n_left_out=1)
        for which in (LOWEST, HIGHEST)
    ]
    return each + runners


def _models(primary: Primary) -> list[Alternative]:
    """Other engines; GEE, which estimates something else only where a mixed model's link is the logit; negative
    binomial. A third program for the primary models alone: the others differ from them by a term."""
    family, mixed = primary.plan.family, bool(primary.question.outcome.model.random)
    programs = ["mixedlm"] if mixed else ["statsmodels"]
    if mixed and family == "gaussian" and not primary.question.estimand.adds:
        programs.append("statsmodels")
    found = [
        _shared(primary, MODEL, f"another program, {name}", partial(refits.in_engine, engine=name)) for name in programs
    ]
    averaged = partial(refits.in_engine, engine="gee")
    found.append(
        _shared(primary, MODEL, "GEE, averaged over runners", averaged, comparable=family != "binomial" or not mixed)
    )
    if family in COUNTS:
        found.append(_shared(primary, MODEL, "negative binomial", partial(refits.in_family, family="negativebinomial")))
    return found


def _missing(primary: Primary) -> list[Alternative]:
    found = [
        Alternative(MISSING, WITHOUT_MISSING, partial(refits.complete_runners, primary)),
        Alternative(MISSING, FEWEST_MISSING, partial(refits.most_answered, primary)),
        _shared(primary, MISSING, IMPUTED, refits.imputed),
    ]
    if not primary.question.rating:
        return [*found, Alternative(SHIFTED, "outcome shifted", _nothing_to_shift, comparable=False)]
    return found + [
        _shared(
            primary, SHIFTED, f"{_points(delta)} {'lower' if delta < 0 else 'higher'} than imputed",
            partial(refits.shifted, delta=delta), comparable=False,
        )
        for delta in primary.settings.shifts
    ]  # fmt: skip


def _controls(primary: Primary) -> list[Alternative]:
    """Illness is told of weeks. Work done afterwards stands beside that of before: a hip's later tests would not, for
    they tell of the same hip."""
    question, found = primary.question, []
    if "week_start" in primary.frame:
        found.append(_shared(primary, CONTROL, "illness as outcome", refits.illness, comparable=False))
    if question.of_work or question.outcome.frame in BETWEEN_TESTS:
        found.append(_shared(primary, CONTROL, "hip work done afterwards", refits.work_afterwards, comparable=False))
    return found


def _outcomes(primary: Primary) -> list[Alternative]:
    if not primary.question.rating:
        return []
    cut = f"pain above {primary.settings.pain_above:g}, yes or no"
    found = [_shared(primary, OUTCOME, cut, refits.moderate_pain, comparable=False)]
    if primary.question.weekly:  # the time it takes grows with the square of the rows of a runner
        found.append(_shared(primary, OUTCOME, "pain as ordered steps", refits.ordered, comparable=False))
    return found


def _without(primary: Primary, column: str, level: str) -> Solved:
    kept = primary.frame[column].ne(level).fillna(True).to_numpy(dtype=bool)
    return refits.of_rows(primary, primary.frame[kept], (column, level))


def _without_extreme(primary: Primary, which: str) -> Solved:
    """The primary analysis without the athlete whose absence makes the estimate lowest, or highest."""
    moved = moved_by_athlete(primary)
    if moved.empty:
        raise HiprunError("the effect cannot be told without any one of the runners")
    return _without(primary, "athlete_id", moved.idxmin() if which == LOWEST else moved.idxmax())


def moved_by_athlete(primary: Primary) -> pd.Series:
    """The estimate (link scale) without each athlete, by athlete, in one step (`one_step`); those without whom there
    is none are not there."""
    each = primary.once(("each", *primary.key), lambda: without_each_athlete(primary.made, primary.plan.frame))
    weights = pd.Series(dict(primary.question.estimand.weights))
    lost = [term for term in weights.index if term not in each]
    if lost:
        raise HiprunError(f"{', '.join(lost)}: not in the model")
    return (each[weights.index] * weights).sum(axis=1, skipna=False).dropna()


def _nothing_to_shift() -> Solved:
    raise HiprunError("the outcome is known in every week that was watched, so that there is nothing to shift")


def _points(delta: float) -> str:
    return f"{abs(delta):g} point{'' if abs(delta) == 1 else 's'}"


def _weeks(number: float) -> str:
    return "week" if number == 1 else "weeks"
