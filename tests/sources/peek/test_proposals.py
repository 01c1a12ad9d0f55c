"""From a strange file to a mapping that check takes, only by answering what is asked."""

import re

import pytest

from analysis.sources.peek import cohort_toml, peek
from tests.sources.peek.conftest import Folder, errors

TRAINING = "Runner ID;Datum;Sport;Dauer (min);Distanz;RPE\n" + "".join(
    f"R{i % 3};{day:02d}.03.2026;{sport};{40 + i},5;{8 + i},25;{4 + i % 5}\n"
    for i, (day, sport) in enumerate([(2, "Lauf"), (3, "Rad"), (17, "Lauf"), (18, "Gehen"), (20, "Laufband")])
)
OSTRC = "athlete,week starting,Q1,Q2,Q3,Q4,hip pain\n" + "A1,2026-03-02,8,8,17,8,3\nA2,2026-03-02,0,,,,0\n"
WIDE = "Patient,Date,R Abd 1,R Abd 2,L Abd 1,L Abd 2,R Add 1,R Add 2,L Add 1,L Add 2\n" + "".join(
    f"P{i},2026-02-0{i},{','.join(str(18 + i + k / 10) for k in range(8))}\n" for i in range(1, 6)
)
INJURIES = "player_id,date of injury,return to play,body part,side,onset\n" + (
    "1,03/17/2026,04/02/2026,Knee,left,overuse\n2,02/05/2026,,Groin,right,sudden\n"
)
ATHLETES = "Name,Code,Geschlecht,Alter,Größe,Gewicht,Standbein\n" + (
    "Anna Muster,K1,w,34,1,1,links\n".replace("1,1,", '"1,68","61,5",') + 'Bert Probe,K2,m,41,"1,82","77,0",rechts\n'
)
HIP_WORK = "athlete,date,exercise,sets,reps,hold (s)\nA1,2026-03-02,side plank,3,10,30\nA2,2026-03-03,hip hinge,2,12,\n"
CASES = {
    "training.csv": (TRAINING, {"rpe_scale": '"cr10"', "distance_km": '"km"'}, {"training_sessions": 5}),
    "ostrc.csv": (OSTRC, {"region": '"any"'}, {"weekly_reports": 4}),
    "hip_strength.csv": (WIDE, {"unit": '"kgf"', "quality": '"strength_isometric"'}, {"hip_assessments": 40}),
    "injuries.csv": (INJURIES, {}, {"injuries": 2}),
    "athletes.csv": (ATHLETES, {}, {"athletes": 2}),
    "hip_work.csv": (HIP_WORK, {}, {"hip_work": 2}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_proposed_block_is_refused_exactly_where_it_asks(folder: Folder, name):
    seen = folder.peek(name, CASES[name][0])
    asked = cohort_toml(seen).count('"ASK"')
    assert asked == sum(len(b.asks) for b in seen.blocks)
    assert len(folder.refused(seen)) == asked


@pytest.mark.parametrize("name", CASES)
def test_with_its_questions_answered_a_proposed_block_passes_check(folder: Folder, name):
    content, answers, n_rows = CASES[name]
    cohort = folder.check(folder.peek(name, content), answers)
    assert errors(cohort) == []
    assert {t: len(cohort.tables[t]) for t in n_rows} == n_rows


def test_a_whole_folder_is_proposed_as_one_cohort_with_its_time_zone_asked(folder: Folder):
    for name, (content, _, _) in CASES.items():
        folder.write(name, content)
    seen = peek(folder.path)
    assert cohort_toml(seen).startswith('[cohort]\nname = "t"\ntimezone = "ASK"')
    assert folder.refused(seen)[0] == "timezone"
    assert {b.table for b in seen.blocks} >= {"training_sessions", "weekly_reports", "hip_assessments", "injuries"}


def test_every_line_that_asks_says_what(folder: Folder):
    for line in cohort_toml(folder.peek("training.csv", TRAINING)).splitlines():
        assert '"ASK"' not in line or re.search(r"# ASK: \S+", line), line


def test_the_values_of_a_wide_sheet_arrive_with_their_side_motion_and_trial(folder: Folder):
    cohort = folder.check(folder.peek("hip_strength.csv", WIDE), {"unit": '"kgf"', "quality": '"strength_isometric"'})
    table = cohort.tables["hip_assessments"]
    one = table[(table["motion"] == "adduction") & (table["side"] == "left") & (table["trial_no"] == 2)]
    assert sorted(one["force_n"].round(3)) == [round((18 + i + 0.7) * 9.80665, 3) for i in range(1, 6)]


def test_values_of_unknown_kind_are_asked_and_so_is_their_unit(folder: Folder):
    """An answer to the first question alone must not let the second pass: no unit would be newton."""
    seen = folder.peek("tests.csv", WIDE)
    assert 'value = "ASK"' in seen.blocks[0].text
    cohort = folder.check(seen, {"value": '"force_n"', "quality": '"strength_isometric"'})
    assert [p.column for p in cohort.problems if p.severity == "error"] == ["unit"]


def test_a_title_that_explains_an_abbreviation_states_no_unit(folder: Folder):
    """ "n. b." is not newton: kgf read as N would be wrong by a factor of ten without a word."""
    rows = [["Kraft; n. b. = nicht bestimmt"], [], ["Patient", "Datum", "Abd R", "Abd L"]]
    rows += [[f"P{i}", "2026-02-01", 20 + i, 21 + i] for i in range(4)]
    block = peek(folder.workbook("k.xlsx", {"Kraft": rows})).blocks[0].text
    assert 'unit = "ASK"' in block


@pytest.mark.parametrize(
    "header", ["Max Heart Rate", "Resting heart rate", "Bike Weight", "Planned duration", "Injury date"]
)
def test_a_header_that_names_another_thing_with_the_same_word_is_not_taken(folder: Folder, header):
    value = "2026-03-17" if header == "Injury date" else "60"
    rows = "".join(f"A{i},2026-03-0{i},10.{i},{value}\n" for i in range(1, 5))
    seen = folder.peek("log.csv", f"athlete,date,distance km,{header}\n{rows}")
    assert header in seen.files[0].sheets[0].unused


def test_hip_work_and_sessions_of_one_diary_are_kept_apart(folder: Folder):
    diary = "athlete,date,type,exercise,minutes,km\n" + (
        "A1,2026-03-02,Hip,hip hinge,10,\nA1,2026-03-03,Run,,45,9\n"
        "A1,2026-03-04,Hip,side plank,8,\nA1,2026-03-05,Ride,,60,20\n"
    )
    cohort = folder.check(folder.peek("diary.csv", diary))
    assert errors(cohort) == []
    assert (len(cohort.tables["training_sessions"]), len(cohort.tables["hip_work"])) == (2, 2)


def test_a_minus_one_that_may_be_an_angle_is_no_missing_code(folder: Folder):
    text = "id,RThomas,LThomas\n" + "".join(f"{i},{i},{i - 2}\n" for i in range(1, 9))
    assert "missing" not in folder.peek("t.csv", text).blocks[0].text


def test_a_number_far_outside_what_is_possible_is_a_missing_code(folder: Folder):
    text = "id,sex,age,height (cm)\n1,F,34,170\n2,M,255,181\n3,F,41,-99\n"
    block = folder.peek("a.csv", text).blocks[0].text
    assert 'missing = ["255", "-99"]' in block


def test_a_file_that_fits_no_table_is_said_to_fit_none(folder: Folder):
    assert folder.peek("x.csv", "Species,Width\nsetosa,0.2\nvirginica,0.4\n").blocks == ()
