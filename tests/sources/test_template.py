"""Workbooks to type into: what they offer is what the tables declare, and what is typed is read exactly."""

import datetime as dt
import tomllib

import openpyxl
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.hip.exercises import exercise_library
from analysis.sources.template import TEMPLATES, template_block, template_fields, write_template
from analysis.surveillance.ostrc import CODES
from analysis.tables import RAW_TABLES

NAMES = list(TEMPLATES)


def _typed(path, rows):
    """Rows (header -> value) typed into the sheet Data."""
    book = openpyxl.load_workbook(path)
    sheet = book["Data"]
    at = {cell.value: cell.column for cell in sheet[1]}
    for number, row in enumerate(rows, start=2):
        for header, value in row.items():
            sheet.cell(number, at[header], value)
    book.save(path)


def _read(raw, name, rows):
    block = write_template(name, raw.folder / "typed.xlsx")
    _typed(raw.folder / "typed.xlsx", rows)
    cohort = raw.read(block)
    assert [p.text for p in cohort.problems if p.severity == "error"] == []
    return cohort.tables[TEMPLATES[name].table.name]


def test_three_rows_of_strength_typed_are_read_as_typed(raw):
    day = dt.date(2026, 3, 17)
    base = {"Athlete": "007", "Date": day, "Motion": "internal rotation", "Quality": "strength isometric"}
    table = _read(raw, "strength", [
        {**base, "Side": "left", "Position": "side lying", "Force (N)": 214.5, "Lever arm (cm)": 36},
        {**base, "Side": "right", "Position": "side lying", "Force (N)": 199, "Lever arm (cm)": 36.5, "Rater": "T1"},
        {**base, "Side": "right", "Trial no": 2, "Torque (N m)": 71},
    ])  # fmt: skip
    assert set(table["motion"]) == {"internal_rotation"}
    assert list(table["position"].sort_values()) == ["side_lying", "side_lying", "unspecified"]
    first = table[table["side"] == "left"].iloc[0]
    assert (first["force_n"], first["lever_arm_m"], first["date"]) == (214.5, 0.36, pd.Timestamp(day))
    assert pd.isna(first["torque_nm"])
    assert table["torque_nm"].dropna().tolist() == [71]
    assert table["lever_arm_m"].dropna().sum() == pytest.approx(0.725)


def test_a_week_typed_by_any_of_its_days_is_that_week_and_a_blank_answer_is_not_0(raw):
    table = _read(raw, "weekly", [
        {"Athlete": "A", "Week start": dt.date(2026, 3, 18), "Region": "hip groin", "Pain NRS": 0, "OSTRC Q1": 8},
        {"Athlete": "A", "Week start": dt.date(2026, 3, 23), "Region": "hip groin", "Side": "both", "Pain NRS": 4},
    ])  # fmt: skip
    assert list(table["week_start"].dt.day) == [16, 23]
    assert list(table["region"]) == ["hip_groin", "hip_groin"]
    assert list(table["pain_nrs"]) == [0, 4]
    assert table["ostrc_q1"].isna().tolist() == [False, True]
    assert set(table["ostrc_version"]) == {2}


@pytest.mark.parametrize("name", NAMES)
def test_the_worked_example_of_the_legend_passes_its_own_template(raw, name):
    row = {f.header: f.example for f in template_fields(name) if f.example is not None}
    table = _read(raw, name, [row])
    given = TEMPLATES[name].example
    for column, value in given.items():
        if column not in ("athlete_id", "rater", *TEMPLATES[name].units):
            read = table[column].iloc[0]
            assert (read.date() if isinstance(value, dt.date) else read) == value, column
    assert list(openpyxl.load_workbook(raw.folder / "typed.xlsx")["Data"].iter_rows(min_row=3, values_only=True)) == []


