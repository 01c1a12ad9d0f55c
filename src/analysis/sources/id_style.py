"""Ids of one person written in two ways: `player_1` in one file, `1` or `P-001` in another.

A shape is text around a run of `#`, which stands for the part of the id that counts: "player_#" is any id that begins
with "player_". Two or more # are a number with leading zeros: "P-###" is P-001 to P-999.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

CASES = ("upper", "lower")
ENOUGH = 0.8
"""Share of the ids that a rule has to lead to known ones before it is worth telling."""
_SHAPE = re.compile(r"([^#]*)(#+)([^#]*)")
_NUMBERED = re.compile(r"(.*?)(\d+)(\D*)")
_LONGEST_AFFIX = 24
_TRIED = 20
_LETTERS = re.compile(r"[^a-z0-9]+")


def is_shape(text: str) -> bool:
    """Whether text holds one run of #."""
    return _SHAPE.fullmatch(text) is not None


@dataclass(frozen=True)
class IdStyle:
    """How the ids of a file are rewritten: from one shape to another, or (`to` "upper" or "lower") in another case."""

    from_shape: str = "#"
    to: str = "#"

    @cached_property
    def _from(self) -> re.Pattern[str]:
        before, run, after = _SHAPE.fullmatch(self.from_shape).groups()
        core = r".+" if len(run) == 1 else r"\d+"
        return re.compile(f"{re.escape(before)}({core}){re.escape(after)}")

    def rewrite(self, text: str) -> str | None:
        """The id in the new style; None where it is not of the shape it should come in."""
        match = self._from.fullmatch(text)
        if match is None:
            return None
        core = match[1] if "##" not in self.from_shape else match[1].lstrip("0") or "0"
        if self.to in CASES:
            return core.upper() if self.to == "upper" else core.lower()
        before, run, after = _SHAPE.fullmatch(self.to).groups()
        return f"{before}{core.zfill(len(run)) if len(run) > 1 else core}{after}"

    @property
    def is_plain(self) -> bool:
        """Whether one of both shapes is a bare number, or they differ in case, marks and zeros only.

        Two clinics with ids A-1 and B-1 have other people; `player_1` and `1` are hardly ever two.
        """
        bare = [_LETTERS.sub("", shape.casefold()) for shape in (self.from_shape, self.to)]
        return self.to in CASES or "" in bare or bare[0] == bare[1]

    def as_toml(self, header: str | None) -> str:
        """What to write in [file.columns] for it."""
        said = {"column": header or "…", "from": self.from_shape, "to": self.to}
        given = [f'{k} = "{v}"' for k, v in said.items() if v != "#"]
        return f"athlete_id = {{ {', '.join(given)} }}"


@dataclass(frozen=True)
class Match:
    """A rule that leads from ids to known ids: it, the pairs it makes in the order of the ids, and how many ids
    there are.
    """

    style: IdStyle
    pairs: tuple[tuple[str, str], ...]
    n_ids: int


def find_style(ids: Collection[str], known: Collection[str]) -> Match | None:
    """The one simple rule that rewrites `ids` (distinct) so that most of them are known ids, each another one.

    Most: `ENOUGH` of the smaller of both sets, and two at least. None where there is no such rule.
    """
    ids, known = list(ids), set(known)
    needed = max(2, ENOUGH * min(len(ids), len(known)))
    best = None
    for style in dict.fromkeys(_candidates(ids, sorted(known))):
        rewritten = {i: style.rewrite(i) for i in ids}
        pairs = tuple((i, new) for i, new in rewritten.items() if new in known)
        one_to_one = len({new for _, new in pairs}) == len(pairs)
        if one_to_one and len(pairs) >= needed and (best is None or len(pairs) > len(best.pairs)):
            best = Match(style, pairs, len(ids))
    return best


def _candidates(ids: list[str], known: list[str]) -> list[IdStyle]:
    """Rules worth trying, the plainest first: case, then what stands around numbers, then around any text."""
    if not ids or not known:
        return []
    found = [IdStyle(to=case) for case in CASES]
    mine, theirs = _numbered(ids), _numbered(known)
    found += [IdStyle(a, b) for a in mine for b in theirs]
    before, after = _cores(ids, known, reverse=False), _cores(ids, known, reverse=True)
    return found + before + after


def _numbered(ids: list[str]) -> list[str]:
    """Shapes of ids that end in a number: as it is, and with leading zeros where they have them all one width."""
    parts = [m.groups() for i in ids if (m := _NUMBERED.fullmatch(i)) and "#" not in i]
    if not parts:
        return []
    (before, after), _ = Counter((b, a) for b, _, a in parts).most_common(1)[0]
    cores = [core for b, core, a in parts if (b, a) == (before, after)]
    width = max(map(len, cores))
    padded = width > 1 and any(c.startswith("0") and len(c) > 1 for c in cores)
    return [f"{before}#{after}", *([f"{before}{'#' * width}{after}"] if padded else [])]


def _cores(ids: list[str], known: list[str], *, reverse: bool) -> list[IdStyle]:
    """Rules that exchange the beginning (or, reversed, the end) that all ids share for that of the known ids."""

    def turned(text: str) -> str:
        return text[::-1] if reverse else text

    mine, theirs = (_shared_start([turned(i) for i in group]) for group in (ids, known))
    if "#" in mine + theirs:
        return []
    core_of_known = {k: {turned(i)[k:] for i in known} for k in range(len(theirs) + 1)}
    return [
        IdStyle(_shape(mine[:n], reverse), _shape(theirs[:k], reverse))
        for n in range(len(mine), -1, -1)
        for k, cores in core_of_known.items()
        if n + k and any(turned(i)[n:] in cores for i in ids[:_TRIED])
    ]


def _shared_start(texts: list[str]) -> str:
    """What all texts begin with, up to `_LONGEST_AFFIX` letters."""
    first, last = min(texts), max(texts)
    same = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[: min(same, _LONGEST_AFFIX)]


def _shape(affix: str, reverse: bool) -> str:
    return f"#{affix[::-1]}" if reverse else f"{affix}#"
