"""Readings: the sign, what the interval includes, and what is never said."""

import dataclasses
import math
import re

import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.report import read_estimate, read_rate, read_terms
from analysis.surveillance import incidence, prevalence

PER = "30 min/week more mobility work than the runner's own habit"


def reading(estimate: float, low: float, high: float, scale: str = "link", **options: object) -> str:
    """The reading of one row; on the link scale that of a gaussian model."""
    row = {"estimate": estimate, "ci_low": low, "ci_high": high, "scale": scale, "converged": True}
    link = {"link": "difference"} if scale == "link" else {}
    what = options.pop("what", "pain")
    return read_estimate(row, what, PER, **(link | options))


def test_a_lower_difference_is_read_with_its_limits_in_words() -> None:
    assert reading(-0.2134, -0.3529, -0.0739) == (
        "Weeks with 30 min/week more mobility work than the runner's own habit had 0.21 points lower pain "
        "(95 % interval 0.35 to 0.07 lower). The data are compatible with lower values only."
    )


def test_a_higher_difference_is_read_as_higher() -> None:
    text = reading(0.21, 0.07, 0.35)
    assert "0.21 points higher pain (95 % interval 0.07 to 0.35 higher)" in text
    assert "lower" not in text


def test_an_interval_over_no_difference_says_so_whatever_the_sign() -> None:
    for sign in (-1, 1):
        low, high = sorted((sign * 0.35, sign * -0.07))
        text = reading(sign * 0.14, low, high)
        assert f"from {abs(low):.2f} lower to {abs(high):.2f} higher" in text
        assert text.endswith("The data are compatible with no difference.")


@pytest.mark.parametrize(
    ("low", "high", "ending"),
    [
        (
            -0.35,
            -0.07,
            "The whole interval is smaller than 0.5 points, the smallest difference that matters in this study.",
        ),
        (-0.9, -0.6, "The whole interval is 0.5 points or more: a difference that matters in this study."),
        (-0.9, -0.1, "with a difference too small to matter, and with one that matters (0.5 points or more lower)."),
        (-0.2, 0.8, "with no difference, and with one that matters (0.5 points or more higher)."),
        (-0.8, 0.8, "with no difference, and with one that matters (0.5 points or more, in either direction)."),
    ],
)
def test_the_interval_is_held_against_the_smallest_effect_of_interest(low: float, high: float, ending: str) -> None:
    assert reading((low + high) / 2, low, high, smallest_effect=0.5).endswith(ending)


def test_a_rate_ratio_is_read_in_percent() -> None:
    assert reading(0.9, 0.7, 1.15, "IRR", what="injury rate").endswith(
        "had a 10 % lower injury rate (IRR 0.90, 95 % interval 0.70 to 1.15): the data are compatible with anything "
        "from 30 % lower to 15 % higher."
    )
    assert "a 2.3-fold odds of pain (OR 2.30" in reading(2.3, 1.1, 4.8, "OR", what="odds of pain")
    assert "about the same pain" in reading(1.001, 0.9, 1.1, "IRR")


def test_a_ratio_is_held_against_the_smallest_ratio_in_both_directions() -> None:
    assert reading(1.0, 0.95, 1.05, "IRR", smallest_effect=0.9).endswith(
        "the smallest difference that matters in this study."
    )
    assert "in either direction" in reading(1.0, 0.8, 1.3, "IRR", smallest_effect=0.9)
    assert "10 % or more higher" in reading(1.1, 0.95, 1.3, "IRR", smallest_effect=0.9)


def test_a_link_scale_row_says_the_same_as_its_ratio() -> None:
    logs = [math.log(v) for v in (0.9, 0.7, 1.15)]
    assert reading(*logs, link="IRR") == reading(0.9, 0.7, 1.15, "IRR")


def test_a_link_scale_row_is_refused_without_its_link() -> None:
    with pytest.raises(HiprunError, match="link='difference'"):
        reading(0.1, 0.0, 0.2, link=None)
    with pytest.raises(HiprunError, match="'rate'"):
        reading(0.1, 0.0, 0.2, "rate")


