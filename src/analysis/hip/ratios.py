"""Measures made of two or more hip tests: muscle ratios, total rotation, ROM composites, mobility against stability.

Two tests are put together only if athlete, day, side, position and unit are equal; what could not be put together
keeps its row, missing, with the reason. Position 'unspecified' equals itself: one file, one protocol not told.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.motions import MOTIONS
from analysis.hip.profile import ROM, STRENGTH
from analysis.hip.zscores import within_cohort_z
from analysis.tables.words import LENGTH_TESTS

WHO = ["athlete_id", "date", "side"]
RATIOS = {
    "flexor_abductor": ("flexion", "abduction"),
    "adductor_abductor": ("adduction", "abduction"),
    "external_internal_rotator": ("external_rotation", "internal_rotation"),
}
ROM_COMPOSITES = {"six_motions": tuple(MOTIONS), "flexion_extension": ("flexion", "extension")}


def muscle_ratios(profile: pd.DataFrame) -> pd.DataFrame:
    """Strength ratios of opposing or neighbouring muscles, from a `hip_profile`.

    Columns: athlete_id, date, side, quality, position, unit, ratio, numerator, denominator (in `unit`), value (no
    unit), why_missing. Ratios: flexor_abductor (CLAIMS muscle_ratio; no published cut-off), adductor_abductor (Tyler
    et al. 2001, Am J Sports Med 29:124) and external_internal_rotator (Finnoff et al. 2011, PM R). One row for
    each quality and position in which both were tested; where there is none, one row with position and value missing
    and the reason ('numerator not tested', 'denominator not tested', 'position differs', 'unit differs', 'denominator
    is 0'). A ratio in N or N/kg is one of forces, not of torques, unless the lever arms are equal. Raises
    `HiprunError` for missing columns.
    """
    strength = _of(profile, STRENGTH)
    tables = []
    for name, (numerator, denominator) in RATIOS.items():
        one, two = (strength[strength["motion"] == m] for m in (numerator, denominator))
        pairs = paired_tests(one, two, [*WHO, "quality"], ("numerator", "denominator"))
        tables.append(_divided(pairs.assign(ratio=name)))
    columns = [*WHO, "quality", "position", "unit", "ratio", "numerator", "denominator", "value", "why_missing"]
    return pd.concat(tables, ignore_index=True)[columns]


def total_rotation(profile: pd.DataFrame) -> pd.DataFrame:
    """Total rotation in degrees: internal plus external rotation ROM of one side, quality (active, passive), position.

    Columns: athlete_id, date, side, quality, position, unit, internal, external, value, why_missing; rows and reasons
    as in `muscle_ratios`. The sum is the total rotational motion of Wilk et al. 2011 (Am J Sports Med 39:329), there
    for the shoulder. Raises `HiprunError` for missing columns.
    """
    rom = _of(profile, ROM)
    one, two = (rom[rom["motion"] == f"{m}_rotation"] for m in ("internal", "external"))
    pairs = paired_tests(one, two, [*WHO, "quality"], ("internal", "external"))
    pairs["value"] = pairs["internal"] + pairs["external"]
    return pairs[[*WHO, "quality", "position", "unit", "internal", "external", "value", "why_missing"]]


def paired_tests(
    first: pd.DataFrame, second: pd.DataFrame, keys: Sequence[str], names: tuple[str, str]
) -> pd.DataFrame:
    """Two parts of a profile beside one another: `keys`, position, unit, the two values as `names`, why_missing.

    One row for each position and unit in which both have a value; where the keys are shared in no position and unit,
    or are in one part alone, one row with position, unit and values missing and the reason. Raises `HiprunError` for a
    test that is there twice.
    """
    keys = list(keys)
    one, two = (t.loc[t["value"].notna(), [*keys, "position", "unit", "value"]] for t in (first, second))
    if one.duplicated([*keys, "position", "unit"]).any() or two.duplicated([*keys, "position", "unit"]).any():
        raise HiprunError("hip: found a test twice in the profile; expected once. Fix: make it with hip_profile().")
    both = one.merge(two, on=[*keys, "position", "unit"], suffixes=("_1", "_2"))
    both = both.rename(columns={"value_1": names[0], "value_2": names[1]}).assign(why_missing=None)
    rest = pd.concat([one[keys], two[keys]]).drop_duplicates()
    rest = rest[~_found(rest, both, keys)]
    same_position = one.merge(two, on=[*keys, "position"])
    why = np.select(
        [~_found(rest, one, keys), ~_found(rest, two, keys), ~_found(rest, same_position, keys)],
        [f"{names[0]} not tested", f"{names[1]} not tested", "position differs"],
        "unit differs",
    )
    table = pd.concat([both, rest.assign(why_missing=why).reindex(columns=both.columns)], ignore_index=True)
    kinds = {"position": "str", "unit": "str", names[0]: "float64", names[1]: "float64", "why_missing": "str"}
    return table.astype(kinds).sort_values([*keys, "position"], ignore_index=True)


def missing_counts(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """How often and why a value is missing: the columns `by`, why_missing, n; from any table with `why_missing`."""
    missing = table[table["why_missing"].notna()]
    return missing.groupby([*by, "why_missing"]).size().rename("n").reset_index()


def rom_composite(profile: pd.DataFrame) -> pd.DataFrame:
    """Mean z of range of motion over six motions, and over flexion and extension alone, a row each.

    Columns: athlete_id, date, side, composite ('six_motions', 'flexion_extension'), score, n_parts, n_expected,
    why_missing. A part is a motion: the mean of its z over active and passive range and positions, the Thomas and
    Ober tests left out (they measure muscle length). The score needs more than half of the motions (`mean_of_parts`):
    4 of 6, 2 of 2. Raises `HiprunError` for missing columns.
    """
    rom = _of(profile, ROM)
    parts = rom[~rom["position"].isin(LENGTH_TESTS)].assign(part=rom["motion"])
    who = profile[WHO].drop_duplicates()
    tables = [mean_of_parts(parts, ms, who).assign(composite=name) for name, ms in ROM_COMPOSITES.items()]
    columns = [*WHO, "composite", "score", "n_parts", "n_expected", "why_missing"]
    return pd.concat(tables)[columns].sort_values([*WHO, "composite"], ignore_index=True)


def mean_of_parts(parts: pd.DataFrame, expected: Sequence[str], who: pd.DataFrame) -> pd.DataFrame:
    """Composite score: the mean of the z scores of the parts, if more than half of the expected parts are there.

    `parts`: athlete_id, date, side, part, z; several z of one part are averaged first. `who`: athlete_id, date, side,
    a row of the result each: score (mean z), n_parts, n_expected, why_missing. A mean of z scores as in Andrade 2021
    (Indian J Psychol Med 43:555); more than half of the parts as for the FACIT scales (facit.org/scoring).
    """
    known = parts[parts["z"].notna() & parts["part"].isin(list(expected))]
    by_part = known.groupby([*WHO, "part"])["z"].mean().reset_index()
    summary = by_part.groupby(WHO)["z"].agg(score="mean", n_parts="count").reset_index()
    table = who.merge(summary, on=WHO, how="left")
    count = table["n_parts"].fillna(0).astype("int64")
    enough = 2 * count > len(expected)
    why = np.select([enough, count > 0], ["", "half of the parts or fewer"], "no part measured")
    if not len(expected):
        why = np.full(len(table), "not measured in this cohort")
    score = table["score"].astype("float64").where(enough)
    return table.assign(score=score, n_parts=count, n_expected=len(expected), why_missing=_reasons(why))


def capacity_imbalance(rom: pd.DataFrame, dimensions: pd.DataFrame, min_n: int = 5) -> pd.DataFrame:
    """How far mobility and stability of a hip are apart, z_rom - z_strength, and its size (CLAIMS capacity_imbalance).

    `rom` from `rom_composite` (the six motions), `dimensions` from `dimensions.strength_dimensions`. Columns:
    athlete_id, date, side, z_rom, z_strength, mobility_stability_balance (positive: more mobile than strong),
    capacity_imbalance (its absolute value), why_missing. Strength and control is the mean of the dimension scores, if
    there are more than half of those the cohort measures. Both are set to mean 0 and SD 1 of the cohort's first
    assessments (both sides together; at least `min_n`): a mean of z scores has an SD below 1, smaller with more parts,
    and the difference would lean to the one with fewer.
    """
    who = pd.concat([rom[WHO], dimensions[WHO]]).drop_duplicates()
    measured = dimensions.loc[dimensions["n_expected"] > 0, "dimension"].unique()
    strength = mean_of_parts(dimensions.rename(columns={"dimension": "part", "score": "z"}), measured, who)
    mobility = rom[rom["composite"] == "six_motions"]
    table = who.reset_index(drop=True)
    for name, scores in (("z_rom", mobility), ("z_strength", strength)):
        seen = scores.assign(measure=name)
        seen[name] = within_cohort_z(seen, "score", ["measure"], first_assessments(seen, "score", []), min_n)
        table = table.merge(seen[[*WHO, name]], on=WHO, how="left")
    balance = table["z_rom"] - table["z_strength"]
    no_rom, no_strength = table["z_rom"].isna(), table["z_strength"].isna()
    why = np.select([no_rom & no_strength, no_rom, no_strength], ["neither known", "no ROM", "no strength"], "")
    both = {"mobility_stability_balance": balance, "capacity_imbalance": balance.abs()}
    return table.assign(**both, why_missing=_reasons(why))


def first_assessments(table: pd.DataFrame, value: str, test: Sequence[str]) -> pd.Series:
    """True where a row holds the first known `value` of its athlete, side and `test` columns."""
    seen = table["date"].where(table[value].notna())
    keys = [table[k] for k in ("athlete_id", "side", *test)]
    return seen == seen.groupby(keys, dropna=False).transform("min")


def mean_of_sides(table: pd.DataFrame, value: str, by: Sequence[str]) -> pd.DataFrame:
    """One row an athlete, date and `by`: `value` as the mean of the sides where it is known, and n_sides (0, 1, 2)."""
    grouped = table.groupby(["athlete_id", "date", *by], dropna=False)[value]
    return grouped.agg(**{value: "mean", "n_sides": "count"}).reset_index()


def _of(profile: pd.DataFrame, qualities: Sequence[str]) -> pd.DataFrame:
    absent = [c for c in (*WHO, "motion", "quality", "position", "unit", "value", "z") if c not in profile]
    if absent:
        raise HiprunError(f"hip: the profile has no column {', '.join(absent)}. Fix: make it with hip_profile().")
    return profile[profile["quality"].isin(qualities)]


def _divided(pairs: pd.DataFrame) -> pd.DataFrame:
    none = pairs["denominator"] == 0
    value = pairs["numerator"] / pairs["denominator"].mask(none)
    return pairs.assign(value=value, why_missing=pairs["why_missing"].mask(none, "denominator is 0"))


def _reasons(why: np.ndarray) -> pd.api.extensions.ExtensionArray:
    """Texts as a column, '' as missing."""
    return pd.array(np.where(why == "", None, why.astype("object")), dtype="str")


def _found(rows: pd.DataFrame, table: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Whether the keys of each row are in `table`."""
    return pd.MultiIndex.from_frame(rows[keys]).isin(pd.MultiIndex.from_frame(table[keys]))
