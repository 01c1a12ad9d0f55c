"""Files to tables: rows, codes, units, zones, ids, double answers."""

import datetime as dt
import hashlib

import pandas as pd
import pytest

from analysis.surveillance.ostrc import severity_score
from tests.sources.conftest import SESSIONS, TOP, WEEKLY, only

ATHLETES = """
[[file]]
path = "athletes.csv"
table = "athletes"
[file.columns]
athlete_id = "id"
age_y = "age"
sex = "sex"
"""
TESTS = """
[[file]]
path = "tests.csv"
table = "hip_assessments"
set = { quality = "strength_isometric" }
[file.columns]
athlete_id = "id"
date = "date"
[file.unpivot]
pattern = "(?P<side>R|L) (?P<motion>Abd|ER) ?(?P<trial_no>[1-3])?"
value = "force_n"
unit = "kgf"
[file.unpivot.codes.side]
R = "right"
L = "left"
[file.unpivot.codes.motion]
Abd = "abduction"
ER = "external_rotation"
"""


def test_wide_left_and_right_trials_become_one_row_each_and_blanks_are_not_zero(raw):
    raw.write("tests.csv", "id,date,R Abd 1,R Abd 2,L Abd 1,R ER\nA,2026-01-05,20,21,,10\n")
    cohort = raw.read(TESTS)
    table = cohort.tables["hip_assessments"].sort_values(["motion", "trial_no"])
    assert table[["motion", "side", "trial_no", "position"]].to_numpy().tolist() == [
        ["abduction", "right", 1, "unspecified"],
        ["abduction", "right", 2, "unspecified"],
        ["external_rotation", "right", 1, "unspecified"],
    ]
    assert table["force_n"].tolist() == [20 * 9.80665, 21 * 9.80665, 10 * 9.80665]
    assert cohort.dropped.to_numpy().tolist() == [["hip_assessments", "tests.csv", "no force_n in a wide column", 1]]


def test_a_part_of_a_wide_header_that_has_no_code_is_an_error_at_that_header(raw):
    mapping = TESTS.replace("(?P<motion>Abd|ER)", "(?P<motion>[A-Z][a-zR]+)")
    raw.write("tests.csv", "id,date,R Abd,R Add\nA,2026-01-05,20,21\n")
    problem = only(raw.read(mapping).errors, "CODE")
    assert (problem.place, problem.column) == ("line 1", "R Add")
    assert '"Abd"' in problem.fix


def test_hip_tests_without_a_date_get_the_start_of_the_cohort_and_that_is_told(raw):
    raw.write("tests.csv", "id,R ER\nA,20\n").write("log.csv", "id,date,km\nA,2026-01-08,5\n")
    cohort = raw.read(TESTS.replace('date = "date"\n', "") + SESSIONS)
    assert cohort.start == pd.Timestamp("2026-01-05")
    assert cohort.tables["hip_assessments"].loc[0, "date"] == cohort.start
    assert "without a date" in only(cohort.decisions, "DATE").found
    alone = raw.read(TESTS.replace('date = "date"\n', ""))
    assert only(alone.errors, "DATE").column == "date"
    assert pd.isna(alone.start)


def test_the_start_is_the_monday_of_the_date_given_or_of_the_first_row(raw):
    raw.write("log.csv", "id,date,km\nA,2026-02-08,5\nA,2026-02-11,5\n")
    assert raw.read(SESSIONS).start == pd.Timestamp("2026-02-02")
    assert raw.read(SESSIONS, TOP + "start = 2026-01-07\n").start == pd.Timestamp("2026-01-05")


def test_a_start_after_the_first_row_is_warned_of(raw):
    raw.write("log.csv", "id,date,km\nA,2026-02-10,5\n").write("tests.csv", "id,date,R ER\nA,2025-01-07,20\n")
    problem = only(raw.read(SESSIONS + TESTS, TOP + "start = 2026-03-02\n").warnings, "DATE")
    assert (problem.place, problem.column) == ("[cohort]", "start")
    assert "2026-02-10" in problem.found
    assert raw.read(SESSIONS + TESTS, TOP + "start = 2026-02-10\n").warnings == ()


