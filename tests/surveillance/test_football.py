"""The football table of DOMAIN §D (one men's team, two seasons; R package injurytools, MIT), row by row."""

import numpy as np
import pandas as pd
import pytest

from analysis.surveillance import incidence, prevalence, wald_limits
from analysis.surveillance.groups import rate_table, risk_matrix

PER_100_MATCHES = 100 * 90  # injurytools states rates per 100 player-matches of 90 minutes


@pytest.fixture
def cases(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "football_injuries.csv").rename(columns={"days_lost": "time_loss_days"})


@pytest.fixture
def minutes(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "data" / "football_exposure.csv")


def _table(cases, minutes, by=()) -> pd.DataFrame:
    return rate_table(
        cases, minutes, by, exposure_column="minutes_played", per=PER_100_MATCHES, unit="match min", n_boot=200
    )


WHOLE = {
    "all": (74690, 82, 9.88084, 7.74221, 12.0195, 2049, 24.9878, 12, 6, 25, 246.901, 236.21, 257.591),
    "17/18": (37364, 26, 6.262713, 3.855448, 8.669978, 1141, 43.88462, 25, 14, 50.75, 274.8367, 258.8897, 290.7838),
    "18/19": (37326, 56, 13.50265, 9.966156, 17.03915, 908, 16.21429, 9, 5, 18, 218.9359, 204.6955, 233.1763),
}


@pytest.mark.parametrize("scope", WHOLE)
def test_incidence_days_quartiles_and_burden_with_wald_limits_meet_injurytools(scope, cases, minutes):
    table = (
        _table(cases, minutes)
        if scope == "all"
        else _table(cases, minutes, ["season"]).set_index("season").loc[[scope]]
    )
    row, t = table.iloc[0], WHOLE[scope]
    assert (row["exposure"], row["n_cases"], row["days_lost"]) == (t[0], t[1], t[5])
    assert row["n_cases_outside"] == 0
    assert row["incidence"] == pytest.approx(t[2], rel=1e-5)
    assert wald_limits(t[1], t[0], PER_100_MATCHES) == pytest.approx(t[3:5], rel=1e-5)
    assert row[["mean_days", "median_days", "q1_days", "q3_days"]].tolist() == pytest.approx(list(t[6:10]), rel=1e-5)
    assert row["burden"] == pytest.approx(t[10], rel=1e-5)
    assert wald_limits(t[5], t[0], PER_100_MATCHES) == pytest.approx(t[11:13], rel=1e-5)


def test_exact_limits_hold_the_estimate_and_are_less_even_than_wald_limits(cases, minutes):
    row = _table(cases, minutes).iloc[0]
    exact = incidence(82, 74690, PER_100_MATCHES)
    assert (row["ci_low"], row["ci_high"]) == (exact.ci_low, exact.ci_high)
    assert row["ci_high"] - row["incidence"] > row["incidence"] - row["ci_low"] > 0


def test_rates_by_injury_type_meet_injurytools(cases, minutes):
    published = {
        "Bone": (11, 1.32548, 173, 15.7273, 9, 4.5, 16.5, 20.8462),
        "Concussion": (16, 1.92797, 213, 13.3125, 10.5, 5.75, 14.5, 25.6661),
        "Ligament": (9, 1.08448, 596, 66.2222, 28, 7, 54, 71.8168),
        "Muscle": (25, 3.01245, 735, 29.4, 21, 12, 36, 88.5661),
        "Unknown": (21, 2.53046, 332, 15.8095, 7, 4, 18, 40.0054),
    }
    table = _table(cases, minutes, ["injury_type"]).set_index("injury_type")
    columns = ["n_cases", "incidence", "days_lost", "mean_days", "median_days", "q1_days", "q3_days", "burden"]
    assert set(table.index) == set(published)
    assert (table["exposure"] == 74690).all()
    for kind, numbers in published.items():
        assert table.loc[kind, columns].tolist() == pytest.approx(list(numbers), rel=1e-5), kind


def test_cases_and_days_by_severity_meet_injurytools(cases, minutes):
    table = _table(cases, minutes, ["injury_severity"]).set_index("injury_severity")
    assert table["n_cases"].to_dict() == {"Minor": 23, "Moderate": 40, "Severe": 15, "Very_severe": 4}
    assert table["days_lost"].to_dict() == {"Minor": 90, "Moderate": 582, "Severe": 729, "Very_severe": 648}


def test_2049_days_are_1646_days_lost_per_1000_match_hours(cases, minutes):
    hours = minutes.assign(exposure_h=minutes["minutes_played"] / 60)
    row = rate_table(cases, hours, n_boot=200).iloc[0]
    assert (row["incidence"], row["burden"]) == pytest.approx((65.872, 1646.00), abs=5e-3)
    assert row["burden_ci_low"] < row["burden"] < row["burden_ci_high"]


def test_burden_limits_by_athlete_are_far_wider_than_the_wald_limits_that_take_days_for_independent(cases, minutes):
    row = _table(cases, minutes).iloc[0]
    low, high = wald_limits(2049, 74690, PER_100_MATCHES)
    assert row["burden_ci_high"] - row["burden_ci_low"] > 3 * (high - low)


def test_season_and_monthly_prevalence_meet_injurytools(cases, minutes):
    squad = minutes.groupby("season")["athlete_id"].agg(set)
    begun, ended = pd.to_datetime(cases["from"]), pd.to_datetime(cases["until"])

    def share(season, first, last):
        in_time = (cases["season"] == season) & (begun <= last) & (ended >= first)
        hurt = set(cases.loc[in_time, "athlete_id"])
        rate = prevalence([athlete in hurt for athlete in squad[season]])
        return rate.n_cases, int(rate.exposure)

    assert share("17/18", pd.Timestamp("2017-07-01"), pd.Timestamp("2018-06-30")) == (16, 23)
    assert share("18/19", pd.Timestamp("2018-07-01"), pd.Timestamp("2019-06-30")) == (17, 19)
    assert share("17/18", pd.Timestamp("2018-01-01"), pd.Timestamp("2018-01-31")) == (5, 23)
    assert share("18/19", pd.Timestamp("2019-01-01"), pd.Timestamp("2019-01-31")) == (10, 19)
    assert share("17/18", pd.Timestamp("2018-02-01"), pd.Timestamp("2018-02-28")) == (2, 23)
    assert share("18/19", pd.Timestamp("2019-02-01"), pd.Timestamp("2019-02-28")) == (7, 19)


def test_risk_matrix_gives_the_same_rates_largest_burden_first(cases, minutes):
    matrix = risk_matrix(
        cases,
        minutes,
        "injury_type",
        exposure_column="minutes_played",
        per=PER_100_MATCHES,
        unit="match min",
        n_boot=50,
    )
    assert matrix["injury_type"].tolist() == ["Muscle", "Ligament", "Unknown", "Concussion", "Bone"]
    np.testing.assert_allclose(matrix["incidence"] * matrix["mean_days"], matrix["burden"])
