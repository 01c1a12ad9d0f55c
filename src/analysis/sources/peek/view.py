"""What was seen in a file, and what was concluded from it: plain data, ready to be shown."""

import re
from dataclasses import dataclass

from analysis.sources.mapping import ASK

_QUESTION = re.compile(rf"\b{ASK}( \w+)?: ")


@dataclass(frozen=True)
class Conclusion:
    """One thing concluded about a file or column, on which evidence; `asked` where the file does not tell."""

    what: str
    value: str
    evidence: str
    asked: bool = False


@dataclass(frozen=True)
class ColumnView:
    """One column as seen. `examples` are up to three distinct cells, none where the column may tell who a person is
    (`masked` then says why). `feeds` are the table columns it is proposed for, as "table.column".
    """

    header: str
    occurrence: int | None
    kind: str
    n_filled: int
    n_distinct: int
    examples: tuple[str, ...]
    masked: str | None = None
    feeds: tuple[str, ...] = ()
    conclusions: tuple[Conclusion, ...] = ()


@dataclass(frozen=True)
class Block:
    """A proposed [[file]] of cohort.toml for one table, or several; lines that ask end in "# ASK: …"."""

    table: str
    text: str
    evidence: str = ""

    @property
    def asks(self) -> tuple[str, ...]:
        """The lines that ask, in order: "unit of distance_km: km or mi? …"."""
        return tuple(_asked(line) for line in self.text.splitlines() if f'"{ASK}"' in line)


def _asked(line: str) -> str:
    """The key of a line and what its comment asks."""
    key, _, comment = line.partition("#")
    question = _QUESTION.sub(lambda m: m[1].strip() + ": " if m[1] else "", comment.strip(), count=1)
    return f"{key.split('=')[0].strip()}: {question or 'what does it stand for?'}"


@dataclass(frozen=True)
class SheetView:
    """One table found in a file: what was concluded about the file, its columns, and what is proposed."""

    sheet: str
    header: tuple[str, ...]
    n_rows: int
    conclusions: tuple[Conclusion, ...]
    columns: tuple[ColumnView, ...]
    blocks: tuple[Block, ...]
    problems: tuple[str, ...] = ()

    @property
    def unused(self) -> tuple[str, ...]:
        """Headers of columns that no proposed block uses."""
        return tuple(c.header or "(no header)" for c in self.columns if not c.feeds)


@dataclass(frozen=True)
class FileView:
    """One file, or several alike: their `names`, format in words, sheets, hidden sheets, or why it is not read."""

    names: tuple[str, ...]
    path: str
    format: str
    sheets: tuple[SheetView, ...] = ()
    hidden: tuple[str, ...] = ()
    not_read: str = ""


@dataclass(frozen=True)
class Peek:
    """What a file or folder is. `notes` concern several files (links between them, ids that differ in style)."""

    path: str
    is_folder: bool
    files: tuple[FileView, ...]
    notes: tuple[Conclusion, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All proposed blocks, in the order of the files."""
        return tuple(block for file in self.files for sheet in file.sheets for block in sheet.blocks)
