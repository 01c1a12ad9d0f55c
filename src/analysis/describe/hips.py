"""The hips of the cohort at the first test of each athlete."""

import pandas as pd

from analysis.describe.wording import in_words
from analysis.hip.profile import ROM, STRENGTH, hip_profile, side_differences
from analysis.tables.words import MOTIONS, QUALITIES, SIDES

NAMED_TESTS = ("thomas_test", "ober_test")


def first_profile(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """`hip_profile` of each athlete's first test of each motion, side, quality and position, with values only.

    Adds `kind` ("strength", "rom" or "other").
    """
    profile = hip_profile(assessments, athletes).dropna(subset=["value"])
    same = ["athlete_id", "motion", "side", "quality", "position"]
    first = profile.sort_values("date").drop_duplicates(same).sort_values(same, ignore_index=True)
    kind = first["quality"].map({**dict.fromkeys(STRENGTH, "strength"), **dict.fromkeys(ROM, "rom")}).fillna("other")
    return first.assign(kind=kind)


def profile_for_figure(first: pd.DataFrame) -> pd.DataFrame:
    """Strength and range of motion of `first_profile` as the hip-profile figure takes them.

    Named tests measure muscle length and are left out; where a motion was tested in several ways the one
    with most athletes is shown. Columns: athlete_id, motion, side, quality (strength or rom), value, unit.
    """
    shown = first[first["kind"].isin(["strength", "rom"]) & ~first["position"].isin(NAMED_TESTS)]
    way = ["kind", "motion", "quality", "position", "unit"]
    size = shown.groupby(way)["athlete_id"].nunique().rename("size").reset_index()
    best = size.sort_values("size", ascending=False, kind="stable").drop_duplicates(["kind", "motion"])
    shown = shown.merge(best[way], on=way)
    return shown[["athlete_id", "motion", "side", "kind", "value", "unit"]].rename(columns={"kind": "quality"})


def profile_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Median and quartiles by motion, quality, test position and side, with the unit and n_athletes."""
    keys = ["motion", "quality", "position", "side", "unit"]
    values = first.groupby(keys)["value"]
    table = _ordered(values.agg(n_athletes="size", median="median", q1=_q1, q3=_q3).reset_index())
    return _worded(table)


def side_summary(first: pd.DataFrame) -> pd.DataFrame:
    """Side differences by motion, quality and position: absolute symmetry index (%) of athletes with both sides.

    The index is (right - left) / larger side x 100 (`hip.symmetry`); 10-15 % is the threshold most papers use,
    often without evidence (Parkinson et al. 2021), so the count over 15 % is a description and no diagnosis.
    """
    keys = ["motion", "quality", "position"]
    sides = side_differences(first).dropna(subset=["symmetry_index"])
    sides["size"] = sides["symmetry_index"].abs()
    table = sides.groupby(keys)["size"].agg(
        n_athletes="size",
        difference_pct_median="median",
        difference_pct_q1=_q1,
        difference_pct_q3=_q3,
        n_over_15_pct=_over_15,
    )
    return _worded(_ordered(table.reset_index()))


def _q1(values: pd.Series) -> float:
    return values.quantile(0.25)


def _q3(values: pd.Series) -> float:
    return values.quantile(0.75)


def _over_15(values: pd.Series) -> int:
    return int((values > 15).sum())


def _ordered(table: pd.DataFrame) -> pd.DataFrame:
    places = {"motion": MOTIONS, "quality": QUALITIES, "side": SIDES}
    by = [c for c in ("quality", "motion", "position", "side") if c in table]
    order = {name: {word: i for i, word in enumerate(words)} for name, words in places.items()}
    return table.sort_values(by, key=lambda s: s.map(order[s.name]) if s.name in order else s, ignore_index=True)


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    texts = [c for c in ("motion", "quality", "position", "side", "unit") if c in table]
    return table.assign(**{c: in_words(table[c].astype("object")) for c in texts})
