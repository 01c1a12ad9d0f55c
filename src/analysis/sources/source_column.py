"""Where the columns of a table come from: the parts `columns`, `set` and `codes` of a [[file]], checked."""

from analysis.sources.id_style import CASES, IdStyle, is_shape
from analysis.sources.mapping import ASK, SourceColumn
from analysis.sources.mapping_checks import Section, check_constant, check_date_format, is_kind
from analysis.sources.problems import quoted
from analysis.sources.raw_table import one_line
from analysis.sources.units import units_for
from analysis.tables import Column, Table
from analysis.tables.declare import DAY, INSTANT

COLUMN_KEYS = ("column", "occurrence", "unit", "format", "to", "clock", "from")
_DATES_ONLY = ("format", "clock", "to")


def read_constants(section: Section, table: Table) -> dict[str, object]:
    """Constants by column (the key `set`); a mistake in one is noted in `section` and leaves it out."""
    section.only([c.name for c in table.columns])
    values = {n: _constant(section, table[n], n, v) for n, v in section.values.items() if n in table}
    return {n: v for n, v in values.items() if v is not None}


def _constant(section: Section, declared: Column, key: str, value: object) -> object | None:
    """A value for the column. A question that peek wrote into the block is not one, also where any text may stand."""
    if value == ASK:
        answer = f"one of {', '.join(declared.allowed)}" if declared.allowed else declared.meaning
        section.wrong(key, quoted(ASK), answer, f"write the answer in place of {ASK}")
        return None
    return check_constant(section, declared, value)


def read_columns(section: Section, table: Table) -> dict[str, SourceColumn]:
    """Column of the table -> where it comes from; a mistake in one is noted in `section` and leaves it out."""
    section.only([c.name for c in table.columns])
    read = {n: _source_column(section, table[n]) for n in section.values if n in table}
    return {n: source for n, source in read.items() if source is not None}


def _source_column(section: Section, declared: Column) -> SourceColumn | None:
    value = section.values[declared.name]
    if isinstance(value, str):
        return SourceColumn(one_line(value))
    if not is_kind(value, dict):
        section.wrong(declared.name, quoted(value), 'a header, or { column = "…", … }', "correct the value")
        return None
    part = Section(f"{section.place} {declared.name}", value, section.problems)
    part.only(COLUMN_KEYS)
    occurrence = part.get("occurrence", int)
    if occurrence is not None and occurrence < 1:
        part.wrong("occurrence", str(occurrence), "1 or more", "count the columns of that name from 1")
    form, clock = part.get("format", str), part.get("clock", str)
    style = _id_style(part, declared)
    monday = style is None and part.choice("to", ("monday",))
    if declared.dtype not in (DAY, INSTANT):
        for key in (k for k in _DATES_ONLY if k in value and not (k == "to" and style)):
            part.wrong(key, f"{declared.name}, which is no date", "a date column", "remove it")
    return SourceColumn(
        one_line(part.get("column", str, "", needed=True)),
        occurrence,
        read_unit(part, declared),
        check_date_format(part, "format", form),
        bool(monday),
        one_line(clock) if clock else None,
        style,
    )


def _id_style(section: Section, declared: Column) -> IdStyle | None:
    """How ids are rewritten (the keys `from` and `to` of athlete_id); None where they are not."""
    if declared.name != "athlete_id":
        if "from" in section.values:
            section.wrong("from", f"a style of ids for {declared.name}", "it with athlete_id only", "remove it")
        return None
    if not {"from", "to"} & section.values.keys():
        return None
    shapes = section.get("from", str, "#"), section.get("to", str, "#")
    for key, shape, others in zip(("from", "to"), shapes, ((), CASES), strict=True):
        if not is_shape(shape) and shape not in others:
            expected = "text around one run of #" + (', "upper" or "lower"' if others else "")
            section.wrong(key, quoted(shape), expected, 'write it as "player_#" or "P-###"')
            return None
    return IdStyle(*shapes)


def read_unit(section: Section, declared: Column) -> str | None:
    """The unit of a column in the file; None, and a problem in `section`, where it is none of that column's."""
    unit = section.get("unit", str)
    if unit is None or unit in units_for(declared):
        return unit
    known = ", ".join(units_for(declared)) or f"no unit for {declared.name}"
    section.wrong("unit", quoted(unit), known, "name one of these" if units_for(declared) else "remove it", "UNIT")
    return None


def read_codes(section: Section, table: Table) -> dict[str, dict[str, object]]:
    """Column -> cell -> value of the column; a mistake is noted in `section`."""
    section.only([c.name for c in table.columns])
    return {n: _codes(section.part(n), table[n]) for n in section.values if n in table}


def _codes(section: Section, declared: Column) -> dict[str, object]:
    codes = {}
    for cell, value in section.values.items():
        checked = _constant(section, declared, declared.name, value)
        if checked is not None:
            codes[one_line(cell)] = checked
    return codes
