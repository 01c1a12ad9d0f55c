"""Cluster-robust (CR2) tests of models that are not gaussian: against R's clubSandwich and a known truth."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose

from analysis.errors import HiprunError
from analysis.models import cluster_robust, contrast, fit, robust
from analysis.models.design import build
from analysis.models.families import FAMILIES
from analysis.models.rebuild import formula_of

from .conftest import REFERENCE

CLUB_SANDWICH = json.loads((REFERENCE / "athlete_weeks_1k.robust_glm.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows(weeks):
    return weeks.assign(hurt=np.exp(weeks["pain"] / 5), w=1.0 + weeks["week"] % 3)


def _fitted(reference, frame):
    given = {"offset": reference.get("offset"), "weights": reference.get("weights")}
    return fit(reference["formula"].replace("(1|athlete)", "(1 | athlete)"), frame, reference["family"], **given)


def _close(found, reference, rel):
    assert list(found.estimates["term"]) == CLUB_SANDWICH["term"]
    for name in ["std_error", "df"]:
        assert found.estimates[name].to_numpy() == pytest.approx(np.array(reference[name]), rel=rel), name
    expected = np.array(reference["vcov"])
    assert found.vcov.to_numpy() == pytest.approx(expected, rel=rel, abs=rel * np.abs(expected).max())


@pytest.mark.parametrize("key", CLUB_SANDWICH["plain"])
def test_without_random_effects_errors_and_df_equal_clubsandwich_0_5_8_on_glm(rows, key):
    """vcovCR(glm, type = "CR2"), coef_test "Satterthwaite"; tests/reference/make_robust_glm_reference.R."""
    reference = CLUB_SANDWICH["plain"][key]
    _close(cluster_robust(_fitted(reference, rows), rows, reference["cluster"]), reference, rel=1e-6)


def _at_the_estimates_of(reference, model, frame):
    """The fit with the estimates, variance and conditional modes of R's penalised quasi-likelihood."""
    design = build(formula_of(model), frame, FAMILIES[model.family]).design
    modes = dict(zip(reference["level"], reference["mode"], strict=True))
    found = model.conditional_modes["level"].map(modes)
    eta = design.x @ np.array(reference["estimate"]) + found.to_numpy()[design.random[0].codes]
    return replace(
        model,
        estimates=model.estimates.assign(estimate=reference["estimate"]),
        random_vcov=(model.random_vcov[0] * 0 + reference["variance"],),
        conditional_modes=model.conditional_modes.assign(value=found),
        fitted=model.fitted * 0 + design.family.mean(eta if design.offset is None else eta + design.offset),
    )


@pytest.mark.parametrize("key", CLUB_SANDWICH["mixed"])
def test_with_random_effects_they_equal_clubsandwich_on_the_working_linear_mixed_model(rows, key):
    """clubSandwich has no method for glmer: R gave it the last working model of penalised quasi-likelihood, by nlme."""
    reference = CLUB_SANDWICH["mixed"][key]
    model = _at_the_estimates_of(reference, _fitted(reference, rows), rows)
    _close(cluster_robust(model, rows, reference["cluster"]), reference, rel=1e-8)


@pytest.mark.parametrize(("family", "outcome"), [("poisson", "inj"), ("binomial", "prob")])
def test_with_one_row_a_cluster_it_is_hc2(rows, family, outcome):
    """Of MacKinnon and White 1985, with the hat values of a GLM: (Y - μ)² / (1 - h) in the sandwich, by statsmodels."""
    frame = rows.assign(row=np.arange(len(rows)))
    found = cluster_robust(fit(f"{outcome} ~ mob + hip", frame, family), frame, "row")
    model = getattr(smf, {"poisson": "poisson", "binomial": "logit"}[family])(f"{outcome} ~ mob + hip", frame).fit(
        disp=0
    )
    x, mean = model.model.exog, model.predict()
    variance = mean if family == "poisson" else mean * (1 - mean)
    bread = np.linalg.inv(x.T @ (x * variance[:, None]))
    leverage = np.einsum("ni,ij,nj->n", x, bread, x) * variance
    meat = x.T @ (x * ((frame[outcome] - mean) ** 2 / (1 - leverage)).to_numpy()[:, None])
    assert found.vcov.to_numpy() == pytest.approx(bread @ meat @ bread, rel=1e-5)


