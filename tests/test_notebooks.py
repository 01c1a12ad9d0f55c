"""The notebooks are prose with thin cells, committed without outputs (DESIGN section 7)."""

import ast
import json
from pathlib import Path

import nbformat
import pytest

from analysis.tables import RAW_TABLES

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.rglob("*.ipynb"))
FORBIDDEN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.Try, ast.Lambda)


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_the_stages_of_the_main_job_are_there():
    stages = {"01_validate", "02_panel", "03_cohort", "04_pain", "05_injury", "06_claims", "08_report"}
    assert {p.stem for p in PATHS} >= stages


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_notebook_is_valid_and_committed_without_outputs(path):
    nbformat.validate(json.loads(path.read_text(encoding="utf-8")))
    for cell in code_cells(path):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_cells_are_thin_and_only_ask(path):
    for cell in code_cells(path):
        assert len(cell.source.splitlines()) <= 15, cell.source
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, FORBIDDEN), cell.source


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_the_first_code_cell_holds_literals_one_a_line_each_with_its_meaning(path):
    first = code_cells(path)[0]
    assert first.metadata.get("tags") == ["parameters"]
    for line in first.source.splitlines():
        (statement,) = ast.parse(line).body
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)
        assert len(line.split("# ", 1)[1]) > 10, line
    names = [ast.parse(line).body[0].targets[0].id for line in first.source.splitlines()]
    assert names[:3] == ["cohort", "data_dir", "run_dir"]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_notebook_says_its_question_and_how_to_read_its_figures(path):
    notebook = nbformat.read(path, as_version=4)
    words = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
    assert notebook.cells[0].cell_type == "markdown"
    assert notebook.cells[0].source.startswith("# ")
    assert "**Question.**" in words or path.stem == "08_report"
    figures = sum("stage.figure(" in c.source for c in code_cells(path))
    assert not figures or "**How to read.**" in words


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.stem)
def test_a_notebook_names_the_tables_it_needs(path):
    about = nbformat.read(path, as_version=4).metadata["hiprun"]
    assert about["title"]
    assert set(about["needs"]) <= set(RAW_TABLES)
