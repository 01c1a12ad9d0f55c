"""Kaplan-Meier, log-rank and mean cumulative count against R (reference/survival) and the football table."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.surveillance import (
    follow_up,
    kaplan_meier,
    log_rank,
    mean_cumulative_count,
    median_times,
    numbers_at_risk,
    time_to_first,
)

REFERENCE = Path(__file__).parents[1] / "reference" / "survival"


@pytest.fixture(scope="module")
def r() -> dict:
    return json.loads((REFERENCE / "survival.json").read_text(encoding="utf-8"))


@pytest.fixture
def athletes() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "follow_up.csv").astype({"competing": bool})


@pytest.fixture
def events() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "recurrent.csv")


def _known(values) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in values], dtype=float)


@pytest.mark.parametrize("transform", ["log-log", "log"])
def test_curves_limits_and_medians_meet_r_survfit(transform, r, athletes, events):
    theirs = r[transform.replace("-", "_")]
    curves = kaplan_meier(time_to_first(events, athletes), "group", transform=transform)
    assert curves["group"].tolist() == theirs["group"]
    for column in ("time", "n_risk", "n_events", "survival"):
        np.testing.assert_allclose(curves[column], theirs[column], rtol=1e-9)
    inside = curves["survival"].between(0, 1, inclusive="neither")
    for column in ("ci_low", "ci_high"):
        np.testing.assert_allclose(curves.loc[inside, column], _known(theirs[column])[inside], rtol=1e-9)
    got = median_times(curves)
    for column, name in (("median", "median"), ("ci_low", "low"), ("ci_high", "high")):
        np.testing.assert_allclose(got[column], _known(theirs[name]))


def test_log_rank_meets_r_survdiff(r, athletes, events):
    got = log_rank(time_to_first(events, athletes), "group")
    assert (got.chi2, got.p_value) == pytest.approx((r["log_rank"]["chi2"], r["log_rank"]["p_value"]), rel=1e-9)
    assert (got.df, got.n, got.n_left_out) == (1, 60, 0)


def test_first_football_injuries_meet_injurytools_medians_265_and_106_and_chi2_5_1(shared):
    # DOMAIN §D: n 23/19, events 16/17, medians 265 (152-NA) / 106 (84-165), log-rank chi2 5.1, p .02
    squad = pd.read_csv(shared / "data" / "football_exposure.csv")[["athlete_id", "season"]]
    cases = pd.read_csv(shared / "data" / "football_injuries.csv")
    start = {"17/18": pd.Timestamp("2017-07-01"), "18/19": pd.Timestamp("2018-07-01")}
    key = lambda t: t["athlete_id"] + " " + t["season"]  # noqa: E731
    days = (pd.to_datetime(cases["from"]) - cases["season"].map(start)).dt.days
    events = pd.DataFrame({"athlete_id": key(cases), "time": days})
    times = time_to_first(events, squad.assign(athlete_id=key(squad), end=364))
    got = median_times(kaplan_meier(times, "season", transform="log"))
    assert got[["n", "n_events"]].to_numpy().tolist() == [[23, 16], [19, 17]]
    np.testing.assert_array_equal(got[["median", "ci_low", "ci_high"]], [[265, 152, np.nan], [106, 84, 165]])
    test = log_rank(times, "season")
    assert (round(test.chi2, 1), round(test.p_value, 2)) == (5.1, 0.02)


def test_mean_count_and_its_robust_error_meet_the_nelson_aalen_curve_of_r_survfit(r, athletes, events):
    got = mean_cumulative_count(events, athletes.drop(columns="competing"))
    got = got[got["n_events"] > 0]
    for column, name in (("time", "time"), ("mean_count", "mean"), ("se", "se")):
        np.testing.assert_allclose(got[column], r["nelson_aalen"][name], rtol=1e-9)


def test_mean_count_with_a_competing_end_and_its_error_meet_mets_recurrent_marginal(r, athletes, events):
    untied = events.assign(time=events["time"] - events.groupby("time").cumcount() / 1000)  # as make_survival.R does
    got = mean_cumulative_count(untied, athletes)
    got = got[got["n_events"] > 0]
    for column, name in (("mean_count", "mean"), ("se", "se")):
        np.testing.assert_allclose(got[column], r["ghosh_lin"][name], rtol=1e-9)


def test_mean_count_by_hand_of_four_athletes_one_of_whom_gives_up():
    # Dong et al. 2015: at 1, 1 event of 4; at 2 one gives up (3 of 4 stay); at 3, 2 events of 3 at risk, times 3/4.
    athletes = pd.DataFrame({"athlete_id": list("abcd"), "end": [5, 2, 5, 3], "competing": [False, True, False, False]})
    events = pd.DataFrame({"athlete_id": ["a", "a", "d", "c"], "time": [1, 3, 3, 5]})
    got = mean_cumulative_count(events, athletes).set_index("time")
    assert got["n_risk"].to_dict() == {1: 4, 2: 4, 3: 3, 5: 2}
    assert got["mean_count"].to_dict() == pytest.approx({1: 0.25, 2: 0.25, 3: 0.25 + 0.5, 5: 0.75 + 0.75 / 2})
    assert (got["ci_low"] < got["mean_count"]).all()
    assert (got["mean_count"] < got["ci_high"]).all()


def test_without_drop_out_the_mean_count_is_problems_over_athletes_and_its_error_that_of_a_mean():
    athletes = pd.DataFrame({"athlete_id": range(6), "end": 10})
    counts = [0, 0, 1, 2, 2, 7]
    events = pd.DataFrame({"athlete_id": np.repeat(range(6), counts), "time": 4})
    last = mean_cumulative_count(events, athletes).iloc[-1]
    assert last["mean_count"] == 2
    assert last["se"] == pytest.approx(np.std(counts) / np.sqrt(6))


def test_nobody_had_a_problem_gives_a_flat_curve_without_limits():
    athletes = pd.DataFrame({"athlete_id": ["a", "b"], "end": [3, 5]})
    none = pd.DataFrame({"athlete_id": pd.Series([], dtype="str"), "time": pd.Series([], dtype=float)})
    curve = kaplan_meier(time_to_first(none, athletes))
    assert (curve["survival"] == 1).all()
    assert curve[["ci_low", "ci_high"]].isna().all(axis=None)
    assert median_times(curve)[["median", "ci_low", "ci_high"]].isna().all(axis=None)
    mean = mean_cumulative_count(none, athletes)
    assert (mean["mean_count"] == 0).all()
    assert mean[["ci_low", "ci_high"]].isna().all(axis=None)


TIMES = st.lists(st.tuples(st.integers(0, 30), st.booleans(), st.sampled_from("ab")), min_size=2, max_size=25)


@settings(max_examples=60, deadline=None)
@given(TIMES, st.sampled_from([1, 7, 0.25]))
def test_curves_stay_in_0_and_1_fall_and_do_not_mind_the_unit_of_time(rows, factor):
    times = pd.DataFrame(rows, columns=["time", "event", "group"])
    curve = kaplan_meier(times, "group")
    for _, own in curve.groupby("group"):
        assert own["survival"].between(0, 1).all()
        assert (own["survival"].diff().dropna() <= 1e-12).all()
    limits = curve[["ci_low", "survival", "ci_high"]].dropna()
    assert (limits.diff(axis=1).iloc[:, 1:] >= -1e-12).all(axis=None)
    assert ((limits >= 0) & (limits <= 1)).all(axis=None)
    assert curve[["n_events", "n_censored"]].to_numpy().sum() == len(times)
    other = kaplan_meier(times.assign(time=times["time"] * factor), "group")
    np.testing.assert_allclose(other["survival"], curve["survival"])
    np.testing.assert_allclose(other["time"], curve["time"] * factor)


def test_numbers_at_risk_count_those_whose_time_is_not_yet_over(athletes, events):
    times = time_to_first(events, athletes)
    table = numbers_at_risk(kaplan_meier(times, "group"), [0, 30, 60, 500])
    for group, rows in times.groupby("group"):
        assert table.loc[group].tolist() == [int((rows["time"] >= t).sum()) for t in (0, 30, 60, 500)]


def _weeks(counts: list, km: list | None = None, athlete: str = "a") -> pd.DataFrame:
    start = pd.date_range("2026-01-05", periods=len(counts), freq="7D")
    given = pd.array(counts, dtype="Int64")
    frame = pd.DataFrame({"athlete_id": athlete, "week_start": start, "new_injuries": given})
    return frame.assign(exposure_km=pd.array(km or [10] * len(counts), dtype="Float64"))


def test_weeks_become_problems_and_ends_on_the_scale_of_weeks_or_cumulative_km():
    weeks = pd.concat([_weeks([0, 2, 0, 1], [10, 20, 0, 5]), _weeks([0, 0], [7, 8], "b")])
    events, ends = follow_up(weeks)
    assert events.to_numpy().tolist() == [["a", 2], ["a", 2], ["a", 4]]
    assert ends.to_numpy().tolist() == [["a", 4, 0], ["b", 2, 0]]
    events, ends = follow_up(weeks, exposure="exposure_km")
    assert events["time"].tolist() == [30, 30, 35]
    assert ends["end"].tolist() == [35, 15]
    first = time_to_first(events, ends)
    assert first["time"].tolist() == [30, 15]
    assert first["event"].tolist() == [True, False]


def test_follow_up_ends_at_the_first_week_nobody_watched_and_starts_at_the_first_watched():
    events, ends = follow_up(_weeks([None, 0, 1, None, 3, 0]))
    assert events["time"].tolist() == [2]
    assert ends[["end", "weeks_left_out"]].to_numpy().tolist() == [[2, 2]]
    absent = _weeks([0, 0, 0, 5]).drop(index=2)
    assert follow_up(absent)[1][["end", "weeks_left_out"]].to_numpy().tolist() == [[2, 1]]
    unknown_km = _weeks([0, 0, 1], [10, None, 10])
    assert follow_up(unknown_km, exposure="exposure_km")[1]["end"].tolist() == [10]
    assert follow_up(_weeks([None, None]))[1].empty


def test_what_cannot_be_is_refused(athletes, events):
    with pytest.raises(HiprunError, match="1 problems of nobody listed or after the end"):
        time_to_first(pd.concat([events, pd.DataFrame({"athlete_id": ["A00"], "time": [999]})]), athletes)
    with pytest.raises(HiprunError, match="60 listed twice"):
        mean_cumulative_count(events, pd.concat([athletes, athletes]))
    with pytest.raises(HiprunError, match="not known to be competing"):
        mean_cumulative_count(events, athletes.assign(competing=pd.array([None] * 60, dtype="boolean")))
    with pytest.raises(HiprunError, match="1 groups and"):
        log_rank(time_to_first(events, athletes.assign(group="a")), "group")
    with pytest.raises(HiprunError, match="no column group"):
        kaplan_meier(time_to_first(events, athletes.drop(columns="group")), "group")
    with pytest.raises(HiprunError, match="log-log or log"):
        kaplan_meier(time_to_first(events, athletes), transform="plain")
    with pytest.raises(HiprunError, match="week twice"):
        follow_up(pd.concat([_weeks([0]), _weeks([0])]))
