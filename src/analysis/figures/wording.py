"""Numbers and lists in words, for labels in figures and for alt texts."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

MINUS = "\N{MINUS SIGN}"
GAP = "\N{NO-BREAK SPACE}"
_TOO_LONG = 1e7
"""Numbers from here on, which only a failed estimate has, are written as "1e7": in full they push a figure aside."""
_LARGEST_RATIO = 100


def number(value: float, decimals: int = 1) -> str:
    """`value` with that many decimals, a true minus sign and gaps between thousands; never "-0.0"."""
    if not math.isfinite(value):
        return "not bounded" if math.isinf(value) else "missing"
    if abs(value) >= _TOO_LONG:
        return f"{value:.0e}".replace("e+", "e").replace("-", MINUS)
    text = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    return text.replace(",", GAP).replace("-", MINUS)


def decimals_for(widths: Iterable[float], least: int = 1) -> int:
    """Decimals that show two figures of the narrowest interval, from `least` to 4; widths not > 0 are passed over."""
    usable = [w for w in widths if math.isfinite(w) and w > 0]
    if not usable:
        return max(least, 2)
    return int(np.clip(1 - math.floor(math.log10(min(usable))), least, 4))


def bound(value: float, decimals: int, null: int = 0) -> str:
    """`number`; but a ratio (`null` = 1) that would be 0 is "<0.01", and none above 100 is told apart."""
    if null == 1 and value < 0.5 * 10**-decimals:
        return f"<{10**-decimals:.{decimals}f}"
    if null == 1 and _LARGEST_RATIO < value < math.inf:
        return f">{_LARGEST_RATIO}"
    return number(value, decimals)


def interval(estimate: float, low: float, high: float, decimals: int, null: int = 0) -> str:
    """ "0.87 (0.75 to 1.01)", or "not estimated" where there is no estimate; `null` is 1 for ratios, see `bound`."""
    if not math.isfinite(estimate):
        return "not estimated"
    estimate_said, low_said, high_said = (bound(v, decimals, null) for v in (estimate, low, high))
    return f"{estimate_said} ({low_said} to {high_said})"


def percent_name(level: float) -> str:
    """A confidence level as "95%"."""
    return f"{level * 100:g}%"


def count(n: int, one: str, many: str | None = None) -> str:
    """ "1 athlete", "12 athletes"."""
    return f"{number(n, 0)} {one if n == 1 else many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def sentence_case(word: str) -> str:
    """ "internal_rotation" as "Internal rotation"."""
    text = str(word).replace("_", " ")
    return text[:1].upper() + text[1:]


def width_pt(text: str, size_pt: float, weight: str = "normal") -> float:
    """Width in points of the widest line of `text` set in the figures' font."""
    font = FontProperties(family="DejaVu Sans", size=size_pt, weight=weight)
    return max(
        text_to_path.get_text_width_height_descent(line or " ", font, ismath=False)[0] for line in text.split("\n")
    )


def wrapped(text: str, max_pt: float, size_pt: float, weight: str = "normal") -> str:
    """`text` with line breaks so that no line is wider than `max_pt`; breaks in it are kept.

    A single word wider than that is broken within the word.
    """
    return "\n".join(line for paragraph in str(text).split("\n") for line in _lines(paragraph, max_pt, size_pt, weight))


def _lines(paragraph: str, max_pt: float, size_pt: float, weight: str) -> list[str]:
    lines = [""]
    for word in paragraph.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_pt(longer, size_pt, weight) <= max_pt:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        *full, rest = _pieces(word, max_pt, size_pt, weight)
        lines[-1:] = [*full, rest]
    return lines


def _pieces(word: str, max_pt: float, size_pt: float, weight: str) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_pt(pieces[-1] + letter, size_pt, weight) > max_pt:
            pieces.append("")
        pieces[-1] += letter
    return pieces
