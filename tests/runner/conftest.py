"""A study in a temporary folder: small notebooks, a raw folder, and an executor without kernels."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

from analysis.runner import Request, Voice, run_cohorts
from analysis.runner.execute import StageError

PARAMETERS = 'cohort = "demo"  # name\ndata_dir = "../data"  # folder\nrun_dir = "../reports/demo/manual"  # folder\n'
MARK = "from pathlib import Path\nPath(run_dir, 'internal', 'results').mkdir(parents=True, exist_ok=True)\n"
VALIDATE = """
import json
from pathlib import Path
processed = Path(data_dir, "processed", cohort)
processed.mkdir(parents=True, exist_ok=True)
(processed / "cohort.json").write_text(json.dumps({"tables": ["athletes", "weekly_reports"]}))
(processed / "athletes.parquet").write_text("athletes")
"""
PANEL = """
from pathlib import Path
Path(data_dir, "processed", cohort, "athlete_weeks.parquet").write_text("weeks")
"""
PAIN = MARK + "Path(run_dir, 'internal', 'results', '04_pain.json').write_text(str(draws))"
REPORT = """
import json
from pathlib import Path
share = Path(run_dir, "share")
share.mkdir(parents=True, exist_ok=True)
run = json.loads(Path(run_dir, "run.json").read_text())
(share / "report.html").write_text(str([s["state"] for s in run["stages"]]))
"""


def write_notebook(
    folder: Path, name: str, *cells: str, needs: tuple[str, ...] = (), own: str = "", text: str = "# A title"
) -> Path:
    """A notebook: one markdown cell, the parameters cell and code cells."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["hiprun"] = {"title": name[3:], "needs": list(needs)}
    parameters = nbformat.v4.new_code_cell(PARAMETERS + own, metadata={"tags": ["parameters"]})
    code = [nbformat.v4.new_code_cell(cell) for cell in cells]
    notebook.cells = [nbformat.v4.new_markdown_cell(text), parameters, *code]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


@dataclass
class Study:
    """A working folder with data/, reports/ and notebooks/; `ran` lists the stages executed so far."""

    root: Path
    ran: list[str] = field(default_factory=list)
    said: list[dict[str, object]] = field(default_factory=list)

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def processed(self) -> Path:
        return self.root / "data" / "processed"

    def add_cohort(self, name: str) -> Path:
        raw = self.root / "data" / "raw" / name
        raw.mkdir(parents=True)
        (raw / "cohort.toml").write_text(f'[cohort]\nname = "{name}"\n')
        return raw

    def run(self, *cohorts: str, quiet: bool = False, **asked: object) -> int:
        self.ran.clear()
        request = Request(cohorts=list(cohorts), data=self.root / "data", out=self.root / "reports", **asked)
        return run_cohorts(request, Voice(quiet), self.notebooks)

    def run_dirs(self, cohort: str = "demo") -> list[Path]:
        return sorted(path.parent for path in (self.root / "reports" / cohort).glob("*/run.json"))

    def manifest(self, cohort: str = "demo") -> dict:
        (run_dir,) = self.run_dirs(cohort)
        return json.loads((run_dir / "run.json").read_text())

    def states(self, cohort: str = "demo") -> dict[str, str]:
        return {s["name"]: s["state"] for s in self.manifest(cohort)["stages"]}


@pytest.fixture(name="study")
def make_study(tmp_path, monkeypatch) -> Study:
    """Four stages and the cohort `demo`; notebooks are executed in this process, raw files are not read."""
    made = Study(tmp_path)
    write_notebook(made.notebooks, "01_validate", VALIDATE)
    write_notebook(made.notebooks, "02_panel", PANEL)
    own = "draws = 2000  # number of draws\nhalf_life = 2.0  # weeks\n"
    write_notebook(made.notebooks, "04_pain", PAIN, needs=("weekly_reports",), own=own)
    write_notebook(made.notebooks, "08_report", REPORT)
    made.add_cohort("demo")

    def in_process(stage, parameters, done, failed, on_cell):
        made.ran.append(stage.name)
        made.said.append(parameters)
        notebook = nbformat.read(stage.path, as_version=4)
        names: dict[str, object] = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                try:
                    exec(cell.source, names)
                except ValueError as error:
                    failed.parent.mkdir(parents=True, exist_ok=True)
                    nbformat.write(notebook, failed)
                    raise StageError(f"{stage.path.name}, cell 3 of 3: ValueError: {error}") from error
                names |= parameters
                on_cell()
        done.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, done)

    monkeypatch.setattr("analysis.runner.execute.execute_stage", in_process)
    monkeypatch.setattr("analysis.runner.run.check_inputs", lambda *_, **__: 0)
    return made
