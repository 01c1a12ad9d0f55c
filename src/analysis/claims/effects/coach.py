"""What the model expects of a runner like this: typical runners of the cohort, as they are and with more hip work."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.claims.effects.mix import KINDS, ONE_ATHLETE, expected_of
from analysis.claims.plan import ModelPlan
from analysis.claims.reading import scale_of
from analysis.errors import HiprunError
from analysis.models import Fit, contrast, curve
from analysis.models.families import FAMILIES
from analysis.models.result import wald
from analysis.study import Study

TRAITS = ("age_decades", "sex_male", "previous_injury_yes")
USUAL = ("mobility_between", "stability_between", "load_between")
FROM_HABIT = ("mobility_within", "stability_within", "acute_load_within", "chronic_load_within")
MOST_RUNNERS = 3
NOW = "usual"


def typical_runners(plan: ModelPlan, line: Fit, study: Study) -> pd.DataFrame:
    """Up to three typical runners of the cohort: its athletes in order of age, cut in parts, and the middle of each.

    Parts have `study.disclosure_threshold` athletes or more; where age is not in the model there is one part, of all.
    Returned are, one row a part: runner (from 0), n_athletes, age_decades and the usual doses and load (medians over
    its athletes), sex_male and previous_injury_yes (of most of its athletes; 0 for a tie), each where the model has it,
    and programme_week (the median week of the cohort).
    """
    rows = plan.frame.loc[line.fitted.index]
    known = [c for c in (*TRAITS, *USUAL) if c in plan.terms]
    people = rows.groupby("athlete_id")[known].median()
    parts = min(MOST_RUNNERS, len(people) // int(study.disclosure_threshold)) if "age_decades" in known else 1
    order = people["age_decades"].rank(method="first") if parts > 1 else pd.Series(1.0, index=people.index)
    part = ((order - 1) * max(parts, 1) // len(people)).astype("int64")
    medians = people.groupby(part).median()
    for trait in TRAITS[1:]:
        if trait in medians:
            medians[trait] = (people.groupby(part)[trait].mean() > 0.5).astype("float64")
    week = float(np.floor(rows["programme_week"].median()))
    runners = medians.assign(n_athletes=people.groupby(part).size(), programme_week=week)
    return runners.rename_axis("runner").reset_index()


def predicted_weeks(plan: ModelPlan, line: Fit, study: Study) -> pd.DataFrame:
    """What the model expects of `typical_runners` in a week at their habit, and with one dose step more of each kind.

    Returns
    -------
    DataFrame
        One row a runner and scenario ('usual', 'mobility', 'stability'), the columns of `typical_runners` first:
        scenario, extra_min (min/week), expected, ci_low, ci_high (mean over such weeks: points, limits cut at 0 and 10;
        or new cases per 1000 h where the model has hours as offset), week_low, week_high (where a single week of a
        single such runner lies, at the same level; missing for what is not rated every week), difference,
        difference_ci_low, difference_ci_high (against the usual week, or the ratio as `scale` says), scale,
        percent_as_far (of the cohort's weeks with a deviation as large or larger), rows_as_far (how many). Clinics are
        in the cohort's proportions.
    Raises `HiprunError` where no kind of work is in the model, it did not converge, or what it expects has no limits.
    """
    kinds = [kind for kind in KINDS if f"{kind}_within" in plan.terms]
    if not kinds or not line.converged:
        raise HiprunError("no kind of hip work is in a model that converged")
    rows = plan.frame.loc[line.fitted.index]
    found = [
        runner.to_dict() | _scenario(plan, line, runner, scenario, rows, study)
        for _, runner in typical_runners(plan, line, study).iterrows()
        for scenario in (NOW, *kinds)
    ]
    table = pd.DataFrame(found).astype({"runner": "int64", "n_athletes": "int64"})
    if table[["ci_low", "ci_high"]].isna().any(axis=None):
        raise HiprunError(ONE_ATHLETE)
    return table.assign(scale=scale_of(line.family))


def _scenario(
    plan: ModelPlan, line: Fit, runner: Mapping[str, float], scenario: str, rows: pd.DataFrame, study: Study
) -> dict[str, object]:
    """The expectations of one runner in one scenario."""
    term = f"{scenario}_within"
    extra = 0.0 if scenario == NOW else 1.0
    names = ("difference", "difference_ci_low", "difference_ci_high")
    against, far = dict.fromkeys(names, np.nan), pd.Series(dtype=bool)
    if extra:
        found = contrast(line, {term: 1.0})[["estimate", "ci_low", "ci_high"]].astype("float64")
        with np.errstate(over="ignore"):  # a limit beyond the largest number is infinite
            against = dict(zip(names, np.exp(found) if FAMILIES[line.family].ratio else found, strict=True))
        far = rows[term] >= extra
    expected = _expected(plan, line, runner, {term: extra} if extra else {})
    return {
        "scenario": scenario, "extra_min": extra * study.dose_step_min, **expected, **against,
        "rows_as_far": int(far.sum()) if extra else np.nan, "percent_as_far": 100 * far.mean() if extra else np.nan,
    }  # fmt: skip


def _expected(plan: ModelPlan, line: Fit, runner: Mapping[str, float], doses: Mapping[str, float]) -> dict[str, float]:
    """The expected outcome with its limits, and where a single week of a single runner lies."""
    at = {term: float(runner[term]) for term in (*TRAITS, *USUAL) if term in plan.terms}
    at |= {term: doses.get(term, 0.0) for term in FROM_HABIT if term in plan.terms}
    if "programme_week" in plan.formula:
        at["programme_week"] = float(runner["programme_week"])
    if plan.offset:
        at[plan.offset] = 0.0  # one hour
    column = next(term for term in FROM_HABIT if term in at)
    value = at.pop(column)
    found = curve(line, plan.frame, column, [value], at=at).iloc[0]
    return expected_of(line, found) | _single_week(line, found)


def _single_week(line: Fit, found: pd.Series) -> dict[str, float]:
    """Where a single week of a new runner lies: the variance of the mean, between runners (and clinics) and of weeks.

    Of a rating, cut at 0 and 10. Higgins, Thompson and Spiegelhalter 2009, J R Stat Soc A 172:137 (a new member's
    interval, with t), plus the residual variance; the variances are taken as known.
    """
    if line.family != "gaussian":
        return {"week_low": np.nan, "week_high": np.nan}
    between = sum(float(cov.to_numpy()[0, 0]) for cov in line.random_vcov)
    sd = np.sqrt(float(found["std_error"]) ** 2 + between + line.dispersion)
    limits = wald(np.float64(found["estimate"]), np.float64(sd), np.float64(found["df"]), line.level)
    return {"week_low": float(np.clip(limits["ci_low"], 0, 10)), "week_high": float(np.clip(limits["ci_high"], 0, 10))}
