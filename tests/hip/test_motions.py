"""Names of motions and sides, units, torque."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.hip.motions import MOTIONS, PLANES, motion, plane, side
from analysis.hip.strength import force_per_mass_n_kg, percent_body_weight, torque_nm, torque_per_mass_nm_kg
from analysis.hip.units import force_n, torque_nm_from
from analysis.tables import words


def test_the_six_motions_are_those_of_the_tables_and_each_opposite_shares_its_plane():
    assert tuple(MOTIONS) == words.MOTIONS
    for m in MOTIONS.values():
        assert MOTIONS[m.opposite].opposite == m.name
        assert MOTIONS[m.opposite].plane == m.plane
        assert m.plane in PLANES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Abd", "abduction"),
        ("Add", "adduction"),
        ("IRO", "internal_rotation"),
        ("ARO", "external_rotation"),
        ("Flex", "flexion"),
        ("Ext", "extension"),
        ("Innenrotation", "internal_rotation"),
        ("Außenrotation", "external_rotation"),
        ("rotation médiale", "internal_rotation"),
        ("Rotación externa", "external_rotation"),
        ("abduzione", "abduction"),
        ("heupadductie", "adduction"),
        ("fleksion", "flexion"),
        ("extensão", "extension"),
        ("Aussenrotation", "external_rotation"),
        ("ABDUKTION", "abduction"),
        ("Adduktion", "adduction"),
        ("Hüft-Beugung", "flexion"),
        (" hip external-rotation ", "external_rotation"),
        ("internal_rotation", "internal_rotation"),
    ],
)
def test_german_and_english_names_and_abbreviations_find_their_motion(name, expected):
    assert motion(name) == expected


@pytest.mark.parametrize("name", ["rotation", "", "abdo", None, 3])
def test_an_unknown_motion_is_refused_with_what_is_known(name):
    with pytest.raises(HiprunError, match="expected one of abduction, adduction"):
        motion(name)


def test_sides_and_planes_are_found_by_name():
    assert [side(s) for s in ("L", "li", "links", "Right", "re.")] == ["left", "left", "left", "right", "right"]
    assert [plane(m) for m in ("Flex", "Abd", "IRO")] == ["sagittal", "frontal", "transverse"]
    with pytest.raises(HiprunError, match="side: found 'both'"):
        side("both")


@given(st.floats(1, 150), st.floats(0.1, 0.9))
def test_the_same_pull_read_in_kgf_lbf_and_newton_gives_the_same_torque(kgf, lever):
    in_newton = kgf * 9.80665
    readings = [(kgf, "kgf"), (kgf / 0.45359237, "lbf"), (in_newton, "N"), (in_newton / 1000, "kN"), (kgf, "kp")]
    torques = [torque_nm(force_n(value, unit), lever) for value, unit in readings]
    assert torques == pytest.approx([in_newton * lever] * len(readings), rel=1e-12)


def test_units_of_force_and_torque_carry_the_exact_factors_of_nist_sp_811():
    assert force_n(1, "lbf") == pytest.approx(4.4482216152605, rel=1e-15)
    assert torque_nm_from(1, "ft·lbf") == pytest.approx(1.3558179483314004, rel=1e-15)
    assert torque_nm_from(12, "in·lbf") == pytest.approx(torque_nm_from(1, "ft·lbf"), rel=1e-14)
    assert torque_nm_from(100, "kgf·cm") == pytest.approx(9.80665)


def test_kg_as_a_force_is_refused_because_it_is_a_mass():
    with pytest.raises(HiprunError, match="in kgf or lbf"):
        force_n(20, "kg")
    with pytest.raises(HiprunError, match="torque unit: found 'N'"):
        torque_nm_from(1, "N")


def test_torque_and_force_per_mass_of_a_worked_example():
    # 200 N at 0.40 m by an athlete of 64 kg: 80 N·m, 1.25 N·m/kg, 3.125 N/kg, 31.87 % of body weight
    assert torque_nm(200, 0.4) == pytest.approx(80)
    assert torque_per_mass_nm_kg(80, 64) == 1.25
    assert force_per_mass_n_kg(200, 64) == 3.125
    assert percent_body_weight(200, 64) == pytest.approx(31.866, abs=1e-3)


def test_missing_stays_missing_and_series_keep_their_index():
    out = torque_nm(pd.Series([100.0, np.nan], index=["a", "b"]), pd.Series([0.4, 0.4], index=["a", "b"]))
    assert out["a"] == 40
    assert np.isnan(out["b"])


def test_a_lever_arm_in_centimetres_and_a_mass_in_grams_are_refused():
    with pytest.raises(HiprunError, match=r"lever_arm_m: found 40 .*metres"):
        torque_nm(200, 40)
    with pytest.raises(HiprunError, match="body_mass_kg: found 64000"):
        torque_per_mass_nm_kg(80, 64000)
