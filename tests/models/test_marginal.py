"""Marginal effects equal R's emmeans, statsmodels, closed forms, and the truth of simulated athletes."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import expit

from analysis.errors import HiprunError
from analysis.models import cluster_robust, contrast, fit, predict
from analysis.models.marginal import comparison, curve, marginal_effect
from analysis.models.marginal_rows import expected
from tests.models.conftest import REFERENCE

# Numbers by make_marginal.R: emmeans on lme4 and glm fits; averages by R's integrate() and numDeriv.
R = json.loads((REFERENCE / "marginal" / "marginal.json").read_text(encoding="utf-8"))
LMM = "pain ~ mob*stab + bs(age, df=4) + site + (1 + mob | athlete)"
TESTED = ["estimate", "std_error", "ci_low", "ci_high", "df"]


@pytest.fixture(scope="module")
def frame(weeks) -> pd.DataFrame:
    return weeks.assign(site=[f"c{clinic}" for clinic in weeks["clinic"]])


@pytest.fixture(scope="module")
def lmm(frame):
    return fit(LMM, frame)


@pytest.fixture(scope="module")
def counts(frame):
    return fit("inj ~ mob*stab + age + sex", frame, "poisson", offset="off")


@pytest.fixture(scope="module")
def slopes(frame):
    return fit("inj ~ mob*stab + age + (1 + mob | athlete)", frame, "poisson", offset="off")


def _scale(table: pd.DataFrame, scale: str) -> pd.DataFrame:
    return table[table["scale"] == scale].reset_index(drop=True)


def test_linear_mixed_effects_and_their_satterthwaite_df_equal_emmeans(lmm, frame):
    """A spline of age and levels of site are averaged over, mob × stab is not."""
    at = {"age": [-0.5, 1], "stab": [0, 1]}
    found = comparison(lmm, frame, {"mob": 1}, {"mob": 0}, at=at)
    reference = pd.DataFrame(R["lmm_change"])
    assert_allclose(found[[*at, *TESTED]], reference[[*at, *TESTED]], rtol=1e-5)
    assert_allclose(found["p_value"], reference["p_value"], rtol=1e-4)
    assert (found["scale"] == "difference").all()
    split = comparison(lmm, frame, {"mob": 0.5, "stab": 0.5}, {"mob": 1, "stab": 0}, at={"age": 0})
    assert_allclose(split[TESTED], pd.DataFrame(R["lmm_split"])[TESTED], rtol=1e-5)
    assert split["label"].item() == "mob 0.5, stab 0.5 against mob 1, stab 0 at age 0"
    levels = comparison(lmm, frame, {"site": "c3"}, {"site": "c0"})
    assert_allclose(levels[TESTED], pd.DataFrame(R["lmm_levels"])[TESTED], rtol=1e-5)


def test_a_linear_curve_and_its_band_equal_emmeans(lmm, frame):
    found = curve(lmm, frame, "mob", [0, 1], at={"age": [-0.5, 1], "stab": [0, 1]})
    reference = pd.DataFrame(R["lmm_curve"]).sort_values(["age", "stab", "mob"])
    columns = ["mob", "stab", "age", *TESTED]
    assert_allclose(found[columns], reference[columns], rtol=1e-5)


def test_log_and_incidence_rate_ratio_at_chosen_values_equal_emmeans(counts, frame):
    found = marginal_effect(counts, frame, {"mob": 0.3}, at={"mob": 0, "stab": [-1, 1]})
    columns = ["stab", "estimate", "std_error", "ci_low", "ci_high", "p_value"]
    assert_allclose(_scale(found, "link")[columns], pd.DataFrame(R["poisson_link"])[columns], rtol=1e-5)
    assert_allclose(_scale(found, "IRR")[columns], pd.DataFrame(R["poisson_ratio"])[columns], rtol=1e-5)
    assert found["df"].isna().all()


def test_the_probability_of_a_typical_athlete_equals_emmeans(frame):
    model = fit("prob ~ mob + stab + (1 | athlete)", frame, "binomial")
    found = curve(model, frame, "mob", [-1, 0, 1], at={"stab": 0.5}, athletes="typical")
    columns = ["mob", "estimate", "std_error", "ci_low", "ci_high"]
    assert_allclose(found[columns], pd.DataFrame(R["logit_typical"])[columns], rtol=1e-4)


SPLIT = ({"mob": 0.5, "stab": 0.5}, {"mob": 1, "stab": 0})


@pytest.mark.parametrize(
    "key, formula, family, over",
    [
        ("poisson_average", "inj ~ mob*stab + age + sex + offset(off)", "poisson", None),
        ("poisson_slope", "inj ~ mob*stab + age + offset(off) + (1 + mob | athlete)", "poisson", None),
        ("logit_average", "prob ~ mob*sex + age + (1 | athlete)", "binomial", None),
        ("by_athlete", "prob ~ mob*age", "binomial", "athlete"),
    ],
)
def test_averages_over_rows_athletes_and_random_effects_equal_integrals_and_numerical_derivatives_in_r(
    frame, key, formula, family, over
):
    reference = R[key]
    if over:  # uneven: athletes above the mean age keep 8 weeks, the others 20
        frame = frame[frame["week"] < np.where(frame["age"] > 0, 8, 20)]
        assert len(frame) == reference["rows"]
    model = fit(formula, frame, family)
    if key == "poisson_slope":
        found = comparison(model, frame, *SPLIT)
        first = curve(model, frame, "mob", [0.5], at={"stab": 0.5})
        assert_allclose(first["estimate"], reference["first"], rtol=5e-5)
        assert_allclose(first["std_error"], reference["first_error"], rtol=5e-5)
    else:
        found = marginal_effect(model, frame, {"mob": 0.3}, over=over)
    row = _scale(found, "difference").iloc[0]
    error = reference["difference_error"]
    assert abs(row["estimate"] - reference["difference"]) < 1e-4 * error
    assert row["std_error"] == pytest.approx(error, rel=5e-5)
    if over:
        each_row = _scale(marginal_effect(model, frame, {"mob": 0.3}), "difference").iloc[0]
        assert abs(each_row["estimate"] - row["estimate"]) > 0.01 * error


def test_the_risk_difference_of_two_levels_and_a_slope_equal_statsmodels_get_margeff(frame):
    x = sm.add_constant(frame[["mob", "stab", "sex"]])
    margins = sm.Logit(frame["prob"], x).fit(disp=0, tol=1e-12).get_margeff(dummy=True)
    slope = sm.Logit(frame["prob"], x).fit(disp=0, tol=1e-12).get_margeff()
    model = fit("prob ~ mob + stab + sex", frame, "binomial", engine="statsmodels")
    sex = _scale(comparison(model, frame, {"sex": 1}, {"sex": 0}), "difference").iloc[0]
    assert_allclose(sex[["estimate", "std_error", "p_value"]].tolist(), [m[2] for m in _margins(margins)], rtol=1e-5)
    tiny = _scale(marginal_effect(model, frame, {"mob": 1e-5}), "difference").iloc[0]
    assert_allclose(tiny["estimate"] / 1e-5, slope.margeff[0], rtol=1e-4)
    assert_allclose(tiny["std_error"] / 1e-5, slope.margeff_se[0], rtol=1e-4)


def _margins(margins) -> list[np.ndarray]:
    return [margins.margeff, margins.margeff_se, margins.pvalues]


@pytest.mark.parametrize("sd", [0.0, 0.4, 2.0, 5.0])
def test_the_mean_over_random_effects_equals_adaptive_quadrature(sd):
    eta = np.array([-6.0, -1.0, 0.3, 4.0])
    mean, slope = expected("logit", eta, np.full(4, sd**2))
    for each, one, change in zip(eta, mean, slope, strict=True):
        p = _over(lambda b, e=each: expit(e + b), sd)
        assert one == pytest.approx(p, rel=1e-7)
        assert change == pytest.approx(_over(lambda b, e=each: expit(e + b) * expit(-e - b), sd), rel=1e-6)
    mean, slope = expected("log", eta, np.full(4, sd**2))
    assert_allclose(mean, np.exp(eta + sd**2 / 2))
    assert_allclose(slope, mean)


def _over(function, sd: float) -> float:
    """The mean of function(b), b normal with that SD."""
    density = lambda u: function(sd * u) * np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)  # noqa: E731
    return sum(quad(density, a, a + 1, epsabs=1e-15, epsrel=1e-12)[0] for a in range(-12, 12))


def test_on_the_link_scale_it_is_the_contrast_of_the_fixed_effects(frame, slopes):
    model = fit("pain ~ mob*stab + hip + (1 + mob | athlete)", frame)
    for one in (model, cluster_robust(model, frame, "athlete"), slopes):
        found = marginal_effect(one, frame, {"mob": 30}, at={"stab": 2}).iloc[0]
        expected_row = contrast(one, {"mob": 30, "mob:stab": 60})
        for name in [*TESTED, "p_value"]:
            assert found[name] == pytest.approx(expected_row[name], rel=1e-8, nan_ok=True), name
    # Averaged over the rows, stab counts at its mean.
    mean = marginal_effect(model, frame, {"mob": 30}).iloc[0]
    expected_row = contrast(model, {"mob": 30, "mob:stab": 30 * frame["stab"].mean()})
    assert_allclose(mean[TESTED].astype(float), expected_row[TESTED].astype(float), rtol=1e-8)


def test_thirty_minutes_are_thirty_times_one_and_a_against_b_is_minus_b_against_a(counts, slopes, frame):
    for model in (counts, slopes):
        one, thirty = (_scale(marginal_effect(model, frame, {"mob": x}), "link") for x in (1, 30))
        assert_allclose(thirty[["estimate", "std_error"]], 30 * one[["estimate", "std_error"]])
        assert_allclose(thirty["p_value"], one["p_value"])
        there, back = comparison(model, frame, *SPLIT), comparison(model, frame, *SPLIT[::-1])
        for scale in ("link", "difference"):
            forth, reverse = _scale(there, scale), _scale(back, scale)
            assert_allclose(forth[["estimate", "ci_low"]], -reverse[["estimate", "ci_high"]])
            assert_allclose(forth[["std_error", "p_value"]], reverse[["std_error", "p_value"]])
        assert_allclose(_scale(there, "IRR")["estimate"], 1 / _scale(back, "IRR")["estimate"])


def test_changes_of_several_columns_and_the_exposure(slopes, frame):
    both = _scale(marginal_effect(slopes, frame, {"mob": -0.5, "stab": 0.5}, at={"mob": 1, "stab": 0}), "link")
    assert both["label"].item() == "mob -0.5, stab +0.5 at mob 1, stab 0"
    split = _scale(comparison(slopes, frame, *SPLIT), "link")
    assert_allclose(both[TESTED[:4]], split[TESTED[:4]])
    # Per 1000 hours at risk it is 1000 times as many as per hour; ratios do not change.
    found = comparison(slopes, frame, *SPLIT, at={"off": [0.0, np.log(1000)]})
    hour, thousand = _scale(found, "difference")["estimate"]
    assert thousand == pytest.approx(1000 * hour)
    first, second = _scale(found, "IRR")["estimate"]
    assert first == pytest.approx(second)


def test_a_curve_of_one_row_is_its_prediction_and_lies_within_the_range_of_the_outcome(frame):
    rare = fit("prob ~ poly(mob, 2) + site + (1 | athlete)", frame, "binomial", level=0.9)
    found = curve(rare, frame, "mob", [-1, 0.2, 1], at={"site": ["c1", "c2"]}, athletes="typical")
    grid = found[["mob", "site"]]
    predicted = predict(rare, grid, fitted_on=frame, level=0.9)
    assert_allclose(found[["estimate", "ci_low", "ci_high"]], predicted[["estimate", "ci_low", "ci_high"]], rtol=1e-10)
    everyone = curve(rare, frame, "mob", [-40, 40], over="athlete")
    assert everyone["ci_low"].between(0, 1).all() and everyone["ci_high"].between(0, 1).all()
    assert everyone["note"].str.contains("mob -?40 is outside the observed").all()


def test_what_was_not_observed_is_noted_and_what_was_is_not(counts, frame):
    high = frame["mob"].max()
    beyond = marginal_effect(counts, frame, {"mob": 0.3})
    rows = int((frame["mob"] + 0.3 > high).sum())
    assert rows > 0
    assert beyond["note"].eq(f"mob in {rows} of 1000 rows is outside the observed {_range(frame['mob'])}").all()
    two = comparison(counts, frame, {"mob": 0}, {"mob": 99}, at={"sex": [1, 7]})["note"]
    assert two[0] == f"mob 99 is outside the observed {_range(frame['mob'])}"
    assert two[3] == f"sex 7 is outside the observed {_range(frame['sex'])}; {two[0]}"
    assert (comparison(counts, frame, {"mob": 0}, {"mob": 0.1}, at={"off": 99})["note"] == "").all()


def _range(column: pd.Series) -> str:
    return f"{column.min():.6g} to {column.max():.6g}"


def test_true_and_false_text_and_gaps_take_part_as_in_the_fit(frame):
    gaps = frame.assign(male=frame["sex"] > 0, place=pd.Categorical(frame["site"], ["c3", "c2", "c1", "c0"]))
    gaps.loc[::50, "stab"] = np.nan
    gaps.index = np.repeat(np.arange(500), 2)  # labels that stand for two rows each
    model = fit("inj ~ mob*male + place + stab", gaps, "poisson")
    full = gaps[gaps["stab"].notna()]
    by_hand = np.exp(model.estimates.set_index("term")["estimate"])
    ratio = _scale(comparison(model, gaps, {"male": True}, {"male": False}, at={"mob": 1}), "IRR")["estimate"]
    assert ratio.item() == pytest.approx(by_hand["maleTRUE"] * by_hand["mob:maleTRUE"])
    place = _scale(comparison(model, gaps, {"place": "c0"}, {"place": "c3"}), "IRR")["estimate"]
    assert place.item() == pytest.approx(by_hand["placec0"])
    alike = marginal_effect(model, gaps, {"mob": 1}, over="athlete")
    assert_allclose(
        alike["estimate"],
        marginal_effect(fit(model.formula, full, "poisson"), full, {"mob": 1}, over="athlete")["estimate"],
    )


def test_aliased_changes_are_missing_and_those_the_rows_tell_of_are_not(frame):
    twice = frame.assign(twice=2 * frame["mob"])
    model = fit("inj ~ mob + twice + stab", twice, "poisson")
    plain = marginal_effect(fit("inj ~ mob + stab", frame, "poisson"), frame, {"mob": 0.1})
    both = marginal_effect(model, twice, {"mob": 0.1, "twice": 0.2})
    assert_allclose(both[TESTED[:4]], plain[TESTED[:4]], rtol=1e-5)
    assert marginal_effect(model, twice, {"mob": 0.1})[[*TESTED, "p_value"]].isna().all(axis=None)
    assert_allclose(
        marginal_effect(model, twice, {"stab": 0.1})[TESTED[:4]],
        marginal_effect(fit("inj ~ mob + stab", frame, "poisson"), frame, {"stab": 0.1})[TESTED[:4]],
        rtol=1e-5,
    )
    assert curve(model, twice, "mob", [0.3])[TESTED].isna().all(axis=None)


def test_a_fit_that_did_not_converge_gives_rows_without_numbers():
    separated = pd.DataFrame({"y": [0] * 20 + [1] * 20, "x": np.arange(40.0)})
    model = fit("y ~ x", separated, "binomial")
    assert not model.converged
    found = marginal_effect(model, separated, {"x": 1}, at={"x": [1, 2]})
    assert found["scale"].tolist() == ["link", "OR", "difference"] * 2
    assert found[[*TESTED, "p_value"]].isna().all(axis=None)
    assert curve(model, separated, "x", [1, 2])[TESTED].isna().all(axis=None)


def test_the_risk_difference_of_simulated_athletes_is_covered_nineteen_times_in_twenty():
    """100 cohorts of 60 athletes × 10 weeks with athletes' SD 1.5: the truth is the mean over all athletes that could
    be. That of the typical athlete is another number, which the population's intervals must miss more often."""
    rng = np.random.default_rng(11)
    athlete = np.repeat(np.arange(60), 10)
    truth = _over(lambda b: expit(b + 0.5) - expit(b - 0.5), 1.5)
    typical = expit(0.5) - expit(-0.5)
    inside, missed = [], []
    for _ in range(100):
        x = rng.normal(size=600)
        y = rng.binomial(1, expit(x + rng.normal(0, 1.5, 60)[athlete]))
        data = pd.DataFrame({"y": y, "x": x, "athlete": athlete})
        model = fit("y ~ x + (1 | athlete)", data, "binomial")
        row = comparison(model, data, {"x": 0.5}, {"x": -0.5}).iloc[2]
        inside.append(row["ci_low"] < truth < row["ci_high"])
        missed.append(not row["ci_low"] < typical < row["ci_high"])
    assert abs(np.mean(inside) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 100)
    assert np.mean(missed) > 0.5


