"""Bootstrap: held against closed forms, lme4's bootMer, CR2 errors, and a known truth."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import bootstrap as bootstrap_module
from analysis.models import cluster_robust, fit
from analysis.models.bootstrap import cluster_bootstrap, parametric_bootstrap, random_intervals
from analysis.models.engine_glmm import solve
from analysis.models.families import FAMILIES
from analysis.models.rebuild import rebuilt
from analysis.models.refit import refit
from analysis.models.replicates import Replicates

from .conftest import REFERENCE

BOOT_MER = json.loads((REFERENCE / "influence" / "influence.json").read_text(encoding="utf-8"))["boot"]


def _one_way(seed, athletes=40, weeks=6, sd=1.5, residual=2.0):
    """Balanced: athletes × weeks, mean 3."""
    rng = np.random.default_rng(seed)
    athlete = np.repeat(np.arange(athletes), weeks)
    y = 3 + rng.normal(0, sd, athletes)[athlete] + rng.normal(0, residual, len(athlete))
    return pd.DataFrame({"athlete": athlete, "y": y})


def _column(replicates, parameter, term="", group=""):
    table = replicates.table
    chosen = (table["parameter"] == parameter) & (table["term"] == term) & (table["group"] == group)
    return table.loc[chosen, "value"].to_numpy()


def _rows(table):
    return table.set_index(["parameter", "group", "term"])


def test_replicates_of_a_balanced_one_way_model_follow_their_exact_distributions():
    """Searle, Casella and McCulloch 1992, Variance Components, sec. 3.6: mean squares are chi2, the mean is normal."""
    frame = _one_way(1)
    model = fit("y ~ 1 + (1 | athlete)", frame)
    between, within = model.random_vcov[0].iloc[0, 0], model.dispersion
    replicates = parametric_bootstrap(model, frame, n=800, seed=2)
    mean = _column(replicates, "fixed", "(Intercept)")
    msa = 6 * _column(replicates, "sd", "(Intercept)", "athlete") ** 2 + _column(replicates, "sd", "", "Residual") ** 2
    mse = _column(replicates, "sd", "", "Residual") ** 2
    expected = 6 * between + within
    assert model.estimates.loc[0, "std_error"] == pytest.approx(np.sqrt(expected / 240), rel=1e-6)
    assert stats.kstest((mean - model.estimates.loc[0, "estimate"]) / np.sqrt(expected / 240), "norm").pvalue > 0.01
    assert stats.kstest(msa * 39 / expected, "chi2", args=(39,)).pvalue > 0.01
    assert stats.kstest(mse * 200 / within, "chi2", args=(200,)).pvalue > 0.01
    table = _rows(replicates.intervals())
    assert table.loc[("fixed", "", "(Intercept)"), "std_error"] == pytest.approx(np.sqrt(expected / 240), rel=0.08)
    limits = stats.chi2.ppf([0.025, 0.975], 200) / 200  # of the mean square, in shares of the truth
    residual = table.loc[("sd", "Residual", "")]
    assert [residual["ci_low"], residual["ci_high"]] == pytest.approx(np.sqrt(within * limits), rel=0.02)


def test_sleepstudy_intervals_are_those_of_lme4s_bootmer(sleepstudy):
    """4000 replicates of lme4, tests/reference/influence/make_influence.R; a limit of 1500 has an error near 4 % of
    the interval's width."""
    model = fit("Reaction ~ Days + (1 + Days | Subject)", sleepstudy)
    table = _rows(parametric_bootstrap(model, sleepstudy, n=1500, seed=3).intervals())
    names = {
        "(Intercept)": ("fixed", "", "(Intercept)"),
        "Days": ("fixed", "", "Days"),
        "Subject (Intercept) NA": ("sd", "Subject", "(Intercept)"),
        "Subject Days NA": ("sd", "Subject", "Days"),
        "Subject (Intercept) Days": ("corr", "Subject", "Days"),
        "Residual NA NA": ("sd", "Residual", ""),
    }
    assert set(names) == set(BOOT_MER["names"])
    for at, name in enumerate(BOOT_MER["names"]):
        own, width = table.loc[names[name]], BOOT_MER["high"][at] - BOOT_MER["low"][at]
        assert abs(own["ci_low"] - BOOT_MER["low"][at]) < 0.1 * width, name
        assert abs(own["ci_high"] - BOOT_MER["high"][at]) < 0.1 * width, name
        assert own["std_error"] == pytest.approx(BOOT_MER["sd"][at], rel=0.12), name


