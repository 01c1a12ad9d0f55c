"""Cluster-robust (CR2) tests: held against R's clubSandwich, statsmodels, closed forms and a known truth."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from scipy.linalg import block_diag

from analysis.errors import HiprunError
from analysis.models import cluster_robust, contrast, fit, tidy
from analysis.models.design import build
from analysis.models.families import FAMILIES
from analysis.models.rebuild import formula_of

from .conftest import REFERENCE

CLUB_SANDWICH = json.loads((REFERENCE / "athlete_weeks_1k.robust.json").read_text(encoding="utf-8"))["fits"]
NUMBERS = ["std_error", "ci_low", "ci_high", "p_value", "df"]


@pytest.fixture(scope="module")
def model(weeks):
    return fit("pain ~ mob*stab + sex + (1 | athlete)", weeks)


def _with_variances_of(reference, model, frame):
    """The fit with the estimates and variances R found, so that only the CR2 step differs; b = GZ'V⁻¹(y - Xβ)."""
    random = [
        pd.DataFrame(np.atleast_2d(reference["random"][group]), index=cov.index, columns=cov.columns)
        for group, cov in zip(model.n_groups, model.random_vcov, strict=True)
    ]
    design = build(formula_of(model), frame, FAMILIES["gaussian"]).design
    fixed = design.x @ np.array(reference["estimate"])
    columns = [
        (term.z[:, None, :] * (term.codes[:, None] == np.arange(len(term.levels)))[:, :, None]).reshape(len(fixed), -1)
        for term in design.random
    ]
    z = np.hstack([np.empty((len(fixed), 0)), *columns])
    g = block_diag(
        np.empty((0, 0)),
        *(np.kron(np.eye(len(term.levels)), cov) for term, cov in zip(design.random, random, strict=True)),
    )
    v = z @ g @ z.T + reference["sigma"] ** 2 * np.eye(len(fixed))
    modes = g @ z.T @ np.linalg.solve(v, design.y - fixed)
    return replace(
        model,
        estimates=model.estimates.assign(estimate=reference["estimate"]),
        random_vcov=tuple(random),
        dispersion=reference["sigma"] ** 2,
        conditional_modes=model.conditional_modes.assign(value=modes),
        fitted=model.fitted * 0 + fixed + z @ modes,
    )


@pytest.mark.parametrize("key", CLUB_SANDWICH)
def test_errors_df_and_contrasts_equal_clubsandwich_0_5_8(weeks, key):
    """vcovCR(type = "CR2"), coef_test and linear_contrast (Satterthwaite); tests/reference/make_robust_reference.R."""
    reference = CLUB_SANDWICH[key]
    found = cluster_robust(fit(reference["formula"], weeks), weeks, reference["cluster"])
    assert list(found.estimates["term"]) == reference["term"]
    for name in ["std_error", "df"]:
        assert found.estimates[name].to_numpy() == pytest.approx(np.array(reference[name]), rel=2e-6), name
    assert found.estimates["p_value"].to_numpy() == pytest.approx(np.array(reference["p_value"]), rel=1e-5)
    for expected in reference["contrasts"].values():
        row = contrast(found, expected["weights"])
        for name in ["std_error", "df", "p_value"]:
            assert row[name] == pytest.approx(expected[name], rel=1e-5), name


@pytest.mark.parametrize("key", CLUB_SANDWICH)
def test_at_the_variances_r_found_the_whole_covariance_is_the_same(weeks, key):
    reference = CLUB_SANDWICH[key]
    found = cluster_robust(
        _with_variances_of(reference, fit(reference["formula"], weeks), weeks), weeks, reference["cluster"]
    )
    expected = np.array(reference["vcov"])
    assert found.vcov.to_numpy() == pytest.approx(expected, rel=1e-8, abs=1e-9 * np.abs(expected).max())
    assert found.estimates["df"].to_numpy() == pytest.approx(np.array(reference["df"]), rel=1e-9)


def test_with_one_row_a_cluster_it_is_hc2(weeks):
    """Of MacKinnon and White 1985, by statsmodels."""
    frame = weeks.iloc[:60].assign(row=np.arange(60))
    found = cluster_robust(fit("pain ~ mob + hip", frame), frame, "row")
    hc2 = smf.ols("pain ~ mob + hip", frame).fit().get_robustcov_results("HC2").cov_params()
    assert found.vcov.to_numpy() == pytest.approx(hc2, rel=1e-9)


