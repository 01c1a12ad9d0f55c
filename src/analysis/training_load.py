"""Training load: session-RPE, weekly sums and exponentially weighted means.

The acute:chronic workload ratio is not here on purpose: it is coupled to itself and an inaccurate scaling
(Lolli et al. 2019; Impellizzeri et al. 2021, Sports Med, doi 10.1007/s40279-020-01378-6). Acute and chronic
load are offered apart.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import HiprunError

Vector = Sequence[float] | np.ndarray | pd.Series


def srpe_load_au(rpe: Vector, duration_min: Vector) -> pd.Series:
    """Session-RPE load in arbitrary units: RPE (CR10 scale, 0-10) times minutes (Foster et al. 2001, JSCR 15:109).

    One number a session, in and out; missing where either is missing. Raises `HiprunError` for an RPE outside
    0-10 (another scale) or negative minutes.
    """
    effort, minutes = _floats(rpe), _floats(duration_min)
    _within("rpe", effort, 0, 10, "convert other RPE scales to CR10 first, or leave them missing")
    _within("duration_min", minutes, 0, np.inf, "correct the duration")
    if len(effort) != len(minutes):
        raise HiprunError(f"sRPE: found {len(effort)} ratings for {len(minutes)} durations. Fix: one each a session.")
    return pd.Series(effort.to_numpy() * minutes.to_numpy(), index=effort.index, name="srpe_load_au")


def week_start(dates: pd.Series | pd.DatetimeIndex | Sequence[object]) -> pd.Series:
    """The Monday (midnight) of the week each date is in; the ISO week, Monday to Sunday. Missing stays missing."""
    days = pd.to_datetime(pd.Series(dates)).dt.normalize()
    return (days - pd.to_timedelta(days.dt.day_of_week, unit="D")).rename("week_start")


def weekly_sum(sessions: pd.DataFrame, value: str) -> pd.DataFrame:
    """Sums of the column `value` by athlete and week: athlete_id, week_start, `value`, n_sessions, n_missing.

    `sessions`: athlete_id, date, `value`; one row a session. The sum is of what is known, missing if nothing is;
    `n_missing` says how many sessions had no value. A week without sessions has no row: whether that is 0 or
    not known is for the observation windows to say.
    """
    absent = [c for c in ("athlete_id", "date", value) if c not in sessions]
    if absent:
        raise HiprunError(f"weekly sum: found no column {', '.join(absent)}. Fix: add or rename it.")
    table = sessions[["athlete_id", value]].assign(week_start=week_start(sessions["date"]))
    grouped = table.groupby(["athlete_id", "week_start"])[value]
    sums = pd.DataFrame({value: grouped.sum(min_count=1), "n_sessions": grouped.size()})
    sums["n_missing"] = sums["n_sessions"] - grouped.count()
    return sums.reset_index()


def ewma(values: Vector, span: float) -> pd.Series:
    """Exponentially weighted moving average of one athlete's days (or weeks), in order, as many out as in.

    `ewma[t] = λ·load[t] + (1 - λ)·ewma[t-1]`, λ = 2 / (span + 1), starting at the first value (Williams et al.
    2017, BJSM 51:209). A day without load is 0 and must be given as 0; a missing day leaves the
    average as it was, which takes the day for an average one. Missing until the first value.
    Raises `HiprunError` for a span below 1.
    """
    if not span >= 1:
        raise HiprunError(f"ewma: found span {span}; expected 1 or more. Fix: give the span in days, such as 7 or 28.")
    return _floats(values).ewm(span=span, adjust=False, ignore_na=True).mean()


def half_life_mean(values: Vector, half_life_weeks: float) -> pd.Series:
    """Weighted mean of one athlete's weeks up to and including each week, as many out as in.

    A week `k` weeks ago weighs `2 ** (-k / half_life_weeks)` and the weights of the observed weeks are scaled to
    sum to 1, so a short history is not taken for zeros before it. `values` is in order, one a calendar week,
    missing where the week was not observed: it is skipped, yet the weeks before it age. Missing until the first
    observed week. The dose that explains week *w* is this, shifted by one week. Raises `HiprunError` for a
    half-life that is not above 0.
    """
    if not half_life_weeks > 0:
        raise HiprunError(f"half-life: found {half_life_weeks}; expected weeks above 0. Fix: give such as 2.0.")
    return _floats(values).ewm(halflife=half_life_weeks, adjust=True, ignore_na=False).mean()


def half_life_means(weekly: pd.Series, athlete: pd.Series, half_life_weeks: float) -> pd.Series:
    """`half_life_mean` of every athlete's weeks, aligned to `weekly`; each athlete's weeks are in order.

    Raises `HiprunError` as `half_life_mean`.
    """
    if weekly.empty:
        return half_life_mean(weekly, half_life_weeks)
    place = pd.factorize(athlete)[0]
    by_athlete = np.argsort(place, kind="stable")
    half_life_mean([], half_life_weeks)
    ordered = pd.Series(_floats(weekly).to_numpy()[by_athlete])
    means = ordered.groupby(place[by_athlete], sort=False).ewm(halflife=half_life_weeks, adjust=True, ignore_na=False)
    found = np.empty(len(weekly))
    found[by_athlete] = means.mean().to_numpy()
    return pd.Series(found, index=weekly.index)


def _floats(values: Vector) -> pd.Series:
    index = values.index if isinstance(values, pd.Series) else None
    return pd.Series(np.asarray(pd.array(values, dtype="Float64").to_numpy(float, na_value=np.nan)), index=index)


def _within(name: str, values: pd.Series, low: float, high: float, fix: str) -> None:
    bad = values[(values < low) | (values > high)]
    if len(bad):
        raise HiprunError(
            f"{name}, row {bad.index[0]}: found {bad.iloc[0]:g} ({len(bad)} such); expected {low:g} to {high:g}. "
            f"Fix: {fix}."
        )
