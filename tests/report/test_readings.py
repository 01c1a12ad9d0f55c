"""Readings of the cohort's description: numbers in words, small counts withheld."""

import pandas as pd

from analysis.report import read_changes, read_prevalences, read_response, read_sides
from analysis.surveillance import prevalence

SIDES = pd.DataFrame(
    {
        "motion": ["extension", "abduction", "abduction"],
        "quality": ["isometric strength", "isometric strength", "passive range"],
        "n_athletes": [28, 28, 28],
        "difference_pct_median": [6.8, 9.1, 2.0],
        "difference_pct_q1": [2.6, 4.8, 1.0],
        "difference_pct_q3": [10.2, 14.8, 3.0],
        "n_within_measurement_error": [20, 18, 25],
        "n_beyond_measurement_error": [8, 10, 3],
    }
)


def test_response_is_answered_of_expected():
    assert "15 of 20 expected" in read_response(pd.DataFrame({"n_expected": [10, 10], "n_answered": [9, 6]}))
    assert read_response(pd.DataFrame({"n_expected": [], "n_answered": []})) == "No weekly report was expected."


def test_side_differences_are_read_of_abduction_strength_where_it_was_tested():
    assert read_sides(SIDES).startswith("Hip abduction strength differed between sides by 9 (5 to 15) % of")
    assert read_sides(SIDES.iloc[[0]]).startswith("Hip extension strength")


def test_how_many_side_differences_are_within_measurement_error_is_said_where_no_count_is_small():
    assert read_sides(SIDES).endswith(
        "(median and quartiles of 28 runners); in 18 of 28 it was within measurement error."
    )
    small = read_sides(SIDES.assign(n_within_measurement_error=25, n_beyond_measurement_error=3))
    assert "is not shown" in small and " 25 " not in small and " 3 " not in small
    none_beyond = read_sides(SIDES.assign(n_within_measurement_error=28, n_beyond_measurement_error=0))
    assert "in 28 of 28 it was within measurement error" in none_beyond
    unknown = SIDES.assign(n_within_measurement_error=pd.NA, n_beyond_measurement_error=pd.NA)
    assert "the error of measuring is not known" in read_sides(unknown)


def changed(within: object, lower: object, higher: object, n_athletes: int = 25) -> pd.DataFrame:
    row = {"motion": "abduction", "quality": "isometric strength", "n_athletes": n_athletes, "n_hips": 2 * n_athletes}
    counts = {"n_within_measurement_error": within, "n_lower_beyond_error": lower, "n_higher_beyond_error": higher}
    return pd.DataFrame([row | counts])


def test_changes_are_read_in_hips_with_both_ways_where_no_count_is_small():
    text = read_changes(changed(36, 6, 8))
    assert text == (
        "From the first to the last test of hip abduction strength, the change of 36 of 50 hips was within measurement "
        "error; 14 changed by more (8 higher, 6 lower)."
    )
    assert read_changes(changed(36, 2, 12)).endswith("14 changed by more.")
    assert read_changes(changed(50, 0, 0)).endswith("0 changed by more (0 higher, 0 lower).")


def test_two_small_counts_of_changes_are_not_given_away_by_their_sum():
    for counts in ((42, 4, 4), (46, 4, 0), (47, 1, 2)):
        text = read_changes(changed(*counts))
        assert "most changes were within measurement error" in text
        assert not any(char.isdigit() for char in text)
    assert "few changes were within" in read_changes(changed(3, 20, 27))
    assert "cannot" not in read_changes(changed(36, 6, 8))


def test_changes_of_unknown_error_or_of_few_runners_are_not_judged():
    assert "no change can be judged" in read_changes(changed(pd.NA, pd.NA, pd.NA))
    assert "fewer than 5 runners" in read_changes(changed(4, 2, 2, n_athletes=4))


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
