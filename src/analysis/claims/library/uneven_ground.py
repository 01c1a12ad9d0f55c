"""Range where more of the running is on trails. One SD is that between the runners of the cohort; the trail share is
that of the running minutes on known ground up to the week."""

from analysis.claims.claim import Claim, on_pain_and_injury

_MORE = "rom_six_motions:trail_share"
CLAIM = Claim(
    "uneven_ground",
    "Range on uneven ground",
    "More range helps on uneven ground.",
    primary=False,
    estimands=on_pain_and_injury(
        label="Range +1 SD, with 10 percentage points more trail running",
        contrast="1 SD more range of the hip, for each 10 percentage points more of the running on trails,",
        adds=("rom_six_motions", "trail_share", _MORE),
        weights={_MORE: 1.0},
        needs=("rom_six_motions", "trail_share"),
    ),
)