def test_a_variance_of_zero_leaves_the_model_without_random_effects(rows):
    """Every athlete has six events, so the search ends at 0: one and the same linearised model."""
    shuffled = rows.sample(frac=1, random_state=4)
    frame = rows.assign(even=(shuffled.groupby("athlete").cumcount() < 6).astype(int))
    mixed = fit("even ~ mob + sex + (1 | athlete)", frame, "poisson")
    assert mixed.singular
    plain = cluster_robust(fit("even ~ mob + sex", frame, "poisson"), frame, "athlete")
    found = cluster_robust(mixed, frame, "athlete")
    for name in ["std_error", "df"]:
        assert found.estimates[name].to_numpy() == pytest.approx(plain.estimates[name].to_numpy(), rel=1e-4), name


def test_rows_of_next_to_no_exposure_change_nothing(rows):
    """Offsets over nine orders of magnitude, without an event in the smallest."""
    frame = rows.assign(tiny=rows["off"] - np.where(rows.index % 10 == 0, 20.0, 0.0))
    frame.loc[rows.index % 10 == 0, "inj"] = 0
    left = frame[rows.index % 10 != 0]
    formula = "inj ~ mob + sex + (1 | athlete)"
    found = cluster_robust(fit(formula, frame, "poisson", offset="tiny"), frame, "athlete").estimates
    without = cluster_robust(fit(formula, left, "poisson", offset="tiny"), left, "athlete").estimates
    for name in ["std_error", "df"]:
        assert found[name].to_numpy() == pytest.approx(without[name].to_numpy(), rel=1e-4), name


def _drifting_answers(rng, truth):
    """40 athletes × 20 weeks: a yes/no outcome whose log odds drift (AR(1), 0.9), and a dose as smooth."""

    def drift(size):
        walk = rng.normal(size=(40, 20))
        for week in range(1, 20):
            walk[:, week] = 0.9 * walk[:, week - 1] + np.sqrt(1 - 0.81) * walk[:, week]
        return size * walk

    dose = drift(1.0)
    chance = 1 / (1 + np.exp(1.0 - truth * dose - rng.normal(size=(40, 1)) - drift(1.5)))
    answer = (rng.random((40, 20)) < chance).astype(int)
    return pd.DataFrame({"athlete": np.repeat(range(40), 20), "dose": dose.ravel(), "ill": answer.ravel()})


def test_under_the_null_drifting_answers_are_called_at_the_stated_rate_where_the_model_calls_too_many():
    """200 cohorts without an effect; Monte Carlo standard error of 5 %: 1.5 %."""
    rng, called = np.random.default_rng(31), []
    for _ in range(200):
        frame = _drifting_answers(rng, 0.0)
        plain = fit("ill ~ dose + (1 | athlete)", frame, "binomial")
        called.append([m.estimates["p_value"][1] < 0.05 for m in (plain, cluster_robust(plain, frame, "athlete"))])
    model_based, robust = np.mean(called, axis=0)
    assert model_based > 0.10
    assert 0.01 < robust < 0.09


def test_where_the_linear_model_is_no_likeness_the_terms_are_named(rows):
    """13 events in 1500 rows and a random effect of SD 1.9: known to be too much for linearising (Breslow and Lin 1995,
    Biometrika 82:81)."""
    rare = pd.read_csv(REFERENCE / "more" / "rare.csv")
    found = cluster_robust(fit("event ~ mob + stab + (1 | athlete)", rare, "binomial"), rare, "athlete")
    assert any("surer than the model itself of (Intercept): for these" in text for text in found.messages)
    common = cluster_robust(fit("inj ~ mob + (1 | athlete)", rows, "poisson"), rows, "athlete")
    assert not any("linear model near" in text for text in common.messages)


