"""One column of a large file as its blocks come in: plain cells as numbers, all others by their distinct texts.

`look` runs on a block by itself (two at a time); `add` takes what it saw in the order of the file and returns the rows
of the block that the ordinary reader has to see: each text met for the first time, and every cell in doubt.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.plain_cells import ODD, Clocks, Numbers, Texts, distinct_texts, plain_clocks, plain_numbers
from analysis.sources.raw_table import one_line

Bounds = tuple[float, float, float, bool]
"""Factor to the column's unit, least and greatest value that is usual, and whether it must be whole."""


@dataclass
class ByText:
    """Cells by their distinct texts (stripped): `places` text -> code, in the order met."""

    places: dict[str, int] = field(default_factory=dict)

    def add(self, texts: Texts) -> tuple[np.ndarray, np.ndarray]:
        """The code of each cell, and the first row of each text not met before."""
        n_before = len(self.places)
        here = np.array([self.places.setdefault(t.strip(), len(self.places)) for t in texts.distinct], dtype=np.int32)
        codes = here[texts.codes] if len(here) else np.array([], dtype=np.int32)
        if len(self.places) == n_before:
            return codes, np.array([], dtype=int)
        first = np.full(len(self.places), len(codes))
        first[codes[::-1]] = np.arange(len(codes))[::-1]
        return codes, np.sort(first[n_before:])


def _joined(parts: list[np.ndarray], dtype: type) -> np.ndarray:
    done = np.concatenate(parts) if parts else np.array([], dtype=dtype)
    parts.clear()
    return done.astype(dtype, copy=False)


@dataclass
class WordColumn:
    """A column of words, codes, dates: `codes` n_rows places in `texts.places`."""

    texts: ByText = field(default_factory=ByText)
    parts: list[np.ndarray] = field(default_factory=list)

    look = staticmethod(distinct_texts)

    def add(self, seen: Texts, _start: int) -> np.ndarray:
        codes, new = self.texts.add(seen)
        self.parts.append(codes)
        return new

    def close(self) -> None:
        """All blocks have come in."""
        self.codes = _joined(self.parts, np.int32)


@dataclass
class NameColumn(WordColumn):
    """A column of ids of few distinct texts that mean themselves: only what is written oddly is looked at."""

    def add(self, seen: Texts, start: int) -> np.ndarray:
        new = super().add(seen, start)
        texts = [seen.distinct[k] for k in seen.codes[new]]
        return new[np.array([one_line(t) != t for t in texts], dtype=bool)]


@dataclass
class _OddCells:
    """Cells of a column that are not plain, by text: their rows, and the code of each."""

    texts: ByText = field(default_factory=ByText)
    rows: list[np.ndarray] = field(default_factory=list)
    codes: list[np.ndarray] = field(default_factory=list)

    def add(self, texts: Texts, at: np.ndarray, start: int) -> np.ndarray:
        """`at`: rows of the block; returns those with a text not met before."""
        codes, new = self.texts.add(texts)
        self.rows.append(at + start)
        self.codes.append(codes)
        return at[new]

    def close(self) -> tuple[np.ndarray, np.ndarray]:
        return _joined(self.rows, np.int64), _joined(self.codes, np.int32)


