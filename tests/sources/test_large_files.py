"""A large file read by its columns gives what it gives read cell by cell: values, problems, rows left out."""

import datetime as dt
import random
from pathlib import Path

import pandas as pd
import pytest

from analysis.panel import athlete_weeks
from analysis.sources import (
    Cohort,
    large_piece,
    large_scan,
    many_records,
    read_cohort,
    read_processed,
    repeats,
    text_blocks,
    write_processed,
)
from analysis.sources import processed as processed_tables
from analysis.sources.files import read_large
from analysis.sources.pseudonyms import record_pseudonyms
from analysis.study import Study

MAPPING = """
[cohort]
name = "large"
timezone = "Europe/Berlin"
pseudonym_key = "a key of the tests"
[[file]]
path = "sessions.csv"
table = "training_sessions"
{settings}
set = {{ rpe_scale = "cr10" }}
[file.columns]
session_id = "id"
athlete_id = "who"
{dated} = "when"
sport = "kind"
duration_min = {{ column = "time", unit = "s" }}
distance_km = "km"
hr_avg_bpm = "pulse"
rpe = "effort"
[file.codes.sport]
Run = "run"
Ride = "bike"
"""
HEADER = ["id", "who", "when", "kind", "time", "km", "pulse", "effort", "remark"]
ODD = {
    "id": ["", "NA", " 17 ", "a  b", "n°4"],
    "who": ["", " r1", "R  2", "-"],
    "when": ["", "2026-02-30 10:00:00", "2025-10-26 02:30:00", "2026-03-29 02:30:00", "2026-03-01", "tomorrow",
             "2026-03-02T07:00:00Z", "1900-01-01 10:00:00", "2026-03-02 25:00:00", "29.03.2026 02:10:00"],
    "kind": ["", "Rowing", "run", " Run ", "NA"],
    "time": ["", "fast", "-5", "1e3", "99999999", "12:30", "1 000"],
    "km": ["", "600", "x", "7,5", "1.234", "1,234.5", "0.1", "-0", "+3"],
    "pulse": ["", "10", "NA", "250", "400"],
    "effort": ["", "11", "0", "-1", "5.5"],
}  # fmt: skip
SETTINGS = ("", 'timezone = "UTC"', 'dates = "iso"', 'where = { kind = ["Run", "Ride"] }', 'duplicates = "last"')


def written(rng: random.Random, n_rows: int) -> tuple[str, str]:
    """A random file, and the mapping of it: clean, or with odd cells and blank rows."""
    form = rng.choice(["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d"])
    comma, share = rng.random() < 0.2, rng.choice([0, 0, 0.002, 0.02])
    delimiter = ";" if comma else ","
    lines = [delimiter.join(HEADER)]
    for n in range(n_rows):
        at = dt.datetime(2025, 10, 1) + dt.timedelta(seconds=rng.randrange(200 * 86400))
        cells = [str(7000 + n), f"r{rng.randrange(9)}", at.strftime(form), rng.choice(["Run", "Run", "Ride"]),
                 str(rng.randrange(600, 9000)), f"{rng.uniform(1, 30):.{rng.choice([1, 2, 3])}f}",
                 str(rng.randrange(90, 190)), str(rng.randrange(1, 11)), ""]  # fmt: skip
        for k, name in enumerate(HEADER):
            if name in ODD and rng.random() < share:
                cells[k] = rng.choice(ODD[name])
        if comma:
            cells[5] = cells[5].replace(".", ",")
        lines.append(delimiter.join(f'"{c}"' if delimiter in c else c for c in cells))
        if share and rng.random() < 0.01:
            lines.append(rng.choice(["", delimiter * 8, " " + delimiter * 8, lines[-1]]))
    mapping = MAPPING.format(settings=rng.choice(SETTINGS), dated=rng.choice(["date", "start_utc"]))
    return rng.choice(["\n", "\r\n"]).join(lines) + rng.choice(["", "\n"]), mapping


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in blocks of a few rows, and few rows are handled as many are."""
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 1500)
    monkeypatch.setattr(text_blocks, "_OPENING_BYTES", 1200)
    monkeypatch.setattr(repeats, "FEW", 0)
    monkeypatch.setattr(large_piece, "_AT_ONCE", 50)


def cohort_of(folder: Path, large: bool, monkeypatch: pytest.MonkeyPatch) -> Cohort:
    """The cohort with every file taken for large, or none."""
    monkeypatch.setattr(large_piece, "LARGE_BYTES", 0 if large else 1 << 60)
    return read_cohort(folder, Study())


def same(one: Cohort, other: Cohort) -> None:
    """Two cohorts with the same tables, problems and rows left out."""
    assert [p.text for p in one.problems] == [p.text for p in other.problems]
    assert one.problems == other.problems
    assert one.start is other.start or one.start == other.start
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])
    by = ["table", "file", "reason"]
    pd.testing.assert_frame_equal(
        one.dropped.sort_values(by, ignore_index=True), other.dropped.sort_values(by, ignore_index=True)
    )


@pytest.mark.parametrize("seed", range(40))
def test_columns_and_cells_give_the_same_cohort(seed: int, tmp_path: Path, blocks, monkeypatch: pytest.MonkeyPatch):
    text, mapping = written(random.Random(seed), 120)
    (tmp_path / "sessions.csv").write_text(text, encoding="utf-8", newline="")
    (tmp_path / "cohort.toml").write_text(mapping, encoding="utf-8")
    same(cohort_of(tmp_path, True, monkeypatch), cohort_of(tmp_path, False, monkeypatch))


def test_every_random_file_is_read_by_its_columns(tmp_path: Path, blocks, monkeypatch: pytest.MonkeyPatch):
    read = []
    monkeypatch.setattr("analysis.sources.files.read_large", lambda *args: read.append(read_large(*args)) or read[-1])
    for seed in range(12):
        text, mapping = written(random.Random(seed), 60)
        (tmp_path / "sessions.csv").write_text(text, encoding="utf-8", newline="")
        (tmp_path / "cohort.toml").write_text(mapping, encoding="utf-8")
        cohort_of(tmp_path, True, monkeypatch)
    assert len(read) == 12


CLEAN = "id,who,when,kind,time,km,pulse,effort,remark\n" + "".join(
    f"{n},r{n % 3},2026-01-{1 + n % 28:02d} 07:00:00,Run,3600,10.5,150,4,\n" for n in range(100)
)


@pytest.mark.parametrize(
    "odd",
    [
        '100,r1,2026-02-01 07:00:00,Run,3600,10.5,150,4,"a line\nbreak"\n101,r1,2026-02-30,Run,3600,9,150,4,\n',
        '100,r1,2026-02-01 07:00:00,Run,3600,10.5,150,4,"said ""no"""\n',
        "100,r1,2026-02-01 07:00:00,Run,3600,10.5\n",
        "100,r1,2026-02-01 07:00:00,Run,3600,10.5,150,4,,more\n",
        '100,r1,2026-02-01 07:00:00,Run,3600,10.5,150,4,"open\n',
        '100,r1,2026-02-01 07:00:00,Run,3600,"1,234.5",150,4,\n',
        "100,r1,2026-02-01 07:00:00,Run,3600,10.5,150,4,\xff\n",
        "100,r1,2026-02-01 07:00:00,Run,3600,10.5,150,4,a\rb\n",
    ],
)
def test_what_cannot_be_read_by_columns_is_read_by_cells(odd: str, tmp_path: Path, blocks, monkeypatch):
    (tmp_path / "sessions.csv").write_bytes((CLEAN + odd).encode("latin-1"))
    (tmp_path / "cohort.toml").write_text(MAPPING.format(settings="", dated="date"), encoding="utf-8")
    same(cohort_of(tmp_path, True, monkeypatch), cohort_of(tmp_path, False, monkeypatch))


