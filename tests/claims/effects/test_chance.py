"""The chance of a new injury from a rate, against closed forms and counts of simulated runners."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_injury_model
from analysis.claims.effects.chance import chance_of_injury
from analysis.claims.effects.rate_shape import rate_shape
from analysis.errors import HiprunError
from analysis.models import fit
from analysis.study import Study
from tests.claims.injury_panels import Makeup, injury_weeks

RATES = pd.DataFrame({"expected": [10.0, 0.0], "ci_low": [5.0, 0.0], "ci_high": [20.0, 1.0]})


@pytest.fixture(scope="module")
def fits():
    panel, _ = injury_weeks(5, Makeup(frailty_sd=0.8))
    frame = panel.assign(mobility=panel["mobility_dose_within_min"] / 30)
    mixed = fit("new_injuries ~ mobility + (1 | athlete_id)", frame, "poisson", offset="log_exposure_h")
    return mixed, fit("new_injuries ~ mobility", frame, "poisson", offset="log_exposure_h")


def test_of_runners_who_are_alike_the_chance_is_one_less_that_of_none_in_a_poisson_process(fits):
    found = chance_of_injury(RATES, fits[1], 3.5, weeks=10)
    hours = 35 / 1000
    assert found["chance_percent"].tolist() == pytest.approx([100 * (1 - np.exp(-10 * hours)), 0.0])
    assert found["chance_ci_low"].iloc[0] == pytest.approx(100 * (1 - np.exp(-5 * hours)))
    assert found["chance_ci_high"].iloc[0] == pytest.approx(100 * (1 - np.exp(-20 * hours)))
    assert (found["weeks"] == 10).all() and (found["hours_a_week"] == 3.5).all()


def test_of_runners_who_differ_it_is_the_share_of_simulated_ones_and_smaller(fits):
    mixed, alike = fits
    sd = float(np.sqrt(mixed.random_vcov[0].iloc[0, 0]))
    rng = np.random.default_rng(1)
    rate = 10 / 1000 * np.exp(rng.normal(-(sd**2) / 2, sd, 400_000))
    drawn = 100 * (rng.poisson(rate * 100) > 0).mean()
    found = chance_of_injury(RATES, mixed, 10.0, weeks=10)["chance_percent"].iloc[0]
    assert found == pytest.approx(drawn, abs=0.3)
    assert found < chance_of_injury(RATES, alike, 10.0, weeks=10)["chance_percent"].iloc[0]


@pytest.mark.parametrize("hours", [0.0, -1.0, np.nan])
def test_without_hours_there_is_no_chance(fits, hours):
    with pytest.raises(HiprunError, match="more than 0"):
        chance_of_injury(RATES, fits[0], hours)


def test_a_model_of_a_difference_has_no_rate(fits):
    frame = pd.DataFrame({"y": np.arange(20.0) % 7, "x": np.arange(20.0)})
    with pytest.raises(HiprunError, match="identity link"):
        chance_of_injury(RATES, fit("y ~ x", frame), 3.0)


def test_what_the_injury_model_expects_is_made_whole_or_says_why_not():
    study = Study()
    panel, _ = injury_weeks(5)
    plan = plan_injury_model(panel, study)
    shape = rate_shape(plan, fit_plan(plan, study), study)
    assert shape.reasons == {}
    assert set(shape.points["kind"]) == {"mobility", "stability"} == set(shape.tests["kind"])
    assert shape.splits["share"].tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert shape.runners["chance_percent"].between(0, 100).all()
    assert shape.runners["hours_a_week"].iloc[0] == pytest.approx(panel["exposure_h"].median())

    one_kind = panel.assign(stability_dose_within_min=0.0)
    plan = plan_injury_model(one_kind, study)
    shape = rate_shape(plan, fit_plan(plan, study), study)
    assert set(shape.reasons) == {"splits"} and "stability work" in shape.reasons["splits"]
    assert shape.splits.empty and set(shape.points["kind"]) == {"mobility"}


def test_fewer_injuries_than_terms_carry_no_expectation():
    study = Study()
    panel, _ = injury_weeks(5)
    first = panel.index[panel["new_injuries"] > 0][:4]
    few = panel.assign(new_injuries=pd.array(panel.index.isin(first).astype(int), dtype="Int64"))
    plan = plan_injury_model(few, study)
    shape = rate_shape(plan, fit_plan(plan, study), study)
    assert set(shape.reasons.values()) == {"4 injuries are fewer than the 5 terms of the model"}
    assert shape.points.empty and shape.splits.empty and shape.runners.empty
