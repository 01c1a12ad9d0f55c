"""GPX and TCX: one row a track or activity; what is no session, or may do harm, is said."""

import gzip
import random
import time
import zipfile

import fitdecode
import pytest

from analysis.sources.activity import instant_text, number_text, parse_instant, word_text
from analysis.sources.numbers import evidence
from tests.sources.test_fit_file import FILE_ID, SESSION, fit, read, rows

GPX = """<?xml version="1.0" encoding="UTF-8"?>
<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1" xmlns:x="http://x">{}</gpx>"""
TCX = """<?xml version="1.0" encoding="UTF-8"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">{}</TrainingCenterDatabase>"""
LAP = """<Lap StartTime="{start}"><TotalTimeSeconds>{s}</TotalTimeSeconds><DistanceMeters>{m}</DistanceMeters>
<AverageHeartRateBpm><Value>{hr}</Value></AverageHeartRateBpm>
<MaximumHeartRateBpm><Value>{top}</Value></MaximumHeartRateBpm>{track}</Lap>"""
TRACK = "<Track><Trackpoint><Time>{}</Time><DistanceMeters>99999</DistanceMeters></Trackpoint></Track>"
WHOLE_DEGREE_M = 111_195
"""A degree of latitude on a sphere of radius 6371 km."""


def point(lat, at=None, hr=None, ele=None):
    inner = f"<ele>{ele}</ele>" if ele is not None else ""
    inner += f"<time>{at}</time>" if at else ""
    inner += f"<extensions><x:Point><x:hr>{hr}</x:hr></x:Point></extensions>" if hr else ""
    return f'<trkpt lat="{lat}" lon="9">{inner}</trkpt>'


def track(*segments, sport=""):
    kind = f"<type>{sport}</type>" if sport else ""
    return "<trk><name>Anna's run</name>" + kind + "".join(f"<trkseg>{s}</trkseg>" for s in segments) + "</trk>"


def gpx(folder, inner, name="a.gpx"):
    return read(folder, GPX.format(inner).encode(), name)


def tcx(folder, inner, name="a.tcx"):
    return read(folder, TCX.format(inner).encode(), name)


def severities(reading):
    return [p.severity for p in reading.problems]


TEN = [point(50, "2026-02-03T10:00:00Z", 120, 100), point(50.01, "2026-02-03T10:05:00Z", 130, 110)]
GOOD_GPX = GPX.format(track("".join(TEN), sport="Running")).encode()
LAPS = [
    LAP.format(start="2026-02-03T10:00:00Z", s="600.5", m="2000", hr=140, top=150, track=""),
    LAP.format(start="2026-02-03T10:20:00.000Z", s=300, m=1000.25, hr=155, top=171, track=""),
]
GOOD_TCX = TCX.format(f'<Activities><Activity Sport="Running">{"".join(LAPS)}</Activity></Activities>').encode()


def test_a_gpx_track_gives_length_times_and_mean_heart_rate_and_nothing_else(tmp_path):
    reading = read(tmp_path, GOOD_GPX, "a.gpx")
    (row,) = rows(reading)
    assert float(row.pop("distance_m")) == pytest.approx(0.01 * WHOLE_DEGREE_M, rel=0.002)
    assert {k: v for k, v in row.items() if v} == {
        "start": "2026-02-03T10:00:00Z",
        "sport": "running",
        "elapsed_s": "300",
        "ascent_m": "10",
        "hr_avg_bpm": "125",
        "hr_max_bpm": "130",
    }
    assert row["moving_s"] == "", "GPX knows no pauses"
    assert reading.problems == ()


def test_the_gap_between_gpx_segments_adds_time_but_no_distance(tmp_path):
    far = point(51, "2026-02-03T11:00:00Z") + point(51.01, "2026-02-03T11:05:00Z")
    (row,) = rows(gpx(tmp_path, track("".join(TEN), "", far)))
    assert float(row["distance_m"]) == pytest.approx(0.02 * WHOLE_DEGREE_M, rel=0.002)
    assert row["elapsed_s"] == "3900"


def test_several_gpx_tracks_are_several_rows_each_with_its_number(tmp_path):
    reading = gpx(tmp_path, track("".join(TEN)) + track(point(1)) + track(TEN[1]))
    assert [reading.table.place(i) for i in range(2)] == ["track 1", "track 3"]
    assert severities(reading) == ["warning"]
    assert reading.problems[0].place == "track 2"
    assert rows(reading)[1]["distance_m"] == "", "one point has no length"


