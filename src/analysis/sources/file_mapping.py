"""One [[file]] of cohort.toml to a checked `FileMapping`."""

import re
from pathlib import PurePosixPath, PureWindowsPath
from zoneinfo import ZoneInfo

from analysis.sources.dates import ORDERS
from analysis.sources.mapping import ALWAYS_MISSING, DEFAULTS, GENERATED_IDS, FileMapping, Unpivot
from analysis.sources.mapping_checks import Section, check_date_format, check_encoding, is_kind
from analysis.sources.problems import closest, quoted
from analysis.sources.raw_table import ReadingRules, one_line
from analysis.sources.source_column import read_codes, read_columns, read_constants, read_unit
from analysis.tables import RAW_TABLES, Table
from analysis.tables.declare import NUMBER, WHOLE

KEYS = (
    "path",
    "table",
    "sheet",
    "header_rows",
    "skip_footer",
    "last_row",
    "encoding",
    "delimiter",
    "decimal",
    "thousands",
    "dates",
    "timezone",
    "missing",
    "one_row_per",
    "where",
    "needs",
    "duplicates",
    "set",
    "columns",
    "codes",
    "unpivot",
    "from_path",
    "dictionary",
)
_FOUND_ELSEWHERE = {
    "training_sessions": {"session_id"},
    "hip_work": {"entry_id", "in_library"},
    "hip_assessments": {"date"},
    "injuries": {"injury_id"},
}
"""Required columns that need not be given: generated, matched, or the start of the cohort."""


def read_file_mapping(section: Section, number: int, timezone: ZoneInfo) -> FileMapping | None:
    """The checked mapping of the `number`-th [[file]]; its mistakes are noted in `section`. None without a table."""
    section.only(KEYS)
    path = section.get("path", str, "", needed=True)
    dictionary = section.get("dictionary", str)
    _check_path(section, "path", path)
    _check_path(section, "dictionary", dictionary or "")
    table = _table(section)
    if table is None:
        return None
    last_row = _last_row(section)
    mapping = FileMapping(
        number=number,
        path=path,
        table=table,
        timezone=section.zone("timezone", timezone),
        rules=_rules(section, last_row),
        decimal=section.choice("decimal", (",", ".")),
        thousands=section.choice("thousands", (",", ".", " ", "'")),
        dates=_dates(section),
        missing=frozenset((*ALWAYS_MISSING, *_missing(section))),
        one_row_per=tuple(one_line(name) for name in section.texts("one_row_per")),
        where=_where(section.part("where")),
        needs=tuple(one_line(name) for name in section.texts("needs")),
        last_row=last_row,
        duplicates=section.choice("duplicates", ("first", "last")),
        constants=read_constants(section.part("set"), table),
        columns=read_columns(section.part("columns"), table),
        codes=read_codes(section.part("codes"), table),
        unpivot=_unpivot(section.part("unpivot"), table) if "unpivot" in section.values else None,
        from_path=_pattern(section, "from_path", table, "(?P<athlete_id>[^/]+)/.*")
        if "from_path" in section.values
        else None,
        dictionary=dictionary,
    )
    if not section.problems:
        _check_whole(section, mapping)
    return mapping


def _check_path(section: Section, key: str, path: str) -> None:
    parts = PurePosixPath(path).parts
    if path and (".." in parts or path.startswith("/") or "\\" in path or PureWindowsPath(path).drive):
        section.wrong(
            key, quoted(path), "a path below the cohort's folder, parts joined by /", "put the file into that folder"
        )


def _table(section: Section) -> Table | None:
    name = section.get("table", str, needed=True)
    if name is not None and name not in RAW_TABLES:
        section.wrong(
            "table", quoted(name), f"one of {', '.join(RAW_TABLES)}", f"correct the name ({closest(name, RAW_TABLES)})"
        )
    return RAW_TABLES.get(name)


def _rules(section: Section, last_row: int | None) -> ReadingRules:
    rows = section.values.get("header_rows", [])
    rows = [rows] if is_kind(rows, int) else rows
    if not is_kind(rows, list) or not all(is_kind(r, int) and r >= 1 for r in rows) or sorted(set(rows)) != rows:
        section.wrong("header_rows", quoted(rows), "row numbers from 1, ascending", "write it as [4] or [4, 5]")
        rows = []
    footer = section.get("skip_footer", int, 0)
    if footer < 0:
        section.wrong("skip_footer", str(footer), "0 or more", "correct the number")
    delimiter = section.get("delimiter", str)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n '):
        section.wrong("delimiter", quoted(delimiter), "one character", 'write ";", "," or "\\t"')
    encoding = check_encoding(section, section.get("encoding", str))
    return ReadingRules(section.get("sheet", str), tuple(rows), max(footer, 0), last_row, encoding, delimiter)


def _last_row(section: Section) -> int | None:
    row = section.get("last_row", int)
    if row is not None and row < 1:
        section.wrong("last_row", str(row), "1 or more", "count the rows of the file from 1")
    return row


