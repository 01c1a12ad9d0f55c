"""What a `Fit` carries: names, counts, scales, flags and messages; and numbers known in closed form."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.models import contrast, fit, tidy

ENGINES = ["glmm", "statsmodels"]


@pytest.mark.parametrize("engine", ENGINES)
def test_balanced_one_way_variance_components_are_the_anova_estimators(engine):
    """Searle, Casella and McCulloch 1992, Variance Components, 3.6: REML = ANOVA if it is not negative."""
    rng = np.random.default_rng(4)
    groups, each = 12, 6
    y = 10 + np.repeat(rng.normal(0, 2, groups), each) + rng.normal(0, 1, groups * each)
    table = y.reshape(groups, each)
    within = table.var(axis=1, ddof=1).mean()
    between = each * table.mean(axis=1).var(ddof=1)
    frame = pd.DataFrame({"y": y, "g": np.repeat(np.arange(groups), each)})
    model = fit("y ~ 1 + (1 | g)", frame, engine=engine)
    sds = model.random_effects["sd"].to_numpy()
    assert_allclose(sds**2, [(between - within) / each, within], rtol=1e-4)
    assert model.estimates["estimate"][0] == pytest.approx(y.mean())
    assert model.estimates["std_error"][0] == pytest.approx(np.sqrt(between / (groups * each)), rel=1e-4)
    if engine == "glmm":
        assert model.estimates["df"][0] == pytest.approx(groups - 1, rel=1e-4)


@pytest.mark.parametrize("engine", ENGINES)
def test_poisson_without_random_terms_is_the_log_of_cases_over_exposure(engine):
    """The maximum-likelihood rate is cases/hours, its standard error on the log scale 1/sqrt(cases)."""
    frame = pd.DataFrame({"cases": [3, 0, 5, 2], "hours": [100.0, 40.0, 220.0, 75.5]})
    model = fit("cases ~ 1 + offset(log(hours))", frame, "poisson", engine=engine)
    row = model.estimates.iloc[0]
    assert row["estimate"] == pytest.approx(np.log(10 / 435.5))
    assert row["std_error"] == pytest.approx(1 / np.sqrt(10))
    assert row["ci_low"] == pytest.approx(np.log(10 / 435.5) - 1.959964 / np.sqrt(10), abs=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_logit_of_a_two_by_two_table_is_the_cross_product_ratio(engine):
    """OR = ad/bc, SE of its log = sqrt(1/a + 1/b + 1/c + 1/d) (Woolf 1955)."""
    a, b, c, d = 12, 18, 7, 31
    frame = pd.DataFrame({"ill": [1] * a + [0] * b + [1] * c + [0] * d, "x": [1] * (a + b) + [0] * (c + d)})
    row = fit("ill ~ x", frame, "binomial", engine=engine).response_estimates.iloc[1]
    assert row["estimate"] == pytest.approx(a * d / (b * c), rel=1e-5)
    log_se = np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    assert row["ci_high"] == pytest.approx(a * d / (b * c) * np.exp(1.959964 * log_se), rel=1e-4)
    assert row["std_error"] == pytest.approx(a * d / (b * c) * log_se, rel=1e-4)
    assert row["scale"] == "OR"


def test_a_simulated_poisson_cohort_gives_back_its_truth_within_three_standard_errors():
    """Truth: log rate = -2 + 0.4 x + athlete (SD 0.5) + log hours; 150 athletes × 20 weeks."""
    rng = np.random.default_rng(20)
    athlete = np.repeat(np.arange(150), 20)
    frame = pd.DataFrame({"athlete": athlete, "x": rng.normal(size=3000), "hours": rng.uniform(1, 8, 3000)})
    rate = np.exp(-2 + 0.4 * frame["x"] + rng.normal(0, 0.5, 150)[athlete])
    frame = frame.assign(inj=rng.poisson(rate * frame["hours"]), log_hours=np.log(frame["hours"]))
    model = fit("inj ~ x + (1 | athlete)", frame, "poisson", offset="log_hours")
    assert_allclose(model.estimates["estimate"], [-2, 0.4], atol=3 * model.estimates["std_error"].max())
    assert (abs(model.estimates["estimate"] - [-2, 0.4]) < 3 * model.estimates["std_error"]).all()
    assert model.random_effects["sd"][0] == pytest.approx(0.5, abs=0.12)


def test_an_offset_may_stand_in_the_formula_or_beside_it(weeks):
    inside = fit("inj ~ mob + offset(off) + (1 | athlete)", weeks, "poisson")
    beside = fit("inj ~ mob + (1 | athlete)", weeks, "poisson", offset="off")
    halves = fit("inj ~ mob + offset(off / 2) + offset(off - off / 2) + (1 | athlete)", weeks, "poisson")
    assert inside.estimates.equals(beside.estimates)
    assert_allclose(inside.estimates["estimate"], halves.estimates["estimate"])
    without = fit("inj ~ mob + (1 | athlete)", weeks, "poisson")
    assert abs(without.estimates["estimate"][0] - inside.estimates["estimate"][0]) > 0.1


def test_terms_are_named_as_in_the_formula_and_levels_as_in_r(weeks):
    frame = weeks.assign(**{"my.x": weeks["mob"], "größe": weeks["hip"], "a b": weeks["rom"]}, late=weeks["week"] > 9)
    frame["band"] = pd.cut(weeks["week"], [-1, 5, 12, 99])
    frame["side"] = np.where(weeks["sex"] > 0, "right", "left")
    model = fit("pain ~ my.x*größe + `a b` + late + side:stab + C(clinic) + I(mob^2) + (1 | athlete)", frame)
    assert list(model.estimates["term"]) == [
        "(Intercept)", "my.x", "größe", "a b", "lateTRUE", "C(clinic)1", "C(clinic)2", "C(clinic)3", "I(mob^2)",
        "my.x:größe", "sideleft:stab", "sideright:stab",
    ]  # fmt: skip
    assert list(fit("pain ~ band", frame).estimates["term"]) == ["(Intercept)", "band(5, 12]", "band(12, 99]"]


def test_a_declared_level_order_is_kept_and_unused_levels_are_dropped(weeks):
    kind = pd.Categorical(np.where(weeks["week"] % 2, "low", "high"), categories=["low", "never", "high"])
    model = fit("pain ~ kind + (1 | athlete)", weeks.assign(kind=kind))
    assert list(model.estimates["term"]) == ["(Intercept)", "kindhigh"]
    groups = pd.Categorical(weeks["athlete"].map("a{}".format), categories=[f"a{i}" for i in range(60, -1, -1)])
    model = fit("pain ~ mob + (1 | g)", weeks.assign(g=groups))
    assert model.n_groups == {"g": 50}
    assert list(model.conditional_modes["level"][:2]) == ["a49", "a48"]


def test_the_level_order_of_a_number_group_is_the_order_of_the_numbers(weeks):
    modes = fit("pain ~ mob + (1 + mob | athlete)", weeks).conditional_modes
    assert list(modes["level"][::2]) == [str(i) for i in range(50)]
    assert list(modes["term"][:2]) == ["(Intercept)", "mob"]


@pytest.mark.parametrize("engine", ENGINES)
def test_fitted_values_are_fixed_part_plus_conditional_modes_on_the_used_rows(weeks, engine):
    frame = weeks.set_index(pd.Index([f"r{i}" for i in range(1000)])).copy()
    frame.loc[["r3", "r7"], "mob"] = np.nan
    model = fit("pain ~ mob + (1 | clinic/athlete)", frame, engine=engine)
    used = frame.drop(index=["r3", "r7"])
    assert model.fitted.index.equals(used.index)
    beta = model.estimates.set_index("term")["estimate"]
    modes = model.conditional_modes.set_index(["group", "level"])["value"]
    nested = used["clinic"].astype(str) + ":" + used["athlete"].astype(str)
    expected = beta["(Intercept)"] + beta["mob"] * used["mob"]
    expected += used["clinic"].astype(str).map(modes["clinic"]) + nested.map(modes["clinic:athlete"])
    assert_allclose(model.fitted, expected, atol=1e-8)


def test_missing_rows_are_dropped_and_counted_by_column(weeks):
    frame = weeks.astype({"inj": "Int64"}).assign(athlete=weeks["athlete"].astype("str"))
    frame.loc[[0, 1, 2], "mob"] = np.nan
    frame.loc[[2, 3], "off"] = np.nan
    frame.loc[4, "athlete"] = None
    frame.loc[5, "inj"] = pd.NA
    frame.loc[6, "pain"] = np.nan  # not in the model
    model = fit("inj ~ mob + (1 | athlete)", frame, "poisson", offset="off")
    assert (model.n_obs, model.n_dropped) == (994, 6)
    assert model.dropped == {"mob": 3, "off": 2, "athlete": 1, "inj": 1}
    clean = fit("inj ~ mob + (1 | athlete)", weeks.drop(index=range(6)), "poisson", offset="off")
    assert_allclose(model.estimates["estimate"], clean.estimates["estimate"], atol=1e-10)


def test_reml_is_the_default_and_ml_has_smaller_variances(weeks):
    reml, ml = (fit("pain ~ mob + age + (1 | athlete)", weeks, reml=reml) for reml in (True, False))
    assert (reml.method, ml.method) == ("REML", "ML")
    assert ml.random_effects["sd"][0] < reml.random_effects["sd"][0]
    assert ml.aic == pytest.approx(-2 * ml.loglik + 2 * 5)
    assert ml.bic == pytest.approx(-2 * ml.loglik + np.log(1000) * 5)


def test_the_level_of_the_intervals_is_the_one_asked_for(weeks):
    wide, narrow = (fit("pain ~ mob", weeks, level=level).estimates for level in (0.95, 0.5))
    ratio = (wide["ci_high"] - wide["estimate"]) / (narrow["ci_high"] - narrow["estimate"])
    assert_allclose(ratio, 1.962344 / 0.674741, rtol=1e-4)  # t quantiles, 998 df


def test_boolean_outcomes_count_as_zero_and_one(weeks):
    for dtype in ("bool", "boolean", "object"):
        frame = weeks.assign(yes=(weeks["prob"] == 1).astype(dtype))
        assert fit("yes ~ mob", frame, "binomial").estimates.equals(fit("prob ~ mob", weeks, "binomial").estimates)


def test_gamma_models_have_ratios_of_means(weeks):
    frame = weeks.assign(cost=np.exp(weeks["pain"] / 3))
    model = fit("cost ~ mob + (1 | athlete)", frame, "gamma")
    assert list(model.response_estimates["scale"]) == ["mean", "ratio"]
    assert_allclose(model.response_estimates["estimate"], np.exp(model.estimates["estimate"]))
    assert 0 < model.dispersion < 1


@pytest.mark.parametrize("engine", ENGINES)
def test_an_aliased_term_is_missing_and_named(weeks, engine):
    model = fit("pain ~ mob + twice + stab + (1 | athlete)", weeks.assign(twice=2 * weeks["mob"]), engine=engine)
    assert model.aliased == ("twice",)
    assert model.estimates.set_index("term").loc["twice", ["estimate", "std_error", "p_value"]].isna().all()
    assert any("twice is an exact combination" in message for message in model.messages)
    plain = fit("pain ~ mob + stab + (1 | athlete)", weeks, engine=engine)
    assert_allclose(model.estimates["estimate"].dropna(), plain.estimates["estimate"], atol=1e-5)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_variance_of_zero_is_flagged_singular(weeks, engine):
    arbitrary = weeks.assign(arbitrary=np.random.default_rng(0).integers(0, 8, 1000))
    model = fit("pain ~ mob + (1 | athlete) + (1 | arbitrary)", arbitrary, engine=engine)
    assert model.singular
    assert model.converged


def test_messages_of_the_engine_name_the_users_terms_and_groups(weeks):
    model = fit("inj ~ mob + offset(off) + (1 + mob | athlete) + (1 | clinic)", weeks, "poisson")
    slope = fit("inj ~ mob*stab + hip + rom + load + age + sex + offset(off) + (1 + mob | athlete)", weeks, "poisson")
    assert any("Affected: mob in athlete" in message for message in slope.messages)
    assert not any("X_" in message or "G_" in message for message in (*model.messages, *slope.messages))


@pytest.mark.parametrize("engine", ENGINES)
def test_separation_is_no_result(weeks, engine):
    """Albert and Anderson 1984: no finite maximum if a predictor splits the outcomes."""
    model = fit("prob ~ split", weeks.assign(split=2.0 * weeks["prob"] - 1), "binomial", engine=engine)
    assert_is_no_result(model)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_outcome_explained_without_rest_is_no_result(weeks, engine):
    model = fit("y ~ mob + (1 | athlete)", weeks.assign(y=weeks["athlete"] + weeks["mob"]), engine=engine)
    assert_is_no_result(model)
    assert model.random_effects["sd"].isna().all()
    assert model.conditional_modes["value"].isna().all()


def assert_is_no_result(model):
    assert not model.converged
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "df"]
    assert model.estimates[numbers].isna().all(axis=None)
    assert np.isnan([model.loglik, model.aic, model.bic, model.dispersion]).all()
    assert model.fitted.isna().all()
    assert model.vcov.isna().all(axis=None)
    assert any("did not converge" in message for message in model.messages)
    assert tidy(model, "m")[numbers].isna().all(axis=None)


def test_statsmodels_says_how_its_optimisers_ended_and_that_it_tests_with_z(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks, engine="statsmodels")
    assert any(all(name in message for name in ("bfgs", "cg", "powell")) for message in model.messages)
    assert any("no Satterthwaite df" in message for message in model.messages)
    assert model.estimates["df"].isna().all()
    assert model.df_method == "z"


@pytest.mark.parametrize("family, outcome", [("gaussian", "pain"), ("poisson", "inj"), ("negativebinomial", "injnb")])
def test_models_without_random_terms_agree_between_engines(weeks, family, outcome):
    """SEs of the negative binomial differ by up to 2 %: statsmodels inverts the joint Hessian with the shape."""
    one, two = (fit(f"{outcome} ~ mob*stab + C(clinic)", weeks, family, offset="off", engine=e) for e in ENGINES)
    assert_allclose(one.estimates["estimate"], two.estimates["estimate"], atol=1e-4)
    assert_allclose(one.estimates["std_error"], two.estimates["std_error"], rtol=0.02 if "neg" in family else 1e-5)
    assert one.loglik == pytest.approx(two.loglik, abs=1e-4)
    assert one.aic == pytest.approx(two.aic, abs=1e-3)
    assert one.dispersion == pytest.approx(two.dispersion, rel=1e-3)
    assert one.n_groups == {}
    assert one.conditional_modes.empty


def test_tidy_gives_a_row_per_term_and_scale_with_counts_and_flags(weeks):
    table = tidy(fit("inj ~ mob + (1 | athlete)", weeks, "poisson", offset="off"), "injury")
    assert list(table.columns) == [
        "model", "term", "estimate", "std_error", "ci_low", "ci_high", "p_value", "df", "scale", "n_obs",
        "n_athletes", "converged", "singular",
    ]  # fmt: skip
    assert list(table["scale"]) == ["link", "link", "rate", "IRR"]
    assert set(table["model"]) == {"injury"}
    assert (table["n_athletes"] == 50).all()
    assert (table["n_obs"] == 1000).all()
    gaussian = tidy(fit("pain ~ mob", weeks), "pain")
    assert list(gaussian["scale"]) == ["mean", "difference"]
    assert gaussian["n_athletes"].isna().all()
    renamed = weeks.rename(columns={"athlete": "athlete_id"})
    assert (tidy(fit("pain ~ mob + (1 | athlete_id)", renamed), "pain")["n_athletes"] == 50).all()


def test_a_fit_is_frozen_and_short_to_print(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.loglik = 0.0
    assert "converged" in repr(model)
    assert len(repr(model)) < 200


def test_the_frame_is_left_as_it_was(weeks):
    before = weeks.copy(deep=True)
    fit("inj ~ mob + C(clinic) + (1 | athlete)", weeks, "poisson", offset="off")
    pd.testing.assert_frame_equal(weeks, before)


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_a_combination_that_glmm_takes_for_nearly_one_is_dropped(family):
    """With 1e5 rows glmm 0.6.2 lets `age` pass beside its own B-spline, with standard errors of 1e14."""
    rng = np.random.default_rng(0)
    n = 100_000
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "x": rng.normal(size=n), "athlete": np.repeat(range(5000), 20)})
    frame["y"] = rng.poisson(np.exp(-1 + 0.1 * frame["x"]))
    model = fit("y ~ x*age + bs(age, df=4) + (1 | athlete)", frame, family)
    assert model.converged and model.aliased == ("bs(age, df=4)4",)
    assert model.estimates["std_error"].max() < 1
    model = fit("y ~ x*age + bs(age, df=4) + (1 | athlete)", frame, family, reml=False)
    plain = fit("y ~ x + bs(age, df=4) + x:age + (1 | athlete)", frame, family, reml=False)
    assert model.loglik == pytest.approx(plain.loglik, abs=1e-4)
    assert np.isfinite(contrast(model, {"x": 1.0, "x:age": 40.0})["std_error"])