@pytest.mark.parametrize("name", NAMES)
def test_words_units_and_bounds_of_a_template_are_those_the_table_declares(name):
    for shown in template_fields(name):
        declared = shown.column
        assert declared in TEMPLATES[name].table.columns
        if declared.allowed:
            assert set(shown.words.values()) <= set(declared.allowed)
        if shown.unit == declared.unit:
            assert (shown.low, shown.high) == (declared.minimum, declared.maximum)
            assert declared.unit in shown.header
    by_name = {f.column.name: f for f in template_fields(name)}
    required = set(TEMPLATES[name].table.required) - {"injury_id", "entry_id", "in_library"}
    assert required <= set(by_name)
    if name == "strength":
        assert (by_name["lever_arm_m"].low, by_name["lever_arm_m"].high) == (5, 120)
        assert set(by_name["quality"].words.values()) < set(by_name["quality"].column.allowed)
    if name == "weekly":
        assert tuple(by_name["ostrc_q3"].words) == CODES[2]["q3"]
    if name == "hip-work":
        assert set(by_name["exercise"].words) == set(exercise_library()["name"])


@pytest.mark.parametrize("name", NAMES)
def test_every_column_has_a_drop_down_bounds_or_a_hint_and_a_line_in_the_legend(tmp_path, name):
    block = write_template(name, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert [(s.title, s.sheet_state) for s in book] == [("Data", "visible"), ("Legend", "visible"), ("Lists", "hidden")]
    data, legend = book["Data"], book["Legend"]
    assert data.max_row == 1
    assert data.freeze_panes == "B2"
    rules = {str(rule.sqref): rule for rule in data.data_validations.dataValidation}
    fields = template_fields(name)
    for number, shown in enumerate(fields, start=1):
        letter = openpyxl.utils.get_column_letter(number)
        rule = rules[f"{letter}2:{letter}2001"]
        assert data.cell(1, number).value == shown.header
        assert len(rule.prompt) <= 255
        if shown.words:
            assert rule.type == "list"
            offered = [cell.value for (cell,) in book["Lists"][rule.formula1.removeprefix("Lists!").replace("$", "")]]
            assert offered == list(shown.words)
            assert rule.showErrorMessage == (shown.column.name != "exercise")
        elif shown.column.maximum is not None:
            assert (float(rule.formula1), float(rule.formula2)) == (shown.low, shown.high)
    texts = [row[0] for row in legend.iter_rows(values_only=True)]
    assert {f.header for f in fields} <= set(texts)
    assert "\n".join(texts[texts.index("[[file]]") :]) + "\n" == block


@pytest.mark.parametrize("name", NAMES)
def test_the_printed_block_is_toml_that_names_columns_of_the_table(name):
    (block,) = tomllib.loads(template_block(name, 'a "b".xlsx'))["file"]
    assert block["path"] == 'a "b".xlsx'
    assert set(block["columns"]) <= {c.name for c in RAW_TABLES[block["table"]].columns}


def test_no_template_takes_the_place_of_a_file_that_may_be_filled_in(tmp_path):
    write_template("rom", tmp_path / "t.xlsx")
    for name, path, said in (
        ("rom", tmp_path / "t.xlsx", "nothing is overwritten"),
        ("rom", tmp_path / "t.xls", "another kind of file"),
        ("range", tmp_path / "u.xlsx", "strength, rom, weekly, injuries, hip-work"),
    ):
        with pytest.raises(InputError, match=said):
            write_template(name, path)
    assert not (tmp_path / "u.xlsx").exists()


def test_hip_work_typed_tells_its_relation_to_runs_and_the_soreness_of_the_day_after(raw):
    base = {"Athlete": "A", "Date": dt.date(2026, 3, 17), "Exercise": "hip hinge", "Duration (min)": 10}
    table = _read(raw, "hip-work", [
        {**base, "Relation to run": "before run", "Soreness next day NRS": 0},
        {**base, "Relation to run": "separate", "Order in day": 2},
    ]).sort_values("soreness_next_day_nrs")  # fmt: skip
    assert table["relation_to_run"].tolist() == ["before_run", "separate"]
    assert table["soreness_next_day_nrs"].tolist() == pytest.approx([0, float("nan")], nan_ok=True)
