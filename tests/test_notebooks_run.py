"""The notebooks that are no stage of a run go through from the first cell to the last, on something small."""

from pathlib import Path

import nbformat
import pandas as pd
import papermill
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
SMALL = {
    "learn/known_truth": {"n_cohorts": 2, "n_athletes": 15, "jobs": 1},
    "learn/published_numbers": {},
    "plan_study": {"athletes": [8], "weeks": [6], "effects": [-0.5], "replicates": 4, "jobs": 1},
}


def test_every_notebook_that_is_no_stage_is_run_here():
    names = {path.relative_to(NOTEBOOKS).with_suffix("").as_posix() for path in NOTEBOOKS.rglob("*.ipynb")}
    assert {name for name in names if not name[:2].isdigit()} == set(SMALL)


def run(name: str, folder: Path, **more: str) -> nbformat.NotebookNode:
    """The executed notebook; what it writes is in `folder`/out."""
    source, done = NOTEBOOKS / f"{name}.ipynb", folder / "done.ipynb"
    given = SMALL[name] | {"run_dir": str(folder / "out")} | more
    papermill.execute_notebook(source, done, given, cwd=source.parent, kernel_name="python3", progress_bar=False)
    return nbformat.read(done, 4)


@pytest.mark.parametrize("name", SMALL)
def test_it_runs_and_leaves_its_table_and_figures(name, tmp_path):
    done = run(name, tmp_path)
    assert any(path.suffix == ".csv" and path.stat().st_size for path in (tmp_path / "out").iterdir())
    outputs = [out for cell in done.cells if cell.cell_type == "code" for out in cell.outputs]
    assert any("image/png" in out.get("data", {}) for out in outputs)


def test_published_numbers_run_without_the_public_tables_and_say_which_file_is_not_here(tmp_path):
    run("learn/published_numbers", tmp_path, public_data=str(tmp_path / "absent"), reference=str(tmp_path / "absent"))
    table = pd.read_csv(tmp_path / "out" / "published_numbers.csv").groupby("example")["met"].agg(set)
    assert table["football_rates"] == {"not here: football_injuries.csv, football_exposure.csv"}
    assert table["hip_strength"] == {"not here: rbds_runners_hip_strength.txt"}
    assert table["lme4"] == {"not here: sleepstudy.csv, cbpp.csv"}
    assert table["ostrc"] == table["running"] == {"pass"}
