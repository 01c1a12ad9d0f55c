"""Small workbooks of the older kinds, written byte by byte: nothing that writes them is installed."""

import random
import struct
import zipfile
from pathlib import Path

from analysis.sources.compound_file import compound

GENERAL, DATE, PERCENT, HOURS = range(4)
"""How a cell of an .xls is formatted: General, m/d/yy, 0%, [h]:mm:ss."""
_FORMAT_OF = {GENERAL: 0, DATE: 14, PERCENT: 9, HOURS: 46}
ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _cell(row: int, column: int, value: object) -> bytes:
    value, style = value if isinstance(value, tuple) else (value, GENERAL)
    at = struct.pack("<HHH", row, column, style)
    if value is None:
        return _record(0x0201, at)
    if isinstance(value, bool):
        return _record(0x0205, at + struct.pack("<BB", value, 0))
    if isinstance(value, str) and value in ERRORS:
        return _record(0x0205, at + struct.pack("<BB", ERRORS[value], 1))
    if isinstance(value, str):
        return _record(0x0204, at + struct.pack("<HB", len(value), 1) + value.encode("utf-16-le"))
    return _record(0x0203, at + struct.pack("<d", value))


def _sheet(rows: list[list[object]], merged: tuple, hidden_rows: tuple, hidden_columns: tuple) -> bytes:
    width = max((len(row) for row in rows), default=0)
    parts = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))]
    parts += [_record(0x007D, struct.pack("<HHHHHH", c, c, 2560, 0, 1, 0)) for c in hidden_columns]
    parts += [_record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))]
    parts += [_record(0x0208, struct.pack("<HHHHHHI", r, 0, width, 255, 0, 0, 0x120)) for r in hidden_rows]
    parts += [_cell(r, c, v) for r, row in enumerate(rows) for c, v in enumerate(row) if v is not None]
    if merged:
        ranges = b"".join(struct.pack("<HHHH", *area) for area in merged)
        parts.append(_record(0x00E5, struct.pack("<H", len(merged)) + ranges))
    return b"".join([*parts, _record(0x000A, b"")])


def _globals(names: list[str], hidden: tuple, epoch_1904: bool, starts: list[int]) -> bytes:
    parts = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)), _record(0x0042, b"\xb0\x04")]
    parts.append(_record(0x0022, struct.pack("<H", epoch_1904)))
    parts += [_record(0x00E0, struct.pack("<HHH", 0, f, 0) + bytes(14)) for f in _FORMAT_OF.values()]
    for name, start in zip(names, starts, strict=True):
        text = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
        parts.append(_record(0x0085, struct.pack("<IBB", start, name in hidden, 0) + text))
    return b"".join([*parts, _record(0x000A, b"")])


def xls(
    sheets: dict[str, list[list[object]]],
    *,
    merged: tuple = (),
    hidden: tuple = (),
    hidden_rows: tuple = (),
    hidden_columns: tuple = (),
    epoch_1904: bool = False,
) -> bytes:
    """An .xls (BIFF8): sheets by name, a cell a value or (value, format); `merged` (first row, last row, first column,
    last column from 0), hidden rows and columns are those of every sheet."""
    bodies = [_sheet(rows, merged, hidden_rows, hidden_columns) for rows in sheets.values()]
    length = len(_globals(list(sheets), hidden, epoch_1904, [0] * len(sheets)))
    starts = [length + sum(map(len, bodies[:i])) for i in range(len(bodies))]
    return compound(_globals(list(sheets), hidden, epoch_1904, starts) + b"".join(bodies))


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?>{dtd}<office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    '<office:automatic-styles><style:style style:name="off" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    "<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
)
_MIME = "application/vnd.oasis.opendocument.spreadsheet"


def ods(path: Path, tables: str, dtd: str = "") -> Path:
    """An .ods whose `<table:table>` elements are given as XML."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("mimetype", _MIME)
        parts.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest '
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')  # fmt: skip
        parts.writestr("content.xml", _ODS.format(dtd=dtd, tables=tables))
    return path


def ods_table(name: str, rows: list[list[str]], more: str = "") -> str:
    """A sheet of an .ods from cells written by `ods_cell`; `more` are attributes of the table."""
    body = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}"{more}>{body}</table:table>'


def ods_cell(text: str = "", kind: str = "string", value: str = "", more: str = "") -> str:
    """A cell of an .ods: the text shown, its value type, and its value."""
    if not text:
        return f"<table:table-cell {more}/>"
    key = {"date": "date-value", "time": "time-value", "boolean": "boolean-value"}.get(kind, "value")
    given = f'office:{key}="{value or text}"' if kind != "string" else ""
    return f'<table:table-cell office:value-type="{kind}" {given} {more}><text:p>{text}</text:p></table:table-cell>'


def flipped(content: bytes, draw: random.Random) -> bytes:
    """The bytes with one to eight of them changed."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)
