"""Hip tests as measured: who came, errors of the size stated, retests close by, nothing after dropout."""

import numpy as np
import pandas as pd
import pytest

from analysis.hip.dimensions import DIMENSIONS
from analysis.hip.profile import hip_profile
from analysis.hip.ratios import muscle_ratios
from analysis.hip.reliability import error_of_differences, measurement_error
from analysis.hip.scales import SCALES
from analysis.hip.scores import scores_by_leg
from analysis.simulate import Truth
from analysis.simulate.assessments import MISSED_SHARE, N_TRIALS, TRIAL_CV, TRIAL_DEG, hip_tests
from analysis.simulate.athletes import draw_athletes
from analysis.simulate.clean_tables import days_on
from analysis.simulate.functional_tests import CONTROL_TESTS, DAY_SHARE
from analysis.simulate.true_hip import TrueHip, true_hip, true_tests
from analysis.tables import RAW_TABLES

N, WEEKS, SEED = 400, 26, 11
KEYS = ["athlete", "day", "quality", "position", "motion", "side"]
BASIC = ["strength_isometric", "rom_passive"]


@pytest.fixture(scope="module")
def cohort() -> tuple[pd.DataFrame, TrueHip, np.ndarray, pd.DataFrame]:
    """Athletes, true hips, weeks each stays in the study, and the tests measured."""
    truth = Truth()
    athletes = draw_athletes(N, SEED, truth)
    rng = np.random.default_rng(SEED)
    minutes = {kind: rng.gamma(2, 15, (N, WEEKS)) for kind in ("mobility", "stability", "loading")}
    hip = true_hip(athletes, minutes, WEEKS, SEED, truth)
    n_weeks_in = np.where(rng.random(N) < 0.3, rng.integers(1, WEEKS, N), WEEKS)
    return athletes, hip, n_weeks_in, hip_tests(athletes, hip, n_weeks_in, SEED, truth)


