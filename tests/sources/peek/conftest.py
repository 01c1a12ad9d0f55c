"""Files to peek at, and what `hiprun check` says to the mapping that is proposed for them."""

import re
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest

from analysis.sources import Cohort, read_cohort
from analysis.sources.peek import Peek, cohort_toml, peek
from analysis.sources.read_mapping import read_mapping
from analysis.study import Study

TOP = '[cohort]\nname = "t"\ntimezone = "Europe/Berlin"\npseudonym_key = "test"\nstart = 2026-01-05\n\n'


@dataclass
class Folder:
    """A folder of exports under test."""

    path: Path

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def workbook(self, name: str, sheets: dict[str, list[list]], hidden: tuple[str, ...] = ()) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
            sheet.sheet_state = "hidden" if title in hidden else "visible"
        book.save(self.path / name)
        return self.path / name

    def peek(self, name: str, content: str | bytes, **more) -> Peek:
        return peek(self.write(name, content), **more)

    def check(self, seen: Peek, answers: dict[str, str] | None = None) -> Cohort:
        """What check says to the proposal, its questions answered: start of a line -> text in place of "ASK"."""
        text = cohort_toml(seen) if seen.is_folder else TOP + cohort_toml(seen)
        for start, answer in (answers or {}).items():
            text, n = re.subn(rf'(?m)^({re.escape(start)}.*?)"ASK"', rf"\g<1>{answer}", text)
            assert n, f"no question at {start}: {text}"
        self.write("cohort.toml", text)
        return read_cohort(self.path, Study())

    def refused(self, seen: Peek) -> list[str]:
        """The keys of the problems that the mapping as proposed has."""
        self.write("cohort.toml", cohort_toml(seen) if seen.is_folder else TOP + cohort_toml(seen))
        return [p.column for p in read_mapping(self.path)[1]]


@pytest.fixture
def folder(tmp_path) -> Folder:
    path = tmp_path / "data" / "raw" / "t"
    path.mkdir(parents=True)
    return Folder(path)


def errors(cohort: Cohort) -> list[str]:
    return [p.text for p in cohort.problems if p.severity == "error"]
