"""Readings of the cohort's description: numbers in words, small counts withheld."""

import pandas as pd

from analysis.report import read_prevalences, read_response, read_sides
from analysis.surveillance import prevalence

SIDES = pd.DataFrame(
    {
        "motion": ["extension", "abduction", "abduction"],
        "quality": ["isometric strength", "isometric strength", "passive range"],
        "n_athletes": [28, 28, 28],
        "difference_pct_median": [6.8, 9.1, 2.0],
        "difference_pct_q1": [2.6, 4.8, 1.0],
        "difference_pct_q3": [10.2, 14.8, 3.0],
    }
)


def test_response_is_answered_of_expected():
    assert "15 of 20 expected" in read_response(pd.DataFrame({"n_expected": [10, 10], "n_answered": [9, 6]}))
    assert read_response(pd.DataFrame({"n_expected": [], "n_answered": []})) == "No weekly report was expected."


def test_side_differences_are_read_of_abduction_strength_where_it_was_tested():
    assert read_sides(SIDES).startswith("Hip abduction strength differed between sides by 9 (5 to 15) % of")
    assert read_sides(SIDES.iloc[[0]]).startswith("Hip extension strength")


def test_side_differences_of_few_runners_are_not_read():
    assert "fewer than 5" in read_sides(SIDES.assign(n_athletes=4))
    assert "fewer than 5" in read_sides(SIDES.iloc[[2]])


def test_prevalences_with_few_problems_have_no_number():
    athletes, weeks = list("abcdefgh") * 2, [1] * 8 + [2] * 8
    many = prevalence([True] * 8 + [False] * 8, athletes, weeks, n_boot=50)
    few = prevalence([True] * 2 + [False] * 14, athletes, weeks, n_boot=50)
    text = read_prevalences({"Any health problem": many, "Substantial problem": few})
    assert "Any health problem, weekly average: 50.0 % of 16 answered reports (95 % interval 15.7 to 84.3 %)" in text
    assert "Fewer than 5 cases of Substantial problem" in text
    assert "No weekly report" in read_prevalences({})
