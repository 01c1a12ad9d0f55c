"""Proposed [[file]] blocks for a REDCap export, one for each form of its data dictionary."""

from dataclasses import dataclass

from analysis.hip.motions import fold
from analysis.sources.mapping import ASK, DEFAULTS
from analysis.sources.peek.vocabulary import header_scores, person_words, unit_in, words_for
from analysis.sources.problems import printable
from analysis.sources.raw_table import RawTable
from analysis.sources.redcap import EVENT, REPEAT
from analysis.sources.redcap_choices import leading_number
from analysis.sources.redcap_dictionary import Dictionary, Place, as_dictionary
from analysis.sources.units import units_for
from analysis.tables import RAW_TABLES, Column, Table
from analysis.tables.declare import DAY, INSTANT, NUMBER, TRUTH, WHOLE

_TABLES = ("athletes", "training_sessions", "hip_work", "weekly_reports", "injuries", "hip_assessments")
_FREE = ("notes", "file", "signature", "descriptive", "sql")
_FOUND = {"athlete_id", "session_id", "entry_id", "injury_id", "in_library"}
_SCALES = {"rpe": "rpe_scale", "ostrc_q1": "ostrc_version", "score": "score_scale"}


def propose_blocks(data: RawTable, dictionary: RawTable) -> str:
    """One [[file]] as text for each form with rows in `data`; `dictionary` is a table that `is_dictionary`.

    Columns are proposed by name and label, codes by the labels of the choices; what neither tells is "ASK", which
    `hiprun check` refuses. Columns left over are comments; what may identify a person is named and not proposed.
    """
    known = as_dictionary(dictionary)
    blocks = [_block(data, known, form) for form in known.forms]
    return "\n".join(block for block in blocks if block)


def _block(data: RawTable, known: Dictionary, form: str) -> str:
    places = {h: known.by_header[h] for h in data.header if h in known.by_header}
    of_form = {h: p for h, p in places.items() if p.field.form == form and h != known.record_id}
    if not of_form or known.record_id not in data.header:
        return ""
    hidden = [h for h, p in of_form.items() if _tells_who(h, p)]
    open_ = {h: p for h, p in of_form.items() if h not in hidden}
    guess = _guess(open_)
    lines = ["[[file]]", f"path = {_text(data.file)}", f"dictionary = {_text(known.file)}"]
    lines += [f"table = {_text(guess.table)}" + ("" if guess.table != ASK else f"  # {ASK}: which table, if any")]
    lines += _where(data, form)
    lines += _constants(guess)
    lines += ["[file.columns]", f"athlete_id = {_text(known.record_id)}"]
    lines += [_column_line(guess.declared[name], header, open_[header]) for name, header in guess.columns.items()]
    lines += _unfound_dates(guess)
    left = [h for h in open_ if h not in guess.columns.values()]
    lines += [f"# left out: {printable(h)} ({_said(open_[h])})" for h in left]
    lines += [f"# left out, may say who somebody is: {printable(', '.join(hidden))}"] if hidden else []
    for name, header in guess.columns.items():
        lines += _codes(RAW_TABLES[guess.table][name], open_[header])
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Guess:
    """Which table a form feeds, and its columns: name -> header. Without a table nothing is mapped."""

    table: str
    columns: dict[str, str]

    @property
    def declared(self) -> Table | None:
        return RAW_TABLES.get(self.table)


def _tells_who(header: str, place: Place) -> bool:
    """Whether a field is marked, is free text or a file, or is called like a name, an address, a birth date, …"""
    field = place.field
    called = person_words(header) or person_words(field.label)
    return field.is_identifier or field.kind in _FREE or called is not None


def _guess(places: dict[str, Place]) -> _Guess:
    """The table whose columns the form's fields name best; "ASK" where no two of them do."""
    guesses = [_Guess(name, _assigned(name, places)) for name in _TABLES]
    best = max(guesses, key=lambda g: len(g.columns))
    return best if len(best.columns) > 1 else _Guess(ASK, {})


def _assigned(table: str, places: dict[str, Place]) -> dict[str, str]:
    """Column -> header, the surest first; a box of a checkbox is never guessed."""
    scored = sorted(
        (
            (-score, column, header)
            for header, place in places.items()
            if place.box is None
            for text in (header, place.label)
            for column, score in header_scores(table, text).items()
            if column not in _FOUND and _fits(RAW_TABLES[table][column], place)
        ),
    )
    found: dict[str, str] = {}
    for _, column, header in scored:
        if column not in found and header not in found.values():
            found[column] = header
    return found


