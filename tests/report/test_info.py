"""What the report says of its run."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.report import build_report, report_info
from analysis.study import Study

ABOUT = {
    "name": "Demo",
    "timezone": "Europe/Berlin",
    "start": "2026-01-05",
    "tables": {"athletes": 60, "weekly_reports": 1402},
    "dropped": [{"table": "weekly_reports", "file": "r.csv", "reason": "answered twice", "n_rows": 17}],
    "n_problems": {"warning": 14},
}
RUN = {
    "run_id": "20260706-101500",
    "started": "2026-07-06T10:15:00+00:00",
    "stages": [{"name": "05_injury", "title": "Injuries", "state": "cannot", "reason": "cannot be done: no injuries"}],
}


def write(path: Path, content: dict[str, object]) -> None:
    """Write JSON where its folder may not be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_run_is_told_by_its_manifest_its_tables_and_its_panel(tmp_path: Path) -> None:
    write(tmp_path / "processed/cohort.json", ABOUT)
    write(tmp_path / "run/run.json", RUN)
    mondays = pd.to_datetime(["2026-01-12", "2026-01-19", "2026-02-02"])
    panel = pd.DataFrame({"athlete_id": ["a", "a", "b"], "week_start": mondays})
    panel.to_parquet(tmp_path / "processed/athlete_weeks.parquet")
    info = report_info(tmp_path / "run", tmp_path / "processed")
    assert (info["start"], info["weeks"], info["n_athletes"]) == ("2026-01-12", 4, 60)
    assert (info["cohort"], info["run_id"], info["created"]) == ("Demo", RUN["run_id"], RUN["started"])
    assert info["problems"] == {"errors": 0, "warnings": 14, "decisions": 0}
    html = build_report(tmp_path / "run", info, Study())["html"].read_text(encoding="utf-8")
    assert "<dd>cannot be done: no injuries</dd>" in html


def test_a_notebook_run_by_hand_gets_a_report_named_after_its_folder(tmp_path: Path) -> None:
    write(tmp_path / "processed/cohort.json", ABOUT)
    info = report_info(tmp_path / "notebook", tmp_path / "processed")
    assert (info["run_id"], info["n_athletes"], info["start"]) == ("notebook", 60, "2026-01-05")
    (tmp_path / "notebook").mkdir()
    assert build_report(tmp_path / "notebook", info, Study())["pdf"].is_file()


def test_a_cohort_that_was_not_validated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HiprunError, match="01_validate"):
        report_info(tmp_path, tmp_path)
