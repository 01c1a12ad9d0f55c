"""The true hips: they change by the work between the tests as the truth says, and by nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.claims.frames_of_tests import balance_changes
from analysis.hip.dimensions import DIMENSIONS
from analysis.hip.motions import MOTIONS as MOTION_NAMES
from analysis.hip.profile import hip_profile
from analysis.hip.ratios import muscle_ratios
from analysis.hip.scales import SCALES
from analysis.hip.scores import scores_by_leg
from analysis.simulate import Truth
from analysis.simulate.athletes import draw_athletes
from analysis.simulate.clean_tables import days_on
from analysis.simulate.functional_tests import CONTROL_TESTS, HOLD_LOG_SD
from analysis.simulate.hip_change import RANGE_DRIFT_DEG, mean_between
from analysis.simulate.true_hip import TrueHip, true_hip, true_tests
from analysis.study import Study
from analysis.tables.words import MOTIONS

N, WEEKS, SEED = 3000, 26, 7
CHANGING = Truth(
    range_gained_mobility_centred=0.8,
    range_gained_loading_centred=-0.5,
    range_gained_mobility_centred_x_loading_centred=0.6,
    range_kept_loading_after=15.0,
    range_lost_share=0.5,
    range_change_sd_deg=1.0,
    balance_gained_stability_centred=1.2,
    balance_gained_stability_centred_x_age_decades_centred=0.7,
    balance_change_sd_s=1.5,
)


def work_of(n: int, seed: int, n_weeks: int = WEEKS) -> dict[str, np.ndarray]:
    """Minutes about 30 a week with habits of the athlete; loading is a part of stability work."""
    rng = np.random.default_rng(seed)

    def weekly(habit_min: float) -> np.ndarray:
        return rng.gamma(3, habit_min / 3, (n, 1)) * rng.gamma(2, 0.5, (n, n_weeks))

    stability = weekly(35)
    return {"mobility": weekly(30), "stability": stability, "loading": stability * rng.uniform(0.2, 0.9, (n, 1))}


def hips(truth: Truth, n: int = N, n_weeks: int = WEEKS) -> tuple[pd.DataFrame, dict[str, np.ndarray], TrueHip]:
    athletes = draw_athletes(n, SEED, truth)
    minutes = work_of(n, SEED, n_weeks)
    return athletes, minutes, true_hip(athletes, minutes, n_weeks, SEED, truth)


@pytest.fixture(scope="module")
def changed() -> tuple[pd.DataFrame, dict[str, np.ndarray], TrueHip]:
    return hips(CHANGING)


def steps(minutes: np.ndarray, hip: TrueHip) -> np.ndarray:
    return mean_between(minutes, hip.day) / 30


def centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


def as_profiled(athletes: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    ids = athletes["athlete_id"].to_numpy()[tests["athlete"]]
    return hip_profile(tests.assign(athlete_id=ids, date=days_on(tests["day"]).array), athletes)


def test_the_weeks_between_two_tests_are_those_the_claims_take(changed):
    athletes, minutes, hip = changed
    some = slice(0, 40)
    ids = athletes["athlete_id"][some]
    weeks = pd.DataFrame(
        {
            "athlete_id": ids.repeat(WEEKS).array,
            "week_start": days_on(np.tile(7 * np.arange(WEEKS), len(ids))),
            "mobility_min": minutes["mobility"][some].ravel(),
            "stability_min": minutes["stability"][some].ravel(),
            "loading_min": minutes["loading"][some].ravel(),
        }
    ).assign(clinic="A", age_decades=4.0, sex_male=1.0, previous_injury_yes=0.0)
    tests = true_tests(athletes, hip).query("athlete < 40")
    tests = tests.assign(athlete_id=ids.to_numpy()[tests["athlete"]], date=days_on(tests["day"]).array)
    found = balance_changes(tests, weeks, Study()).set_index("athlete_id").loc[ids]  # in each, in order of the date
    for kind in ("mobility", "stability", "loading"):
        np.testing.assert_allclose(found[f"{kind}_min"], mean_between(minutes[kind][some], hip.day[some]).ravel())


def test_range_gained_follows_mobility_loading_and_both_together(changed):
    """Least squares on the changes of the first interval (nothing is lost in it) and on those of the second plus what
    was lost of the first gain."""
    _, minutes, hip = changed
    m, w = (centred(steps(minutes[kind], hip)) for kind in ("mobility", "loading"))
    change = np.diff(hip.deg, axis=1)
    share = 0.5 - 0.15 * steps(minutes["loading"], hip)[:, 1]
    lost = share.clip(0, 1)[:, None, None] * np.maximum(change[:, 0], 0)
    gained = np.stack([change[:, 0], change[:, 1] + lost], axis=1)
    terms = sm.add_constant(np.column_stack([x.ravel() for x in (m, w, m * w)]))
    fit = sm.OLS(gained.mean(axis=(2, 3)).ravel(), terms).fit()
    truth = [RANGE_DRIFT_DEG, 0.8, -0.5, 0.6]
    assert np.abs(fit.params - truth) == pytest.approx(0, abs=4 * fit.bse.max())
    assert fit.bse.max() < 0.02
    assert np.sqrt(fit.scale) == pytest.approx(1 / np.sqrt(12), rel=0.05)  # SD 1 degree by motion and side


def test_a_gain_is_lost_in_part_and_less_where_it_is_loaded(changed):
    """Of legs that gained 1.5 degrees or more: loss in percent of the gain on loading afterwards, within 0 to 100 %."""
    _, minutes, hip = changed
    m, w = (centred(steps(minutes[kind], hip)) for kind in ("mobility", "loading"))
    change = np.diff(hip.deg, axis=1)
    added = RANGE_DRIFT_DEG + 0.8 * m[:, 1] - 0.5 * w[:, 1] + 0.6 * m[:, 1] * w[:, 1]
    kept_percent = 100 + 100 * (change[:, 1] - added[:, None, None]) / np.where(
        change[:, 0] > 1.5, change[:, 0], np.nan
    )
    loading = np.broadcast_to(steps(minutes["loading"], hip)[:, 1, None, None], kept_percent.shape)
    use = ~np.isnan(kept_percent) & (loading < 0.5 / 0.15)
    fit = sm.OLS(kept_percent[use], sm.add_constant(loading[use])).fit()
    assert fit.params[0] == pytest.approx(50, abs=4 * fit.bse[0])
    assert fit.params[1] == pytest.approx(15, abs=4 * fit.bse[1])
    assert fit.bse[1] < 1.5


def test_balance_gained_follows_stability_work_and_age(changed):
    athletes, minutes, hip = changed
    s = centred(steps(minutes["stability"], hip))
    decades = np.broadcast_to(centred(athletes["age_y"].to_numpy() / 10)[:, None], s.shape)
    free = (hip.balance_s > 1).all(axis=(1, 2))  # those at the floor of 1 s could not fall
    terms = sm.add_constant(np.column_stack([s[free].ravel(), (s * decades)[free].ravel()]))
    fit = sm.OLS(np.diff(hip.balance_s, axis=1).mean(axis=2)[free].ravel(), terms).fit()
    assert np.abs(fit.params - [0, 1.2, 0.7]) == pytest.approx(0, abs=4 * fit.bse.max())
    assert fit.bse.max() < 0.06
    assert free.mean() > 0.99


def test_without_effects_work_changes_nothing():
    """The same noise, so the hips of two cohorts that did other work are equal to the last digit."""
    nothing = Truth(
        range_gained_mobility_centred=0.0,
        range_gained_loading_centred=0.0,
        range_gained_mobility_centred_x_loading_centred=0.0,
        range_kept_loading_after=0.0,
        balance_gained_stability_centred=0.0,
        balance_gained_stability_centred_x_age_decades_centred=0.0,
    )
    athletes = draw_athletes(30, SEED, nothing)
    one, two = (true_hip(athletes, work_of(30, seed), WEEKS, SEED, nothing) for seed in (1, 2))
    np.testing.assert_array_equal(one.deg, two.deg)
    np.testing.assert_array_equal(one.balance_s, two.balance_s)
    still = replace(nothing, range_change_sd_deg=0.0, balance_change_sd_s=0.0, range_lost_share=0.0)
    same = true_hip(athletes, work_of(30, 1), WEEKS, SEED, still)
    np.testing.assert_allclose(np.diff(same.deg, axis=1), RANGE_DRIFT_DEG)
    np.testing.assert_array_equal(np.diff(same.balance_s, axis=1), 0)


def test_the_same_arguments_give_the_same_hips_and_a_longer_study_the_same_traits(changed):
    athletes, minutes, hip = changed
    again = true_hip(athletes, minutes, WEEKS, SEED, CHANGING)
    for name in ("day", "force_n", "deg", "end_range_share", "hold_s", "score", "balance_s"):
        np.testing.assert_array_equal(getattr(hip, name), getattr(again, name))
    short = true_hip(athletes, {k: v[:, :12] for k, v in minutes.items()}, 12, SEED, CHANGING)
    assert short.day.shape == (N, 1)
    np.testing.assert_array_equal(short.day, hip.day[:, :1])
    np.testing.assert_array_equal(short.deg[:, 0], hip.deg[:, 0])
    np.testing.assert_array_equal(short.balance_s[:, 0], hip.balance_s[:, 0])
    for name in ("force_n", "end_range_share", "hold_s", "score"):
        np.testing.assert_array_equal(getattr(short, name), getattr(hip, name))


def test_values_are_of_a_plausible_size_and_within_their_limits(changed):
    """Range: CDC (Soucie 2011) and runners measured prone; sizes of strength: RBDS (Fukuchi 2017)."""
    athletes, _, hip = changed
    assert (hip.deg >= 0).all()
    assert (hip.deg == 0).mean() < 1e-3
    assert (hip.balance_s >= 1).all()
    assert np.median(hip.balance_s) == pytest.approx(25, abs=2)
    women = (athletes["sex"] == "female").to_numpy()
    rotation = hip.deg[:, 0, MOTIONS.index("internal_rotation")]
    assert rotation[women].mean() == pytest.approx(46, abs=0.7)
    assert rotation[~women].mean() == pytest.approx(36.7, abs=0.7)
    n_kg = hip.force_n[~women] / athletes["body_mass_kg"].to_numpy()[~women, None, None]
    assert np.median(n_kg[:, MOTIONS.index("abduction")]) == pytest.approx(3.5, rel=0.03)
    assert ((hip.end_range_share >= 0.3) & (hip.end_range_share <= 1.1)).all()
    assert np.log(hip.hold_s).std() == pytest.approx(HOLD_LOG_SD, rel=0.05)
    for k, (position, test) in enumerate(CONTROL_TESTS.items()):
        scores = hip.score[:, k]
        assert scores.min() >= test.low >= SCALES[test.scale].low
        assert scores.max() <= test.high <= SCALES[test.scale].high
        assert scores.mean() == pytest.approx(test.mean, abs=0.1), position
        assert scores.std() == pytest.approx(test.sd, rel=0.1), position


def test_traits_of_the_two_legs_are_related_and_traits_among_each_other_are_not(changed):
    hip = changed[2]
    legs = np.corrcoef(hip.score[:, 1].T)[0, 1]
    assert legs == pytest.approx(1 - 0.3**2, abs=0.02)
    traits = np.stack([*hip.score.mean(axis=2).T, hip.hold_s.mean(axis=1), *hip.end_range_share.mean(axis=2).T])
    others = np.corrcoef(traits)[~np.eye(len(traits), dtype=bool)]
    assert np.abs(others).max() < 4 / np.sqrt(N)


def test_every_leg_has_the_ratios_and_the_four_dimensions_of_its_true_hip():
    athletes, _, hip = hips(CHANGING, n=40)
    tests = true_tests(athletes, hip)
    assert tests["trial_no"].eq(1).all()
    assert not tests.duplicated(["athlete", "day", "motion", "side", "quality", "position"]).any()
    profile = as_profiled(athletes, tests)
    assert profile["value"].notna().all()
    ratios = muscle_ratios(profile)
    for ratio in ("flexor_abductor", "adductor_abductor", "external_internal_rotator"):
        made = ratios[(ratios["ratio"] == ratio) & (ratios["quality"] == "strength_isometric")]
        assert len(made) == 40 * 3 * 2
        assert made["value"].notna().all(), ratio
    scores = scores_by_leg(profile)
    assert len(scores) == 40 * 3 * 2
    assert scores[[*DIMENSIONS, "rom_six_motions", "capacity_imbalance"]].notna().all(axis=None)


def test_the_table_holds_the_true_values_themselves():
    athletes, _, hip = hips(CHANGING, n=20)
    tests = true_tests(athletes, hip).set_index(["athlete", "day", "quality", "position", "motion", "side"])
    day = hip.day[4, 2]
    range_of = tests.loc[(4, day, "rom_passive", "side_lying", "abduction", "right")]
    assert range_of["angle_deg"] == hip.deg[4, 2, MOTIONS.index("abduction"), 1]
    score = tests.loc[(4, day, "control", "hip_hinge", "whole_leg", "left")]
    assert score["score"] == hip.score[4, list(CONTROL_TESTS).index("hip_hinge"), 0]
    assert score["score"] != round(score["score"])
    stood = tests.loc[(4, day, "balance", "single_leg_stance", "whole_leg", "left")]
    assert stood["time_s"] == hip.balance_s[4, 2, 0]
    weak, strong = (
        tests.loc[(4, day, quality, "supine", "abduction", "left"), "force_n"]
        for quality in ("end_range_strength", "strength_isometric")
    )
    assert weak / strong == pytest.approx(hip.end_range_share[4, 1, 0])
    assert set(MOTION_NAMES) == set(tests.loc[4].loc[day].loc["rom_passive"].index.get_level_values("motion"))
