"""Scores of the Oslo Sports Trauma Research Centre questionnaires (OSTRC-O and -H), versions 1 and 2.

Sources: version 1, Clarsen et al. 2013 (BJSM 47:495, OSTRC-O) and 2014 (BJSM 48:754, OSTRC-H); version 2,
Clarsen et al. 2020 (BJSM 54:390, doi 10.1136/bjsports-2019-101337). How missing answers count follows the
Oslo centre's own package `ostRc`: one sufficient answer decides, small answers beside a missing one do not.

Vectors in, vectors out: lists, arrays or Series of one length (a scalar is repeated); the index of the
first Series is kept. Not answered is missing, never 0. `version` is 1 or 2, one for all or one per row:
version 1 cannot be turned into version 2 (6, 13 and 19 have no counterpart), so it is never guessed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import HiprunError

_FOUR = (0, 8, 17, 25)
_FIVE = (0, 6, 13, 19, 25)
CODES: dict[int, dict[str, tuple[int, ...]]] = {
    1: {"q1": _FOUR, "q2": _FIVE, "q3": _FIVE, "q4": _FOUR},
    2: {"q1": _FOUR, "q2": _FOUR, "q3": _FOUR, "q4": _FOUR},
}
SUBSTANTIAL_FROM = {1: 13, 2: 17}
CANNOT_PARTICIPATE = 25

Answers = Sequence[Any] | np.ndarray | pd.Series | float | None


def severity_score(q1: Answers, q2: Answers, q3: Answers, q4: Answers, version: Answers = 2) -> pd.Series:
    """Severity score 0-100, the sum of the four answers (Int64, missing where it cannot be known).

    Version 2: Q1 = 0 ends the form, so the score is 0 with the other answers absent. Q1 = 25 with answers
    absent is missing: that the form then scores 100 is said of version 2 but was not found in its paper.
    A version 2 row whose Q1 = 0 stands beside an answer above 0 contradicts itself and is missing.
    Raises `HiprunError` for a code that the version does not have, or answers without a version.
    """
    a = _answers(q1, q2, q3, q4, version)
    total = a[["q1", "q2", "q3", "q4"]].sum(axis=1, skipna=False)
    total = total.mask(_ended(a), 0).mask(_contradictory(a))
    return total.astype("Int64").rename("severity_score")


def health_problem(q1: Answers, q2: Answers, q3: Answers, q4: Answers, version: Answers = 2) -> pd.Series:
    """Whether the week had a health problem: True, False or missing (dtype boolean).

    Any answer above 0 makes a problem (version 1: anything but the minimum in any of the four questions,
    Clarsen 2013; version 2: Q1 above 0, or a question answered above 0 that only Q1 above 0 opens).
    False needs all four at 0, or in version 2 Q1 = 0. A version 2 row with Q1 = 0 beside an answer above 0
    contradicts itself and is missing. Raises as `severity_score`.
    """
    a = _answers(q1, q2, q3, q4, version)
    answers = a[["q1", "q2", "q3", "q4"]]
    none = (answers == 0).all(axis=1) | _ended(a)
    return _three_valued((answers > 0).any(axis=1), none, _contradictory(a), "health_problem")


def substantial(q1: Answers, q2: Answers, q3: Answers, q4: Answers, version: Answers = 2) -> pd.Series:
    """Whether the week had a substantial problem: True, False or missing (dtype boolean).

    Moderate or worse loss of training (Q2) or performance (Q3), or could not take part (Q1 = 25): Q2 or Q3
    at least 13 in version 1, at least 17 in version 2. One sufficient answer decides; else Q1, Q2 and Q3
    must all be known (Q1 = 8, Q2 = 0, Q3 missing is missing). Version 2, Q1 = 0: not substantial, and
    missing if an answer above 0 contradicts it. Q4 (symptoms) is used for that contradiction only.
    Raises as `severity_score`.
    """
    a = _answers(q1, q2, q3, q4, version)
    cut = a["version"].map(SUBSTANTIAL_FROM)
    yes = (a["q1"] == CANNOT_PARTICIPATE) | (a["q2"] >= cut) | (a["q3"] >= cut)
    known = a[["q1", "q2", "q3"]].notna().all(axis=1)
    return _three_valued(yes, (known & ~yes) | _ended(a), _contradictory(a), "substantial")


def _three_valued(yes: pd.Series, no: pd.Series, unknown: pd.Series, name: str) -> pd.Series:
    out = pd.Series(pd.NA, index=yes.index, dtype="boolean", name=name)
    return out.mask(no, False).mask(yes, True).mask(unknown, pd.NA)


def _ended(a: pd.DataFrame) -> pd.Series:
    """Rows that the gatekeeper of version 2 ended: full participation without problems."""
    return (a["version"] == 2) & (a["q1"] == 0)


def _contradictory(a: pd.DataFrame) -> pd.Series:
    return _ended(a) & (a[["q2", "q3", "q4"]] > 0).any(axis=1)


def _answers(q1: Answers, q2: Answers, q3: Answers, q4: Answers, version: Answers) -> pd.DataFrame:
    given = {"q1": q1, "q2": q2, "q3": q3, "q4": q4, "version": version}
    index = next((v.index for v in given.values() if isinstance(v, pd.Series)), None)
    columns = {name: _numbers(name, values) for name, values in given.items()}
    lengths = {len(v) for v in columns.values() if v.ndim} or {1}
    if len(lengths) > 1:
        raise HiprunError(
            f"OSTRC answers: found vectors of lengths {sorted(lengths)}; expected one length. "
            "Fix: pass the columns of one table."
        )
    n = lengths.pop()
    frame = pd.DataFrame({k: np.broadcast_to(v, n) for k, v in columns.items()}, index=index)
    _check_codes(frame)
    return frame


def _numbers(name: str, values: Answers) -> np.ndarray:
    plain = values.to_numpy(dtype=object, na_value=np.nan) if isinstance(values, pd.Series) else values
    array = np.asarray(plain, dtype=object)
    array = np.where(pd.isna(array), np.nan, array)
    try:
        return array.astype(float)
    except (TypeError, ValueError) as error:
        raise HiprunError(
            f"OSTRC {name}: found text ({error}); expected numbers. Fix: map the answers to their codes first."
        ) from error


def _check_codes(a: pd.DataFrame) -> None:
    answered = a[["q1", "q2", "q3", "q4"]].notna().any(axis=1)
    wrong = a["version"].notna() & ~a["version"].isin(list(CODES)) | answered & a["version"].isna()
    if wrong.any():
        raise HiprunError(
            f"OSTRC version: found {a.loc[wrong, 'version'].iloc[0]:g} in row {a.index[wrong][0]}; expected 1 or 2. "
            "Fix: give the version of the form; it is never guessed from the codes."
        )
    for version, questions in CODES.items():
        rows = a[a["version"] == version]
        for question, codes in questions.items():
            _check_question(rows[question].dropna(), version, question, codes)


def _check_question(values: pd.Series, version: int, question: str, codes: tuple[int, ...]) -> None:
    bad = values[~values.isin(codes)]
    if bad.empty:
        return
    other = 3 - version
    hint = (
        f"{bad.iloc[0]:g} belongs to version {other}: set version={other} if that form was used"
        if bad.iloc[0] in CODES[other][question]
        else "recode the answers to these codes, or leave what was not answered missing"
    )
    raise HiprunError(
        f"OSTRC {question}: found {bad.iloc[0]:g} in row {bad.index[0]} ({len(bad)} such rows); expected "
        f"{', '.join(map(str, codes))} (version {version}). Fix: {hint}."
    )
