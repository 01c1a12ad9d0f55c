"""Likelihood-ratio and Wald tests, AIC and BIC, against lme4, lmerTest, statsmodels and simulation."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import cluster_robust, fit, information, likelihood_ratio, wald_test
from analysis.models.compare import n_parameters
from tests.models.conftest import REFERENCE

AFTER = json.loads((REFERENCE / "athlete_weeks_1k.after.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pair(weeks):
    return tuple(fit(f"pain ~ {terms} + (1 | athlete)", weeks, reml=False) for terms in ("mob", "mob * stab"))


def test_fixed_terms_are_tested_as_by_anova_of_lme4(pair):
    test, r = likelihood_ratio(*pair), AFTER["lrt"]
    assert test.chi2 == pytest.approx(r["chi2"], abs=1e-4)
    assert test.df == r["df"]
    assert test.p_value == pytest.approx(r["p_value"], rel=1e-4)
    assert test.reference == "chi2 with 2 df"


def test_aic_and_bic_are_those_of_lme4_best_first(pair):
    table = information({"small": pair[0], "large": pair[1]})
    assert list(table["model"]) == ["large", "small"]
    assert table["aic"].to_numpy() == pytest.approx(AFTER["lrt"]["aic"][::-1], abs=1e-4)
    assert table["bic"].to_numpy() == pytest.approx(AFTER["lrt"]["bic"][::-1], abs=1e-4)
    assert table["delta_aic"].to_numpy() == pytest.approx([0, 37.494076], abs=1e-4)
    assert table["weight"].sum() == pytest.approx(1)
    assert table["weight"][1] / table["weight"][0] == pytest.approx(np.exp(-37.494076 / 2), rel=1e-4)


def test_linear_models_are_tested_as_by_compare_lr_test_of_statsmodels(weeks):
    small, large = ("pain ~ mob", "pain ~ mob * stab + hip")
    chi2, p, df = smf.ols(large, weeks).fit().compare_lr_test(smf.ols(small, weeks).fit())
    test = likelihood_ratio(fit(small, weeks), fit(large, weeks))
    assert (test.chi2, test.p_value, test.df) == (pytest.approx(chi2), pytest.approx(p), df)


def test_a_random_intercept_is_tested_on_its_boundary(weeks):
    small, large = fit("inj ~ mob", weeks, "poisson"), fit("inj ~ mob + (1 | athlete)", weeks, "poisson")
    test = likelihood_ratio(small, large)
    assert test.p_value == pytest.approx(stats.chi2.sf(test.chi2, 1) / 2)
    assert test.reference.startswith("equal mixture of chi2 with 0 and 1 df")
    # A fit at the boundary itself: the ratio is 0, and p is 1, not .5.
    flat = likelihood_ratio(small, replace(large, loglik=small.loglik, aic=small.aic + 2))
    assert flat.p_value == 1


def test_a_random_slope_mixes_chi2_1_and_2_and_two_variances_are_conservative(weeks):
    """Stram and Lee 1994: intercept against intercept and slope with their correlation."""
    level = fit("pain ~ mob + (1 | athlete)", weeks)
    slope = likelihood_ratio(level, fit("pain ~ mob + (1 + mob | athlete)", weeks))
    assert slope.df == 2
    assert slope.p_value == pytest.approx((stats.chi2.sf(slope.chi2, 1) + stats.chi2.sf(slope.chi2, 2)) / 2)
    flat = fit("pain ~ mob", weeks)
    both = likelihood_ratio(flat, fit("pain ~ mob + (1 + mob | athlete)", weeks, reml=False))
    assert both.reference.startswith("chi2 with 3 df, conservative")
    assert both.p_value == pytest.approx(stats.chi2.sf(both.chi2, 3))


def test_under_no_spread_between_athletes_the_boundary_test_rejects_5_percent():
    """200 null cohorts of 30 × 8: 5 % ± 3.1 % (two Monte-Carlo SDs); plain chi2 with 1 df would reject half of it."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"athlete": np.repeat(np.arange(30), 8)})
    p = []
    for _ in range(200):
        y = frame.assign(y=rng.normal(size=len(frame)))
        large = fit("y ~ 1 + (1 | athlete)", y, reml=False)
        p.append(likelihood_ratio(fit("y ~ 1", y), large).p_value)
    assert 0.019 < np.mean(np.array(p) < 0.05) < 0.081
    # Half of the null ratios are 0, a little more in small cohorts.
    assert 0.43 < np.mean(np.array(p) == 1) < 0.68


