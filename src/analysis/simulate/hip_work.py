"""Mobility and stability work: habits, weekly minutes about them, the exercises done, and the true dose."""

import numpy as np
import pandas as pd

from analysis.hip.exercises import PHASES, exercise_library
from analysis.simulate.randomness import autoregressive, stream
from analysis.simulate.truth import Truth

DONE_BY_RUNNERS = {
    "mobility": (
        "ball release quadriceps",
        "ball release gluteus medius and piriformis",
        "half-kneeling band mobilisation front of hip",
        "pigeon band mobilisation gluteals",
        "yoga-based hip flow",
    ),
    "stability": (
        "half-kneeling hamstring isometrics",
        "fire hydrant against a wall",
        "stability-ball dead bug",
        "step-up pelvis down and back",
        "hip hinge",
        "prone glute activation",
        "half-kneeling in-line lunge",
        "full-range hip abduction strengthening",
        "full-range hip external rotation strengthening",
        "side-to-side drills",
        "single-leg stance",
    ),
}
OWN_EXERCISE = "Coach Kim's hip circles"
"""An exercise the library does not know; the first athlete does it instead of the yoga flow, as mobility."""

MINUTES_AN_ENTRY, MOST_ENTRIES = 12, 5
LEAST_MIN, MOST_MIN = 4, 240
NO_WORK_SHARE = 0.08
RELATIONS = {"before_run": 0.35, "after_run": 0.35, "separate": 0.30}
"""Of hip work on a day with a run; chosen, not measured."""
RUN_DAY_SHARE = 0.55


def weekly_minutes(athletes: pd.DataFrame, category: str, n_weeks: int, seed: int, truth: Truth) -> np.ndarray:
    """True whole minutes of one category, a row an athlete, a column a week, burn-in weeks first.

    ln(minutes) = ln(habit) + AR(1) noise; some weeks are without any, and none has more than 4 h.
    """
    rng = stream(seed, f"hip work {category}")
    shape = (len(athletes), truth.dose_burn_in_weeks + n_weeks)
    noise = autoregressive(rng, *shape, truth.hip_work_log_sd, truth.hip_work_autocorrelation)
    minutes = np.rint(athletes[f"{category}_habit_min"].to_numpy()[:, None] * np.exp(noise)).clip(0, MOST_MIN)
    return np.where((minutes < LEAST_MIN) | (rng.random(shape) < NO_WORK_SHARE), 0.0, minutes)


def true_dose(minutes: np.ndarray, burn_in_weeks: int, half_life_weeks: float) -> np.ndarray:
    """Dose of each observed week (shape as `minutes` without the burn-in), in min/week.

    Mean of the weeks before it, the week k back weighing 2^(-(k-1)/half-life), normalised. NaN in a week
    that no week precedes.
    """
    decay = 2 ** (-1 / half_life_weeks)
    total, weight = np.zeros(len(minutes)), 0.0
    dose = np.full_like(minutes, np.nan)
    for week in range(minutes.shape[1]):
        if weight:
            dose[:, week] = total / weight
        total, weight = minutes[:, week] + decay * total, 1 + decay * weight
    return dose[:, burn_in_weeks:]


