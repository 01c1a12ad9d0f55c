"""Units a file may state, and what one of each is in the unit of the table's column.

Force and torque as in `analysis.hip.units`; lengths (so speeds too) and masses by the international agreement of 1959
(NIST SP 811, appendix B); a year is 12 months or 365.25 days.
"""

import math

from analysis.hip.units import FORCE_UNITS, TORQUE_UNITS
from analysis.tables import Column

_LENGTH_M = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048, "yd": 0.9144, "mi": 1609.344}
_TIME_S = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}
_MASS_KG = {"g": 0.001, "kg": 1.0, "lb": 0.45359237, "st": 6.35029318}
_AGE_Y = {"year": 1.0, "month": 1 / 12, "day": 1 / 365.25}
_SPEED_KM_H = {"km/h": 1.0, "m/s": 3.6, "mph": 1.609344}
_ANGLE_DEG = {"deg": 1.0, "rad": 180 / math.pi}

CLOCKS = {"h:mm:ss": (3600, 60, 1), "mm:ss": (60, 1), "h:mm": (3600, 60)}
"""Ways to write a duration with colons, and the seconds each part stands for."""
LETTERED = {"1h12": None, "1h12|min": 60}
"""Durations written with letters, such as 1h12, 42min, 1 h 5 min, 45 s; and the seconds of one where the cell is a
number without a letter, None where such a cell says nothing."""
WRITTEN = (*CLOCKS, *LETTERED)
"""Units whose cells are texts, not numbers."""

_SECONDS = {"s": 1.0, "min": 60.0}

_FAMILIES: dict[str, tuple[dict[str, float], float]] = {
    "N": (FORCE_UNITS, 1.0),
    "N m": (TORQUE_UNITS, 1.0),
    "degrees": (_ANGLE_DEG, 1.0),
    "s": (_TIME_S, 1.0),
    "min": (_TIME_S, 60.0),
    "m": (_LENGTH_M, 1.0),
    "cm": (_LENGTH_M, 0.01),
    "km": (_LENGTH_M, 1000.0),
    "km/h": (_SPEED_KM_H, 1.0),
    "kg": (_MASS_KG, 1.0),
    "years": (_AGE_Y, 1.0),
}
"""Unit of a declared column -> units it may come in, and the size of its own unit among them."""


def units_for(declared: Column) -> tuple[str, ...]:
    """The units that values of the column may be given in; empty where it has no unit to convert."""
    family = _FAMILIES.get(declared.unit)
    written = WRITTEN if declared.unit in _SECONDS else ()
    return (*family[0], *written) if family else ()


def factor(declared: Column, unit: str | None) -> float:
    """What a value in `unit` is multiplied by to be in the column's own unit; 1 where no unit is given.

    For a written duration such as "h:mm:ss" the value is in seconds. `unit` must be one of `units_for(declared)`.
    """
    if unit is None:
        return 1.0
    if unit in WRITTEN:
        return 1.0 / _SECONDS[declared.unit]
    family, own = _FAMILIES[declared.unit]
    return family[unit] / own
