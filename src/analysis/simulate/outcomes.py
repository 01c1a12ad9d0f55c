"""Weekly pain by region and side, and the OSTRC answers that follow from pain, injuries and illnesses."""

from collections.abc import Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from analysis.simulate.claim_effects import effect_of
from analysis.simulate.exposures import Exposures
from analysis.simulate.randomness import autoregressive, stream
from analysis.simulate.truth import Truth
from analysis.tables.words import SIDES

UNSIDED_REGIONS = ("low_back", "pelvis")
REMOTE_LEVELS = {
    "knee": 1.0, "low_back": 1.2, "lateral_thigh": 0.4, "lower_leg": 0.8, "hamstring": 0.5, "pelvis": 0.2,
    "shoulder": 0.3,
}  # fmt: skip
"""Pain elsewhere: its level; it shares half of the athlete's frailty and knows nothing of hip work."""
USUAL_SIDE_SHARE = 0.85


def latent_pain(
    athletes: pd.DataFrame,
    within: dict[str, np.ndarray],
    between: dict[str, np.ndarray],
    log_acute: np.ndarray,
    exposures: Exposures,
    seed: int,
    truth: Truth,
) -> np.ndarray:
    """Hip and groin pain before rounding and clipping, athletes x weeks, without open injuries.

    `within` and `between`: category -> dose deviation and centred mean dose, in steps of 30 min/week. `exposures`: what
    the other claims are about.
    """
    n, n_weeks = log_acute.shape
    noise = autoregressive(stream(seed, "pain"), n, n_weeks, truth.pain_noise_sd, truth.pain_autocorrelation)
    pain = truth.pain_level + athletes["pain_frailty"].to_numpy()[:, None] + noise
    pain += truth.pain_previous_injury * athletes["previous_injury"].to_numpy()[:, None]
    pain += truth.pain_build_up * np.linspace(0, 1, n_weeks) + truth.pain_acute_load * log_acute
    pain += athletes["pain_mobility_slope"].to_numpy()[:, None] * within["mobility"]
    pain += truth.pain_stability_within * within["stability"]
    pain += truth.pain_mobility_between * between["mobility"]
    pain += truth.pain_stability_between * between["stability"]
    return pain + effect_of(truth, "pain", exposures.of)


def remote_pain(athletes: pd.DataFrame, n_weeks: int, region: str, seed: int, truth: Truth) -> np.ndarray:
    """Pain of a region of `REMOTE_LEVELS` before rounding and clipping, athletes x weeks, without open injuries and
    what hips do to it."""
    rng = stream(seed, f"pain {region}")
    shared = 0.5 * athletes["pain_frailty"].to_numpy() + rng.normal(0, 0.7, len(athletes))
    noise = autoregressive(rng, len(athletes), n_weeks, truth.pain_noise_sd, truth.pain_autocorrelation)
    return REMOTE_LEVELS[region] + truth.pain_elsewhere_shift + shared[:, None] + noise


