"""Time to the first problem (Kaplan-Meier, log-rank) and the mean number of problems an athlete by then.

Sources: Kaplan & Meier 1958 (J Am Stat Assoc 53:457); limits of the curve on the log(-log) scale, Kalbfleisch &
Prentice 2002 (The Statistical Analysis of Failure Time Data, ch. 1); limits of the median, Brookmeyer & Crowley
1982 (Biometrics 38:29); mean cumulative count, Dong et al. 2015 (Am J Epidemiol 181:532), its robust variance
Ghosh & Lin 2000 (Biometrics 56:554), which without a competing end is that of Lawless & Nadeau 1995
(Technometrics 37:158). Cumulative km as the time scale: Nielsen et al., DANO-RUN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from analysis.errors import HiprunError

ALL = "all"
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class LogRank:
    """Log-rank test that the groups have one survival curve (Mantel 1966); athletes of no group are left out."""

    chi2: float
    df: int
    p_value: float
    n: int
    n_left_out: int


def follow_up(
    weeks: pd.DataFrame, events: str = "new_injuries", exposure: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weeks of each athlete to what the functions below take: problems, and athletes with their end of follow-up.

    `weeks`: one row an athlete and week with `athlete_id`, `week_start`, `events` (a count; missing where nobody
    watched) and `exposure` (hours or km of the week), if that is the time scale. Time runs from the first watched
    week to the last before a break: a week that is absent, unwatched or, where exposure is the scale, of unknown
    exposure ends it, since what happened there is not known. A problem is placed at the end of its week, in weeks
    or in exposure up to then. Returns events (athlete_id, time: one row a problem) and athletes (athlete_id, end,
    weeks_left_out: watched weeks after the break). Athletes without a watched week are in neither. Raises
    `HiprunError` for missing columns, doubled weeks or exposure below 0.
    """
    needed = ["athlete_id", "week_start", events, *([exposure] if exposure else [])]
    _need(weeks, "follow-up", needed)
    if weeks.duplicated(["athlete_id", "week_start"]).any():
        raise HiprunError("follow-up: found an athlete's week twice; expected one row. Fix: sum the weeks up first.")
    known = weeks.dropna(subset=needed).sort_values(["athlete_id", "week_start"], ignore_index=True)
    if exposure and (known[exposure] < 0).any():
        raise HiprunError(f"follow-up: found {exposure} below 0; expected 0 or more. Fix: correct the exposure.")
    step = known.groupby("athlete_id")["week_start"].diff().dt.days.fillna(7)
    broken = (step != 7).groupby(known["athlete_id"]).cummax()
    first = known[~broken]
    passed = first[exposure].astype(float) if exposure else pd.Series(1.0, index=first.index)
    time = passed.groupby(first["athlete_id"]).cumsum()
    ends = time.groupby(first["athlete_id"]).max().rename("end").reset_index()
    lost = broken.groupby(known["athlete_id"]).sum()
    ends["weeks_left_out"] = ends["athlete_id"].map(lost).astype(int)
    times = first[["athlete_id"]].assign(time=time)
    return times.loc[times.index.repeat(first[events].astype(int))].reset_index(drop=True), ends


