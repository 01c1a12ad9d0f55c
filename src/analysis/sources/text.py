"""Bytes to text: which encoding and which delimiter a text file has, and on what evidence."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""First bytes of .xlsx (ZIP) and of .xls or a workbook with a password (OLE compound file): no text begins so."""
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_RECORDS_LOOKED_AT = 500


@dataclass(frozen=True)
class Trouble:
    """Something wrong with the text itself: at which physical line, what was found, expected, how to fix it."""

    code: str
    line: int
    found: str
    expected: str
    fix: str
    severity: str = "error"


@dataclass(frozen=True)
class Decoded:
    """The text of a file (readable in part where there is trouble) and the encoding it was read with."""

    text: str
    encoding: str
    trouble: Trouble | None = None


def decode(data: bytes, given: str | None) -> Decoded:
    """Text of a file: by its byte order mark, else the encoding given, else strict UTF-8.

    What is none of these is trouble: cp1252 is proposed and used to read on, so that other problems show too.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    if given is not None:
        return _with_doubt(data, given)
    if b"\0" in data:
        fix = 'save the file as UTF-8, or say encoding = "utf-16-le" if it is Excel\'s "Unicode text"'
        return Decoded("", "", Trouble("ENCODING", _line_of(data, data.index(b"\0")), "NUL bytes", "text", fix))
    return _strict(data, "utf-8")


def _strict(data: bytes, encoding: str) -> Decoded:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        return _undecodable(data, encoding, error.start)
    if "\0" in text:
        line = _lines_before(text, text.index("\0"))
        return Decoded("", encoding, Trouble("ENCODING", line, "a NUL character", "text", "export the file again"))
    return Decoded(text, encoding)


def _with_doubt(data: bytes, given: str) -> Decoded:
    """The text in the given encoding; a warning where the bytes beyond ASCII are valid UTF-8 (rarely chance)."""
    decoded = _strict(data, given)
    if (
        decoded.trouble
        or data.isascii()
        or codecs.lookup(given).name in ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "utf-16")
    ):
        return decoded
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return decoded
    first = next(i for i, byte in enumerate(data) if byte > 127)
    found = f"bytes that are valid UTF-8, read as {given}"
    fix = "remove encoding from this [[file]] if letters look wrong"
    return Decoded(decoded.text, given, Trouble("ENCODING", _line_of(data, first), found, given, fix, "warning"))


def _undecodable(data: bytes, encoding: str, start: int) -> Decoded:
    text = data.decode("cp1252", errors="replace")
    line = _line_of(data, start)
    shown = " ".join(_LINE_BREAK.split(text)[line - 1].split())
    found = f'byte 0x{data[start]:02x}, which is not {encoding}; as cp1252 the line begins "{_around(shown)}"'
    fix = 'say encoding = "cp1252" in this [[file]] if that reads well, or save the file as UTF-8'
    return Decoded(text, "cp1252", Trouble("ENCODING", line, found, f"text in {encoding}", fix))


def _around(line: str) -> str:
    """The word with the first letter beyond ASCII, and no more: the rest of the line may be about a person."""
    return next((word[:40] for word in re.split(r"[\s;,\t|]+", line) if not word.isascii()), line[:20])


def _line_of(data: bytes, offset: int) -> int:
    return _lines_before(data[:offset].decode("latin-1"), offset)


def _lines_before(text: str, offset: int) -> int:
    return len(_LINE_BREAK.findall(text[:offset])) + 1


def records(text: str, delimiter: str, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Each record of delimited text with the physical line it starts on; blank lines are [].

    Quoted line breaks and blank lines are counted. Raises `BadRecord` where quotes do not match.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict, skipinitialspace=True)
    line = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadRecord(line, str(error)) from error
        yield line, record
        line = reader.line_num + 1


class BadRecord(ValueError):
    """Quotes that do not match: the line where the record starts, and what the csv reader says."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def take_stated_delimiter(text: str) -> tuple[str, str | None]:
    """The text with a first line such as "sep=;" emptied, and the delimiter it states; None where there is none.

    Excel and some apps write this line for Excel's own sake; the lines after it keep their numbers.
    """
    stated = re.match(r"\"?sep=([,;\t|])\"?(?=\r|\n|$)", text, re.IGNORECASE)
    return (text[stated.end() :], stated[1]) if stated else (text, None)


@dataclass(frozen=True)
class Delimiter:
    """A delimiter, or `None` where several fit as well, with the evidence in words."""

    mark: str | None
    evidence: str


def find_delimiter(text: str, header_line: int | None) -> Delimiter:
    """The delimiter under which most records have as many cells as the header; a tie is left undecided.

    Looks at the header (at physical line `header_line`, else the first record that is not blank) and 500 records.
    """
    scores = {mark: _agreement(text, mark, header_line) for mark in DELIMITERS}
    usable = {mark: score for mark, score in scores.items() if score[1] > 1 and score[0] > 0}
    if not usable:
        return Delimiter(",", "no delimiter found: one column")
    best = max(usable.values())
    winners = [mark for mark, score in usable.items() if score == best]
    if len(winners) > 1:
        return Delimiter(None, " and ".join(DELIMITER_NAMES[m] for m in winners) + " fit equally well")
    return Delimiter(winners[0], f"{best[1]} columns in {best[0]:.0%} of the rows")


def _agreement(text: str, mark: str, header_line: int | None) -> tuple[float, int]:
    widths: list[int] = []
    try:
        for line, record in records(text, mark, strict=False):
            if any(cell.strip() for cell in record) and (header_line is None or line >= header_line):
                widths.append(len(record))
            if len(widths) > _RECORDS_LOOKED_AT:
                break
    except BadRecord:
        return 0.0, 0
    if not widths:
        return 0.0, 0
    return sum(w == widths[0] for w in widths) / len(widths), widths[0]
