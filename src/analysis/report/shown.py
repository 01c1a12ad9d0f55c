"""Tables as people see them: text cells, an estimate with its limits in one column, marks explained."""

import re
from dataclasses import dataclass

import pandas as pd

from analysis.report.format import column, interval, number, p_value, shared_decimals
from analysis.report.gate import SafeTable
from analysis.report.labels import heading, with_limits, with_quartiles
from analysis.report.suppress import NOT_SETTLED, WITHHELD

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NO_BREAK = "\u00a0"


@dataclass(frozen=True)
class Column:
    """A table column as shown; `numeric` columns are set flush right."""

    label: str
    numeric: bool


@dataclass(frozen=True)
class ShownTable:
    """A table as shown: `rows` of (text, kind), kind "" or "withheld"; `note` explains the marks."""

    label: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]
    note: str
    kind: str = "table"


APPENDIX = "Table A"
APPENDIX_FIGURE = "Figure A"


class Numbers:
    """Runs through "Table 1", "Table 2", "Figure 1", in the appendix "Table A1", "Figure A1", in the order shown."""

    def __init__(self) -> None:
        self._last = {"Table": 0, "Figure": 0, APPENDIX: 0, APPENDIX_FIGURE: 0}

    def next(self, kind: str) -> str:
        self._last[kind] += 1
        return f"{kind}{'' if kind in (APPENDIX, APPENDIX_FIGURE) else ' '}{self._last[kind]}"


def show_table(table: SafeTable, label: str, level: float) -> ShownTable:
    """The table as text: an estimate with its limits and a median with its quartiles in one column each.

    Numbers of a column have the same decimals.
    """
    marks = table.marks
    frame = table.frame.mask(marks != "")
    limits, quartiles = with_limits(list(frame.columns)), with_quartiles(list(frame.columns))
    spans = quartiles | limits
    inside = {c for pair in spans.values() for c in pair}
    columns, texts = [], []
    for name in [c for c in frame.columns if c not in inside]:
        parts = [name, *spans.get(name, ())]
        what = f" ({100 * level:g} % interval)" if name in limits else " (quartiles)" if name in quartiles else ""
        columns.append(Column(heading(name) + what, _is_number(frame[name])))
        text = _interval_texts(frame, parts) if name in spans else _texts(frame[name])
        hidden = [next(filter(None, row), "") for row in marks[parts].itertuples(index=False, name=None)]
        texts.append([(m, WITHHELD) if m else (t, "") for t, m in zip(text, hidden, strict=True)])
    return ShownTable(label, table.caption, tuple(columns), tuple(zip(*texts, strict=True)), _note(marks))


def plain_table(
    label: str, caption: str, names: tuple[str, ...], rows: list[tuple[str, ...]], numeric: set[int]
) -> ShownTable:
    """A table whose cells are text already; the columns at `numeric` are set flush right."""
    columns = tuple(Column(n, i in numeric) for i, n in enumerate(names))
    cells = tuple(tuple((c, WITHHELD if c == WITHHELD else "") for c in row) for row in rows)
    return ShownTable(label, caption, columns, cells, "")


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype)


def _texts(values: pd.Series) -> list[str]:
    if values.name == "p_value":
        return [p_value(v) for v in values]
    if _is_number(values):
        return column(list(values))
    return [_short_day(number(v)) for v in values.astype(object)]


def _short_day(text: str) -> str:
    """An ISO date as "5 Jan 2026", kept on one line; other text as it is."""
    if not ISO_DAY.fullmatch(text):
        return text
    date = pd.Timestamp(text)
    return f"{date.day}{NO_BREAK}{date:%b}{NO_BREAK}{date.year}"


def _interval_texts(frame: pd.DataFrame, parts: list[str]) -> list[str]:
    rows = list(frame[parts].itertuples(index=False, name=None))
    decimals = {shared_decimals(row) for row in rows}
    common = max(decimals) if decimals and max(decimals) - min(decimals) <= 1 else None
    return [interval(*row, decimals=common) for row in rows]


def _note(marks: pd.DataFrame) -> str:
    used = {str(m) for m in marks.to_numpy().ravel() if m}
    notes = []
    small = sorted(m for m in used if m.startswith("<"))
    if small:
        notes.append(f"{small[0]}: fewer than {small[0][1:]} runners or cases, not shown.")
    if any(m.startswith("≥") for m in used):
        notes.append("≥: hidden so that a small count cannot be worked out.")
    if WITHHELD in used:
        notes.append("withheld: would give a hidden count away or rests on too few.")
    if NOT_SETTLED in used:
        notes.append("not settled: the model did not converge, so it has no result.")
    return " ".join(notes)