def test_offsets_are_turned_to_utc_and_times_without_one_taken_as_utc_are_told(tmp_path):
    (row,) = rows(gpx(tmp_path, track(point(50, "2026-02-03T00:30:00+01:00"))))
    assert row["start"] == "2026-02-02T23:30:00Z"
    reading = gpx(tmp_path, track(point(50, "2026-02-03T00:30:00")))
    assert rows(reading)[0]["start"] == "2026-02-03T00:30:00Z"
    assert [(p.severity, p.code) for p in reading.problems] == [("decision", "CLOCK")]


@pytest.mark.parametrize("inner", ["", track(point(50) + point(51)), "<wpt lat='1' lon='2'/>", "<rte/>", track("")])
def test_a_gpx_file_without_times_is_no_session_but_stops_nothing(tmp_path, inner):
    reading = gpx(tmp_path, inner)
    assert reading.table is None
    assert severities(reading) == ["warning"]


def test_a_gpx_track_with_times_at_few_of_its_points_is_no_session_with_most_it_is_told(tmp_path):
    few = gpx(tmp_path, track(TEN[0] + point(50.1) + point(50.2)))
    assert few.table is None
    most = gpx(tmp_path, track("".join(TEN) + point(50.02)))
    assert len(most.table) == 1
    assert "1 of 3 points without a time" in most.problems[0].found


def test_impossible_positions_and_unreadable_times_are_left_out_and_told(tmp_path):
    bad = point("52,5", "yesterday") + point(95) + point("nan")
    reading = gpx(tmp_path, track("".join(TEN) + bad + "".join(TEN)))
    assert float(rows(reading)[0]["distance_m"]) == pytest.approx(0.03 * WHOLE_DEGREE_M, rel=0.002)
    said = " ".join(p.found for p in reading.problems)
    assert "3 points without a possible position" in said
    assert "1 times that cannot be read" in said


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b"   \n\t ", b"\xef\xbb\xbf  "])
def test_a_byte_order_mark_and_blanks_before_the_declaration_do_not_matter(tmp_path, start):
    for name, data in (("a.gpx", GOOD_GPX), ("a.tcx", GOOD_TCX)):
        assert rows(read(tmp_path, start + data, name)) == rows(read(tmp_path, data, name))


def test_a_tcx_activity_sums_its_laps_and_weights_heart_rate_by_time(tmp_path):
    reading = read(tmp_path, GOOD_TCX, "a.tcx")
    (row,) = rows(reading)
    assert {k: v for k, v in row.items() if v} == {
        "start": "2026-02-03T10:00:00Z",
        "sport": "running",
        "elapsed_s": "1500",
        "moving_s": "900.5",
        "distance_m": "3000.25",
        "hr_avg_bpm": number_text((140 * 600.5 + 155 * 300) / 900.5),
        "hr_max_bpm": "171",
    }
    assert reading.problems == ()
    assert reading.table.place(0) == "activity 1"


def test_distances_of_track_points_are_not_taken_for_those_of_the_lap(tmp_path):
    lap = LAP.format(
        start="2026-02-03T10:00:00Z", s=60, m=200, hr=140, top=150, track=TRACK.format("2026-02-03T10:02:00Z")
    )
    (row,) = rows(tcx(tmp_path, f'<Activities><Activity Sport="Other">{lap}</Activity></Activities>'))
    assert (row["distance_m"], row["elapsed_s"], row["sport"]) == ("200", "120", "other")


def test_a_lap_without_its_time_leaves_the_sum_blank_and_is_told(tmp_path):
    lap = '<Lap StartTime="2026-02-03T11:00:00Z"><DistanceMeters>5</DistanceMeters></Lap>'
    reading = tcx(tmp_path, f"<Activities><Activity>{LAPS[0]}{lap}</Activity></Activities>")
    assert (rows(reading)[0]["moving_s"], rows(reading)[0]["distance_m"]) == ("", "2005")
    assert "1 of 2 laps without TotalTimeSeconds" in reading.problems[0].found


@pytest.mark.parametrize("plan", ["Courses", "Workouts"])
def test_a_tcx_course_or_workout_is_a_plan_and_no_activity(tmp_path, plan):
    reading = tcx(tmp_path, f"<{plan}><Course><Lap><TotalTimeSeconds>60</TotalTimeSeconds></Lap></Course></{plan}>")
    assert reading.table is None
    assert severities(reading) == ["decision"]
    assert plan.lower() in reading.problems[0].found


def test_a_tcx_activity_without_any_time_is_left_out_with_a_warning(tmp_path):
    reading = tcx(
        tmp_path, "<Activities><Activity><Lap><DistanceMeters>5</DistanceMeters></Lap></Activity></Activities>"
    )
    assert reading.table is None
    assert severities(reading) == ["warning"]


