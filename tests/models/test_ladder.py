"""The ladder full → no correlation → no slope → intercept only: where it stops and what it records."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.models import fit, ladder
from analysis.models.ladder import fit_by_ladder


def cohort(slope_sd: float) -> pd.DataFrame:
    """40 athletes × 12 weeks: y = 1 + 0.5 x + athlete + slope·x + noise."""
    rng = np.random.default_rng(3)
    athlete = np.repeat(np.arange(40), 12)
    x, z = rng.normal(size=(2, 480))
    y = 1 + x * (0.5 + rng.normal(0, slope_sd, 40)[athlete]) + rng.normal(0, 1, 40)[athlete]
    return pd.DataFrame({"y": y + rng.normal(size=480), "x": x, "z": z, "athlete": athlete, "clinic": athlete % 5})


def names(result) -> list[str]:
    return [step.name for step in result.steps]


def test_a_slope_that_varies_is_kept_and_the_ladder_has_one_step():
    frame = cohort(slope_sd=0.8)
    result = fit_by_ladder("y ~ x + (1 + x | athlete)", frame)
    assert names(result) == ["full"] and result.doubt == ""
    plain = fit("y ~ x + (1 + x | athlete)", frame)
    pd.testing.assert_frame_equal(result.fit.estimates, plain.estimates)
    assert result.fit.messages == plain.messages
    assert result.steps[0] == ladder.LadderStep("full", "y ~ x + (1 + x | athlete)", "glmm", True, False, "")


def test_a_singular_slope_leaves_and_every_step_says_why():
    frame = cohort(slope_sd=0.0)
    assert fit("y ~ x + (1 + x | athlete)", frame).singular
    result = fit_by_ladder("y ~ x + (1 + x | athlete)", frame)
    assert names(result) == ["full", "no correlation", "intercept only"] and result.doubt == ""
    full, uncorrelated, last = result.steps
    assert full.converged and full.singular
    assert "it is singular" in full.left and "x | athlete SD" in full.left
    assert (uncorrelated.engine, uncorrelated.converged, uncorrelated.singular) == ("mixedlm", True, True)
    assert uncorrelated.formula == "y ~ x + (1 + x || athlete)"
    assert "it is singular" in uncorrelated.left and "x | athlete SD 0" in uncorrelated.left
    assert (last.formula, last.converged, last.singular, last.left) == ("y ~ x + (1 | athlete)", True, False, "")
    pd.testing.assert_frame_equal(result.fit.estimates, fit("y ~ x + (1 | athlete)", frame).estimates)
    assert sum(message.startswith("note: Ladder, ") for message in result.fit.messages) == 2
    table = result.table
    assert table["singular"].tolist() == [True, True, False]
    assert table["name"].tolist() == names(result)


def test_a_singular_intercept_only_fit_is_kept_and_flagged():
    frame = cohort(slope_sd=0.0)
    frame["y"] -= frame.groupby("athlete")["y"].transform("mean")  # no spread between athletes is left
    assert fit("y ~ x + (1 | athlete)", frame).singular
    result = fit_by_ladder("y ~ x + (1 + x | athlete)", frame)
    assert names(result)[-1] == "intercept only"
    assert result.fit.converged and result.fit.singular and result.fit.formula == "y ~ x + (1 | athlete)"
    assert "it is singular" in result.doubt
    assert result.fit.messages[-1].startswith("caution: Ladder: no step is sound; y ~ x + (1 | athlete) is kept")


def test_slopes_leave_from_the_last_written_to_the_first_and_groups_stay():
    frame = cohort(slope_sd=0.0)
    result = fit_by_ladder("y ~ x*z + (1 + x + z | athlete) + (1 + x | clinic)", frame)
    expected = [
        ("full", "y ~ x*z + (1 + x + z | athlete) + (1 + x | clinic)"),
        ("no correlation", "y ~ x*z + (1 + x + z || athlete) + (1 + x || clinic)"),
        ("no slope", "y ~ x*z + (1 + x + z || athlete) + (1 | clinic)"),
        ("no slope", "y ~ x*z + (1 + x || athlete) + (1 | clinic)"),
        ("intercept only", "y ~ x*z + (1 | athlete) + (1 | clinic)"),
    ]
    assert [(step.name, step.formula) for step in result.steps] == expected[: len(result.steps)]
    assert len(result.steps) == 5


def test_simpler_formulas_keep_names_powers_offsets_and_nested_groups():
    frame = cohort(slope_sd=0.0).rename(columns={"z": "my z", "clinic": "site.no"}).assign(log=0.1)
    formula = "y ~ x + I(x^2) + `my z` + offset(`log`) + (1 + `my z` | site.no/athlete)"
    result = fit_by_ladder(formula, frame)
    last = "y ~ x + I(x^2) + `my z` + offset(`log`) + (1 | site.no) + (1 | site.no:athlete)"
    assert result.steps[-1].formula == last
    direct = fit("y ~ x + I(x^2) + `my z` + offset(`log`) + (1 | site.no/athlete)", frame)
    pd.testing.assert_frame_equal(result.fit.estimates, direct.estimates)
    assert result.fit.loglik == pytest.approx(direct.loglik, abs=1e-9)


def test_once_an_engine_does_the_uncorrelated_model_later_steps_stay_without_correlations(monkeypatch):
    frame = cohort(slope_sd=0.0)
    singular = fit("y ~ x + z + (1 + x + z | athlete)", frame)
    assert singular.singular
    tried = []

    def door(formula, *_, **__):
        tried.append(formula)
        return singular if "z |" in formula else fit("y ~ x + z + (1 | athlete)", frame)

    monkeypatch.setattr(ladder, "fit_once", door)
    result = fit_by_ladder("y ~ x + z + (1 + x + z | athlete)", frame)
    assert tried[1:] == ["y ~ x + z + (1 + x + z || athlete)", "y ~ x + z + (1 + x || athlete)"]
    assert names(result) == ["full", "no correlation", "no slope"]


def test_where_nothing_converges_the_simplest_fit_is_given_back_without_numbers():
    """Perfect separation: the maximum lies at infinity whatever the random terms are."""
    rng = np.random.default_rng(0)
    x = np.arange(60.0)
    frame = pd.DataFrame({"y": (x > 29).astype(int), "x": x, "athlete": rng.integers(0, 6, 60)})
    result = fit_by_ladder("y ~ x + (1 + x | athlete)", frame, "binomial")
    assert names(result) == ["full", "no correlation", "intercept only"]
    assert not any(step.converged for step in result.steps)
    assert not result.fit.converged and result.fit.estimates["estimate"].isna().all()
    assert result.doubt.startswith("it did not converge")
    assert result.fit.messages[-1].startswith("severe: Ladder: no step is sound")


def test_a_singular_fit_that_converged_is_kept_before_a_simpler_one_that_did_not(monkeypatch):
    frame = cohort(slope_sd=0.0)
    singular = fit("y ~ x + (1 + x | athlete)", frame)
    lost = dataclasses.replace(fit("y ~ x + (1 | athlete)", frame), converged=False)
    monkeypatch.setattr(ladder, "fit_once", lambda formula, *_, **__: singular if "+ x |" in formula else lost)
    result = fit_by_ladder("y ~ x + (1 + x | athlete)", frame)
    assert result.fit.formula == singular.formula and "it is singular" in result.doubt
    assert [bool(step.left) for step in result.steps] == [True, False, True]


def test_a_model_without_slopes_has_one_step_and_options_reach_the_fit():
    frame = cohort(slope_sd=0.5).assign(off=0.5)
    result = fit_by_ladder("y ~ x + (1 | athlete)", frame, offset="off", reml=False, engine="statsmodels", level=0.8)
    assert names(result) == ["full"]
    assert (result.fit.method, result.fit.engine, result.fit.level) == ("ML", "statsmodels", 0.8)
    assert result.fit.estimates["estimate"][0] == pytest.approx(
        fit("y ~ x + (1 | athlete)", frame).estimates["estimate"][0] - 0.5, abs=1e-3
    )
    assert names(fit_by_ladder("y ~ x", frame)) == ["full"]


def test_a_refused_model_is_recorded_and_the_ladder_goes_on():
    """More random effects than rows: refused for the slope, possible without it (lme4's check.nobs.vs.nRE)."""
    rng = np.random.default_rng(5)
    athlete = np.repeat(np.arange(30), 2)
    frame = pd.DataFrame({"x": rng.normal(size=60), "athlete": athlete})
    frame["y"] = frame["x"] + rng.normal(0, 2, 30)[athlete] + rng.normal(size=60)
    result = fit_by_ladder("y ~ x + (1 + x | athlete)", frame)
    assert "30 groups × 2 random terms for 60 rows" in result.steps[0].left
    assert result.steps[0].converged is None
    assert result.fit.formula == "y ~ x + (1 | athlete)" and result.doubt == ""


@pytest.mark.parametrize(
    "formula, options, message",
    [
        ("y ~ x + (1 + slope | athlete)", {}, "column 'slope': named in the model, not in the data"),
        ("y x", {}, "expected one '~'"),
        (3, {}, "found 3, expected text"),
        ("y ~ x + (1 + x | athlete)", {"offset": "hours"}, "no step could be fitted; .*column 'hours'"),
        ("y ~ x + (1 + x | athlete)", {"family": "weibull"}, "no step could be fitted; .*found 'weibull'"),
        ("flat ~ x + (1 + x | athlete)", {}, "no step could be fitted; .*every one of the 480 used values"),
    ],
)
def test_what_no_simpler_model_mends_is_an_error_in_words(formula, options, message):
    """A misspelt slope is not simplified away."""
    with pytest.raises(HiprunError, match=message):
        fit_by_ladder(formula, cohort(0.5).assign(flat=1.0), **options)


def test_a_formula_without_correlations_is_tried_as_written_and_has_no_second_step():
    result = fit_by_ladder("y ~ x + (1 + x || athlete)", cohort(slope_sd=0.0))
    assert names(result)[0] == "full" and "no correlation" not in names(result)
    assert result.steps[-1].formula == "y ~ x + (1 | athlete)"
