"""Running a cohort: order, resuming, what is kept and what is run again, run.json."""

import json

import pytest

from analysis.errors import InputError
from tests.runner.conftest import REPORT, VALIDATE, write_notebook

ALL = ["01_validate", "02_panel", "04_pain", "08_report"]


def test_stages_run_in_order_and_leave_their_notebooks(study):
    assert study.run() == 0
    assert study.ran == ALL
    (run_dir,) = study.run_dirs()
    assert sorted(p.stem for p in (run_dir / "internal" / "notebooks").iterdir()) == ALL
    assert "do not hand it out" in (run_dir / "internal" / "README.txt").read_text()
    assert not list(study.root.rglob(".*.ipynb")), "no half-written file is left"


def test_notebooks_are_told_absolute_folders_and_only_parameters_they_declare(study):
    study.run(parameters=["draws=5"])
    (run_dir,) = study.run_dirs()
    common = {"cohort": "demo", "data_dir": str(study.root / "data"), "run_dir": str(run_dir)}
    assert study.said[0] == common
    assert study.said[2] == common | {"draws": 5, "half_life": 2.0}


def test_run_json_tells_what_the_run_was_made_from(study):
    study.run(parameters=["draws=5"])
    told = study.manifest()
    assert (told["cohort"], told["state"], told["exit"]) == ("demo", "done", 0)
    assert told["run_id"] == study.run_dirs()[0].name
    assert told["parameters"] == {"draws": 5}
    # sha256 of b'[cohort]\nname = "demo"\n', from coreutils' sha256sum
    assert told["inputs"] == {"cohort.toml": "42c79a3697c844437f8cfe6d7b69112ca381003d1858bb42219e1f1602578df8"}
    assert told["study"]["dose_half_life_weeks"] == 2.0
    assert told["seeds"]["study"] == told["study"]["seed"]
    assert {"pandas", "glmm", "papermill", "hiprun"} <= told["versions"].keys()
    assert told["started"] < told["finished"]
    pain = told["stages"][2]
    assert (pain["name"], pain["state"], pain["reused"]) == ("04_pain", "done", False)
    assert pain["parameters"] == {"draws": 5, "half_life": 2.0}
    assert pain["seconds"] >= 0
    assert len(pain["fingerprint"]) == 64


def test_the_report_stage_reads_how_the_others_ended(study):
    write_notebook(study.notebooks, "05_injury", "", needs=("injuries", "weekly_reports"))
    study.run()
    (run_dir,) = study.run_dirs()
    states = ["done", "done", "done", "cannot", "running"]
    assert (run_dir / "share" / "report.html").read_text() == str(states)


def test_unchanged_stages_are_kept(study):
    study.run()
    assert study.run() == 0
    assert study.ran == []
    assert all(s["reused"] for s in study.manifest()["stages"])
    assert study.manifest()["state"] == "done"


def test_a_default_said_aloud_is_the_same_run(study):
    study.run()
    study.run(parameters=["draws=2000"])
    assert study.ran == []


def test_another_parameter_is_another_run(study):
    study.run()
    study.run(parameters=["draws=5"])
    assert study.ran == ALL
    assert len(study.run_dirs()) == 2


@pytest.mark.parametrize("name", ["cohort.toml", "week1.csv", "study.toml"])
def test_other_raw_files_are_another_run(study, name):
    study.run()
    path = study.root / "data" / "raw" / "demo" / name
    path.write_text("seed = 3\n" if name == "study.toml" else "changed")
    study.run()
    assert study.ran == ALL
    assert len(study.run_dirs()) == 2


def test_a_run_that_was_cut_off_goes_on_where_it_was(study):
    study.run()
    (run_dir,) = study.run_dirs()
    # What a kill in 04_pain leaves: its result perhaps written, its record not.
    (run_dir / "internal" / "stages" / "04_pain.json").unlink()
    assert study.run() == 0
    assert study.ran == ["04_pain", "08_report"]


def test_an_edited_notebook_runs_again_with_all_after_it(study):
    study.run()
    write_notebook(study.notebooks, "02_panel", VALIDATE, text="# Another text")
    study.run()
    assert study.ran == ["02_panel", "04_pain", "08_report"]


@pytest.mark.parametrize("what", ["code_digest", "versions"])
def test_other_code_or_libraries_run_everything_again_in_the_same_folder(study, monkeypatch, what):
    study.run()
    monkeypatch.setattr(f"analysis.runner.plan.{what}", lambda *_: {"pandas": "other"})
    study.run()
    assert study.ran == ALL
    assert len(study.run_dirs()) == 1


