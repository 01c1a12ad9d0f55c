"""Scales of control and balance scores: their limits, and which end is better. A direction is never guessed."""

from dataclasses import dataclass

from analysis.errors import HiprunError


@dataclass(frozen=True)
class Scale:
    """A scale of scores: label, lowest and highest score, direction, source."""

    label: str
    low: float
    high: float
    higher_is_better: bool
    source: str


_OWN = "a clinic's own protocol"
SCALES = {
    "lateral_step_down_0_6": Scale(
        "lateral step-down, quality of movement", 0, 6, False, "Piva et al. 2006, BMC Musculoskelet Disord 7:33"
    ),
    "higher_is_better": Scale("own scale, higher is better", 0, 200, True, _OWN),
    "lower_is_better": Scale("own scale, lower is better", 0, 200, False, _OWN),
}
"""By the word of `score_scale`. Lateral step-down: one point each for arms, trunk, pelvis and steadiness, one or two
for the knee; 0 is best. A reach in percent of leg length may exceed 100."""


def scale(name: str) -> Scale:
    """The scale of that name; raises `HiprunError` for an unknown one."""
    if name not in SCALES:
        raise HiprunError(f"score_scale: found {name!r}; expected {', '.join(SCALES)}. Fix: name one of them.")
    return SCALES[name]
