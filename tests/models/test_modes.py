"""Conditional modes, their SDs, prior weights and predictions for known athletes, against lme4 and closed forms."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.models import fit, modes, predict
from tests.models.conftest import REFERENCE

FITS = json.loads((REFERENCE / "modes" / "modes.json").read_text())


@pytest.fixture(scope="module")
def weighted_weeks(weeks):
    return weeks.assign(w=pd.read_csv(REFERENCE / "modes" / "weights.csv")["w"])


def fitted(name, frame):
    known = FITS[name]
    return fit(known["formula"], frame, known["family"], weights="w" if known["weighted"] else None)


@pytest.mark.parametrize("name", FITS)
def test_modes_and_their_sds_equal_lme4_condvar(weighted_weeks, name):
    model = fitted(name, weighted_weeks)
    for group in FITS[name]["groups"]:
        own = model.conditional_modes[model.conditional_modes["group"] == group["group"]]
        for column, expected in (("value", group["value"]), ("sd", group["sd"])):
            table = own.pivot(index="level", columns="term", values=column).loc[group["level"], group["term"]]
            assert_allclose(table.to_numpy(), np.reshape(expected, table.shape), rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("name", [name for name in FITS if FITS[name]["weighted"]])
def test_weighted_models_equal_lme4(weighted_weeks, name):
    """lme4 1.1.31, lmer and tight glmer with weights=. glmer's standard errors are from its own Hessian differences."""
    model, known = fitted(name, weighted_weeks), FITS[name]
    assert model.converged and model.weights == "w"
    assert model.loglik == pytest.approx(known["loglik"], abs=1e-4)
    assert_allclose(model.estimates["std_error"], known["std_error"], rtol=1e-3)
    off = (model.estimates["estimate"] - known["estimate"]) / model.estimates["std_error"]
    assert np.abs(off).max() < 1e-3


def test_whole_number_weights_of_a_count_model_are_rows_written_that_often(weeks):
    frame = weeks.assign(w=1 + np.arange(len(weeks)) % 3)
    rows = frame.loc[frame.index.repeat(frame["w"])]
    for engine in ("glmm", "statsmodels"):
        weighted = fit("inj ~ mob + stab", frame, "poisson", weights="w", engine=engine)
        repeated = fit("inj ~ mob + stab", rows, "poisson", engine=engine)
        columns = ["estimate", "std_error"]
        assert_allclose(weighted.estimates[columns], repeated.estimates[columns], rtol=1e-6)
        assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-6)


def one_way(groups=12, each=6):
    rng = np.random.default_rng(4)
    y = 10 + np.repeat(rng.normal(0, 2, groups), each) + rng.normal(0, 1, groups * each)
    return pd.DataFrame({"y": y, "g": np.repeat(np.arange(groups), each)}), y.reshape(groups, each)


def test_a_known_group_of_a_balanced_one_way_model_has_its_closed_form_error():
    """Searle, Casella and McCulloch 1992, Variance Components, 7.2: var(b | y) + (MSE / MSA)² var(mean)."""
    frame, table = one_way()
    groups, each = table.shape
    msa, mse = each * table.mean(axis=1).var(ddof=1), table.var(axis=1, ddof=1).mean()
    model = fit("y ~ 1 + (1 | g)", frame)
    conditional = (msa - mse) / each * mse / msa
    assert_allclose(model.conditional_modes["sd"], np.sqrt(conditional), rtol=1e-4)
    known = predict(model, pd.DataFrame({"g": [3]}), fitted_on=frame, athletes="known").iloc[0]
    assert known["std_error"] == pytest.approx(np.sqrt(conditional + mse / msa * mse / (groups * each)), rel=1e-4)


@pytest.mark.parametrize("random", ["(1 + mob | athlete)", "(1 | clinic) + (1 + mob | athlete)"])
def test_the_error_of_a_known_athlete_is_that_of_hendersons_equations_solved_densely(weeks, random):
    """Robinson 1991, Stat Sci 6:15: the inverse of the mixed model equations is the covariance of (b̂, û - u)."""
    model = fit(f"pain ~ mob + stab + {random}", weeks)
    x = np.column_stack([np.ones(len(weeks)), weeks[["mob", "stab"]]])
    blocks, penalty = [x], [np.zeros((3, 3))]
    for group, cov in zip(model.n_groups, model.random_vcov, strict=True):
        codes, levels = pd.factorize(weeks[group], sort=True)
        z = x[:, : len(cov)]
        wide = np.zeros((len(weeks), len(levels), len(cov)))
        wide[np.arange(len(weeks)), codes] = z
        blocks.append(wide.reshape(len(weeks), -1))
        penalty.append(np.kron(np.eye(len(levels)), np.linalg.inv(cov)))
    w = np.hstack(blocks)
    lhs, at = w.T @ w / model.dispersion, 0
    for part in penalty:
        lhs[at : at + len(part), at : at + len(part)] += part
        at += len(part)
    variance = np.einsum("ni,ij,nj->n", w, np.linalg.inv(lhs), w)
    found = predict(model, weeks, fitted_on=weeks, athletes="known")
    assert_allclose(found["std_error"], np.sqrt(variance), rtol=1e-5)


def test_known_athletes_fall_into_their_intervals_nineteen_times_in_twenty():
    """60 cohorts of 20 athletes × 8 weeks, the truth a + b·x of each athlete at x = 1: 95 % ± 4 Monte-Carlo errors."""
    rng = np.random.default_rng(11)
    athlete = np.repeat(np.arange(20), 8)
    inside = []
    for _ in range(60):
        x, a, b = rng.normal(size=160), rng.normal(0, 1, 20), rng.normal(0.5, 0.6, 20)
        y = a[athlete] + b[athlete] * x + rng.normal(size=160)
        frame = pd.DataFrame({"y": y, "x": x, "athlete": athlete})
        model = fit("y ~ x + (1 + x | athlete)", frame)
        new = pd.DataFrame({"x": 1.0, "athlete": np.arange(20)})
        found = predict(model, new, fitted_on=frame, athletes="known")
        inside.append(((found["ci_low"] < a + b) & (a + b < found["ci_high"])).mean())
    assert np.mean(inside) == pytest.approx(0.95, abs=4 * np.std(inside) / np.sqrt(60))


def test_many_crossed_levels_get_no_sd_instead_of_all_memory(weeks, monkeypatch):
    monkeypatch.setattr(modes, "_LARGEST", 10)
    model = fit("pain ~ mob + (1 | week) + (1 | athlete)", weeks)
    assert model.conditional_modes["sd"].isna().all() and model.conditional_modes["value"].notna().all()


def test_a_variance_at_zero_leaves_no_doubt_in_the_modes(weeks):
    frame = weeks.assign(flat=weeks["pain"] - weeks.groupby("athlete")["pain"].transform("mean"))
    model = fit("flat ~ mob + (1 | athlete)", frame)
    assert model.singular
    assert_allclose(model.conditional_modes[["value", "sd"]], 0, atol=1e-3)
