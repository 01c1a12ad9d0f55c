"""Observation windows: given ones are kept, absent ones derived and told."""

import json

import pandas as pd
import pytest

from analysis.sources import read_processed, write_processed
from analysis.tables import RAW_TABLES
from tests.sources.conftest import SESSIONS, WEEKLY, only

WINDOWS = """
[[file]]
path = "windows.csv"
table = "observation_windows"
[file.columns]
athlete_id = "id"
stream = "what"
start_date = "from"
end_date = "to"
"""
INJURIES = """
[[file]]
path = "injuries.csv"
table = "injuries"
[file.columns]
athlete_id = "id"
onset_date = "onset"
return_date = "back"
time_loss_days = "lost"
"""


def _spans(cohort, stream):
    frame = cohort.tables["observation_windows"].query("stream == @stream")
    return [(str(a.date()), str(b.date())) for a, b in zip(frame["start_date"], frame["end_date"], strict=True)]


def test_training_windows_are_the_whole_weeks_from_first_to_last_session_split_at_long_gaps(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\nA,2026-01-19,5\nA,2026-02-03,5\nA,2026-02-10,5\n")
    cohort = raw.read(SESSIONS)
    assert _spans(cohort, "training") == [("2026-01-05", "2026-01-25"), ("2026-02-02", "2026-02-15")]
    told = only(cohort.decisions, "WINDOW").found
    assert "whole weeks (Monday to Sunday)" in told
    assert "split at gaps over 14 days" in told
    assert len(_spans(raw.read(SESSIONS, observation_gap_days=30), "training")) == 1


def test_a_weekly_report_watches_its_whole_week(raw):
    raw.write("weekly.csv", "id,week,pain\nA,2026-01-05,3\nA,2026-01-12,\nA,2026-02-09,1\n")
    assert _spans(raw.read(WEEKLY), "weekly_report") == [("2026-01-05", "2026-01-18"), ("2026-02-09", "2026-02-15")]


def test_injuries_are_watched_for_while_training_or_reports_come_in_also_of_the_healthy(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\nA,2026-01-12,5\nB,2026-01-05,5\nB,2026-01-16,5\n")
    raw.write("weekly.csv", "id,week,pain\nA,2026-01-12,3\n").write(
        "injuries.csv", "id,onset,back,lost\nA,2026-01-07,,\n"
    )
    cohort = raw.read(SESSIONS + WEEKLY + INJURIES)
    spans = cohort.tables["observation_windows"].query("stream == 'injury'")
    assert spans["athlete_id"].nunique() == 2
    assert sorted(_spans(cohort, "injury")) == [("2026-01-05", "2026-01-18"), ("2026-01-05", "2026-01-18")]


def test_given_windows_are_kept_and_rows_outside_them_are_warned_of(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\nA,2026-03-01,5\nB,2026-01-05,5\n")
    raw.write("windows.csv", "id,what,from,to\nA,training,2026-01-01,2026-02-01\n")
    cohort = raw.read(SESSIONS + WINDOWS)
    assert _spans(cohort, "training") == [("2026-01-01", "2026-02-01")]
    assert [(p.code, p.place) for p in cohort.warnings] == [("WINDOW", "line 3"), ("WINDOW", "line 4")]


def test_parts_widened_to_one_week_are_one_window(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-06,5\nA,2026-01-11,5\nA,2026-01-13,5\n")
    assert _spans(raw.read(SESSIONS, observation_gap_days=1), "training") == [("2026-01-05", "2026-01-18")]


def test_given_windows_that_overlap_are_warned_of_and_kept(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\n")
    rows = "A,training,2026-01-15,2026-03-01\nA,training,2026-01-01,2026-02-01\nA,injury,2026-01-01,2026-02-01\n"
    cohort = raw.write("windows.csv", "id,what,from,to\n" + rows).read(SESSIONS + WINDOWS)
    warning = only(cohort.warnings, "WINDOW")
    assert (warning.place, warning.column) == ("line 2", "from")
    assert len(_spans(cohort, "training")) == 2


def test_a_window_that_ends_before_it_starts_is_an_error(raw):
    raw.write("windows.csv", "id,what,from,to\nA,training,2026-02-01,2026-01-01\n")
    problem = only(raw.read(WINDOWS).errors, "DATE")
    assert (problem.place, problem.column) == ("line 2", "to")


@pytest.mark.parametrize("name", ["injuries.csv", "injuries.xlsx"])
def test_an_injuries_file_with_a_header_only_says_that_there_were_none(raw, name):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\nB,2026-01-14,5\n")
    raw.write(name, "id,onset,back,lost\n")
    if name.endswith("xlsx"):
        raw.workbook(name, {"S": [["id", "onset", "back", "lost"]]})
    cohort = raw.read(SESSIONS + INJURIES.replace("injuries.csv", name))
    assert cohort.errors == ()
    assert "no injuries recorded" in only(cohort.decisions, "EMPTY").found
    assert cohort.has("injuries")
    pd.testing.assert_frame_equal(cohort.tables["injuries"], RAW_TABLES["injuries"].empty())
    assert sorted(_spans(cohort, "injury")) == [("2026-01-05", "2026-01-11"), ("2026-01-12", "2026-01-18")]
    assert not raw.read(SESSIONS).has("injuries")


def test_no_injuries_are_kept_as_none_among_the_processed_tables(raw, tmp_path):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\n").write("injuries.csv", "id,onset,back,lost\n")
    write_processed(raw.read(SESSIONS + INJURIES), tmp_path / "processed")
    back = read_processed(tmp_path / "processed")
    assert json.loads((tmp_path / "processed" / "cohort.json").read_text())["tables"]["injuries"] == 0
    pd.testing.assert_frame_equal(back.tables["injuries"], RAW_TABLES["injuries"].empty())


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "EMPTY"),
        ("id,start,back,lost\n", "COLUMN"),
        ('id,onset,back,lost\nA,"2026-01-05,,\n', "FORMAT"),
        ("id,onset,back,lost,Gr\xf6\xdfe\n".encode("latin-1"), "ENCODING"),
    ],
)
def test_an_injuries_file_that_cannot_be_read_does_not_count_as_none(raw, content, code):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\n").write("injuries.csv", content)
    assert code in {p.code for p in raw.read(SESSIONS + INJURIES).errors}


def test_a_where_that_keeps_no_row_is_an_error_and_not_taken_for_no_injuries(raw):
    raw.write("log.csv", "id,date,km\nA,2026-01-05,5\n")
    raw.write("injuries.csv", "id,onset,back,lost,form\nA,2026-01-05,,,problem\n")
    cohort = raw.read(SESSIONS + INJURIES.replace("[file.columns]", 'where = { form = ["problems"] }\n[file.columns]'))
    problem = only(cohort.errors, "EMPTY")
    assert (problem.file, "form is not problems" in problem.found) == ("injuries.csv", True)
    assert "a header only" in problem.fix


def test_time_loss_is_the_days_between_onset_and_return_ioc_2020(raw):
    rows = "A,2026-01-05,2026-01-05,\nA,2026-01-06,2026-01-07,\nA,2026-01-10,2026-01-15,4\n"
    rows += "A,2026-01-20,,9\nA,2026-02-01,,\n"
    cohort = raw.write("injuries.csv", "id,onset,back,lost\n" + rows).read(INJURIES)
    assert cohort.errors == ()
    assert cohort.warnings == ()
    lost = cohort.tables["injuries"]["time_loss_days"]
    assert lost.tolist()[:4] == [0, 0, 4, 9]
    assert lost.isna().tolist()[4]


def test_a_return_before_the_onset_is_an_error_and_a_recorded_loss_that_differs_a_warning(raw):
    raw.write("injuries.csv", "id,onset,back,lost\nA,2026-01-05,2026-01-01,\nA,2026-02-01,2026-02-11,30\n")
    cohort = raw.read(INJURIES)
    assert (only(cohort.errors, "DATE").place, only(cohort.errors, "DATE").column) == ("line 2", "back")
    assert "9 between the dates" in only(cohort.warnings, "RANGE").found
