"""Engine 'gee': held against R's gee and geepack, statsmodels, closed forms and a known truth."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import ENGINES, contrast, fit, read_fit, save_fit, tidy, wald_test
from analysis.models.design import build
from analysis.models.engine_gee import solve
from analysis.models.families import FAMILIES
from analysis.models.formula import parse
from analysis.models.sandwich import bias_reduced
from analysis.models.separation import is_separated

from .conftest import REFERENCE

R = json.loads((REFERENCE / "gee" / "gee.fits.json").read_text(encoding="utf-8"))["fits"]


def _frame(name):
    """A reference table with the weights and the offset of tests/reference/gee/make_gee.R."""
    frame = pd.read_csv(REFERENCE / f"{name}.csv")
    if "hours" in frame:
        frame["off"] = np.log(frame["hours"])
    cycle = 0.5 + frame["week"] % 4 / 2 if "week" in frame else 1 + np.arange(1, len(frame) + 1) % 3
    return frame.assign(w=cycle)


def _solve(formula, frame, family="gaussian", offset=None, weights=None):
    return solve(build(parse(formula, offset, weights), frame, FAMILIES[family]).design, True, None)


def _reference(key):
    m = R[key]
    return m, _solve(f"{m['formula']} + (1 | athlete)", _frame(m["data"]), m["family"], m["offset"], m["weights"])


@pytest.mark.parametrize("key", R)
def test_estimates_and_bias_reduced_covariance_equal_r(key):
    """gee 4.13-25, geepack 1.3.9 (weights) and Mancl and DeRouen's eq. 4 in full: tests/reference/gee/make_gee.R."""
    expected, found = _reference(key)
    assert found.converged
    assert found.beta == pytest.approx(np.array(expected["estimate"]), rel=1e-7)
    assert found.vcov == pytest.approx(np.array(expected["bias_reduced"]), rel=1e-7)
    assert f"athlete is {expected['rho']:.3f};" in found.messages[1]
    if expected["family"] in ("gaussian", "gamma"):
        assert found.dispersion == pytest.approx(expected["phi"], rel=1e-7)


@pytest.mark.parametrize("key", ["poisson", "binomial_weights", "unbalanced_gaussian"])
def test_bias_reduced_errors_are_larger_than_the_plain_sandwich_of_r(key):
    expected, found = _reference(key)
    ratio = np.sqrt(np.diag(found.vcov)) / np.array(expected["robust"])
    assert (ratio > 1.01).all() and (ratio < 1.15).all()


def test_the_p_by_p_form_of_the_covariance_is_that_of_statsmodels():
    """statsmodels solves with n_i × n_i matrices (cov_type="bias_reduced")."""
    frame = _frame("athlete_weeks_1k")
    x = sm.add_constant(frame[["mob", "sex"]])
    options = {"groups": frame["athlete"], "cov_struct": sm.cov_struct.Exchangeable(), "family": sm.families.Poisson()}
    model = sm.GEE(frame["inj"], x, **options)
    expected = model.fit(cov_type="bias_reduced").cov_robust_bc
    assert bias_reduced(model).vcov == pytest.approx(expected, rel=1e-10)


def test_the_mean_of_balanced_clusters_has_the_error_of_the_mean_of_cluster_means():
    """Every leverage is 1/G: V = Σ (m_g - m)² / G² · (G / (G - 1))², G / (G - 1) larger than the usual variance."""
    frame = _frame("athlete_weeks_1k")
    found = _solve("pain ~ 1 + (1 | athlete)", frame)
    means = frame.groupby("athlete")["pain"].mean()
    assert found.beta[0] == pytest.approx(means.mean())
    assert found.vcov[0, 0] == pytest.approx(means.var() / 50 * 50 / 49)
    assert found.df[0] == 49


