"""Predictions equal statsmodels' where it has them, and closed forms where there is one."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from numpy.testing import assert_allclose
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import cluster_robust, contrast, fit
from analysis.models.predict import predict


@pytest.fixture(scope="module")
def gaps(weeks) -> pd.DataFrame:
    """The reference weeks with every 50th mob missing and a categorical clinic."""
    frame = weeks.assign(site=[f"c:{clinic}[" for clinic in weeks["clinic"]], male=weeks["sex"] > 0)
    frame.loc[::50, "mob"] = np.nan
    return frame


@pytest.mark.parametrize("engine", ["glmm", "statsmodels"])
@pytest.mark.parametrize("family", ["poisson", "binomial"])
def test_glm_predictions_and_intervals_equal_statsmodels_get_prediction(weeks, engine, family):
    old, new = weeks.iloc[:600], weeks.iloc[600:700]
    outcome = {"poisson": "inj", "binomial": "prob"}[family]
    formula = f"{outcome} ~ mob * stab + C(clinic)"
    kind = sm.families.Poisson() if family == "poisson" else sm.families.Binomial()
    glm = smf.glm(formula, old, family=kind).fit(tol=1e-12)
    expected = glm.get_prediction(new).summary_frame(alpha=0.1)
    model = fit(formula, old, family, engine=engine)
    found = predict(model, new, fitted_on=old, level=0.9)
    assert_allclose(found["estimate"], expected["mean"], rtol=1e-5)
    assert_allclose(found["ci_low"], expected["mean_ci_lower"], rtol=1e-4)
    assert_allclose(found["ci_high"], expected["mean_ci_upper"], rtol=1e-4)
    assert_allclose(found[["new_low", "new_high"]], found[["ci_low", "ci_high"]])
    assert found.index.equals(new.index)


def test_linear_predictions_use_t_as_statsmodels_ols_does(weeks):
    old, new = weeks.iloc[:12], weeks.iloc[600:650]
    expected = smf.ols("pain ~ mob + stab", old).fit().get_prediction(new).summary_frame()
    found = predict(fit("pain ~ mob + stab", old), new, fitted_on=old)
    assert_allclose(found["estimate"], expected["mean"])
    assert_allclose(found["std_error"], expected["mean_se"])
    assert_allclose(found[["ci_low", "ci_high"]], expected[["mean_ci_lower", "mean_ci_upper"]])


def test_a_balanced_intercept_only_mixed_model_gives_the_grand_mean_and_the_anova_interval():
    """Searle, Casella and McCulloch 1992, 3.3 and 3.6: var(mean) = MSA/(an), df a - 1, σ²_a = (MSA - MSE)/n."""
    rng = np.random.default_rng(4)
    groups, each = 12, 6
    y = 10 + np.repeat(rng.normal(0, 2, groups), each) + rng.normal(0, 1, groups * each)
    table = y.reshape(groups, each)
    msa, mse = each * table.mean(axis=1).var(ddof=1), table.var(axis=1, ddof=1).mean()
    frame = pd.DataFrame({"y": y, "g": np.repeat(np.arange(groups), each)})
    model = fit("y ~ 1 + (1 | g)", frame)
    row = predict(model, pd.DataFrame(index=["anyone"]), fitted_on=frame).loc["anyone"]
    t = stats.t(groups - 1).ppf(0.975)
    variance = msa / (groups * each)
    assert row["estimate"] == pytest.approx(y.mean())
    assert row["std_error"] == pytest.approx(np.sqrt(variance), rel=1e-4)
    assert row["ci_high"] == pytest.approx(y.mean() + t * np.sqrt(variance), rel=1e-4)
    assert row["new_low"] == pytest.approx(y.mean() - t * np.sqrt(variance + (msa - mse) / each), rel=1e-4)
    # The conditional mode is the group's deviation shrunk by 1 - MSE/MSA (Searle et al. 1992, 3.4).
    known = predict(model, pd.DataFrame({"g": [3, 3]}), fitted_on=frame, athletes="known")
    assert_allclose(known["estimate"], y.mean() + (1 - mse / msa) * (table[3].mean() - y.mean()), rtol=1e-4)


CASES = {
    "slope, spline, levels": (
        "pain ~ scale(mob)*site + bs(age, df=4) + male + (1 + scale(mob) | athlete)",
        "gaussian",
        {},
    ),
    "aliased": ("pain ~ mob + C(clinic) + site + (1 | athlete)", "gaussian", {}),
    "two offsets": ("inj ~ mob + offset(log(load + 9)) + (1 + mob | athlete)", "poisson", {"offset": "off"}),
    "nested": ("prob ~ poly(mob, 2) + (1 | clinic/athlete)", "binomial", {}),
    "crossed": ("pain ~ mob + (1 | athlete) + (1 | week)", "gaussian", {}),
    "text groups": ("injnb ~ mob + (1 | site)", "negativebinomial", {}),
    "statsmodels": ("pain ~ mob + (1 + mob | athlete)", "gaussian", {"engine": "statsmodels"}),
    "no groups": ("injnb ~ cr(mob, df=4)", "negativebinomial", {"engine": "statsmodels"}),
}


@pytest.mark.parametrize("name", CASES)
def test_known_athletes_in_the_fitted_rows_get_the_fitted_values_and_gaps_stay_missing(gaps, name):
    formula, family, options = CASES[name]
    model = fit(formula, gaps, family, **options)
    found = predict(model, gaps, fitted_on=gaps, athletes="known")
    assert found.index.equals(gaps.index)
    assert_allclose(found["estimate"][model.fitted.index], model.fitted, rtol=1e-8)
    assert found.isna().all(axis=1).equals(gaps["mob"].isna())
    link = predict(model, gaps, fitted_on=gaps, athletes="known", scale="link")
    inverse = {"identity": lambda v: v, "log": np.exp, "logit": lambda v: 1 / (1 + np.exp(-v))}[model.link]
    for column in ["estimate", "ci_low", "ci_high"]:
        assert_allclose(inverse(link[column]), found[column], rtol=1e-10)
    assert_allclose(link["std_error"], found["std_error"])


@pytest.mark.parametrize("name", ["slope, spline, levels", "two offsets"])
def test_a_row_is_predicted_alike_alone_and_among_others(gaps, name):
    """Knots, means and levels are those of the fit, not of the rows that are asked for."""
    formula, family, options = CASES[name]
    model = fit(formula, gaps, family, **options)
    arguments = {"fitted_on": gaps}
    whole = predict(model, gaps, **arguments)
    for rows in ([7], [999, 3, 3], list(range(20, 60))):
        pd.testing.assert_frame_equal(predict(model, gaps.loc[rows], **arguments), whole.loc[rows], rtol=1e-9)


def test_the_interval_is_that_of_the_contrast_with_its_own_df(weeks):
    model = fit("pain ~ mob + (1 + mob | athlete)", weeks)
    robust = cluster_robust(model, weeks, "athlete")
    for one in (model, robust):
        row = predict(one, pd.DataFrame({"mob": [2.5]}), fitted_on=weeks).iloc[0]
        expected = contrast(one, {"(Intercept)": 1, "mob": 2.5})
        assert_allclose(row[["estimate", "std_error", "ci_low", "ci_high"]], expected.iloc[:4].to_numpy(float))
    g = model.random_vcov[0].to_numpy()
    z, half = np.array([1, 2.5]), contrast(model, {"(Intercept)": 1, "mob": 2.5})
    t = stats.t(half["df"]).ppf(0.975)
    new = predict(model, pd.DataFrame({"mob": [2.5]}), fitted_on=weeks).iloc[0]
    assert new["new_high"] - new["estimate"] == pytest.approx(t * np.sqrt(half["std_error"] ** 2 + z @ g @ z))


def test_new_athletes_fall_into_their_interval_nineteen_times_in_twenty():
    """40 cohorts of 25 athletes × 8 weeks, then 50 new athletes each: 95 % ± 3 Monte-Carlo errors between cohorts."""
    rng = np.random.default_rng(7)
    athlete = np.repeat(np.arange(25), 8)
    inside = []
    for _ in range(40):
        x = rng.normal(size=200)
        y = 3 + 0.5 * x + rng.normal(0, 1.2, 25)[athlete] + rng.normal(size=200)
        frame = pd.DataFrame({"y": y, "x": x, "athlete": athlete})
        row = predict(fit("y ~ x + (1 | athlete)", frame), pd.DataFrame({"x": [1.0]}), fitted_on=frame).iloc[0]
        truth = 3.5 + rng.normal(0, 1.2, 50)
        inside.append(np.mean((row["new_low"] < truth) & (truth < row["new_high"])))
    assert abs(np.mean(inside) - 0.95) < 3 * np.std(inside) / np.sqrt(40)


def test_a_row_in_which_aliased_terms_come_apart_has_no_prediction(weeks):
    """R's predict(rankdeficient = "NA"): only estimable rows (Searle 1971, Linear Models, ch. 5)."""
    old = weeks.assign(twice=2 * weeks["mob"])
    model = fit("pain ~ mob + twice", old)
    assert model.aliased
    rows = predict(model, pd.DataFrame({"mob": [1.0, 1.0], "twice": [2.0, 2.1]}), fitted_on=old)
    assert rows["estimate"].notna().tolist() == [True, False]
    plain = predict(fit("pain ~ mob", old), pd.DataFrame({"mob": [1.0]}), fitted_on=old)
    assert_allclose(rows.iloc[:1], plain)


