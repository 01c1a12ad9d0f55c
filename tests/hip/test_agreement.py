"""Limits of agreement against the published example, and which pairs enter."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.hip.agreement import bland_altman, limits_of_agreement

# Peak expiratory flow (l/min) of 17 people, first reading of each meter: Bland & Altman 1986, Lancet 327:307, table.
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
DAY = pd.Timestamp("2026-01-05")


def test_the_two_peak_flow_meters_of_bland_and_altman_1986():
    got = limits_of_agreement(MINI, LARGE)
    assert got["bias"] == pytest.approx(-2.1, abs=0.05)
    assert got["sd"] == pytest.approx(38.8, abs=0.05)
    assert [got["bias_ci_low"], got["bias_ci_high"]] == pytest.approx([-22.0, 17.8], abs=0.1)
    assert [got["loa_low"], got["loa_high"]] == pytest.approx([-2.1 - 1.96 * 38.8, -2.1 + 1.96 * 38.8], abs=0.1)


def test_intervals_of_a_limit_follow_the_standard_error_of_bland_and_altman_1999():
    got = limits_of_agreement(MINI, LARGE)
    half = 2.1199 * 38.765 * np.sqrt(1 / 17 + 1.96**2 / 32)  # t of 16 degrees of freedom
    assert got["loa_low"] - got["loa_low_ci_low"] == pytest.approx(half, rel=1e-3)
    assert got["loa_high_ci_high"] - got["loa_high"] == pytest.approx(half, rel=1e-3)
    assert half == pytest.approx(2.12 * np.sqrt(3 * 38.8**2 / 17), rel=0.02)  # 1986: about √(3 s² / n)


def test_the_limits_hold_95_of_100_differences():
    a, b = np.random.default_rng(1).normal(0, [[1.0], [2.0]], (2, 100_000))
    got = limits_of_agreement(a, b)
    assert np.mean((b - a > got["loa_low"]) & (b - a < got["loa_high"])) == pytest.approx(0.95, abs=0.003)


def test_swapping_the_two_methods_turns_every_sign_and_another_unit_rescales():
    got, turned = limits_of_agreement(LARGE, MINI), limits_of_agreement(MINI, LARGE)
    assert turned["bias"] == pytest.approx(-got["bias"])
    assert turned["loa_low_ci_low"] == pytest.approx(-got["loa_high_ci_high"])
    litres = limits_of_agreement(np.array(LARGE) / 60, np.array(MINI) / 60)
    assert litres == pytest.approx({name: value / 60 for name, value in got.items()})


def test_one_pair_missing_values_and_unequal_lengths_are_refused():
    for a, b in (([1.0], [2.0]), ([1.0, np.nan], [1.0, 2.0]), ([1.0, 2.0], [1.0])):
        with pytest.raises(HiprunError, match="two or more complete pairs"):
            limits_of_agreement(a, b)


def _tests(n: int, bias: float = 5.0, days: int = 1) -> pd.DataFrame:
    """Passive rotation of n athletes by two devices, the second reading `bias` degrees more."""
    rng = np.random.default_rng(3)
    rows = [
        (f"a{i}", DAY + pd.Timedelta(days=day), device, 40 + 5 * rng.normal() + shift)
        for i in range(n)
        for day in range(days)
        for device, shift in (("goniometer", 0.0), ("inclinometer", bias))
    ]
    frame = pd.DataFrame(rows, columns=["athlete_id", "date", "device", "angle_deg"])
    trial = frame.groupby(["athlete_id", "date"]).cumcount() + 1
    return frame.assign(
        motion="internal_rotation", side="left", quality="rom_passive", position="prone", trial_no=trial
    )


def _athletes(n: int) -> pd.DataFrame:
    return pd.DataFrame({"athlete_id": [f"a{i}" for i in range(n)]})


def test_devices_are_compared_within_athletes_and_day_and_each_athlete_counts_once():
    once, thrice = (bland_altman(_tests(30, days=d), _athletes(30), "device") for d in (1, 3))
    row = once.iloc[0]
    assert row[["first", "second", "n_athletes"]].tolist() == ["goniometer", "inclinometer", 30]
    wide = _tests(30).pivot(index="athlete_id", columns="device", values="angle_deg")
    assert row["bias"] == pytest.approx((wide["inclinometer"] - wide["goniometer"]).mean())
    assert row["bias_ci_low"] < 5 < row["bias_ci_high"]
    assert thrice.iloc[0]["n_athletes"] == 30
    raters = bland_altman(_tests(30).rename(columns={"device": "rater"}), _athletes(30), "rater")
    assert raters.iloc[0]["bias"] == pytest.approx(row["bias"])
    trials = bland_altman(_tests(30), _athletes(30)).iloc[0]  # here trial 1 is the goniometer's
    assert trials["bias"] == pytest.approx(row["bias"])


def test_few_athletes_have_no_limits_and_devices_nobody_had_both_of_no_row():
    few = bland_altman(_tests(9), _athletes(9), "device").iloc[0]
    assert few["n_athletes"] == 9
    assert np.isnan(few["loa_low"])
    apart = _tests(30)[lambda t: (t["athlete_id"].str[1:].astype(int) % 2 == 0) == (t["device"] == "goniometer")]
    assert bland_altman(apart, _athletes(30), "device").empty
    assert bland_altman(_tests(30).head(0), _athletes(30), "device").empty


def test_a_column_that_is_not_there_or_is_no_tool_is_refused():
    for between in ("rater", "side"):
        with pytest.raises(HiprunError, match=f"found between = '{between}'"):
            bland_altman(_tests(3), _athletes(3), between)
