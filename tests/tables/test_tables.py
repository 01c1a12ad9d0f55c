"""Every table is declared once, and the dictionary says what is declared."""

from pathlib import Path

import pandas as pd
import pandera.errors
import pytest

from analysis.tables import ATHLETE_WEEKS, ATHLETES, EXPLANATORY, HIP_ASSESSMENTS, RAW_TABLES
from analysis.tables.declare import KIND_NAMES, NUMBER
from analysis.tables.dictionary import data_dictionary

ROOT = Path(__file__).parents[2]
ALL = [*RAW_TABLES.values(), ATHLETE_WEEKS]


def one_athlete(**changes):
    row = {"athlete_id": "a1", "sex": "female", "age_y": 30.0, "body_mass_kg": 60.0} | changes
    return ATHLETES.tidy(pd.DataFrame([row]))


def test_the_data_dictionary_in_the_raw_folder_is_current():
    committed = (ROOT / "data" / "raw" / "README.md").read_text(encoding="utf-8")
    assert committed == data_dictionary(), "run: python -m analysis.tables.dictionary"


def test_the_tables_are_those_of_the_design():
    assert list(RAW_TABLES) == [
        "athletes",
        "training_sessions",
        "hip_work",
        "hip_assessments",
        "weekly_reports",
        "injuries",
        "observation_windows",
    ]


@pytest.mark.parametrize("table", ALL, ids=lambda t: t.name)
def test_a_table_has_keys_meanings_and_known_kinds(table):
    assert table.keys
    assert table.grain.startswith("one ")
    for column in table.columns:
        assert len(column.meaning) > 5, column.name
        assert column.dtype in KIND_NAMES
        assert column.plausible is None or column.plausible[0] < column.plausible[1]


@pytest.mark.parametrize("table", ALL, ids=lambda t: t.name)
def test_a_number_whose_name_ends_in_a_unit_declares_one(table):
    endings = ("_min", "_km", "_h", "_kg", "_deg", "_n", "_nm", "_cm", "_m", "_y", "_au", "_days", "_bpm", "_s")
    for column in table.columns:
        if column.dtype == NUMBER and column.name.endswith(endings):
            assert column.unit, f"{table.name}.{column.name}"


@pytest.mark.parametrize("table", ALL, ids=lambda t: t.name)
def test_an_empty_table_passes_its_own_schema_also_after_parquet(table, tmp_path):
    table.schema().validate(table.empty())
    table.empty().to_parquet(tmp_path / "t.parquet")
    table.schema().validate(pd.read_parquet(tmp_path / "t.parquet"))


def test_a_tidy_row_passes_and_absent_columns_are_missing():
    frame = one_athlete()
    ATHLETES.schema().validate(frame)
    assert frame["clinic"].isna().all()
    assert list(frame.columns) == [c.name for c in ATHLETES.columns]


@pytest.mark.parametrize(
    "changes",
    [{"sex": "F"}, {"age_y": 200.0}, {"body_mass_kg": 2.0}, {"athlete_id": None}, {"dominant_leg": "both"}],
    ids=lambda c: next(iter(c)),
)
def test_a_value_that_cannot_be_is_refused(changes):
    with pytest.raises(pandera.errors.SchemaError):
        ATHLETES.schema().validate(one_athlete(**changes))


def test_two_rows_with_one_key_are_refused():
    frame = pd.concat([one_athlete(), one_athlete()], ignore_index=True)
    with pytest.raises(pandera.errors.SchemaError):
        ATHLETES.schema().validate(frame)


def test_a_hip_test_is_told_apart_by_motion_side_quality_position_and_trial():
    assert HIP_ASSESSMENTS.keys == ["athlete_id", "date", "motion", "side", "quality", "position", "trial_no"]


def test_what_explains_a_week_is_doses_loads_and_the_last_hip_test():
    assert len(EXPLANATORY) == 4 * 3 + 3 * 6 + 1
    assert "mobility_dose_within_min" in EXPLANATORY
    assert "hip_abd_nm_kg" in EXPLANATORY
    assert "hip_ir_deg" in EXPLANATORY
    assert "mobility_min" not in EXPLANATORY
