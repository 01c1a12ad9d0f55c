"""How the numbers and dates of one file are written: decided once, from all cells, and told."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.sources.dates import Order, find_order
from analysis.sources.mapping import FileMapping
from analysis.sources.numbers import Evidence, Marks, evidence, other_mark, parse_number, uses_thousands
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable

_MARK_NAMES = {".": "point", ",": "comma"}


def untyped_texts(raw: RawTable, position: int, missing: Iterable[str]) -> list[str]:
    """The distinct texts of a column, without missing ones and without a spreadsheet's own numbers and dates."""
    texts = raw.cells[position]
    native = raw.typed.get(position)
    if native is not None:
        texts = texts[[isinstance(value, str) for value in native]]
    return [text for text in pd.unique(texts) if text not in missing]


def decide_marks(
    raw: RawTable, positions: list[int], mapping: FileMapping, problems: list[Problem]
) -> dict[int, Marks | None]:
    """Decimal and thousands mark of each number column; None (and a problem) where the cells do not tell.

    A column whose cells prove nothing follows the other number columns of the file, if these agree.
    """
    texts = {p: untyped_texts(raw, p, mapping.missing) for p in positions}
    proofs = {p: evidence(texts[p]) for p in positions}
    agreed = {e.decided for e in proofs.values() if e.proves}
    decided: dict[int, Marks | None] = {}
    for p, proof in proofs.items():
        decimal = mapping.decimal or mapping.decimals.get(raw.header[p])
        if decimal is None and _is_contested(proof, [e for q, e in proofs.items() if q != p]):
            _tell_contested(raw, p, proof, problems)
        elif decimal is None:
            decimal = _decimal(raw, p, proof, agreed, problems)
        decided[p] = decimal and Marks(decimal, mapping.thousands or other_mark(decimal))
        if decided[p] is not None:
            _tell_thousands(raw, p, texts[p], decided[p], problems)
    return decided


def _tell_contested(raw: RawTable, p: int, proof: Evidence, problems: list[Problem]) -> None:
    """One 1.5 among 1.117, 1.334, … of a file with decimal commas would make them 1000 times smaller."""
    cell = proof.proves[proof.decided]
    here, there = (_MARK_NAMES[mark] for mark in (proof.decided, other_mark(proof.decided)))
    other = quoted(proof.open_cell)
    found = f"{quoted(cell)}: decimal {here}, but {there} in the other number columns, and {other} can have either"
    fix = "correct the cell, or say decimal in this [[file]] (of a REDCap export, name the dictionary)"
    _tell(raw, p, cell, found, "one decimal mark in the file", fix, problems, "error")


def _is_contested(proof: Evidence, others: list[Evidence]) -> bool:
    """Whether a column has cells that its own proof reads in one way, and the file's other columns in another."""
    if proof.decided is None or proof.open_cell is None:
        return False
    return {e.decided for e in others if e.proves} == {other_mark(proof.decided)}


def _decimal(raw: RawTable, p: int, proof: Evidence, agreed: set[str | None], problems: list[Problem]) -> str | None:
    """The decimal mark of one column: as its cells prove, else as the file's other columns agree."""
    if len(proof.proves) == 2:
        both = [proof.proves[mark] for mark in ".,"]
        last = max(both, key=lambda cell: first_row(raw, p, cell))
        found, fix = " and ".join(map(quoted, both)), "write one mark throughout, or say decimal in this [[file]]"
        _tell(raw, p, last, found, "one decimal mark in the column", fix, problems, "error")
        return None
    if proof.decided == ",":
        cell, fix = proof.proves[","], 'nothing to do, or say decimal = "."'
        _tell(raw, p, cell, f"{quoted(cell)}: decimal comma", "the decimal mark of the column", fix, problems)
    if proof.decided or not proof.open_cell:
        return proof.decided or "."
    return _decimal_of_file(raw, p, proof.open_cell, agreed, problems)


def _decimal_of_file(raw: RawTable, p: int, cell: str, agreed: set[str | None], problems: list[Problem]) -> str | None:
    if len(agreed) == 1 and None not in agreed:
        decimal = next(iter(agreed))
        found = f"{quoted(cell)}: decimal {_MARK_NAMES[decimal]}, as in the file's other number columns"
        _tell(raw, p, cell, found, "the decimal mark of the column", "nothing to do, or say decimal", problems)
        return decimal
    mark = "." if "." in cell else ","
    small = parse_number(cell, Marks(mark, other_mark(mark)))
    found = f"{quoted(cell)}, which can be {small:g} or {small * 1000:g}, and no cell that settles it"
    fix = 'say decimal = "." or decimal = "," in this [[file]]'
    _tell(raw, p, cell, found, "a number to be read in one way", fix, problems, "error")
    return None


def _tell_thousands(raw: RawTable, p: int, texts: list[str], marks: Marks, problems: list[Problem]) -> None:
    grouped = [text for text in texts if uses_thousands(text, marks)]
    if grouped:
        read = f"{parse_number(grouped[0], marks):.12g}"
        number = "a value" if len(grouped) == 1 else f"{len(grouped)} different values"
        found = f"{number} like {quoted(grouped[0])}, read as {read}"
        fix = "nothing to do, or say decimal and thousands in this [[file]]"
        _tell(raw, p, grouped[0], found, "the thousands mark of the column", fix, problems)


def _tell(
    raw: RawTable, p: int, cell: str, found: str, expected: str, fix: str,
    problems: list[Problem], severity: str = "decision",
) -> None:  # fmt: skip
    """Note what was concluded from a cell, at the first row that holds it."""
    row = first_row(raw, p, cell)
    problems.append(raw.problem("DECIMAL", found, expected, fix, row=row, position=p, severity=severity))


def decide_order(raw: RawTable, positions: list[int], mapping: FileMapping, problems: list[Problem]) -> str | None:
    """Order of day and month for all date columns of the file; None (and a problem) where they do not tell."""
    if mapping.dates is not None or not positions:
        return mapping.dates or "iso"
    found = find_order(text for p in positions for text in untyped_texts(raw, p, mapping.missing))
    if found.name is not None and not found.cells:
        return found.name
    places = [_first_of(raw, positions, cell) for cell in found.cells]
    row, position = max(places)
    cell = quoted(found.cells[-1])
    if found.name is not None:
        words = found.name.replace("_", " ")
        problems.append(
            raw.problem(
                "DATE",
                f"{cell}: {words}",
                "the order of day and month in the file",
                "nothing to do, or say dates",
                row=row,
                position=position,
                severity="decision",
            )
        )
    else:
        problems.append(_unclear_order(raw, found, row, position))
    return found.name


def _unclear_order(raw: RawTable, found: Order, row: int, position: int) -> Problem:
    if len(found.cells) == 2:
        said = f"{quoted(found.cells[0])} (day first) and {quoted(found.cells[1])} (month first)"
        fix = "mend the dates, or map the columns with a format each"
        return raw.problem("DATE", said, "one order of day and month in the file", fix, row=row, position=position)
    said = f"{quoted(found.cells[0])}, which can be day first or month first, and no date of the file settles it"
    fix = 'say dates = "day_first" or dates = "month_first" in this [[file]]'
    return raw.problem("DATE", said, "dates to be read in one way", fix, row=row, position=position)


def first_row(raw: RawTable, position: int, text: str) -> int:
    """Index of the first row whose cell is `text`."""
    return int(np.argmax(raw.cells[position] == text))


def _first_of(raw: RawTable, positions: list[int], text: str) -> tuple[int, int]:
    return next((first_row(raw, p, text), p) for p in positions if (raw.cells[p] == text).any())
