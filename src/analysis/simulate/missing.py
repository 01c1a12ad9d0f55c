"""What is not recorded: unanswered weeks (more so with pain), late and half answers, diary gaps, dropouts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.simulate.randomness import stream
from analysis.simulate.truth import Truth

DELAY_DAYS = np.arange(10)
DELAY_SHARES = np.array([0.55, 0.25, 0.08, 0.03, 0.03, 0.02, 0.01, 0.01, 0.01, 0.01])
PAIN_BLANK_SHARE = 0.02
TWICE_SHARE = 0.03
CENTRE_PAIN = 3.0


@dataclass(frozen=True)
class Recorded:
    """What of each athlete-week is recorded, all athletes x weeks but `n_weeks_in` (weeks until dropout).

    `answered`: the weekly form came back; `pain_blank`: but without the pain ratings; `twice`: it came twice;
    `delay_days`: days from the week's Sunday to the (last) answer; `diary`: the hip-work diary was kept.
    """

    n_weeks_in: np.ndarray
    answered: np.ndarray
    pain_blank: np.ndarray
    twice: np.ndarray
    delay_days: np.ndarray
    diary: np.ndarray

    @property
    def watched(self) -> np.ndarray:
        """Truth values, athletes x weeks: the athlete had not left."""
        return np.arange(self.answered.shape[1]) < self.n_weeks_in[:, None]


def record(athletes: pd.DataFrame, pain: np.ndarray, seed: int, truth: Truth) -> Recorded:
    """Draw what is recorded; `pain` is the worst hip and groin rating, athletes x weeks.

    logit(chance to answer) = logit(response_share) + athlete + response_log_odds_per_point (pain - 3). The
    pain of the week itself decides, so the answers are missing not at random.
    """
    rng = stream(seed, "missing")
    shape = pain.shape
    left_after = rng.random(shape) < truth.dropout_rate_per_week
    n_weeks_in = np.where(left_after.any(axis=1), left_after.argmax(axis=1) + 1, shape[1])
    base = np.clip(truth.response_share, 1e-9, 1 - 1e-9)
    log_odds = np.log(base / (1 - base)) + athletes["response_frailty"].to_numpy()[:, None]
    log_odds = log_odds + truth.response_log_odds_per_point * (pain - CENTRE_PAIN)
    watched = np.arange(shape[1]) < n_weeks_in[:, None]
    answered = (rng.random(shape) < 1 / (1 + np.exp(-log_odds))) & watched
    return Recorded(
        n_weeks_in=n_weeks_in,
        answered=answered,
        pain_blank=answered & (rng.random(shape) < PAIN_BLANK_SHARE),
        twice=answered & (rng.random(shape) < TWICE_SHARE),
        delay_days=rng.choice(DELAY_DAYS, shape, p=DELAY_SHARES),
        diary=(rng.random(shape) >= truth.diary_gap_share) & watched,
    )


def spans_of(kept: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each unbroken run of true values."""
    edges = np.diff(np.concatenate([[0], kept.astype(int), [0]]))
    return list(zip(np.nonzero(edges == 1)[0], np.nonzero(edges == -1)[0] - 1, strict=True))
