"""Time stood on one leg, gained between two tests, by stability work between them (mean a week) and age."""

from analysis.claims.claim import HIGHER, Claim, Estimand

_OLDER = "stability_centred:age_decades_centred"
_ADDS = ("stability_centred", _OLDER)
CLAIM = Claim(
    "steadiness",
    "Balance and age",
    "Hip work improves balance, which matters more with age.",
    primary=False,
    estimands=(
        Estimand(
            "balance_gained",
            "Stability work between the tests, +{step} min/week",
            "{step} min/week more stability work between the tests, at mean age,",
            {"stability_centred": 1.0},
            HIGHER,
            needs=("stability_centred",),
            adds=_ADDS,
        ),
        Estimand(
            "balance_gained",
            "Stability work +{step} min/week, 10 years older",
            "{step} min/week more stability work between the tests, for each 10 years of age, beyond what it adds at "
            "mean age,",
            {_OLDER: 1.0},
            HIGHER,
            needs=("stability_centred", "age_decades_centred"),
            adds=_ADDS,
        ),
    ),
)
