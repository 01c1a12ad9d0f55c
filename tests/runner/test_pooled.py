"""The pooled page: what crosses from the cohorts, what is pooled, and what is named instead."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from analysis.errors import HiprunError
from analysis.models import pool_studies
from analysis.runner import Voice
from analysis.runner.pooled import pool_cohorts
from analysis.runner.pooled_results import comparable, on_link_scale, read_cohort_results, unique_names
from analysis.study import Study
from tests.runner.conftest import write_notebook

SECRET = "row-of-one-runner"
PAIN, INJURY = "weekly hip pain", "new injuries"


def row(model, term, estimate, std_error, scale="difference", **changed):
    """A row of results.json with Wald limits (15 df for differences, z for ratios)."""
    quantile = t.isf(0.025, 15) if scale == "difference" else norm.isf(0.025)
    ratio = scale == "IRR"
    middle, link_error = (np.log(estimate), std_error / estimate) if ratio else (estimate, std_error)
    back = np.exp if ratio else float
    made = {
        "stage": "04_pain" if model == PAIN else "05_injury", "claim": None, "model": model, "term": term,
        "estimate": estimate, "std_error": std_error, "ci_low": float(back(middle - quantile * link_error)),
        "ci_high": float(back(middle + quantile * link_error)), "scale": scale, "n_obs": 400, "n_athletes": 30,
        "converged": True, "singular": False, "p_value": 0.1, "df": 15.0 if scale == "difference" else None,
        "withheld": "",
    }  # fmt: skip
    return made | changed


def usual(pain=-0.2, irr=0.8):
    return [
        row(PAIN, "mobility_within", pain, 0.1),
        row(PAIN, "load_between", 9.0, 0.1),
        row(INJURY, "mobility_within", np.log(irr), 0.3, "link"),
        row(INJURY, "mobility_within", irr, 0.3 * irr, "IRR"),
    ]


def write_cohort(out: Path, folder: str, rows=None, *, name=None, parameters=None, not_done=(), files=None, **choices):
    """The two files that are read of a cohort's newest run, and an older run."""
    for run_id, finished, estimates in (
        ("old", "2026-01-01T00:00:00", [row(PAIN, "mobility_within", 5.0, 0.1)]),
        ("new", "2026-02-01T00:00:00", usual() if rows is None else rows),
    ):
        share = out / folder / f"{folder}-{run_id}" / "share"
        share.mkdir(parents=True)
        run = {
            "cohort": folder, "run_id": f"{folder}-{run_id}", "state": "done", "finished": finished,
            "study": asdict(Study()) | choices, "parameters": parameters or {},
            "inputs": files or {"log.csv": f"sha of {folder}", "x.csv": f"other of {folder}", "cohort.toml": "same"},
        }  # fmt: skip
        (share.parent / "run.json").write_text(json.dumps(run))
        results = {
            "format": "hiprun results 1",
            "run": {"cohort": name or folder, "run_id": run["run_id"], "version": "0.1.0"},
            "disclosure_threshold": 5, "estimates": estimates, "tables": [{"rows": [{"athlete": SECRET}]}],
            "readings": [], "not_done": list(not_done),
        }  # fmt: skip
        (share / "results.json").write_text(json.dumps(results))


def pool(out: Path, *folders: str, failed: tuple[str, ...] = ()):
    """pooled.json, the page's text and the share folder."""
    pool_cohorts(dict.fromkeys(folders, 0) | dict.fromkeys(failed, 1), out, Voice(quiet=True))
    (share,) = (out / "pooled").glob("*/share")
    return json.loads((share / "pooled.json").read_text()), (share / "pooled.html").read_text(), share


def reasons(found):
    return {c["folder"]: c["reason"] for c in found["cohorts"]}


def test_each_read_term_is_pooled_on_its_link_scale_from_the_newest_finished_runs(tmp_path):
    values = [(-0.3, 0.7), (-0.1, 0.9), (0.1, 1.3)]
    for folder, (pain, irr) in zip("abc", values, strict=True):
        write_cohort(tmp_path, folder, usual(pain, irr))
    found, _, _ = pool(tmp_path, *"abc")
    assert [(p["model"], p["term"], p["scale"]) for p in found["pooled"]] == [
        (PAIN, "mobility_within", "difference"),
        (INJURY, "mobility_within", "IRR"),
    ]
    pain, irr = found["pooled"]
    want = pool_studies([v[0] for v in values], [0.01] * 3)
    assert [pain["estimate"], pain["ci_low"], pain["prediction_high"], pain["tau2"]] == pytest.approx(
        [want.estimate, want.ci_low, want.prediction_high, want.tau2], rel=1e-8
    )
    want = pool_studies(np.log([v[1] for v in values]), [0.09] * 3)
    assert [irr["estimate"], irr["ci_low"], irr["prediction_high"], irr["tau2"]] == pytest.approx(
        [*np.exp([want.estimate, want.ci_low, want.prediction_high]), want.tau2], rel=1e-8
    )
    assert [p["p_holm"] for p in found["pooled"]] == pytest.approx(_holm([p["p_value"] for p in found["pooled"]]))


