"""What one row of each table is: columns, units, meaning, allowed values and keys, declared once."""

from analysis.tables.declare import Column, Table
from analysis.tables.panel import ATHLETE_WEEKS, DOSES, EXPLANATORY, MOTION_SHORT
from analysis.tables.raw import (
    ATHLETES,
    HIP_ASSESSMENTS,
    HIP_WORK,
    INJURIES,
    OBSERVATION_WINDOWS,
    TRAINING_SESSIONS,
    WEEKLY_REPORTS,
)

RAW_TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        ATHLETES,
        TRAINING_SESSIONS,
        HIP_WORK,
        HIP_ASSESSMENTS,
        WEEKLY_REPORTS,
        INJURIES,
        OBSERVATION_WINDOWS,
    )
}
"""The tables foreign files may feed, by name; `athletes` comes first because the others refer to it."""

__all__ = [
    "ATHLETES",
    "ATHLETE_WEEKS",
    "DOSES",
    "EXPLANATORY",
    "HIP_ASSESSMENTS",
    "HIP_WORK",
    "INJURIES",
    "MOTION_SHORT",
    "OBSERVATION_WINDOWS",
    "RAW_TABLES",
    "TRAINING_SESSIONS",
    "WEEKLY_REPORTS",
    "Column",
    "Table",
]
