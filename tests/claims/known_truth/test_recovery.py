"""Recovery: every claim is found where it is true. Here that the sums are right, and a small run of the real thing."""

import dataclasses
import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from benchmarks.recovery import pages
from benchmarks.recovery.run import keep
from benchmarks.recovery.worlds import ENDLESS, HERE, digest, worlds
from scipy.stats import t as student

from analysis.claims import CLAIMS, ClaimData, estimate_claims
from analysis.claims.known_truth import recovery as room
from analysis.claims.known_truth.recovered import (
    BIASED,
    NOT_ESTIMATED,
    RECOVERED,
    TOO_FEW,
    TOO_NARROW,
    TOO_WIDE,
    WITHIN_ERROR,
    recovery_summary,
    smallest_size,
)
from analysis.claims.known_truth.recovery import COLUMNS, World, has_no_effect, on_link_scale, recovery
from analysis.claims.known_truth.silence import ANY_PRIMARY, INTERVAL, NULL_WORLD, READING, silence_summary
from analysis.claims.reading import AGAINST, NO_EFFECT, SUPPORTED, UNDECIDED
from analysis.errors import HiprunError
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, null_truth, simulate_tables
from analysis.simulate.within_truth import WithinTruth
from analysis.study import Study

FIRST_SEED = 30_000
DOSE = World("dose", Truth(pain_mobility_within=-0.5), ("dose_mobility",))
FIRST_PAIN = "first_pain: deficit_top_third"
OF_MEASURING = ("dose_burn_in_weeks", "strength_error_percent", "rom_error_deg", "test_error_share", "balance_error_s")


def cohorts(estimates, std_error=1.0, truth=1.0, **other):
    """Rows of one estimand, a cohort each; the intervals are 2 standard errors wide on each side."""
    estimates = np.asarray(estimates, dtype=float)
    known = ~np.isnan(estimates)
    low, high = estimates - 2 * std_error, estimates + 2 * std_error
    rows = {
        "world": "w", "n_athletes": 60, "seed": range(len(estimates)), "claim": "c", "term": "t", "scale": "difference",
        "confirmed": True, "truth": truth, "truth_mc_error": 0.0, "estimate": estimates,
        "std_error": np.where(known, std_error, np.nan), "df": 20.0, "ci_low": low, "ci_high": high,
        "covered": pd.array((low <= truth) & (truth <= high), dtype="boolean"),
        "side": pd.array((low > 0).astype(int) - (high < 0).astype(int), dtype="Int64"),
        "reading": UNDECIDED, "why_not": np.where(known, "", "too few"),
    }  # fmt: skip
    table = pd.DataFrame(rows | other)
    table.loc[~known, ["covered", "side"]] = pd.NA
    return table


def spread(n, bias, sd=1.0, truth=1.0):
    """n estimates about truth + bias whose mean and SD are exactly that, with the quantiles of a normal."""
    z = np.random.default_rng(1).standard_normal(n)
    return truth + bias + sd * (z - z.mean()) / z.std(ddof=1)


def test_the_summary_is_bias_coverage_and_power_with_the_errors_of_morris_2019():
    """Morris, White and Crowther 2019, Stat Med 38:2074, table 6: bias SD/√n, coverage and power √(p(1-p)/n)."""
    rows = cohorts([0.0, 1.0, 2.0, 5.0, np.nan], truth_mc_error=0.3)
    row = recovery_summary(rows).iloc[0]
    assert (row["n"], row["n_without"], row["why_not"]) == (4, 1, "too few")
    sd = np.std([0, 1, 2, 5], ddof=1)
    assert (row["mean_estimate"], row["median_estimate"], row["bias"]) == (2.0, 1.5, 1.0)
    assert (row["bias_percent"], row["bias_se"]) == (100.0, 1.0)
    assert row["bias_mc_error"] == pytest.approx(math.sqrt(sd**2 / 4 + 0.3**2))
    assert (row["coverage"], row["power"]) == (0.75, 0.25)
    assert row["coverage_mc_error"] == row["power_mc_error"] == pytest.approx(math.sqrt(0.75 * 0.25 / 4))
    assert (row["std_error"], row["sd_estimates"], row["median_df"]) == (1.0, pytest.approx(sd), 20.0)


