"""Cases, time loss, episodes and response."""

import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.surveillance.problems import (
    KINDS,
    episodes,
    kind_of_problem,
    non_response_table,
    problem_episodes,
    response_rate,
    severity_bin,
    time_loss_days,
)


def _days(*text: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(text)))


def test_time_loss_runs_from_the_day_after_onset_to_the_day_before_return():
    onset = _days("2026-03-02", "2026-03-02", "2026-03-02", "2026-03-02")
    back = _days("2026-03-02", "2026-03-03", "2026-03-10", None)
    assert time_loss_days(onset, back).tolist() == [0, 0, 7, pd.NA]


def test_an_open_case_counts_to_the_end_of_observation_where_that_is_given():
    got = time_loss_days(_days("2026-03-02", "2026-03-02"), _days(None, "2026-03-05"), pd.Timestamp("2026-03-12"))
    assert got.tolist() == [10, 2]


def test_a_return_before_onset_is_refused_with_its_row():
    with pytest.raises(HiprunError, match="row 1"):
        time_loss_days(_days("2026-03-02", "2026-03-02"), _days("2026-03-03", "2026-03-01"))


def test_days_fall_into_the_ioc_bins_at_their_edges_and_missing_days_into_none():
    days = pd.Series([0, 1, 7, 8, 28, 29, None], dtype="Int64")
    bins = severity_bin(days)
    named = ["0 days", "1-7 days", "1-7 days", "8-28 days", "8-28 days", "over 28 days"]
    assert bins.tolist()[:6] == named
    assert bins.isna().tolist() == [False] * 6 + [True]


def _reports(text: str, athlete: str = "a") -> pd.DataFrame:
    """One letter a week from Monday 5 January 2026: x problem, o none, . not answered."""
    weeks = pd.date_range("2026-01-05", periods=len(text), freq="7D")
    flags = pd.array([{"x": True, "o": False, ".": None}[c] for c in text], dtype="boolean")
    return pd.DataFrame({"athlete_id": athlete, "week_start": weeks, "problem": flags})


@pytest.mark.parametrize(
    ("weeks", "max_gap", "episodes", "new"),
    [
        ("oxxo", 1, [1, 1], [True, False]),
        ("oxxoxo", 1, [1, 1, 2], [True, False, True]),
        ("xxo", 1, [1, 1], [None, False]),  # at the first answer nobody knows since when
        ("ox.xo", 1, [1, 1], [True, False]),  # one forgotten form is bridged
        ("ox..xo", 1, [1, 2], [True, None]),  # two are not, and new or old is not known
        ("ox..xo", 2, [1, 1], [True, False]),
        ("ox.xo", 0, [1, 2], [True, None]),
        ("o..x", 1, [1], [True]),  # well at the last answer: new, though its week is not sure
        (".x", 1, [1], [None]),
    ],
)
def test_problem_weeks_form_episodes_by_the_stated_rule(weeks, max_gap, episodes, new):
    got = problem_episodes(_reports(weeks), max_gap_weeks=max_gap)
    assert got["episode"].tolist() == episodes
    assert [None if v is pd.NA else v for v in got["is_new"]] == new


def test_weeks_that_are_absent_as_rows_count_like_weeks_without_an_answer():
    full = _reports("ox..xxo.x")
    sparse = full.dropna(subset=["problem"])
    pd.testing.assert_frame_equal(problem_episodes(full), problem_episodes(sparse))


def test_case_durations_are_3_1_1_1_weeks_as_in_the_ostrc_readme():
    reports = pd.concat([_reports("xxx", "1 knee"), _reports("x", "1 cold"), _reports("x", "2"), _reports("x", "4")])
    weeks = problem_episodes(pd.concat([reports, _reports("o", "3")], ignore_index=True))
    assert sorted(weeks.groupby(["athlete_id", "episode"]).size(), reverse=True) == [3, 1, 1, 1]


def test_new_cases_of_the_ostrc_readme_are_1_of_6_and_1_of_4_after_the_first_week():
    rows = {"1": "xxo", "2": "xox", "3": "xo.", "4": "oxx", "5": "xx.", "6": "xxx"}
    reports = pd.concat([_reports(weeks, a) for a, weeks in rows.items()], ignore_index=True)
    weeks = problem_episodes(reports)
    new = weeks[weeks["is_new"].fillna(False)].groupby("week_start").size()
    first, second, third = pd.date_range("2026-01-05", periods=3, freq="7D")
    answered = reports.dropna(subset=["problem"]).groupby("week_start").size()
    assert new.get(first, 0) == 0
    assert new[second] / answered[second] == pytest.approx(0.167, abs=5e-4)
    assert new[third] / answered[third] == 0.25
    weekly = pd.Series([new[second] / answered[second], new[third] / answered[third]])  # the first week is missing
    assert (weekly.mean(), weekly.std()) == pytest.approx((0.208, 0.0589), abs=5e-4)


