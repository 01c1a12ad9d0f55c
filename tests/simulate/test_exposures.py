"""What the simulator lets act on pain and injuries is what the panel, other code, makes of the clean tables."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims.frames import ClaimData
from analysis.claims.hip_terms import change_of
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, simulate
from analysis.simulate.exposures import per_sd
from analysis.study import Study

WATCHED = {"dose_burn_in_weeks": 0, "diary_gap_share": 0.0, "dropout_rate_per_week": 0.0}
EXACT = ("mobility_within", "stability_within", "days_within", "before_run_within", "programme_10_weeks")
WORK = ("non_sagittal_within", "planes_within", "deep_within", "full_sequence_within")
TESTED = (
    "rom_six_motions", "force", "endurance", "centring", "control_step_down", "control_step_up", "control_hip_hinge",
    "hip_deficit", "hip_deficit_left", "capacity_imbalance", "flexor_abductor_tenths", "adductor_abductor_tenths",
)  # fmt: skip


@pytest.fixture(scope="module")
def cohort():
    return simulate(n_athletes=60, seed=5, truth=Truth(**WATCHED))


@pytest.fixture(scope="module")
def data(cohort):
    study = Study()
    return ClaimData(cohort.tables, athlete_weeks(cohort.tables, study), study)


def pairs(cohort, frame, term, values=None):
    """Simulated and measured values of a term in the rows of `frame` in which both are known."""
    row = pd.Index(cohort.athletes["athlete_id"]).get_indexer(frame["athlete_id"])
    week = ((frame["week_start"] - frame["week_start"].min()).dt.days // 7).to_numpy()
    true = (cohort.exposures.of(term) if values is None else values)[row, week]
    measured = frame[term].to_numpy(dtype=float)
    known = ~np.isnan(true) & ~np.isnan(measured)
    return true[known], measured[known]


@pytest.mark.parametrize("term", EXACT)
def test_what_needs_no_measuring_is_the_same(cohort, data, term):
    true, measured = pairs(cohort, data.weeks, term)
    assert len(true) > 900
    assert np.allclose(true, measured)


@pytest.mark.parametrize("term", WORK)
def test_the_make_up_of_work_is_the_same_but_for_one_athlete_with_an_exercise_of_his_own(cohort, data, term):
    others = data.weeks[data.weeks["athlete_id"] != cohort.athletes["athlete_id"].iloc[0]]
    true, measured = pairs(cohort, others, term)
    assert len(true) > 1400
    assert np.allclose(true, measured)


@pytest.mark.parametrize("term", TESTED)
def test_scores_of_hip_tests_are_the_same_but_for_errors_of_measurement(cohort, data, term):
    change = change_of(term)
    last = data.weeks if change is None else data.weeks.assign(**{term: data.weeks[term] + data.weeks[change]})
    true, measured = pairs(cohort, last, term)
    assert len(true) > 1200
    slope, _ = np.polyfit(measured, true, 1)
    assert np.corrcoef(true, measured)[0, 1] > 0.9
    assert 0.75 < slope < 1.02


@pytest.mark.parametrize("term", ["weaker_side_yes", "stiffer_side_yes"])
def test_the_side_said_to_be_weaker_or_stiffer_mostly_is(cohort, data, term):
    found = []
    for side in ("left", "right"):
        legs = data.legs[data.legs["side"] == side]
        true, measured = pairs(cohort, legs, term, cohort.exposures.of_leg(side, term))
        found.append(np.mean(true == measured))
        assert len(true) > 100
    assert min(found) > 0.8


def test_an_sd_is_that_between_athletes():
    values = np.array([[1.0, 3.0], [4.0, np.nan], [np.nan, 6.0]])
    assert np.allclose(per_sd(values), (values - 4) / 2, equal_nan=True)
    assert np.isnan(per_sd(np.ones((3, 2)))).all()
