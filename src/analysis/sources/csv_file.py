"""Delimited text files: CSV, TSV and their kin."""

from dataclasses import replace

import numpy as np

from analysis.sources.blob import Blob
from analysis.sources.problems import Problem
from analysis.sources.raw_table import Keep, RawTable, Reading, ReadingRules, join_header
from analysis.sources.text import (
    DELIMITER_NAMES,
    WORKBOOK_STARTS,
    BadRecord,
    Decoded,
    Trouble,
    decode,
    find_delimiter,
    records,
    take_stated_delimiter,
)

_NO_TABLE = RawTable("", "", (), 1, {}, np.array([], dtype=int))
Records = list[tuple[int, list[str]]]


def read_csv(blob: Blob, rules: ReadingRules, keep: Keep) -> Reading:
    """The cells of a delimited text file with their physical lines.

    A table without rows is the caller's to judge. Rows that are wholly blank are left
    out; a row with more cells than the header is a problem, one with fewer is read as ending in blanks, with a warning.
    Never raises for what the file holds.
    """
    data = blob.read()
    nowhere = replace(_NO_TABLE, file=blob.name)
    if data.startswith(WORKBOOK_STARTS):
        fix = "end its name in .xlsx, or .xls for an older one; if it has a password, save it without"
        return Reading(None, (nowhere.problem("FORMAT", "a spreadsheet", "delimited text", fix),))
    decoded = decode(data, rules.encoding)
    if not decoded.text.strip():
        trouble = decoded.trouble or Trouble("EMPTY", 1, "an empty file", "a header and rows", "export the file again")
        return Reading(None, (_from_trouble(nowhere, trouble),))
    problems: list[Problem] = []
    text, stated = take_stated_delimiter(decoded.text)
    delimiter = stated or _delimiter(text, rules, nowhere, problems)
    if delimiter is None:
        return Reading(None, tuple(problems))
    all_records = _records(text, delimiter, nowhere, problems)
    head = _header(all_records, rules, nowhere, problems)
    if head is None:
        return Reading(None, tuple(problems))
    header, last_header_line, header_line = head
    table = replace(_NO_TABLE, file=blob.name, header=header, header_row=header_line)
    until = rules.last_row or all_records[-1][0]
    body = [
        (line, record)
        for line, record in all_records
        if last_header_line < line <= until and any(map(str.strip, record))
    ]
    body = body[: max(len(body) - rules.skip_footer, 0)]
    problems += _ill_shaped(body, table)
    problems += _encoding_problem(decoded, all_records, table)
    return Reading(_filled(table, body, keep(header)), tuple(problems))


def _delimiter(text: str, rules: ReadingRules, nowhere: RawTable, problems: list[Problem]) -> str | None:
    if rules.delimiter is not None:
        return rules.delimiter
    found = find_delimiter(text, rules.header_rows[0] if rules.header_rows else None)
    if found.mark is None:
        problems.append(
            nowhere.problem(
                "DELIMITER", found.evidence, "one delimiter that fits", 'say delimiter = ";" or "," in this [[file]]'
            )
        )
    elif found.mark != ",":
        name = DELIMITER_NAMES[found.mark]
        problems.append(
            nowhere.problem(
                "DELIMITER",
                f"{name} ({found.evidence})",
                "the delimiter",
                "nothing to do, or say delimiter",
                severity="decision",
            )
        )
    return found.mark


def _records(text: str, delimiter: str, nowhere: RawTable, problems: list[Problem]) -> Records:
    """The records up to the first whose quotes do not match, which is a problem."""
    read: Records = []
    try:
        read.extend(records(text, delimiter))
    except BadRecord as error:
        trouble = Trouble(
            "FORMAT",
            error.line,
            f"a record that cannot be read ({error})",
            "each quoted cell closed",
            'close the quote, and double quotes inside a cell (""); rows from here on were not read',
        )
        problems.append(_from_trouble(nowhere, trouble))
    return read


def _header(
    all_records: Records, rules: ReadingRules, nowhere: RawTable, problems: list[Problem]
) -> tuple[tuple[str, ...], int, int] | None:
    """Header names, the last physical line of the header rows, and their first line."""
    by_line = dict(all_records)
    filled = [line for line, record in all_records if any(c.strip() for c in record)]
    wanted = rules.header_rows or tuple(filled[:1])
    absent = [line for line in wanted if line not in by_line or not any(c.strip() for c in by_line[line])]
    if absent or not wanted:
        line = absent[0] if absent else 1
        first = f"the first row with text is line {filled[0]}" if filled else "the file has no rows"
        trouble = Trouble(
            "HEADER", line, f"no header row there; {first}", "column names", "correct header_rows in this [[file]]"
        )
        problems.append(_from_trouble(nowhere, trouble))
        return None
    rows = [_spread(by_line[line]) for line in wanted[:-1]] + [by_line[wanted[-1]]]
    return join_header(rows), wanted[-1], wanted[0]


def _spread(upper: list[str]) -> list[str]:
    """An upper header row whose names reach over the blanks to their right, as merged cells saved to text do."""
    filled, last = [], ""
    for name in upper:
        last = name.strip() or last
        filled.append(last)
    return filled


def _ill_shaped(body: Records, table: RawTable) -> list[Problem]:
    width = len(table.header)
    problems = []
    for line, record in body:
        if len(record) > width and any(c.strip() for c in record[width:]):
            found = f"{len(record)} cells"
            fix = "quote cells that hold the delimiter, or remove the extra cells"
            problems.append(_from_trouble(table, Trouble("FORMAT", line, found, f"{width} as in the header", fix)))
        elif len(record) < width:
            found = f"{len(record)} cells, the rest read as blank"
            fix = "nothing to do if the row ends early; else mend it, or say skip_footer if it is a note"
            problems.append(
                _from_trouble(table, Trouble("FORMAT", line, found, f"{width} as in the header", fix, "warning"))
            )
    return problems


def _encoding_problem(decoded: Decoded, all_records: Records, table: RawTable) -> list[Problem]:
    """The trouble with the encoding, with the column it was met in."""
    if decoded.trouble is None:
        return []
    record = next((r for line, r in reversed(all_records) if line <= decoded.trouble.line), [])
    position = next((p for p, cell in enumerate(record) if not cell.isascii()), len(table.header))
    column = table.header[position] if position < len(table.header) else ""
    return [replace(_from_trouble(table, decoded.trouble), column=column)]


def _filled(table: RawTable, body: Records, positions: list[int]) -> RawTable:
    cells = {
        p: np.array([record[p].strip() if p < len(record) else "" for _, record in body], dtype=object)
        for p in positions
    }
    return replace(table, cells=cells, rows=np.array([line for line, _ in body], dtype=int))


def _from_trouble(table: RawTable, trouble: Trouble) -> Problem:
    place = table.address(trouble.line, None)
    t = trouble
    return Problem(table.file, "", place, "", t.code, t.severity, t.found, t.expected, t.fix)