def test_power_counts_intervals_on_the_side_of_the_truth_and_without_a_truth_those_on_either():
    rows = cohorts([-9.0, 9.0, 9.0, 0.0])
    assert recovery_summary(rows)["power"].item() == 0.5
    assert recovery_summary(cohorts([-9.0, 9.0, 9.0, 0.0], truth=0.0))["power"].item() == 0.75


@pytest.mark.parametrize(
    ("bias", "std_error", "sd", "expected"),
    [
        (0.05, 0.2, 0.2, RECOVERED),  # 5 % of the truth
        (0.15, 2.0, 2.0, RECOVERED),  # 15 % of the truth, 0.075 standard errors
        (0.30, 0.5, 0.5, BIASED),
        (-0.30, 0.5, 0.5, BIASED),
        (0.0, 0.35, 0.5, TOO_NARROW),
        (0.0, 1.0, 0.5, TOO_WIDE),
        (0.5, 0.35, 0.5, f"{BIASED}, {TOO_NARROW}"),
    ],
)
def test_the_verdict_is_the_rule_of_the_issue(bias, std_error, sd, expected):
    """Bias below 10 % of the truth or 0.1 standard errors, coverage of 92 to 98 %; 2000 cohorts."""
    summary = recovery_summary(cohorts(spread(2000, bias, sd), std_error))
    assert summary["verdict"].item() == expected, summary.T.to_string()


def test_what_may_be_chance_is_not_called_biased():
    few, many = (recovery_summary(cohorts(spread(n, 0.15, 1.0), 1.0))["verdict"].item() for n in (100, 4000))
    assert (few, many) == (WITHIN_ERROR, BIASED)  # Monte Carlo errors 0.1 and 0.016 about a limit of 0.1
    assert recovery_summary(cohorts(spread(20, 0.13, 1.0), 1.0))["verdict"].item() == TOO_FEW
    assert recovery_summary(cohorts(spread(20, 0.0, 1.0), 1.0))["verdict"].item() == TOO_FEW
    assert recovery_summary(cohorts(spread(20, 2.0, 1.0), 1.0))["verdict"].item().startswith(BIASED)
    unsure = cohorts(spread(4000, 0.15, 1.0), 1.0, truth_mc_error=0.1)
    assert recovery_summary(unsure)["verdict"].item() == WITHIN_ERROR


def test_less_than_half_of_the_cohorts_or_fewer_than_two_are_no_verdict():
    nothing = [np.nan] * 3
    assert recovery_summary(cohorts([1.0, 1.1, *nothing]))["verdict"].item() == NOT_ESTIMATED
    assert recovery_summary(cohorts([1.0]))["verdict"].item() == NOT_ESTIMATED
    row = recovery_summary(cohorts(nothing)).iloc[0]
    assert row["verdict"] == NOT_ESTIMATED and np.isnan(row["coverage"]) and row["n_without"] == 3


def test_the_smallest_size_is_the_one_from_which_on_all_are_recovered():
    verdicts = {30: RECOVERED, 60: BIASED, 120: WITHIN_ERROR, 240: RECOVERED}
    summary = pd.concat(
        [recovery_summary(cohorts(spread(50, 0.0), 1.0, n_athletes=n)).assign(verdict=v) for n, v in verdicts.items()]
    ).sample(frac=1, random_state=1)
    row = smallest_size(summary).iloc[0]
    assert (row["sizes"], row["recovered_from"]) == ("30, 60, 120, 240", 120)
    assert np.isnan(smallest_size(summary.assign(verdict=BIASED))["recovered_from"].item())


def test_power_of_80_percent_takes_a_standard_error_of_the_truth_over_two_point_eight():
    """z(0.975) + z(0.8) = 2.8016 (any table of the normal distribution); the error falls with the root of the size."""
    summary = recovery_summary(cohorts(spread(50, 0.0, 0.5), 0.5))
    assert smallest_size(summary)["power_80_from"].item() == math.ceil(60 * (2.80159 * 0.5) ** 2)
    enough = recovery_summary(cohorts(spread(50, 0.0, 1 / 2.80159), 1 / 2.80159))
    assert smallest_size(enough)["power_80_from"].item() == pytest.approx(60, abs=1)
    assert np.isnan(smallest_size(recovery_summary(cohorts([1.0, 2.0], truth=0.0)))["power_80_from"].item())


