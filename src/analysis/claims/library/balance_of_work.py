"""Mobility and stability work together: more than the sum of both?"""

from analysis.claims.claim import Claim, on_pain_and_injury

_BOTH = "mobility_within:stability_within"
CLAIM = Claim(
    "balance_of_work",
    "Mobility and stability together",
    "Mobility and stability work must go together; either alone unbalances.",
    primary=True,
    estimands=on_pain_and_injury(
        label="Both kinds +{step} min/week, beyond what each adds alone",
        contrast="{step} min/week more of each kind of work than the runner's own habit, beyond what each adds alone,",
        adds=(_BOTH,),
        weights={_BOTH: 1.0},
        needs=("mobility_within", "stability_within"),
    ),
)
