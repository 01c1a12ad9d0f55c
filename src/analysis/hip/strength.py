"""Strength made comparable between people: torque, and force or torque per body mass.

Torque per kilogram is the measure to compare athletes with: force alone depends on where the dynamometer is held
(Thorborg et al. 2010, Scand J Med Sci Sports 20:493). Numbers, arrays or Series in, the same out; missing stays
missing.
"""

import numpy as np

from analysis.errors import HiprunError
from analysis.hip.units import GRAVITY_M_S2, Numbers

LEVER_ARM_M = (0.05, 1.2)
BODY_MASS_KG = (20.0, 250.0)


def torque_nm(force_n: Numbers, lever_arm_m: Numbers) -> Numbers:
    """Torque in N·m: force (N, at a right angle to the leg) times the distance from hip centre to dynamometer (m).

    Raises `HiprunError` for a lever arm outside 0.05-1.2 m: it is likely in cm.
    """
    _within("lever_arm_m", lever_arm_m, LEVER_ARM_M, "give it in metres")
    return force_n * lever_arm_m


def torque_per_mass_nm_kg(torque_nm: Numbers, body_mass_kg: Numbers) -> Numbers:
    """Torque per body mass in N·m/kg. Raises `HiprunError` for a mass outside 20-250 kg."""
    _within("body_mass_kg", body_mass_kg, BODY_MASS_KG, "give it in kilograms")
    return torque_nm / body_mass_kg


def force_per_mass_n_kg(force_n: Numbers, body_mass_kg: Numbers) -> Numbers:
    """Force per body mass in N/kg, for tests without a lever arm. Raises `HiprunError` for a mass outside 20-250 kg."""
    _within("body_mass_kg", body_mass_kg, BODY_MASS_KG, "give it in kilograms")
    return force_n / body_mass_kg


def percent_body_weight(force_n: Numbers, body_mass_kg: Numbers) -> Numbers:
    """Force in percent of body weight, 100·F / (m·g) with standard gravity. Raises for a mass outside 20-250 kg."""
    return force_per_mass_n_kg(force_n, body_mass_kg) / GRAVITY_M_S2 * 100


def _within(name: str, values: Numbers, limits: tuple[float, float], fix: str) -> None:
    array = np.atleast_1d(np.asarray(values, dtype=float))
    bad = (array < limits[0]) | (array > limits[1])
    if bad.any():
        raise HiprunError(
            f"{name}: found {array[bad][0]:g} ({int(bad.sum())} such); expected {limits[0]:g} to {limits[1]:g}. "
            f"Fix: {fix}."
        )