def test_known_groups_are_found_whatever_the_type_their_numbers_came_in(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    whole = predict(model, weeks.head(4), fitted_on=weeks, athletes="known")
    gap = weeks.head(4).assign(athlete=[np.nan, *weeks["athlete"].iloc[1:4]])
    found = predict(model, gap, fitted_on=weeks, athletes="known")
    assert found.iloc[0].isna().all()
    pd.testing.assert_frame_equal(found.iloc[1:], whole.iloc[1:])
    nullable = predict(model, weeks.head(4).astype({"athlete": "Int64"}), fitted_on=weeks, athletes="known")
    pd.testing.assert_frame_equal(nullable, whole)


def test_a_fit_that_did_not_converge_and_rows_without_values_predict_nothing(weeks):
    separated = pd.DataFrame({"y": [0] * 20 + [1] * 20, "x": np.arange(40.0)})
    model = fit("y ~ x", separated, "binomial")
    assert not model.converged
    assert predict(model, separated, fitted_on=separated).isna().all(axis=None)
    good = fit("pain ~ mob", weeks)
    empty = predict(good, weeks.head(3).assign(mob=np.nan), fitted_on=weeks)
    assert empty.shape == (3, 6) and empty.isna().all(axis=None)
    assert predict(good, weeks.head(0), fitted_on=weeks).shape == (0, 6)


@pytest.mark.parametrize(
    "changes, options, message",
    [
        ({}, {"scale": "odds"}, "scale: found 'odds', expected one of response, link"),
        ({}, {"athletes": "all"}, "athletes: found 'all', expected one of known, new"),
        ({}, {"level": 95}, "level: found 95"),
        ({"site": "c:9["}, {}, r"column 'site' holds c:9\[, expected levels of the fit: c:0"),
        ({"site": 3}, {}, "column 'site' holds numbers, expected levels"),
        ({"mob": "high"}, {}, "column 'mob' holds levels, expected numbers"),
        ({"mob": np.inf}, {}, "column 'mob': 5 of 5 values are infinite"),
        ({"age": 1000.0}, {}, r"cannot compute .*bs\(age, df=4\).* for the new rows: .*bounds"),
        ({"clinic": 77}, {}, r"cannot compute .*C\(clinic\).* for the new rows: .*outside of the nominated levels"),
        ({"load": -9.0}, {}, r"log\(load \+ 9\).* not a finite number in 5 of 5"),
        ({"athlete": 777}, {"athletes": "known"}, "the fit has not seen athlete 777; .* athletes='new'"),
        (["mob"], {}, "the frame has 0 columns 'mob', expected one"),
        (["athlete"], {"athletes": "known"}, "the frame has 0 columns 'athlete', expected one"),
    ],
)
def test_what_cannot_be_predicted_is_said_in_words(gaps, changes, options, message):
    formula = "pain ~ mob + site + bs(age, df=4) + C(clinic) + log(load + 9) + (1 | athlete)"
    old = gaps.assign(load=gaps["load"] - gaps["load"].min())
    new = old.iloc[1:6]
    new = new.drop(columns=changes) if isinstance(changes, list) else new.assign(**changes)
    with pytest.raises(HiprunError, match=message):
        predict(fit(formula, old), new, fitted_on=old, **options)


def test_another_frame_than_the_fitted_one_is_refused(weeks):
    model = fit("inj ~ mob + (1 | athlete)", weeks, "poisson", offset="off")
    assert len(predict(model, weeks.head(2), fitted_on=weeks)) == 2
    for frame in (weeks.assign(off=0.0), weeks.iloc[1:], weeks.assign(mob=weeks["mob"] + 0.01)):
        with pytest.raises(HiprunError, match="expected the very"):
            predict(model, weeks.head(2), fitted_on=frame)
    with pytest.raises(HiprunError, match="predict: found data of type dict"):
        predict(model, {"mob": [1]}, fitted_on=weeks)
