"""What hip tests measured: force, torque, angle, time or score, and of which quality, told from words beside them."""

from dataclasses import dataclass

from analysis.hip.motions import fold
from analysis.sources.peek.profile import TEXT, Profile
from analysis.sources.peek.vocabulary import folded_words, unit_in, words_for
from analysis.sources.problems import quoted

_OF_UNIT = {
    "N": "force_n", "kN": "force_n", "kgf": "force_n", "lbf": "force_n", "kg": "force_n", "lb": "force_n",
    "Nm": "torque_nm", "Ncm": "torque_nm", "ft·lbf": "torque_nm", "in·lbf": "torque_nm", "deg": "angle_deg",
    "s": "time_s", "min": "time_s",
}  # fmt: skip
_WORDS = {
    "torque_nm": ("torque", "drehmoment", "moment", "coppia", "nm"),
    "angle_deg": (
        "rom", "angle", "winkel", "beweglichkeit", "bewegungsumfang", "amplitude", "angolo", "angulo", "hoek", "vinkel",
        "mobility", "range", "deg", "goniometer",
    ),
    "force_n": (
        "force", "strength", "kraft", "huftkraft", "hueftkraft", "fuerza", "forza", "kracht", "styrke", "kgf", "lbf",
        "newton", "mvic", "squeeze", "dynamometer",
    ),
    "score": ("score", "punkte", "stepdown", "balance", "punteggio", "puntuacion"),
    "time_s": ("hold", "halten", "endurance", "ausdauer", "haltezeit"),
}  # fmt: skip
_FITTING = {
    "angle_deg": ("rom_active", "rom_passive"),
    "score": ("control", "balance"),
    "time_s": ("endurance",),
    "repetitions": ("endurance",),
}
_STRENGTH = ("strength_isometric", "strength_eccentric", "end_range_strength")
_STEMS = {
    "isometr": "strength_isometric",
    "eccentr": "strength_eccentric",
    "exzentr": "strength_eccentric",
    "excentr": "strength_eccentric",
    "endbereich": "end_range_strength",
    "endrange": "end_range_strength",
    "passiv": "rom_passive",
    "aktiv": "rom_active",
    "active": "rom_active",
}
"""Beginnings of words, in several languages, to qualities."""


@dataclass(frozen=True)
class Measure:
    """The value column of hip_assessments, and the text that told."""

    value: str
    said: str


def find_measure(*texts: str) -> Measure | None:
    """What was measured, from the first of the texts that tells: a unit in it, else a word."""
    for text in texts:
        value = _OF_UNIT.get(unit_in(text) or "") or _by_word(text)
        if value is not None:
            return Measure(value, text)
    return None


def _by_word(text: str) -> str | None:
    words = folded_words(text)
    joined = fold(text)
    return next(
        (value for value, known in _WORDS.items() if any(w in words or (len(w) > 4 and w in joined) for w in known)),
        None,
    )


def find_quality(value: str, *texts: str) -> tuple[str, str] | None:
    """The quality of a test and why, from the first text that names one that fits what was measured."""
    fitting = _FITTING.get(value, _STRENGTH)
    if len(fitting) == 1:
        return fitting[0], "what such a value tells"
    for text in texts:
        words = {words_for("quality").get(w) for w in folded_words(text)}
        words |= {quality for stem, quality in _STEMS.items() if stem in fold(text)}
        found = [q for q in fitting if q in words]
        if len(found) == 1:
            return found[0], f"as {quoted(text.strip())} says"
    return None


def qualities_for(value: str) -> str:
    """The qualities that fit what was measured, in words: "rom_active or rom_passive"."""
    return " or ".join(_FITTING.get(value, _STRENGTH))


def find_kind_column(profiles: list[Profile]) -> dict[str, Measure] | None:
    """Cells of a column that says for each row what was measured ("Strength (N)", "ROM (deg)"); None without one."""
    found = kind_column(profiles)
    return None if found is None else {t: m for t in found.texts if (m := find_measure(t))}


def kind_column(profiles: list[Profile]) -> Profile | None:
    """The column that says for each row what was measured, where rows differ in it."""
    for profile in profiles:
        if profile.kind != TEXT or not 2 <= len(profile.texts) <= 6:
            continue
        measures = [find_measure(t) for t in profile.texts]
        if all(measures) and len({m.value for m in measures if m}) > 1:
            return profile
    return None
