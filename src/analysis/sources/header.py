"""Where the columns that a mapping names stand in a file's header."""

from dataclasses import dataclass, field

from analysis.sources.mapping import FileMapping
from analysis.sources.problems import Problem, closest, quoted
from analysis.sources.raw_table import RawTable


@dataclass(frozen=True)
class Positions:
    """Positions in the header: of mapped columns and of their clocks by table column, of headers in `where`, `needs`
    and `one_row_per`, of the columns to unpivot; and what could not be found, as (header, times found).
    """

    columns: dict[str, int] = field(default_factory=dict)
    clocks: dict[str, int] = field(default_factory=dict)
    where: dict[str, int] = field(default_factory=dict)
    needs: tuple[int, ...] = ()
    one_row_per: tuple[int, ...] = ()
    unpivot: tuple[int, ...] = ()
    not_found: tuple[tuple[str, int], ...] = ()

    @property
    def all(self) -> list[int]:
        """Every position needed, once."""
        return sorted({*self.read, *self.where.values(), *self.needs, *self.one_row_per})

    @property
    def read(self) -> list[int]:
        """The positions whose cells become values."""
        return sorted({*self.columns.values(), *self.clocks.values(), *self.unpivot})


def find_positions(header: tuple[str, ...], mapping: FileMapping) -> Positions:
    """The positions of everything `mapping` names; a doubled header without an occurrence counts as not found."""
    not_found: list[tuple[str, int]] = []

    def find(name: str, occurrence: int | None = None) -> int | None:
        at = [p for p, h in enumerate(header) if h == name]
        if occurrence is None and len(at) == 1:
            return at[0]
        if occurrence is not None and occurrence <= len(at):
            return at[occurrence - 1]
        not_found.append((name, len(at)))
        return None

    columns = {c: find(source.column, source.occurrence) for c, source in mapping.columns.items()}
    clocks = {c: find(source.clock) for c, source in mapping.columns.items() if source.clock}
    where = {name: find(name) for name in mapping.where}
    needs = [find(name) for name in mapping.needs]
    per = [find(name) for name in mapping.one_row_per]
    wide = [p for p, h in enumerate(header) if mapping.unpivot and mapping.unpivot.pattern.fullmatch(h)]
    return Positions(
        {c: p for c, p in columns.items() if p is not None},
        {c: p for c, p in clocks.items() if p is not None},
        {n: p for n, p in where.items() if p is not None},
        tuple(p for p in needs if p is not None),
        tuple(p for p in per if p is not None),
        tuple(wide),
        tuple(dict.fromkeys(not_found)),
    )


def header_problems(raw: RawTable, mapping: FileMapping, positions: Positions) -> list[Problem]:
    """A problem for each header that is not there, or there more than once."""
    is_header = bool(positions.all)
    problems = [_not_found(raw, name, times, is_header) for name, times in positions.not_found]
    if mapping.unpivot and not positions.unpivot:
        pattern = quoted(mapping.unpivot.pattern.pattern)
        names = ", ".join(quoted(h) for h in raw.header[:8] if h) if is_header else "those it is for"
        problems.append(
            raw.problem(
                "COLUMN", f"no header that matches {pattern}", f"headers such as {names}", "correct unpivot.pattern"
            )
        )
    return problems


def _not_found(raw: RawTable, name: str, times: int, is_header: bool) -> Problem:
    """Where nothing of the mapping was found, the row may be no header, and its cells may name people: not shown."""
    if times == 0:
        fix = f"correct the name in {closest_hint(name, raw.header)}"
        if not is_header:
            fix = "say in header_rows which row has the column names, or correct the names in cohort.toml"
        return raw.problem("COLUMN", "no such column", f"a header {quoted(name)}", fix, column=name)
    fix = f"say {{ column = {quoted(name)}, occurrence = … }}, counted from 1"
    return raw.problem("HEADER", f"{times} columns of that name", "one, or an occurrence that exists", fix, column=name)


def closest_hint(name: str, header: tuple[str, ...]) -> str:
    """'cohort.toml' with the closest headers of the file."""
    hint = closest(name, header)
    return f"cohort.toml ({hint})" if hint else "cohort.toml"
