"""A folder of exports to validated tables: the one door through which foreign data comes in."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.sources.arrow_texts import decoded, missing_texts, numbered, renamed
from analysis.sources.assemble import Ledger, Rows, assemble
from analysis.sources.athletes import check_athletes, derive_athletes, join_ids, typed_athletes
from analysis.sources.checks import (
    check_injuries,
    check_ostrc,
    check_reports,
    check_rpe,
    check_scores,
    check_windows,
    match_to_library,
    warn_far_dates,
    warn_slow_top_speed,
    warn_unusual_pace,
)
from analysis.sources.double_sessions import settle_double_sessions
from analysis.sources.duplicates import settle_duplicates, warn_double_sessions
from analysis.sources.files import MAY_BE_EMPTY, Told, read_pieces, tell_nobody
from analysis.sources.id_streams import check_streams
from analysis.sources.many_records import renamed_records
from analysis.sources.mapping import COHORT_FILE, GENERATED_IDS, CohortMapping
from analysis.sources.problems import Problem
from analysis.sources.processed import other_key_than_before
from analysis.sources.pseudonyms import (
    athlete_pseudonyms,
    key_fingerprint,
    rater_pseudonyms,
    read_key,
)
from analysis.sources.read_mapping import read_mapping
from analysis.sources.repeats import FEW, repeated
from analysis.sources.windows import STREAM_DATES, add_windows, warn_outside
from analysis.study import Study
from analysis.tables import OBSERVATION_WINDOWS, RAW_TABLES, Table
from analysis.tables.declare import TEXT

_CHECKS: dict[str, tuple[Callable[[Rows], None], ...]] = {
    "training_sessions": (
        check_rpe,
        settle_double_sessions,
        warn_double_sessions,
        warn_far_dates,
        warn_unusual_pace,
        warn_slow_top_speed,
    ),
    "hip_work": (match_to_library, warn_far_dates),
    "hip_assessments": (check_scores,),
    "weekly_reports": (check_ostrc, check_reports, warn_far_dates),
    "injuries": (check_injuries,),
    "observation_windows": (check_windows,),
}
_FIRST_DATES = {
    "training_sessions": "date",
    "hip_work": "date",
    "hip_assessments": "date",
    "weekly_reports": "week_start",
}
_OTHER_DATES = {"injuries": "onset_date", "observation_windows": "start_date"}
"""Looked at only where no row of the first kind is dated: an injury may lie years before the study."""


_VALIDATED_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Cohort:
    """A cohort as read.

    `tables` holds the tables that have rows (and injuries, without rows, where a file says that there were none), each
    passing its pandera schema, ids as pseudonyms. `start` is the Monday week 0 begins (NaT only with errors). `dropped`
    counts rows left out (table, file, reason, n_rows); `inputs` is file -> sha256; `key_fingerprint` tells whether two
    runs made pseudonyms under one key. Where there are errors the tables lack the rows at fault and must not be
    analysed.
    """

    name: str
    timezone: str
    start: pd.Timestamp
    tables: dict[str, pd.DataFrame]
    problems: tuple[Problem, ...]
    dropped: pd.DataFrame
    inputs: dict[str, str]
    key_fingerprint: str

    def has(self, table: str) -> bool:
        """Whether that table was read; injuries may be there without rows, which says that there were none."""
        return table in self.tables

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that stop a run."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that do not stop a run."""
        return tuple(p for p in self.problems if p.severity == "warning")

    @property
    def decisions(self) -> tuple[Problem, ...]:
        """What was concluded from the files, and on which evidence."""
        return tuple(p for p in self.problems if p.severity == "decision")


