"""FIT: one row a session; what breaks off, is damaged or is no activity is said."""

import csv
import random
import time

import pytest

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from tests.sources.fit_bytes import (
    ACTIVITY,
    COURSE,
    CYCLING,
    RUNNING,
    START,
    STOP,
    TRAIL,
    WEIGHT,
    fit,
    message,
    stamp,
)

NINE = stamp("2026-02-03T09:00:00+00:00")
FILE_ID = message("file_id", type=ACTIVITY)
SESSION = message(
    "session",
    timestamp=NINE + 3700,
    start_time=NINE,
    sport=RUNNING,
    sub_sport=TRAIL,
    total_elapsed_time=3_661_500,
    total_timer_time=3_600_250,
    total_distance=1_234_567,
    avg_heart_rate=150,
    max_heart_rate=181,
    total_ascent=210,
    max_speed=0xFFFF,
    enhanced_max_speed=5_278,
)
LOCAL = message("activity", timestamp=NINE + 3700, local_timestamp=NINE + 3702 + 5 * 3600 + 1800)
RECORDS = [
    message("event", timestamp=NINE, event=0, event_type=START),
    message("record", timestamp=NINE, distance=0, heart_rate=120),
    message("record", timestamp=NINE + 100, distance=30_000, heart_rate=255),
    message("event", timestamp=NINE + 100, event=0, event_type=STOP),
    message("event", timestamp=NINE + 160, event=0, event_type=START),
    message("record", timestamp=NINE + 200, distance=42_050, heart_rate=140),
]


def read(folder, data, name="a.fit", **more):
    path = folder / name
    path.write_bytes(data)
    return read_raw(Blob(path, name), **more)


def rows(reading):
    table = reading.table
    return [{h: table.cells[p][i] for p, h in enumerate(table.header)} for i in range(len(table))]


def test_a_session_gives_its_own_numbers_and_the_offset_of_the_watch(tmp_path):
    reading = read(tmp_path, fit(FILE_ID, *RECORDS, SESSION, LOCAL))
    assert reading.problems == ()
    assert rows(reading) == [
        {
            "start": "2026-02-03T09:00:00Z",
            "utc_offset_min": "330",
            "sport": "running",
            "sub_sport": "trail",
            "elapsed_s": "3661.5",
            "moving_s": "3600.25",
            "distance_m": "12345.67",
            "ascent_m": "210",
            "hr_avg_bpm": "150",
            "hr_max_bpm": "181",
            "max_speed_m_s": "5.28",
        }
    ]
    assert reading.table.place(0) == "session 1"


def test_what_the_watch_did_not_measure_is_blank_and_never_0(tmp_path):
    session = message(
        "session",
        start_time=NINE,
        sport=0xFF,
        total_elapsed_time=0xFFFFFFFF,
        total_distance=0xFFFFFFFF,
        avg_heart_rate=0xFF,
        max_heart_rate=0,
        total_ascent=0xFFFF,
        max_speed=0,
    )
    (row,) = rows(read(tmp_path, fit(FILE_ID, session)))
    assert {k: v for k, v in row.items() if v} == {"start": "2026-02-03T09:00:00Z"}


@pytest.mark.parametrize("name", ["max_speed", "enhanced_max_speed"])
def test_the_greatest_speed_is_in_metres_a_second_in_the_old_field_and_the_new_one(tmp_path, name):
    session = message("session", start_time=NINE, sport=RUNNING, **{name: 4_320})
    assert rows(read(tmp_path, fit(FILE_ID, session)))[0]["max_speed_m_s"] == "4.32"


def test_a_multisport_file_gives_one_row_a_session(tmp_path):
    bike = message("session", start_time=NINE + 4000, sport=CYCLING, total_distance=2_000_000)
    reading = read(tmp_path, fit(FILE_ID, SESSION, bike))
    assert [row["sport"] for row in rows(reading)] == ["running", "cycling"]
    assert [reading.table.place(i) for i in range(2)] == ["session 1", "session 2"]


def test_only_the_columns_asked_for_are_held(tmp_path):
    reading = read(tmp_path, fit(FILE_ID, SESSION), keep=lambda header: [header.index("distance_m")])
    assert {reading.table.header[p]: list(c) for p, c in reading.table.cells.items()} == {"distance_m": ["12345.67"]}


def test_a_file_that_breaks_off_before_its_session_is_read_from_its_records(tmp_path):
    whole = fit(FILE_ID, *RECORDS, SESSION, LOCAL)
    cut = len(fit(FILE_ID, *RECORDS)) - 2 + 40
    reading = read(tmp_path, whole[:cut])
    (row,) = rows(reading)
    assert row["start"] == "2026-02-03T09:00:00Z"
    assert (row["elapsed_s"], row["distance_m"], row["hr_avg_bpm"]) == ("200", "420.5", "130")
    assert row["moving_s"] == "140", "timer stopped for 60 s"
    assert [p.severity for p in reading.problems] == ["warning", "warning"]
    assert "from the records" in reading.problems[0].found
    assert "ends early, at byte" in reading.problems[1].found


