"""Plain-English readings of numbers: associations with their uncertainty, never causes, never advice."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.errors import HiprunError
from analysis.report.format import number, shared_decimals

NOT_SETTLED = "The model did not settle, so no estimate is given."
NO_ESTIMATE = "These data give no estimate for this."
DIFFERENCE = "difference"
RATIOS = ("IRR", "OR", "ratio")
LINK = "link"


def read_estimate(
    row: Mapping[str, Any] | pd.Series,
    what: str,
    per: str,
    *,
    who: str = "Weeks",
    unit: str = "points",
    smallest_effect: float | None = None,
    level: float = 0.95,
    link: str | None = None,
) -> str:
    """One estimate as a sentence: "Weeks with 30 min more … had 0.21 points lower pain (95 % interval …)".

    `row` has estimate, ci_low, ci_high, scale and, if known, converged. `what` names the outcome ("weekly hip
    pain (0–10)", "injury rate", "odds of pain"), `per` completes "Weeks with …", `who` names the rows ("Runners").
    `unit` and `smallest_effect` belong to differences (0.5 points); for a ratio `smallest_effect` is the ratio (0.9).
    A row on the scale "link" needs `link`: "difference" (identity link), or what its exponential is: "IRR", "OR" or
    "ratio". A model that did not converge gets no number. Raises `HiprunError` for a scale that cannot be read.
    """
    converged = row.get("converged", True)
    if not pd.isna(converged) and not converged:
        return NOT_SETTLED
    values = [float(row[c]) if not pd.isna(row[c]) else math.nan for c in ("estimate", "ci_low", "ci_high")]
    if any(math.isnan(v) for v in values):
        return NO_ESTIMATE
    subject, percent = f"{who} with {per}", f"{100 * level:g} %"
    scale = _scale(row["scale"], link)
    if scale == DIFFERENCE:
        return _difference(values, subject, what, unit, smallest_effect, percent)
    if row["scale"] == LINK:
        values = [math.exp(v) for v in values]
    return _ratio(values, subject, what, scale, smallest_effect, percent)


def read_terms(
    rows: pd.DataFrame, what: str, smallest_effect: float | None = None, *, unit: str = "points", level: float = 0.95
) -> pd.DataFrame:
    """The readings of the terms that are read, one a row: text, n_athletes (the runners it rests on).

    `rows` are estimates (`models.tidy`) with a column `phrase` that completes "Weeks with …", missing where a term
    is not read. Rows on the link scale are left to their ratio (IRR, OR, ratio), which `models.tidy` gives too.
    Other arguments as for `read_estimate`.
    """
    read = rows[rows["phrase"].notna() & (rows["scale"] != LINK)]
    options = {"unit": unit, "smallest_effect": smallest_effect, "level": level}
    texts = [read_estimate(row, what, row["phrase"], **options) for _, row in read.iterrows()]
    readings = pd.DataFrame({"text": pd.Series(texts, dtype="str"), "n_athletes": read["n_athletes"].to_numpy()})
    return readings.drop_duplicates().reset_index(drop=True)


def read_rate(rate: Any, what: str, *, threshold: int = 5) -> str:
    """A `surveillance.Rate` as a sentence: "65.9 injuries per 1000 h (95 % interval 52.4 to 81.8; 82 in 1245 h)".

    `what` names what was counted ("new injuries", "days lost"); a rate per 1 is read as a share ("12 % of answered
    reports"). Fewer than `threshold` cases give no number.
    """
    if rate.n_cases < threshold:
        return f"Fewer than {threshold} cases of {what} were recorded, so no rate is given."
    if any(math.isnan(v) for v in (rate.estimate, rate.ci_low, rate.ci_high)):
        return f"These data give no rate of {what}."
    as_share = rate.per == 1
    values = [v * (100 if as_share else 1) for v in (rate.estimate, rate.ci_low, rate.ci_high)]
    estimate, low, high = _together(values)
    level = f"{100 * rate.level:g} % interval"
    if as_share:
        return (
            f"{_first(what)}: {estimate} % of {number(round(rate.exposure))} {rate.unit}s ({level} {low} to {high} %)."
        )
    counted = f"{number(rate.n_cases)} cases in {number(round(rate.exposure))} {rate.unit}"
    return f"{_first(what)}: {estimate} per {number(rate.per)} {rate.unit} ({level} {low} to {high}; {counted})."


def _scale(given: str, link: str | None) -> str:
    scale = link if given == LINK else given
    if scale not in (DIFFERENCE, *RATIOS):
        raise HiprunError(
            f"read_estimate: found the scale {given!r} and link {link!r}; expected a row on the scale "
            f"{', '.join(RATIOS)}, or one on the link scale with link= {DIFFERENCE}, {', '.join(RATIOS)}. "
            "Fix: for a gaussian model pass link='difference'."
        )
    return scale


def _difference(values: list[float], subject: str, what: str, unit: str, smallest: float | None, percent: str) -> str:
    estimate, low, high = values
    texts = _together([abs(v) for v in values])
    size = f"{texts[0]} {unit} {_way(estimate)} {what}" if estimate else f"no different {what}"
    limits = f"{percent} interval {_limits(low, high, texts[1], texts[2])}"
    size = f"{size[:-1]}; {limits})" if size.endswith(")") else f"{size} ({limits})"
    return f"{subject} had {size}. {_difference_reading(low, high, unit, smallest)}"


def _limits(low: float, high: float, low_text: str, high_text: str) -> str:
    """The limits in words: the one nearer no difference last when both are lower, first when both are higher."""
    if low < 0 < high:
        return f"from {low_text} lower to {high_text} higher"
    way = "lower" if high <= 0 else "higher"
    return f"{low_text} to {high_text} {way}"


def _difference_reading(low: float, high: float, unit: str, smallest: float | None) -> str:
    if smallest is None:
        if low <= 0 <= high:
            return "The data are compatible with no difference."
        return f"The data are compatible with {_way(low)} values only."
    bound = f"{smallest:g} {unit}"
    return _against_smallest(low, high, -smallest, smallest, 0.0, bound)


def _ratio(values: list[float], subject: str, what: str, scale: str, smallest: float | None, percent: str) -> str:
    estimate, low, high = values
    plain = ", ".join([f"{scale} {number(estimate, 2)}", f"{percent} interval {number(low, 2)} to {number(high, 2)}"])
    size = _percent(estimate)
    size = f"about the same {what}" if size == "no difference" else f"a {size} {what}"
    span = f"anything from {_percent(low)} to {_percent(high)}"
    reading = f"{subject} had {size} ({plain}): the data are compatible with {span}."
    if smallest is None:
        return reading
    least = min(smallest, 1 / smallest)
    bound = f"{number(100 * (1 - least), 0)} %"
    return f"{reading} {_against_smallest(low, high, least, 1 / least, 1.0, bound)}"


def _against_smallest(low: float, high: float, lower: float, upper: float, null: float, bound: str) -> str:
    """How the interval lies to no effect and to the smallest effect of interest (`lower`, `upper`)."""
    if lower < low and high < upper:
        return f"The whole interval is smaller than {bound}, the smallest difference that matters in this study."
    if high <= lower or low >= upper:
        return f"The whole interval is {bound} or more: a difference that matters in this study."
    both = low <= lower and high >= upper
    way = ", in either direction" if both else " lower" if low <= lower else " higher"
    matters = f"one that matters ({bound} or more{way})"
    if low <= null <= high:
        return f"The data are compatible with no difference, and with {matters}."
    return f"The data are compatible with a difference too small to matter, and with {matters}."


def _percent(ratio: float) -> str:
    """A ratio in words: 0.9 → "10 % lower", 1.15 → "15 % higher", 2.3 → "2.3-fold"."""
    if ratio >= 2:
        return f"{number(ratio, 1)}-fold"
    change = round(100 * (ratio - 1))
    if change == 0:
        return "no difference"
    return f"{abs(change)} % {_way(change)}"


def _way(value: float) -> str:
    return "lower" if value < 0 else "higher"


def _together(values: list[float]) -> list[str]:
    decimals = shared_decimals(values)
    return [number(v, decimals) for v in values]


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
