"""A hip more mobile than strong, or the reverse. One SD is that of the cohort's own first tests."""

from analysis.claims.claim import HIGHER, Claim, on_pain_and_injury

CLAIM = Claim(
    "capacity_imbalance",
    "Range and strength out of balance",
    "A hip more mobile than it is strong, or the reverse, is a problem.",
    primary=True,
    estimands=on_pain_and_injury(
        expected=HIGHER,
        label="Range and strength 1 SD further apart",
        contrast="range and strength of the hip 1 SD further apart at the runner's first test",
        adds=("capacity_imbalance",),
        weights={"capacity_imbalance": 1.0},
        needs=("capacity_imbalance",),
    ),
)
