"""Lines of a block that hold for the whole file: decimal mark, order of dates, missing cells, time zone."""

import datetime as dt

import numpy as np

from analysis.sources.dates import find_order, has_short_year, parse_moment
from analysis.sources.numbers import Marks, other_mark, parse_number
from analysis.sources.peek.profile import BLANK, DATE, NUMBER, SENTINELS, Profile
from analysis.sources.peek.toml_text import Lines, value_text
from analysis.sources.peek.view import ASK, Conclusion
from analysis.sources.problems import quoted
from analysis.sources.raw_table import RawTable
from analysis.tables import Table

_SPARSE = 0.2


def decimal_of(numbers: list[Profile]) -> Conclusion | None:
    """The decimal mark of the number columns: a comma that they prove, or a question; None for a point, or where each
    column proves its own.
    """
    proved = {p.position: p.decimal.proves for p in numbers if p.decimal.proves}
    both = next((p for p in numbers if len(p.decimal.proves) == 2), None)
    if both is not None:
        cells = " and ".join(both.shown(c) for c in both.decimal.proves.values())
        return Conclusion("decimal mark", ASK, f'"." or ","? {cells} in one column: mend them', asked=True)
    marks = {mark for proofs in proved.values() for mark in proofs}
    unclear = [p for p in numbers if p.decimal.open_cell and not p.decimal.proves]
    if unclear and len(marks) != 1:
        p = unclear[0]
        cell = p.decimal.open_cell
        mark = "." if "." in cell else ","
        small = parse_number(cell, Marks(mark, other_mark(mark)))
        said = f'"." or ","? {p.shown(cell)} ("{p.header}"): {small:g} or {small * 1000:g}'
        return Conclusion("decimal mark", ASK, said, asked=True)
    if marks == {","}:
        p = next(p for p in numbers if p.decimal.proves)
        return Conclusion("decimal mark", ",", f'{p.shown(p.decimal.proves[","])} ("{p.header}")')
    return None


def order_of(dates: list[Profile]) -> Conclusion | None:
    """The order of day and month in the file, with the cell that proves it, or a question; None where all begin with
    the year or are a spreadsheet's own.
    """
    texts = [(p, t) for p in dates for t in p.untyped]
    short = next(((p, t) for p, t in texts if has_short_year(t)), None)
    order = find_order(t for _, t in texts)
    if order.name == "iso" and short is None:
        return None
    if order.name is not None and (short is None or "." in short[1]):
        cell = order.cells[0] if order.cells else next(t for _, t in texts)
        p = next(p for p, t in texts if t == cell)
        return Conclusion("date order", order.name, p.shown(cell))
    cells = order.cells or (short[1],)
    p = next(p for p, t in texts if t == cells[0])
    why = "both orders occur: mend the dates" if len(cells) > 1 else "which no date of the file settles"
    if short is not None and order.name is not None:
        why = "the year has two digits"
    return Conclusion("date order", ASK, f"day_first or month_first? {p.shown(cells[-1])}, {why}", asked=True)


def date_conclusions(profile: Profile) -> list[Conclusion]:
    """What one date column says about its order."""
    found = order_of([profile])
    if found is not None:
        return [found]
    if profile.native:
        return [Conclusion("date order", "typed", "the spreadsheet's own dates")]
    if not profile.texts:
        return []
    first = profile.texts[0]
    return [Conclusion("date order", "year first" if first[:4].isdigit() else "month by name", profile.shown(first))]


def missing_codes(profiles: list[Profile], table: Table, columns: dict[int, str]) -> list[Conclusion]:
    """Cells that mean "no value" besides the usual ones: words among numbers, and numbers far outside what is possible
    that no other column could hold.
    """
    found: dict[str, Conclusion] = {}
    for p in profiles:
        for text in p.missing:
            place = p.raw.place(p.missing[text], p.position)
            found.setdefault(text, Conclusion("missing code", text, f'{place} has {quoted(text)} ("{p.header}")'))
        for text in _sentinels(p, table, columns):
            if not any(_holds(q, text, table, columns) for q in profiles if q is not p):
                found.setdefault(
                    text, Conclusion("missing code", text, f'{p.shown(text)} ("{p.header}"), not possible there')
                )
    return list(found.values())


def _sentinels(profile: Profile, table: Table, columns: dict[int, str]) -> list[str]:
    if profile.kind != NUMBER or not (_is_odd_number(profile)):
        return []
    declared = table[columns[profile.position]] if profile.position in columns else None
    low = -np.inf if declared is None or declared.minimum is None else declared.minimum
    high = np.inf if declared is None or declared.maximum is None else declared.maximum
    return [t for t in profile.texts if (n := profile.number_in(t)) in SENTINELS and not low <= n <= high]


def _is_odd_number(profile: Profile) -> bool:
    return bool(np.isin(profile.numbers, SENTINELS).any())


def _holds(profile: Profile, text: str, table: Table, columns: dict[int, str]) -> bool:
    """Whether the cell stands in another column where it may be a value."""
    return text in profile.texts and text not in _sentinels(profile, table, columns)


def has_clock_times(profile: Profile) -> str | None:
    """A date cell with a clock time other than midnight and without an offset; None without one."""
    if profile.kind != DATE:
        return None
    for text in profile.texts[:500]:
        native = profile.native.get(text)
        at = native if isinstance(native, dt.datetime) else None
        moment = parse_moment(text, "day_first") or parse_moment(text, "month_first")
        if at is None and moment is not None and moment.has_clock:
            at = moment.at
        if at is not None and at.time() != dt.time() and at.tzinfo is None:
            return text
    return None


def sparse(payload: list[Profile], raw: RawTable) -> int:
    """How many rows are blank in all payload columns, if these are a fifth of the rows or more; else 0."""
    payload = [p for p in payload if p.kind != BLANK]
    if not payload or not len(raw):
        return 0
    blank = np.ones(len(raw), dtype=bool)
    for p in payload:
        blank &= ~np.isin(raw.cells[p.position].astype(str), p.texts)
    return int(blank.sum()) if blank.sum() >= _SPARSE * len(raw) else 0


def write_file_lines(lines: Lines, told: list[Conclusion | None]) -> None:
    """The lines of decimal mark, date order, time zone and missing codes."""
    keys = {"decimal mark": "decimal", "date order": "dates", "time zone": "timezone"}
    missing = [c for c in told if c is not None and c.what == "missing code"]
    for conclusion in told:
        if conclusion is not None and conclusion.what in keys:
            value = value_text(conclusion.value)
            lines.add(keys[conclusion.what], value, conclusion.evidence, asked=conclusion.asked)
    if missing:
        lines.add("missing", value_text([c.value for c in missing]), missing[0].evidence)
