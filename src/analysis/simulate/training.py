"""Running over a marathon programme: weekly minutes that build up, and the sessions they are run in."""

import numpy as np
import pandas as pd

from analysis.simulate.randomness import autoregressive, stream
from analysis.simulate.truth import Truth
from analysis.tables.words import RUNNING_SPORTS

START_SHARE, PEAK_SHARE = 0.80, 1.35
DOWN_WEEK_SHARE, DOWN_WEEK_EVERY = 0.75, 4
TAPER_SHARES = (0.75, 0.55, 0.45)
RUN_DAYS = (1, 3, 5, 6, 2, 0, 4)
"""Weekdays (Monday 0) in the order in which athletes fill them: Tuesday, Thursday, the weekend, then the rest."""
TREADMILL_SHARE = 0.06
SLOWEST_KM_H, OTHER_KM_H = 5.0, 21.4
TOP_RATIO, TOP_SD_KM_H = 1.3, 0.8
"""Top speed of a run over its mean speed; chosen, not measured."""
CROSS_SPORTS = {"bike": 0.4, "swim": 0.2, "strength": 0.3, "walk": 0.1}


def programme_shares(n_weeks: int) -> np.ndarray:
    """Planned share of the usual weekly minutes in each week: build-up, down-weeks, three weeks of taper."""
    shares = np.linspace(START_SHARE, PEAK_SHARE, n_weeks)
    shares[DOWN_WEEK_EVERY - 1 :: DOWN_WEEK_EVERY] *= DOWN_WEEK_SHARE
    if n_weeks > 2 * len(TAPER_SHARES):
        shares[-len(TAPER_SHARES) :] = PEAK_SHARE * np.array(TAPER_SHARES)
    return shares


def planned_minutes(athletes: pd.DataFrame, n_weeks: int, seed: int, truth: Truth) -> np.ndarray:
    """Running minutes meant for each athlete (row) and week (column), burn-in weeks first.

    ln(minutes) = ln(usual) + ln(programme share) + AR(1) noise.
    """
    burn_in = truth.dose_burn_in_weeks
    shares = np.concatenate([np.full(burn_in, START_SHARE), programme_shares(n_weeks)])
    noise = autoregressive(
        stream(seed, "load"), len(athletes), burn_in + n_weeks, truth.load_log_sd, truth.load_autocorrelation
    )
    return athletes["usual_min"].to_numpy()[:, None] * shares * np.exp(noise)


def plan_sessions(athletes: pd.DataFrame, minutes: np.ndarray, seed: int) -> pd.DataFrame:
    """The sessions meant for the observed weeks; `minutes` has one row an athlete, one column a week.

    Columns: athlete (row number), week, day (since the first Monday), sport, duration_min. At most one run a day; in
    order of athlete and day. Which of them are done is decided later.
    """
    rng = stream(seed, "sessions")
    runs = _runs(athletes, minutes, rng)
    other = _cross_training(minutes.shape, rng)
    frame = pd.concat([runs, other], ignore_index=True)
    return frame.sort_values(["athlete", "day", "sport"], ignore_index=True)


def run_days(sessions: pd.DataFrame, shape: tuple[int, int]) -> np.ndarray:
    """Whether a run was planned, athletes x days of the observed weeks; `shape` is athletes x weeks."""
    ran = np.zeros((shape[0], 7 * shape[1]), dtype=bool)
    runs = sessions[sessions["sport"].isin(RUNNING_SPORTS)]
    ran[runs["athlete"], runs["day"]] = True
    return ran


def trail_share_before(sessions: pd.DataFrame, shape: tuple[int, int]) -> np.ndarray:
    """Share of the planned running minutes on trails in all weeks before each, athletes x weeks; NaN without any."""
    runs = sessions[sessions["sport"].isin(RUNNING_SPORTS)]
    total, trail = np.zeros(shape), np.zeros(shape)
    np.add.at(total, (runs["athlete"], runs["week"]), runs["duration_min"])
    on_trail = runs[runs["sport"] == "trail_run"]
    np.add.at(trail, (on_trail["athlete"], on_trail["week"]), on_trail["duration_min"])
    before = [np.cumsum(minutes, axis=1) - minutes for minutes in (trail, total)]
    return np.divide(*before, out=np.full(shape, np.nan), where=before[1] > 0)


