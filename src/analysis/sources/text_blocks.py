"""A large delimited text file, read block by block into Arrow columns, each row with its physical line.

Only what can be read in one way is read here: cells that are quoted from end to end or not at all, one line a record,
as many cells as the header has. Whatever else a block holds is left to the ordinary reader (`NotPlain`).
"""

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from analysis.sources.blob import Blob
from analysis.sources.csv_file import read_csv
from analysis.sources.raw_table import Keep, Reading, ReadingRules
from analysis.sources.text import decode, find_delimiter, take_stated_delimiter

BLOCK_BYTES = 8 << 20
_OPENING_BYTES = 1 << 20
_WORKERS = 2
_QUOTE, _NEWLINE, _RETURN = b'"'[0], b"\n"[0], b"\r"[0]
T = TypeVar("T")


class NotPlain(Exception):
    """The file has to be read in the ordinary way, cell by cell; the text says why."""


@dataclass(frozen=True)
class Block:
    """Some rows of the file. `columns`: position -> texts, as in the file; `lines`: their physical lines, from 1."""

    columns: dict[int, pa.Array]
    lines: np.ndarray


@dataclass(frozen=True)
class Opening:
    """The first rows of a file as the ordinary reader reads them, its delimiter, and where its rows begin."""

    reading: Reading
    delimiter: str
    first_line: int
    first_byte: int


class _Start(Blob):
    """The whole lines within the first megabyte of a file."""

    def read(self) -> bytes:
        with self.open() as file:
            data = file.read(_OPENING_BYTES)
        return data[: data.rfind(b"\n") + 1]


def read_opening(blob: Blob, rules: ReadingRules, keep: Keep) -> Opening:
    """Header, delimiter and first rows. Raises `NotPlain` where these are in doubt, and as `Blob.open` does."""
    start = _Start(blob.path, blob.name, blob.member)
    reading = read_csv(start, rules, keep)
    data = start.read()
    _check_bytes(data)
    if reading.table is None or not len(reading.table) or any(p.severity != "decision" for p in reading.problems):
        raise NotPlain("its first rows are not")
    decoded = decode(data, rules.encoding)
    if decoded.encoding not in ("utf-8", "utf-8-sig"):
        raise NotPlain("not UTF-8")
    text, stated = take_stated_delimiter(decoded.text)
    delimiter = (
        stated or rules.delimiter or find_delimiter(text, rules.header_rows[0] if rules.header_rows else None).mark
    )
    first_line = int(reading.table.rows[0])
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == _NEWLINE)
    first_byte = int(ends[first_line - 2]) + 1 if first_line > 1 else 0
    return Opening(reading, delimiter, first_line, first_byte)


def read_blocks(
    blob: Blob, opening: Opening, prepare: Callable[[Block], T], tell: Callable[[int], None]
) -> Iterator[T]:
    """What `prepare` makes of each block, in order, two blocks at a time; `tell` gets the bytes read so far.

    Raises `NotPlain`, and as `Blob.open` does.
    """
    with blob.open() as file, ThreadPoolExecutor(_WORKERS) as pool:
        blocks = _cut(file, opening)
        waiting = [pool.submit(_parsed, *block, opening, prepare) for block in islice(blocks, _WORKERS + 1)]
        read = opening.first_byte
        while waiting:
            size, prepared = waiting.pop(0).result()
            waiting += [pool.submit(_parsed, *block, opening, prepare) for block in islice(blocks, 1)]
            read += size
            tell(read)
            yield prepared


def _cut(file: BinaryIO, opening: Opening) -> Iterator[tuple[bytes, int, int]]:
    """Whole lines, the number of the first of them, and how many there are."""
    file.read(opening.first_byte)
    line, rest = opening.first_line, b""
    while data := file.read(BLOCK_BYTES):
        data = rest + data
        end = data.rfind(b"\n") + 1
        if not end and len(data) > BLOCK_BYTES:
            raise NotPlain("a line longer than a block")
        if not end:  # the last line, without its end
            rest = data
            continue
        n_lines = data.count(b"\n", 0, end)
        yield data[:end], line, n_lines
        line += n_lines
        rest = data[end:]
    if rest:
        yield rest, line, 1


