"""Multiple imputation of the athlete-week panel: closed forms, and simulated panels with a known truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.errors import HiprunError
from analysis.models import fit
from analysis.models.impute import impute
from analysis.models.impute_draws import _logistic, donors, draw_linear, draw_logistic, match
from analysis.models.impute_record import r_hat
from analysis.models.pool import fit_imputed

PAIN = "pain ~ within + between + (1 | athlete_id)"
KEY = {"week": "week", "expected": None}


def drift(rng, athletes, weeks, rho):
    """Standard normal AR(1) weeks (athletes, weeks)."""
    walk = rng.normal(size=(athletes, weeks))
    for week in range(1, weeks):
        walk[:, week] = rho * walk[:, week - 1] + np.sqrt(1 - rho**2) * walk[:, week]
    return walk


def cohort(seed, athletes=40, weeks=26, rho=0.6):
    """Pain 4 - 0.3 within + 0.2 between + athlete + AR(1) weeks; complete, and MAR by dose and by the last answer."""
    rng = np.random.default_rng(seed)
    dose = rng.normal(size=(athletes, 1)) + drift(rng, athletes, weeks, 0.7)
    between = dose.mean(axis=1, keepdims=True)
    within = dose - between
    pain = 4 - 0.3 * within + 0.2 * between + rng.normal(size=(athletes, 1)) + drift(rng, athletes, weeks, rho)
    last, missing = np.full(athletes, 4.0), np.zeros((athletes, weeks), dtype=bool)
    for week in range(weeks):
        log_odds = -1.3 + 0.7 * within[:, week] + 0.7 * (last - 4)
        missing[:, week] = rng.uniform(size=athletes) < (1 / (1 + np.exp(-log_odds)) if week else 0.1)
        last = np.where(missing[:, week], last, pain[:, week])
    key = {"athlete_id": np.repeat(np.arange(athletes), weeks), "week": np.tile(np.arange(weeks), athletes)}
    columns = {"within": within.ravel(), "between": np.repeat(between, weeks), "pain": pain.ravel()}
    full = pd.DataFrame(key | columns)
    return full, full.assign(pain=full["pain"].mask(missing.ravel()))


@pytest.fixture(scope="module")
def panel():
    return cohort(1)[1]


@pytest.fixture(scope="module")
def imputed(panel):
    return impute(PAIN, panel, seed=5, m=4, iterations=4, **KEY)


def _estimate(found, term):
    return found.estimates.set_index("term")["estimate"][term]


def test_missing_by_dose_and_last_answer_is_mended_where_complete_cases_are_biased():
    """AR(1) pain: a random intercept alone does not carry the last answer, which told who answers next."""
    off = {"complete cases": [], "imputed": []}
    for seed in range(12):
        full, observed = cohort(seed)
        truth = _estimate(fit(PAIN, full), "(Intercept)")
        off["complete cases"].append(_estimate(fit(PAIN, observed), "(Intercept)") - truth)
        completed = impute(PAIN, observed, seed=seed, m=3, iterations=4, **KEY)
        off["imputed"].append(_estimate(fit_imputed(PAIN, completed), "(Intercept)") - truth)
    assert np.mean(off["complete cases"]) < -0.04
    assert abs(np.mean(off["imputed"])) < 0.025


def test_limits_of_the_within_effect_hold_the_truth():
    """30 cohorts; of nominal 95 % limits 28.5 are expected to, 24 or fewer have a chance of 1 in 60."""
    held, estimates, errors = 0, [], []
    for seed in range(30):
        _, observed = cohort(100 + seed, athletes=30, weeks=10, rho=0.0)
        completed = impute(PAIN, observed, seed=seed, m=4, iterations=3, **KEY)
        row = fit_imputed(PAIN, completed).estimates.set_index("term").loc["within"]
        held += row["ci_low"] <= -0.3 <= row["ci_high"]
        estimates.append(row["estimate"])
        errors.append(row["std_error"])
    assert held >= 25
    assert np.mean(estimates) == pytest.approx(-0.3, abs=0.035)
    assert np.mean(errors) == pytest.approx(np.std(estimates), rel=0.3)


def _panel_of(pain):
    """A panel of pain (athletes, weeks)."""
    athletes, weeks = pain.shape
    key = {"athlete_id": np.repeat(np.arange(athletes), weeks), "week": np.tile(np.arange(weeks), athletes)}
    return pd.DataFrame(key | {"pain": pain.ravel()})


def test_gaps_of_one_athlete_vary_together_as_their_posterior_says():
    """Six of 12 weeks known, athlete and week variance 1: the mean of the others has variance 1/6 + 1/(6 + 1)."""
    rng = np.random.default_rng(2)
    frame = _panel_of(rng.normal(size=(300, 1)) + rng.normal(size=(300, 12)))
    gaps = rng.permuted(np.tile(np.arange(12) < 6, (300, 1)), axis=1).ravel() & (frame["athlete_id"] < 100)
    frame["pain"] = frame["pain"].mask(gaps)
    found = impute("pain ~ 1 + (1 | athlete_id)", frame, seed=1, m=20, **KEY)
    means = np.array([each["pain"][gaps].groupby(each["athlete_id"]).mean() for each in found.frames])
    assert means.var(axis=0, ddof=1).mean() == pytest.approx(1 / 6 + 1 / 7, rel=0.12)


def test_two_weeks_missing_in_a_row_are_as_alike_as_the_drift_makes_them():
    """AR(1) with rho 0.8 and both neighbours known: correlation ρ / (1 + ρ²), from the inverse of the covariance."""
    rng, rho = np.random.default_rng(3), 0.8
    frame = _panel_of(drift(rng, 200, 20, rho))
    frame["pain"] = frame["pain"].mask(frame["week"].isin([6, 7, 13, 14]))
    found = impute("pain ~ 1 + (1 | athlete_id)", frame, seed=1, m=20, **KEY)
    draws = np.array([each["pain"][frame["week"].isin([6, 7])].to_numpy().reshape(-1, 2) for each in found.frames])
    draws = (draws - draws.mean(axis=0)).reshape(-1, 2)
    assert np.corrcoef(draws.T)[0, 1] == pytest.approx(rho / (1 + rho**2), abs=0.05)
    variance = (1 - rho**2) / (1 + rho**2 - rho**2 / (1 + rho**2))
    assert draws.var() == pytest.approx(variance, rel=0.2)


def test_an_athlete_without_any_answer_is_drawn_from_the_spread_of_athletes():
    """Athlete variance 1: the mean of a silent athlete's 15 weeks varies by 1 + 1/15, not by 1/15."""
    rng = np.random.default_rng(4)
    frame = _panel_of(4 + rng.normal(size=(80, 1)) + rng.normal(size=(80, 15)))
    silent = frame["athlete_id"] < 10
    frame["pain"] = frame["pain"].mask(silent)
    found = impute("pain ~ 1 + (1 | athlete_id)", frame, seed=1, m=20, **KEY)
    means = np.array([each["pain"][silent].groupby(each["athlete_id"]).mean() for each in found.frames])
    assert means.var(axis=0, ddof=1).mean() == pytest.approx(1 + 1 / 15, rel=0.35)
    assert means.mean() == pytest.approx(4, abs=0.4)
    # The chain of such athletes is slow, and says so.
    assert found.convergence["r_hat_mean"][0] > 1.2
    assert any("R-hat" in text for text in found.messages)


