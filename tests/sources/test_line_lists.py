"""Injury line lists as federations keep them, and OSTRC forms with a row a week or a row an athlete."""

import pandas as pd
import pytest

from tests.sources.conftest import only

HEADER = (
    "player_id;team;sex;case_id;event_id;date_event;problem_type;onset;body_area;tissue;when_occurred;"
    "subsequent_cat;recurrence_type;timeloss;osiics_15_code\n"
)
CASES = (
    "player_1;U19;M;c1;e1;17/03/2026;Injury;Sudden onset;Hip/groin;Muscle;Match;;;12;GTA\n"
    "player_3;U19;M;c2;e2;05/04/2026;Injury;Gradual onset;Foot;Bone;Training;Subsequent recurrent;Re-injury;0;FSX\n"
    "player_3;U19;M;c3;e3;06/04/2026;Illness;;;;;;;;MTXX\n"
    "player_4;U19;M;c4;e4;20/04/2026;Injury;Sudden onset;Schambeinäste;Bone;Match;;;;\n"
)
MAPPING = """
[[file]]
path = "cases.csv"
table = "injuries"
set = { diagnosis_code_system = "OSIICS 15", definition = "any_complaint" }
[file.columns]
athlete_id = { column = "player_id", from = "player_#" }
injury_id = "case_id"
onset_date = "date_event"
problem_type = "problem_type"
onset_mode = "onset"
region = "body_area"
time_loss_days = "timeloss"
subsequent = "recurrence_type"
diagnosis_code = "osiics_15_code"
[file.codes.onset_mode]
"Sudden onset" = "sudden"
"Gradual onset" = "gradual"
[file.codes.region]
"Hip/groin" = "hip_groin"
Foot = "ankle_foot"
"Schambeinäste" = "pelvis"
[file.codes.subsequent]
Re-injury = "reinjury"

[[file]]
path = "exposure.csv"
table = "training_sessions"
set = { sport = "team_sport" }
[file.columns]
athlete_id = "player_id"
date = "date"
duration_min = "training_minutes"
"""
EXPOSURE = "date;player_id;team;match_day;training_minutes;match_minutes\n" + "".join(
    f"2026-03-{16 + day};{player};U19;0;90;0\n" for day in range(3) for player in range(1, 6)
)


def _line_list(raw, encoding):
    raw.write("cases.csv", (HEADER + CASES).encode(encoding)).write("exposure.csv", EXPOSURE)
    stated = MAPPING.replace('table = "injuries"', f'table = "injuries"\nencoding = "{encoding}"')
    return raw.read(MAPPING if encoding == "utf-8-sig" else stated)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "iso-8859-1"])
def test_a_line_list_ends_in_injuries_with_time_loss_as_recorded_and_codes_as_text(raw, encoding):
    cohort = _line_list(raw, encoding)
    assert cohort.errors == ()
    injuries = cohort.tables["injuries"].sort_values("onset_date")
    assert injuries["onset_date"].tolist() == list(
        pd.to_datetime(["2026-03-17", "2026-04-05", "2026-04-06", "2026-04-20"])
    )
    assert injuries["time_loss_days"].tolist()[:2] == [12, 0]
    assert injuries["time_loss_days"].isna().tolist() == [False, False, True, True]
    assert injuries["return_date"].isna().all()
    assert injuries["diagnosis_code"].tolist()[:3] == ["GTA", "FSX", "MTXX"]
    assert set(injuries["diagnosis_code_system"]) == {"OSIICS 15"}
    assert injuries["region"].tolist()[3] == "pelvis"
    assert injuries["problem_type"].tolist() == ["injury", "injury", "illness", "injury"]
    assert injuries["subsequent"].isna().tolist() == [True, False, True, True]
    assert injuries["athlete_id"].nunique() == 3
    assert set(injuries["athlete_id"]) < set(cohort.tables["training_sessions"]["athlete_id"])


def test_the_order_of_day_and_month_of_a_line_list_is_told(raw):
    told = only(_line_list(raw, "utf-8-sig").decisions, "DATE")
    assert (told.file, told.found) == ("cases.csv", '"17/03/2026": day first')


def test_a_line_list_that_is_not_utf_8_says_which_letters_are_meant(raw):
    raw.write("cases.csv", (HEADER + CASES).encode("iso-8859-1")).write("exposure.csv", EXPOSURE)
    problem = only(raw.read(MAPPING).errors[:1], "ENCODING")
    assert (problem.place, "Schambeinäste" in problem.found) == ("line 5", True)


ANSWERS = {
    ("A", "2026-01-05"): (8, 17, 8, 17),
    ("A", "2026-01-12"): (0, None, None, None),
    ("B", "2026-01-05"): (25, 25, 25, 25),
}


def _scored(cohort):
    frame = cohort.tables["weekly_reports"]
    names = [f"ostrc_q{q}" for q in range(1, 5)]
    found = {}
    for row in frame.itertuples():
        cells = (getattr(row, n) for n in names)
        found[str(row.week_start.date()), tuple(None if pd.isna(c) else int(c) for c in cells)] = row.athlete_id
    return found


EXPECTED = {(week, answers) for (_, week), answers in ANSWERS.items()}


def test_ostrc_in_long_form_is_a_row_a_week(raw):
    rows = "".join(
        f"{who},{week},{','.join('' if a is None else str(a) for a in answers)}\n"
        for (who, week), answers in ANSWERS.items()
    )
    raw.write("ostrc.csv", "id,week,Q1,Q2,Q3,Q4\n" + rows)
    mapping = '[[file]]\npath = "ostrc.csv"\ntable = "weekly_reports"\nset = { region = "any", ostrc_version = 2 }\n'
    mapping += '[file.columns]\nathlete_id = "id"\nweek_start = "week"\n' + "".join(
        f'ostrc_q{q} = "Q{q}"\n' for q in range(1, 5)
    )
    cohort = raw.read(mapping)
    assert cohort.errors == ()
    assert set(_scored(cohort)) == EXPECTED


def test_ostrc_in_wide_form_is_a_block_for_each_question_joined_by_athlete_and_week(raw):
    raw.write("ostrc.csv", "id,w1_q1,w1_q2,w1_q3,w1_q4,w2_q1,w2_q2,w2_q3,w2_q4\nA,8,17,8,17,0,,,\nB,25,25,25,25,,,,\n")
    mapping = ""
    for q in range(1, 5):
        mapping += (
            '\n[[file]]\npath = "ostrc.csv"\ntable = "weekly_reports"\nset = { region = "any", ostrc_version = 2 }\n'
        )
        mapping += '[file.columns]\nathlete_id = "id"\n'
        mapping += f"[file.unpivot]\npattern = 'w(?P<week_start>\\d+)_q{q}'\nvalue = \"ostrc_q{q}\"\n"
        mapping += "[file.unpivot.codes.week_start]\n1 = 2026-01-05\n2 = 2026-01-12\n"
    cohort = raw.read(mapping)
    assert cohort.errors == ()
    assert set(_scored(cohort)) == EXPECTED