def read_cohort(folder: Path, study: Study, tell: Told = tell_nobody) -> Cohort:
    """Read every file that `folder`/cohort.toml names, check all of it, and say everything that is wrong at once.

    `folder` is data/raw/<cohort>; the key of the pseudonyms is in data/. `tell` hears how
    far a large file is read. Bad data never raises: see `Cohort.problems`.
    Raises `InputError` where there is no folder, cohort.toml cannot be read, or the key can be neither read nor made.
    """
    mapping, mistakes = read_mapping(folder)
    ledger = Ledger(list(mistakes))
    data = folder.resolve().parent.parent
    key = mapping.pseudonym_key.encode() if mapping.pseudonym_key else read_key(data)
    ledger.problems += other_key_than_before(data / "processed" / folder.name, key)
    pieces, inputs = read_pieces(folder, mapping, ledger, tell)
    typed = typed_athletes(mapping, ledger)
    pieces["athletes"] = ([typed] if typed else []) + pieces["athletes"]
    all_rows = {name: assemble(table, pieces[name], ledger) for name, table in RAW_TABLES.items()}
    join_ids(all_rows, mapping.same_athlete, ledger)
    _settle_athletes(all_rows, mapping, ledger)
    start = _start(all_rows, mapping, ledger)
    for name, rows in all_rows.items():
        for check in _CHECKS.get(name, ()):
            check(rows)
        settle_duplicates(rows, mapping.same_athlete)
    given = all_rows["observation_windows"].frame
    for stream, (table, _, _) in STREAM_DATES.items():
        warn_outside(all_rows[table], stream, OBSERVATION_WINDOWS.tidy(given))
    tables = _tidy_tables(all_rows)
    tables = _with_windows(tables, study, ledger)
    tables = _pseudonymised(tables, key)
    inputs = {COHORT_FILE: hashlib.sha256((folder / COHORT_FILE).read_bytes()).hexdigest(), **inputs}
    return Cohort(
        mapping.name,
        mapping.timezone.key,
        start,
        tables,
        tuple(dict.fromkeys(ledger.problems)),
        ledger.dropped_frame(),
        inputs,
        key_fingerprint(key),
    )


def _settle_athletes(all_rows: dict[str, Rows], mapping: CohortMapping, ledger: Ledger) -> None:
    """Check ids against the athletes table; without one, the ids seen make it.

    Where the athletes table was to be fed and could not be read, that is a problem already and ids are not checked.
    """
    if len(all_rows["athletes"]):
        check_athletes(all_rows, ledger)
        return
    intended = mapping.athletes or any(f.table.name == "athletes" for f in mapping.files)
    mistaken = any(p.file == COHORT_FILE and p.severity == "error" for p in ledger.problems)
    aside = Ledger() if intended or mistaken else ledger
    if aside is ledger:
        check_streams(all_rows)
    all_rows["athletes"] = replace(all_rows["athletes"], frame=derive_athletes(all_rows, aside))


def _start(all_rows: dict[str, Rows], mapping: CohortMapping, ledger: Ledger) -> pd.Timestamp:
    """Monday of the start given, else of the first dated row (injuries aside); hip tests without a date get it."""
    dates = _firsts(all_rows, _FIRST_DATES) or _firsts(all_rows, _OTHER_DATES)
    first = pd.Timestamp(mapping.start) if mapping.start else min((d for d in dates if pd.notna(d)), default=pd.NaT)
    start = (first - pd.Timedelta(days=first.weekday())).as_unit("us") if pd.notna(first) else pd.NaT
    undated = _date_tests(all_rows["hip_assessments"], start)
    if pd.isna(start) and not undated and not any(p.severity == "error" for p in ledger.problems):
        fix = "say start = 2026-01-05 (or your first day) in [cohort]"
        ledger.problems.append(_start_problem("error", "no dated row in any file", "a first week", fix))
    weekly = {t: c for t, c in _FIRST_DATES.items() if t != "hip_assessments"}
    before = min((d for d in _firsts(all_rows, weekly) if pd.notna(d) and d < start), default=None)
    if before is not None:
        found = f"{start:%Y-%m-%d}, after the first row on {before:%Y-%m-%d}"
        fix = "correct start, or leave it out; weeks before it get numbers below 0"
        ledger.problems.append(_start_problem("warning", found, "a first week that no row comes before", fix))
    return start