def test_outputs_saved_in_jupyterlab_do_not_count_as_an_edit(study):
    study.run()
    path = study.notebooks / "02_panel.ipynb"
    notebook = json.loads(path.read_text())
    notebook["cells"][2] |= {
        "execution_count": 7,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}],
    }
    path.write_text(json.dumps(notebook))
    study.run()
    assert study.ran == []


@pytest.mark.parametrize(
    ("lost", "again"),
    [
        ("processed/athletes.parquet", ALL),
        ("processed/athlete_weeks.parquet", ALL[1:]),
        ("results/04_pain.json", ALL[2:]),
        ("share/report.html", ALL[3:]),
    ],
)
def test_a_lost_file_is_made_again(study, lost, again):
    study.run()
    (run_dir,) = study.run_dirs()
    room, name = lost.split("/")
    rooms = {
        "processed": study.processed / "demo",
        "results": run_dir / "internal" / "results",
        "share": run_dir / "share",
    }
    (rooms[room] / name).unlink()
    study.run()
    assert study.ran == again
    assert (rooms[room] / name).is_file()


def test_processed_data_of_another_run_are_not_taken_for_this_ones(study):
    study.run()
    (study.processed / "demo" / "athletes.parquet").write_text("of another run")
    study.run()
    assert study.ran == ALL


def test_a_table_left_by_an_earlier_run_is_cleared_before_the_first_stage(study):
    (study.processed / "demo").mkdir(parents=True)
    old = study.processed / "demo" / "injuries.parquet"
    old.write_text("old")
    study.run()
    assert not old.exists()


def test_a_stage_without_its_tables_is_said_to_be_impossible_and_the_rest_is_done(study, capsys):
    write_notebook(study.notebooks, "05_injury", "raise SystemExit", needs=("injuries", "hip_assessments"))
    assert study.run() == 0
    assert study.ran == ALL
    (entry,) = [s for s in study.manifest()["stages"] if s["name"] == "05_injury"]
    assert entry["state"] == "cannot"
    assert entry["reason"] == "no injuries and no hip_assessments"
    assert "05_injury      cannot be done: no injuries and no hip_assessments" in capsys.readouterr().out
    study.run()
    assert study.ran == [], "what cannot be done does not make the rest stale"


def test_a_stage_may_need_what_an_earlier_stage_made_in_this_run(study):
    write_notebook(study.notebooks, "05_injury", "", needs=("athlete_weeks",))
    study.run()
    assert study.states()["05_injury"] == "done"


def test_a_table_of_an_earlier_run_does_not_serve_a_stage(study):
    write_notebook(study.notebooks, "02_panel", "", needs=("training_sessions",))
    write_notebook(study.notebooks, "05_injury", "", needs=("athlete_weeks",))
    (study.processed / "demo").mkdir(parents=True)
    (study.processed / "demo" / "athlete_weeks.parquet").write_text("old")
    study.run()
    assert study.states()["05_injury"] == "cannot"


def test_a_failing_stage_ends_the_run_with_1_and_names_the_cause(study, capsys):
    write_notebook(study.notebooks, "02_panel", "raise ValueError('no weeks')")
    assert study.run() == 1
    assert study.ran == ["01_validate", "02_panel"]
    assert study.states() == dict(zip(ALL, ["done", "failed", "waiting", "waiting"], strict=True))
    told = study.manifest()
    assert (told["state"], told["exit"]) == ("failed", 1)
    error = capsys.readouterr().err
    assert "02_panel.ipynb, cell 3 of 3: ValueError: no weeks" in error
    assert "Traceback" not in error
    (run_dir,) = study.run_dirs()
    assert (run_dir / "internal" / "notebooks" / "02_panel.failed.ipynb").is_file()
    assert not (run_dir / "internal" / "notebooks" / "02_panel.ipynb").exists()


def test_after_a_failure_the_run_goes_on_from_the_mended_notebook(study):
    write_notebook(study.notebooks, "02_panel", "raise ValueError('no weeks')")
    study.run()
    write_notebook(study.notebooks, "02_panel", "")
    assert study.run() == 0
    assert study.ran == ALL[1:]
    (run_dir,) = study.run_dirs()
    assert not (run_dir / "internal" / "notebooks" / "02_panel.failed.ipynb").exists()


def test_debug_shows_where_in_the_code(study, capsys):
    write_notebook(study.notebooks, "02_panel", "raise ValueError('no weeks')")
    study.run(debug=True)
    assert "Traceback" in capsys.readouterr().err


def test_quiet_says_nothing_when_all_went_well(study, capsys):
    study.run(quiet=True)
    assert capsys.readouterr() == ("", "")


