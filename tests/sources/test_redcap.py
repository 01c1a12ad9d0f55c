"""REDCap raw exports: what was not asked is missing, what identifies is not read, codes are checked by the choices."""

import shutil
import tomllib

import pytest

from analysis.sources.blob import Blob
from analysis.sources.formats import read_raw
from analysis.sources.redcap_choices import leading_number
from analysis.sources.redcap_dictionary import as_dictionary, parse_choices
from analysis.sources.redcap_proposal import propose_blocks
from tests.sources.conftest import TOP, only

START = TOP + "start = 2026-01-05\n"
HEADERS = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"\n'
)


def _field(name, form, kind="text", label="", choices="", validation="", identifier="", branching=""):
    return f'{name},{form},,{kind},"{label or name}","{choices}",,{validation},,,{identifier},"{branching}",,,,,,\n'


DICTIONARY = (
    HEADERS
    + _field("record_id", "baseline", label="Record ID")
    + _field("full_name", "baseline", identifier="y")
    + _field("mail", "baseline", validation="email")
    + _field("sex", "baseline", "radio", "Sex", "1, Female | 2, Male | 3, Other, or not said")
    + _field("height", "baseline", label="Height (cm)", validation="number_1dp_comma_decimal")
    + _field("mass", "baseline", label="Weight (kg)", validation="number")
    + _field("history", "baseline", "checkbox", "Injured before?", "1, Hip, or groin | 2, Knee")
    + _field("week_of", "weekly", label="Week of", validation="date_dmy")
    + _field("pain", "weekly", "radio", "Worst pain", "0, 0 none | 1, 1 | 2, 2 worst")
)
DATA = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,full_name,mail,sex,height,mass,"
    "history___1,history___2,baseline_complete,weekly_timestamp,week_of,pain,weekly_complete\n"
    '1,baseline_arm_1,,,Ann Lee,ann@example.org,1,"171,5",61.5,1,0,2,,,,\n'
    '2,baseline_arm_1,,,Bo Ek,bo@example.org,2,"180,25",70.25,0,0,2,,,,\n'
    "3,baseline_arm_1,,,Cy Ng,cy@example.org,3,,,0,0,0,,,,\n"
    "1,followup_arm_1,weekly,1,,,,,,0,0,,2026-01-11 20:00:00,2026-01-05,2,2\n"
    "2,followup_arm_1,weekly,1,,,,,,0,0,,[not completed],2026-01-05,1,0\n"
)
BLOCK = '\n[[file]]\npath = "data.csv"\ntable = "athletes"\nwhere = { redcap_event_name = ["baseline_arm_1"] }\n'
WITH = BLOCK + 'dictionary = "dictionary.csv"\n'
COLUMNS = """[file.columns]
athlete_id = "record_id"
sex = "sex"
height_cm = "height"
body_mass_kg = "mass"
previous_injury = "history___1"
[file.codes.sex]
1 = "female"
2 = "male"
3 = "other"
[file.codes.previous_injury]
0 = false
1 = true
"""
WEEKS = """
[[file]]
path = "data.csv"
dictionary = "dictionary.csv"
table = "weekly_reports"
where = { redcap_repeat_instrument = ["weekly"] }
set = { region = "any" }
[file.columns]
athlete_id = "record_id"
week_start = "week_of"
answered_on = "weekly_timestamp"
pain_nrs = "pain"
"""
YES = "[file.codes.previous_injury]\n0 = false\n1 = true\n"
SPARSE = (
    "record_id,redcap_event_name,sex,history___1,history___2,baseline_complete",
    "1,baseline_arm_1,1,1,0,2",
    "2,baseline_arm_1,,0,0,1",
    "3,baseline_arm_1,,0,0,",
)
SETTLED = '[file.columns]\nathlete_id = "record_id"\nprevious_injury = "history___1"\n' + YES


