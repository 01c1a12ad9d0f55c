"""The notebooks that are no stage of a run go through from the first cell to the last, on something small."""

from pathlib import Path

import nbformat
import papermill
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SMALL = {
    "learn/known_truth": {"n_cohorts": 2, "n_athletes": 15, "jobs": 1},
    "plan_study": {"athletes": [8], "weeks": [6], "effects": [-0.5], "replicates": 4, "jobs": 1},
}


def test_every_notebook_that_is_no_stage_is_run_here():
    names = {path.relative_to(NOTEBOOKS).with_suffix("").as_posix() for path in NOTEBOOKS.rglob("*.ipynb")}
    assert {name for name in names if not name[:2].isdigit()} == set(SMALL)


@pytest.mark.parametrize("name", SMALL)
def test_it_runs_and_leaves_its_table_and_figures(name, tmp_path):
    given = SMALL[name] | {"run_dir": str(tmp_path / "out")}
    source = NOTEBOOKS / f"{name}.ipynb"
    done = tmp_path / "done.ipynb"
    papermill.execute_notebook(source, done, given, cwd=source.parent, kernel_name="python3", progress_bar=False)
    assert any(path.suffix == ".csv" and path.stat().st_size for path in (tmp_path / "out").iterdir())
    outputs = [out for cell in nbformat.read(done, 4).cells if cell.cell_type == "code" for out in cell.outputs]
    assert any("image/png" in out.get("data", {}) for out in outputs)