def _holm(p):
    low, high = sorted(p)
    first = min(1, 2 * low)
    adjusted = {low: first, high: max(first, high)}
    return [adjusted[x] for x in p]


def test_the_standard_error_follows_from_limits_and_df_where_results_hold_none():
    for given in (row(PAIN, "x", -0.2, 0.1), row(INJURY, "x", 0.8, 0.2, "IRR")):
        given = given | {"df": np.nan if given["df"] is None else given["df"]}
        without = given | {"std_error": np.nan}
        assert on_link_scale(without, 0.95) == pytest.approx(on_link_scale(given, 0.95), rel=1e-9)
    assert on_link_scale(given, 0.95) == pytest.approx((np.log(0.8), 0.25))


def test_no_row_and_no_table_of_a_cohort_reaches_the_page(tmp_path):
    for folder in "ab":
        write_cohort(tmp_path, folder)
    _, page, share = pool(tmp_path, *"ab")
    for path in share.rglob("*"):
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    assert "load_between" not in page


def test_the_same_results_give_the_same_files_in_the_same_folder(tmp_path):
    for out in (tmp_path / "one", tmp_path / "other"):
        for folder in "abc":
            write_cohort(out, folder, usual(-0.1 * ord(folder) % 1))
    one, other = (pool(out, *"abc")[2] for out in (tmp_path / "one", tmp_path / "other"))
    assert one.parent.name == other.parent.name
    files = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    assert {"pooled.html", "pooled.pdf", "pooled.json", "tables/pooled.csv", "tables/cohorts.csv"} <= {
        f.as_posix() for f in files
    }
    assert files == sorted(p.relative_to(other) for p in other.rglob("*") if p.is_file())
    assert all((one / f).read_bytes() == (other / f).read_bytes() for f in files)


def test_a_cohort_that_failed_or_left_no_results_is_named_and_the_others_are_pooled(tmp_path):
    for folder in "ab":
        write_cohort(tmp_path, folder)
    write_cohort(tmp_path, "torn")
    (tmp_path / "torn" / "torn-new" / "share" / "results.json").write_text("{")
    found, page, _ = pool(tmp_path, "a", "b", "torn", "never", failed=("bad",))
    assert reasons(found) == {
        "a": "", "b": "", "bad": "its run did not finish", "never": "no finished run",
        "torn": "its results.json or run.json is absent or not as a run leaves it",
    }  # fmt: skip
    assert "its run did not finish" in page
    assert "2 of 5" in page


def test_cohorts_made_with_other_choices_are_listed_with_them_and_not_pooled(tmp_path):
    write_cohort(tmp_path, "a", bootstrap_draws=10, seed=4, smallest_effect_pain_nrs=0.1)
    write_cohort(tmp_path, "b", parameters={"primary_region": ""})
    write_cohort(tmp_path, "c", dose_step_min=60.0)
    write_cohort(tmp_path, "d", parameters={"dose_half_life_weeks": 4.0})
    found, _, _ = pool(tmp_path, *"abcd")
    assert reasons(found) == {
        "a": "", "b": "", "c": "made with other choices: dose_step_min 60.0 (pooled: 30.0)",
        "d": "made with other choices: dose_half_life_weeks 4.0 (pooled: 2.0)",
    }  # fmt: skip
    assert found["pooled"][0]["n_cohorts"] == 2


def test_a_cohort_that_holds_the_files_of_another_is_not_counted_twice(tmp_path):
    write_cohort(tmp_path, "a", files={"x.csv": "1", "y.csv": "2", "z.csv": "3"})
    write_cohort(tmp_path, "b")
    write_cohort(tmp_path, "copy", files={"x.csv": "1", "y.csv": "2", "more.csv": "9"})
    found, _, _ = pool(tmp_path, "a", "b", "copy")
    assert reasons(found)["copy"].startswith("most of its files are those of a")
    assert reasons(found)["a"] == reasons(found)["b"] == ""


