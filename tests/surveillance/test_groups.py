"""Rates by group: denominators, zero cases, what is not known."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.surveillance import incidence
from analysis.surveillance.groups import rate_table


@pytest.fixture
def exposure() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "athlete_id": ["a", "b", "c", "d"],
            "sex": ["female", "female", "male", "other"],
            "exposure_h": [100.0, 50.0, 80.0, 0.0],
        }
    )


@pytest.fixture
def cases() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "athlete_id": ["a", "a", "b"],
            "sex": ["female"] * 3,
            "region": ["knee", "hip_groin", "knee"],
            "time_loss_days": pd.array([10, 4, 0], dtype="Int64"),
        }
    )


def test_sex_splits_cases_and_hours_and_a_group_without_cases_gets_zero_and_an_upper_limit(cases, exposure):
    table = rate_table(cases, exposure, ["sex"], n_boot=50).set_index("sex")
    assert table.loc["female", ["n_cases", "exposure", "days_lost"]].tolist() == [3, 150, 14]
    assert table.loc["female", "incidence"] == pytest.approx(20)
    assert table.loc["male", ["n_cases", "exposure", "incidence", "ci_low"]].tolist() == [0, 80, 0, 0]
    assert table.loc["male", "ci_high"] == incidence(0, 80).ci_high
    assert table.loc["other", "exposure"] == 0
    assert np.isnan(table.loc["other", "incidence"])


def test_region_splits_the_cases_only_over_the_whole_exposure(cases, exposure):
    table = rate_table(cases, exposure, ["region"], n_boot=50).set_index("region")
    assert table["exposure"].tolist() == [230, 230]
    assert table["n_cases"].to_dict() == {"hip_groin": 1, "knee": 2}


def test_two_columns_make_every_pair_and_cases_and_hours_are_conserved(cases, exposure):
    table = rate_table(cases, exposure, ["sex", "region"], n_boot=50)
    assert len(table) == 6
    assert table["n_cases"].sum() == 3
    assert (table.groupby("region")["exposure"].sum() == 230).all()


def test_splitting_an_athletes_hours_in_two_rows_leaves_every_rate_alone(cases, exposure):
    split = pd.concat([exposure.assign(exposure_h=exposure["exposure_h"] * f) for f in (0.5, 0.5)])
    one, two = (rate_table(cases, e, ["sex"], n_boot=100) for e in (exposure, split))
    pd.testing.assert_frame_equal(one, two)


def test_minutes_instead_of_hours_leave_every_rate_alone(cases, exposure):
    minutes = exposure.assign(exposure_min=exposure["exposure_h"] * 60)
    one = rate_table(cases, exposure, n_boot=100)
    two = rate_table(cases, minutes, exposure_column="exposure_min", per=60_000, unit="min", n_boot=100)
    rates = ["incidence", "ci_low", "ci_high", "burden", "burden_ci_low", "burden_ci_high"]
    np.testing.assert_allclose(one[rates].to_numpy(), two[rates].to_numpy())


def test_a_case_of_an_athlete_without_exposure_is_counted_apart(cases, exposure):
    table = rate_table(pd.concat([cases, cases.head(1).assign(athlete_id="z")]), exposure, n_boot=50)
    assert table[["n_cases", "n_cases_outside", "days_lost"]].iloc[0].tolist() == [3, 1, 14]


def test_a_case_whose_days_are_unknown_makes_the_burden_missing_and_is_counted(cases, exposure):
    unknown = cases.assign(time_loss_days=cases["time_loss_days"].mask(cases.index == 0))
    row = rate_table(unknown, exposure).iloc[0]
    assert row["n_days_missing"] == 1
    assert np.isnan(row["burden"])
    assert row["incidence"] == pytest.approx(3 / 230 * 1000)


def test_no_cases_at_all_and_no_days_column_still_give_a_table(cases, exposure):
    row = rate_table(cases.head(0), exposure, n_boot=50).iloc[0]
    assert (row["n_cases"], row["incidence"], row["burden"]) == (0, 0, 0)
    without = rate_table(cases.drop(columns="time_loss_days"), exposure).iloc[0]
    assert np.isnan(without["burden"])
    assert np.isnan(without["days_lost"])


def test_a_missing_group_is_a_group_of_its_own(cases, exposure):
    table = rate_table(cases.assign(region=["knee", None, None]), exposure, ["region"], n_boot=50)
    assert table["n_cases"].tolist() == [1, 2]
    assert table["region"].isna().tolist() == [False, True]


def test_a_missing_column_is_named(cases, exposure):
    with pytest.raises(HiprunError, match="cases has no column clinic"):
        rate_table(cases, exposure, ["clinic"])
    with pytest.raises(HiprunError, match="exposure has no column exposure_km"):
        rate_table(cases, exposure, exposure_column="exposure_km")
