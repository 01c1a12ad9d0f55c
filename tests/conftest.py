"""Fixtures every room may use."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """The folder of public data and real export files beside the checkout; absent on most machines."""
    if not SHARED.is_dir():
        pytest.skip("../shared is absent: real files not read")
    return SHARED