def _date_tests(tests: Rows, start: pd.Timestamp) -> bool:
    """Give hip tests without a date the start of the cohort, and say so; returns whether there were such tests."""
    undated = tests.frame.index[tests.frame["date"].isna()] if tests.has("date") else tests.frame.index
    if undated.empty:
        return False
    expected = "the day of the test"
    if pd.isna(start):
        fix = "say start in [cohort], or map date"
        tests.note(undated[0], "DATE", "date", "no dates in any file", expected, fix)
        tests.drop(undated, "no date")
        return True
    found = f"{len(undated)} values without a date: taken as {start:%Y-%m-%d}, the start of the cohort"
    fix = "nothing to do, or map date or add it to set"
    tests.note(undated[0], "DATE", "date", found, expected, fix, "decision")
    if "date" not in tests.frame:
        tests.frame["date"] = pd.Series(None, tests.frame.index, dtype=object)
    tests.frame.loc[undated, "date"] = start.to_pydatetime()
    return True


def _firsts(all_rows: dict[str, Rows], columns: dict[str, str]) -> list[pd.Timestamp]:
    return [pd.to_datetime(all_rows[t].frame[c]).min() for t, c in columns.items() if all_rows[t].has(c)]


def _start_problem(severity: str, found: str, expected: str, fix: str) -> Problem:
    return Problem(COHORT_FILE, "", "[cohort]", "start", "DATE", severity, found, expected, fix)


def _tidy_tables(all_rows: dict[str, Rows]) -> dict[str, pd.DataFrame]:
    """Frames as declared; ids that no file gives are numbered in the order of the files.

    A table that nobody has a row of, but was looked for, is there without rows: none is not the same as not known.
    """
    tables = {}
    for name, rows in all_rows.items():
        frame = rows.frame
        identity = GENERATED_IDS.get(name)
        if identity:
            frame = frame.assign(**{identity: _numbered_where_missing(frame, identity, name[0])})
        rows.frame = pd.DataFrame(columns=frame.columns)  # the rows are held once
        words = frame.select_dtypes("category").columns
        frame = frame.assign(**{word: decoded(frame[word]) for word in words})
        frame = frame.assign(**{word: missing_texts(frame.index) for word in _texts_not_given(rows)})
        if len(frame) or (name in MAY_BE_EMPTY and rows.pieces):
            tables[name] = rows.table.tidy(frame)
    return tables


def _texts_not_given(rows: Rows) -> list[str]:
    return [c.name for c in rows.table.columns if c.dtype == TEXT and c.name not in rows.frame]


def _numbered_where_missing(frame: pd.DataFrame, identity: str, prefix: str) -> pd.Series:
    if identity not in frame:
        return numbered(prefix, frame.index)
    given = frame[identity]
    return given.astype("str").fillna(numbered(prefix, frame.index)) if given.isna().any() else given


def _with_windows(tables: dict[str, pd.DataFrame], study: Study, ledger: Ledger) -> dict[str, pd.DataFrame]:
    given = tables.get("observation_windows", OBSERVATION_WINDOWS.empty())
    windows, decisions = add_windows(given, tables, study.observation_gap_days)
    ledger.problems += decisions
    return {**tables, "observation_windows": windows} if len(windows) else tables


def _pseudonymised(tables: dict[str, pd.DataFrame], key: bytes) -> dict[str, pd.DataFrame]:
    """Ids of athletes and records replaced; a generated number such as t17 names nobody but is replaced alike."""
    if "athletes" not in tables:
        return {}
    of_athletes = athlete_pseudonyms(tables["athletes"]["athlete_id"], key)
    done = {}
    for name in list(tables):
        frame = tables.pop(name)
        frame = frame.assign(athlete_id=renamed(frame["athlete_id"], of_athletes))
        identity = GENERATED_IDS.get(name)
        if identity:
            frame = frame.assign(**{identity: renamed_records(frame[identity], key, name[0])})
        if "rater" in frame:
            frame = frame.assign(rater=frame["rater"].map(rater_pseudonyms(frame["rater"], key)).astype("str"))
        done[name] = _validated(frame, RAW_TABLES[name])
    return done


def _validated(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The frame, which has passed the schema of its table: many rows in parts, their keys compared by `repeated`."""
    schema = table.schema()
    if len(frame) <= FEW:
        return schema.validate(frame)
    if not repeated(frame, table.keys).any():
        schema.unique = None
    for start in range(0, max(len(frame), 1), _VALIDATED_AT_ONCE):
        schema.validate(frame.iloc[start : start + _VALIDATED_AT_ONCE])
    return frame