def _runs(athletes: pd.DataFrame, minutes: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    n_runs = np.clip(np.round(minutes / 50 + rng.normal(0, 0.5, minutes.shape)), 1, 6).astype(int)
    rows = []
    for (athlete, week), count in np.ndenumerate(n_runs):
        days = np.array(RUN_DAYS[:count])
        weights = rng.uniform(0.8, 1.2, count)
        weights[days >= 5] *= 1.5
        parts = minutes[athlete, week] * weights / weights.sum()
        rows += [(athlete, week, 7 * week + int(d), p) for d, p in zip(days, parts, strict=True)]
    frame = pd.DataFrame(rows, columns=["athlete", "week", "day", "duration_min"])
    frame["duration_min"] = frame["duration_min"].clip(lower=12).round(1)
    trail = athletes["trail_habit"].to_numpy()[frame["athlete"]]
    drawn = rng.random(len(frame))
    sports = ["treadmill_run", "trail_run"]
    frame["sport"] = np.select([drawn < TREADMILL_SHARE, drawn < TREADMILL_SHARE + trail], sports, "run")
    return frame


def _cross_training(shape: tuple[int, ...], rng: np.random.Generator) -> pd.DataFrame:
    athlete, week = np.nonzero(rng.random(shape) < 0.35)
    n = len(athlete)
    return pd.DataFrame(
        {
            "athlete": athlete,
            "week": week,
            "day": 7 * week + rng.integers(0, 7, n),
            "duration_min": rng.uniform(25, 80, n).round(1),
            "sport": rng.choice(list(CROSS_SPORTS), n, p=list(CROSS_SPORTS.values())),
        }
    )


def measure_sessions(
    sessions: pd.DataFrame, athletes: pd.DataFrame, faster_km_h: np.ndarray, faster_at_top_km_h: np.ndarray, seed: int
) -> pd.DataFrame:
    """`sessions` with distance, top speed, ascent, heart rate, RPE (1 to 10), surface and start (minute of the day).

    `faster_km_h`, `faster_at_top_km_h`: athletes x weeks, what hips add to an athlete's speed.
    """
    rng = stream(seed, "session measures")
    n = len(sessions)
    is_run = sessions["sport"].isin(RUNNING_SPORTS).to_numpy()
    trail = (sessions["sport"] == "trail_run").to_numpy()
    effort = rng.normal(0, 1, n)
    at = sessions["athlete"].to_numpy(), sessions["week"].to_numpy()
    easy = 60 / (athletes["pace_min_km"].to_numpy()[at[0]] * np.exp(0.10 * trail - 0.04 * effort))
    speed = np.maximum(easy + faster_km_h[at], SLOWEST_KM_H)
    km = sessions["duration_min"].to_numpy() * np.where(is_run, speed, OTHER_KM_H) / 60
    top = np.maximum(TOP_RATIO * easy + faster_at_top_km_h[at] + rng.normal(0, TOP_SD_KM_H, n), speed)
    surface = sessions["sport"].map({"run": "road", "trail_run": "trail", "treadmill_run": "treadmill"})
    rpe = np.clip(np.round(4.2 + 1.4 * effort + 0.012 * (sessions["duration_min"] - 50)), 1, 10)
    measures = {
        "distance_km": np.where(is_run | (sessions["sport"] == "bike"), km, np.nan).round(2),
        "top_speed_km_h": np.where(is_run, top, np.nan).round(1),
        "ascent_m": np.where(is_run, np.round(km * rng.gamma(2, 3 + 9 * trail)), np.nan),
        "hr_avg_bpm": np.round(138 + 8 * effort + rng.normal(0, 6, n)).clip(85, 195),
        "rpe": np.where(rng.random(n) < 0.97, rpe, np.nan),
        "surface": surface,
        "start_minute": _start_minute(sessions, is_run, rng),
    }
    return sessions.assign(**measures)


def _start_minute(sessions: pd.DataFrame, is_run: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mornings, evenings, and a few runs after a late shift, just past midnight: their UTC day is the day before."""
    n = len(sessions)
    morning = rng.normal(7.5 * 60, 45, n).clip(5 * 60, 11 * 60)
    evening = rng.normal(18.5 * 60, 60, n).clip(15 * 60, 21 * 60)
    night = rng.uniform(5, 50, n)
    weekend = sessions["day"].to_numpy() % 7 >= 5
    start = np.where(rng.random(n) < np.where(weekend, 0.8, 0.3), morning, evening)
    return np.where((rng.random(n) < 0.03) & is_run, night, start).astype(int)
