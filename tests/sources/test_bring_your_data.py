"""The page a clinic reads: its examples are read as it says, and it names every key, unit and code there is."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import analysis.sources
from analysis.sources.file_mapping import KEYS
from analysis.sources.mapping import ASK
from analysis.sources.source_column import COLUMN_KEYS
from analysis.sources.units import units_for
from analysis.tables import RAW_TABLES
from tests.sources.conftest import TOP

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "bring-your-data.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
EXAMPLE = SNIPPETS[0]
ATHLETES = "Code,Sex,Age\nA-01,F,31\nA-02,M,44\n"


def _codes_used() -> set[str]:
    """Upper-case words in the package but the zone UTC and the word of a question: the codes of its problems."""
    trees = [ast.parse(path.read_text("utf-8")) for path in Path(analysis.sources.__file__).parent.glob("*.py")]
    words = {n.value for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    return {w for w in words if isinstance(w, str) and re.fullmatch("[A-Z]{3,}", w)} - {"UTC", ASK}


def _first_cells(heading: str) -> set[str]:
    section = PAGE.split(heading)[1].split("\n#")[0]
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_the_table_of_codes_lists_every_code_of_a_problem_and_no_other():
    assert {"DATE", "RANGE", "EMPTY"} < _codes_used()
    assert _first_cells("## What the codes mean") == _codes_used()


def test_the_tables_of_keys_list_every_key_of_a_file_block_and_of_a_column():
    assert _first_cells("### A `[[file]]` block") == {*KEYS, *COLUMN_KEYS}


def test_every_unit_is_named():
    units = {u for table in RAW_TABLES.values() for column in table.columns for u in units_for(column)}
    said = " ".join(line for line in PAGE.splitlines() if line.startswith("Units: "))
    named = set(re.findall(r"\S+", " ".join(re.findall(r"`([^`]+)`", said))))
    assert named == units


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_snippet_is_toml_and_its_mapping_has_no_mistake(raw, snippet):
    assert tomllib.loads(snippet)
    top = "" if "[cohort]" in snippet else TOP
    errors = raw.read(snippet, top).errors
    assert {p.code for p in errors} <= {"FILE"} | ({"MAPPING"} if "[[file]]" not in snippet else set())
    assert all(p.column in ("path", "file", "dictionary") for p in errors)


def _runs(raw, *rows):
    return raw.workbook("runs.xlsx", {"January": [["Code", "Day", "km"], *rows]})


def test_the_small_example_reads_clean_files_without_an_error(raw):
    raw.write("athletes.csv", ATHLETES)
    raw.write("weekly.csv", "Code,Week of,Worst pain 0-10,Q2\nA-01,2026-01-05,3,17\n")
    _runs(raw, ["A-01", "2026-02-03", 5.2], ["A-02", "2026-02-04", None])
    cohort = raw.read(EXAMPLE, "")
    assert cohort.errors == ()
    assert set(cohort.tables) == {"athletes", "weekly_reports", "training_sessions", "observation_windows"}


def test_the_lines_shown_are_those_that_the_example_gives_for_files_with_slips(raw):
    raw.write("athletes.csv", ATHLETES)
    rows = "A-01,2026-01-05,3,13\nA-01,2026-01-12,slight,8\nA-03,2026-01-05,2,0\n"
    raw.write("weekly.csv", "Code,Week of,Worst pain 0-10,Q2\n" + rows)
    _runs(raw, ["A-01", "03/02/2026", 5.2], ["A-02", "04/02/2026", None], ["A-02", "05/02/2026", 3000])
    shown = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1].splitlines()
    assert sorted(shown) == sorted(p.text for p in raw.read(EXAMPLE, "").errors)


def test_every_link_of_the_page_leads_to_a_file():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", PAGE) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
