"""What is true of each claim comes from the truth of the simulator, by name and on the scale that is read."""

import dataclasses
import json
import math

import numpy as np
import pytest

from analysis.claims import CLAIMS, OUTCOMES, Estimand
from analysis.claims.known_truth.truths import field_of, true_value, truth_of_claims
from analysis.claims.reading import scale_of
from analysis.simulate import Truth, null_truth
from analysis.simulate.claim_effects import ClaimEffects

ESTIMANDS = {estimand.term: estimand for claim in CLAIMS for estimand in claim.estimands}
ADJUSTED_FOR = {"range_gained_loading_centred"}
"""Effects of terms that a claim's model holds but that no claim reads."""


def test_every_estimand_has_a_name_of_its_own_and_no_effect_in_the_null_truth():
    assert len(ESTIMANDS) == sum(len(claim.estimands) for claim in CLAIMS)
    assert {true_value(estimand, null_truth()) for estimand in ESTIMANDS.values()} == {0.0}


def test_every_effect_of_a_claim_that_the_simulator_knows_is_one_that_a_claim_reads_or_adjusts_for():
    read = {field_of(e.outcome, term) for e in ESTIMANDS.values() for term in e.weights} | ADJUSTED_FOR
    read |= {"pain_hip_deficit"}  # with it the claim build_up adjusts its interaction
    assert {f.name for f in dataclasses.fields(ClaimEffects)} <= read


@pytest.mark.parametrize(
    ("term", "truth", "expected"),
    [
        ("pain: mobility_within", Truth(pain_mobility_within=-0.7), -0.7),
        ("injury: stability_within", Truth(injury_stability_within=0.8), math.log(0.8)),
        (
            "injury: mobility_within stability_within",
            Truth(injury_mobility_within=0.8, injury_stability_within=0.9),
            0.5 * math.log(0.8) + 0.5 * math.log(0.9),
        ),
        (
            "pain: mobility_within:stability_within",
            Truth(pain_mobility_within_x_stability_within=-0.3, pain_mobility_within=-2.0),
            -0.3,
        ),
        ("pain: deep_within other_stability_within", Truth(pain_deep_within=-0.4), -0.4),
        ("injury: before_run_within after_run_within", Truth(injury_before_run_within=0.7), math.log(0.7)),
        ("pain_elsewhere: deficit_knee", Truth(pain_elsewhere_hip_deficit=0.3), 0.3),
        (
            "pain_elsewhere: named_side_deficit other_side_deficit",
            Truth(pain_elsewhere_named_side_deficit=0.2, pain_elsewhere_hip_deficit=0.9),
            0.2,
        ),
        ("speed_at_exertion: rom_six_motions", Truth(speed_rom_six_motions=0.4), 0.4),
        ("speed_at_heart_rate: rom_six_motions", Truth(speed_rom_six_motions=0.4), 0.4),
        ("top_speed: rom_six_motions", Truth(speed_rom_six_motions=0.4), 0.0),
        ("pain: hip_deficit:programme_10_weeks", Truth(pain_hip_deficit_x_programme_10_weeks=0.1), 0.1),
        ("leg_injury: weaker_side_yes", Truth(leg_injury_weaker_side_yes=1.5), math.log(1.5)),
    ],
)
def test_the_true_value_is_the_weighted_sum_of_the_fields_on_the_link_scale(term, truth, expected):
    assert true_value(ESTIMANDS[term], truth) == pytest.approx(expected)


def test_a_term_of_which_the_truth_says_nothing_has_no_true_value_and_a_second_one_counts_nothing():
    unknown = Estimand("pain", "mood", "a better mood", {"mood": 1.0}, -1, ("mood",))
    assert true_value(unknown, Truth()) is None
    beside = dataclasses.replace(unknown, weights={"mood": 1.0, "mobility_within": 2.0})
    assert true_value(beside, Truth(pain_mobility_within=-0.5)) == -1.0


@pytest.mark.parametrize("name", ["pain_hip_deficit", "pain_hip_deficit_x_programme_10_weeks"])
def test_the_odds_of_a_first_pain_are_no_parameter_unless_the_deficit_does_nothing(name):
    first = ESTIMANDS["first_pain: deficit_top_third"]
    assert true_value(first, Truth()) == 0.0
    assert true_value(first, Truth(**{name: 0.1})) is None


def test_an_effect_on_a_clipped_rating_is_the_latent_one_times_the_share_not_clipped_mcdonald_moffitt_1980():
    """200 000 ratings of latent pain 1.5 ± 1.5: one in six is clipped at 0."""
    rng = np.random.default_rng(1)
    dose, noise = rng.normal(0, 0.3, 200_000), rng.normal(0, 1.5, 200_000)
    latent = 1.5 - 0.6 * dose + noise
    share = float(((latent > 0) & (latent < 10)).mean())
    assert 0.8 < share < 0.87
    slope = np.polyfit(dose, np.clip(np.rint(latent), 0, 10), 1)[0]
    truth = Truth(pain_mobility_within=-0.6)
    found = true_value(ESTIMANDS["pain: mobility_within"], truth, {"pain": share, "leg_pain": 0.1})
    assert found == pytest.approx(-0.6 * share)
    assert slope == pytest.approx(found, rel=0.03)


def test_the_truth_of_the_claims_is_told_on_the_scale_that_is_read_and_goes_into_json():
    truth = Truth(injury_mobility_within=0.8, pain_hip_deficit=0.1)
    told = truth_of_claims(truth)
    assert [row["term"] for row in told] == list(ESTIMANDS)
    by_term = {row["term"]: row for row in json.loads(json.dumps(told))}
    assert by_term["injury: mobility_within"]["value"] == pytest.approx(0.8)
    assert (
        by_term["injury: mobility_within"]["scale"]
        == "IRR"
        == scale_of(OUTCOMES[ESTIMANDS["injury: force"].outcome].model.family)
    )
    assert by_term["pain: stability_within"] == {
        "claim": "dose_stability", "label": "Stability work, +30 min/week", "term": "pain: stability_within",
        "value": Truth().pain_stability_within, "scale": "difference",
    }  # fmt: skip
    assert by_term["first_pain: deficit_top_third"]["value"] is None
    assert {row["value"] for row in truth_of_claims(null_truth())} == {0.0, 1.0}
