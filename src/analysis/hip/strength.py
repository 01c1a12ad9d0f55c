"""Strength made comparable between people: torque, and force or torque per body mass.

Torque per kilogram is the measure to compare athletes with: force alone depends on where the dynamometer is held
(Thorborg et al. 2010, Scand J Med Sci Sports 20:493). Numbers, arrays or Series in, the same out; missing stays
missing.
"""

import numpy as np
import pandas as pd

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


def fatigue_index_percent(first: Numbers, last: Numbers) -> Numbers:
    """Fatigue index 100·(first - last) / first in percent, of peak force or torque in the first and last contraction.

    The formula of White et al. 2013 (SpringerPlus 2:451), there with the first and the 12th of 12 contractions. Higher
    is more fatigue; negative where the last is stronger. The same shape out as in; missing where a value is missing
    or the first is not above 0.
    """
    start, end = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(start > 0, 100 * (start - end) / start, np.nan)
    if isinstance(first, pd.Series):
        return pd.Series(index, index=first.index, name="fatigue_index_percent")
    return index if index.ndim else float(index)


def _within(name: str, values: Numbers, limits: tuple[float, float], fix: str) -> None:
    array = np.atleast_1d(np.asarray(values, dtype=float))
    bad = (array < limits[0]) | (array > limits[1])
    if bad.any():
        raise HiprunError(
            f"{name}: found {array[bad][0]:g} ({int(bad.sum())} such); expected {limits[0]:g} to {limits[1]:g}. "
            f"Fix: {fix}."
        )