def test_several_terms_have_the_f_test_of_lmertest(weeks):
    """lmerTest::contest(joint = TRUE) of mob, stab and their product."""
    model = fit("pain ~ mob * stab + hip + sex + (1 + mob | athlete)", weeks)
    test, r = wald_test(model, ["mob", "stab", "mob:stab"]), AFTER["wald"]
    assert test.distribution == "F"
    assert test.statistic == pytest.approx(r["F"], rel=1e-4)
    assert test.df == r["df"]
    assert test.df_residual == pytest.approx(r["df_residual"], rel=1e-3)
    assert test.p_value == pytest.approx(r["p_value"], rel=1e-2)


def test_one_term_is_the_square_of_its_t_and_linear_and_z_models_agree_with_statsmodels(weeks):
    model = fit("pain ~ mob * stab + (1 | athlete)", weeks)
    assert wald_test(model, ["mob"]).p_value == pytest.approx(model.estimates["p_value"][1])
    linear = wald_test(fit("pain ~ mob + stab + hip", weeks), ["mob", "hip"])
    f = smf.ols("pain ~ mob + stab + hip", weeks).fit().f_test("mob = 0, hip = 0")
    assert (linear.statistic, linear.p_value) == (pytest.approx(float(f.fvalue)), pytest.approx(float(f.pvalue)))
    assert linear.df_residual == f.df_denom
    counts = wald_test(fit("inj ~ mob + stab", weeks, "poisson"), ["mob", "stab"])
    chi2 = smf.poisson("inj ~ mob + stab", weeks).fit(disp=0).wald_test("mob = 0, stab = 0", scalar=True)
    assert counts.distribution == "chi2"
    assert counts.p_value == pytest.approx(float(chi2.pvalue), rel=1e-4)


def _short_of(model):
    """The same fit with a log-likelihood 100 lower, as if its engine had stopped early."""
    return replace(model, loglik=model.loglik - 100, aic=model.aic + 200)


def test_a_negative_binomial_whose_shape_ran_off_is_the_poisson_model():
    """The glmm engine ends at a shape of 1e4, its log-likelihood some 0.002 below the Poisson limit."""
    rng = np.random.default_rng(21)
    frame = pd.DataFrame({"x": rng.normal(size=400)})
    frame["y"] = rng.poisson(np.exp(0.5 + 0.3 * frame["x"]))
    poisson, negative = fit("y ~ x", frame, "poisson"), fit("y ~ x", frame, "negativebinomial")
    assert negative.dispersion > 9000
    assert negative.loglik < poisson.loglik
    test = likelihood_ratio(poisson, negative)
    assert (test.chi2, test.p_value) == (0, 1)


def test_models_that_do_not_compare_are_refused(weeks, pair):
    reml = fit("pain ~ mob * stab + (1 | athlete)", weeks)
    less = fit("pain ~ mob * stab + (1 | athlete)", weeks.iloc[:900], reml=False)
    failed = fit("prob ~ split", weeks.assign(split=weeks["prob"]), "binomial")
    assert not failed.converged
    cases = [
        (fit("pain ~ mob + (1 | athlete)", weeks), reml, "REML"),
        (pair[0], reml, "REML"),
        (pair[0], less, "not the same rows"),
        (fit("prob ~ 1", weeks, "binomial"), failed, "did not converge"),
        (pair[1], pair[0], "nested"),
        (pair[0], replace(pair[1], loglik=np.nan, aic=np.nan), "no likelihood"),
        (pair[0], pair[0], "0 parameters more"),
        (fit("inj ~ mob", weeks, "poisson"), fit("inj ~ mob + stab + offset(off)", weeks, "poisson"), "offset"),
        (fit("prob ~ mob", weeks, "binomial"), fit("prob ~ mob + stab", weeks, "poisson"), "families"),
        (fit("inj ~ mob", weeks, "poisson"), _short_of(fit("inj ~ mob", weeks, "negativebinomial")), "below"),
        (pair[0], replace(pair[1], loglik=pair[0].loglik - 1, aic=pair[0].aic + 6), "below"),
    ]
    for small, large, message in cases:
        with pytest.raises(HiprunError, match=message):
            likelihood_ratio(small, large)
    with pytest.raises(HiprunError, match="density"):
        information({"a": fit("inj ~ mob", weeks, "poisson"), "b": fit("inj ~ mob", weeks)})
    with pytest.raises(HiprunError, match="no fit"):
        information({})


def test_wald_tests_of_nothing_unknown_or_robust_terms_are_refused(weeks):
    model = fit("pain ~ mob + stab + (1 | athlete)", weeks)
    for terms in ([], ["mobb"], ["mob", "mob"]):
        with pytest.raises(HiprunError, match="wald_test: found"):
            wald_test(model, terms)
    robust = cluster_robust(model, weeks, "athlete")
    assert wald_test(robust, ["mob"]).p_value == pytest.approx(robust.estimates["p_value"][1])
    with pytest.raises(HiprunError, match="cluster-robust"):
        wald_test(robust, ["mob", "stab"])


def test_parameters_are_counted(pair):
    assert [n_parameters(model) for model in pair] == [4, 6]