def test_intervals_of_random_sds_hold_the_truth_about_as_often_as_they_say():
    """80 cohorts, 90 % limits of 39 replicates: 72 expected, standard error of the count 2.7."""
    held = {"athlete": 0, "Residual": 0}
    for seed in range(80):
        frame = _one_way(100 + seed, athletes=25, weeks=4, sd=1.5, residual=2.0)
        table = random_intervals(fit("y ~ 1 + (1 | athlete)", frame), frame, n=39, seed=seed, level=0.9)
        for group, truth in (("athlete", 1.5), ("Residual", 2.0)):
            row = table[table["group"] == group].iloc[0]
            held[group] += row["ci_low"] <= truth <= row["ci_high"]
    assert 62 <= held["athlete"] <= 79
    assert 64 <= held["Residual"] <= 79


def _drifting(seed, athletes=120, weeks=12, rho=0.8):
    """Pain and dose that drift from week to week: the model's own errors are too small."""
    rng = np.random.default_rng(seed)
    drift = np.empty((2, athletes, weeks))
    drift[:, :, 0] = rng.normal(size=(2, athletes))
    for week in range(1, weeks):
        drift[:, :, week] = rho * drift[:, :, week - 1] + np.sqrt(1 - rho**2) * rng.normal(size=(2, athletes))
    athlete = np.repeat(np.arange(athletes), weeks)
    return pd.DataFrame({"athlete": athlete, "dose": drift[0].ravel(), "pain": 3 + drift[1].ravel()})


def test_drawing_athletes_gives_the_cr2_error_where_the_models_own_is_too_small():
    """With 120 athletes and 500 replicates the Monte-Carlo error of the ratio is 3 %."""
    frame = _drifting(4)
    model = fit("pain ~ dose + (1 | athlete)", frame)
    table = _rows(cluster_bootstrap(model, frame, "athlete", n=500, seed=5).intervals())
    own = model.estimates.set_index("term")["std_error"]["dose"]
    robust = cluster_robust(model, frame, "athlete").estimates.set_index("term")["std_error"]["dose"]
    assert robust > 1.3 * own
    assert table.loc[("fixed", "", "dose"), "std_error"] == pytest.approx(robust, rel=0.12)


def test_an_athlete_drawn_twice_is_two_athletes(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    design = rebuilt(model, weeks, "test").design
    members = [np.flatnonzero(design.random[0].codes == at) for at in range(50)]
    drawn = bootstrap_module._drawn(design, members, np.random.default_rng(6))
    assert len(drawn.random[0].levels) == 50 and len(drawn.y) == 1000
    assert drawn.random[0].levels.str.endswith(" #1").any()
    for at, name in enumerate(drawn.random[0].levels):
        own = weeks[weeks["athlete"] == int(name.split(" #")[0])]
        assert drawn.y[drawn.random[0].codes == at].tolist() == own["pain"].tolist()


def test_clinics_are_drawn_with_their_athletes(weeks):
    model = fit("pain ~ mob + (1 | clinic) + (1 | athlete)", weeks)
    with pytest.raises(HiprunError, match="4 levels of random group 'clinic' lie in 50 pieces"):
        cluster_bootstrap(model, weeks, "athlete", n=5, seed=1)
    found = cluster_bootstrap(model, weeks, "clinic", n=30, seed=1)
    assert found.kind == "clusters of clinic" and found.n_failed == 0


def test_same_seed_same_numbers_whatever_the_jobs(weeks):
    model = fit("inj ~ mob + (1 | athlete)", weeks, "poisson", offset="off")
    told = []
    one = parametric_bootstrap(model, weeks, n=45, seed=7, progress=lambda done, n: told.append((done, n)))
    two = parametric_bootstrap(model, weeks, n=45, seed=7, jobs=2)
    other = parametric_bootstrap(model, weeks, n=45, seed=8)
    assert told == [(20, 45), (40, 45), (45, 45)]
    pd.testing.assert_frame_equal(one.table, two.table, check_exact=True)
    assert not np.isclose(one.table["value"], other.table["value"]).any()
    first = parametric_bootstrap(model, weeks, n=10, seed=7).table
    pd.testing.assert_frame_equal(first, one.table.head(len(first)), check_exact=True)


def test_replicates_that_did_not_converge_are_counted_and_left_out(weeks, monkeypatch):
    model, calls = fit("pain ~ mob + (1 | athlete)", weeks), []

    def sometimes(fit, design):
        calls.append(1)
        return dataclasses.replace(refit(fit, design), converged=len(calls) % 4 != 0)

    monkeypatch.setattr(bootstrap_module, "refit", sometimes)
    found = parametric_bootstrap(model, weeks, n=60, seed=1)
    assert found.failed == {"the refit did not converge": 15} and found.n_failed == 15
    table = found.intervals()
    assert (table["n_replicates"] == 45).all() and (table["n_missing"] == 15).all()
    assert found.table.groupby("replicate")["value"].apply(lambda v: v.isna().all()).sum() == 15
    monkeypatch.setattr(bootstrap_module, "refit", lambda f, d: dataclasses.replace(refit(f, d), converged=False))
    with pytest.raises(HiprunError, match="not one of 3 replicates could be fitted: the refit did not converge"):
        parametric_bootstrap(model, weeks, n=3, seed=1)


def test_samples_without_a_single_event_are_counted_by_reason():
    """Two athletes of 12 have all events: neither is drawn with probability (10/12)^12 = 0.112."""
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"athlete": np.repeat(np.arange(12), 20), "x": rng.normal(size=240)})
    frame["y"] = np.where(frame["athlete"] < 2, rng.poisson(1.5, 240), 0)
    found = cluster_bootstrap(fit("y ~ x", frame, "poisson"), frame, "athlete", n=300, seed=1)
    assert list(found.failed) == [
        "outcome 'refitted': every one of the 240 used values is 0; a model needs an outcome that varies."
    ]
    assert stats.binomtest(found.n_failed, 300, (10 / 12) ** 12).pvalue > 0.001