@dataclass
class NumberColumn:
    """A column of numbers: `values` n_rows as written, NaN where missing or odd. `marks`: those in plain cells."""

    missing: pa.Array
    bounds: list[Bounds]
    odd: _OddCells = field(default_factory=_OddCells)
    parts: list[np.ndarray] = field(default_factory=list)
    met: set[tuple[str, bool]] = field(default_factory=set)

    def look(self, column: pa.Array) -> tuple[Numbers, Texts, np.ndarray]:
        numbers = plain_numbers(column, self.missing)
        return numbers, distinct_texts(column.take(pa.array(numbers.odd))), self._doubtful(numbers.values)

    def _doubtful(self, written: np.ndarray) -> np.ndarray:
        found = np.zeros(len(written), dtype=bool)
        for times, low, high, whole in self.bounds:
            values = written * times
            found |= (values < low) | (values > high)
            if whole:
                found |= np.isfinite(values) & (values != np.floor(values))
        return np.flatnonzero(found)

    def add(self, seen: tuple[Numbers, Texts, np.ndarray], start: int) -> np.ndarray:
        numbers, odd_texts, doubtful = seen
        self.parts.append(numbers.values)
        proofs = [row for kind, row in numbers.proofs.items() if kind not in self.met]
        self.met.update(numbers.proofs)
        return np.concatenate([self.odd.add(odd_texts, numbers.odd, start), doubtful, np.array(proofs, dtype=int)])

    @property
    def marks(self) -> set[str]:
        """Decimal marks of the plain cells."""
        return {mark for mark, _ in self.met}

    def close(self) -> None:
        """All blocks have come in."""
        self.written = _joined(self.parts, np.float64)
        self.odd_rows, self.odd_codes = self.odd.close()


@dataclass
class ClockColumn:
    """A column of dates with clocks: `days` n_rows places in `dates.places` (`ODD` where not plain), and `seconds`."""

    dates: ByText = field(default_factory=ByText)
    odd: _OddCells = field(default_factory=_OddCells)
    day_parts: list[np.ndarray] = field(default_factory=list)
    second_parts: list[np.ndarray] = field(default_factory=list)
    all_midnight: bool = True

    def look(self, column: pa.Array) -> tuple[Clocks, np.ndarray, Texts]:
        clocks = plain_clocks(column)
        odd = np.flatnonzero(clocks.days == ODD)
        return clocks, odd, distinct_texts(column.take(pa.array(odd)))

    def add(self, seen: tuple[Clocks, np.ndarray, Texts], start: int) -> np.ndarray:
        clocks, odd, odd_texts = seen
        plain = np.flatnonzero(clocks.days != ODD)
        codes, new = self.dates.add(Texts(clocks.days[plain], clocks.day_texts))
        days = np.full(len(clocks.days), ODD, dtype=np.int32)
        days[plain] = codes
        self.day_parts.append(days)
        self.second_parts.append(clocks.seconds)
        told = [plain[new], self.odd.add(odd_texts, odd, start)]
        if self.all_midnight and clocks.seconds.any():
            self.all_midnight = False
            told.append(np.flatnonzero(clocks.seconds)[:1])
        return np.concatenate(told)

    def close(self) -> None:
        """All blocks have come in."""
        self.days = _joined(self.day_parts, np.int32)
        self.seconds = _joined(self.second_parts, np.int32)
        self.odd_rows, self.odd_codes = self.odd.close()


@dataclass
class IdColumn:
    """A column of ids that mean themselves, hardly two alike: `texts` n_rows, null where missing."""

    missing: pa.Array
    parts: list[pa.Array] = field(default_factory=list)

    def look(self, column: pa.Array) -> tuple[pa.Array, np.ndarray]:
        column, odd = _mended(column)
        return pc.if_else(pc.is_in(column, self.missing), None, column).cast(pa.large_string()), odd

    def add(self, seen: tuple[pa.Array, np.ndarray], _start: int) -> np.ndarray:
        self.parts.append(seen[0])
        return seen[1]

    def close(self) -> None:
        """All blocks have come in."""
        self.texts = pa.chunked_array(self.parts, pa.large_string())
        self.parts.clear()


def _mended(column: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Ids with blanks as `one_line` has them, and the rows where that changed something."""
    data = np.frombuffer(column.buffers()[2] or b"", np.uint8)
    if not ((data <= 32) | (data >= 127)).any():
        return column, np.array([], dtype=int)
    texts = column.to_pylist()
    mended = [one_line(t.strip()) for t in texts]
    return pa.array(mended, pa.string()), np.flatnonzero([a != b for a, b in zip(texts, mended, strict=True)])
