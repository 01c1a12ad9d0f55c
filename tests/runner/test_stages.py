"""Notebooks as stages."""

import json

import pytest

from analysis.errors import HiprunError
from analysis.runner.stages import checkout, notebooks_folder, read_stages
from tests.runner.conftest import write_notebook


def test_stages_come_in_the_order_of_their_numbers_and_other_notebooks_are_none(tmp_path):
    for name in ("04_pain", "01_validate", "athlete_report", "03_cohort"):
        write_notebook(tmp_path, name, "x = 1", needs=("athletes",), own="n = 3  # number\n")
    stages = read_stages(tmp_path)
    assert [s.name for s in stages] == ["01_validate", "03_cohort", "04_pain"]
    assert (stages[2].title, stages[2].needs, stages[2].n_cells) == ("pain", ("athletes",), 3)
    assert stages[2].values({}) == {"n": 3}
    assert stages[2].values({"n": 4}) == {"n": 4}


def test_the_notebooks_of_this_checkout_are_found():
    root = checkout()
    assert root is not None
    assert notebooks_folder() == root / "notebooks"


def test_a_wheel_has_its_notebooks_in_the_package(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.runner.stages.PACKAGE", tmp_path / "site-packages" / "analysis")
    with pytest.raises(HiprunError, match="no notebooks found"):
        notebooks_folder()
    (tmp_path / "site-packages" / "analysis" / "notebooks").mkdir(parents=True)
    assert notebooks_folder() == tmp_path / "site-packages" / "analysis" / "notebooks"
    assert checkout() is None


def test_a_file_that_is_no_notebook_and_an_empty_folder_are_named(tmp_path):
    with pytest.raises(HiprunError, match="no notebooks named like"):
        read_stages(tmp_path)
    (tmp_path / "01_validate.ipynb").write_text("{")
    with pytest.raises(HiprunError, match=r"01_validate\.ipynb: not a notebook"):
        read_stages(tmp_path)


def test_a_notebook_without_parameters_cell_or_common_parameter_is_refused(tmp_path):
    path = write_notebook(tmp_path, "01_validate", "x = 1")
    notebook = json.loads(path.read_text())
    parameters = notebook["cells"][1]
    parameters["source"] = ["cohort = 'demo'\n", "run_dir = 'x'\n"]
    path.write_text(json.dumps(notebook))
    with pytest.raises(HiprunError, match="lacks data_dir"):
        read_stages(tmp_path)
    parameters["metadata"] = {}
    path.write_text(json.dumps(notebook))
    with pytest.raises(HiprunError, match="0 cells are tagged"):
        read_stages(tmp_path)