@pytest.fixture
def project(raw):
    """A project with a form for each record and one that repeats; boxes are 0 on rows of other forms."""
    return raw.write("data.csv", DATA).write("dictionary.csv", DICTIONARY)


def _truths(cohort, column="previous_injury"):
    return [
        None if v is None else bool(v)
        for v in cohort.tables["athletes"][column].astype(object).where(lambda s: s.notna(), None)
    ]


def test_choices_are_split_at_bars_and_at_the_first_comma_only():
    assert parse_choices("1, Yes | 2, No, never |-99,Not known") == {"1": "Yes", "2": "No, never", "-99": "Not known"}
    assert parse_choices("") == {}


def test_a_project_ends_in_right_tables(project):
    cohort = project.read(WITH + COLUMNS + WEEKS)
    assert cohort.errors == ()
    athletes = cohort.tables["athletes"]
    assert athletes["sex"].tolist() == ["female", "male", "other"]
    assert athletes["height_cm"].tolist()[:2] == [171.5, 180.25]
    assert athletes["body_mass_kg"].tolist()[:2] == [61.5, 70.25]
    reports = cohort.tables["weekly_reports"]
    assert reports["pain_nrs"].tolist() == [2, 1]
    assert reports["answered_on"].isna().tolist() == [False, True]
    bare = project.read(BLOCK + COLUMNS + WEEKS.replace('dictionary = "dictionary.csv"\n', ""))
    assert bare.tables["weekly_reports"]["answered_on"].isna().tolist() == [False, True]
    assert set(cohort.inputs) == {"cohort.toml", "data.csv", "dictionary.csv"}


def test_a_box_of_a_form_that_was_not_filled_in_is_not_asked_and_never_no(project):
    cohort = project.read(WITH + COLUMNS)
    assert _truths(cohort) == [True, False, False]
    sparse = DATA.replace("3,baseline_arm_1,,,Cy Ng,cy@example.org,3,,,0,0,0", "3,baseline_arm_1,,,,,,,,0,0,0")
    cohort = project.write("data.csv", sparse).read(WITH + COLUMNS)
    assert _truths(cohort) == [True, False, None]
    told = only(cohort.decisions, "CHECKBOX")
    assert (told.place, told.column) == ("line 4", "history___1")
    assert "0 in 1 of 3 rows" in told.found


def test_a_box_is_not_asked_on_rows_of_another_event_or_repeat(project):
    rows = [line for line in DATA.splitlines() if not line.startswith("3,")]
    cohort = project.write("data.csv", "\n".join(rows)).read(
        WITH.replace('"baseline_arm_1"', '"baseline_arm_1", "followup_arm_1"').replace(
            "where", 'duplicates = "last"\nwhere'
        )
        + SETTLED,
        START,
    )
    assert cohort.errors == ()
    assert _truths(cohort) == [None, None]


def test_a_repeat_of_another_form_does_not_count_even_if_the_status_says_so(project):
    rows = "1,baseline_arm_1,,,,,1,,,1,0,2,,,,\n2,baseline_arm_1,weekly,1,,,,,,0,0,2,,,,\n"
    assert _truths(project.write("data.csv", DATA.splitlines()[0] + "\n" + rows).read(WITH + COLUMNS, START)) == [
        True,
        None,
    ]


def test_without_the_status_of_a_form_only_an_answer_shows_that_it_was_filled_in(project):
    rows = "1,baseline_arm_1,1,0,0\n2,baseline_arm_1,,0,0\n3,baseline_arm_1,,0,1\n"
    project.write("data.csv", "record_id,redcap_event_name,sex,history___1,history___2\n" + rows)
    cohort = project.read(WITH + SETTLED, START)
    assert _truths(cohort) == [False, None, False]


def test_a_question_shown_to_some_only_is_unknown_where_no_box_is_ticked(project):
    branched = DICTIONARY.replace(
        '"1, Hip, or groin | 2, Knee",,,,,,""', '"1, Hip, or groin | 2, Knee",,,,,,"[sex] = \'1\'"'
    )
    assert branched != DICTIONARY
    cohort = project.write("dictionary.csv", branched).read(WITH + COLUMNS, START)
    assert _truths(cohort) == [True, None, None]
    assert "branching logic" in only(cohort.warnings, "CHECKBOX").found


