"""Every real file of ../shared/samples ends in a right table, in "nothing to read here", or in a list of problems.

The mappings are written here as a person would write them; the expected numbers were taken from the files by hand.
"""

import gzip
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import fitdecode
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from analysis.sources.peek import peek
from analysis.sources.pseudonyms import athlete_pseudonyms
from analysis.sources.redcap_dictionary import read_dictionary
from tests.sources.conftest import TOP, Raw

START = TOP + "start = 2012-01-02\n"


@dataclass(frozen=True)
class Read:
    """The file feeds `table`: `columns` and `more` of its [[file]], the number of rows, and numbers by column.

    A single number stands for the first row; a list for all rows, None where missing. `errors` are (code, place,
    header) of all errors expected; `warned` stands in one of the warnings.
    """

    table: str
    columns: str
    n_rows: int
    numbers: dict[str, object]
    more: str = ""
    errors: set[tuple[str, str, str]] = field(default_factory=set)
    warned: str = ""


@dataclass(frozen=True)
class Nothing:
    """The file holds nothing to analyse: no error, no row, and `said` in a problem of this severity."""

    severity: str
    said: str


@dataclass(frozen=True)
class Refused:
    """The file is refused with errors of these codes; `said` is in one of them."""

    codes: tuple[str, ...]
    said: str
    block: str = 'table = "hip_work"\nset = { athlete_id = "A", date = 2026-01-05, exercise = "e" }'


@dataclass(frozen=True)
class Dictionary:
    """The file is a REDCap data dictionary of so many fields, one of which is named."""

    n_fields: int
    one: str


ACTIVITY = (
    'start_utc = "start"\nduration_min = { column = "moving_s", unit = "s" }\nsport = "sport"\n'
    'distance_km = { column = "distance_m", unit = "m" }\nascent_m = "ascent_m"\n'
    '[file.codes.sport]\nrunning = "run"\ncycling = "bike"\nother = "other"\n'
)
A = 'set = { athlete_id = "A" }'
RUN = 'set = { athlete_id = "A", sport = "run" }'
ON_A_DAY = 'set = { athlete_id = "A", sport = "run", date = 2026-01-05 }'
WORK = 'set = { athlete_id = "A", date = 2026-01-05 }'
SEX = '[file.codes.sex]\n0 = "female"\n1 = "male"\n'
YES = "[file.codes.previous_injury]\n0 = false\n1 = true\n"
REDCAP = 'dictionary = "dictionary.csv"\n'


def _activity(start: str, km: float, minutes: float, ascent: float | None = None, warned: str = "") -> Read:
    return Read(
        "training_sessions",
        ACTIVITY,
        1,
        {"start_utc": start, "distance_km": km, "duration_min": minutes, "ascent_m": ascent},
        A,
        warned=warned,
    )


def _sets(column: str, values: list[float | None], exercise: str = "") -> Read:
    """A table of anything, its numbers read as sets of an exercise."""
    columns = f'sets = "{column}"\n' + (f'exercise = "{exercise}"\n' if exercise else "")
    constants = WORK if exercise else WORK.replace(" }", ', exercise = "e" }')
    return Read("hip_work", columns, len(values), {"sets": values}, constants)


