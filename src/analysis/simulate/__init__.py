"""Cohorts with a stated truth: as clean tables, and as raw files as untidy as real ones."""

from analysis.simulate.simulation import Simulation, simulate, simulate_tables
from analysis.simulate.truth import Truth, describe_truth, null_truth, read_truth
from analysis.simulate.write import DEMO, simulate_cohort

__all__ = [
    "DEMO",
    "Simulation",
    "Truth",
    "describe_truth",
    "null_truth",
    "read_truth",
    "simulate",
    "simulate_cohort",
    "simulate_tables",
]
