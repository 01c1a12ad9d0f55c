"""Headers to columns of the tables, units and kinds of person data: words of `vocabulary.toml` and `words.toml`."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from analysis.hip.motions import MOTIONS, fold

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")
_BRACKET = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_RANGE = re.compile(r"\s*\d+\s*(?:-|–|to|bis|à|a)\s*\d+\s*")
_SPEED = re.compile(r"(?<![^\W_])(?<!/)(km|m|mi) ?[/_] ?(h|s|sec)(?![^\W_])", re.IGNORECASE)
_SPEEDS = {("km", "h"): "km/h", ("m", "s"): "m/s", ("m", "sec"): "m/s", ("mi", "h"): "mph"}
_SHORTEST_PART = 4
LIKELY = 0.6
"""Least score at which a header counts as naming a column."""


@dataclass(frozen=True)
class Token:
    """A word or number in a header, where it stands, and its folded form."""

    start: int
    end: int
    folded: str


def tokens(text: str) -> list[Token]:
    """The words and numbers of a text; "InjSide2" is three."""
    found = []
    for match in _TOKEN.finditer(text):
        at = match.start()
        for part in _CAMEL.split(match[0]):
            found.append(Token(at, at + len(part), fold(part)))
            at += len(part)
    return [t for t in found if t.folded]


def folded_words(text: str) -> tuple[str, ...]:
    """The folded words and numbers of a text."""
    return tuple(t.folded for t in tokens(text))


@cache
def _file(name: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def _words_of(section: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Column of one table -> the words for it, each as folded tokens."""
    listed = _file("vocabulary.toml")
    columns = listed["any"] | listed[section] if section not in ("identifying", "units", "any") else listed[section]
    return {column: tuple(folded_words(w) for w in words) for column, words in columns.items()}


@cache
def header_scores(table: str, header: str) -> dict[str, float]:
    """Columns of `table` that the header may name, with a score from 0.6 to 1 (the same words)."""
    own = folded_words(_without_unit(header)) or folded_words(header)
    scores = {column: max(_score(own, word) for word in words) for column, words in _words_of(table).items()}
    return {column: score for column, score in scores.items() if score >= LIKELY}


def _score(header: tuple[str, ...], word: tuple[str, ...]) -> float:
    if "".join(header) == "".join(word):
        return 1.0
    n = len(word)
    if len("".join(word)) < _SHORTEST_PART or not any(header[i : i + n] == word for i in range(len(header) - n + 1)):
        return 0.0
    return 0.5 + 0.45 * len("".join(word)) / len("".join(header))


def person_words(header: str) -> tuple[str, float] | None:
    """What kind of person data a header names ("names", "e-mail addresses", …) and its score; None for none."""
    own = folded_words(header)
    best = max(
        ((kind, _score(own, word)) for kind, words in _words_of("identifying").items() for word in words),
        key=lambda found: found[1],
    )
    vague = own and any(w in own for w in ("name", "titel", "title", "description", "diagnosis", "city", "date"))
    return best if best[1] == 1.0 or (best[1] >= LIKELY and not vague) else None


def unit_in(header: str) -> str | None:
    """The unit a header states, as `analysis.sources.units` or hip.units name it; None where it states none.

    One or two letters count only in brackets or after the last underscore ("hold_s", "Lever (in)").
    """
    if unit := _speed_in(header):
        return unit
    in_brackets = [a or b for a, b in _BRACKET.findall(header)]
    for text in (*reversed(in_brackets), *([header.rsplit("_", 1)[1]] if "_" in header else [])):
        if (unit := _unit_named(text)) is not None:
            return unit
    for token in reversed(folded_words(header)):
        if (len(token) > 2 or token in ("km", "mi", "kg", "cm", "lb")) and (unit := _unit_named(token)) is not None:
            return unit
    return None


def _speed_in(header: str) -> str | None:
    """A unit of speed; its stroke or underscore tells metres a second from milliseconds."""
    said = [_SPEEDS.get((m[1].casefold(), m[2].casefold())) for m in _SPEED.finditer(header)]
    return next((unit for unit in said if unit), None)


def _unit_named(text: str) -> str | None:
    if text.strip().startswith("°"):
        return "deg"
    found = [w for w in (text, re.sub(r"^\s*in\s+", "", text)) if w.strip()]
    return next((_unit_words()[f] for w in found if (f := "".join(folded_words(w))) in _unit_words()), None)


@cache
def _unit_words() -> dict[str, str]:
    return {"".join(folded_words(w)): unit for unit, words in _file("vocabulary.toml")["units"].items() for w in words}


def range_in(header: str) -> tuple[int, int] | None:
    """The scale a header states, such as (0, 10) in "RPE (0-10)"."""
    match = re.search(r"(?<!\d)(\d{1,3})\s*(?:-|–|to|bis)\s*(\d{1,3})(?!\d)", header)
    return (int(match[1]), int(match[2])) if match else None


def _without_unit(header: str) -> str:
    """A header without brackets that hold a unit or a scale, and without a unit after its last underscore."""
    for match in _BRACKET.finditer(header):
        inside = match[1] or match[2] or ""
        if _unit_named(inside) or _RANGE.fullmatch(inside):
            header = header.replace(match[0], " ")
    head, _, tail = header.rpartition("_")
    return head if head and _unit_named(tail) else header


@cache
def words_for(column: str) -> dict[str, str]:
    """Folded cell -> word of a column such as sex, side, sport, region, motion; ("true" and "false" for truths)."""
    known = {fold(w): word for word, others in _file("words.toml").get(column, {}).items() for w in (*others, word)}
    if column == "motion":
        known |= {fold(n): m.name for m in MOTIONS.values() for n in (m.name, m.label, *m.synonyms)}
    return known


@cache
def missing_words() -> frozenset[str]:
    """Folded cells that say that there is no value."""
    return frozenset(fold(w) for w in _file("words.toml")["missing"]["words"])
