"""Simulates the data of the further reference models. Run in this folder: python make_more_data.py

One CSV per data set, seed = its place in the list below; no persons in it. NumPy 2.4 made the committed files.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

Rng = np.random.Generator


def weeks(rng: Rng, sizes: list[int] | np.ndarray) -> pd.DataFrame:
    """`sizes[i]` rows of athlete i: id, two predictors between and within athletes, own level and own slope."""
    athlete = np.repeat(np.arange(len(sizes)), sizes)
    n, level, slope = len(athlete), rng.normal(0, 0.8, len(sizes)), rng.normal(0, 0.4, len(sizes))
    mob = rng.normal(0, 0.6, len(sizes))[athlete] + rng.normal(0, 1, n)
    frame = pd.DataFrame({"athlete": [f"A{at:03d}" for at in athlete], "mob": mob.round(3)})
    frame["stab"] = rng.normal(0, 1, n).round(3)
    return frame.assign(level=level[athlete], slope=slope[athlete])


def linear(frame: pd.DataFrame, slopes: bool = False) -> pd.Series:
    own = frame["slope"] * frame["mob"] if slopes else 0
    return frame["level"] + own - 0.4 * frame["mob"] + 0.25 * frame["stab"]


def rows_of_one(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=["level", "slope"])


def unbalanced(rng: Rng) -> pd.DataFrame:
    """1 to 80 rows an athlete."""
    frame = weeks(rng, rng.geometric(0.07, 40).clip(1, 80))
    eta = linear(frame, slopes=True)
    frame["pain"] = (3 + eta + rng.normal(0, 1.2, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(-0.8 + eta))
    return rows_of_one(frame)


def one_row(rng: Rng) -> pd.DataFrame:
    """One row an athlete: the random level is overdispersion."""
    frame = weeks(rng, [1] * 220)
    frame["inj"] = rng.poisson(np.exp(0.6 + linear(frame)))
    return rows_of_one(frame)


def three_athletes(rng: Rng) -> pd.DataFrame:
    frame = weeks(rng, [40, 25, 33])
    frame["pain"] = (3 + linear(frame) + rng.normal(0, 1, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(0.2 + linear(frame)))
    return rows_of_one(frame)


def singular_slope(rng: Rng) -> pd.DataFrame:
    """Athletes differ in level, not in slope."""
    frame = weeks(rng, [14] * 24)
    eta = linear(frame)
    frame["pain"] = (3 + eta + rng.normal(0, 1.5, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(-0.7 + eta))
    return rows_of_one(frame)


def nested(rng: Rng) -> pd.DataFrame:
    """8 clinics of 5 to 9 athletes, whose numbers begin anew in each clinic."""
    per_clinic = rng.integers(5, 10, 8)
    frame = weeks(rng, [9] * per_clinic.sum())
    clinic = np.repeat(np.repeat(np.arange(8), per_clinic), 9)
    number = np.repeat(np.concatenate([np.arange(k) for k in per_clinic]), 9)
    frame["athlete"], frame["clinic"] = [f"A{k}" for k in number], [f"K{k}" for k in clinic]
    eta = linear(frame) + rng.normal(0, 0.7, 8)[clinic]
    frame["pain"] = (3 + eta + rng.normal(0, 1, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(-0.5 + eta))
    return rows_of_one(frame)


def legs(rng: Rng) -> pd.DataFrame:
    """Two legs an athlete, five visits each."""
    frame = weeks(rng, [10] * 45)
    leg = np.tile([0, 1], 225)
    frame["leg"] = np.where(leg == 0, "left", "right")
    own = rng.normal(0, 0.9, (45, 2))[np.repeat(np.arange(45), 10), leg]
    eta = linear(frame) + own
    frame["strength"] = (1.8 + 0.2 * eta + rng.normal(0, 0.15, len(frame))).round(4)
    frame["pain"] = rng.binomial(1, 1 / (1 + np.exp(-eta)))
    return rows_of_one(frame)


def wide_offset(rng: Rng) -> pd.DataFrame:
    """Hours of exposure from 0.01 to 100."""
    frame = weeks(rng, [10] * 40)
    frame["hours"] = (10 ** rng.uniform(-2, 2, len(frame))).round(4)
    frame["inj"] = rng.poisson(frame["hours"] * np.exp(-2.2 + linear(frame, slopes=True)))
    return rows_of_one(frame)


def rare(rng: Rng) -> pd.DataFrame:
    """About one event in 80 rows."""
    frame = weeks(rng, [30] * 50)
    eta = -5.8 + linear(frame) + frame["level"]
    frame["event"] = rng.binomial(1, 1 / (1 + np.exp(-eta)))
    frame["inj"] = rng.poisson(np.exp(eta))
    return rows_of_one(frame)


def near_separation(rng: Rng) -> pd.DataFrame:
    """One of the 30 exposed rows is without the event, and one of the others has it for every seven."""
    frame = weeks(rng, [10] * 30)
    frame["exposed"] = rng.permutation(np.repeat([0, 1], [270, 30]))
    frame["event"] = rng.binomial(1, 1 / (1 + np.exp(2 - linear(frame))))
    at = np.flatnonzero(frame["exposed"] == 1)
    frame.loc[at, "event"] = 1
    frame.loc[at[7], "event"] = 0
    return rows_of_one(frame)


def large_shape(rng: Rng) -> pd.DataFrame:
    """Nearly Poisson: variance μ + μ²/60; and a second outcome with own slopes and shape 1.2."""
    frame = weeks(rng, [12] * 40)
    mean = np.exp(1.4 + linear(frame))
    frame["inj"] = rng.negative_binomial(60, 60 / (60 + mean))
    mean = np.exp(1.4 + linear(frame, slopes=True))
    frame["over"] = rng.negative_binomial(1.2, 1.2 / (1.2 + mean))
    return rows_of_one(frame)


def collinear(rng: Rng) -> pd.DataFrame:
    """`twin` is mob but for a hundredth of its SD: r = 0.9999."""
    frame = weeks(rng, [10] * 36)
    frame["twin"] = (frame["mob"] + rng.normal(0, 0.012, len(frame))).round(4)
    eta = linear(frame)
    frame["pain"] = (3 + eta + rng.normal(0, 1, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(-0.3 + eta))
    return rows_of_one(frame)


def durations(rng: Rng) -> pd.DataFrame:
    """Minutes on foot: gamma with φ = 0.3."""
    frame = weeks(rng, [11] * 35)
    mean = np.exp(3 + 0.5 * linear(frame, slopes=True))
    frame["minutes"] = rng.gamma(1 / 0.3, 0.3 * mean).round(3).clip(0.001)
    return rows_of_one(frame)


def crossed(rng: Rng) -> pd.DataFrame:
    """30 athletes in the same 12 weeks, which have a level of their own; 60 rows are missing."""
    frame = weeks(rng, [12] * 30)
    week = np.tile(np.arange(12), 30)
    frame["week"] = [f"W{at:02d}" for at in week]
    eta = linear(frame) + rng.normal(0, 0.5, 12)[week]
    frame["pain"] = (3 + eta + rng.normal(0, 1, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(-0.2 + eta))
    return rows_of_one(frame.drop(rng.choice(len(frame), 60, replace=False)))


def scales(rng: Rng) -> pd.DataFrame:
    """Steps a week (near 50 000) and a torque share (near 0.0005), neither centred."""
    frame = weeks(rng, [12] * 30)
    frame["steps"] = (50_000 + 12_000 * frame["mob"]).round()
    frame["share"] = (0.0005 + 0.0001 * frame["stab"]).round(8)
    eta = linear(frame, slopes=True)
    frame["pain"] = (3 + eta + rng.normal(0, 1, len(frame))).round(3)
    frame["inj"] = rng.poisson(np.exp(-0.2 + eta))
    return rows_of_one(frame).drop(columns=["mob", "stab"])


DATA: list[Callable[[Rng], pd.DataFrame]] = [
    unbalanced,
    one_row,
    three_athletes,
    singular_slope,
    nested,
    legs,
    wide_offset,
    rare,
    near_separation,
    large_shape,
    collinear,
    durations,
    crossed,
    scales,
]

if __name__ == "__main__":
    for seed, make in enumerate(DATA):
        table = make(np.random.default_rng([2026, seed]))
        table.to_csv(Path(__file__).parent / f"{make.__name__}.csv", index=False, lineterminator="\n")
