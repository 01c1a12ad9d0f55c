"""Validation in words: every problem at once, three of a kind printed, all of them in problems.csv."""

import io
from types import SimpleNamespace

import pandas as pd
import pytest
from rich.console import Console

from analysis.runner import Voice, check_cohort
from analysis.sources import Problem
from analysis.study import Study


def _problem(severity: str, row: int, code: str = "NUMBER") -> Problem:
    return Problem(
        "a.csv", "", f"line {row}", "Pain", code, severity, f'"{row}x"', "a number 0 to 10", "correct the cell"
    )


@pytest.fixture
def checked(study, monkeypatch, capsys):
    """Checks the demo of a study whose reading finds the given problems: exit code, out, err."""
    monkeypatch.chdir(study.root)

    def check(*found: Problem, quiet: bool = False):
        def read_cohort(folder, choices, tell):
            assert (folder, choices) == (study.root / "data" / "raw" / "demo", Study())
            return SimpleNamespace(problems=found)

        monkeypatch.setattr("analysis.sources.read_cohort", read_cohort)
        folders = study.root / "data", study.root / "reports"
        exit_code = check_cohort("demo", *folders, Voice(quiet), study.notebooks)
        return exit_code, *capsys.readouterr()

    return check


def test_errors_are_exit_2_and_three_of_a_kind_are_shown(checked, study):
    found = [_problem("warning", 2, "RANGE"), *(_problem("error", row) for row in range(10, 15))]
    exit_code, out, error = checked(*found)
    assert exit_code == 2
    lines = error.splitlines()
    assert lines[0] == (
        'error: a.csv:line 10 NUMBER column "Pain": found "10x"; expected a number 0 to 10. Fix: correct the cell.'
    )
    assert len(lines) == 4
    assert "and 2 more like this" in lines[3]
    assert "warning: a.csv:line 2 RANGE" in out
    (path,) = (study.root / "reports" / "demo").glob("*/internal/problems.csv")
    assert f"5 errors, 1 warning. All of them: {path.relative_to(study.root)}" in out
    kept = pd.read_csv(path)
    assert list(kept["place"]) == ["line 2", *(f"line {row}" for row in range(10, 15))]
    assert list(kept.columns)[:6] == ["file", "sheet", "place", "column", "code", "severity"]
    assert not list((study.root / "reports").rglob("run.json")), "a check is no run"


def test_warnings_and_decisions_do_not_stop_anyone(checked):
    exit_code, out, error = checked(_problem("warning", 2), _problem("decision", 3))
    assert (exit_code, error) == (0, "")
    assert "1 warning, 1 decision" in out


def test_no_problems_are_said_too(checked):
    exit_code, out, _ = checked()
    assert exit_code == 0
    assert "No problems" in out


def test_quiet_still_tells_errors(checked):
    _, out, error = checked(_problem("error", 10), _problem("warning", 2), quiet=True)
    assert out == ""
    assert "line 10" in error


def test_real_files_are_read_and_what_stops_a_run_is_told(study, monkeypatch, capsys):
    monkeypatch.undo()
    raw = study.root / "data" / "raw" / "demo"
    mapping = '[cohort]\nname = "demo"\ntimezone = "Europe/Berlin"\n[[file]]\npath = "a.csv"\ntable = "athletes"\n'
    (raw / "cohort.toml").write_text(mapping + '[file.columns]\nathlete_id = "Id"\nheight_cm = "Height"\n')
    (raw / "a.csv").write_text("Id,Height\nA1,180\nA2,tall\nA3,175\n")
    assert study.run() == 2
    told = capsys.readouterr()
    assert "a.csv:line 3" in told.err
    assert "Height" in told.err
    assert "tall" in told.err
    assert study.manifest()["state"] == "invalid"
    assert study.ran == []


def test_large_files_have_a_bar_each_on_a_terminal(monkeypatch):
    shown = io.StringIO()
    voice = Voice()
    monkeypatch.setattr(voice, "_out", Console(file=shown, force_terminal=True, width=100))
    with voice.reading("Checking raw") as tell:
        for file in ("a.csv", "b.csv"):
            tell(file, 5 << 20, 10 << 20)
            tell(file, 12 << 20, 10 << 20)  # packed files hold more than their size
    assert all(name in shown.getvalue() for name in ("a.csv", "b.csv"))
