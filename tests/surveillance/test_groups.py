"""Rates by group: denominators, zero cases, what is not known."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.surveillance import incidence
from analysis.surveillance.groups import athlete_days, rate_table, rates_of_every_kind
from analysis.surveillance.problems import kind_of_problem, severity_bin


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


def test_severity_bins_and_kinds_that_did_not_occur_have_a_row_with_zero_and_an_upper_limit(cases, exposure):
    kinds = kind_of_problem(pd.Series(["injury", None, "illness"]), pd.Series(["sudden", None, None]))
    cases = cases.assign(severity=severity_bin(cases["time_loss_days"]), kind=kinds)
    severity = rate_table(cases, exposure, ["severity"], n_boot=50).set_index("severity")
    assert severity["n_cases"].to_dict() == {"0 days": 1, "1-7 days": 1, "8-28 days": 1, "over 28 days": 0}
    none = severity.loc["over 28 days"]
    assert (none["incidence"], none["ci_low"], none["ci_high"]) == (0, 0, incidence(0, 230).ci_high)
    kind = rate_table(cases, exposure, ["kind"], n_boot=50).set_index("kind")["n_cases"]
    assert kind.tolist() == [1, 0, 0, 1, 1]
    by_sex = rate_table(cases, exposure, ["sex", "severity"], n_boot=50)
    assert len(by_sex) == 12
    assert by_sex["n_cases"].sum() == 3


@pytest.mark.parametrize("column", ["sex", "clinic", "region", "side", "severity"])
def test_every_grouping_of_the_issue_conserves_the_cases(column, cases, exposure):
    cases = cases.assign(clinic="north", side=["left", None, "both"], severity=severity_bin(cases["time_loss_days"]))
    exposure = exposure.assign(clinic=["north", "north", "south", "south"])
    table = rate_table(cases, exposure, [column], n_boot=50)
    assert table["n_cases"].sum() == len(cases)
    assert (table["ci_low"].dropna() <= table["incidence"].dropna()).all()


def test_one_call_gives_rates_per_1000_h_per_1000_km_and_per_365_athlete_days(cases, exposure):
    exposure = exposure.assign(exposure_km=[1000, 500, None, 0], exposure_days=[70, 70, 70, 70])
    table = rates_of_every_kind(cases, exposure, n_boot=50).set_index("unit")
    assert table["incidence"].to_dict() == pytest.approx({"h": 3 / 230e-3, "km": 2.0, "athlete-days": 3 / 280 * 365})
    assert table["per"].to_dict() == {"h": 1000, "km": 1000, "athlete-days": 365}
    with pytest.raises(HiprunError, match="none of exposure_h"):
        rates_of_every_kind(cases, exposure[["athlete_id"]])


def test_an_athlete_of_partly_unknown_km_has_no_part_in_the_rate_per_km(cases, exposure):
    rows = pd.concat([exposure.assign(exposure_km=100.0), exposure.head(1).assign(exposure_km=np.nan)])
    row = rates_of_every_kind(cases, rows, n_boot=50).set_index("unit").loc["km"]
    assert row[["n_cases", "n_cases_outside", "exposure"]].tolist() == [1, 2, 300]


def test_athlete_days_count_a_day_of_two_windows_once_and_the_stream_asked_for_alone():
    days = pd.to_datetime
    windows = pd.DataFrame(
        {
            "athlete_id": ["a", "a", "a", "b"],
            "stream": ["injury", "injury", "training", "injury"],
            "start_date": days(["2026-01-01", "2026-01-08", "2026-01-01", "2026-01-01"]),
            "end_date": days(["2026-01-10", "2026-01-14", "2026-12-31", "2026-01-01"]),
        }
    )
    assert athlete_days(windows).to_numpy().tolist() == [["a", 14], ["b", 1]]
