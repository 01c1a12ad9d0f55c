"""The words of one estimate of a claim: its contrast, size, limits and reading."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.claims.reading import AGAINST, CANNOT, NO_EFFECT, UNDECIDED, clear, within_smallest
from analysis.report.format import number, p_value, shared_decimals
from analysis.report.sentences import DIFFERENCE

Row = Mapping[str, Any] | pd.Series
LARGEST_TIMES, SMALLEST_PERCENT = 20, 99


@dataclass(frozen=True)
class Said:
    """How an outcome is spoken of: `opening` before the contrast, `verb`, and `short` where its words need them."""

    opening: str = "In {rows} with"
    verb: str = "was"
    short: str = ""


OUTCOMES_SAID = {
    "first_pain": Said("For", "were"),
    "leg_pain": Said("On", short="pain on that side"),
    "leg_injury": Said("On"),
    "pain_elsewhere": Said("In weeks with", short="pain elsewhere"),
    "soreness": Said("On days with"),
    "range_gained": Said("With"),
    "range_kept": Said("With"),
    "balance_gained": Said("With"),
}
"""By the key of the outcome in `claims.OUTCOMES`; the others as `Said` has it."""
ROWS_SAID = {
    "leg-weeks": "weeks of a leg",
    "region-weeks": "answers about these regions",
    "changes": "pairs of tests",
    "gains": "gains in range",
}
MINUTES = ("min/week", "minutes a week")
SPELLED = {r"\b1 SD\b": "one standard deviation", MINUTES[0]: MINUTES[1], r"\b1 day/week\b": "one day a week"}


def opening(row: Row) -> str:
    """The contrast as the beginning of a sentence: "In weeks with 30 minutes a week more mobility work before them"."""
    return f"{_said(row).opening.format(rows=row['rows'])} {_spelled(row['contrast']).rstrip(',')}"


def found(row: Row, level: float) -> str:
    """What follows it: the outcome, the size, the interval, the counts and the reading."""
    counted = f"{number(row['n_athletes'])} runners, {number(row['n_obs'])} {ROWS_SAID.get(row['rows'], row['rows'])}"
    span = f"{100 * level:g} % interval {limits(row)}; {counted}"
    return f"{subject(row)} {_said(row).verb} {size(row)} ({span}): {reading(row)}"


def short(row: Row) -> str:
    """The outcome where nothing stands before it."""
    return _said(row).short or row["outcome"]


def label(row: Row) -> str:
    """The label of the contrast, its unit in words."""
    return row["label"].replace(*MINUTES)


def _said(row: Row) -> Said:
    return OUTCOMES_SAID.get(str(row["term"]).partition(":")[0], Said())


def _spelled(text: str) -> str:
    for unit, in_words in SPELLED.items():
        text = re.sub(unit, in_words, text)
    return text


def subject(row: Row) -> str:
    """The outcome with its article, which pain and soreness do not have."""
    outcome = row["outcome"]
    return f"the {outcome}" if re.match(r"(rate|odds|speed|top speed|range|share|time)\b", outcome) else outcome


def size(row: Row) -> str:
    """ "0.20 points lower", "18 % higher", "2.5 times as high", "about the same"."""
    value = float(row["estimate"])
    if row["scale"] != DIFFERENCE:
        text = _ratio(value)
        return text if text != "no different" else "about the same"
    decimals = _decimals(row)
    if round(value, decimals) == 0:
        return "no different"
    return f"{number(abs(value), decimals)} {row['unit']} {_way(value, row)}"


def limits(row: Row) -> str:
    """ "from 0.40 lower to 0.02 higher"; the direction is said once where it is the same."""
    low, high = float(row["ci_low"]), float(row["ci_high"])
    if row["scale"] != DIFFERENCE:
        texts = [_ratio(low), _ratio(high)]
    else:
        decimals = _decimals(row)
        texts = [
            f"{number(abs(v), decimals)} {_way(v, row)}" if round(v, decimals) else "no different" for v in (low, high)
        ]
    for way in (" lower", " higher", f" {row['less']}", f" {row['more']}", " times as high"):
        if all(text.endswith(way) for text in texts):
            texts[0] = texts[0].removesuffix(way).removesuffix(" %")
    return f"from {texts[0]} to {texts[1]}".replace("no different", "no difference")


def _ratio(value: float) -> str:
    """A ratio in words: 0.9 → "10 % lower", 1.15 → "15 % higher", 2.3 → "2.3 times as high"."""
    if value > LARGEST_TIMES:
        return f"more than {LARGEST_TIMES} times as high"
    if value >= 2:
        return f"{number(value, 1)} times as high"
    percent = round(100 * (value - 1))
    if percent < -SMALLEST_PERCENT:
        return f"more than {SMALLEST_PERCENT} % lower"
    return f"{abs(percent)} % {'lower' if percent < 0 else 'higher'}" if percent else "no different"


def _decimals(row: Row) -> int:
    return max(1, shared_decimals([float(row[c]) for c in ("estimate", "ci_low", "ci_high")]))


def _way(value: float, row: Row) -> str:
    return row["less"] if value < 0 else row["more"]


def plain(given: str) -> str:
    """A reading, as the end of a sentence about the claim."""
    return "against the claim" if given == AGAINST else given


def brief(given: str) -> str:
    """A reading as a cell of a table, where the page has no room for all of it."""
    return {NO_EFFECT: "no effect of a size that matters", CANNOT: "cannot be estimated"}.get(given, plain(given))


def reading(row: Row) -> str:
    """The reading, and what a reader must know of it: how it came about, and whether it is of a size that matters."""
    matters = "" if math.isnan(row["smallest"]) else _matters(row)
    if row["reading"] == NO_EFFECT:
        return f"{NO_EFFECT} ({matters} or more){_before_holm(row)}"
    if row["reading"] == UNDECIDED and row["moved_by"]:
        return f"{UNDECIDED}, as it is clear on the other side with {row['moved_by']}"
    if row["reading"] == UNDECIDED:
        return f"{UNDECIDED}{_before_holm(row)}"
    small = matters and within_smallest(row["ci_low"], row["ci_high"], row["smallest"], row["scale"])
    size_said = f", though smaller than the {matters} that matter in this study" if small else ""
    return f"{plain(row['reading'])}{_after_holm(row)}{size_said}"


def _after_holm(row: Row) -> str:
    return f", also {_allowing(row)}" if row["n_tested"] > 1 else ""


def _allowing(row: Row) -> str:
    counted = "claims tested" if row["confirmed"] else "effects of this claim"
    p = f"p = {p_value(row['p_holm'])}".replace("= <", "< ")
    return f"after allowing for the number of {counted} ({p})"


def _before_holm(row: Row) -> str:
    """Says so where the interval alone is clear of no effect."""
    if row["n_tested"] < 2 or not clear(row["ci_low"], row["ci_high"], row["scale"]):
        return ""
    return f"; the interval alone is clear of no difference, but not {_allowing(row)}"


def _matters(row: Row) -> str:
    smallest = float(row["smallest"])
    if row["scale"] == DIFFERENCE:
        return f"{smallest:g} {row['unit']}"
    return f"{number(100 * (1 - min(smallest, 1 / smallest)), 0)} %"
