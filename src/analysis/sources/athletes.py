"""Who the rows are about: athletes typed in cohort.toml, two ids of one person, ids nobody knows."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.sources.assemble import RAW_ID, Ledger, Rows
from analysis.sources.id_streams import style_fix, style_pairs
from analysis.sources.id_style import find_style
from analysis.sources.mapping import COHORT_FILE, CohortMapping, FileMapping, SourceColumn
from analysis.sources.piece import Piece, read_piece
from analysis.sources.problems import Problem, closest, quoted, quoted_id
from analysis.sources.raw_table import RawTable
from analysis.sources.sheet_cells import as_text
from analysis.tables import ATHLETES

_SHOWN = 5
_ALIKE = "write the ids alike in all files"


def typed_athletes(mapping: CohortMapping, ledger: Ledger) -> Piece | None:
    """The [[athletes]] of cohort.toml as rows of the athletes table; None where there are none or a key is wrong."""
    if not mapping.athletes:
        return None
    keys = tuple(dict.fromkeys(key for row in mapping.athletes for key in row))
    known = [c.name for c in ATHLETES.columns]
    unknown = [k for k in keys if k not in known]
    for key in unknown:
        fix = f"correct the key ({closest(key, known)})"
        ledger.problems.append(
            _cohort_problem(
                "[[athletes]]", key, "MAPPING", "error", f"the key {quoted(key)}", f"one of {', '.join(known)}", fix
            )
        )
    if "athlete_id" not in keys:
        ledger.problems.append(
            _cohort_problem(
                "[[athletes]]", "athlete_id", "COLUMN", "error", "nothing", "the athlete's id", "add athlete_id"
            )
        )
    if unknown or "athlete_id" not in keys:
        return None
    table = RawTable(
        COHORT_FILE,
        "",
        keys,
        1,
        {p: _column(mapping, k, texts=True) for p, k in enumerate(keys)},
        np.arange(1, len(mapping.athletes) + 1),
        _entry_address,
        {p: _column(mapping, k, texts=False) for p, k in enumerate(keys)},
    )
    columns = {key: SourceColumn(key) for key in keys}
    how = FileMapping(0, COHORT_FILE, ATHLETES, mapping.timezone, columns=columns)
    return read_piece(table, how, mapping.timezone, ledger.problems)


def _column(mapping: CohortMapping, key: str, *, texts: bool) -> np.ndarray:
    column = np.empty(len(mapping.athletes), dtype=object)
    column[:] = [as_text(row.get(key)) if texts else row.get(key) for row in mapping.athletes]
    return column


def _entry_address(row: int, _position: int | None = None) -> str:
    return f"[[athletes]] {row}"


def _cohort_problem(place: str, column: str, code: str, severity: str, found: str, expected: str, fix: str) -> Problem:
    return Problem(COHORT_FILE, "", place, column, code, severity, found, expected, fix)


def join_ids(all_rows: dict[str, Rows], same_athlete: dict[str, str], ledger: Ledger) -> None:
    """Give every row the id that counts; the id in the file stays in `_raw_id`. Warns of ids that never occur."""
    seen: set[str] = set()
    for rows in all_rows.values():
        if rows.has("athlete_id"):
            raw = rows.frame["athlete_id"]
            seen.update(raw.unique())
            rows.frame[RAW_ID] = raw
            rows.frame["athlete_id"] = raw.map(lambda i: same_athlete.get(i, i))
    for other in same_athlete.keys() - seen:
        ledger.problems.append(
            _cohort_problem(
                "[same_athlete]",
                other,
                "ATHLETE",
                "warning",
                "an id that occurs in no file",
                "an id of this cohort",
                "correct or remove it",
            )
        )


def check_athletes(all_rows: dict[str, Rows], ledger: Ledger) -> None:
    """Every id in every table is in the athletes table; rows of others are errors and left out."""
    known = set(all_rows["athletes"].frame["athlete_id"])
    for name, rows in all_rows.items():
        if name == "athletes" or not rows.has("athlete_id"):
            continue
        strangers = rows.frame[~rows.frame["athlete_id"].isin(known)]
        if strangers.empty:
            continue
        n_ids = rows.frame.groupby(rows.files())[RAW_ID].nunique()
        for file, of_file in strangers.groupby(rows.files().loc[strangers.index], sort=False):
            _tell_strangers(rows, of_file, n_ids[file], known)
        rows.drop(strangers.index, "athlete not in the athletes table")
        rows.frame = rows.frame.reset_index(drop=True)


def _tell_strangers(rows: Rows, of_file: pd.DataFrame, n_ids: int, known: set[str]) -> None:
    """One problem for each unknown id of a file; a single one where every id is unknown (ids written another way)."""
    firsts = of_file.drop_duplicates(RAW_ID)
    if len(firsts) == n_ids and n_ids > 1:
        match = find_style(firsts[RAW_ID], known)
        found = f"{n_ids} of {n_ids} ids unknown: {_shown(firsts[RAW_ID])}"
        expected = f"ids of the athletes table: {_shown(sorted(known))}"
        fix = f"{style_fix(rows, firsts.index[0], match)}: {style_pairs(match)}" if match else _ALIKE
        rows.note(firsts.index[0], "KEY", "athlete_id", found, expected, fix)
        return
    for label, athlete in firsts[RAW_ID].items():
        n = int((of_file[RAW_ID] == athlete).sum())
        near = ", ".join(quoted_id(i) for i in _near(athlete, known))
        found = f"{quoted_id(athlete)}, an unknown athlete ({n} row{'s' if n > 1 else ''})"
        fix = "correct the id, add the athlete, or name a second id in [same_athlete]" + (
            f" (closest: {near})" if near else ""
        )
        rows.note(label, "ATHLETE", "athlete_id", found, "an id of the athletes table", fix)


def _shown(ids: Iterable[str]) -> str:
    ids = list(ids)
    return ", ".join(quoted_id(i) for i in ids[:_SHOWN]) + (", …" if len(ids) > _SHOWN else "")


def _near(athlete: str, known: set[str]) -> list[str]:
    """Known ids that differ from this one in case, zeros or style only."""

    def bare(text: str) -> str:
        return "".join(c for c in text.casefold() if c.isalnum()).lstrip("0")

    return sorted(k for k in known if bare(k) == bare(athlete))[:3]


def derive_athletes(all_rows: dict[str, Rows], ledger: Ledger) -> pd.DataFrame:
    """An athletes table from the ids seen in the other tables, in the order met, with a decision that says so."""
    ids = pd.concat(
        [rows.frame["athlete_id"].drop_duplicates() for rows in all_rows.values() if rows.has("athlete_id")]
        or [pd.Series(dtype=object)]
    )
    found = pd.DataFrame({"athlete_id": ids.drop_duplicates().tolist()})
    if len(found):
        ledger.problems.append(
            _cohort_problem(
                "",
                "athletes",
                "ATHLETE",
                "decision",
                f"no athletes table: {len(found)} athletes taken from the ids in the files",
                "an athletes table",
                "nothing to do, or feed the table athletes so that mistyped ids are found",
            )
        )
    return found
