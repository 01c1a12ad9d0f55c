"""Whatever befalls an export: the right values or a list of problems, never a traceback, a hang or a changed number."""

import io
import sys
import zipfile
from collections import Counter

import pytest

from tests.sources.conftest import SESSIONS, TOP, WEEKLY, only
from tests.sources.fuzz import ACTIVITIES, LONGEST_S, Run, run_seed

FAST, SLOW = range(300), range(300, 5600)
"""Seeds: of the cases that run at every change, and of those of `make test-slow`."""


def _failed(runs: list[Run]) -> str:
    """The cases that failed, each with its seed and how to repeat it."""
    return "\n\n".join(
        f"seed {r.case.seed} ({r.case.base}, {r.case.kind}): {r.verdict.why[:1500]}\n"
        f"repeat with: python -m tests.sources.fuzz {r.case.seed}"
        for r in runs
        if r.verdict.outcome == "failed"
    )


def _outcomes(runs: list[Run]) -> Counter[str]:
    return Counter(r.verdict.outcome for r in runs)


@pytest.mark.parametrize("first", FAST[::50])
def test_mutated_exports_end_in_the_right_values_or_in_problems(first):
    runs = [run_seed(seed) for seed in range(first, first + 50)]
    assert not _failed(runs), _failed(runs)
    found = _outcomes(runs)
    assert found["same"] >= 5, "hardly any case was read: the judge had nothing to compare"
    assert found["problem"] >= 5, "hardly any damage was told"


@pytest.mark.slow
def test_thousands_of_mutated_exports_end_in_the_right_values_or_in_problems():
    runs = [run_seed(seed) for seed in SLOW]
    kinds = Counter((r.case.kind, r.verdict.outcome) for r in runs)
    table = "\n".join(f"{kind:16} {outcome:8} {n}" for (kind, outcome), n in sorted(kinds.items()))
    slowest = max(runs, key=lambda r: r.seconds)
    slow = f"slowest: seed {slowest.case.seed} ({slowest.case.base}, {slowest.case.kind}) {slowest.seconds:.2f} s"
    sys.stdout.write(f"\n{table}\n{slow}\n")
    assert not _failed(runs), _failed(runs)
    assert slowest.seconds < LONGEST_S
    assert min(_outcomes(runs)[outcome] for outcome in ("same", "problem", "exact")) > 200


# -- what the fuzz found ----------------------------------------------------------------------------------------


def test_a_file_without_its_header_row_shows_none_of_its_cells(raw):
    """Seed 17: the first row stood for the header, and its cells were proposed as closest names."""
    raw.write("weekly.csv", "A-01,Anna Smith,2026-01-05,3\nA-02,Bo Ek,2026-01-05,4\n")
    errors = raw.read(WEEKLY).errors
    assert {p.code for p in errors} == {"COLUMN"}
    assert "Anna" not in "".join(p.text for p in errors)
    assert all("header_rows" in p.fix for p in errors)


@pytest.mark.parametrize("row", ["A,Anna Smith,3", "A,2026-01-05,Anna Smith"])
def test_a_name_in_a_column_of_dates_or_numbers_is_shown_by_its_initials(raw, row):
    """Seed 143: a row that slipped by one cell put the name where a date belongs."""
    problem = only(
        raw.write("weekly.csv", f"id,week,pain\n{row}\n").read(WEEKLY).errors, "DATE" if "3" in row[-1] else "NUMBER"
    )
    assert problem.found == '"A… S…"'


@pytest.mark.parametrize(("name", "old", "new"), [("tcx", b">141<", b">about 141<"), ("gpx", b"<ele>106", b"<ele>1O6")])
def test_a_number_of_an_activity_that_cannot_be_read_is_told(raw, name, old, new):
    """Seeds 48, 122: the mean heart rate was that of the other points, and nothing said so."""
    base = next(a for a in ACTIVITIES if a.name == name)
    assert base.content.count(old) == 1
    raw.write(base.file, base.content.replace(old, new))
    columns = '[file.columns]\nstart_utc = "start"\nhr_avg_bpm = "hr_avg_bpm"\n'
    block = (
        SESSIONS.partition("[file.columns]")[0]
        .replace("log.csv", base.file)
        .replace("sport =", 'athlete_id = "A", sport =')
    )
    told = only(raw.read(block + columns, TOP).warnings, "NUMBER")
    assert told.found.startswith("1 numbers that cannot be read")


def test_one_cell_with_another_decimal_mark_does_not_change_the_column_by_a_factor_of_1000(raw):
    """Seed 2066: 1.117 m of ascent among decimal commas, read as 1117, became 1.117 when one cell said ".5"."""
    mapping = SESSIONS + 'ascent_m = "up"\n'
    head = "id;date;km;up\nA;2026-01-05;7,75;1.117\nA;2026-01-06;9,25;1.334\n"
    assert raw.write("log.csv", head).read(mapping).tables["training_sessions"]["ascent_m"].tolist() == [1117, 1334]
    slipped = raw.write("log.csv", head + "A;2026-01-07;10,5;.5\n").read(mapping)
    problem = only(slipped.errors, "DECIMAL")
    assert (problem.place, problem.column) == ("line 4", "up")
    assert slipped.tables["training_sessions"]["ascent_m"].isna().all()


def test_a_file_without_a_name_in_an_archive_is_left_out(raw):
    """Seed 2208: a changed byte in the directory of an archive made a name empty."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("weekly.csv", "id,week,pain\nA,2026-01-05,3\n")
        archive.writestr("X", "")
    nameless = packed.getvalue().replace(b"X", b"\0")
    cohort = raw.write("e.zip", nameless).read(WEEKLY.replace("weekly.csv", "e.zip/*.csv"))
    assert cohort.tables["weekly_reports"]["pain_nrs"].tolist() == [3]


@pytest.mark.parametrize("trial", ["51", "9" * 2000, "9" * 5000])
def test_a_trial_number_in_a_header_that_cannot_be_is_an_error(raw, trial):
    """Seed 5545: it was taken as it stood, and the table then failed."""
    mapping = '[[file]]\npath = "t.csv"\ntable = "hip_assessments"\n'
    mapping += 'set = { motion = "abduction", quality = "endurance", date = 2026-01-05 }\n'
    mapping += '[file.columns]\nathlete_id = "id"\n[file.unpivot]\n'
    mapping += "pattern = '(?P<side>left|right) (?P<trial_no>\\d+)'\nvalue = \"time_s\"\n"
    cohort = raw.write("t.csv", f"id,left 1,right {trial}\nA,61,62\n").read(mapping)
    assert only(cohort.errors, "RANGE" if trial == "51" else "NUMBER").place == "line 1"
    assert cohort.tables["hip_assessments"]["time_s"].tolist() == [61]
