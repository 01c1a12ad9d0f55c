"""Prevalence: the share of answered reports with the problem, in one week or on average over weeks.

Definitions: IOC consensus (Bahr et al. 2020): for weekly forms, the mean of the weekly prevalences, each the
share among those who answered that week (Clarsen et al. 2013).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import HiprunError
from analysis.surveillance.rates import Rate, Vector, bootstrap_ratio


def prevalence(
    problem: Vector,
    athlete: Vector | None = None,
    week: Vector | None = None,
    level: float = 0.95,
    *,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> Rate:
    """Share of reports with a problem (`problem`: True, False or missing, one a report).

    Without `week` (or with one week): the share among the answered, with exact limits (Clopper & Pearson 1934,
    Biometrika 26:404). With weeks: the mean of the weekly prevalences; whole athletes are drawn again `n_boot`
    times and the percentiles taken, so limits stay in [0, 1] and answers of one athlete are not taken for
    independent. Where the draws cannot vary (nobody or everybody had the problem, one athlete, athletes all
    alike) the exact limits with the number of athletes as the sample size are given instead, at the share found
    (as Korn & Graubard 1998, Survey Methodology 24:193, use an effective size). `n_cases` and `exposure` count
    reports.
    Raises `HiprunError` if nothing was answered, ids are missing, or an athlete answers twice in a week.
    """
    reports = _reports(problem, athlete, week)
    n, cases = len(reports), int(reports["problem"].sum())
    if len(reports["week"].unique()) == 1:
        return _rate(cases / n, clopper_pearson(cases, n, level), (cases, n, level), "exact (Clopper & Pearson 1934)")
    if athlete is None:
        raise HiprunError("prevalence: found several weeks but no athlete ids. Fix: pass athlete=, one id a report.")
    had = reports.pivot_table(index="athlete", columns="week", values="problem", aggfunc="sum", fill_value=0).to_numpy()
    answered = reports.pivot_table(index="athlete", columns="week", values="problem", aggfunc="size", fill_value=0)
    mean, *limits = share_by_athlete(had, answered.to_numpy(), level, n_boot, seed)
    if _alike(had, answered.to_numpy()):
        return _rate(mean, limits, (cases, n, level), "exact, athletes as the sample (no variation to draw from)")
    return _rate(mean, limits, (cases, n, level), "mean of weeks, bootstrap by athlete, percentile")


def prevalence_table(
    reports: pd.DataFrame,
    by: Sequence[str] = (),
    problem: str = "problem",
    *,
    level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Average prevalence in each group of `by` (none: one row), as `prevalence` has it.

    `reports`: one row an athlete, week and, where `by` has region or side, part of the body: `athlete_id`,
    `week_start`, `problem` (True, False or missing) and `by`. Columns: `by`, n_athletes, n_reports, n_problem,
    prevalence, ci_low, ci_high, method. Unanswered reports are left out; a group in which nothing was answered
    has a row with missing shares; a missing value of `by` is a group of its own. Raises as `prevalence`.
    """
    absent = [c for c in ("athlete_id", "week_start", problem, *by) if c not in reports]
    if absent:
        raise HiprunError(f"prevalence table: found no column {', '.join(absent)}. Fix: add or rename it.")
    parts = reports.groupby(list(by), dropna=False, observed=True) if by else [((), reports)]
    rows = []
    for values, part in parts:
        known = part[part[problem].notna()]
        row = {"n_athletes": known["athlete_id"].nunique(), "n_reports": len(known)}
        if len(known):
            options = {"level": level, "n_boot": n_boot, "seed": seed}
            rate = prevalence(known[problem], known["athlete_id"], known["week_start"], **options)
            shares = (rate.n_cases, rate.estimate, rate.ci_low, rate.ci_high, rate.method)
        else:
            shares = (0, np.nan, np.nan, np.nan, "nothing answered")
        names = ("n_problem", "prevalence", "ci_low", "ci_high", "method")
        rows.append({**dict(zip(by, values, strict=True)), **row, **dict(zip(names, shares, strict=True))})
    return pd.DataFrame(rows)


