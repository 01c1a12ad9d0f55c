"""Regular hip mobility work and pain."""

from analysis.claims.claim import LOWER, Claim, Estimand

CLAIM = Claim(
    "dose_mobility",
    "Mobility work and pain",
    "Regular hip mobility work lowers pain.",
    primary=True,
    estimands=(
        Estimand(
            "pain",
            "Mobility work, +{step} min/week",
            "{step} min/week more mobility work before them than the runner's own habit",
            {"mobility_within": 1.0},
            LOWER,
            needs=("mobility_within",),
        ),
    ),
)
