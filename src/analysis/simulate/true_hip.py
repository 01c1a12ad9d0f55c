"""The hips of a cohort as they really were on each planned test day, before any error of measurement."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.simulate.functional_tests import (
    CONTROL_TESTS,
    END_RANGE_POSITION,
    HOLD_POSITION,
    first_balance_s,
    true_end_range_share,
    true_hold_s,
    true_score,
)
from analysis.simulate.hip_change import balance_on_days, mean_between, range_on_days
from analysis.simulate.randomness import stream
from analysis.simulate.truth import Truth
from analysis.tables.words import MOTIONS, WHOLE_LEG

TEST_WEEKS = (0, 12, 24)

STRENGTH_N_KG = {
    "flexion": (3.8, "supine"), "extension": (3.1, "prone"), "abduction": (3.5, "supine"),
    "adduction": (3.1, "supine"), "internal_rotation": (1.9, "prone"), "external_rotation": (1.55, "prone"),
}  # fmt: skip
"""Force of men in N per kg of body mass, and position; of the size of RBDS (Fukuchi 2017) and Alvarenga. Flexion,
abduction and adduction share a position, since only then is their ratio made (`hip.ratios`): supine, the one in which
Tourville 2013 (Sports Health 5:129) tested all three. Differences of position in force are left out."""

ROM_DEG = {
    "flexion": (130, 133, 8.0, 0.0, "supine"), "extension": (17, 18, 5.0, 0.0, "prone"),
    "abduction": (45, 47, 6.5, -0.19, "side_lying"), "adduction": (25, 26, 4.5, 0.0, "supine"),
    "internal_rotation": (36.7, 46.0, 8.5, 0.0, "prone"), "external_rotation": (41.0, 42.0, 8.0, -0.30, "prone"),
}  # fmt: skip
"""Degrees in men and women, SD, slope per year of age from 35, position: CDC (Soucie 2011), Mosler, prone runners."""

FEMALE_STRENGTH, STRENGTH_CV = 0.86, 0.17
SHARED_STRENGTH = 0.7
SIDE_CV, SIDE_DEG = 0.06, 2.0
MOST_SD = 1.6
"""No runner's range is further from the mean: flexion of 150 degrees and more would be taken for an error of typing."""
ROTATIONS = ("internal_rotation", "external_rotation")
RATERS = ("KE", "MS")
"""Initials of the two who test, in turn."""


@dataclass(frozen=True)
class TrueHip:
    """What the hips of the cohort really were on each planned test day, before any error of measurement.

    Motions are `tables.words.MOTIONS`, sides left and right. `day` (since the first Monday): athletes x test days.
    `force_n`: mid-range force, athletes x motions x sides. `deg`: range, athletes x test days x motions x sides.
    `end_range_share` (of mid-range force): athletes x motions of `END_RANGE_POSITION` x sides. `hold_s`: athletes x
    sides. `score`: before rounding, athletes x tests of `CONTROL_TESTS` x sides. `balance_s`: time on one leg, athletes
    x test days x sides. What has no test days is constant.
    """

    day: np.ndarray
    force_n: np.ndarray
    deg: np.ndarray
    end_range_share: np.ndarray
    hold_s: np.ndarray
    score: np.ndarray
    balance_s: np.ndarray


@dataclass(frozen=True)
class FunctionalReadings:
    """Values of functional tests: athletes x test days x motions or tests (where several) x sides x trials."""

    end_range_n: np.ndarray
    hold_s: np.ndarray
    score: np.ndarray
    balance_s: np.ndarray


