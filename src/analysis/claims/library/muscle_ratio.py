"""Strength ratios of neighbouring and opposing muscles, per 0.1 of the ratio: a tenth more of one for the other."""

from analysis.claims.claim import HIGHER, LOWER, Claim, Estimand

_RATIOS = (
    ("flexor_abductor", "Flexors to abductors, ratio 0.1 higher", "flexor to abductor", HIGHER),
    ("adductor_abductor", "Adductors to abductors, ratio 0.1 higher", "adductor to abductor", HIGHER),
    ("external_internal_rotator", "External to internal rotators, ratio 0.1 higher", "external to internal rotator",
     LOWER),
)  # fmt: skip
CLAIM = Claim(
    "muscle_ratio",
    "Strength ratios and injuries",
    "Strong flexors with weak lateral hip muscles destabilise the joint.",
    primary=False,
    estimands=tuple(
        Estimand(
            "injury",
            label,
            f"a ratio of {words} strength 0.1 higher at the runner's first test",
            {f"{ratio}_tenths": 1.0},
            expected,
            needs=(f"{ratio}_tenths",),
            adds=(f"{ratio}_tenths",),
            further=ratio != "flexor_abductor",
        )
        for ratio, label, words, expected in _RATIOS
    ),
)