def test_deviations_from_an_athletes_own_mean_do_not_lock_the_chain():
    _, frame = cohort(6)
    frame["within"] = frame["within"].mask(np.random.default_rng(0).uniform(size=len(frame)) < 0.15)
    found = impute(PAIN, frame, seed=2, m=6, columns=["pain", "within"], **KEY)
    assert found.convergence.set_index("column")["r_hat_mean"]["within"] < 1.2
    row = found.observed_and_drawn.set_index("column").loc["within"]
    assert row["drawn_sd"] == pytest.approx(row["observed_sd"], rel=0.15)


def test_a_missing_dose_keeps_its_effect_as_the_outcome_stands_in_its_imputer():
    """Half of the doses missing at random: left out of the imputer, pain would halve the effect to about -0.15."""
    full, _ = cohort(8, athletes=60)
    gaps = np.random.default_rng(1).uniform(size=len(full)) < 0.5
    found = impute(PAIN, full.assign(within=full["within"].mask(gaps)), seed=2, m=5, **KEY)
    assert _estimate(fit_imputed(PAIN, found), "within") == pytest.approx(
        _estimate(fit(PAIN, full), "within"), abs=0.05
    )


def test_a_product_term_stands_in_the_imputer_of_the_outcome():
    rng = np.random.default_rng(9)
    frame = cohort(9, athletes=60)[0]
    frame["stab"] = rng.normal(size=len(frame))
    frame["pain"] += 0.5 * frame["within"] * frame["stab"]
    formula = "pain ~ within * stab + cr(week, df=3) + (1 | athlete_id)"
    full = _estimate(fit(formula, frame), "within:stab")
    frame["pain"] = frame["pain"].mask(rng.uniform(size=len(frame)) < 0.4)
    frame["stab"] = frame["stab"].mask(rng.uniform(size=len(frame)) < 0.02)  # a computed term that changes in the chain
    found = impute(formula, frame, seed=3, m=4, iterations=3, **KEY)
    assert _estimate(fit_imputed(formula, found), "within:stab") == pytest.approx(full, abs=0.06)


