"""Raw exports of REDCap: rows of several forms in one file, where a 0 can mean that nobody was asked.

An export has a row for each record, event and repeat, and on each row the columns of all forms. Boxes of a checkbox are
0 also on rows of other forms and on forms nobody opened: that is no answer.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from analysis.sources.header import find_positions
from analysis.sources.mapping import FileMapping
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import Keep, RawTable, keep_all
from analysis.sources.redcap_choices import check_choices
from analysis.sources.redcap_dictionary import BOXES, Dictionary

EVENT, REPEAT = "redcap_event_name", "redcap_repeat_instrument"
NOT_COMPLETED = "[not completed]"
_CHOICE = re.compile(r".*\(choice=.*\)", re.DOTALL)
_LABELLED = {"Event Name", "Repeat Instrument", "Repeat Instance", "Survey Identifier", "Data Access Group"}
_RAW = (
    "in REDCap choose Data Exports, CSV / Microsoft Excel (raw data), download the Data Dictionary too, and name it "
    'with dictionary = "…" in this [[file]]'
)


def is_redcap(header: tuple[str, ...]) -> bool:
    """Whether the header is that of a raw export."""
    return any(h.startswith("redcap_") for h in header) or any(
        h.endswith("_complete") and i for i, h in enumerate(header)
    )


def has_labels(header: tuple[str, ...]) -> bool:
    """Whether the header is that of an export with labels, whose columns cannot be told apart for certain."""
    named = _LABELLED.intersection(header)
    return any(_CHOICE.fullmatch(h) for h in header) or (bool(named) and "Complete?" in header) or len(named) > 1


def columns_to_read(mapping: FileMapping, dictionary: Dictionary | None) -> Keep:
    """What of a file is held: the columns named and, to know whether a box was asked, the rest of its form.

    Columns that identify a person are never read, but for the athlete's id.
    """

    def keep(header: tuple[str, ...]) -> list[int]:
        found = find_positions(header, mapping)
        if dictionary is None:
            return found.all
        forms = {dictionary.by_header[header[p]].field.form for p in found.all if _is_box(header[p], dictionary)}
        wanted = {*found.all, *(p for p in keep_all(header) if _is_of_forms(header[p], forms, dictionary))}
        hidden = {p for p in wanted if dictionary.is_identifier(header[p]) and p != found.columns.get("athlete_id")}
        return sorted(wanted - hidden)

    return keep


def _is_box(header: str, dictionary: Dictionary) -> bool:
    place = dictionary.by_header.get(header)
    return place is not None and place.box is not None


def _is_of_forms(header: str, forms: set[str], dictionary: Dictionary) -> bool:
    """Whether a column helps to know if one of the forms was filled in: its fields, its status, the repeat."""
    if header == REPEAT:
        return bool(forms)
    place = dictionary.by_header.get(header)
    checkbox = dictionary.refusal_of(header)
    field = place.field if place else dictionary.fields.get(checkbox)
    return (field.form if field else header.removesuffix("_complete")) in forms


def settle_redcap(
    raw: RawTable, mapping: FileMapping, dictionary: Dictionary | None, problems: list[Problem]
) -> tuple[RawTable, FileMapping] | None:
    """The table with every answer that was none made blank, and the mapping with what the dictionary adds to it.

    `raw` holds what `columns_to_read` keeps. None, and an error in `problems`, where the file must not be read: an
    export with labels, or a mapping that uses what identifies a person. Files of other systems come back as they are.
    """
    if has_labels(raw.header) or _has_ticks(raw):
        found, expected = "a REDCap export with labels", "a raw export: two answers can share a label, codes cannot"
        problems.append(raw.problem("FORMAT", found, expected, _RAW))
        return None
    if dictionary is None:
        _warn_boxes(raw, mapping, problems)
        return raw, _without_open_forms(raw, mapping)
    allowed = _without_identifiers(raw, mapping, dictionary, problems)
    if allowed is None:
        return None
    if not check_choices(raw, allowed, dictionary, problems):
        return None
    decimals = {h: mark for h in raw.header if (mark := dictionary.decimal(h))}
    allowed = replace(_without_open_forms(raw, allowed), decimals=decimals)
    return _Boxes(raw, allowed, dictionary, problems).settled(), allowed


def _has_ticks(raw: RawTable) -> bool:
    """Whether the boxes hold words, as in an export with raw headers and labels in the cells."""
    boxes = [c for p, c in raw.cells.items() if "___" in raw.header[p]]
    return any(np.isin(c.astype(str), list(BOXES.values())).any() for c in boxes)


def _without_open_forms(raw: RawTable, mapping: FileMapping) -> FileMapping:
    """A survey that nobody finished has "[not completed]" for its time: no time."""
    surveys = [h for h in raw.header if h.endswith("_timestamp")]
    if any(f"{h.removesuffix('_timestamp')}_complete" in raw.header for h in surveys):
        return replace(mapping, missing=mapping.missing | {NOT_COMPLETED})
    return mapping


def _without_identifiers(
    raw: RawTable, mapping: FileMapping, dictionary: Dictionary, problems: list[Problem]
) -> FileMapping | None:
    """The mapping without columns that identify a person, each an error; None where rows are chosen by one."""
    at = find_positions(raw.header, mapping)
    mapped = {c: p for c, p in at.columns.items() if c != "athlete_id"}
    named = (set(at.all) - set(at.columns.values())) | set(mapped.values())
    hidden = {p for p in named if dictionary.is_identifier(raw.header[p])}
    for position in sorted(hidden):
        expected = "a column that does not say who somebody is: the data dictionary marks it as an identifier"
        fix = "take it out of this [[file]]; an identifier can only be the athlete_id, which becomes a pseudonym"
        problems.append(raw.problem("PRIVACY", "a column that was not read", expected, fix, position=position))
    if hidden - set(mapped.values()):
        return None
    return replace(mapping, columns={c: s for c, s in mapping.columns.items() if mapped.get(c) not in hidden})


def _warn_boxes(raw: RawTable, mapping: FileMapping, problems: list[Problem]) -> None:
    """Without a dictionary nobody can say which form a box is on, and so whether its 0 is an answer."""
    if not is_redcap(raw.header) or _chooses_form(raw.header, mapping):
        return
    at = find_positions(raw.header, mapping)
    kept = _kept(raw, mapping)
    for position in dict.fromkeys((*at.columns.values(), *at.unpivot)):
        zero = np.flatnonzero((raw.cells[position] == "0") & kept)
        if "___" in raw.header[position] and len(zero):
            found = (
                f"0 in {len(zero)} of {kept.sum()} rows, which may mean not asked: it is 0 on rows of other forms too"
            )
            fix = 'name the data dictionary with dictionary = "…", or keep the rows of its form with where'
            expected = "to know which rows are of the form that asks it"
            problems.append(
                raw.problem("CHECKBOX", found, expected, fix, row=zero[0], position=position, severity="warning")
            )


def _kept(raw: RawTable, mapping: FileMapping) -> np.ndarray:
    """Rows that `where` keeps."""
    kept = np.ones(len(raw), dtype=bool)
    for name, position in find_positions(raw.header, mapping).where.items():
        kept &= np.isin(raw.cells[position].astype(str), list(mapping.where[name]))
    return kept


def _chooses_form(header: tuple[str, ...], mapping: FileMapping) -> bool:
    """Whether `where` keeps rows of some forms only: by repeat, by status, or by event where nothing repeats."""
    names = set(mapping.where)
    return REPEAT in names or (EVENT in names and REPEAT not in header) or any(n.endswith("_complete") for n in names)


@dataclass
class _Boxes:
    """The checkboxes of one export, and the rows on which each was asked."""

    raw: RawTable
    mapping: FileMapping
    dictionary: Dictionary
    problems: list[Problem]

    def settled(self) -> RawTable:
        """Boxes blank where not asked (said once for each column used), and nothing held that no mapping names."""
        used = find_positions(self.raw.header, self.mapping).all
        cells = {p: self.raw.cells[p] for p in used}
        for position in (p for p in used if _is_box(self.raw.header[p], self.dictionary)):
            field = self.dictionary.by_header[self.raw.header[position]].field
            of_form = self._asked(field.form) & ~self._refused(field.name)
            unsure = of_form & ~self._ticked(field.name) if field.is_branched else np.zeros(len(self.raw), dtype=bool)
            zero = cells[position] == "0"
            cells[position] = np.where(zero & (~of_form | unsure), "", cells[position])
            words = f"the form {quoted(field.form)} was not filled in, or the answer was refused"
            self._tell(position, zero & ~of_form, words, "decision")
            words = "no box of the question is ticked, and it is shown to some only (branching logic)"
            self._tell(position, zero & unsure, words, "warning")
        return replace(self.raw, cells=cells, typed={p: v for p, v in self.raw.typed.items() if p in cells})

    def _tell(self, position: int, which: np.ndarray, why: str, severity: str) -> None:
        kept = _kept(self.raw, self.mapping)
        which = which & kept
        if which.any():
            found = f"0 in {which.sum()} of {kept.sum()} rows, where {why}: read as not asked"
            fix = "nothing to do, or keep the rows of one form with where"
            row, expected = int(np.argmax(which)), "0 only where it was asked"
            self.problems.append(
                self.raw.problem("CHECKBOX", found, expected, fix, row=row, position=position, severity=severity)
            )

    def _asked(self, form: str) -> np.ndarray:
        """Rows on which the form was filled in: marked as begun, or with an answer on it, and not another's repeat."""
        asked = self._answered(form)
        status = self._cells(f"{form}_complete")
        if status is not None:
            asked |= np.isin(status, ["1", "2"])
        repeat = self._cells(REPEAT)
        return asked if repeat is None else asked & np.isin(repeat, ["", form])

    def _answered(self, form: str) -> np.ndarray:
        """Rows with an answer to any question of the form: one that was typed or chosen, or a box that is ticked."""
        answered = np.zeros(len(self.raw), dtype=bool)
        for position, column in self.raw.cells.items():
            place = self.dictionary.by_header.get(self.raw.header[position])
            if place is None or place.field.form != form or place.field.kind == "calc":
                continue
            if place.field.name != self.dictionary.record_id:
                answered |= (column == "1") if place.box is not None else (column != "")
        return answered

    def _ticked(self, name: str) -> np.ndarray:
        """Rows on which a box of the question is ticked."""
        ticked = np.zeros(len(self.raw), dtype=bool)
        for position, column in self.raw.cells.items():
            place = self.dictionary.by_header.get(self.raw.header[position])
            if place is not None and place.box is not None and place.field.name == name:
                ticked |= column == "1"
        return ticked

    def _refused(self, name: str) -> np.ndarray:
        """Rows on which a missing-data code stands for the answer to the question."""
        refused = np.zeros(len(self.raw), dtype=bool)
        for position, column in self.raw.cells.items():
            if self.dictionary.refusal_of(self.raw.header[position]) == name:
                refused |= column == "1"
        return refused

    def _cells(self, header: str) -> np.ndarray | None:
        position = next((p for p in self.raw.cells if self.raw.header[p] == header), None)
        return None if position is None else self.raw.cells[position].astype(str)