def _fits(declared: Column, place: Place) -> bool:
    """Whether a field of that validation can hold values of the column."""
    is_date = place.field.validation.startswith("date")
    if declared.dtype in (DAY, INSTANT):
        return is_date or not (place.field.validation or place.choices)
    return not is_date


def _where(data: RawTable, form: str) -> list[str]:
    """Which rows are of the form: its repeats; else those of the events in which its status is given."""
    at = {h: p for p, h in enumerate(data.header)}
    if REPEAT in at and (data.cells[at[REPEAT]] == form).any():
        return [f'where = {{ {REPEAT} = ["{form}"] }}']
    parts = [f'{REPEAT} = [""]'] if REPEAT in at else []
    status = at.get(f"{form}_complete")
    if EVENT in at and status is not None:
        events = dict.fromkeys(data.cells[at[EVENT]][data.cells[status] != ""])
        parts.append(f"{EVENT} = [{', '.join(_text(e) for e in events)}]")
    return [f"where = {{ {', '.join(parts)} }}"] if parts else []


def _constants(guess: _Guess) -> list[str]:
    """Required columns that no field gives and that are the same in all rows, perhaps: asked."""
    if guess.declared is None:
        return []
    asked = [c.name for c in guess.declared.columns if _is_lacking(c, guess) and c.dtype not in (DAY, INSTANT)]
    asked += [scale for answer, scale in _SCALES.items() if answer in guess.columns and scale not in guess.columns]
    said = ", ".join(f'{name} = "{ASK}"' for name in asked)
    return [f"set = {{ {said} }}  # {ASK}: {', '.join(asked)}"] if asked else []


def _unfound_dates(guess: _Guess) -> list[str]:
    if guess.declared is None:
        return []
    lacking = [c for c in guess.declared.columns if _is_lacking(c, guess) and c.dtype == DAY]
    return [f'{c.name} = "{ASK}"  # {ASK}: {c.meaning}' for c in lacking]


def _is_lacking(declared: Column, guess: _Guess) -> bool:
    elsewhere = _FOUND | guess.columns.keys() | DEFAULTS.get(guess.table, {}).keys()
    return (declared.required or declared.key) and declared.name not in elsewhere


def _column_line(declared: Column, header: str, place: Place) -> str:
    """A column as it is mapped, with the unit that its name or label states; asked where it needs one."""
    if declared.name == "week_start":
        return f'{declared.name} = {{ column = {_text(header)}, to = "monday" }}'
    if not units_for(declared) or place.choices:
        return f"{declared.name} = {_text(header)}"
    stated = unit_in(header) or unit_in(place.label)
    unit = stated if stated in units_for(declared) else ASK
    asked = f"  # {ASK}: the unit of {printable(header)}" if unit == ASK else ""
    return f"{declared.name} = {{ column = {_text(header)}, unit = {_text(unit)} }}{asked}"


def _codes(declared: Column, place: Place) -> list[str]:
    """Code = value for each choice; the word its label stands for, or "ASK"."""
    if not place.choices or not (declared.allowed or declared.dtype in (TRUTH, NUMBER, WHOLE)):
        return []
    lines = [f"[file.codes.{declared.name}]"]
    for code, label in place.choices.items():
        value = _value(declared, label)
        asked = "" if value is not None else f"  # {ASK}: {printable(label)}"
        lines.append(f"{_text(code)} = {_toml(ASK if value is None else value)}{asked}")
    return lines


def _value(declared: Column, label: str) -> object | None:
    """What a label stands for: a number it begins with, yes or no, or a word of the column; None where unknown."""
    if declared.dtype in (NUMBER, WHOLE):
        number = leading_number(label)
        whole = number is not None and number.is_integer()
        return int(number) if whole else number
    if declared.dtype == TRUTH:
        return {"yes": True, "true": True, "no": False, "false": False}.get(fold(label))
    word = words_for(declared.name).get(fold(label))
    return word if word in declared.allowed else next((w for w in declared.allowed if fold(w) == fold(label)), None)


def _said(place: Place) -> str:
    choices = "" if place.box is not None else "; ".join(f"{c} = {label}" for c, label in place.choices.items())
    return printable(f"{place.label[:60]}{': ' if choices else ''}{choices[:100]}")


def _toml(value: object) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else str(value)
        if isinstance(value, (int, float))
        else _text(value)
    )


def _text(value: object) -> str:
    """A TOML string on one line; control characters, which TOML does not allow, are spelled out."""
    return '"' + printable(str(value)).replace("\\", "\\\\").replace('"', '\\"') + '"'
