"""The twelve silent errors of INPUTS §0: what a plain reading gives, and what hiprun makes of the same file.

Each file is small, invented, and made after the real one that proved the error.
"""

import io

import numpy as np
import pandas as pd
import pytest

from analysis.hip.symmetry import symmetry_index
from analysis.sources import cohort as cohort_module
from analysis.sources import read_cohort
from analysis.sources.activity import HEADER
from analysis.sources.checks import warn_slow_top_speed, warn_unusual_pace
from analysis.sources.mapping import ASK
from analysis.sources.peek import cohort_toml, peek
from analysis.study import Study
from analysis.surveillance.ostrc import substantial
from analysis.tables import RAW_TABLES
from tests.sources.conftest import TOP, only

SESSIONS = """
[[file]]
path = "log.csv"
table = "training_sessions"
set = {{ athlete_id = "A", sport = "run" }}
{more}
[file.columns]
{columns}
"""


def _sessions(columns: str, more: str = "") -> str:
    return SESSIONS.format(columns=columns.strip(), more=more)


def _naive(text: str, **how) -> pd.DataFrame:
    """As pandas reads it unless told otherwise."""
    return pd.read_csv(io.StringIO(text), **how)


# 1: one file, both separators

GARMIN_EU = (
    "Activity Type,Date,Title,Distance,Calories,Time,Avg HR,Total Ascent,Steps\n"
    'Running,2026-01-05 07:00:00,Home,"3,40",260,00:17:01,150,"1.032","2.932"\n'
    'Running,2026-01-07 07:00:00,Home,"12,10",870,01:02:00,152,"1.218","9.894"\n'
)
DISTANCE_AND_ASCENT = 'date = "Date"\ndistance_km = "Distance"\nascent_m = "Total Ascent"\n'


def test_1_a_thousands_point_is_decided_by_the_decimal_comma_of_another_column(raw):
    plain = _naive(GARMIN_EU)
    assert plain["Steps"].tolist() == [2.932, 9.894]
    assert plain["Total Ascent"].tolist() == [1.032, 1.218]
    cohort = raw.write("log.csv", GARMIN_EU).read(_sessions(DISTANCE_AND_ASCENT))
    assert cohort.errors == ()
    table = cohort.tables["training_sessions"]
    assert table["ascent_m"].tolist() == [1032, 1218]  # no table has a column for steps, which are written alike
    assert table["distance_km"].tolist() == [3.4, 12.1]
    told = [p.found for p in cohort.decisions if p.column == "Total Ascent"]
    assert any("as in the file's other number columns" in found for found in told)


def test_1_a_thousands_point_that_no_other_column_settles_is_refused(raw):
    alone = raw.write("log.csv", GARMIN_EU).read(_sessions('date = "Date"\nascent_m = "Total Ascent"\n'))
    assert "1.032 or 1032" in only(alone.errors, "DECIMAL").found
    assert alone.tables["training_sessions"]["ascent_m"].isna().all()


# 2: the language of the header is not the locale of the numbers


def test_2_an_english_header_over_decimal_commas(raw):
    text = 'Date,Distance\n2026-01-05,"3,40"\n2026-01-07,"12,125"\n'
    assert _naive(text, thousands=",")["Distance"].tolist() == [340, 12125]
    cohort = raw.write("log.csv", text).read(_sessions('date = "Date"\ndistance_km = "Distance"\n'))
    assert cohort.errors == ()
    assert cohort.tables["training_sessions"]["distance_km"].tolist() == [3.4, 12.125]


def test_2_a_german_header_over_decimal_points(raw):
    text = 'Datum,Distanz,"Anstieg gesamt"\n2026-01-05,8.1,"1,032"\n2026-01-07,12.125,45\n'
    assert _naive(text, decimal=",", thousands=".")["Distanz"].tolist() == [81, 12125]
    mapping = _sessions('date = "Datum"\ndistance_km = "Distanz"\nascent_m = "Anstieg gesamt"\n')
    cohort = raw.write("log.csv", text).read(mapping)
    assert cohort.errors == ()
    assert cohort.tables["training_sessions"]["distance_km"].tolist() == [8.1, 12.125]
    assert cohort.tables["training_sessions"]["ascent_m"].tolist() == [1032, 45]


# 3: Strava has Distance twice