def test_a_date_years_from_all_others_is_warned_of_where_it_stands(raw):
    rows = "A,2026-01-05,5\nA,2062-01-06,5\nA,2026-01-07,5\n"
    problem = only(raw.write("log.csv", "id,date,km\n" + rows).read(SESSIONS).warnings, "DATE")
    assert (problem.place, problem.column) == ("line 3", "date")
    assert "2026-01-07" in problem.found
    early = raw.write("log.csv", "id,date,km\n" + rows.replace("2062", "1962")).read(SESSIONS)
    assert only(early.warnings, "DATE").place == "line 3"


def test_a_cohort_in_which_nothing_is_dated_needs_a_start(raw):
    raw.write("athletes.csv", "id,age,sex\nA,30,male\n")
    assert only(raw.read(ATHLETES).errors, "DATE").column == "start"
    assert raw.read(ATHLETES, TOP + "start = 2026-01-05\n").errors == ()


def test_an_evening_run_in_utc_counts_for_the_next_day_and_week_in_berlin(raw):
    mapping = SESSIONS.replace('table = "training_sessions"', 'table = "training_sessions"\ntimezone = "UTC"')
    raw.write("log.csv", 'id,date,km\nA,"Jun 7, 2026, 10:30:00 PM",5\nA,"Jun 7, 2026, 8:30:00 PM",5\n')
    table = raw.read(mapping).tables["training_sessions"]
    assert table["date"].tolist() == [pd.Timestamp("2026-06-08"), pd.Timestamp("2026-06-07")]
    assert table["start_utc"].tolist()[0] == pd.Timestamp("2026-06-07 22:30", tz="UTC")


def test_local_clock_times_are_in_the_cohorts_zone_and_midnight_throughout_is_no_clock(raw):
    local = raw.write("log.csv", "id,date,km\nA,2026-06-07 23:30,5\n").read(SESSIONS).tables["training_sessions"]
    assert local.loc[0, "date"] == pd.Timestamp("2026-06-07")
    assert local.loc[0, "start_utc"] == pd.Timestamp("2026-06-07 21:30", tz="UTC")
    mapping = SESSIONS.replace(
        'table = "training_sessions"', 'table = "training_sessions"\ntimezone = "America/New_York"'
    )
    bare = raw.write("log.csv", "id,date,km\nA,2026-06-07 00:00:00,5\n").read(mapping).tables["training_sessions"]
    assert bare.loc[0, "date"] == pd.Timestamp("2026-06-07")
    assert pd.isna(bare.loc[0, "start_utc"])


def test_the_day_of_a_session_follows_from_its_start_where_only_that_is_mapped(raw):
    raw.write("log.csv", "id,date,km\nA,2026-06-07T22:30:00Z,5\n")
    table = raw.read(SESSIONS.replace("date = ", "start_utc = ")).tables["training_sessions"]
    assert table.loc[0, "date"] == pd.Timestamp("2026-06-08")


def test_a_clock_time_that_occurs_twice_is_warned_of(raw):
    warning = only(raw.write("log.csv", "id,date,km\nA,2025-10-26 02:30,5\n").read(SESSIONS).warnings, "CLOCK")
    assert warning.place == "line 2"


def test_doubled_headers_need_an_occurrence_as_stravas_distance_does(raw):
    raw.write("log.csv", "id,date,km,km\nA,2026-01-05,3.32,3322.9\n")
    assert only(raw.read(SESSIONS).errors, "HEADER").column == "km"
    mapping = SESSIONS.replace('"km"', '{ column = "km", occurrence = 2, unit = "m" }')
    assert raw.read(mapping).tables["training_sessions"].loc[0, "distance_km"] == 3.3229


def test_where_keeps_rows_and_counts_the_others(raw):
    raw.write("log.csv", "id,date,km,type\nA,2026-01-05,5,Run\nA,2026-01-05,50,Ride\nA,2026-01-06,2,\n")
    mapping = SESSIONS.replace("set = ", 'where = { type = ["Run", ""] }\nset = ')
    cohort = raw.read(mapping)
    assert cohort.tables["training_sessions"]["distance_km"].tolist() == [5, 2]
    assert cohort.dropped.to_numpy().tolist() == [["training_sessions", "log.csv", "type is not Run or blank", 1]]


