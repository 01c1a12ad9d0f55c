"""A folder or archive as a whole: files alike once, links, ids in two styles, what is not read."""

import gzip
import zipfile

import pytest

from analysis.errors import InputError
from analysis.sources.peek import cohort_toml, peek, peek_lines
from tests.sources.peek.conftest import Folder

LOG = "date,sport,minutes\n2026-03-02,run,40\n2026-03-03,run,50\n"


def test_files_alike_are_shown_once_with_a_pattern_that_takes_these_alone(folder: Folder):
    for i in range(3):
        folder.write(f"log_{i}.csv", f"athlete,date,sport,minutes\nA{i},2026-03-02,run,40\nA{i},2026-03-03,run,50\n")
    folder.write("log_old.csv", "a,b\n1,2\n")
    seen = peek(folder.path)
    assert [(f.path, len(f.names)) for f in seen.files] == [
        ("log_0.csv", 1),
        ("log_1.csv", 1),
        ("log_2.csv", 1),
        ("log_old.csv", 1),
    ]
    (folder.path / "log_old.csv").unlink()
    assert [(f.path, len(f.names)) for f in peek(folder.path).files] == [("log_*.csv", 3)]


def test_a_folder_for_each_athlete_tells_whose_file_it_is(folder: Folder):
    for name in ("A1", "A2", "A3"):
        folder.write(f"{name}/log.csv", LOG)
    seen = peek(folder.path)
    assert "from_path = '(?P<athlete_id>[^/]+)/.*'" in cohort_toml(seen)
    cohort = folder.check(seen, {"timezone": '"Europe/Berlin"'})
    assert len(cohort.tables["athletes"]) == 3


def test_an_archive_is_looked_into_and_its_links_are_counted(folder: Folder):
    path = folder.path / "strava.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("activities.csv", "Activity ID,Filename\n1,activities/1.gpx\n2,activities/2.gpx.gz\n")
        archive.writestr("activities/2.gpx.gz", gzip.compress(b"<gpx></gpx>"))
    seen = peek(path)
    assert {f.names[0] for f in seen.files} == {"strava.zip/activities.csv", "strava.zip/activities/2.gpx.gz"}
    assert any("1 of 2 rows" in n.value for n in seen.notes)


def test_what_is_no_table_is_named_with_what_to_do(folder: Folder):
    folder.write("log.csv", LOG)
    folder.write("report.pdf", b"%PDF-1.7")
    assert any("report.pdf: not read: a PDF. Export it as CSV" in line for line in peek_lines(peek(folder.path)))


def test_ids_in_two_styles_are_told(folder: Folder):
    rows = "".join(f"player_{i},F,3{i}\n" for i in range(1, 7))
    folder.write("athletes.csv", f"player_id,sex,age\n{rows}")
    folder.write(
        "log.csv", "player_id,date,sport,minutes\n" + "".join(f"{i},2026-03-0{i},run,40\n" for i in range(1, 7))
    )
    assert [n.what for n in peek(folder.path).notes] == ["ids"]


def test_nothing_is_written(folder: Folder):
    folder.write("log.csv", LOG)
    before = sorted(p.name for p in folder.path.rglob("*"))
    peek(folder.path)
    assert sorted(p.name for p in folder.path.rglob("*")) == before


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook"])
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(folder: Folder, content):
    with pytest.raises(InputError, match="found"):
        folder.peek("x.xlsx", content)


def test_no_file_and_an_empty_folder_are_refused(folder: Folder):
    with pytest.raises(InputError, match="no such file"):
        peek(folder.path / "absent.csv")
    with pytest.raises(InputError, match="no files"):
        peek(folder.path)
