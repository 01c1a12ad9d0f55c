"""Soreness after a jump in hip work: the minutes of seven days, in doublings of the weekly mean of the 28 before."""

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
            "twice the weekly hip work of the four weeks before",
            {"work_jump_doublings": 1.0},
            HIGHER,
            needs=("work_jump_doublings",),
            adds=("work_jump_doublings",),
        ),
    ),
)
