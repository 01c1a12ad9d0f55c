"""Side differences: formulas, their properties, and 28 real runners."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.hip.symmetry import FORMULAS, index_of_difference, symmetry_index

strength = st.floats(0.01, 1000)
BOUND = {"larger_side": 100, "mean_of_sides": 200, "symmetry_angle": 50}


@pytest.mark.parametrize("formula", FORMULAS)
@given(left=strength, right=strength, scale=st.floats(0.1, 10))
def test_swapping_sides_turns_the_sign_and_units_do_not_matter(formula, left, right, scale):
    index = symmetry_index(left, right, formula)
    assert symmetry_index(right, left, formula) == pytest.approx(-index, abs=1e-9)
    assert symmetry_index(left * scale, right * scale, formula) == pytest.approx(index, abs=1e-9)
    assert abs(index) <= BOUND[formula] + 1e-9
    assert np.sign(index) == np.sign(right - left) or abs(index) < 1e-9


def test_worked_examples_of_the_three_formulas_for_90_left_and_100_right():
    assert symmetry_index(90, 100) == pytest.approx(10)  # Bishop 2018
    assert symmetry_index(90, 100, "mean_of_sides") == pytest.approx(100 * 10 / 95)  # Robinson 1987
    angle = np.degrees(np.arctan(0.9))
    assert symmetry_index(90, 100, "symmetry_angle") == pytest.approx((45 - angle) / 90 * 100)  # Zifchock 2008
    assert symmetry_index(90, 100, "symmetry_angle") == pytest.approx(3.35, abs=5e-3)


def test_one_side_at_zero_reaches_the_bound_of_each_formula():
    for formula, bound in BOUND.items():
        assert symmetry_index(0, 5, formula) == pytest.approx(bound)
        assert symmetry_index(5, 0, formula) == pytest.approx(-bound)


def test_a_missing_side_two_zeros_and_negative_angles_have_no_index():
    left = pd.Series([np.nan, 0.0, -5.0, 4.0], index=list("abcd"))
    right = pd.Series([5.0, 0.0, 5.0, 4.0], index=list("abcd"))
    got = symmetry_index(left, right)
    assert got.isna().tolist() == [True, True, True, False]
    assert got["d"] == 0
    assert list(got.index) == list("abcd")


def test_an_unknown_formula_is_refused():
    with pytest.raises(HiprunError, match="expected larger_side, mean_of_sides, symmetry_angle"):
        symmetry_index(1, 2, "right_over_left")


def test_28_runners_of_rbds_have_a_mean_abduction_asymmetry_of_10_3_percent_11_above_10_and_7_above_15(shared):
    runners = pd.read_csv(shared / "data" / "rbds_runners_hip_strength.txt", sep="\t").drop_duplicates("Subject")
    assert len(runners) == 28
    size = symmetry_index(runners["LHIPABD"], runners["RHIPABD"]).abs()
    assert size.mean() == pytest.approx(10.3, abs=0.05)
    assert ((size > 10).sum(), (size > 15).sum()) == (11, 7)


def test_28_runners_of_rbds_have_the_abduction_of_domain_c2_in_percent_of_body_weight(shared):
    from analysis.hip.strength import percent_body_weight
    from analysis.hip.units import force_n

    runners = pd.read_csv(shared / "data" / "rbds_runners_hip_strength.txt", sep="\t").drop_duplicates("Subject")
    share = percent_body_weight(force_n(runners["RHIPABD"], "kgf"), runners["Mass"])
    assert (share.mean(), share.std()) == pytest.approx((38.2, 8.0), abs=0.05)


@pytest.mark.parametrize("formula", FORMULAS)
@given(left=strength, right=strength)
def test_a_percentage_of_the_mean_becomes_the_index_of_the_same_two_sides(formula, left, right):
    percent = symmetry_index(left, right, "mean_of_sides")
    assert index_of_difference(percent, formula) == pytest.approx(symmetry_index(left, right, formula), abs=1e-6)


def test_an_mdc_of_14_percent_of_the_mean_is_13_1_percent_of_the_larger_side():
    assert index_of_difference(14.0) == pytest.approx(100 * (107 - 93) / 107)
    assert np.isnan(index_of_difference(np.nan))
    with pytest.raises(HiprunError, match="found a side difference of 250 %"):
        index_of_difference(250.0)
