"""What is wrong with a file is said with file, row and column; nothing is read silently."""

import pytest

from analysis.sources import group_problems, problems_frame
from tests.sources.conftest import SESSIONS, TOP, WEEKLY, only

ATHLETES = """
[[file]]
path = "athletes.csv"
table = "athletes"
[file.columns]
athlete_id = "id"
"""
GOOD = "id,week,pain\nA,2026-01-05,3\n"


def test_clean_files_give_no_problem_but_decisions(raw):
    cohort = raw.write("weekly.csv", GOOD).write("athletes.csv", "id\nA\n").read(ATHLETES + WEEKLY)
    assert cohort.errors == ()
    assert cohort.warnings == ()
    assert {p.code for p in cohort.decisions} == {"WINDOW"}
    assert cohort.tables["weekly_reports"].loc[0, "pain_nrs"] == 3


def test_wrong_encoding_names_file_line_and_column(raw):
    raw.write("weekly.csv", "id,week,Bemerkung\nA,2026-01-05,ok\nB,2026-01-05,Hüfte\n".encode("cp1252"))
    problem = only(raw.read(WEEKLY.replace('"pain"', '"Bemerkung"')).errors[:1], "ENCODING")
    assert (problem.file, problem.place, problem.column) == ("weekly.csv", "line 3", "Bemerkung")
    assert "Hüfte" in problem.found
    assert 'encoding = "cp1252"' in problem.fix


def test_a_missing_column_is_named_with_the_closest_headers(raw):
    problem = only(raw.write("weekly.csv", "id,week,Pain \nA,2026-01-05,3\n").read(WEEKLY).errors, "COLUMN")
    assert (problem.file, problem.place, problem.column) == ("weekly.csv", "line 1", "pain")
    assert 'closest: "Pain"' in problem.fix


def test_text_in_a_number_names_the_cell_and_is_not_read_as_zero(raw):
    cohort = raw.write("weekly.csv", "id,week,pain\nA,2026-01-05,3\n\nB,2026-01-05,about 4\n").read(WEEKLY)
    problem = only(cohort.errors, "NUMBER")
    assert (problem.file, problem.place, problem.column, problem.found) == ("weekly.csv", "line 4", "pain", '"about 4"')
    assert cohort.tables["weekly_reports"]["pain_nrs"].isna().sum() == 1


def test_an_unclear_order_of_day_and_month_is_an_error_at_the_first_such_date(raw):
    cohort = raw.write("weekly.csv", "id,week,pain\nA,05/05/2026,3\nA,06/07/2026,3\n").read(WEEKLY)
    problem = only(cohort.errors, "DATE")
    assert (problem.file, problem.place, problem.column) == ("weekly.csv", "line 3", "week")
    assert 'dates = "day_first"' in problem.fix
    assert not cohort.has("weekly_reports")


def test_a_stated_order_is_used(raw):
    weeks = WEEKLY.replace('"week"', '{ column = "week", to = "monday" }')
    for order, monday in (("day_first", "2026-07-06"), ("month_first", "2026-06-01")):
        mapping = weeks.replace('table = "weekly_reports"', f'table = "weekly_reports"\ndates = "{order}"')
        cohort = raw.write("weekly.csv", "id,week,pain\nA,06/07/2026,3\n").read(mapping)
        assert cohort.errors == ()
        assert str(cohort.tables["weekly_reports"].loc[0, "week_start"].date()) == monday


@pytest.mark.parametrize("rows", ["A,01/02/2026,3\n", "A,13/02/2026,3\nA,02/14/2026,3\n"])
def test_dates_in_no_known_order_are_one_problem_and_not_also_blank_cells(raw, rows):
    assert [p.code for p in raw.write("weekly.csv", "id,week,pain\n" + rows).read(WEEKLY).errors] == ["DATE"]


def test_wide_numbers_with_no_known_decimal_mark_do_not_count_as_not_measured(raw):
    mapping = '[[file]]\npath = "t.csv"\ntable = "hip_assessments"\n[file.columns]\nathlete_id = "id"\ndate = "date"\n'
    mapping += '[file.unpivot]\npattern = "(?P<side>left|right)"\nvalue = "force_n"\n'
    mapping = mapping.replace("[file.columns]", 'set = { motion = "abduction", quality = "endurance" }\n[file.columns]')
    cohort = raw.write("t.csv", "id,date,left,right\nA,2026-01-05,1.234,\n").read(mapping)
    assert [p.code for p in cohort.errors] == ["DECIMAL"]
    assert cohort.dropped["n_rows"].tolist() == [1]