def test_an_interrupt_is_kept_in_run_json(study):
    write_notebook(study.notebooks, "02_panel", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        study.run()
    assert (study.manifest()["state"], study.manifest()["exit"]) == ("interrupted", 130)
    assert study.states()["02_panel"] == "interrupted"


def test_force_runs_finished_stages(study):
    study.run()
    study.run(force=True)
    assert study.ran == ALL


def test_from_runs_that_stage_and_all_after_it(study):
    study.run()
    study.run(start="04_pain")
    assert study.ran == ["04_pain", "08_report"]


def test_from_runs_earlier_stages_that_are_not_finished(study):
    study.run(start="04_pain")
    assert study.ran == ALL


def test_only_runs_one_stage(study):
    study.run()
    study.run(only="04_pain")
    assert study.ran == ["04_pain"]
    assert study.manifest()["state"] == "done"


def test_only_needs_the_stages_before_it(study, capsys):
    assert study.run(only="04_pain") == 2
    assert study.ran == []
    assert "01_validate before it has not been run" in capsys.readouterr().err


def test_only_after_an_edit_leaves_the_run_partial(study):
    study.run()
    write_notebook(study.notebooks, "02_panel", VALIDATE, text="# Another text")
    assert study.run(only="02_panel") == 0
    assert study.ran == ["02_panel"]
    assert study.manifest()["state"] == "partial"
    study.run()
    assert study.ran == ["04_pain", "08_report"]


@pytest.mark.parametrize("option", ["start", "only"])
def test_an_unknown_stage_is_bad_usage(study, option):
    with pytest.raises(InputError, match="Did you mean '04_pain'"):
        study.run(**{option: "04_pein"})
    assert study.ran == []


def test_from_and_only_exclude_each_other(study):
    with pytest.raises(InputError, match="both"):
        study.run(start="04_pain", only="04_pain")


def test_invalid_input_stops_before_the_first_stage(study, monkeypatch):
    monkeypatch.setattr("analysis.runner.run.check_inputs", lambda *_, **__: 3)
    assert study.run() == 2
    assert study.ran == []
    assert (study.manifest()["state"], study.manifest()["exit"]) == ("invalid", 2)


def test_a_bad_study_toml_is_invalid_input(study, capsys):
    (study.root / "data" / "raw" / "demo" / "study.toml").write_text("sead = 3\n")
    assert study.run() == 2
    assert "found 'sead'" in capsys.readouterr().err


def test_a_failing_cohort_does_not_stop_the_next(study):
    study.add_cohort("b-1")
    study.add_cohort("a_2")
    write_notebook(study.notebooks, "02_panel", "if cohort == 'a_2': raise ValueError('no weeks')")
    assert study.run(everything=True) == 1
    assert study.states("a_2")["02_panel"] == "failed"
    assert study.manifest("b-1")["state"] == study.manifest("demo")["state"] == "done"


def test_the_report_is_built_again_from_the_newest_finished_run(study):
    from analysis.runner import Voice, rebuild_report

    study.run()
    study.run(parameters=["draws=5"])
    newest = max(study.run_dirs(), key=lambda d: json.loads((d / "run.json").read_text())["finished"])
    (newest / "share" / "report.html").write_text("old")
    study.ran.clear()
    folders = study.root / "data", study.root / "reports"
    assert rebuild_report("demo", *folders, Voice(), notebooks=study.notebooks) == 0
    assert study.ran == ["08_report"]
    assert study.said[-1]["run_dir"] == str(newest)
    assert (newest / "share" / "report.html").read_text() != "old"


def test_no_report_from_data_that_another_run_wrote(study):
    from analysis.runner import Voice, rebuild_report

    folders = study.root / "data", study.root / "reports"
    with pytest.raises(InputError, match="no finished run"):
        rebuild_report("demo", *folders, Voice(), notebooks=study.notebooks)
    study.run()
    (study.processed / "demo" / "athletes.parquet").write_text("of another run")
    study.ran.clear()
    with pytest.raises(InputError, match=r"athletes\.parquet is not as 01_validate left it"):
        rebuild_report("demo", *folders, Voice(), notebooks=study.notebooks)
    assert study.ran == []


def test_a_stage_that_runs_again_takes_back_what_it_handed_out(study):
    write_notebook(study.notebooks, "08_report", REPORT + "(share / 'old.csv').write_text('1')")
    study.run()
    (run_dir,) = study.run_dirs()
    assert (run_dir / "share" / "old.csv").is_file()
    write_notebook(study.notebooks, "08_report", REPORT)
    study.run()
    assert not (run_dir / "share" / "old.csv").exists()
