"""OSTRC scores against rule tables written out by hand, and against the Oslo centre's printed examples."""

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.surveillance.ostrc import health_problem, severity_score, substantial

# The first line that fits a row of answers gives the result. * is any answer or none, ? is not answered,
# + is any answer above 0, 0? is 0 or not answered. Written from Clarsen 2013, 2020 and the ostRc README.
SUBSTANTIAL_V2 = """
0   +   *   *   ?
0   *   +   *   ?
0   *   *   +   ?
0   *   *   *   no
25  *   *   *   yes
*   17  *   *   yes
*   25  *   *   yes
*   *   17  *   yes
*   *   25  *   yes
?   *   *   *   ?
*   ?   *   *   ?
*   *   ?   *   ?
8   0   0   *   no
8   0   8   *   no
8   8   0   *   no
8   8   8   *   no
17  0   0   *   no
17  0   8   *   no
17  8   0   *   no
17  8   8   *   no
"""
SUBSTANTIAL_V1 = """
25  *   *   *   yes
*   13  *   *   yes
*   19  *   *   yes
*   25  *   *   yes
*   *   13  *   yes
*   *   19  *   yes
*   *   25  *   yes
?   *   *   *   ?
*   ?   *   *   ?
*   *   ?   *   ?
*   0   0   *   no
*   0   6   *   no
*   6   0   *   no
*   6   6   *   no
"""
PROBLEM_V2 = """
0   +   *   *   ?
0   *   +   *   ?
0   *   *   +   ?
0   *   *   *   no
8   *   *   *   yes
17  *   *   *   yes
25  *   *   *   yes
?   +   *   *   yes
?   *   +   *   yes
?   *   *   +   yes
?   *   *   *   ?
"""
PROBLEM_V1 = """
+   *   *   *   yes
*   +   *   *   yes
*   *   +   *   yes
*   *   *   +   yes
0   0   0   0   no
*   *   *   *   ?
"""
CODES = {1: [(0, 8, 17, 25), (0, 6, 13, 19, 25), (0, 6, 13, 19, 25), (0, 8, 17, 25)], 2: [(0, 8, 17, 25)] * 4}


def _fits(pattern: str, answer: float | None) -> bool:
    if pattern in ("*", "?"):
        return pattern == "*" or answer is None
    return answer is not None and (answer > 0 if pattern == "+" else answer == int(pattern))


def _by_hand(table: str, row: tuple) -> object:
    for line in table.strip().splitlines():
        *patterns, result = line.split()
        if all(_fits(p, a) for p, a in zip(patterns, row, strict=True)):
            return {"yes": True, "no": False, "?": pd.NA}[result]
    raise AssertionError(f"the hand-written table says nothing about {row}")


def _every_row(version: int) -> list[tuple]:
    return list(itertools.product(*[(*codes, None) for codes in CODES[version]]))


def _same(got: object, expected: object) -> bool:
    return (got is pd.NA and expected is pd.NA) or (got is not pd.NA and expected is not pd.NA and got == expected)


@pytest.mark.parametrize(
    ("function", "version", "table"),
    [
        (substantial, 2, SUBSTANTIAL_V2),
        (substantial, 1, SUBSTANTIAL_V1),
        (health_problem, 2, PROBLEM_V2),
        (health_problem, 1, PROBLEM_V1),
    ],
)
def test_every_code_and_missing_pattern_is_classified_as_in_the_table_written_by_hand(function, version, table):
    rows = _every_row(version)
    assert len(rows) == {1: 5 * 6 * 6 * 5, 2: 5**4}[version]
    got = function(*map(list, zip(*rows, strict=True)), version=version)
    assert got.dtype == "boolean"
    wrong = [(r, g) for r, g in zip(rows, got, strict=True) if not _same(g, _by_hand(table, r))]
    assert wrong == []


