"""What cells stand for: words of the tables, RPE scales, OSTRC versions; what they do not tell is asked."""

import re
from dataclasses import dataclass

from analysis.hip.motions import fold
from analysis.sources.peek.profile import NUMBER, Profile
from analysis.sources.peek.view import ASK, Conclusion
from analysis.sources.peek.vocabulary import range_in, words_for
from analysis.surveillance.ostrc import CODES
from analysis.tables import Column
from analysis.tables.declare import TRUTH

MOST_WORDS = 40
QUESTIONS = ("ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4")
_READ_ANYWAY = {"yes", "no", "true", "false"}
_SAME_WORDS = {"dominant_leg": "side", "previous_injury": "truth"}
_SIDE_LETTERS = (
    {"g": "left", "d": "right"},
    {"i": "left", "d": "right"},
    {"s": "left", "d": "right"},
    {"v": "left", "h": "right"},
)
"""gauche/droite, izquierda/derecha, sinistra/destra, venstre/højre."""
_OSTRC_ALL = {code for questions in CODES.values() for codes in questions.values() for code in codes}
_CR10_MOST = 10

Codes = dict[str, object]
"""Cell -> value of the column, or `ASK`."""


@dataclass(frozen=True)
class Told:
    """A value for a constant (or `ASK`), and why or what is asked."""

    value: object
    evidence: str


def find_codes(declared: Column, profile: Profile) -> Codes:
    """What the cells of a column of words stand for; {} where they are the table's own words already."""
    cells = list(profile.texts)[:MOST_WORDS]
    own = {w.casefold() for w in declared.allowed} if declared.allowed else _READ_ANYWAY
    if all(c.casefold() in own for c in cells):
        return {}
    return {cell: word_of(declared, cell, cells) for cell in cells}


def word_of(declared: Column, cell: str, cells: list[str]) -> object:
    """The word of a column that a cell stands for; `ASK` where it is not known."""
    if declared.name == "weekly_volume_band_km":
        return _band(cell, declared.allowed)
    if declared.name in ("side", "dominant_leg") and (word := _side_letter(cell, cells)):
        return word
    if declared.dtype == TRUTH:
        numbers = {"0": False, "1": True} if {fold(c) for c in cells} <= {"0", "1"} else {}
        said = {"true": True, "false": False}.get(words_for("truth").get(fold(cell), ""))
        return numbers.get(fold(cell), ASK if said is None else said)
    word = words_for(_SAME_WORDS.get(declared.name, declared.name)).get(fold(cell))
    return word if word in declared.allowed else ASK


def _side_letter(cell: str, cells: list[str]) -> str | None:
    said = {fold(c) for c in cells}
    return next((pair[fold(cell)] for pair in _SIDE_LETTERS if said == set(pair)), None)


def _band(cell: str, bands: tuple[str, ...]) -> str:
    """'> 45 km' to '>45', 'bis 15' to '0-15'."""
    numbers = re.findall(r"\d+", cell)
    if len(numbers) == 2:
        return next((b for b in bands if b == "-".join(numbers)), ASK)
    if len(numbers) == 1 and re.search(r"[<≤]|bis|up to|under|unter|less|jusqu|hasta|fino|tot|op til", cell.casefold()):
        return next((b for b in bands if b == f"0-{numbers[0]}"), ASK)
    if len(numbers) == 1 and re.search(r"[>≥+]|über|ueber|more|over|mehr|plus|más|mas de|oltre|meer", cell.casefold()):
        return next((b for b in bands if b == f">{numbers[0]}"), ASK)
    return ASK


def share_known(declared: Column, profile: Profile) -> float:
    """Share of the cells (rows) whose word is known."""
    cells = list(profile.texts)[:MOST_WORDS]
    known = sum(n for c, n in zip(cells, profile.counts, strict=False) if word_of(declared, c, cells) != ASK)
    return known / max(profile.n_filled, 1)


def find_rpe_scale(profile: Profile) -> Told:
    """The scale of ratings of perceived exertion, from the header or from values that one scale alone has."""
    header, numbers = profile.header.casefold(), profile.ratings
    stated = range_in(header)
    if "cr10" in fold(header) or "cr 10" in header or stated == (0, 10):
        return Told("cr10", "the header says so")
    if stated == (6, 20):
        return Told("borg6_20", "the header says so")
    if stated == (1, 10):
        return Told(ASK, "cr10 or strava1_10? the header says 1 to 10")
    if not len(numbers):
        return Told(ASK, "cr10, borg6_20 or strava1_10? no rating yet")
    low, high = numbers.min(), numbers.max()
    at = {number: text for text in reversed(profile.texts) if (number := profile.number_in(text)) is not None}
    if high > _CR10_MOST:
        unclear = Told(ASK, f"values from {low:g} to {high:g} fit no scale")
        return Told("borg6_20", profile.shown(at[high])) if low >= 6 and high <= 20 else unclear
    if low < 1:
        return Told("cr10", f"{profile.shown(at[low])}: the scales that begin at 1 or 6 have none")
    return Told(ASK, f"cr10 or strava1_10? values from {low:g} to {high:g} fit both")


def find_ostrc_version(questions: dict[str, Profile]) -> Told:
    """The version of the questionnaire, from answers that only one version has in questions 2 and 3."""
    for name in ("ostrc_q2", "ostrc_q3"):
        profile = questions.get(name)
        if profile is None or not is_ostrc_coded(profile):
            continue
        question = name.removeprefix("ostrc_")
        for version, other in ((1, 2), (2, 1)):
            alone = set(CODES[version][question]) - set(CODES[other][question])
            proof = next((t for t in profile.texts if profile.number_in(t) in alone), None)
            if proof is not None:
                return Told(
                    version, f'{profile.place(proof)} has {proof} in "{profile.header}", which version {other} has not'
                )
    return Told(ASK, "1 (2013) or 2 (2020)? the answers to questions 2 and 3 do not tell")


def is_ostrc_coded(profile: Profile) -> bool:
    """Whether the answers are the numbers of the questionnaire (0, 8, 17, 25, …)."""
    values = set(profile.ratings)
    return profile.kind == NUMBER and values <= _OSTRC_ALL and not (0 < max(values, default=0) < 6)


def find_ostrc_codes(profile: Profile) -> Codes:
    """Answers that are words or choices (0 to 3, 1 to 4): each is asked."""
    if is_ostrc_coded(profile):
        return {}
    missing = [t for t in profile.texts if profile.kind == NUMBER and profile.number_in(t) not in profile.ratings]
    return {t: ASK for t in profile.texts[:12] if t not in missing}


def could_be_ostrc(profile: Profile) -> bool:
    """Numbers of the questionnaire, choices 0 to 4, or a few words."""
    if profile.kind == NUMBER:
        return is_ostrc_coded(profile) or set(profile.ratings) <= {0, 1, 2, 3, 4, 5}
    return 2 <= len(profile.texts) <= 6


def side_conclusion(profile: Profile, codes: Codes) -> Conclusion:
    """How sides are coded."""
    said = ", ".join(f"{cell} = {word}" for cell, word in codes.items()) or "left, right"
    return Conclusion("side coding", said, "words known", asked=ASK in codes.values())
