"""Deep-stabiliser and control work against other stability work."""

from analysis.claims.claim import Claim, on_pain_and_injury

_ADDS = ("deep_within", "deep_between", "other_stability_within", "other_stability_between")
CLAIM = Claim(
    "deep_stabilisers",
    "Deep stabilisers",
    "The deep rotators that centre the ball matter most.",
    primary=False,
    estimands=on_pain_and_injury(
        label="{step} min/week of deep-stabiliser and control work in place of other stability work",
        contrast="{step} min/week of deep-stabiliser and control work before them in place of other stability work",
        adds=_ADDS,
        replaces=("stability_within", "stability_between"),
        weights={"deep_within": 1.0, "other_stability_within": -1.0},
        needs=("deep_within", "other_stability_within"),
    ),
)