def true_hip(athletes: pd.DataFrame, minutes: dict[str, np.ndarray], n_weeks: int, seed: int, truth: Truth) -> TrueHip:
    """The true hips of a cohort of `n_weeks` observed weeks. The same arguments give the same hips.

    `minutes`: "mobility", "stability" and "loading" (control and activation work) -> true minutes of the observed
    weeks, athletes x weeks. Strength, endurance and control are traits; range and balance change from test to test
    (`hip_change`).
    """
    n, day = len(athletes), _planned_days(len(athletes), n_weeks, seed)
    between = {kind: mean_between(weekly, day) for kind, weekly in minutes.items()}
    return TrueHip(
        day=day,
        force_n=_true_force_n(athletes, seed),
        deg=range_on_days(_first_deg(athletes, seed), between["mobility"], between["loading"], seed, truth),
        end_range_share=true_end_range_share(n, seed),
        hold_s=true_hold_s(n, seed),
        score=true_score(n, seed),
        balance_s=balance_on_days(
            first_balance_s(athletes["age_y"], seed), between["stability"], athletes["age_y"], seed, truth
        ),
    )


def true_tests(athletes: pd.DataFrame, hip: TrueHip) -> pd.DataFrame:
    """The tests of all planned days of all athletes without any error, one trial each; scores not rounded.

    Columns as `assessments.hip_tests`. With athlete_id and date joined, `hip.profile.hip_profile` reads it.
    """
    every_day = np.ones(hip.day.shape, dtype=bool)
    n_days = hip.day.shape[1]

    def constant(values: np.ndarray) -> np.ndarray:
        return np.repeat(values[:, None, ..., None], n_days, axis=1)

    functional = FunctionalReadings(
        end_range_n=constant(end_range_n(hip.force_n, hip.end_range_share)),
        hold_s=constant(hip.hold_s),
        score=constant(hip.score),
        balance_s=hip.balance_s[..., None],
    )
    basic = basic_rows(constant(hip.force_n), hip.deg[..., None], hip.day, every_day)
    return with_context(basic + functional_rows(functional, hip.day, every_day), athletes)