NO_TRACK = Nothing("warning", "no track")
EXPECTED: dict[str, Read | Nothing | Refused | Dictionary] = {
    "SOURCES.md": Refused(("FORMAT",), '".md"'),
    "strava/strava-csv-mapping_de-en.json": Refused(("FORMAT",), '".json"'),
    # activities
    "fit/Activity.fit": _activity("2012-04-09 21:22:26", 0.00573, 13.75 / 60, 0),
    "fit/activity-filecrc.fit": _activity("2012-04-09 21:22:26", 0.00573, 13.75 / 60, 0, "a wrong checksum"),
    "fit/activity-settings-nodata.fit": _activity(
        "2012-04-09 21:22:26", 0.00573, 13.75 / 60, 0, "ends early, at byte 784"
    ),
    "fit/activity-small-fenix2-run.fit": _activity("2015-08-15 14:45:08", 9.00822, 2832 / 60, 64),
    "fit/coros-pace-2-cycling-misaligned-fields.fit": _activity("2020-10-25 11:10:19", 32.14576, 11287 / 60, 938),
    "fit/garmin-fenix-5-run.fit": _activity("2017-06-11 14:34:09", 0.15756, 56.89 / 60, 2),
    "fit/null_compressed_speed_dist.fit": _activity("2017-10-05 00:04:06", 13.40014, 1808 / 60, 92),
    "strava/12866632127.fit.gz": _activity("2022-05-29 15:53:35", 3.32295, 1428.04 / 60, 109),
    "fit/Berlin (0,9 km).fit": Nothing("decision", "of kind course: not an activity"),
    "fit/WeightScaleMultiUser.fit": Nothing("decision", "of kind weight: not an activity"),
    "fit/DeveloperData.fit": Nothing("warning", "without a session"),
    "gpx/Berlin (0,9 km).gpx": Nothing("warning", "1 of 1 tracks without times"),
    "gpx/cerknicko-without-times.gpx": Nothing("warning", "8 of 8 tracks without times"),
    "gpx/gpx1.1_with_extensions_without_namespaces.gpx": NO_TRACK,
    "gpx/gpx_with_garmin_extension.gpx": NO_TRACK,
    "gpx/unicode_with_bom_noencoding.gpx": NO_TRACK,
    "gpx/track-with-empty-segment.gpx": Read(
        "training_sessions",
        'start_utc = "start"\nduration_min = { column = "elapsed_s", unit = "s" }\n'
        'distance_km = { column = "distance_m", unit = "m" }\n',
        1,
        {"start_utc": "2013-07-06 17:26:26", "duration_min": 76 / 60, "distance_km": 0.08595},
        RUN,
    ),
    "tcx/no_hr.tcx": _activity("2012-12-26 21:29:53", (2 * 1609.34399414 + 1470.5546875) / 1000, 1992.78 / 60, 133.05),
    "tcx/sup_activity_1.tcx": _activity("2022-07-16 16:08:25", 1.15751, (966.796 + 145.539) / 60),
    "apple/export6s3sample.xml": Read(
        "training_sessions",
        'start_utc = "start"\nsport = "sport"\nduration_min = { column = "duration_s", unit = "s" }\n'
        'distance_km = { column = "distance_m", unit = "m" }\n',
        1,
        {"start_utc": "2016-04-02 09:40:38", "duration_min": 31.73680251737436, "distance_km": 0},
        A,
    ),
    "apple/Workout.csv": Read(
        "training_sessions",
        'start_utc = "startDate"\nduration_min = "duration"\ndistance_km = "totalDistance"\n'
        'sport = "workoutActivityType"\n[file.codes.sport]\nHKWorkoutActivityTypeOther = "other"\n',
        1,
        {"start_utc": "2016-04-02 09:40:38", "duration_min": 31.73680251737436, "distance_km": 0},
        A,
    ),
    "fit/garmin-fenix-5-run-records.csv": Read(
        "training_sessions",
        'start_utc = { column = "timestamp", format = "%a %b %d %H:%M:%S PDT %Y" }\nhr_avg_bpm = "heart_rate"\n'
        'distance_km = { column = "distance", unit = "m" }\n',
        21,
        {"start_utc": "2017-06-11 14:34:09", "hr_avg_bpm": 61},
        RUN + '\ntimezone = "America/Los_Angeles"',
    ),
    "strava/activities_en_94col.csv": Read(
        "training_sessions",
        'start_utc = "Activity Date"\ndistance_km = { column = "Distance", occurrence = 2, unit = "m" }\n'
        'duration_min = { column = "Moving Time", unit = "s" }\n',
        1,
        {"start_utc": "2022-05-29 15:53:35", "distance_km": 3.322949951171875, "duration_min": 1411 / 60},
        RUN + '\ntimezone = "UTC"',
    ),
    "strava/general_preferences.csv": Read(
        "training_sessions",
        'hr_avg_bpm = "Maximum Heartrate"\nascent_m = "Functional Threshold Power"\n',
        1,
        {"hr_avg_bpm": 193, "ascent_m": None},
        ON_A_DAY,
        {("NUMBER", "line 2", "Functional Threshold Power")},
    ),
    # tables of anything
    "frictionless/blank-headers.csv": Read("athletes", 'athlete_id = "id"\nage_y = "age"\n', 2, {"age_y": [30, 26]}),
    "frictionless/blank-rows-multiple.csv": Read(
        "athletes", 'athlete_id = "id"\nage_y = "age"\n', 2, {"age_y": [30, 26]}
    ),
    "frictionless/bom.csv": _sets("id", [1, 2], "name"),
    "frictionless/issue-1105-timezone.csv": Read(
        "training_sessions",
        'start_utc = "timestamp"\nduration_min = "id"\n',
        2,
        {"start_utc": ["2020-01-01 15:00:00", "2020-01-01 12:00:00"], "duration_min": [0, 1]},
        RUN,
    ),
    "frictionless/leading-zeros.csv": Read(
        "athletes",
        'athlete_id = "value"\n',
        3,
        {"athlete_id": list(athlete_pseudonyms(pd.Series(["01", "002", "00003"]), b"test").values())},
    ),
    "frictionless/merged-cells.xlsx": Refused(
        ("EMPTY",),
        "a header and no rows",
        'table = "hip_work"\nset = { athlete_id = "A", date = 2026-01-05, exercise = "e" }\ncolumns.sets = "data"',
    ),
    "frictionless/multiline-headers.xlsx": Read(
        "hip_work",
        'exercise = "Cumulative impact of changes on cost of food basket from baseline (%)"\n'
        'sets = "Caloric contribution (%)"\n',
        1,
        {"exercise": "D", "sets": None},
        WORK + "\nheader_rows = [1, 4, 5]",
        {("NUMBER", "Лист1!B6", "Caloric contribution (%)")},
    ),
    "frictionless/number-test.csv": Read(
        "training_sessions",
        'ascent_m = "number"\n',
        13,
        {"ascent_m": [None, None, None, None, 0, 1, None, 0, None, None, None, 3000, None]},
        ON_A_DAY,
        {("NUMBER", f"line {i}", "number") for i in (3, 4, 10, 11)}
        | {("RANGE", f"line {i}", "number") for i in (5, 8, 12, 14)},
    ),
    "frictionless/preserve-formatting.xlsx": Read(
        "training_sessions",
        'date = "m/d/yy"\nascent_m = "0.00"\n',
        1,
        {"date": "2040-05-20", "ascent_m": 1000.5577},
        RUN,
    ),
    "frictionless/skip-rows-before-headers.csv": Read(
        "hip_work",
        'sets = "id"\nexercise = "name"\n',
        2,
        {"sets": [1, 2], "exercise": ["english", "中国人"]},
        WORK + "\nheader_rows = 2",
    ),
    "frictionless/structure-errors.csv": Read(
        "athletes",
        'athlete_id = "id"\nage_y = "age"\n',
        3,
        {"age_y": [30, 26, None]},
        "",
        {("FORMAT", "line 5", ""), ("RANGE", "line 5", "age")},
    ),
    "frictionless/table-infer-missing-values.csv": Read(
        "athletes",
        'athlete_id = "id"\nage_y = "age"\n',
        4,
        {"age_y": [39, 23, 36, 28]},
        "",
        {("MISSING", f"line {i}", "id") for i in (3, 5, 7)},
    ),
    "frictionless/timezone.csv": Read(
        "training_sessions",
        'start_utc = "datetime"\n',
        4,
        {"start_utc": [f"2020-01-01 {hour}:00:00" for hour in (14, 15, 12, 18)]},
        RUN,
    ),
    "xlsx/date_1904.xlsx": Read(
        "training_sessions",
        'date = "2021-01-01"\nduration_min = "15"\n',
        1,
        {"date": "2021-01-02", "duration_min": 16},
        RUN,
        {("DATE", "Sheet1!A3", "2021-01-01")},
    ),
    "xlsx/date_iso.xlsx": Read(
        "training_sessions",
        'start_utc = "2021-01-01"\n',
        1,
        {"start_utc": "2021-01-01 09:10:10"},
        RUN,
        {("DATE", f"Sheet!A{row}", "2021-01-01") for row in (3, 4, 5, 6)},
    ),
    "xlsx/datetime-rounding.xlsx": Read(
        "training_sessions",
        'start_utc = "dttm"\n',
        4,
        {"start_utc": ["2016-04-28 10:30:00", "2016-03-23 08:50:00", "2017-01-02 10:30:00", "2017-01-03 10:30:00"]},
        RUN + '\ntimezone = "Etc/GMT-1"',
    ),
    "xlsx/empty-named-column.xlsx": Read(
        "hip_work",
        'sets = "x"\nhold_s = "y"\nreps = "w"\n',
        3,
        {"sets": [1, 2, 3], "hold_s": [None] * 3, "reps": [2, None, None]},
        WORK.replace(" }", ', exercise = "e" }'),
    ),
    "xlsx/header-row.xlsx": Read(
        "hip_work",
        'exercise = "Columns"\nsets = "Column A"\nreps = "Column C"\n',
        1,
        {"sets": 1, "reps": 3, "exercise": "put data here"},
        WORK + "\nheader_rows = 9",
    ),
    "xlsx/inventory-table.xlsx": Read(
        "hip_work",
        'exercise = "Type"\nreps = "Quantity"\n',
        4,
        {"reps": [50, 200, 60, 100], "exercise": ["Apple", "Banana", "Orange", "Pear"]},
        WORK,
    ),
    "xlsx/iris-google-doc.xlsx": Read(
        "hip_work",
        'exercise = "Species"\nhold_s = "Sepal.Length"\n',
        150,
        {"hold_s": 5.1, "sum of hold_s": 876.5},
        WORK,
    ),
    "xlsx/skipping.xlsx": Read(
        "hip_work",
        'exercise = "var1"\nsets = "var2"\n',
        2,
        {"exercise": ["v2,1", "v4,1"], "sets": [None, None]},
        WORK + '\nsheet = "two_occupied_rows"\nheader_rows = 3',
        {("NUMBER", f"two_occupied_rows!B{row}", "var2") for row in (5, 7)},
    ),
    # REDCap
    "redcap/longitudinal/event.csv": _sets("arm_num", [1] * 6 + [2] * 6, "event_name"),
    "redcap/repeating-instruments/data.csv": Read(
        "athletes",
        'athlete_id = "record_id"\nage_y = "age"\nsex = "sex"\n' + SEX,
        2,
        {"age_y": [8.9, 9.6], "sex": ["female", "male"]},
        REDCAP + 'where = { redcap_repeat_instrument = [""] }',
    ),
    "redcap/longitudinal/data.csv": Read(
        "athletes",
        'athlete_id = "study_id"\nheight_cm = "height"\nage_y = "age"\n',
        3,
        {"height_cm": 160, "age_y": 31},
        REDCAP + 'where = { redcap_event_name = ["enrollment_arm_1", "enrollment_arm_2"] }',
        {("RANGE", "line 8", "age")},
    ),
    "redcap/arm-multiple-delete/data.csv": Read(
        "athletes",
        'athlete_id = "record_id"\nclinic = "position"\n',
        20,
        {"clinic": "pg"},
        REDCAP + 'where = { redcap_event_name = ["event_1_arm_2"] }',
    ),
    "redcap/survey/data.csv": Read(
        "athletes",
        'athlete_id = "participant_id"\nprevious_injury = "has_diabetes"\n' + YES,
        2,
        {"previous_injury": [True, False]},
        REDCAP,
    ),
    "redcap/potentially-problematic-values/data.csv": Read(
        "training_sessions",
        'athlete_id = "record_id"\ndate = "time_1"\nascent_m = "integer_before_validation"\n',
        1,
        {"date": "2010-01-02", "ascent_m": None},
        REDCAP + 'set = { sport = "run" }',
        {("DATE", "line 3", "time_1")} | {("NUMBER", f"line {i}", "integer_before_validation") for i in (2, 3)},
    ),
    "redcap/blank-for-gray-status/data.csv": Read(
        "athletes",
        'athlete_id = "record_id"\nage_y = "age"\nprevious_injury = "race___4"\n' + YES,
        6,
        {"age_y": [11, 11, 80, 61, 59, None], "previous_injury": [False, False, True, False, False, None]},
        REDCAP,
    ),
    "redcap/clinical-trial-1/data.csv": Read(
        "athletes",
        'athlete_id = "record_id"\nheight_cm = "height"\nbody_mass_kg = "weight"\n',
        500,
        {"height_cm": 176.1, "body_mass_kg": 105},
        REDCAP,
    ),
    "redcap/arm-multiple-delete/dictionary.csv": Dictionary(3, "position"),
    "redcap/blank-for-gray-status/dictionary.csv": Dictionary(17, "race"),
    "redcap/clinical-trial-1/dictionary.csv": Dictionary(12, "gender"),
    "redcap/longitudinal/dictionary.csv": Dictionary(95, "gym"),
    "redcap/potentially-problematic-values/dictionary.csv": Dictionary(4, "time_1"),
    "redcap/repeating-instruments/dictionary.csv": Dictionary(11, "bp_systolic"),
    "redcap/survey/dictionary.csv": Dictionary(25, "consent"),
}
TABLES = [name for name, case in EXPECTED.items() if isinstance(case, Read)]


