"""Who takes part: traits that clinics write down, and traits that only the simulator knows."""

import numpy as np
import pandas as pd

from analysis.simulate.randomness import stream
from analysis.simulate.truth import Truth
from analysis.tables.words import VOLUME_BANDS_KM

CLINICS = ("A", "B", "C")
BAND_EDGES_KM = (15.5, 25.5, 35.5, 45.5)
USUAL_TRAIL_LOG_ODDS = -1.8
"""Log odds that a run of the median athlete is on a trail (14 %); chosen, not measured."""


def draw_athletes(n_athletes: int, seed: int, truth: Truth) -> pd.DataFrame:
    """One row per athlete: the columns of the athletes table and the hidden traits of `_hidden`.

    Body size as in the runners of RBDS (mass 69.6 +- 7.7 kg, Fukuchi 2017) for men, 12 % lighter for women.
    Half have had a running injury before.
    """
    rng = stream(seed, "athletes")
    numbers = np.arange(n_athletes)
    clinic = np.array(CLINICS)[numbers % len(CLINICS)]
    place = numbers // len(CLINICS) + 1
    width = max(2, len(str(place.max(initial=1))))
    female = rng.random(n_athletes) < 0.5
    height = np.where(female, 168, 180) + rng.normal(0, 6.5, n_athletes)
    mass = (height / 100) ** 2 * np.where(female, 21.2, 22.6) * np.exp(rng.normal(0, 0.07, n_athletes))
    age = rng.normal(39, 9, n_athletes).clip(19, 66).round()
    frame = pd.DataFrame(
        {
            "athlete_id": [f"{c}-{p:0{width}d}" for c, p in zip(clinic, place, strict=True)],
            "clinic": clinic,
            "sex": np.where(female, "female", "male"),
            "age_y": age,
            "height_cm": height.round(),
            "body_mass_kg": mass.round(1),
            "dominant_leg": np.where(rng.random(n_athletes) < 0.88, "right", "left"),
            "experience_y": np.minimum(rng.gamma(2.0, 4.0, n_athletes), age - 15).round().clip(0),
            "previous_injury": rng.random(n_athletes) < 0.5,
        }
    )
    return frame.join(_hidden(n_athletes, rng, truth)).pipe(_with_volume_band)


def _hidden(n: int, rng: np.random.Generator, truth: Truth) -> pd.DataFrame:
    """Traits no clinic sees: habits, frailties, pace, the side that hurts, the share of runs on trails."""
    habit_sd = truth.hip_work_habit_log_sd
    return pd.DataFrame(
        {
            "usual_min": 185 * np.exp(rng.normal(0, 0.30, n)),
            "pace_min_km": 5.8 * np.exp(rng.normal(0, 0.10, n)),
            "mobility_habit_min": truth.mobility_median_min * np.exp(rng.normal(0, habit_sd, n)),
            "stability_habit_min": truth.stability_median_min * np.exp(rng.normal(0, habit_sd, n)),
            "pain_frailty": rng.normal(0, truth.pain_frailty_sd, n),
            "pain_mobility_slope": truth.pain_mobility_within + rng.normal(0, truth.pain_mobility_slope_sd, n),
            "injury_log_frailty": rng.normal(0, truth.injury_frailty_sd, n),
            "response_frailty": rng.normal(0, truth.response_frailty_sd, n),
            "painful_side": np.where(rng.random(n) < 0.5, "left", "right"),
            "trail_habit": 1 / (1 + np.exp(-(USUAL_TRAIL_LOG_ODDS + rng.normal(0, truth.trail_habit_sd, n)))),
        }
    )


def _with_volume_band(athletes: pd.DataFrame) -> pd.DataFrame:
    km = athletes["usual_min"] / athletes["pace_min_km"]
    band = np.array(VOLUME_BANDS_KM)[np.searchsorted(BAND_EDGES_KM, km)]
    return athletes.assign(weekly_volume_band_km=band)