def test_boxes_beside_a_missing_data_code_are_not_known(project):
    rows = "record_id,redcap_event_name,sex,history___1,history___2,history___ni,baseline_complete\n"
    rows += "1,baseline_arm_1,1,0,0,1,2\n2,baseline_arm_1,1,0,0,0,2\n"
    assert _truths(project.write("data.csv", rows).read(WITH + SETTLED, START)) == [None, False]


def test_a_workbook_made_from_the_export_is_read_the_same(project):
    project.workbook(
        "data.xlsx", {"S": [[int(c) if c.isdigit() else c or None for c in row.split(",")] for row in SPARSE]}
    )
    mapping = WITH.replace("data.csv", "data.xlsx") + SETTLED
    assert _truths(project.read(mapping, START)) == [True, False, None]


def test_without_a_dictionary_a_zero_is_kept_and_warned_of_unless_where_names_the_form(project):
    cohort = project.read(BLOCK + COLUMNS, START)
    assert _truths(cohort) == [True, False, False]
    warning = only(cohort.warnings, "CHECKBOX")
    assert (warning.place, warning.column) == ("line 3", "history___1")
    assert "dictionary" in warning.fix
    named = BLOCK.replace("] }", '], redcap_repeat_instrument = [""] }')
    assert not [p for p in project.read(named + COLUMNS, START).warnings if p.code == "CHECKBOX"]


@pytest.mark.parametrize("header", ["full_name", "mail"])
def test_a_field_marked_as_identifier_is_not_read_and_its_mapping_is_an_error(project, header):
    cohort = project.read(
        WITH + COLUMNS.replace('sex = "sex"', f'clinic = "{header}"').split("[file.codes.sex]")[0], START
    )
    problem = only(cohort.errors, "PRIVACY")
    assert (problem.column, problem.place) == (header, "line 1")
    assert "clinic" not in cohort.tables["athletes"] or cohort.tables["athletes"]["clinic"].isna().all()
    assert not any(text in p.text for p in cohort.problems for text in ("Ann", "example.org"))


def test_rows_are_not_chosen_by_an_identifier(project):
    chosen = WITH.replace("redcap_event_name", "full_name").replace("baseline_arm_1", "Ann Lee")
    assert only(project.read(chosen + COLUMNS, START).errors, "PRIVACY").column == "full_name"


def test_an_identifier_may_be_the_id_of_the_athlete_which_becomes_a_pseudonym(project):
    marked = DICTIONARY.replace(
        _field("record_id", "baseline", label="Record ID"), _field("record_id", "baseline", identifier="y")
    )
    cohort = project.write("dictionary.csv", marked).read(WITH + COLUMNS, START)
    assert cohort.errors == ()
    assert not {"1", "2", "3"} & set(cohort.tables["athletes"]["athlete_id"])


def test_a_code_that_is_no_choice_and_a_choice_without_a_code_are_told(project):
    typed = COLUMNS.replace('2 = "male"\n3 = "other"', '4 = "male"')
    cohort = project.read(WITH + typed, START)
    warning = only(cohort.warnings, "CODE")
    assert (warning.column, warning.file) == ("codes.sex", "cohort.toml")
    assert '"4", no choice of "sex"' in warning.found
    assert "3 = Other, or not said" in warning.expected
    left = only(cohort.decisions, "CODE")
    assert '"2" (Male), "3" (Other, or not said)' in left.found
    assert len([p for p in cohort.errors if p.code == "CODE"]) == 2