def _of_kind(kind: type) -> list[str]:
    return [name for name, case in EXPECTED.items() if isinstance(case, kind)]


def _copied(raw: Raw, shared: Path, name: str) -> str:
    """The sample in the raw folder of the cohort, with the dictionary beside it if there is one; its path there."""
    path = shared / "samples" / name
    shutil.copy(path, raw.folder / path.name)
    if (path.parent / "dictionary.csv").is_file():
        shutil.copy(path.parent / "dictionary.csv", raw.folder / "dictionary.csv")
    return path.name


def test_every_file_in_the_folder_has_an_expectation_and_every_expectation_a_file(shared):
    folder = shared / "samples"
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == set(EXPECTED)


@pytest.mark.parametrize("name", TABLES)
def test_a_file_that_holds_something_ends_in_a_right_table(raw, shared, name):
    case = EXPECTED[name]
    path = _copied(raw, shared, name)
    block = f'[[file]]\npath = "{path}"\ntable = "{case.table}"\n{case.more}\n[file.columns]\n{case.columns}'
    cohort = raw.read(block, START)
    assert {(p.code, p.place, p.column) for p in cohort.errors} == case.errors
    assert not case.warned or any(case.warned in p.found for p in cohort.warnings)
    table = cohort.tables[case.table]
    assert len(table) == case.n_rows
    for column, expected in case.numbers.items():
        _assert_column(table, column, expected)


