"""A peek as lines of text."""

from collections.abc import Iterator
from pathlib import Path

from analysis.sources.mapping import ASK
from analysis.sources.peek.toml_text import with_comment
from analysis.sources.peek.view import ColumnView, Conclusion, FileView, Peek, SheetView
from analysis.sources.problems import printable

_MOST_NAMES = 6
_MOST_NAMED = 40
_MOST_UNUSED_ALONE = 24
_MOST_PROBLEMS = 3
_MOST_ALIKE = 4


def peek_lines(seen: Peek) -> list[str]:
    """What was seen, file by file, and the proposed mapping last, as it goes into cohort.toml."""
    lines = [line for file in seen.files if not file.not_read for line in (*_file(file), "")]
    not_read = [f.not_read for f in seen.files if f.not_read]
    lines += ["not read:", *(f"  {why}" for why in not_read), ""] if not_read else []
    lines += ["across files:", *(f"  {_told(n)}" for n in seen.notes), ""] if seen.notes else []
    return [*(printable_line(line) for line in lines), *_mapping(seen)]


def printable_line(line: str) -> str:
    """The line with its blanks, and with nothing in it that a terminal obeys."""
    return "".join(c if c == " " else printable(c) if c.strip() else " " for c in line).rstrip()


def _file(file: FileView) -> Iterator[str]:
    n = len(file.names)
    yield f"{file.path}: {file.format}" + (f", {n} files alike" if n > 1 else "")
    if n > 1:
        more = f" and {n - _MOST_NAMES} more" if n > _MOST_NAMES else ""
        yield f"  files         {', '.join(file.names[:_MOST_NAMES])}{more}"
    if file.hidden:
        yield f"  hidden        {', '.join(file.hidden)}: hidden, not looked at"
    for sheet in file.sheets:
        yield from _sheet(sheet)


def _sheet(sheet: SheetView) -> Iterator[str]:
    n_used = sum(bool(c.feeds) for c in sheet.columns)
    name = f'sheet "{sheet.sheet}": ' if sheet.sheet else ""
    rows = f"{sheet.n_rows} row{'' if sheet.n_rows == 1 else 's'}"
    yield f"  {name}{rows}, {len(sheet.header)} columns" + (f", {n_used} of them used" if sheet.columns else "")
    for conclusion in sheet.conclusions:
        yield f"  {_told(conclusion)}"
    for problem in sheet.problems[:_MOST_PROBLEMS]:
        yield f"  trouble       {problem}"
    if len(sheet.problems) > _MOST_PROBLEMS:
        yield f"                … and {len(sheet.problems) - _MOST_PROBLEMS} more"
    used = [c for c in sheet.columns if c.feeds]
    unused = [c for c in sheet.columns if not c.feeds]
    width = min(max((len(_name(c)) for c in sheet.columns), default=0), 36)
    for column in _thinned(used):
        yield from _column(column, width) if isinstance(column, ColumnView) else [column]
    if unused:
        yield "  not used:"
    shown = unused if len(unused) <= _MOST_UNUSED_ALONE else [c for c in unused if c.kind != "blank"]
    for column in shown[:_MOST_UNUSED_ALONE]:
        yield from _column(column, width)
    rest = [_name(c) for c in unused if c not in shown[:_MOST_UNUSED_ALONE]]
    if rest:
        more = f" … and {len(rest) - _MOST_NAMED} more" if len(rest) > _MOST_NAMED else ""
        yield f"    and {', '.join(rest[:_MOST_NAMED])}{more}"
    yield from _tables(sheet)


def _thinned(columns: list[ColumnView]) -> Iterator[ColumnView | str]:
    """The columns; of many that feed the same, as wide ones do, the first two and a line about the others."""
    of_feeds: dict[tuple[str, ...], list[ColumnView]] = {}
    for column in columns:
        of_feeds.setdefault(column.feeds, []).append(column)
    for alike in of_feeds.values():
        yield from alike if len(alike) <= _MOST_ALIKE else alike[:2]
        if len(alike) > _MOST_ALIKE:
            yield f"    … and {len(alike) - 2} columns more like these, up to {_name(alike[-1])}"


def _tables(sheet: SheetView) -> Iterator[str]:
    if sheet.blocks:
        n_asked = sum(len(b.asks) for b in sheet.blocks)
        tables = ", ".join(dict.fromkeys(b.table for b in sheet.blocks))
        yield f"  proposed      {tables}" + (
            f"; {n_asked} question{'s' if n_asked > 1 else ''}" if n_asked else "; nothing to ask"
        )
    elif sheet.columns:
        headers = ", ".join(h for h in sheet.header if h)
        yield f"  proposed      nothing: no table fits these headers ({headers[:300]})"


def _name(column: ColumnView) -> str:
    name = column.header or "(no header)"
    return f"{name} (no. {column.occurrence})" if column.occurrence else name


def _column(column: ColumnView, width: int) -> Iterator[str]:
    said = column.masked or ", ".join(column.examples) or "no value"
    where = f"  -> {', '.join(column.feeds)}" if column.feeds else ""
    yield f"    {_name(column):<{width}}  {column.kind:<17}  {said}{where}"
    for conclusion in column.conclusions:
        yield f"    {'':<{width}}    {_told(conclusion, 0)}"


def _told(conclusion: Conclusion, width: int = 14) -> str:
    value = "asked" if conclusion.asked and conclusion.value == ASK else conclusion.value
    why = f" ({conclusion.evidence})" if conclusion.evidence else ""
    mark = "" if not conclusion.asked or value == "asked" else ", asked"
    return f"{conclusion.what:<{width}}{value}{mark}{why}" if width else f"{conclusion.what}: {value}{mark}{why}"


def _mapping(seen: Peek) -> list[str]:
    """The proposed cohort.toml of a folder, or the blocks of a file."""
    if not seen.blocks:
        return []
    n_asked = sum(len(b.asks) for b in seen.blocks) + seen.is_folder
    head = f"# Proposed for cohort.toml{'' if seen.is_folder else ', beside the file'}."
    asks = (
        f" Each {ASK} is a question, {n_asked} in all: `hiprun check` goes on when they are answered."
        if n_asked
        else ""
    )
    return [head + asks, "", *cohort_toml(seen).splitlines()]


def cohort_toml(seen: Peek) -> str:
    """The proposed mapping as text: a whole cohort.toml for a folder, [[file]] blocks for a file."""
    top = ""
    if seen.is_folder:
        name = Path(seen.path).resolve().stem.replace("\\", "/").replace('"', "'")
        zone = with_comment(f'timezone = "{ASK}"', f'{ASK}: the zone your weeks start in, such as "Europe/Berlin"')
        top = f'[cohort]\nname = "{name}"\n{zone}\n\n'
    return top + "\n\n".join(b.text for b in seen.blocks) + "\n"