def test_a_model_that_did_not_converge_gets_no_number() -> None:
    row = pd.Series({"estimate": -0.2, "ci_low": -0.3, "ci_high": -0.1, "scale": "link", "converged": False})
    text = read_estimate(row, "pain", PER, link="difference")
    assert text == "The model did not settle, so no estimate is given."
    assert not re.search(r"\d", text)


@pytest.mark.parametrize("missing", [math.nan, None, pd.NA])
def test_an_estimate_without_limits_gets_no_number(missing: object) -> None:
    row = {"estimate": -0.2, "ci_low": missing, "ci_high": missing, "scale": "link"}
    assert read_estimate(row, "pain", PER, link="difference") == "These data give no estimate for this."


def test_no_reading_speaks_of_causes_or_gives_advice() -> None:
    limits = [(-0.9, -0.6), (-0.9, -0.1), (-0.2, 0.2), (0.1, 0.9), (0.6, 0.9), (-0.9, 0.9)]
    texts = [reading((a + b) / 2, a, b, smallest_effect=s) for a, b in limits for s in (None, 0.5)]
    texts += [reading(math.exp((a + b) / 2), math.exp(a), math.exp(b), "IRR", smallest_effect=0.9) for a, b in limits]
    banned = r"\b(cause|effect of|reduc|prevent|protect|should|recommend|improve|lead to|because|proved|significant)"
    assert not [t for t in texts if re.search(banned, t, re.IGNORECASE)]


def test_82_football_injuries_in_74690_minutes_are_read_with_exact_limits() -> None:
    text = read_rate(incidence(82, 74690 / 60), "new injuries")
    assert text == "New injuries: 65.9 per 1000 h (95 % interval 52.4 to 81.8; 82 cases in 1245 h)."


def test_a_rate_on_fewer_than_five_cases_gets_no_number_of_cases() -> None:
    text = read_rate(incidence(4, 812.0), "new injuries")
    assert text == "Fewer than 5 cases of new injuries were recorded, so no rate is given."


def test_a_prevalence_is_read_in_percent() -> None:
    text = read_rate(prevalence(pd.Series([True] * 12 + [False] * 88, dtype="boolean")), "hip pain")
    assert text.startswith("Hip pain: 12.0 % of 100 answered reports (95 % interval ")


def test_a_rate_that_is_not_known_gets_no_number() -> None:
    rate = dataclasses.replace(incidence(10, 900.0), ci_low=math.nan)
    assert read_rate(rate, "days lost") == "These data give no rate of days lost."


def terms(scale: str, **changed: object) -> pd.DataFrame:
    """Rows of one model with a term that is read and one that is not."""
    row = {"estimate": -0.2, "ci_low": -0.3, "ci_high": -0.1, "scale": scale, "n_athletes": 60, "converged": True}
    read, other = {"term": "mobility_within", "phrase": PER}, {"term": "age_decades", "phrase": None}
    return pd.DataFrame([row | read | changed, row | other | changed])


def test_only_terms_with_a_phrase_are_read_each_with_its_number_of_runners() -> None:
    readings = read_terms(terms("difference"), "pain", 0.5)
    assert readings["n_athletes"].tolist() == [60]
    assert readings.loc[0, "text"] == reading(-0.2, -0.3, -0.1, smallest_effect=0.5)


def test_a_term_with_a_ratio_is_read_by_it_and_not_by_its_logarithm() -> None:
    ratios = terms("IRR", estimate=0.9, ci_low=0.7, ci_high=1.15)
    readings = read_terms(pd.concat([terms("link"), ratios]), "injury rate", 0.9)
    assert readings["text"].tolist() == [reading(0.9, 0.7, 1.15, "IRR", what="injury rate", smallest_effect=0.9)]


def test_terms_of_a_model_that_did_not_converge_give_one_sentence_without_a_number() -> None:
    both = pd.concat([terms("difference", converged=False)] * 2)
    assert read_terms(both, "pain")["text"].tolist() == ["The model did not settle, so no estimate is given."]


def test_nothing_to_read_gives_no_reading() -> None:
    assert read_terms(terms("difference").iloc[1:], "pain").empty
