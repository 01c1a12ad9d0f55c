"""The main job from raw files to the report, as a user runs it, on the demo and on real files."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
KGF_N = 9.80665


def hiprun(folder: Path, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from analysis.cli import main; main()", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)


def only_run(folder: Path, cohort: str) -> Path:
    (run,) = (folder / "reports" / cohort).iterdir()
    return run


def fingerprints(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    shutil.copytree(ROOT / "data/raw/demo", folder / "data/raw/demo")
    done = hiprun(folder, "run", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_demo_ends_in_a_report_as_page_print_and_numbers(demo):
    share = only_run(demo, "demo") / "share"
    assert (share / "report.pdf").read_bytes().startswith(b"%PDF")
    page = (share / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") >= 8
    assert page.count("<img") == page.count('alt="')
    for outside in ('src="http', 'href="http', "url(http", "@import"):
        assert outside not in page
    results = json.loads((share / "results.json").read_text(encoding="utf-8"))
    terms = {row["term"] for row in results["estimates"]}
    assert {"mobility_within", "stability_within"} <= terms
    run = json.loads((only_run(demo, "demo") / "run.json").read_text(encoding="utf-8"))
    assert run["state"] == "done"
    assert [stage["state"] for stage in run["stages"]] == ["done"] * 8


def test_no_pseudonym_and_no_raw_id_is_in_what_may_be_handed_out(demo):
    athletes = pd.read_parquet(demo / "data/processed/demo/athletes.parquet")["athlete_id"]
    for path in (only_run(demo, "demo") / "share").rglob("*"):
        if path.suffix in (".html", ".json", ".csv", ".svg"):
            text = path.read_text(encoding="utf-8")
            found = [a for a in (*athletes, "B-19", "B-19 neu") if a in text]
            assert found == [], path


def test_the_same_inputs_give_the_same_bytes_and_finished_stages_are_kept(demo):
    share = only_run(demo, "demo") / "share"
    before = fingerprints(share / "tables") | {"results": share.joinpath("results.json").read_text(encoding="utf-8")}
    kept = hiprun(demo, "run", "demo")
    assert kept.returncode == 0
    assert kept.stdout.count("unchanged, kept") == 8
    again = hiprun(demo, "run", "demo", "--force")
    assert again.returncode == 0, again.stdout + again.stderr
    after = fingerprints(share / "tables") | {"results": share.joinpath("results.json").read_text(encoding="utf-8")}
    assert after == before


def test_an_unknown_or_ill_typed_parameter_ends_with_exit_2_before_anything_runs(demo, tmp_path):
    shutil.copytree(demo / "data/raw", tmp_path / "data/raw")
    for words in (["dose_halflife=3"], ["dose_half_life_weeks=three"], ["dose_half_life_weeks"]):
        done = hiprun(tmp_path, "run", "demo", "-p", *words)
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "reports").exists()
    assert not (tmp_path / "data/processed").exists()


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    shared = ROOT.parent / "shared"
    if not shared.is_dir():
        pytest.skip("../shared is absent: real files not read")
    folder = tmp_path_factory.mktemp("real")
    raw = folder / "data/raw/real"
    raw.mkdir(parents=True)
    for path in (
        ROOT / "docs/examples/real_input/cohort.toml",
        shared / "data/rbds_runners_hip_strength.txt",
        shared / "samples/strava/activities_en_94col.csv",
    ):
        shutil.copy(path, raw)
    done = hiprun(folder, "run", "real")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


def test_the_real_runners_get_a_hip_profile_with_the_published_means(real):
    """DOMAIN C2: R/L ABD 26.6 / 26.5 kgf, EXT 22.1 / 21.6, ER 11.07 / 10.40, right IR 13.91, 28 runners."""
    tests = pd.read_parquet(real[0] / "data/processed/real/hip_assessments.parquet")
    force = tests[tests["force_n"].notna()].groupby(["motion", "side"])["force_n"].agg(["mean", "size"])
    published = {
        ("abduction", "right"): 26.6, ("abduction", "left"): 26.5, ("extension", "right"): 22.1,
        ("extension", "left"): 21.6, ("external_rotation", "right"): 11.07, ("external_rotation", "left"): 10.40,
        ("internal_rotation", "right"): 13.91,
    }  # fmt: skip
    assert set(force.index) == set(published)
    for test, kgf in published.items():
        assert force.loc[test, "size"] == 28
        assert force.loc[test, "mean"] / KGF_N == pytest.approx(kgf, abs=0.06)


def test_the_strava_run_is_one_session_with_the_files_own_distance_and_day(real):
    (session,) = pd.read_parquet(real[0] / "data/processed/real/training_sessions.parquet").itertuples()
    assert session.distance_km == pytest.approx(3.32295, abs=1e-4)
    assert session.duration_min == pytest.approx(1411 / 60)
    assert str(session.start_utc) == "2022-05-29 15:53:35+00:00"


def test_what_the_real_files_lack_is_named_in_the_summary_and_in_the_report_and_the_rest_is_done(real):
    folder, said = real
    run = json.loads((only_run(folder, "real") / "run.json").read_text(encoding="utf-8"))
    states = {stage["name"]: stage["state"] for stage in run["stages"]}
    assert states == {
        "01_validate": "done", "02_panel": "done", "03_cohort": "done", "04_pain": "cannot", "05_injury": "cannot",
        "06_claims": "done", "07_sensitivity": "done", "08_report": "done",
    }  # fmt: skip
    assert "cannot be done: no weekly_reports" in said
    page = (only_run(folder, "real") / "share/report.html").read_text(encoding="utf-8")
    assert "cannot be done: no weekly_reports" in page
    assert "cannot be done: no injuries" in page
    assert "15 of 15 effects of primary claims have no planned estimate" in page
    summary = pd.read_csv(only_run(folder, "real") / "share/tables/03_cohort_hip_profile.csv")
    assert (summary["n_athletes"].astype(int) == 28).all()
