"""The state of the hip as last tested before each week."""

import numpy as np
import pandas as pd

from analysis.hip.profile import hip_profile
from analysis.hip.scores import PREFERRED
from analysis.tables import MOTION_SHORT
from analysis.tables.words import LENGTH_TESTS, POSITIONS

SUFFIX = {"Nm/kg": "nm_kg", "N/kg": "n_kg", "deg": "deg"}


def hip_by_test_day(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """One row per athlete and test day, one column per measure (`hip_abd_nm_kg`, `hip_ir_deg`, …).

    Mean of the sides tested. Where a motion was tested in several ways on one day, isometric goes before
    eccentric strength, passive before active range, and positions in the order they are declared. The
    Thomas and Ober tests measure muscle length, not range of motion, and are left out.
    """
    if assessments.empty:
        return pd.DataFrame({"athlete_id": pd.Series(dtype="str"), "date": pd.Series(dtype="datetime64[us]")})
    profile = hip_profile(assessments, athletes)
    profile = profile[profile["quality"].isin(PREFERRED) & profile["unit"].isin(SUFFIX)]
    profile = profile[~profile["position"].isin(LENGTH_TESTS)]
    column = "hip_" + profile["motion"].map(MOTION_SHORT) + "_" + profile["unit"].map(SUFFIX)
    order = profile["quality"].map({q: i for i, q in enumerate(PREFERRED)}).astype("float64") * 100 + profile[
        "position"
    ].map({p: i for i, p in enumerate((*POSITIONS, "unspecified"))}).astype("float64")
    chosen = profile.assign(column=column, order=order)
    best = chosen.groupby(["athlete_id", "date", "column"])["order"].transform("min")
    chosen = chosen[chosen["order"] == best]
    return chosen.pivot_table(
        index=["athlete_id", "date"], columns="column", values="value", aggfunc="mean"
    ).reset_index()


def last_test_before(grid: pd.DataFrame, by_day: pd.DataFrame, measures: list[str]) -> pd.DataFrame:
    """Each measure of the last test made before each week's Monday, aligned to `grid`, and days_since_assessment.

    Each measure is looked back for on its own, so a test day that skipped a motion does not hide an
    earlier value of it. `days_since_assessment` counts from the most recent test of any measure.
    """
    out = pd.DataFrame(np.nan, index=grid.index, columns=[*measures, "days_since_assessment"])
    if by_day.empty:
        return out
    weeks = grid[["athlete_id", "week_start"]].reset_index(names="row").sort_values("week_start")
    tested = [m for m in measures if m in by_day]
    days = by_day[["athlete_id", "date", *tested]].sort_values("date").assign(tested_on=lambda d: d["date"])
    days[tested] = days.groupby("athlete_id")[tested].ffill()
    found = _before(weeks, days).set_index("row")
    out[tested] = found[tested].reindex(grid.index)
    out["days_since_assessment"] = (found["week_start"] - found["tested_on"]).dt.days.reindex(grid.index)
    return out.astype("float64")


def _before(weeks: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    return pd.merge_asof(
        weeks,
        tests,
        left_on="week_start",
        right_on="date",
        by="athlete_id",
        allow_exact_matches=False,
        direction="backward",
    )
