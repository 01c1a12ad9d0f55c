"""Apple Health: one row a workout, streamed; document type and names of devices are never kept."""

import random
import time
import tracemalloc

import pytest

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from tests.sources.test_fit_file import read, rows

DTD = """<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 11 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
]>
"""
BROKEN_DTD = DTD.replace("  locale CDATA #REQUIRED\n>", "  locale CDATA #REQUIRED\n<!ATTLIST Workout\n  a CDATA\n>")
"""Without the end of a declaration, as iOS 16 writes it."""
DATES = 'sourceName="Anna\'s Apple Watch" startDate="{} 07:00:00 +0100" endDate="{} 07:31:00 +0100"'
OLD = (
    '<Workout workoutActivityType="HKWorkoutActivityTypeRunning" duration="30.5" durationUnit="min" '
    'totalDistance="3" totalDistanceUnit="mi" {}/>'
).format(DATES.format("2026-02-03", "2026-02-03"))
NEW = (
    '<Workout workoutActivityType="HKWorkoutActivityTypeHighIntensityIntervalTraining" duration="0.5" '
    'durationUnit="hr" {}>\n'
    '<WorkoutActivity><WorkoutStatistics type="HKQuantityTypeIdentifierDistanceWalkingRunning" sum="1" unit="km"/>'
    "</WorkoutActivity>\n"
    '<WorkoutStatistics type="HKQuantityTypeIdentifierHeartRate" average="151.25" unit="count/min"/>\n'
    '<WorkoutStatistics type="HKQuantityTypeIdentifierDistanceWalkingRunning" sum="5.25" unit="km"/>\n</Workout>'
).format(DATES.format("2026-02-04", "2026-02-04"))
RECORD = '<Record type="HKQuantityTypeIdentifierStepCount" sourceName="Anna" unit="count" value="{}"/>'


def export(*inner, dtd=DTD):
    body = "\n".join(inner)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{dtd}<HealthData locale="de_DE">\n{body}\n</HealthData>\n'.encode()


GOOD = export(RECORD.format(12), OLD, NEW)
EXPECTED = [
    {
        "start": "2026-02-03T07:00:00+01:00",
        "end": "2026-02-03T07:31:00+01:00",
        "sport": "running",
        "duration_s": "1830",
        "distance_m": "4828.03",
        "hr_avg_bpm": "",
    },
    {
        "start": "2026-02-04T07:00:00+01:00",
        "end": "2026-02-04T07:31:00+01:00",
        "sport": "high_intensity_interval_training",
        "duration_s": "1800",
        "distance_m": "5250",
        "hr_avg_bpm": "151.25",
    },
]


def test_workouts_old_and_new_are_rows_in_s_and_m_without_the_name_of_a_person(tmp_path):
    reading = read(tmp_path, GOOD, "export.xml")
    assert reading.problems == ()
    assert [{k: row.get(k, "") for k in EXPECTED[0]} for row in rows(reading)] == EXPECTED
    assert "Anna" not in str([list(c) for c in reading.table.cells.values()])


def test_a_row_is_addressed_by_its_line_whether_or_not_there_is_a_document_type(tmp_path):
    line = GOOD[: GOOD.index(b"<Workout ")].count(b"\n") + 1
    assert read(tmp_path, GOOD, "export.xml").table.place(0) == f"line {line}"
    bare = export(RECORD.format(12), OLD, dtd="")
    assert read(tmp_path, bare, "export.xml").table.place(0) == "line 4"


def test_the_broken_document_type_and_the_vertical_tabs_of_newer_exports_do_not_matter(tmp_path):
    data = export(RECORD.format("\x0b"), OLD, NEW, dtd=BROKEN_DTD)
    assert rows(read(tmp_path, data, "export.xml")) == rows(read(tmp_path, GOOD, "export.xml"))


def test_an_unknown_unit_is_an_error_told_once_and_its_cell_blank(tmp_path):
    reading = read(tmp_path, export(*[OLD.replace('"mi"', '"furlong"')] * 3), "export.xml")
    assert [row["distance_m"] for row in rows(reading)] == ["", "", ""]
    assert [(p.severity, p.code) for p in reading.problems] == [("error", "UNIT")]


def test_a_time_that_cannot_be_read_stands_as_in_the_file_for_the_mapping_to_report(tmp_path):
    odd = OLD.replace("2026-02-03 07:00:00 +0100", "3. Februar")
    assert rows(read(tmp_path, export(odd), "export.xml"))[0]["start"] == "3. Februar"


def test_a_number_that_cannot_be_read_is_an_error_and_not_handed_on_in_another_unit(tmp_path):
    reading = read(tmp_path, export(OLD.replace('"30.5"', '"30,5"')), "export.xml")
    assert rows(reading)[0]["duration_s"] == ""
    assert [(p.severity, p.code) for p in reading.problems] == [("error", "NUMBER")]