def end_range_n(force_n: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Force at end range; `force_n` ... x motions x sides, `share` ... x motions of `END_RANGE_POSITION` x sides."""
    return force_n[..., [MOTIONS.index(m) for m in END_RANGE_POSITION], :] * share


def basic_rows(force_n: np.ndarray, deg: np.ndarray, day: np.ndarray, kept: np.ndarray) -> list[pd.DataFrame]:
    """Isometric strength and passive range, a row a trial of a day in `kept` (athletes x test days).

    `force_n`, `deg`: athletes x test days x motions x sides x trials.
    """
    frames = []
    for k, motion in enumerate(MOTIONS):
        of = {"motion": motion, "quality": "strength_isometric", "position": STRENGTH_N_KG[motion][1]}
        frames.append(_rows(force_n[:, :, k], day, kept, "force_n", of))
    for k, motion in enumerate(MOTIONS):
        of = {"motion": motion, "quality": "rom_passive", "position": ROM_DEG[motion][4]}
        frames.append(_rows(deg[:, :, k], day, kept, "angle_deg", of))
    return frames


def functional_rows(readings: FunctionalReadings, day: np.ndarray, kept: np.ndarray) -> list[pd.DataFrame]:
    """Strength at end range, endurance, control and balance, as `basic_rows`."""
    frames = []
    for k, (motion, position) in enumerate(END_RANGE_POSITION.items()):
        of = {"motion": motion, "quality": "end_range_strength", "position": position}
        frames.append(_rows(readings.end_range_n[:, :, k], day, kept, "force_n", of))
    of = {"motion": "abduction", "quality": "endurance", "position": HOLD_POSITION}
    frames.append(_rows(readings.hold_s, day, kept, "time_s", of))
    for k, (position, test) in enumerate(CONTROL_TESTS.items()):
        of = {"motion": WHOLE_LEG, "quality": "control", "position": position, "score_scale": test.scale}
        frames.append(_rows(readings.score[:, :, k], day, kept, "score", of))
    of = {"motion": WHOLE_LEG, "quality": "balance", "position": "single_leg_stance"}
    frames.append(_rows(readings.balance_s, day, kept, "time_s", of))
    return frames


def lever_arms_m(athletes: pd.DataFrame) -> dict[str, np.ndarray]:
    """Lever arms by motion: hip to just above the knee, or knee to just above the ankle for the rotations."""
    thigh = (0.23 * athletes["height_cm"] / 100).round(2).to_numpy()
    shank = (0.21 * athletes["height_cm"] / 100).round(2).to_numpy()
    return {motion: shank if motion in ROTATIONS else thigh for motion in MOTIONS}


def with_context(frames: list[pd.DataFrame], athletes: pd.DataFrame) -> pd.DataFrame:
    """The tests as one table, with the lever arm of those of force, and who tested: one of two, a whole day each."""
    tests = pd.concat(frames, ignore_index=True)
    arm = np.full(len(tests), np.nan)
    for motion, of_athlete in lever_arms_m(athletes).items():
        rows = (tests["motion"].eq(motion) & tests["force_n"].notna()).to_numpy()
        arm[rows] = of_athlete[tests.loc[rows, "athlete"]]
    rater = np.array(RATERS)[(tests["athlete"] + tests["day"]) % 2]
    return tests.assign(lever_arm_m=arm, rater=rater)


def _planned_days(n: int, n_weeks: int, seed: int) -> np.ndarray:
    """Monday to Friday of each test week of the study, athletes x test days."""
    weeks = np.array([w for w in TEST_WEEKS if w < n_weeks])
    return 7 * weeks + stream(seed, "hip test days").integers(0, 5, (len(weeks), n)).T


def _true_force_n(athletes: pd.DataFrame, seed: int) -> np.ndarray:
    """True force, athletes x motions x sides; motions of an athlete are related through one shared strength."""
    rng = stream(seed, "true force")
    n, shape = len(athletes), (len(athletes), len(MOTIONS))
    z = SHARED_STRENGTH * rng.standard_normal((n, 1)) + np.sqrt(1 - SHARED_STRENGTH**2) * rng.standard_normal(shape)
    level = np.array([STRENGTH_N_KG[m][0] for m in MOTIONS])
    sex = np.where(athletes["sex"] == "female", FEMALE_STRENGTH, 1.0)[:, None]
    force = level * sex * np.exp(STRENGTH_CV * z) * athletes["body_mass_kg"].to_numpy()[:, None]
    return force[:, :, None] * np.exp(SIDE_CV * rng.standard_normal((*shape, 2)))


def _first_deg(athletes: pd.DataFrame, seed: int) -> np.ndarray:
    """True range of motion on the first test day, athletes x motions x sides."""
    rng = stream(seed, "true range on the first day")
    female = (athletes["sex"] == "female").to_numpy()[:, None]
    men, women, sd, slope = (np.array([ROM_DEG[m][k] for m in MOTIONS]) for k in range(4))
    shape = (len(athletes), len(MOTIONS))
    level = np.where(female, women, men) + slope * (athletes["age_y"].to_numpy()[:, None] - 35)
    own = np.clip(rng.standard_normal(shape), -MOST_SD, MOST_SD)
    values = (level + sd * own)[:, :, None] + SIDE_DEG * rng.standard_normal((*shape, 2))
    return np.maximum(values, 0)


def _rows(values: np.ndarray, day: np.ndarray, kept: np.ndarray, column: str, of: dict[str, str]) -> pd.DataFrame:
    """One row a value of one test, athletes x test days x sides x trials, of the days in `kept`."""
    athlete, test, side, trial = np.nonzero(np.broadcast_to(kept[:, :, None, None], values.shape))
    frame = pd.DataFrame(
        {
            "athlete": athlete,
            "day": day[athlete, test],
            "side": np.array(["left", "right"])[side],
            "trial_no": trial + 1,
            column: values[athlete, test, side, trial],
        }
    )
    return frame.assign(**of)
