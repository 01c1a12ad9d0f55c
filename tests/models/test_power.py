"""Power by simulation against closed forms, its Monte-Carlo errors, its seeds and its processes."""

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError, InputError
from analysis.models import fit
from analysis.models.power import FEWEST_COHORTS, Answer, Trial, answer_for, power, run_replicates
from analysis.models.power_table import athletes_needed, clustered_mean, power_table


def line_panels(n_athletes, n_weeks, effects, seeds):
    """y = effect · x + N(0, 1) on x = 1 … n / n: a panel for each effect and seed, with the same noise."""
    x = np.arange(1, n_athletes + 1) / n_athletes
    for effect in effects:
        for draw, seed in enumerate(seeds):
            noise = np.random.default_rng(seed).normal(size=n_athletes)
            yield effect, draw, pd.DataFrame({"x": x, "y": effect * x + noise})


def fitted_line(panel):
    return answer_for(fit("y ~ x", panel), "x")


def quick_line(panel):
    """The same test without the door, for speed."""
    found = stats.linregress(panel["x"], panel["y"])
    half = stats.t.ppf(0.975, len(panel) - 2) * found.stderr
    return Answer(found.slope, found.stderr, found.slope - half, found.slope + half, found.pvalue)


def never_above(limit, panel):
    """An analysis that cannot be done on some panels."""
    if panel["y"].iloc[0] > limit:
        raise HiprunError("y is too high")
    return quick_line(panel)


def exact_power(n, effect, alpha=0.05):
    """Two-sided t test of a slope with known design (noncentral t; Cohen 1988, Statistical Power Analysis, ch. 9)."""
    x = np.arange(1, n + 1) / n
    ncp, limit = effect * np.sqrt(((x - x.mean()) ** 2).sum()), stats.t.ppf(1 - alpha / 2, n - 2)
    return stats.nct.sf(limit, n - 2, ncp) + stats.nct.cdf(-limit, n - 2, ncp)


LINE = Trial(line_panels, quick_line)


def test_power_of_a_linear_model_is_that_of_the_noncentral_t():
    table = power(Trial(line_panels, fitted_line), [20], [2], [0.0, 2.5], replicates=250).set_index("effect")
    assert (table["n_converged"] == 250).all()
    for effect in (0.0, 2.5):
        exact = exact_power(20, effect)
        assert abs(table.loc[effect, "power"] - exact) < 4 * math.sqrt(exact * (1 - exact) / 250)


@pytest.mark.parametrize(("n", "effect"), [(10, 3.0), (40, 1.5), (80, 1.5), (40, 0.0)])
def test_power_precision_bias_and_coverage_over_a_grid_agree_with_theory(n, effect):
    row = power(LINE, [n], [2], [effect], replicates=2000, seed=5).iloc[0]
    exact = exact_power(n, effect)
    assert abs(row["power"] - exact) < 4 * math.sqrt(exact * (1 - exact) / 2000)
    assert row["power_low"] < exact < row["power_high"] or abs(row["power"] - exact) < 3.5 * row["power_se"]
    assert abs(row["bias"]) < 4 * row["bias_se"]
    assert abs(row["coverage"] - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 2000)
    x = np.arange(1, n + 1) / n
    mean_s = math.sqrt(2 / (n - 2)) * math.exp(math.lgamma((n - 1) / 2) - math.lgamma((n - 2) / 2))  # E of chi / √df
    half = stats.t.ppf(0.975, n - 2) * mean_s / np.sqrt(((x - x.mean()) ** 2).sum())
    assert row["ci_half_width"] == pytest.approx(half, rel=0.02)


def test_the_level_decides_what_is_called():
    rows = run_replicates(LINE, [20], [2], [0.0], replicates=2000)
    assert abs(power_table(rows, 0.8)["power"].iloc[0] - 0.2) < 4 * math.sqrt(0.2 * 0.8 / 2000)


def test_wilson_limits_hold_the_power_in_19_of_20_experiments():
    """400 experiments of 60 replicates, one a row of the table; standard error of 95 %: 1.1 %."""
    called = np.random.default_rng(3).random(400 * 60) < 0.3
    rows = pd.DataFrame({"n_athletes": 10, "n_weeks": np.repeat(range(400), 60), "effect": 1.0, "cohort": range(24000)})
    rows = rows.assign(estimate=1.0, ci_low=0.0, ci_high=2.0, p_value=np.where(called, 0.01, 0.5), reason="")
    table = power_table(rows)
    held = (table["power_low"] <= 0.3) & (table["power_high"] >= 0.3)
    assert 0.917 < held.mean() < 0.983


