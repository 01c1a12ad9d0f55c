"""Rates over every exposure, ratios of groups and who answered, worked out again from the cases and weeks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.describe import (
    injury_cases,
    rate_ratios,
    rates_by,
    rates_for_figure,
    rates_per,
    response_by_trait,
    risk_points,
    watched_running,
)
from analysis.panel import athlete_weeks
from analysis.report import mark_withheld
from analysis.simulate import simulate_tables
from analysis.study import Study

FAST = Study(bootstrap_draws=100)


@pytest.fixture(scope="module")
def tables():
    return simulate_tables(n_athletes=20, n_weeks=20, seed=3)


@pytest.fixture(scope="module")
def panel(tables):
    return athlete_weeks(tables)


@pytest.fixture(scope="module")
def injuries(tables, panel):
    return injury_cases(tables, panel), watched_running(panel)


def test_rates_count_the_same_injuries_over_hours_kilometres_and_days_of_the_watched_weeks(injuries):
    cases, running = injuries
    found = rates_per(cases, running, FAST).set_index("unit")
    assert found["n_injuries"].tolist() == [len(cases)] * 3
    per = {"h": (running["exposure_h"].sum(), 1000), "km": (running["exposure_km"].sum(), 1000)}
    per["athlete-days"] = (7 * len(running), 365)
    for unit, (exposure, scale) in per.items():
        assert found.loc[unit, "exposure"] == pytest.approx(exposure)
        assert found.loc[unit, "incidence"] == pytest.approx(scale * len(cases) / exposure)
        assert found.loc[unit, "burden"] == pytest.approx(scale * cases["time_loss_days"].sum() / exposure)


def test_a_runner_whose_kilometres_are_not_wholly_known_leaves_that_rate_with_the_injuries(injuries):
    cases, running = injuries
    who = cases["athlete_id"].mode().iloc[0]
    first = running.index[running["athlete_id"] == who][0]
    gap = running.assign(exposure_km=running["exposure_km"].mask(running.index == first))
    found = rates_per(cases, gap, FAST).set_index("unit")
    n_of_them = (cases["athlete_id"] == who).sum()
    assert found.loc["km", ["n_injuries", "n_cases", "n_without_exposure"]].tolist() == [
        len(cases), len(cases) - n_of_them, n_of_them
    ]  # fmt: skip
    none = rates_per(cases, running.assign(exposure_km=np.nan), FAST)
    assert none["unit"].tolist() == ["h", "athlete-days"]


def test_modes_of_onset_split_the_cases_over_all_hours(injuries):
    cases, running = injuries
    split = rates_by(cases, running, FAST).query("split == 'How it began'")
    assert split["n_cases"].sum() == len(cases)
    assert set(split["group"]) <= {"sudden onset", "gradual onset", "mixed onset", "onset not recorded"}
    assert split["exposure"].tolist() == pytest.approx([running["exposure_h"].sum()] * len(split))


def test_ratios_are_those_of_the_rates_and_the_group_of_most_cases_comes_last(injuries):
    cases, running = injuries
    found, by_group = rate_ratios(cases, running, FAST), rates_by(cases, running, FAST)
    assert set(found["split"]) == {"Sex", "Clinic"}
    for split, rows in found.groupby("split"):
        rates = by_group[by_group["split"] == split].set_index("group")["incidence"]
        counts = by_group[by_group["split"] == split].set_index("group")["n_cases"]
        last = rows.iloc[-1]
        reference = last["group"].removesuffix(" (reference)")
        assert last["n_cases"] == counts[reference] == counts.max()
        assert pd.isna(last["rate_ratio"])
        assert rows["n_cases"].sum() == len(cases)
        for row in rows.iloc[:-1].itertuples():
            assert row.rate_ratio == pytest.approx(rates[row.group] / rates[reference])
            assert row.ci_low <= row.rate_ratio <= row.ci_high


@pytest.mark.parametrize("counts", [(10, 10, 3), (3, 10, 10), (10, 3, 10), (9, 3, 4), (30, 3, 2), (6, 6, 2)])
def test_no_ratio_to_a_hidden_reference_is_shown(counts):
    """The gate hides the smallest counts first, of equal ones the first: a hidden reference hides its whole split."""
    names = np.repeat(["A", "B", "C"], counts)
    cases = pd.DataFrame({"athlete_id": [f"{n}{i}" for i, n in enumerate(names)], "clinic": names, "time_loss_days": 1})
    running = cases[["athlete_id", "clinic"]].assign(exposure_h=10.0, sex="female")
    found = rate_ratios(cases.assign(sex="female"), running, replace(FAST, bootstrap_draws=20))
    hidden = mark_withheld(found, "n_cases", ["split"], 5)["withheld"]
    assert hidden.any()
    assert not hidden.iloc[-1] or hidden.all()


def test_a_cohort_of_one_sex_and_clinic_has_no_ratio(injuries):
    cases, running = (t.assign(sex="female", clinic="A") for t in injuries)
    assert rate_ratios(cases, running, FAST).empty


def test_a_group_withheld_in_the_table_is_told_to_its_figures(injuries):
    by_group = mark_withheld(rates_by(*injuries, FAST), "n_cases", ["split"], 5)
    assert by_group.loc[by_group["n_cases"] < 5, "withheld"].all()
    assert rates_for_figure(by_group)["withheld"].tolist() == by_group["withheld"].tolist()
    assert set(risk_points(by_group)["group"]) <= set(by_group["group"])
    assert "withheld" in risk_points(by_group) and "withheld" not in risk_points(by_group.drop(columns="withheld"))


def test_response_by_trait_counts_every_runner_once_in_each_trait_and_reads_percent(tables, panel):
    found = response_by_trait(tables["athletes"], panel, FAST)
    expected = panel[panel["report_expected"].astype(bool)]
    whole = found.iloc[0]
    assert (whole["trait"], whole["group"]) == ("All runners", "")
    assert whole["response_pct"] == pytest.approx(100 * expected["reported"].astype(bool).mean())
    assert set(found["trait"]) == {"All runners", "Sex", "Clinic", "Age (years)", "Previous injury"}
    assert (found.groupby("trait")["n_athletes"].sum() == whole["n_athletes"]).all()
    assert (found.groupby("trait")["reports_expected"].sum() == len(expected)).all()
    assert found["response_pct"].between(found["ci_low"], found["ci_high"]).all()


def test_a_trait_all_runners_share_is_no_comparison_and_without_expected_reports_there_is_no_row(tables, panel):
    alike = response_by_trait(tables["athletes"].assign(sex="female"), panel, FAST)
    assert "Sex" not in set(alike["trait"])
    assert response_by_trait(tables["athletes"], panel.assign(report_expected=False), FAST).empty
