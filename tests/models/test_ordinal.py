"""The ordinal check: held against R's polr, clm and clmm, statsmodels and a known truth."""

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.errors import HiprunError
from analysis.models.ordinal import fit_ordinal

from .conftest import REFERENCE

R = json.loads((REFERENCE / "ordinal" / "ordinal.fits.json").read_text(encoding="utf-8"))["fits"]


def _frame(name="athlete_weeks_1k"):
    """A reference table with the ratings of tests/reference/ordinal/make_ordinal.R."""
    frame = pd.read_csv(REFERENCE / f"{name}.csv")
    rating = frame["pain"].round().clip(0, 10)
    return frame.assign(pain10=rating, pain3=np.searchsorted([2, 4], frame["pain"], side="right"))


@pytest.mark.parametrize("key", R)
def test_estimates_cuts_and_bias_reduced_covariance_equal_r(key):
    """ordinal::clm 2022.11-16 (agreed with MASS::polr) and Mancl and DeRouen's eq. 4 in full; make_ordinal.R."""
    expected = R[key]
    found = fit_ordinal(f"{expected['outcome']} ~ {expected['terms']} + (1 | athlete)", _frame(expected["data"]))
    assert found.converged
    assert list(found.estimates["term"]) == expected["term"]
    assert found.estimates["estimate"].to_numpy() == pytest.approx(np.array(expected["estimate"]), rel=1e-7)
    assert found.vcov.to_numpy() == pytest.approx(np.array(expected["bias_reduced"]), rel=1e-7)
    # R's cuts are of P(y <= c)
    assert found.thresholds["estimate"].to_numpy() == pytest.approx(-np.array(expected["threshold"]), rel=1e-7)
    assert found.estimates["estimate"].to_numpy() == pytest.approx(np.array(expected["polr"]), rel=1e-5)


def test_estimates_are_those_of_statsmodels_ordered_model():
    frame = _frame()
    model = OrderedModel(frame["pain3"], frame[["mob", "hip"]], distr="logit")
    expected = model.fit(method="bfgs", gtol=1e-8, disp=False)
    found = fit_ordinal("pain3 ~ mob + hip + (1 | athlete)", frame)
    assert found.estimates["estimate"].to_numpy() == pytest.approx(expected.params.to_numpy()[:2], rel=1e-4)


def test_the_mixed_model_of_r_has_the_same_signs_and_is_further_from_0():
    """ordinal::clmm, random intercept: subject-specific, so larger by definition (here by 16 to 50 %; `stab` is all
    but 0 in both)."""
    expected = R["pain_0_10"]
    averaged, specific = np.array(expected["estimate"]), np.array(expected["clmm"]["estimate"])
    found = fit_ordinal(f"pain10 ~ {expected['terms']} + (1 | athlete)", _frame()).estimates["estimate"].to_numpy()
    assert (np.sign(found) == np.sign(specific)).all()
    assert (np.abs(found) < np.abs(specific)).all()
    assert found == pytest.approx(averaged)


def _cohort(rng, slope, athletes=30, weeks=10):
    """Ratings of 0 to 3 cut from a logistic latent pain with an athlete's own level; a dose that drifts."""
    steps = rng.normal(size=(athletes, weeks))
    for week in range(1, weeks):
        steps[:, week] = 0.8 * steps[:, week - 1] + 0.6 * steps[:, week]
    latent = slope * steps + rng.normal(size=(athletes, 1)) + rng.logistic(size=steps.shape)
    rating = np.searchsorted([-1, 0.5, 2], latent)
    athlete = np.repeat(np.arange(athletes), weeks)
    return pd.DataFrame({"athlete": athlete, "dose": steps.ravel(), "pain": rating.ravel()})


def test_under_the_null_about_5_percent_are_called():
    """100 cohorts of 30 athletes; Monte Carlo standard error 2.2 %."""
    rng = np.random.default_rng(5)
    found = [fit_ordinal("pain ~ dose + (1 | athlete)", _cohort(rng, 0.0)) for _ in range(100)]
    assert all(one.converged for one in found)
    called = np.mean([one.estimates["p_value"][0] < 0.05 for one in found])
    assert called < 0.12