def test_with_one_row_a_cluster_it_is_least_squares_with_hc3():
    """Of MacKinnon and White 1985, J Econom 29:305, by statsmodels: I - H_i is 1 - h_i."""
    frame = _frame("athlete_weeks_1k").iloc[:80]
    design = build(parse("pain ~ mob + hip + (1 | athlete)"), frame, FAMILIES["gaussian"]).design
    rows = replace(design.random[0], codes=np.arange(80), levels=pd.Index(range(80)))
    found = solve(replace(design, random=(rows,)), True, None)
    expected = sm.OLS(frame["pain"], sm.add_constant(frame[["mob", "hip"]])).fit(cov_type="HC3")
    assert found.beta == pytest.approx(expected.params.to_numpy())
    assert found.vcov == pytest.approx(expected.cov_params().to_numpy(), rel=1e-9)


def test_weights_that_are_all_alike_change_nothing():
    frame = _frame("athlete_weeks_1k").assign(w=3.0)
    plain = _solve("inj ~ mob + (1 | athlete)", frame, "poisson")
    weighted = _solve("inj ~ mob + (1 | athlete)", frame, "poisson", weights="w")
    assert weighted.beta == pytest.approx(plain.beta, rel=1e-9)
    assert weighted.vcov == pytest.approx(plain.vcov, rel=1e-8)


def test_units_of_outcome_and_terms_and_the_order_of_rows_do_not_matter():
    frame = _frame("athlete_weeks_1k")
    plain = _solve("pain ~ mob + sex + (1 | athlete)", frame)
    other = frame.assign(pain=frame["pain"] * 1e7, mob=frame["mob"] * 1e-6).sample(frac=1, random_state=1)
    found = _solve("pain ~ mob + sex + (1 | athlete)", other)
    unit = np.array([1e7, 1e13, 1e7])
    assert found.converged
    assert found.beta == pytest.approx(plain.beta * unit, rel=1e-8)
    assert found.vcov == pytest.approx(plain.vcov * np.outer(unit, unit), rel=1e-8)


def _drifting(rng, latent_to_outcome):
    """30 athletes × 12 weeks under the null: own level, a latent AR(1) of 0.8 and a dose as smooth (AR(1), 0.9)."""

    def drift(rho):
        walk = rng.normal(size=(30, 12))
        for week in range(1, 12):
            walk[:, week] = rho * walk[:, week - 1] + np.sqrt(1 - rho**2) * walk[:, week]
        return walk

    outcome = latent_to_outcome(rng, drift(0.8) + rng.normal(size=(30, 1)))
    frame = {"athlete": np.repeat(np.arange(30), 12), "dose": drift(0.9).ravel(), "y": outcome.ravel()}
    return pd.DataFrame(frame)


def test_under_the_null_5_percent_are_called_though_weeks_are_autocorrelated():
    """200 cohorts of counts; Monte Carlo standard error 1.5 %. (1000 each, once: gaussian 5.7, binomial 4.8, poisson
    5.5 %; with z in place of t 6.7, 5.7 and 6.6 %.)"""
    rng, called = np.random.default_rng(8), []
    for _ in range(200):
        frame = _drifting(rng, lambda g, eta: g.poisson(np.exp(0.6 * eta - 0.5)))
        found = _solve("y ~ dose + (1 | athlete)", frame, "poisson")
        assert found.converged
        t = found.beta[1] / np.sqrt(found.vcov[1, 1])
        called.append(2 * stats.t.sf(abs(t), found.df[1]) < 0.05)
    assert 0.02 < np.mean(called) < 0.09


def test_logit_slopes_shrink_as_zeger_liang_and_albert_say():
    """Biometrics 44:1049, eq. 2.3: the mixed model's slope over √(1 + c²σ²), c = 16√3 / 15π."""
    rng, n, sigma, slope = np.random.default_rng(4), 1500, 2.0, 1.0
    athlete = np.repeat(np.arange(n), 10)
    x = rng.normal(size=len(athlete))
    eta = slope * x + sigma * rng.normal(size=n)[athlete]
    frame = pd.DataFrame({"athlete": athlete, "x": x, "y": (rng.logistic(size=len(x)) < eta).astype(int)})
    found = _solve("y ~ x + (1 | athlete)", frame, "binomial")
    c = 16 * np.sqrt(3) / (15 * np.pi)
    assert found.beta[1] == pytest.approx(slope / np.sqrt(1 + c**2 * sigma**2), abs=3 * np.sqrt(found.vcov[1, 1]))