STRAVA_DE = (
    "Aktivitäts-ID,Aktivitätsdatum,Verstrichene Zeit,Distanz,Verstrichene Zeit,Bewegungszeit,Distanz\n"
    '1,"09.12.2025, 15:24:49",3300,"9,44",3300.0,3240.0,9441.25\n'
    '2,"11.12.2025, 15:24:49",400,"0,94",400.0,300.0,944.0\n'
)


def test_3_of_two_distances_in_two_units_and_locales_the_mapping_says_which(raw):
    plain = _naive(STRAVA_DE)
    assert plain["Distanz"].tolist() == ["9,44", "0,94"]
    assert plain["Distanz.1"].tolist() == [9441.25, 944.0]
    raw.write("log.csv", STRAVA_DE)
    columns = 'start_utc = { column = "Aktivitätsdatum", format = "%d.%m.%Y, %H:%M:%S" }\ndistance_km = '
    unsaid = raw.read(_sessions(columns + '{ column = "Distanz", unit = "m" }'))
    assert only(unsaid.errors, "HEADER").found == "2 columns of that name"
    assert "training_sessions" not in unsaid.tables or unsaid.tables["training_sessions"]["distance_km"].isna().all()
    for said in ("occurrence = 1", 'occurrence = 2, unit = "m"'):
        cohort = raw.read(_sessions(columns + f'{{ column = "Distanz", {said} }}'))
        assert cohort.errors == ()
        assert cohort.tables["training_sessions"]["distance_km"].tolist() == pytest.approx([9.44, 0.944], abs=0.005)


# 4: Strava's dates are UTC without saying so


@pytest.mark.parametrize(
    ("zone", "stated", "day", "monday"),
    [
        ("Europe/Berlin", "Jan 4, 2026, 11:30:00 PM", "2026-01-05", "2026-01-05"),
        ("America/Los_Angeles", "Jan 5, 2026, 4:30:00 AM", "2026-01-04", "2025-12-29"),
    ],
)
def test_4_a_late_run_is_counted_on_the_day_and_in_the_week_of_the_cohorts_zone(raw, zone, stated, day, monday):
    text = f'Activity Date,km\n"{stated}",5.5\n'
    naive = pd.to_datetime(_naive(text)["Activity Date"])[0].normalize()
    assert naive != pd.Timestamp(day)
    assert naive - pd.Timedelta(naive.weekday(), "D") != pd.Timestamp(monday)
    mapping = _sessions('start_utc = "Activity Date"\ndistance_km = "km"\n', 'timezone = "UTC"')
    cohort = raw.write("log.csv", text).read(mapping, TOP.replace("Europe/Berlin", zone))
    assert cohort.errors == ()
    (session,) = cohort.tables["training_sessions"].to_dict("records")
    assert session["date"] == pd.Timestamp(day)
    assert session["start_utc"] == pd.to_datetime(stated).tz_localize("UTC")
    assert cohort.start == pd.Timestamp(monday)


# 5: the unit of distance is nowhere in the file


def test_5_the_unit_of_a_garmin_distance_is_asked_and_refused_until_answered(raw):
    path = raw.write("Activities.csv", GARMIN_EU.replace('"1.032"', "32").replace('"1.218"', "18")).folder
    text = cohort_toml(peek(path / "Activities.csv"))
    assert f'column = "Distance", unit = "{ASK}"' in text
    who = text.replace('athlete_id = "ASK"', 'athlete_id = "A"').replace(
        '"Total Ascent", unit = "ASK"', '"Total Ascent", unit = "m"'
    )
    (path / "cohort.toml").write_text(TOP + who, encoding="utf-8")
    asked = read_cohort(path, Study())
    assert [(p.column, p.found) for p in asked.errors] == [("unit", f'"{ASK}"')]
    assert "training_sessions" not in asked.tables
    for unit, km in (("km", 3.4), ("mi", 3.4 * 1.609344)):
        (path / "cohort.toml").write_text(TOP + who.replace(f'"{ASK}"', f'"{unit}"'), encoding="utf-8")
        answered = read_cohort(path, Study())
        assert answered.errors == ()
        assert answered.tables["training_sessions"]["distance_km"][0] == pytest.approx(km)


