"""Does the reading move? Every primary claim under every alternative, and its E-value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims.alternatives import (
    AS_PLANNED,
    CONTROL,
    Alternative,
    alternatives,
    moved_by_athlete,
)
from analysis.claims.question import Primary, Question, Settings, primary_questions
from analysis.claims.reading import CANNOT, DIFFERENCE, NO_EFFECT, null_of, reading
from analysis.claims.refits import Solved
from analysis.errors import HiprunError
from analysis.models import e_value_of
from analysis.study import Study

COLUMNS = [
    "claim", "term", "words", "kind", "alternative", "estimate", "ci_low", "ci_high", "scale", "comparable", "reading",
    "n_obs", "n_athletes", "n_left_out", "converged", "why_not", "note",
]  # fmt: skip
SHORT = {NO_EFFECT: "no effect that matters", CANNOT: "no estimate"}
EACH = ["claim", "term", "athlete_id", "estimate"]
NUMBERS = ["estimate", "ci_low", "ci_high"]
FOUND, NOT_FOUND = "clear, where nothing should be", "not clear, as it should be"
"""The readings of controls."""


@dataclass(frozen=True)
class Sensitivity:
    """All estimates of all questions.

    Attributes
    ----------
    table : DataFrame
        `COLUMNS`, a row a question and alternative, the primary analysis first. estimate, ci_low, ci_high on `scale`
        (ratios, not logarithms); `comparable`: could have been the primary analysis; `reading` by `claims.reading`,
        with the smallest effect of interest where the scale is the primary's; `n_left_out` athletes that are left out
        by name; `why_not` says why a row has no numbers, `note` what its model was cautioned of; else they are empty.
    each_athlete : DataFrame
        claim, term, athlete_id, estimate (on the scale of the primary analysis) without that athlete. Internal.
    e_values : DataFrame
        claim, term, words, e_value, e_value_limit, of_scale, risk_ratio, ci_low, ci_high, n_athletes, why_not.
    """

    table: pd.DataFrame
    each_athlete: pd.DataFrame
    e_values: pd.DataFrame


def sensitivity(
    panel: pd.DataFrame,
    study: Study,
    questions: Sequence[Question] | None = None,
    settings: Settings | None = None,
) -> Sensitivity:
    """Every question under every alternative; the same panel, study and settings give the same numbers.

    An alternative that cannot be estimated is a row with its reason. Questions with the same `plan` share their fits.
    """
    questions = primary_questions(study) if questions is None else questions
    shared: dict[object, Primary] = {}
    tables, each, values = [], [], []
    for question in questions:
        same = (question.plan, question.exposures, question.doses, question.due, question.rating)
        primary = shared.setdefault(same, Primary(panel, study, question, settings or Settings()))
        try:
            scale = primary.scale
        except HiprunError as error:
            tables.append(pd.DataFrame([_row(question, _PRIMARY) | {"why_not": str(error)}]))
            values.append(_e_value_row(question, why_not=str(error)))
            continue
        tables.append(pd.DataFrame([_solved(primary, question, one) for one in alternatives(primary, question)]))
        each.append(_each_athlete(primary, question, scale))
        values.append(_e_value(primary, question))
    return Sensitivity(
        pd.concat(tables, ignore_index=True)[COLUMNS],
        pd.concat(each, ignore_index=True)
        if each
        else pd.DataFrame(columns=["claim", "term", "athlete_id", "estimate"]),
        pd.DataFrame(values),
    )


def _cannot_start() -> None:
    raise HiprunError("there is no primary analysis")


_PRIMARY = Alternative(AS_PLANNED, "primary analysis", _cannot_start)


def _row(question: Question, alternative: Alternative) -> dict:
    """A row without numbers."""
    return {
        "claim": question.claim,
        "term": question.term,
        "words": question.words,
        "kind": alternative.kind,
        "alternative": alternative.label,
        **dict.fromkeys(NUMBERS, np.nan),
        "scale": "",
        "comparable": alternative.comparable,
        "reading": CANNOT,
        "n_obs": 0,
        "n_athletes": 0,
        "n_left_out": alternative.n_left_out,
        "converged": False,
        "why_not": "",
        "note": "",
    }


def _solved(primary: Primary, question: Question, alternative: Alternative) -> dict:
    """The row of one alternative: its numbers, or why there are none."""
    row = _row(question, alternative)
    try:
        solved = (
            alternative.solve()
            if alternative.own
            else primary.once((alternative.kind, alternative.label), alternative.solve)
        )
        _check_terms(question, solved)
        renamed = {solved.renamed.get(term, term): weight for term, weight in question.weights.items()}
        numbers = solved.numbers(renamed)
    except HiprunError as error:
        return row | {"why_not": str(error)}
    row |= {
        "scale": solved.scale,
        "n_obs": solved.n_obs,
        "n_athletes": solved.n_athletes,
        "converged": solved.converged,
    }
    found = np.array([numbers[name] for name in NUMBERS], dtype=float)
    if not (solved.converged and np.isfinite(found).all()):
        return row | {"why_not": _said(solved, "severe") or _said(solved, "caution") or "the model did not settle"}
    row["note"] = _said(solved, "caution")
    row |= dict(zip(NUMBERS, found if solved.scale == DIFFERENCE else np.exp(found), strict=True))
    if alternative.kind == CONTROL:
        null = null_of(solved.scale)
        return row | {"reading": FOUND if row["ci_low"] > null or row["ci_high"] < null else NOT_FOUND}
    smallest = question.smallest_effect(primary.study) if solved.scale == primary.scale else None
    row["reading"] = reading(*(row[name] for name in NUMBERS), question.expected, smallest, solved.scale)
    return row


def _said(solved: Solved, kind: str) -> str:
    return " ".join(text for text in solved.messages if text.startswith(kind))


def _check_terms(question: Question, solved: Solved) -> None:
    """Refuse a model that had to leave out a term of the question, with the reason."""
    for term in question.weights:
        if term in solved.reasons:
            raise HiprunError(f"{term}: {solved.reasons[term]}")


def _each_athlete(primary: Primary, question: Question, scale: str) -> pd.DataFrame:
    try:
        moved = moved_by_athlete(primary, question)
    except HiprunError:  # said in the rows of the alternatives that leave out one runner
        moved = pd.Series(dtype=float)
    values = moved.to_numpy() if scale == DIFFERENCE else np.exp(moved.to_numpy())
    return pd.DataFrame({"claim": question.claim, "term": question.term, "athlete_id": moved.index, "estimate": values})


def _e_value(primary: Primary, question: Question) -> dict:
    try:
        found = e_value_of(primary.made, question.weights, primary.plan.frame)
    except HiprunError as error:
        return _e_value_row(question, why_not=str(error))
    return _e_value_row(
        question, e_value=found.estimate, e_value_limit=found.limit, of_scale=found.scale, risk_ratio=found.risk_ratio,
        ci_low=found.ci_low, ci_high=found.ci_high, n_athletes=primary.made.n_groups["athlete_id"],
    )  # fmt: skip


def _e_value_row(question: Question, **found: object) -> dict:
    empty = dict.fromkeys(("e_value", "e_value_limit"), np.nan) | {"of_scale": ""}
    empty |= dict.fromkeys(("risk_ratio", "ci_low", "ci_high"), np.nan) | {"n_athletes": 0, "why_not": ""}
    return {"claim": question.claim, "term": question.term, "words": question.words} | empty | found


def rows_of(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The rows of one question."""
    return table[(table["claim"] == question.claim) & (table["term"] == question.term)].reset_index(drop=True)