def test_what_is_said_and_what_is_left_empty():
    found = _solve("prob ~ mob + (1 | athlete)", _frame("athlete_weeks_1k"), "binomial")
    assert found.random_cov == () and found.modes == ()
    assert np.isnan(found.loglik) and found.satterthwaite is None
    assert found.method == "GEE exchangeable"
    assert found.df_method == "clusters - terms, Mancl-DeRouen by athlete"
    assert found.df.tolist() == [48, 48]
    assert "smaller than in a mixed model by definition" in found.messages[0]
    assert "50 clusters" in found.messages[1]


def test_fitted_values_are_population_means_with_the_offset():
    frame = _frame("athlete_weeks_1k")
    found = _solve("inj ~ mob + (1 | athlete)", frame, "poisson", "off")
    assert found.fitted == pytest.approx(np.exp(found.beta[0] + found.beta[1] * frame["mob"] + frame["off"]).to_numpy())


def test_aliased_terms_stay_missing_and_change_nothing():
    frame = _frame("athlete_weeks_1k").assign(twice=lambda d: 2 * d["mob"])
    found = _solve("inj ~ mob + twice + sex + (1 | athlete)", frame, "poisson")
    expected = _solve("inj ~ mob + sex + (1 | athlete)", frame, "poisson")
    assert found.aliased.tolist() == [False, False, True, False]
    assert np.isnan(found.beta[2]) and np.isnan(found.vcov[2]).all() and np.isnan(found.df[2])
    assert found.beta[[0, 1, 3]] == pytest.approx(expected.beta)
    assert found.df[[0, 1, 3]] == pytest.approx(expected.df)


def test_a_term_that_rests_on_one_athlete_has_no_robust_error():
    """The residuals of the one athlete of a level are 0 on average: the sandwich would call its effect certain."""
    frame = _frame("athlete_weeks_1k")
    other = frame.assign(sex=frame["sex"].map({0: "female", 1: "male"}).mask(frame["athlete"] == 7, "other"))
    found = _solve("pain ~ mob + sex + (1 | athlete)", other)
    assert np.isfinite(found.beta).all()
    assert np.isnan(np.diag(found.vcov)).tolist() == [False, False, False, True]
    assert np.isnan(found.df).tolist() == [False, False, False, True]
    assert "sexother rests, wholly or in part, on a single athlete" in found.messages[2]
    without = _solve("pain ~ mob + sex + (1 | athlete)", other[other["athlete"] != 7])
    assert np.sqrt(np.diag(found.vcov))[1] == pytest.approx(np.sqrt(np.diag(without.vcov))[1], rel=0.05)


def test_few_clusters_are_named():
    frame = _frame("more/three_athletes")
    found = _solve("pain ~ mob + (1 | athlete)", frame)
    assert "3 clusters are too few" in found.messages[-1]


@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_separation_is_no_result_and_is_named(family):
    """One half of the events, and nothing else, has `mark` (binomial); no row with `mark` has an event (poisson)."""
    frame = _frame("athlete_weeks_1k")
    y = (frame["inj"] > 0).astype(int)
    mark = (y == 1) if family == "binomial" else (y == 0)
    frame = frame.assign(y=y, mark=(mark & (frame.index % 2 == 0)).astype(int))
    found = _solve("y ~ mark + mob + (1 | athlete)", frame, family)
    assert not found.converged and np.isnan(found.beta).all() and np.isnan(found.fitted).all()
    assert "separates the outcome" in found.messages[0]