@pytest.mark.parametrize(
    ("unit", "tops", "found"),
    [
        ("km/h", (4.2, 3.9, 4.4), "a median top speed of 4.2 km/h in runs with a median mean speed of 12.0 km/h"),
        ("m/s", (4.2, 3.9, 4.4), ""),
        ("km/h", (15, 11, 16), ""),  # one run alone may be a slip of the watch
        ("km/h", (0, 0, 0), ""),  # a watch that saw no speed
    ],
)
def test_a_top_speed_below_the_mean_speed_is_a_warning_that_its_unit_may_be_another(
    raw, monkeypatch, unit, tops, found
):
    rows = "".join(f"2026-01-{day:02d},12,60,run,{top}\n" for day, top in enumerate(tops, 5))
    raw.write("log.csv", "Day,Distance,Minutes,Sport,Top\n" + rows + "2026-01-20,0,40,strength,0.1\n")
    columns = f'date = "Day"\ndistance_km = "Distance"\ntop_speed_km_h = {{ column = "Top", unit = "{unit}" }}\n'
    columns += 'duration_min = "Minutes"\nsport = "Sport"\n'
    monkeypatch.setitem(cohort_module._CHECKS, "training_sessions", (warn_slow_top_speed,))
    cohort = raw.read(_sessions(columns).replace(', sport = "run"', ""))
    assert cohort.errors == ()
    assert [p.found for p in cohort.warnings if p.column == "Top"] == ([found] if found else [])


@pytest.fixture
def paced(raw, monkeypatch):
    """Sessions as (km, minutes, sport), read with the check of pace alone: the warnings it gives."""

    def read(*sessions, unit="km"):
        rows = "".join(f"2026-01-{day:02d},{km},{m},{sport}\n" for day, (km, m, sport) in enumerate(sessions, 5))
        raw.write("log.csv", "Day,Distance,Minutes,Sport\n" + rows)
        columns = f'date = "Day"\ndistance_km = {{ column = "Distance", unit = "{unit}" }}\n'
        columns += 'duration_min = "Minutes"\nsport = "Sport"\n'
        monkeypatch.setitem(cohort_module._CHECKS, "training_sessions", (warn_unusual_pace,))
        cohort = raw.read(_sessions(columns).replace(', sport = "run"', ""))
        assert cohort.errors == ()
        return [p for p in cohort.warnings if "pace" in p.found or "run at" in p.found]

    return read


@pytest.mark.parametrize(
    ("km", "minutes", "found"),
    [
        (10, 30, "1 run with a median pace of 3:00 min/km (1:52 min/km if the distances are in mi)"),
        (10, 160, "1 run with a median pace of 16:00 min/km (9:57 min/km if the distances are in mi)"),
    ],
)
def test_5_ten_km_at_a_pace_that_is_nobodys_usual_one_is_a_warning(paced, km, minutes, found):
    (warning,) = paced((km, minutes, "run"))
    assert (warning.code, warning.place, warning.column, warning.found) == ("RANGE", "line 2", "Distance", found)
    assert "km, mi, m" in warning.fix


def test_5_most_runs_too_slow_are_one_warning_with_the_median_pace_both_ways(paced):
    in_miles = [(3.4, 41, "run"), (6.2, 75, "trail_run"), (3.1, 38, "run"), (5.0, 30, "run")]
    (warning,) = paced(*in_miles)
    assert warning.found == "4 runs with a median pace of 12:05 min/km (7:30 min/km if the distances are in mi)"
    (warning,) = paced((5, 14, "run"), (10, 29, "run"), unit="mi")
    assert warning.found == "2 runs with a median pace of 1:46 min/km (2:51 min/km if the distances are in km)"


def test_5_a_single_run_out_of_range_is_named_by_its_row_and_other_sports_are_not(paced):
    usual = [(10, 55, "run"), (8, 40, "run"), (12, 70, "run")]
    found = paced(
        *usual, (5, 70, "run"), (5, 10, "run"), (5, 70, "walk"), (30, 60, "bike"), ("", 60, "run"), (0, 30, "run")
    )
    assert [(p.place, p.found) for p in found] == [
        ("line 5", "a run at 14:00 min/km"),
        ("line 6", "a run at 2:00 min/km"),
    ]
    assert found[0].expected == "2:13 min/km to 11:07 min/km (usual)"
    assert paced(*usual) == []
    assert paced((30, 60, "bike"), (3, 60, "walk")) == []


# 6: cadence is counted by one foot or by two


