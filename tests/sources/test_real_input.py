"""The documented example: 28 real runners and a real Strava archive, read through a mapping alone."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis.sources import Cohort, read_cohort
from analysis.study import Study

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "real_input" / "cohort.toml"
GRAVITY = 9.80665


@pytest.fixture
def real(shared, tmp_path) -> Cohort:
    folder = tmp_path / "data" / "raw" / "real"
    folder.mkdir(parents=True)
    for path in (
        EXAMPLE,
        shared / "data" / "rbds_runners_hip_strength.txt",
        shared / "samples" / "strava" / "activities_en_94col.csv",
    ):
        shutil.copy(path, folder)
    return read_cohort(folder, Study())


def test_nothing_is_wrong_and_every_conclusion_is_told(real):
    assert real.errors == ()
    assert real.warnings == ()
    assert {p.code for p in real.decisions} == {"DELIMITER", "WINDOW"}


def test_28_runners_and_the_owner_of_the_archive_are_the_athletes(real):
    athletes = real.tables["athletes"]
    assert len(athletes) == 29
    assert athletes["sex"].value_counts().to_dict() == {"male": 27, "female": 1}
    assert athletes["dominant_leg"].value_counts().to_dict() == {"right": 20, "left": 8}
    assert athletes["previous_injury"].sum() == 9
    assert athletes["weekly_volume_band_km"].value_counts().to_dict() == {">45": 11, "26-35": 9, "36-45": 7, "16-25": 1}
    assert athletes["body_mass_kg"].mean() == pytest.approx(69.6, abs=0.05)  # DOMAIN C2
    assert athletes["experience_y"].max() == 25


def test_seven_strength_values_a_runner_without_left_internal_rotation(real):
    tests = real.tables["hip_assessments"].query("quality == 'strength_isometric'")
    assert len(tests) == 7 * 28
    assert set(tests.query("motion == 'internal_rotation'")["side"]) == {"right"}


@pytest.mark.parametrize(
    ("motion", "side", "mean_kgf", "sd_kgf"),
    [
        ("abduction", "right", 26.6, 6.6),
        ("abduction", "left", 26.5, 5.9),
        ("extension", "right", 22.1, 4.7),
        ("extension", "left", 21.6, 4.0),
        ("external_rotation", "right", 11.07, 1.67),
        ("external_rotation", "left", 10.40, 2.05),
        ("internal_rotation", "right", 13.91, 3.19),
    ],
)
def test_strength_in_newton_agrees_with_the_published_summary_domain_c2(real, motion, side, mean_kgf, sd_kgf):
    tests = real.tables["hip_assessments"].query("quality == 'strength_isometric'")
    force = tests[(tests["motion"] == motion) & (tests["side"] == side)]["force_n"] / GRAVITY
    assert force.mean() == pytest.approx(mean_kgf, abs=0.05)
    assert force.std() == pytest.approx(sd_kgf, abs=0.05)


def test_thomas_and_ober_tests_are_passive_range_of_motion_on_both_sides(real):
    tests = real.tables["hip_assessments"].query("quality == 'rom_passive'")
    counts = tests.groupby(["position", "motion", "side"]).size()
    assert counts.to_dict() == {
        ("ober_test", "adduction", "left"): 28,
        ("ober_test", "adduction", "right"): 28,
        ("thomas_test", "extension", "left"): 28,
        ("thomas_test", "extension", "right"): 28,
    }
    assert tests["angle_deg"].between(-2, 45).all()


def test_the_strava_run_has_metres_of_the_second_distance_moving_time_and_its_utc_start(real):
    (run,) = real.tables["training_sessions"].to_dict("records")
    assert run["start_utc"] == pd.Timestamp("2022-05-29 15:53:35", tz="UTC")  # the start in the archive's FIT file
    assert run["date"] == pd.Timestamp("2022-05-29")
    assert run["distance_km"] == pytest.approx(3.322949951)
    assert run["duration_min"] == pytest.approx(1411 / 60)
    assert run["sport"] == "run"
    assert run["athlete_id"] in set(real.tables["athletes"]["athlete_id"])


def test_the_repeated_rows_are_counted_as_left_out(real):
    assert real.dropped["n_rows"].sum() == 4 * 308
    assert set(real.dropped["reason"]) == {"repeated row of one Subject"}
