"""Strength in four dimensions and the scores made of them."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.hip.dimensions import (
    DIMENSIONS,
    NO_SCALE,
    range_ratios,
    strength_dimensions,
)
from analysis.hip.profile import hip_profile
from analysis.hip.scales import SCALES, scale
from analysis.hip.strength import fatigue_index_percent
from analysis.tables import words

DAY = pd.Timestamp("2026-01-05")
TESTS = {
    "strength_isometric": ("force_n", 150.0),
    "end_range_strength": ("force_n", 90.0),
    "endurance": ("time_s", 60.0),
    "control": ("score", 3.0),
    "balance": ("score", 80.0),
}
SCALE_OF = {"control": "lateral_step_down_0_6", "balance": "higher_is_better"}


@pytest.fixture(scope="module")
def cohort() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(11)
    ids = [f"a{i:02d}" for i in range(12)]
    trials = [
        {"athlete_id": a, "date": DAY, "motion": m, "side": s, "quality": q, "position": "standing", "trial_no": 1}
        | {column: level * (1 + rng.uniform(-0.2, 0.2)), "score_scale": SCALE_OF.get(q)}
        for a in ids
        for s in words.SIDES
        for q, (column, level) in TESTS.items()
        for m in (("abduction",) if q in ("control", "balance") else ("flexion", "abduction", "extension"))
    ]
    return pd.DataFrame(trials), pd.DataFrame({"athlete_id": ids, "sex": "female", "body_mass_kg": 60.0})


@pytest.fixture(scope="module")
def profile(cohort) -> pd.DataFrame:
    return hip_profile(*cohort)


def _scores(profile: pd.DataFrame, dimension: str) -> pd.DataFrame:
    table = strength_dimensions(profile)
    return table[table["dimension"] == dimension].set_index(["athlete_id", "side"])


def test_fatigue_index_of_white_2013_is_the_loss_from_the_first_contraction_to_the_last_in_percent():
    assert fatigue_index_percent(200.0, 164.0) == pytest.approx(18)
    assert fatigue_index_percent(100.0, 110.0) == pytest.approx(-10)
    first = pd.Series([50.0, 0.0, np.nan, 50.0], index=list("abcd"))
    index = fatigue_index_percent(first, pd.Series([25.0, 0.0, 10.0, np.nan], index=list("abcd")))
    assert index["a"] == 50
    assert index.isna().tolist() == [False, True, True, True]
    np.testing.assert_allclose(fatigue_index_percent(first * 9.80665, first * 0.7 * 9.80665)[["a", "d"]], 30)


def test_every_athlete_day_and_side_has_a_row_for_each_of_the_four_dimensions(profile):
    table = strength_dimensions(profile)
    assert len(table) == 12 * 2 * 4
    assert tuple(table["dimension"][:4]) == DIMENSIONS
    assert table["score"].notna().all()
    assert table.groupby("dimension")["n_expected"].first().to_dict() == {
        "force": 3, "endurance": 3, "full_range": 3, "centring": 2,
    }  # fmt: skip


def test_force_and_endurance_are_the_mean_z_of_the_motions_tested(profile):
    for dimension, quality in (("force", "strength_isometric"), ("endurance", "endurance")):
        by_hand = profile[profile["quality"] == quality].groupby(["athlete_id", "side"])["z"].mean()
        pd.testing.assert_series_equal(_scores(profile, dimension)["score"], by_hand, check_names=False)


def test_full_range_is_end_range_over_mid_range_force_and_its_z_is_within_the_cohort(profile):
    table = range_ratios(profile)
    one = profile[(profile["athlete_id"] == "a03") & (profile["side"] == "left") & (profile["motion"] == "flexion")]
    end, mid = (one.loc[one["quality"] == q, "value"].item() for q in ("end_range_strength", "strength_isometric"))
    row = table[(table["athlete_id"] == "a03") & (table["side"] == "left") & (table["motion"] == "flexion")].iloc[0]
    assert row["value"] == pytest.approx(end / mid)
    z = table.groupby("motion")["z"]
    np.testing.assert_allclose(z.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(), 1)


def test_twice_the_force_everywhere_leaves_full_range_alone(cohort, profile):
    trials, athletes = cohort
    double = hip_profile(trials.assign(force_n=trials["force_n"] * 2), athletes)
    np.testing.assert_allclose(range_ratios(double)["value"], range_ratios(profile)["value"])


def test_end_range_without_mid_range_in_the_same_position_has_no_ratio_and_says_why(profile):
    moved = profile["position"].mask(profile["quality"] == "strength_isometric", "supine")
    table = range_ratios(profile.assign(position=moved))
    assert table["value"].isna().all()
    assert set(table["why_missing"]) == {"position differs"}
    assert (_scores(profile.assign(position=moved), "full_range")["n_expected"] == 0).all()


def test_centring_turns_scores_that_are_better_when_lower_so_that_higher_is_better(profile):
    centring = _scores(profile, "centring")["score"]
    z = profile.set_index(["athlete_id", "side"])
    by_hand = (z.loc[z["quality"] == "balance", "z"] - z.loc[z["quality"] == "control", "z"]) / 2
    pd.testing.assert_series_equal(centring, by_hand, check_names=False)


def test_a_score_whose_scale_is_not_named_is_missing_because_its_direction_is_not_guessed(cohort):
    trials, athletes = cohort
    unnamed = hip_profile(trials.drop(columns="score_scale"), athletes)
    centring = _scores(unnamed, "centring")
    assert centring["score"].isna().all()
    assert set(centring["why_missing"]) == {NO_SCALE}
    known = trials.assign(score_scale=trials["score_scale"].mask(trials["quality"] == "control", None))
    half = _scores(hip_profile(known, athletes), "centring")
    assert half["score"].isna().all()  # one part of two is not more than half
    assert set(half["n_expected"]) == {2}


def test_scores_on_two_scales_are_never_put_on_one(cohort):
    trials, athletes = cohort
    balance = trials[trials["quality"] == "balance"]
    own = balance["athlete_id"].rank(method="dense") > 6
    mixed = balance.assign(score_scale=balance["score_scale"].mask(own, "lower_is_better"))
    profile = hip_profile(mixed, athletes)
    assert profile.groupby("unit")["z"].mean().abs().max() < 1e-12
    assert set(profile["unit"]) == {"higher_is_better", "lower_is_better"}


def test_endurance_by_repetitions_and_the_loss_over_repeated_contractions_turned(cohort):
    trials, athletes = cohort
    held = trials[trials["quality"] == "endurance"]
    counted = held.assign(repetitions=held["time_s"].round(), time_s=np.nan)
    by_count = hip_profile(counted, athletes)
    assert set(by_count["unit"]) == {"reps"}
    first = held.assign(quality="repeated_contractions", time_s=np.nan, force_n=200.0)
    last = first.assign(trial_no=12, force_n=200 - held["time_s"])
    tired = hip_profile(pd.concat([first, last]), athletes)
    assert set(tired["unit"]) == {"% lost"}
    by_hand = held.set_index(["athlete_id", "side", "motion"])["time_s"] / 2
    found = tired.set_index(["athlete_id", "side", "motion"])["value"]
    np.testing.assert_allclose(found, by_hand.reindex(found.index))
    one, two = _scores(hip_profile(held, athletes), "endurance"), _scores(tired, "endurance")
    np.testing.assert_allclose(one["score"], -two["score"])
    assert hip_profile(first, athletes)["value"].isna().all(), "one contraction has no loss"


def test_inner_range_strength_is_held_against_mid_range_beside_end_range(profile):
    inner = profile[profile["quality"] == "end_range_strength"].assign(
        quality="inner_range_strength", value=lambda p: p["value"] / 2
    )
    table = range_ratios(pd.concat([profile, inner])).set_index(["athlete_id", "side", "motion", "quality"])["value"]
    wide = table.unstack("quality")
    np.testing.assert_allclose(wide["inner_range_strength"] * 2, wide["end_range_strength"])


def test_a_balance_time_needs_no_scale_and_is_better_when_longer(cohort):
    trials, athletes = cohort
    held = trials.assign(time_s=trials["time_s"].mask(trials["quality"] == "balance", trials["score"]))
    held = held.assign(score=np.nan)[held["quality"] == "balance"]
    profile = hip_profile(held, athletes)
    assert set(profile["unit"]) == {"s"}
    centring = _scores(profile, "centring")["score"]
    assert centring.rank().tolist() == profile.set_index(["athlete_id", "side"])["value"].rank().tolist()


def test_a_dimension_needs_more_than_half_of_the_parts_that_the_cohort_measures(cohort):
    trials, athletes = cohort
    first = trials["athlete_id"] == "a00"
    for kept, known in ((["abduction"], False), (["abduction", "flexion"], True)):
        profile = hip_profile(trials[~first | trials["motion"].isin(kept)], athletes)
        row = _scores(profile, "force").loc[("a00", "left")]
        assert (row["n_parts"], row["n_expected"]) == (len(kept), 3)
        assert pd.notna(row["score"]) == known
        assert pd.isna(row["why_missing"]) == known


def test_a_dimension_nobody_was_tested_in_is_missing_and_says_so(profile):
    table = strength_dimensions(profile[profile["quality"] == "strength_isometric"])
    other = table[table["dimension"] != "force"]
    assert other["score"].isna().all()
    assert set(other["why_missing"]) == {"not measured in this cohort"}


def test_isometric_and_eccentric_tests_of_a_motion_are_one_part_of_force(profile):
    eccentric = profile[profile["quality"] == "strength_isometric"].assign(
        quality="strength_eccentric", z=lambda p: p["z"] + 2
    )
    both = _scores(pd.concat([profile, eccentric]), "force")
    assert set(both["n_expected"]) == {3}
    np.testing.assert_allclose(both["score"], _scores(profile, "force")["score"] + 1)


def test_swapping_sides_swaps_the_scores_and_nothing_else(cohort, profile):
    trials, athletes = cohort
    other = {"left": "right", "right": "left"}
    swapped = strength_dimensions(hip_profile(trials.assign(side=trials["side"].map(other)), athletes))
    keys = ["athlete_id", "side", "dimension"]
    one = strength_dimensions(profile).set_index(keys)["score"].sort_index()
    two = swapped.assign(side=swapped["side"].map(other)).set_index(keys)["score"].sort_index()
    pd.testing.assert_series_equal(one, two)


def test_the_sources_of_a_scale_travel_with_it_and_a_score_outside_it_is_refused(profile):
    step_down = scale("lateral_step_down_0_6")
    assert (step_down.low, step_down.high, step_down.higher_is_better) == (0, 6, False)
    assert "Piva" in step_down.source
    with pytest.raises(HiprunError, match=r"score: found .* expected 0 to 6"):
        strength_dimensions(profile.assign(unit=profile["unit"].replace("higher_is_better", "lateral_step_down_0_6")))
    with pytest.raises(HiprunError, match="no unit, z"):
        strength_dimensions(profile.drop(columns=["unit", "z"]))
    with pytest.raises(HiprunError, match="found 'own'; expected lateral_step_down_0_6"):
        scale("own")


def test_every_scale_that_a_table_may_name_is_known():
    assert tuple(SCALES) == words.SCORE_SCALES


def test_nothing_assessed_gives_an_empty_table(cohort):
    assert strength_dimensions(hip_profile(cohort[0].head(0), cohort[1])).empty
