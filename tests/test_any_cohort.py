"""Whatever a cohort lacks, the notebooks do the rest and say what cannot be done; none of them fails."""

import json
from pathlib import Path

import matplotlib as mpl
import nbformat
import numpy as np
import pandas as pd
import pytest

from analysis.report import build_report, read_stages, report_info
from analysis.report.items import Table
from analysis.simulate import simulate_tables
from analysis.sources import Cohort, read_used_study, write_processed
from analysis.tables import RAW_TABLES

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
STAGES = ("02_panel", "03_cohort", "04_pain", "05_injury", "06_claims", "07_sensitivity")
WITHOUT_THE_SLOWEST = STAGES[:-1]


@pytest.fixture(scope="module")
def whole():
    return simulate_tables(n_athletes=14, n_weeks=16, seed=4)


def execute(name: str, folder: Path, **given: object) -> list[str] | None:
    """Run the code cells of a notebook in this process, as the runner would; None where it needs other tables."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    tables = json.loads((folder / "processed/x/cohort.json").read_text(encoding="utf-8"))["tables"]
    if not set(notebook.metadata["hiprun"]["needs"]) <= set(tables):
        return None
    names = {"display": lambda *shown: None}
    with mpl.rc_context({"backend": "agg"}), pd.option_context("display.precision", 6):
        for cell in (c for c in notebook.cells if c.cell_type == "code"):
            exec(compile(cell.source, f"{name}.ipynb", "exec"), names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= {"cohort": "x", "data_dir": str(folder), "run_dir": str(folder / "reports/x/run")}
                names |= given if name == "02_panel" else {}
    return list(names)


def done(tables: dict[str, pd.DataFrame], folder: Path, stages: tuple[str, ...] = STAGES, **given: object) -> str:
    """Run the stages on `tables` and return the page of the report."""
    kept = {name: RAW_TABLES[name].tidy(frame) for name, frame in tables.items()}
    dropped = pd.DataFrame(columns=["table", "file", "reason", "n_rows"])
    cohort = Cohort("x", "Europe/Berlin", pd.Timestamp("2026-01-05"), kept, (), dropped, {}, "0" * 8)
    write_processed(cohort, folder / "processed" / "x")
    ran = [name for name in stages if execute(name, folder, **given) is not None]
    info = report_info(folder / "reports/x/run", folder / "processed/x")
    assert [stage.name for stage in read_stages(folder / "reports/x/run")] == ran
    page = build_report(folder / "reports/x/run", info, read_used_study(folder / "processed/x"))["html"].read_text(
        encoding="utf-8"
    )
    assert ">nan<" not in page
    return page


def only(whole, *names):
    windows = whole["observation_windows"]
    streams = {"training_sessions": "training", "weekly_reports": "weekly_report", "hip_work": "hip_work"}
    streams |= {"injuries": "injury", "hip_assessments": "hip_assessment"}
    watched = windows[windows["stream"].isin([streams.get(name) for name in names])]
    chosen = {name: whole[name] for name in names}
    return chosen | ({"observation_windows": watched} if len(watched) else {})


def test_a_whole_small_cohort_has_both_models(whole, tmp_path):
    page = done(whole, tmp_path, WITHOUT_THE_SLOWEST)
    assert "Estimates of the pain model" in page
    assert "The injury model has" in page and "fewer than 5 each" in page
    assert "Odds ratios of the health-problem model" in page


def test_a_cohort_with_training_logs_alone(whole, tmp_path):
    page = done(only(whole, "athletes", "training_sessions"), tmp_path)
    assert "Running time by week" in page
    assert "cannot be done: no weekly_reports" in page


def test_a_cohort_with_hip_tests_alone(whole, tmp_path):
    page = done(only(whole, "athletes", "hip_assessments"), tmp_path)
    assert "Hip abduction strength differed between sides" in page
    assert "cannot be done: no hip_work" in page


def test_a_cohort_whose_athletes_are_known_by_id_alone(whole, tmp_path):
    ids = whole["athletes"][["athlete_id"]]
    page = done(whole | {"athletes": ids}, tmp_path, WITHOUT_THE_SLOWEST)
    assert "sex_male: not recorded" in page


def test_weekly_pain_without_the_ostrc_questions_and_without_hip_work(whole, tmp_path):
    tables = only(whole, "athletes", "weekly_reports")
    blank = dict.fromkeys(["ostrc_version", "ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4"])
    page = done(tables | {"weekly_reports": tables["weekly_reports"].assign(**blank)}, tmp_path)
    assert "Worst hip pain of the week" in page
    assert "no week has a known dose of hip work" in page


def test_four_athletes(whole, tmp_path):
    few = whole["athletes"]["athlete_id"].iloc[:4]
    page = done({name: t[t["athlete_id"].isin(few)] for name, t in whole.items()}, tmp_path)
    assert "at least 5 are needed" in page


def test_one_clinic_and_no_variation_in_hip_work(whole, tmp_path):
    here = whole["athletes"]["athlete_id"][whole["athletes"]["clinic"] == whole["athletes"]["clinic"].iloc[0]]
    tables = {name: t[t["athlete_id"].isin(here)] for name, t in whole.items()}
    page = done(tables | {"hip_work": tables["hip_work"].assign(duration_min=0.0)}, tmp_path)
    assert "no week has a known dose of hip work that varies" in page


def test_no_injuries_is_an_incidence_of_zero_and_no_model(whole, tmp_path):
    page = done(whole | {"injuries": whole["injuries"].iloc[:0]}, tmp_path)
    assert "Fewer than 5 cases of new injuries" in page
    assert "new_injuries is the same in every complete week" in page
    tables = [item for stage in read_stages(tmp_path / "reports/x/run") for item in stage.of(Table)]
    (rates,) = [item.frame for item in tables if item.name == "injury_rates"]
    assert rates.loc[0, ["n_cases", "incidence_per_1000_h", "incidence_ci_low"]].tolist() == [0, 0.0, 0.0]
    upper = -np.log(0.025) / rates.loc[0, "exposure_h"] * 1000
    assert rates.loc[0, "incidence_ci_high"] == pytest.approx(upper), "Garwood's upper limit of 0 cases is -ln(0.025)"


def test_everyone_injured_in_the_first_week(whole, tmp_path):
    ids = whole["athletes"]["athlete_id"]
    first = pd.Timestamp("2026-01-06")
    injuries = pd.DataFrame({"injury_id": [f"i{k}" for k in range(len(ids))], "athlete_id": ids, "onset_date": first})
    done(whole | {"injuries": injuries.assign(problem_type="injury", region="knee")}, tmp_path)


def test_no_week_is_watched_as_a_whole(whole, tmp_path):
    windows = whole["observation_windows"].assign(
        start_date=pd.Timestamp("2026-01-06"), end_date=pd.Timestamp("2026-01-08")
    )
    page = done(whole | {"observation_windows": windows.drop_duplicates(["athlete_id", "stream"])}, tmp_path)
    assert "cannot be done" in page


def test_choices_made_for_the_panel_are_those_every_later_stage_and_the_report_state(whole, tmp_path):
    page = done(whole, tmp_path, WITHOUT_THE_SLOWEST, primary_region="knee", dose_half_life_weeks=4.0)
    assert "weekly knee pain" in page
    assert "weekly hip pain" not in page
    assert "half-life 4 weeks" in page
