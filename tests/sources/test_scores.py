"""Scores of control and balance tests: on which scale, and on it."""

import pytest

from tests.sources.conftest import only

BLOCK = """
[[file]]
path = "tests.csv"
table = "hip_assessments"
set = {{ quality = "control", motion = "whole_leg", position = "step_down"{more} }}
[file.columns]
athlete_id = "id"
date = "date"
side = "side"
score = "score"
{columns}
"""
FILE = "id,date,side,score,scale\nA,2026-01-05,left,3,lateral_step_down_0_6\nA,2026-01-05,right,{score},{scale}\n"


def _read(raw, score, scale, more="", columns='score_scale = "scale"'):
    raw.write("tests.csv", FILE.format(score=score, scale=scale))
    return raw.read(BLOCK.format(more=more, columns=columns))


def test_a_score_on_its_scale_is_read(raw):
    tests = _read(raw, 6, "lateral_step_down_0_6").tables["hip_assessments"]
    assert tests["score"].tolist() == [3, 6]


def test_a_score_beyond_its_scale_is_an_error_and_not_used(raw):
    problem = only(_read(raw, 7, "lateral_step_down_0_6").problems, "RANGE")
    assert (problem.place, problem.found) == ("line 3", "7")
    assert problem.expected.startswith("0 to 6")


def test_a_score_without_a_scale_is_an_error_because_its_direction_is_not_guessed(raw):
    assert only(_read(raw, 3, "").problems, "MISSING").column == "scale"
    asked = only(_read(raw, 3, "", columns="").problems, "COLUMN")
    assert (asked.column, asked.fix) == ("score_scale", "add score_scale to set")


@pytest.mark.parametrize(("scale", "score"), [("higher_is_better", 95), ("lower_is_better", 40)])
def test_a_scale_of_the_clinics_own_needs_its_direction_only(raw, scale, score):
    cohort = _read(raw, score, "", more=f', score_scale = "{scale}"', columns="")
    assert cohort.tables["hip_assessments"]["score"].tolist() == [3, score]