def test_a_level_that_is_not_drawn_leaves_its_terms_missing():
    """With the reference level gone no difference to it can be read, whatever reference an engine takes instead."""
    rng = np.random.default_rng(10)
    frame = pd.DataFrame({"athlete": np.repeat(np.arange(15), 8)})
    shoe = np.where(frame["athlete"] < 2, "a", np.where(frame["athlete"] < 4, "b", "c"))
    frame = frame.assign(shoe=shoe, y=rng.normal(size=120) + frame["athlete"])
    found = cluster_bootstrap(fit("y ~ shoe", frame), frame, "athlete", n=300, seed=1)
    assert found.n_failed == 0
    wide = found.table[found.table["parameter"] == "fixed"].pivot_table(
        index="replicate", columns="term", values="value", dropna=False
    )
    missing = wide.isna()
    gone = (13 / 15) ** 15  # 0.117
    assert stats.binomtest(int(missing["(Intercept)"].sum()), 300, gone).pvalue > 0.001
    assert (missing["shoec"] == missing["(Intercept)"]).all()
    assert (missing["shoeb"] >= missing["(Intercept)"]).all()
    assert missing["shoeb"].sum() > missing["(Intercept)"].sum() + 20
    means = frame.groupby("athlete")["y"].mean()
    assert wide["(Intercept)"].dropna().between(means[0] - 1e-9, means[1] + 1e-9).all()
    assert (wide["(Intercept)"] + wide["shoeb"]).dropna().between(means[2] - 1e-9, means[3] + 1e-9).all()
    counted = found.intervals().set_index("term")["n_missing"]
    assert counted[["shoeb", "shoec"]].tolist() == missing[["shoeb", "shoec"]].sum().tolist()


def test_a_separated_replicate_is_infinite_not_minus_thirty(weeks):
    """Those without an injury in any week with a brace; where the engine gives up on one it is counted as failed."""
    frame = weeks.assign(brace=(weeks["athlete"] < 3).astype(int))
    frame.loc[frame["brace"] == 1, "inj"] = 0
    frame.loc[frame.index[frame["brace"] == 1][:3], "inj"] = 1
    model = fit("inj ~ mob + brace + (1 | athlete)", frame, "poisson")
    found = parametric_bootstrap(model, frame, n=150, seed=1)
    again, separated = rebuilt(model, frame, "test"), np.empty(150, dtype=bool)
    for at in range(150):
        drawn = bootstrap_module._simulated(
            model, again, np.random.default_rng(np.random.SeedSequence(1, spawn_key=(at,)))
        )
        separated[at] = not drawn.y[frame["brace"] == 1].any()
    values = _column(found, "fixed", "brace")
    assert 3 < separated.sum() < 40
    assert (np.isneginf(values) | np.isnan(values))[separated].all() and np.isfinite(values[~separated]).all()
    row = found.intervals().set_index("term").loc["brace"]
    assert row["n_infinite"] + row["n_missing"] == separated.sum() and row["n_infinite"] > 3
    assert np.isneginf(row["ci_low"]) and np.isfinite(row["ci_high"]) and np.isnan(row["std_error"])


