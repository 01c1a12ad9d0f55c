"""Files made to do harm are refused or read as the text they are, and nothing is written outside the run's folder."""

import base64
import csv
import gzip
import hashlib
import io
import os
import random
import stat
import time
import tracemalloc
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.report import Stage, build_report
from analysis.runner import Voice, check_cohort
from analysis.sources import files, problems_frame
from analysis.sources.blob import Blob
from analysis.sources.peek import peek, peek_lines
from analysis.study import Study
from analysis.tables.plain_csv import write_csv
from tests.report.fake_run import INFO
from tests.sources.conftest import SESSIONS, TOP, only
from tests.sources.old_workbooks import ods, ods_cell, ods_table

ROW = "A,2026-01-05,5\n"
LOG = "id,date,km\n" + ROW
BOMB = 40 << 20
"""More than is unpacked of a small file, and little enough for a quick test."""
SECONDS = 10
"""Of work; by the clock on the wall a test would fail on a busy machine."""


def _block(path: str) -> str:
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return SESSIONS.replace('path = "log.csv"', f'path = "{escaped}"')


def _zip(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def _workbook(path: Path, value: str, mark: str = "MARK", into: str = "") -> Path:
    """A workbook of a header and two rows, `mark` in its last cell replaced by `value`, whatever that does to it."""
    book = openpyxl.Workbook()
    for row in (["id", "date", "km"], ["A", "2026-01-05", 5], ["B", "2026-01-06", mark]):
        book.active.append(row)
    plain = io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in old.namelist():
            data = old.read(name)
            if into and name.endswith(into):
                data = data.replace(b"<worksheet", value.encode() + b"<worksheet", 1)
            new.writestr(name, data if into else data.replace(mark.encode(), value.encode()))
    return path


def _tree(folder: Path) -> dict[str, str]:
    """Every path below a folder, with the digest of a file."""
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else ""
        for p in sorted(folder.rglob("*"))
    }


# what unpacks to more than it seems


@pytest.fixture(scope="module")
def zeros() -> bytes:
    return b"0" * BOMB


@pytest.mark.parametrize(
    "path",
    [
        "log.csv.gz",
        "a.zip/log.csv",
        "a.zip/log.csv.gz",
        "a.zip/track.gpx",
        "track.tcx.gz",
        "health.xml.gz",
        "log.fit.gz",
    ],
)
def test_a_bomb_in_gzip_or_zip_is_refused_in_seconds_whatever_it_claims_to_be(raw, zeros, path):
    packed = gzip.compress(zeros, 1)
    start = b'<?xml version="1.0"?><gpx version="1.1"><trk>' + zeros
    _zip(raw.folder / "a.zip", {"log.csv": zeros, "log.csv.gz": packed, "track.gpx": start})
    for name in ("log.csv.gz", "track.tcx.gz", "health.xml.gz", "log.fit.gz"):
        raw.write(name, packed)
    begun = time.process_time()
    cohort = raw.read(_block(path))
    assert time.process_time() - begun < SECONDS
    problem = only(cohort.errors, "FORMAT")
    assert problem.file == path
    assert "training_sessions" not in cohort.tables


@pytest.mark.parametrize("kind", ["xlsx", "xlsm", "ods", "xls"])
def test_a_bomb_in_a_workbook_is_refused_before_it_is_unpacked(raw, zeros, kind):
    name = f"log.{kind}"
    if kind == "ods":
        ods(raw.folder / name, ods_table("t", [[ods_cell("0" * BOMB)]]))
    else:
        _workbook(raw.folder / name, "0" * BOMB)
    assert (raw.folder / name).stat().st_size < 1 << 20
    tracemalloc.start()
    problem = only(raw.read(_block(name)).errors, "FORMAT")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "unpacks to" in problem.found
    assert peak < BOMB


def test_an_archive_in_an_archive_is_not_opened(raw, tmp_path):
    inner = _zip(tmp_path / "inner.zip", {"log.csv": LOG}).read_bytes()
    _zip(raw.folder / "a.zip", {"b.zip": inner})
    assert only(raw.read(_block("a.zip/b.zip")).errors, "FORMAT").found == 'a file of kind ".zip"'
    assert only(raw.read(_block("a.zip/b.zip/log.csv")).errors, "FILE").found == "no such file"