def _parsed(
    data: bytes, first_line: int, n_lines: int, opening: Opening, prepare: Callable[[Block], T]
) -> tuple[int, T]:
    return len(data), prepare(_parse(data, first_line, n_lines, opening))


def _parse(data: bytes, first_line: int, n_lines: int, opening: Opening) -> Block:
    _check_bytes(data)
    quoted = _check_quotes(data, opening.delimiter.encode())
    table = opening.reading.table
    names = [str(p) for p in range(len(table.header))]
    kept = [str(p) for p in table.cells]
    try:
        cells = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(column_names=names, use_threads=False, block_size=len(data) + 1),
            arrow_csv.ParseOptions(
                delimiter=opening.delimiter, quote_char='"' if quoted else False, double_quote=False
            ),
            arrow_csv.ConvertOptions(
                include_columns=kept, column_types=dict.fromkeys(kept, pa.string()), null_values=[]
            ),
        )
    except pa.ArrowInvalid as error:
        raise NotPlain(str(error)) from error
    columns = {int(name): cells[name].combine_chunks() for name in kept}
    if n_lines == cells.num_rows:
        lines = np.arange(first_line, first_line + n_lines, dtype=np.int32)
    else:
        lines = _filled_lines(data, first_line)
    if len(lines) != cells.num_rows:
        raise NotPlain("another number of lines than of records")
    return _without_blank_rows(Block(columns, lines), data, first_line, opening)


def _check_bytes(data: bytes) -> None:
    """Text in UTF-8 whose lines end in one way that every reader agrees on."""
    if b"\0" in data or (b"\r" in data and data.count(b"\r") != data.count(b"\r\n")):
        raise NotPlain("NUL, or a carriage return alone")
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotPlain("not UTF-8") from error


def _check_quotes(data: bytes, delimiter: bytes) -> bool:
    """Whether there are quotes; each pair must stand around one whole cell, on one line."""
    if b'"' not in data:
        return False
    text = np.frombuffer(b"\n" + data + b"\n", np.uint8)
    at = np.flatnonzero(text == _QUOTE)
    if len(at) % 2:
        raise NotPlain("a quote that is not closed on its line")
    opened, closed = at[::2], at[1::2]
    ends = np.cumsum(text == _NEWLINE)
    before = np.isin(text[opened - 1], [_NEWLINE, delimiter[0]])
    after = np.isin(text[closed + 1], [_NEWLINE, _RETURN, delimiter[0]])
    if not (before.all() and after.all() and (ends[opened] == ends[closed]).all()):
        raise NotPlain("a quote within a cell, or a line break within quotes")
    return True


def _filled_lines(data: bytes, first_line: int) -> np.ndarray:
    """The physical lines that are not empty."""
    text = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8)
    ends = np.flatnonzero(text == _NEWLINE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    length = ends - starts - (text[np.maximum(ends - 1, 0)] == _RETURN)
    return (first_line + np.flatnonzero(length > 0)).astype(np.int32)


def _without_blank_rows(block: Block, data: bytes, first_line: int, opening: Opening) -> Block:
    """Rows whose every cell is blank, kept or not, are left out, as everywhere."""
    suspects = np.arange(len(block.lines))
    for column in block.columns.values():
        suspects = suspects[_may_be_blank(column, suspects)]
        if not len(suspects):
            return block
    texts = data.decode("utf-8-sig").split("\n")
    blank = [i for i in suspects if _is_blank(texts[block.lines[i] - first_line], opening.delimiter)]
    keep = np.setdiff1d(np.arange(len(block.lines)), blank)
    return Block({p: c.take(pa.array(keep)) for p, c in block.columns.items()}, block.lines[keep])


def _may_be_blank(column: pa.Array, at: np.ndarray) -> np.ndarray:
    """Which of the cells begin with no visible ASCII character."""
    _, offsets, texts = column.buffers()
    starts = np.frombuffer(offsets, np.int32, len(column) + 1)
    if texts is None or not texts.size:
        return np.ones(len(at), dtype=bool)
    first = np.frombuffer(texts, np.uint8)[np.minimum(starts[at], texts.size - 1)]
    return (starts[at + 1] == starts[at]) | (first <= 32) | (first >= 127)


def _is_blank(line: str, delimiter: str) -> bool:
    record = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    return not any(cell.strip() for cell in record)
