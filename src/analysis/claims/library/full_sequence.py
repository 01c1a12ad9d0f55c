"""Weeks with soft tissue work, mobilisation, control and activation, against the same minutes in fewer phases."""

from analysis.claims.claim import Claim, on_pain_and_injury

CLAIM = Claim(
    "full_sequence",
    "All four phases",
    "Soft tissue, mobilisation, control and activation, in that order, keep the gain.",
    primary=False,
    estimands=on_pain_and_injury(
        label="All four phases in every week before, against in none",
        contrast="all four phases in every week before them, against the same minutes in fewer phases,",
        adds=("full_sequence_within", "full_sequence_between"),
        weights={"full_sequence_within": 1.0},
        needs=("full_sequence_within",),
    ),
)