# XML that says more than it shows

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 20}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY i SYSTEM "{uri}">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "{uri}"> %p;]>'
PLAIN_DTD = '<!DOCTYPE x SYSTEM "{uri}">'
XML = {
    "track.gpx": '<?xml version="1.0"?>{dtd}<gpx version="1.1"><trk><name>&i;</name><type>&i;</type><trkseg>'
    '<trkpt lat="1" lon="1"><time>2026-01-05T10:00:00Z</time></trkpt></trkseg></trk></gpx>',
    "track.tcx": '<?xml version="1.0"?>{dtd}<TrainingCenterDatabase><Activities><Activity Sport="&i;">'
    '<Lap StartTime="2026-01-05T10:00:00Z"><TotalTimeSeconds>60</TotalTimeSeconds></Lap></Activity></Activities>'
    "</TrainingCenterDatabase>",
    "health.xml": '<?xml version="1.0"?>{dtd}<HealthData><Workout workoutActivityType="&i;" duration="1" '
    'durationUnit="min" startDate="2026-01-05 10:00:00 +0100" endDate="2026-01-05 10:01:00 +0100"/></HealthData>',
}


@pytest.fixture
def secret(tmp_path) -> Path:
    """A file outside the cohort's folder that no reader may open."""
    path = tmp_path / "secret.txt"
    path.write_text("swordfish", encoding="utf-8")
    return path


@pytest.mark.parametrize("dtd", [LAUGHS, OUTSIDE, PARAMETER, PLAIN_DTD], ids=["laughs", "external", "parameter", "dtd"])
@pytest.mark.parametrize("name", [*XML, "log.xlsx", "shared.xlsx", "log.ods"])
def test_entities_are_refused_in_every_kind_of_xml_and_no_file_they_name_is_opened(raw, secret, name, dtd):
    dtd = dtd.format(uri=secret.as_uri()) if "{uri}" in dtd else dtd
    if name in XML:
        raw.write(name, XML[name].format(dtd=dtd))
    elif name == "log.ods":
        ods(raw.folder / name, ods_table("t", [[ods_cell("id"), ods_cell("&i;")]]), dtd)
    else:
        _workbook(raw.folder / name, dtd, into="sheet1.xml" if name == "log.xlsx" else "workbook.xml")
        if name == "shared.xlsx":
            _into_every_part(raw.folder / name, dtd)
    begun = time.process_time()
    cohort = raw.read(_block(name))
    assert time.process_time() - begun < SECONDS
    assert {p.code for p in cohort.errors} >= {"FORMAT"}
    assert "training_sessions" not in cohort.tables
    assert not [p.text for p in cohort.problems if "swordfish" in p.text or "haha" in p.text]


