"""Measurement error from repeated trials, and the published error where there are none."""

import warnings

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.hip.profile import hip_profile
from analysis.hip.reliability import (
    PUBLISHED_SEM_PERCENT,
    changes,
    error_of_differences,
    judged_sides,
    mdc95,
    measurement_error,
    sem,
    within_measurement_error,
)

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


def _retested(first: np.ndarray, second: np.ndarray) -> pd.Series:
    """The error of two trials; nothing on the way may divide by zero."""
    trials = _trials(len(first), 2).assign(force_n=np.column_stack([first, second]).ravel())
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return measurement_error(trials, _athletes(len(first))).iloc[0]


@pytest.mark.parametrize("seed", range(8))
def test_retests_that_agree_exactly_have_an_icc_of_1_with_limits_of_1_and_no_error(seed):
    """The mean square of the error is 0, or a little above or below it by rounding."""
    values = np.random.default_rng(seed).normal(150, 30, 20)
    values = values.round() if seed % 2 else values
    row = _retested(values, values)
    assert row["icc"] == pytest.approx(1, abs=1e-12) and row["icc"] <= 1
    assert row[["icc_ci_low", "icc_ci_high"]].tolist() == [1, 1]
    assert row[["sem", "mdc95", "sem_percent", "mdc95_percent"]].tolist() == pytest.approx([0, 0, 0, 0], abs=1e-5)


@pytest.mark.parametrize("shift", [5.0, 30.0])
def test_retests_all_higher_by_the_same_have_the_limits_of_retests_higher_by_nearly_the_same(shift):
    """By pingouin where the error is not quite 0: it rounds limits to two decimals."""
    values = np.random.default_rng(3).normal(150, 30, 20).round()
    nearly = _retested(values, values + shift + np.random.default_rng(4).normal(0, 1e-3, 20))
    row = _retested(values, values + shift)
    assert row["icc_ci_low"] < row["icc"] < row["icc_ci_high"]
    for name, rounding in (("icc", 1e-4), ("icc_ci_low", 0.0051), ("icc_ci_high", 0.0051), ("sem", 0.01)):
        assert row[name] == pytest.approx(nearly[name], abs=rounding), name


def _tests(rows: list[dict]) -> pd.DataFrame:
    base = {"date": DAY, "motion": "abduction", "quality": "strength_isometric", "position": "side_lying"}
    return pd.DataFrame([base | {"trial_no": 1, "side": "left"} | row for row in rows])


def _retests(days_apart: int, n: int = 40, sd: float = 9.0) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    truth, later = rng.normal(150, 30, n), DAY + pd.Timedelta(days=days_apart)
    return _tests(
        [
            {"athlete_id": f"a{i}", "date": day, "force_n": truth[i] + rng.normal(0, sd)}
            for i in range(n)
            for day in (DAY, later)
        ]
    )


def test_within_measurement_error_is_true_false_or_missing_against_a_table_by_hand():
    inside, outside = [(3, 5, True), (-3, 5, True), (5, 5, True)], [(5.1, 5, False), (-6, 5, False)]
    given = pd.DataFrame(
        [*inside, *outside, (np.nan, 5, None), (0, np.nan, None)],
        columns=["change", "mdc", "within"],
        index=list("abcdefg"),
    )  # fmt: skip
    got = within_measurement_error(given["change"], given["mdc"])
    assert got.equals(given["within"].astype("boolean").rename("within_measurement_error"))
    assert bool(within_measurement_error(2.0, 3.0))
    assert within_measurement_error(np.nan, 3.0) is pd.NA
    assert within_measurement_error(np.array([1.0, 9.0]), 3.0).tolist() == [True, False]
    with pytest.raises(HiprunError, match="found an MDC95 of -1"):
        within_measurement_error(2.0, -1.0)


def test_two_equal_sides_measured_with_error_differ_by_more_than_the_mdc95_in_5_of_100():
    error, rng = 3.0, np.random.default_rng(1)
    left, right = rng.normal(40, error, (2, 200_000))
    assert np.mean(~within_measurement_error(right - left, mdc95(error)).astype(bool)) == pytest.approx(0.05, abs=0.003)


def test_each_device_and_rater_has_an_error_of_its_own_where_the_column_is_there():
    good, poor = _trials(40, 2, seed=1), _trials(40, 2, seed=2)
    poor["force_n"] += np.random.default_rng(3).normal(0, 25, len(poor))
    both = pd.concat([good.assign(device="fixed"), poor.assign(device="held", date=DAY + pd.Timedelta(days=1))])
    table = measurement_error(both, _athletes(40), by=["device"]).set_index("device")
    alone = measurement_error(good, _athletes(40)).iloc[0]
    assert table.loc["fixed", "sem"] == pytest.approx(alone["sem"])
    assert table.loc["held", "sem"] > 2 * table.loc["fixed", "sem"]
    assert table["icc_form"].str.startswith("ICC(A,1): two-way random").all()
    raters = measurement_error(both.rename(columns={"device": "rater"}), _athletes(40), by=["rater"])
    assert raters["sem"].tolist() == table["sem"].tolist()
    with pytest.raises(HiprunError, match="no column rater"):
        measurement_error(both, _athletes(40), by=["rater"])


