"""OpenDocument spreadsheets (.ods), read from their XML row by row.

calamine reads them too, but gives 0 for a failed formula and no merged ranges, so it is not used here.
"""

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from analysis.sources.blob import Blob, Refused
from analysis.sources.problems import Problem
from analysis.sources.raw_table import Keep, Reading, ReadingRules
from analysis.sources.sheet_cells import MOST_CHARACTERS, Area, ErrorText, SheetCells, choose_sheet, read_sheet
from analysis.sources.xls_records import DAY_ZERO_1900
from analysis.sources.xlsx_file import no_workbook, refuse_bomb

_NAMESPACE = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_OFFICE, _TABLE, _TEXT, _STYLE = (_NAMESPACE % name for name in ("office", "table", "text", "style"))
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_DAMAGED = (
    zipfile.BadZipFile, zlib.error, LookupError, ArithmeticError, ValueError, SyntaxError, EOFError,
    NotImplementedError, RuntimeError,
)  # fmt: skip
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384
_MOST_REPEATED = 5_000_000
_KIND = "an OpenDocument spreadsheet (.ods)"


def read_ods(blob: Blob, rules: ReadingRules, keep: Keep) -> Reading:
    """The cells of one sheet with their addresses, as `read_xlsx` gives them.

    Raises `Refused` for a file that unpacks to more than is plausible, declares XML entities, or repeats a cell into
    millions.
    """
    data, file = blob.read(), blob.name
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            refuse_bomb(archive)
            if b"encryption-data" in archive.read("META-INF/manifest.xml"):
                return Reading(None, (_unread(file, "a spreadsheet with a password", "save it without one"),))
            with archive.open("content.xml") as xml:
                sheets = _Book().read(xml)
        title, problems = choose_sheet({t: shown for t, (_, shown) in sheets.items()}, rules.sheet, file)
    except DefusedXmlException:
        fix = "open it in a spreadsheet program and save it"
        return Reading(None, (_unread(file, "a spreadsheet whose XML declares entities", fix),))
    except Refused:
        raise
    except _DAMAGED as error:
        return Reading(None, (no_workbook(data, file, error, _KIND),))
    if title is None:
        return Reading(None, tuple(problems))
    return read_sheet(file, sheets[title][0], rules, keep, problems)


def _unread(file: str, found: str, fix: str) -> Problem:
    return Problem(file, "", "", "", "FORMAT", "error", found, _KIND, fix)


