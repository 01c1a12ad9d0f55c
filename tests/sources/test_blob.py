"""Files on disk, gzipped, and in archives: what is read, and what is refused."""

import gzip
import io
import zipfile

import pytest

from analysis.sources.blob import Blob, Refused, find_blobs
from tests.sources.conftest import TOP, only

LOG = "id,date,km\nA,2026-01-05,5\n"
BLOCK = """
[[file]]
path = "{path}"
table = "training_sessions"
set = {{ sport = "run" }}
{more}
[file.columns]
{athlete}date = "date"
distance_km = "km"
"""


def _zip(folder, name, members):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)


def _block(path, more="", athlete='athlete_id = "id"\n'):
    return BLOCK.format(path=path, more=more, athlete=athlete)


@pytest.mark.parametrize("path", ["log.csv.gz", "a.zip/log.csv", "a.zip/deep/log.csv.gz", "*.zip/deep/*.gz"])
def test_a_table_reads_alike_packed_or_not(raw, path):
    packed = gzip.compress(LOG.encode())
    raw.write("log.csv.gz", packed)
    _zip(raw.folder, "a.zip", {"log.csv": LOG, "deep/log.csv.gz": packed})
    sessions = raw.read(_block(path)).tables["training_sessions"]
    assert sessions["distance_km"].tolist() == [5]


def test_the_name_in_messages_holds_the_archive_and_the_member(raw):
    _zip(raw.folder, "a.zip", {"log.csv": LOG.replace(",5", ",five")})
    assert only(raw.read(_block("a.zip/log.csv")).problems, "NUMBER").file == "a.zip/log.csv"


def test_a_path_can_tell_the_athlete(raw):
    for who in ("p1", "p2"):
        raw.write(f"{who}/log.csv", LOG)
    cohort = raw.read(_block("*/log.csv", "from_path = '(?P<athlete_id>[^/]+)/.*'", athlete=""))
    assert not cohort.errors
    assert cohort.tables["training_sessions"]["athlete_id"].nunique() == 2


def test_a_path_that_tells_nothing_is_a_problem(raw):
    raw.write("log.csv", LOG)
    problem = only(raw.read(_block("log.csv", "from_path = '(?P<athlete_id>[^/]+)/.*'", athlete="")).problems, "FILE")
    assert "does not match" in problem.found


def test_names_in_an_archive_that_climb_are_read_as_names_and_nothing_is_written(raw):
    before = sorted(p for p in raw.folder.parent.parent.rglob("*"))
    _zip(raw.folder, "a.zip", {"../../evil.csv": LOG, "/tmp/evil.csv": LOG.replace("01-05", "01-06")})
    cohort = raw.read(_block("a.zip/*evil.csv"))
    after = sorted(p for p in raw.folder.parent.parent.rglob("*"))
    assert not (raw.folder.parent / "evil.csv").exists()
    assert set(after) - set(before) == {raw.folder / "a.zip", raw.folder / "cohort.toml"}
    assert len(cohort.tables["training_sessions"]) == 2


def test_what_unpacks_to_far_more_than_is_plausible_is_refused_while_reading(tmp_path):
    bomb = tmp_path / "b.csv.gz"
    bomb.write_bytes(gzip.compress(b"0" * (40 << 20)))
    with pytest.raises(Refused, match="unpacks to more than 32 MiB"):
        Blob(bomb, "b.csv.gz").read()
    _zip(tmp_path, "b.zip", {"b.csv": b"0" * (40 << 20)})
    with pytest.raises(Refused, match="unpacks to more"):
        find_blobs(tmp_path, "b.zip/b.csv")[0].read()
    twice = gzip.compress(gzip.compress(b"0" * (40 << 20)))
    _zip(tmp_path, "c.zip", {"b.csv.gz": twice})
    assert len(find_blobs(tmp_path, "c.zip/*")[0].read()) < 1 << 20, "one layer is unpacked, no more"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", b"\x1f\x8b no gzip"])
def test_a_damaged_archive_is_a_problem(raw, data):
    raw.write("a.zip", data).write("log.csv.gz", data)
    for path in ("a.zip/log.csv", "log.csv.gz"):
        assert raw.read(_block(path)).errors, path


def test_an_archive_with_a_password_is_a_problem(raw):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("log.csv", LOG)
    data = bytearray(buffer.getvalue())
    data[6] |= 1  # the flag bit of encryption, in the local header ...
    data[data.index(b"PK\x01\x02") + 8] |= 1  # ... and in the directory
    raw.write("a.zip", bytes(data))
    assert "password" in only(raw.read(_block("a.zip/log.csv"), TOP).problems, "FORMAT").found