def test_a_rare_outcome_is_not_taken_for_a_separated_one():
    frame = _frame("more/rare")
    found = _solve("inj ~ mob + (1 | athlete)", frame.assign(off=-12.0), "poisson", "off")
    assert found.fitted.max() < 1 and found.converged


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([0, 0, 1, 1], [0, 1, 1, 1], True),  # quasi-complete
        ([0, 1, 2, 3], [0, 0, 1, 1], True),  # complete
        ([0, 1, 2, 3], [0, 1, 0, 1], False),
    ],
)
def test_separation_of_albert_and_anderson(x, y, expected):
    columns = np.column_stack([np.ones(4), x])
    assert is_separated(columns, np.array(y), "binomial") is expected


@pytest.mark.parametrize(("second", "possible"), [(-1.0, "came out as -1.0"), (1.0, "came out as 1.0")])
def test_a_working_correlation_that_cannot_be_is_no_result(second, possible):
    """Two rows each, the second equal or opposite to the first: the moment is ±(n - p) / (n - 2p)."""
    first = np.random.default_rng(1).normal(size=30)
    frame = pd.DataFrame({"athlete": np.tile(np.arange(30), 2), "y": np.r_[first, second * first]})
    found = _solve("y ~ 1 + (1 | athlete)", frame)
    assert not found.converged
    assert possible in found.messages[0] and "between -1 and 1" in found.messages[0]


@pytest.mark.parametrize(
    ("formula", "family", "said"),
    [
        (
            "pain ~ mob",
            "gaussian",
            r"found no random term; expected exactly one random intercept such as \(1 \| athlete\)",
        ),
        (
            "pain ~ mob + (1 + mob | athlete)",
            "gaussian",
            r"\(\(Intercept\) \+ mob \| athlete\).*engine='glmm' fits slopes",
        ),
        ("pain ~ mob + (1 | clinic) + (1 | athlete)", "gaussian", "of nested groups the largest"),
        ("pain ~ mob + (0 + mob | athlete)", "gaussian", "expected exactly one random intercept"),
        ("injnb ~ mob + (1 | athlete)", "negativebinomial", "Use family='poisson'"),
        ("pain ~ mob + stab + hip + (1 | clinic)", "gaussian", "found 4 levels of 'clinic' for 4 fixed terms"),
    ],
)
def test_models_it_cannot_do_are_refused_with_the_way_out(weeks, formula, family, said):
    with pytest.raises(HiprunError, match=said):
        _solve(formula, weeks, family)


def test_too_few_pairs_for_a_correlation_are_refused(weeks):
    frame = weeks.assign(pair=np.r_[0, 0, np.arange(1, 999)])
    with pytest.raises(HiprunError, match="found 1 pairs of rows"):
        _solve("pain ~ mob + (1 | pair)", frame)


behind_the_door = pytest.mark.skipif("gee" not in ENGINES, reason="engine 'gee' is not registered in door.py")


@behind_the_door
def test_a_fit_by_gee_is_a_fit_like_any_other(weeks, tmp_path):
    found = fit("inj ~ mob*stab + (1 | athlete)", weeks, "poisson", offset="off", engine="gee")
    expected = _solve("inj ~ mob*stab + (1 | athlete)", weeks, "poisson", "off")
    row = found.estimates.set_index("term").loc["mob"]
    assert row["estimate"] == pytest.approx(expected.beta[1])
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"] / row["std_error"]), 46))
    assert found.random_effects.empty and found.conditional_modes.empty and found.n_groups == {"athlete": 50}
    assert np.isnan([found.loglik, found.aic, found.bic]).all()
    assert contrast(found, {"mob": 2})["std_error"] == pytest.approx(2 * row["std_error"])
    assert wald_test(found, ["mob", "mob:stab"]).df_residual == 46
    assert read_fit(save_fit(found, tmp_path / "gee")).estimates.equals(found.estimates)
    assert tidy(found, "m")["n_athletes"].eq(50).all()


@behind_the_door
def test_a_gee_that_did_not_converge_is_a_fit_without_numbers(weeks):
    frame = weeks.assign(y=(weeks["inj"] > 0).astype(int), mark=(weeks["inj"] > 0).astype(int))
    found = fit("y ~ mark + (1 | athlete)", frame, "binomial", engine="gee")
    assert not found.converged and found.estimates["estimate"].isna().all() and np.isnan(found.aic)