def _replicates(values, estimate=None):
    middle = np.median(values) if estimate is None else estimate
    keys = pd.DataFrame({"parameter": ["fixed"], "group": [""], "term": ["x"], "estimate": [middle]})
    table = pd.DataFrame({"replicate": range(len(values)), "parameter": "fixed", "group": "", "term": "x"})
    return Replicates("parametric", 1, len(values), {}, keys, table.assign(value=values))


def test_limits_around_the_median_are_the_order_statistics_of_davison_and_hinkley():
    """Without bias (R + 1) α of R = 999: the 25th and the 975th value; of R = 39 the smallest and the largest."""
    shuffled = np.random.default_rng(1).permutation(np.arange(1.0, 1000.0))
    row = _replicates(shuffled).intervals(0.95).iloc[0]
    assert (row["ci_low"], row["ci_high"], row["n_replicates"]) == (25, 975, 999)
    assert row["std_error"] == pytest.approx(np.sqrt(999 * 1000 / 12))  # of 1 … n: n(n + 1)/12
    row = _replicates(shuffled).intervals(0.9).iloc[0]
    assert (row["ci_low"], row["ci_high"]) == (50, 950)
    row = _replicates(np.arange(39.0)).intervals(0.95).iloc[0]
    assert (row["ci_low"], row["ci_high"]) == (0, 38)
    row = _replicates(np.arange(38.0)).intervals(0.95).iloc[0]
    assert np.isnan(row["ci_low"]) and np.isnan(row["ci_high"]) and np.isfinite(row["std_error"])
    with pytest.raises(HiprunError, match="between 0 and 1"):
        _replicates(np.arange(38.0)).intervals(95)


