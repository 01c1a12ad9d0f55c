"""Rows of one table with the same key: double answers, exports that overlap, one athlete listed under two ids."""

import pandas as pd

from analysis.sources.assemble import PIECE, RAW_ID, Rows
from analysis.sources.piece import ROW
from analysis.sources.problems import quoted_id
from analysis.sources.repeats import repeated

_ANSWERED = {"weekly_reports": "answered_on", "hip_assessments": "date", "athletes": None}
_NEVER = pd.Timestamp(1900, 1, 1)
"""Stands for a day of answering that was not given: such a row counts as the first."""
_INTERNAL = (PIECE, ROW, RAW_ID)


def settle_duplicates(rows: Rows, same_athlete: dict[str, str]) -> None:
    """Leave one row for each key.

    A rule in the mapping (`duplicates`) decides; rows of one athlete under two ids are joined, those of the id that
    counts first; rows of different files that do not contradict each other are joined; all else is an error.
    """
    keys = rows.table.keys
    if not rows.has(*keys):
        return
    _keep_one_form(rows)
    double = rows.frame[repeated(rows.frame, keys, first_too=True)].dropna(subset=keys)
    for _, group in double.groupby(keys, sort=False, observed=True):
        _settle(rows, group, same_athlete)
    rows.frame = rows.frame.reset_index(drop=True)


def _keep_one_form(rows: Rows) -> None:
    """Of a weekly form filled in on two days keep the one that the rule of its block says, side and all.

    The side is an answer of such a form, so that two of them need not share a key. A wide form, unpivoted, asks each
    side by itself: there every answer is settled alone.
    """
    key = ["athlete_id", "week_start", "region"]
    if rows.table.name != "weekly_reports" or not rows.has(*key, "answered_on"):
        return
    for how in {p.mapping.number: p.mapping for p in rows.pieces}.values():
        if how.duplicates is None or how.unpivot is not None:
            continue
        files = [i for i, p in enumerate(rows.pieces) if p.mapping.number == how.number]
        of_block = rows.frame[rows.frame[PIECE].isin(files)]
        answered = pd.to_datetime(of_block["answered_on"]).fillna(_NEVER)
        of_week = answered.groupby([of_block[k] for k in key])
        kept = of_week.transform("max" if how.duplicates == "last" else "min")
        rows.drop(of_block.index[answered != kept], f"double answer, {how.duplicates} kept")


def _settle(rows: Rows, group: pd.DataFrame, same_athlete: dict[str, str]) -> None:
    rules = {rows.pieces[p].mapping.duplicates for p in group[PIECE]}
    content = [c for c in group.columns if c not in _INTERNAL]
    if len(rules) == 1 and None not in rules:
        _keep_by_rule(rows, group, rules.pop())
    elif rows.table.name == "athletes" and group[RAW_ID].nunique() > 1:
        ordered = group.assign(_alias=group[RAW_ID].isin(same_athlete)).sort_values("_alias", kind="stable")
        _join(rows, ordered[content], "second id of one athlete, joined")
    elif group[PIECE].is_unique and (group[content].nunique() <= 1).all():
        _join(rows, group[content], "same row in another file, joined")
    else:
        _refuse(rows, group)


def _keep_by_rule(rows: Rows, group: pd.DataFrame, rule: str) -> None:
    """Keep the first or last row in the order of answering, then of the files; rows without a day come first."""
    when = _ANSWERED.get(rows.table.name, "date")
    if when in group:
        group = group.sort_values(when, kind="stable", na_position="first", key=pd.to_datetime)
    kept = group.index[0] if rule == "first" else group.index[-1]
    rows.drop(group.index.drop(kept), f"double answer, {rule} kept")


def _join(rows: Rows, content: pd.DataFrame, reason: str) -> None:
    """The first value given in each column, kept in the first row."""
    first = content.index[0]
    for name in content.columns:
        given = content[name].dropna()
        rows.frame.loc[first, name] = given.iloc[0] if len(given) else None
    rows.drop(content.index[1:], reason)


def _refuse(rows: Rows, group: pd.DataFrame) -> None:
    keys = rows.table.keys
    first = group.index[0]
    said = ", ".join(f"{k} {_shown(k, group.loc[first, k])}" for k in keys)
    for label in group.index[1:]:
        fix = 'remove one, or say duplicates = "last" (or "first") in this [[file]]'
        found = f"a second row for {said}; the first is at {rows.place(first, keys[0])}"
        rows.note(label, "DUPLICATE", keys[0], found, "one row for each " + ", ".join(keys), fix)
    rows.drop(group.index[1:], "second row of one key")


def _shown(key: str, value: object) -> str:
    if key.endswith("_id"):
        return quoted_id(value)
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)


def warn_double_sessions(rows: Rows) -> None:
    """Warn of sessions that look like one exported twice: same athlete and start, or all the same numbers."""
    if not rows.has("date"):
        return
    frame = rows.frame
    found = pd.Series(False, index=frame.index)
    if "start_utc" in frame:
        found |= frame["start_utc"].notna() & repeated(frame, ["athlete_id", "start_utc"])
    if "duration_min" in frame and "distance_km" in frame:
        numbers = ["duration_min", "distance_km"]
        known = frame["duration_min"].notna() & frame["distance_km"].notna()
        found |= known & repeated(frame, ["athlete_id", "date", "sport", *numbers])
    for label in frame.index[found]:
        fix = "leave one of them out with where, or map session_id so that the same session is known"
        rows.note(
            label,
            "DUPLICATE",
            "date",
            "a session with the start or the numbers of another",
            "each session once",
            fix,
            "warning",
        )