def not_estimated(table: pd.DataFrame) -> pd.DataFrame:
    """The questions without a primary estimate: claim, term, words, why_not."""
    rows = table[(table["kind"] == AS_PLANNED) & table["estimate"].isna()]
    return rows[["claim", "term", "words", "why_not"]].reset_index(drop=True)


def for_report(table: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The rows of `Sensitivity.table` as they may be handed out: counts are missing where they tell of a few.

    Fewer than `threshold` runners left out could be counted, and their weeks too, as the difference to the primary
    analysis; n_obs and n_athletes of such rows are missing, and the estimates stay: none is of those runners alone.
    Long readings are cut short (`SHORT`), so that a table fits a page.
    """
    whole = table[table["kind"] == AS_PLANNED].set_index(["claim", "term"])["n_athletes"]
    keys = pd.MultiIndex.from_frame(table[["claim", "term"]])
    fewer = whole.reindex(keys).to_numpy() - table["n_athletes"].to_numpy()
    small = (table["n_left_out"].between(1, threshold - 1)) | ((np.abs(fewer) > 0) & (np.abs(fewer) < threshold))
    columns = {
        name: table[name].astype("Int64").mask(small | table["estimate"].isna()) for name in ("n_obs", "n_athletes")
    }
    columns["reading"] = table["reading"].replace(SHORT)
    return table.assign(**columns).drop(columns=["n_left_out", "note"])
