"""Tables without an athlete in common: the same people under ids written in two ways, or other people.

Where no athletes table says who there is, nothing else would notice that every injury is of somebody who never ran.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import pandas as pd

from analysis.sources.assemble import PIECE, Rows
from analysis.sources.id_style import Match, find_style
from analysis.sources.problems import quoted_id

_EXAMPLES = 3
_OTHERS = "feed the table athletes, or type them as [[athletes]], if these are other people"


@dataclass(frozen=True)
class _Ids:
    """The ids of one table: `first` has the first row of each id in each file, labels as in the table."""

    rows: Rows
    first: pd.DataFrame

    @cached_property
    def ids(self) -> list[str]:
        """Each id once."""
        return self.first["athlete_id"].drop_duplicates().tolist()


def check_streams(all_rows: dict[str, Rows]) -> None:
    """Compare the ids of each two tables. That none is in both is an error where one rule makes them the same (most of
    the smaller table), else a warning. A single file whose ids no other table has, but for such a rule, is a warning.
    """
    tables = [
        _Ids(rows, rows.frame[[PIECE, "athlete_id"]].drop_duplicates())
        for name, rows in all_rows.items()
        if name != "athletes" and rows.has("athlete_id")
    ]
    told: set[str] = set()
    for pair in combinations(tables, 2):
        fewer, more = sorted(pair, key=lambda table: len(table.ids))
        if fewer.rows.table.name not in told and set(fewer.ids).isdisjoint(more.ids):
            _tell_apart(fewer, more)
            told.add(fewer.rows.table.name)
    if not told:
        for table in tables:
            _warn_files(table, list(dict.fromkeys(i for other in tables if other is not table for i in other.ids)))


def _tell_apart(fewer: _Ids, more: _Ids) -> None:
    """Say, at the table with fewer athletes, that two tables share none."""
    match = find_style(fewer.ids, more.ids) if len(fewer.ids) > 1 else None
    label, other = fewer.first.index[0], more.rows.table.name
    found = f"{len(fewer.ids)} ids, none of which is in {other}: {_shown(fewer.ids)}"
    expected = f"ids as in {other}: {_shown(more.ids)}"
    if match is None:
        fix = f"write the ids alike in all files; {_OTHERS}"
        fewer.rows.note(label, "KEY", "athlete_id", found, expected, fix, "warning")
        return
    fix = f"{style_fix(fewer.rows, label, match)}: {style_pairs(match)}; {_OTHERS}"
    fewer.rows.note(label, "KEY", "athlete_id", found, expected, fix)


def _warn_files(table: _Ids, known: list[str]) -> None:
    """One of several files of a table may be the one that writes ids in another way."""
    if table.first[PIECE].nunique() < 2:
        return
    for _, of_file in table.first.groupby(PIECE, sort=False):
        ids = of_file["athlete_id"].tolist()
        match = find_style(ids, known) if len(ids) > 1 and set(ids).isdisjoint(known) else None
        if match is not None and match.style.is_plain:
            found = f"{len(ids)} ids of this file, none of which is in another table: {_shown(ids)}"
            fix = f"{style_fix(table.rows, of_file.index[0], match)}: {style_pairs(match)}; {_OTHERS}"
            expected = f"ids as in the other tables: {_shown(known)}"
            table.rows.note(of_file.index[0], "KEY", "athlete_id", found, expected, fix, "warning")


def style_fix(rows: Rows, label: int, match: Match) -> str:
    """What to write, in which [[file]], so that the ids from the row at `label` on are rewritten."""
    how = rows.pieces[rows.frame.loc[label, PIECE]].mapping
    source = how.columns.get("athlete_id")
    written = match.style.as_toml(source.column if source else None)
    return f"say {written} in [[file]] {how.number}, and in others written like it"


def style_pairs(match: Match) -> str:
    """How many ids a rule makes known, with examples."""
    shown = ", ".join(f"{quoted_id(old)} is {quoted_id(new)}" for old, new in match.pairs[:_EXAMPLES])
    more = ", …" if len(match.pairs) > _EXAMPLES else ""
    return f"{len(match.pairs)} of {match.n_ids} ids are known then ({shown}{more})"


def _shown(ids: list[str]) -> str:
    return ", ".join(quoted_id(i) for i in ids[:_EXAMPLES]) + (", …" if len(ids) > _EXAMPLES else "")
