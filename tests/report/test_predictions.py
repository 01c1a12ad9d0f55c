"""What the models expect, in sentences that hold the numbers and neither causes nor advice."""

import re

import numpy as np
import pandas as pd
import pytest

from analysis.claims.effects.spread import Spread
from analysis.report import predictions as said

FORBIDDEN = re.compile(
    r"\b(causes?|caused|because of|prevents?|reduces?|should|must|recommend|effective|thanks to)\b", re.I
)


def curve(**changed) -> pd.DataFrame:
    table = {
        "kind": "mobility",
        "shape": "curve",
        "dose_min": [-20.0, 0.0, 30.0],
        "estimate": [0.1, 0.0, -0.2],
        "ci_low": [-0.1, 0.0, -0.4],
        "ci_high": [0.3, 0.0, -0.05],
        "scale": "difference",
        "n_athletes": 60,
    }
    return pd.DataFrame(table | changed)


def straight(p: float) -> pd.DataFrame:
    return pd.DataFrame({"kind": ["mobility"], "p_value": [p]})


def only(readings: pd.DataFrame) -> str:
    (text,) = readings["text"]
    assert not FORBIDDEN.search(text), text
    assert "nan" not in text
    return text


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.46, "does not differ clearly from a straight line (p 0.46)"), (0.004, "by more than chance (p 0.004)"),
     (np.nan, "cannot be tested with so few runners")],
)  # fmt: skip
def test_a_curve_says_whether_it_is_a_line_and_what_lies_at_its_ends(p, words):
    text = only(said.read_dose_response(curve(), straight(p), "weekly hip pain"))
    assert words in text
    assert "weeks after 20 min/week less had 0.10 points higher weekly hip pain (95 % interval 0.10 lower to" in text
    assert (
        "weeks after 30 min/week more had 0.20 points lower weekly hip pain (95 % interval 0.40 to 0.05 lower)" in text
    )


def test_a_ratio_is_said_in_per_cent_with_the_right_article():
    ratio = curve(estimate=[1.18, 1.0, 2.5], ci_low=[0.9, 1.0, 0.5], ci_high=[1.5, 1.0, 9.0], scale="IRR")
    text = only(said.read_dose_response(ratio, straight(0.2), "rate of new injuries"))
    assert "had an 18 % higher rate of new injuries (IRR 1.18, 95 % interval 0.90 to 1.50)" in text
    assert "had 2.5 times the rate of new injuries (IRR 2.50," in text


def splits() -> pd.DataFrame:
    table = pd.DataFrame({"share": [1.0, 0.75, 0.5, 0.25, 0.0], "label": ["100:0", "75:25", "50:50", "25:75", "0:100"],
                          "expected": [np.nan, 3.2, 3.1, 3.0, 3.2], "ci_low": 2.5, "ci_high": 3.9})  # fmt: skip
    return table.assign(
        total_min=71.4,
        difference=[np.nan, 0.1, np.nan, -0.1, 0.1],
        difference_ci_low=-0.4,
        difference_ci_high=0.4,
        scale="difference",
        percent_near=[0, 16, 22, 31, 2],
        n_athletes=60,
    )


def test_a_mix_is_set_against_half_and_half_and_what_lacks_weeks_is_named():
    text = only(said.read_mix(splits(), "weekly hip pain"))
    assert text.startswith(
        "At 71 min/week of hip work in all, half of each kind, the model expects weekly hip pain of 3.10 points"
    )
    assert "at 75:25 0.10 points higher (95 % interval 0.40 lower to 0.40 higher)" in text
    assert "Few weeks were near 0:100" in text
    assert "No week was near 100:0" in text
    assert said.read_mix(splits().assign(expected=np.nan), "weekly hip pain").empty


def test_regions_are_said_together_and_small_ones_not_at_all():
    table = pd.DataFrame(
        {
            "kind": "stability",
            "region": ["hip_groin", "knee", "low_back"],
            "estimate": [-0.2, 0.0, 0.1],
            "ci_low": [-0.4, -0.2, -0.1],
            "ci_high": [-0.1, 0.2, 0.3],
            "scale": "difference",
            "n_athletes": [60, 58, 4],
        }
    )
    readings = said.read_regions(table, {"stability": 0.03}, 30.0)
    text = only(readings)
    assert "in the hip and groin" in text and "in the knee" in text
    assert "low back" not in text
    assert "differ between regions by more than chance (p 0.030)" in text
    assert readings["n_athletes"].tolist() == [58]


