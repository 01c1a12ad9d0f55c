"""Workbooks to type into where an instrument has no export: `hiprun template`.

Columns, words, units, bounds and meanings are those the tables declare. The `[[file]]` block that belongs to a
template reads it without another key.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from analysis.errors import InputError
from analysis.hip.exercises import exercise_library
from analysis.sources.mapping import DEFAULTS
from analysis.sources.template_sheets import Field, build_workbook
from analysis.sources.units import factor
from analysis.study import write_atomically
from analysis.surveillance.ostrc import CODES
from analysis.tables import HIP_ASSESSMENTS, HIP_WORK, INJURIES, WEEKLY_REPORTS, Column, Table
from analysis.tables.declare import DAY, NUMBER, WHOLE
from analysis.tables.words import CONTROL_TESTS, LENGTH_TESTS, MOTIONS

OSTRC_VERSION = 2
_KINDS = {DAY: "day", WHOLE: "whole", NUMBER: "number"}
_ACRONYMS = ("nrs", "rom", "ostrc", "q1", "q2", "q3", "q4")
_SUFFIXES = {"N": "n", "N m": "nm", "degrees": "deg", "s": "s", "min": "min", "m": "m", "days": "days"}
"""Unit of a declared column -> how the names of such columns end."""


@dataclass(frozen=True)
class Template:
    """What a template asks for: columns of `table` in order, units people read off where they are others than the
    table's, constants, and one worked example (column -> value as typed; the others are blank in it).

    `words` narrows the words of a column; of the columns in `one_of` at least one has to be filled.
    """

    title: str
    table: Table
    columns: tuple[str, ...]
    example: dict[str, object]
    one_of: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    constants: dict[str, object] = field(default_factory=dict)
    words: dict[str, Callable[[str], bool]] = field(default_factory=dict)


_DAY = dt.date(2026, 3, 17)
_TEST = {"athlete_id": "R-07", "date": _DAY, "motion": "abduction", "side": "left", "trial_no": 1}
_TEST_COLUMNS = ("athlete_id", "date", "motion", "side", "quality", "position", "trial_no")
TEMPLATES = {
    "strength": Template(
        "Hip strength with a dynamometer",
        HIP_ASSESSMENTS,
        (*_TEST_COLUMNS, "force_n", "torque_nm", "lever_arm_m", "device", "rater"),
        {**_TEST, "quality": "strength_isometric", "position": "side_lying", "force_n": 214, "lever_arm_m": 36,
         "device": "handheld dynamometer", "rater": "T1"},
        one_of=("force_n", "torque_nm"),
        units={"lever_arm_m": "cm"},
        words={
            "motion": MOTIONS.__contains__,
            "quality": lambda word: "strength" in word,
            "position": lambda word: word not in (*LENGTH_TESTS, *CONTROL_TESTS),
        },
    ),
    "rom": Template(
        "Hip range of motion with a goniometer or inclinometer",
        HIP_ASSESSMENTS,
        (*_TEST_COLUMNS, "angle_deg", "device", "rater"),
        {**_TEST, "motion": "internal_rotation", "quality": "rom_passive", "position": "prone", "angle_deg": 34,
         "device": "goniometer", "rater": "T1"},
        one_of=("angle_deg",),
        words={
            "motion": MOTIONS.__contains__,
            "quality": lambda word: word.startswith("rom_"),
            "position": lambda word: word not in CONTROL_TESTS,
        },
    ),
    "weekly": Template(
        "Weekly pain and OSTRC answers",
        WEEKLY_REPORTS,
        ("athlete_id", "week_start", "region", "side", "pain_nrs", "ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4",
         "problem_type", "answered_on"),
        {"athlete_id": "R-07", "week_start": dt.date(2026, 3, 16), "region": "hip_groin", "side": "left", "pain_nrs": 3,
         "ostrc_q1": 8, "ostrc_q2": 8, "ostrc_q3": 0, "ostrc_q4": 8, "problem_type": "injury",
         "answered_on": dt.date(2026, 3, 22)},
        constants={"ostrc_version": OSTRC_VERSION},
    ),
    "injuries": Template(
        "Injuries and illnesses",
        INJURIES,
        tuple(c.name for c in INJURIES.columns if c.name != "injury_id"),
        {"athlete_id": "R-07", "onset_date": _DAY, "return_date": dt.date(2026, 4, 2), "problem_type": "injury",
         "region": "hip_groin", "side": "left", "tissue": "muscle_tendon", "onset_mode": "gradual",
         "definition": "time_loss", "subsequent": "index"},
    ),
    "hip-work": Template(
        "Hip exercises done",
        HIP_WORK,
        tuple(c.name for c in HIP_WORK.columns if c.name not in ("entry_id", "in_library")),
        {"athlete_id": "R-07", "date": _DAY, "exercise": "single-leg stance", "sets": 3, "hold_s": 20,
         "order_in_day": 1, "relation_to_run": "after_run", "soreness_next_day_nrs": 2},
        one_of=("duration_min", "sets"),
    ),
}  # fmt: skip


def write_template(name: str, path: Path) -> str:
    """Write the template of that name (a key of `TEMPLATES`) as an .xlsx, and give its `[[file]]` block of cohort.toml.

    Raises `InputError` for another name, another suffix, or a file that is there already: it may be filled in.
    """
    if name not in TEMPLATES:
        raise InputError(f"template: found {name!r}; expected one of {', '.join(TEMPLATES)}. Fix: name one of them.")
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"{path}: found another kind of file; expected .xlsx. Fix: end its name in .xlsx.")
    if path.exists():
        raise InputError(f"{path}: there already; nothing is overwritten. Fix: name another file.")
    block = template_block(name, path.name)
    template = TEMPLATES[name]
    workbook = build_workbook(template.title, template.table.grain, template_fields(name), block)
    with write_atomically(path) as beside:
        workbook.save(beside)
    return block


def template_fields(name: str) -> list[Field]:
    """The columns of a template as its workbook shows them."""
    template = TEMPLATES[name]
    return [_field(template, template.table[column]) for column in template.columns]


def template_block(name: str, path: str) -> str:
    """The `[[file]]` block that reads the template filled in, at `path` below the cohort's folder."""
    template = TEMPLATES[name]
    fields = template_fields(name)
    lines = ["[[file]]", f"path = {_toml(path)}", f'table = "{template.table.name}"', 'sheet = "Data"', 'dates = "iso"']
    if template.constants:
        lines.append(f"set = {{ {', '.join(f'{k} = {_toml(v)}' for k, v in template.constants.items())} }}")
    lines.append("[file.columns]")
    lines += [f"{f.column.name} = {_source(template, f)}" for f in fields]
    for f in fields:
        written = {shown: word for shown, word in f.words.items() if shown != word and word in f.column.allowed}
        if written:
            lines.append(f"[file.codes.{f.column.name}]")
            lines += [f"{_toml(shown)} = {_toml(word)}" for shown, word in written.items()]
    return "\n".join(lines) + "\n"


