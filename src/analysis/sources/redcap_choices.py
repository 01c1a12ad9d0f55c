"""The codes of a mapping against the choices of a REDCap data dictionary."""

import re

import numpy as np

from analysis.sources.convert import Wrong, read_word
from analysis.sources.header import find_positions
from analysis.sources.mapping import COHORT_FILE, FileMapping
from analysis.sources.problems import Problem, closest, quoted
from analysis.sources.raw_table import RawTable
from analysis.sources.redcap_dictionary import Dictionary, Place
from analysis.tables import Column
from analysis.tables.declare import NUMBER, WHOLE

_OF_REDCAP = re.compile(r"redcap_.*|.*_(complete|timestamp)")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def check_choices(raw: RawTable, mapping: FileMapping, dictionary: Dictionary, problems: list[Problem]) -> bool:
    """Compare each mapped column with its question; False, and an error, where the cells are labels and not codes."""
    readable = True
    for column, position in find_positions(raw.header, mapping).columns.items():
        header = raw.header[position]
        place = dictionary.by_header.get(header)
        if place is None:
            _warn_unknown(raw, position, dictionary, problems)
        elif place.choices:
            readable &= _holds_codes(raw, position, place, mapping, problems)
            _check_codes(column, header, place, mapping, problems)
    return readable


def _warn_unknown(raw: RawTable, position: int, dictionary: Dictionary, problems: list[Problem]) -> None:
    """A column that the dictionary does not know: perhaps it is of another project, or older than the export."""
    header = raw.header[position]
    if _OF_REDCAP.fullmatch(header):
        return
    expected = f"a field of {dictionary.file}"
    fix = f"check that it is this project's dictionary of the same day ({closest(header, dictionary.by_header)})"
    problems.append(raw.problem("COLUMN", "no such field", expected, fix, position=position, severity="warning"))


def _holds_codes(raw: RawTable, position: int, place: Place, mapping: FileMapping, problems: list[Problem]) -> bool:
    labels = {label.casefold() for label in place.choices.values()} - {c.casefold() for c in place.choices}
    known = {*place.choices, *mapping.missing}
    cells = raw.cells[position]
    strange = np.array([text not in known and text.casefold() in labels for text in cells], dtype=bool)
    if not strange.any():
        return True
    row = int(np.argmax(strange))
    code = next(c for c, label in place.choices.items() if label.casefold() == cells[row].casefold())
    fix = "export raw data from REDCap, not labels"
    found = f"{quoted(cells[row])}, the label of {quoted(code)}"
    problems.append(raw.problem("FORMAT", found, "a raw export: codes, not labels", fix, row=row, position=position))
    return False


def _check_codes(column: str, header: str, place: Place, mapping: FileMapping, problems: list[Problem]) -> None:
    """Codes that are no choice, choices that have no code, and choices read as numbers they do not stand for."""
    declared, codes = mapping.table[column], mapping.codes.get(column, {})

    def tell(severity: str, found: str, expected: str, fix: str) -> None:
        at = f"[[file]] {mapping.number} ({mapping.path})"
        problems.append(Problem(COHORT_FILE, "", at, f"codes.{column}", "CODE", severity, found, expected, fix))

    strange = [quoted(c) for c in codes if c not in place.choices and c not in mapping.missing]
    if strange:
        found = f"{', '.join(strange)}, no choice of {quoted(header)}"
        tell("warning", found, f"choices of the data dictionary: {_choices(place)}", "correct or remove the code")
    if declared.dtype in (NUMBER, WHOLE) and not codes:
        said = _other_number(place)
        if said:
            found = f"{quoted(header)} read by its codes, but {said}"
            tell("error", found, "codes that are the numbers they stand for", "say in codes what each stands for")
        return
    left = [c for c in place.choices if c not in mapping.missing and not _is_readable(c, declared, codes)]
    if left:
        said = ", ".join(f"{quoted(c)} ({place.choices[c]})" for c in left)
        fix = f"add each to [file.codes.{column}], or to missing; nothing to do for one that nobody chose"
        tell("decision", f"choices of {quoted(header)} without a code: {said}", "a code for each choice", fix)


def _is_readable(code: str, declared: Column, codes: dict[str, object]) -> bool:
    if declared.dtype in (NUMBER, WHOLE):
        return code in codes
    return not isinstance(read_word(code, declared, codes), Wrong)


def _other_number(place: Place) -> str:
    """The first choice whose label begins with another number than its code; "" where there is none."""
    for code, label in place.choices.items():
        said = leading_number(label)
        if said is not None and _NUMBER.fullmatch(code) and said != float(code):
            return f"code {code} is labelled {quoted(label)}"
    return ""


def leading_number(label: str) -> float | None:
    """The number a label begins with, such as 7 in "7 bad"; None for "1-2 days" and for labels without one."""
    found = re.match(rf"({_NUMBER.pattern})(?![\d.,]|\s*[-–/])", label)
    return float(found[1]) if found else None


def _choices(place: Place) -> str:
    return ", ".join(f"{code} = {label}" for code, label in place.choices.items())
