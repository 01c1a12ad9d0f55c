"""Readings, each by one rule from numbers: of one estimate, and of a claim (CLAIMS.md, "Readings")."""

import math
from collections.abc import Collection

from analysis.errors import HiprunError
from analysis.models.families import FAMILIES

SUPPORTED = "supported"
AGAINST = "against"
NO_EFFECT = "compatible with no effect of a size that matters"
UNDECIDED = "undecided"
CANNOT = "cannot be estimated from these data"
READINGS = (SUPPORTED, AGAINST, NO_EFFECT, UNDECIDED, CANNOT)

DIFFERENCE = "difference"
RATIOS = ("IRR", "OR", "ratio")


def scale_of(family: str) -> str:
    """The scale that the estimates of a model of that family are told on: 'difference', or the ratio ('IRR', 'OR')."""
    return FAMILIES[family].ratio or DIFFERENCE


def null_of(scale: str) -> float:
    """The value that is no effect: 0 of a difference, 1 of a ratio. Raises `HiprunError` for another scale."""
    if scale != DIFFERENCE and scale not in RATIOS:
        raise HiprunError(f"reading: found the scale {scale!r}, expected one of {DIFFERENCE}, {', '.join(RATIOS)}.")
    return 0.0 if scale == DIFFERENCE else 1.0


def reading(
    estimate: float,
    ci_low: float,
    ci_high: float,
    expected_direction: int,
    smallest: float | None,
    scale: str,
    *,
    p_adjusted: float | None = None,
    alpha: float = 0.05,
) -> str:
    """One of `READINGS`.

    `SUPPORTED` or `AGAINST`: the whole interval lies on the claimed, or on the other, side of no effect and, where it
    is given, `p_adjusted` is below `alpha`. Else `NO_EFFECT` where the whole interval is smaller than the smallest
    effect of interest (the equivalence rule of Schuirmann 1987, J Pharmacokinet Biopharm 15:657, with the interval of
    the study in place of the 90 % one, which is the stricter test), else `UNDECIDED`. An effect that is clear but too
    small to matter is `SUPPORTED`: its size is said beside the reading.

    Parameters
    ----------
    estimate, ci_low, ci_high : float
        On `scale`; a missing one means that there is no estimate: `CANNOT`.
    expected_direction : int
        -1 where the claim is of lower values, +1 where of higher ones.
    smallest : float or None
        The smallest effect of interest: a size in the outcome's unit, or a ratio (0.9 counts like 1/0.9). None: no
        effect is called too small.
    scale : str
        'difference', 'IRR', 'OR' or 'ratio'.
    p_adjusted : float, optional
        The p value after Holm, over the effects that are tested together.
    alpha : float
        1 - the level of the interval.

    Raises
    ------
    HiprunError
        An unknown scale or direction.
    """
    null = null_of(scale)
    if expected_direction not in (-1, 1):
        raise HiprunError(f"reading: found the direction {expected_direction!r}, expected -1 (lower) or 1 (higher).")
    if any(math.isnan(value) for value in (estimate, ci_low, ci_high)):
        return CANNOT
    confirmed = p_adjusted is None or p_adjusted < alpha
    if confirmed and clear(ci_low, ci_high, scale):
        return SUPPORTED if (estimate > null) == (expected_direction > 0) else AGAINST
    if within_smallest(ci_low, ci_high, smallest, scale):
        return NO_EFFECT
    return UNDECIDED


def reading_of_claim(readings: Collection[str]) -> str:
    """One reading of a claim from those of the estimates it is judged by, in any order.

    `SUPPORTED`, or `AGAINST`, as soon as one of them is and none is the opposite; where some are each, the outcomes do
    not agree and the claim is `UNDECIDED`. Else `NO_EFFECT` only where all of them are, `CANNOT` only where all are,
    and `UNDECIDED` for anything between. As one call is enough, the chance of a false one is held by adjusting the
    estimates for their number (Holm) before they are read. Raises `HiprunError` for no reading or an unknown one.
    """
    found = set(readings)
    if not found or found - set(READINGS):
        raise HiprunError(f"reading_of_claim: found {sorted(found)}, expected one or more of {', '.join(READINGS)}.")
    called = found & {SUPPORTED, AGAINST}
    if called:
        return UNDECIDED if len(called) > 1 else called.pop()
    return found.pop() if len(found) == 1 else UNDECIDED


def clear(ci_low: float, ci_high: float, scale: str) -> bool:
    """Whether the whole interval lies on one side of no effect."""
    null = null_of(scale)
    return bool(ci_low > null or ci_high < null)


def within_smallest(ci_low: float, ci_high: float, smallest: float | None, scale: str) -> bool:
    """Whether the whole interval is smaller than the smallest effect of interest (None: never)."""
    return smallest is not None and not math.isnan(smallest) and _inside(ci_low, ci_high, smallest, scale)


def _inside(ci_low: float, ci_high: float, smallest: float, scale: str) -> bool:
    if scale == DIFFERENCE:
        return -abs(smallest) < ci_low and ci_high < abs(smallest)
    least = min(smallest, 1 / smallest)
    return least < ci_low and ci_high < 1 / least
