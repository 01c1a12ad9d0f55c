"""Side-to-side and rotational work at equal minutes, per 10 percentage points of all hip work and per half a plane:
the effective number of planes is 1 if all work is in one plane and 3 if it is spread evenly (Hill 1973). The share is
what the claim is about; the number of planes, high with sagittal work too, stands beside it."""

from analysis.claims.claim import Claim, on_pain_and_injury

CLAIM = Claim(
    "planes",
    "Planes of hip work",
    "Running is all sagittal; side-to-side and rotational work protects.",
    primary=True,
    estimands=(
        *on_pain_and_injury(
            label="Side-to-side and rotational share, +10 percentage points",
            contrast="10 percentage points more of the hip work before them side to side or rotational than the "
            "runner's own habit, at equal minutes,",
            adds=("non_sagittal_within", "non_sagittal_between"),
            weights={"non_sagittal_within": 1.0},
            needs=("non_sagittal_within",),
        ),
        *on_pain_and_injury(
            label="Effective number of planes, +0.5",
            contrast="hip work before them spread over half a plane more than the runner's habit, at equal minutes,",
            adds=("planes_within", "planes_between"),
            weights={"planes_within": 1.0},
            needs=("planes_within",),
            further=True,
        ),
    ),
)