@pytest.mark.parametrize(("n0", "n1"), [(4, 30), (10, 10), (2, 9)])
def test_two_groups_of_single_rows_have_the_welch_error_and_the_bell_mccaffrey_df(n0, n1):
    """df of Imbens and Kolesar 2016, Rev Econ Stat 98:701, sec. III: (N0+N1)²(N0-1)(N1-1) / (N1²(N1-1)+N0²(N0-1))."""
    rng = np.random.default_rng(n0)
    frame = pd.DataFrame({"group": np.repeat([0, 1], [n0, n1]), "y": rng.normal(size=n0 + n1), "row": range(n0 + n1)})
    term = cluster_robust(fit("y ~ group", frame), frame, "row").estimates.iloc[1]
    parts = frame.groupby("group")["y"].var() / [n0, n1]
    df = (n0 + n1) ** 2 * (n0 - 1) * (n1 - 1) / (n1**2 * (n1 - 1) + n0**2 * (n0 - 1))
    assert term["std_error"] == pytest.approx(np.sqrt(parts.sum()))
    assert term["df"] == pytest.approx(df)


def test_with_the_same_doses_in_every_cluster_it_is_the_plain_sandwich_times_g_over_g_minus_1():
    """Every leverage is then 1/G of a cluster's: CR2 = CR0·G/(G-1) with G-1 df. CR0 is statsmodels' (no correction)."""
    rng, g = np.random.default_rng(3), 12
    frame = pd.DataFrame({"athlete": np.repeat(range(g), 6), "week": np.tile(range(6), g)})
    frame["y"] = rng.normal(size=g)[frame["athlete"]] + rng.normal(size=len(frame))
    found = cluster_robust(fit("y ~ week", frame), frame, "athlete")
    options = {"groups": frame["athlete"], "use_correction": False}
    cr0 = smf.ols("y ~ week", frame).fit(cov_type="cluster", cov_kwds=options).cov_params().to_numpy()
    assert found.vcov.to_numpy() == pytest.approx(cr0 * g / (g - 1), rel=1e-9)
    assert found.estimates["df"].to_numpy() == pytest.approx(g - 1)
    # The fitted covariance of a balanced random intercept changes neither estimate nor sandwich.
    mixed = cluster_robust(fit("y ~ week + (1 | athlete)", frame), frame, "athlete")
    assert mixed.vcov.to_numpy() == pytest.approx(cr0 * g / (g - 1), rel=1e-6)


def test_the_mean_of_balanced_clusters_has_the_error_of_the_mean_of_cluster_means(weeks):
    found = cluster_robust(fit("pain ~ 1 + (1 | athlete)", weeks), weeks, "athlete").estimates.iloc[0]
    means = weeks.groupby("athlete")["pain"].mean()
    assert found["std_error"] == pytest.approx(means.std() / np.sqrt(50))
    assert found["df"] == pytest.approx(49)


def _drifting_weeks(rng, truth):
    """30 athletes × 15 weeks: own level, pain that drifts (AR(1), 0.8) and a dose as smooth (AR(1), 0.9)."""

    def drift(rho):
        walk = rng.normal(size=(30, 15))
        for week in range(1, 15):
            walk[:, week] = rho * walk[:, week - 1] + np.sqrt(1 - rho**2) * walk[:, week]
        return walk

    dose = drift(0.9)
    pain = truth * dose + rng.normal(size=(30, 1)) + drift(0.8)
    return pd.DataFrame({"athlete": np.repeat(range(30), 15), "dose": dose.ravel(), "pain": pain.ravel()})


def test_limits_hold_the_truth_at_the_stated_rate_where_those_of_the_model_do_not():
    """400 cohorts with drifting pain, truth 0.3; Monte Carlo standard error of 95 % coverage: 1.1 %."""
    rng, truth, held = np.random.default_rng(20), 0.3, []
    for _ in range(400):
        frame = _drifting_weeks(rng, truth)
        plain = fit("pain ~ dose + (1 | athlete)", frame)
        rows = [one.estimates.iloc[1] for one in (plain, cluster_robust(plain, frame, "athlete"))]
        held.append([row["ci_low"] < truth < row["ci_high"] for row in rows])
    model_based, robust = np.mean(held, axis=0)
    assert model_based < 0.92
    assert 0.92 < robust < 0.98


