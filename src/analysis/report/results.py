"""Every number of the report for machines: results.json and one CSV a table, after the gate."""

import csv
import io
import json
import math
from collections.abc import Mapping
from typing import Any

from analysis.report.gate import SafeStage, SafeTable
from analysis.report.items import Cannot, Sentence, json_value
from analysis.tables.plain_csv import safe_cell

FORMAT = "hiprun results 1"
FIRST_COLUMNS = (
    *("stage", "claim", "model", "term", "estimate", "std_error", "ci_low", "ci_high", "scale", "n_obs"),
    *("n_athletes", "converged", "singular"),
)
DIGITS = 10


def results_json(stages: list[SafeStage], info: Mapping[str, Any], threshold: int) -> bytes:
    """results.json: the run, the estimates (tidy, one a term), the tables as shown, readings and what is missing.

    Numbers have ten significant digits, so that the last bits of a machine's arithmetic do not show.
    """
    whole = {
        "format": FORMAT,
        "run": {k: info[k] for k in ("cohort", "run_id", "version")},
        "disclosure_threshold": threshold,
        "estimates": [row for s in stages if s.estimates is not None for row in _estimates(s)],
        "tables": [_table(s, t) for s in stages for t in s.items if isinstance(t, SafeTable)],
        "readings": [{"stage": s.name, "text": i.text} for s in stages for i in s.items if isinstance(i, Sentence)],
        "not_done": [
            {"stage": s.name, "section": i.section, "reason": i.reason}
            for s in stages
            for i in s.items
            if isinstance(i, Cannot)
        ],
    }
    return (json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode("utf-8")


def table_csv(table: SafeTable) -> bytes:
    """The table as CSV (UTF-8, comma, one header row), missing empty; text that a spreadsheet would run is quoted
    with a leading apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    cells = table.cells()
    writer.writerow([safe_cell(c) for c in cells.columns])
    for row in cells.itertuples(index=False, name=None):
        writer.writerow([_csv_cell(v) for v in row])
    return text.getvalue().encode("utf-8")


def _estimates(stage: SafeStage) -> list[dict[str, object]]:
    frame = stage.estimates.assign(stage=stage.name)
    columns = [*FIRST_COLUMNS, *(c for c in frame if c not in FIRST_COLUMNS)]
    rows = frame.reindex(columns=columns).astype(object).itertuples(index=False, name=None)
    return [dict(zip(columns, map(_json_cell, row), strict=True)) for row in rows]


def _table(stage: SafeStage, table: SafeTable) -> dict[str, object]:
    cells = table.cells()
    rows = [
        dict(zip(cells.columns, map(_json_cell, row), strict=True)) for row in cells.itertuples(index=False, name=None)
    ]
    return {"stage": stage.name, "name": table.name, "caption": table.caption, "rows": rows}


def _json_cell(value: object) -> object:
    return _rounded(json_value(value))


def _csv_cell(value: object) -> object:
    value = _rounded(json_value(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else safe_cell(value)


def _rounded(value: object) -> object:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) and math.isfinite(value) else value
