"""The command line: exit codes, what is said, what is imported."""

import json
import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from analysis import __version__
from analysis.cli import app
from tests.runner.conftest import make_study, write_notebook  # noqa: F401  (a fixture)


@pytest.fixture
def hiprun(study, monkeypatch):
    """Calls the command line in the folder of a study."""
    monkeypatch.chdir(study.root)
    monkeypatch.setattr("analysis.runner.commands.notebooks_folder", lambda: study.notebooks)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def _loaded(code: str) -> set[str]:
    asked = f"{code}\nimport sys; print('MODULES', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("MODULES ")[2].split())


def test_help_answers_without_importing_what_is_slow():
    loaded = _loaded(
        "from analysis.cli import app\n"
        "from typer.testing import CliRunner\n"
        "assert CliRunner().invoke(app, ['run', '--help']).exit_code == 0"
    )
    assert "analysis.cli" in loaded
    slow = {"papermill", "pandas", "numpy", "statsmodels", "matplotlib", "nbformat", "jsonschema", "glmm"}
    assert not slow & loaded


def test_help_lists_the_commands_there_are(hiprun):
    shown = hiprun("--help")
    assert shown.exit_code == 0
    listed = re.findall(r"^│ (\w+) ", shown.output, flags=re.MULTILINE)
    assert listed == ["run", "check", "peek", "template", "simulate", "report", "power", "lab"]
    assert hiprun("--version").output == f"hiprun {__version__}\n"


def test_a_run_says_where_the_report_is(hiprun, study):
    done = hiprun("run")
    assert done.exit_code == 0, done.output
    (run_dir,) = study.run_dirs()
    assert f"Report: reports/demo/{run_dir.name}/share/report.html" in done.output
    assert "\x1b" not in done.output, "plain lines where there is no terminal"


def test_a_failed_stage_is_exit_1_without_traceback(hiprun, study):
    write_notebook(study.notebooks, "02_panel", "raise ValueError('no weeks')")
    done = hiprun("run", "demo")
    assert done.exit_code == 1
    assert "02_panel.ipynb, cell 3 of 3: ValueError: no weeks" in done.stderr
    assert "Traceback" not in done.output
    assert "Traceback" in hiprun("run", "--debug").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "-p", "drawz=3"], "Did you mean 'draws'"),
        (["run", "-p", "draws=eleven"], "expected a whole number"),
        (["run", "-p", "run_dir=x"], "hiprun sets this itself"),
        (["run", "demo", "nosuch"], "no such folder"),
        (["run", "../demo"], "expected the name of a folder"),
        (["run", "--from", "09_no"], "no such stage"),
        (["run", "--only", "1", "--from", "2"], "found both"),
        (["run", "demo", "--all"], "one or the other"),
        (["run", "--data", "nowhere", "demo"], "no such folder"),
        (["run", "--nosuch"], "No such option"),
        (["check", "nosuch"], "no such folder"),
        (["report", "nosuch"], "no such folder"),
        (["report", "demo"], "no finished run"),
        (["simulate", "notebooks"], "nothing is overwritten"),
        (["simulate", "new", "--athletes", "0"], "athletes"),
        (["simulate", "new", "--truth", "t.toml", "--null"], "found both"),
        (["simulate", "new", "--truth", "t.toml"], "no such file"),
    ],
)
def test_bad_usage_is_exit_2_before_anything_runs(hiprun, study, arguments, message):
    done = hiprun(*arguments)
    assert done.exit_code == 2, done.output
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.output
    assert study.ran == []
    assert not (study.root / "reports").exists()
    assert not (study.root / "new").exists()


def test_an_interrupt_is_exit_130(hiprun, study):
    write_notebook(study.notebooks, "02_panel", "raise KeyboardInterrupt")
    done = hiprun("run")
    assert done.exit_code == 130
    assert "Finished stages are kept" in done.stderr


def test_an_unwritable_place_is_said_in_words(hiprun, study):
    (study.root / "taken").write_text("a file")
    done = hiprun("run", "--out", "taken")
    assert done.exit_code == 1
    assert "taken" in done.stderr
    assert "Traceback" not in done.output


def test_parameters_and_folders_reach_the_run(hiprun, study):
    (study.root / "data").rename(study.root / "mine")
    done = hiprun("run", "demo", "-p", "draws=5", "-p", "half_life=3", "--data", "mine", "--out", "his", "--quiet")
    assert (done.exit_code, done.output) == (0, "")
    (run_json,) = (study.root / "his" / "demo").glob("*/run.json")
    assert json.loads(run_json.read_text())["parameters"] == {"draws": 5, "half_life": 3.0}
    assert (study.root / "mine" / "processed" / "demo" / "cohort.json").is_file()


def test_a_defect_is_one_line(tmp_path):
    code = (
        "import sys, analysis.cli as cli, analysis.runner.commands as c\n"
        "c.notebooks_folder = lambda: 1 / 0\n"
        "sys.argv = ['hiprun', 'run']\n"
        "cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr == "hiprun has a defect: ZeroDivisionError: division by zero. --debug shows where.\n"


def test_simulate_writes_a_cohort_with_its_truth(hiprun, study):
    arguments = ("--athletes", "6", "--weeks", "4", "--seed", "3")
    (study.root / "two" / "new").mkdir(parents=True)
    for folder in ("one/new", "two/new"):
        assert hiprun("simulate", folder, *arguments).exit_code == 0
    assert hiprun("simulate", "null/new", *arguments, "--null").exit_code == 0
    one, two, null = (study.root / name / "new" for name in ("one", "two", "null"))
    files = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert {"cohort.toml", "truth.json"} <= {str(f) for f in files}
    assert all((one / f).read_bytes() == (two / f).read_bytes() for f in files), "same seed, same bytes"
    assert (one / "truth.json").read_bytes() != (null / "truth.json").read_bytes()
    assert hiprun("simulate", "one/new", *arguments).exit_code == 2, "nothing is overwritten"
