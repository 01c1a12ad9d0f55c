"""The STROBE-SIIS checklist says what the tables say, and leaves to the authors what they do not."""

from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.panel import athlete_weeks
from analysis.report.strobe import ITEMS, TO_WRITE, strobe_siis
from analysis.study import Study
from tests.panel.conftest import random_tables


@pytest.fixture(scope="module")
def tables():
    return random_tables(5, n_athletes=12, n_weeks=8)


@pytest.fixture(scope="module")
def panel(tables):
    return athlete_weeks(tables)


def checklist(tables, panel) -> pd.DataFrame:
    return strobe_siis(SimpleNamespace(tables=tables), panel, Study()).set_index("item")


def athletes(tables, **columns) -> dict[str, pd.DataFrame]:
    return tables | {"athletes": tables["athletes"].assign(**columns)}


def test_the_items_are_those_whose_wording_was_seen_each_with_an_answer(tables, panel):
    table = checklist(tables, panel)
    assert table.index.tolist() == list(ITEMS) == ["1.1", "1.2", "3.1", "3.2", "4.1", "4.2", "4.3", "4.4"]
    assert table["answer"].str.len().min() > 10
    assert set(table["filled"]) <= {"by the run", "in part", "no"}


def test_registration_and_purpose_are_never_filled_and_what_is_left_is_said(tables, panel):
    table = checklist(tables, panel)
    assert table.loc[["3.1", "3.2"], "answer"].tolist() == [TO_WRITE, TO_WRITE]
    assert table.loc[table["filled"] != "by the run", "answer"].str.endswith("written by the authors.").all()
    assert not table.loc[table["filled"] == "by the run", "answer"].str.contains("authors").any()


def test_population_is_counted_by_sex_with_the_quartiles_of_age(tables, panel):
    given = athletes(tables, sex=["female"] * 7 + ["male"] * 5, age_y=[20.0 + i for i in range(12)])
    said = checklist(given, panel).loc["1.1", "answer"]
    assert said.startswith("12 runners, 7 female, 5 male, median age 26 years (quartiles 23 to 28).")
    assert "Region and level: to be written by the authors." in said


@pytest.mark.parametrize("sex", [["female"] * 9 + ["male"] * 3, ["female"] * 9 + [None] * 3])
def test_a_sex_of_fewer_athletes_than_the_threshold_is_not_to_be_read_or_worked_out(tables, panel, sex):
    said = checklist(athletes(tables, sex=sex), panel).loc["1.1", "answer"]
    assert "female" not in said and "9" not in said
    assert "Sex, region and level: to be written" in said


def test_an_age_few_did_not_give_is_left_out_so_that_nobody_is_counted(tables, panel):
    said = checklist(athletes(tables, age_y=[30.0] * 10 + [None] * 2), panel).loc["1.1", "answer"]
    assert "median" not in said and "Age, region and level" in said


def test_a_cohort_below_the_threshold_is_not_counted(tables, panel):
    said = checklist(tables | {"athletes": tables["athletes"].head(3)}, panel).loc["1.1", "answer"]
    assert said.startswith("Fewer than 5 runners.")


def test_period_runs_from_the_first_monday_watched_to_the_last_sunday(tables, panel):
    observed = ["training_observed", "hip_work_observed", "injuries_observed", "report_expected"]
    watched = panel[panel[observed].any(axis=1)]
    said = checklist(tables, panel).loc["1.2", "answer"]
    last = watched["week_start"].max() + pd.Timedelta(days=6)
    assert said.startswith(f"{watched['week_start'].min():%Y-%m-%d} to {last:%Y-%m-%d}; median ")
    assert pd.Timestamp(said[:10]).day_name() == "Monday" and last.day_name() == "Sunday"


def test_nobody_watched_leaves_the_period_to_the_authors(tables, panel):
    assert checklist(tables, panel.iloc[:0]).loc["1.2", "answer"] == TO_WRITE


def test_tools_name_the_version_of_the_questionnaire_in_the_tables_and_no_other(tables, panel):
    said = checklist(tables, panel).loc["4.2", "answer"]
    assert "OSTRC questionnaire, version 2." in said
    reports = tables["weekly_reports"]
    both = reports.assign(ostrc_version=[1] + [2] * (len(reports) - 1))
    assert "version 1 and 2." in checklist(tables | {"weekly_reports": both}, panel).loc["4.2", "answer"]
    none = {name: table for name, table in tables.items() if name != "weekly_reports"}
    assert "OSTRC" not in checklist(none, panel).loc["4.2", "answer"]


def test_coding_is_filled_only_where_the_records_name_their_system(tables, panel):
    assert checklist(tables, panel).loc["4.3", "filled"] == "no"
    coded = tables["injuries"].assign(diagnosis_code_system="OSIICS 13")
    row = checklist(tables | {"injuries": coded}, panel).loc["4.3"]
    assert row.tolist()[1:] == ["Diagnoses are coded in OSIICS 13.", "by the run"]


def test_definitions_are_those_the_records_say_they_meet(tables, panel):
    timed = tables["injuries"].assign(definition="time_loss", problem_type="injury")
    said = checklist(tables | {"injuries": timed}, panel).loc["4.1", "answer"]
    assert "(injury)" in said and "which definition they meet: time loss." in said


def test_only_athletes_is_enough_for_a_checklist(tables, panel):
    table = checklist({"athletes": tables["athletes"].assign(sex=None, clinic=None)}, panel.iloc[:0])
    assert table.loc[["4.1", "4.2", "4.3", "4.4"], "answer"].tolist() == [TO_WRITE] * 4