def _assert_column(table: pd.DataFrame, column: str, expected: object) -> None:
    if column.startswith("sum of "):
        assert table[column.removeprefix("sum of ")].sum() == pytest.approx(expected)
        return
    wanted = expected if isinstance(expected, list) else [expected]
    found = table[column].tolist()[: len(wanted)]
    if column == "athlete_id":
        assert sorted(found) == sorted(wanted)
        return
    for value, want in zip(found, wanted, strict=True):
        if want is None:
            assert pd.isna(value)
        elif isinstance(want, float | int) and not isinstance(want, bool):
            assert value == pytest.approx(want, rel=1e-5)
        elif column == "start_utc":
            assert value == pd.Timestamp(want, tz="UTC")
        elif column == "date":
            assert value == pd.Timestamp(want)
        else:
            assert value == want


@pytest.mark.parametrize("name", _of_kind(Nothing))
def test_a_file_that_is_no_activity_stops_nothing_and_is_said_to_be_none(raw, shared, name):
    case = EXPECTED[name]
    path = _copied(raw, shared, name)
    reading = read_raw(Blob(raw.folder / path, path))
    assert reading.table is None
    cohort = raw.read(f'[[file]]\npath = "{path}"\ntable = "training_sessions"\n{A}\n[file.columns]\n{ACTIVITY}', START)
    assert cohort.errors == ()
    assert "training_sessions" not in cohort.tables
    assert [p.severity for p in cohort.problems if p.file == path and case.said in p.found] == [case.severity]


