"""Range in all six directions, given flexion and extension. One SD is that between the runners of the cohort."""

from analysis.claims.claim import Claim, on_pain_and_injury

CLAIM = Claim(
    "all_directions",
    "All six directions of motion",
    "All six directions of motion matter, not flexion and extension alone.",
    primary=False,
    estimands=on_pain_and_injury(
        label="Range in all six directions, +1 SD at the same flexion and extension",
        contrast="1 SD more range in all six directions, but no more flexion and extension, at the runner's first test",
        adds=("rom_flexion_extension", "rom_six_motions"),
        weights={"rom_six_motions": 1.0},
        needs=("rom_six_motions", "rom_flexion_extension"),
        gain_of=("rom_six_motions",),
    ),
)
