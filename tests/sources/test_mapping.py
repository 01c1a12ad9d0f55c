"""Every mistake in cohort.toml is a problem that names the key."""

import pytest

from analysis.errors import InputError
from analysis.sources import read_cohort
from analysis.study import Study
from tests.sources.conftest import TOP, WEEKLY

GOOD = "id,week,pain\nA,2026-01-05,3\n"


@pytest.mark.parametrize(
    ("mapping", "key", "said"),
    [
        (WEEKLY.replace('table = "weekly_reports"', 'table = "weekly_report"'), "table", '"weekly_reports"'),
        (WEEKLY.replace("pain_nrs", "pain_nsr"), "pain_nsr", '"pain_nrs"'),
        (WEEKLY.replace('region = "hip_groin"', 'region = "hip"'), "region", '"hip_groin"'),
        (WEEKLY.replace('set = { region = "hip_groin" }', ""), "region", "add it to set"),
        (WEEKLY.replace("path = ", 'decimla = ","\npath = '), "decimla", '"decimal"'),
        (WEEKLY.replace("path = ", 'decimal = ";"\npath = '), "decimal", ""),
        (WEEKLY.replace("path = ", 'decimal = ","\nthousands = ","\npath = '), "thousands", ""),
        (WEEKLY.replace("path = ", 'dates = "dmy"\npath = '), "dates", ""),
        (WEEKLY.replace("path = ", 'dates = "%d.%m"\npath = '), "dates", "day, month and year"),
        (WEEKLY.replace("path = ", 'timezone = "Berlin"\npath = '), "timezone", ""),
        (WEEKLY.replace("path = ", 'encoding = "ansi-x"\npath = '), "encoding", ""),
        (WEEKLY.replace("path = ", "header_rows = [5, 4]\npath = "), "header_rows", "[4, 5]"),
        (WEEKLY.replace("path = ", 'duplicates = "mean"\npath = '), "duplicates", ""),
        (WEEKLY.replace("weekly.csv", "../weekly.csv"), "path", "into that folder"),
        (WEEKLY.replace("weekly.csv", "/tmp/weekly.csv"), "path", "into that folder"),
        (WEEKLY.replace('"pain"', '{ column = "pain", unit = "kg" }'), "unit", "remove"),
        (WEEKLY.replace('"pain"', '{ column = "pain", to = "monday" }'), "to", "remove"),
        (WEEKLY.replace('"pain"', '{ column = "pain", ocurrence = 1 }'), "ocurrence", '"occurrence"'),
        (WEEKLY.replace('"pain"', '{ column = "pain", clock = "week" }'), "clock", "remove"),
        (WEEKLY.replace("path = ", "last_row = 0\npath = "), "last_row", "from 1"),
        (WEEKLY.replace("path = ", "needs = [7]\npath = "), "needs", '["…", "…"]'),
        (WEEKLY.replace('region = "hip_groin"', 'region = "ASK"'), "region", "in place of ASK"),
        (WEEKLY.replace('region = "hip_groin"', 'region = "hip_groin", athlete_id = "ASK"'), "athlete_id", "ASK"),
        (WEEKLY + '[file.codes.athlete_id]\nA = "ASK"\n', "athlete_id", "ASK"),
        (WEEKLY.replace('"pain"', "7"), "pain_nrs", ""),
        (WEEKLY + 'ostrc_q1 = "week"\n', "ostrc_version", "add ostrc_version to set"),
        (WEEKLY + '[file.codes.side]\nL = "left"\n', "codes.side", "map side"),
        (WEEKLY + "[file.codes.pain_nrs]\nlots = 11\n", "pain_nrs", ""),
        (WEEKLY + '[file.codes.pain_nrs]\nlots = "x"\n', "pain_nrs", ""),
        (WEEKLY + '[file.unpivot]\npattern = "(?P<site>R|L)x"\nvalue = "pain_nrs"\n', "pattern", "side"),
        (WEEKLY + '[file.unpivot]\npattern = "(?P<side>R|L"\nvalue = "pain_nrs"\n', "pattern", ""),
        (WEEKLY + '[file.unpivot]\npattern = "(?P<side>R|L)"\nvalue = "pain_nrs"\n', "pain_nrs", "remove the others"),
        (WEEKLY + '[[athletes]]\nathlete_id = "A"\nage = 3\n', "age", '"age_y"'),
        (WEEKLY + '[same_athlete]\nb = "a"\nc = "b"\n', "c", "final id"),
        (WEEKLY + "[study]\nx = 1\n", "study", "correct the key"),
    ],
)
def test_a_mistake_names_its_key_and_what_to_do(raw, mapping, key, said):
    errors = [p for p in raw.write("weekly.csv", GOOD).read(mapping).errors if p.file == "cohort.toml"]
    assert [p.column for p in errors] == [key]
    assert said in errors[0].fix


def test_mistakes_of_all_blocks_are_told_at_once_and_the_other_files_are_read(raw):
    broken = WEEKLY.replace("pain_nrs", "pain") + WEEKLY.replace("hip_groin", "hip")
    cohort = raw.write("weekly.csv", GOOD).read(broken + WEEKLY)
    assert [p.place.split(" (")[0] for p in cohort.errors] == ["[[file]] 1", "[[file]] 2"]
    assert len(cohort.tables["weekly_reports"]) == 1


def test_the_time_zone_in_which_weeks_start_has_to_be_given(raw):
    errors = raw.write("weekly.csv", GOOD).read(WEEKLY, top='[cohort]\npseudonym_key = "k"\n').errors
    assert [p.column for p in errors] == ["timezone"]


def test_a_rating_needs_its_scale(raw):
    raw.write("log.csv", "id,date,rpe\nA,2026-01-05,3\n")
    mapping = '[[file]]\npath="log.csv"\ntable="training_sessions"\nset={sport="run"}\n'
    mapping += '[file.columns]\nathlete_id="id"\ndate="date"\nrpe="rpe"\n'
    assert [p.column for p in raw.read(mapping).errors] == ["rpe_scale"]
    assert raw.read(mapping.replace('sport="run"', 'sport="run", rpe_scale="cr10"')).errors == ()


def test_without_a_folder_or_a_readable_cohort_toml_nothing_can_be_said(raw):
    with pytest.raises(InputError, match="no such folder"):
        read_cohort(raw.folder / "nowhere", Study())
    with pytest.raises(InputError, match="no such file"):
        read_cohort(raw.folder, Study())
    for text in (b"[cohort\n", b"name = '\xff'"):
        raw.write("cohort.toml", text)
        with pytest.raises(InputError, match="not TOML"):
            read_cohort(raw.folder, Study())


def test_a_cohort_without_files_says_so(raw):
    assert [p.column for p in raw.read("", TOP).errors] == ["file"]
