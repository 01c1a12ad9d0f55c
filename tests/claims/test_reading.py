"""The reading of a claim from those of its effects, and of an effect whose other analyses say the opposite."""

from itertools import permutations

import numpy as np
import pytest

from analysis.claims import CLAIMS, ClaimData, estimate, estimate_claims, reading_of_claim
from analysis.claims.reading import (
    AGAINST,
    CANNOT,
    NO_EFFECT,
    READINGS,
    SUPPORTED,
    UNDECIDED,
    clear,
    within_smallest,
)
from analysis.errors import HiprunError
from analysis.panel import athlete_weeks
from analysis.simulate import simulate_tables
from analysis.study import Study


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ((SUPPORTED,), SUPPORTED),
        ((SUPPORTED, UNDECIDED, NO_EFFECT, CANNOT), SUPPORTED),
        ((AGAINST, NO_EFFECT), AGAINST),
        ((SUPPORTED, AGAINST), UNDECIDED),
        ((NO_EFFECT, NO_EFFECT), NO_EFFECT),
        ((NO_EFFECT, CANNOT), UNDECIDED),
        ((NO_EFFECT, UNDECIDED), UNDECIDED),
        ((CANNOT, CANNOT), CANNOT),
        ((CANNOT, UNDECIDED), UNDECIDED),
    ],
)
def test_a_claim_is_called_as_soon_as_one_effect_is_and_none_is_the_opposite(readings, expected):
    for order in permutations(readings):
        assert reading_of_claim(order) == expected


@pytest.mark.parametrize("readings", [(), ("proved",), (SUPPORTED, "")])
def test_no_reading_or_an_unknown_one_is_refused(readings):
    with pytest.raises(HiprunError, match="reading_of_claim"):
        reading_of_claim(readings)


def test_clear_and_small_are_of_the_whole_interval():
    assert clear(-0.4, -0.1, "difference") and not clear(-0.4, 0.0, "difference") and clear(1.01, 2.0, "IRR")
    assert within_smallest(-0.4, 0.4, 0.5, "difference") and not within_smallest(-0.4, 0.5, 0.5, "difference")
    assert within_smallest(0.91, 1.1, 0.9, "IRR") and not within_smallest(0.91, 1.1, np.nan, "IRR")


@pytest.fixture(scope="module")
def data():
    """A cohort whose pain is 0.8 points lower per +30 min/week of each kind of work."""
    tables = simulate_tables(n_athletes=25, n_weeks=16, seed=1)
    panel = athlete_weeks(tables)
    dose = (panel["mobility_dose_within_min"] + panel["stability_dose_within_min"]) / 30
    pain = 5 - 0.8 * dose + np.random.default_rng(4).normal(0, 0.5, len(panel))
    return ClaimData(tables, panel.assign(pain_nrs=pain.where(panel["pain_nrs"].notna())), Study())


ASKED = [claim for claim in CLAIMS if claim.id in ("dose_mobility", "dose_stability", "planes")]


def test_an_effect_that_another_analysis_calls_on_the_other_side_is_undecided_and_says_which(data, monkeypatch):
    asked = []

    def moved(given, claim, estimand, shared):
        asked.append((claim.id, estimand.outcome))
        shared.setdefault("calls", []).append(claim.id)
        return ("clinic B left out", "no adjustment") if claim.id == "dose_mobility" else ()

    monkeypatch.setattr(estimate, "moved_across_zero", moved)
    found = estimate_claims(data, ASKED)
    called = found[found["reading"].isin([SUPPORTED, AGAINST]) | (found["moved_by"] != "")]
    assert len(asked) == len(called) and ("dose_mobility", "pain") in asked, "asked where nothing is called"
    row = found[found["claim"] == "dose_mobility"].iloc[0]
    assert row["reading"] == row["claim_reading"] == UNDECIDED and row["p_holm"] < 0.05
    assert row["moved_by"] == "clinic B left out and no adjustment"
    assert row["note"].endswith("Clear on the other side with clinic B left out and no adjustment.")
    other = found[found["claim"] == "dose_stability"].iloc[0]
    assert other["moved_by"] == "" and "other side" not in other["note"]


def test_every_row_of_a_claim_has_the_reading_of_those_it_is_judged_by(data):
    found = estimate_claims(data, ASKED)
    for _, rows in found.groupby("claim"):
        judged = reading_of_claim(rows.loc[rows["judging"], "reading"])
        assert rows["claim_reading"].eq(judged).all() and judged in READINGS
    assert (found["confirmed"] == found["judging"]).all()  # primary claims
    planes = found[found["claim"] == "planes"]
    assert planes["judging"].tolist() == [True, True, False, False]


def test_the_family_of_holm_has_one_estimate_of_a_claim_and_outcome():
    often = [
        (claim.id, estimand.outcome)
        for claim in CLAIMS
        if claim.primary
        for estimand in claim.estimands
        if not estimand.further
    ]
    assert len(often) == len(set(often))