def _dates(section: Section) -> str | None:
    value = section.get("dates", str)
    if value is None or value in ORDERS:
        return value
    if "%" in value:
        return check_date_format(section, "dates", value)
    section.wrong("dates", quoted(value), "iso, day_first, month_first or a strptime format", "correct the value")
    return None


def _missing(section: Section) -> tuple[str, ...]:
    values = section.get("missing", list, [])
    if all(is_kind(v, str) or is_kind(v, float) for v in values):
        return tuple(str(v).strip() for v in values)
    section.wrong("missing", quoted(values), "a list of cells", 'write it as ["-99", "n.a."]')
    return ()


def _where(section: Section) -> dict[str, tuple[str, ...]]:
    return {one_line(name): tuple(v.strip() for v in section.texts(name)) for name in section.values}


def _unpivot(section: Section, table: Table) -> Unpivot | None:
    section.only(("pattern", "value", "unit", "codes"))
    text, value = section.get("pattern", str, needed=True), section.get("value", str, needed=True)
    if text is None or value is None:
        return None
    if value not in table or table[value].dtype not in (NUMBER, WHOLE):
        numbers = [c.name for c in table.columns if c.dtype in (NUMBER, WHOLE)]
        section.wrong(
            "value", quoted(value), f"a number column of {table.name}", f"correct the name ({closest(value, numbers)})"
        )
        return None
    pattern = _pattern(section, "pattern", table, "(?P<side>R|L) (?P<trial_no>\\d)")
    if pattern is None:
        return None
    if value in pattern.groupindex:
        section.wrong("pattern", f"the group {quoted(value)}", "groups other than value", "rename the group")
    codes = read_codes(section.part("codes"), table)
    for name in codes.keys() - pattern.groupindex.keys():
        section.wrong("codes", quoted(name), "a group of the pattern", "remove it or name the group")
    return Unpivot(pattern, value, read_unit(section, table[value]), codes)


def _pattern(section: Section, key: str, table: Table, example: str) -> re.Pattern[str] | None:
    """A regular expression whose named groups are columns of the table; None and a problem where it is none."""
    text = section.get(key, str)
    if text is None:
        return None
    try:
        pattern = re.compile(text)
    except re.error as error:
        section.wrong(key, quoted(text), f"a regular expression ({error})", "correct the pattern")
        return None
    if not pattern.groupindex:
        section.wrong(key, "no named group", f"groups such as {example}", "name the parts")
    for group in pattern.groupindex:
        if group not in table:
            near = closest(group, [c.name for c in table.columns])
            section.wrong(key, f"the group {quoted(group)}", f"a column of {table.name}", f"correct it ({near})")
    return pattern


def _check_whole(section: Section, mapping: FileMapping) -> None:
    """What only shows when the parts are seen together."""
    _check_given_once(section, mapping)
    table, given = mapping.table, mapping.given
    elsewhere = {*_FOUND_ELSEWHERE.get(table.name, ()), *DEFAULTS.get(table.name, ())}
    if table.name == "training_sessions" and "start_utc" in given:
        elsewhere.add("date")
    for name in table.required:
        if name not in given | elsewhere:
            section.wrong(
                name,
                "nothing",
                f"where {name} comes from",
                f"map it in columns, or add it to set ({table[name].meaning})",
                "COLUMN",
            )
    in_path = mapping.from_path.groupindex.keys() if mapping.from_path else set()
    for name in mapping.codes.keys() - mapping.columns.keys() - in_path:
        section.wrong(
            f"codes.{name}", "codes for a column that is not mapped", "a column of this file", f"map {name} in columns"
        )
    for scale, needs in (
        ("rpe_scale", ("rpe",)),
        ("ostrc_version", tuple(f"ostrc_q{i}" for i in range(1, 5))),
        ("score_scale", ("score",)),
    ):
        if scale in table and given.intersection(needs) and scale not in given:
            section.wrong(
                scale, "nothing", f"the {scale.replace('_', ' ')} of the answers", f"add {scale} to set", "COLUMN"
            )
    if mapping.decimal is not None and mapping.decimal == mapping.thousands:
        section.wrong(
            "thousands", quoted(mapping.thousands), "another mark than decimal", "correct one of them", "DECIMAL"
        )


def _check_given_once(section: Section, mapping: FileMapping) -> None:
    groups = {*mapping.unpivot.pattern.groupindex, mapping.unpivot.value} if mapping.unpivot else set()
    groups |= mapping.from_path.groupindex.keys() if mapping.from_path else set()
    for name in (mapping.columns.keys() & mapping.constants.keys()) | (
        groups & (mapping.columns.keys() | mapping.constants.keys())
    ):
        section.wrong(name, "a column given twice", "one of columns, set and unpivot", "remove the others")
    generated = GENERATED_IDS.get(mapping.table.name)
    if generated in mapping.constants:
        section.wrong(
            generated, "a constant", "an id that differs from row to row", "remove it: ids are then generated"
        )
    derived = {"hip_work": "in_library"}.get(mapping.table.name)
    if derived in mapping.given:
        section.wrong(derived, "a mapped column", "nothing: it is found from the exercise", "remove it")