def test_one_row_per_keeps_the_first_of_repeats_and_objects_to_a_contradiction(raw):
    mapping = ATHLETES.replace('table = "athletes"', 'table = "athletes"\none_row_per = ["id"]')
    raw.write("athletes.csv", "id,age,sex,file\nA,30,male,x\nA,30,male,y\nB,40,female,z\nB,41,female,z\n")
    cohort = raw.read(mapping)
    problem = only(cohort.errors, "REPEAT")
    assert (problem.place, problem.column, problem.found) == ("line 5", "age", '"41", but "40" at line 4')
    assert cohort.tables["athletes"]["age_y"].tolist() == [30, 40]


def test_codes_are_exact_and_an_unknown_cell_names_the_closest(raw):
    mapping = ATHLETES + '[file.codes.sex]\nM = "male"\nw = "female"\n'
    raw.write("athletes.csv", "id,age,sex\nA,30,M\nB,31,w\nC,32,W\nD,33,female\n")
    cohort = raw.read(mapping)
    problem = only(cohort.errors, "CODE")
    assert (problem.place, problem.column) == ("line 4", "sex")
    assert 'closest: "w"' in problem.fix
    assert cohort.tables["athletes"]["sex"].tolist()[:2] == ["male", "female"]
    assert len(cohort.tables["athletes"]) == 4


def test_answers_in_words_become_ostrc_codes_and_strange_codes_name_the_other_version(raw):
    mapping = WEEKLY.replace('region = "hip_groin"', 'region = "any", ostrc_version = 2')
    mapping = (
        mapping.replace('pain_nrs = "pain"', 'ostrc_q1 = "q1"\nostrc_q2 = "q2"')
        + "[file.codes.ostrc_q1]\nfull = 0\nreduced = 17\n"
    )
    raw.write("weekly.csv", "id,week,q1,q2\nA,2026-01-05,full,\nA,2026-01-12,reduced,13\nA,2026-01-19,full,8\n")
    cohort = raw.read(mapping)
    problem = only(cohort.errors, "CODE")
    assert (problem.place, problem.column, problem.found) == ("line 3", "q2", "13")
    assert "belongs to version 1" in problem.fix
    assert only(cohort.warnings, "CODE").place == "line 4"
    table = cohort.tables["weekly_reports"]
    assert table["ostrc_q1"].tolist() == [0, 17, 0]
    assert table["ostrc_q2"].isna().tolist() == [True, True, False]


def test_ratings_outside_their_scale_are_errors(raw):
    mapping = SESSIONS.replace('sport = "run"', 'sport = "run", rpe_scale = "cr10"') + 'rpe = "rpe"\n'
    problem = only(raw.write("log.csv", "id,date,km,rpe\nA,2026-01-05,5,13\n").read(mapping).errors, "RANGE")
    assert "0 to 10 on the scale cr10" in problem.expected


def test_a_rating_without_its_scale_is_an_error_not_left_out_unseen(raw):
    mapping = SESSIONS + 'rpe = "rpe"\nrpe_scale = "scale"\n'
    raw.write("log.csv", "id,date,km,rpe,scale\nA,2026-01-05,5,5,\nA,2026-01-06,5,,\nA,2026-01-07,5,4,cr10\n")
    problem = only(raw.read(mapping).errors, "MISSING")
    assert (problem.place, problem.column) == ("line 2", "scale")


@pytest.mark.parametrize(("scale", "rating"), [("cr10", 11), ("strava1_10", 0), ("borg6_20", 5)])
def test_each_scale_has_its_own_bounds(raw, scale, rating):
    mapping = SESSIONS.replace('sport = "run"', f'sport = "run", rpe_scale = "{scale}"') + 'rpe = "rpe"\n'
    raw.write("log.csv", f"id,date,km,rpe\nA,2026-01-05,5,{rating}\nA,2026-01-06,5,8\n")
    assert only(raw.read(mapping).errors, "RANGE").place == "line 2"


OSTRC = WEEKLY.replace('pain_nrs = "pain"', "\n".join(f'ostrc_q{i} = "q{i}"' for i in range(1, 5)))


