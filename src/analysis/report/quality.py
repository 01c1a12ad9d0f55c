"""What was received, kept and left out, for the data-quality section."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.report.format import MISSING, number
from analysis.report.gate import PERSON_TABLES, safe_count
from analysis.report.shown import Numbers, ShownTable, plain_table
from analysis.report.suppress import WITHHELD


def quality(info: Mapping[str, Any]) -> tuple[str, ...]:
    """What checking the files found, in sentences."""
    counts = {k: int((info.get("problems") or {}).get(k) or 0) for k in ("errors", "warnings", "decisions")}
    said = {k: f"{number(n)} {k if n != 1 else k[:-1]}" for k, n in counts.items()}
    verb = "was" if counts["decisions"] == 1 else "were"
    return (
        f"Checking the files that were received found {said['errors']} and {said['warnings']}. "
        f"{said['decisions']} {verb} made where a file left something open.",
        "Rows that could not be used were counted by reason and left out. An answer that was "
        "not given is missing, never zero.",
    )


def quality_tables(info: Mapping[str, Any], threshold: int, numbers: Numbers) -> tuple[ShownTable, ...]:
    """Rows read, kept and left out by table, and rows left out by reason.

    File names stay internal: a file may be called after a person. Where a row is a person or a case, a small
    number left out withholds every number that would give it away.
    """
    kept = info.get("tables") or {}
    kept = dict(kept) if isinstance(kept, Mapping) else dict.fromkeys(kept)
    dropped = pd.DataFrame(list(info.get("dropped") or ()), columns=["table", "reason", "n_rows"])
    summed = dropped.groupby(["table", "reason"], sort=False)["n_rows"].sum()
    lost = summed.groupby("table").sum()
    guarded = {t for (t, _), n in summed.items() if t in PERSON_TABLES and n < threshold}
    shown = []
    if kept:
        rows = [_kept_row(t, n, int(lost.get(t, 0)), t in guarded, threshold) for t, n in kept.items()]
        names = ("Table", "Rows read", "Rows kept", "Rows left out")
        shown.append(plain_table(numbers.next("Table"), "What was received, by table.", names, rows, {1, 2, 3}))
    if len(summed):
        rows = [(_words(t), str(r), WITHHELD if t in guarded else number(n)) for (t, r), n in summed.items()]
        names = ("Table", "Reason", "Rows")
        shown.append(plain_table(numbers.next("Table"), "Rows left out, by reason.", names, rows, {2}))
    return tuple(shown)


def _kept_row(table: str, kept: int | None, lost: int, guarded: bool, threshold: int) -> tuple[str, ...]:
    words, left_out = _words(table), WITHHELD if guarded else number(lost)
    if kept is None:
        return (words, MISSING, MISSING, left_out)
    if table in PERSON_TABLES and kept < threshold:
        return (words, WITHHELD, str(safe_count(kept, threshold)), left_out)
    return (words, WITHHELD if guarded else number(kept + lost), number(kept), left_out)


def _words(table: str) -> str:
    return table.replace("_", " ")
