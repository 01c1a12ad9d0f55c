"""The reading of one estimate, by one rule from its interval: the words of the claims page (CLAIMS.md, "Readings")."""

import math

from analysis.errors import HiprunError

SUPPORTED = "supported"
AGAINST = "against"
NO_EFFECT = "compatible with no effect of a size that matters"
UNDECIDED = "undecided"
CANNOT = "cannot be estimated from these data"
READINGS = (SUPPORTED, AGAINST, NO_EFFECT, UNDECIDED, CANNOT)

DIFFERENCE = "difference"
RATIOS = ("IRR", "OR", "ratio")


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
        The p value after Holm, of the claims that are confirmed together.
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
    if confirmed and (ci_low > null or ci_high < null):
        return SUPPORTED if (estimate > null) == (expected_direction > 0) else AGAINST
    if smallest is not None and _inside(ci_low, ci_high, smallest, scale):
        return NO_EFFECT
    return UNDECIDED


def _inside(ci_low: float, ci_high: float, smallest: float, scale: str) -> bool:
    if scale == DIFFERENCE:
        return -abs(smallest) < ci_low and ci_high < abs(smallest)
    least = min(smallest, 1 / smallest)
    return least < ci_low and ci_high < 1 / least
