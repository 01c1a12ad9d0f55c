"""How much a hip measurement moves when nothing has changed: ICC, SEM, MDC; and what differs by more than that.

SEM = SD·√(1 - ICC) and MDC95 = 1.96·√2·SEM (Weir 2005, J Strength Cond Res 19:231). The √2 is there because two
measurements are compared, each with its own error: it serves a change between two days and a difference of two sides
alike, and is not put in twice. The ICC is of single measurements, two-way random effects, absolute agreement
(McGraw & Wong 1996, Psychol Methods 1:30, ICC(A,1); pingouin).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pingouin
from scipy.stats import f as f_distribution

from analysis.errors import HiprunError
from analysis.hip.profile import REPEATED, STRENGTH, TEST, hip_profile, measured_trials, side_differences
from analysis.hip.symmetry import index_of_difference

ICC_FORM = "ICC(A,1)"
ICC_MODEL = "two-way random effects, absolute agreement, single measurement"
MIN_TESTS = 10
MAX_RETEST_DAYS = 14
"""Two test days further apart are no retest: what trains or heals changes meanwhile. A choice of this package."""
REPEATS = {
    "trials": "trials of one session",
    "days": f"two test days within {MAX_RETEST_DAYS} days",
    "published": "two test days one week apart",
}
OWN = ("trials", "days")
GROUP = ["motion", "quality", "position", "unit"]
TOOLS = ("device", "rater")
SOURCE = "Thorborg et al. 2010, Scand J Med Sci Sports 20:493"
# Upper bounds ("test-retest measurement variation below 5 %") of isometric tests with a hand-held dynamometer, best
# of four trials, two days one week apart, same examiner, nine adults.
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


def within_measurement_error(
    change_or_difference: float | np.ndarray | pd.Series, mdc95: float | np.ndarray | pd.Series
) -> object:
    """Whether a change or side difference is no larger than its MDC95 (same unit): True, False or missing.

    Missing where either is missing. A Series gives a "boolean" Series, an array a boolean array, a number one value
    (`pd.NA` for missing). The limit itself counts as within (Weir 2005). Raises `HiprunError` for a negative MDC.
    """
    limit = np.asarray(mdc95, dtype=float)
    if (limit < 0).any():
        raise HiprunError(f"measurement error: found an MDC95 of {np.nanmin(limit):g}; expected 0 or more.")
    size = np.abs(np.asarray(change_or_difference, dtype=float))
    size, limit = np.broadcast_arrays(size, limit)
    known = ~(np.isnan(size) | np.isnan(limit))
    answer = pd.array(np.where(known, size <= limit, False).ravel(), dtype="boolean")
    answer[~known.ravel()] = pd.NA
    if isinstance(change_or_difference, pd.Series):
        return pd.Series(answer, index=change_or_difference.index, name="within_measurement_error")
    return answer if size.ndim else answer[0]


def measurement_error(
    assessments: pd.DataFrame, athletes: pd.DataFrame, by: Sequence[str] = (), repeats: str = "trials"
) -> pd.DataFrame:
    """Error of one measurement by motion, quality, position and unit, from the cohort's repeats.

    Columns: motion, quality, position, unit, those of `by` ("device", "rater"), n_tests, icc, icc_ci_low,
    icc_ci_high, sem, mdc95 (in `unit`), sem_percent, mdc95_percent (of the mean), basis, icc_form, repeats.
    `repeats` = "trials": the first two trials of one athlete, side and day; the change from day to day is not in them.
    "days": the values (as in `hip_profile`) of an athlete's side on the first two test days, at most 14 days apart,
    with the same `by`. At least 10 repeats are needed, else isometric strength takes the published SEM in percent
    (`basis` names the source) and other qualities stay missing. Raises as `hip_profile`, and for unknown `repeats`
    or a column of `by` that is absent.
    """
    if repeats not in OWN:
        raise HiprunError(f"measurement error: found repeats {repeats!r}; expected {' or '.join(OWN)}.")
    absent = [c for c in by if c not in assessments]
    if absent:
        raise HiprunError(f"measurement error: assessments have no column {', '.join(absent)}. Fix: leave it out.")
    rows = []
    for key, (pairs, mean) in _groups(assessments, athletes, by, repeats).items():
        head = dict(zip([*GROUP, *by], key, strict=True)) | {"n_tests": len(pairs)}
        rows.append(head | (_own_error(pairs, repeats) or _published_error(head["motion"], head["quality"], mean)))
    return _error_table(rows, by)


def error_of_differences(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """The error that changes and side differences are judged by: as `measurement_error`, one row a group.

    A retest of this cohort on another day comes first: it holds all that moves a measurement. Else the larger, in
    percent, of the published test-retest error and that of this cohort's trials of one session, for trials of one
    session cannot show more than a part of it. Raises as `measurement_error`.
    """
    trials, days = (_groups(assessments, athletes, (), kind) for kind in OWN)
    rows = []
    for key, (pairs, mean) in trials.items():
        head = dict(zip(GROUP, key, strict=True))
        retests = days.get(key, (pairs.iloc[:0], mean))[0]
        session = _own_error(pairs, "trials") or _MISSING
        published = _published_error(head["motion"], head["quality"], mean)
        larger = published if not session["sem_percent"] > published["sem_percent"] else session
        error = _own_error(retests, "days") or (session if np.isnan(published["sem"]) else larger)
        n_tests = {"trials": len(pairs), "days": len(retests)}.get(error.get("kind"), 0)
        rows.append(head | {"n_tests": n_tests} | (error if "basis" in error else published))
    return _error_table(rows, ())


def judged_sides(profile: pd.DataFrame, error: pd.DataFrame, formula: str = "larger_side") -> pd.DataFrame:
    """`profile.side_differences` with mdc95 (in `unit`), mdc95_percent (of `formula`) and within_measurement_error.

    `error` is a table of `error_of_differences`. Each side has an error of its own, so the smallest side difference
    beyond error is that of any two measurements, 1.96·√2·SEM (Weir 2005); a shared error of the day would make it
    smaller. Errors of strength grow with strength and are taken in percent of the mean of both sides, put on the
    scale of `formula` by `symmetry.index_of_difference`, so that the answer is the same for every formula; others
    are taken in the unit. within_measurement_error is True, False or missing. Raises as `side_differences`.
    """
    sides = side_differences(profile, formula)
    return _judged(sides, error, sides[["left", "right"]].mean(axis=1), formula)


def changes(profile: pd.DataFrame, error: pd.DataFrame) -> pd.DataFrame:
    """Change from the first test day to each later one, judged by its MDC95.

    One row an athlete, motion, side, quality, position, unit and later day: first_date, date, days, first, value,
    change (value - first, in `unit`), mdc95, mdc95_percent (of the mean of both days), within_measurement_error (True,
    False or missing). `profile` is of `hip_profile`, `error` of `error_of_differences`: change between days is judged
    by an error of one session only where nothing else is known, see its `repeats`.
    """
    test = ["athlete_id", "side", *GROUP]
    days = profile.dropna(subset=["value"]).sort_values([*test, "date"], ignore_index=True)[[*test, "date", "value"]]
    first = days.groupby(test, dropna=False)[["date", "value"]].transform("first")
    days = days.assign(first_date=first["date"], first=first["value"])
    later = days[days["date"] > days["first_date"]].reset_index(drop=True)
    later = later.assign(days=(later["date"] - later["first_date"]).dt.days, difference=later["value"] - later["first"])
    judged = _judged(later, error, later[["first", "value"]].mean(axis=1), "mean_of_sides")
    return judged.rename(columns={"difference": "change"})


def _judged(pairs: pd.DataFrame, error: pd.DataFrame, mean: pd.Series, formula: str) -> pd.DataFrame:
    """`pairs` with mdc95, mdc95_percent and within_measurement_error; `mean` of the two values of each row."""
    limits = pairs[GROUP].merge(error[[*GROUP, "mdc95", "mdc95_percent"]], on=GROUP, how="left").set_index(pairs.index)
    mean = mean.where(mean > 0)
    relative = pairs["quality"].isin(STRENGTH)
    limit = limits["mdc95"].where(~relative, limits["mdc95_percent"] / 100 * mean)
    percent = (100 * limit / mean).where(lambda p: p <= 200)
    return pairs.assign(
        mdc95=limit,
        mdc95_percent=index_of_difference(percent, formula),
        within_measurement_error=within_measurement_error(pairs["difference"], limit),
    )


def _error_table(rows: list[dict], by: Sequence[str]) -> pd.DataFrame:
    out = pd.DataFrame(rows, columns=[*GROUP, *by, "n_tests", *_MISSING, "basis", "kind"])
    form = pd.Series(f"{ICC_FORM}: {ICC_MODEL}", index=out.index, dtype="str")
    repeats = out.pop("kind").astype("str").map(REPEATS)
    return out.assign(icc_form=form.where(out["icc"].notna()), repeats=repeats)


def _groups(
    assessments: pd.DataFrame, athletes: pd.DataFrame, by: Sequence[str], repeats: str
) -> dict[tuple, tuple[pd.DataFrame, float]]:
    """The pairs of repeats and the mean of all values, by motion, quality, position, unit and `by`."""
    values = (_trial_values if repeats == "trials" else _day_values)(assessments, athletes, list(by))
    groups = values.dropna(subset=["value"]).groupby([*GROUP, *by], dropna=False)
    return {key: (_pairs(group), group["value"].mean()) for key, group in groups}


def _trial_values(assessments: pd.DataFrame, athletes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row a trial: the group, `by`, test (athlete, side, day), order and value."""
    trials = measured_trials(assessments, athletes)
    trials = trials[trials["quality"] != REPEATED]  # a contraction that tires is no repeat of the first
    return trials.rename(columns={"trial_no": "order"})[[*TEST, "unit", *by, "order", "value"]]


