"""Exports that are recognised by the names in their header; their blocks stand in data files (`known/*.toml`)."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from analysis.hip.motions import fold
from analysis.sources.mapping import ASK
from analysis.sources.peek.look import Look
from analysis.sources.peek.toml_text import quoted_text, value_text, with_comment
from analysis.sources.peek.view import Block, Conclusion

_HEADER_KEYS = ("where",)
_HEADER_LISTS = ("one_row_per", "needs")


@dataclass(frozen=True)
class Known:
    """One generation or language of a known export: its name, the headers that identify it, its block, and notes."""

    name: str
    headers: tuple[str, ...]
    block: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class KnownFound:
    """A known export found in a file: its block filled in (None where no table takes it), how many columns it maps,
    position -> "table.column", and notes.
    """

    block: Block | None
    n_columns: int
    feeds: dict[int, list[str]]
    conclusions: tuple[Conclusion, ...]


@cache
def packaged() -> tuple[Known, ...]:
    """The known exports that come with hiprun."""
    return read_known(resources.files(__package__).joinpath("known").iterdir())


def read_known(files: Iterable[Traversable]) -> tuple[Known, ...]:
    """The layouts of some data files, in the order of their names."""
    read = []
    for file in sorted(files, key=lambda f: f.name):
        if file.name.endswith(".toml"):
            said = tomllib.loads(file.read_text(encoding="utf-8"))
            read += [
                Known(said["name"], tuple(x["headers"]), x["block"], tuple(x.get("notes", ()))) for x in said["layout"]
            ]
    return tuple(read)


def find_known(
    known: Iterable[Known], look: Look, path: str, athlete: str | None = None, from_path: str | None = None
) -> KnownFound | None:
    """The known export whose headers are all there; of several the one with the most.

    `athlete` is a header that holds ids, `from_path` a pattern by which the path tells the athlete; either answers a
    question for it.
    """
    header = {fold(h) for h in look.raw.header if h}
    fitting = [k for k in known if {fold(h) for h in k.headers} <= header]
    if not fitting:
        return None
    best = max(fitting, key=lambda k: len(k.headers))
    filled = _Filled(look, path, athlete, from_path)
    text = filled.block(best.block)
    said = Conclusion("known export", best.name, f"its header has {', '.join(best.headers[:6])}")
    notes = tuple(Conclusion("note", note, "known export") for note in best.notes)
    tables = " and ".join(dict.fromkeys(filled.tables))
    columns = [c for named in filled.feeds.values() for c in named]
    most = max(Counter(c.split(".")[0] for c in dict.fromkeys(columns)).values(), default=0)
    block = Block(tables, text, best.name) if filled.tables else None
    return KnownFound(block, most, filled.feeds, (said, *notes))


@dataclass
class _Filled:
    """A known block fitted to a file: lines that name a header the file has not are left out."""

    look: Look
    path: str
    athlete: str | None = None
    from_path: str | None = None
    tables: list[str] = field(default_factory=list)
    feeds: dict[int, list[str]] = field(default_factory=dict)
    _section: str = ""
    _dropped: set[str] = field(default_factory=set)
    _answered: bool = False

    def block(self, text: str) -> str:
        """The block's text with the path, the headers as the file spells them, and how the file is written."""
        lines = []
        for line in text.strip().splitlines():
            lines += self._line(line)
        return "\n".join(lines)

    def _line(self, line: str) -> list[str]:
        if line.startswith("["):
            self._section = line.split("]")[0].strip("[] ")
            if line.startswith("[["):
                self._section, self._dropped, self._answered = "", set(), False
            if self._section == "file.columns" and self._answered and self.athlete:
                return [line, *self._column(f"athlete_id = {quoted_text(self.athlete)}", "athlete_id", self.athlete)]
            return [] if self._of_dropped() else [line]
        if self._of_dropped():
            return []
        code, comment = _split_comment(line.replace("{path}", self.path.replace("\\", "\\\\").replace('"', '\\"')))
        try:
            said = tomllib.loads(code)
        except tomllib.TOMLDecodeError:
            return [line]
        if not said:
            return [line]
        key, value = next(iter(said.items()))
        return self._fitted(line if "{path}" not in line else code + (f"  # {comment}" if comment else ""), key, value)

    def _of_dropped(self) -> bool:
        return any(self._section == f"file.codes.{c}" for c in self._dropped)

    def _fitted(self, line: str, key: str, value: object) -> list[str]:
        """The line, or none where it names a header that is not there."""
        if self._section == "" and key == "path":
            return [line]
        if self._section == "" and key == "table":
            self.tables.append(str(value))
            written = [f"{k} = {value_text(v)}" for k, v in self.look.rules.items()]
            return [line, *written]
        if self._section == "" and key == "set" and value.get("athlete_id") == ASK and (self.athlete or self.from_path):
            return self._without_athlete(line, value)
        if self._section == "file.columns":
            return self._column(line, key, value)
        if self._section == "file.where" or (self._section == "" and key in _HEADER_KEYS):
            headers = list(value) if isinstance(value, dict) else [key]
            return [line] if all(self._position(h) is not None for h in headers) else []
        if self._section == "" and key in _HEADER_LISTS:
            headers = [value] if isinstance(value, str) else list(value)
            return [line] if all(self._position(h) is not None for h in headers) else []
        return [line]

    def _without_athlete(self, line: str, constants: dict[str, object]) -> list[str]:
        """The line of constants without the athlete, whom a column or the path tells."""
        self._answered = True
        kept = ", ".join(f"{k} = {value_text(v)}" for k, v in constants.items() if k != "athlete_id")
        asked = [part for part in _split_comment(line)[1].split("; ") if not part.startswith(f"{ASK} athlete_id")]
        lines = [with_comment(f"set = {{ {kept} }}", "; ".join(asked) if ASK in kept else "")] if kept else []
        told = [] if self.athlete else [with_comment(f"from_path = '{self.from_path}'", "the folder names the athlete")]
        return [*told, *lines]

    def _column(self, line: str, key: str, value: object) -> list[str]:
        source = {"column": value} if isinstance(value, str) else dict(value)
        position = self._position(source["column"], source.get("occurrence", 1))
        if position is None:
            self._dropped.add(key)
            return []
        self.feeds.setdefault(position, []).append(f"{self.tables[-1] if self.tables else ''}.{key}")
        spelt = self.look.raw.header[position]
        return [line.replace(quoted_text(source["column"]), quoted_text(spelt), 1)]

    def _position(self, header: str, occurrence: int = 1) -> int | None:
        at = [p for p, h in enumerate(self.look.raw.header) if fold(h) == fold(header)]
        return at[occurrence - 1] if len(at) >= occurrence else None


def _split_comment(line: str) -> tuple[str, str]:
    """A line without its comment, and the comment; a # in quotes is none."""
    quote = ""
    for i, c in enumerate(line):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c == "#":
            return line[:i].rstrip(), line[i + 1 :].strip()
    return line, ""
