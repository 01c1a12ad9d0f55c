"""Hip tests in weeks 0, 12 and 24: isometric strength and passive range of motion, three trials a side, and others."""

import numpy as np
import pandas as pd

from analysis.simulate.functional_tests import functional_tests
from analysis.simulate.randomness import stream
from analysis.simulate.truth import Truth
from analysis.tables.words import MOTIONS, WHOLE_LEG

TEST_WEEKS = (0, 12, 24)
N_TRIALS = 3
MISSED_SHARE = 0.07

STRENGTH_N_KG = {
    "flexion": (3.8, "seated"), "extension": (3.1, "prone"), "abduction": (3.5, "side_lying"),
    "adduction": (3.1, "side_lying"), "internal_rotation": (1.9, "prone"), "external_rotation": (1.55, "prone"),
}  # fmt: skip
"""Force of men in N per kg of body mass, and position; of the size of RBDS (Fukuchi 2017) and Alvarenga."""

ROM_DEG = {
    "flexion": (130, 133, 8.0, 0.0, "supine"), "extension": (17, 18, 5.0, 0.0, "prone"),
    "abduction": (45, 47, 6.5, -0.19, "side_lying"), "adduction": (25, 26, 4.5, 0.0, "supine"),
    "internal_rotation": (36.7, 46.0, 8.5, 0.0, "prone"), "external_rotation": (41.0, 42.0, 8.0, -0.30, "prone"),
}  # fmt: skip
"""Degrees in men and women, SD, slope per year of age from 35, position: CDC (Soucie 2011), Mosler, prone runners."""

FEMALE_STRENGTH, STRENGTH_CV = 0.86, 0.17
SHARED_STRENGTH = 0.7
SIDE_CV, SIDE_DEG = 0.06, 2.0
TRIAL_CV, TRIAL_DEG = 0.04, 1.5
ROTATIONS = ("internal_rotation", "external_rotation")
RATERS = ("KE", "MS")
"""Initials of the two who test, in turn."""


def lever_arms_m(athletes: pd.DataFrame) -> dict[str, np.ndarray]:
    """Lever arms by motion: hip to just above the knee, or knee to just above the ankle for the rotations."""
    thigh = (0.23 * athletes["height_cm"] / 100).round(2).to_numpy()
    shank = (0.21 * athletes["height_cm"] / 100).round(2).to_numpy()
    return {motion: shank if motion in ROTATIONS else thigh for motion in MOTIONS}


def hip_tests(athletes: pd.DataFrame, n_weeks: int, n_weeks_in: np.ndarray, seed: int, truth: Truth) -> pd.DataFrame:
    """One row per trial: athlete (row number), day (since the first Monday) and the measures of hip_assessments.

    An athlete keeps true values per motion and side; each test day has an error of its own, each trial another.
    """
    rng = stream(seed, "hip tests")
    n = len(athletes)
    weeks = [w for w in TEST_WEEKS if w < n_weeks]
    came = (rng.random((n, len(weeks))) >= MISSED_SHARE) & (np.array(weeks) < n_weeks_in[:, None])
    day = 7 * np.array(weeks) + rng.integers(0, 5, (n, len(weeks)))
    force_n = _true_force_n(athletes, rng)
    strength = _values(force_n, truth.strength_error_percent / 100, TRIAL_CV, len(weeks), rng)
    degrees = _values(_true_deg(athletes, rng), truth.rom_error_deg, TRIAL_DEG, len(weeks), rng, relative=False)
    frames = [
        _long(strength, came, day, "force_n", 0).assign(quality="strength_isometric"),
        _long(degrees, came, day, "angle_deg", 0).assign(quality="rom_passive"),
    ]
    functional = functional_tests(force_n, came, day, seed)
    tests = pd.concat([*(_in_position(f) for f in frames), functional], ignore_index=True)
    return _with_context(tests, athletes)


def _true_force_n(athletes: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """True force, athletes x motions x sides; motions of an athlete are related through one shared strength."""
    n, shape = len(athletes), (len(athletes), len(MOTIONS))
    z = SHARED_STRENGTH * rng.standard_normal((n, 1)) + np.sqrt(1 - SHARED_STRENGTH**2) * rng.standard_normal(shape)
    level = np.array([STRENGTH_N_KG[m][0] for m in MOTIONS])
    sex = np.where(athletes["sex"] == "female", FEMALE_STRENGTH, 1.0)[:, None]
    force = level * sex * np.exp(STRENGTH_CV * z) * athletes["body_mass_kg"].to_numpy()[:, None]
    return force[:, :, None] * np.exp(SIDE_CV * rng.standard_normal((*shape, 2)))


def _true_deg(athletes: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """True range of motion, athletes x motions x sides."""
    female = (athletes["sex"] == "female").to_numpy()[:, None]
    men, women, sd, slope = (np.array([ROM_DEG[m][k] for m in MOTIONS]) for k in range(4))
    shape = (len(athletes), len(MOTIONS))
    level = np.where(female, women, men) + slope * (athletes["age_y"].to_numpy()[:, None] - 35)
    return (level + sd * rng.standard_normal(shape))[:, :, None] + SIDE_DEG * rng.standard_normal((*shape, 2))


def _values(
    true: np.ndarray, day_error: float, trial_error: float, n_days: int, rng: np.random.Generator, relative: bool = True
) -> np.ndarray:
    """Measured values, athletes x test days x motions x sides x trials; errors in % of the value, or absolute."""
    n, n_motions, n_sides = true.shape
    error = day_error * rng.standard_normal((n, n_days, n_motions, n_sides, 1))
    error = error + trial_error * rng.standard_normal((n, n_days, n_motions, n_sides, N_TRIALS))
    value = true[:, None, :, :, None]
    return value * np.exp(error) if relative else value + error


def _long(values: np.ndarray, came: np.ndarray, day: np.ndarray, column: str, decimals: int) -> pd.DataFrame:
    athlete, test, motion, side, trial = np.indices(values.shape).reshape(5, -1)
    frame = pd.DataFrame(
        {
            "athlete": athlete,
            "day": day[athlete, test],
            "motion": np.array(MOTIONS)[motion],
            "side": np.array(["left", "right"])[side],
            "trial_no": trial + 1,
            column: np.round(values.ravel(), decimals),
        }
    )
    return frame[came[athlete, test]].reset_index(drop=True)


def _in_position(frame: pd.DataFrame) -> pd.DataFrame:
    is_force = "force_n" in frame
    position = {m: (STRENGTH_N_KG[m][1] if is_force else ROM_DEG[m][4]) for m in MOTIONS}
    return frame.assign(position=frame["motion"].map(position))


def _with_context(tests: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """The tests with the lever arm of those of force, and who tested: one of two, a whole day each."""
    arms = lever_arms_m(athletes) | {WHOLE_LEG: np.full(len(athletes), np.nan)}
    arm = np.array([arms[m][a] for m, a in zip(tests["motion"], tests["athlete"], strict=True)], dtype=float)
    rater = np.array(RATERS)[(tests["athlete"] + tests["day"]) % 2]
    return tests.assign(lever_arm_m=np.where(tests["force_n"].notna(), arm, np.nan), rater=rater)
