"""The hips of the cohort at the first test of each athlete."""

import pandas as pd

from analysis.hip.profile import ROM, STRENGTH, hip_profile, side_differences

NAMED_TESTS = {"thomas_test": "Thomas test", "ober_test": "Ober test"}


def first_profile(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """`hip_profile` of each athlete's first test of each motion, side, quality and position, with values only.

    Adds `kind` ("strength" or "rom" or "other") and `test` (the position, in words).
    """
    profile = hip_profile(assessments, athletes).dropna(subset=["value"])
    same = ["athlete_id", "motion", "side", "quality", "position"]
    first = profile.sort_values("date").drop_duplicates(same).sort_values(same, ignore_index=True)
    kind = first["quality"].map({**dict.fromkeys(STRENGTH, "strength"), **dict.fromkeys(ROM, "rom")}).fillna("other")
    test = first["position"].replace(NAMED_TESTS).str.replace("_", " ")
    return first.assign(kind=kind, test=test)


def profile_for_figure(first: pd.DataFrame) -> pd.DataFrame:
    """Strength and range of motion of `first_profile` as the hip-profile figure takes them.

    Named tests measure muscle length and are left out; where a motion was tested in several ways the one
    with most athletes is shown. Columns: athlete_id, motion, side, quality (strength or rom), value, unit.
    """
    shown = first[first["kind"].isin(["strength", "rom"]) & ~first["position"].isin(list(NAMED_TESTS))]
    way = ["kind", "motion", "quality", "position", "unit"]
    size = shown.groupby(way)["athlete_id"].nunique().rename("size").reset_index()
    best = size.sort_values("size", ascending=False, kind="stable").drop_duplicates(["kind", "motion"])
    shown = shown.merge(best[way], on=way)
    return shown[["athlete_id", "motion", "side", "kind", "value", "unit"]].rename(columns={"kind": "quality"})


def profile_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles by motion, quality, test and side, with the unit and n_athletes."""
    keys = ["motion", "quality", "test", "side", "unit"]
    if first.empty:
        return pd.DataFrame(columns=[*keys, "n_athletes", "median", "q1", "q3"])
    values = first.groupby(keys)["value"]
    table = values.quantile([0.25, 0.5, 0.75]).unstack().rename(columns={0.25: "q1", 0.5: "median", 0.75: "q3"})
    table["n_athletes"] = values.size()
    table = table.reset_index()[[*keys, "n_athletes", "median", "q1", "q3"]]
    words = {"motion": table["motion"].str.replace("_", " "), "quality": table["quality"].str.replace("_", " ")}
    return table.assign(**words)


def side_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Side differences by motion, quality and test: athletes with both sides, absolute symmetry index (%), n over 15 %.

    The index is (right - left) / larger side x 100 (`hip.symmetry`); 10-15 % is the threshold most papers use,
    often without evidence (Parkinson et al. 2021), so the count is a description and no diagnosis.
    """
    keys = ["motion", "quality", "test"]
    columns = [*keys, "n_athletes", "median_percent", "q1_percent", "q3_percent", "n_over_15_percent"]
    if first.empty:
        return pd.DataFrame(columns=columns)
    sides = side_differences(first).dropna(subset=["symmetry_index"])
    sides["test"] = sides["position"].replace(NAMED_TESTS).str.replace("_", " ")
    size = sides["symmetry_index"].abs()
    by = size.groupby([sides[k] for k in keys])
    table = pd.DataFrame(
        {
            "n_athletes": by.size(),
            "median_percent": by.median(),
            "q1_percent": by.quantile(0.25),
            "q3_percent": by.quantile(0.75),
            "n_over_15_percent": (size > 15).groupby([sides[k] for k in keys]).sum(),
        }
    ).reset_index()
    words = {"motion": table["motion"].str.replace("_", " "), "quality": table["quality"].str.replace("_", " ")}
    return table.assign(**words)[columns]