def test_errors_of_sign_and_magnitude_are_those_of_gelman_and_carlin():
    """Gelman and Carlin 2014: effect 2, standard error 8.1 give power 0.06, type S 0.24, exaggeration about 9.7.

    In closed form: the parts of a normal distribution beyond both limits and their means.
    """
    n, effect, se = 200_000, 2.0, 8.1
    estimate, half = np.random.default_rng(1).normal(effect, se, n), stats.norm.ppf(0.975) * se
    rows = pd.DataFrame({"n_athletes": 1, "n_weeks": 1, "effect": effect, "cohort": range(n), "estimate": estimate})
    rows = rows.assign(ci_low=estimate - half, ci_high=estimate + half, reason="")
    row = power_table(rows.assign(p_value=2 * stats.norm.sf(abs(estimate) / se))).iloc[0]
    right, wrong = stats.norm.sf(half, effect, se), stats.norm.cdf(-half, effect, se)
    tails = [(stats.norm.pdf((half - m) / se) * se + m * part) for m, part in ((effect, right), (-effect, wrong))]
    assert row["power"] == pytest.approx(right + wrong, rel=0.03)
    assert row["type_s"] == pytest.approx(wrong / (right + wrong), rel=0.03)
    assert row["type_m"] == pytest.approx(sum(tails) / (right + wrong) / effect, rel=0.01)
    assert (round(row["power"], 2), round(row["type_s"], 2)) == (0.06, 0.24)
    assert row["type_m"] == pytest.approx(9.7, abs=0.25)


def test_without_an_effect_there_is_no_wrong_sign_and_no_exaggeration():
    row = power(LINE, [10], [2], [0.0], replicates=100).iloc[0]
    assert np.isnan(row["type_s"]) and np.isnan(row["type_m"])


def test_replicates_without_an_answer_are_counted_as_not_called_with_their_reason():
    rows = run_replicates(Trial(line_panels, partial(never_above, 1.0)), [20], [2], [2.5], replicates=400)
    row, said = power_table(rows).iloc[0], rows["reason"] == "y is too high"
    assert 40 < said.sum() < 100
    assert row["n_converged"] == 400 - said.sum()
    assert row["reason"] == "y is too high"
    assert row["power"] == pytest.approx((rows.loc[~said, "p_value"] < 0.05).sum() / 400)
    assert row["bias"] == pytest.approx((rows["estimate"] - 2.5).mean())


def test_where_nothing_is_answered_the_power_is_0_and_the_rest_missing():
    row = power(Trial(line_panels, partial(never_above, -99)), [20], [2], [2.5], replicates=30).iloc[0]
    assert (row["power"], row["n_converged"]) == (0, 0)
    assert row[["bias", "coverage", "ci_half_width", "type_s"]].isna().all()
    assert row["power_high"] > 0.05


