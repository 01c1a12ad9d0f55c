"""The engine mixedlm against the default engine, published numbers and a likelihood written out in full."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.errors import HiprunError
from analysis.models import fit
from analysis.models.engine_mixedlm import _inverse

from .conftest import FITS, REFERENCE
from .test_reference import assert_meets, family_of

UNCORRELATED = json.loads((REFERENCE / "modes" / "uncorrelated.json").read_text(encoding="utf-8"))
KEYS = [key for key in FITS if not key.startswith("nbinom2")]
OWN = [key for key in KEYS if not key.endswith("_glmer")]


@pytest.mark.parametrize("key", KEYS)
def test_every_reference_fit_it_can_do_is_met(weeks, key):
    """lme4 and glmmTMB (tests/reference/README.md): 0.001 SE, 0.1 %, 1e-5; measured 1e-4 SE, 2e-5, 2e-6."""
    model = fit(FITS[key]["formula"], weeks, family_of(key), engine="mixedlm")
    assert_meets(model, FITS[key], 0.001, 0.001, 1e-5)
    assert (model.engine, model.df_method) == ("mixedlm", "z")
    if "singular" in FITS[key] and FITS[key]["singular"] is not None:
        assert model.singular == FITS[key]["singular"]


@pytest.mark.parametrize(("key", "reml"), [(key, True) for key in OWN] + [("gaussian_rs", False)])
def test_it_agrees_with_glmm_on_everything_both_report(weeks, key, reml):
    """Estimates and covariances in standard errors; measured at most 2e-5."""
    one, two = (fit(FITS[key]["formula"], weeks, family_of(key), reml=reml, engine=e) for e in ("glmm", "mixedlm"))
    std_error = one.estimates["std_error"].to_numpy()
    assert_allclose(two.estimates["estimate"] / std_error, one.estimates["estimate"] / std_error, atol=1e-4)
    size = np.outer(std_error, std_error)
    assert_allclose(two.vcov / size, one.vcov / size, atol=1e-4)
    assert_allclose(two.fitted, one.fitted, atol=1e-4)
    assert_allclose(two.conditional_modes["value"], one.conditional_modes["value"], atol=1e-4)
    assert two.conditional_modes[["group", "level", "term"]].equals(one.conditional_modes[["group", "level", "term"]])
    assert_allclose(two.random_effects[["sd", "corr"]], one.random_effects[["sd", "corr"]], atol=1e-4)
    assert (two.loglik, two.aic, two.bic) == pytest.approx((one.loglik, one.aic, one.bic), abs=1e-6)
    assert two.dispersion == pytest.approx(one.dispersion, rel=1e-6)
    assert (two.method, two.singular, two.n_groups) == (one.method, one.singular, one.n_groups)


def test_sleepstudy_gives_the_published_lme4_numbers(sleepstudy):
    """Bates et al. 2015, J Stat Softw 67(1), fm1, REML."""
    model = fit("Reaction ~ Days + (1 + Days | Subject)", sleepstudy, engine="mixedlm")
    assert_allclose(model.estimates["estimate"], [251.40510, 10.46729], rtol=1e-6)
    assert_allclose(model.estimates["std_error"], [6.824597, 1.545790], rtol=1e-5)
    assert_allclose(model.random_effects["sd"], [24.7407, 5.9221, 25.5918], rtol=1e-4)
    assert model.random_effects["corr"][1] == pytest.approx(0.066, abs=1e-3)
    assert model.loglik == pytest.approx(-1743.6283 / 2, abs=1e-4)


def test_cbpp_gives_the_published_lme4_numbers(cbpp):
    """example(glmer) in lme4; within 0.01 SE, as the published fit stopped early (shared ENGINES.md)."""
    model = fit("ill ~ period + (1 | herd)", cbpp, "binomial", engine="mixedlm")
    published = np.array([-1.398343, -0.991925, -1.128216, -1.579745])
    assert (abs(model.estimates["estimate"] - published) < 0.01 * model.estimates["std_error"]).all()
    assert model.estimates["std_error"][0] == pytest.approx(0.2312140, rel=0.01)


@pytest.mark.parametrize(("outcome", "family"), [("pain", "gaussian"), ("inj", "poisson"), ("prob", "binomial")])
def test_units_of_a_predictor_do_not_change_the_fit(weeks, outcome, family):
    """mob in millionths: estimates and slopes' SD scale with it, all else stays."""
    text = "{} ~ {} + hip + (1 + {} | athlete)"
    frame = weeks.assign(large=1e6 * weeks["mob"])
    one, two = (fit(text.format(outcome, x, x), frame, family, engine="mixedlm") for x in ("mob", "large"))
    factor = np.array([1, 1e6, 1])
    assert_allclose(two.estimates["estimate"] * factor, one.estimates["estimate"], atol=1e-5)
    assert_allclose(two.estimates["std_error"] * factor, one.estimates["std_error"], rtol=1e-4)
    assert two.random_effects["sd"][1] * 1e6 == pytest.approx(one.random_effects["sd"][1], rel=1e-3)
    # The REML criterion holds -log|X'V⁻¹X|/2, which a column a million times larger lowers by log 1e6.
    lower = np.log(1e6) if family == "gaussian" else 0
    assert two.loglik + lower == pytest.approx(one.loglik, abs=1e-6)