def test_6_cadence_is_read_from_nothing_and_cannot_be_mapped(raw):
    assert not [c.name for t in RAW_TABLES.values() for c in t.columns if "cadence" in c.name or "steps" in c.name]
    assert not [name for name in HEADER if "cadence" in name]
    raw.write("log.csv", "Date,Avg Run Cadence\n2026-01-05,71\n")
    cohort = raw.read(_sessions('date = "Date"\ncadence_steps_min = "Avg Run Cadence"\n'))
    problem = only(cohort.errors, "MAPPING")
    assert "cadence_steps_min" in problem.text
    assert "training_sessions" not in cohort.tables


# 7: missing as a number

PEOPLE = "id,Age,HR,Pain,Temp\nA,255,0,-0.01,0.0\nB,34,151,3,--\nC,28,NaN,NaN,12.5\n"


def test_7_a_number_that_stands_for_missing_is_an_error_unless_listed(raw):
    assert _naive(PEOPLE)["Age"].mean() == pytest.approx(105.67, abs=0.01)
    assert _naive(PEOPLE)["HR"].mean() == 75.5
    raw.write("people.csv", PEOPLE)
    blocks = """
[[file]]
path = "people.csv"
table = "athletes"
{0}
columns = {{ athlete_id = "id", age_y = "Age" }}
[[file]]
path = "people.csv"
table = "training_sessions"
set = {{ sport = "run", date = 2026-01-05 }}
{0}
columns = {{ athlete_id = "id", hr_avg_bpm = "HR" }}
[[file]]
path = "people.csv"
table = "weekly_reports"
set = {{ region = "hip_groin", week_start = 2026-01-05 }}
{0}
columns = {{ athlete_id = "id", pain_nrs = "Pain" }}
"""
    cohort = raw.read(blocks.format(""))
    assert {(p.code, p.place, p.column) for p in cohort.errors} == {
        ("RANGE", "line 2", "Age"),
        ("RANGE", "line 2", "HR"),
        ("RANGE", "line 2", "Pain"),
    }
    listed = raw.read(blocks.format('missing = ["255", "0", "-0.01"]'))
    assert listed.errors == ()
    for read in (cohort, listed):
        assert read.tables["athletes"]["age_y"].mean() == 31
        assert read.tables["training_sessions"]["hr_avg_bpm"].dropna().tolist() == [151]
        assert read.tables["weekly_reports"]["pain_nrs"].dropna().tolist() == [3]


# 8: keys that differ in style

EXPOSURE = "player_id,date,minutes\n" + "".join(f"{i},2026-01-0{4 + i},60\n" for i in range(1, 5))
CASES = "player_id,date_event\n" + "".join(f"player_{i},2026-01-0{4 + i}\n" for i in range(1, 4))
INJURIES = """
[[file]]
path = "cases.csv"
table = "injuries"
set = { definition = "time_loss" }
[file.columns]
athlete_id = "player_id"
onset_date = "date_event"
"""


def test_8_cases_under_other_ids_than_the_exposure_are_an_error_that_says_the_rule(raw):
    assert len(_naive(CASES).merge(_naive(EXPOSURE).astype({"player_id": str}), on="player_id")) == 0
    raw.write("log.csv", EXPOSURE).write("cases.csv", CASES)
    columns = 'athlete_id = "player_id"\ndate = "date"\nduration_min = "minutes"\n'
    sessions = _sessions(columns).replace('athlete_id = "A", ', "")
    problem = only(raw.read(sessions + INJURIES).errors, "KEY")
    rule = '{ column = "player_id", from = "player_#" }'
    assert (problem.file, problem.place) == ("cases.csv", "line 2")
    assert rule in problem.fix
    cohort = raw.read(sessions + INJURIES.replace('"player_id"', rule))
    assert cohort.errors == ()
    assert set(cohort.tables["injuries"]["athlete_id"]) < set(cohort.tables["training_sessions"]["athlete_id"])
    assert (len(cohort.tables["athletes"]), len(cohort.tables["injuries"])) == (4, 3)


# 9: numbered headers whose order differs from file to file

TRIALS = """
[[file]]
path = "{name}.csv"
table = "hip_assessments"
set = {{ motion = "abduction", quality = "strength_isometric", date = 2026-01-05 }}
[file.columns]
athlete_id = "id"
[file.unpivot]
pattern = '{pattern}'
value = "force_n"
[file.unpivot.codes.side]
R = "right"
"""
NUMBERED = r"(?P<side>R) Abd (?P<trial_no>\d)"


