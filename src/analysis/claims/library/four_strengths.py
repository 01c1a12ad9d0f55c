"""Four dimensions of strength in one model, each given the others. One SD is that between the runners of the cohort.

That strength has four dimensions means that the other three say something beyond force. They are tested together, as
the sum of their effects at the same force: one contrast with one direction, where a joint test of the three would have
none. Each of the four stands beside it.
"""

from analysis.claims.claim import HIGHER, LOWER, Claim, Estimand

SCORES = {
    "force": "force",
    "endurance": "endurance",
    "full_range": "strength through full range",
    "centring": "control that keeps the joint centred",
}
_BEYOND = tuple(score for score in SCORES if score != "force")
_OUTCOMES = {"pain": LOWER, "injury": LOWER, "speed_at_heart_rate": HIGHER}


def _together(outcome: str, expected: int) -> Estimand:
    return Estimand(
        outcome,
        "Endurance, full range and centring, +1 SD each, at the same force",
        "1 SD more of endurance, of strength through full range and of control that keeps the joint centred, at "
        "the runner's first test, at the same force,",
        dict.fromkeys(_BEYOND, 1.0),
        expected,
        needs=_BEYOND,
        adds=tuple(SCORES),
        further=outcome == "speed_at_heart_rate",
    )


def _alone(outcome: str, expected: int, score: str) -> Estimand:
    words = SCORES[score]
    return Estimand(
        outcome,
        f"{words[:1].upper()}{words[1:]}, +1 SD",
        f"1 SD more {words} at the runner's first test, given the other kinds of strength,",
        {score: 1.0},
        expected,
        needs=(score,),
        adds=tuple(SCORES),
        further=True,
    )


CLAIM = Claim(
    "four_strengths",
    "Four kinds of strength",
    "Strength has four dimensions: force, endurance, through full range, keeping the joint centred.",
    primary=True,
    estimands=(
        *(_together(outcome, expected) for outcome, expected in _OUTCOMES.items()),
        *(_alone(outcome, expected, score) for outcome, expected in _OUTCOMES.items() for score in SCORES),
    ),
)