def _source(template: Template, shown: Field) -> str:
    name, header = shown.column.name, _toml(shown.header)
    if name in template.units:
        return f"{{ column = {header}, unit = {_toml(template.units[name])} }}"
    return f'{{ column = {header}, to = "monday" }}' if name == "week_start" else header


def _toml(value: object) -> str:
    """A number, or a text as a basic TOML string."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _field(template: Template, column: Column) -> Field:
    unit = template.units.get(column.name, column.unit)
    size = factor(column, template.units.get(column.name))
    low, high = (None if bound is None else _plain(bound / size) for bound in (column.minimum, column.maximum))
    words = _words(template, column)
    default = DEFAULTS.get(template.table.name, {}).get(column.name)
    return Field(
        column=column,
        header=_header(column, unit),
        unit=unit,
        kind=_KINDS.get(column.dtype, ""),
        low=low,
        high=high,
        words=words,
        only_words=column.name != "exercise",
        needed=_needed(template, column, default),
        example=_shown_word(template.example.get(column.name)),
    )


def _plain(number: float) -> float:
    """The number without what dividing by a factor left behind."""
    return float(f"{number:.12g}")


def _needed(template: Template, column: Column, default: object) -> str:
    if column.name in template.one_of:
        labels = [_header(template.table[c], template.units.get(c, template.table[c].unit)) for c in template.one_of]
        return "yes" if len(labels) == 1 else f"one of {' and '.join(labels)}"
    if default is not None:
        return f"no: blank means {_shown_word(default)}"
    return "yes" if column.required or column.key else "no"


def _words(template: Template, column: Column) -> dict[object, object]:
    """What the drop-down offers -> the word of the table; empty where anything may be typed."""
    answers = CODES[OSTRC_VERSION].get(column.name.removeprefix("ostrc_"))
    if answers:
        return {answer: answer for answer in answers}
    if column.name == "exercise":
        return {name: name for name in sorted(exercise_library()["name"])}
    keep = template.words.get(column.name, lambda word: True)
    return {_shown_word(word): word for word in column.allowed if keep(word)}


def _shown_word(word: object) -> object:
    return _as_read(word.split("_")) if isinstance(word, str) else word


def _as_read(parts: list[str]) -> str:
    return " ".join(part.upper() if part in _ACRONYMS else part for part in parts)


def _header(column: Column, unit: str) -> str:
    """The name of a column as people read it: "force_n" is "Force (N)"."""
    parts = column.name.split("_")
    if parts[-1] == _SUFFIXES.get(column.unit):
        parts = parts[:-1]
    parts = [part for part in parts if part != "id"]
    text = _as_read(parts)
    return f"{text[0].upper()}{text[1:]}" + (f" ({unit})" if unit else "")
