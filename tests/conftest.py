"""Fixtures every room may use, and the order of the tests."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
FIRST = ("test_main_job", "test_any_cohort", "test_wheel")
"""Whole runs of minutes: begun last, they would leave one of two processes idle at the end. Each file stays in one
process (`--dist loadfile` in the Makefile), since its tests share a run."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: FIRST.index(item.path.stem) if item.path.stem in FIRST else len(FIRST))


@pytest.fixture
def shared() -> Path:
    """The folder of public data and real export files beside the checkout; absent on most machines."""
    if not SHARED.is_dir():
        pytest.skip("../shared is absent: real files not read")
    return SHARED
