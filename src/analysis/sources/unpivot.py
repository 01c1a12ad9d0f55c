"""What the headers of wide columns say: side, motion, trial."""

from dataclasses import dataclass

from analysis.sources.convert import Wrong, read_word
from analysis.sources.mapping import FileMapping
from analysis.sources.problems import Problem, quoted
from analysis.sources.raw_table import RawTable
from analysis.tables import Column
from analysis.tables.declare import NUMBER, WHOLE

_MOST_DIGITS = 9


@dataclass(frozen=True)
class WideHeader:
    """A wide column: its position, and the value of each table column that its header gives."""

    position: int
    groups: dict[str, object]


def wide_headers(
    raw: RawTable, mapping: FileMapping, positions: tuple[int, ...], problems: list[Problem]
) -> list[WideHeader]:
    """The headers at `positions`, their parts read through the codes; one whose part is unknown is a problem."""
    read = (_read(raw, mapping, position, problems) for position in positions)
    return [header for header in read if header is not None]


def _read(raw: RawTable, mapping: FileMapping, position: int, problems: list[Problem]) -> WideHeader | None:
    """An optional part of the pattern that is not in the header is left to the default of its column."""
    parts = mapping.unpivot.pattern.fullmatch(raw.header[position]).groupdict()
    groups = {}
    for name, text in parts.items():
        if text is None:
            continue
        value = read_part(text.strip(), mapping.table[name], mapping.unpivot.codes.get(name, {}))
        if isinstance(value, Wrong):
            fix = value.fix.replace("file.codes", "file.unpivot.codes").replace("the cell", "the header")
            problems.append(
                raw.problem(value.code, f"{quoted(text)} as {name}", value.expected, fix, position=position)
            )
            return None
        groups[name] = value
    return WideHeader(position, groups)


def read_part(text: str, declared: Column, codes: dict[str, object]) -> object:
    """What a part of a header stands for: a word, or a whole number in its column's bounds; else a `Wrong`."""
    if declared.dtype not in (NUMBER, WHOLE) or codes:
        return read_word(text, declared, codes)
    if not text.isdecimal() or len(text) > _MOST_DIGITS:
        return Wrong("NUMBER", f"a number for {declared.name}", "correct unpivot.pattern")
    value = int(text)
    low, high = declared.minimum, declared.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return Wrong("RANGE", f"{declared.name} from {low:g} to {high:g}", "correct the header, or unpivot.pattern")
    return value