@pytest.mark.parametrize("name", _of_kind(Refused))
def test_a_file_that_holds_no_rows_is_refused_with_the_reason(raw, shared, name):
    case = EXPECTED[name]
    path = _copied(raw, shared, name)
    cohort = raw.read(f'[[file]]\npath = "{path}"\n{case.block}\n', START)
    assert tuple(p.code for p in cohort.errors) == case.codes
    assert case.said in cohort.errors[0].text
    assert "hip_work" not in cohort.tables


@pytest.mark.parametrize("name", _of_kind(Dictionary))
def test_a_data_dictionary_is_read_as_one_and_proposes_no_table(shared, name):
    case = EXPECTED[name]
    dictionary, problems = read_dictionary(Blob(shared / "samples" / name, name))
    assert problems == [] or problems == ()
    assert len(dictionary.fields) == case.n_fields
    assert case.one in dictionary.fields
    assert peek(shared / "samples" / name).blocks == ()


@pytest.mark.parametrize("name", EXPECTED)
def test_peek_says_a_format_or_why_the_file_is_not_read(shared, name):
    try:
        seen = peek(shared / "samples" / name)
    except InputError as error:
        assert isinstance(EXPECTED[name], Nothing | Refused)
        assert Path(name).name in str(error)
        return
    (file,) = seen.files
    assert file.format
    assert sum(len(sheet.header) for sheet in file.sheets) > 0