def test_yes_no_answers_keep_their_odds_ratio():
    rng = np.random.default_rng(10)
    frame = cohort(10, athletes=60)[0]
    problem = rng.uniform(size=len(frame)) < 1 / (1 + np.exp(0.5 - frame["within"]))
    gaps = rng.uniform(size=len(frame)) < 1 / (1 + np.exp(1 - frame["within"]))
    frame["problem"] = pd.array(problem, dtype="boolean")
    full = fit("problem ~ within + (1 | athlete_id)", frame, "binomial")
    frame["problem"] = frame["problem"].mask(gaps)
    found = impute("problem ~ within + (1 | athlete_id)", frame, seed=3, m=5, iterations=4, **KEY)
    pooled = fit_imputed("problem ~ within + (1 | athlete_id)", found, "binomial")
    assert _estimate(pooled, "within") == pytest.approx(_estimate(full, "within"), abs=0.15)
    assert all(each["problem"].dtype == "boolean" for each in found.frames)
    yes = np.array([each["problem"].to_numpy(dtype=bool)[gaps] for each in found.frames])
    assert ((found.latent.to_numpy() > 0) == yes).all()


# What is drawn, and what is not ------------------------------------------------------------------------------------


def test_only_expected_weeks_are_drawn_and_nobody_learns_from_the_others(panel):
    frame = panel.assign(expected=(panel["week"] % 5 != 2))
    options = {"seed": 5, "m": 2, "iterations": 2, "week": "week"}
    found = impute(PAIN, frame, expected="expected", **options)
    for each in found.frames:
        assert each.loc[~frame["expected"], "pain"].equals(frame.loc[~frame["expected"], "pain"])
        assert each.loc[frame["expected"], "pain"].notna().all()
    alone = impute(PAIN, frame[frame["expected"]], expected=None, **options)
    assert alone.frames[1].equals(found.frames[1][frame["expected"]])
    assert found.left == {"not expected": int((~frame["expected"]).sum())}
    assert int(found.drawn["pain"].sum()) == frame.loc[frame["expected"], "pain"].isna().sum()


def test_a_row_that_misses_a_column_not_to_be_imputed_is_left_and_counted(panel):
    frame = panel.assign(within=panel["within"].mask(panel["week"] == 0))
    found = impute(PAIN, frame, seed=1, m=2, iterations=2, columns=["pain"], **KEY)
    assert found.left == {"missing in a column that is not imputed": 40}
    first = found.frames[0]
    assert first["within"].equals(frame["within"])
    assert first.loc[frame["week"] == 0, "pain"].equals(frame.loc[frame["week"] == 0, "pain"])
    assert first.loc[frame["week"] > 0, "pain"].notna().all()


def test_the_same_seed_draws_the_same_whatever_m_the_order_of_rows_and_their_index(panel, imputed):
    again = impute(PAIN, panel, seed=5, m=2, iterations=4, **KEY)
    assert all(a.equals(b) for a, b in zip(again.frames, imputed.frames, strict=False))
    other = impute(PAIN, panel, seed=6, m=2, iterations=4, **KEY)
    assert not other.frames[0].equals(imputed.frames[0])
    mixed = panel.sample(frac=1, random_state=0).set_axis(np.zeros(len(panel), dtype=int))
    found = impute(PAIN, mixed, seed=5, m=2, iterations=4, **KEY)
    assert (found.frames[1].index == 0).all()
    ordered = found.frames[1].sort_values(["athlete_id", "week"], ignore_index=True)
    assert ordered.equals(imputed.frames[1])


def test_observed_cells_stay_and_numbers_are_taken_from_the_observed_ones(panel, imputed):
    pain = panel["pain"].round().astype("Int64")
    found = impute(PAIN, panel.assign(pain=pain), seed=5, m=3, iterations=2, **KEY)
    for each in found.frames:
        assert each["pain"].dtype == "Int64"
        assert each["pain"][pain.notna()].equals(pain.dropna())
        assert set(each["pain"]) <= set(pain.dropna())
    assert panel["pain"].isna().sum() == imputed.drawn["pain"].sum() == imputed.filled["n_drawn"].item()
    assert len(imputed.trace) == 4 * 4
    assert "m=4" in repr(imputed)