def test_answers_without_the_version_of_the_form_are_errors_not_left_out_unseen(raw):
    mapping = OSTRC + 'ostrc_version = "v"\n'
    raw.write("weekly.csv", "id,week,q1,q2,q3,q4,v\nA,2026-01-05,8,8,0,8,\nA,2026-01-12,,,,,\nA,2026-01-19,0,,,,2\n")
    problem = only(raw.read(mapping).errors, "MISSING")
    assert (problem.place, problem.column) == ("line 2", "v")


def test_whatever_sources_let_through_can_be_scored_and_a_contradiction_is_unknown(raw):
    mapping = OSTRC.replace('"hip_groin"', '"hip_groin", ostrc_version = 2')
    raw.write("weekly.csv", "id,week,q1,q2,q3,q4\nA,2026-01-05,0,8,0,0\nA,2026-01-12,0,,,\nA,2026-01-19,25,13,8,8\n")
    cohort = raw.read(mapping)
    assert (only(cohort.errors, "CODE").place, only(cohort.errors, "CODE").column) == ("line 4", "q2")
    assert "count as unknown" in only(cohort.warnings, "CODE").fix
    reports = cohort.tables["weekly_reports"]
    scores = severity_score(*(reports[f"ostrc_q{i}"] for i in range(1, 5)), version=reports["ostrc_version"])
    assert scores.isna().tolist() == [True, False, True]


DOUBLE = "id,week,pain,on\nA,2026-01-05,3,2026-01-12\nA,2026-01-05,5,2026-01-11\nA,2026-01-05,4,2026-01-12\n"


def test_double_answers_are_errors_unless_the_mapping_says_which_counts(raw):
    mapping = WEEKLY + 'answered_on = "on"\n'
    cohort = raw.write("weekly.csv", DOUBLE).read(mapping)
    assert [(p.code, p.place) for p in cohort.errors] == [("DUPLICATE", "line 3"), ("DUPLICATE", "line 4")]
    assert "the first is at weekly.csv:line 2" in cohort.errors[0].found
    for rule, pain in (("last", 4), ("first", 5)):
        kept = raw.read(mapping.replace("set = ", f'duplicates = "{rule}"\nset = '))
        assert kept.errors == ()
        assert kept.tables["weekly_reports"]["pain_nrs"].tolist() == [pain]
        assert kept.dropped["n_rows"].tolist() == [2]


SIDED = WEEKLY + 'side = "side"\nanswered_on = "on"\n'
FORMS = "id,week,pain,side,on\n"


def test_a_form_filled_in_again_replaces_the_first_also_where_the_side_changed(raw):
    rows = "A,2026-01-05,3,left,2026-01-11\nA,2026-01-05,6,right,2026-01-12\nA,2026-01-12,1,left,2026-01-18\n"
    raw.write("weekly.csv", FORMS + rows + "B,2026-01-05,5,right,2026-01-11\n")
    assert len(raw.read(SIDED).tables["weekly_reports"]) == 4
    for rule, side in (("last", "right"), ("first", "left")):
        cohort = raw.read(SIDED.replace("set = ", f'duplicates = "{rule}"\nset = '))
        reports = cohort.tables["weekly_reports"]
        assert (len(reports), reports.loc[0, "side"]) == (3, side)
        assert cohort.dropped[["reason", "n_rows"]].to_numpy().tolist() == [[f"double answer, {rule} kept", 1]]


def test_two_sides_of_one_form_are_both_kept_and_a_form_without_a_day_counts_as_the_first(raw):
    rows = "A,2026-01-05,3,left,2026-01-12\nA,2026-01-05,6,right,2026-01-12\nA,2026-01-05,9,both,\n"
    reports = raw.write("weekly.csv", FORMS + rows).read(SIDED.replace("set = ", 'duplicates = "last"\nset = '))
    assert reports.tables["weekly_reports"]["side"].tolist() == ["left", "right"]


