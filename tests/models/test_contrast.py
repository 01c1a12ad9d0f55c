"""Contrasts: weighted sums of terms, their variance and their degrees of freedom."""

import glmm
import numpy as np
import pytest

from analysis.errors import HiprunError
from analysis.models import contrast, fit

FORMULA = "pain ~ mob*stab + hip + (1 + mob | athlete)"


@pytest.fixture(scope="module")
def model(weeks):
    return fit(FORMULA, weeks)


def test_a_single_term_gives_back_its_own_row(model):
    row, term = contrast(model, {"mob": 1}), model.estimates.set_index("term").loc["mob"]
    for name in ["estimate", "std_error", "ci_low", "ci_high", "p_value", "df"]:
        assert row[name] == pytest.approx(term[name], rel=1e-6), name


def test_a_weight_scales_estimate_and_error_and_leaves_p(model):
    """Per +30 minutes a week is thirty times the effect per minute."""
    one, thirty = contrast(model, {"mob": 1}), contrast(model, {"mob": 30})
    assert thirty["estimate"] == pytest.approx(30 * one["estimate"])
    assert thirty["ci_low"] == pytest.approx(30 * one["ci_low"])
    assert thirty["p_value"] == pytest.approx(one["p_value"])


def test_a_sum_has_the_variance_of_the_sum_with_covariance(model):
    row, v = contrast(model, {"mob": 1, "mob:stab": 2}), model.vcov
    variance = v.loc["mob", "mob"] + 4 * v.loc["mob:stab", "mob:stab"] + 4 * v.loc["mob", "mob:stab"]
    assert row["std_error"] == pytest.approx(np.sqrt(variance))


def test_satterthwaite_df_of_a_sum_is_the_one_glmm_tests_with(weeks, model):
    """`glmm.Fit.contrast_test`, which is lmerTest::contest."""
    direct = glmm.fit(weeks.assign(athlete=weeks["athlete"].astype(str)), FORMULA, anova_test="Wald")
    weights = np.array([1.0, -0.5, 0, 2, 1])
    assert direct.names == list(model.estimates["term"])
    table = direct.contrast_test(weights).to_pandas().iloc[0]
    row = contrast(model, dict(zip(direct.names, weights, strict=True)))
    assert row["df"] == pytest.approx(table["DenDF"], rel=1e-6)
    assert row["p_value"] == pytest.approx(table["Pr(>F)"], rel=1e-6)


def test_models_without_t_give_z_and_linear_models_residual_df(weeks):
    assert np.isnan(contrast(fit("inj ~ mob + stab", weeks, "poisson"), {"mob": 1, "stab": 1})["df"])
    assert contrast(fit("pain ~ mob + stab", weeks), {"mob": 1, "stab": 1})["df"] == 997


def test_a_contrast_of_an_aliased_term_or_an_unconverged_fit_is_missing(weeks):
    aliased = fit("pain ~ mob + twice + (1 | athlete)", weeks.assign(twice=2 * weeks["mob"]))
    assert contrast(aliased, {"mob": 1, "twice": 1}).drop("scale").isna().all()
    assert contrast(aliased, {"mob": 1})["std_error"] > 0
    failed = fit("prob ~ split", weeks.assign(split=weeks["prob"]), "binomial")
    assert contrast(failed, {"split": 1}).drop("scale").isna().all()


@pytest.mark.parametrize("weights", [{"mobb": 1}, {}, {"mob": np.nan}, {"mob": 0}])
def test_unknown_terms_and_useless_weights_are_refused(model, weights):
    with pytest.raises(HiprunError, match=r"contrast: found .* expected"):
        contrast(model, weights)
