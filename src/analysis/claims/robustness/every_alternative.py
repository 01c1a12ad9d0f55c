"""Does the reading move? Every primary claim under every alternative, and its E-value."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis.claims.frames import ClaimData
from analysis.claims.primary import columns_of
from analysis.claims.reading import CANNOT, DIFFERENCE, NO_EFFECT, null_of, reading
from analysis.claims.robustness.alternatives import AS_PLANNED, CONTROL, Alternative, alternatives, moved_by_athlete
from analysis.claims.robustness.question import Primary, Question, Settings, primary_questions
from analysis.claims.robustness.refits import Solved
from analysis.errors import HiprunError
from analysis.models import e_value_of
from analysis.models.processes import in_processes

COLUMNS = [
    "claim", "title", "term", "label", "about", "words", "unit", "expected", "kind", "alternative", "estimate",
    "ci_low", "ci_high", "scale", "comparable", "reading", "p_holm", "after_holm", "n_obs", "n_athletes", "n_left_out",
    "converged", "why_not", "note",
]  # fmt: skip
E_VALUES = [
    "claim", "title", "term", "label", "words", "e_value", "e_value_limit", "of_scale", "risk_ratio", "ci_low",
    "ci_high", "n_athletes", "why_not",
]  # fmt: skip
EACH = ["claim", "term", "athlete_id", "estimate"]
SHORT = {NO_EFFECT: "no effect that matters", CANNOT: "no estimate"}
NUMBERS = ["estimate", "ci_low", "ci_high"]
FOUND, NOT_FOUND = "clear, where nothing should be", "not clear, as it should be"
"""The readings of controls."""


@dataclass(frozen=True)
class Sensitivity:
    """All estimates of all questions.

    Attributes
    ----------
    table : DataFrame
        `COLUMNS`, a row a question and alternative, the primary analysis first. `about` is the outcome in words;
        estimate, ci_low, ci_high on `scale` (ratios, not logarithms); `comparable`: could have been the primary
        analysis; `reading` by `claims.reading` and the row's own interval, with the smallest effect of interest where
        the scale is the primary's; `p_holm` and `after_holm`, of the primary analysis alone, are p and reading of
        `estimate_claims`, which are adjusted for the number of claims; `n_left_out` athletes that are left out by name;
        `why_not` says why a row has no numbers, `note` what its model was cautioned of; else they are empty.
    each_athlete : DataFrame
        claim, term, athlete_id, estimate (on the scale of the primary analysis) without that athlete, in one step
        (`claims.robustness.one_step`). Internal.
    e_values : DataFrame
        claim, title, term, label, words, e_value, e_value_limit, of_scale, risk_ratio, ci_low, ci_high, n_athletes,
        why_not.
    """

    table: pd.DataFrame
    each_athlete: pd.DataFrame
    e_values: pd.DataFrame


def sensitivity(
    data: ClaimData,
    questions: Sequence[Question] | None = None,
    settings: Settings | None = None,
    estimated: pd.DataFrame | None = None,
) -> Sensitivity:
    """Every question (default: all of the primary claims) under every alternative; the same data, study and settings
    give the same numbers, whatever the number of processes.

    `estimated` is the table of `estimate_claims` for the claims: p after Holm and the reading of the primary analysis
    are taken from it. An alternative that cannot be estimated is a row with its reason.
    """
    settings = settings or Settings()
    questions = primary_questions(data.study) if questions is None else tuple(questions)
    lost = [question for question in questions if _is_lost(question, estimated)]  # one row each: not worth a process
    parts = _shares([question for question in questions if question not in lost], settings.jobs)
    solved = in_processes(partial(_answered, data, settings), parts, len(parts), "sensitivity") if parts else []
    found = {name: one for part in [_answered(data, settings, lost), *solved] for name, one in part.items()}
    rows, each, values = ([found[question.name][i] for question in questions] for i in range(3))
    table = pd.DataFrame([row for part in rows for row in part], columns=COLUMNS)
    return Sensitivity(_after_holm(table, estimated), _joined(each, EACH), _joined(values, E_VALUES))


def estimated_row(primary: Primary, alternative: Alternative) -> dict:
    """The row of one alternative: its numbers, or why there are none."""
    question = primary.question
    row = _row(question, alternative)
    try:
        solved = alternative.solve()
        _check_terms(question, solved)
        weights = question.estimand.weights
        numbers = solved.numbers({solved.renamed.get(term, term): weight for term, weight in weights.items()})
        scale = primary.scale
    except HiprunError as error:
        return row | {"why_not": str(error)}
    row |= {name: getattr(solved, name) for name in ("scale", "n_obs", "n_athletes", "converged")}
    found = np.array([numbers[name] for name in NUMBERS], dtype=float)
    if not (solved.converged and np.isfinite(found).all()):
        return row | {"why_not": _said(solved, "severe") or _said(solved, "caution") or "the model did not settle"}
    row["note"] = " ".join(part for part in (alternative.note, _said(solved, "caution")) if part)
    with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
        row |= dict(zip(NUMBERS, found if solved.scale == DIFFERENCE else np.exp(found), strict=True))
    if alternative.kind == CONTROL:
        null = null_of(solved.scale)
        return row | {"reading": FOUND if row["ci_low"] > null or row["ci_high"] < null else NOT_FOUND}
    smallest = question.smallest_effect if solved.scale == scale else None
    row["reading"] = reading(*(row[name] for name in NUMBERS), question.estimand.expected, smallest, solved.scale)
    return row


def _is_lost(question: Question, estimated: pd.DataFrame | None) -> bool:
    """Whether `estimated` has no number for the question."""
    if estimated is None:
        return False
    known = estimated.loc[estimated["estimate"].notna(), ["claim", "term"]]
    return not ((known["claim"] == question.claim.id) & (known["term"] == question.term)).any()


def _shares(questions: Sequence[Question], jobs: int) -> list[list[Question]]:
    """The questions dealt to the processes: those of one model, which share its fits, to one of them."""
    models: dict[tuple, list[Question]] = {}
    for question in questions:
        estimand = question.estimand
        models.setdefault((estimand.outcome, estimand.adds, estimand.replaces), []).append(question)
    # Imputation takes most of the time: models of weeks first, so that each process gets its part of them.
    order = sorted(models.values(), key=lambda same: (not same[0].weekly, not same[0].rating))
    return [[q for same in order[start::jobs] for q in same] for start in range(min(jobs, len(order)))]


def _answered(data: ClaimData, settings: Settings, questions: Sequence[Question]) -> dict[str, tuple]:
    done: dict = {}
    return {question.name: _answer(Primary(data, question, settings, done)) for question in questions}


def _answer(primary: Primary) -> tuple[list[dict], pd.DataFrame, pd.DataFrame]:
    """The rows of one question, its estimates without each athlete, and its E-value."""
    question = primary.question
    try:
        first = estimated_row(primary, alternatives(primary)[0])
        others = [estimated_row(primary, one) for one in alternatives(primary)[1:]] if primary.made.converged else []
    except HiprunError as error:
        first, others = _row(question, _PRIMARY) | {"why_not": str(error)}, []
    if not np.isfinite(first["estimate"]):
        return (
            [first],
            _each_athlete(question, pd.Series(dtype=float)),
            _e_value_row(question, why_not=first["why_not"]),
        )
    return [first, *others], _each_athlete(question, _moved(primary)), _e_value(primary)


def _cannot_start() -> None:
    raise HiprunError("there is no primary analysis")


_PRIMARY = Alternative(AS_PLANNED, "primary analysis", _cannot_start)


def _row(question: Question, alternative: Alternative) -> dict:
    """A row without numbers."""
    return {
        "claim": question.claim.id,
        "title": question.claim.title,
        "term": question.term,
        "label": question.label,
        "about": question.about,
        "words": question.words,
        "unit": question.outcome.unit,
        "expected": question.estimand.expected,
        "kind": alternative.kind,
        "alternative": alternative.label,
        **dict.fromkeys(NUMBERS, np.nan),
        "scale": "",
        "comparable": alternative.comparable,
        "reading": CANNOT,
        "p_holm": np.nan,
        "after_holm": "",
        "n_obs": 0,
        "n_athletes": 0,
        "n_left_out": alternative.n_left_out,
        "converged": False,
        "why_not": "",
        "note": "",
    }


def _said(solved: Solved, kind: str) -> str:
    return " ".join(text for text in solved.messages if text.startswith(kind))


def _check_terms(question: Question, solved: Solved) -> None:
    """Refuse a model that had to leave out a term of the question, with the reason."""
    for column in (c for term in question.estimand.weights for c in columns_of(term)):
        if column in solved.reasons:
            raise HiprunError(f"{column}: {solved.reasons[column]}")


def _moved(primary: Primary) -> pd.Series:
    try:
        moved = moved_by_athlete(primary)
    except HiprunError:  # said in the rows of the alternatives that leave out one runner
        return pd.Series(dtype=float)
    return moved if primary.scale == DIFFERENCE else np.exp(moved)


def _each_athlete(question: Question, moved: pd.Series) -> pd.DataFrame:
    given = {"claim": question.claim.id, "term": question.term}
    return pd.DataFrame(given | {"athlete_id": moved.index, "estimate": moved.to_numpy()})


def _e_value(primary: Primary) -> pd.DataFrame:
    try:
        found = e_value_of(primary.made, primary.question.estimand.weights, primary.plan.frame)
    except HiprunError as error:
        return _e_value_row(primary.question, why_not=str(error))
    return _e_value_row(
        primary.question, e_value=found.estimate, e_value_limit=found.limit, of_scale=found.scale,
        risk_ratio=found.risk_ratio, ci_low=found.ci_low, ci_high=found.ci_high,
        n_athletes=primary.rows["athlete_id"].nunique(),
    )  # fmt: skip


def _e_value_row(question: Question, **found: object) -> pd.DataFrame:
    empty = dict.fromkeys(E_VALUES, np.nan) | {"of_scale": "", "n_athletes": 0, "why_not": ""}
    names = {"claim": question.claim.id, "title": question.claim.title, "term": question.term}
    return pd.DataFrame([empty | names | {"label": question.label, "words": question.words} | found])[E_VALUES]


def _joined(tables: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def _after_holm(table: pd.DataFrame, estimated: pd.DataFrame | None) -> pd.DataFrame:
    """The table with p after Holm and the reading of `estimate_claims` in the rows of the primary analysis."""
    if estimated is None or table.empty:
        return table
    known = estimated.set_index(["claim", "term"])[["p_holm", "reading"]]
    first = table["kind"] == AS_PLANNED
    of_claim = known.reindex(pd.MultiIndex.from_frame(table[["claim", "term"]])).set_axis(table.index)
    return table.assign(
        p_holm=of_claim["p_holm"].where(first), after_holm=of_claim["reading"].fillna("").where(first, "")
    )
