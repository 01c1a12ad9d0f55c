"""What changed between two tests of a runner, and the hip work done between them."""

import pandas as pd

from analysis.hip.dimensions import CENTRING
from analysis.hip.reliability import MAX_RETEST_DAYS
from analysis.study import Study
from analysis.tables.words import LENGTH_TESTS

FEWEST_WEEKS = MAX_RETEST_DAYS / 7
"""Tests closer than that are retests, which tell the error of measuring and no change (`hip.reliability`)."""
TRAITS = ["clinic", "age_decades", "sex_male", "previous_injury_yes"]


def range_changes(gains: pd.DataFrame, work: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Change of range of motion between each test and the next, more than two weeks apart, of a motion and side.

    `gains` of `hip.retention.rom_gains`, `work` of `ClaimData.work_weeks`. Columns: athlete_id, traits, motion, side;
    before and change_deg (degrees), weeks_between; mobility_centred and loading_centred: mean minutes a week of
    mobility and of control and activation work in the watched weeks between the tests, in dose steps about the mean of
    the rows. Muscle-length tests are left out. Empty where nobody was tested twice.
    """
    apart = gains[(gains["weeks"] > FEWEST_WEEKS) & ~gains["position"].isin(LENGTH_TESTS)]
    apart = apart.assign(change_deg=apart["gain"], weeks_between=apart["weeks"])
    rows = _with_work(apart, work, "from_date", "to_date")
    steps = {f"{kind}_centred": _centred(rows[f"{kind}_min"] / study.dose_step_min) for kind in ("mobility", "loading")}
    return rows.assign(**steps)


def gains_kept(retention: pd.DataFrame, work: pd.DataFrame, study: Study) -> pd.DataFrame:
    """What is left of each gain beyond measurement error at the next test; tests are more than two weeks apart.

    `retention` of `hip.retention.gain_retention`, `work` of `ClaimData.work_weeks`. Columns: athlete_id, traits,
    motion, side, kept_percent (of the gain; not the share after four weeks, which is missing where all of it was lost,
    so that only the gains that kept something would be compared), weeks_later, and loading_after: mean minutes a week
    of control and activation work between the gain and the next test, in dose steps.
    """
    weeks_of_gain = (retention["to_date"] - retention["from_date"]).dt.days / 7
    apart = (retention["weeks_later"] > FEWEST_WEEKS) & (weeks_of_gain > FEWEST_WEEKS)
    kept = retention[apart & ~retention["position"].isin(LENGTH_TESTS) & retention["share_kept"].notna()]
    rows = _with_work(kept.assign(kept_percent=100 * kept["share_kept"]), work, "to_date", "later_date")
    return rows.assign(loading_after=rows["loading_min"] / study.dose_step_min)


def balance_changes(assessments: pd.DataFrame, work: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Change of the time stood on one leg, mean of trials and sides, between each test day and the next.

    Columns: athlete_id, traits, before and change_s (s), weeks_between, age_decades_centred and stability_centred, the
    mean minutes a week of stability work in the watched weeks between, in dose steps; both about the mean of the rows.
    """
    stood = assessments["quality"].isin(CENTRING) & (assessments["position"] == "single_leg_stance")
    timed = assessments[stood].dropna(subset=["time_s"])
    of_leg = timed.groupby(["athlete_id", "date", "side"])["time_s"].mean()
    days = of_leg.groupby(["athlete_id", "date"]).mean().reset_index()
    earlier = days.groupby("athlete_id")[["date", "time_s"]].shift()
    table = days.assign(
        from_date=earlier["date"],
        before=earlier["time_s"],
        change_s=days["time_s"] - earlier["time_s"],
        weeks_between=(days["date"] - earlier["date"]).dt.days / 7,
    )
    rows = _with_work(table[table["weeks_between"] > FEWEST_WEEKS], work, "from_date", "date")
    return rows.assign(
        stability_centred=_centred(rows["stability_min"] / study.dose_step_min),
        age_decades_centred=_centred(rows["age_decades"]),
    )


def _with_work(changes: pd.DataFrame, work: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """`changes` with the traits of the athlete, and mean mobility_min, stability_min and loading_min of the watched
    weeks that begin on or after `start` and before `end`; missing where none was watched."""
    spans = changes[["athlete_id", start, end]].drop_duplicates()
    minutes = ["mobility_min", "stability_min", "loading_min"]
    weeks = spans.merge(work[["athlete_id", "week_start", *minutes]], on="athlete_id")
    inside = weeks[(weeks["week_start"] >= weeks[start]) & (weeks["week_start"] < weeks[end])]
    means = inside.groupby(["athlete_id", start, end])[minutes].mean().reset_index()
    traits = work.drop_duplicates("athlete_id")[["athlete_id", *TRAITS]]
    return changes.merge(means, on=["athlete_id", start, end], how="left").merge(traits, on="athlete_id", how="left")


def _centred(values: pd.Series) -> pd.Series:
    return values - values.mean()