def test_dates_of_mondays_are_weeks(panel, imputed):
    dated = panel.assign(week=pd.Timestamp("2026-01-05") + pd.to_timedelta(7 * panel["week"], unit="D"))
    found = impute(PAIN, dated, seed=5, m=2, iterations=4, **KEY)
    assert found.frames[1]["pain"].equals(imputed.frames[1]["pain"])


def test_one_value_per_athlete_is_carried_where_known_and_else_drawn_once(panel):
    rng = np.random.default_rng(2)
    trait = pd.DataFrame(
        {"age": rng.normal(30, 5, 40), "sex": rng.choice(["f", "m"], 40), "height": rng.normal(size=40)}
    )
    frame = panel.join(trait, on="athlete_id")
    unknown, once = frame["athlete_id"].isin([3, 7]), (frame["athlete_id"] == 5) & (frame["week"] > 3)
    frame["age"] = frame["age"].mask(unknown | once)
    frame["sex"] = frame["sex"].mask(frame["athlete_id"] == 9).astype("category")
    formula = "pain ~ within + age + sex + height + (1 | athlete_id)"
    found = impute(formula, frame, seed=1, m=3, iterations=2, **KEY)
    for each in found.frames:
        assert (each.groupby("athlete_id")[["age", "sex"]].nunique() == 1).all(axis=None)
        assert (each.loc[frame["athlete_id"] == 5, "age"] == trait["age"][5]).all()
        assert each["sex"].dtype == frame["sex"].dtype
    assert len({each.loc[unknown, "age"].iloc[0] for each in found.frames}) > 1
    table = found.filled.set_index("column")
    assert table.loc["age", ["level", "n_drawn", "n_carried"]].tolist() == ["athlete", 52, 22]
    assert table.loc["sex", ["level", "method"]].tolist() == ["athlete", "logistic"]
    assert fit_imputed(formula, found).converged


def test_nothing_missing_gives_the_frame_back():
    frame = cohort(1)[0]
    found = impute(PAIN, frame, seed=1, m=3, **KEY)
    assert all(each.equals(frame) for each in found.frames)
    assert found.filled.empty
    assert found.drawn.shape == (len(frame), 0)
    assert found.messages == ()


def test_a_constant_predictor_has_no_say(panel, imputed):
    found = impute(PAIN.replace("within", "within + one"), panel.assign(one=1.0), seed=5, m=2, iterations=4, **KEY)
    assert found.frames[1]["pain"].to_numpy() == pytest.approx(imputed.frames[1]["pain"].to_numpy())


# What is refused ---------------------------------------------------------------------------------------------------

REFUSED = {
    "missing in all": lambda frame: frame.assign(pain=np.nan),
    "the same in all": lambda frame: frame.assign(pain=frame["pain"].where(frame["pain"].isna(), 2.0)),
    "repeat an athlete and week": lambda frame: pd.concat([frame, frame.iloc[:1]]),
    "no whole number of weeks": lambda frame: frame.assign(week=frame["week"] + 0.5 * (frame.index == 3)),
    "missing in 1 expected rows": lambda frame: frame.assign(week=frame["week"].where(frame.index != 3)),
    "expected dates of weeks": lambda frame: frame.assign(week=frame["week"].astype(str)),
    "two athletes or more": lambda frame: frame[frame["athlete_id"] == 2],
    "are infinite": lambda frame: frame.assign(pain=frame["pain"].where(frame.index != 5, np.inf)),
    "expected more rows": lambda frame: frame.groupby("athlete_id").head(3).head(6),
    "3 levels": lambda frame: frame.assign(pain=pd.cut(frame["pain"], 3, labels=["low", "some", "high"])),
    "named in the model, not in the data": lambda frame: frame.drop(columns="between"),
    "expected a pandas DataFrame": lambda frame: frame.to_numpy(),
}


@pytest.mark.parametrize("words", REFUSED)
def test_refuses_a_frame_and_says_why(panel, words):
    with pytest.raises(HiprunError, match=words):
        impute(PAIN, REFUSED[words](panel), seed=1, m=2, iterations=1, **KEY)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"m": 1}, "m: found 1"),
        ({"iterations": 0}, "iterations: found 0"),
        ({"seed": 1.5}, "seed: found 1.5"),
        ({"expected": "week"}, "expected True or False"),
        ({"expected": "nowhere"}, "not in the data"),
        ({"columns": ["athlete_id"]}, "no group, weight or key"),
        ({"auxiliary": ["nowhere"]}, "not in the data"),
        ({"formula": "log(pain) ~ within + (1 | athlete_id)"}, "expected a plain column"),
    ],
)
def test_refuses_what_it_cannot_do(panel, options, words):
    formula = options.pop("formula", PAIN)
    with pytest.raises(HiprunError, match=words):
        impute(formula, panel, **{"seed": 1, "m": 2, "iterations": 1, **KEY, **options})


