"""A run that is killed or interrupted, as a process with real kernels."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.runner.conftest import VALIDATE, write_notebook

DRIVER = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background of a shell inherits it ignored
from pathlib import Path
from analysis.runner import commands, plan, run
commands.notebooks_folder = lambda: Path("notebooks").resolve()
run.check_inputs = lambda *_, **__: 0
plan.code_digest = lambda package: "an editor saving a module meanwhile is not what is tested here"
from analysis.cli import main
sys.argv = ["hiprun", "run"]
main()
"""
SLOW = """
import os, time
from pathlib import Path
Path(data_dir, "pid").write_text(str(os.getpid()))
while not Path(data_dir, "go on").exists():
    time.sleep(0.05)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@pytest.fixture
def started(tmp_path):
    """A run that waits in its second stage, and the process id of that stage's kernel."""
    write_notebook(tmp_path / "notebooks", "01_validate", VALIDATE)
    write_notebook(tmp_path / "notebooks", "02_panel", SLOW)
    (tmp_path / "data" / "raw" / "demo").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "demo" / "cohort.toml").write_text('[cohort]\nname = "demo"\n')
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER], cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    pid = tmp_path / "data" / "pid"
    _wait(lambda: (pid.exists() and pid.read_text()) or process.poll() is not None)
    assert process.poll() is None, process.communicate()
    yield tmp_path, process, int(pid.read_text())
    process.kill()
    process.communicate()


def _wait(until, seconds: float = 60):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()


def _manifest(root: Path) -> dict:
    (path,) = (root / "reports" / "demo").glob("*/run.json")
    return json.loads(path.read_text())


def test_a_killed_run_goes_on_after_its_last_finished_stage(started):
    root, process, kernel = started
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert _manifest(root)["state"] == "running"
    _wait(lambda: _gone(kernel))
    (root / "data" / "go on").touch()
    again = subprocess.run([sys.executable, "-c", DRIVER], cwd=root, text=True, capture_output=True, check=False)
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    first, second = again.stdout.splitlines()[:2]
    assert first == "01_validate    unchanged, kept"
    assert second.startswith("02_panel       done in ")
    told = _manifest(root)
    assert told["state"] == "done"
    assert [s["reused"] for s in told["stages"]] == [True, False]
    assert not list((root / "reports").rglob(".*ipynb")), "what the killed run half wrote is removed"


def test_control_c_ends_with_130_and_no_traceback(started):
    root, process, kernel = started
    os.kill(process.pid, signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == "Interrupted. Finished stages are kept; the same command goes on from there.\n"
    assert (_manifest(root)["state"], _manifest(root)["exit"]) == ("interrupted", 130)
    assert [s["state"] for s in _manifest(root)["stages"]] == ["done", "interrupted"]
    _wait(lambda: _gone(kernel))