def time_to_first(events: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """`athletes` with `time` and `event`: the first problem, or the end of follow-up without one.

    `events`: athlete_id, time; `athletes`: athlete_id, `end` and any columns to group by, which are kept.
    Raises `HiprunError` for missing columns, athletes listed twice, a problem of nobody listed or after the end.
    """
    _check_follow_up(events, athletes)
    first = events.groupby("athlete_id")["time"].min().astype(float).reindex(athletes["athlete_id"]).to_numpy()
    return athletes.assign(time=np.where(np.isnan(first), athletes["end"], first), event=~np.isnan(first))


def kaplan_meier(
    times: pd.DataFrame, by: str | None = None, level: float = 0.95, transform: str = "log-log"
) -> pd.DataFrame:
    """Share still without a problem, one row a group and time at which somebody had one or left.

    `times`: one row an athlete with `time`, `event` (bool) and `by`. Columns: group, time, n_risk (just before
    it), n_events, n_censored, survival, ci_low, ci_high. Limits are pointwise, from Greenwood's variance on the
    log(-log) scale (`transform` "log" is what R prints unasked); where nobody has had the problem yet, or all
    have, there is no variance and they are missing. Raises `HiprunError` for missing columns or times.
    """
    _check_times(times, by)
    _scale(transform)
    parts = [_curve(rows, level, transform).assign(group=name) for name, rows in _by_group(times, by)]
    return pd.concat(parts, ignore_index=True)[["group", *[c for c in parts[0] if c != "group"]]]


def median_times(curves: pd.DataFrame) -> pd.DataFrame:
    """Median time of each curve of `kaplan_meier`: group, n, n_events, median, ci_low, ci_high.

    The median is the first time at which at most half are without a problem (halfway to the next event where it
    is exactly half), its limits the first times at which the lower and the upper limit of the curve are at most
    a half (Brookmeyer & Crowley 1982). What the curve does not reach is missing.
    """
    rows = []
    for name, curve in curves.groupby("group", sort=False):
        events = curve[curve["n_events"] > 0]
        halves = [_first_half(events["time"], events[c]) for c in ("survival", "ci_low", "ci_high")]
        rows.append((name, int(curve["n_risk"].iloc[0]), int(events["n_events"].sum()), *halves))
    return pd.DataFrame(rows, columns=["group", "n", "n_events", "median", "ci_low", "ci_high"])


def numbers_at_risk(curves: pd.DataFrame, at: Sequence[float]) -> pd.DataFrame:
    """Athletes watched and, in Kaplan-Meier curves, still without a problem just before each time of `at`.

    `curves` of `kaplan_meier` or `mean_cumulative_count`; one row a group, one column a time.
    """
    found = {name: _at_risk(curve, at) for name, curve in curves.groupby("group", sort=False)}
    return pd.DataFrame.from_dict(found, orient="index", columns=list(at)).rename_axis("group")


def log_rank(times: pd.DataFrame, by: str) -> LogRank:
    """Log-rank test over the groups of `by`. Raises `HiprunError` for fewer than two groups, or no problem at all."""
    _check_times(times, by)
    known = times[times[by].notna()]
    n_groups, n_events = known[by].nunique(), int(known["event"].sum())
    if n_groups < 2 or n_events == 0:
        raise HiprunError(
            f"log-rank test by {by}: found {n_groups} groups and {n_events} problems; expected two groups and one "
            "problem at least. Fix: leave the test out."
        )
    groups = known[by].astype("str").to_numpy(dtype=object)
    chi2, p_value = survdiff(known["time"].to_numpy(float), known["event"].to_numpy(int), groups)
    return LogRank(float(chi2), n_groups - 1, float(p_value), len(known), len(times) - len(known))


def mean_cumulative_count(
    events: pd.DataFrame, athletes: pd.DataFrame, by: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Mean number of problems an athlete by each time, every problem counted, not the first alone.

    `events`: athlete_id, time, one row a problem. `athletes`: athlete_id, `end`, `by` and, where some ends rule
    further problems out (gave up running), `competing` (bool); other ends are taken to be independent of
    problems. A problem on the day of the end counts. Columns: group, time, n_risk, n_events, n_censored (ends),
    mean_count, se, ci_low, ci_high. The variance is robust to athletes having more problems than others; limits
    on the log scale, missing before the first problem. Raises `HiprunError` as `time_to_first`.
    """
    _check_follow_up(events, athletes)
    if "competing" in athletes and athletes["competing"].isna().any():
        raise HiprunError("mean count: found ends not known to be competing. Fix: write True or False for each.")
    z = stats.norm.ppf((1 + level) / 2)
    parts = []
    for name, rows in _by_group(athletes, by):
        part = _mean_count(events[events["athlete_id"].isin(rows["athlete_id"])], rows).assign(group=name)
        spread = np.exp(z * part["se"] / part["mean_count"].where(part["mean_count"] > 0))
        limits = {"ci_low": part["mean_count"] / spread, "ci_high": part["mean_count"] * spread}
        parts.append(part.assign(**limits))
    return pd.concat(parts, ignore_index=True)[["group", *[c for c in parts[0] if c != "group"]]]


def _curve(rows: pd.DataFrame, level: float, transform: str) -> pd.DataFrame:
    time, event = rows["time"].to_numpy(float), rows["event"].to_numpy(bool)
    at = np.unique(time)
    counts = {
        "n_risk": (time[:, None] >= at).sum(axis=0),
        "n_events": (time[event][:, None] == at).sum(axis=0),
        "n_censored": (time[~event][:, None] == at).sum(axis=0),
    }
    fit = SurvfuncRight(time, event.astype(int))
    place = np.searchsorted(fit.surv_times, at, side="right") - 1  # -1: before the first step
    survival = np.r_[fit.surv_prob, 1.0][place]
    low, high = _limits(survival, np.r_[fit.surv_prob_se, 0.0][place], level, transform)
    return pd.DataFrame({"time": at, **counts, "survival": survival, "ci_low": low, "ci_high": high})


def _limits(survival: np.ndarray, se: np.ndarray, level: float, transform: str) -> tuple[np.ndarray, np.ndarray]:
    z = stats.norm.ppf((1 + level) / 2)
    inside = (survival > 0) & (survival < 1)
    s = np.where(inside, survival, np.nan)
    relative = z * se / s
    if transform == "log":
        low, high = s * np.exp(-relative), np.minimum(s * np.exp(relative), 1.0)
    else:
        spread = np.exp(relative / np.abs(np.log(s)))
        low, high = s**spread, s ** (1 / spread)
    return low, high


def _first_half(time: pd.Series, share: pd.Series) -> float:
    at, values = time.to_numpy(), share.to_numpy()
    reached = np.flatnonzero(values <= 0.5 + 1e-12)
    if not len(reached):
        return np.nan
    first = reached[0]
    exact = abs(values[first] - 0.5) < 1e-12 and share.name == "survival" and first + 1 < len(at)
    return float((at[first] + at[first + 1]) / 2 if exact else at[first])


def _mean_count(events: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """Sum of S(u-) dN(u) / Y(u), and its variance as the sum of squared influences of the athletes."""
    end = athletes["end"].to_numpy(float)
    gone = athletes["competing"].to_numpy(bool) if "competing" in athletes else np.zeros(len(end), dtype=bool)
    at = np.unique(np.r_[events["time"].to_numpy(float), end])
    watched = end[:, None] >= at
    who = pd.Index(athletes["athlete_id"]).get_indexer(events["athlete_id"])
    had = np.zeros(watched.shape)
    np.add.at(had, (who, np.searchsorted(at, events["time"].to_numpy(float))), 1)
    left = (end[:, None] == at) & gone[:, None]
    n = watched.sum(axis=0)
    rate, leaving = had.sum(axis=0) / n, left.sum(axis=0) / n
    still = np.r_[1.0, np.cumprod(1 - leaving)[:-1]]
    own = np.cumsum(still / n * (had - watched * rate), axis=1)
    ended = np.cumsum((left - watched * leaving) / n, axis=1)
    before = np.column_stack([np.zeros(len(end)), ended[:, :-1]])
    influence = own - np.cumsum(before * still * rate, axis=1)
    ends = (end[:, None] == at).sum(axis=0)
    counts = {"time": at, "n_risk": n, "n_events": had.sum(axis=0).astype(int), "n_censored": ends}
    return pd.DataFrame({**counts, "mean_count": np.cumsum(still * rate), "se": np.sqrt((influence**2).sum(axis=0))})


def _at_risk(curve: pd.DataFrame, at: Sequence[float]) -> list[int]:
    place = np.searchsorted(curve["time"].to_numpy(), np.asarray(at, dtype=float), side="left")
    return np.r_[curve["n_risk"].to_numpy(), 0][place].astype(int).tolist()


def _by_group(frame: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    if by is None:
        return [(ALL, frame)]
    names = frame[by].astype("str").where(frame[by].notna(), NOT_RECORDED)
    return [(name, frame[names == name]) for name in sorted(names.unique(), key=lambda n: (n == NOT_RECORDED, n))]


def _scale(transform: str) -> None:
    if transform not in ("log-log", "log"):
        raise HiprunError(f"Kaplan-Meier: found transform {transform}; expected log-log or log. Fix: choose one.")


def _need(frame: pd.DataFrame, what: str, columns: Sequence[str]) -> None:
    absent = [c for c in columns if c not in frame]
    if absent:
        raise HiprunError(f"{what}: found no column {', '.join(absent)}. Fix: add or rename it.")


def _check_times(times: pd.DataFrame, by: str | None) -> None:
    _need(times, "Kaplan-Meier", ["time", "event", *([by] if by else [])])
    known = (
        times[["time", "event"]].notna().all(axis=1) & (times["time"] >= 0) & np.isfinite(times["time"].astype(float))
    )
    if times.empty or not known.all():
        raise HiprunError(
            f"Kaplan-Meier: found {len(times)} athletes, {int((~known).sum())} without a time of 0 or more; expected "
            "a time and whether it was a problem for each. Fix: leave out athletes who were never watched."
        )


def _check_follow_up(events: pd.DataFrame, athletes: pd.DataFrame) -> None:
    _need(events, "follow-up, events", ["athlete_id", "time"])
    _need(athletes, "follow-up, athletes", ["athlete_id", "end"])
    ends = athletes.drop_duplicates("athlete_id").set_index("athlete_id")["end"].astype(float)
    end = ends.reindex(events["athlete_id"]).to_numpy()
    twice, beyond = (
        int(athletes["athlete_id"].duplicated().sum()),
        int((~(events["time"].to_numpy(float) <= end)).sum()),
    )
    if athletes.empty or athletes["end"].isna().any() or twice or beyond:
        raise HiprunError(
            f"follow-up: found {len(athletes)} athletes ({twice} listed twice, {int(athletes['end'].isna().sum())} "
            f"without an end) and {beyond} problems of nobody listed or after the end; expected one end for each and "
            "problems before it. Fix: leave out what was not watched."
        )