def _into_every_part(path: Path, dtd: str) -> None:
    """The declaration after the XML declaration of every part of a workbook."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for name, data in parts.items():
        head, mark, rest = data.partition(b"?>")
        parts[name] = head + mark + dtd.encode() + rest if mark else dtd.encode() + data
    _zip(path, parts)


# paths that lead elsewhere


@pytest.mark.parametrize(
    "member", ["../../evil.csv", "/tmp/evil.csv", "..\\..\\evil.csv", "C:\\evil.csv", "a/../../evil.csv", "\nevil.csv"]
)
def test_a_member_whose_name_climbs_is_read_where_it_is_and_nothing_is_written(raw, tmp_path, member):
    _zip(raw.folder / "a.zip", {member: LOG})
    raw.write("cohort.toml", TOP + _block("a.zip/*evil.csv"))
    before = _tree(tmp_path)
    cohort = raw.read(_block("a.zip/*evil.csv"))
    assert _tree(tmp_path) == before
    assert cohort.tables["training_sessions"]["distance_km"].tolist() == [5]
    assert all(c.isprintable() for p in cohort.problems for c in p.text)
    assert not Path("/tmp/evil.csv").exists()


def test_a_link_in_an_archive_is_a_text_that_names_a_file_and_is_not_followed(raw, secret):
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(raw.folder / "a.zip", "w") as archive:
        archive.writestr(link, str(secret))
    cohort = raw.read(_block("a.zip/link.csv"))
    assert {p.code for p in cohort.errors} == {"COLUMN", "EMPTY"}
    assert not [p.text for p in cohort.problems if "swordfish" in p.text]


@pytest.mark.parametrize("key", ["path", "dictionary"])
@pytest.mark.parametrize(
    "path", ["../x.csv", "a/../../x.csv", "/etc/passwd", "C:\\x.csv", "C:/x.csv", "..\\x.csv", "../*"]
)
def test_a_path_in_cohort_toml_that_leaves_the_folder_is_refused(raw, key, path):
    raw.write("log.csv", LOG)
    block = _block(path) if key == "path" else SESSIONS.replace("set =", f"dictionary = {path!r}\nset =")
    cohort = raw.read(block)
    assert [(p.code, p.column) for p in cohort.errors] == [("MAPPING", key)]
    assert set(cohort.inputs) == {"cohort.toml"}


@pytest.mark.parametrize("path", ["link.csv", "li*.csv", "folder/log.csv", "folder/*.csv", "link.zip/log.csv"])
def test_a_link_in_the_folder_to_something_outside_is_refused(raw, tmp_path, path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "log.csv").write_text(LOG, encoding="utf-8")
    _zip(outside / "a.zip", {"log.csv": LOG})
    (raw.folder / "link.csv").symlink_to(outside / "log.csv")
    (raw.folder / "link.zip").symlink_to(outside / "a.zip")
    (raw.folder / "folder").symlink_to(outside, target_is_directory=True)
    cohort = raw.read(_block(path))
    assert {p.code for p in cohort.errors} == {"FILE"}
    assert "training_sessions" not in cohort.tables


# formulas, scripts and templates in cells

FORMULAS = ("=cmd|'/C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-2+3", '=HYPERLINK("http://e.org")')
SCRIPTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}",
    "{% raise %}",
    "#panic(\"typst\")",
    "#read(\"/etc/passwd\")",
    "$(touch evil)",
    "%s %d {0}",
    "[red]text[/red]",
)  # fmt: skip
HIP_WORK = """
[[file]]
path = "work.csv"
table = "hip_work"
[file.columns]
athlete_id = "id"
date = "date"
exercise = "what"
duration_min = "minutes"
[[file]]
path = "people.csv"
table = "athletes"
[file.columns]
athlete_id = "id"
clinic = "clinic"
age_y = "age"
"""


def _csv(header: str, rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header.split(","), *rows])
    return text.getvalue()


@pytest.fixture
def hostile(raw):
    """Six athletes for each hostile text: their clinic, their exercise and their age are called so."""
    texts = [SCRIPTS[-1], *FORMULAS, *SCRIPTS[:-1]]
    people = [[f"{k}-{i}", text, text if i == 0 else "30"] for k, text in enumerate(texts) for i in range(6)]
    work = [[f"{k}-{i}", "2026-01-05", text, "5"] for k, text in enumerate(texts) for i in range(6)]
    raw.write("people.csv", _csv("id,clinic,age", people)).write("work.csv", _csv("id,date,what,minutes", work))
    raw.write("cohort.toml", TOP + HIP_WORK)
    return raw


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.said = set(), set(), ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.said += data


def test_text_of_cells_is_kept_as_text_and_shown_as_text_in_the_problems(hostile, tmp_path, capsys):
    before = _tree(tmp_path)
    code = check_cohort("t", tmp_path / "data", tmp_path / "reports", Voice())
    assert code == 2, "an age that is a formula is no age"
    new = set(_tree(tmp_path)) - set(before)
    assert all(path.split("/")[0] == "reports" for path in new), new
    (written,) = (tmp_path / "reports").rglob("problems.csv")
    with written.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert any("[red]text[/red]" in cell for cell in cells)
    said = capsys.readouterr()
    assert "[red]text[/red]" in said.out
    assert "cmd|" in said.err
    assert not (Path.cwd() / "evil").exists()


def test_text_of_cells_is_shown_as_text_in_the_report_and_run_by_nothing(hostile, tmp_path):
    cohort = hostile.read(HIP_WORK)
    texts = {*FORMULAS, *SCRIPTS}
    assert {p.column for p in cohort.errors} == {"age"}
    assert set(cohort.tables["athletes"]["clinic"]) == texts
    assert set(cohort.tables["hip_work"]["exercise"]) == texts
    run = tmp_path / "run"
    stage = Stage(run, "03_cohort")
    for name, table, column in (("clinics", "athletes", "clinic"), ("exercises", "hip_work", "exercise")):
        counts = cohort.tables[table].groupby(column).size().rename("n").reset_index()
        stage.table(name, counts, f"Hostile: {' '.join(SCRIPTS)}")
    stage.save()
    paths = build_report(run, INFO, Study())
    page = _Page(paths["html"].read_text(encoding="utf-8"))
    assert not {"script", "img"} & page.tags
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "49" not in page.said.split("{{7*7}}")[0].split("Hostile")[-1]
    for text in texts:
        assert " ".join(text.split()) in " ".join(page.said.split()), text
    assert paths["pdf"].read_bytes().startswith(b"%PDF-"), "typst stops at #panic, were it run"
    for path in (paths["html"].parent / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            assert not [c for row in csv.reader(file) for c in row if c.startswith(("=", "+", "-", "@"))], path


@pytest.mark.parametrize("text", [*FORMULAS, "\tx", "＝1", "a\n=b", "\rx", "x\r=1+1"])
def test_a_cell_of_a_csv_that_we_write_starts_no_formula(tmp_path, text):
    write_csv(pd.DataFrame({text: [text]}), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        (name,), (cell,) = csv.reader(file)
    assert name[0] not in "=+-@\t\r＝" and cell[0] not in "=+-@\t\r＝"
    assert cell.removeprefix("'") == text.replace("\r", "\n")


# too large, too wide


def _huge_csv(raw, n: int, where: str) -> None:
    cell = "x" * n
    raw.write(
        "log.csv",
        {
            "cell": LOG + f"B,2026-01-06,{cell}\n",
            "quoted": LOG + 'B,2026-01-06,"' + "x\n" * (n // 2) + '"\n',
            "header": f"id,date,km,{cell}\n{ROW}",
            "unclosed": LOG + 'B,2026-01-06,"' + "1,2,3\n" * (n // 6),
        }[where],
    )


def _refused_shortly(raw, name: str) -> None:
    begun = time.process_time()
    cohort = raw.read(_block(name))
    assert time.process_time() - begun < SECONDS
    assert "FORMAT" in {p.code for p in cohort.errors}
    assert max(len(p.text) for p in cohort.problems) < 1000


@pytest.mark.parametrize("where", ["cell", "quoted", "header", "unclosed"])
def test_a_cell_of_megabytes_in_a_csv_is_refused_and_never_shown_in_full(raw, where):
    _huge_csv(raw, 4 << 20, where)
    _refused_shortly(raw, "log.csv")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["cell", "quoted", "header", "unclosed"])
def test_a_cell_of_100_mb_in_a_csv_is_refused_within_ten_seconds(raw, where):
    _huge_csv(raw, 100 << 20, where)
    _refused_shortly(raw, "log.csv")


def test_a_cell_of_megabytes_in_a_workbook_is_refused_and_never_shown_in_full(raw):
    _workbook(raw.folder / "log.xlsx", base64.b64encode(random.Random(1).randbytes(3 << 20)).decode())
    _refused_shortly(raw, "log.xlsx")
    assert "4194304 characters" in only(raw.read(_block("log.xlsx")).errors, "FORMAT").found


@pytest.mark.slow
def test_a_cell_of_100_mb_in_a_workbook_is_refused_within_ten_seconds(raw):
    _workbook(raw.folder / "log.xlsx", base64.b64encode(os.urandom(75 << 20)).decode())
    _refused_shortly(raw, "log.xlsx")


@pytest.mark.parametrize("where", ["cell", "quoted", "unclosed"])
def test_peek_shows_nothing_of_a_cell_of_megabytes(raw, where):
    _huge_csv(raw, 6 << 20, where)
    assert max(map(len, peek_lines(peek(raw.folder / "log.csv")))) < 1000


def test_peek_shows_nothing_of_a_header_of_megabytes(raw):
    _huge_csv(raw, 1 << 20, "header")
    try:
        assert max(map(len, peek_lines(peek(raw.folder / "log.csv")))) < 1000
    except InputError as error:
        assert len(str(error)) < 1000


def test_a_header_of_100_000_columns_is_read_for_the_columns_that_are_mapped(raw):
    others = ",".join(f"c{i}" for i in range(100_000))
    rows = [f"A,2026-01-0{day},5" + ",1" * 100_000 for day in (5, 6)]
    raw.write("log.csv", "\n".join([f"id,date,km,{others}", *rows]))
    begun = time.process_time()
    cohort = raw.read(SESSIONS)
    assert time.process_time() - begun < SECONDS
    assert cohort.errors == ()
    assert cohort.tables["training_sessions"]["distance_km"].tolist() == [5, 5]
    misspelt = raw.read(SESSIONS.replace('"km"', '"kn"'))
    assert len(only(misspelt.errors, "COLUMN").text) < 1000


# names of files

NAMES = [
    "a\nb.csv",
    'a"b.csv',
    "a'b.csv",
    "a\x1b[31mb.csv",
    "a\u202egnp.csv",
    "a\tb.csv",
    "-rf.csv",
    "=1+1.csv",
    "ä ö,(1).csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name_is_read_and_its_name_shown_as_one_line_of_text(raw, name):
    raw.write(name, LOG + "B,2026-01-06,five\n")
    cohort = raw.read(_block("*.csv"))
    problem = only(cohort.errors, "NUMBER")
    assert problem.file == name
    assert problem.text.isprintable()
    assert problem.text.endswith(".")
    write_csv(problems_frame(cohort.problems), raw.folder.parent / "problems.csv")
    with (raw.folder.parent / "problems.csv").open(encoding="utf-8", newline="") as file:
        assert not [c for row in csv.reader(file) for c in row if c.startswith(("=", "+", "-", "@"))]
    for seen in (peek(raw.folder / name), peek(raw.folder)):
        shown = "\n".join(peek_lines(seen))
        assert not [c for c in shown if not c.isprintable() and c != "\n"]
        assert "five" in shown


# files that change under the reader


def test_a_file_that_vanishes_after_it_was_found_is_a_problem(raw, monkeypatch):
    raw.write("log.csv", LOG).write("log.xlsx", b"")
    _workbook(raw.folder / "log.xlsx", "7")
    digest = files._sha256

    def gone(path: Path) -> str:
        found = digest(path)
        path.unlink()
        return found

    monkeypatch.setattr(files, "_sha256", gone)
    cohort = raw.read(SESSIONS + _block("log.xlsx"))
    assert {(p.file, p.code) for p in cohort.errors} >= {("log.csv", "FORMAT"), ("log.xlsx", "FORMAT")}
    assert "training_sessions" not in cohort.tables
    assert "cannot be opened" in cohort.errors[0].found


@pytest.mark.parametrize(
    ("number", "said"), [(2, "No such file"), (13, "Permission denied"), (5, "Input/output error"), (11, "busy")]
)
def test_a_file_that_fails_in_the_middle_is_a_problem(raw, monkeypatch, number, said):
    raw.write("log.csv", LOG)

    def fails(self):
        raise OSError(number, said)

    monkeypatch.setattr(Blob, "read", fails)
    problem = only(raw.read(SESSIONS).errors, "FORMAT")
    assert problem.file == "log.csv"
    assert said in problem.found


def test_a_file_that_grows_while_it_is_read_is_a_problem(raw, monkeypatch):
    """Otherwise the digest kept with the run is of other rows than those that were read."""
    raw.write("log.csv", LOG)
    digest = files._sha256

    def grows(path: Path) -> str:
        found = digest(path)
        with path.open("a", encoding="utf-8") as file:
            file.write("B,2026-01-06,6\n")
        return found

    monkeypatch.setattr(files, "_sha256", grows)
    cohort = raw.read(SESSIONS)
    assert "log.csv" in {p.file for p in cohort.errors}