def test_control_characters_of_a_cell_are_shown_not_obeyed(raw):
    raw.write("weekly.csv", "id,week,pain\nA,2026-01-05,\x1b[31m3\x07\n")
    assert only(raw.read(WEEKLY).errors, "NUMBER").found == r'"\x1b[31m3\x07"'


def test_a_day_number_of_a_spreadsheet_is_told_as_that(raw):
    raw.write("k.csv", "id,week,pain\nA,46027,3\n")
    problem = only(raw.read(WEEKLY.replace("weekly.csv", "k.csv")).errors, "DATE")
    assert (problem.place, "format the column as a date" in problem.fix) == ("line 2", True)


def test_contradictory_dates_are_an_error_that_shows_both(raw):
    cohort = raw.write("weekly.csv", "id,week,pain\nA,17/03/2026,3\nA,03/18/2026,3\n").read(WEEKLY)
    problem = only(cohort.errors, "DATE")
    assert problem.place == "line 3"
    assert "17/03/2026" in problem.found
    assert "03/18/2026" in problem.found


def test_a_proved_order_is_told_with_its_evidence(raw):
    cohort = raw.write("weekly.csv", "id,week,pain\nA,02/03/2026,3\nA,16/03/2026,3\n").read(WEEKLY)
    told = only(cohort.decisions, "DATE")
    assert (told.place, told.found) == ("line 3", '"16/03/2026": day first')


def test_an_unknown_athlete_in_weekly_reports_names_row_and_column_and_is_left_out(raw):
    raw.write("athletes.csv", "id\nA-01\nA-02\n")
    raw.write("weekly.csv", "id,week,pain\nA-01,2026-01-05,3\na1,2026-01-05,3\nA-09,2026-01-05,3\nA-09,2026-01-12,3\n")
    cohort = raw.read(ATHLETES + WEEKLY)
    first, second = cohort.errors
    assert (first.file, first.place, first.column, first.code) == ("weekly.csv", "line 3", "id", "ATHLETE")
    assert second.place == "line 4"
    assert '"A-09", an unknown athlete (2 rows)' in second.found
    assert len(cohort.tables["weekly_reports"]) == 1
    assert cohort.dropped.set_index("reason").loc["athlete not in the athletes table", "n_rows"] == 3


def test_ids_written_another_way_throughout_are_one_problem(raw):
    raw.write("athletes.csv", "id\nplayer_1\nplayer_2\n")
    raw.write("weekly.csv", "id,week,pain\n1,2026-01-05,3\n2,2026-01-05,3\n")
    problem = only(raw.read(ATHLETES + WEEKLY).errors, "KEY")
    assert (problem.place, problem.column) == ("line 2", "id")
    assert '2 of 2 ids unknown: "1", "2"' in problem.found


@pytest.mark.parametrize("content", ["", "\n\n", "id,week,pain\n"])
def test_an_empty_file_is_an_error(raw, content):
    problem = only(raw.write("weekly.csv", content).read(WEEKLY).errors, "EMPTY")
    assert (problem.file, problem.place) == ("weekly.csv", "line 1")


def test_a_missing_file_is_an_error_that_names_the_nearest(raw):
    problem = only(raw.write("wekly.csv", GOOD).read(WEEKLY).errors, "FILE")
    assert (problem.file, problem.column) == ("cohort.toml", "path")
    assert "wekly.csv" in problem.fix


def test_every_problem_is_found_at_once(raw):
    raw.write("weekly.csv", "id,week,pain\nA,2026-01-06,3\nB,2026-01-05,30\n,2026-01-05,1\nC,2026-02-31,x\n")
    raw.write("log.csv", "id,date\nA,2026-01-06\n")
    errors = raw.read(WEEKLY + SESSIONS).errors
    assert {(p.file, p.place, p.column, p.code) for p in errors} == {
        ("weekly.csv", "line 2", "week", "DATE"),
        ("weekly.csv", "line 3", "pain", "RANGE"),
        ("weekly.csv", "line 4", "id", "MISSING"),
        ("weekly.csv", "line 5", "week", "DATE"),
        ("weekly.csv", "line 5", "pain", "NUMBER"),
        ("log.csv", "line 1", "km", "COLUMN"),
    }


def test_a_week_that_starts_on_another_day_is_told_how_to_map_it(raw):
    problem = only(raw.write("weekly.csv", "id,week,pain\nA,2026-01-07,3\n").read(WEEKLY).errors, "DATE")
    assert "a Wednesday" in problem.found
    assert 'to = "monday"' in problem.fix


