"""Hip work and the rate of injuries: each kind of work, and both together."""

from analysis.claims.claim import LOWER, Claim, Estimand

_HABIT = "before them than the runner's own habit"
CLAIM = Claim(
    "injury_dose",
    "Hip work and injuries",
    "Hip work lowers injury incidence.",
    primary=True,
    estimands=(
        Estimand(
            "injury",
            "Mobility work, +{step} min/week",
            f"{{step}} min/week more mobility work {_HABIT}",
            {"mobility_within": 1.0},
            LOWER,
            needs=("mobility_within",),
            further=True,
        ),
        Estimand(
            "injury",
            "Stability work, +{step} min/week",
            f"{{step}} min/week more stability work {_HABIT}",
            {"stability_within": 1.0},
            LOWER,
            needs=("stability_within",),
            further=True,
        ),
        Estimand(
            "injury",
            "Hip work of both kinds, +{step} min/week",
            f"{{step}} min/week more hip work, half of it of each kind, {_HABIT}",
            {"mobility_within": 0.5, "stability_within": 0.5},
            LOWER,
            needs=("mobility_within", "stability_within"),
        ),
    ),
)