def test_a_wrong_checksum_is_a_warning_and_the_numbers_are_kept(tmp_path):
    data = bytearray(fit(FILE_ID, SESSION))
    data[-1] ^= 1
    reading = read(tmp_path, bytes(data))
    assert rows(reading)[0]["distance_m"] == "12345.67"
    assert [(p.severity, "checksum" in p.found) for p in reading.problems] == [("warning", True)]


@pytest.mark.parametrize(("kind", "said"), [(WEIGHT, "weight"), (COURSE, "course")])
def test_a_fit_file_that_is_no_activity_gives_no_row_and_no_error(tmp_path, kind, said):
    reading = read(tmp_path, fit(message("file_id", type=kind), *RECORDS))
    assert reading.table is None
    assert [p.severity for p in reading.problems] == ["decision"]
    assert f"of kind {said}: not an activity" in reading.problems[0].found


@pytest.mark.parametrize("data", [b"", b"no FIT at all, but long enough", b"\x0e\x10"])
def test_what_is_no_fit_file_is_an_error(tmp_path, data):
    reading = read(tmp_path, data)
    assert reading.table is None
    assert [p.severity for p in reading.problems] == ["error"]


def test_times_since_the_device_was_switched_on_are_no_dates(tmp_path):
    session = message("session", start_time=1234, total_distance=5000)
    reading = read(tmp_path, fit(FILE_ID, session))
    assert reading.table is None
    assert "without a time of start" in reading.problems[0].found


def test_a_file_too_large_or_with_too_many_messages_is_refused_in_time(tmp_path):
    began = time.monotonic()
    many = fit(FILE_ID, message("file_id"), b"\0" * 400_000)
    assert "more than 300000 messages" in read(tmp_path, many).problems[0].found
    assert "more than 8 MiB" in read(tmp_path, many + b"\0" * (9 << 20)).problems[0].found
    assert time.monotonic() - began < 10


def test_a_damaged_file_gives_problems_or_the_right_numbers_never_a_traceback(tmp_path):
    """Each number of a damaged file is the whole file's, or the checksum or the end of the file is warned about."""
    random.seed(5)
    whole = fit(FILE_ID, *RECORDS, SESSION, LOCAL)
    clean = rows(read(tmp_path, whole))
    began = time.monotonic()
    for _ in range(400):
        data = bytearray(whole)
        if random.random() < 0.4:
            del data[random.randrange(len(data)) :]
        for _ in range(random.randrange(4)):
            if data:
                data[random.randrange(len(data))] = random.randrange(256)
        if random.random() < 0.2:
            at = random.randrange(len(whole))
            data[at:at] = random.randbytes(random.randrange(1, 30))
        reading = read(tmp_path, bytes(data))
        assert reading.problems or rows(reading) == clean
    assert time.monotonic() - began < 8


def test_strava_lists_the_run_with_the_distance_and_start_of_its_fit_file(tmp_path, shared):
    """The line of activities.csv that names 12866632127.fit.gz; its date is UTC, its second Distance in m."""
    path = shared / "samples/strava/12866632127.fit.gz"
    (row,) = rows(read_raw(Blob(path, path.name)))
    with (shared / "samples/strava/activities_en_94col.csv").open(encoding="utf-8", newline="") as file:
        header, line = list(csv.reader(file))[:2]
    second = [i for i, name in enumerate(header) if name == "Distance"][1]
    assert line[header.index("Activity Date")] == "May 29, 2022, 3:53:35 PM"
    assert row["start"] == "2022-05-29T15:53:35Z"
    assert float(row["distance_m"]) == pytest.approx(float(line[second]), rel=0.01)
    assert float(row["elapsed_s"]) == pytest.approx(float(line[header.index("Elapsed Time")]), abs=1)
    assert row["utc_offset_min"] == "120"


@pytest.mark.parametrize(
    ("name", "start", "distance_m", "severities"),
    [
        ("Activity.fit", "2012-04-09T21:22:26Z", "5.73", []),
        ("activity-filecrc.fit", "2012-04-09T21:22:26Z", "5.73", ["warning"]),
        ("activity-settings-nodata.fit", "2012-04-09T21:22:26Z", "5.73", ["warning"]),
        ("activity-small-fenix2-run.fit", "2015-08-15T14:45:08Z", "9008.22", []),
        ("coros-pace-2-cycling-misaligned-fields.fit", "2020-10-25T11:10:19Z", "32145.76", []),
        ("garmin-fenix-5-run.fit", "2017-06-11T14:34:09Z", "157.56", []),
        ("null_compressed_speed_dist.fit", "2017-10-05T00:04:06Z", "13400.14", []),
        ("Berlin (0,9 km).fit", None, None, ["decision"]),
        ("WeightScaleMultiUser.fit", None, None, ["decision"]),
        ("DeveloperData.fit", None, None, ["warning"]),
    ],
)
def test_real_fit_files_end_in_a_row_or_say_why_not(shared, name, start, distance_m, severities):
    """Expected: start_time and total_distance of the session messages."""
    reading = read_raw(Blob(shared / "samples/fit" / name, name))
    read_as = [(row["start"], row["distance_m"]) for row in rows(reading)] if reading.table else []
    assert read_as == ([(start, distance_m)] if start else [])
    assert [p.severity for p in reading.problems] == severities