def test_of_two_wide_forms_each_side_is_settled_alone(raw):
    mapping = WEEKLY.replace("set = ", 'duplicates = "last"\nset = ').replace('pain_nrs = "pain"', 'answered_on = "on"')
    mapping += '[file.unpivot]\npattern = "pain (?P<side>left|right)"\nvalue = "pain_nrs"\n'
    raw.write(
        "weekly.csv", "id,week,pain left,pain right,on\nA,2026-01-05,3,4,2026-01-11\nA,2026-01-05,,7,2026-01-12\n"
    )
    reports = raw.read(mapping).tables["weekly_reports"]
    assert dict(zip(reports["side"], reports["pain_nrs"], strict=True)) == {"left": 3, "right": 7}


def test_the_same_row_in_two_exports_is_one_and_a_contradiction_is_an_error(raw):
    raw.write("w1.csv", "id,week,pain\nA,2026-01-05,3\n").write(
        "w2.csv", "id,week,pain\nA,2026-01-05,3\nA,2026-01-12,4\n"
    )
    mapping = WEEKLY.replace("weekly.csv", "w*.csv")
    cohort = raw.read(mapping)
    assert cohort.errors == ()
    assert len(cohort.tables["weekly_reports"]) == 2
    raw.write("w1.csv", "id,week,pain\nA,2026-01-05,9\n")
    assert only(raw.read(mapping).errors, "DUPLICATE").file == "w2.csv"


def test_two_ids_of_one_person_are_one_athlete(raw):
    raw.write("athletes.csv", "id,age,sex\nB-07x,,male\nB-07,30,\nC,31,male\n")
    raw.write("log.csv", "id,date,km\nB-07,2026-01-05,5\n B-07x ,2026-01-06,6\n")
    cohort = raw.read(ATHLETES + SESSIONS, TOP + '[same_athlete]\n"B-07x" = "B-07"\n"never" = "C"\n')
    assert cohort.errors == ()
    assert cohort.tables["athletes"][["age_y", "sex"]].to_numpy().tolist() == [[30, "male"], [31, "male"]]
    assert cohort.tables["training_sessions"]["athlete_id"].nunique() == 1
    assert only(cohort.warnings, "ATHLETE").column == "never"


def test_athletes_typed_in_the_mapping_are_checked_like_any_others(raw):
    raw.write("log.csv", "id,date,km\nS1,2026-01-05,5\n")
    typed = '[[athletes]]\nathlete_id = "S1"\nage_y = 30\nprevious_injury = true\nclinic = "own"\n'
    cohort = raw.read(typed + SESSIONS)
    assert cohort.errors == ()
    row = cohort.tables["athletes"].iloc[0]
    assert (row["age_y"], row["previous_injury"], row["clinic"]) == (30, True, "own")
    wrong = raw.read(typed.replace("30", "300") + SESSIONS)
    assert only(wrong.errors, "RANGE").place == "[[athletes]] 1"


def test_without_an_athletes_table_the_ids_make_one_and_that_is_told(raw):
    cohort = raw.write("log.csv", "id,date,km\nB,2026-01-05,5\nA,2026-01-05,5\n").read(SESSIONS)
    assert len(cohort.tables["athletes"]) == 2
    assert only(cohort.decisions, "ATHLETE").file == "cohort.toml"


def test_ids_are_text_and_blanks_around_them_do_not_count(raw):
    raw.write("athletes.csv", "id,age,sex\n 007,30,male\n").write("log.csv", "id,date,km\n007 ,2026-01-05,5\n")
    assert raw.read(ATHLETES + SESSIONS).errors == ()
    raw.write("log.csv", "id,date,km\n7,2026-01-05,5\n")
    assert 'closest: "007"' in only(raw.read(ATHLETES + SESSIONS).errors, "ATHLETE").fix


def test_exercises_are_found_in_the_library_and_unknown_names_are_kept_with_a_warning(raw):
    mapping = '[[file]]\npath = "h.csv"\ntable = "hip_work"\n[file.columns]\nathlete_id = "id"\ndate = "date"\n'
    mapping += 'exercise = "what"\nduration_min = "min"\n'
    raw.write(
        "h.csv", "id,date,what,min\nA,2026-01-05,Pigeon  with-Band,5\nA,2026-01-05,Hip jive,\nA,2026-01-06,Hip jive,4\n"
    )
    cohort = raw.read(mapping)
    table = cohort.tables["hip_work"]
    assert table["exercise"].tolist() == ["pigeon band mobilisation gluteals", "Hip jive", "Hip jive"]
    assert table["in_library"].tolist() == [True, False, False]
    assert table["category"].tolist()[0] == "mobility"
    assert table["category"].isna().tolist() == [False, True, True]
    assert table["duration_min"].isna().tolist() == [False, True, False]
    warning = only(cohort.warnings, "EXERCISE")
    assert (warning.place, warning.found) == ("line 3", '"Hip jive" (2 rows)')


