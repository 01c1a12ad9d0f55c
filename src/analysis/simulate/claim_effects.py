"""The effects that the claims are about (CLAIMS.md), each named by its outcome and the term of the claim's model.

`pain_days_within` is the effect on pain of the term days_within; ":" of a product is "_x_". By default none is there
(CLAIMS, last paragraph: where something is known it is close to none, and for most nothing is known).
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np

from analysis.simulate.truth_fields import LOG, difference, points, ratio

ON_PAIN_AND_INJURY = {
    "mobility_within:stability_within": (
        "per +30 min/week of both", "what more of both kinds of work than the own habit adds to the sum of each"),
    "non_sagittal_within": ("per +10 percentage points", "side-to-side and rotational share of the dose, within"),
    "planes_within": ("per +0.5 planes", "effective number of planes of the dose (Hill 1973), within"),
    "deep_within": ("per +30 min/week", "deep-stabiliser and control work beyond what other stability work does"),
    "days_within": ("per +1 day/week", "days with hip work, at equal minutes, within"),
    "full_sequence_within": ("all weeks against none", "share of weeks with all four phases, within"),
    "before_run_within": ("per +30 min/week", "work done right before runs beyond what work after runs does, within"),
    "capacity_imbalance": ("per z", "distance between the z of range and that of strength and control"),
    "rom_six_motions": ("per SD", "range in six motions"),
    "rom_six_motions:trail_share": ("per SD and +10 percentage points", "range, by the share of running on trails"),
    "force": ("per SD", "isometric force"),
    "endurance": ("per SD", "endurance of the hip"),
    "full_range": ("per SD", "force at end range over force in mid-range"),
    "centring": ("per SD", "control and balance"),
    "control_step_down": ("per SD", "control in the lateral step-down, higher = better"),
    "control_step_up": ("per SD", "control in the step-up, higher = better"),
    "control_hip_hinge": ("per SD", "control in the hip hinge, higher = better"),
}  # fmt: skip
"""Term: the step it is per, and what it is. Hip tests are those without error, the last before the week; SD between
athletes."""
OF_TEST = "of the true hip at the last test day before the week"
_RATIOS = {
    "flexor_abductor_tenths": "flexor to abductor strength",
    "adductor_abductor_tenths": "adductor to abductor strength",
    "external_internal_rotator_tenths": "external to internal rotator strength",
}
_SCORES = ("rom_six_motions", "force", "endurance", "full_range", "centring")
_CHANGE = "mean minutes a week between two planned test days, in steps of 30 about the cohort's mean"
_LEG = "against the other leg of the athlete"


def effect_name(outcome: str, term: str) -> str:
    """The name of the field that holds the effect of `term` on `outcome`."""
    return f"{outcome}_{term.replace(':', '_x_')}"


def _declared() -> dict[tuple[str, str], dataclasses.Field]:
    """(outcome, term): field of the effect."""
    found = {}
    for term, (per, what) in ON_PAIN_AND_INJURY.items():
        found["pain", term] = points(0.0, per, f"{what}; on pain in hip and groin before rounding and clipping")
        found["injury", term] = ratio(1.0, per, f"{what}; on the injury rate per hour")
    for term, what in _RATIOS.items():
        found["injury", term] = ratio(1.0, "per +0.1", f"ratio of {what}, {OF_TEST}")
    found["pain", "hip_deficit"] = points(0.0, "per SD", f"hip deficit (weaker, stiffer) {OF_TEST}")
    found["pain", "hip_deficit:programme_10_weeks"] = points(
        0.0, "per SD and 10 weeks", "by how much pain rises more steeply with a larger hip deficit"
    )
    for side in ("weaker_side_yes", "stiffer_side_yes"):
        found["leg_pain", side] = points(0.0, _LEG, f"the {side.split('_')[0]} leg")
        found["leg_injury", side] = ratio(1.0, _LEG, f"the {side.split('_')[0]} leg; the athlete's rate stays")
    found["pain_elsewhere", "hip_deficit"] = points(0.0, "per SD", f"hip deficit {OF_TEST}, on pain in each region")
    found["pain_elsewhere", "named_side_deficit"] = points(
        0.0, "per SD", "hip deficit of the side of the pain (shoulder: of the other) beyond that of the other"
    )
    for score in _SCORES:
        found["speed", score] = difference(0.0, "km/h per SD", f"running speed by {score} {OF_TEST}")
    found["top_speed", "rom_six_motions"] = difference(0.0, "km/h per SD", f"top speed of a run by range {OF_TEST}")
    found["soreness", "work_jump_doublings"] = points(
        0.0, "per doubling", "hip work of seven days over the weekly mean of the four weeks before them"
    )
    for term in ("mobility_centred", "loading_centred", "mobility_centred:loading_centred"):
        found["range_gained", term] = difference(0.0, "degrees per step", f"change of range of motion; {_CHANGE}")
    found["range_kept", "loading_after"] = difference(
        0.0, "percentage points per +30 min/week", "share of an earlier gain left at the next test, by loading between"
    )
    for term in ("stability_centred", "stability_centred:age_decades_centred"):
        found["balance_gained", term] = difference(0.0, "s per step", f"change of the time on one leg; {_CHANGE}")
    return found


EFFECTS = _declared()
ClaimEffects = dataclasses.make_dataclass(
    "ClaimEffects",
    [(effect_name(*key), float, own) for key, own in EFFECTS.items()],
    frozen=True,
    namespace={
        "__doc__": "Every effect that a claim is about; units, scales and definitions are metadata.",
        "__module__": __name__,
    },
)


def effect_of(truth: ClaimEffects, outcome: str, exposure: Callable[[str], np.ndarray]) -> np.ndarray | float:
    """What the claims' effects on `outcome` add up to, in points or, of a ratio, as its logarithm.

    `exposure` gives the values of a term, all of one shape; it is asked for those whose effect is not null. A value
    that is not known (NaN) has no effect.
    """
    total = 0.0
    for (on, term), declared in EFFECTS.items():
        value = getattr(truth, effect_name(on, term))
        if on != outcome or value == declared.metadata["null"]:
            continue
        product = np.prod([exposure(column) for column in term.split(":")], axis=0)
        size = math.log(value) if declared.metadata["scale"] == LOG else value
        total = total + size * np.nan_to_num(product)
    return total