def test_the_link_scale_gives_back_the_standard_errors_of_the_fits():
    panel_of = simulate_tables(n_athletes=20, n_weeks=12, seed=3)
    claims = [claim for claim in CLAIMS if claim.id in ("dose_mobility", "injury_dose")]
    table = estimate_claims(ClaimData(panel_of, athlete_weeks(panel_of), Study()), claims, robust=False)
    link = on_link_scale(table, 0.95)
    ratio = table["scale"] == "IRR"
    np.testing.assert_allclose(link.loc[ratio, "estimate"], np.log(table.loc[ratio, "estimate"]))
    assert link.loc[~ratio, "estimate"].tolist() == table.loc[~ratio, "estimate"].tolist()
    middle = (link["ci_low"] + link["ci_high"]) / 2
    np.testing.assert_allclose(middle, link["estimate"], atol=1e-9)
    p_value = 2 * student.sf(link["estimate"].abs() / link["std_error"], table["df"])
    np.testing.assert_allclose(p_value, table["p_value"], rtol=1e-6)
    assert link["side"].tolist() == [
        1 if low > 0 else -1 if high < 0 else 0 for low, high in link[["ci_low", "ci_high"]].to_numpy()
    ]


def test_a_world_judges_the_estimands_that_it_holds_an_effect_of():
    world = World("w", Truth(pain_non_sagittal_within=-0.1), ("planes", "dose_mobility"))
    assert [[e.term for e in claim.estimands] for claim in world.judged()] == [
        ["pain: non_sagittal_within"], ["pain: mobility_within"],
    ]  # fmt: skip
    with pytest.raises(HiprunError, match="holds no effect of the claim planes"):
        World("w", Truth(), ("planes",)).judged()
    with pytest.raises(HiprunError, match="no claim is called plains"):
        World("w", Truth(), ("plains",)).judged()
    steeper = World("w", Truth(pain_hip_deficit=0.2), ("build_up",), {FIRST_PAIN: WithinTruth(0.6, 0.02)})
    (claim,) = steeper.judged()
    assert [e.term for e in claim.estimands] == [FIRST_PAIN]
    assert steeper.truth_of(claim.estimands[0]) == WithinTruth(0.6, 0.02)


def test_the_null_world_judges_every_claim_so_that_holm_is_that_of_the_claims_page():
    assert has_no_effect(null_truth()) and not has_no_effect(Truth())
    judged = {e.term for claim in NULL_WORLD.judged() for e in claim.estimands}
    assert judged == {e.term for claim in CLAIMS for e in claim.estimands}


@pytest.fixture
def ran(monkeypatch):
    """The seeds that were run; a cohort is drawn from its seed without simulating it."""
    seeds = []

    def rows(seed, *, world, n_athletes, n_weeks):
        seeds.append(seed)
        value = np.random.default_rng(seed).normal()
        estimate = np.nan if seed == 2 else value
        return cohorts([estimate], seed=seed, n_athletes=n_athletes, p_value=0.5, p_holm=np.nan).assign(
            confirmed=lambda t: t["confirmed"].astype("boolean")
        )[list(COLUMNS)]

    monkeypatch.setattr(room, "cohort_rows", rows)
    return seeds


def test_an_interrupted_run_goes_on_where_it_was(ran, tmp_path):
    kept, told = tmp_path / "runs" / "dose.csv", []
    fresh = recovery(DOSE, range(6))
    recovery(DOSE, range(3), kept=kept)
    kept.write_text(kept.read_text(encoding="utf-8") + "w,60,3,dose_mob", encoding="utf-8")  # cut short in a line
    ran.clear()
    again = recovery(DOSE, range(6), kept=kept, on_progress=told.append)
    assert ran == [3, 4, 5] and told == [4, 5, 6]
    pd.testing.assert_frame_equal(again, fresh, check_dtype=False, check_exact=True)
    ran.clear()
    pd.testing.assert_frame_equal(recovery(DOSE, range(6), kept=kept), again)
    assert ran == []


