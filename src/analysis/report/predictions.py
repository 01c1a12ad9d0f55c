"""What the models expect, in sentences: dose and response, mixes, regions, runners' own effects, typical runners.

Expectations and associations with their uncertainty, never causes, never advice.
"""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.claims.effects.spread import Spread
from analysis.report.format import number, p_value, shared_decimals
from analysis.report.sentences import DIFFERENCE

REGION_WORDS = {"hip_groin": "hip and groin", "ankle_foot": "ankle and foot"}
FEW_PERCENT = 5.0
"""Of the weeks: below it an expectation rests more on the model than on weeks like it."""
COLUMNS = ["text", "n_athletes"]


def region_words(region: str) -> str:
    """A body region as a reader expects it: "hip and groin"."""
    return REGION_WORDS.get(region, region.replace("_", " "))


def read_dose_response(
    points: pd.DataFrame, tests: pd.DataFrame, what: str, *, unit: str = "points", level: float = 0.95
) -> pd.DataFrame:
    """A sentence or two for each kind of work (text, n_athletes): does the curve differ from a line, what lies at its
    ends. `points` and `tests` are of `claims.effects.dose_response`, `what` is the outcome
    ("weekly hip pain")."""
    said = []
    p_values = tests.set_index("kind")["p_value"]
    for kind, rows in points[points["shape"] == "curve"].groupby("kind", sort=False):
        ends = []
        for row in (rows.iloc[0], rows.iloc[-1]):
            way = "less" if row["dose_min"] < 0 else "more"
            size = f"{number(abs(row['dose_min']), 0)} min/week {way}"
            if row["dose_min"]:
                ends.append(f"weeks after {size} had {_against(row, what, unit, level)}")
        straight = _straight(kind, p_values.get(kind, math.nan), 1 - level)
        text = f"{straight} Against weeks after the runner's own habit of {kind} work, {', and '.join(ends)}."
        said.append((text, int(rows["n_athletes"].iloc[0])))
    return pd.DataFrame(said, columns=COLUMNS)


def read_mix(splits: pd.DataFrame, what: str, *, unit: str = "points", level: float = 0.95) -> pd.DataFrame:
    """The splits of `claims.predicted_mix` as one reading (text, n_athletes); none without a number at half and half.

    `what` is the outcome with its article ("weekly hip pain", "a rate of new injuries").
    """
    known = splits[splits["expected"].notna()]
    half = known[known["share"] == 0.5]
    if half.empty:
        return pd.DataFrame(columns=COLUMNS)
    total, at_half = number(half["total_min"].iloc[0], 0), _mean(half.iloc[0], unit, level)
    text = f"At {total} min/week of hip work in all, half of each kind, the model expects {what} of {at_half}."
    apart = known[known["share"] != 0.5]
    others = [f"at {row['label']} {_against(row, '', unit, level, 'difference')}" for _, row in apart.iterrows()]
    if others:
        text += f" Against that it expects, of mobility to stability work, {'; '.join(others)}."
    few = list(known.loc[known["percent_near"] < FEW_PERCENT, "label"])
    if few:
        text += f" Few weeks were near {_listed(few)}: what is said there rests on the model."
    lost = list(splits.loc[splits["expected"].isna(), "label"])
    if lost:
        text += f" No week was near {_listed(lost)}, so nothing is said there."
    return pd.DataFrame([(text, int(half["n_athletes"].iloc[0]))], columns=COLUMNS)


def read_regions(
    effects: pd.DataFrame, p_values: Mapping[str, float], step_min: float, *, level: float = 0.95, threshold: int = 5
) -> pd.DataFrame:
    """The effects of `claims.regional_effects` as a reading for each kind of work (text, n_athletes: the fewest).

    `p_values` maps a kind to the p of "the same in all regions"; regions of fewer than `threshold` runners are left
    out.
    """
    said = []
    for kind, rows in effects[effects["n_athletes"] >= threshold].groupby("kind", sort=False):
        parts = [f"{_against(row, 'pain', 'points', level)} in {_the(row['region'])}" for _, row in rows.iterrows()]
        p = p_values.get(kind, math.nan)
        if math.isnan(p):
            alike = "Whether these differ cannot be tested with so few runners."
        elif p < 1 - level:
            alike = f"These differ between regions by more than chance (p {p_value(p)})."
        else:
            alike = f"These do not differ clearly between regions (p {p_value(p)})."
        weeks = f"Weeks after {step_min:g} min/week more {kind} work than the runner's own habit"
        said.append((f"{weeks} had {'; '.join(parts)}. {alike}", int(rows["n_athletes"].min())))
    return pd.DataFrame(said, columns=COLUMNS)