def test_a_cohort_without_a_number_for_a_term_is_listed_with_the_reason(tmp_path):
    write_cohort(tmp_path, "a")
    write_cohort(tmp_path, "b")
    lost = row(PAIN, "mobility_within", np.nan, np.nan)
    lost = {name: None if isinstance(v, float) and np.isnan(v) else v for name, v in lost.items()}
    write_cohort(tmp_path, "unsettled", [lost | {"converged": False}, *usual()[1:]])
    write_cohort(tmp_path, "small", [lost | {"withheld": "fewer than 5 runners or cases"}, *usual()[1:]])
    why = {"stage": "04_pain", "section": "pain_model", "reason": "no weekly_reports"}
    write_cohort(tmp_path, "none", usual()[2:], not_done=[why])
    write_cohort(tmp_path, "twice", [usual()[0], *usual()])
    write_cohort(tmp_path, "flat", [row(PAIN, "mobility_within", 0.1, 0.0), *usual()[1:]])
    write_cohort(tmp_path, "four", [usual()[0] | {"n_athletes": 4}, *usual()[1:]])
    found, page, _ = pool(tmp_path, "a", "b", "unsettled", "small", "none", "twice", "flat", "four")
    left = {r["cohort"]: r["reason"] for r in found["by_cohort"] if r["model"] == PAIN and r["reason"]}
    assert left == {
        "unsettled": "the model did not settle", "small": "fewer than 5 runners or cases", "none": "no weekly_reports",
        "twice": "its results hold it more than once", "flat": "no estimate with a standard error",
        "four": "fewer than 5 runners, or an unknown number",
    }  # fmt: skip
    assert [p["n_cohorts"] for p in found["pooled"]] == [2, 8]
    assert "none (no weekly_reports)" in page


def test_a_term_that_one_cohort_has_is_said_and_not_pooled(tmp_path):
    write_cohort(tmp_path, "a")
    write_cohort(tmp_path, "b", usual()[2:])
    found, page, _ = pool(tmp_path, *"ab")
    assert [p["model"] for p in found["pooled"]] == [INJURY]
    assert "b: its results hold no such estimate" in page


def test_models_that_are_not_adjusted_for_the_same_are_told_apart(tmp_path):
    write_cohort(tmp_path, "a", [*usual(), row(PAIN, "C(clinic)B", 0.1, 0.1)])
    write_cohort(tmp_path, "b", [*usual(), row(PAIN, "age_decades", 0.1, 0.1)])
    _, page, _ = pool(tmp_path, *"ab")
    assert "The models are not adjusted for the same: a: without age_decades." in page


def test_hostile_names_are_shown_as_text(tmp_path):
    write_cohort(tmp_path, "a", name="<script>alert(1)</script>")
    write_cohort(tmp_path, "b", name='=HYPERLINK("evil")')
    write_cohort(tmp_path, "c", name='#read("/etc/passwd") $x^2$')
    _, page, share = pool(tmp_path, *"abc")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    cohorts = pd.read_csv(share / "tables" / "cohorts.csv")["cohort"]
    assert set(cohorts[cohorts.str.contains("HYPERLINK")]) == {'\'=HYPERLINK("evil")'}


def test_cohorts_of_the_same_name_are_told_apart_by_their_folders(tmp_path):
    for folder in "ab":
        write_cohort(tmp_path, folder, name="Clinic")
    write_cohort(tmp_path, "c")
    assert unique_names([read_cohort_results(tmp_path / f) for f in "abc"]) == ["Clinic (a)", "Clinic (b)", "c"]


def test_of_two_groups_of_choices_the_larger_is_pooled_and_of_equal_ones_the_first(tmp_path):
    for folder, step in (("a", 60.0), ("b", 30.0), ("c", 30.0), ("d", 60.0), ("e", 30.0)):
        write_cohort(tmp_path, folder, dose_step_min=step)
    found = [read_cohort_results(tmp_path / f) for f in "abcde"]
    assert [c.folder for c in comparable(found)[0]] == ["b", "c", "e"]
    assert [c.folder for c in comparable(found[:4])[0]] == ["a", "d"]
    assert comparable([]) == ([], {})


def claim(name, term, estimate, scale, **changed):
    """A row of the stage of the claims: no model; limits and df, no standard error."""
    made = row(PAIN if scale == "difference" else INJURY, term, estimate, 0.1 * abs(estimate), scale)
    return made | {"stage": "06_claims", "claim": name, "model": None, "std_error": None} | changed


