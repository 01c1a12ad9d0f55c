"""The claims in plain words: the numbers, the reading, never a cause."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS
from analysis.report import count_readings, read_claim, read_claims

ROW = {
    "claim": "dose_mobility", "title": "Mobility work and pain", "sentence": "Mobility work lowers pain.",
    "primary": True, "outcome": "weekly hip pain", "unit": "points", "rows": "weeks", "label": "Mobility work",
    "contrast": "30 min/week more mobility work before them than the runner's own habit", "estimate": -0.21,
    "ci_low": -0.40, "ci_high": -0.02, "p_holm": 0.031, "scale": "difference", "n_obs": 1204, "n_athletes": 58,
    "reading": "supported", "why_not": "",
}  # fmt: skip
HEAD = "Weeks with 30 min/week more mobility work before them than the runner's own habit went along with"


def row(**other):
    return {**ROW, **other}


def ratio(estimate, low, high):
    return row(
        estimate=estimate, ci_low=low, ci_high=high, scale="IRR", unit="", outcome="rate of new injuries",
        reading="undecided", p_holm=math.nan,
    )  # fmt: skip


def test_a_difference_is_read_with_its_interval_counts_and_reading():
    assert read_claim(row()) == (
        f"{HEAD} 0.21 points lower weekly hip pain (95 % interval 0.40 lower to 0.02 lower; 58 runners, 1204 weeks): "
        "supported, p after Holm 0.031."
    )


def test_an_interval_across_no_difference_says_both_ways():
    said = read_claim(row(estimate=0.11, ci_low=-0.10, ci_high=0.32, reading="undecided", p_holm=math.nan), level=0.9)
    assert "0.11 points higher weekly hip pain (90 % interval 0.10 lower to 0.32 higher;" in said
    assert said.endswith("1204 weeks): undecided.")


def test_an_estimate_that_rounds_to_nothing_has_no_direction():
    said = read_claim(row(estimate=0.001, ci_low=-0.4, ci_high=0.4))
    assert "went along with no different weekly hip pain (95 %" in said


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.82, 0.6, 1.1), "the rate of new injuries being 18 % lower, IRR 0.82 (95 % interval 0.60 to 1.10;"),
        ((1.08, 0.9, 1.3), "the rate of new injuries being 8 % higher, IRR 1.08 (95 % interval 0.90 to 1.30;"),
        ((1.001, 0.9, 1.1), "about the same rate of new injuries, IRR 1.00 (95 %"),
        ((2.5, 1.2, 5.0), "the rate of new injuries being 2.5 times as high, IRR 2.50"),
    ],
)
def test_a_ratio_is_read_in_percent_and_as_it_is(numbers, words):
    assert f"{HEAD} {words}" in read_claim(ratio(*numbers))


def test_what_cannot_be_estimated_says_why_and_has_no_number():
    said = read_claim(row(estimate=math.nan, why_not="not recorded: soreness"))
    assert said == "Mobility work, on weekly hip pain: cannot be estimated from these data (not recorded: soreness)."


def table():
    lost = row(claim="lost", sentence="Lost.", title="Lost", primary=False, estimate=np.nan, why_not="none",
               reading="cannot be estimated from these data", n_athletes=0)  # fmt: skip
    more = row(estimate=np.nan, why_not="none", reading="cannot be estimated from these data", n_athletes=0)
    return pd.DataFrame([row(), ratio(0.8, 0.6, 1.1) | {"n_athletes": 31}, more, lost])


def test_a_claim_is_one_paragraph_that_rests_on_the_fewest_of_its_runners():
    said = read_claims(table())
    assert said["claim"].tolist() == ["dose_mobility"] and said["n_athletes"].tolist() == [31]
    text = said["text"].iloc[0]
    assert text.startswith("“Mobility work lowers pain.” Weeks with") and text.count("Weeks with") == 2
    assert text.endswith("1 more effect of this claim cannot be estimated.")


def test_the_readings_of_each_claim_are_counted():
    counted = count_readings(table())
    assert counted["kind"].tolist() == ["primary", "secondary"]
    assert counted["readings"].iloc[0] == "supported, undecided, cannot be estimated from these data"
    both = pd.concat([table().head(1)] * 2)
    assert count_readings(both)["readings"].tolist() == ["supported (2)"]


def test_no_claim_is_said_as_a_cause_or_as_advice():
    for claim in CLAIMS:
        for estimand in claim.estimands:
            said = read_claim(row(contrast=estimand.contrast.format(step="30"), label=estimand.label))
            assert not re.search(r"\b(cause|causes|reduces|prevents|should|must|proved|because)\b", said), said
            assert "went along with" in said and "  " not in said and "{" not in said