def test_only_the_tests_change(model, weeks):
    found = cluster_robust(model, weeks, "athlete")
    kept = ["term", "estimate", "scale"]
    pd.testing.assert_frame_equal(found.estimates[kept], model.estimates[kept])
    assert list(found.estimates.columns) == list(model.estimates.columns)
    assert found.loglik == model.loglik and found.random_effects is model.random_effects
    assert found.df_method == "Satterthwaite, CR2 by athlete"
    assert found.messages[: len(model.messages)] == model.messages
    assert "cluster-robust (CR2, Satterthwaite) by athlete, 50 clusters" in found.messages[-1]
    assert model.df_method == "Satterthwaite" and not np.allclose(model.vcov, found.vcov)
    assert tidy(found, "m")["df"].tolist() == found.estimates["df"].tolist()


def test_limits_and_p_are_those_of_t_at_the_level_of_the_fit(weeks):
    row = cluster_robust(fit("pain ~ mob + (1 | athlete)", weeks, level=0.9), weeks, "athlete").estimates.iloc[1]
    half = stats.t.ppf(0.95, row["df"]) * row["std_error"]
    assert row["ci_high"] - row["estimate"] == pytest.approx(half)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"]) / row["std_error"], row["df"]))


def test_a_contrast_of_one_term_is_its_row_at_any_scale(model, weeks):
    found = cluster_robust(model, weeks, "athlete")
    thirty, row = contrast(found, {"mob": 30}), found.estimates.set_index("term").loc["mob"]
    assert thirty["std_error"] == pytest.approx(30 * row["std_error"])
    assert thirty["df"] == pytest.approx(row["df"])


def test_both_engines_give_the_same(weeks):
    formula = "pain ~ mob*stab + sex + (1 | clinic) + (1 | athlete)"
    found = [cluster_robust(fit(formula, weeks, engine=e), weeks, "clinic") for e in ("glmm", "statsmodels")]
    for name in ["std_error", "df"]:
        assert found[0].estimates[name].to_numpy() == pytest.approx(found[1].estimates[name].to_numpy(), rel=1e-3)


def test_order_repeated_index_labels_names_and_dropped_rows_do_not_matter(weeks):
    formula = "pain ~ mob + sex + (1 + mob | athlete)"
    frame = weeks.copy()
    frame.loc[::7, "mob"] = np.nan
    expected = cluster_robust(fit(formula, frame), frame, "athlete").estimates
    other = frame.sample(frac=1, random_state=1).assign(athlete=lambda d: "runner " + d["athlete"].astype(str))
    other.index = np.arange(len(other)) // 2
    found = cluster_robust(fit(formula, other), other, "athlete").estimates
    for name in NUMBERS:
        assert found[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-5), name


def test_an_offset_is_taken_off_in_the_formula_and_beside_it(weeks):
    less = weeks.assign(less=weeks["pain"] - weeks["off"])
    with_offset = cluster_robust(fit("pain ~ mob + offset(off) + (1 | athlete)", weeks), weeks, "athlete")
    without = cluster_robust(fit("less ~ mob + (1 | athlete)", less), less, "athlete")
    beside = cluster_robust(fit("pain ~ mob + (1 | athlete)", weeks, offset="off"), weeks, "athlete")
    assert with_offset.vcov.to_numpy() == pytest.approx(without.vcov.to_numpy(), rel=1e-6)
    assert with_offset.vcov.to_numpy() == pytest.approx(beside.vcov.to_numpy(), rel=1e-9)


def test_aliased_terms_stay_missing_and_change_nothing(weeks, model):
    frame = weeks.assign(twice=2 * weeks["mob"])
    found = cluster_robust(fit("pain ~ mob + twice + stab + sex + mob:stab + (1 | athlete)", frame), frame, "athlete")
    rows, expected = found.estimates.set_index("term"), cluster_robust(model, weeks, "athlete").estimates
    assert rows.loc["twice", NUMBERS].isna().all()
    for row in expected.itertuples():
        assert rows.loc[row.term, "std_error"] == pytest.approx(row.std_error, rel=1e-5)
        assert rows.loc[row.term, "df"] == pytest.approx(row.df, rel=1e-5)
    assert contrast(found, {"mob": 1, "stab": 1})["df"] > 1