def test_a_document_type_without_end_or_repeated_is_refused_in_time(tmp_path):
    began = time.monotonic()
    for dtd in ("<!DOCTYPE [" * 23_000, "<!DOCTYPE HealthData [" + "] " * 200_000):
        reading = read(tmp_path, export(OLD, dtd=dtd), "export.xml")
        assert [p.severity for p in reading.problems] == ["error"]
    assert time.monotonic() - began < 3


def test_two_kinds_of_distance_in_one_workout_are_left_blank_with_a_warning(tmp_path):
    swim = '<WorkoutStatistics type="HKQuantityTypeIdentifierDistanceSwimming" sum="400" unit="m"/>\n</Workout>'
    reading = read(tmp_path, export(NEW.replace("</Workout>", swim)), "export.xml")
    assert rows(reading)[0]["distance_m"] == ""
    assert [p.severity for p in reading.problems] == ["warning"]


def test_an_export_without_workouts_is_a_warning(tmp_path):
    reading = read(tmp_path, export(RECORD.format(1)), "export.xml")
    assert reading.table is None
    assert [p.severity for p in reading.problems] == ["warning"]


@pytest.mark.parametrize(
    "dtd",
    [
        '<!DOCTYPE HealthData [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE HealthData [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        f'<!DOCTYPE HealthData [{" " * (1 << 19)}<!ENTITY a "ha">]>',
        '<!DOCTYPE HealthData [ ]><!DOCTYPE HealthData [<!ENTITY a "ha">]>',
    ],
)
def test_entities_are_refused_wherever_they_are_declared(tmp_path, dtd):
    reading = read(tmp_path, export("<Record>&a;</Record>", OLD, dtd=dtd), "export.xml")
    assert reading.table is None
    assert [p.severity for p in reading.problems] == ["error"]


def test_an_undeclared_entity_is_an_error(tmp_path):
    reading = read(tmp_path, export("<Record>&a;</Record>", OLD), "export.xml")
    assert [p.severity for p in reading.problems] == ["error"]


def test_memory_does_not_grow_with_the_records_of_a_large_export(tmp_path):
    path = tmp_path / "export.xml"
    path.write_bytes(export("\n".join(RECORD.format(i) for i in range(60_000)), OLD))
    assert path.stat().st_size > 5 << 20
    tracemalloc.start()
    reading = read_raw(Blob(path, path.name))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(reading.table) == 1
    assert peak < 2 << 20


def test_an_export_cut_anywhere_is_an_error_and_a_damaged_one_never_a_traceback(tmp_path):
    for cut in range(0, len(GOOD) - 2, 7):
        reading = read(tmp_path, GOOD[:cut], "export.xml")
        assert reading.table is None
        assert [p.severity for p in reading.problems] == ["error"], cut
    random.seed(11)
    began = time.monotonic()
    for _ in range(300):
        bad = bytearray(GOOD)
        for _ in range(random.randrange(1, 4)):
            bad[random.randrange(len(bad))] = random.randrange(256)
        reading = read(tmp_path, bytes(bad), "export.xml")
        assert reading.table is not None or reading.problems
    assert time.monotonic() - began < 8


BLOCK = """
[[file]]
path = "export.xml"
table = "training_sessions"
set = { athlete_id = "A" }
where = { sport = ["running"] }
[file.columns]
start_utc = "start"
sport = "sport"
duration_min = { column = "duration_s", unit = "s" }
distance_km = { column = "distance_m", unit = "m" }
[file.codes.sport]
running = "run"
"""


def test_runs_of_an_export_reach_the_sessions_in_min_and_km(raw):
    cohort = raw.write("export.xml", GOOD).read(BLOCK)
    assert not cohort.errors, [p.text for p in cohort.errors]
    sessions = cohort.tables["training_sessions"]
    assert sessions["distance_km"].tolist() == [pytest.approx(4.828032, abs=1e-5)]
    assert sessions["duration_min"].tolist() == [30.5]
    assert f"{sessions['start_utc'].iloc[0]:%Y-%m-%d %H:%M}" == "2026-02-03 06:00"


def test_the_real_export_has_the_workout_that_its_csv_lists(shared):
    """Workout.csv beside it: 31.7368 min, 0 km, from 2016-04-02 10:40:38 +0100, of kind Other."""
    path = shared / "samples/apple/export6s3sample.xml"
    reading = read_raw(Blob(path, path.name))
    assert reading.table.place(0) == "line 100"
    (row,) = rows(reading)
    assert (row["start"], row["sport"]) == ("2016-04-02T10:40:38+01:00", "other")
    assert (row["duration_s"], row["distance_m"]) == ("1904.21", "0")
