"""The data dictionary of a REDCap project: what each column of its raw export holds, on which form it was asked."""

import re
from dataclasses import dataclass
from functools import cached_property

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable, one_line

YES_NO = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
BOXES = {"0": "Unchecked", "1": "Checked"}
STATUS = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
_WITH_CHOICES = ("radio", "dropdown", "checkbox")
_PERSONAL_VALIDATIONS = ("email", "phone")
_HEADERS = {
    "name": ("variable / field name", "field_name"),
    "form": ("form name", "form_name"),
    "kind": ("field type", "field_type"),
    "label": ("field label", "field_label"),
    "choices": ("choices, calculations, or slider labels", "select_choices_or_calculations"),
    "validation": (
        "text validation type or show slider number",
        "text_validation_type_or_show_slider_number",
    ),
    "identifier": ("identifier?", "identifier"),
    "branching": ("branching logic (show field only if...)", "branching_logic"),
}
"""What is used of the 18 columns: their names in a downloaded dictionary, and as the API gives them (lower case)."""


@dataclass(frozen=True)
class Field:
    """One question of a project: `choices` is code -> label, for a checkbox too; `kind` is REDCap's field type.

    `is_identifier`: marked as identifying a person, or checked to be an e-mail address or a phone number.
    """

    name: str
    form: str
    kind: str
    label: str
    choices: dict[str, str]
    validation: str
    is_identifier: bool
    is_branched: bool


@dataclass(frozen=True)
class Place:
    """What a column of the export is: a field, or one box of a checkbox field (`box` is its code)."""

    field: Field
    box: str | None = None

    @property
    def choices(self) -> dict[str, str]:
        """What may stand in the column: code -> label; empty where anything may."""
        return self.field.choices if self.box is None else BOXES

    @property
    def label(self) -> str:
        """The question, and for a box its choice."""
        return self.field.label if self.box is None else f"{self.field.label}: {self.field.choices[self.box]}"


@dataclass(frozen=True)
class Dictionary:
    """A project's fields by name, in the order of its forms. The first is the record id."""

    file: str
    fields: dict[str, Field]

    @cached_property
    def by_header(self) -> dict[str, Place]:
        """Header in the raw export -> what the column is; a checkbox has one header for each of its codes."""
        places = {}
        for field in self.fields.values():
            if field.kind != "checkbox":
                places[field.name] = Place(field)
            for code in field.choices if field.kind == "checkbox" else ():
                places[f"{field.name}___{code.lower()}"] = Place(field, code)
                places[f"{field.name}___{re.sub('[^a-z0-9_]', '_', code.lower())}"] = Place(field, code)
        return places

    def refusal_of(self, header: str) -> str | None:
        """The checkbox field of which a column is the box of a missing-data code (`history___ni`); None for others."""
        name, boxes, _ = header.partition("___")
        is_checkbox = name in self.fields and self.fields[name].kind == "checkbox"
        return name if boxes and is_checkbox and header not in self.by_header else None

    @property
    def record_id(self) -> str:
        """Header of the record id."""
        return next(iter(self.fields), "")

    @property
    def forms(self) -> list[str]:
        """The forms in their order."""
        return list(dict.fromkeys(f.form for f in self.fields.values()))

    def is_identifier(self, header: str) -> bool:
        """Whether a column is marked as identifying a person."""
        place = self.by_header.get(header)
        return place is not None and place.field.is_identifier

    def decimal(self, header: str) -> str | None:
        """The decimal mark that REDCap made sure of when the number was typed; None where it checked nothing."""
        place = self.by_header.get(header)
        validation = place.field.validation if place else ""
        if not validation.startswith(("number", "integer")):
            return None
        return "," if "comma_decimal" in validation else "."


def parse_choices(text: str) -> dict[str, str]:
    """Code -> label of "1, Yes | 2, No, never"; the first comma of each ends the code."""
    pairs = (part.partition(",") for part in text.split("|") if part.strip())
    return {one_line(code): one_line(label) for code, _, label in pairs}


def dictionary_positions(header: tuple[str, ...]) -> dict[str, int]:
    """Positions of the columns that are used, by what they say."""
    folded = [one_line(h).casefold() for h in header]
    found = {what: next((folded.index(n) for n in names if n in folded), None) for what, names in _HEADERS.items()}
    return {what: position for what, position in found.items() if position is not None}


def is_dictionary(header: tuple[str, ...]) -> bool:
    """Whether a header is that of a data dictionary."""
    return {"name", "form", "kind", "choices"} <= dictionary_positions(header).keys()


def as_dictionary(raw: RawTable) -> Dictionary:
    """The fields of a table whose header `is_dictionary`."""
    at = dictionary_positions(raw.header)

    def cell(row: int, what: str) -> str:
        return one_line(raw.cells[at[what]][row]) if what in at else ""

    fields = [_field({what: cell(i, what) for what in _HEADERS}) for i in range(len(raw))]
    return Dictionary(raw.file, {f.name: f for f in fields if f.name})


def _field(said: dict[str, str]) -> Field:
    kind = said["kind"].lower()
    choices = parse_choices(said["choices"]) if kind in _WITH_CHOICES else YES_NO.get(kind, {})
    marked = said["identifier"].lower() in ("y", "yes", "1") or said["validation"].lower() in _PERSONAL_VALIDATIONS
    return Field(
        said["name"].lower(), said["form"], kind, said["label"], choices, said["validation"].lower(), marked,
        bool(said["branching"]),
    )  # fmt: skip


def read_dictionary(blob: Blob) -> tuple[Dictionary | None, tuple[Problem, ...]]:
    """The data dictionary in a file, and what is wrong with it; None where it cannot be used."""
    reading = read_raw(blob)
    errors = tuple(p for p in reading.problems if p.severity == "error")
    if reading.table is None or errors:
        return None, errors
    if not is_dictionary(reading.table.header) or not len(reading.table):
        shown = ", ".join(quoted(h) for h in reading.table.header[:3])
        fix = "in REDCap: Project Setup or Designer, Data Dictionary, Download the current Data Dictionary"
        found = f"no REDCap data dictionary (its columns begin {shown})"
        expected = 'columns "Variable / Field Name", "Form Name", "Field Type", … and a row for each field'
        return None, (reading.table.problem("HEADER", found, expected, fix),)
    return as_dictionary(reading.table), ()
