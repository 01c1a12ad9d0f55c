"""What is true of each claim in a simulated cohort: the effect of `simulate.Truth` that its estimand is to find."""

import dataclasses
import math
from collections.abc import Mapping, Sequence

from analysis.claims.claim import OUTCOMES, Claim, Estimand
from analysis.claims.library import CLAIMS
from analysis.claims.reading import DIFFERENCE, scale_of
from analysis.simulate import Truth
from analysis.simulate.claim_effects import effect_name
from analysis.simulate.truth import STEP_MIN
from analysis.simulate.truth_fields import LOG

PREFIXES = {"speed_at_heart_rate": "speed", "speed_at_exertion": "speed"}
"""The outcomes whose effects in `Truth` have another name than their own: one speed, adjusted for in two ways."""
FIRST_PAIN = "first_pain"
STEEPER = ("hip_deficit", "hip_deficit:programme_10_weeks")
"""What makes pain above 3 come earlier in the third with the largest deficit."""


def true_value(estimand: Estimand, truth: Truth, unclipped: Mapping[str, float] | None = None) -> float | None:
    """The true value of an estimand on the link scale (a logarithm of a ratio); None where `truth` says nothing of it.

    The sum over the estimand's terms of weight x effect. The effect of the term `a:b` on `outcome` is the field
    `{outcome}_a_x_b` of `truth`; a term that has no field counts 0 where another has one. An endless cohort without
    error of measurement gives it. One estimand has no field: the odds of a first pain above 3 follow from everything
    that moves pain; without an effect of the hip deficit on pain they are those of all (0), else None, and found by
    simulation (`benchmarks/recovery`).

    Parameters
    ----------
    unclipped : mapping of str to float, optional
        Outcome, or term of one region: the share of its ratings whose latent value lies within 0 to 10
        (`Simulation.unclipped_share`). The effect on the mean of a clipped normal variable is the latent effect times
        that share (McDonald and Moffitt 1980, Rev Econ Stat 62:318; exact for a straight line, near for a product of
        two terms). Without it the effect is that on the latent rating.
    """
    if estimand.outcome == FIRST_PAIN:
        effects = [_effect("pain", term, truth) for term in STEEPER]
        return 0.0 if effects == [0.0, 0.0] else None
    effects = {term: _effect(estimand.outcome, term, truth) for term in estimand.weights}
    if all(effect is None for effect in effects.values()):
        return None
    found = sum(weight * (effects[term] or 0.0) for term, weight in estimand.weights.items())
    shares = unclipped or {}
    return found * next((shares[name] for name in (*estimand.weights, estimand.outcome) if name in shares), 1.0)


def field_of(outcome: str, term: str) -> str:
    """The name that `Truth` has, or would have, for the effect of a claim's term on an outcome of `OUTCOMES`."""
    if outcome == "pain_elsewhere" and term.startswith("deficit_"):
        term = "hip_deficit"  # one effect, of which each region has its estimate
    return effect_name(PREFIXES.get(outcome, outcome), term)


def _effect(outcome: str, term: str, truth: Truth) -> float | None:
    scales = {f.name: f.metadata["scale"] for f in dataclasses.fields(truth)}
    name = field_of(outcome, term)
    if name not in scales:
        return None
    value = float(getattr(truth, name))
    return math.log(value) if scales[name] == LOG else value


def truth_of_claims(truth: Truth, claims: Sequence[Claim] = CLAIMS) -> list[dict[str, str | float | None]]:
    """What is true of every estimand, in the order of the claims: claim (id), label, term, value, scale.

    `value` is on `scale`, as `estimate_claims` gives it: a ratio as a ratio. That of a rating is of the rating before
    it is rounded and clipped to 0-10. None where `truth` has no such effect, and of the odds of a first pain where the
    hip deficit has an effect on pain: that is no parameter, it follows from the others.
    """
    rows = []
    for claim in claims:
        for estimand in claim.estimands:
            value, scale = true_value(estimand, truth), scale_of(OUTCOMES[estimand.outcome].model.family)
            if value is not None and scale != DIFFERENCE:
                value = math.exp(value)
            label = estimand.label.format(step=f"{STEP_MIN:g}")
            rows.append({"claim": claim.id, "label": label, "term": estimand.term, "value": value, "scale": scale})
    return rows
