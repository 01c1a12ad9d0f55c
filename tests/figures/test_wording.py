"""Numbers in words."""

import math

import pytest

from analysis.figures.wording import count, decimals_for, interval, listed, number, width_pt, wrapped


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(-0.04, 1, "0.0"), (-0.34, 2, "−0.34"), (12448.3, 0, "12\N{NO-BREAK SPACE}448"), (math.inf, 1, "not bounded")],
)
def test_numbers_have_a_true_minus_gaps_between_thousands_and_no_negative_zero(value, decimals, text):
    assert number(value, decimals) == text


def test_an_interval_is_written_out_and_a_missing_estimate_said_to_be_missing():
    assert interval(0.87, 0.75, 1.01, 2) == "0.87 (0.75 to 1.01)"
    assert interval(math.nan, math.nan, math.nan, 2) == "not estimated"


def test_a_ratio_that_rounds_to_nothing_or_is_above_100_and_a_number_too_long_to_print_are_said_shortly():
    assert interval(1.1, 1e-4, 1e6, 2, null=1) == "1.10 (<0.01 to >100)"
    assert interval(0.004, 0.002, 99.0, 3, null=1) == "0.004 (0.002 to 99.000)"
    assert interval(0.1, -1e12, math.inf, 1) == "0.1 (−1e12 to not bounded)"


@pytest.mark.parametrize(("width", "decimals"), [(0.26, 2), (3.2, 1), (0.004, 4), (55.0, 1), (math.inf, 2)])
def test_decimals_show_two_figures_of_the_interval(width, decimals):
    assert decimals_for([width]) == decimals


def test_lists_and_counts_read_as_english():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert count(1, "case") == "1 case"
    assert count(2, "case") == "2 cases"


def test_wrapped_text_keeps_every_letter_and_its_own_breaks_and_no_line_is_too_wide():
    text = "left before the first week\nA-word-that-is-much-too-long-for-the-line-it-is-on and more $5 $6"
    lines = wrapped(text, 80, 8)
    assert lines.replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(" ", "")
    assert width_pt(lines, 8) <= 80
    assert wrapped("a\nb", 80, 8) == "a\nb"
