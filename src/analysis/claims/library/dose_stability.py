"""Regular hip stability and strength work and pain."""

from analysis.claims.claim import LOWER, Claim, Estimand

CLAIM = Claim(
    "dose_stability",
    "Stability work and pain",
    "Regular hip stability and strength work lowers pain.",
    primary=True,
    estimands=(
        Estimand(
            "pain",
            "Stability work, +{step} min/week",
            "{step} min/week more stability work before them than the runner's own habit",
            {"stability_within": 1.0},
            LOWER,
            needs=("stability_within",),
        ),
    ),
)
