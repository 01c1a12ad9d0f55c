"""The cells of one column to values of a table's column, each failure a problem with its address."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.sources.id_style import IdStyle
from analysis.sources.mapping import FileMapping, SourceColumn
from analysis.sources.numbers import Marks, parse_duration, parse_number
from analysis.sources.problems import Problem, closest, has_e_mail, quoted, quoted_id
from analysis.sources.raw_table import RawTable, one_line
from analysis.sources.units import LETTERED, WRITTEN, factor
from analysis.tables import Column
from analysis.tables.declare import TRUTH, WHOLE

_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
_SHOWN_AS_IT_IS = ("CODE",)
"""Words of a code list, to be copied into cohort.toml. Elsewhere, two words where a number, date or id belongs are as
likely a name, from the next column of a row that slipped."""
_IDS = ("athlete_id", "session_id", "entry_id", "injury_id")


@dataclass(frozen=True)
class Wrong:
    """Why a cell cannot be read: code, what was expected, how to fix it."""

    code: str
    expected: str
    fix: str


@dataclass(frozen=True)
class Converted:
    """One column read: `got`, n_rows values (None where missing or wrong), and `wrong`, which could not be read."""

    got: np.ndarray
    wrong: np.ndarray


def is_missing(raw: RawTable, position: int, mapping: FileMapping) -> np.ndarray:
    """Which cells say nothing (n_rows truth values)."""
    return np.array([text in mapping.missing for text in raw.cells[position]], dtype=bool)


def convert_each(
    raw: RawTable, position: int, missing: np.ndarray, read: Callable[[str], object], problems: list[Problem]
) -> Converted:
    """Read each distinct text once; where `read` answers with a `Wrong`, every such cell is a problem."""
    codes, distinct = pd.factorize(raw.cells[position])
    once = np.empty(len(distinct), dtype=object)
    for k in np.unique(codes[~missing]):
        once[k] = read(distinct[k])
    values = once[codes]
    values[missing] = None
    wrong = np.array([isinstance(v, Wrong) for v in once], dtype=bool)[codes] & ~missing
    for i in np.flatnonzero(wrong):
        w, text = values[i], raw.cells[position][i]
        found = quoted(text) if w.code in _SHOWN_AS_IT_IS else quoted_id(text)
        problems.append(raw.problem(w.code, found, w.expected, w.fix, row=i, position=position))
    values[wrong] = None
    return Converted(values, wrong)


def convert_words(
    raw: RawTable,
    position: int,
    declared: Column,
    codes: dict[str, object],
    mapping: FileMapping,
    problems: list[Problem],
) -> Converted:
    """A column of texts or truths, through its codes where there are any."""
    return convert_each(
        raw, position, is_missing(raw, position, mapping), lambda t: read_word(t, declared, codes), problems
    )


def convert_ids(
    raw: RawTable,
    position: int,
    style: IdStyle,
    codes: dict[str, object],
    mapping: FileMapping,
    problems: list[Problem],
) -> Converted:
    """A column of ids, rewritten in another style; an id that is not of the style it should come in is a problem."""

    def read(text: str) -> object:
        text = one_line(text)
        wrong = Wrong("ATHLETE", f"an id such as {quoted(style.from_shape)}", "correct the cell or from in cohort.toml")
        return codes.get(text) or style.rewrite(text) or wrong

    return convert_each(raw, position, is_missing(raw, position, mapping), read, problems)


def read_word(text: str, declared: Column, codes: dict[str, object]) -> object:
    """The word, truth or text that a cell stands for; a `Wrong` where that is not known."""
    text = one_line(text)
    if text in codes:
        return codes[text]
    if declared.dtype == TRUTH:
        return _read_truth(text, declared, codes)
    if declared.allowed:
        word = next((w for w in declared.allowed if w.casefold() == text.casefold()), None)
        return word if word is not None else _unknown_word(text, declared, codes)
    if codes:
        return _unknown_word(text, declared, codes)
    if declared.name not in _IDS and has_e_mail(text):
        return Wrong("PRIVACY", f"{declared.meaning}, and no person's address", "map another column, or give codes")
    return text


def _read_truth(text: str, declared: Column, codes: dict[str, object]) -> object:
    if not codes and text.casefold() in _TRUTHS:
        return _TRUTHS[text.casefold()]
    return _unknown_word(text, declared, codes or _TRUTHS)


def _unknown_word(text: str, declared: Column, codes: dict[str, object]) -> Wrong:
    known = [*codes, *declared.allowed]
    example = f'"{text[:20]}" = …' if not has_e_mail(text) else '"…" = …'
    shown = ", ".join(quoted(k) for k in known[:12])
    return Wrong(
        "CODE",
        f"one of {shown}",
        f"mend the cell, or add {example} to [file.codes.{declared.name}] ({closest(text, known)})",
    )


def convert_numbers(
    raw: RawTable,
    position: int,
    declared: Column,
    source: SourceColumn,
    codes: dict[str, object],
    marks: Marks | None,
    mapping: FileMapping,
    problems: list[Problem],
) -> Converted:
    """A column of numbers in the unit of the table's column; what is impossible is an error, what is unusual a warning.

    Without `marks` (decimal mark undecided, already a problem) no value could be read.
    """
    missing = is_missing(raw, position, mapping)
    if marks is None:
        return Converted(np.full(len(raw), None, dtype=object), ~missing)
    if codes:
        found = convert_each(
            raw, position, missing, lambda t: codes.get(one_line(t), _unknown_word(t, declared, codes)), problems
        )
    else:
        found = _plain_numbers(raw, position, missing, declared, source, marks, problems)
    return _within_bounds(raw, position, declared, found, problems)


def _plain_numbers(
    raw: RawTable,
    position: int,
    missing: np.ndarray,
    declared: Column,
    source: SourceColumn,
    marks: Marks,
    problems: list[Problem],
) -> Converted:
    times = factor(declared, source.unit)
    native = raw.typed.get(position, np.full(len(raw), None))
    is_native = (
        np.array([isinstance(v, (int, float)) and not isinstance(v, bool) for v in native], dtype=bool) & ~missing
    )
    if source.unit in WRITTEN:
        is_native[:] = False

    def read(text: str) -> object:
        value = parse_duration(text, source.unit) if source.unit in WRITTEN else parse_number(text, marks)
        if value is None:
            return _no_number(text, source.unit, marks)
        return _whole(value * times, declared)

    found = convert_each(raw, position, missing | is_native, read, problems)
    for i in np.flatnonzero(is_native):
        value = _whole(float(native[i]) * times, declared)
        if isinstance(value, Wrong):
            problems.append(
                raw.problem(value.code, quoted(native[i]), value.expected, value.fix, row=i, position=position)
            )
            found.wrong[i] = True
        else:
            found.got[i] = value
    return found


def _whole(value: float, declared: Column) -> object:
    if declared.dtype == WHOLE and not value.is_integer():
        return Wrong("NUMBER", "a whole number", "correct the cell, or map another column")
    return value


def _no_number(text: str, unit: str | None, marks: Marks) -> Wrong:
    if unit in LETTERED and text.isdecimal():
        fix = 'say unit = "1h12|min" if numbers without a letter are minutes, else correct the cell'
        return Wrong("NUMBER", "a duration such as 42min or 1h12", fix)
    if unit in WRITTEN:
        return Wrong("NUMBER", f"a duration written {unit}", "correct the cell or the unit in cohort.toml")
    if len(text) >= 10 and text[:4].isdigit() and text[4] == "-":
        return Wrong("NUMBER", "a number", "retype the cell as a number: a spreadsheet program turned it into a date")
    return Wrong(
        "NUMBER",
        f"a number with decimal {quoted(marks.decimal)}",
        "correct the cell, or list it in missing if it means not measured",
    )


def _within_bounds(
    raw: RawTable, position: int, declared: Column, found: Converted, problems: list[Problem]
) -> Converted:
    numbers = np.array([np.nan if v is None else float(v) for v in found.got])
    low = -np.inf if declared.minimum is None else declared.minimum
    high = np.inf if declared.maximum is None else declared.maximum
    outside = (numbers < low) | (numbers > high)
    _tell_range(raw, position, declared, numbers, outside, (low, high), "error", problems)
    if declared.plausible is not None:
        unusual = ((numbers < declared.plausible[0]) | (numbers > declared.plausible[1])) & ~outside
        _tell_range(raw, position, declared, numbers, unusual, declared.plausible, "warning", problems)
    found.got[outside] = None
    return Converted(found.got, found.wrong | outside)


def _tell_range(
    raw: RawTable,
    position: int,
    declared: Column,
    numbers: np.ndarray,
    which: np.ndarray,
    bounds: tuple[float, float],
    severity: str,
    problems: list[Problem],
) -> None:
    unit = f" {declared.unit}" if declared.unit else ""
    word = "possible" if severity == "error" else "usual"
    expected = f"{bounds[0]:g} to {bounds[1]:g}{unit} ({word})"
    for i in np.flatnonzero(which):
        text = raw.cells[position][i]
        read = f"{numbers[i]:g}{unit}"
        found = quoted(text) if text == read else f"{quoted(text)} (read as {read})"
        fix = (
            "correct the cell, or the unit or decimal mark in cohort.toml" if severity == "error" else "check the cell"
        )
        problems.append(raw.problem("RANGE", found, expected, fix, row=i, position=position, severity=severity))