def test_a_term_that_rests_on_one_athlete_has_no_robust_error(weeks):
    """The residuals of the one athlete of a level are 0 on average: the sandwich would call its effect certain."""
    frame = weeks.assign(sex=weeks["sex"].map({0: "female", 1: "male"}).mask(weeks["athlete"] == 7, "other"))
    found = cluster_robust(fit("pain ~ mob + sex + (1 | athlete)", frame), frame, "athlete")
    rows = found.estimates.set_index("term")
    assert rows.loc["sexother", NUMBERS].isna().all()
    assert np.isfinite(rows.loc["sexother", "estimate"])
    assert rows.drop("sexother")[NUMBERS].notna().all(axis=None)
    assert any("sexother rests, wholly or in part, on a single athlete" in text for text in found.messages)
    assert np.isnan(contrast(found, {"sexother": 1, "mob": 1})["p_value"])


def test_effects_of_athletes_as_fixed_terms_leave_the_within_effect_unharmed(weeks):
    """Pustejovsky and Tipton 2018, theorem 2: absorbing fixed effects leaves CR2 of the other terms as it is."""
    dummies = cluster_robust(fit("pain ~ mob + C(athlete)", weeks), weeks, "athlete")
    within = weeks[["pain", "mob"]] - weeks.groupby("athlete")[["pain", "mob"]].transform("mean")
    centred = within.assign(athlete=weeks["athlete"])
    absorbed = cluster_robust(fit("pain ~ 0 + mob", centred), centred, "athlete").estimates.iloc[0]
    row = dummies.estimates.set_index("term").loc["mob"]
    assert row["std_error"] == pytest.approx(absorbed["std_error"], rel=1e-6)
    assert row["df"] == pytest.approx(absorbed["df"], rel=1e-6)


def test_few_df_are_named(weeks):
    found = cluster_robust(fit("pain ~ mob + (1 | athlete)", weeks), weeks, "clinic")
    assert any("fewer than 4 df" in text and "mob (2." in text for text in found.messages)


def test_a_fit_that_did_not_converge_is_given_back_as_it_is(model, weeks):
    failed = replace(model, converged=False)
    assert cluster_robust(failed, weeks, "athlete") is failed


def test_robust_fits_are_refused(weeks, model):
    with pytest.raises(HiprunError, match="cluster-robust already"):
        cluster_robust(cluster_robust(model, weeks, "athlete"), weeks, "athlete")


@pytest.mark.parametrize(
    ("formula", "cluster", "said"),
    [
        ("pain ~ mob + (1 | clinic)", "athlete", r"'clinic' lie in 50 pieces.*Use cluster='clinic', the larger group"),
        ("pain ~ mob + (1 | athlete)", "week", r"random group 'athlete'.*a cluster that holds both"),
        ("pain ~ mob + (1 | athlete)", "athlet", "athlet.*not in the data; did you mean athlete"),
        ("pain ~ mob", "sex", "found 2 clusters, expected 4 or more"),
    ],
)
def test_clusters_that_cannot_be_used_are_refused_with_the_way_out(weeks, formula, cluster, said):
    with pytest.raises(HiprunError, match=said):
        cluster_robust(fit(formula, weeks), weeks, cluster)


def test_rows_without_a_cluster_are_refused(weeks, model):
    frame = weeks.assign(squad=weeks["athlete"].where(weeks.index > 2))
    with pytest.raises(HiprunError, match="'squad': 3 of 1000 used rows have no cluster"):
        cluster_robust(model, frame, "squad")


def test_another_frame_than_the_fitted_one_is_refused(weeks, model):
    with pytest.raises(HiprunError, match=r"found 999 usable rows .* expected the very 1000 rows"):
        cluster_robust(model, weeks.iloc[1:], "athlete")
    with pytest.raises(HiprunError, match="expected the very 1000 rows"):
        cluster_robust(model, weeks.sample(frac=1, random_state=1), "athlete")
    with pytest.raises(HiprunError, match="the outcome in this frame asks for estimates"):
        cluster_robust(model, weeks.assign(pain=weeks["pain"] + 0.1 * weeks["mob"]), "athlete")
    with pytest.raises(HiprunError, match="fitted values of this frame"):
        cluster_robust(model, weeks.assign(mob=weeks["mob"] * 1.01), "athlete")