def test_9_the_number_of_a_trial_is_read_from_its_header_and_not_from_its_place(raw):
    oldest_first, newest_first = (
        "id,R Abd 1,R Abd 2,R Abd 3\nA,101,102,103\n",
        "id,R Abd 3,R Abd 2,R Abd 1\nB,103,102,101\n",
    )
    first = [_naive(text).iloc[0, 1] for text in (oldest_first, newest_first)]
    assert first == [101, 103], "by position the first trial of B is the third"
    raw.write("a.csv", oldest_first).write("b.csv", newest_first)
    cohort = raw.read("".join(TRIALS.format(name=n, pattern=NUMBERED) for n in "ab"))
    assert cohort.errors == ()
    tests = cohort.tables["hip_assessments"]
    assert len(tests) == 6
    assert tests.groupby("trial_no")["force_n"].unique().map(list).to_dict() == {1: [101], 2: [102], 3: [103]}


def test_9_doubled_headers_are_never_numbered_by_their_place(raw):
    doubled = "id,R Abd,R Abd,R Abd\nA,101,102,103\n"
    assert list(_naive(doubled).columns) == ["id", "R Abd", "R Abd.1", "R Abd.2"]
    raw.write("a.csv", doubled)
    cohort = raw.read(TRIALS.format(name="a", pattern="(?P<side>R) Abd"))
    assert {p.code for p in cohort.errors} == {"DUPLICATE"}
    named = (
        TRIALS.split("[file.unpivot]")[0].format(name="a", pattern="").replace("{ motion", '{ side = "right", motion')
    )
    assert only(raw.read(named + 'force_n = "R Abd"\n').errors, "HEADER").found == "3 columns of that name"
    second = raw.read(named + 'force_n = { column = "R Abd", occurrence = 2 }\n')
    assert second.errors == ()
    assert second.tables["hip_assessments"]["force_n"].tolist() == [102]


def test_9_suffixes_that_a_program_added_count_only_as_the_mapping_says(raw):
    raw.write("a.csv", "id,R Abd,R Abd.1,R Abd.2\nA,101,102,103\n")
    every = TRIALS.format(name="a", pattern=r"(?P<side>R) Abd(?:\.(?P<trial_no>\d))?")
    assert {p.code for p in raw.read(every).errors} == {"DUPLICATE"}, "R Abd and R Abd.1 are both trial 1 until told"
    told = every + "[file.unpivot.codes.trial_no]\n1 = 2\n2 = 3\n"
    cohort = raw.read(told)
    assert cohort.errors == ()
    assert dict(zip(*[cohort.tables["hip_assessments"][c] for c in ("trial_no", "force_n")], strict=True)) == {
        1: 101,
        2: 102,
        3: 103,
    }


# 10: two versions of OSTRC

OSTRC = """
[[file]]
path = "weeks.csv"
table = "weekly_reports"
set = {{ region = "any"{version} }}
[file.columns]
athlete_id = "id"
week_start = "week"
ostrc_q1 = "Q1"
ostrc_q2 = "Q2"
ostrc_q3 = "Q3"
ostrc_q4 = "Q4"
"""
WEEKS = "id,week,Q1,Q2,Q3,Q4,form\nA,2026-01-05,8,13,6,8,1\nA,2026-01-12,8,17,8,8,2\nB,2026-01-05,17,8,8,8,2\n"


def test_10_answers_of_both_versions_in_one_file_are_an_error_until_each_row_says_its_version(raw):
    raw.write("weeks.csv", WEEKS)
    two = raw.read(OSTRC.format(version=", ostrc_version = 2"))
    assert [(p.code, p.place, p.column) for p in two.errors] == [("CODE", "line 2", "Q2"), ("CODE", "line 2", "Q3")]
    assert "13 belongs to version 1" in two.errors[0].fix
    one = raw.read(OSTRC.format(version=", ostrc_version = 1"))
    assert {(p.place, p.column) for p in one.errors} == {(f"line {i}", q) for i in (3, 4) for q in ("Q2", "Q3")}
    assert only(raw.read(OSTRC.format(version="")).errors, "COLUMN").column == "ostrc_version"
    each = raw.read(OSTRC.format(version="") + 'ostrc_version = "form"\n')
    assert each.errors == ()
    table = each.tables["weekly_reports"].sort_values(["athlete_id", "week_start"])
    assert sorted(table["ostrc_q2"]) == [8, 13, 17]


