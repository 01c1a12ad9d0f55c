"""Units a file may state."""

import pytest

from analysis.sources.units import factor, units_for
from analysis.tables import ATHLETES, HIP_ASSESSMENTS, TRAINING_SESSIONS


@pytest.mark.parametrize(
    ("column", "unit", "expected"),
    [
        (HIP_ASSESSMENTS["force_n"], "kgf", 9.80665),
        (HIP_ASSESSMENTS["force_n"], "lbf", 4.4482216152605),
        (HIP_ASSESSMENTS["torque_nm"], "Nm", 1.0),
        (HIP_ASSESSMENTS["angle_deg"], "deg", 1.0),
        (HIP_ASSESSMENTS["lever_arm_m"], "cm", 0.01),
        (TRAINING_SESSIONS["duration_min"], "s", 1 / 60),
        (TRAINING_SESSIONS["duration_min"], "h", 60.0),
        (TRAINING_SESSIONS["duration_min"], "h:mm:ss", 1 / 60),
        (TRAINING_SESSIONS["duration_min"], "1h12", 1 / 60),
        (TRAINING_SESSIONS["distance_km"], "m", 0.001),
        (TRAINING_SESSIONS["distance_km"], "mi", 1.609344),
        (TRAINING_SESSIONS["top_speed_km_h"], "m/s", 3.6),
        (TRAINING_SESSIONS["top_speed_km_h"], "mph", 1.609344),
        (ATHLETES["height_cm"], "m", 100.0),
        (ATHLETES["body_mass_kg"], "lb", 0.45359237),
        (ATHLETES["experience_y"], "month", 1 / 12),
        (ATHLETES["age_y"], None, 1.0),
    ],
)
def test_factors_of_nist_sp_811(column, unit, expected):
    assert factor(column, unit) == pytest.approx(expected, rel=1e-12)


def test_a_force_is_never_given_as_a_mass_and_a_rating_has_no_unit():
    assert "kg" not in units_for(HIP_ASSESSMENTS["force_n"])
    assert units_for(TRAINING_SESSIONS["rpe"]) == ()
