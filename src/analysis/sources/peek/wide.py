"""Wide sheets: headers that are made of side, motion, region, position and trial, in any order and language."""

import re
from collections import defaultdict
from dataclasses import dataclass

from analysis.hip.motions import fold
from analysis.sources.peek.profile import BLANK, NUMBER, Profile
from analysis.sources.peek.vocabulary import Token, tokens, words_for

GROUPS = {
    "hip_assessments": ("side", "motion", "position", "trial_no"),
    "weekly_reports": ("side", "region"),
}
"""Table -> its columns that may stand in headers."""
_LONGEST_PHRASE = 3
_SHORTEST_JOINED = 5
_GLUED = (
    re.compile(r"(?P<side>R|L|RIGHT|LEFT)(?:_?HIP)?(?P<motion>ABD|ADD|FLEX|FLX|EXT|IR|ER|IRO|ARO)?(?P<trial_no>[1-9])?"),
    re.compile(r"(?:HIP)?(?P<motion>ABD|ADD|FLEX|FLX|EXT|IRO|ARO|IR|ER)_?(?P<side>R|L)(?P<trial_no>[1-9])?"),
    re.compile(r"(?P<side>R|L)(?P<position>THOMAS|OBER)", re.IGNORECASE),
)  # fmt: skip
_AMBIGUOUS = {
    "side": {"re", "g", "sin", "der", "d", "s"},
    "motion": {"ab", "ad", "ir", "er", "ri", "ext"},
    "position": {"side", "stand", "sit", "bl", "rl", "sl"},
}
"""Short words that count only beside another part."""


@dataclass(frozen=True)
class Part:
    """A stretch of a header: the column it gives (None for fixed text), its text and the word it stands for."""

    column: str | None
    text: str
    word: str = ""


@dataclass(frozen=True)
class Wide:
    """Headers of one make: their positions, their parts (a row of parts a header), and the table they feed."""

    table: str
    positions: tuple[int, ...]
    parts: tuple[tuple[Part, ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the table that the headers give, in the order they stand there."""
        return tuple(p.column for p in self.parts[0] if p.column)

    @property
    def fixed(self) -> str:
        """The text that is the same in all of these headers."""
        return " ".join(p.text for p in self.parts[0] if p.column is None)

    @property
    def pattern(self) -> str:
        """A regular expression for these headers, one named group a column."""
        return "".join(self._piece(i) for i in range(len(self.parts[0])))

    def _piece(self, i: int) -> str:
        column = self.parts[0][i].column
        if column is None:
            return _escaped(self.parts[0][i].text)
        texts = sorted({row[i].text for row in self.parts}, key=lambda t: (-len(t), t))
        if column == "trial_no":
            return r"(?P<trial_no>\d)" if all(len(t) == 1 for t in texts) else r"(?P<trial_no>\d+)"
        return f"(?P<{column}>{'|'.join(map(_escaped, texts))})"

    def codes(self) -> dict[str, dict[str, str]]:
        """Column -> text in the header -> word of the table, for columns of words."""
        found: dict[str, dict[str, str]] = {c: {} for c in self.columns if c != "trial_no"}
        for row in self.parts:
            for part in row:
                if part.column in found:
                    found[part.column][part.text] = part.word
        return found


def _escaped(text: str) -> str:
    """Text for a regular expression, escaped no more than needed: people read it."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def find_wide(profiles: list[Profile], table: str) -> list[Wide]:
    """The groups of number columns whose headers give side, motion and so on, for `table`."""
    made: dict[tuple, list[tuple[int, tuple[Part, ...]]]] = defaultdict(list)
    for profile in profiles:
        if profile.kind not in (NUMBER, BLANK):
            continue
        for parts in _readings(profile.header, GROUPS[table]):
            make = tuple(p.column or p.text for p in parts)
            made[make].append((profile.position, parts))
            break
    numeric = {p.position for p in profiles if p.kind == NUMBER}
    groups = [Wide(table, tuple(p for p, _ in found), tuple(parts for _, parts in found)) for found in made.values()]
    return [g for g in groups if _is_wide(g) and numeric & set(g.positions)]


def _is_wide(group: Wide) -> bool:
    """At least two headers that differ in side, or in motion or region."""
    if len(group.positions) < 2:
        return False
    words = {c: {p.word for row in group.parts for p in row if p.column == c} for c in group.columns}
    return any(len(words.get(c, ())) > 1 for c in ("side", "motion", "region"))


def _readings(header: str, columns: tuple[str, ...]) -> list[tuple[Part, ...]]:
    """The header taken apart; [] where no part of it gives a side, a motion or a region."""
    glued = _glued(header, columns)
    parts = glued or _spaced(header, columns)
    given = {p.column for p in parts}
    return [parts] if given & {"side", "motion", "region"} else []


def _glued(header: str, columns: tuple[str, ...]) -> tuple[Part, ...]:
    """A header in one word, such as RHIPABD or LThomas."""
    for pattern in _GLUED:
        match = pattern.fullmatch(header)
        if match is None or not set(pattern.groupindex) <= set(columns):
            continue
        said = {c: t for c, t in match.groupdict().items() if t is not None}
        if said.keys() == {"side"}:
            return ()
        if all(c == "trial_no" or _word(c, t) for c, t in said.items()):
            return _cut(header, [(match.start(c), match.end(c), c, _word(c, t)) for c, t in said.items()])
    return ()


def _word(column: str, text: str) -> str:
    return text if column == "trial_no" else words_for(column).get(fold(text), "")


def _spaced(header: str, columns: tuple[str, ...]) -> tuple[Part, ...]:
    """A header of several words: the longest phrase that gives a column first; each column once."""
    words = tokens(header)
    found: dict[str, tuple[int, int, str]] = {}
    weak: list[str] = []
    i = 0
    while i < len(words):
        step, column, word = _phrase(words, i, columns, found)
        if column:
            found[column] = (words[i].start, words[i + step - 1].end, word)
            if words[i].folded in _AMBIGUOUS.get(column, ()):
                weak.append(column)
        i += step
    _add_trial(words, columns, found)
    if len(found.keys() - {"trial_no"}) == len(weak) == 1 and "trial_no" not in found:
        return ()
    return _cut(header, [(start, end, column, word) for column, (start, end, word) in found.items()])


def _phrase(words: list[Token], i: int, columns: tuple[str, ...], found: dict) -> tuple[int, str | None, str]:
    for n in range(min(_LONGEST_PHRASE, len(words) - i), 0, -1):
        phrase = "".join(w.folded for w in words[i : i + n])
        for column in columns:
            if column == "trial_no" or column in found or (n > 1 and len(phrase) < _SHORTEST_JOINED):
                continue
            word = words_for(column).get(phrase)
            if word and word not in ("other", "any"):
                return n, column, word
    return 1, None, ""


def _add_trial(words: list[Token], columns: tuple[str, ...], found: dict[str, tuple[int, int, str]]) -> None:
    """A last number of one digit is the trial, where side or motion stand there too."""
    last = words[-1] if words else None
    if "trial_no" in columns and found and last and last.folded.isdecimal() and len(last.folded) == 1:
        found["trial_no"] = (last.start, last.end, last.folded)


def _cut(header: str, spans: list[tuple[int, int, str, str]]) -> tuple[Part, ...]:
    parts, at = [], 0
    for start, end, column, word in sorted(spans):
        if start > at:
            parts.append(Part(None, header[at:start]))
        parts.append(Part(column, header[start:end], word))
        at = end
    if at < len(header):
        parts.append(Part(None, header[at:]))
    return tuple(parts)
