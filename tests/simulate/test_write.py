"""The raw files: the same to the byte, untidy as stated, and read back as the clean tables but for stated losses."""

import csv
import hashlib
import json
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from analysis.claims.known_truth.truths import truth_of_claims
from analysis.simulate import DEMO, Truth, simulate_cohort, simulate_tables
from analysis.simulate.hip_work import OWN_EXERCISE
from analysis.sources.cohort import Cohort, read_cohort
from analysis.sources.pseudonyms import athlete_pseudonyms
from analysis.study import Study
from analysis.tables.words import RUNNING_SPORTS

COMMITTED = Path(__file__).parents[2] / "data/raw/demo"
SIZE = {"n_athletes": 12, "n_weeks": 14, "seed": 3}


def fingerprint(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def rows_of(path: Path, delimiter: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return simulate_cohort(tmp_path_factory.mktemp("data") / "raw" / "small", **SIZE)


@pytest.fixture(scope="module")
def clean() -> dict[str, pd.DataFrame]:
    """The clean tables of the same cohort, with the pseudonyms that reading gives."""
    tables = simulate_tables(**SIZE)
    names = athlete_pseudonyms(tables["athletes"]["athlete_id"], b"public-demo")
    clinic = tables["athletes"].set_index("athlete_id")["clinic"]
    return {
        n: t.assign(raw_clinic=t["athlete_id"].map(clinic), athlete_id=t["athlete_id"].map(names))
        for n, t in tables.items()
    }


@pytest.fixture(scope="module")
def back(folder) -> Cohort:
    return read_cohort(folder, Study())


# to the byte


def test_the_same_seed_writes_the_same_bytes_at_another_time_and_place(folder, tmp_path):
    again = simulate_cohort(tmp_path / "small", **SIZE)
    assert fingerprint(again) == fingerprint(folder)


def test_another_seed_or_truth_writes_other_bytes(folder, tmp_path):
    for change in ({"seed": 4}, {"truth": Truth(pain_level=5.0)}):
        other = simulate_cohort(tmp_path / str(len(list(tmp_path.iterdir()))), **(SIZE | change))
        assert fingerprint(other)["clinic_a/weekly_form.csv"] != fingerprint(folder)["clinic_a/weekly_form.csv"]


def test_the_committed_demo_is_what_the_simulator_writes_and_is_small(tmp_path):
    again = simulate_cohort(tmp_path / "demo", **DEMO, of_claims=truth_of_claims(Truth()))
    assert fingerprint(again) == fingerprint(COMMITTED)
    assert sum(p.stat().st_size for p in COMMITTED.rglob("*") if p.is_file()) < 3_000_000


def test_workbooks_hold_no_time_of_writing(folder):
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as parts:
            assert {i.date_time for i in parts.infolist()} == {(2026, 7, 10, 12, 0, 0)}
            assert parts.read("docProps/core.xml").count(b"2026-07-10T12:00:00Z") == 2


def test_truth_is_written_with_value_unit_scale_and_definition(folder):
    told = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    truth = {t["name"]: t for t in told["truth"]}
    assert truth["pain_mobility_within"]["value"] == -0.25
    assert truth["pain_mobility_within"]["unit"] == "NRS points per +30 min/week"
    assert (told["seed"], told["n_athletes"], told["n_weeks"]) == (3, 12, 14)
    assert any("clipped" in note for note in told["notes"])


# untidy


def test_strava_archive_has_doubled_columns_kilometres_then_metres(folder):
    header, *rows = rows_of(folder / "clinic_a/activities.csv")
    for name in ("Elapsed Time", "Distance", "Max Heart Rate", "Relative Effort", "Commute"):
        assert header.count(name) == 2, name
    km, metres = (i for i, name in enumerate(header) if name == "Distance")
    pairs = [(float(r[km]), float(r[metres])) for r in rows if r[km]]
    assert all(m == pytest.approx(1000 * k) for k, m in pairs)
    assert any("\n" in r[header.index("Activity Description")] for r in rows)


def test_some_runs_of_the_archive_have_another_utc_day_than_local_day(back):
    sessions = back.tables["training_sessions"].dropna(subset="start_utc")
    utc_day = sessions["start_utc"].dt.tz_localize(None).dt.normalize()
    shifted = sessions[utc_day != sessions["date"]]
    assert len(shifted) > 0
    assert (shifted["date"] - utc_day[shifted.index] == pd.Timedelta(days=1)).all()


def test_german_workbook_has_titles_merged_headers_footer_and_commas_in_some_cells(folder):
    sheet = openpyxl.load_workbook(folder / "clinic_b/Hueftkraft.xlsx")["Kraft"]
    assert sheet["A1"].value.startswith("Hüfte")
    assert sheet["A4"].value == "Patient"
    assert len(sheet.merged_cells.ranges) == 4 + 6
    assert "anrufen" in sheet.cell(sheet.max_row, 1).value
    texts = [
        c.value for row in sheet.iter_rows(min_row=6, min_col=5, max_col=40) for c in row if isinstance(c.value, str)
    ]
    assert texts
    assert all("," in t for t in texts)


def test_german_diary_is_cp1252_with_semicolons_and_decimal_commas(folder):
    with pytest.raises(UnicodeDecodeError):
        (folder / "clinic_b/Trainingstagebuch.csv").read_text(encoding="utf-8")
    header, *rows = rows_of(folder / "clinic_b/Trainingstagebuch.csv", ";", "cp1252")
    assert any("," in r[header.index("km")] for r in rows)
    assert not any("." in r[header.index("km")] for r in rows)


def test_redcap_export_is_block_sparse(folder):
    header, *rows = rows_of(folder / "clinic_c/redcap_export.csv")
    kind, age, week = (header.index(n) for n in ("redcap_repeat_instrument", "age", "week_of"))
    assert {r[kind] for r in rows} == {"", "weekly_form", "problem_form"}
    assert all(bool(r[age]) == (r[kind] == "") for r in rows)
    assert all(bool(r[week]) == (r[kind] == "weekly_form") for r in rows)


def test_there_are_late_and_double_answers_and_the_last_counts(folder, back):
    header, *rows = rows_of(folder / "clinic_a/weekly_form.csv")
    code, week = header.index("Your code"), header.index("Any day of the week you report on")
    monday = [pd.Timestamp(r[week]) - pd.Timedelta(days=pd.Timestamp(r[week]).day_of_week) for r in rows]
    forms = pd.Series(list(zip([r[code] for r in rows], monday, strict=True)))
    assert forms.duplicated().any()
    assert back.dropped["reason"].str.contains("double").any()
    reports = back.tables["weekly_reports"]
    assert ((reports["answered_on"] - reports["week_start"]).dt.days > 12).any()


def test_one_exercise_has_two_spellings_one_athlete_two_ids(folder):
    header, *rows = rows_of(folder / "clinic_a/hip_log.csv")
    spelled = {r[header.index("Exercise")] for r in rows}
    assert {"Fire hydrant wall", "fire-hydrants (wall)"} <= spelled
    same = tomllib.loads((folder / "cohort.toml").read_text(encoding="utf-8"))["same_athlete"]
    diary = rows_of(folder / "clinic_b/Trainingstagebuch.csv", ";", "cp1252")
    ids = {r[0] for r in diary[1:]}
    assert [(other in ids, main in ids) for other, main in same.items()] == [(True, True)]


def test_names_addresses_birth_dates_and_remarks_are_mapped_nowhere(folder):
    mapping = tomllib.loads((folder / "cohort.toml").read_text(encoding="utf-8"))
    sources = [source for file in mapping["file"] for source in file["columns"].values()]
    mapped = {s["column"] if isinstance(s, dict) else s for s in sources}
    private = {"Name", "E-mail", "Email Address", "Date of birth", "Remarks", "Anything else?", "Story",
               "Activity Name", "Activity Description", "Bemerkung", "Bemerkung intern", "full_name", "notes",
               "weekly_notes"}  # fmt: skip
    assert "Athlete" in mapped
    assert not private & mapped


# read back


def test_reading_the_cohort_gives_no_error_and_names_the_unknown_exercise(back):
    assert [p.text for p in back.errors] == []
    assert any(OWN_EXERCISE in p.found for p in back.warnings)
    assert set(back.tables) == set(simulate_tables(**SIZE))


@pytest.mark.parametrize(("n_athletes", "n_weeks", "seed"), [(1, 2, 0), (2, 2, 1), (3, 3, 2), (4, 2, 3), (7, 13, 4)])
def test_cohorts_of_any_size_are_read_without_error(tmp_path, n_athletes, n_weeks, seed):
    cohort = read_cohort(simulate_cohort(tmp_path / "c", n_athletes=n_athletes, n_weeks=n_weeks, seed=seed), Study())
    assert [p.text for p in cohort.errors] == []
    assert len(cohort.tables["athletes"]) == n_athletes


def sorted_by(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame.sort_values(columns, ignore_index=True)[columns]


def test_athletes_come_back_with_mass_to_the_tenth_of_a_pound(back, clean):
    columns = [c for c in back.tables["athletes"] if c != "body_mass_kg"]
    one, two = (t.sort_values("athlete_id", ignore_index=True) for t in (back.tables["athletes"], clean["athletes"]))
    pd.testing.assert_frame_equal(one[columns], two[columns])
    assert (one["body_mass_kg"] - two["body_mass_kg"]).abs().max() < 0.05 * 0.4536


def test_training_comes_back_with_what_each_clinic_writes(back, clean):
    keys = ["athlete_id", "date", "sport", "duration_min"]
    one, two = back.tables["training_sessions"], clean["training_sessions"]
    one = one.assign(duration_min=one["duration_min"].round(6)).sort_values([*keys, "rpe"], ignore_index=True)
    two = two.sort_values([*keys, "rpe"], ignore_index=True)
    pd.testing.assert_frame_equal(one[[*keys, "rpe", "rpe_scale"]], two[[*keys, "rpe", "rpe_scale"]])
    assert (one["distance_km"].isna() == two["distance_km"].isna()).all()
    assert (one["distance_km"] - two["distance_km"]).abs().max() < 0.0081
    for columns, clinics in ((["ascent_m", "hr_avg_bpm"], "AB"), (["surface"], "BC"), (["start_utc"], "A")):
        wrote = two["raw_clinic"].isin(list(clinics))
        pd.testing.assert_frame_equal(one.loc[wrote, columns], two.loc[wrote, columns])
        assert one.loc[~wrote, columns].isna().all(axis=None)
    pd.testing.assert_series_equal(one["top_speed_km_h"], two["top_speed_km_h"])
    ran_in_a = two["raw_clinic"].eq("A") & two["sport"].isin(RUNNING_SPORTS)
    assert (two["top_speed_km_h"].notna() == ran_in_a).all()


def test_hip_work_comes_back_whole(back, clean):
    columns = ["athlete_id", "date", "exercise", "in_library", "category", "duration_min", "sets", "reps", "hold_s",
               "order_in_day", "relation_to_run", "soreness_next_day_nrs"]  # fmt: skip
    pd.testing.assert_frame_equal(
        sorted_by(back.tables["hip_work"], columns), sorted_by(clean["hip_work"], columns), check_exact=False
    )


def test_each_clinic_tells_of_hip_work_what_its_diary_asks(clean):
    told = clean["hip_work"].groupby("raw_clinic")[["order_in_day", "relation_to_run", "soreness_next_day_nrs"]].any()
    assert told.to_numpy().tolist() == [[True, True, True], [False, True, False], [False, False, True]]


def test_hip_tests_come_back_within_the_last_digit_written(back, clean):
    keys = ["athlete_id", "date", "motion", "side", "quality", "position", "trial_no"]
    one, two = (
        t.sort_values(keys, ignore_index=True) for t in (back.tables["hip_assessments"], clean["hip_assessments"])
    )
    pd.testing.assert_frame_equal(one[keys], two[keys])
    same = ["angle_deg", "time_s", "score", "score_scale"]
    pd.testing.assert_frame_equal(one[same], two[same])
    raters = pd.crosstab(one["rater"].fillna("nobody"), two["rater"].fillna("nobody"))
    assert (raters > 0).sum().tolist() == [1, 1, 1], "each who tested is one pseudonym"
    assert not {"KE", "MS"} & set(one["rater"])
    tenth = two["raw_clinic"].map({"A": 0.0, "B": 0.05 * 9.80665, "C": 0.05 * 4.44822})
    assert ((one["force_n"] - two["force_n"]).abs() <= tenth + 1e-6)[two["force_n"].notna()].all()
    assert (one["force_n"].isna() == two["force_n"].isna()).all()
    assert (one["lever_arm_m"] - two["lever_arm_m"]).abs().max() < 0.0013


def test_every_clinic_tests_the_whole_leg_and_some_athletes_have_a_day_of_strength_and_range_only(clean):
    tests = clean["hip_assessments"]
    whole_leg = tests[tests["motion"] == "whole_leg"].groupby("raw_clinic")["position"].agg(set)
    places = {"step_down", "step_up", "hip_hinge", "single_leg_squat", "single_leg_stance"}
    assert whole_leg.to_dict() == dict.fromkeys("ABC", places)
    days = tests.groupby(["raw_clinic", "athlete_id", "date"])["quality"].agg(set)
    retested = days[days == {"strength_isometric", "rom_passive"}].reset_index()["raw_clinic"]
    assert set(retested) == set("ABC")


def test_weekly_answers_come_back_with_hip_and_knee_pain_of_the_worse_side_only_from_clinic_b(back, clean):
    one, two = back.tables["weekly_reports"], clean["weekly_reports"]
    keys = ["athlete_id", "week_start", "region", "side"]
    answers = [*keys, "ostrc_version", "ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4", "problem_type", "answered_on"]
    pd.testing.assert_frame_equal(
        sorted_by(one.query("region == 'any'"), answers), sorted_by(two.query("region == 'any'"), answers)
    )
    one, two = (t[t["pain_nrs"].notna()] for t in (one, two))
    in_b = set(two.loc[two["raw_clinic"] == "B", "athlete_id"])
    pain = [*keys, "pain_nrs", "answered_on"]
    both = [t[~(t["athlete_id"].isin(in_b) & t["region"].isin(["hip_groin", "knee"]))] for t in (one, two)]
    assert set(both[0].loc[both[0]["athlete_id"].isin(in_b), "region"]) == {
        "low_back", "lateral_thigh", "lower_leg", "hamstring", "pelvis", "shoulder"
    }  # fmt: skip
    pd.testing.assert_frame_equal(*(sorted_by(t, pain) for t in both))
    worst = [t[t["athlete_id"].isin(in_b)].groupby(keys[:3])["pain_nrs"].max() for t in (one, two)]
    pd.testing.assert_series_equal(*worst)


def test_problems_come_back_with_what_each_clinic_writes(back, clean):
    keys = ["athlete_id", "onset_date", "problem_type", "region", "side", "onset_mode", "return_date", "time_loss_days"]
    one, two = (t.sort_values(keys[:5], ignore_index=True) for t in (back.tables["injuries"], clean["injuries"]))
    pd.testing.assert_frame_equal(one[keys], two[keys])
    for column, clinics in (("definition", "AB"), ("subsequent", "B"), ("tissue", "ABC")):
        wrote = two["raw_clinic"].isin(list(clinics))
        pd.testing.assert_series_equal(one.loc[wrote, column], two.loc[wrote, column])
        assert one.loc[~wrote, column].isna().all()


def test_observation_windows_come_back_whole(back, clean):
    columns = ["athlete_id", "stream", "start_date", "end_date"]
    pd.testing.assert_frame_equal(
        sorted_by(back.tables["observation_windows"], columns), sorted_by(clean["observation_windows"], columns)
    )


def test_what_is_dropped_is_counted(back, folder):
    header, *rows = rows_of(folder / "clinic_a/activities.csv")
    other = sum(r[header.index("Activity Type")] == "E-Bike Ride" for r in rows)
    dropped = back.dropped.query("file == 'clinic_a/activities.csv'")["n_rows"]
    assert dropped.sum() == other > 0
    assert np.all(back.dropped["n_rows"] > 0)
