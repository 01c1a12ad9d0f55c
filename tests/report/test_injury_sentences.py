"""Injuries in plain words: the numbers are those of the tables, small counts are not told, nothing is advised."""

import numpy as np
import pandas as pd
import pytest

from analysis.describe.severity import return_curve, severity_by_region
from analysis.report.injury_sentences import (
    chances_for_report,
    if_said,
    read_chances,
    read_first_problems,
    read_recurrent,
    read_severity,
)

FIRST = pd.DataFrame(
    {
        "problem": ["Injury on record", "Any health problem", "Substantial problem"],
        "n_athletes": [60, 48, 57],
        "n_at_start": pd.array([pd.NA, 12, 3], dtype="Int64"),
        "n_events": [37, 36, 4],
        "median_weeks": [18.0, 8.0, np.nan],
        "ci_low": [13.0, 5.0, np.nan],
        "ci_high": [np.nan, 11.0, np.nan],
    }
)


def test_first_problems_are_told_by_the_week_in_which_half_had_one():
    assert read_first_problems(FIRST) == (
        "Half of the 60 runners who were watched had a first injury on record by week 18 (95 % interval 13 or more). "
        "Half of the 48 runners who began without one had a first health problem by week 8 (95 % interval 5 to 11)."
    )
    assert "Fewer than half of the 57 runners who began without one had a first substantial problem" in (
        read_first_problems(FIRST, threshold=4)
    )
    assert read_first_problems(FIRST, threshold=40).startswith("Too few runners")
    assert read_first_problems(FIRST.head(0)).startswith("Too few runners")


def test_where_all_had_it_in_one_week_there_is_no_interval():
    at_once = FIRST.head(1).assign(median_weeks=1.0, ci_low=np.nan)
    assert read_first_problems(at_once).endswith("had a first injury on record by week 1.")


def lost(days: list[int], n_open: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    cases = pd.DataFrame({"time_loss_days": days, "region": "knee", "still_open": False})
    cases.loc[cases.index[:n_open], "still_open"] = True
    return severity_by_region(cases), return_curve(cases)


def test_days_lost_are_told_by_median_quartile_and_shares():
    text = read_severity(*lost([0, 0, 2, 4, 6, 10, 12, 40]))
    assert text.startswith(
        "Half of the 8 injuries cost 5 days or fewer (95 % interval 0 to 12), and a quarter 11 days or"
    )
    assert "The loss was at most 7 days in 62 % (" in text and "at most 28 days in 88 % (" in text
    assert "ended" not in text


def test_open_injuries_are_told_and_fewer_than_five_of_them_not_counted_out():
    assert "Injuries that had not ended when the watch ended count" in read_severity(*lost([3] * 4 + [9] * 8, 2))
    assert "6 injuries that had not ended" in read_severity(*lost([9] * 6 + [3] * 9, 6))


def test_no_day_lost_few_injuries_and_none_are_told_as_such():
    assert read_severity(*lost([0] * 9)) == "None of the 9 injuries cost a day."
    assert read_severity(*lost([0] * 6 + [4] * 4)).startswith(
        "Half of the 10 injuries cost no day (95 % interval 0 or more)"
    )
    assert read_severity(*lost([1, 2])) == "Fewer than 5 injuries were recorded, so their days lost are not told."
    assert read_severity(*lost([])) == "Fewer than 5 injuries were recorded, so their days lost are not told."
    assert read_severity(*lost([5] * 9, 9)).startswith("Fewer than half of the 9 injuries had ended")


def ways(estimates: list[float], limits: tuple[float, float] = (0.6, 1.1)) -> pd.DataFrame:
    n = len(estimates)
    rows = pd.DataFrame(
        {"group": "Mobility work", "estimate": estimates, "n_athletes": 50, "n_cases": [62, 62, 30, 60][:n]}
    )
    return rows.assign(ci_low=limits[0], ci_high=limits[1])


def test_ways_of_counting_are_held_against_the_interval_of_the_primary_model():
    text, n = read_recurrent(ways([0.8, 0.8, 0.9, 0.7])).iloc[0]
    assert text == (
        "Mobility work: the rate ratio is 0.80 (0.60 to 1.10); 3 other ways of taking repeated injuries give 0.70 to "
        "0.90, within that interval."
    )
    assert n == 30, "the smallest number it rests on decides whether it may be handed out"
    assert "not all within that interval" in read_recurrent(ways([0.8, 0.8, 1.2, 0.7]))["text"].iloc[0]
    assert "the one other way" in read_recurrent(ways([0.8, np.nan, 0.9, np.nan]))["text"].iloc[0]


@pytest.mark.parametrize("estimates", [[np.nan, 0.8, 0.9, 0.7], [0.8, np.nan, np.nan, np.nan]])
def test_without_the_primary_model_or_another_there_is_nothing_to_say(estimates):
    assert read_recurrent(ways(estimates)).empty


CHANCES = pd.DataFrame(
    {
        "runner": [0, 0, 0, 1],
        "scenario": ["usual", "mobility", "stability", "usual"],
        "extra_min": [0.0, 30.0, 30.0, 0.0],
        "n_athletes": [20, 20, 20, 9],
        "age_decades": [3.25, 3.25, 3.25, np.nan],
        "sex_male": [1.0, 1.0, 1.0, np.nan],
        "previous_injury_yes": [0.0, 0.0, 0.0, np.nan],
        "programme_week": 12.0,
        "expected": [7.7, 4.5, 5.9, 10.0],
        "ci_low": [4.1, 1.9, 2.7, 5.0],
        "ci_high": [14.6, 10.7, 12.5, 20.0],
        "chance_percent": [20.2, 12.4, 16.1, 25.0],
        "chance_ci_low": [11.1, 5.3, 8.0, 14.0],
        "chance_ci_high": [35.4, 27.2, 31.0, 44.0],
        "weeks": 10,
        "hours_a_week": 2.94,
    }
)


def test_chances_are_told_of_a_hundred_runners_like_this_without_a_cause_or_advice():
    readings = read_chances(CHANCES)
    assert readings["n_athletes"].tolist() == [20, 9]
    assert readings["text"].iloc[0] == (
        "Of 100 men of about 32 years without a previous injury, the model expects about 20 (11 to 35) to have a new "
        "injury in 10 weeks of 2.9 h of running, at their usual hip work (95 % limits); 12 (5 to 27) with 30 min/week "
        "more mobility work before the weeks and 16 (8 to 31) with 30 min/week more stability work before the weeks."
    )
    assert readings["text"].iloc[1].startswith("Of 100 runners, the model expects about 25 (14 to 44) to have")
    assert readings["text"].iloc[1].endswith("at their usual hip work (95 % limits).")
    for word in ("should", "prevent", "because", "reduce", "cause", "effect"):
        assert word not in " ".join(readings["text"])


def test_the_table_of_chances_holds_rates_and_chances_and_counts_the_runners():
    table = chances_for_report(CHANCES)
    assert "30 min/week" in table["hip_work"].iloc[1] and "mobility" in table["hip_work"].iloc[1]
    assert table[["rate_per_1000_h", "with_injury_pct"]].iloc[0].tolist() == [7.7, 20.2]
    assert [c for c in table if c.startswith("n_")] == ["n_athletes"]


def test_an_empty_text_is_no_reading():
    assert if_said("", CHANCES).empty
    assert if_said("Rare.", CHANCES).iloc[0].tolist() == ["Rare.", 9]
