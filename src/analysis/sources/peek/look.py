"""Opening a file: its format, encoding, delimiter, sheets and header rows, each with its evidence."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

import numpy as np
import python_calamine as calamine

from analysis.sources.blob import DAMAGED, Blob, Refused
from analysis.sources.formats import READERS, read_raw, unreadable
from analysis.sources.peek.grid import Found, Row, find_table
from analysis.sources.peek.view import Conclusion
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable, Reading, ReadingRules
from analysis.sources.text import (
    DELIMITER_NAMES,
    DELIMITERS,
    BadRecord,
    decode,
    find_delimiter,
    records,
    take_stated_delimiter,
)

BYTES_LOOKED_AT = 4 << 20
ROWS_LOOKED_AT = 20_000
COLUMNS_LOOKED_AT = 1_000
TEXT_KINDS = (".csv", ".tsv", ".txt")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_FORMATS = {
    ".csv": "delimited text", ".tsv": "delimited text", ".txt": "delimited text", ".xlsx": "Excel workbook",
    ".xlsm": "Excel workbook", ".xls": "Excel workbook (older kind)", ".ods": "OpenDocument spreadsheet",
    ".fit": "FIT activity file", ".gpx": "GPX track", ".tcx": "TCX activity file", ".xml": "XML export",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One table as opened: its cells (None where nothing could be read), what a mapping has to say to read it so
    (`rules`: key -> value), what was concluded, problems met, and the text above the header.
    """

    raw: RawTable | None
    conclusions: tuple[Conclusion, ...]
    rules: dict[str, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Opened:
    """A file as opened: format in words, its tables, names of hidden sheets, and why nothing is read (or "")."""

    format: str
    looks: tuple[Look, ...]
    hidden: tuple[str, ...] = ()
    not_read: str = ""


@dataclass(frozen=True)
class _Head(Blob):
    """The first bytes of a text file, up to the end of a line."""

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        with super().open() as file:
            data = file.read(BYTES_LOOKED_AT)
            yield io.BytesIO(data if not file.read(1) else data[: data.rfind(b"\n") + 1] or data)


def open_file(blob: Blob) -> Opened:
    """Look at a file; what cannot be read is said, not raised."""
    kind = _FORMATS.get(blob.suffix, f"{blob.suffix or 'no suffix'}")
    try:
        if blob.suffix in TEXT_KINDS:
            return Opened(kind, (_look_at_text(blob),))
        if blob.suffix in WORKBOOKS and blob.suffix in READERS:
            return _look_at_workbook(blob, kind)
    except (Refused, OSError, *DAMAGED) as error:
        return Opened(kind, (), not_read=f"{blob.name}: {error}")
    reading = read_raw(blob)
    return Opened(kind, (_from_reading(reading, (), {}, ""),), not_read=_why_not(reading))


def _why_not(reading: Reading) -> str:
    """Why there is no table: each error, on its own line."""
    return "" if reading.table is not None else "; ".join(p.text for p in reading.problems)


def _from_reading(
    reading: Reading, told: tuple[Conclusion, ...], rules: dict[str, object], title: str, *, cut: bool = False
) -> Look:
    raw = reading.table
    kept = tuple(p for p in reading.problems if p.severity != "decision")
    n_rows = 0 if raw is None else len(raw)
    if n_rows > ROWS_LOOKED_AT:
        raw = raw.select(np.arange(n_rows) < ROWS_LOOKED_AT)
    if raw is not None and len(raw.header) > COLUMNS_LOOKED_AT:
        told = (*told, Conclusion("columns", f"first {COLUMNS_LOOKED_AT}", f"of {len(raw.header)}"))
        raw = _narrowed(raw)
    if n_rows > ROWS_LOOKED_AT or cut:
        of = "the file is large: what comes later is not looked at" if cut else f"of {n_rows}"
        told = (*told, Conclusion("rows", f"first {min(n_rows, ROWS_LOOKED_AT)} rows", of))
    return Look(raw, told, rules, kept, title)


def _narrowed(raw: RawTable) -> RawTable:
    """The first columns only: a table of thousands is a matrix of something, not an export."""
    few = {p: column for p, column in raw.cells.items() if p < COLUMNS_LOOKED_AT}
    typed = {p: column for p, column in raw.typed.items() if p < COLUMNS_LOOKED_AT}
    return replace(raw, header=raw.header[:COLUMNS_LOOKED_AT], cells=few, typed=typed)


def _look_at_text(blob: Blob) -> Look:
    head = _Head(blob.path, blob.name, blob.member)
    data = head.read()
    encoding, told = _encoding(data)
    text, stated = take_stated_delimiter(decode(data, encoding).text)
    if not text.strip():
        return _from_reading(read_raw(blob), (), {}, "")
    mark = stated or _delimiter(text)
    found = find_table(_rows(text, mark))
    cut = len(data) >= BYTES_LOOKED_AT - (1 << 16)
    rules: dict[str, object] = {"encoding": encoding} if encoding else {}
    if mark != "," or find_delimiter(text, found.header_rows[0] if found.header_rows else None).mark != mark:
        rules["delimiter"] = mark
    told += [Conclusion("delimiter", DELIMITER_NAMES.get(mark, mark), _delimiter_words(text, mark, stated))]
    told += _table_words(found, rules, _first_line(text), footer=not cut)
    reading = read_raw(head, _reading_rules(rules))
    if cut:  # the last record may end within quotes
        reading = Reading(reading.table, tuple(p for p in reading.problems if "cannot be read" not in p.found))
    return _from_reading(reading, tuple(told), rules, found.title, cut=cut)


def _encoding(data: bytes) -> tuple[str | None, list[Conclusion]]:
    """The encoding to state (None for UTF-8 and what has a byte order mark), and how it was found."""
    decoded = decode(data, None)
    if decoded.trouble is None:
        why = "byte order mark" if decoded.encoding != "utf-8" else "every byte fits"
        plain = data.isascii()
        return None, [Conclusion("encoding", "plain ASCII" if plain else decoded.encoding, "" if plain else why)]
    zeros = data[:4000].count(b"\0")
    if zeros > len(data[:4000]) // 4:
        name = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
        return name, [Conclusion("encoding", name, "every other byte is NUL, without a byte order mark")]
    if decoded.encoding:
        why = f"line {decoded.trouble.line} has {decoded.trouble.found}"
        return decoded.encoding, [Conclusion("encoding", decoded.encoding, why)]
    return None, []


def _delimiter(text: str) -> str:
    """The mark under which most of the first records have one width above 1; the widest of those that fit as well."""
    best, chosen = (0.0, 0), ","
    for mark in DELIMITERS:
        widths = Counter(len(cells) for _, cells in _rows(text, mark, 300) if any(c.strip() for c in cells))
        width, n = max(((w, n) for w, n in widths.items() if w > 1), key=lambda x: x[1], default=(0, 0))
        score = (round(n / max(sum(widths.values()), 1), 1), width)
        if score > best:
            best, chosen = score, mark
    return chosen


def _delimiter_words(text: str, mark: str, stated: str | None) -> str:
    if stated:
        return "the first line says so"
    widths = Counter(len(cells) for _, cells in _rows(text, mark, 300) if any(c.strip() for c in cells))
    width, n = next(iter(widths.most_common(1)), (1, 0))
    if width == 1:
        return "none found: one column"
    return f"{width} columns in {n} of the first {sum(widths.values())} rows"


def _rows(text: str, mark: str, most: int | None = None) -> list[Row]:
    """Records up to the first whose quotes do not match."""
    rows: list[Row] = []
    try:
        for line, cells in records(text, mark, strict=False):
            rows.append((line, cells))
            if most is not None and len(rows) >= most:
                break
    except BadRecord:
        pass  # what follows cannot be told apart; reading the file reports the line
    return rows


def _first_line(text: str) -> int:
    return next((i for i, line in enumerate(text.splitlines(), start=1) if line.strip(' ,;\t|"')), 1)


def _table_words(found: Found, rules: dict[str, object], first: int, *, footer: bool) -> list[Conclusion]:
    """What was found about header and footer, told; and put into `rules` where the reader would not find it itself."""
    if not found.header_rows:
        return [Conclusion("header", "none found", found.header_evidence, asked=True)]
    if found.header_rows != (first,):
        rules["header_rows"] = list(found.header_rows)
    rows = " and ".join(map(str, found.header_rows))
    told = [Conclusion("header", f"row {rows}", found.header_evidence)]
    if footer and found.n_footer:
        rules["skip_footer"] = found.n_footer
        told.append(Conclusion("footer", f"last {found.n_footer} left out", found.footer_evidence))
    return told


def _reading_rules(rules: dict[str, object]) -> ReadingRules:
    return ReadingRules(**{**rules, "header_rows": tuple(rules.get("header_rows", ()))})


def _look_at_workbook(blob: Blob, kind: str) -> Opened:
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(blob.read()))
    except (calamine.CalamineError, ValueError):
        reading = read_raw(blob)
        why = (
            _why_not(reading)
            or unreadable(blob.name, "a damaged workbook", "a workbook", "save it again").problems[0].text
        )
        return Opened(kind, (), not_read=why)
    sheets = [s for s in book.sheets_metadata if s.typ == calamine.SheetTypeEnum.WorkSheet]
    visible = [s.name for s in sheets if s.visible == calamine.SheetVisibleEnum.Visible]
    hidden = tuple(s.name for s in sheets if s.name not in visible)
    looks = [_look_at_sheet(blob, book, name, alone=len(visible) == 1) for name in visible]
    kept = tuple(look for look in looks if look is not None)
    return Opened(kind, kept, hidden, "" if kept else f"{blob.name}: every visible sheet is empty")


def _look_at_sheet(blob: Blob, book: calamine.CalamineWorkbook, name: str, *, alone: bool) -> Look | None:
    try:
        grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except calamine.CalamineError as error:
        return Look(None, (Conclusion("sheet", name, f"cannot be read: {quoted(error)}", asked=True),))
    rows: list[Row] = list(enumerate(grid, start=1))
    filled = [number for number, cells in rows if any(str(c).strip() for c in cells)]
    if not filled:
        return None
    rules: dict[str, object] = {} if alone else {"sheet": name}
    found = find_table(rows)
    told = _table_words(found, rules, filled[0], footer=True)
    reading = read_raw(blob, _reading_rules({**rules, "sheet": name}))
    return _from_reading(reading, tuple(told), rules, found.title)