def test_tests_are_by_t_and_ratios_and_contrasts_follow(rows):
    model = fit("inj ~ mob + stab + (1 | athlete)", rows, "poisson", offset="off")
    found = cluster_robust(model, rows, "athlete")
    assert found.df_method == "Satterthwaite, CR2 by athlete" and model.df_method == "z"
    row, ratio = found.estimates.iloc[1], found.response_estimates.iloc[1]
    assert ratio["ci_high"] == pytest.approx(np.exp(row["ci_high"])) and ratio["scale"] == "IRR"
    assert contrast(found, {"mob": 2})["df"] == pytest.approx(row["df"])
    assert found.loglik == model.loglik and found.random_effects is model.random_effects


@pytest.mark.parametrize("formula", ["inj ~ mob + (1 | athlete)", "inj ~ mob", "prob ~ mob + (1 + mob | athlete)"])
def test_another_outcome_than_the_fitted_one_is_refused(rows, formula):
    """Fitted values do not tell it; the equations that the estimates or conditional modes solve do."""
    outcome = formula[: formula.index(" ")]
    model = fit(formula, rows, {"inj": "poisson", "prob": "binomial"}[outcome])
    assert cluster_robust(model, rows, "athlete").converged
    other = rows.copy()
    other.loc[3, outcome] = 1 - min(other.loc[3, outcome], 1)
    with pytest.raises(HiprunError, match="the outcome in this frame asks for estimates"):
        cluster_robust(model, other, "athlete")


def test_population_averaged_models_are_refused(rows):
    by_gee = replace(fit("inj ~ mob", rows, "poisson"), engine="gee")
    with pytest.raises(HiprunError, match="cluster-robust already"):
        cluster_robust(by_gee, rows, "athlete")


def test_clusters_of_many_rows_are_worked_out_on_the_pearson_scale(weeks, monkeypatch):
    """The same estimating equations with another small-sample adjustment: standard errors within 6 %, df within 2 %."""
    model = fit("inj ~ mob + stab + offset(off) + (1 | athlete)", weeks, "poisson")
    exact = cluster_robust(model, weeks, "athlete").estimates
    monkeypatch.setattr(robust, "_MANY_ROWS", 10)
    scaled = cluster_robust(model, weeks, "athlete").estimates
    assert (scaled["std_error"] != exact["std_error"]).all()
    assert_allclose(scaled["std_error"], exact["std_error"], rtol=0.06)
    assert_allclose(scaled["df"], exact["df"], rtol=0.02)


def test_ten_clinics_of_two_thousand_rows_take_no_minutes():
    """Row by row the adjustment would need a 2000 × 2000 root for each; here it stays close to a plain sandwich."""
    rng = np.random.default_rng(1)
    clinic = np.repeat(np.arange(10), 2000)
    frame = pd.DataFrame({"x": rng.normal(size=20_000), "clinic": clinic})
    frame["y"] = rng.poisson(np.exp(-1 + 0.1 * frame["x"] + rng.normal(0, 0.3, 10)[clinic]))
    found = cluster_robust(fit("y ~ x", frame, "poisson"), frame, "clinic").estimates
    x = np.column_stack([np.ones(20_000), frame["x"]])
    mean = np.exp(x @ found["estimate"].to_numpy())
    bread = np.linalg.inv(x.T @ (mean[:, None] * x))
    scores = np.array([x[clinic == c].T @ (frame["y"].to_numpy() - mean)[clinic == c] for c in range(10)])
    plain = np.sqrt(np.diag(bread @ scores.T @ scores @ bread))
    # CR0 is too small by about √(9/10); CR2 mends that.
    assert (found["std_error"] / plain).between(1.0, 1.25).all()
