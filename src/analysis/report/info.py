"""What a report says of its run: read from `run.json` and from the processed cohort."""

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import HiprunError

SEVERITIES = {"error": "errors", "warning": "warnings", "decision": "decisions"}


def report_info(run_dir: Path | str, processed: Path | str) -> dict[str, Any]:
    """The `info` of `build_report` for the run in `run_dir` on the tables in `processed`.

    Without a `run.json` (a notebook run by hand) the run is called after its folder and made now. Raises
    `HiprunError` where the cohort was not validated yet.
    """
    run_dir, processed = Path(run_dir), Path(processed)
    about = _read_json(processed / "cohort.json")
    if not about:
        raise HiprunError(f"{processed}: no cohort.json; expected validated tables. Fix: run 01_validate first.")
    run = _read_json(run_dir / "run.json")
    found = about.get("n_problems", {})
    return {
        "cohort": about["name"],
        "run_id": run.get("run_id", run_dir.name),
        "created": run.get("started") or datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("hiprun"),
        "start": about["start"],
        "n_athletes": about["tables"].get("athletes"),
        "tables": about["tables"],
        "dropped": about["dropped"],
        "problems": {plural: found.get(one, 0) for one, plural in SEVERITIES.items()},
        "stages": run.get("stages", []),
        **_span(processed / "athlete_weeks.parquet"),
    }


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _span(panel: Path) -> dict[str, Any]:
    """First Monday and number of weeks of the panel, if there is one."""
    if not panel.is_file():
        return {}
    rows = pd.read_parquet(panel, columns=["week_start"])
    if rows.empty:
        return {}
    first, last = rows["week_start"].min(), rows["week_start"].max()
    weeks = int((last - first).days // 7 + 1)
    return {"start": first.date().isoformat(), "weeks": weeks}