def test_regions_and_sides_are_told_apart_by_keys_and_repeats_are_refused():
    left, right = _reports("oxx").assign(side="left"), _reports("xox").assign(side="right")
    both = pd.concat([left, right], ignore_index=True)
    got = problem_episodes(both, keys=("athlete_id", "side"))
    assert got.groupby("side")["episode"].max().to_dict() == {"left": 1, "right": 2}
    with pytest.raises(HiprunError, match="athlete_id a answers twice in the week of 2026-01-05"):
        problem_episodes(both)


def test_response_rate_is_the_share_of_expected_forms_that_came_back():
    expected = pd.concat([_reports("ooo", a) for a in "abcd"])
    answered = pd.concat([_reports("oo", "a"), _reports("o", "b"), _reports("o", "b"), _reports("ooo", "zz")])
    table = response_rate(expected, answered)
    assert table["n_expected"].tolist() == [4, 4, 4]
    assert table["n_answered"].tolist() == [2, 1, 0]
    assert table["response_rate"].tolist() == [0.5, 0.25, 0]


def test_episodes_have_one_row_each_with_their_weeks_and_the_bridged_week_is_not_counted_as_reported():
    weeks = problem_episodes(_reports("ox.xoxx"))
    table = episodes(weeks)
    assert table["n_weeks"].tolist() == [2, 2]
    assert table["is_new"].tolist() == [True, True]
    first = pd.Timestamp("2026-01-05")
    assert ((table["first_week"] - first).dt.days // 7).tolist() == [1, 5]
    assert ((table["last_week"] - first).dt.days // 7).tolist() == [3, 6]
    assert episodes(problem_episodes(_reports("xx")))["is_new"].isna().tolist() == [True]


def test_illness_and_injury_of_one_week_are_episodes_apart():
    hurt, ill = _reports("oxxo").assign(problem_type="injury"), _reports("xoxo").assign(problem_type="illness")
    keys = ("athlete_id", "problem_type")
    table = episodes(problem_episodes(pd.concat([hurt, ill], ignore_index=True), keys), keys)
    assert table.groupby("problem_type")["n_weeks"].sum().to_dict() == {"injury": 2, "illness": 2}
    assert len(table) == 3


def test_kinds_of_problem_keep_illness_apart_and_a_missing_mode_of_onset_missing():
    types = pd.Series(["injury", "injury", None, "injury", "illness"], dtype="str")
    modes = pd.Series(["sudden", "gradual", "mixed", None, "sudden"], dtype="str")
    got = kind_of_problem(types, modes)
    assert got.tolist() == list(KINDS)
    assert got.cat.ordered


@pytest.fixture
def asked() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    athletes = pd.DataFrame(
        {
            "athlete_id": list("abcdz"),
            "sex": ["female", "female", "male", None, "male"],
            "clinic": ["n", "n", "s", "s", "s"],
            "age_y": [19.9, 20, 34, None, 50],
            "previous_injury": pd.array([True, False, None, False, True], dtype="boolean"),
        }
    )
    expected = pd.concat([_reports("oooo", a) for a in "abcd"])
    answered = pd.concat([_reports("oooo", "a"), _reports("oo", "b"), _reports("o", "c"), _reports("ooo", "q")])
    return athletes, expected, answered


def test_non_response_is_told_by_sex_clinic_age_and_previous_injury_with_what_is_not_recorded(asked):
    table = non_response_table(*asked, n_boot=200).set_index(["trait", "group"])
    whole = table.loc[("all", "all")]
    assert whole[["n_athletes", "n_never", "n_expected", "n_answered"]].tolist() == [4, 1, 16, 7]
    assert whole["response_rate"] == 7 / 16
    assert whole["ci_low"] < 7 / 16 < whole["ci_high"]
    assert table.loc["sex", "n_answered"].to_dict() == {"female": 6, "male": 1, "not recorded": 0}
    assert list(table.loc["age_y"].index) == ["10 to 19", "20 to 29", "30 to 39", "not recorded"]
    assert table.loc["previous_injury", "n_never"].to_dict() == {"no": 1, "yes": 0, "not recorded": 0}
    for trait in ("sex", "clinic", "age_y", "previous_injury"):
        assert table.loc[trait][["n_athletes", "n_answered"]].sum().tolist() == [4, 7]
    assert ((table["ci_low"] >= 0) & (table["ci_high"] <= 1) & (table["ci_low"] < table["ci_high"])).all()


def test_a_group_that_never_answered_gets_zero_with_an_upper_limit(asked):
    row = non_response_table(*asked, n_boot=50).set_index(["trait", "group"]).loc[("sex", "not recorded")]
    assert (row["response_rate"], row["ci_low"], row["ci_high"]) == (0, 0, 0.975)