def spread(found: float, chance: float, mean: float = -0.2, n: int = 60) -> Spread:
    draws = np.full(99, found)
    return Spread("mobility", None, mean, found, np.full(39, chance), draws, 0.95, n)


def test_runners_that_do_not_differ_beyond_chance_get_no_shares():
    text = said.read_spread(spread(0.04, 0.05), "weekly hip pain", 30.0)
    assert text.startswith("The data do not show that runners differ")
    assert "% of runners" not in text
    assert "p 1.00" in text


def test_shares_are_said_where_they_stand_for_enough_runners_on_both_sides():
    text = said.read_spread(spread(0.29, 0.04), "weekly hip pain", 30.0)
    assert "SD 0.50 points per 30 min/week" in text
    assert "lower values in about 66 % of runners and higher ones in 34 %" in text
    few = said.read_spread(spread(0.29, 0.04, mean=-0.9), "weekly hip pain", 30.0)
    assert "Nearly all are expected on the lower side" in few
    assert "% of runners" not in said.read_spread(spread(0.29, 0.04, n=12), "weekly hip pain", 30.0)
    assert not FORBIDDEN.search(text)


def weeks(**changed) -> pd.DataFrame:
    table = {
        "runner": 0,
        "n_athletes": 20,
        "age_decades": 3.9,
        "sex_male": 0.0,
        "previous_injury_yes": 1.0,
        "programme_week": 12.0,
        "scenario": ["usual", "mobility"],
        "extra_min": [0.0, 30.0],
        "expected": [2.9, 2.7],
        "ci_low": [2.4, 2.2],
        "ci_high": [3.4, 3.2],
        "week_low": 0.0,
        "week_high": 6.3,
        "difference": [np.nan, -0.2],
        "difference_ci_low": [np.nan, -0.4],
        "difference_ci_high": [np.nan, 0.0],
        "scale": "difference",
        "percent_as_far": [np.nan, 4.7],
        "rows_as_far": [np.nan, 50],
    }
    return pd.DataFrame(table | changed)


def test_a_typical_runner_is_described_with_the_mean_a_single_week_and_the_step():
    text = only(said.read_runners(said.name_runners(weeks()), "weekly hip pain"))
    assert text.startswith(
        "A 39-year-old woman with an earlier injury, in week 12 of the programme, at the usual load and hip work: "
        "weekly hip pain of 2.90 points (95 % interval 2.40 to 3.40) is expected on average; a single week may lie "
        "anywhere from 0 to 6."
    )
    assert "In weeks after 30 min/week more mobility work it is 2.70 points, 0.20 points lower" in text


@pytest.mark.parametrize(
    ("age", "male", "earlier", "words"),
    [(1.8, 1.0, 0.0, "An 18-year-old man without an earlier injury"), (8.2, 0.0, np.nan, "An 82-year-old woman,"),
     (np.nan, np.nan, 1.0, "A runner with an earlier injury"), (4.0, 1.0, 1.0, "A 40-year-old man with")],
)  # fmt: skip
def test_what_is_not_known_of_a_runner_is_not_said(age, male, earlier, words):
    named = said.name_runners(weeks(age_decades=age, sex_male=male, previous_injury_yes=earlier))
    assert named["who"].iloc[0].startswith(words)
    assert "nan" not in named["who"].iloc[0] + named["runner_words"].iloc[0]


def test_a_rate_has_no_single_week():
    rate = weeks(week_low=np.nan, week_high=np.nan, difference=[np.nan, 0.8], difference_ci_low=[np.nan, 0.5],
                 difference_ci_high=[np.nan, 1.2], scale="IRR")  # fmt: skip
    text = only(said.read_runners(said.name_runners(rate), "a rate of new injuries", unit="per 1000 h"))
    assert "single week" not in text
    assert "20 % lower (IRR 0.80, 95 % interval 0.50 to 1.20)" in text


def test_that_so_much_more_is_rare_is_said_without_small_numbers():
    assert "4.7 % of the weeks for mobility work" in said.read_reach(said.name_runners(weeks()))
    few = weeks(rows_as_far=[np.nan, 3], percent_as_far=[np.nan, 0.3])
    assert "next to none of the weeks" in said.read_reach(few)
    assert said.read_reach(weeks(percent_as_far=[np.nan, 12.0])) == ""
