"""The region-week: pain elsewhere than in the hip, with what explains the week (CLAIMS remote_pain)."""

import pandas as pd

from analysis.errors import HiprunError
from analysis.panel.grid import WEEK_ROW, place_in_weeks
from analysis.tables import ATHLETE_WEEKS, EXPLANATORY
from analysis.tables.words import SIDES

REMOTE_REGIONS = ("low_back", "knee", "lateral_thigh", "lower_leg", "hamstring", "pelvis", "shoulder")
"""The regions CLAIMS remote_pain names."""
BEFORE_THE_STUDY = ("week_in_programme", "clinic", "sex", "age_y", "previous_injury")
_WITHIN_THE_WEEK = {c.name for c in ATHLETE_WEEKS.columns} - {*EXPLANATORY, *BEFORE_THE_STUDY}


def region_weeks(weekly_reports: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """One row an athlete, week, region (of `REMOTE_REGIONS`) and side that was answered, in the order of `panel`.

    `weekly_reports` is the table of that name; `panel` of `athlete_weeks`, joined with `hip_scores_before` and with
    whatever else is to explain pain (`work_mix`). Columns: athlete_id, week_start, region, side (left, right or
    unspecified); pain_nrs (0-10), missing where the row came without an answer; same_side_deficit and
    opposite_side_deficit (mean z), hip_deficit of the leg of that side and of the other, missing for a side that is
    unspecified; then every column of `panel` that is known before the week starts: all but the week's own answers,
    exposure and injuries. An answer on both sides is one on the left and one on the right; the worst stands where a
    side was answered twice. `.attrs["left_out"]` counts by reason the reports that are not in the table. Raises
    `HiprunError` where `panel` has no hip deficits.
    """
    deficits = [f"hip_deficit_{side}" for side in SIDES]
    absent = [c for c in deficits if c not in panel]
    if absent:
        raise HiprunError(f"region weeks: the panel has no {', '.join(absent)}. Fix: join hip_scores_before() to it.")
    remote = weekly_reports[weekly_reports["region"].isin(REMOTE_REGIONS)]
    inside, _ = place_in_weeks(panel, remote, remote["week_start"], "report_expected")
    worst = _worst_by_side(inside)
    weeks = panel.iloc[worst[WEEK_ROW].to_numpy(dtype="int64")].reset_index(drop=True)
    left, right = (weeks[c] for c in deficits)
    table = weeks[["athlete_id", "week_start"]].assign(
        **{c: worst[c] for c in ("region", "side", "pain_nrs")},
        same_side_deficit=_by_side(worst["side"], left, right),
        opposite_side_deficit=_by_side(worst["side"], right, left),
    )
    known_before = [c for c in panel if c not in _WITHIN_THE_WEEK]
    table = pd.concat([table, weeks[known_before]], axis=1)
    table.attrs["left_out"] = {
        "another region": len(weekly_reports) - len(remote),
        "week not watched on all seven days": len(remote) - len(inside),
    }
    return table


def _worst_by_side(reports: pd.DataFrame) -> pd.DataFrame:
    """Worst pain by week, region and side; an answer on both sides is one on each."""
    both = reports["side"] == "both"
    on_each = [reports[both].assign(side=side) for side in SIDES]
    sided = pd.concat([reports[~both], *on_each]).assign(side=lambda d: d["side"].astype("str"))
    return sided.groupby([WEEK_ROW, "region", "side"], as_index=False)["pain_nrs"].max()


def _by_side(side: pd.Series, if_left: pd.Series, if_right: pd.Series) -> pd.Series:
    """`if_left` where the side is left, `if_right` where it is right, else missing."""
    return if_left.where(side == "left", if_right.where(side == "right")).astype("float64")
