"""The made-up run, built once for the tests that only look at it."""

from pathlib import Path

import pytest

from analysis.report import build_report
from analysis.study import Study

from .fake_run import INFO, write_run


@pytest.fixture(scope="session")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run with a report; look, do not change."""
    folder = tmp_path_factory.mktemp("run")
    write_run(folder)
    build_report(folder, INFO, Study())
    return folder


@pytest.fixture(scope="session")
def share(run_dir: Path) -> Path:
    """What of that run may be handed out."""
    return run_dir / "share"
