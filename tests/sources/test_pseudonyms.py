"""Pseudonyms: stable under one key, unlike under another, the key a secret of the data folder."""

import stat

import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.sources import write_processed
from analysis.sources.pseudonyms import athlete_pseudonyms, pseudonym, read_key
from tests.sources.conftest import SESSIONS, only

KEYLESS = '[cohort]\ntimezone = "UTC"\n'
LOG = "id,date,km\nA,2026-01-05,5\nB,2026-01-05,6\n"


def test_hmac_sha256_of_rfc_4231_test_case_2():
    digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert pseudonym("what do ya want for nothing?", b"Jefe", "", 64) == digest


def test_pseudonyms_are_stable_and_keyed():
    ids = pd.Series(["A", "B", "A"])
    one = athlete_pseudonyms(ids, b"key one")
    assert one == athlete_pseudonyms(ids, b"key one")
    assert set(one.values()).isdisjoint(athlete_pseudonyms(ids, b"key two").values())
    assert all(len(p) == 11 and p[0] == "a" for p in one.values())


def test_the_key_is_made_once_in_the_data_folder_and_only_its_owner_can_read_it(raw):
    ids = [
        raw.write("log.csv", LOG).read(SESSIONS, KEYLESS).tables["athletes"]["athlete_id"].tolist() for _ in range(2)
    ]
    path = raw.folder.parent.parent / ".hiprun_key"
    assert ids[0] == ids[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.glob(".hiprun_key*")] == [".hiprun_key"]
    path.write_text("another secret of some length\n")
    assert raw.read(SESSIONS, KEYLESS).tables["athletes"]["athlete_id"].tolist() != ids[0]


def test_an_empty_key_is_refused(tmp_path):
    (tmp_path / ".hiprun_key").write_text("\n")
    with pytest.raises(InputError, match="16 or more"):
        read_key(tmp_path)


def test_no_id_of_the_files_is_left_in_any_table(raw):
    raw.write("log.csv", "id,date,km,nr\nrunner-77,2026-01-05,5,activity-4711\n")
    cohort = raw.read(SESSIONS + 'session_id = "nr"\n')
    text = " ".join(frame.to_csv() for frame in cohort.tables.values())
    assert "runner-77" not in text
    assert "4711" not in text


def test_a_run_without_the_key_of_an_earlier_one_says_so(raw):
    raw.write("log.csv", LOG)
    data = raw.folder.parent.parent
    first = raw.read(SESSIONS, KEYLESS)
    write_processed(first, data / "processed" / raw.folder.name)
    assert not [p for p in raw.read(SESSIONS, KEYLESS).problems if p.code == "PSEUDONYM"]
    (data / ".hiprun_key").unlink()
    again = raw.read(SESSIONS, KEYLESS)
    assert only(again.problems, "PSEUDONYM").severity == "warning"
    assert first.key_fingerprint != again.key_fingerprint


def test_who_tested_is_a_pseudonym_too(raw):
    tests = "id,date,side,force,by\nA,2026-01-05,left,100,Kim Example\nA,2026-01-05,right,110,\n"
    block = """
[[file]]
path = "tests.csv"
table = "hip_assessments"
set = { quality = "strength_isometric", motion = "abduction" }
[file.columns]
athlete_id = "id"
date = "date"
side = "side"
force_n = "force"
rater = "by"
"""
    rater = raw.write("tests.csv", tests).read(block).tables["hip_assessments"]["rater"]
    assert rater.isna().tolist() == [False, True]
    assert len(rater[0]) == 7
    assert "Kim" not in rater[0]
