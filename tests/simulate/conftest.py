"""Simulated cohorts, each made once."""

import pytest

from analysis.simulate import Simulation, simulate


@pytest.fixture(scope="session")
def cohort() -> Simulation:
    """60 runners over 26 weeks under the default truth."""
    return simulate(n_athletes=60, n_weeks=26, seed=3)


@pytest.fixture(scope="session")
def many() -> Simulation:
    """240 runners over 26 weeks under the default truth: enough to see the truth through the noise."""
    return simulate(n_athletes=240, n_weeks=26, seed=4)
