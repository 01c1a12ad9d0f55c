"""Days lost: classes, quartiles against R's survfit (reference/injuries), and injuries that have not ended."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.describe import injury_cases
from analysis.describe.severity import (
    ALL,
    OPEN,
    classes_by_region,
    quantile_of_curve,
    return_curve,
    severity_by_region,
    severity_classes,
)
from analysis.panel import athlete_weeks
from analysis.simulate import simulate_tables
from analysis.surveillance.problems import SEVERITY_BINS

REFERENCE = Path(__file__).parents[1] / "reference" / "injuries"


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    given = pd.read_csv(REFERENCE / "days.csv")
    return given.assign(still_open=given["still_open"].astype(bool), region="knee")


@pytest.fixture(scope="module")
def survfit() -> dict:
    return json.loads((REFERENCE / "injuries.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables():
    return simulate_tables(n_athletes=20, n_weeks=20, seed=3)


def test_the_curve_of_days_lost_is_that_of_survfit_with_open_injuries_censored(days, survfit):
    curve, reference = return_curve(days), survfit["curve"]
    assert curve["time"].tolist() == reference["time"]
    assert curve["survival"].tolist() == pytest.approx(reference["survival"])
    last = len(curve) - 1  # all have ended: no limits
    for column in ("ci_low", "ci_high"):
        assert curve[column].head(last).tolist() == pytest.approx(reference[column][:last])
        assert pd.isna(curve[column].iloc[last])


def test_quartiles_and_their_limits_are_those_of_quantile_survfit(days, survfit):
    for i, share in enumerate((0.25, 0.5, 0.75)):
        expected = [survfit["quantiles"][name][i] for name in ("estimate", "ci_low", "ci_high")]
        assert list(quantile_of_curve(return_curve(days), share)) == expected


def test_without_open_injuries_the_median_is_the_median():
    cases = pd.DataFrame({"time_loss_days": [0, 3, 8, 20, 40, 41], "still_open": False, "region": "knee"})
    row = severity_by_region(cases).iloc[0]
    assert (row["group"], row["n_cases"], row["n_still_open"], row["median_days"]) == (ALL, 6, 0, 14)


def test_classes_are_those_of_the_consensus_and_an_open_injury_is_in_none_of_them():
    cases = pd.DataFrame(
        {"time_loss_days": [0, 1, 7, 8, 28, 29, 90], "still_open": [False] * 6 + [True], "region": "x"}
    )
    found = severity_classes(cases)
    assert found["days_lost"].tolist() == [*SEVERITY_BINS, OPEN]
    assert found["n_cases"].tolist() == [1, 2, 2, 1, 1]
    assert found["percent"].sum() == pytest.approx(100)


def test_a_region_of_four_injuries_has_counts_and_no_quartiles_and_one_not_recorded_is_said_so():
    cases = pd.DataFrame({"time_loss_days": range(9), "still_open": False})
    cases["region"] = pd.Series(["knee"] * 5 + ["hip/groin"] * 3 + [None], dtype="str")
    found = severity_by_region(cases).set_index("group")
    assert found["n_cases"].to_dict() == {ALL: 9, "knee": 5, "hip/groin": 3, "not recorded": 1}
    assert found["median_days"].notna().to_dict() == {
        ALL: True,
        "knee": True,
        "hip/groin": False,
        "not recorded": False,
    }
    by_class = classes_by_region(cases)
    assert by_class["group"].unique().tolist() == [ALL, "knee", "hip/groin", "not recorded"]
    assert by_class.groupby("group")["n_cases"].sum().to_dict() == found["n_cases"].to_dict()


def test_no_injury_is_empty_tables_and_no_percent():
    cases = pd.DataFrame({"time_loss_days": [], "still_open": [], "region": pd.Series([], dtype="str")})
    assert severity_classes(cases)["n_cases"].tolist() == [0] * 5
    assert severity_classes(cases)["percent"].isna().all()
    assert severity_by_region(cases).empty and classes_by_region(cases).empty and return_curve(cases).empty


def test_an_injury_is_open_if_neither_its_return_nor_its_days_are_known(tables):
    panel = athlete_weeks(tables)
    injuries = tables["injuries"].copy()
    first, second, third = injury_cases(tables, panel)["injury_id"].head(3)
    is_ = injuries["injury_id"].eq
    injuries.loc[is_(first) | is_(second), "return_date"] = pd.NaT
    injuries.loc[is_(first), "time_loss_days"] = pd.NA
    injuries.loc[is_(second), "time_loss_days"] = 3
    cases = injury_cases(tables | {"injuries": injuries}, panel).set_index("injury_id")
    assert cases.loc[[first, second, third], "still_open"].tolist() == [True, False, False]
    ends = tables["observation_windows"].query("stream == 'injury'").groupby("athlete_id")["end_date"].max()
    left = (ends[cases.loc[first, "athlete_id"]] - cases.loc[first, "onset_date"]).days
    assert cases.loc[first, "time_loss_days"] == left, "counted up to and including the last day watched"
    assert cases.loc[second, "time_loss_days"] == 3