def test_a_choice_read_as_a_number_that_its_label_contradicts_is_an_error(project):
    shifted = DICTIONARY.replace("0, 0 none | 1, 1 | 2, 2 worst", "1, 0 none | 2, 1 | 3, 2 worst")
    problem = only(project.write("dictionary.csv", shifted).read(WEEKS).errors, "CODE")
    assert (problem.column, problem.file) == ("codes.pain_nrs", "cohort.toml")
    assert 'code 1 is labelled "0 none"' in problem.found
    coded = WEEKS + "[file.codes.pain_nrs]\n1 = 0\n2 = 1\n3 = 2\n"
    assert project.read(coded).tables["weekly_reports"]["pain_nrs"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("label", "number"), [("7 bad", 7), ("1-2 days", None), ("10", 10), ("none", None), ("1/2", None)]
)
def test_the_number_of_a_label_is_the_one_it_begins_with(label, number):
    assert leading_number(label) == number


def test_a_number_that_can_be_read_in_two_ways_is_read_as_redcap_checked_it(project):
    alone = 'record_id,redcap_event_name,height,mass\n1,baseline_arm_1,"171,500",61.500\n'
    mapping = '[file.columns]\nathlete_id = "record_id"\nheight_cm = "height"\nbody_mass_kg = "mass"\n'
    cohort = project.write("data.csv", alone).read(WITH + mapping, START)
    assert cohort.errors == ()
    assert cohort.tables["athletes"][["height_cm", "body_mass_kg"]].to_numpy().tolist() == [[171.5, 61.5]]
    assert "DECIMAL" in {p.code for p in project.read(BLOCK + mapping, START).errors}


LABELLED = [
    "Record ID,Event Name,Repeat Instrument,Age\n1,Baseline (Arm 1: A),,31\n",
    "Record ID,Injured before? (choice=Hip),Complete?\n1,Checked,Complete\n",
    "record_id,history___1,history___2\n1,Checked,Unchecked\n",
]


@pytest.mark.parametrize("content", LABELLED)
def test_an_export_with_labels_is_refused_with_what_to_export(raw, content):
    header = content.split(",")[0]
    second = content.splitlines()[0].split(",")[1]
    block = '[[file]]\npath = "data.csv"\ntable = "athletes"\n[file.columns]\n'
    block += f'athlete_id = "{header}"\nclinic = "{second}"\n'
    problem = only(raw.write("data.csv", content).read(block, START).errors, "FORMAT")
    assert "with labels" in problem.found
    assert "raw data" in problem.fix


def test_labels_in_the_cells_under_raw_headers_are_refused_where_the_dictionary_knows_them(project):
    labelled = DATA.replace("ann@example.org,1,", "ann@example.org,Female,")
    problem = only(project.write("data.csv", labelled).read(WITH + COLUMNS, START).errors, "FORMAT")
    assert (problem.place, problem.column, problem.found) == ("line 2", "sex", '"Female", the label of "1"')


def test_a_dictionary_that_is_not_there_or_is_none_stops_the_file(project):
    missing = project.read(WITH.replace("dictionary.csv", "dict.csv") + COLUMNS, START)
    assert (only(missing.errors, "FILE").column, missing.tables) == ("dictionary", {})
    other = project.read(WITH.replace("dictionary.csv", "data.csv") + COLUMNS, START)
    assert "no REDCap data dictionary" in only(other.errors, "HEADER").found
    several = project.read(WITH.replace("dictionary.csv", "d*.csv") + COLUMNS, START)
    assert "2 files" in only(several.errors, "FILE").found
    outside = project.read(WITH.replace("dictionary.csv", "../dictionary.csv") + COLUMNS, START)
    assert only(outside.errors, "MAPPING").column == "dictionary"


def test_a_column_that_the_dictionary_does_not_know_is_warned_of(project):
    lines = [line for line in DICTIONARY.splitlines(keepends=True) if not line.startswith("mass")]
    project.write("dictionary.csv", "".join(lines))
    assert only(project.read(WITH + COLUMNS, START).warnings, "COLUMN").column == "mass"


