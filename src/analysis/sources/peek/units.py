"""In which unit a column of numbers is: as its header says, or as the size of the numbers allows, else asked."""

import re
from dataclasses import dataclass

import numpy as np

from analysis.sources.peek.profile import CLOCK, Profile
from analysis.sources.peek.view import ASK
from analysis.sources.peek.vocabulary import folded_words, unit_in
from analysis.sources.units import CLOCKS, factor, units_for
from analysis.tables import Column

_COMMON = {
    "height_cm": ("cm", "m", "in"),
    "body_mass_kg": ("kg", "lb", "st"),
    "age_y": ("year", "month"),
    "experience_y": ("year", "month"),
    "duration_min": ("min", "s", "h"),
    "distance_km": ("km", "mi", "m"),
    "ascent_m": ("m", "ft"),
    "top_speed_km_h": ("km/h", "m/s", "mph"),
    "force_n": ("N", "kgf", "lbf"),
    "torque_nm": ("Nm", "ft·lbf"),
    "angle_deg": ("deg",),
    "hold_s": ("s", "min"),
    "time_s": ("s", "min"),
    "lever_arm_m": ("m", "cm", "in"),
}
"""Units that a column without a stated one may well be in."""
_ASKED = {"force_n", "torque_nm"}
"""Columns whose unit is never concluded from the size of the numbers alone: people differ too much."""
_FORCE_OF_MASS = {"kg": "kgf", "lb": "lbf", "g": "kgf"}
_MOST_OF = 0.9
_KM_IN_MI = 1.609344
_STATED = re.compile(r"[(\[]\s*([^()\[\]]{1,10}?)\s*[)\]]|\bin ([A-Za-z·°]{1,6})(?![\w.])")


@dataclass(frozen=True)
class UnitFound:
    """A unit (`ASK` where the file does not tell, None where the column has none to state), and why."""

    unit: str | None
    evidence: str

    @property
    def asked(self) -> bool:
        """Whether the file does not tell."""
        return self.unit == ASK


def find_unit(declared: Column, profile: Profile, title: str = "", minutes: np.ndarray | None = None) -> UnitFound:
    """The unit of a column's numbers. `title` is other text that may state it; `minutes` (n_rows) are the durations
    that go with distances.
    """
    known = units_for(declared)
    if not known:
        return UnitFound(None, "")
    if profile.kind == CLOCK:
        return _clock(profile)
    stated = unit_in(profile.header)
    if stated in known:
        return UnitFound(stated, "the header says so")
    if stated in _FORCE_OF_MASS and declared.name == "force_n":
        likely = _FORCE_OF_MASS[stated]
        return UnitFound(ASK, f'"{likely}"? the header says {stated}, which is a mass; a dynamometer means {likely}')
    above = units_in_words(title) & set(known)
    if len(above) == 1:
        unit = above.pop()
        return UnitFound(unit, f"words above or beside the table say {unit}")
    return _by_size(declared, profile, minutes)


def units_in_words(text: str) -> set[str]:
    """The units that running text states: by a word of three letters or more, in brackets, or after "in".

    One letter is no unit there: "n. b." is no newton.
    """
    found = {unit_in(f"({match[1] or match[2]})") for match in _STATED.finditer(text)}
    return {u for u in found | {unit_in(w) for w in folded_words(text) if len(w) > 2} if u}


def _by_size(declared: Column, profile: Profile, minutes: np.ndarray | None) -> UnitFound:
    candidates = _COMMON.get(declared.name, units_for(declared)[:3])
    sizes = np.abs(profile.numbers[profile.numbers != 0])
    if not len(sizes):
        return UnitFound(ASK, f"{' or '.join(candidates)}? no number in the column tells")
    usual = declared.plausible or (declared.minimum, declared.maximum)
    fits = _fitting(declared, candidates, sizes, usual)
    fits = fits or _fitting(declared, candidates, sizes, (declared.minimum, declared.maximum))
    middle = float(np.median(sizes))
    if len(fits) == 1 and declared.name not in _ASKED:
        return UnitFound(fits[0], f"median {middle:g}: usual in {fits[0]} alone")
    if declared.name == "distance_km" and minutes is not None and (said := _paces(profile, minutes)):
        return UnitFound(ASK, f"km or mi? {said}")
    asked = fits or list(candidates)
    sized = ", ".join(f"{middle * factor(declared, u):.3g} {declared.unit} if {u}" for u in asked)
    return UnitFound(ASK, f"{' or '.join(asked)}? median {middle:g} is {sized}")


def _fitting(
    declared: Column, units: tuple[str, ...], sizes: np.ndarray, bounds: tuple[float | None, float | None]
) -> list[str]:
    """The units in which nearly all of the numbers lie within the bounds."""
    low, high = (0 if bounds[0] is None else bounds[0]), (np.inf if bounds[1] is None else bounds[1])
    inside = {u: (sizes * factor(declared, u) >= low) & (sizes * factor(declared, u) <= high) for u in units}
    return [u for u, is_inside in inside.items() if np.mean(is_inside) >= _MOST_OF]


def _paces(profile: Profile, minutes: np.ndarray) -> str:
    """'median pace 5:12 min/km if km; 3:14 if mi'."""
    with np.errstate(divide="ignore", invalid="ignore"):
        paces = minutes / profile.by_row()
    paces = paces[np.isfinite(paces) & (paces > 0)]
    if not len(paces):
        return ""
    per_km = float(np.median(paces))
    return f"median pace {_clock_text(per_km)} min/km if km; {_clock_text(per_km / _KM_IN_MI)} if mi"


def _clock_text(minutes: float) -> str:
    seconds = round(minutes * 60)
    return f"{seconds // 60}:{seconds % 60:02d}"


def _clock(profile: Profile) -> UnitFound:
    """Which clock a duration is written in; two parts can be mm:ss or h:mm."""
    parts = [t.split(":") for t in profile.texts if ":" in t]
    if all(len(p) == 3 for p in parts):
        return UnitFound("h:mm:ss", f"{profile.shown(profile.texts[0])}")
    if any(len(p) == 3 for p in parts):
        two = next(t for t in profile.texts if t.count(":") == 1)
        return UnitFound(ASK, f"h:mm:ss? {profile.shown(two)}, of two parts: write all cells in one way")
    long = next((t for t, p in zip(profile.texts, parts, strict=False) if int(p[0]) > 23), None)
    if long is not None:
        return UnitFound("mm:ss", f"{profile.shown(long)}: more than 23 are minutes")
    return UnitFound(ASK, f"mm:ss or h:mm? {profile.shown(profile.texts[0])}")


def in_minutes(profile: Profile, unit: str | None) -> np.ndarray | None:
    """n_rows durations in minutes, where the unit is known."""
    if unit in CLOCKS:
        sizes = CLOCKS[unit]
        return np.array([_clock_minutes(str(c), sizes) for c in profile.raw.cells[profile.position]])
    per = {"s": 1 / 60, "min": 1.0, "h": 60.0}.get(unit or "")
    return None if per is None else profile.by_row() * per


def _clock_minutes(cell: str, sizes: tuple[int, ...]) -> float:
    parts = cell.replace(",", ".").split(":")
    if len(parts) != len(sizes) or not all(p.replace(".", "", 1).isdecimal() for p in parts):
        return np.nan
    return sum(float(p) * size for p, size in zip(parts, sizes, strict=True)) / 60
