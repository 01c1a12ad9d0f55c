"""Is the side that hurts, or gets injured, the weaker or the stiffer one? The two legs of one runner are compared,
where they differ by more than the minimal detectable change."""

from analysis.claims.claim import HIGHER, Claim, Estimand

_SIDES = (("weaker_side", "weaker"), ("stiffer_side", "stiffer"))
CLAIM = Claim(
    "side_asymmetry",
    "Weaker and stiffer side",
    "Asymmetries load one side.",
    primary=False,
    estimands=tuple(
        Estimand(
            outcome,
            f"The {word} side against the other",
            f"the {word} leg, against the other leg of the same runner,",
            {f"{column}_yes": 1.0},
            HIGHER,
            needs=(f"{column}_yes",),
            adds=(f"{column}_yes",),
        )
        for column, word in _SIDES
        for outcome in ("leg_pain", "leg_injury")
    ),
)
