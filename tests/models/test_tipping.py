"""Delta-adjusted tipping points: panels in which those who did not answer differ by a known shift."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.models import fit
from analysis.models.impute import impute
from analysis.models.pool import fit_imputed
from analysis.models.tipping import tipping_point

PAIN = "pain ~ within + (1 | athlete_id)"
PROBLEM = "problem ~ within + (1 | athlete_id)"
KEY = {"week": "week", "expected": None}
TERM = {"weights": {"within": 1}}


@pytest.fixture(scope="module")
def truth():
    """40 × 20 weeks, pain 4 - 0.4 within; weeks with a high dose are missing and truly 2 points worse than MAR."""
    rng = np.random.default_rng(5)
    key = {"athlete_id": np.repeat(np.arange(40), 20), "week": np.tile(np.arange(20), 40)}
    frame = pd.DataFrame(key | {"within": rng.normal(size=800)})
    frame["pain"] = 4 - 0.4 * frame["within"] + np.repeat(rng.normal(size=40), 20) + rng.normal(size=800)
    frame["missing"] = rng.uniform(size=800) < 1 / (1 + np.exp(1.2 - frame["within"]))
    log_odds = 0.5 - 0.8 * frame["within"] + np.repeat(rng.normal(size=40), 20)
    frame["latent"] = log_odds + rng.logistic(size=800)
    return frame


@pytest.fixture(scope="module")
def imputed(truth):
    return impute(PAIN, truth.assign(pain=truth["pain"].mask(truth["missing"])), seed=2, m=8, iterations=4, **KEY)


@pytest.fixture(scope="module")
def problems(truth):
    answers = pd.array(truth["latent"] > 0, dtype="boolean")
    frame = truth.assign(problem=pd.Series(answers).mask(truth["missing"]))
    return impute(PROBLEM, frame, seed=2, m=8, iterations=4, **KEY)


@pytest.fixture(scope="module")
def shifted(imputed):
    return tipping_point(PAIN, imputed, **TERM, deltas=[-2, 1, 2, 3])


def _row(found, delta):
    return found.table.set_index("delta").loc[delta]


def test_the_true_shift_recovers_the_effect_of_the_full_data_and_mar_does_not(truth, shifted):
    full = fit(PAIN, truth.assign(pain=truth["pain"] + 2 * truth["missing"])).estimates.set_index("term").loc["within"]
    assert abs(_row(shifted, 0)["estimate"] - full["estimate"]) > 4 * full["std_error"]
    assert _row(shifted, 2)["estimate"] == pytest.approx(full["estimate"], abs=0.05)


def test_it_finds_the_first_shift_on_each_side_at_which_the_reading_changes(shifted):
    table = shifted.table.set_index("delta")
    assert table.index.tolist() == [-2, 0, 1, 2, 3]
    crossed = table["ci_high"] >= 0
    assert crossed.tolist() == [False, False, False, True, True]
    assert table["reading"].tolist() == ["below"] * 3 + ["compatible with"] * 2
    assert (shifted.up, shifted.down, shifted.nearest) == (2, None, 2)
    assert "below 0 under MAR and no longer so from delta +2 (outcome) on" in shifted.said


def test_a_shift_of_0_is_the_analysis_under_mar(imputed, shifted):
    expected = fit_imputed(PAIN, imputed).estimates.set_index("term").loc["within"]
    for name in ["estimate", "std_error", "ci_low", "ci_high", "p_value", "df", "fmi"]:
        assert _row(shifted, 0)[name] == pytest.approx(expected[name]), name


def test_the_whole_estimate_moves_as_a_regression_on_what_was_missing(truth, imputed):
    """The estimate is linear in the outcomes: with a fixed random part, delta moves it by delta times one number."""
    found = tipping_point("pain ~ within", imputed, **TERM, deltas=[1, 3]).table.set_index("delta")["estimate"]
    slope = np.polyfit(truth["within"], truth["missing"].astype(float), 1)[0]
    assert found[1] - found[0] == pytest.approx(slope)
    assert found[3] - found[0] == pytest.approx(3 * slope)


def test_where_nothing_changes_it_says_so(imputed):
    found = tipping_point(PAIN, imputed, **TERM, deltas=[-0.5, 0.5])
    assert found.nearest is None
    assert "not reached within the grid, -0.5 to 0.5" in found.said


def test_another_null_value_is_read_against(imputed):
    found = tipping_point(PAIN, imputed, **TERM, deltas=[1], null=-2.0)
    assert found.table["reading"].tolist() == ["above", "above"]


def test_cells_beyond_the_scale_are_set_to_its_limit_and_counted(truth, imputed):
    low, high = truth["pain"].min() - 0.1, truth["pain"].max() + 0.1
    found = tipping_point(PAIN, imputed, **TERM, deltas=[1, 50], bounds=(low, high))
    assert _row(found, 0)["n_clipped"] == 0
    assert 0 < _row(found, 1)["n_clipped"] < _row(found, 50)["n_clipped"] == 8 * truth["missing"].sum()
    at_limit = truth.assign(pain=truth["pain"].mask(truth["missing"], high))
    expected = fit(PAIN, at_limit).estimates.set_index("term")["estimate"]["within"]
    assert _row(found, 50)["estimate"] == pytest.approx(expected, rel=1e-6)


def test_yes_no_answers_are_shifted_on_the_log_odds_scale_and_the_true_shift_recovers_the_effect(truth, problems):
    answers = (truth["latent"] + 1.5 * truth["missing"] > 0).astype(float)
    full = fit(PROBLEM, truth.assign(problem=answers), "binomial").estimates.set_index("term").loc["within"]
    found = tipping_point(PROBLEM, problems, "binomial", **TERM, deltas=[-1.5, 1.5, 40])
    assert found.scale == "log-odds"
    assert abs(_row(found, 0)["estimate"] - full["estimate"]) > 2 * full["std_error"]
    assert _row(found, 1.5)["estimate"] == pytest.approx(full["estimate"], abs=0.12)
    # Far enough up, every missing answer is yes.
    certain = truth.assign(problem=((truth["latent"] > 0) | truth["missing"]).astype(float))
    expected = fit(PROBLEM, certain, "binomial").estimates.set_index("term")["estimate"]["within"]
    assert _row(found, 40)["estimate"] == pytest.approx(expected, rel=1e-6)


def test_a_shift_without_a_result_is_no_change_of_reading(imputed):
    calls = []

    def after(model, _):
        calls.append(model)
        return replace(model, converged=len(calls) <= 8)  # the first delta only

    found = tipping_point(PAIN, imputed, **TERM, deltas=[3], after=after)
    assert found.table["reading"].tolist() == ["below", "no result"]
    assert found.nearest is None
    assert "1 of 2 shifts gave no result" in found.said


def test_refuses_what_has_no_meaning(truth, imputed, problems):
    complete = impute(PAIN, truth, seed=1, m=2, iterations=1, **KEY)
    counts = truth.assign(pain=truth["pain"].clip(0).round().mask(truth["missing"]))
    counted = impute(PAIN, counts, seed=1, m=2, iterations=1, **KEY)
    refused = {
        "nothing to shift": lambda: tipping_point(PAIN, complete, **TERM, deltas=[1]),
        "a shifted count": lambda: tipping_point(PAIN, counted, "poisson", **TERM, deltas=[1]),
        "expected one finite shift": lambda: tipping_point(PAIN, imputed, **TERM, deltas=[np.nan]),
        "one finite shift or more": lambda: tipping_point(PAIN, imputed, **TERM, deltas=[]),
        "that hold all of it": lambda: tipping_point(PAIN, imputed, **TERM, deltas=[1], bounds=(0, 3)),
        "bounds do not go with": lambda: tipping_point(
            PROBLEM, problems, "binomial", **TERM, deltas=[1], bounds=(0, 1)
        ),
        "expected terms of the model": lambda: tipping_point(PAIN, imputed, weights={"x": 1}, deltas=[1]),
    }
    for words, call in refused.items():
        with pytest.raises(HiprunError, match=words):
            call()