def split_dose(dose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(between, within): each athlete's mean dose over the weeks to date, this one included, and the deviation.

    A week without a dose (NaN) counts in no mean and has no deviation.
    """
    known = ~np.isnan(dose)
    so_far = np.cumsum(np.nan_to_num(dose), axis=1) / np.maximum(np.cumsum(known, axis=1), 1)
    between = np.where(known, so_far, np.nan)
    return between, dose - between


def hip_work_entries(
    athletes: pd.DataFrame, minutes: dict[str, np.ndarray], burn_in_weeks: int, ran: np.ndarray, seed: int
) -> pd.DataFrame:
    """Entries whose durations add up to `minutes` (category -> athletes x weeks, burn-in weeks first).

    Columns: athlete (row number), week and day (since the first Monday; below 0 in the burn-in) and those of the
    hip_work table but soreness. `ran`: athletes x days of the observed weeks, a run was planned on that day.
    """
    rng = stream(seed, "hip work entries")
    parts = [_entries_of(category, weekly, burn_in_weeks, rng) for category, weekly in minutes.items()]
    entries = pd.concat(parts, ignore_index=True)
    entries = entries.join(_dosing(entries, rng)).sort_values(["athlete", "day", "exercise"], ignore_index=True)
    return entries.assign(
        order_in_day=_order_in_day(entries), relation_to_run=_relations(entries, ran, stream(seed, "relation to run"))
    )


def as_written(entries: pd.DataFrame) -> pd.DataFrame:
    """The entries of the observed weeks with in_library: the first athlete has an own name for the yoga flow."""
    observed = entries[entries["week"] >= 0].reset_index(drop=True)
    own = (observed["athlete"] == 0) & (observed["exercise"] == "yoga-based hip flow")
    return observed.assign(exercise=observed["exercise"].mask(own, OWN_EXERCISE), in_library=~own)


def _relations(entries: pd.DataFrame, ran: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Work of one day was done before a run, after it or apart; on a day without a run it was apart."""
    days = entries[["athlete", "day"]].drop_duplicates()
    athlete, day = days.to_numpy().T
    with_run = np.where(day >= 0, ran[athlete, np.maximum(day, 0)], rng.random(len(days)) < RUN_DAY_SHARE)
    drawn = rng.choice(list(RELATIONS), len(days), p=list(RELATIONS.values()))
    told = days.assign(relation=np.where(with_run, drawn, "separate"))
    return entries[["athlete", "day"]].merge(told, on=["athlete", "day"], how="left")["relation"].to_numpy()


def _order_in_day(entries: pd.DataFrame) -> pd.Series:
    """Every second athlete goes from soft tissue to mobilisation, control and activation; others do not care."""
    phase = exercise_library().set_index("name")["phase"].reindex(entries["exercise"])
    rank = phase.map({p: k for k, p in enumerate(PHASES)}).fillna(len(PHASES)).to_numpy()
    cares = (entries["athlete"] % 2 == 0).to_numpy()
    ordered = entries.assign(rank=np.where(cares, rank, 0)).sort_values(["athlete", "day", "rank", "exercise"])
    return (ordered.groupby(["athlete", "day"]).cumcount() + 1).reindex(entries.index)


def _entries_of(category: str, weekly: np.ndarray, burn_in_weeks: int, rng: np.random.Generator) -> pd.DataFrame:
    """Entries of one category; the same minutes may come on few days or on many."""
    rows = []
    names = DONE_BY_RUNNERS[category]
    for (athlete, column), total in np.ndenumerate(weekly):
        if total == 0:
            continue
        week = column - burn_in_weeks
        count = min(max(round(total / MINUTES_AN_ENTRY), 1), MOST_ENTRIES)
        parts = 1 + rng.multinomial(int(total) - count, np.full(count, 1 / count))
        chosen = rng.choice(len(names), count, replace=False)
        days = rng.choice(7, rng.integers(1, count + 1), replace=False)
        on = [*days, *rng.choice(days, count - len(days))]
        rows += [
            (athlete, week, 7 * week + int(d), names[x], category, float(p))
            for d, x, p in zip(on, chosen, parts, strict=True)
        ]
    return pd.DataFrame(rows, columns=["athlete", "week", "day", "exercise", "category", "duration_min"])


def _dosing(entries: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Sets, repetitions and holds, for exercises that the library doses by them."""
    dosed_by = exercise_library().set_index("name")["dosed_by"].reindex(entries["exercise"]).to_numpy()
    by_reps = np.array(["sets_reps" in d for d in dosed_by])
    by_holds = np.array(["sets_holds" in d for d in dosed_by]) & ~by_reps
    n = len(entries)
    return pd.DataFrame(
        {
            "sets": np.where(by_reps | by_holds, rng.integers(2, 5, n), np.nan),
            "reps": np.where(by_reps, rng.integers(8, 16, n), np.where(by_holds, rng.integers(3, 6, n), np.nan)),
            "hold_s": np.where(by_holds, rng.choice([15, 20, 30, 45], n), np.nan),
        }
    )
