"""Stages, papermill, resume, manifest: what `hiprun run`, `check` and `report` do."""

from analysis.runner.cohorts import simulate_into
from analysis.runner.commands import Request, check_cohort, rebuild_report, run_cohorts
from analysis.runner.progress import Voice
from analysis.runner.stages import checkout, notebooks_folder

__all__ = [
    "Request",
    "Voice",
    "check_cohort",
    "checkout",
    "notebooks_folder",
    "rebuild_report",
    "run_cohorts",
    "simulate_into",
]