def with_dates(athletes: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    ids = athletes["athlete_id"].to_numpy()[tests["athlete"]]
    return tests.assign(athlete_id=ids, date=days_on(tests["day"]).array)


def errors_of(cohort, quality: str, column: str) -> pd.DataFrame:
    """The trials of planned tests of one quality with the true value beside."""
    athletes, hip, _, tests = cohort
    true = true_tests(athletes, hip)
    true = true[true["quality"] == quality].rename(columns={column: "true"})[[*KEYS, "true"]]
    return tests[tests["quality"] == quality].merge(true, on=KEYS)


def split_sd(error: pd.Series, trials: pd.DataFrame) -> tuple[float, float]:
    """SD of the error of a day and of a trial, by analysis of variance of trials within days."""
    by = error.groupby([trials[k] for k in KEYS])
    within = by.var().mean()
    return float(np.sqrt(by.mean().var() - within / N_TRIALS)), float(np.sqrt(within))


def test_errors_of_strength_have_the_spread_stated(cohort):
    trials = errors_of(cohort, "strength_isometric", "force_n")
    day, trial = split_sd(np.log(trials["force_n"] / trials["true"]), trials)
    assert day == pytest.approx(Truth().strength_error_percent / 100, rel=0.04)
    assert trial == pytest.approx(TRIAL_CV, rel=0.04)


def test_errors_of_range_have_the_spread_stated(cohort):
    """Trials are rounded to a degree, which adds a variance of 1/12."""
    trials = errors_of(cohort, "rom_passive", "angle_deg")
    day, trial = split_sd(trials["angle_deg"] - trials["true"], trials)
    assert day == pytest.approx(Truth().rom_error_deg, rel=0.04)
    assert trial == pytest.approx(np.sqrt(TRIAL_DEG**2 + 1 / 12), rel=0.04)


def test_errors_of_balance_and_scores_have_the_spread_stated(cohort):
    stood = errors_of(cohort, "balance", "time_s")
    error = (stood["time_s"] - stood["true"]).std()
    assert error == pytest.approx(np.sqrt(Truth().balance_error_s ** 2 + 1 / 12), rel=0.06)
    scored = errors_of(cohort, "control", "score")
    for position in ("step_up", "hip_hinge", "single_leg_squat"):
        own = scored[scored["position"] == position]
        expected = np.sqrt((DAY_SHARE * CONTROL_TESTS[position].sd) ** 2 + 1 / 12)
        assert (own["score"] - own["true"]).std() == pytest.approx(expected, rel=0.08), position


def test_some_do_not_come_and_nobody_after_dropout(cohort):
    athletes, hip, n_weeks_in, tests = cohort
    assert (tests["day"] < 7 * n_weeks_in[tests["athlete"]]).all()
    planned = hip.day < 7 * n_weeks_in[:, None]
    functional = tests[tests["quality"] == "endurance"].drop_duplicates(["athlete", "day"])
    assert 1 - len(functional) / planned.sum() == pytest.approx(MISSED_SHARE, abs=0.025)
    nobody = hip_tests(athletes, hip, np.zeros(N, dtype=int), SEED, Truth())
    assert nobody.empty


def test_every_fifth_is_tested_again_within_14_days_in_strength_and_range_alone(cohort):
    _, hip, _, tests = cohort
    days = tests.merge(pd.DataFrame({"athlete": range(N), "first": hip.day[:, 0]}), on="athlete")
    planned = pd.DataFrame({"athlete": np.repeat(range(N), 3), "day": hip.day.ravel(), "planned": True})
    days = days.merge(planned, on=["athlete", "day"], how="left")
    again = days[days["planned"].isna()]
    after = again["day"] - again["first"]
    assert after.min() == 5
    assert after.max() == 10
    assert set(again["quality"]) == set(BASIC)
    assert again["athlete"].nunique() == pytest.approx(N / 5, rel=0.15)
    came_first = set(days.loc[days["day"] == days["first"], "athlete"])
    assert set(again["athlete"]) <= came_first


def test_a_retest_measures_the_same_hip_with_another_error(cohort):
    """SD of the difference of two day means of three trials: error of the day and of the mean trial, both twice."""
    athletes, _, _, tests = cohort
    rom = with_dates(athletes, tests[tests["quality"] == "rom_passive"])
    first = rom["day"] - rom.groupby("athlete")["day"].transform("min")
    near = rom[first <= 14].groupby(["athlete", "motion", "side", "day"])["angle_deg"].mean()
    pairs = near.groupby(["athlete", "motion", "side"]).agg(["first", "last", "size"]).query("size == 2")
    change = pairs["last"] - pairs["first"]
    error = np.sqrt(2 * (Truth().rom_error_deg ** 2 + (TRIAL_DEG**2 + 1 / 12) / N_TRIALS))
    assert change.std() == pytest.approx(error, rel=0.1)
    assert change.mean() == pytest.approx(0, abs=4 * error / np.sqrt(len(change)))


def test_the_error_of_range_is_that_between_days_even_in_a_cohort_of_60(cohort):
    """MDC95 = 1.96 sqrt(2) SEM (Weir 2005), SEM of a day mean of three trials."""
    athletes, _, _, tests = cohort
    few = with_dates(athletes, tests[tests["athlete"] < 60])
    small = error_of_differences(few, athletes).query("quality == 'rom_passive'")
    assert set(small["repeats"]) == {"two test days within 14 days"}
    large = measurement_error(with_dates(athletes, tests), athletes, repeats="days").query("quality == 'rom_passive'")
    sem = np.sqrt(Truth().rom_error_deg ** 2 + (TRIAL_DEG**2 + 1 / 12) / N_TRIALS)
    assert large["mdc95"].mean() == pytest.approx(1.96 * np.sqrt(2) * sem, rel=0.1)


def test_nearly_every_leg_has_ratios_and_the_four_dimensions(cohort):
    athletes, hip, _, tests = cohort
    some = with_dates(athletes, tests[tests["athlete"] < 60])
    first = some[some["day"] == hip.day[some["athlete"], 0]]
    profile = hip_profile(first, athletes)
    ratios = muscle_ratios(profile).query("quality == 'strength_isometric'")
    assert ratios.groupby("ratio")["value"].apply(lambda v: v.notna().all()).all()
    scores = scores_by_leg(profile)
    assert len(scores) == 2 * first["athlete"].nunique()
    assert scores[list(DIMENSIONS)].notna().all(axis=None)


def test_values_are_whole_within_their_limits_and_declared(cohort):
    athletes, _, _, tests = cohort
    for column in ("force_n", "angle_deg", "time_s", "score"):
        known = tests[column].dropna()
        assert (known == known.round()).all(), column
    assert (tests["angle_deg"].dropna() >= 0).all()
    assert (tests["time_s"].dropna() >= 1).all()
    for position, test in CONTROL_TESTS.items():
        own = tests[tests["position"] == position]
        assert set(own["score_scale"]) == {test.scale}
        assert own["score"].between(SCALES[test.scale].low, min(test.high, SCALES[test.scale].high)).all()
    assert (tests["lever_arm_m"].notna() == tests["force_n"].notna()).all()
    tidy = RAW_TABLES["hip_assessments"].tidy(with_dates(athletes, tests))
    assert len(tidy) == len(tests)


def test_the_same_arguments_give_the_same_tests(cohort):
    athletes, hip, n_weeks_in, tests = cohort
    pd.testing.assert_frame_equal(hip_tests(athletes, hip, n_weeks_in, SEED, Truth()), tests)
    other = hip_tests(athletes, hip, n_weeks_in, SEED + 1, Truth())
    assert not other["angle_deg"].dropna().reset_index(drop=True).equals(tests["angle_deg"].dropna())
