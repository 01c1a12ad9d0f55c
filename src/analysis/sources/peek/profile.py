"""What the cells of one column are, before anything is concluded from its header."""

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.hip.motions import fold
from analysis.sources.dates import parse_moment
from analysis.sources.mapping import ALWAYS_MISSING
from analysis.sources.numbers import Evidence, Marks, evidence, other_mark, parse_number
from analysis.sources.peek.vocabulary import missing_words
from analysis.sources.problems import quoted
from analysis.sources.raw_table import RawTable

BLANK, DATE, CLOCK, NUMBER, TEXT = "blank", "date", "clock", "number", "text"
_CLOCK = re.compile(r"\d{1,3}:\d{2}(?::\d{2}(?:[.,]\d+)?)?")
_MOSTLY = 0.8
_TRIED = 3000
SENTINELS = (-99, -999, -9999, -9, -1, -0.01, 99, 999, 9999, 255)
"""Numbers that people and programs write for "no value"."""


@dataclass(frozen=True)
class Profile:
    """The cells of the column at `position`: distinct texts that say something, in order of appearance, how often
    each, in which row first, and the kind most of them are of. `missing` are cells that say "no value" in a word.
    """

    raw: RawTable
    position: int
    texts: tuple[str, ...]
    counts: tuple[int, ...]
    first: tuple[int, ...]
    missing: dict[str, int]
    kind: str
    odd: tuple[str, ...] = ()
    native: dict[str, object] = field(default_factory=dict)

    @property
    def header(self) -> str:
        """Its header in the file."""
        return self.raw.header[self.position]

    @property
    def n_filled(self) -> int:
        """Cells that say something."""
        return sum(self.counts)

    @property
    def untyped(self) -> list[str]:
        """Distinct texts that are not a spreadsheet's own numbers or dates."""
        return [t for t in self.texts if t not in self.native]

    @cached_property
    def decimal(self) -> Evidence:
        """What the cells say about the decimal mark."""
        return evidence(self.untyped)

    @property
    def marks(self) -> Marks:
        """The marks its cells prove, else a decimal point."""
        mark = self.decimal.decided or "."
        return Marks(mark, other_mark(mark))

    @cached_property
    def numbers(self) -> np.ndarray:
        """n_filled numbers, each as often as it occurs; texts that are none are left out."""
        values = [self.number_in(t) for t in self.texts]
        kept = [(v, n) for v, n in zip(values, self.counts, strict=True) if v is not None]
        return np.repeat([v for v, _ in kept], [n for _, n in kept]) if kept else np.array([])

    @property
    def ratings(self) -> np.ndarray:
        """The numbers without those that mean "no value" and lie on no scale of ratings, such as -99 and 999."""
        return self.numbers[~np.isin(self.numbers, SENTINELS)]

    def by_row(self) -> np.ndarray:
        """n_rows numbers, NaN where the cell holds none."""
        known = {text: self.number_in(text) for text in self.texts}
        return np.array([np.nan if (v := known.get(cell)) is None else v for cell in self.raw.cells[self.position]])

    def number_in(self, text: str) -> float | None:
        """The number a text stands for, read with the column's marks; None where it is none."""
        native = self.native.get(text)
        if isinstance(native, (int, float)):
            return float(native)
        return parse_number(text, self.marks)

    def place(self, text: str) -> str:
        """Where a text stands first, such as "line 12"."""
        return self.raw.place(self.first[self.texts.index(text)], self.position)

    def shown(self, text: str) -> str:
        """'line 12 has "17/03/2026"'."""
        return f"{self.place(text)} has {quoted(text)}"


def profile(raw: RawTable, position: int) -> Profile:
    """Look at one column of a raw table."""
    codes, distinct = pd.factorize(raw.cells[position])
    first = np.zeros(len(distinct), dtype=int)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    counts = np.bincount(codes, minlength=len(distinct))
    said = [k for k, text in enumerate(distinct) if text not in ALWAYS_MISSING]
    missing = {distinct[k]: int(first[k]) for k in said if fold(distinct[k]) in missing_words()}
    kept = [k for k in said if distinct[k] not in missing]
    texts = tuple(distinct[k] for k in kept)
    native = _native(raw, position, texts, [int(first[k]) for k in kept])
    kind, odd = _kind(texts, [int(counts[k]) for k in kept], native)
    if kind == TEXT:  # a word such as "none" says something among words
        kept, missing = said, {}
        texts = tuple(distinct[k] for k in kept)
    counted, places = tuple(int(counts[k]) for k in kept), tuple(int(first[k]) for k in kept)
    return Profile(raw, position, texts, counted, places, missing, kind, odd, native)


def _native(raw: RawTable, position: int, texts: tuple[str, ...], rows: list[int]) -> dict[str, object]:
    """The Python values of a spreadsheet's own numbers and dates, by their text."""
    typed = raw.typed.get(position)
    if typed is None:
        return {}
    values = {text: typed[row] for text, row in zip(texts, rows, strict=True)}
    return {t: v for t, v in values.items() if isinstance(v, (int, float, dt.date, dt.time, dt.timedelta))}


def _kind(texts: tuple[str, ...], counts: list[int], native: dict[str, object]) -> tuple[str, tuple[str, ...]]:
    """The kind of most cells, and a few cells that are not of it."""
    if not texts:
        return BLANK, ()
    tried = list(zip(texts, counts, strict=True))[:_TRIED]
    kinds = {text: _kind_of(text, native.get(text)) for text, _ in tried}
    totals: dict[str, int] = {}
    for text, n in tried:
        totals[kinds[text]] = totals.get(kinds[text], 0) + n
    best = max(totals, key=totals.__getitem__)
    if best != TEXT and totals[best] >= _MOSTLY * sum(totals.values()):
        return best, tuple(t for t, _ in tried if kinds[t] != best)[:3]
    return TEXT, ()


def _kind_of(text: str, native: object) -> str:
    if isinstance(native, dt.date):
        return DATE
    if isinstance(native, (dt.time, dt.timedelta)) or _CLOCK.fullmatch(text):
        return CLOCK
    if isinstance(native, (int, float)) and not isinstance(native, bool):
        return NUMBER
    if any(parse_number(text, marks) is not None for marks in (Marks(".", ","), Marks(",", "."))):
        return NUMBER
    return DATE if any(parse_moment(text, order) for order in ("day_first", "month_first")) else TEXT
