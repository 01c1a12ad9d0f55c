"""Force, torque and the units dynamometers show them in.

Factors: standard gravity 9.80665 m/s² (3rd CGPM, 1901) and the avoirdupois pound 0.45359237 kg and foot 0.3048 m
(international agreement of 1959; NIST SP 811, appendix B). They are exact.
"""

import numpy as np
import pandas as pd

from analysis.errors import HiprunError

GRAVITY_M_S2 = 9.80665
_LBF_N = 0.45359237 * GRAVITY_M_S2

FORCE_UNITS = {"N": 1.0, "kN": 1000.0, "kgf": GRAVITY_M_S2, "kp": GRAVITY_M_S2, "lbf": _LBF_N}
TORQUE_UNITS = {
    "Nm": 1.0,
    "N·m": 1.0,
    "Ncm": 0.01,
    "kgf·m": GRAVITY_M_S2,
    "kgf·cm": GRAVITY_M_S2 / 100,
    "ft·lbf": 0.3048 * _LBF_N,
    "in·lbf": 0.0254 * _LBF_N,
}

Numbers = float | np.ndarray | pd.Series


def force_n(value: Numbers, unit: str) -> Numbers:
    """Force in newton, from `unit` (N, kN, kgf, kp, lbf). Raises `HiprunError` for another unit.

    'kg' and 'lb' are masses: a dynamometer that shows them means kgf and lbf, and the user has to say so.
    """
    return value * _factor(unit, FORCE_UNITS, "force")


def torque_nm_from(value: Numbers, unit: str) -> Numbers:
    """Torque in newton metre, from `unit` (Nm, Ncm, kgf·m, kgf·cm, ft·lbf, in·lbf). Raises for another unit."""
    return value * _factor(unit, TORQUE_UNITS, "torque")


def _factor(unit: str, known: dict[str, float], what: str) -> float:
    if unit not in known:
        masses = " A reading in kg or lb is a force in kgf or lbf." if unit in ("kg", "lb", "lbs") else ""
        raise HiprunError(f"{what} unit: found {unit!r}; expected {', '.join(known)}. Fix: name the unit.{masses}")
    return known[unit]