def test_one_mistake_in_every_row_is_told_of_so_many_times_and_then_summed_up(tmp_path: Path, blocks, monkeypatch):
    for module in (large_piece, large_scan):
        monkeypatch.setattr(module, "MOST_TOLD", 30)
    for old, new in ((",10.5,", ",10500,"), (",Run,", ",Rowing,")):
        (tmp_path / "sessions.csv").write_text(CLEAN.replace(old, new), encoding="utf-8")
        (tmp_path / "cohort.toml").write_text(MAPPING.format(settings="", dated="date"), encoding="utf-8")
        cohort = cohort_of(tmp_path, True, monkeypatch)
        last = cohort.errors[-1]
        assert 30 <= len(cohort.errors) < 80
        assert last.code == "FORMAT" and ("not read" in last.found or "more rows" in last.found)


def test_pseudonyms_of_many_records_are_those_of_few(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(many_records, "MANY", 0)
    monkeypatch.setattr(many_records, "_AT_ONCE", 100)
    ids = pd.Series([f"id {n} é" for n in range(250)], dtype="str", index=range(7, 257))
    for key in (b"short", b"long" * 40):
        expected = ids.map(record_pseudonyms(ids, key, "t")).astype("str")
        pd.testing.assert_series_equal(many_records.renamed_records(ids, key, "t"), expected, check_names=False)


def test_rows_with_the_keys_of_others_are_those_that_pandas_finds(blocks):
    rng = random.Random(3)
    frame = pd.DataFrame(
        {
            "text": pd.Series(rng.choices(["a", "b", None], k=400), dtype="str"),
            "word": pd.Categorical(rng.choices(["x", "y", None], k=400)),
            "number": rng.choices([0.0, -0.0, 1.5, float("nan")], k=400),
            "day": pd.to_datetime(rng.choices(["2026-01-01", "2026-01-02", None], k=400)),
        }
    )
    for keys in (["text"], ["text", "word"], ["number", "day"], list(frame)):
        for first_too in (False, True):
            expected = frame.duplicated(keys, keep=False if first_too else "first")
            pd.testing.assert_series_equal(repeats.repeated(frame, keys, first_too=first_too), expected)


def test_the_panel_of_a_large_file_written_in_parts_is_that_of_the_tables(tmp_path: Path, blocks, monkeypatch):
    monkeypatch.setattr(processed_tables, "_ROWS_AT_ONCE", 30)
    (tmp_path / "sessions.csv").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "cohort.toml").write_text(MAPPING.format(settings="", dated="start_utc"), encoding="utf-8")
    small = cohort_of(tmp_path, False, monkeypatch)
    write_processed(cohort_of(tmp_path, True, monkeypatch), tmp_path / "out")
    read = read_processed(tmp_path / "out")
    for name, table in small.tables.items():
        pd.testing.assert_frame_equal(read.tables[name], table)
    pd.testing.assert_frame_equal(athlete_weeks(read.tables), athlete_weeks(small.tables))


def test_who_waits_hears_how_far_a_large_file_is_read(tmp_path: Path, blocks, monkeypatch):
    (tmp_path / "sessions.csv").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "cohort.toml").write_text(MAPPING.format(settings="", dated="date"), encoding="utf-8")
    monkeypatch.setattr(large_piece, "LARGE_BYTES", 0)
    heard = []
    read_cohort(tmp_path, Study(), lambda file, read, of: heard.append((file, read, of)))
    assert [read for _, read, _ in heard] == sorted(read for _, read, _ in heard)
    assert len(heard) > 2 and heard[-1] == ("sessions.csv", len(CLEAN), len(CLEAN))
