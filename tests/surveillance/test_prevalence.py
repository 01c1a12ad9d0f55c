"""Prevalence against the printed example of the Oslo centre's package, and its limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import HiprunError
from analysis.surveillance import prevalence, prevalence_by_week, prevalence_table

# ostRc README: six athletes, three weeks (no answer in the last week from 3 and 5).
OSTRC_ROWS = [
    (1, 1, 1, 0), (1, 2, 1, 1), (1, 3, 0, 0),
    (2, 1, 1, 1), (2, 2, 0, 1), (2, 3, 1, 0),
    (3, 1, 1, 0), (3, 2, 0, 0),
    (4, 1, 0, 0), (4, 2, 1, 0), (4, 3, 1, 0),
    (5, 1, 1, 0), (5, 2, 1, 0),
    (6, 1, 1, 1), (6, 2, 1, 1), (6, 3, 1, 0),
]  # fmt: skip
MALE = (1, 3, 4)


@pytest.fixture
def reports() -> pd.DataFrame:
    table = pd.DataFrame(OSTRC_ROWS, columns=["athlete", "week", "injury", "substantial"])
    return table.astype({"injury": "boolean", "substantial": "boolean"})


def test_weekly_prevalence_of_the_ostrc_readme_is_5_of_6_4_of_6_3_of_4(reports):
    table = prevalence_by_week(reports["injury"], reports["athlete"], reports["week"])
    assert table["n_problem"].tolist() == [5, 4, 3]
    assert table["n_answered"].tolist() == [6, 6, 4]
    assert table["prevalence"].tolist() == pytest.approx([0.833, 0.667, 0.75], abs=5e-4)
    assert table["prevalence"].std() == pytest.approx(0.0833, abs=5e-5)


def test_mean_weekly_prevalence_of_the_ostrc_readme_is_75_percent_with_limits_inside_0_and_1(reports):
    rate = prevalence(reports["injury"], reports["athlete"], reports["week"])
    assert rate.estimate == pytest.approx(0.75)
    assert 0 <= rate.ci_low < 0.75 < rate.ci_high <= 1
    substantial = prevalence(reports["substantial"], reports["athlete"], reports["week"])
    assert substantial.estimate == pytest.approx(0.278, abs=5e-4)


def test_prevalence_by_sex_of_the_ostrc_readme_is_61_percent_in_men_and_89_percent_in_women(reports):
    male = reports["athlete"].isin(MALE)
    for rows, expected in ((male, 0.611), (~male, 0.889)):
        part = reports[rows]
        rate = prevalence(part["injury"], part["athlete"], part["week"])
        assert rate.estimate == pytest.approx(expected, abs=5e-4)
        assert 0 <= rate.ci_low <= rate.ci_high <= 1  # ostRc's t limits run to 1.37 here


def test_the_oslo_packages_own_limits_543_to_957_are_students_t_over_the_three_weeks(reports):
    weekly = prevalence_by_week(reports["injury"], reports["athlete"], reports["week"])["prevalence"]
    limits = stats.t.interval(0.95, 2, weekly.mean(), weekly.std() / np.sqrt(3))
    assert limits == pytest.approx((0.543, 0.957), abs=5e-4)
    week = prevalence_by_week(reports["substantial"], reports["athlete"], reports["week"])["prevalence"]
    assert week.std() == pytest.approx(0.255, abs=5e-4)


def test_a_table_by_sex_holds_the_prevalences_of_the_ostrc_readme_in_one_call(reports):
    frame = reports.rename(columns={"athlete": "athlete_id", "week": "week_start"})
    frame["sex"] = np.where(frame["athlete_id"].isin(MALE), "male", "female")
    table = prevalence_table(frame, ["sex"], "injury").set_index("sex")
    assert table["prevalence"].to_dict() == pytest.approx({"male": 0.611, "female": 0.889}, abs=5e-4)
    assert table["n_reports"].to_dict() == {"male": 8, "female": 8}
    whole = prevalence_table(frame, problem="injury").iloc[0]
    assert whole["prevalence"] == pytest.approx(0.75)


def test_a_group_without_answers_and_one_without_a_name_keep_their_rows_in_the_table():
    rows = pd.DataFrame({"athlete_id": list("abc"), "week_start": 1, "clinic": ["n", "s", None]})
    table = prevalence_table(rows.assign(problem=pd.array([True, None, False], dtype="boolean")), ["clinic"])
    assert table["n_reports"].tolist() == [1, 0, 1]
    assert table["prevalence"].isna().tolist() == [False, True, False]
    with pytest.raises(HiprunError, match="no column side"):
        prevalence_table(rows.assign(problem=True), ["side"])


@pytest.mark.parametrize("answers", [[True, False], [True] * 5 + [False]])
def test_one_athlete_or_athletes_all_alike_do_not_get_an_interval_of_no_width(answers):
    weeks = list(range(len(answers)))
    alone = prevalence(answers, ["a"] * len(answers), weeks)
    share = sum(answers) / len(answers)
    assert alone.ci_low < 0.1 < share < 0.97 < alone.ci_high
    alike = prevalence(answers * 4, [a for a in "abcd" for _ in answers], weeks * 4)
    assert 0 <= alike.ci_low < alike.estimate < alike.ci_high <= 1
    assert "athletes as the sample" in alike.method


@pytest.mark.parametrize(("cases", "n"), [(0, 7), (1, 7), (16, 23), (17, 19), (7, 7)])
def test_limits_of_one_week_are_clopper_pearson_as_in_scipy_and_statsmodels(cases, n):
    rate = prevalence([True] * cases + [False] * (n - cases))
    theirs = stats.binomtest(cases, n).proportion_ci(method="exact")
    assert (rate.ci_low, rate.ci_high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (rate.ci_low, rate.ci_high) == pytest.approx(proportion_confint(cases, n, method="beta"), abs=1e-9)


def test_missing_answers_are_left_out_of_the_denominator_not_counted_as_no_problem():
    rate = prevalence(pd.array([True, False, None, None], dtype="boolean"))
    assert (rate.estimate, rate.n_cases, rate.exposure) == (0.5, 1, 2)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([True, False, None]), min_size=4, max_size=4), min_size=1, max_size=12).filter(
        lambda rows: any(a is not None for row in rows for a in row)
    )
)
def test_limits_never_leave_0_and_1_whatever_the_answers(rows):
    long = [(i, w, answer) for i, row in enumerate(rows) for w, answer in enumerate(row)]
    athlete, week, problem = zip(*long, strict=True)
    rate = prevalence(pd.array(problem, dtype="boolean"), athlete, week, n_boot=50)
    assert 0 <= rate.ci_low <= rate.ci_high <= 1
    assert 0 <= rate.estimate <= 1


@pytest.mark.parametrize("answer", [True, False])
def test_nobody_or_everybody_with_the_problem_gets_exact_limits_with_athletes_as_the_sample(answer):
    weeks = [1, 2, 3] * 5
    athletes = [a for a in "abcde" for _ in range(3)]
    rate = prevalence([answer] * 15, athletes, weeks)
    theirs = stats.binomtest(5 * answer, 5).proportion_ci(method="exact")
    assert (rate.ci_low, rate.ci_high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_answers_of_one_athlete_that_agree_over_weeks_widen_the_interval():
    alone = [True] * 10 + [False] * 30
    athletes = list(range(40))
    once = prevalence(alone, athletes, [1] * 40)
    repeated = prevalence(alone * 10, athletes * 10, [w for w in range(10) for _ in range(40)])
    naive = proportion_confint(100, 400, method="beta")
    assert repeated.ci_high - repeated.ci_low > 2 * (naive[1] - naive[0])
    assert repeated.ci_high - repeated.ci_low == pytest.approx(once.ci_high - once.ci_low, rel=0.15)


def test_no_answers_repeats_and_weeks_without_athletes_are_refused():
    with pytest.raises(HiprunError, match="no answered report"):
        prevalence(pd.array([None], dtype="boolean"))
    with pytest.raises(HiprunError, match="twice in week 1"):
        prevalence([True, False], ["a", "a"], [1, 1])
    with pytest.raises(HiprunError, match="no athlete ids"):
        prevalence([True, False], week=[1, 2])
    with pytest.raises(HiprunError, match="2 values of athlete for 1 reports"):
        prevalence([True], ["a", "b"])