def test_a_cohort_of_which_rows_are_missing_is_run_again(ran, tmp_path):
    kept = tmp_path / "kept.csv"
    recovery(DOSE, range(3), kept=kept)
    two = World("two", Truth(), ("dose_mobility", "dose_stability"))
    ran.clear()
    recovery(two, [0], kept=kept)
    assert ran == [0]
    kept.write_text("world,n_athl", encoding="utf-8")
    ran.clear()
    recovery(DOSE, [7], kept=kept)
    assert ran == [7] and kept.read_text(encoding="utf-8").count("\n") == 2


def test_silence_counts_cohorts_with_any_call_among_the_primary_claims_and_in_each_secondary_one():
    readings = {
        ("dose_mobility", True, "pain: mobility_within"): [SUPPORTED, NO_EFFECT, UNDECIDED, UNDECIDED],
        ("dose_stability", True, "pain: stability_within"): [AGAINST, NO_EFFECT, UNDECIDED, UNDECIDED],
        ("remote_pain", False, "pain_elsewhere: deficit_knee"): [UNDECIDED, SUPPORTED, UNDECIDED, UNDECIDED],
        ("too_much", False, "soreness: work_jump_doublings"): [UNDECIDED, SUPPORTED, AGAINST, UNDECIDED],
    }
    rows = pd.concat(
        cohorts([-9.0, 9.0, 0.0, np.nan], reading=read, claim=claim, confirmed=confirmed, term=term)
        for (claim, confirmed, term), read in readings.items()
    )
    table = silence_summary(rows).set_index("of")
    primary, secondary = table.loc[ANY_PRIMARY], table.loc["too_much"]
    assert (primary["n"], primary["supported"], primary["against"]) == (3, 1, 1)
    assert primary["share"] == pytest.approx(1 / 3)  # both in one cohort
    assert primary["mc_error"] == pytest.approx(math.sqrt(1 / 3 * 2 / 3 / 3))
    assert (secondary["by"], secondary["supported"], secondary["against"]) == (READING, 1, 1)
    assert table["by"].tolist() == [READING, READING, *[INTERVAL] * 4]
    alone = table.loc[[term for _, _, term in readings], ["supported", "against"]]
    assert alone.to_numpy().tolist() == [[1, 1]] * 4 and (table["share"].iloc[2:] == 2 / 3).all()


def test_the_worlds_of_the_benchmark_judge_every_estimand_once():
    """Without an error of measurement; but for the world that shows what such errors do."""
    every = {e.term for claim in CLAIMS for e in claim.estimands}
    exact = {name: world for name, world in worlds().items() if name != "measured"}
    judged = Counter(e.term for w in exact.values() for claim in w.judged() for e in claim.estimands)
    assert ENDLESS.exists() and set(judged) == every and set(judged.values()) == {1}
    assert {path.stem for path in (HERE / "worlds").glob("*.toml")} == set(worlds())
    for name, world in exact.items():
        assert (world.truth.dose_burn_in_weeks, world.truth.rom_error_deg) == (0, 0), name


def test_the_world_as_measured_is_that_of_the_dose_with_the_errors_of_the_simulator():
    exact, measured = (worlds()[name] for name in ("dose", "measured"))
    same = {name: getattr(exact.truth, name) for name in OF_MEASURING}
    assert dataclasses.replace(measured.truth, **same) == exact.truth
    assert all(getattr(measured.truth, name) == getattr(Truth(), name) for name in OF_MEASURING)


def test_a_kept_run_is_of_one_truth_and_one_code():
    names = {digest(world) for world in worlds().values()}
    assert len(names) == len(worlds())
    world = worlds()["days"]
    other = dataclasses.replace(world, truth=dataclasses.replace(world.truth, pain_days_within=-0.21))
    assert digest(world) == digest(worlds()["days"]) != digest(other)


