"""R² and ICC against lme4 with the paper's own formulas, closed forms and simulated truth."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import polygamma

from analysis.errors import HiprunError
from analysis.models import explained, fit
from tests.models.conftest import REFERENCE

AFTER = json.loads((REFERENCE / "athlete_weeks_1k.after.json").read_text(encoding="utf-8"))
MODELS = {
    "r2_slope": ("pain ~ mob + stab + (1 + mob | athlete)", "gaussian"),
    "r2_binomial": ("prob ~ mob + stab + (1 | athlete)", "binomial"),
    "r2_poisson": ("inj ~ mob + stab + (1 | athlete)", "poisson"),
    "r2_negativebinomial": ("injnb ~ mob + stab + (1 | athlete)", "negativebinomial"),
}


@pytest.mark.parametrize("approximation", ["lognormal", "trigamma"])
@pytest.mark.parametrize("key", MODELS)
def test_r2_is_that_of_supplement_2_of_nakagawa_2017_on_lme4_fits(weeks, key, approximation):
    model, r = fit(MODELS[key][0], weeks, MODELS[key][1]), AFTER[key]
    found = explained(model, weeks, approximation=approximation)
    # lme4's Laplace step for a negative binomial (expected information) is not that of glmm and glmmTMB: its variances
    # are up to 2 % off, and ψ₁(1 / s), about s² here, doubles that.
    rel = 0.04 if model.family == "negativebinomial" else 2e-3
    assert found.fixed_variance == pytest.approx(r["fixed"], rel=rel)
    assert found.random_variance == pytest.approx(r["random"], rel=rel)
    assert [found.r2_marginal, found.r2_conditional] == pytest.approx(
        r[approximation], rel=2 * rel if approximation == "trigamma" else rel
    )
    if "lambda" in r:
        assert found.expected == pytest.approx(r["lambda"], rel=rel)
        assert approximation in found.method
    assert found.icc == pytest.approx(found.random_variance / (found.random_variance + found.residual_variance))


def test_a_gaussian_model_recovers_the_known_shares():
    """Fixed 1, athletes 1, residual 2 of 4: R²m .25, R²c .5, ICC 1/3; 400 × 15, Monte-Carlo SD about .02."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"athlete": np.repeat(np.arange(400), 15), "x": rng.normal(size=6000)})
    y = frame["x"] + rng.normal(size=400)[frame["athlete"]] + rng.normal(0, np.sqrt(2), 6000)
    frame = frame.assign(y=y)
    found = explained(fit("y ~ x + (1 | athlete)", frame), frame)
    assert [found.r2_marginal, found.r2_conditional, found.icc] == pytest.approx([0.25, 0.5, 1 / 3], abs=0.04)
    assert np.isnan(found.expected)


def test_the_gamma_model_has_the_variance_of_a_log_gamma_variable_by_trigamma():
    """Var(log Y) of a gamma variable with shape ν is ψ₁(ν), exactly."""
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"g": np.repeat(np.arange(60), 20), "x": rng.normal(size=1200)})
    mean = np.exp(0.5 * frame["x"] + rng.normal(0, 0.6, 60)[frame["g"]])
    frame["y"] = rng.gamma(2, mean / 2)
    found = explained(fit("y ~ x + (1 | g)", frame, "gamma"), frame, approximation="trigamma")
    assert found.residual_variance == pytest.approx(polygamma(1, 2), rel=0.15)
    assert found.icc == pytest.approx(0.36 / (0.36 + polygamma(1, 2)), abs=0.08)


def test_the_negative_binomial_residual_variance_is_the_papers_from_its_own_mean_and_shape(weeks):
    model = fit("injnb ~ mob + (1 | athlete)", weeks, "negativebinomial")
    null = fit("injnb ~ 1 + (1 | athlete)", weeks, "negativebinomial")
    mean = np.exp(null.estimates["estimate"][0] + null.random_effects["sd"][0] ** 2 / 2)
    squared = 1 / mean + 1 / model.dispersion
    assert explained(model, weeks).residual_variance == pytest.approx(np.log1p(squared), rel=1e-5)
    by_trigamma = explained(model, weeks, approximation="trigamma").residual_variance
    assert by_trigamma == pytest.approx(polygamma(1, 1 / squared), rel=1e-5)


def test_each_group_has_its_share(weeks):
    found = explained(fit("pain ~ mob + (1 | clinic) + (1 | athlete)", weeks), weeks)
    assert set(found.icc_by_group) == {"clinic", "athlete"}
    assert sum(found.icc_by_group.values()) == pytest.approx(found.icc)


def test_counts_over_a_varying_exposure_have_r2_only_at_a_stated_one(weeks):
    model = fit("inj ~ mob + offset(off) + (1 | athlete)", weeks, "poisson")
    with pytest.raises(HiprunError, match="exposure varies"):
        explained(model, weeks)
    one, four = explained(model, weeks, exposure=1), explained(model, weeks, exposure=4)
    assert four.expected == pytest.approx(4 * one.expected)
    assert four.residual_variance == pytest.approx(np.log1p(1 / four.expected))
    assert four.r2_marginal > one.r2_marginal
    # The same model with the offset given apart, and a constant offset, which needs no statement.
    apart = fit("inj ~ mob + (1 | athlete)", weeks, "poisson", offset="off")
    assert explained(apart, weeks, exposure=4).r2_marginal == pytest.approx(four.r2_marginal)
    plain = explained(fit("inj ~ mob + (1 | athlete)", weeks, "poisson"), weeks)
    same = weeks.assign(two=np.log(2))
    shifted = explained(fit("inj ~ mob + offset(two) + (1 | athlete)", same, "poisson"), same)
    assert shifted.r2_marginal == pytest.approx(plain.r2_marginal, rel=1e-4)


def test_models_without_these_numbers_are_refused(weeks):
    model = fit("inj ~ mob + (1 | athlete)", weeks, "poisson")
    cases = [
        (fit("pain ~ mob", weeks), weeks, {}, "no random term"),
        (model, weeks, {"approximation": "delta"}, "approximation"),
        (model, weeks, {"exposure": 0}, "exposure"),
        (model, weeks.iloc[:900], {}, "very 1000 rows"),
        (model, weeks.assign(mob=weeks["mob"] * 1.01), {}, "very frame"),
        (fit("inj ~ mob + (1 | athlete)", weeks, "poisson", offset="off"), weeks, {}, "Say which: exposure="),
        (fit("prob ~ split + (1 | athlete)", weeks.assign(split=weeks["prob"]), "binomial"), weeks, {}, "did not"),
    ]
    for fitted, frame, options, message in cases:
        with pytest.raises(HiprunError, match=message):
            explained(fitted, frame, **options)
