"""Strength in four dimensions: force, endurance, through full range, centring and control (CLAIMS four_strengths).

Each dimension is a composite of z scores within the cohort, higher = better, from the qualities the tables declare:
force from isometric and eccentric strength (per body mass where known); endurance from hold times; full range from
force at end range over mid-range; centring from control and balance tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.ratios import WHO, first_assessments, mean_of_parts, paired_tests
from analysis.hip.units import Numbers
from analysis.hip.zscores import within_cohort_z

DIMENSIONS = ("force", "endurance", "full_range", "centring")
FORCE = ("strength_isometric", "strength_eccentric")
CENTRING = ("control", "balance")
NO_SCALE = "scale of the score not named"


@dataclass(frozen=True)
class Scale:
    """The scale of a control or balance score: name, lowest and highest score, direction, source."""

    name: str
    low: float
    high: float
    higher_is_better: bool
    source: str


LATERAL_STEP_DOWN = Scale(
    "lateral step-down, quality of movement", 0, 6, False, "Piva et al. 2006, BMC Musculoskelet Disord 7:33"
)
"""One point each for arms, trunk, pelvis and steadiness, one or two for the knee: 0 is best, 6 is worst."""


def fatigue_index_percent(first: Numbers, last: Numbers) -> Numbers:
    """Fatigue index 100·(first - last) / first in percent, of peak force or torque in the first and last contraction.

    The formula of White et al. 2013 (SpringerPlus 2:451), there with the first and the 12th of 12 contractions. Higher
    is more fatigue; negative where the last is stronger. The same shape out as in; missing where a value is missing
    or the first is not above 0.
    """
    start, end = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        index = np.where(start > 0, 100 * (start - end) / start, np.nan)
    if isinstance(first, pd.Series):
        return pd.Series(index, index=first.index, name="fatigue_index_percent")
    return index if index.ndim else float(index)


def end_range_ratio(profile: pd.DataFrame, min_n: int = 5) -> pd.DataFrame:
    """Force at end range over force in mid-range of the same athlete, day, motion, side, position and unit.

    Columns: athlete_id, date, side, motion, position, unit, end_range, mid_range (in `unit`), value (no unit), sex,
    z, why_missing. End range is the quality end_range_strength; mid-range is strength_isometric, as the tables hold
    no joint angle. The ratio is this package's reading of 'through full range' (CLAIMS four_strengths), not a published
    index. z is against the cohort's first assessments of the motion, position, unit and sex, as in `hip_profile`.
    """
    end, mid = (profile[profile["quality"] == q] for q in ("end_range_strength", "strength_isometric"))
    table = paired_tests(end, mid, [*WHO, "motion"], ("end_range", "mid_range"))
    table = table[table["why_missing"] != "end_range not tested"].reset_index(drop=True)
    none = table["mid_range"] == 0
    table["value"] = table["end_range"] / table["mid_range"].mask(none)
    table["why_missing"] = table["why_missing"].mask(none, "mid_range is 0")
    sex = profile.drop_duplicates("athlete_id").set_index("athlete_id")["sex"]
    table["sex"] = table["athlete_id"].map(sex)
    first = first_assessments(table, "value", ["motion", "position"])
    table["z"] = within_cohort_z(table, "value", ["motion", "position", "unit", "sex"], first, min_n)
    numbers = ["end_range", "mid_range", "value", "sex", "z", "why_missing"]
    return table[[*WHO, "motion", "position", "unit", *numbers]]


def strength_dimensions(
    profile: pd.DataFrame, scales: Mapping[str, Scale] | None = None, min_n: int = 5
) -> pd.DataFrame:
    """Scores of the four dimensions, a row an athlete, day, side and dimension, from a `hip_profile`.

    Columns: athlete_id, date, side, dimension, score (mean z, higher = better), n_parts, n_expected, why_missing. The
    parts of force, endurance and full range are motions, those of centring a quality and motion; several tests of one
    part are averaged first. Expected are the parts in which the cohort has a z score (`min_n`: fewest tests for one);
    the score needs more than half of them (`mean_of_parts`). `scales` names the scale of the scores by quality
    ('control', 'balance'): a score that is better when lower is turned, and one without a named scale is expected but
    missing, its direction is never guessed; times held are better when longer. Raises `HiprunError` for missing
    columns, a scale for another quality, or a score outside its scale.
    """
    columns = [*WHO, "motion", "quality", "position", "unit", "value", "sex", "z"]
    absent = [c for c in columns if c not in profile]
    if absent:
        raise HiprunError(f"dimensions: the profile has no {', '.join(absent)}. Fix: make it with hip_profile().")
    parts = _parts(profile, dict(scales or {}), min_n)
    who = profile[WHO].drop_duplicates()
    tables = []
    for dimension in DIMENSIONS:
        own = parts[parts["dimension"] == dimension]
        expected = sorted(own.loc[own["z"].notna() | own["no_scale"], "part"].unique())
        scores = mean_of_parts(own, expected, who)
        no_scale = scores.merge(own.loc[own["no_scale"], WHO].drop_duplicates().assign(no=True), on=WHO, how="left")
        hidden = no_scale["no"].notna().to_numpy() & scores["score"].isna()
        scores["why_missing"] = scores["why_missing"].mask(hidden, NO_SCALE)
        tables.append(scores.assign(dimension=dimension, order=DIMENSIONS.index(dimension)))
    table = pd.concat(tables).sort_values([*WHO, "order"], ignore_index=True)
    return table[[*WHO, "dimension", "score", "n_parts", "n_expected", "why_missing"]]


def _parts(profile: pd.DataFrame, scales: dict[str, Scale], min_n: int) -> pd.DataFrame:
    """athlete_id, date, side, dimension, part, z (higher = better), no_scale; one row a test."""
    force = profile[profile["quality"].isin(FORCE)].assign(dimension="force")
    endurance = profile[profile["quality"] == "endurance"].assign(dimension="endurance")
    full_range = end_range_ratio(profile, min_n).assign(dimension="full_range")
    by_motion = pd.concat([force, endurance, full_range])
    by_motion = by_motion.assign(part=by_motion["motion"], no_scale=False)
    centring = _turned(profile[profile["quality"].isin(CENTRING)], scales)
    centring = centring.assign(dimension="centring", part=centring["quality"] + " " + centring["motion"])
    return pd.concat([by_motion, centring], ignore_index=True)[[*WHO, "dimension", "part", "z", "no_scale"]]


def _turned(tests: pd.DataFrame, scales: dict[str, Scale]) -> pd.DataFrame:
    """Control and balance tests with z turned to higher = better and `no_scale`; z missing where the scale is."""
    wrong = sorted(set(scales) - set(CENTRING))
    if wrong:
        raise HiprunError(f"scales: found one for {', '.join(wrong)}; expected control or balance. Fix: drop it.")
    scored = tests["unit"] == "score"
    z = tests["z"].astype("float64")
    for quality, scale in scales.items():
        own = scored & (tests["quality"] == quality)
        _check_scale(quality, tests.loc[own, "value"], scale)
        if not scale.higher_is_better:
            z = z.mask(own, -z)
    no_scale = scored & ~tests["quality"].isin(list(scales)) & tests["value"].notna()
    return tests.assign(z=z.mask(no_scale), no_scale=no_scale)


def _check_scale(quality: str, scores: pd.Series, scale: Scale) -> None:
    outside = scores[(scores < scale.low) | (scores > scale.high)]
    if len(outside):
        raise HiprunError(
            f"{quality} score: found {outside.iloc[0]:g} ({len(outside)} such); expected {scale.low:g} to "
            f"{scale.high:g} ({scale.name}). Fix: name the scale that was used, or correct the score."
        )