def test_limits_move_by_twice_the_bias_of_the_replicates():
    """Efron 1987: normal replicates whose mean is 0.3 SD below the estimate t give t + 0.3 ± 1.96."""
    values = stats.norm.ppf(np.arange(1, 2000) / 2000)
    row = _replicates(values, estimate=0.3).intervals(0.95).iloc[0]
    assert row["ci_low"] == pytest.approx(0.6 - 1.96, abs=0.02)
    assert row["ci_high"] == pytest.approx(0.6 + 1.96, abs=0.06)
    assert _replicates(values, estimate=9.0).intervals(0.95)[["ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("family", "dispersion", "variance"),
    [
        ("gaussian", 2.5, lambda m: 2.5 + 0 * m),
        ("poisson", 1.0, lambda m: m),
        ("negativebinomial", 1.7, lambda m: m + m**2 / 1.7),
        ("binomial", 1.0, lambda m: m * (1 - m)),
        ("gamma", 0.6, lambda m: 0.6 * m**2),
    ],
)
def test_drawn_outcomes_have_the_mean_and_variance_of_their_family(weeks, family, dispersion, variance):
    design = rebuilt(fit("pain ~ mob", weeks), weeks, "test").design
    design = dataclasses.replace(design, family=FAMILIES[family])
    for mean in (0.2, 0.8):
        y = bootstrap_module._outcomes(design, np.full(200_000, mean), dispersion, np.random.default_rng(1))
        assert not FAMILIES[family].invalid(y).any()
        assert y.mean() == pytest.approx(mean, abs=5 * np.sqrt(variance(mean) / 200_000))
        assert y.var() == pytest.approx(variance(mean), rel=0.03)


def test_a_gaussian_models_weights_divide_the_variance_that_is_drawn(weeks):
    frame = weeks.assign(w=np.where(weeks["mob"] > 0, 9.0, 0.5))
    model = fit("pain ~ mob + stab", frame, weights="w")
    table = _rows(parametric_bootstrap(model, frame, n=600, seed=1).intervals())
    errors = model.estimates.set_index("term")["std_error"]
    for term in errors.index:
        assert table.loc[("fixed", "", term), "std_error"] == pytest.approx(errors[term], rel=0.12)
    counts = fit("inj ~ mob", frame, "poisson", weights="w")
    with pytest.raises(HiprunError, match="found a fit with weights"):
        parametric_bootstrap(counts, frame, n=5, seed=1)


def test_a_negative_binomial_refit_from_the_fit_ends_where_a_cold_start_does(weeks):
    model = fit("injnb ~ mob*stab + (1 | athlete)", weeks, "negativebinomial", offset="off")
    design = rebuilt(model, weeks, "test").design
    drawn = bootstrap_module._simulated(model, rebuilt(model, weeks, "test"), np.random.default_rng(3))
    for one in (design, drawn):
        warm, cold = refit(model, one), solve(one, True, None)
        assert warm.converged and cold.converged
        assert warm.loglik == pytest.approx(cold.loglik, abs=1e-5)
        assert warm.dispersion == pytest.approx(cold.dispersion, rel=1e-3)
        assert np.abs((warm.beta - cold.beta) / np.sqrt(np.diag(cold.vcov))).max() < 1e-3
    table = _rows(parametric_bootstrap(model, weeks, n=100, seed=1).intervals(0.9))
    shape = table.loc[("dispersion", "", "")]
    assert shape["ci_low"] < model.dispersion == shape["estimate"] < shape["ci_high"]


def test_random_intervals_hold_every_sd_and_correlation(weeks):
    model = fit("pain ~ mob + stab + (1 + mob + stab | athlete)", weeks, engine="mixedlm", level=0.5)
    table = random_intervals(model, weeks, n=9, seed=1)
    assert table["parameter"].tolist() == ["sd"] * 4 + ["corr"] * 3
    assert table["group"].tolist() == ["athlete"] * 3 + ["Residual"] + ["athlete"] * 3
    assert table["term"].tolist() == ["(Intercept)", "mob", "stab", "", "mob", "stab", "mob, stab"]
    own = model.random_effects
    assert table["estimate"].tolist()[:4] == pytest.approx(own["sd"].tolist())
    assert table["estimate"].tolist()[4:6] == pytest.approx(own["corr"].tolist()[1:3])
    assert (table["ci_low"] < table["ci_high"]).all()  # 9 replicates are enough for 50 %: the fit's own level
    apart = fit("pain ~ mob + (1 + mob || athlete) + (1 | clinic)", weeks, engine="mixedlm")
    assert set(random_intervals(apart, weeks, n=3, seed=1)["parameter"]) == {"sd"}  # `||` has no correlation
    with pytest.raises(HiprunError, match="has no random effects"):
        random_intervals(fit("pain ~ mob", weeks), weeks, n=9, seed=1)


def test_rows_left_out_of_the_fit_and_doubled_index_labels_do_no_harm(weeks):
    gaps = weeks.assign(mob=weeks["mob"].where(weeks.index % 7 != 0))
    gaps.index = np.arange(len(gaps)) // 2
    model = fit("pain ~ mob + (1 | athlete)", gaps)
    plain = weeks[weeks.index % 7 != 0]
    same = fit("pain ~ mob + (1 | athlete)", plain)
    one = cluster_bootstrap(model, gaps, "athlete", n=10, seed=1).table
    other = cluster_bootstrap(same, plain, "athlete", n=10, seed=1).table
    assert one["value"].to_numpy() == pytest.approx(other["value"].to_numpy(), rel=1e-9)


def test_it_refuses_what_it_cannot_do(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    for wrong, said in (({"n": 0}, "n is 0"), ({"jobs": 0}, "jobs is 0"), ({"seed": -1}, "seed is -1")):
        with pytest.raises(HiprunError, match=said):
            parametric_bootstrap(model, weeks, **{"n": 5, "seed": 1, **wrong})
    with pytest.raises(HiprunError, match="did not converge"):
        parametric_bootstrap(dataclasses.replace(model, converged=False), weeks, n=5, seed=1)
    with pytest.raises(HiprunError, match="Give the frame"):
        cluster_bootstrap(model, weeks.head(500), "athlete", n=5, seed=1)
    with pytest.raises(HiprunError, match="not in the data"):
        cluster_bootstrap(model, weeks, "nobody", n=5, seed=1)
    with pytest.raises(HiprunError, match="has 1 value, expected two clusters"):
        cluster_bootstrap(model, weeks.assign(one="x"), "one", n=5, seed=1)
    with pytest.raises(HiprunError, match="is missing in 20 of 1000 used rows"):
        team = weeks.assign(team=weeks["athlete"].where(weeks["athlete"] != 1))
        cluster_bootstrap(model, team, "team", n=5, seed=1)
