"""A folder data/raw/<cohort> to write files into, and what reading it says."""

from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from analysis.sources import Cohort, Problem, read_cohort
from analysis.study import Study
from analysis.tables import RAW_TABLES

TOP = '[cohort]\nname = "t"\ntimezone = "Europe/Berlin"\npseudonym_key = "test"\n'
WEEKLY = """
[[file]]
path = "weekly.csv"
table = "weekly_reports"
set = { region = "hip_groin" }
[file.columns]
athlete_id = "id"
week_start = "week"
pain_nrs = "pain"
"""
SESSIONS = """
[[file]]
path = "log.csv"
table = "training_sessions"
set = { sport = "run" }
[file.columns]
athlete_id = "id"
date = "date"
distance_km = "km"
"""


@dataclass
class Raw:
    """The raw folder of a cohort under test."""

    folder: Path

    def write(self, name: str, content: str | bytes) -> "Raw":
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return self

    def workbook(self, name: str, sheets: dict[str, list[list]], merge: dict[str, list[str]] | None = None) -> "Raw":
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            for area in (merge or {}).get(title, []):
                sheet.merge_cells(area)
        book.save(self.folder / name)
        return self

    def read(self, mapping: str, top: str = TOP, **study) -> Cohort:
        self.write("cohort.toml", top + mapping)
        cohort = read_cohort(self.folder, Study(**study))
        for name, table in cohort.tables.items():
            RAW_TABLES[name].schema().validate(table)
        return cohort


@pytest.fixture
def raw(tmp_path) -> Raw:
    folder = tmp_path / "data" / "raw" / "t"
    folder.mkdir(parents=True)
    return Raw(folder)


def only(problems: tuple[Problem, ...], code: str) -> Problem:
    """The one problem with that code."""
    found = [p for p in problems if p.code == code]
    assert len(found) == 1, [p.text for p in problems]
    return found[0]
