"""Ratios of rates against R's poisson.test (reference/survival), and what few or no cases leave to say."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.surveillance import burden_ratio, rate_ratio, ratio_table

R = json.loads((Path(__file__).parents[1] / "reference" / "survival" / "survival.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", R["ratios"], ids=lambda c: str(c["counts"]))
def test_rate_ratios_and_exact_limits_meet_r_poisson_test(case):
    n, n_reference, hours, hours_reference = case["counts"]
    got = rate_ratio(n, hours, n_reference, hours_reference)
    if n_reference:
        assert got.estimate == pytest.approx(case["ratio"])
        assert got.ci_high == pytest.approx(case["high"], rel=1e-9)
    else:
        assert (np.isnan(got.estimate), got.ci_high, "undefined" in got.method) == (True, np.inf, True)
    assert got.ci_low == pytest.approx(case["low"], rel=1e-9)


def test_no_cases_give_zero_and_an_upper_limit_and_none_in_either_group_gives_nothing():
    none = rate_ratio(0, 100, 5, 100)
    assert (none.estimate, none.ci_low) == (0, 0)
    assert 0 < none.ci_high < np.inf
    neither = rate_ratio(0, 100, 0, 100)
    assert (np.isnan(neither.estimate), neither.ci_low, neither.ci_high) == (True, 0, np.inf)
    assert "no cases in either" in neither.method


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.floats(1, 1e5), st.floats(1, 1e5))
def test_swapping_the_groups_inverts_the_ratio_and_minutes_for_hours_leave_it_alone(a, b, hours, hours_reference):
    one, other = rate_ratio(a, hours, b, hours_reference), rate_ratio(b, hours_reference, a, hours)
    assert one.ci_low < one.estimate < one.ci_high
    assert (1 / other.estimate, 1 / other.ci_high, 1 / other.ci_low) == pytest.approx(
        (one.estimate, one.ci_low, one.ci_high), rel=1e-6
    )
    minutes = rate_ratio(a, hours * 60, b, hours_reference * 60)
    assert (minutes.estimate, minutes.ci_low) == pytest.approx((one.estimate, one.ci_low))


@pytest.fixture
def season() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(4)
    ids = [f"A{i:02d}" for i in range(60)]
    sex = np.where(np.arange(60) % 2, "female", "male")
    exposure = pd.DataFrame({"athlete_id": ids, "sex": sex, "exposure_h": rng.uniform(50, 150, 60)})
    who = rng.choice(ids, 80)
    cases = pd.DataFrame({"athlete_id": who, "time_loss_days": rng.geometric(0.06, 80)})
    cases = cases.merge(exposure[["athlete_id", "sex"]], on="athlete_id")
    return cases.assign(region=rng.choice(["knee", "hip_groin"], 80)), exposure


def _linearised(lost: pd.Series, hours: pd.Series) -> float:
    """Variance of a log ratio of sums (Cochran 1977, Sampling Techniques, ch. 6)."""
    residual = lost / lost.sum() - hours / hours.sum()
    return float((residual**2).sum())


def test_burden_ratio_by_sex_agrees_with_the_linearised_variance_of_independent_groups(season):
    cases, exposure = season
    row = ratio_table(cases, exposure, "sex", "male", n_boot=4000).iloc[0]
    lost = cases.groupby("athlete_id")["time_loss_days"].sum()
    hours = exposure.set_index("athlete_id")["exposure_h"]
    parts = []
    for sex in ("female", "male"):
        own = hours[(exposure["sex"] == sex).to_numpy()]
        parts.append((lost.reindex(own.index, fill_value=0), own))
    (a, ha), (b, hb) = parts
    assert row["burden_ratio"] == pytest.approx(a.sum() / ha.sum() / (b.sum() / hb.sum()))
    half = 1.96 * np.sqrt(_linearised(a, ha) + _linearised(b, hb))
    assert np.log(row["burden_ci_high"] / row["burden_ci_low"]) / 2 == pytest.approx(half, rel=0.12)
    assert row["burden_ci_low"] < row["burden_ratio"] < row["burden_ci_high"]


def test_rates_by_sex_in_the_table_are_those_of_the_ratio_by_hand(season):
    cases, exposure = season
    row = ratio_table(cases, exposure, "sex", "male", n_boot=50).iloc[0]
    n, hours = cases["sex"].value_counts(), exposure.groupby("sex")["exposure_h"].sum()
    by_hand = rate_ratio(n["female"], hours["female"], n["male"], hours["male"])
    assert (row["rate_ratio"], row["ci_low"], row["ci_high"]) == pytest.approx(
        (by_hand.estimate, by_hand.ci_low, by_hand.ci_high)
    )


def test_regions_share_their_athletes_so_both_parts_of_an_athlete_are_drawn_together():
    # every athlete loses twice as many days to the knee: drawn together the ratio is 2 in every draw
    hours = pd.Series(np.linspace(10, 100, 20), index=range(20))
    hip = pd.Series(np.arange(1.0, 21), index=range(20))
    got = burden_ratio(2 * hip, hours, hip, hours, n_boot=200)
    assert (got.estimate, got.ci_low, got.ci_high) == pytest.approx((2, 2, 2))


def test_splitting_exposure_or_days_of_an_athlete_in_two_rows_leaves_ratios_alone(season):
    cases, exposure = season
    split = pd.concat([exposure.assign(exposure_h=exposure["exposure_h"] / 2)] * 2)
    one, two = (ratio_table(cases, e, "region", "knee", n_boot=100) for e in (exposure, split))
    pd.testing.assert_frame_equal(one, two)


def test_a_group_without_cases_or_exposure_or_with_unknown_days_keeps_its_row_and_says_so(season):
    cases, exposure = season
    other = pd.DataFrame({"athlete_id": ["z", "y"], "sex": ["other", "none"], "exposure_h": [80.0, 0.0]})
    table = ratio_table(cases, pd.concat([exposure, other]), "sex", "male", n_boot=50).set_index("sex")
    assert table.loc["other", ["n_cases", "rate_ratio", "ci_low", "burden_ratio"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(table.loc["other", "burden_ci_high"])
    assert np.isnan(table.loc["none", "rate_ratio"])
    assert "without exposure" in table.loc["none", "method"]
    days = cases["time_loss_days"].astype("Int64").mask(cases.index == 0)
    unknown = ratio_table(cases.assign(time_loss_days=days), exposure, "sex", "male", n_boot=50).iloc[0]
    assert np.isnan(unknown["burden_ratio"])
    assert "not all known" in unknown["burden_method"]


def test_what_cannot_be_is_refused(season):
    cases, exposure = season
    with pytest.raises(HiprunError, match="no group men; expected one of female, male"):
        ratio_table(cases, exposure, "sex", "men")
    with pytest.raises(HiprunError, match="reference exposure: found 0"):
        rate_ratio(3, 100, 2, 0)
    hours = pd.Series([10.0], index=["a"])
    with pytest.raises(HiprunError, match="1 athletes with days but no exposure"):
        burden_ratio(pd.Series([3], index=["z"]), hours, pd.Series([3], index=["a"]), hours)
    no_days = burden_ratio(pd.Series([3], index=["a"]), hours, pd.Series([], dtype=float, index=[]), hours)
    assert "no days lost in the reference" in no_days.method
