"""The installed wheel works outside a checkout: built, installed alone, run in an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.runner import checkout

UNREACHABLE = ("NewConnectionError", "ReadTimeoutError", "ProxyError")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """An environment with nothing but the wheel and what it asks for, in the locked versions, and an empty folder."""
    root = checkout()
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=root, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    empty, environment = folder / "empty", folder / "env"
    empty.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    locked = (root / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line.removesuffix(" \\") for line in locked if line and line[0].isalnum()]
    (folder / "pins.txt").write_text("\n".join(pins), encoding="utf-8")
    own_python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(own_python), "-m", "pip", "install", "--quiet", "-c", str(folder / "pins.txt"), str(wheel)]
    done = subprocess.run(install, text=True, capture_output=True, check=False)
    if done.returncode and any(word in done.stderr for word in UNREACHABLE):
        pytest.skip("no package registry reachable: the wheel was not installed in an empty environment")
    assert done.returncode == 0, done.stderr

    def python(*arguments: str) -> subprocess.CompletedProcess:
        outside = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        command = [str(own_python), *arguments]
        return subprocess.run(command, cwd=empty, env=outside, text=True, capture_output=True, check=False)

    site = Path(python("-c", "import analysis; print(analysis.__path__[0])").stdout.strip()).parent
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