@pytest.mark.parametrize("version", [1, 2])
def test_severity_is_the_sum_of_four_answers_and_missing_if_one_is_but_0_when_the_version_2_gatekeeper_ends_the_form(
    version,
):
    rows = _every_row(version)
    got = severity_score(*map(list, zip(*rows, strict=True)), version=version)
    assert got.dtype == "Int64"
    for row, score in zip(rows, got, strict=True):
        if version == 2 and row[0] == 0:
            expected = 0 if all(a in (0, None) for a in row[1:]) else pd.NA
        else:
            expected = pd.NA if None in row else sum(row)
        assert _same(score, expected), (row, score)


def test_q1_8_q2_0_and_q3_missing_is_unknown_as_in_issue_4():
    assert substantial(8, 0, None, 0).iloc[0] is pd.NA


def test_could_not_take_part_with_the_rest_missing_is_substantial_but_has_no_score():
    assert substantial(25, None, None, None).tolist() == [True]
    assert severity_score(25, None, None, None).iloc[0] is pd.NA


def test_severity_scores_of_the_ostrc_package_readme_are_0_8_50_58():
    score = severity_score([0, 8, 8, 8], [0, 0, 0, 25], [0, 0, 17, 0], [0, 0, 25, 25], version=2)
    assert score.tolist() == [0, 8, 50, 58]


def test_health_problems_of_the_ostrc_package_readme_are_no_yes_yes_yes():
    none = [np.nan] * 4
    assert health_problem([0, 8, 17, 25], none, none, none).tolist() == [False, True, True, True]


def test_substantial_problems_of_the_ostrc_package_readme_are_no_no_yes_yes():
    # ostRc prints NA for the first: there substantial is asked of problems only, here of weeks.
    none = [np.nan] * 4
    got = substantial([0, 8, 8, 8], [0, 0, 0, 25], [0, 0, 17, 0], none, version=2)
    assert got.tolist() == [False, False, True, True]


def test_missing_answers_of_the_ostrc_package_readme_give_1_na_na_1():
    none = [np.nan] * 4
    got = substantial([25, None, None, None], [None, None, None, 17], [None, 8, None, None], none, version=2)
    assert got.tolist() == [True, pd.NA, pd.NA, True]


def test_version_may_differ_from_row_to_row_and_the_index_is_kept():
    frame = pd.DataFrame(
        {"q1": [8, 8], "q2": [13, 8], "q3": [0, 0], "q4": [0, 0], "v": [1, 2]}, index=["old", "new"], dtype="Int64"
    )
    got = substantial(frame["q1"], frame["q2"], frame["q3"], frame["q4"], version=frame["v"])
    assert got.to_dict() == {"old": True, "new": False}


def test_a_code_of_the_other_version_is_refused_with_the_value_the_question_and_the_fix():
    with pytest.raises(HiprunError, match=r"q2: found 13 .*expected 0, 8, 17, 25 \(version 2\).*set version=1"):
        substantial([8, 8], [0, 13], [0, 0], [0, 0], version=2)
    with pytest.raises(HiprunError, match=r"q3: found 8 .*expected 0, 6, 13, 19, 25 \(version 1\).*set version=2"):
        severity_score(8, 6, 8, 8, version=1)


@pytest.mark.parametrize("code", [1, 3, 26, -8])
def test_a_code_of_no_version_is_refused_with_advice_to_recode(code):
    with pytest.raises(HiprunError, match=f"found {code} .*recode"):
        health_problem(code, 0, 0, 0)


@pytest.mark.parametrize("version", [3, None, np.nan])
def test_answers_without_a_known_version_are_refused(version):
    with pytest.raises(HiprunError, match=r"version: found .*expected 1 or 2"):
        substantial([8], [0], [0], [0], version=[version])


def test_a_row_without_answers_needs_no_version_and_stays_missing():
    assert substantial([None], [None], [None], [None], version=[None]).tolist() == [pd.NA]


def test_text_and_unequal_lengths_are_refused():
    with pytest.raises(HiprunError, match="found text"):
        substantial(["none"], [0], [0], [0])
    with pytest.raises(HiprunError, match="lengths"):
        substantial([0, 8], [0, 0, 0], [0, 0], [0, 0])


def test_no_rows_give_no_rows():
    empty = pd.Series([], dtype="Int64")
    assert len(substantial(empty, empty, empty, empty, version=2)) == 0