def open_injuries(problems: pd.DataFrame, region: str, n_athletes: int, n_weeks: int) -> dict[str, np.ndarray]:
    """side -> truth values (athletes x weeks): an injury of that region and side is open in the week."""
    sides = ("unspecified",) if region in UNSIDED_REGIONS else SIDES
    found = {side: np.zeros((n_athletes, n_weeks), dtype=bool) for side in sides}
    here = problems[(problems["problem_type"] == "injury") & (problems["region"] == region)]
    for p in here.itertuples():
        found[p.side][p.athlete, p.onset_day // 7 : (p.return_day - 1) // 7 + 1] = True
    return found


def pain_of_sides(
    latent: np.ndarray,
    opened: dict[str, np.ndarray],
    of_side: Mapping[str, np.ndarray | float],
    usual_side: np.ndarray,
    seed: int,
    region: str,
    truth: Truth,
) -> dict[str, np.ndarray]:
    """side -> pain before rounding and clipping, athletes x weeks; the worst side carries `latent`, the other less.

    Where one side is injured it is the worst side; else mostly the athlete's usual side. An open injury and what hips
    do to that side (`of_side`) are added.
    """
    injured = np.any(list(opened.values()), axis=0)
    worst = latent + truth.pain_open_injury * injured
    if len(opened) == 1:
        return {side: worst + of_side[side] for side in opened}
    rng = stream(seed, f"sides {region}")
    usual_left = (usual_side == "left")[:, None]
    left = np.where(rng.random(latent.shape) < USUAL_SIDE_SHARE, usual_left, ~usual_left)
    left = np.where(opened["left"] ^ opened["right"], opened["left"], left)
    lesser = worst - rng.exponential(2.0, latent.shape)
    sides = {"left": np.where(left, worst, lesser), "right": np.where(left, lesser, worst)}
    return {side: pain + of_side[side] for side, pain in sides.items()}


def side_effects(region: str, side: str, exposures: Exposures, truth: Truth) -> np.ndarray | float:
    """What the claims add to pain of a region on a side: of hip and groin by the weaker and stiffer leg, elsewhere by
    the hip deficit, of the side and of both."""
    if region == "hip_groin":
        return effect_of(truth, "leg_pain", partial(exposures.of_leg, side))
    return effect_of(truth, "pain_elsewhere", partial(exposures.elsewhere, region, side))


def rate_pain(pain: np.ndarray) -> np.ndarray:
    """The rating 0-10 of pain."""
    return np.clip(np.rint(pain), 0, 10).astype(int)


def unclipped(pain: Iterable[np.ndarray]) -> float:
    """The share of values between 0 and 10, about that by which an effect on them is one on the rating."""
    values = np.concatenate([p.ravel() for p in pain])
    return float(((values > 0) & (values < 10)).mean())


def lost_days(problems: pd.DataFrame, kind: str, n_athletes: int, n_weeks: int) -> np.ndarray:
    """Days (0-7) of each week lost to problems of a kind ('injury' or 'illness'), athletes x weeks."""
    lost = np.zeros((n_athletes, 7 * n_weeks), dtype=bool)
    for p in problems[problems["problem_type"] == kind].itertuples():
        lost[p.athlete, p.onset_day + 1 : p.return_day] = True
    return lost.reshape(n_athletes, n_weeks, 7).sum(axis=2)


def ostrc_answers(worst_pain: np.ndarray, injured_days: np.ndarray, ill_days: np.ndarray) -> dict[str, np.ndarray]:
    """OSTRC-H version 2 answers q1 to q4 (codes 0, 8, 17, 25) and problem_type, athletes x weeks.

    Q1 = 0 ends the form (Clarsen 2020): the others are then NaN. A problem is pain of 5 or more, or a lost day.
    """
    days = np.maximum(injured_days, ill_days)
    q1 = _code(
        [(worst_pain >= 5) | (days >= 1), (days >= 1) & (worst_pain >= 5) | (days >= 2) | (worst_pain >= 8), days >= 6]
    )
    q2 = _code([(worst_pain >= 6) | (days >= 1), (worst_pain >= 8) | (days >= 2), days >= 5])
    q3 = _code([(worst_pain >= 6) | (days >= 1), (worst_pain >= 9) | (days >= 3), days >= 6])
    q4 = _code([(worst_pain >= 2) | (days >= 1), (worst_pain >= 5) | (days >= 4), worst_pain >= 8])
    answers = {"ostrc_q1": q1.astype(float)}
    answers |= {f"ostrc_q{k}": np.where(q1 == 0, np.nan, q) for k, q in ((2, q2), (3, q3), (4, q4))}
    kind = np.where((ill_days > injured_days) & (worst_pain < 5), "illness", "injury").astype(object)
    answers["problem_type"] = np.where(q1 == 0, None, kind)
    return answers


def _code(steps: list[np.ndarray]) -> np.ndarray:
    """0, 8, 17 or 25 by how far up the steps (each a truth value, weakest first) a week gets."""
    return np.select([steps[2], steps[1], steps[0]], [25, 17, 8], 0)
