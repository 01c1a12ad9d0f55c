"""The benchmarks run, and what they compare is the same model: equal log-likelihoods. Times are not tested."""

import numpy as np
import pytest
from benchmarks import programs, readme
from benchmarks.athlete_weeks import athlete_weeks
from benchmarks.compare import COLUMNS, compare, door_share
from benchmarks.models import MODELS
from benchmarks.nested import COLUMNS as NESTED_COLUMNS
from benchmarks.nested import nested


@pytest.fixture(scope="module")
def results():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(programs.shutil, "which", lambda _: None)  # as on a machine without R
        patch.setattr("benchmarks.measure.MOST_CALLS", 1)
        return compare([1_000])


def test_the_athlete_weeks_are_the_same_every_time_and_keep_the_declared_clinics():
    one, two = athlete_weeks(1_000, clinics=4), athlete_weeks(1_000, clinics=4)
    assert one.equals(two)
    assert one["athlete"].nunique() == 50
    assert one.groupby("athlete")["clinic"].nunique().eq(1).all()
    assert set(one["clinic"]) <= {0, 1, 2, 3}
    assert (one.groupby("athlete")[["hip", "age", "sex"]].nunique() == 1).all(axis=None)


def test_the_comparison_has_a_row_for_every_model_and_program_in_the_declared_columns(results):
    assert list(results.columns) == COLUMNS
    assert len(results) == len(MODELS) * len(programs.PROGRAMS)
    assert set(results["program"]) == set(programs.PROGRAMS)


def test_without_r_its_columns_say_so_and_hold_no_number(results):
    r = results[results["program"].isin(["lme4", "lme4 tight", "glmmTMB"])]
    assert (r["note"] == programs.NO_R).all()
    assert r[["seconds", "ratio", "loglik", "difference"]].isna().all(axis=None)


def test_every_program_that_ran_reached_the_same_log_likelihood(results):
    ran = results[results["loglik"].notna()]
    assert (ran["note"] == "").all()
    assert set(ran.loc[ran["model"] == "LMM, slope", "program"]) == {"hiprun", "glmm", "statsmodels"}
    assert ran["difference"].abs().max() < 1e-5


def test_hiprun_is_the_measure_and_the_door_share_is_what_it_adds_to_the_engine(results):
    assert (results.loc[results["program"] == "hiprun", "ratio"] == 1).all()
    door = door_share(results)
    assert len(door) == len(MODELS)
    expected = (door["hiprun_s"] - door["engine_s"]) / door["engine_s"]
    np.testing.assert_allclose(door["share"], expected)


def test_nested_clinics_have_the_same_optimum_in_either_order_of_the_random_terms():
    table = nested(1_000, (4,))
    assert list(table.columns) == NESTED_COLUMNS
    assert table["difference"].max() < 1e-5
    assert table["se"].max() < 1e-3


def test_the_readme_tables_hold_the_numbers_and_leave_the_text_alone(results, tmp_path):
    (tmp_path / "README.md").write_text("before\n<!-- results -->\nold\n<!-- /results -->\nafter\n", encoding="utf-8")
    results.to_csv(tmp_path / "results.csv", index=False)
    readme.fill(tmp_path, "none")
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- results -->\n| model | rows |")
    assert text.endswith("<!-- /results -->\nafter\n")
    assert "old" not in text
    assert text.count("R not found") == 3 * len(MODELS)
