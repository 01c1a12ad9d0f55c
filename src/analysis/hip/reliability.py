"""How much a hip measurement moves when nothing has changed: ICC, SEM, MDC.

SEM = SD·√(1 - ICC) and MDC95 = 1.96·√2·SEM (Weir 2005, J Strength Cond Res 19:231). The ICC is of single
trials, two-way random effects, absolute agreement (McGraw & Wong 1996, ICC(A,1); pingouin).
"""

import numpy as np
import pandas as pd
import pingouin

from analysis.hip.profile import TEST, measured_trials

ICC_FORM = "ICC(A,1)"
MIN_TESTS = 10
GROUP = ["motion", "quality", "position", "unit"]
SOURCE = "Thorborg et al. 2010, Scand J Med Sci Sports 20:493"
# Upper bounds ("SEM below 5 %") of isometric tests with a hand-held dynamometer.
PUBLISHED_SEM_PERCENT = {
    "abduction": 5.0,
    "external_rotation": 5.0,
    "internal_rotation": 5.0,
    "flexion": 5.0,
    "adduction": 6.0,
    "extension": 8.0,
}
_MISSING = dict.fromkeys(("icc", "icc_ci_low", "icc_ci_high", "sem", "mdc95", "sem_percent", "mdc95_percent"), np.nan)


def sem(sd: float, icc: float) -> float:
    """Standard error of measurement, in the unit of `sd` (SD between all values); a negative ICC counts as 0."""
    return sd * np.sqrt(1 - np.clip(icc, 0, 1))


def mdc95(error: float) -> float:
    """Smallest difference of two measurements beyond their error in 95 of 100, in the unit of the SEM `error`."""
    return 1.96 * np.sqrt(2) * error


def measurement_error(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """Error of one trial by motion, quality, position and unit, from the cohort's repeated trials.

    Columns: motion, quality, position, unit, n_tests, icc, icc_ci_low, icc_ci_high, sem, mdc95 (in `unit`),
    sem_percent, mdc95_percent (of the mean), basis. A test is one athlete, side and day; those with a first and a
    second trial count, and at least 10 are needed. Else isometric strength takes the published SEM in percent
    (`basis` names the source) and other qualities stay missing. Trials of one session do not hold day-to-day
    change: the error of a change over weeks is larger. Raises as `hip_profile`.
    """
    trials = measured_trials(assessments, athletes).dropna(subset=["value"])
    rows = []
    for (motion, quality, position, unit), group in trials.groupby(GROUP, dropna=False):
        pairs = _first_two(group)
        error = (
            _own_error(pairs) if len(pairs) >= MIN_TESTS else _published_error(motion, quality, group["value"].mean())
        )
        head = {"motion": motion, "quality": quality, "position": position, "unit": unit, "n_tests": len(pairs)}
        rows.append(head | error)
    columns = [*GROUP, "n_tests", *_MISSING, "basis"]
    return pd.DataFrame(rows, columns=columns)


def _first_two(group: pd.DataFrame) -> pd.DataFrame:
    """One row a test, its first two trials in the order of their numbers."""
    test = [k for k in TEST if k not in GROUP]
    order = group.sort_values("trial_no").groupby(test, dropna=False).cumcount()
    two = group.assign(order=order).query("order < 2")
    return two.pivot_table(index=test, columns="order", values="value").reindex(columns=[0, 1]).dropna()


def _own_error(pairs: pd.DataFrame) -> dict[str, float | str]:
    long = pairs.reset_index(drop=True).rename_axis(index="test").reset_index()
    long = long.melt(id_vars="test", var_name="trial", value_name="value").astype(float)
    if long["value"].std() == 0:
        return _MISSING | {"basis": "missing: every trial has the same value"}
    table = pingouin.intraclass_corr(long, targets="test", raters="trial", ratings="value").set_index("Type")
    icc, limits = float(table.loc[ICC_FORM, "ICC"]), table.loc[ICC_FORM, "CI95"]
    error, mean = float(sem(long["value"].std(), icc)), long["value"].mean()
    interval = {"icc": icc, "icc_ci_low": float(limits[0]), "icc_ci_high": float(limits[1])}
    return interval | _scaled(error, mean) | {"basis": f"repeated trials of this cohort, {ICC_FORM}"}


def _published_error(motion: str, quality: str, mean: float) -> dict[str, float | str]:
    if quality != "strength_isometric":
        return _MISSING | {"basis": "missing: too few repeated trials, no published value"}
    return _MISSING | _scaled(PUBLISHED_SEM_PERCENT[motion] / 100 * mean, mean) | {"basis": f"published: {SOURCE}"}


def _scaled(error: float, mean: float) -> dict[str, float]:
    """SEM and MDC95 in the unit and in percent of the mean (missing where the mean is not above 0)."""
    share = 100 / mean if mean > 0 else np.nan
    both = {"sem": error, "mdc95": float(mdc95(error))}
    return both | {f"{name}_percent": value * share for name, value in both.items()}
