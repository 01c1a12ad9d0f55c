"""Strength in four dimensions: force, endurance, through full range, centring and control (CLAIMS four_strengths).

Each dimension is a composite of z scores within the cohort, higher = better, from the qualities the tables declare:
force from isometric and eccentric strength (per body mass where known); endurance from hold times, repetitions and
the loss over repeated contractions; full range from force at end range and in inner range over mid-range; centring from
control and balance tests.
"""

import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.profile import REPEATED, SCORE
from analysis.hip.ratios import WHO, first_assessments, mean_of_parts, paired_tests
from analysis.hip.scales import SCALES, Scale
from analysis.hip.zscores import within_cohort_z

DIMENSIONS = ("force", "endurance", "full_range", "centring")
FORCE = ("strength_isometric", "strength_eccentric")
ENDURANCE = ("endurance", REPEATED)
RANGES = ("end_range_strength", "inner_range_strength")
CENTRING = ("control", "balance")
NO_SCALE = "scale of the score not named"


def range_ratios(profile: pd.DataFrame, min_n: int = 5) -> pd.DataFrame:
    """Force at end range, and in inner range, over force in mid-range of one athlete, day, motion, side and position.

    Columns: athlete_id, date, side, motion, quality (end_range_strength or inner_range_strength), position, unit,
    at_range, mid_range (in `unit`), value (no unit), sex, z, why_missing. Mid-range is strength_isometric. The ratio is
    this package's reading of 'through full range' (CLAIMS four_strengths), not a published index. z is against the
    cohort's first assessments of the quality, motion, position, unit and sex, as in `hip_profile`.
    """
    mid = profile[profile["quality"] == "strength_isometric"]
    tables = []
    for quality in RANGES:
        at = profile[profile["quality"] == quality]
        pairs = paired_tests(at, mid, [*WHO, "motion"], ("at_range", "mid_range")).assign(quality=quality)
        tables.append(pairs[pairs["why_missing"] != "at_range not tested"])
    table = pd.concat(tables, ignore_index=True)
    none = table["mid_range"] == 0
    table["value"] = table["at_range"] / table["mid_range"].mask(none)
    table["why_missing"] = table["why_missing"].mask(none, "mid_range is 0")
    sex = profile.drop_duplicates("athlete_id").set_index("athlete_id")["sex"]
    table["sex"] = table["athlete_id"].map(sex)
    first = first_assessments(table, "value", ["motion", "quality", "position"])
    table["z"] = within_cohort_z(table, "value", ["motion", "quality", "position", "unit", "sex"], first, min_n)
    return table[
        [*WHO, "motion", "quality", "position", "unit", "at_range", "mid_range", "value", "sex", "z", "why_missing"]
    ]


def strength_dimensions(profile: pd.DataFrame, min_n: int = 5) -> pd.DataFrame:
    """Scores of the four dimensions, a row an athlete, day, side and dimension, from a `hip_profile`.

    Columns: athlete_id, date, side, dimension, score (mean z, higher = better), n_parts, n_expected, why_missing. The
    parts of force, endurance and full range are motions, those of centring a quality and named test; several tests of
    one part are averaged first. Endurance is of hold times, repetitions and, turned, the fatigue index. Expected are
    the parts in which the cohort has a z score (`min_n`: fewest tests for one); the score needs more than half of them
    (`mean_of_parts`). A score that is better when lower is turned; one without a named scale is expected but missing,
    its direction is never guessed; times held are better when longer. Raises `HiprunError` for missing columns or a
    score outside its scale.
    """
    columns = [*WHO, "motion", "quality", "position", "unit", "value", "sex", "z"]
    absent = [c for c in columns if c not in profile]
    if absent:
        raise HiprunError(f"dimensions: the profile has no {', '.join(absent)}. Fix: make it with hip_profile().")
    parts = _parts(profile, min_n)
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


def _parts(profile: pd.DataFrame, min_n: int) -> pd.DataFrame:
    """athlete_id, date, side, dimension, part, z (higher = better), no_scale; one row a test."""
    force = profile[profile["quality"].isin(FORCE)].assign(dimension="force")
    endurance = profile[profile["quality"].isin(ENDURANCE)].assign(dimension="endurance")
    tires = endurance["quality"] == REPEATED
    endurance = endurance.assign(z=endurance["z"].mask(tires, -endurance["z"]))
    full_range = range_ratios(profile, min_n).assign(dimension="full_range")
    by_motion = pd.concat([force, endurance, full_range])
    by_motion = by_motion.assign(part=by_motion["motion"], no_scale=False)
    centring = _turned(profile[profile["quality"].isin(CENTRING)])
    centring = centring.assign(dimension="centring", part=centring["quality"] + " " + centring["position"])
    return pd.concat([by_motion, centring], ignore_index=True)[[*WHO, "dimension", "part", "z", "no_scale"]]


def _turned(tests: pd.DataFrame) -> pd.DataFrame:
    """Control and balance tests with z turned to higher = better and `no_scale`; z missing where the scale is."""
    z = tests["z"].astype("float64")
    for name, known in SCALES.items():
        own = tests["unit"] == name
        _check_scale(tests.loc[own, "value"], known)
        if not known.higher_is_better:
            z = z.mask(own, -z)
    no_scale = (tests["unit"] == SCORE) & tests["value"].notna()
    return tests.assign(z=z.mask(no_scale), no_scale=no_scale)


def _check_scale(scores: pd.Series, known: Scale) -> None:
    outside = scores[(scores < known.low) | (scores > known.high)]
    if len(outside):
        raise HiprunError(
            f"score: found {outside.iloc[0]:g} ({len(outside)} such); expected {known.low:g} to {known.high:g} "
            f"({known.label}). Fix: name the scale that was used, or correct the score."
        )
