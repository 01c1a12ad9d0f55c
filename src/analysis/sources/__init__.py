"""Foreign files to validated tables. The only room that knows a foreign format."""

from analysis.sources.cohort import Cohort, read_cohort
from analysis.sources.overview import table_overview
from analysis.sources.peek import peek
from analysis.sources.problems import Problem, ProblemGroup, group_problems, problems_frame
from analysis.sources.processed import (
    Processed,
    read_panel,
    read_processed,
    read_used_study,
    write_panel,
    write_processed,
    write_study,
)

__all__ = [
    "Cohort",
    "Problem",
    "ProblemGroup",
    "Processed",
    "group_problems",
    "peek",
    "problems_frame",
    "read_cohort",
    "read_panel",
    "read_processed",
    "read_used_study",
    "table_overview",
    "write_panel",
    "write_processed",
    "write_study",
]