BOMB = '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE gpx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("name", ["a.gpx", "a.tcx", "a.xml"])
@pytest.mark.parametrize("declared", [BOMB, OUTSIDE, '<!DOCTYPE gpx SYSTEM "http://127.0.0.1/a.dtd">'])
def test_entities_and_document_types_are_refused(tmp_path, name, declared):
    reading = read(tmp_path, f"{declared}<gpx>&b;&x;</gpx>".encode(), name)
    assert reading.table is None
    assert severities(reading) == ["error"]
    assert "root:" not in reading.problems[0].text


@pytest.mark.parametrize(
    ("before", "what", "after"),
    [
        ("<gpx><trk><name>", "x", "</name></trk></gpx>"),
        ('<gpx><trk name="', "x", '"/></gpx>'),
        ("<gpx><!-- ", "x", " --></gpx>"),
        ("<gpx>", "<a>", ""),
        ("", " ", ""),
        ("<gpx>", "<trk/>", "</gpx>"),
    ],
    ids=["text", "attribute", "comment", "nesting", "blanks", "tracks"],
)
def test_a_file_made_to_exhaust_the_reader_ends_in_a_problem_soon(tmp_path, before, what, after):
    data = (before + what * ((24 << 20) // len(what)) + after).encode()
    began = time.monotonic()
    reading = read(tmp_path, data, "a.gpx")
    assert reading.table is None
    assert reading.problems
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("name", "data"), [("a.gpx", GOOD_GPX), ("a.tcx", GOOD_TCX)])
def test_a_file_cut_anywhere_is_an_error_and_a_damaged_one_never_a_traceback(tmp_path, name, data):
    whole = rows(read(tmp_path, data, name))
    for cut in range(0, len(data) - 1, 3):
        reading = read(tmp_path, data[:cut], name)
        assert reading.table is None
        assert severities(reading) == ["error"], cut
    random.seed(7)
    for _ in range(300):
        bad = bytearray(data)
        for _ in range(random.randrange(1, 4)):
            bad[random.randrange(len(bad))] = random.randrange(256)
        reading = read(tmp_path, bytes(bad), name)
        assert reading.table is not None or reading.problems
        assert "encoding" not in " ".join(p.found for p in reading.problems) or bad[:60] != data[:60]
    for encoding in ("utf-16", "utf-16-le", "cp037"):
        reading = read(tmp_path, data.decode().encode(encoding), name)
        assert rows(reading) == whole if reading.table else severities(reading) == ["error"]


@pytest.mark.parametrize(
    "inner",
    [
        "<Activities><Lap><TotalTimeSeconds>6</TotalTimeSeconds></Lap></Activities>",
        "<Activities><Activity/><Lap><TotalTimeSeconds>6</TotalTimeSeconds></Lap></Activities>",
        "<Activities><Activity><Lap><Activity/></Lap></Activity></Activities>",
        "<Lap><TotalTimeSeconds>6</TotalTimeSeconds></Lap>",
    ],
)
def test_elements_in_places_where_they_do_not_belong_give_no_row(tmp_path, inner):
    reading = tcx(tmp_path, inner)
    assert reading.table is None
    assert reading.problems


def test_an_xml_file_of_another_kind_is_named(tmp_path):
    reading = read(tmp_path, GOOD_GPX, "a.xml")
    assert 'of kind "gpx"' in reading.problems[0].found
    assert ".gpx" in reading.problems[0].fix
    assert severities(read(tmp_path, b"<html><body/></html>", "a.tcx")) == ["error"]


@pytest.mark.parametrize("value", [966.796, 12.3, 1234.5678, 100.0, 0.001, 2832.0, 7.125])
def test_numbers_are_never_written_so_that_they_could_be_thousands(value):
    text = number_text(value)
    assert float(text) == pytest.approx(value, abs=0.005)
    assert evidence([text]).open_cell is None


def test_words_that_read_like_free_text_are_not_kept():
    assert word_text(" Trail  Running ") == "trail running"
    assert word_text("a run with anna@example.org") == ""
    assert word_text("x" * 41) == ""
    assert instant_text(parse_instant("2026-02-03T07:15:00.999+05:30")) == "2026-02-03T01:45:00Z"
    assert parse_instant("0001-01-01T00:00:00+14:00") is None


def test_a_year_that_no_activity_can_have_is_no_time(tmp_path):
    reading = read(tmp_path, GOOD_TCX.replace(b"2026-02-03T10:00:00Z", b"9999-12-31T23:59:59Z"), "a.tcx")
    assert rows(reading)[0]["start"] == "2026-02-03T10:20:00Z"
    assert "1 times that cannot be read" in reading.problems[0].found


BLOCK = """
[[file]]
path = "*/{path}"
table = "training_sessions"
from_path = '(?P<athlete_id>[^/]+)/.*'
[file.columns]
start_utc = "start"
sport = "sport"
duration_min = {{ column = "{time}", unit = "s" }}
distance_km = {{ column = "distance_m", unit = "m" }}
hr_avg_bpm = "hr_avg_bpm"
[file.codes.sport]
running = "run"
"""


def test_sessions_of_fit_tcx_and_gpx_files_reach_the_table_on_the_local_day(raw):
    """One starts at 23:00 UTC on Sunday 1 February: Monday in Berlin, so another week."""
    late = GOOD_GPX.replace(b"02-03T10:", b"02-01T23:")
    raw.write("p1/a.fit", fit(FILE_ID, SESSION)).write("p1/b.tcx", GOOD_TCX).write("p2/c.gpx", late)
    with zipfile.ZipFile(raw.folder / "p2" / "z.zip", "w") as archive:
        archive.writestr("d.gpx", GOOD_GPX.replace(b"02-03T10:", b"02-05T12:"))
    blocks = [("*.fit", "moving_s"), ("*.tcx", "moving_s"), ("*.gpx", "elapsed_s"), ("z.zip/*.gpx", "elapsed_s")]
    cohort = raw.read("".join(BLOCK.format(path=p, time=t) for p, t in blocks))
    assert not cohort.errors, [p.text for p in cohort.errors]
    got = cohort.tables["training_sessions"].sort_values("start_utc")
    assert [f"{d:%m-%d}" for d in got["date"]] == ["02-02", "02-03", "02-03", "02-05"]
    assert set(got["sport"]) == {"run"}
    assert sorted(got["duration_min"].round(2)) == [5, 5, 15.01, 60]
    assert got["distance_km"].max() == pytest.approx(12.34567)
    assert got["athlete_id"].nunique() == 2


def test_files_that_are_no_sessions_do_not_stop_a_folder(raw):
    raw.write("p1/a.gpx", GOOD_GPX).write("p1/route.gpx", GPX.format(track(point(1))))
    cohort = raw.read(BLOCK.format(path="*.gpx", time="elapsed_s"))
    assert not cohort.errors
    assert len(cohort.tables["training_sessions"]) == 1


def test_a_gpx_of_the_records_of_a_fit_file_has_its_distance_and_its_start(tmp_path, shared):
    """The run of the Strava archive, whose FIT file says 3322.95 m from 15:53:35 UTC on."""
    data = gzip.decompress((shared / "samples/strava/12866632127.fit.gz").read_bytes())
    points = []
    with fitdecode.FitReader(data) as reader:
        for frame in reader:
            if frame.frame_type == fitdecode.FIT_FRAME_DATA and frame.name == "record":
                lat, lon = (frame.get_value(f"position_{k}", fallback=None) for k in ("lat", "long"))
                if lat is not None and lon is not None:
                    degrees = [v * 180 / 2**31 for v in (lat, lon)]
                    at = frame.get_value("timestamp").isoformat()
                    points.append(f'<trkpt lat="{degrees[0]}" lon="{degrees[1]}"><time>{at}</time></trkpt>')
    (from_gpx,) = rows(gpx(tmp_path, f"<trk><trkseg>{''.join(points)}</trkseg></trk>"))
    (from_fit,) = rows(read(tmp_path, data))
    assert from_gpx["start"] == from_fit["start"] == "2022-05-29T15:53:35Z"
    assert float(from_gpx["distance_m"]) == pytest.approx(float(from_fit["distance_m"]), rel=0.01)


@pytest.mark.parametrize(
    ("name", "row", "told"),
    [
        ("tcx/no_hr.tcx", ("2012-12-26T21:29:53Z", "4689.24", ""), []),
        ("tcx/sup_activity_1.tcx", ("2022-07-16T16:08:25Z", "1157.51", "87.87"), []),
        ("gpx/track-with-empty-segment.gpx", ("2013-07-06T17:26:26Z", "85.95", ""), []),
        ("gpx/cerknicko-without-times.gpx", None, ["warning"]),
        ("gpx/Berlin (0,9 km).gpx", None, ["warning"]),
        ("gpx/gpx1.1_with_extensions_without_namespaces.gpx", None, ["warning"]),
        ("gpx/gpx_with_garmin_extension.gpx", None, ["warning"]),
        ("gpx/unicode_with_bom_noencoding.gpx", None, ["warning"]),
    ],
)
def test_real_gpx_and_tcx_files_end_in_a_row_or_say_why_not(tmp_path, shared, name, row, told):
    reading = read(tmp_path, (shared / "samples" / name).read_bytes(), f"a.{name[-3:]}")
    got = [(r["start"], r["distance_m"], r["hr_avg_bpm"]) for r in rows(reading)] if reading.table else []
    assert got == ([row] if row else [])
    assert severities(reading) == told