def test_where_cohorts_have_estimated_the_claims_these_are_pooled_in_their_own_words(tmp_path):
    tried = {"stage": "07_sensitivity", "claim": "dose_mobility", "model": None}
    for folder, pain in (("a", -0.5), ("b", -0.4)):
        rows = [
            claim("dose_mobility", "pain: mobility_within", pain, "difference"),
            claim("injury_dose", "injury: mobility_within stability_within", 0.8, "IRR"),
            claim("all_directions", "pain: rom_six_motions", 0.3, "difference", df=None),
            *(row(PAIN, "mobility_within", pain, 0.1) | tried for _ in range(3)),
        ]
        write_cohort(tmp_path, folder, [*usual(), *rows])
    found, page, share = pool(tmp_path, *"ab")
    assert [(p["claim"], p["term"], p["primary"]) for p in found["pooled"]] == [
        ("dose_mobility", "pain: mobility_within", True),
        ("injury_dose", "injury: mobility_within stability_within", True),
        ("all_directions", "pain: rom_six_motions", False),
    ]
    want = pool_studies([-0.5, -0.4], [0.05**2, 0.04**2])
    assert [found["pooled"][0][n] for n in ("estimate", "ci_low")] == pytest.approx(
        [want.estimate, want.ci_low], rel=1e-8
    )
    assert "Over 2 cohorts, weeks with 30 min/week more mobility work before them" in page
    assert len(list((share / "figures").glob("*.svg"))) == 2
    assert "Range in all six directions" in page


def test_errors_worked_out_without_df_are_said_to_be_too_large(tmp_path):
    for folder in "ab":
        rows = [claim("dose_mobility", "pain: mobility_within", -0.5, "difference", df=None)]
        write_cohort(tmp_path, folder, rows)
    found, page, _ = pool(tmp_path, *"ab")
    assert "Standard errors of a, b are worked out from the intervals as of a normal distribution" in page
    inflated = t.isf(0.025, 15) / norm.isf(0.025) * 0.05
    assert found["pooled"][0]["std_error"] == pytest.approx(inflated / np.sqrt(2), rel=1e-8)


@pytest.mark.parametrize("exits", [{"a": 0}, {}])
def test_one_cohort_alone_makes_no_page(tmp_path, exits, capsys):
    write_cohort(tmp_path, "a")
    pool_cohorts(exits, tmp_path, Voice())
    assert not (tmp_path / "pooled").exists()
    assert capsys.readouterr().out == ""


def test_fewer_than_two_cohorts_with_results_are_said_and_make_no_page(tmp_path, capsys):
    write_cohort(tmp_path, "a")
    pool_cohorts({"a": 0, "b": 2}, tmp_path, Voice())
    assert "No pooled page: 1 of 2 cohorts have results" in capsys.readouterr().out
    assert not (tmp_path / "pooled").exists()


def test_a_folder_without_a_finished_run_is_refused(tmp_path):
    with pytest.raises(HiprunError, match="no finished run"):
        read_cohort_results(tmp_path / "nobody")


RESULTS = """
import json
from pathlib import Path
run = json.loads(Path(run_dir, "run.json").read_text())
if cohort == "bad":
    raise ValueError("bad data")
share = Path(run_dir, "share")
share.mkdir(parents=True, exist_ok=True)
row = {"stage": "04_pain", "claim": None, "model": "weekly hip pain", "term": "mobility_within", "scale": "difference",
       "estimate": -0.1 * len(cohort), "std_error": 0.1, "ci_low": -1.0, "ci_high": 1.0, "df": 9.0, "n_obs": 90,
       "n_athletes": 9, "converged": True, "withheld": ""}
whole = {"run": {"cohort": cohort, "version": "0.1.0"}, "disclosure_threshold": 5, "estimates": [row], "not_done": []}
(share / "results.json").write_text(json.dumps(whole))
"""


@pytest.mark.parametrize("asked", [{"everything": True}, {"cohorts": ("demo", "second", "bad")}])
def test_hiprun_run_of_several_cohorts_ends_with_the_pooled_page_and_names_the_one_that_failed(study, capsys, asked):
    write_notebook(study.notebooks, "08_report", RESULTS)
    for name in ("second", "bad"):
        raw = study.add_cohort(name)
        (raw / "log.csv").write_text(name)
    (study.root / "data" / "raw" / "demo" / "log.csv").write_text("demo")
    assert study.run(*asked.pop("cohorts", ()), **asked) == 1
    (share,) = (study.root / "reports" / "pooled").glob("*/share")
    assert f"Pooled: {share / 'pooled.html'}" in capsys.readouterr().out.replace("\n", "")
    found = json.loads((share / "pooled.json").read_text())
    assert reasons(found) == {"bad": "its run did not finish", "demo": "", "second": ""}
    assert [r["estimate"] for r in found["by_cohort"]] == pytest.approx([-0.4, -0.6])


def test_hiprun_run_of_one_cohort_writes_no_pooled_page(study):
    write_notebook(study.notebooks, "08_report", RESULTS)
    assert study.run() == 0
    assert not (study.root / "reports" / "pooled").exists()
