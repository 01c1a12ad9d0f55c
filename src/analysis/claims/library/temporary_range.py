"""Range gained between two tests by mobility work and by loading (control and activation work) between them, and what
is left of a gain. Minutes are means a week; `hip.retention` says what is known of a gain and of its loss."""

from analysis.claims.claim import HIGHER, Claim, Estimand

_BOTH = "mobility_centred:loading_centred"
_ADDS = ("mobility_centred", "loading_centred", _BOTH)
_NEEDS = ("mobility_centred", "loading_centred")
CLAIM = Claim(
    "temporary_range",
    "Range that is loaded stays",
    "Range won by soft-tissue and band work is temporary unless it is loaded.",
    primary=True,
    estimands=(
        Estimand(
            "range_gained",
            "Mobility and loading work both +{step} min/week, beyond what each adds alone",
            "{step} min/week more of both mobility and loading work between the tests, beyond what each adds alone,",
            {_BOTH: 1.0},
            HIGHER,
            needs=_NEEDS,
            adds=_ADDS,
        ),
        Estimand(
            "range_gained",
            "Mobility work between the tests, +{step} min/week",
            "{step} min/week more mobility work between the tests, at the usual loading,",
            {"mobility_centred": 1.0},
            HIGHER,
            needs=_NEEDS,
            adds=_ADDS,
            further=True,
        ),
        Estimand(
            "range_kept",
            "Loading work after the gain, +{step} min/week",
            "{step} min/week more loading work after them",
            {"loading_after": 1.0},
            HIGHER,
            needs=("loading_after",),
            adds=("loading_after",),
        ),
    ),
)
