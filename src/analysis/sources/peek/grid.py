"""Where the table is on a sheet: title rows above it, one or two header rows, notes and totals below it."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from statistics import median

from analysis.hip.motions import fold
from analysis.sources.dates import parse_moment
from analysis.sources.numbers import Marks, parse_number

Row = tuple[int, list[object]]
"""Physical row number from 1, and the cells."""
_LOOKED_AT = 40
_TYPICAL = 500
_MOST_FOOTER = 10
_TOTALS = frozenset(
    fold(w)
    for w in (
        "total", "totals", "sum", "mean", "average", "median", "sd", "min", "max", "note", "notes", "summe", "gesamt",
        "mittelwert", "durchschnitt", "anzahl", "totaux", "somme", "moyenne", "suma", "promedio", "media", "totale",
        "somma", "totaal", "gemiddelde", "i alt", "gennemsnit", "legende", "legend",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Header rows (from 1; empty where no row looks like a header), rows of notes at the end, and the evidence."""

    header_rows: tuple[int, ...]
    header_evidence: str
    n_footer: int = 0
    footer_evidence: str = ""
    title: str = ""


def find_table(rows: list[Row]) -> Found:
    """The table among the rows of a sheet or text file."""
    filled = [(number, cells) for number, cells in rows if any(_said(c) for c in cells)]
    if not filled:
        return Found((), "nothing on it")
    top = filled[:_LOOKED_AT]
    widest = max(_n_filled(cells) for _, cells in top)
    least = max(min(2, widest), 0.5 * widest)
    at = next((i for i, (_, cells) in enumerate(top) if _n_filled(cells) >= least), 0)
    if not _is_header(top[at][1]):
        return Found((), f"row {top[at][0]} is the first that is filled, and it holds values, not names")
    lines = _header_lines(top, at)
    numbers = tuple(top[i][0] for i in lines)
    n_footer, told = _footer(filled[lines[-1] + 1 :])
    title = " ".join(str(c) for _, cells in top[: lines[0]] for c in cells if _said(c))
    return Found(numbers, _header_words(top, lines), n_footer, told, title)


def _header_words(top: list[Row], lines: list[int]) -> str:
    n = _n_filled(top[lines[-1]][1])
    above = f"; {lines[0]} title row{'s' if lines[0] > 1 else ''} above" if lines[0] else ""
    if len(lines) == 2:
        return f"group names in row {top[lines[0]][0]} over names in row {top[lines[1]][0]}{above}"
    return f"first row filled like a table: {n} names{above}"


def _header_lines(top: list[Row], at: int) -> list[int]:
    """One or two indices: the row of names, and a row of group names above or of units below."""
    names = top[at][1]
    if at > 0 and top[at - 1][0] == top[at][0] - 1 and _is_upper(top[at - 1][1], names, top[at + 1 :]):
        return [at - 1, at]
    if at + 2 < len(top) and top[at + 1][0] == top[at][0] + 1 and _is_lower(names, top[at + 1][1], top[at + 2 :]):
        return [at, at + 1]
    return [at]


def _is_upper(upper: list[object], names: list[object], below: list[Row]) -> bool:
    """Group names: texts over names that are blank or doubled."""
    if not _all_texts(upper) or _n_filled(upper) < 2:
        return False
    body = {p for _, cells in below for p, c in enumerate(cells) if _said(c)}
    nameless = {p for p in body if p >= len(names) or not _said(names[p])}
    named_above = {p for p, c in enumerate(upper) if _said(c)}
    doubled = max(Counter(fold(str(c)) for c in names if _said(c)).values(), default=0) > 1
    return bool(nameless & named_above) or doubled


def _is_lower(names: list[object], lower: list[object], below: list[Row]) -> bool:
    """Units or second names: texts (numbers of trials too, under fewer group names) over columns of values."""
    at = [p for p, c in enumerate(lower) if _said(c)]
    grouped = _n_filled(names) < len(at)
    if not at or not (_all_texts(lower) if grouped else not any(_is_value(lower[p]) for p in at)):
        return False
    columns = {p: [cells[p] for _, cells in below if p < len(cells) and _said(cells[p])] for p in at}
    of_values = [p for p, cells in columns.items() if cells and sum(map(_is_value, cells)) >= 0.8 * len(cells)]
    return len(of_values) >= 0.5 * len(at)


def _footer(body: list[Row]) -> tuple[int, str]:
    """How many rows at the end are notes or totals."""
    if len(body) < 3:
        return 0, ""
    typical = median(_n_filled(cells) for _, cells in body[:_TYPICAL])
    n = 0
    while n < min(_MOST_FOOTER, len(body) - 2) and _is_note(body[-1 - n][1], typical):
        n += 1
    if not n:
        return 0, ""
    places = f"row {body[-n][0]}" if n == 1 else f"rows {body[-n][0]} to {body[-1][0]}"
    return n, f"{places} hold a note or a total, where rows above hold about {typical:g} cells"


def _is_note(cells: list[object], typical: float) -> bool:
    first = next((str(c) for c in cells if _said(c)), "")
    lonely = _n_filled(cells) == 1 and typical >= 3 and not _is_value(first)
    return lonely or fold(first.rstrip(":")) in _TOTALS


def _is_header(cells: list[object]) -> bool:
    """Names: texts for the most part; small whole numbers (trials) may stand among them."""
    said = [c for c in cells if _said(c)]
    return sum(not _is_value(c) for c in said) >= 0.5 * len(said) or all(
        isinstance(c, str) and c.isdecimal() and len(c) == 1 for c in said if _is_value(c)
    )


def _all_texts(cells: list[object]) -> bool:
    return not any(_is_value(c) and not _is_trial(c) for c in cells if _said(c))


def _is_trial(cell: object) -> bool:
    return str(cell).removesuffix(".0").isdecimal() and len(str(cell).removesuffix(".0")) == 1


def _is_value(cell: object) -> bool:
    """A number or a date, typed or as text."""
    if isinstance(cell, (int, float, dt.date, dt.time, dt.timedelta)):
        return True
    text = str(cell).strip()
    number = any(parse_number(text, marks) is not None for marks in (Marks(".", ","), Marks(",", ".")))
    return number or parse_moment(text, "day_first") is not None or parse_moment(text, "month_first") is not None


def _said(cell: object) -> bool:
    return cell is not None and str(cell).strip() != ""


def _n_filled(cells: list[object]) -> int:
    return sum(_said(c) for c in cells)