# The draws ---------------------------------------------------------------------------------------------------------


def test_linear_draws_have_the_mean_and_covariance_of_their_posterior():
    """b̂ and s² (X'X)⁻¹ df / (df - 2): a multivariate t. A predictor that is a sum of others changes nothing."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]]) * [1, 50] + [3, -200]
    y = 1 + x @ [0.5, 0.01] + rng.normal(size=60)
    drawn = np.array([draw_linear(x, y, rng, "pain").drawn for _ in range(3000)])
    ols = sm.OLS(y, sm.add_constant(x)).fit()
    error = np.sqrt(np.diag(ols.cov_params()) * 57 / 55)
    assert (drawn.mean(axis=0) - ols.params) / error == pytest.approx(0, abs=0.06)
    assert drawn.std(axis=0) == pytest.approx(error, rel=0.05)
    assert draw_linear(x, y, rng, "pain").estimate == pytest.approx(ols.params)
    found = draw_linear(np.column_stack([x, x.sum(axis=1), np.ones(60)]), y, rng, "pain").estimate
    assert found[0] + np.column_stack([x, x.sum(axis=1), np.ones(60)]) @ found[1:] == pytest.approx(ols.fittedvalues)


def test_logistic_draws_have_the_mean_and_covariance_of_the_likelihood_in_a_large_sample():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(1500, 2)) * [1, 20]
    y = (rng.uniform(size=1500) < 1 / (1 + np.exp(1 - x @ [0.8, -0.03]))).astype(float)
    drawn = np.array([draw_logistic(x, y, rng, "problem").drawn for _ in range(250)])
    glm = sm.GLM(y, sm.add_constant(x), family=sm.families.Binomial()).fit()
    assert (drawn.mean(axis=0) - glm.params) / glm.bse == pytest.approx(0, abs=0.2)
    found = draw_logistic(x, y, rng, "problem").estimate
    assert (found - glm.params) / glm.bse == pytest.approx(0, abs=0.08)  # the rows of small weight
    assert drawn.std(axis=0) == pytest.approx(glm.bse, rel=0.15)


def test_newton_finds_the_weighted_likelihood_of_statsmodels():
    rng = np.random.default_rng(7)
    x = sm.add_constant(rng.normal(size=(80, 3)))
    y, weights = (rng.uniform(size=80) < 0.3).astype(float), rng.uniform(0.1, 2, 80)
    glm = sm.GLM(y, x, family=sm.families.Binomial(), freq_weights=weights).fit(tol=1e-12)
    found, precision = _logistic(x, y, weights, "problem")
    assert found == pytest.approx(glm.params, rel=1e-6)
    assert np.linalg.inv(precision) == pytest.approx(glm.cov_params(), rel=1e-4)


def test_logistic_draws_stay_finite_where_a_predictor_separates():
    x = np.linspace(-1, 1, 30)[:, None]
    found = draw_logistic(x, (x[:, 0] > 0).astype(float), np.random.default_rng(0), "problem")
    assert 0 < found.estimate[1] < 100


def test_matching_takes_one_of_the_five_nearest_alike_often():
    rng = np.random.default_rng(3)
    expected = np.arange(20.0)
    pool = donors(expected, 100 + expected, rng)
    for target, nearest in ((10.1, {8, 9, 10, 11, 12}), (-50.0, {0, 1, 2, 3, 4}), (50.0, {15, 16, 17, 18, 19})):
        found = match(pool, np.full(5000, target), rng)
        assert set(found - 100) == nearest
        assert np.unique(found, return_counts=True)[1] == pytest.approx(1000, abs=150)


def test_matching_with_fewer_than_five_donors_takes_any():
    rng = np.random.default_rng(3)
    assert set(match(donors(np.arange(3.0), np.arange(3.0), rng), np.zeros(200), rng)) == {0, 1, 2}


def test_r_hat_is_one_for_chains_that_agree_and_that_of_gelman_by_hand():
    rng = np.random.default_rng(4)
    assert r_hat(rng.normal(size=(500, 20))) == pytest.approx(1, abs=0.01)
    draws = np.array([[0.0, 10.0], [2.0, 12.0]])  # W = 2, B/n = 50
    assert r_hat(draws) == pytest.approx(np.sqrt(1 / 2 + 50 / 2))
    assert np.isnan(r_hat(draws[:1]))
