"""How numbers are written for people: two to three significant digits, one rule everywhere.

Missing is "–". A minus is "−". Whole numbers from 10 000 up are grouped with a thin space.
"""

import math
from collections.abc import Sequence

import pandas as pd

MISSING = "–"
THIN = "\u202f"
MINUS = "−"
MOST_APART = 30


def number(value: object, decimals: int | None = None) -> str:
    """One number as text; NaN, NA and None are "–".

    Without `decimals`, three significant digits from 1 up and two below. A value that is not a number is
    returned as text.
    """
    if isinstance(value, str):
        return value
    if _missing(value):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    value = float(value)
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if decimals is None:
        decimals = 0 if value == round(value) and abs(value) < 1e15 else decimals_for(value)
    if 0 < abs(value) < 1e-4 and decimals > 4:
        return _scientific(value)
    return _signed(value, decimals)


def decimals_for(value: float) -> int:
    """Decimals that leave three significant digits from 1 up and two below: 250 → 0, 81.8 → 1, 0.35 → 2."""
    if value == 0 or not math.isfinite(value):
        return 0
    power = math.floor(math.log10(abs(value)))
    return max(0, (2 if power >= 0 else 1) - power)


def shared_decimals(values: Sequence[float]) -> int:
    """Decimals for numbers that are read together: those of the largest, none where all are whole."""
    known = [abs(float(v)) for v in values if not _missing(v) and math.isfinite(v)]
    return 0 if all(v == round(v) for v in known) else decimals_for(max(known))


def interval(estimate: object, low: object, high: object, decimals: int | None = None) -> str:
    """An estimate with its limits, "0.90 (0.70 to 1.15)", all with the same decimals."""
    if _missing(estimate):
        return MISSING
    if decimals is None:
        decimals = shared_decimals([estimate, low, high])
    limits = MISSING if _missing(low) and _missing(high) else f"{number(low, decimals)} to {number(high, decimals)}"
    return f"{number(estimate, decimals)} ({limits})"


def p_value(value: object) -> str:
    """A p value: "<0.001", else two significant digits and at most three decimals."""
    if _missing(value):
        return MISSING
    if float(value) < 0.001:
        return "<0.001"
    return f"{float(value):.3f}" if float(value) < 0.1 else f"{float(value):.2f}"


def column(values: Sequence[object]) -> list[str]:
    """The numbers of one table column as text; with the same decimals unless their sizes lie too far apart."""
    known = [abs(float(v)) for v in values if not _missing(v) and math.isfinite(float(v)) and v != 0]
    if not known or all(v == round(v) for v in known) or max(known) > MOST_APART * min(known):
        return [number(v) for v in values]
    decimals = decimals_for(sorted(known)[len(known) // 2])
    return [number(v, decimals) for v in values]


def day(value: object) -> str:
    """A date in words, "5 January 2026"."""
    date = pd.Timestamp(value)
    return f"{date.day} {date:%B} {date.year}"


def tidy_text(text: str) -> str:
    """`text` with a thin space that does not break in "95 %"."""
    return text.replace(" %", f"{THIN}%")


def _missing(value: object) -> bool:
    return value is None or bool(pd.isna(value))


def _signed(value: float, decimals: int) -> str:
    text = f"{abs(value):.{decimals}f}"
    whole, _, part = text.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", THIN)
    text = f"{whole}.{part}" if part else whole
    return MINUS + text if value < 0 and text.strip("0.") else text


def _scientific(value: float) -> str:
    mantissa, _, power = f"{abs(value):.1e}".partition("e")
    raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{MINUS if value < 0 else ''}{mantissa}×10{raised}"