def test_a_dictionary_as_the_api_gives_it_is_read(project):
    api = "field_name,form_name,field_type,select_choices_or_calculations,identifier\nid,base,text,,\nq,base,yesno,,y\n"
    known = as_dictionary(read_raw(Blob(project.write("api.csv", api).folder / "api.csv", "api.csv")).table)
    assert known.is_identifier("q")
    assert known.by_header["q"].choices == {"1": "Yes", "0": "No"}
    assert known.record_id == "id"


def test_codes_of_a_checkbox_that_are_no_names_are_found_in_the_header_as_redcap_writes_them():
    choices = _field("c", "f", "checkbox", choices="-1, None | A, Some")
    known = as_dictionary(_table(HEADERS + _field("id", "f") + choices))
    assert [h for h in ("c____1", "c___a") if h in known.by_header] == ["c____1", "c___a"]


def _table(text):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.csv"
        path.write_text(text, encoding="utf-8")
        return read_raw(Blob(path, "d.csv")).table


def test_proposed_blocks_ask_what_they_do_not_know_and_pass_once_answered(project):
    text = propose_blocks(_table(DATA), _table(DICTIONARY)).replace("d.csv", "data.csv")
    text = text.replace('dictionary = "data.csv"', 'dictionary = "dictionary.csv"')
    first, second = tomllib.loads(text)["file"]
    assert first["where"] == {"redcap_repeat_instrument": [""], "redcap_event_name": ["baseline_arm_1"]}
    assert first["columns"]["height_cm"] == {"column": "height", "unit": "cm"}
    assert first["codes"]["sex"] == {"1": "female", "2": "male", "3": "ASK"}
    assert (second["table"], second["where"]) == ("weekly_reports", {"redcap_repeat_instrument": ["weekly"]})
    assert second["set"] == {"region": "ASK"}
    assert "# left out, may say who somebody is: full_name, mail" in text
    assert "# left out: history___1 (Injured before?: Hip, or groin)" in text
    assert project.read(text).errors != ()
    answered = text.replace('"3" = "ASK"', '"3" = "other"').replace('region = "ASK"', 'region = "any"')
    assert project.read(answered).errors == ()


def test_a_proposal_is_toml_whatever_the_labels_hold(project):
    odd = DICTIONARY.replace("Worst pain", "Worst \x07 \\ pain").replace("1, Hip, or groin", "1, \x1b[31mHip")
    text = propose_blocks(_table(DATA), _table(odd))
    assert len(tomllib.loads(text)["file"]) == 2
    assert {c for c in text if not c.isprintable()} == {"\n"}


def _sample(raw, shared, name):
    for file in ("data.csv", "dictionary.csv"):
        shutil.copy(shared / "samples" / "redcap" / name / file, raw.folder / file)
    return raw


def _athletes(columns, where=""):
    block = '[[file]]\npath = "data.csv"\ndictionary = "dictionary.csv"\ntable = "athletes"\n'
    return f"{block}{where}[file.columns]\n{columns}"


SEX = '[file.codes.sex]\n0 = "female"\n1 = "male"\n'


def test_sample_repeating_instruments_the_register_without_its_repeats(raw, shared):
    where = 'where = { redcap_repeat_instrument = [""] }\n'
    cohort = _sample(raw, shared, "repeating-instruments").read(
        _athletes('athlete_id = "record_id"\nage_y = "age"\nsex = "sex"\n' + SEX, where), START
    )
    assert cohort.errors == ()
    assert cohort.tables["athletes"][["age_y", "sex"]].to_numpy().tolist() == [[8.9, "female"], [9.6, "male"]]
    named = _athletes('athlete_id = "record_id"\nclinic = "first_name"\n', where)
    assert only(raw.read(named, START).errors, "PRIVACY").column == "first_name"