def read_spread(
    spread: Spread, what: str, step_min: float, *, unit: str = "points", level: float = 0.95, threshold: int = 5
) -> str:
    """Whether runners differ in what goes along with their work, as a sentence or two.

    The share of runners on each side is said only where they differ beyond chance and it stands for `threshold` runners
    or more on both sides.
    """
    low, high = spread.limits
    decimals = max(2, shared_decimals([spread.sd, low, high]))
    sd, low, high = (number(v, decimals) for v in (spread.sd, low, high))
    size = f"SD {sd} {unit} per {step_min:g} min/week beyond what chance gives, {_interval(low, high, level)}"
    if not spread.is_shown:
        return (
            f"The data do not show that runners differ in how their {what} goes along with {spread.kind} work "
            f"({size}; p {p_value(spread.p_value)})."
        )
    text = (
        f"Runners differ in how their {what} goes along with {spread.kind} work by more than chance "
        f"({size}; p {p_value(spread.p_value)})."
    )
    below = spread.share_below()
    if min(below, 1 - below) * spread.n_athletes < threshold:
        return f"{text} Nearly all are expected on the {'lower' if below > 0.5 else 'higher'} side."
    lower, higher = number(100 * below, 0), number(100 - 100 * below, 0)
    shares = f"lower values in about {lower} % of runners and higher ones in {higher} %"
    return f"{text} If their effects are normally spread, more of it is expected to go along with {shares}."


def name_runners(predictions: pd.DataFrame) -> pd.DataFrame:
    """`claims.predicted_weeks` with runner_words ("39-year-old man, earlier injury, week 13"), who ("A 39-year-old man
    with an earlier injury, in week 13 of the programme") and scenario_words ("+30 min/week mobility")."""
    scenario = [
        "Usual hip work" if row.scenario == "usual" else f"+{row.extra_min:g} min/week {row.scenario}"
        for row in predictions.itertuples()
    ]
    rows = [row for _, row in predictions.iterrows()]
    return predictions.assign(
        runner_words=[_short(row) for row in rows], who=[_who(row) for row in rows], scenario_words=scenario
    )


def read_runners(named: pd.DataFrame, what: str, *, unit: str = "points", level: float = 0.95) -> pd.DataFrame:
    """A paragraph for each typical runner of `name_runners` (text, n_athletes)."""
    said = []
    for _, rows in named.groupby("runner", sort=False):
        usual = rows[rows["scenario"] == "usual"].iloc[0]
        text = f"{usual['who']}, at the usual load and hip work: {what} of {_mean(usual, unit, level)} is expected"
        text += (
            f" on average; a single week may lie anywhere from {_week(usual)}." if _has_week(usual) else " on average."
        )
        for _, row in rows[rows["scenario"] != "usual"].iterrows():
            text += f" In weeks after {row['extra_min']:g} min/week more {row['scenario']} work {_plain(row, unit)}"
            text += f" {_against(row, '', unit, level, 'difference')}."
        said.append((text, int(usual["n_athletes"])))
    return pd.DataFrame(said, columns=COLUMNS)


def read_reach(named: pd.DataFrame, threshold: int = 5) -> str:
    """How far the expectations of more work reach beyond what was done; empty where weeks like that are not rare."""
    more = named[named["scenario"] != "usual"].drop_duplicates("scenario")
    rare = more[more["percent_as_far"] < FEW_PERCENT]
    if rare.empty:
        return ""
    parts = []
    for row in rare.itertuples():
        share = f"{number(row.percent_as_far, 1)} %" if row.rows_as_far >= threshold else "next to none"
        parts.append(f"{share} of the weeks for {row.scenario} work")
    return (
        f"So much more than the own habit is rare in these data ({_listed(parts)}): what is expected of such weeks "
        "rests on the straight line of the model."
    )


def _straight(kind: str, p: float, alpha: float) -> str:
    if math.isnan(p):
        return f"Whether the curve of {kind} work differs from a straight line cannot be tested with so few runners."
    if p < alpha:
        return f"The curve of {kind} work differs from a straight line by more than chance (p {p_value(p)})."
    return f"The curve of {kind} work does not differ clearly from a straight line (p {p_value(p)})."