def test_a_fit_that_did_not_converge_or_lacks_the_term_gives_no_answer():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4, 5], "z": [2.0, 4, 6, 8, 10], "y": [1.0, 3, 2, 5, 4]})
    assert answer_for(fit("y ~ x", frame), "z").reason == "z is not in the model"
    assert answer_for(fit("y ~ x + z", frame), "z").reason == "z has no estimate with limits"
    made = fit("y ~ x", frame)
    answer = answer_for(made, "x")
    row = made.estimates.set_index("term").loc["x"]
    assert (answer.estimate, answer.p_value, answer.reason) == (row["estimate"], row["p_value"], "")


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    one, again = (power(LINE, [10, 20], [2, 3], [0.0, 1.0], replicates=30, seed=7) for _ in range(2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(power(LINE, [10, 20], [2, 3], [0.0, 1.0], replicates=30, seed=8))


def test_a_row_does_not_depend_on_what_else_is_in_the_grid():
    whole = power(LINE, [10, 20], [2, 3], [0.0, 1.0], replicates=30)
    alone = power(LINE, [20], [3], [1.0], replicates=30)
    same = (whole["n_athletes"] == 20) & (whole["n_weeks"] == 3) & (whole["effect"] == 1.0)
    pd.testing.assert_frame_equal(whole[same].reset_index(drop=True), alone)


def test_sizes_do_not_share_their_noise():
    rows = run_replicates(LINE, [20], [2, 3], [0.0], replicates=50)
    two, three = (rows.loc[rows["n_weeks"] == w, "estimate"].to_numpy() for w in (2, 3))
    assert abs(np.corrcoef(two, three)[0, 1]) < 0.5


def test_one_and_two_processes_give_the_same_table():
    tables = [power(LINE, [10, 20], [2], [0.0, 1.0], replicates=25, jobs=jobs) for jobs in (1, 2)]
    pd.testing.assert_frame_equal(*tables)


def test_progress_is_told_up_to_the_end():
    told = []
    power(LINE, [10, 12], [2], [0.0, 1.0], replicates=25, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (100, 100)
    assert told == sorted(told)


def test_draws_of_one_cohort_are_spread_over_enough_cohorts_and_add_up():
    several = Trial(line_panels, quick_line, draws_per_cohort=10)
    for replicates, cohorts in ((1000, 100), (95, 24), (30, 30), (5, 5)):
        rows = run_replicates(several, [10], [2], [0.0], replicates=replicates)
        assert len(rows) == replicates
        assert rows["cohort"].nunique() == cohorts
        assert cohorts >= min(FEWEST_COHORTS, replicates)
        assert rows["estimate"].nunique() == replicates


def test_the_error_of_a_mean_over_clusters():
    """All alike within clusters: the error of the mean of cluster means. Else no smaller than that of all values."""
    values, cluster = pd.Series(np.repeat([1.0, 2.0, 4.0, 7.0], 5)), pd.Series(np.repeat(range(4), 5))
    assert clustered_mean(values, cluster) == pytest.approx((3.5, np.std([1, 2, 4, 7], ddof=1) / 2))
    mixed = pd.Series([0.0, 1.0] * 10)
    assert clustered_mean(mixed, pd.Series(np.repeat(range(10), 2)))[1] == pytest.approx(mixed.std() / np.sqrt(20))
    single = pd.Series(np.random.default_rng(1).normal(size=40))
    assert clustered_mean(single, pd.Series(range(40)))[1] == pytest.approx(single.std() / np.sqrt(40))


def test_limits_of_power_widen_with_the_likeness_of_draws_in_a_cohort():
    rows = run_replicates(LINE, [20], [2], [2.0], replicates=200)
    ten = rows.sort_values("p_value", ignore_index=True).assign(cohort=np.repeat(range(20), 10))
    alone, alike = power_table(rows).iloc[0], power_table(ten).iloc[0]
    assert alone["power"] == alike["power"]
    assert alike["power_se"] > 2.5 * alone["power_se"]
    assert alike["power_high"] - alike["power_low"] > 2 * (alone["power_high"] - alone["power_low"])


def curve(power_at, low=0.05):
    rows = [(n, 26, -0.5, p, p - low, p + low) for n, p in power_at.items()]
    return pd.DataFrame(rows, columns=["n_athletes", "n_weeks", "effect", "power", "power_low", "power_high"])


def test_athletes_needed_are_read_off_the_straight_line_between_two_points():
    needed = athletes_needed(curve({20: 0.5, 40: 0.7, 60: 0.9, 80: 0.97})).iloc[0]
    assert (needed["n_athletes"], needed["n_low"], needed["n_high"]) == (50, 45, 55)
    assert athletes_needed(curve({20: 0.5, 60: 0.9}), 0.7).iloc[0]["n_athletes"] == 40


def test_athletes_needed_are_missing_outside_what_was_simulated():
    for points in ({20: 0.5, 60: 0.7}, {20: 0.85, 60: 0.99}, {40: 0.8}):
        assert athletes_needed(curve(points))["n_athletes"].isna().all()
    needed = athletes_needed(curve({20: 0.5, 60: 0.82})).iloc[0]
    assert needed["n_athletes"] == 58 and pd.isna(needed["n_high"]) and needed["n_low"] < 58
    with pytest.raises(InputError, match="between 0 and 1"):
        athletes_needed(curve({20: 0.5}), 80)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"athletes": []}, "athletes: found none"),
        ({"athletes": [10, 0]}, r"athletes: found \[0\]; expected one or more numbers of 1 or more"),
        ({"weeks": [1]}, r"weeks: found \[1\]"),
        ({"effects": [math.nan]}, r"effects: found \[nan\]; expected one or more finite"),
        ({"replicates": 1}, "replicates is 1; expected 2"),
        ({"seed": -1}, "seed is -1"),
        ({"jobs": 0}, "jobs is 0"),
    ],
)
def test_numbers_that_cannot_be_are_refused_before_anything_is_simulated(change, said):
    given = {"athletes": [10], "weeks": [2], "effects": [0.0]} | change
    with pytest.raises(InputError, match=said):
        power(LINE, **given)