def _day_values(assessments: pd.DataFrame, athletes: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """One row a test day that is the first of its test or follows that within 14 days; order is the day."""
    parts = assessments.groupby(by, dropna=False) if by else [((), assessments)]
    tables = [hip_profile(part, athletes).assign(**dict(zip(by, key, strict=True))) for key, part in parts]
    days = pd.concat(tables, ignore_index=True) if tables else hip_profile(assessments, athletes)
    days = days.dropna(subset=["value"])
    first = days.groupby([k for k in [*TEST, "unit", *by] if k != "date"], dropna=False)["date"].transform("min")
    near = days[(days["date"] - first).dt.days <= MAX_RETEST_DAYS]
    return near.assign(order=near["date"]).drop(columns="date").reindex(columns=[*TEST, "unit", *by, "order", "value"])


def _pairs(group: pd.DataFrame) -> pd.DataFrame:
    """One row a test (athlete, side and, for trials, day), its first two values in their order."""
    test = ["athlete_id", "side", "date"]
    order = group.sort_values("order").groupby(test, dropna=False).cumcount()
    two = group.assign(place=order).query("place < 2")
    wide = two.set_index([*test, "place"])["value"].unstack("place")
    return wide.reindex(columns=[0, 1]).dropna()


def _own_error(pairs: pd.DataFrame, repeats: str) -> dict[str, float | str] | None:
    """Error from `pairs` of values; None where they are fewer than 10."""
    if len(pairs) < MIN_TESTS:
        return None
    long = pairs.reset_index(drop=True).rename_axis(index="test").reset_index()
    long = long.melt(id_vars="test", var_name="trial", value_name="value").astype(float)
    if long["value"].std() == 0:
        return _MISSING | {"basis": "missing: every trial has the same value", "kind": repeats}
    with np.errstate(divide="ignore", invalid="ignore"):  # a mean square of 0 where all agree: `_limits_without_error`
        table = pingouin.intraclass_corr(long, targets="test", raters="trial", ratings="value").set_index("Type")
    icc, limits = min(float(table.loc[ICC_FORM, "ICC"]), 1.0), table.loc[ICC_FORM, "CI95"]
    limits = _limits_without_error(pairs) if np.isnan(limits).any() else limits
    error, mean = float(sem(long["value"].std(), icc)), long["value"].mean()
    interval = {"icc": icc, "icc_ci_low": float(limits[0]), "icc_ci_high": float(limits[1])}
    of = "trials" if repeats == "trials" else "test days"
    return interval | _scaled(error, mean) | {"basis": f"repeated {of} of this cohort, {ICC_FORM}", "kind": repeats}


def _limits_without_error(pairs: pd.DataFrame) -> tuple[float, float]:
    """95 % limits of the ICC where all pairs differ by one and the same amount, of which pingouin makes 0 / 0.

    Those of McGraw & Wong 1996 for ICC(A,1), as the mean square of the error goes to 0: their degrees of freedom v then
    go to 1. Where the pairs do not differ at all both limits are 1.
    """
    between, shift = 2 * pairs.mean(axis=1).var(), (pairs[1] - pairs[0]).mean() ** 2
    low, high = f_distribution.ppf(0.975, len(pairs) - 1, 1), f_distribution.ppf(0.975, 1, len(pairs) - 1)
    return between / (low * shift + between), high * between / (shift + high * between)


def _published_error(motion: str, quality: str, mean: float) -> dict[str, float | str]:
    if quality != "strength_isometric":
        return _MISSING | {"basis": "missing: too few repeated trials, no published value"}
    error = _scaled(PUBLISHED_SEM_PERCENT[motion] / 100 * mean, mean)
    return _MISSING | error | {"basis": f"published: {SOURCE}", "kind": "published"}


def _scaled(error: float, mean: float) -> dict[str, float]:
    """SEM and MDC95 in the unit and in percent of the mean (missing where the mean is not above 0)."""
    share = 100 / mean if mean > 0 else np.nan
    both = {"sem": error, "mdc95": float(mdc95(error))}
    return both | {f"{name}_percent": value * share for name, value in both.items()}
