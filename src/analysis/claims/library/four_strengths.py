"""Four dimensions of strength in one model, each given the others. One SD is that between the runners of the cohort."""

from analysis.claims.claim import HIGHER, LOWER, Claim, Estimand

_SCORES = {
    "force": "force",
    "endurance": "endurance",
    "full_range": "strength through full range",
    "centring": "control that keeps the joint centred",
}
_OUTCOMES = {"pain": LOWER, "injury": LOWER, "speed_at_heart_rate": HIGHER}
CLAIM = Claim(
    "four_strengths",
    "Four kinds of strength",
    "Strength has four dimensions: force, endurance, through full range, keeping the joint centred.",
    primary=True,
    estimands=tuple(
        Estimand(
            outcome,
            f"{words[:1].upper()}{words[1:]}, +1 SD",
            f"1 SD more {words} at the last test before them, given the other kinds of strength,",
            {score: 1.0},
            expected,
            needs=(score,),
            adds=tuple(_SCORES),
            further=outcome == "speed_at_heart_rate",
        )
        for outcome, expected in _OUTCOMES.items()
        for score, words in _SCORES.items()
    ),
)