class _Book:
    """The sheets of a document as they are met: title -> cells, and whether it can be seen."""

    def __init__(self) -> None:
        self.sheets: dict[str, tuple[SheetCells, bool]] = {}
        self._day_zero = DAY_ZERO_1900
        self._hidden_styles: set[str] = set()
        self._row = self._column = self._n_repeated = 0

    def read(self, xml: io.BufferedIOBase) -> dict[str, tuple[SheetCells, bool]]:
        """Raises `DefusedXmlException`, `Refused`, `ValueError` or a `SyntaxError` of the parser."""
        open_tables: list[SheetCells] = []
        styles: list[str] = []
        for event, element in iterparse(xml, events=("start", "end"), forbid_dtd=True):
            tag = element.tag
            if event == "start":
                if tag == f"{_STYLE}style":
                    styles.append(element.get(f"{_STYLE}name", ""))
                elif tag == f"{_TABLE}table":
                    open_tables.append(self._begin(element))
            elif tag == f"{_STYLE}table-properties" and element.get(f"{_TABLE}display") == "false":
                self._hidden_styles.update(styles[-1:])
            elif tag == f"{_TABLE}null-date":
                self._day_zero = dt.datetime.fromisoformat(element.get(f"{_TABLE}date-value", "1899-12-30"))
            elif tag == f"{_TABLE}table":
                open_tables.pop()
                element.clear()
            elif tag == f"{_TABLE}table-column" and len(open_tables) == 1:
                self._enter_column(open_tables[0], element)
            elif tag == f"{_TABLE}table-row" and len(open_tables) == 1:
                self._enter_row(open_tables[0], element)
                element.clear()
        return self.sheets

    def _begin(self, element: Element) -> SheetCells:
        title = element.get(f"{_TABLE}name", "")
        cells = SheetCells(title, self._day_zero)
        self.sheets.setdefault(title, (cells, element.get(f"{_TABLE}style-name") not in self._hidden_styles))
        self._row = self._column = 0
        return cells

    def _enter_column(self, cells: SheetCells, element: Element) -> None:
        n = _repeats(element, "columns", _LAST_COLUMN)
        if element.get(f"{_TABLE}visibility", "visible") != "visible":
            cells.hidden_columns.update(range(self._column, self._column + n))
        self._column += n

    def _enter_row(self, cells: SheetCells, element: Element) -> None:
        n = _repeats(element, "rows", _LAST_ROW)
        first = self._row + 1
        self._row += n
        position = 0
        for cell in element:
            if cell.tag not in _CELLS:
                continue
            times = _repeats(cell, "columns", _LAST_COLUMN)
            if cell.tag == _CELLS[0]:
                self._enter_cell(cells, cell, range(first, first + n), range(position, position + times))
            position += times
        if first in cells.rows and element.get(f"{_TABLE}visibility", "visible") != "visible":
            cells.hidden_rows.update(range(first, first + n))

    def _enter_cell(self, cells: SheetCells, cell: Element, rows: range, columns: range) -> None:
        value = _value(cell)
        down = int(cell.get(f"{_TABLE}number-rows-spanned", "1"))
        across = int(cell.get(f"{_TABLE}number-columns-spanned", "1"))
        if not (1 <= down <= _LAST_ROW and 1 <= across <= _LAST_COLUMN):
            raise ValueError(f"a cell over {down} rows and {across} columns")
        if down > 1 or across > 1:
            cells.merged.append(Area(rows[0], rows[0] + down - 1, columns[0], columns[0] + across - 1))
        if value is None or value == "":
            return
        self._n_repeated += len(rows) * len(columns) - 1
        if rows[-1] > _LAST_ROW or columns[-1] >= _LAST_COLUMN or self._n_repeated > _MOST_REPEATED:
            found = f"a cell repeated over {len(rows)} rows and {len(columns)} columns"
            raise Refused(found, "a table that ends where its rows end", "delete the rows and columns behind the table")
        percent = cell.get(f"{_OFFICE}value-type") == "percentage"
        for row in rows:
            for column in columns:
                cells.put(row, column, value, percent=percent)


def _repeats(element: Element, of: str, most: int) -> int:
    n = int(element.get(f"{_TABLE}number-{of}-repeated", "1"))
    if not 1 <= n <= most:
        raise ValueError(f"{n} repeated {of}")
    return n


def _value(cell: Element) -> object:
    """The Python value of a cell; an `ErrorText` where its formula failed."""
    kind = cell.get(f"{_OFFICE}value-type")
    text = "\n".join(_shown(p) for p in cell.findall(f"{_TEXT}p"))
    has_formula = cell.get(f"{_TABLE}formula") is not None
    if cell.get(f"{_CALC}value-type") == "error" or (has_formula and text.startswith(("Err:", "#"))):
        return ErrorText(text or "#ERROR")
    if kind in ("float", "percentage", "currency"):
        return float(cell.get(f"{_OFFICE}value", ""))
    if kind == "date":
        return dt.datetime.fromisoformat(cell.get(f"{_OFFICE}date-value", ""))
    if kind == "time":
        return _duration(cell.get(f"{_OFFICE}time-value", ""))
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    return cell.get(f"{_OFFICE}string-value") or text


def _duration(text: str) -> dt.timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"the duration {text}")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups()[1:])
    length = dt.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if match[1] else length


def _shown(paragraph: Element) -> str:
    """The text of a paragraph, with the blanks, tabs and line breaks that are elements of their own; notes left out."""
    return "".join(_pieces(paragraph))[: MOST_CHARACTERS + 1]


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * min(int(child.get(f"{_TEXT}c", "1")), MOST_CHARACTERS)
        elif child.tag in (f"{_TEXT}tab", f"{_TEXT}line-break"):
            yield " "
        elif child.tag != f"{_OFFICE}annotation":
            yield from _pieces(child)
        yield child.tail or ""