def share_by_athlete(
    had: np.ndarray, asked: np.ndarray, level: float, n_boot: int, seed: int
) -> tuple[float, float, float]:
    """Share of `asked` that `had`, with limits from drawing whole athletes (rows) again; within [0, 1].

    One column (1-d): the ratio of the sums; several (athlete by week): the mean of the weeks' ratios. Where draws
    cannot vary the limits are exact with athletes as the sample (see `prevalence`).
    """
    by_week = (had.reshape(len(had), -1), asked.reshape(len(asked), -1))
    share = float(np.mean(by_week[0].sum(axis=0) / by_week[1].sum(axis=0)))
    if _alike(*by_week):
        return share, *clopper_pearson(share * len(had), len(had), level)
    draws = np.nanmean(bootstrap_ratio(*by_week, n_boot, seed), axis=1)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return share, float(low), float(high)


def _alike(had: np.ndarray, asked: np.ndarray) -> bool:
    """Whether every draw of athletes gives the same share in every week."""
    with np.errstate(invalid="ignore"):
        shares = had / asked  # 0 / 0: not asked that week
    highest, lowest = (f(np.where(np.isnan(shares), e, shares), axis=0) for f, e in ((np.max, -1), (np.min, 2)))
    return bool((highest <= lowest).all())


def prevalence_by_week(problem: Vector, athlete: Vector, week: Vector, level: float = 0.95) -> pd.DataFrame:
    """One row a week: week, n_answered, n_problem, prevalence, ci_low, ci_high (exact limits).

    Weeks without an answer have no row. Raises as `prevalence`.
    """
    reports = _reports(problem, athlete, week)
    table = reports.groupby("week")["problem"].agg(n_answered="size", n_problem="sum").astype(int).reset_index()
    table["prevalence"] = table["n_problem"] / table["n_answered"]
    limits = [clopper_pearson(k, n, level) for k, n in zip(table["n_problem"], table["n_answered"], strict=True)]
    table[["ci_low", "ci_high"]] = limits
    return table


def clopper_pearson(cases: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Exact limits of a binomial share (Clopper & Pearson 1934), by beta quantiles; always within [0, 1]."""
    tail = (1 - level) / 2
    low = stats.beta.ppf(tail, cases, n - cases + 1) if cases else 0.0
    high = stats.beta.ppf(1 - tail, cases + 1, n - cases) if cases < n else 1.0
    return float(low), float(high)


def _reports(problem: Vector, athlete: Vector | None, week: Vector | None) -> pd.DataFrame:
    flags = pd.Series(np.asarray(pd.array(problem, dtype="boolean").astype("Float64").to_numpy(float, np.nan)))
    n = len(flags)
    columns = {
        "problem": flags,
        "athlete": range(n) if athlete is None else athlete,
        "week": 0 if week is None else week,
    }
    for name, values in columns.items():
        if not np.isscalar(values) and len(values) != n:
            raise HiprunError(f"prevalence: found {len(values)} values of {name} for {n} reports. Fix: one a report.")
    table = pd.DataFrame({k: v.to_numpy() if isinstance(v, pd.Series) else v for k, v in columns.items()})
    table = table.dropna(subset=["problem"])
    if table.empty:
        raise HiprunError("prevalence: found no answered report; expected at least one. Fix: check the weekly reports.")
    if table[["athlete", "week"]].isna().any(axis=None):
        raise HiprunError("prevalence: found reports without athlete or week. Fix: leave them out or complete them.")
    twice = table.duplicated(["athlete", "week"])
    if twice.any():
        who = table.loc[twice].iloc[0]
        raise HiprunError(
            f"prevalence: athlete {who['athlete']} answers twice in week {who['week']} ({int(twice.sum())} repeats); "
            "expected one report an athlete and week. Fix: take any problem over regions and sides first."
        )
    return table


def _rate(estimate: float, limits: tuple[float, float], counts: tuple[int, int, float], method: str) -> Rate:
    cases, n, level = counts
    low, high = map(float, limits)
    return Rate(estimate, low, high, cases, float(n), 1, "answered report", level, method)