def test_10_a_substantial_problem_is_not_any_answer_of_17_or_more_and_starts_at_13_in_version_1():
    week = _naive(WEEKS)
    in_the_wild = (week[["Q1", "Q2", "Q3"]] >= 17).any(axis=1)
    assert in_the_wild.tolist() == [False, True, True]
    right = substantial(week["Q1"], week["Q2"], week["Q3"], week["Q4"], version=week["form"])
    assert right.tolist() == [True, True, False]


# 11: the imbalance of VALD has no fixed sign

VALD = (
    '"Name","ExternalId","Date","Test","Direction","Position","L Max Force (N)","R Max Force (N)","Max Imbalance"\n'
    '"x","A1","2026-01-05","Hip AD/AB","Squeeze","Hip AD/AB - 45","300","240","20.0"\n'
    '"x","A1","2026-01-05","Hip AD/AB","Pull","Hip AD/AB - 45","200","250","-20.0"\n'
)


def test_11_asymmetry_is_computed_from_left_and_right_with_one_sign_and_the_imbalance_is_never_read(raw):
    text = cohort_toml(peek(raw.write("vald.csv", VALD).folder / "vald.csv"))
    assert "Max Imbalance" not in text.replace("unused", "")
    assert not [c.name for c in RAW_TABLES["hip_assessments"].columns if "imbalance" in c.name or "asymm" in c.name]
    for asked, answer in (('45" = "ASK"', '45" = "supine"'),):
        text = text.replace(asked, answer)
    text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith('"Hip AD/AB - 60'))
    cohort = raw.read(text)
    assert cohort.errors == ()
    wide = cohort.tables["hip_assessments"].pivot(index="motion", columns="side", values="force_n")
    index = symmetry_index(wide["left"], wide["right"])
    assert index.to_dict() == {"adduction": -20.0, "abduction": 20.0}  # 100 (R - L) / max; VALD wrote 20 and -20
    assert np.allclose(symmetry_index(wide["right"], wide["left"]), -index)
    assert symmetry_index(300, 240, "mean_of_sides") == pytest.approx(100 * -60 / 270)


# 12: the 0 of a box that nobody was shown

DICTIONARY = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"\n'
    "record_id,baseline,,text,ID,,,,,,,,,,,,,\n"
    'history,baseline,,checkbox,"Injured before?","1, Hip | 2, Knee",,,,,,,,,,,,\n'
    "pain,weekly,,text,Pain,,,,,,,,,,,,,\n"
)
REDCAP = (
    "record_id,redcap_repeat_instrument,redcap_repeat_instance,history___1,history___2,baseline_complete,pain,"
    "weekly_complete\n"
    "1,,,1,0,2,,\n"
    "1,weekly,1,0,0,,3,2\n"
    "2,,,0,1,2,,\n"
    "2,weekly,1,0,0,,4,2\n"
    "3,,,0,0,0,,\n"
)


def test_12_an_unticked_box_on_a_row_of_another_form_or_of_a_form_not_filled_in_is_not_a_no(raw):
    plain = _naive(REDCAP)
    assert (plain["history___1"] == 0).sum() == 4
    assert plain["history___1"].mean() == 0.2
    raw.write("data.csv", REDCAP).write("dictionary.csv", DICTIONARY)
    block = """
[[file]]
path = "data.csv"
dictionary = "dictionary.csv"
table = "athletes"
{where}
columns = {{ athlete_id = "record_id", previous_injury = "history___1" }}
codes.previous_injury = {{ 0 = false, 1 = true }}
"""
    cohort = raw.read(block.format(where='where = { redcap_repeat_instrument = [""] }'), TOP + "start = 2026-01-05\n")
    assert cohort.errors == ()
    injured = cohort.tables["athletes"]["previous_injury"]
    assert injured.isna().tolist() == [False, False, True]
    assert injured.dropna().tolist() == [True, False]
    assert injured.mean() == 0.5
    every_row = raw.read(block.format(where=""), TOP + "start = 2026-01-05\n")
    assert every_row.tables["athletes"]["previous_injury"].dropna().tolist() == [True, False]
    assert only(every_row.decisions, "CHECKBOX").column == "history___1"