def test_the_fit_file_the_list_of_activities_and_a_gpx_of_one_strava_run_agree(raw, shared):
    """Distances within 1 %, starts to the second. The GPX is made of the points that the FIT file recorded."""
    sample = shared / "samples" / "strava"
    for file in ("activities_en_94col.csv", "12866632127.fit.gz"):
        shutil.copy(sample / file, raw.folder)
    raw.write("run.gpx", _as_gpx((sample / "12866632127.fit.gz").read_bytes()))
    read = {}
    sources = {"run.gpx": "gpx/track-with-empty-segment.gpx"}
    sources |= {name: f"strava/{name}" for name in ("activities_en_94col.csv", "12866632127.fit.gz")}
    for name, source in sources.items():
        case = EXPECTED[source]
        block = f'[[file]]\npath = "{name}"\ntable = "{case.table}"\n{case.more}\n[file.columns]\n{case.columns}'
        cohort = raw.read(block)
        assert cohort.errors == ()
        (read[name],) = cohort.tables["training_sessions"].to_dict("records")
    assert {row["start_utc"] for row in read.values()} == {pd.Timestamp("2022-05-29 15:53:35", tz="UTC")}
    km = [row["distance_km"] for row in read.values()]
    assert max(km) / min(km) < 1.01


def _as_gpx(packed: bytes) -> str:
    """The recorded points of a FIT file as a GPX track."""
    points = []
    with fitdecode.FitReader(gzip.decompress(packed)) as reader:
        for frame in reader:
            if not isinstance(frame, fitdecode.FitDataMessage) or frame.name != "record":
                continue
            lat, lon, at = (frame.get_value(n, fallback=None) for n in ("position_lat", "position_long", "timestamp"))
            if lat is not None and lon is not None:
                where = f'lat="{lat * 180 / 2**31:.7f}" lon="{lon * 180 / 2**31:.7f}"'
                points.append(f"<trkpt {where}><time>{at:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>")
    track = f"<trk><trkseg>{''.join(points)}</trkseg></trk>"
    return f'<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1">{track}</gpx>'
