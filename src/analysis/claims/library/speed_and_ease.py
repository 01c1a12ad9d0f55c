"""Speed at the same heart rate or exertion, and top speed, on range. One SD is that between runners of the cohort."""

from analysis.claims.claim import HIGHER, Claim, Estimand

CLAIM = Claim(
    "speed_and_ease",
    "Range, ease and speed",
    "Farther with ease is endurance; farther with force is top speed.",
    primary=False,
    estimands=tuple(
        Estimand(
            outcome,
            "Range in six directions, +1 SD",
            "1 SD more range of the hip at the runner's first test",
            {"rom_six_motions": 1.0},
            HIGHER,
            needs=("rom_six_motions",),
            adds=("rom_six_motions",),
        )
        for outcome in ("speed_at_heart_rate", "speed_at_exertion", "top_speed")
    ),
)
