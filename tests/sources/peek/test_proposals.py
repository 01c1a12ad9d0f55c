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


@pytest.mark.parametrize(
    ("header", "before", "after", "apart", "sore"),
    [
        ("Before or after run", "before", "after run", "on its own", "Soreness next day (0-10)"),
        ("Vor oder nach dem Lauf", "vor dem Lauf", "danach", "getrennt", "Muskelkater am nächsten Tag"),
        ("Avant ou après la course", "avant", "après la course", "à part", "Courbatures le lendemain"),
        ("Antes o después de correr", "antes", "después", "por separado", "Agujetas"),
        ("Prima o dopo la corsa", "prima", "dopo", "a parte", "Indolenzimento il giorno dopo"),
        ("Voor of na het lopen", "vooraf", "na het lopen", "los van lopen", "Spierpijn volgende dag"),
        ("Før eller efter løb", "før løb", "efter", "for sig", "Ømhed dagen efter"),
    ],
)
def test_hip_work_before_after_and_apart_from_runs_and_its_soreness(folder: Folder, header, before, after, apart, sore):
    rows = (
        f"A,2026-03-02,hip hinge,10,{before},2\nA,2026-03-03,hip hinge,8,{after},\nB,2026-03-03,hip hinge,9,{apart},0\n"
    )
    cohort = folder.check(folder.peek("log.csv", f"athlete,date,exercise,minutes,{header},{sore}\n{rows}"))
    assert errors(cohort) == []
    work = cohort.tables["hip_work"].sort_values("duration_min", ascending=False)
    assert work["relation_to_run"].tolist() == ["before_run", "separate", "after_run"]
    assert work["soreness_next_day_nrs"].tolist() == pytest.approx([2, 0, float("nan")], nan_ok=True)


def test_soreness_of_no_stated_day_is_not_taken_for_that_of_the_next(folder: Folder):
    seen = folder.peek("log.csv", "athlete,date,exercise,minutes,Soreness\nA,2026-03-02,hip hinge,10,2\n")
    assert "Soreness" in seen.files[0].sheets[0].unused


@pytest.mark.parametrize(
    ("header", "value", "km_h"),
    [("Max speed (km/h)", 15.2, 15.2), ("Max speed (m/s)", 4.25, 15.3), ("max_speed_m_s", 4.25, 15.3),
     ("Höchstgeschwindigkeit (km/h)", 15.2, 15.2), ("Top speed (mph)", 10.5, 16.898112)],
)  # fmt: skip
def test_a_top_speed_is_read_in_the_unit_its_header_states(folder: Folder, header, value, km_h):
    text = f"athlete,date,sport,minutes,km,{header}\nA,2026-03-02,run,45,9,{value}\nA,2026-03-13,run,40,8,{value}\n"
    cohort = folder.check(folder.peek("runs.csv", text))
    assert errors(cohort) == []
    assert cohort.tables["training_sessions"]["top_speed_km_h"].tolist() == pytest.approx([km_h, km_h])


def test_the_unit_of_a_top_speed_is_asked_where_the_header_does_not_state_it(folder: Folder):
    rows = "".join(f"A,2026-03-{10 + k},run,45,9,{13.5 + k}\n" for k in range(4))
    text = folder.peek("runs.csv", f"athlete,date,sport,minutes,km,Vitesse max\n{rows}").blocks[0].text
    assert 'top_speed_km_h = { column = "Vitesse max", unit = "ASK" }  # ASK: km/h or m/s or mph?' in text
