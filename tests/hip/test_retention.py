"""Range of motion gained, kept and lost: gain, share kept, half-life."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.hip.retention import gain_retention, half_life_weeks, rom_gains, share_after_weeks

DAY = pd.Timestamp("2026-01-05")
TEST = {"motion": "internal_rotation", "quality": "rom_passive", "position": "prone", "unit": "deg"}


def _profile(*tests: tuple[float, float], side: str = "left") -> pd.DataFrame:
    """Rows of (week, degrees)."""
    rows = [
        {"athlete_id": "a", "side": side, "date": DAY + pd.Timedelta(weeks=w), "value": v, **TEST} for w, v in tests
    ]
    return pd.DataFrame(rows)


def _errors(mdc95: float = 4.0) -> pd.DataFrame:
    return pd.DataFrame([TEST | {"mdc95": mdc95}])


def _one(*tests: tuple[float, float], mdc95: float = 4.0, weeks: float = 4) -> pd.Series:
    table = gain_retention(_profile(*tests), _errors(mdc95), weeks)
    assert len(table) == 1
    return table.iloc[0]


def test_half_life_by_hand_half_is_kept_after_one_half_life_and_a_quarter_after_two():
    assert half_life_weeks(0.5, 6.0) == pytest.approx(6)
    assert half_life_weeks(0.25, 6.0) == pytest.approx(3)
    shares = pd.Series([1.0, 1.2, 0.0, -0.3, np.nan], index=list("abcde"))
    life = half_life_weeks(shares, pd.Series(6.0, index=shares.index))
    assert life.isna().all()
    assert list(life.index) == list("abcde")


@given(st.floats(0.5, 50), st.floats(0.5, 30), st.floats(0, 1))
def test_a_gain_that_decays_exponentially_gives_its_half_life_and_share_back(life, later, part):
    share = 2 ** (-later / life)
    assert half_life_weeks(share, later) == pytest.approx(life, rel=1e-6)
    assert share_after_weeks(share, later, part * later) == pytest.approx(2 ** (-part * later / life), rel=1e-6)


def test_the_share_kept_is_not_carried_past_the_next_assessment():
    assert share_after_weeks(0.25, 8.0, 4) == pytest.approx(0.5)
    assert share_after_weeks(0.25, 8.0, 8) == pytest.approx(0.25)
    assert np.isnan(share_after_weeks(0.25, 3.0, 4))
    assert np.isnan(share_after_weeks(-0.1, 8.0, 4))
    with pytest.raises(HiprunError, match="found -1 weeks"):
        share_after_weeks(0.5, 8.0, -1)


def test_a_gain_of_10_degrees_of_which_5_are_left_8_weeks_later():
    row = _one((0, 30.0), (6, 40.0), (14, 35.0))
    assert row[["gain", "kept", "weeks_later", "share_kept"]].tolist() == [10, 5, 8, 0.5]
    assert row["half_life_weeks"] == pytest.approx(8)
    assert row["share_kept_after"] == pytest.approx(0.5**0.5)
    assert pd.isna(row["why_missing"])


@pytest.mark.parametrize(
    ("degrees", "mdc95", "why", "share"),
    [
        ((30, 33, 31), 4.0, "no gain beyond MDC95", np.nan),
        ((30, 25, 31), 4.0, "no gain beyond MDC95", np.nan),
        ((30, 34, 29), 4.0, "no gain beyond MDC95", np.nan),  # exactly the MDC is within it
        ((30, 40, 37), 4.0, "no loss beyond MDC95", 0.7),
        ((30, 40, 44), 4.0, "no loss beyond MDC95", 1.4),
        ((30, 40, 30), 4.0, "all of the gain lost", 0.0),
        ((30, 40, 27), 4.0, "all of the gain lost", -0.3),
        ((30, 40, 35), np.nan, "no MDC95", np.nan),
    ],
)
def test_no_half_life_without_a_gain_and_a_loss_beyond_mdc95_and_the_reason_is_said(degrees, mdc95, why, share):
    row = _one(*zip((0, 6, 14), map(float, degrees), strict=True), mdc95=mdc95)
    assert np.isnan(row["half_life_weeks"])
    assert row["why_missing"] == why
    assert row["share_kept"] == pytest.approx(share, nan_ok=True)


def test_gains_are_between_neighbouring_assessments_and_judged_by_mdc95():
    table = rom_gains(_profile((12, 41.0), (0, 30.0), (6, 40.0)), _errors())
    assert table[["weeks", "before", "after", "gain"]].to_numpy().tolist() == [[6, 30, 40, 10], [6, 40, 41, 1]]
    assert table["within_measurement_error"].tolist() == [False, True]
    unknown = rom_gains(_profile((0, 30.0), (6, 40.0)), _errors(np.nan))
    assert unknown["within_measurement_error"].isna().all()


def test_an_assessment_without_a_value_is_passed_over():
    row = _one((0, 30.0), (3, np.nan), (6, 40.0), (14, 35.0))
    assert row[["gain", "weeks_later"]].tolist() == [10, 8]


def test_two_assessments_give_a_gain_and_no_retention_and_four_give_two_rows():
    two, four = _profile((0, 30.0), (6, 40.0)), _profile((0, 30.0), (6, 40.0), (14, 35.0), (20, 45.0))
    assert len(rom_gains(two, _errors())) == 1
    assert gain_retention(two, _errors()).empty
    assert gain_retention(four, _errors())["gain"].tolist() == [10, -5]


def test_sides_positions_and_qualities_are_never_put_in_one_series():
    left, right = _profile((0, 30.0), (6, 40.0)), _profile((14, 35.0), side="right")
    moved = _profile((14, 35.0)).assign(position="seated")
    active = _profile((14, 35.0)).assign(quality="rom_active")
    for other in (right, moved, active):
        assert gain_retention(pd.concat([left, other]), _errors()).empty


def test_strength_is_left_out_and_shifting_every_angle_changes_no_share():
    strong = _profile((0, 1.0), (6, 2.0), (14, 1.5)).assign(quality="strength_isometric")
    assert gain_retention(strong, _errors()).empty
    one, two = (_one((0, 30.0 + s), (6, 40.0 + s), (14, 36.0 + s), mdc95=3.0) for s in (0, -45))
    columns = ["share_kept", "share_kept_after", "half_life_weeks"]
    np.testing.assert_allclose(one[columns].astype(float), two[columns].astype(float))


def test_where_nothing_ever_changed_half_of_a_chosen_gain_is_kept_on_average_bland_and_altman_1994():
    rng = np.random.default_rng(21)
    dates = [DAY + pd.Timedelta(weeks=w) for w in (0, 6, 14)]
    n = 3000
    ids = [f"a{i}" for i in range(n)]
    frames = [
        pd.DataFrame({"athlete_id": ids, "side": "left", "date": d, "value": 40 + rng.normal(0, 3, n), **TEST})
        for d in dates
    ]
    table = gain_retention(pd.concat(frames), _errors(4.0)).dropna(subset=["share_kept"])
    assert len(table) > 300
    assert table["kept"].sum() / table["gain"].sum() == pytest.approx(0.5, abs=0.04)


def test_missing_columns_and_two_errors_for_one_test_are_refused():
    profile = _profile((0, 30.0), (6, 40.0))
    with pytest.raises(HiprunError, match="profile has no column unit"):
        rom_gains(profile.drop(columns="unit"), _errors())
    with pytest.raises(HiprunError, match="table of errors has no column mdc95"):
        rom_gains(profile, _errors().drop(columns="mdc95"))
    with pytest.raises(HiprunError, match="found two errors"):
        rom_gains(profile, pd.concat([_errors(), _errors(5.0)]))
