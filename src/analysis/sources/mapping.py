"""What cohort.toml says, once it has been checked: which file feeds which table, and how."""

import datetime as dt
import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from analysis.sources.id_style import IdStyle
from analysis.sources.raw_table import ReadingRules
from analysis.tables import Table

COHORT_FILE = "cohort.toml"
ASK = "ASK"
"""Stands in a proposed [[file]] for what only a person can know; never a value."""
ALWAYS_MISSING = ("", "NA", "NaN", "--", "-")
GENERATED_IDS = {"training_sessions": "session_id", "hip_work": "entry_id", "injuries": "injury_id"}
DEFAULTS: dict[str, dict[str, object]] = {
    "hip_assessments": {"trial_no": 1, "position": "unspecified"},
    "weekly_reports": {"side": "unspecified"},
}
"""What stands in a column that neither a file nor the mapping gives."""


@dataclass(frozen=True)
class SourceColumn:
    """Where the values of a table's column come from: a header (its `occurrence`-th, from 1), a unit, a date format.

    `to_monday` turns a date into the Monday of its week. `clock` is the header of the time of day, where it stands in
    a column of its own. `id_style` rewrites ids.
    """

    column: str
    occurrence: int | None = None
    unit: str | None = None
    format: str | None = None
    to_monday: bool = False
    clock: str | None = None
    id_style: IdStyle | None = None


@dataclass(frozen=True)
class Unpivot:
    """Wide columns made long: each header that `pattern` matches is one row, its named groups are table columns."""

    pattern: re.Pattern[str]
    value: str
    unit: str | None = None
    codes: dict[str, dict[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class FileMapping:
    """One [[file]] of cohort.toml (the `number`-th): what to read, how it is written, and where it goes.

    Names of `columns`, `codes` and `constants` (the key `set`) are columns of `table`; `where`, `needs` and
    `one_row_per` name headers of the file. Rows after the physical row `last_row`, and rows that are blank in all of
    `needs`, are left out.
    The groups of `from_path` are columns found in the path of each file, archive and member included.
    `None` in `decimal`, `thousands` and `dates` means: find out, with evidence. `dictionary` is the path of the data
    dictionary of a REDCap export, and `decimals` the decimal marks (header -> mark) that it settles.
    """

    number: int
    path: str
    table: Table
    timezone: ZoneInfo
    rules: ReadingRules = field(default_factory=ReadingRules)
    decimal: str | None = None
    thousands: str | None = None
    dates: str | None = None
    missing: frozenset[str] = frozenset(ALWAYS_MISSING)
    one_row_per: tuple[str, ...] = ()
    where: dict[str, tuple[str, ...]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    last_row: int | None = None
    duplicates: str | None = None
    constants: dict[str, object] = field(default_factory=dict)
    columns: dict[str, SourceColumn] = field(default_factory=dict)
    codes: dict[str, dict[str, object]] = field(default_factory=dict)
    unpivot: Unpivot | None = None
    from_path: re.Pattern[str] | None = None
    dictionary: str | None = None
    decimals: dict[str, str] = field(default_factory=dict)

    @property
    def given(self) -> set[str]:
        """Columns of the table that this file gives, by a header, a constant, the unpivot or its path."""
        groups = {*self.unpivot.pattern.groupindex, self.unpivot.value} if self.unpivot else set()
        in_path = self.from_path.groupindex if self.from_path else ()
        return {*self.columns, *self.constants, *groups, *in_path}


@dataclass(frozen=True)
class CohortMapping:
    """A whole cohort.toml: `athletes` are the rows typed there, `same_athlete` is other id -> the one that counts."""

    name: str
    timezone: ZoneInfo
    start: dt.date | None = None
    pseudonym_key: str | None = None
    same_athlete: dict[str, str] = field(default_factory=dict)
    athletes: tuple[dict[str, object], ...] = ()
    files: tuple[FileMapping, ...] = ()