def test_a_true_effect_is_found_where_rows_are_independent():
    rng = np.random.default_rng(6)
    dose = rng.normal(size=4000)
    pain = np.searchsorted([-1, 0, 1.5], 0.7 * dose + rng.logistic(size=4000))
    frame = pd.DataFrame({"athlete": np.arange(4000) // 2, "dose": dose, "pain": pain})
    row = fit_ordinal("pain ~ dose + (1 | athlete)", frame).estimates.iloc[0]
    assert abs(row["estimate"] - 0.7) < 3 * row["std_error"]
    assert row["std_error"] < 0.05


def test_only_the_order_of_the_categories_counts():
    frame = _frame()
    steps = frame.assign(pain3=frame["pain3"].map({0: -5.0, 1: 0.1, 2: 900.0}))
    one, other = (fit_ordinal("pain3 ~ mob + (1 | athlete)", data) for data in (frame, steps))
    pd.testing.assert_frame_equal(one.estimates, other.estimates)
    assert other.thresholds["above"].tolist() == [-5.0, 0.1]
    assert list(other.categories) == [-5.0, 0.1, 900.0]


def test_odds_ratios_tests_and_what_is_told():
    frame = _frame()
    frame.loc[:9, "mob"] = np.nan
    found = fit_ordinal("pain3 ~ mob + hip + (1 | athlete)", frame, level=0.9)
    row, ratio = found.estimates.iloc[0], found.odds_ratios.iloc[0]
    assert ratio["estimate"] == pytest.approx(np.exp(row["estimate"]))
    assert ratio["ci_low"] == pytest.approx(np.exp(row["ci_low"]))
    assert ratio["std_error"] == pytest.approx(ratio["estimate"] * row["std_error"])
    assert ratio["scale"] == "OR" and ratio["p_value"] == row["p_value"]
    assert row["df"] == 50 - 2
    assert (found.n_obs, found.n_clusters, found.n_dropped, found.dropped) == (990, 50, 10, {"mob": 10})
    assert found.df_method == "clusters - terms, Mancl-DeRouen by athlete"
    assert "nearer 1 than in a mixed model" in found.messages[0]


def test_aliased_terms_are_missing_and_named():
    frame = _frame().assign(twice=lambda d: 2 * d["mob"])
    found = fit_ordinal("pain3 ~ mob + twice + (1 | athlete)", frame)
    assert found.estimates["estimate"].isna().tolist() == [False, True]
    assert any("twice is an exact combination" in text for text in found.messages)
    alone = fit_ordinal("pain3 ~ mob + (1 | athlete)", frame)
    assert found.estimates["p_value"][0] == pytest.approx(alone.estimates["p_value"][0])


def test_a_term_that_rests_on_one_athlete_has_no_robust_error():
    frame = _frame().assign(one=lambda d: (d["athlete"] == 7).astype(int))
    found = fit_ordinal("pain3 ~ mob + one + (1 | athlete)", frame)
    assert found.estimates["std_error"].isna().tolist() == [False, True]
    assert any("one rests, wholly or in part, on a single athlete" in text for text in found.messages)


def test_separation_is_no_result_and_is_named():
    frame = _frame().assign(mark=lambda d: ((d["pain3"] == 2) & (d.index % 2 == 0)).astype(int))
    found = fit_ordinal("pain3 ~ mark + mob + (1 | athlete)", frame)
    assert not found.converged
    assert found.estimates["estimate"].isna().all() and found.thresholds["estimate"].isna().all()
    assert "separates the outcome" in found.messages[0]


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("pain3 ~ mob", "found no random term"),
        ("pain3 ~ mob + (1 + mob | athlete)", "expected exactly one random intercept"),
        ("pain3 ~ mob + (1 | clinic) + (1 | athlete)", "of nested groups the largest"),
        ("pain3 ~ 0 + mob + (1 | athlete)", "must have an intercept"),
        ("pain3 ~ 1 + (1 | athlete)", "another term"),
        ("pain3 ~ mob + offset(off) + (1 | athlete)", "no offset"),
        ("pain ~ mob + (1 | athlete)", "1000 different values, expected 3 to 21"),
        ("prob ~ mob + (1 | athlete)", r"2 different values.*family='binomial'"),
        ("pain3 ~ mob + stab + hip + rom + (1 | clinic)", "found 4 levels of 'clinic' for 4 terms"),
    ],
)
def test_models_it_cannot_do_are_refused_with_the_way_out(formula, said):
    with pytest.raises(HiprunError, match=said):
        fit_ordinal(formula, _frame())
