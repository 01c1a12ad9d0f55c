"""The intervals of the primary models hold what they say, in cohorts simulated with a known truth."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_problem_model
from analysis.claims.known_truth.calibration import PLANS, TERMS, calibrate, calibration_summary
from analysis.models import cluster_robust, fit
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, simulate_tables
from analysis.simulate.within_truth import WITHIN_TRUTH
from analysis.study import Study

STUDY = Study()
FIRST_SEED = 20_000


@pytest.fixture(scope="module")
def null_runs():
    done = []
    runs = calibrate(range(FIRST_SEED, FIRST_SEED + 12), null=True, on_progress=done.append)
    assert done == list(range(1, 13))
    return runs


def test_every_model_and_term_of_every_cohort_has_a_row_and_a_verdict(null_runs):
    keys = list(zip(null_runs["model"], null_runs["term"], strict=True))
    assert keys == [(model, term) for model in PLANS for term in TERMS] * 12
    assert set(keys) == set(WITHIN_TRUTH)
    assert null_runs["converged"].all() and (null_runs["reason"] == "").all() and (null_runs["truth"] == 0).all()
    assert null_runs["covered"].notna().all()
    # Under the null an interval holds 0 exactly where its test does not call.
    assert (null_runs["covered"] != null_runs["called"]).all()


def test_under_the_null_about_one_in_twenty_effects_of_twelve_cohorts_is_called(null_runs):
    """72 tests: 12 or fewer are called with probability 0.9999 at 5 %, and with 0.06 at 25 %."""
    assert null_runs["called"].sum() <= 12


def test_the_numbers_are_those_of_the_plan_fitted_with_cluster_robust_errors(null_runs):
    truth = calibrate([FIRST_SEED], null=False)
    panel = athlete_weeks(simulate_tables(n_athletes=40, n_weeks=26, seed=FIRST_SEED), STUDY)
    plan = plan_problem_model(panel, STUDY)
    made = fit(plan.formula, plan.frame, "binomial")
    expected = cluster_robust(made, plan.frame, "athlete_id").estimates.set_index("term")
    assert fit_plan(plan, STUDY).df_method == "Satterthwaite, CR2 by athlete_id"
    rows = truth[truth["model"] == "problem"].set_index("term")
    for term in TERMS:
        for name in ("estimate", "std_error", "ci_low", "p_value", "df"):
            assert rows.loc[term, name] == pytest.approx(expected.loc[term, name]), (term, name)
    assert truth["estimate"].notna().all() and not np.isclose(truth["estimate"], null_runs["estimate"][:6]).any()


def test_the_truth_of_the_injury_terms_is_the_simulators_and_of_the_others_what_was_found_in_large_cohorts():
    for term in TERMS:
        assert WITHIN_TRUTH["injury", term].value == pytest.approx(math.log(0.90))
        # Rounding, clipping and answering less when it hurts take from the simulator's -0.25 and -0.20, not much.
        latent = getattr(Truth(), f"pain_{term}")
        assert 0.8 < WITHIN_TRUTH["pain", term].value / latent < 1
        assert WITHIN_TRUTH["pain", term].mc_error < 0.004
        assert WITHIN_TRUTH["problem", term].mc_error < 0.007


def test_a_cohort_too_small_for_a_model_is_counted_with_the_reason():
    runs = calibrate([1], null=True, n_athletes=4, n_weeks=6)
    assert runs[["estimate", "p_value", "covered", "called"]].isna().all(axis=None)
    assert not runs["converged"].any()
    assert runs["reason"].str.contains("athletes have a week|the same in every").all()
    table = calibration_summary(runs)
    assert (table["n"] == 0).all() and (table["n_without"] == 1).all() and table["coverage"].isna().all()


def test_the_summary_is_bias_coverage_and_calls_with_the_errors_of_morris_2019():
    """Morris, White and Crowther 2019, Stat Med 38:2074, table 6: bias SD/√n, coverage √(p(1-p)/n)."""
    estimates = np.array([0.0, 1.0, 2.0, 5.0, np.nan])
    runs = pd.DataFrame({"seed": range(5), "null": False, "model": "pain", "term": "mobility_within", "truth": 1.0})
    runs = runs.assign(
        estimate=estimates,
        std_error=[1.0, 1.0, 1.0, 2.0, np.nan],
        df=[10.0, 10.0, 10.0, 30.0, np.nan],
        covered=pd.array([True, True, True, False, None], dtype="boolean"),
        called=pd.array([False, False, True, True, None], dtype="boolean"),
    )
    row = calibration_summary(runs).iloc[0]
    assert (row["n"], row["n_without"]) == (4, 1)
    assert row["bias"] == pytest.approx(1.0)
    assert row["sd_estimates"] == pytest.approx(np.std(estimates[:4], ddof=1))
    assert row["bias_mc_error"] == pytest.approx(row["sd_estimates"] / 2)
    assert (row["coverage"], row["called"]) == (0.75, 0.5)
    assert row["coverage_mc_error"] == pytest.approx(np.sqrt(0.75 * 0.25 / 4))
    assert (row["mean_std_error"], row["mean_df"]) == (1.25, 15.0)


@pytest.mark.slow
def test_over_500_cohorts_intervals_cover_93_to_97_percent_and_under_the_null_3_to_7_percent_are_called():
    """40 athletes × 26 weeks; Monte Carlo standard error 1 %. 1000 cohorts on 2 processes."""
    seeds = range(FIRST_SEED, FIRST_SEED + 500)
    table = calibration_summary(pd.concat([calibrate(seeds, null=null, jobs=2) for null in (False, True)]))
    assert len(table) == 12 and (table["n"] == 500).all()
    truth, null = table[~table["null"]], table[table["null"]]
    assert truth["coverage"].between(0.93, 0.97).all(), truth.to_string()
    assert null["called"].between(0.03, 0.07).all(), null.to_string()