def test_missing_words_of_the_file_are_missing_never_zero(raw):
    mapping = WEEKLY.replace("set = ", 'missing = [-99, "k. A."]\nset = ')
    cells = ["", "NA", "NaN", "--", "-", "-99", "k. A.", "0"]
    rows = "".join(f"A{i},2026-01-05,{cell}\n" for i, cell in enumerate(cells))
    table = raw.write("weekly.csv", "id,week,pain\n" + rows).read(mapping).tables["weekly_reports"]
    assert table["pain_nrs"].isna().sum() == 7
    assert table["pain_nrs"].dropna().tolist() == [0]


def test_a_german_sheet_with_title_rows_merged_headers_and_decimal_commas(raw):
    rows = [["Kraft 2026"], [], ["Patient", "Datum", "Abd", None, "Distanz"], [None, None, "R", "L", None]]
    rows += [["P1", dt.datetime(2026, 3, 17), "20,5", 21.25, None], ["P2", "18.03.2026", 19, "18,0", None], ["Ende"]]
    raw.workbook("k.xlsx", {"Kraft": rows, "Notizen": [["x"]]}, {"Kraft": ["A3:A4", "B3:B4", "C3:D3"]})
    mapping = TESTS.replace(
        'path = "tests.csv"', 'path = "k.xlsx"\nsheet = "Kraft"\nheader_rows = [3, 4]\nskip_footer = 1'
    )
    mapping = mapping.replace('"id"', '"Patient"').replace('"date"', '"Datum"')
    mapping = mapping.replace(
        "(?P<side>R|L) (?P<motion>Abd|ER) ?(?P<trial_no>[1-3])?", "(?P<motion>Abd|ER) (?P<side>R|L)"
    )
    cohort = raw.read(mapping)
    assert cohort.errors == ()
    table = cohort.tables["hip_assessments"]
    assert table["force_n"].tolist() == pytest.approx([v * 9.80665 for v in (20.5, 21.25, 19, 18)])
    assert table["date"].dt.day.tolist() == [17, 17, 18, 18]
    assert [p.place for p in cohort.decisions if p.code == "DECIMAL"] == ["Kraft!C5", "Kraft!D6"]


def test_durations_as_clock_times(raw):
    mapping = SESSIONS.replace('distance_km = "km"', 'duration_min = { column = "km", unit = "h:mm:ss" }')
    raw.write("log.csv", "id,date,km\nA,2026-01-05,1:30:30\n")
    assert raw.read(mapping).tables["training_sessions"].loc[0, "duration_min"] == 90.5


def test_two_sessions_of_one_file_with_one_start_are_warned_of(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05 07:00,5\nA,2026-01-05 07:00,5.1\n")
    assert only(raw.read(SESSIONS).warnings, "DUPLICATE").place == "line 3"


def test_the_files_read_are_told_with_their_digests(raw):
    content = "id,date,km\nA,2026-01-05,5\n"
    cohort = raw.write("log.csv", content).write("other.csv", "x\n").read(SESSIONS)
    assert list(cohort.inputs) == ["cohort.toml", "log.csv"]
    assert cohort.inputs["log.csv"] == hashlib.sha256(content.encode()).hexdigest()
    assert cohort.has("training_sessions")
    assert not cohort.has("injuries")


def test_reading_changes_nothing_in_the_raw_folder_and_gives_the_same_twice(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\nB,2026-01-06,7\n")
    first = raw.read(SESSIONS)
    before = {p: p.read_bytes() for p in raw.folder.rglob("*") if p.is_file()}
    second = raw.read(SESSIONS)
    assert {p: p.read_bytes() for p in raw.folder.rglob("*") if p.is_file()} == before
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, second.tables[name])
