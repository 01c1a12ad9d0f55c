"""What calamine leaves out of an .xls: failed formulas (it reads them as blank), percentages, what is hidden, how far
the cells reach, and the day that day numbers count from.

Read from the records of the file itself, after [MS-XLS].
"""

import datetime as dt
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from analysis.sources.compound_file import compound, workbook_stream

_ONE_CELL = (0x0203, 0x027E, 0x00FD, 0x0204, 0x00D6, 0x0205, 0x0006, 0x0206, 0x0406)
_ERROR_TEXTS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
                0x2A: "#N/A"}  # fmt: skip
_BEGINS, _ENDS = (0x0809, 0x0409, 0x0209), 0x000A
_PERCENT_FORMATS = (9, 10)
DAY_ZERO_1900, DAY_ZERO_1904 = dt.datetime(1899, 12, 30), dt.datetime(1904, 1, 1)


@dataclass
class SheetRecords:
    """Of one sheet, cells as (row from 1, position from 0): those with an error and its text, those shown as a
    percentage, hidden rows and columns, how many cells there are, and how many its rectangle has."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    n_cells: int = 0
    last_row: int = 0
    last_column: int = 0


@dataclass
class BookRecords:
    """Of a workbook: its stream of records, where in it sheets start, its day zero, and its sheets in order."""

    stream: bytes
    starts: list[int] = field(default_factory=list)
    day_zero: dt.datetime = DAY_ZERO_1900
    sheets: list[SheetRecords] = field(default_factory=list)


def read_records(data: bytes) -> BookRecords:
    """The records of the bytes of an .xls. Raises `ValueError`, `LookupError` or `struct.error` for a damaged one."""
    stream = workbook_stream(data)
    book = BookRecords(stream)
    formats, percents = [], set(_PERCENT_FORMATS)
    for kind, body in _records(stream, 0):
        if kind == 0x0022 and body[:1] == b"\x01":
            book.day_zero = DAY_ZERO_1904
        elif kind == 0x041E and b"%" in body[2:]:
            percents.add(struct.unpack_from("<H", body)[0])
        elif kind == 0x00E0:
            formats.append(struct.unpack_from("<H", body, 2)[0])
        elif kind == 0x0085:
            book.starts.append(struct.unpack_from("<I", body)[0])
    is_percent = [f in percents for f in formats]
    book.sheets = [_sheet(_records(stream, start), is_percent) for start in book.starts]
    return book


def without_promises(book: BookRecords) -> bytes:
    """An .xls of these records, in which the sizes said beforehand (of sheets and of the list of texts) are small.

    A reader takes memory as they say: one changed byte in them would take hundreds of GB. Raises `ValueError`.
    """
    stream = book.stream
    kept = bytearray(stream)
    for start in (0, *book.starts):
        for kind, at, size, _ in _places(stream, start):
            if kind == 0x0200 and size in (10, 14):
                kept[at : at + size] = struct.pack("<IIHHH" if size == 14 else "<HHHHH", 0, 1, 0, 1, 0)
            elif kind == 0x0200:
                raise ValueError("a record of dimensions with a wrong length")
            elif kind == 0x00FC and size >= 8 and struct.unpack_from("<I", stream, at + 4)[0] > len(stream):
                raise ValueError("more texts than bytes")
    return compound(bytes(kept[: len(stream)]))


def _sheet(records: Iterator[tuple[int, bytes]], is_percent: list[bool]) -> SheetRecords:
    sheet = SheetRecords()
    for kind, body in records:
        if kind in _ONE_CELL:
            row, column, style = struct.unpack_from("<HHH", body)
            _enter(sheet, row, column, column)
            if (error := _error(kind, body)) is not None:
                sheet.errors[row + 1, column] = error
            elif style < len(is_percent) and is_percent[style]:
                sheet.percents.add((row + 1, column))
        elif kind == 0x00BD:
            _enter_several(sheet, body, is_percent)
        elif kind == 0x0208 and struct.unpack_from("<H", body, 12)[0] & 0x20:
            sheet.hidden_rows.add(struct.unpack_from("<H", body)[0] + 1)
        elif kind == 0x007D and struct.unpack_from("<H", body, 8)[0] & 1:
            first, last = struct.unpack_from("<HH", body)
            sheet.hidden_columns.update(range(first, last + 1))
    return sheet


def _enter(sheet: SheetRecords, row: int, first: int, last: int) -> None:
    sheet.n_cells += last - first + 1
    sheet.last_row, sheet.last_column = max(sheet.last_row, row + 1), max(sheet.last_column, last)


def _enter_several(sheet: SheetRecords, body: bytes, is_percent: list[bool]) -> None:
    """Numbers side by side in one record (MULRK)."""
    row, first = struct.unpack_from("<HH", body)
    last = struct.unpack_from("<H", body, len(body) - 2)[0]
    if last < first or 6 + 6 * (last - first + 1) != len(body):
        raise ValueError("a record of several numbers with a wrong length")
    _enter(sheet, row, first, last)
    for column in range(first, last + 1):
        style = struct.unpack_from("<H", body, 4 + 6 * (column - first))[0]
        if style < len(is_percent) and is_percent[style]:
            sheet.percents.add((row + 1, column))


def _error(kind: int, body: bytes) -> str | None:
    """The error a cell holds (BOOLERR), or that its formula came to (FORMULA)."""
    if kind == 0x0205 and body[7]:
        return _ERROR_TEXTS.get(body[6], "#ERROR")
    if kind in (0x0006, 0x0206, 0x0406) and body[6] == 2 and body[12:14] == b"\xff\xff":
        return _ERROR_TEXTS.get(body[8], "#ERROR")
    return None


def _records(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the records of the substream at `start`; those of charts inside left out."""
    for kind, at, size, depth in _places(stream, start):
        if depth == 1:
            yield kind, stream[at : at + size]


def _places(stream: bytes, at: int) -> Iterator[tuple[int, int, int, int]]:
    """Kind, place, size and depth of the records of the substream at `at`, up to its end."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind in _BEGINS) - (kind == _ENDS)
        if depth <= 0:
            return
        yield kind, at + 4, size, depth
        at += 4 + size
