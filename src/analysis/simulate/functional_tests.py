"""Endurance, strength at end range and control of the leg, on the days of the other hip tests, one trial a side."""

import numpy as np
import pandas as pd

from analysis.simulate.randomness import stream
from analysis.tables.words import MOTIONS, WHOLE_LEG

END_RANGE_POSITION = {"extension": "prone", "abduction": "side_lying"}
END_RANGE_SHARE, END_RANGE_SD = 0.72, 0.08
"""Force at end range as a share of that in mid-range; SD between legs."""
HOLD_S, HOLD_LOG_SD = 60.0, 0.35
STEP_DOWN, STEP_DOWN_SD = 2.0, 1.2
SIDE_SHARE = 0.3
"""Part of a trait's SD by which the legs of one athlete differ."""
DAY_SHARE = 0.25


def functional_tests(force_n: np.ndarray, came: np.ndarray, day: np.ndarray, seed: int) -> pd.DataFrame:
    """One row a test: athlete (row number), day, motion, side, trial_no, quality, position and its measure.

    `force_n`: true force in mid-range (athletes x motions x sides). `came`, `day`: athletes x test days, as for the
    other tests. Measures: force_n at end range of extension and abduction, time_s of a side-lying hold in abduction,
    score of the lateral step-down (0 to 6, 0 best).
    """
    rng = stream(seed, "functional tests")
    n, n_days = came.shape
    tables = []
    for motion, position in END_RANGE_POSITION.items():
        share = (END_RANGE_SHARE + END_RANGE_SD * _trait(n, n_days, rng)).clip(0.3, 1.1)
        force = (force_n[:, None, MOTIONS.index(motion), :] * share).round()
        tables.append(_long(force, came, day, "force_n", motion, "end_range_strength", position))
    hold = (HOLD_S * np.exp(HOLD_LOG_SD * _trait(n, n_days, rng))).round()
    tables.append(_long(hold, came, day, "time_s", "abduction", "endurance", "side_lying"))
    score = (STEP_DOWN + STEP_DOWN_SD * _trait(n, n_days, rng)).round().clip(0, 6)
    step_down = _long(score, came, day, "score", WHOLE_LEG, "control", "step_down")
    return pd.concat([*tables, step_down.assign(score_scale="lateral_step_down_0_6")], ignore_index=True)


def _trait(n: int, n_days: int, rng: np.random.Generator) -> np.ndarray:
    """A standard trait with parts of its own for the side and the day, athletes x test days x sides."""
    athlete = np.sqrt(1 - SIDE_SHARE**2 - DAY_SHARE**2) * rng.standard_normal((n, 1, 1))
    side = SIDE_SHARE * rng.standard_normal((n, 1, 2))
    return athlete + side + DAY_SHARE * rng.standard_normal((n, n_days, 2))


def _long(
    values: np.ndarray, came: np.ndarray, day: np.ndarray, column: str, motion: str, quality: str, position: str
) -> pd.DataFrame:
    athlete, test, side = np.indices(values.shape).reshape(3, -1)
    frame = pd.DataFrame(
        {
            "athlete": athlete,
            "day": day[athlete, test],
            "motion": motion,
            "side": np.array(["left", "right"])[side],
            "trial_no": 1,
            column: values.ravel(),
            "quality": quality,
            "position": position,
        }
    )
    return frame[came[athlete, test]].reset_index(drop=True)
