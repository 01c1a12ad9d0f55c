"""Muscle ratios, total rotation, ROM composites, mobility against stability."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.hip.dimensions import strength_dimensions
from analysis.hip.profile import hip_profile
from analysis.hip.ratios import (
    WHO,
    capacity_imbalance,
    mean_of_parts,
    mean_of_sides,
    missing_counts,
    muscle_ratios,
    rom_composite,
    total_rotation,
)
from analysis.hip.units import force_n
from analysis.tables import words

DAY = pd.Timestamp("2026-01-05")


def _row(motion, value, quality="strength_isometric", unit="Nm/kg", side="left", athlete="a", position="supine", z=0.0):
    who = {"athlete_id": athlete, "date": DAY, "motion": motion, "side": side, "quality": quality}
    return {**who, "position": position, "value": value, "unit": unit, "n_trials": 1, "sex": "female", "z": z}


def _profile(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows).astype({"unit": "str", "position": "str"})


def _ratio(ratios: pd.DataFrame, name: str) -> pd.Series:
    (row,) = (r for _, r in ratios[ratios["ratio"] == name].iterrows())
    return row


@pytest.fixture(scope="module")
def cohort() -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(8)
    ids = [f"a{i:02d}" for i in range(16)]
    trials = [
        {"athlete_id": a, "date": DAY, "motion": m, "side": s, "quality": q, "position": "supine", "trial_no": 1}
        | {column: level * (1 + rng.normal(0, 0.15))}
        for a in ids
        for s in words.SIDES
        for m in words.MOTIONS
        for q, column, level in (("strength_isometric", "force_n", 150), ("rom_passive", "angle_deg", 40))
    ]
    athletes = pd.DataFrame({"athlete_id": ids, "sex": ["female", "male"] * 8, "body_mass_kg": 60.0})
    return pd.DataFrame(trials), athletes


def test_three_ratios_by_hand_from_one_side_quality_position_and_unit():
    values = {"flexion": 2.0, "abduction": 1.6, "adduction": 1.2, "external_rotation": 0.9, "internal_rotation": 1.2}
    ratios = muscle_ratios(_profile(*(_row(m, v) for m, v in values.items())))
    assert ratios.set_index("ratio")["value"].to_dict() == pytest.approx(
        {"flexor_abductor": 1.25, "adductor_abductor": 0.75, "external_internal_rotator": 0.75}
    )
    assert ratios["why_missing"].isna().all()
    assert (ratios["unit"] == "Nm/kg").all()


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([_row("abduction", 1.6)], "numerator not tested"),
        ([_row("adduction", 1.2)], "denominator not tested"),
        ([_row("adduction", 1.2), _row("abduction", np.nan)], "denominator not tested"),
        ([_row("adduction", 1.2), _row("abduction", 1.6, position="side_lying")], "position differs"),
        ([_row("adduction", 1.2), _row("abduction", 1.6, unit="N/kg")], "unit differs"),
        ([_row("adduction", 1.2), _row("abduction", 0.0)], "denominator is 0"),
    ],
)
def test_a_ratio_of_unlike_tests_is_missing_with_the_reason_which_is_counted(rows, why):
    ratios = muscle_ratios(_profile(*rows))
    row = _ratio(ratios, "adductor_abductor")
    assert np.isnan(row["value"])
    assert row["why_missing"] == why
    counts = missing_counts(ratios, ["ratio"]).set_index(["ratio", "why_missing"])["n"]
    assert counts["adductor_abductor", why] == 1


@pytest.mark.parametrize("other", [{"side": "right"}, {"quality": "strength_eccentric"}, {"athlete": "b"}])
def test_another_side_quality_or_athlete_never_enters_a_ratio(other):
    ratios = muscle_ratios(_profile(_row("adduction", 1.2), _row("abduction", 1.6, **other)))
    assert ratios["value"].isna().all()
    one = ratios[ratios["ratio"] == "adductor_abductor"]
    assert sorted(one["why_missing"]) == ["denominator not tested", "numerator not tested"]


def test_ratios_do_not_change_with_the_unit_or_scale_and_swapping_the_motions_inverts_them(cohort):
    profile = hip_profile(*cohort)
    base = muscle_ratios(profile)
    scaled = profile.assign(value=profile["value"].mask(profile["unit"] == "N/kg", profile["value"] * 2.2046))
    np.testing.assert_allclose(muscle_ratios(scaled)["value"], base["value"])
    swapped = profile.replace({"motion": {"adduction": "abduction", "abduction": "adduction"}})
    one, two = (t.loc[t["ratio"] == "adductor_abductor", "value"] for t in (base, muscle_ratios(swapped)))
    np.testing.assert_allclose(one, 1 / two)


def test_28_runners_of_rbds_have_the_rotator_ratio_of_domain_c2_0_82_sd_0_17(shared):
    runners = pd.read_csv(shared / "data" / "rbds_runners_hip_strength.txt", sep="\t").drop_duplicates("Subject")
    assert len(runners) == 28
    codes = {"RHIPER": "external_rotation", "RHIPIR": "internal_rotation"}
    long = runners.melt(id_vars=["Subject", "Mass"], value_vars=list(codes)).dropna(subset=["value"])
    trials = pd.DataFrame(
        {
            "athlete_id": long["Subject"].astype("str"), "date": DAY, "motion": long["variable"].map(codes),
            "side": "right", "quality": "strength_isometric", "position": "unspecified", "trial_no": 1,
            "force_n": force_n(long["value"], "kgf"), "body_mass_kg": long["Mass"],
        }
    )  # fmt: skip
    profile = hip_profile(trials, pd.DataFrame({"athlete_id": trials["athlete_id"].unique()}))
    ratio = muscle_ratios(profile).query("ratio == 'external_internal_rotator'")["value"]
    assert (ratio.mean(), ratio.std()) == pytest.approx((0.82, 0.17), abs=0.005)


def test_total_rotation_is_internal_plus_external_range_in_one_position():
    rows = [_row("internal_rotation", 36.0, "rom_passive", "deg", position=p) for p in ("prone", "seated")]
    rows += [_row("external_rotation", 42.0, "rom_passive", "deg", position="prone")]
    rows += [_row("external_rotation", 40.0, "rom_active", "deg", side="right")]
    table = total_rotation(_profile(*rows))
    left, right = (table[table["side"] == s].iloc[0] for s in ("left", "right"))
    assert len(table) == 2
    assert left[["position", "unit", "value"]].tolist() == ["prone", "deg", 78.0]
    assert right["why_missing"] == "internal not tested"
    assert np.isnan(right["value"])


def _rom(*motions: str, z: float = 1.0) -> pd.DataFrame:
    return _profile(*(_row(m, 40.0, "rom_passive", "deg", z=z + i) for i, m in enumerate(motions)))


def test_rom_composite_is_the_mean_z_of_six_motions_and_of_flexion_and_extension():
    scores = rom_composite(_rom(*words.MOTIONS)).set_index("composite")
    assert scores.loc["six_motions", ["score", "n_parts", "n_expected"]].tolist() == [3.5, 6, 6]
    assert scores.loc["flexion_extension", ["score", "n_parts", "n_expected"]].tolist() == [1.5, 2, 2]


@pytest.mark.parametrize(("n", "known"), [(3, False), (4, True)])
def test_rom_composite_needs_more_than_half_of_its_motions_4_of_6_as_the_facit_scales(n, known):
    scores = rom_composite(_rom(*words.MOTIONS[-n:])).set_index("composite")
    assert scores["score"].notna().tolist() == [False, known]
    assert scores.loc["flexion_extension", "why_missing"] == "no part measured"
    assert pd.isna(scores.loc["six_motions", "why_missing"]) == known


def test_thomas_test_is_muscle_length_and_stays_out_of_the_rom_composite():
    tested = _rom("flexion", "extension").assign(position=["supine", "thomas_test"])
    scores = rom_composite(tested).set_index("composite")
    assert scores.loc["flexion_extension", "why_missing"] == "half of the parts or fewer"


def test_several_scores_of_one_part_are_averaged_before_the_parts_are():
    who = pd.DataFrame([{"athlete_id": "a", "date": DAY, "side": "left"}])
    parts = pd.DataFrame({"part": ["x", "x", "y"], "z": [0.0, 2.0, 3.0]}).merge(who, how="cross")
    assert mean_of_parts(parts, ["x", "y"], who)["score"].tolist() == [2.0]
    assert mean_of_parts(parts, [], who)["why_missing"].tolist() == ["not measured in this cohort"]


def test_imbalance_is_the_size_of_rom_minus_strength_each_with_mean_0_and_sd_1(cohort):
    profile = hip_profile(*cohort)
    table = capacity_imbalance(rom_composite(profile), strength_dimensions(profile))
    assert len(table) == 32
    for column in ("z_rom", "z_strength"):
        assert (table[column].mean(), table[column].std()) == pytest.approx((0, 1), abs=1e-12)
    np.testing.assert_allclose(table["mobility_stability_balance"], table["z_rom"] - table["z_strength"])
    np.testing.assert_allclose(table["capacity_imbalance"], table["mobility_stability_balance"].abs())


def test_swapping_the_sides_swaps_the_imbalance_and_nothing_else(cohort):
    trials, athletes = cohort
    swapped = trials.assign(side=trials["side"].map({"left": "right", "right": "left"}))
    one, two = (
        capacity_imbalance(rom_composite(p), strength_dimensions(p))
        for p in (hip_profile(t, athletes) for t in (trials, swapped))
    )
    both = one.merge(two.assign(side=two["side"].map({"left": "right", "right": "left"})), on=WHO)
    assert len(both) == 32
    np.testing.assert_allclose(both["mobility_stability_balance_x"], both["mobility_stability_balance_y"])


def test_without_range_of_motion_there_is_no_imbalance_and_the_reason_is_said(cohort):
    trials, athletes = cohort
    strong = trials[(trials["quality"] == "strength_isometric") | (trials["athlete_id"] != "a00")]
    profile = hip_profile(strong, athletes)
    table = capacity_imbalance(rom_composite(profile), strength_dimensions(profile)).set_index("athlete_id")
    assert table.loc["a00", "capacity_imbalance"].isna().all()
    assert set(table.loc["a00", "why_missing"]) == {"no ROM"}
    assert table.drop("a00")["capacity_imbalance"].notna().all()


def test_the_mean_of_sides_says_how_many_sides_it_is_of():
    rows = [
        _row(m, v, side=s)
        for s, m, v in (("left", "adduction", 1), ("left", "abduction", 2), ("right", "adduction", 1))
    ]
    means = mean_of_sides(muscle_ratios(_profile(*rows)), "value", ["ratio", "quality"])
    row = _ratio(means, "adductor_abductor")
    assert row[["value", "n_sides"]].tolist() == [0.5, 1]


def test_nothing_assessed_gives_empty_tables_and_a_test_there_twice_is_refused(cohort):
    profile = hip_profile(cohort[0].head(0), cohort[1])
    for table in (muscle_ratios(profile), total_rotation(profile), rom_composite(profile)):
        assert table.empty
    assert capacity_imbalance(rom_composite(profile), strength_dimensions(profile)).empty
    with pytest.raises(HiprunError, match="found a test twice"):
        muscle_ratios(_profile(_row("adduction", 1.0), _row("adduction", 2.0)))
    with pytest.raises(HiprunError, match="no column value"):
        muscle_ratios(_profile(_row("adduction", 1.0)).drop(columns="value"))
