"""Dispersion, zeros, quantile residuals and their autocorrelation: lme4, nlme, closed forms, known truth."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import dispersion_ratio, fit, quantile_residuals, residual_autocorrelation, zero_inflation
from tests.models.conftest import REFERENCE

AFTER = json.loads((REFERENCE / "athlete_weeks_1k.after.json").read_text(encoding="utf-8"))
AGED = "inj ~ mob * stab + age3 + hip + offset(off) + (1 | athlete)"


def test_dispersion_and_expected_zeros_are_those_of_lme4(weeks):
    age3 = pd.cut(weeks["age"], [-np.inf, -0.5, 0.5, np.inf], labels=["young", "mid", "old"])
    frame, r = weeks.assign(age3=age3), AFTER["dispersion"]
    model = fit(AGED, frame, "poisson")
    found, zeros = dispersion_ratio(model, frame), zero_inflation(model, frame)
    assert found.df == r["df"]
    assert found.chi2 == pytest.approx(r["chi2"], rel=1e-3)
    assert found.ratio == pytest.approx(r["chi2"] / r["df"], rel=1e-3)
    assert zeros.expected == pytest.approx(r["zeros"], rel=1e-4)
    assert zeros.observed == (weeks["inj"] == 0).sum()
    assert zeros.ratio == pytest.approx(zeros.observed / zeros.expected)


def test_a_poisson_glm_has_the_pearson_chi2_of_statsmodels(weeks):
    x = sm.add_constant(weeks[["mob", "stab"]])
    reference = sm.GLM(weeks["inj"], x, family=sm.families.Poisson()).fit()
    found = dispersion_ratio(fit("inj ~ mob + stab", weeks, "poisson"), weeks)
    assert found.chi2 == pytest.approx(reference.pearson_chi2)
    assert found.ratio == pytest.approx(reference.pearson_chi2 / reference.df_resid)
    assert found.p_value == pytest.approx(stats.chi2.sf(reference.pearson_chi2, reference.df_resid))


def test_added_zeros_and_spread_are_found_and_the_true_model_has_neither():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=4000)})
    mean = np.exp(0.7 + 0.4 * frame["x"])
    true = frame.assign(y=rng.poisson(mean))
    right = fit("y ~ x", true, "poisson")
    assert abs(zero_inflation(right, true).z) < 3
    assert dispersion_ratio(right, true).ratio == pytest.approx(1, abs=0.07)  # three SDs, √(2 / 4000) each
    more = true.assign(y=true["y"].where(rng.uniform(size=4000) > 0.2, 0))
    inflated = fit("y ~ x", more, "poisson")
    assert zero_inflation(inflated, more).z > 8
    assert zero_inflation(inflated, more).ratio > 1.3
    assert dispersion_ratio(inflated, more).ratio > 1.2
    spread = frame.assign(y=rng.negative_binomial(2, 2 / (2 + mean)))
    negative = fit("y ~ x", spread, "negativebinomial")
    assert dispersion_ratio(fit("y ~ x", spread, "poisson"), spread).p_value < 1e-6
    assert dispersion_ratio(negative, spread).ratio == pytest.approx(1, abs=0.15)
    assert abs(zero_inflation(negative, spread).z) < 3


def _outcome(family, mean, rng):
    n = len(mean)
    return {
        "gaussian": lambda: rng.normal(np.log(mean), 1.5),
        "poisson": lambda: rng.poisson(mean),
        "negativebinomial": lambda: rng.negative_binomial(1.5, 1.5 / (1.5 + mean)),
        "binomial": lambda: (rng.uniform(size=n) < mean / (1 + mean)).astype(int),
        "gamma": lambda: rng.gamma(3, mean / 3),
    }[family]()


@pytest.mark.parametrize("family", ["gaussian", "poisson", "negativebinomial", "binomial", "gamma"])
def test_quantile_residuals_are_standard_normal_under_the_true_model(family):
    """Dunn and Smyth 1996. With a wrong dispersion, where there is one, they are not."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame({"x": rng.normal(size=3000)})
    frame["y"] = _outcome(family, np.exp(0.3 + 0.5 * frame["x"].to_numpy()), rng)
    model = fit("y ~ x", frame, family)
    residuals = quantile_residuals(model, frame, seed=3)
    assert residuals.index.equals(frame.index)
    assert np.isfinite(residuals).all()
    assert stats.kstest(residuals, "norm").pvalue > 0.05
    assert stats.kstest(residuals[frame["x"] > 1], "norm").pvalue > 0.05
    wrong = replace(model, dispersion=model.dispersion * 3 if family != "negativebinomial" else model.dispersion / 5)
    if family in ("gaussian", "negativebinomial", "gamma"):
        assert stats.kstest(quantile_residuals(wrong, frame, seed=3), "norm").pvalue < 1e-4


def test_quantile_residuals_find_a_poisson_model_of_overdispersed_counts():
    rng = np.random.default_rng(12)
    frame = pd.DataFrame({"y": rng.negative_binomial(1, 1 / 4, size=2000), "x": rng.normal(size=2000)})
    assert stats.kstest(quantile_residuals(fit("y ~ x", frame, "poisson"), frame, seed=1), "norm").pvalue < 1e-6


