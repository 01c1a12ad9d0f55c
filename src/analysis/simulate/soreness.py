"""Soreness on the day after hip work."""

import numpy as np
import pandas as pd

from analysis.simulate.claim_effects import effect_of
from analysis.simulate.randomness import stream
from analysis.simulate.truth import Truth

SORENESS_FRAILTY_SD, SORENESS_SD = 0.6, 1.0
TOLD_SHARE = 0.85
"""Share of days of hip work of which the soreness was written down; chosen, not measured."""
WEEK_D, USUAL_D = 7, 28


def soreness_next_day(entries: pd.DataFrame, n_athletes: int, seed: int, truth: Truth) -> tuple[np.ndarray, float]:
    """Rating of each entry, the same for all of a day, NaN where it was not told; and the share of
    soreness between 0 and 10.

    Higher after a jump: minutes of the seven days up to and including the day, over the weekly mean of the 28 days
    before those seven (CLAIMS too_much).
    """
    rng = stream(seed, "soreness")
    days = entries.groupby(["athlete", "day"], as_index=False)["duration_min"].sum()
    jump = work_jump_doublings(days, n_athletes, truth.dose_burn_in_weeks)
    frailty = rng.normal(0, SORENESS_FRAILTY_SD, n_athletes)[days["athlete"]]
    latent = truth.soreness_level + frailty + rng.normal(0, SORENESS_SD, len(days))
    latent = latent + effect_of(truth, "soreness", lambda _: jump)
    rating = np.clip(np.rint(latent), 0, 10)
    rating[rng.random(len(days)) >= TOLD_SHARE] = np.nan
    told = days.assign(rating=rating)[["athlete", "day", "rating"]]
    unclipped = float(((latent > 0) & (latent < 10)).mean()) if len(latent) else 1.0
    return entries[["athlete", "day"]].merge(told, on=["athlete", "day"], how="left")["rating"].to_numpy(), unclipped


def work_jump_doublings(days: pd.DataFrame, n_athletes: int, burn_in_weeks: int) -> np.ndarray:
    """log2 of the jump of each day of work (athlete, day, duration_min); NaN where the usual is 0 or unknown."""
    first = -7 * burn_in_weeks
    minutes = np.zeros((n_athletes, int(days["day"].to_numpy().max(initial=first)) - first + 1))
    minutes[days["athlete"], days["day"] - first] = days["duration_min"]
    total = np.concatenate([np.zeros((n_athletes, 1)), np.cumsum(minutes, axis=1)], axis=1)
    athlete, last = days["athlete"].to_numpy(), days["day"].to_numpy() - first + 1
    start = np.maximum(last - WEEK_D, 0)
    recent = total[athlete, last] - total[athlete, start]
    usual = (total[athlete, start] - total[athlete, np.maximum(start - USUAL_D, 0)]) * WEEK_D / USUAL_D
    known = (last >= WEEK_D + USUAL_D) & (usual > 0)
    return np.log2(np.divide(recent, usual, out=np.full(len(days), np.nan), where=known))
