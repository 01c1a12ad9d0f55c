"""Measurement error from repeated trials, and the published error where there are none."""

import numpy as np
import pandas as pd
import pytest

from analysis.hip.reliability import PUBLISHED_SEM_PERCENT, mdc95, measurement_error, sem

DAY = pd.Timestamp("2026-01-05")


def _trials(n_athletes: int, n_trials: int, quality: str = "strength_isometric", seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    column = "force_n" if quality.startswith("strength") else "angle_deg"
    truth = rng.normal(150, 30, n_athletes)
    return pd.DataFrame(
        [
            {
                "athlete_id": f"a{i}",
                "date": DAY,
                "motion": "abduction",
                "side": "left",
                "quality": quality,
                "position": "side_lying",
                "trial_no": t + 1,
                column: truth[i] + rng.normal(0, 9),
            }
            for i in range(n_athletes)
            for t in range(n_trials)
        ]
    )


def _athletes(n: int) -> pd.DataFrame:
    return pd.DataFrame({"athlete_id": [f"a{i}" for i in range(n)]})


def test_mdc95_is_2_77_sem_and_sem_is_sd_root_1_minus_icc_as_in_weir_2005():
    assert sem(10, 0.84) == pytest.approx(4)
    assert mdc95(1) == pytest.approx(2.77, abs=0.005)


def test_icc_of_two_trials_agrees_with_its_mean_squares_as_in_mcgraw_and_wong_1996():
    trials = _trials(30, 2)
    row = measurement_error(trials, _athletes(30)).iloc[0]
    y = trials.pivot_table(index="athlete_id", columns="trial_no", values="force_n").to_numpy()
    n, k = y.shape
    rows = k * ((y.mean(axis=1) - y.mean()) ** 2).sum() / (n - 1)
    columns = n * ((y.mean(axis=0) - y.mean()) ** 2).sum() / (k - 1)
    residual = ((y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()) ** 2).sum() / ((n - 1) * (k - 1))
    icc = (rows - residual) / (rows + (k - 1) * residual + k / n * (columns - residual))
    assert row["icc"] == pytest.approx(icc, rel=1e-9)
    assert row["icc_ci_low"] < icc < row["icc_ci_high"]
    assert row["sem"] == pytest.approx(y.std(ddof=1) * np.sqrt(1 - icc))
    assert row["mdc95"] == pytest.approx(1.96 * np.sqrt(2) * row["sem"])
    assert row["n_tests"] == 30
    assert "this cohort" in row["basis"]


def test_a_known_trial_error_of_9_newton_is_recovered():
    row = measurement_error(_trials(400, 2), _athletes(400)).iloc[0]
    assert row["sem"] == pytest.approx(9, rel=0.1)


def test_where_nobody_was_tested_twice_the_published_error_stands_in_and_says_so():
    row = measurement_error(_trials(30, 1), _athletes(30)).iloc[0]
    assert row["sem_percent"] == pytest.approx(5.0)
    assert row["mdc95_percent"] == pytest.approx(14, abs=0.2)  # Thorborg 2010 as in DOMAIN C2
    assert row["basis"].startswith("published: Thorborg")
    assert np.isnan(row["icc"])


def test_the_published_errors_give_mdc_of_about_14_17_and_22_percent():
    assert [round(mdc95(PUBLISHED_SEM_PERCENT[m])) for m in ("abduction", "adduction", "extension")] == [14, 17, 22]


def test_range_of_motion_without_repeats_has_no_error_and_says_why():
    row = measurement_error(_trials(30, 1, "rom_passive"), _athletes(30)).iloc[0]
    assert np.isnan(row["sem"])
    assert row["basis"].startswith("missing: too few")


def test_trials_without_any_spread_have_no_error_and_nothing_assessed_gives_no_rows():
    flat = _trials(12, 2).assign(force_n=150.0)
    assert np.isnan(measurement_error(flat, _athletes(12)).iloc[0]["icc"])
    assert measurement_error(flat.head(0), _athletes(12)).empty
