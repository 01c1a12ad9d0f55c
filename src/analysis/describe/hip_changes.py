"""How the hips changed from the first test day to the last, beside what measuring alone makes of no change."""

import pandas as pd

from analysis.describe.by_test import n_true, ordered, quartile_1, quartile_3, test_name, worded
from analysis.hip.profile import hip_profile
from analysis.hip.reliability import GROUP, MAX_RETEST_DAYS, REPEATS, changes

_JUDGED = [
    "n_within_measurement_error",
    "n_beyond_error",
    "n_lower_beyond_error",
    "n_higher_beyond_error",
]
_SOURCES = {REPEATS["trials"]: "one session", REPEATS["days"]: "retest", REPEATS["published"]: "published"}


def change_summary(assessments: pd.DataFrame, athletes: pd.DataFrame, error: pd.DataFrame) -> pd.DataFrame:
    """Change from the first to the last test day by motion, quality and position; a hip (one side) counts for itself.

    Days up to `MAX_RETEST_DAYS` apart are a retest, which tells the error and no change. Columns: motion, quality,
    position, unit, n_athletes, n_hips (tested on days further apart), weeks_median (between them), change_median,
    change_q1, change_q3 (in `unit`, positive is more), mdc95 (median over hips, in `unit`), n_within_measurement_error,
    n_beyond_error and of these n_lower_beyond_error and n_higher_beyond_error (hips; missing where the error is
    unknown), error_from ("one session" or "retest" of this cohort, or "published"). `error` is of
    `hip.reliability.error_of_differences`; the MDC95 judges each hip (Weir 2005). More is not always better: of a score
    it depends on the scale. Raises as `hip_profile`.
    """
    later = changes(hip_profile(assessments, athletes), error)
    later = later[later["days"] > MAX_RETEST_DAYS]
    last = later.sort_values("date", kind="stable").drop_duplicates(["athlete_id", "side", *GROUP], keep="last")
    last = last.merge(error[[*GROUP, "repeats"]], on=GROUP, how="left")
    within = last["within_measurement_error"]
    last = last.assign(
        weeks=last["days"] / 7,
        within=within,
        beyond=~within,
        lower=(~within & (last["change"] < 0)).mask(within.isna()),
        higher=(~within & (last["change"] > 0)).mask(within.isna()),
        error_from=last["repeats"].replace(_SOURCES),
    )
    table = last.groupby(GROUP).agg(
        n_athletes=("athlete_id", "nunique"), n_hips=("change", "size"), weeks_median=("weeks", "median"),
        change_median=("change", "median"), change_q1=("change", quartile_1), change_q3=("change", quartile_3),
        mdc95=("mdc95", "median"), n_within_measurement_error=("within", n_true),
        n_beyond_error=("beyond", n_true),
        n_lower_beyond_error=("lower", n_true), n_higher_beyond_error=("higher", n_true),
        error_from=("error_from", "first"),
    )  # fmt: skip
    return worded(ordered(table.astype(dict.fromkeys(_JUDGED, "Int64")).reset_index()))


def changes_for_report(summary: pd.DataFrame) -> pd.DataFrame:
    """The columns of `change_summary` that the report shows, test and unit in one column."""
    table = summary.assign(test=test_name(summary) + " (" + summary["unit"].astype(str) + ")")
    numbers = ["n_athletes", "n_hips", "change_median", "change_q1", "change_q3", *_JUDGED, "error_from"]
    return table[["test", *numbers]]


def changes_hidden_with() -> dict[str, list[str]]:
    """Which columns of `changes_for_report` have to go with a count of athletes or hips that is withheld.

    Hips beyond error have a column of their own so that the gate protects their number where both ways are small.
    """
    derived = ["change_median", "change_q1", "change_q3"]
    return {"n_athletes": derived, "n_hips": derived, **{count: [] for count in _JUDGED}}