@pytest.mark.parametrize(
    "call, message",
    [
        (
            lambda m, f: marginal_effect(m, f, {"mobb": 30}),
            "marginal_effect: found 'mobb', expected columns of the fixed",
        ),
        (lambda m, f: marginal_effect(m, f, {}), "marginal_effect: found no column, expected columns"),
        (
            lambda m, f: marginal_effect(m, f, {"athlete": 1}),
            "found 'athlete', expected columns of the fixed terms: mob",
        ),
        (
            lambda m, f: marginal_effect(m, f, {"mob": 0}),
            "change of 'mob': found 0, expected a finite number other than 0",
        ),
        (lambda m, f: marginal_effect(m, f, {"mob": np.nan}), "change of 'mob': found nan"),
        (
            lambda m, f: marginal_effect(m, f, {"site": 1}),
            "change of 'site': the column holds levels, expected numbers",
        ),
        (lambda m, f: marginal_effect(m, f, {"mob": 1}, at={"mob": "low"}), "found 'low' for 'mob', expected a number"),
        (
            lambda m, f: marginal_effect(m, f, {"mob": 1}, at={"ages": 1}),
            "at: found 'ages', expected columns of the model",
        ),
        (lambda m, f: marginal_effect(m, f, {"mob": 1}, at={"age": []}), "no value was given for 'age'"),
        (lambda m, f: marginal_effect(m, f, {"mob": 1}, at={"age": np.nan}), "found nan for 'age'"),
        (lambda m, f: marginal_effect(m, f, {"mob": 1}, at={"site": "c9"}), "marginal_effect: column 'site' holds c9"),
        (lambda m, f: marginal_effect(m, f, {"mob": 1}, over="coach"), "over='coach': the frame has 0 columns"),
        (
            lambda m, f: marginal_effect(m, f, {"mob": 1}, over="half"),
            "over='half': 500 of 1000 used rows have no value",
        ),
        (
            lambda m, f: marginal_effect(m, f, {"mob": 1}, athletes="all"),
            "athletes: found 'all', expected one of popul",
        ),
        (lambda m, f: marginal_effect(m, f, {"age": 1}), "marginal_effect: cannot compute .*bs.age.* choose values"),
        (lambda m, f: marginal_effect(m, f.iloc[1:], {"mob": 1}), "marginal_effect: found 999 usable rows"),
        (lambda m, f: comparison(m, f, {"mob": 1}, {"stab": 1}), "found columns mob against stab, expected the same"),
        (lambda m, f: comparison(m, f, {"mob": 1}, {"mob": 1.0}), "both scenarios are {'mob': 1}; expected two that"),
        (lambda m, f: comparison(m, f, {"mob": 1}, {"mob": [1, 2]}), r"found \[1, 2\] for 'mob', expected a number"),
        (
            lambda m, f: comparison(m, f, {"mob": 1}, {"mob": 2}, at={"mob": 3}),
            "at gives values to mob, which is compared",
        ),
        (lambda m, f: curve(m, f, "mob", []), "curve: no value was given for 'mob'"),
        (lambda m, f: curve(m, f, "week", [1]), "curve: found 'week', expected columns of the fixed terms"),
        (lambda m, f: curve(m, f, "mob", [1e6]), "curve: the expected outcome is beyond the largest number"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(frame, call, message):
    data = frame.assign(half=np.where(frame["week"] % 2, 1.0, np.nan))
    model = fit("inj ~ mob*stab + bs(age, df=4) + site + (1 | athlete)", data, "poisson")
    with pytest.raises(HiprunError, match=message):
        call(model, data)
