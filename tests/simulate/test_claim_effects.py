"""The effects of the claims: each field does what its definition says, and none does anything by default."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.simulate import Truth, null_truth, simulate
from analysis.simulate.claim_effects import EFFECTS, effect_name, effect_of
from analysis.simulate.soreness import work_jump_doublings

SIZE = {"n_athletes": 40, "n_weeks": 26, "seed": 9}


@pytest.fixture(scope="module")
def plain():
    return simulate(**SIZE)


@pytest.mark.parametrize("outcome, term", EFFECTS)
def test_by_default_a_claim_has_no_effect(outcome, term):
    name = effect_name(outcome, term)
    assert getattr(Truth(), name) == getattr(null_truth(), name) == EFFECTS[outcome, term].metadata["null"]


def test_effects_add_up_and_a_product_is_one_of_two_exposures():
    truth = Truth(pain_force=0.5, pain_mobility_within_x_stability_within=2.0, injury_force=1.5)
    values = {"force": np.array([1.0, np.nan, 2.0]), "mobility_within": np.ones(3), "stability_within": np.full(3, 3.0)}
    assert np.allclose(effect_of(truth, "pain", values.__getitem__), [6.5, 6.0, 7.0])
    assert np.allclose(effect_of(truth, "injury", values.__getitem__), np.log(1.5) * np.array([1, 0, 2]))
    assert effect_of(Truth(), "pain", values.__getitem__) == 0


def test_pain_changes_by_the_effect_times_the_exposure(plain):
    changed = simulate(**SIZE, truth=Truth(pain_days_within=0.7, pain_hip_deficit_x_programme_10_weeks=0.3))
    of = plain.exposures.of
    expected = 0.7 * of("days_within") + 0.3 * of("hip_deficit") * of("programme_10_weeks")
    assert np.allclose(changed.latent_pain - plain.latent_pain, expected)


def test_expected_injuries_change_by_the_ratio_where_load_was_the_same(plain):
    changed = simulate(**SIZE, truth=Truth(injury_force=1.4))
    first = plain.follow_up.expected[:, 0] > 0
    ratio = changed.follow_up.expected[first, 0] / plain.follow_up.expected[first, 0]
    assert np.allclose(ratio, 1.4 ** plain.exposures.of("force")[first, 0])


def test_the_weaker_leg_is_injured_more_often():
    large = simulate(n_athletes=400, n_weeks=26, seed=2, truth=Truth(leg_injury_weaker_side_yes=3.0))
    problems = large.follow_up.problems
    legs = problems[problems["side"].isin(["left", "right"]) & (problems["problem_type"] == "injury")]
    weaker = [large.exposures.of_leg(p.side, "weaker_side_yes")[p.athlete, 0] for p in legs.itertuples()]
    share = np.mean(weaker)
    assert abs(share - 0.75) < 4 * np.sqrt(0.75 * 0.25 / len(legs))


def test_pain_of_the_weaker_leg_and_of_other_regions_changes_by_points(plain):
    changed = simulate(**SIZE, truth=Truth(leg_pain_weaker_side_yes=4.0, pain_elsewhere_named_side_deficit=4.0))
    for side in ("left", "right"):
        more = changed.pain["hip_groin", side] - plain.pain["hip_groin", side]
        weaker = plain.exposures.of_leg(side, "weaker_side_yes") == 1
        assert (more[~weaker] == 0).all()
        assert np.median(more[weaker]) == 4
    other = changed.pain["shoulder", "left"] - plain.pain["shoulder", "left"]
    assert np.corrcoef(other.ravel(), plain.exposures.of("hip_deficit_right").ravel())[0, 1] > 0.6
    assert (changed.pain["low_back", "unspecified"] == plain.pain["low_back", "unspecified"]).all()


def test_running_is_faster_by_what_hips_add(plain):
    changed = simulate(**SIZE, truth=Truth(speed_force=0.5, top_speed_rom_six_motions=1.0))

    def speed(cohort):
        runs = cohort.tables["training_sessions"]
        return 60 * runs["distance_km"] / runs["duration_min"]

    more = (speed(changed) - speed(plain))[plain.tables["training_sessions"]["sport"] == "run"]
    force = plain.exposures.of("force")
    assert abs(more.std() - 0.5 * force.std()) < 0.05
    top = changed.tables["training_sessions"]["top_speed_km_h"] - plain.tables["training_sessions"]["top_speed_km_h"]
    assert top.std() > 0.6


def test_every_effect_on_other_outcomes_shows_in_the_tables(plain):
    tables = ("hip_work", "hip_assessments")
    for name, table in (("soreness_work_jump_doublings", "hip_work"), ("range_gained_mobility_centred", tables[1])):
        changed = simulate(**SIZE, truth=dataclasses.replace(Truth(), **{name: 1.0}))
        same = [t for t in plain.tables if plain.tables[t].equals(changed.tables[t])]
        assert table not in same
        assert set(plain.tables) - {table} <= set(same)


def test_a_jump_is_the_last_week_over_the_four_before_it():
    days = pd.DataFrame({"athlete": 0, "day": np.arange(42), "duration_min": np.where(np.arange(42) < 28, 10.0, 20.0)})
    jump = work_jump_doublings(days, 1, 0)
    assert np.isnan(jump[:34]).all()
    assert jump[34] == 1.0
    assert jump[41] == np.log2(140 / ((21 * 10 + 7 * 20) / 4))
