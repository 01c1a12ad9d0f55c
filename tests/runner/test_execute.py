"""One notebook through papermill with a real kernel, and the traps of papermill 2.7.0 (NOTEBOOKS.md)."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

from analysis.runner.execute import StageError, execute_stage
from analysis.runner.stages import read_stages
from tests.runner.conftest import write_notebook

KERNEL = """
import json, os, sys
from pathlib import Path
found = [sys.executable, os.environ["PYTHONHASHSEED"], os.listdir("."), n, cohort]
Path(run_dir, "found.json").write_text(json.dumps(found))
"""


@pytest.fixture
def executed(tmp_path):
    """Writes a notebook, runs it, gives back its folder and how many cells ran."""

    def execute(*cells: str, folder: str = "nb", **parameters: object):
        write_notebook(tmp_path / folder, "04_pain", *cells, own="n = 3  # number\n")
        (stage,) = read_stages(tmp_path / folder)
        ran: list[int] = []
        done, failed = tmp_path / "done" / "04_pain.ipynb", tmp_path / "done" / "04_pain.failed.ipynb"
        told = {"cohort": "demo", "run_dir": str(tmp_path), **parameters}
        execute_stage(stage, told, done, failed, on_cell=lambda: ran.append(1))
        return len(ran)

    return execute


def test_a_notebook_runs_with_this_interpreter_in_an_empty_folder(executed, tmp_path, monkeypatch):
    # A kernel spec python3 in the user's home that points elsewhere, and braces in a path.
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = {"argv": ["/bin/false", "{connection_file}"], "display_name": "x", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(argv))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    assert executed(KERNEL, folder="nb {cohort}", n=7) == 3, "parameters, injected parameters and one cell"
    assert json.loads((tmp_path / "found.json").read_text()) == [sys.executable, "0", [], 7, "demo"]
    notebook = nbformat.read(tmp_path / "done" / "04_pain.ipynb", as_version=4)
    assert notebook.cells[2].metadata.tags == ["injected-parameters"]
    assert [p.name for p in (tmp_path / "done").iterdir()] == ["04_pain.ipynb"]


def test_a_failing_cell_is_named_by_its_number_in_the_notebook_itself(executed, tmp_path):
    with pytest.raises(StageError) as caught:
        executed("x = 1", "# why\nraise ValueError('weeks overlap\\nin 3 rows')", "y = 2")
    message = str(caught.value)
    assert "04_pain.ipynb, cell 4 of 5 (# why …): ValueError: weeks overlap" in message
    assert "Traceback" not in message
    assert "in 3 rows" not in message
    assert "raise ValueError" in caught.value.details
    assert "\x1b" not in caught.value.details
    assert [p.name for p in (tmp_path / "done").iterdir()] == ["04_pain.failed.ipynb"]
    kept = (tmp_path / "done" / "04_pain.failed.ipynb").read_text()
    assert "weeks overlap" in kept
    assert str(Path(tmp_path / "done" / "04_pain.failed.ipynb")) in message


def test_a_kernel_that_dies_is_an_error_that_names_the_cell(executed, tmp_path):
    with pytest.raises(StageError, match=r"04_pain\.ipynb, cell 3 of 3: the kernel died"):
        executed("import os; os._exit(9)")
    assert list((tmp_path / "done").iterdir()) == []