def test_a_slope_without_intercept_or_fixed_term_is_fitted_as_statsmodels_does(weeks):
    formula = "pain ~ hip + (0 + mob | athlete)"
    one, two = (fit(formula, weeks, engine=engine) for engine in ("statsmodels", "mixedlm"))
    assert_allclose(two.estimates["estimate"], one.estimates["estimate"], atol=1e-4)
    assert_allclose(two.random_effects["sd"], one.random_effects["sd"], rtol=1e-3)
    assert two.loglik == pytest.approx(one.loglik, abs=1e-5)


def _reml(y, x, v):
    """The REML log-likelihood (Harville 1974, Biometrika 61: 383) of N(xb, v), less the constant log|x'x|/2."""
    vi = np.linalg.inv(v)
    information = x.T @ vi @ x
    e = y - x @ np.linalg.solve(information, x.T @ vi @ y)
    logdets = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return -((len(y) - x.shape[1]) * np.log(2 * np.pi) + logdets + e @ vi @ e) / 2


def test_two_terms_for_one_group_maximise_the_likelihood_written_out(weeks):
    """Uncorrelated level and slope: the value is that of the dense formula, and every variance is at its best."""
    frame = weeks.iloc[:400]
    model = fit("pain ~ mob + (1 | athlete) + (0 + mob | athlete)", frame, engine="mixedlm")
    x = np.column_stack([np.ones(400), frame["mob"]])
    same = frame["athlete"].to_numpy()[:, None] == frame["athlete"].to_numpy()
    parts = [same, same * np.outer(frame["mob"], frame["mob"]), np.eye(400)]
    best = model.random_effects["sd"].to_numpy() ** 2

    def loglik(variances):
        return _reml(frame["pain"].to_numpy(), x, sum(v * part for v, part in zip(variances, parts, strict=True)))

    assert model.loglik == pytest.approx(loglik(best), abs=1e-6)
    for at in range(3):
        for factor in (0.97, 1.03):
            other = best.copy()
            other[at] *= factor
            assert loglik(other) < loglik(best)


@pytest.mark.parametrize(
    ("formula", "family", "message"),
    [
        ("injnb ~ mob + (1 | athlete)", "negativebinomial", "cannot fit a negativebinomial .* engine='glmm' can"),
        ("load2 ~ mob + (1 | athlete)", "gamma", "cannot fit a gamma model.* engine='glmm' can"),
        ("pain ~ mob", "gaussian", "without random terms; engine='glmm' and engine='statsmodels' can"),
        ("pain ~ mob + (1 + one | athlete)", "gaussian", r"column of \(\(Intercept\) \+ one \| athlete\) is a comb"),
    ],
)
def test_what_it_cannot_do_is_refused_with_the_engine_that_can(weeks, formula, family, message):
    frame = weeks.assign(load2=np.exp(weeks["load"] / 10), one=1.0)
    with pytest.raises(HiprunError, match=message):
        fit(formula, frame, family, engine="mixedlm")


