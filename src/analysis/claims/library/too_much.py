"""Soreness after a jump in hip work: last week's minutes over the mean of the four weeks before it."""

from analysis.claims.claim import HIGHER, Claim, Estimand

CLAIM = Claim(
    "too_much",
    "Sore the next day",
    "Work slowly; sore the next day means overdone.",
    primary=False,
    estimands=(
        Estimand(
            "soreness",
            "Twice the usual hip work",
            "twice the hip work of the four weeks before",
            {"work_jump": 1.0},
            HIGHER,
            needs=("work_jump",),
            adds=("work_jump",),
        ),
    ),
)