def test_impossible_values_are_errors_and_unusual_ones_warnings(raw):
    cohort = raw.write("log.csv", "id,date,km\nA,2026-01-05,600\nA,2026-01-06,200.5\n").read(SESSIONS)
    assert only(cohort.errors, "RANGE").place == "line 2"
    assert only(cohort.warnings, "RANGE").place == "line 3"
    assert cohort.tables["training_sessions"]["distance_km"].tolist()[1] == 200.5


def test_years_that_cannot_be_and_years_of_two_digits_are_errors(raw):
    cohort = raw.write("log.csv", "id,date,km\nA,0206-01-05,5\nA,18.02.12,5\n").read(SESSIONS)
    assert [(p.place, p.code) for p in cohort.errors] == [("line 2", "DATE"), ("line 3", "DATE")]


def test_an_ambiguous_number_is_an_error_unless_the_file_settles_it(raw):
    sessions = SESSIONS + 'ascent_m = "up"\n'
    alone = raw.write("log.csv", "id,date,km,up\nA,2026-01-05,5,2.932\n").read(sessions)
    problem = only(alone.errors, "DECIMAL")
    assert (problem.place, problem.column) == ("line 2", "up")
    assert "2.932 or 2932" in problem.found
    garmin = raw.write("log.csv", 'id,date,km,up\nA,2026-01-05,"3,40","2.932"\n').read(sessions)
    assert garmin.errors == ()
    assert garmin.tables["training_sessions"].loc[0, ["distance_km", "ascent_m"]].tolist() == [3.4, 2932]
    assert any("read as 2932" in p.found for p in garmin.decisions)


def test_two_decimal_marks_in_one_column_are_an_error_as_in_redcaps_mixed_fields(raw):
    cohort = raw.write("log.csv", 'id,date,km\nA,2026-01-05,1.54\nA,2026-01-06,"1,54"\n').read(SESSIONS)
    problem = only(cohort.errors, "DECIMAL")
    assert (problem.place, problem.found) == ("line 3", '"1.54" and "1,54"')


def test_e_mail_addresses_are_masked_in_messages_and_refused_in_kept_text(raw):
    raw.write("athletes.csv", "id\njane@doe.org\n")
    raw.write("weekly.csv", "id,week,pain\nBill Smith,2026-01-05,3\njane@doe.org,2026-01-05,joe@x.com\n")
    cohort = raw.read(ATHLETES + WEEKLY)
    said = problems_frame(cohort.problems).to_csv()
    assert "doe" not in said
    assert "joe" not in said
    assert "Smith" not in said
    kept = raw.read(ATHLETES + 'clinic = "id"\n')
    assert only(kept.errors, "PRIVACY").place == "line 2"


def test_problems_are_grouped_three_shown_and_all_kept(raw):
    rows = "".join(f"A{i},2026-01-05,x{i}\n" for i in range(7))
    cohort = raw.write("weekly.csv", "id,week,pain\n" + rows).read(WEEKLY)
    group = group_problems(cohort.problems)[0]
    assert (group.severity, group.n, len(group.shown)) == ("error", 7, 3)
    assert group.lines[0].startswith('weekly.csv:line 2 NUMBER column "pain": found "x0"; expected a number')
    assert group.lines[-1].endswith("4 more like this")
    frame = problems_frame(cohort.problems)
    assert (frame["severity"] == "error").sum() == 7
    assert list(frame) == ["file", "sheet", "place", "column", "code", "severity", "found", "expected", "fix"]


def test_a_problem_in_a_workbook_names_sheet_and_cell(raw):
    raw.workbook("k.xlsx", {"Kraft": [["id", "week", "pain"], ["A", "2026-01-05", "viel"]]})
    problem = only(raw.read(WEEKLY.replace("weekly.csv", "k.xlsx")).errors, "NUMBER")
    assert (problem.file, problem.sheet, problem.place) == ("k.xlsx", "Kraft", "Kraft!C2")
    assert problem.text.startswith("k.xlsx:Kraft!C2 NUMBER")


def test_a_number_that_excel_turned_into_a_date_is_named_as_that(raw):
    import datetime as dt

    raw.workbook("k.xlsx", {"Kraft": [["id", "week", "pain"], ["A", "2026-01-05", dt.datetime(2026, 5, 3)]]})
    assert "turned it into a date" in only(raw.read(WEEKLY.replace("weekly.csv", "k.xlsx")).errors, "NUMBER").fix


def test_the_same_file_in_two_blocks_does_not_say_the_same_twice(raw):
    raw.write("weekly.csv", "id;week;pain\nA;2026-01-05;3\n")
    cohort = raw.read(WEEKLY + WEEKLY.replace("hip_groin", "knee"), TOP)
    assert only(cohort.decisions, "DELIMITER").found.startswith("semicolon")
    assert len(cohort.tables["weekly_reports"]) == 2