def _against(row: Mapping[str, Any] | pd.Series, what: str, unit: str, level: float, name: str = "estimate") -> str:
    """A difference or ratio with its limits: "0.11 points lower weekly hip pain (95 % interval 0.31 lower to …)"."""
    ends = ("ci_low", "ci_high") if name == "estimate" else (f"{name}_ci_low", f"{name}_ci_high")
    values = [float(row[c]) for c in (name, *ends)]
    if row["scale"] != DIFFERENCE:
        plain = f"{row['scale']} {number(values[0], 2)}, {_interval(*(number(v, 2) for v in values[1:]), level)}"
        return f"{_ratio(values[0], what)} ({plain})"
    decimals = max(1, min(shared_decimals(values), 2))
    size, low, high = (_way(v, decimals, unit if place == 0 else "") for place, v in enumerate(values))
    if low.endswith("er") and low.split()[-1] == high.split()[-1]:
        low = low.split()[0]
    return f"{size}{f' {what}' if what else ''} ({_interval(low, high, level)})"


def _ratio(value: float, what: str) -> str:
    """ "a 13 % lower rate of new injuries", "2.3 times the rate of new injuries"; without the outcome "13 % lower"."""
    percent = round(100 * (value - 1))
    if value >= 2:
        return f"{number(value, 1)} times {f'the {what}' if what else 'as high'}"
    if not percent:
        return f"about the same {what}".strip() if what else "about the same"
    size = f"{abs(percent)} % {'lower' if percent < 0 else 'higher'}"
    article = "an" if str(abs(percent)).startswith("8") or abs(percent) in (11, 18) else "a"
    return f"{article} {size} {what}" if what else size


def _way(value: float, decimals: int, unit: str = "") -> str:
    """ "0.40 points lower", "0.02 higher", "no different" or "0.00"."""
    rounded = round(value, decimals)
    if rounded == 0:
        return "no different" if unit else number(0.0, decimals)
    return " ".join(filter(None, [number(abs(value), decimals), unit, "lower" if value < 0 else "higher"]))


def _interval(low: str, high: str, level: float) -> str:
    return f"{100 * level:g} % interval {low} to {high}"


def _mean(row: Mapping[str, Any] | pd.Series, unit: str, level: float) -> str:
    values = [float(row[c]) for c in ("expected", "ci_low", "ci_high")]
    decimals = max(1, min(shared_decimals(values), 2))
    expected, low, high = (number(v, decimals) for v in values)
    return f"{expected} {unit} ({_interval(low, high, level)})"


def _plain(row: Mapping[str, Any] | pd.Series, unit: str) -> str:
    return f"it is {number(row['expected'], max(1, min(shared_decimals([row['expected']]), 2)))} {unit},"


def _has_week(row: Mapping[str, Any] | pd.Series) -> bool:
    return not pd.isna(row["week_low"])


def _week(row: Mapping[str, Any] | pd.Series) -> str:
    return f"{number(row['week_low'], 0)} to {number(row['week_high'], 0)}"


def _traits(row: Mapping[str, Any] | pd.Series) -> tuple[str, str, str]:
    """Age in front ("39-year-old " or empty), what to call the runner, and the earlier injury ("earlier injury")."""
    age = f"{number(10 * row['age_decades'], 0)}-year-old " if not pd.isna(row.get("age_decades", math.nan)) else ""
    sex, earlier = row.get("sex_male", math.nan), row.get("previous_injury_yes", math.nan)
    person = "runner" if pd.isna(sex) else "man" if sex else "woman"
    injury = "" if pd.isna(earlier) else "earlier injury" if earlier else "no earlier injury"
    return age, person, injury


def _short(row: Mapping[str, Any] | pd.Series) -> str:
    age, person, injury = _traits(row)
    who = f"{age}{person}"
    parts = [who[:1].upper() + who[1:], injury, f"week {number(row['programme_week'], 0)}"]
    return ", ".join(filter(None, parts))


def _who(row: Mapping[str, Any] | pd.Series) -> str:
    age, person, injury = _traits(row)
    article = "An" if age.startswith("8") or age[:3] in ("11-", "18-") else "A"
    joined = {"": "", "earlier injury": " with an earlier injury", "no earlier injury": " without an earlier injury"}
    return f"{article} {age}{person}{joined[injury]}, in week {number(row['programme_week'], 0)} of the programme"


def _the(region: str) -> str:
    return f"the {region_words(region)}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