def test_continuous_residuals_are_the_standardised_ones_and_counts_depend_on_the_seed(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    plain = (weeks["pain"] - model.fitted) / np.sqrt(model.dispersion)
    assert quantile_residuals(model, weeks, seed=1).to_numpy() == pytest.approx(plain.to_numpy())
    counts = fit("inj ~ mob + (1 | athlete)", weeks, "poisson")
    one = quantile_residuals(counts, weeks, seed=1)
    assert one.equals(quantile_residuals(counts, weeks, seed=1))
    assert not one.equals(quantile_residuals(counts, weeks, seed=2))


def test_an_outlier_far_in_either_tail_has_a_finite_residual():
    frame = pd.DataFrame({"y": np.r_[np.zeros(200), 1, 60, 2, 1, 3], "x": np.r_[np.arange(204) % 7, 3]})
    assert np.isfinite(quantile_residuals(fit("y ~ x", frame, "poisson"), frame, seed=1)).all()
    far = pd.DataFrame({"y": np.r_[np.random.default_rng(1).normal(size=1000), 15, -15], "x": np.arange(1002) % 5})
    residuals = quantile_residuals(fit("y ~ x", far), far, seed=1)
    assert residuals.iloc[-2] > 9
    assert residuals.iloc[-1] < -9


def test_autocorrelation_is_that_of_nlme_acf(sleepstudy):
    """nlme::ACF of a gls fit by subject: 18 persons, 10 days without a gap."""
    model = fit("Reaction ~ Days", sleepstudy)
    table = residual_autocorrelation(
        quantile_residuals(model, sleepstudy, seed=1), sleepstudy, athlete="Subject", week="Days", seed=1
    )
    assert table["autocorrelation"].to_numpy() == pytest.approx(AFTER["acf"], rel=1e-6)
    assert list(table["n_pairs"]) == [162, 144, 126, 108]
    assert (table["n_athletes"] == 18).all()


def _ar1(rng, athletes, weeks, rho):
    e = rng.normal(size=(athletes, weeks))
    for at in range(1, weeks):
        e[:, at] = rho * e[:, at - 1] + np.sqrt(1 - rho**2) * e[:, at]
    frame = pd.DataFrame({"a": np.repeat(np.arange(athletes), weeks), "w": np.tile(np.arange(weeks), athletes)})
    return frame.assign(e=e.ravel())


def test_an_ar1_process_is_recovered_with_weeks_missing_and_dates():
    rng = np.random.default_rng(7)
    frame = _ar1(rng, 100, 40, 0.5)
    monday = pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * frame["w"], unit="D")
    frame = frame.assign(monday=monday)[rng.uniform(size=len(frame)) > 0.3].sample(frac=1, random_state=1)
    table = residual_autocorrelation(frame["e"], frame, athlete="a", week="w", seed=1)
    assert table["autocorrelation"].to_numpy() == pytest.approx(0.5 ** np.arange(1, 5), abs=0.06)
    assert (table["ci_low"] < table["autocorrelation"]).all()
    assert (table["ci_high"] > table["autocorrelation"]).all()
    dated = residual_autocorrelation(frame["e"], frame, athlete="a", week="monday", seed=1)
    pd.testing.assert_frame_equal(table, dated)


def test_bootstrap_errors_are_the_spread_over_cohorts():
    """60 cohorts of 40 × 15: the mean standard error is within a quarter of the SD of the estimates."""
    rng = np.random.default_rng(9)
    options = {"athlete": "a", "week": "w", "lags": 1, "n_boot": 100, "seed": 1}
    cohorts = [_ar1(rng, 40, 15, 0.4) for _ in range(60)]
    tables = [residual_autocorrelation(frame["e"], frame, **options).iloc[0] for frame in cohorts]
    spread = np.std([t["autocorrelation"] for t in tables], ddof=1)
    assert np.mean([t["std_error"] for t in tables]) == pytest.approx(spread, rel=0.25)


def test_a_lag_without_a_pair_is_missing_and_bad_series_are_refused():
    frame = pd.DataFrame({"a": [1, 1, 2, 2], "w": [0, 1, 0, 1], "e": [1.0, -1, 0.5, 1], "half": [0, 0.5, 1, 2]})
    table = residual_autocorrelation(frame["e"], frame, athlete="a", week="w", lags=2, seed=1)
    assert table["autocorrelation"][0] == pytest.approx((-0.5 / 2) / (3.25 / 4))
    assert table.loc[1, ["autocorrelation", "std_error", "ci_low", "ci_high"]].isna().all()
    assert table["n_pairs"][1] == 0
    bad = [
        (frame["e"], frame.assign(w=0), "w", "two rows"),
        (frame["e"], frame, "half", "whole"),
        (frame["e"], frame.assign(w=list("abcd")), "w", "expected whole numbers or dates"),
        (frame["e"], frame, "day", "no column"),
        (frame["e"].where(frame["w"] > 0), frame, "w", "missing"),
        (frame["e"], frame.assign(a=1, w=range(4)), "w", "two or more"),
        (frame["e"], frame.iloc[:2], "w", "pick"),
    ]
    for residuals, data, week, message in bad:
        with pytest.raises(HiprunError, match=message):
            residual_autocorrelation(residuals, data, athlete="a", week=week, seed=1)


def test_other_families_have_no_dispersion_or_zeros_to_judge(weeks):
    for family, outcome in [("gaussian", "pain"), ("binomial", "prob")]:
        model = fit(f"{outcome} ~ mob", weeks, family)
        for check in (dispersion_ratio, zero_inflation):
            with pytest.raises(HiprunError, match="model of counts"):
                check(model, weeks)


def test_prior_weights_are_refused_because_residuals_without_them_would_be_wrong(weeks):
    frame = weeks.assign(w=1.0 + np.arange(len(weeks)) % 2)
    counts = fit("inj ~ mob + (1 | athlete)", frame, "poisson", weights="w")
    for check in (dispersion_ratio, zero_inflation, lambda f, d: quantile_residuals(f, d, seed=1)):
        with pytest.raises(HiprunError, match="found a fit with weights \\('w'\\), expected one without"):
            check(counts, frame)
