"""Incidence and burden against closed forms, other programs, and properties of a rate."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from statsmodels.stats.rates import confint_poisson

from analysis.errors import HiprunError
from analysis.surveillance import burden, incidence


def test_82_injuries_in_74690_minutes_are_65_87_per_1000_h_with_exact_poisson_limits():
    rate = incidence(n_cases=82, exposure=74690 / 60, per=1000, unit="h")
    assert rate.estimate == pytest.approx(65.872, abs=5e-4)
    hours = 74690 / 60
    closed = [stats.chi2.ppf(0.025, 164) / 2 / hours * 1000, stats.chi2.ppf(0.975, 166) / 2 / hours * 1000]
    assert [rate.ci_low, rate.ci_high] == pytest.approx(closed, rel=1e-12)
    assert [rate.ci_low, rate.ci_high] == pytest.approx([52.390, 81.765], abs=5e-4)


def test_254_injuries_in_155318_km_are_1_635_per_1000_km_as_in_nielsen_2013():
    rate = incidence(254, 155_318, per=1000, unit="km")
    assert rate.estimate == pytest.approx(1.635, abs=5e-4)
    assert rate.ci_low < 1.635 < rate.ci_high


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("n", [0, 1, 5, 82, 1000])
def test_exact_limits_agree_with_statsmodels_and_with_inverting_the_poisson_test(n, level):
    rate = incidence(n, 250.0, per=1, level=level)
    theirs = confint_poisson(n, 250.0, method="exact-c", alpha=1 - level)
    assert rate.ci_high == pytest.approx(theirs[1], rel=1e-9)
    assert rate.ci_low == pytest.approx(0.0 if n == 0 else theirs[0], rel=1e-9)
    tail = (1 - level) / 2
    high = optimize.brentq(lambda m: stats.poisson.cdf(n, m) - tail, n, 3 * n + 20, xtol=1e-11)
    assert rate.ci_high * 250 == pytest.approx(high, rel=1e-8)
    if n:
        low = optimize.brentq(lambda m: stats.poisson.sf(n - 1, m) - tail, 1e-9, n, xtol=1e-12)
        assert rate.ci_low * 250 == pytest.approx(low, rel=1e-6)


def test_limits_of_a_count_of_10_are_4_795_and_18_390_as_in_published_poisson_tables():
    rate = incidence(10, 1, per=1)
    assert (rate.ci_low, rate.ci_high) == pytest.approx((4.795, 18.390), abs=1e-3)


def test_zero_cases_give_zero_with_an_upper_limit_of_3_689_over_exposure():
    rate = incidence(0, 1000, per=1000)
    assert (rate.estimate, rate.ci_low) == (0, 0)
    assert rate.ci_high == pytest.approx(-np.log(0.025), rel=1e-12)


@pytest.mark.parametrize("exposure", [0, -1, np.nan, np.inf, None])
def test_a_rate_without_positive_exposure_is_refused(exposure):
    with pytest.raises(HiprunError, match="exposure"):
        incidence(3, exposure)
    with pytest.raises(HiprunError, match="exposure"):
        burden([3], exposure)


@pytest.mark.parametrize("count", [-1, 2.5, np.nan])
def test_a_count_that_is_not_a_whole_number_is_refused(count):
    with pytest.raises(HiprunError, match="n_cases"):
        incidence(count, 100)


@settings(max_examples=50, deadline=None)
@given(n=st.integers(0, 500), hours=st.floats(0.5, 1e6))
def test_counting_exposure_in_minutes_instead_of_hours_leaves_the_rate_alone(n, hours):
    in_hours, in_minutes = incidence(n, hours, per=1000), incidence(n, hours * 60, per=60_000, unit="min")
    assert in_minutes.estimate == pytest.approx(in_hours.estimate)
    assert (in_minutes.ci_low, in_minutes.ci_high) == pytest.approx((in_hours.ci_low, in_hours.ci_high))


def test_burden_is_days_lost_per_1000_h_and_has_no_limits_when_athletes_are_not_given():
    rate = burden([10, 0, 4], 200)
    assert rate.estimate == pytest.approx(70)
    assert (rate.n_cases, np.isnan(rate.ci_low), np.isnan(rate.ci_high)) == (3, True, True)
    assert "athletes not given" in rate.method


@pytest.fixture
def season() -> tuple[pd.Series, np.ndarray, pd.Series]:
    rng = np.random.default_rng(1)
    ids = [f"A{i:02d}" for i in range(40)]
    who = rng.choice(ids, 50)
    return pd.Series(rng.uniform(20, 200, 40), index=ids), who, pd.Series(rng.geometric(0.05, 50))


def test_burden_limits_by_athlete_bootstrap_agree_with_the_linearised_variance_of_a_ratio(season):
    hours, who, days = season
    rate = burden(days, hours, athlete=who, n_boot=4000)
    lost = days.groupby(who).sum().reindex(hours.index, fill_value=0)
    residual = lost - lost.sum() / hours.sum() * hours
    se = np.sqrt((residual**2).sum()) / hours.sum() * 1000  # delta method (Cochran 1977, Sampling Techniques, ch. 6)
    assert rate.estimate == pytest.approx(lost.sum() / hours.sum() * 1000)
    assert (rate.ci_high - rate.ci_low) / 2 == pytest.approx(1.96 * se, rel=0.1)
    assert 0 <= rate.ci_low < rate.estimate < rate.ci_high


def test_burden_is_the_same_twice_and_when_an_athletes_exposure_is_split_in_two_rows(season):
    hours, who, days = season
    split = pd.concat([hours * 0.25, hours * 0.75])
    assert burden(days, hours, athlete=who) == burden(days, hours, athlete=who)
    one, two = burden(days, hours, athlete=who), burden(days, split, athlete=who)
    assert (one.ci_low, one.estimate, one.ci_high) == pytest.approx((two.ci_low, two.estimate, two.ci_high))


def test_open_cases_and_athletes_without_exposure_are_refused_not_counted_as_zero(season):
    hours, who, days = season
    with pytest.raises(HiprunError, match=r"1 of 50 cases with missing"):
        burden(days.astype("Int64").mask(days.index == 3), hours, athlete=who)
    with pytest.raises(HiprunError, match="no exposure"):
        burden([3], hours, athlete=["nobody"])
    with pytest.raises(HiprunError, match="exposure of athlete A05"):
        burden(days, hours.mask(hours.index == "A05"), athlete=who)
