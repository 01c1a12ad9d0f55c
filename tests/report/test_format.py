"""Numbers as people read them."""

import math

import pandas as pd
import pytest

from analysis.report.format import column, day, interval, number, p_value, tidy_text
from analysis.report.labels import heading, title, with_limits, with_quartiles


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (65.8717, "65.9"),
        (0.9, "0.90"),
        (0.0123, "0.012"),
        (-0.2134, "−0.21"),
        (-0.0, "0"),
        (251.4, "251"),
        (3, "3"),
        (7421, "7421"),
        (74690, "74\u202f690"),
        (1234567.8, "1\u202f234\u202f568"),
        (0.0000123, "1.2×10⁻⁵"),
        (math.nan, "–"),
        (None, "–"),
        (pd.NA, "–"),
        (pd.NaT, "–"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (True, "yes"),
        ("as it is", "as it is"),
    ],
)
def test_a_number_has_two_to_three_significant_digits(value: object, text: str) -> None:
    assert number(value) == text


def test_an_estimate_and_its_limits_share_their_decimals() -> None:
    assert interval(0.9, 0.7, 1.15) == "0.90 (0.70 to 1.15)"
    assert interval(65.87, 52.39, 81.76) == "65.9 (52.4 to 81.8)"
    assert interval(-0.2134, -0.3529, -0.0739) == "−0.21 (−0.35 to −0.07)"
    assert interval(0.2, math.nan, math.nan) == "0.20 (–)"
    assert interval(math.nan, 1, 2) == "–"


def test_a_limit_that_rounds_to_zero_has_no_minus() -> None:
    assert interval(0.35, -0.0001, 0.7) == "0.35 (0.00 to 0.70)"


def test_numbers_of_a_column_share_their_decimals_unless_they_lie_far_apart() -> None:
    assert column([9.5, 12, 8, math.nan]) == ["9.50", "12.00", "8.00", "–"]
    assert column([0.004, 12.0, 250.3]) == ["0.0040", "12", "250"]
    assert column([46.83, 1.3585, 0.5377]) == ["46.8", "1.36", "0.54"]
    assert column([3, 14, 15000]) == ["3", "14", "15\u202f000"]


def test_a_p_value_is_never_zero() -> None:
    assert [p_value(p) for p in (0.00001, 0.0027, 0.048, 0.5, math.nan)] == ["<0.001", "0.003", "0.048", "0.50", "–"]


def test_words_from_names_and_dates() -> None:
    assert heading("hip_abd_nm_kg") == "Hip abd (N·m/kg)"
    assert heading("n_athletes") == "Runners"
    assert heading("Side of the body") == "Side of the body"
    assert title("09_some_stage") == "Some stage"
    assert title("hip_profile") == "Hip profile"
    assert day("2026-01-05") == "5 January 2026"
    assert tidy_text("95 % interval") == "95\u202f% interval"


def test_limits_find_the_column_they_belong_to() -> None:
    names = ["region", "incidence", "ci_low", "ci_high", "burden_per_1000_h", "burden_ci_low", "burden_ci_high"]
    assert with_limits(names) == {
        "incidence": ("ci_low", "ci_high"),
        "burden_per_1000_h": ("burden_ci_low", "burden_ci_high"),
    }
    assert with_limits(["ci_low", "ci_high"]) == {}
    assert with_limits(["other", "burden_ci_low", "burden_ci_high"]) == {}


def test_medians_find_their_quartiles() -> None:
    names = ["age_y_median", "age_y_q1", "age_y_q3", "median_days", "q1_days", "q3_days", "median"]
    assert with_quartiles(names) == {"age_y_median": ("age_y_q1", "age_y_q3"), "median_days": ("q1_days", "q3_days")}
    assert heading("age_y_median") == "Age (years), median"
    assert heading("incidence_per_1000_h") == "Incidence per 1000 h"