def test_doubts_of_the_engine_are_carried_with_the_users_names(weeks):
    messages = fit("pain ~ mob + (1 | clinic)", weeks, engine="mixedlm").messages
    assert any("Grouping factor 'clinic' has only 4 levels" in message for message in messages)
    assert any(message.startswith("note: mixedlm by ") for message in messages)
    assert any("no Satterthwaite df" in message for message in messages)
    singular = fit(FITS["poisson_rs_glmer"]["formula"], weeks, "poisson", engine="mixedlm")
    assert any("singular" in message for message in singular.messages)


@pytest.mark.parametrize(("outcome", "family"), [("inj", "poisson"), ("prob", "binomial")])
def test_a_predictor_that_separates_gives_no_numbers(weeks, outcome, family):
    """20 rows, all without the event: the estimate is minus infinity."""
    rare = np.zeros(len(weeks))
    rare[np.flatnonzero(weeks[outcome] == 0)[:20]] = 1
    model = fit(f"{outcome} ~ mob + rare + (1 | athlete)", weeks.assign(rare=rare), family, engine="mixedlm")
    assert not model.converged
    assert model.estimates["estimate"].isna().all()
    assert any("separates the outcome" in message for message in model.messages)


def test_an_outcome_without_residual_gives_no_numbers(weeks):
    model = fit("exact ~ mob + (1 | athlete)", weeks.assign(exact=2 * weeks["mob"] + 1), engine="mixedlm")
    assert not model.converged
    assert any("No residual variance is left" in message for message in model.messages)


def test_an_aliased_column_is_dropped_as_by_glmm(weeks):
    frame, formula = weeks.assign(twice=2 * weeks["mob"]), "inj ~ mob + twice + hip + offset(off) + (1 | athlete)"
    one, two = (fit(formula, frame, "poisson", engine=engine) for engine in ("glmm", "mixedlm"))
    assert one.aliased == two.aliased == ("twice",)
    assert_allclose(two.estimates["estimate"], one.estimates["estimate"], atol=1e-5)
    assert_allclose(two.estimates["std_error"], one.estimates["std_error"], rtol=1e-4)


def test_text_groups_and_missing_rows_keep_their_places(weeks):
    """Levels sort as text ("10" before "2"); modes belong to the level they are written beside."""
    frame = weeks.assign(athlete=weeks["athlete"].astype(str))
    frame.loc[frame.index[::9], "mob"] = np.nan
    one, two = (fit("pain ~ mob + (1 + mob | athlete)", frame, engine=engine) for engine in ("glmm", "mixedlm"))
    assert_allclose(two.conditional_modes["value"], one.conditional_modes["value"], atol=1e-4)
    pd.testing.assert_series_equal(two.fitted, one.fitted, atol=1e-4)
    assert two.dropped == {"mob": 112}


def test_an_end_point_that_is_no_maximum_is_said():
    """Minus log-likelihood with Hessian 4: a slope of 0.1 leaves 0.1²/(2·4) = 0.00125 to gain."""
    inverse, doubt = _inverse(np.array([[4.0]]), np.array([1e-4]))
    assert (inverse.item(), doubt) == (0.25, [])
    assert "stopped 0.0013 short" in _inverse(np.array([[4.0]]), np.array([0.1]))[1][0]
    assert "not positive definite" in _inverse(np.array([[1.0, 2.0], [2.0, 1.0]]), np.zeros(2))[1][0]
    assert "cannot be computed around" in _inverse(np.array([[np.inf]]), np.zeros(1))[1][0]


@pytest.mark.parametrize("known", UNCORRELATED, ids=lambda known: known["family"])
def test_models_without_correlations_equal_lme4(weeks, known):
    """lme4 1.1.31 with `||`. glmer's own standard errors are from coarser differences: 1 % there."""
    model = fit(known["formula"], weeks, known["family"], engine="mixedlm")
    assert model.converged
    assert model.loglik == pytest.approx(known["loglik"], abs=1e-4)
    off = (model.estimates["estimate"] - known["estimate"]) / model.estimates["std_error"]
    assert np.abs(off).max() < 2e-3
    assert_allclose(
        model.estimates["std_error"], known["std_error"], rtol=1e-3 if known["family"] == "gaussian" else 0.01
    )
    sds = model.random_effects["sd"].to_numpy()
    assert_allclose(np.sort(sds), np.sort(known["sd"]), rtol=2e-3)
    assert model.random_effects["corr"].isna().all()