def test_sample_longitudinal_boxes_of_the_enrolment_are_missing_at_no_visit(raw, shared):
    where = 'where = { redcap_event_name = ["enrollment_arm_1", "enrollment_arm_2"] }\n'
    columns = 'athlete_id = "study_id"\nage_y = "age"\nsex = "sex"\nheight_cm = "height"\nprevious_injury = "gym___0"\n'
    cohort = _sample(raw, shared, "longitudinal").read(_athletes(columns + SEX + YES, where), START)
    told = [(p.code, p.place, p.column, p.found) for p in cohort.errors]
    assert told == [("RANGE", "line 8", "age", '"4" (read as 4 years)')]
    assert cohort.tables["athletes"]["age_y"].isna().sum() == 1
    truths = _truths(cohort)
    assert None not in truths
    assert True in truths
    assert not any(word in p.text for p in cohort.problems for word in ("Zharko", "Lenox", "gmail"))


def test_sample_two_arms_need_where_and_say_so(raw, shared):
    columns = 'athlete_id = "record_id"\n'
    cohort = _sample(raw, shared, "arm-multiple-delete").read(_athletes(columns), START)
    assert {p.code for p in cohort.errors} == {"DUPLICATE"}
    one = raw.read(_athletes(columns, 'where = { redcap_event_name = ["event_1_arm_1"] }\n'), START)
    assert (one.errors, len(one.tables["athletes"])) == ((), 20)


def test_sample_survey_a_form_nobody_finished_has_no_time(raw, shared):
    mapping = WEEKS.replace('where = { redcap_repeat_instrument = ["weekly"] }\n', "").replace(
        "record_id", "participant_id"
    )
    mapping = mapping.replace('"week_of"', '{ column = "prescreening_survey_timestamp", to = "monday" }')
    mapping = mapping.replace("weekly_timestamp", "participant_morale_questionnaire_timestamp").replace(
        'pain_nrs = "pain"\n', ""
    )
    cohort = _sample(raw, shared, "survey").read(
        mapping + _athletes('athlete_id = "participant_id"\nprevious_injury = "consent___1"\n' + YES)
    )
    assert cohort.errors == ()
    assert cohort.tables["weekly_reports"]["answered_on"].isna().all()
    assert _truths(cohort) == [True, False]


def test_sample_clinical_trial_is_read_without_its_names(raw, shared):
    columns = 'athlete_id = "record_id"\nsex = "gender"\nheight_cm = "height"\nbody_mass_kg = "weight"\n'
    cohort = _sample(raw, shared, "clinical-trial-1").read(_athletes(columns + SEX), START)
    assert cohort.errors == ()
    assert len(cohort.tables["athletes"]) == 500
    assert cohort.tables["athletes"]["height_cm"].iloc[0] == 176.1


def test_sample_form_in_gray_a_form_nobody_opened_has_no_ticks(raw, shared):
    columns = 'athlete_id = "record_id"\nsex = "sex"\nprevious_injury = "race___3"\n'
    cohort = _sample(raw, shared, "blank-for-gray-status").read(_athletes(columns + SEX + YES), START)
    assert cohort.errors == ()
    assert _truths(cohort) == [False, True, False, False, False, None]
    assert only(cohort.decisions, "CHECKBOX").place == "line 7"


def test_sample_values_older_than_their_check_are_problems_at_their_cells(raw, shared):
    mapping = WEEKS.replace('where = { redcap_repeat_instrument = ["weekly"] }\n', "")
    mapping = mapping.replace('"week_of"', '"date_before_validation"').replace("weekly_timestamp", "time_1")
    cohort = _sample(raw, shared, "potentially-problematic-values").read(
        mapping.replace('"pain"', '"integer_before_validation"'), START
    )
    assert {(p.code, p.place, p.column) for p in cohort.errors} == {
        ("DATE", "line 2", "date_before_validation"),
        ("DATE", "line 3", "date_before_validation"),
        ("DATE", "line 3", "time_1"),
        ("NUMBER", "line 2", "integer_before_validation"),
        ("NUMBER", "line 3", "integer_before_validation"),
    }
