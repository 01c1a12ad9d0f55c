"""Do the intervals hold what they say? The primary models on simulated cohorts whose truth is known."""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pandas as pd

from analysis.claims.plan import ModelPlan, fit_plan
from analysis.claims.primary import plan_injury_model, plan_pain_model, plan_problem_model
from analysis.models.processes import in_processes
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, null_truth, simulate_tables
from analysis.simulate.within_truth import WITHIN_TRUTH
from analysis.study import Study

PLANS: dict[str, Callable[[pd.DataFrame, Study], ModelPlan]] = {
    "pain": plan_pain_model,
    "injury": plan_injury_model,
    "problem": plan_problem_model,
}
TERMS = ("mobility_within", "stability_within")
LABELS = {"pain": "Weekly pain", "injury": "New injuries", "problem": "Weeks with a health problem"}
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "df"]


def calibrate(
    seeds: Iterable[int],
    *,
    null: bool,
    n_athletes: int = 40,
    n_weeks: int = 26,
    jobs: int = 1,
    on_progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Simulate a cohort per seed, and fit the three primary models to each exactly as the notebooks do.

    Parameters
    ----------
    seeds : iterable of int
        One cohort each; the same seed gives the same rows.
    null : bool
        Whether no effect is true (`simulate.null_truth`), or those of the simulator's default `Truth`.
    n_athletes, n_weeks : int
        The truth of pain and problem models was worked out for 26 weeks.
    jobs : int
        Number of processes.
    on_progress : callable, optional
        Called with the number of cohorts done, after each.

    Returns
    -------
    DataFrame
        One row per cohort, model and within-athlete term: seed, null, model, term, truth, estimate, std_error, ci_low,
        ci_high, p_value, df, converged, covered (the interval holds the truth), called (p < 1 - level), reason. The
        numbers are per +30 min/week on the link scale. Where there is no estimate they, covered and called are missing,
        converged is False and `reason` says why.

    Raises
    ------
    HiprunError
        A seed below 0, too few athletes or weeks, or a process that was ended from outside.
    """
    task = partial(cohort_estimates, null=null, n_athletes=n_athletes, n_weeks=n_weeks)
    found = []
    for rows in in_processes(task, list(seeds), jobs, "calibrate"):
        found.append(rows)
        if on_progress is not None:
            on_progress(len(found))
    return pd.concat(found, ignore_index=True)


def cohort_estimates(seed: int, *, null: bool, n_athletes: int, n_weeks: int) -> pd.DataFrame:
    """The rows of `calibrate` of one cohort."""
    study = Study()
    truth = null_truth() if null else Truth()
    panel = athlete_weeks(simulate_tables(n_athletes=n_athletes, n_weeks=n_weeks, seed=seed, truth=truth), study)
    rows = [row for model, plan in PLANS.items() for row in _model_rows(model, plan(panel, study), study)]
    table = pd.DataFrame(rows)
    table.insert(0, "seed", seed)
    table.insert(1, "null", null)
    keys = zip(table["model"], table["term"], strict=True)
    table.insert(4, "truth", [0.0 if null else WITHIN_TRUTH[key].value for key in keys])
    known = table["estimate"].notna() & table["std_error"].notna()
    covered = (table["ci_low"] <= table["truth"]) & (table["truth"] <= table["ci_high"])
    called = table["p_value"] < 1 - study.confidence_level
    verdicts = {"covered": covered.astype("boolean").where(known), "called": called.astype("boolean").where(known)}
    return table.assign(**verdicts)[[c for c in table if c != "reason"] + ["covered", "called", "reason"]]


def _model_rows(model: str, plan: ModelPlan, study: Study) -> list[dict]:
    """One row per within-athlete term of a model: its numbers, or why there are none."""
    nothing = dict.fromkeys(NUMBERS, np.nan)
    if not plan.formula:
        return [_row(model, term, nothing, False, plan.reasons["model"]) for term in TERMS]
    made = fit_plan(plan, study)
    table = made.estimates.set_index("term")
    rows = []
    for term in TERMS:
        if term not in plan.terms:
            rows.append(_row(model, term, nothing, False, plan.reasons[term]))
            continue
        numbers = table.loc[term, NUMBERS].astype(float).to_dict()
        why = "" if np.isfinite(numbers["p_value"]) else " ".join(made.messages)
        rows.append(_row(model, term, numbers, made.converged, why))
    return rows


def _row(model: str, term: str, numbers: dict, converged: bool, reason: str) -> dict:
    return {"model": model, "term": term, **numbers, "converged": converged, "reason": reason}


def calibration_summary(runs: pd.DataFrame) -> pd.DataFrame:
    """How the intervals of `calibrate` did, per truth, model and term.

    Parameters
    ----------
    runs : DataFrame
        As `calibrate` returns it; several of them may be joined with `pandas.concat`.

    Returns
    -------
    DataFrame
        null, model, term, n (cohorts with a test), n_without (those without, in which nothing was read), truth, bias
        and bias_mc_error, coverage and coverage_mc_error, called and called_mc_error (the share with p < 1 - level;
        the error rate under the null, the power otherwise), mean_std_error, sd_estimates, mean_df. The Monte Carlo
        errors of Morris, White and Crowther 2019, Stat Med 38:2074, table 6.
    """
    rows = [
        dict(zip(("null", "model", "term"), key, strict=True)) | _performance(group)
        for key, group in runs.groupby(["null", "model", "term"], sort=False)
    ]
    return pd.DataFrame(rows)


def shares_to_draw(summary: pd.DataFrame, column: str, *, null: bool) -> pd.DataFrame:
    """label, n, share and mc_error of `column` ('coverage' or 'called') of `calibration_summary`."""
    rows = summary[summary["null"] == null]
    label = rows["model"].map(LABELS) + ": " + rows["term"].str.split("_").str[0]
    shares = {"label": label, "n": rows["n"], "share": rows[column], "mc_error": rows[f"{column}_mc_error"]}
    return pd.DataFrame(shares).reset_index(drop=True)


def _performance(group: pd.DataFrame) -> dict[str, float]:
    tested = group[group["covered"].notna()]
    n, sd = len(tested), tested["estimate"].std()
    numbers = {
        "n": n,
        "n_without": len(group) - n,
        "truth": group["truth"].iloc[0],
        "bias": (tested["estimate"] - tested["truth"]).mean(),
        "bias_mc_error": sd / np.sqrt(n) if n else np.nan,
    }
    for column, name in (("covered", "coverage"), ("called", "called")):
        share = tested[column].astype(float).mean()
        numbers |= {name: share, f"{name}_mc_error": np.sqrt(share * (1 - share) / n) if n else np.nan}
    return numbers | {
        "mean_std_error": tested["std_error"].mean(),
        "sd_estimates": sd,
        "mean_df": tested["df"].mean(),
    }
