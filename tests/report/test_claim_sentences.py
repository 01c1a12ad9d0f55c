"""The claims in plain words: the numbers, the reading, never a cause."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS, OUTCOMES
from analysis.claims.reading import AGAINST, CANNOT, NO_EFFECT, SUPPORTED, UNDECIDED
from analysis.report import claim_table, count_claims, read_claim, read_claims
from analysis.report.claim_words import OUTCOMES_SAID

ROW = {
    "claim": "dose_mobility", "title": "Mobility work and pain", "sentence": "Mobility work lowers pain.",
    "primary": True, "outcome": "weekly hip pain", "unit": "points", "rows": "weeks", "label": "Mobility, +30 min/week",
    "contrast": "30 min/week more mobility work before them than the runner's own habit", "estimate": -0.61,
    "ci_low": -0.80, "ci_high": -0.42, "p_holm": 0.031, "scale": "difference", "n_obs": 1204, "n_athletes": 58,
    "reading": SUPPORTED, "claim_reading": SUPPORTED, "why_not": "", "term": "pain: mobility_within", "less": "lower",
    "more": "higher", "smallest": 0.5, "moved_by": "", "judging": True, "confirmed": True, "note": "",
    "n_tested": 15,
}  # fmt: skip
HEAD = "In weeks with 30 minutes a week more mobility work before them than the runner's own habit,"


def row(**other):
    return {**ROW, **other}


def ratio(estimate, low, high, **other):
    return row(
        estimate=estimate, ci_low=low, ci_high=high, scale="IRR", unit="", outcome="rate of new injuries", smallest=0.9,
        reading=UNDECIDED, claim_reading=UNDECIDED, p_holm=math.nan, term="injury: mobility_within", **other,
    )  # fmt: skip


def test_a_difference_is_read_with_its_interval_counts_and_reading():
    assert read_claim(row()) == (
        f"{HEAD} weekly hip pain was 0.61 points lower (95 % interval from 0.80 to 0.42 lower; 58 runners, 1204 weeks)"
        ": supported, also after allowing for the number of claims tested (p = 0.031)."
    )


def test_an_interval_across_no_difference_says_both_ways():
    said = read_claim(row(estimate=0.11, ci_low=-0.10, ci_high=0.82, reading=UNDECIDED, p_holm=0.4), level=0.9)
    assert "was 0.11 points higher (90 % interval from 0.10 lower to 0.82 higher;" in said
    assert said.endswith("1204 weeks): undecided.")


def test_an_estimate_that_rounds_to_nothing_has_no_direction():
    said = read_claim(row(estimate=0.001, ci_low=-0.4, ci_high=0.4, reading=NO_EFFECT, p_holm=1.0))
    assert "weekly hip pain was no different (95 %" in said
    assert said.endswith("compatible with no effect of a size that matters (0.5 points or more).")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((0.82, 0.6, 1.1), "was 18 % lower (95 % interval from 40 % lower to 10 % higher;"),
        ((0.82, 0.7, 0.95), "was 18 % lower (95 % interval from 30 to 5 % lower;"),
        ((1.001, 0.9, 1.1), "was about the same (95 % interval from 10 % lower to 10 % higher;"),
        ((2.5, 1.2, 5.0), "was 2.5 times as high (95 % interval from 20 % higher to 5.0 times as high;"),
        ((3.0, 2.1, 70.0), "was 3.0 times as high (95 % interval from 2.1 to more than 20 times as high;"),
        ((1.2, 1.001, 1.5), "was 20 % higher (95 % interval from no difference to 50 % higher;"),
        ((0.5, 0.001, math.inf), "was 50 % lower (95 % interval from more than 99 % lower to more than 20 times as"),
    ],
)
def test_a_ratio_is_read_in_percent_without_its_name(numbers, words):
    said = read_claim(ratio(*numbers))
    assert f"{HEAD} the rate of new injuries {words}" in said and "IRR" not in said


@pytest.mark.parametrize(
    ("other", "ending"),
    [
        ({"reading": AGAINST, "n_tested": 1}, "1204 weeks): against the claim."),
        ({"reading": SUPPORTED, "confirmed": False, "n_tested": 4},
         "supported, also after allowing for the number of effects of this claim (p = 0.031)."),
        ({"reading": SUPPORTED, "p_holm": 0.0002}, "(p < 0.001)."),
        ({"reading": SUPPORTED, "estimate": -0.2, "ci_low": -0.3, "ci_high": -0.1},
         "though smaller than the 0.5 points that matter in this study."),
        ({"reading": UNDECIDED, "p_holm": 0.21},
         "undecided; the interval alone is clear of no difference, but not after allowing for the number of claims "
         "tested (p = 0.21)."),
        ({"reading": UNDECIDED, "moved_by": "clinic B left out"},
         "undecided, as it is clear on the other side with clinic B left out."),
    ],
)  # fmt: skip
def test_the_reading_says_how_it_came_about(other, ending):
    assert read_claim(row(**other)).endswith(ending)


def test_what_cannot_be_estimated_says_why_and_has_no_number():
    said = read_claim(row(estimate=math.nan, why_not="not recorded: soreness"))
    assert said == (
        "Mobility, +30 minutes a week, weekly hip pain: cannot be estimated from these data: not recorded: soreness."
    )


def lost(**other):
    nothing = {"estimate": np.nan, "ci_low": np.nan, "ci_high": np.nan, "why_not": "none", "reading": CANNOT}
    return row(**nothing, n_athletes=0, **other)


def table():
    other = lost(claim="lost", sentence="Lost.", title="Lost", primary=False, claim_reading=CANNOT)
    return pd.DataFrame([row(), ratio(0.8, 0.6, 1.1) | {"n_athletes": 31}, lost(label="Third"), other])


def test_a_claim_is_one_paragraph_that_rests_on_the_fewest_of_its_runners():
    said = read_claims(table())
    assert said["claim"].tolist() == ["dose_mobility", "lost"] and said["n_athletes"].tolist() == [31, 0]
    first, second = said["text"]
    assert first.startswith("Mobility work and pain: supported. The claim: “Mobility work lowers pain.” In weeks with")
    assert first.count("In weeks with") == 1 and "; and the rate of new injuries was 20 % lower" in first
    assert first.endswith("Not estimated: Third (none).")
    assert second == (
        "Lost: cannot be estimated from these data. The claim: “Lost.” "
        "Not estimated: Mobility, +30 minutes a week (none)."
    )


def test_effects_beside_a_claim_are_said_in_short_and_many_are_counted():
    beside = [
        ratio(0.5, 0.4, 0.7, judging=False, label=f"Row {i}") | {"reading": SUPPORTED if i == 4 else UNDECIDED}
        for i in range(5)
    ]
    few = read_claims(pd.DataFrame([row(), *beside[3:]]))["text"].iloc[0]
    assert "Beside it: Row 3: rate of new injuries 50 % lower (from 60 to 30 % lower);" in few
    assert few.endswith("Row 4: rate of new injuries 50 % lower (from 60 to 30 % lower), supported.")
    many = read_claims(pd.DataFrame([row(), *beside]))["text"].iloc[0]
    assert "Of 5 further effects, shown in the figure, 1 is clear of no difference, after allowing for their" in many
    assert "number: Row 4:" in many
    assert "Row 3" not in many


def test_a_claim_whose_effects_do_not_agree_says_so_and_a_doubt_is_said_once():
    mixed = [row(note="fewer than 5 each: unstable"), row(reading=AGAINST, note="fewer than 5 each: unstable")]
    said = read_claims(pd.DataFrame(mixed).assign(claim_reading=UNDECIDED))["text"].iloc[0]
    assert said.startswith(
        "Mobility work and pain: undecided, as one of its effects is supported and another is against"
    )
    assert said.count("There are few injuries for so large a model") == 1


def test_the_table_of_claims_has_one_row_each_with_its_effects_named_once_and_one_reading():
    found = claim_table(table())
    assert found["primary"].tolist() == [True, False]
    assert found["found"].tolist() == [
        "Mobility, +30 minutes a week: weekly hip pain 0.61 points lower (from 0.80 to 0.42 lower); rate of new "
        "injuries 20 % lower (from 40 % lower to 10 % higher).",
        "None.",
    ]
    assert found["reading"].tolist() == ["supported", "cannot be estimated"]
    assert found["n_athletes"].tolist() == [31, pd.NA]


def test_the_primary_claims_are_counted_by_reading_and_the_called_ones_named():
    both = pd.concat([table(), table().assign(claim="b", title="Planes", claim_reading=UNDECIDED)])
    assert count_claims(both[both["claim"] != "lost"]) == (
        "Of the 2 primary claims about hip work, 1 is supported (mobility work and pain) and 1 is undecided."
    )
    none = both.assign(claim_reading=CANNOT, primary=True)
    assert count_claims(none).endswith("3 cannot be estimated from these data.")


def test_no_claim_is_said_as_a_cause_or_as_advice_or_in_jargon():
    assert set(OUTCOMES_SAID) <= set(OUTCOMES)
    for claim in CLAIMS:
        for estimand in claim.estimands:
            outcome = OUTCOMES[estimand.outcome]
            said = read_claim(
                row(
                    contrast=estimand.contrast.format(step="30"), label=estimand.label.format(step="30"),
                    outcome=outcome.words.format(region="hip"), rows=outcome.rows, term=f"{estimand.outcome}: x",
                )
            )  # fmt: skip
            assert not re.search(r"\b(cause|causes|reduces|prevents|should|must|proved|because)\b", said), said
            assert not re.search(r"\b(IRR|OR|SD|Holm|estimand|min/week|region-weeks|leg-weeks)\b", said), said
            assert re.match(r"(In|On|For|With) ", said) and "  " not in said and "{" not in said and ",," not in said
