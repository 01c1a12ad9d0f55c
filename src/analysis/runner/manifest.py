"""`run.json`: what a run was made from, what each stage came to and how it ended."""

import json
import subprocess
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from analysis.runner.fingerprints import versions
from analysis.runner.plan import Prepared
from analysis.runner.records import write_json
from analysis.runner.stages import checkout


class Manifest:
    """The `run.json` of one run; every change is written at once, in one step.

    State of the run: running, done, partial (--only left stages out), failed, invalid (input) or
    interrupted. State of a stage: waiting, running, done (`reused` where it was finished before), cannot
    (with a reason), failed or interrupted.
    """

    def __init__(self, path: Path, content: dict) -> None:
        self.path = path
        self.content = content

    def start(self) -> None:
        """The run is at work."""
        self.content |= {"state": "running", "exit": None, "started": _now(), "finished": None}
        self._write()

    def stage(self, name: str, state: str, **details: object) -> None:
        """A stage came to another state."""
        entry = next(entry for entry in self.content["stages"] if entry["name"] == name)
        entry |= {"state": state, **details}
        self._write()

    def end(self, state: str, exit_code: int) -> int:
        """The run is over; gives back the exit code."""
        self.content |= {"state": state, "exit": exit_code, "finished": _now()}
        self._write()
        return exit_code

    def _write(self) -> None:
        write_json(self.path, self.content)


def new_manifest(prepared: Prepared, given: dict[str, dict[str, object]]) -> Manifest:
    """The manifest of a run before its first stage. `given` holds per stage the values set with -p."""
    values, libraries = prepared.values, versions()
    seeds = {f"{stage}.{n}": v for stage, own in values.items() for n, v in own.items() if "seed" in n}
    content = {
        "cohort": prepared.run.folders.cohort,
        "run_id": prepared.run.run_id,
        "parameters": {n: v for own in given.values() for n, v in own.items()},
        "study": asdict(prepared.study),
        "seeds": {"study": prepared.study.seed, **seeds},
        "inputs": prepared.inputs,
        "python": libraries["python"],
        "versions": {name: version for name, version in libraries.items() if name != "python"},
        **_git(),
        "stages": [
            {"name": s.name, "title": s.title, "state": "waiting", "parameters": values[s.name]}
            for s in prepared.stages
        ],
    }
    return Manifest(prepared.run.path / "run.json", content)


def newest_finished(runs: Path) -> dict | None:
    """The content of the `run.json` under `runs` that was done last, or None where none is done."""
    all_runs = [json.loads(path.read_text(encoding="utf-8")) for path in runs.glob("*/run.json")]
    return max((r for r in all_runs if r["state"] == "done"), key=lambda r: r["finished"], default=None)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _git() -> dict[str, object]:
    """The commit of the checkout, and whether files differ from it; nothing known outside a checkout."""
    commit = _git_says("rev-parse", "--verify", "HEAD")
    changed = bool(_git_says("status", "--porcelain")) if commit else None
    return {"git_commit": commit, "git_uncommitted_changes": changed}


def _git_says(*arguments: str) -> str | None:
    root = checkout()
    if root is None:
        return None
    command = ["git", "-C", str(root), *arguments]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):  # no git here: the commit stays unknown
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None