def test_the_tables_are_kept_beside_those_of_other_runs_and_put_between_the_marks(tmp_path):
    one, two = (recovery_summary(cohorts([1.0, 1.2], n_athletes=n)) for n in (60, 120))
    path = tmp_path / "results.csv"
    keep(one, path, ["world", "n_athletes"])
    keep(two, path, ["world", "n_athletes"])
    both = keep(one.assign(bias=7.0), path, ["world", "n_athletes"])
    assert both["n_athletes"].tolist() == [60, 120] and both["bias"].tolist() == [7.0, 0.1]
    assert len(pd.read_csv(path)) == 2
    marks = "".join(f"<!-- {mark} -->\nold\n<!-- /{mark} -->\n" for mark in ("worlds", *pages.MAKERS))
    (tmp_path / "README.md").write_text(f"before\n{marks}after\n", encoding="utf-8")
    pages.fill(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("after\n")
    assert "| w | c | t | 60 | 2 |" in text and "| w | c | t | 60, 120 |" in text
    assert "| days | little_and_often" in text
    assert f"| world | athletes | cohorts | {two['verdict'].item()} |" in text and "| w | 120 | 2 | 1 |" in text
    assert text.count("old") == 1  # no silence.csv


SMALL = World(
    "small",
    dataclasses.replace(
        null_truth(),
        dose_burn_in_weeks=0, pain_level=5.0, strength_error_percent=0.0, injury_rate_per_1000h=40.0,
        pain_mobility_within=-0.8, pain_non_sagittal_within=-0.3, pain_force=-0.8, injury_stability_within=0.5,
    ),
    ("dose_mobility", "planes", "four_strengths", "injury_dose"),
)  # fmt: skip


@pytest.fixture(scope="module")
def small():
    return recovery(SMALL, range(FIRST_SEED, FIRST_SEED + 6), n_athletes=40)


def test_six_small_cohorts_find_strong_effects_within_half_of_their_size(small):
    """Would fail if an estimand were twice or half as large as it is, or had the other sign."""
    summary = recovery_summary(small).set_index("term")
    assert set(summary.index) == {
        "pain: mobility_within", "pain: non_sagittal_within", "pain: force", "injury: stability_within",
        "injury: mobility_within stability_within",
    }  # fmt: skip
    ratio = summary["mean_estimate"] / summary["truth"]
    error = summary["bias_mc_error"] / summary["truth"].abs()
    assert ratio.between(0.7, 1.45).all(), summary.to_string()
    assert (error < 0.17).all(), "the six cohorts cannot tell a factor of two"
    assert (summary["coverage"] >= 3 / 6).all()


def test_the_error_of_a_test_does_not_hide_an_effect_from_a_model_with_runners_own_levels():
    """Scores that move from test to test by their error gave back 0.41 of this effect, or less."""
    truth = dataclasses.replace(null_truth(), speed_endurance=1.0)
    assert truth.test_error_share == Truth().test_error_share > 0
    rows = recovery(World("measured", truth, ("four_strengths",)), range(FIRST_SEED, FIRST_SEED + 2), n_athletes=100)
    alone = rows[rows["term"] == "speed_at_heart_rate: endurance"]
    assert (alone["estimate"].mean(), alone["std_error"].max()) == (
        pytest.approx(1.0, abs=0.3),
        pytest.approx(0, abs=0.2),
    )
    assert alone["covered"].all()


def test_the_rows_of_a_cohort_are_those_of_the_claims_page_against_the_truth_of_its_ratings(small):
    first = small[small["seed"] == FIRST_SEED].set_index("term")
    assert list(small.columns) == list(COLUMNS) and len(small) == 6 * len(first)
    tables = simulate_tables(n_athletes=40, n_weeks=26, seed=FIRST_SEED, truth=SMALL.truth)
    claims = [claim for claim in CLAIMS if claim.id == "dose_mobility"]
    page = estimate_claims(ClaimData(tables, athlete_weeks(tables), Study()), claims, robust=False).iloc[0]
    row = first.loc["pain: mobility_within"]
    assert row[["estimate", "ci_low", "ci_high"]].tolist() == page[["estimate", "ci_low", "ci_high"]].tolist()
    assert -0.8 < row["truth"] < -0.75  # a few ratings of 0 and 10
    assert first.loc["injury: stability_within", "truth"] == pytest.approx(math.log(0.5))
    covered = (row["ci_low"] <= row["truth"]) & (row["truth"] <= row["ci_high"])
    assert row["covered"] == covered


@pytest.mark.slow
def test_over_twenty_null_cohorts_hardly_any_primary_claim_is_read_as_supported_or_against():
    """P(5 or more of 20 at 5 %) is 0.3 %; the 200 of the benchmark are in benchmarks/recovery/silence.csv."""
    table = silence_summary(recovery(NULL_WORLD, range(20), n_athletes=60, n_weeks=26, jobs=2)).set_index("of")
    assert table.loc["any primary claim", "n"] == 20 and table.loc["any primary claim", "share"] < 0.25