def test_a_retest_within_14_days_is_a_repeat_and_one_after_12_weeks_is_not():
    near = measurement_error(_retests(7), _athletes(40), repeats="days").iloc[0]
    assert near["n_tests"] == 40
    assert near["sem"] == pytest.approx(9, rel=0.25)
    assert near["repeats"] == "two test days within 14 days"
    far = measurement_error(_retests(84), _athletes(40), repeats="days").iloc[0]
    assert far["n_tests"] == 0
    assert far["basis"].startswith("published")
    with pytest.raises(HiprunError, match="found repeats 'weeks'; expected trials or days"):
        measurement_error(_retests(7), _athletes(40), repeats="weeks")


def test_differences_are_judged_by_a_retest_else_by_the_larger_of_the_published_error_and_the_session():
    athletes = _athletes(400)
    retest = error_of_differences(_retests(7), athletes).iloc[0]
    assert "test days of this cohort" in retest["basis"]
    precise = _trials(400, 2).assign(force_n=lambda t: t.groupby("athlete_id")["force_n"].transform("mean"))
    precise["force_n"] += np.random.default_rng(2).normal(0, 0.5, len(precise))
    assert error_of_differences(precise, athletes).iloc[0][["sem_percent", "n_tests"]].tolist() == pytest.approx([5, 0])
    noisy = error_of_differences(_trials(400, 2), athletes).iloc[0]  # 9 of 150 N is 6 %: more than 5 %
    assert noisy["sem_percent"] == pytest.approx(6, rel=0.1)
    assert noisy["repeats"] == "trials of one session"
    rom = error_of_differences(_trials(30, 2, "rom_passive"), athletes).iloc[0]
    assert rom["n_tests"] == 30
    unknown = error_of_differences(_trials(30, 1, "rom_passive"), athletes).iloc[0]
    assert np.isnan(unknown["mdc95"])
    assert error_of_differences(_trials(3, 1).head(0), athletes).empty


@pytest.fixture
def two_sides() -> pd.DataFrame:
    pairs = [(100, 100), (100, 113), (100, 120), (115, 100), (100, None)]
    rows = [
        {"athlete_id": f"a{i}", "side": side, "force_n": value}
        for i, pair in enumerate(pairs)
        for side, value in zip(("left", "right"), pair, strict=True)
    ]
    return _tests(rows)


@pytest.mark.parametrize("formula", ["larger_side", "mean_of_sides", "symmetry_angle"])
def test_a_side_difference_of_13_percent_is_within_the_published_error_and_15_is_not_by_any_formula(two_sides, formula):
    error = error_of_differences(two_sides, _athletes(5))  # Thorborg 2010: SEM 5 %, MDC95 13.9 % of the mean
    sides = judged_sides(hip_profile(two_sides, _athletes(5)), error, formula)
    assert sides["within_measurement_error"].tolist()[:3] == [True, True, False]
    assert not sides["within_measurement_error"][3]
    assert sides["within_measurement_error"].isna().tolist() == [False] * 4 + [True]
    assert ((sides["symmetry_index"].abs() <= sides["mdc95_percent"]) == sides["within_measurement_error"])[:4].all()
    assert sides.loc[1, "mdc95"] == pytest.approx(1.96 * np.sqrt(2) * 0.05 * 106.5)


def test_swapping_sides_or_another_unit_of_force_changes_no_judgement(two_sides):
    athletes = _athletes(5)

    def judged(tests):
        sides = judged_sides(hip_profile(tests, athletes), error_of_differences(tests, athletes))
        return sides["within_measurement_error"].tolist(), sides["difference"].tolist()

    first, difference = judged(two_sides)
    swapped, other = judged(two_sides.assign(side=two_sides["side"].map({"left": "right", "right": "left"})))
    assert swapped == first
    assert other[:4] == [-d for d in difference[:4]]
    assert judged(two_sides.assign(force_n=two_sides["force_n"] * 0.2248))[0] == first


def test_a_change_since_the_first_test_day_is_judged_and_one_of_unknown_error_is_missing():
    days = [DAY, DAY + pd.Timedelta(days=84), DAY + pd.Timedelta(days=168)]
    rows = [{"athlete_id": "a0", "date": d, "force_n": f} for d, f in zip(days, (100, 110, 130), strict=True)]
    rom = [{"athlete_id": "a0", "date": d, "angle_deg": f} for d, f in zip(days, (30, 31, 60), strict=True)]
    tests = pd.concat([_tests(rows), _tests(rom).assign(quality="rom_passive")], ignore_index=True)
    got = changes(hip_profile(tests, _athletes(1)), error_of_differences(tests, _athletes(1)))
    strength = got[got["quality"] == "strength_isometric"]
    assert strength["change"].tolist() == [10, 30]
    assert strength["days"].tolist() == [84, 168]
    assert strength["within_measurement_error"].tolist() == [True, False]
    assert strength["mdc95_percent"].tolist() == pytest.approx([mdc95(5)] * 2)
    assert got.loc[got["quality"] == "rom_passive", "within_measurement_error"].isna().all()
