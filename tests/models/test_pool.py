"""Rubin's rules: held against R's mice 3.15, closed forms and single fits (tests/reference/imputation/make_pool.R)."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import cluster_robust, contrast, fit
from analysis.models.impute import impute
from analysis.models.pool import POOLED_COLUMNS, fit_imputed, pooled_contrast, rubin

from .conftest import REFERENCE

MICE = json.loads((REFERENCE / "imputation" / "pool.json").read_text(encoding="utf-8"))
PAIN = "pain ~ mob + stab + (1 | athlete)"
KEY = {"athlete": "athlete", "week": "week", "expected": None}


@pytest.fixture(scope="module")
def gaps(weeks):
    """The reference panel with every fifth pain rating missing."""
    numbered = weeks.assign(week=weeks.groupby("athlete").cumcount())
    return numbered.assign(pain=numbered["pain"].mask(np.random.default_rng(1).uniform(size=len(weeks)) < 0.2))


@pytest.fixture(scope="module")
def imputed(gaps):
    return impute(PAIN, gaps, seed=4, m=5, iterations=3, **KEY)


@pytest.fixture(scope="module")
def pooled(imputed):
    return fit_imputed(PAIN, imputed)


@pytest.mark.parametrize("case", MICE["scalar"].values(), ids=MICE["scalar"])
def test_the_rules_equal_pool_scalar_of_mice(case):
    q, u = np.array(case["q"])[:, None], np.array(case["u"])[:, None]
    found = rubin(q, u, case.get("dfcom", np.inf))
    names = {"qbar": "estimate", "ubar": "within", "b": "between", "t": "total", "df": "df", "r": "riv", "fmi": "fmi"}
    for theirs, ours in names.items():
        assert found[ours].item() == pytest.approx(case["found"][theirs], rel=1e-10), ours


def test_pooled_linear_models_equal_pool_of_mice(imputed):
    table = pd.read_csv(REFERENCE / "imputation" / "frames.csv")
    frames = tuple(part.drop(columns="imputation") for _, part in table.groupby("imputation"))
    given = replace(imputed, frames=frames, columns=("y", "x1", "x2"), messages=())
    found = fit_imputed("y ~ x1 + x2", given)
    theirs, summary = MICE["pool"], MICE["summary"]
    assert found.estimates["term"].tolist() == theirs["term"]
    for name, number in {"estimate": "estimate", "df": "df", "fmi": "fmi"}.items():
        assert found.estimates[name].to_numpy() == pytest.approx(np.array(theirs[number]), rel=1e-8), name
    limits = {"std_error": "std.error", "p_value": "p.value", "ci_low": "X2.5..", "ci_high": "X97.5.."}
    for name, number in limits.items():
        assert found.estimates[name].to_numpy() == pytest.approx(np.array(summary[number]), rel=1e-8), name
    variances = {"within": "ubar", "between": "b", "total": "t", "riv": "riv", "lambda": "lambda"}
    for name, number in variances.items():
        assert found.variances[name].to_numpy() == pytest.approx(np.array(theirs[number]), rel=1e-8), name


def test_two_imputations_by_hand():
    """Q 1 and 3, U 1 and 2: Q̄ 2, U 1.5, B 2, T 1.5 + 1.5 · 2 = 4.5, λ = 2/3, with z df = 1 / λ² = 2.25."""
    found = {name: value.item() for name, value in rubin(np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]])).items()}
    assert [found[name] for name in ("estimate", "within", "between", "total")] == [2, 1.5, 2, 4.5]
    assert found["lambda"] == pytest.approx(2 / 3)
    assert found["df"] == pytest.approx(2.25)
    assert found["fmi"] == pytest.approx((2 + 2 / 5.25) / 3)
    assert found["relative_efficiency"] == pytest.approx(1 / (1 + found["fmi"] / 2))
    assert found["mc_error"] == 1


def test_nothing_missing_is_the_single_fit_with_no_missing_information(weeks):
    frame = weeks.assign(week=weeks.groupby("athlete").cumcount())
    single = fit(PAIN, frame)
    found = fit_imputed(PAIN, impute(PAIN, frame, seed=1, m=3, iterations=1, **KEY))
    assert (found.estimates["fmi"] == 0).all()
    for name in ["estimate", "std_error", "ci_low", "ci_high", "p_value", "df"]:
        assert found.estimates[name].to_numpy() == pytest.approx(single.estimates[name].to_numpy(), rel=1e-9), name
    counts = fit("inj ~ mob + (1 | athlete)", frame, "poisson", offset="off")
    options = {"family": "poisson", "offset": "off"}
    pooled = fit_imputed(
        "inj ~ mob + (1 | athlete)",
        impute("inj ~ mob + (1 | athlete)", frame, offset="off", seed=1, m=2, **KEY),
        **options,
    )
    assert pooled.estimates["df"].isna().all()  # z, as the single fit
    assert pooled.estimates["p_value"].to_numpy() == pytest.approx(counts.estimates["p_value"].to_numpy(), rel=1e-9)


def test_the_table_is_that_of_a_fit_with_fmi_and_rests_on_satterthwaites_df(pooled, imputed):
    assert list(pooled.estimates.columns) == POOLED_COLUMNS
    fits = [fit(PAIN, frame).estimates for frame in imputed.frames]
    df = np.mean([each["df"] for each in fits], axis=0)
    variance = np.array([each["std_error"] ** 2 for each in fits])
    expected = rubin(np.array([each["estimate"] for each in fits]), variance, df)
    assert pooled.estimates["df"].to_numpy() == pytest.approx(expected["df"], rel=1e-9)
    assert (pooled.estimates["df"] < df).all()
    half = stats.t(expected["df"]).ppf(0.975) * np.sqrt(expected["total"])
    assert (pooled.estimates["ci_high"] - pooled.estimates["estimate"]).to_numpy() == pytest.approx(half, rel=1e-9)
    assert pooled.converged
    assert "converged" in repr(pooled)
    wide = fit_imputed(PAIN, imputed, level=0.99).estimates
    assert (wide["ci_low"] < pooled.estimates["ci_low"]).all()


def test_a_contrast_of_one_term_is_its_row_and_of_two_their_pooled_difference(pooled):
    row = pooled.estimates.set_index("term").loc["mob"]
    found = pooled_contrast(pooled, {"mob": 2})
    assert found["estimate"] == pytest.approx(2 * row["estimate"])
    assert found["std_error"] == pytest.approx(2 * row["std_error"])
    assert found["p_value"] == pytest.approx(row["p_value"])
    assert found["fmi"] == pytest.approx(row["fmi"])
    each = [contrast(one, {"mob": 1, "stab": -1}) for one in pooled.fits]
    between = np.var([one["estimate"] for one in each], ddof=1)
    total = np.mean([one["std_error"] ** 2 for one in each]) + 1.2 * between
    assert pooled_contrast(pooled, {"mob": 1, "stab": -1})["std_error"] == pytest.approx(np.sqrt(total))
    with pytest.raises(HiprunError, match="expected terms of the model"):
        pooled_contrast(pooled, {"nothing": 1})


def test_cluster_robust_fits_are_pooled_with_their_own_errors(imputed):
    found = fit_imputed(PAIN, imputed, after=lambda model, frame: cluster_robust(model, frame, "athlete"))
    errors = [cluster_robust(fit(PAIN, frame), frame, "athlete").estimates["std_error"] for frame in imputed.frames]
    assert found.variances["within"].to_numpy() == pytest.approx(np.mean(np.square(errors), axis=0))
    assert any("CR2" in text and "5 of 5 fits" in text for text in found.messages)


def test_one_fit_that_did_not_converge_makes_it_no_result(imputed):
    failing = imputed.frames[2]

    def after(model, frame):
        return replace(model, converged=frame is not failing)

    found = fit_imputed(PAIN, imputed, after=after)
    assert not found.converged
    assert found.not_converged == (3,)
    assert found.estimates[["estimate", "std_error", "ci_low", "p_value", "df", "fmi"]].isna().all(axis=None)
    assert any("1 of 5 fits did not converge (imputations 3)" in text for text in found.messages)
    assert np.isnan(pooled_contrast(found, {"mob": 1})["estimate"])
    assert "NOT CONVERGED" in repr(found)


def test_a_term_that_is_dropped_has_no_pooled_estimate(gaps, weeks):
    frame = gaps.assign(twice=2 * gaps["mob"])
    formula = "pain ~ mob + twice + (1 | athlete)"
    found = fit_imputed(formula, impute(formula, frame, seed=1, m=2, iterations=1, **KEY)).estimates.set_index("term")
    assert found["estimate"].isna().tolist() == [False, False, True]


def test_it_says_what_did_not_stand_in_the_imputers_and_that_m_is_small(imputed):
    found = fit_imputed("pain ~ mob + age + (1 | athlete)", imputed)
    assert any("age did not stand in the imputers" in text for text in found.messages)
    assert any("advise m of" in text for text in found.messages)
