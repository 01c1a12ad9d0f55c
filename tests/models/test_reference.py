"""`fit` against lme4 and glmmTMB (tests/reference/README.md says who made each number)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from analysis.models import fit

from .conftest import FITS

FAMILY = {"nbinom2": "negativebinomial"}


def family_of(key):
    return FAMILY.get(key.split("_")[0], key.split("_")[0])


def sds(model, group):
    table = model.random_effects
    return table.loc[table["group"] == group, "sd"].to_numpy()


def assert_meets(model, reference, share_of_se, relative, loglik):
    """Estimates within a share of a standard error, SEs and random-effect SDs within a relative tolerance."""
    std_error = np.array(reference["std_error"])
    assert list(model.estimates["term"]) == reference["term"]
    assert_allclose(model.estimates["estimate"] / std_error, reference["estimate"] / std_error, atol=share_of_se)
    assert_allclose(model.estimates["std_error"], std_error, rtol=relative)
    for group, random in reference["random"].items():
        assert_allclose(sds(model, group), np.atleast_1d(random["sd"]), rtol=relative)
    assert model.loglik == pytest.approx(reference["loglik"], abs=loglik, rel=0)
    assert model.converged


@pytest.mark.parametrize("key", FITS)
def test_every_reference_fit_is_met_by_the_default_engine(weeks, key):
    """Issue 2: 0.01 SE, 1 %, 1e-4. Held here to 0.001 SE, 0.1 % and 1e-5, which glmm keeps."""
    reference = FITS[key]
    model = fit(reference["formula"], weeks, family_of(key))
    assert_meets(model, reference, 0.001, 0.001, 1e-5)
    assert model.engine == "glmm"


@pytest.mark.parametrize("key", [key for key in FITS if key.startswith("gaussian")])
def test_satterthwaite_df_and_p_values_are_those_of_lmertest(weeks, key):
    model, reference = fit(FITS[key]["formula"], weeks), FITS[key]
    assert_allclose(model.estimates["df"], reference["df"], rtol=1e-4)
    assert_allclose(model.estimates["p_value"], reference["p_value"], rtol=1e-3)
    assert model.random_effects.iloc[-1][["group", "term"]].tolist() == ["Residual", ""]
    assert model.random_effects["sd"].iloc[-1] == pytest.approx(reference["sigma"], rel=1e-5)
    assert (model.method, model.df_method) == ("REML", "Satterthwaite")


@pytest.mark.parametrize("key", ["gaussian_rs", "gaussian_nestrs", "binomial_rs", "poisson_nestrs"])
def test_the_correlation_of_intercept_and_slope_is_that_of_the_reference(weeks, key):
    table = fit(FITS[key]["formula"], weeks, family_of(key)).random_effects
    slope = table[(table["group"] == "athlete") & (table["term"] == "mob")]
    assert slope["corr"].item() == pytest.approx(FITS[key]["random"]["athlete"]["cor"], abs=1e-3)


def test_z_p_values_are_those_of_glmmtmb(weeks):
    model = fit(FITS["poisson_ri"]["formula"], weeks, "poisson")
    assert_allclose(model.estimates["p_value"], FITS["poisson_ri"]["p_value"], rtol=1e-3, atol=1e-12)
    assert model.estimates["df"].isna().all()


def test_singular_is_said_where_lme4_says_it(weeks):
    for key in ["gaussian_ri", "gaussian_rs", "poisson_ri_glmer", "poisson_rs_glmer", "binomial_rs_glmer"]:
        assert fit(FITS[key]["formula"], weeks, family_of(key)).singular == FITS[key]["singular"], key


def test_negative_binomial_shape_is_that_of_glmmtmb(weeks):
    model = fit(FITS["nbinom2_ri"]["formula"], weeks, "negativebinomial")
    assert model.dispersion == pytest.approx(FITS["nbinom2_ri"]["sigma"], rel=1e-3)


@pytest.mark.parametrize("engine", ["glmm", "statsmodels"])
def test_sleepstudy_gives_the_published_lme4_numbers(sleepstudy, engine):
    """Bates et al. 2015, J Stat Softw 67(1), fm1, REML."""
    model = fit("Reaction ~ Days + (1 + Days | Subject)", sleepstudy, engine=engine)
    assert_allclose(model.estimates["estimate"], [251.40510, 10.46729], rtol=1e-6)
    assert_allclose(model.estimates["std_error"], [6.824597, 1.545790], rtol=1e-3)
    assert_allclose(model.random_effects["sd"], [24.7407, 5.9221, 25.5918], rtol=1e-3)
    assert model.random_effects["corr"][1] == pytest.approx(0.066, abs=1e-3)
    assert model.loglik == pytest.approx(-1743.6283 / 2, abs=1e-4)
    assert model.n_groups == {"Subject": 18}


def test_cbpp_gives_the_published_lme4_numbers(cbpp):
    """example(glmer) in lme4: cbind(incidence, size - incidence) ~ period + (1 | herd), here per animal.

    Within 0.01 SE: the published fit used glmer's default tolerance, which stops early (shared ENGINES.md).
    """
    model = fit("ill ~ period + (1 | herd)", cbpp, "binomial")
    assert list(model.estimates["term"]) == ["(Intercept)", "period2", "period3", "period4"]
    published = np.array([-1.398343, -0.991925, -1.128216, -1.579745])
    assert (abs(model.estimates["estimate"] - published) < 0.01 * model.estimates["std_error"]).all()
    assert model.estimates["std_error"][0] == pytest.approx(0.2312140, rel=0.01)
    assert model.random_effects["sd"][0] == pytest.approx(0.6421, abs=1e-3)


@pytest.mark.parametrize("key", ["gaussian_ri", "gaussian_rs", "gaussian_nest"])
def test_statsmodels_agrees_with_lme4_where_it_can_do_the_model(weeks, key):
    """Tolerances: 0.001 SE, 0.1 %, 1e-5 in log-likelihood; optimisers of MixedLM stop near 1e-6."""
    model = fit(FITS[key]["formula"], weeks, engine="statsmodels")
    assert_meets(model, FITS[key], 0.001, 0.001, 1e-5)


@pytest.mark.parametrize("reml", [True, False])
def test_the_two_engines_agree_on_everything_they_both_report(weeks, reml):
    formula = FITS["gaussian_rs"]["formula"]
    one, two = (fit(formula, weeks, reml=reml, engine=engine) for engine in ("glmm", "statsmodels"))
    assert_allclose(one.estimates["estimate"], two.estimates["estimate"], atol=1e-4)
    assert_allclose(one.vcov, two.vcov, atol=1e-5)
    assert_allclose(one.fitted, two.fitted, atol=2e-3)
    assert_allclose(one.conditional_modes["value"], two.conditional_modes["value"], atol=2e-3)
    assert one.conditional_modes[["group", "level", "term"]].equals(two.conditional_modes[["group", "level", "term"]])
    assert one.aic == pytest.approx(two.aic, abs=1e-4)
    assert one.bic == pytest.approx(two.bic, abs=1e-4)
    assert one.method == two.method == ("REML" if reml else "ML")


def test_crossed_groups_are_fitted_alike_by_both_engines(weeks):
    frame = weeks.iloc[:300].assign(week=lambda d: d["week"] % 7)
    formula = "pain ~ mob + (1 | athlete) + (1 | week)"
    one, two = (fit(formula, frame, engine=engine) for engine in ("glmm", "statsmodels"))
    assert_allclose(one.estimates["estimate"], two.estimates["estimate"], atol=1e-3)
    assert one.loglik == pytest.approx(two.loglik, abs=1e-3)
    assert list(one.random_effects["group"]) == list(two.random_effects["group"])
