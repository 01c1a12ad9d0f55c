"""Random-effects meta-analysis against metafor (tests/reference/meta), statsmodels, closed forms and simulation."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2
from statsmodels.stats.meta_analysis import combine_effects

from analysis.errors import HiprunError
from analysis.models import pool_studies
from analysis.models.meta_analysis import reml_tau2

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "meta" / "meta.json").read_text(encoding="utf-8"))
SETS = list(REFERENCE)
TWO_TOPS = [1.87, -0.33, -0.77, -0.37, 2.06, -0.1], [0.7395, 0.0867, 9.9542, 1.2709, 2.1015, 0.0109]


def pooled(name):
    return pool_studies(REFERENCE[name]["yi"], REFERENCE[name]["vi"])


@pytest.mark.parametrize("name", SETS)
def test_reml_and_heterogeneity_are_those_of_metafor(name):
    made, want = pooled(name), REFERENCE[name]
    assert made.estimate == pytest.approx(want["estimate"], rel=1e-9)
    assert made.tau2 == pytest.approx(want["tau2"], rel=1e-9, abs=1e-12)
    assert made.tau2_low == pytest.approx(want["tau2_low"], rel=1e-7, abs=1e-9)
    assert made.tau2_high == pytest.approx(want["tau2_high"], rel=1e-7, abs=1e-9)
    assert 100 * made.i2 == pytest.approx(want["i2"], rel=1e-9, abs=1e-9)
    assert made.q == pytest.approx(want["q"], rel=1e-9)
    assert made.q_p_value == pytest.approx(want["q_p_value"], rel=1e-9)
    assert 100 * made.weights == pytest.approx(want["weights"], rel=1e-9)
    assert made.converged


@pytest.mark.parametrize("name", SETS)
def test_the_plain_interval_is_metafor_knha_and_the_interval_given_is_metafor_adhoc(name):
    made, knha, adhoc = pooled(name), REFERENCE[name]["knha"], REFERENCE[name]["adhoc"]
    assert [made.hk_std_error, made.hk_low, made.hk_high] == pytest.approx(
        [knha["std_error"], knha["ci_low"], knha["ci_high"]], rel=1e-9
    )
    assert [made.std_error, made.ci_low, made.ci_high, made.p_value] == pytest.approx(
        [adhoc["std_error"], adhoc["ci_low"], adhoc["ci_high"], adhoc["p_value"]], rel=1e-9
    )
    assert made.df == knha["df"]


@pytest.mark.parametrize("name", [n for n in SETS if n != "two"])
def test_the_prediction_interval_has_two_df_less_than_studies(name):
    made = pooled(name)
    assert [made.prediction_low, made.prediction_high] == pytest.approx(REFERENCE[name]["adhoc"]["higgins"], rel=1e-9)


def test_the_sets_tell_the_two_intervals_apart_and_hold_a_tau2_of_zero():
    narrower = {n for n in SETS if REFERENCE[n]["knha"]["std_error"] < 0.999 * REFERENCE[n]["adhoc"]["std_error"]}
    assert {"alike", "uneven"} <= narrower
    assert pooled("alike").tau2 == 0 < pooled("bcg").tau2


def test_with_equal_variances_tau2_is_the_variance_of_the_estimates_less_theirs():
    y, v = np.array([-0.9, 0.2, 0.4, 1.3, -0.5, 0.7, 0.0]), 0.15
    made = pool_studies(y, np.full(7, v))
    s2 = y.var(ddof=1)
    assert made.tau2 == pytest.approx(s2 - v, rel=1e-12)
    assert made.estimate == pytest.approx(y.mean())
    assert made.std_error == pytest.approx(np.sqrt(s2 / 7))
    squares = s2 * 6
    assert made.tau2_low == pytest.approx(squares / chi2.ppf(0.975, 6) - v, rel=1e-9)
    assert made.tau2_high == pytest.approx(squares / chi2.ppf(0.025, 6) - v, rel=1e-9)
    assert pool_studies(y, np.full(7, 5.0)).tau2 == 0


def test_where_tau2_is_the_same_estimate_and_plain_error_are_those_of_statsmodels():
    """statsmodels has no REML; with equal variances Paule-Mandel, DerSimonian-Laird and REML are one."""
    y, v = np.array([0.1, 0.9, -0.4, 0.6]), np.full(4, 0.08)
    for method in ("pm", "dl"):
        other = combine_effects(y, v, method_re=method, atol=1e-13)
        made = pool_studies(y, v)
        assert made.tau2 == pytest.approx(other.tau2, rel=1e-7)
        assert made.estimate == pytest.approx(other.mean_effect_re, rel=1e-9)
        assert made.hk_std_error == pytest.approx(np.sqrt(other.var_hksj_re), rel=1e-7)
        assert made.q == pytest.approx(other.q, rel=1e-9)


def test_the_q_profile_ends_where_q_is_a_quantile_of_chi_squared():
    y, v = np.array(REFERENCE["bcg"]["yi"]), np.array(REFERENCE["bcg"]["vi"])
    made = pool_studies(y, v, level=0.9)
    for tau2, probability in ((made.tau2_low, 0.95), (made.tau2_high, 0.05)):
        w = 1 / (v + tau2)
        q = np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2)
        assert q == pytest.approx(chi2.ppf(probability, len(y) - 1), rel=1e-9)


def test_of_two_maxima_of_the_likelihood_the_higher_one_is_taken():
    """Found by search among very unequal variances: tau2 = 0 is one maximum, 0.33 a lower one."""
    y, v = np.array(TWO_TOPS[0]), np.array(TWO_TOPS[1])
    grid = np.linspace(0, 2 * y.var(ddof=1), 40001)
    w = 1 / (v + grid[:, None])
    mu = (w * y).sum(1) / w.sum(1)
    loglik = 0.5 * (np.log(w).sum(1) - np.log(w.sum(1)) - (w * (y - mu[:, None]) ** 2).sum(1))
    tops = np.flatnonzero((loglik[1:-1] > loglik[:-2]) & (loglik[1:-1] > loglik[2:])) + 1
    n_tops = len(tops) + (loglik[0] > loglik[1])
    assert n_tops == 2
    tau2, found = reml_tau2(y, v)
    assert found
    assert tau2 == pytest.approx(grid[loglik.argmax()], abs=2 * grid[1])


@pytest.mark.parametrize("k", [5, 10])
def test_over_2000_simulated_pools_intervals_cover_as_they_say(k):
    """True mean 0.2, tau 0.3, variances 0.01 to 0.08. Monte-Carlo SE of a coverage of 95 %: 0.5 %."""
    rng = np.random.default_rng(k)
    n, tau, mu = 2000, 0.3, 0.2
    covered = np.empty((n, 4))
    for i in range(n):
        v = rng.uniform(0.01, 0.08, k)
        true = rng.normal(mu, tau, k + 1)
        made = pool_studies(true[:k] + rng.normal(0, np.sqrt(v)), v)
        covered[i] = (
            made.hk_low < mu < made.hk_high,
            made.ci_low < mu < made.ci_high,
            made.prediction_low < true[k] < made.prediction_high,
            made.tau2_low <= tau**2 <= made.tau2_high,
        )
    plain, given_out, prediction, tau2 = covered.mean(axis=0)
    assert 0.93 < plain < 0.97
    assert plain <= given_out < 0.98
    # Partlett and Riley 2017: prediction intervals fall somewhat short with few studies of unequal precision.
    assert 0.90 < prediction < 0.97
    assert 0.935 < tau2 < 0.965


def test_without_a_mean_or_a_difference_between_studies_the_null_is_seldom_rejected():
    rng = np.random.default_rng(3)
    rejected = 0
    for _ in range(1000):
        v = rng.uniform(0.005, 0.2, 4)
        rejected += pool_studies(rng.normal(0, np.sqrt(v)), v).p_value < 0.05
    assert rejected / 1000 < 0.05 + 2 * 0.007


numbers = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=2, max_size=12)


@settings(max_examples=60, deadline=None)
@given(numbers, st.floats(0.05, 20), st.floats(-10, 10))
def test_another_unit_or_origin_changes_the_result_as_it_must(studies, scale, shift):
    y, v = (np.array(part) for part in zip(*studies, strict=True))
    assume(np.ptp(y) > 1e-3)
    one, other = pool_studies(y, v), pool_studies(scale * y + shift, scale**2 * v)
    near = {"rel": 1e-6, "abs": 1e-6 * max(1, scale**2)}
    assert other.estimate == pytest.approx(scale * one.estimate + shift, **near)
    assert other.tau2 == pytest.approx(scale**2 * one.tau2, **near)
    assert [other.ci_low, other.ci_high] == pytest.approx(
        [scale * one.ci_low + shift, scale * one.ci_high + shift], **near
    )
    assert other.i2 == pytest.approx(one.i2, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(numbers, st.randoms())
def test_the_order_of_studies_does_not_matter_and_intervals_hold_the_estimate(studies, random):
    y, v = (np.array(part) for part in zip(*studies, strict=True))
    order = random.sample(range(len(y)), len(y))
    one, other = pool_studies(y, v), pool_studies(y[order], v[order])
    assert other.estimate == pytest.approx(one.estimate, abs=1e-9)
    assert y.min() - 1e-9 <= one.estimate <= y.max() + 1e-9
    assert one.ci_low <= one.hk_low <= one.estimate <= one.hk_high <= one.ci_high
    assert one.weights.sum() == pytest.approx(1)
    assert 0 <= one.tau2_low <= one.tau2_high
    assert 0 <= one.i2 < 1
    if len(y) > 2:
        assert one.prediction_low <= one.ci_low or one.tau2 == 0


def test_estimates_that_are_all_the_same_are_pooled_with_the_width_of_their_errors():
    made = pool_studies([0.2, 0.2, 0.2], [0.03, 0.03, 0.03])
    assert made.tau2 == 0
    assert made.hk_std_error == pytest.approx(0, abs=1e-12)
    assert made.std_error == pytest.approx(0.1)
    assert any("kept as wide" in text for text in made.cautions)


def test_a_study_without_an_estimate_is_listed_and_the_others_are_pooled():
    made = pool_studies([0.1, np.nan, 0.3], [0.1, np.nan, 0.1], ["a", "b", "c"])
    assert made.labels == ("a", "c")
    assert made.left_out == (("b", "no estimate"),)
    assert made.estimate == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("y", "v", "options", "said"),
    [
        ([0.1], [0.1], {}, "found 1 estimates; expected two"),
        ([0.1, np.nan], [0.1, 0.1], {}, "found 1 estimates; expected two"),
        ([0.1, 0.2], [0.1, 0.0], {"labels": ["a", "b"]}, "b: found the estimate 0.2 with variance 0.0"),
        ([0.1, 0.2], [0.1, np.nan], {}, "expected finite numbers"),
        ([0.1, np.inf], [0.1, 0.1], {}, "expected finite numbers"),
        ([0.1, 0.2], [0.1], {}, "expected as many"),
        ([0.1, 0.2], [0.1, 0.1], {"labels": ["a", "a"]}, "a label twice"),
        ([0.1, 0.2], [0.1, 0.1], {"level": 95}, "between 0 and 1"),
    ],
)
def test_what_cannot_be_pooled_is_refused_with_what_to_do(y, v, options, said):
    with pytest.raises(HiprunError, match=said) as error:
        pool_studies(y, v, **options)
    assert "expected" in str(error.value)


def test_few_studies_come_with_a_caution_and_two_give_no_prediction():
    assert np.isnan(pooled("two").prediction_low)
    assert "No prediction interval" in pooled("two").cautions[0]
    assert pooled("few").cautions[0].startswith("Only 3 cohorts")
    assert pooled("bcg").cautions == ()
