"""The installed wheel works outside a checkout: built, installed alone, run in an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.runner import checkout

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with nothing but the wheel; calls Python so that it comes before the checkout."""
    root = checkout()
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    site, empty = folder / "site", folder / "empty"
    empty.mkdir()
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True, capture_output=True)

    def python(*arguments: str) -> subprocess.CompletedProcess:
        environment = os.environ | {"PYTHONPATH": str(site)}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=empty, env=environment, text=True, capture_output=True, check=False)

    return site, empty, python


def test_the_wheel_carries_the_notebooks(installed):
    site, _, python = installed
    asked = "from analysis.runner import checkout, notebooks_folder; print(notebooks_folder(), checkout())"
    assert python("-c", asked).stdout == f"{site / 'analysis' / 'notebooks'} None\n"
    own = {p.name: p.read_bytes() for p in (checkout() / "notebooks").glob("*.ipynb")}
    assert {p.name: p.read_bytes() for p in (site / "analysis" / "notebooks").glob("*.ipynb")} == own
    assert "08_report.ipynb" in own


def test_lab_outside_a_checkout_opens_a_copy_of_the_notebooks_and_keeps_an_edited_one(installed):
    site, empty, python = installed
    code = (
        "import os, sys, analysis.cli as cli\n"
        "os.execv = lambda program, command: print(command[1:])\n"
        "sys.argv = ['hiprun', 'lab']\n"
        "cli.main()"
    )
    assert "['-m', 'jupyterlab', 'notebooks']" in python("-c", code).stdout
    copy = empty / "notebooks" / "08_report.ipynb"
    assert copy.read_bytes() == (site / "analysis" / "notebooks" / "08_report.ipynb").read_bytes()
    copy.write_text("edited")
    python("-c", code)
    assert copy.read_text() == "edited"


def test_run_in_an_empty_folder_simulates_the_demo_and_ends_with_a_report(installed):
    _, empty, python = installed
    done = python("-m", "analysis.cli", "run")
    assert done.returncode == 0, done.stderr
    assert "simulating the demo cohort" in done.stdout
    assert done.stderr == ""
    (share,) = (empty / "reports" / "demo").glob("*/share")
    assert {"report.html", "report.pdf", "results.json"} <= {p.name for p in Path(share).iterdir()}
