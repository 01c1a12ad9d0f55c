"""Injuries and illnesses week by week: they begin while running, and stop it."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.simulate.randomness import stream
from analysis.simulate.truth import Truth
from analysis.tables.words import RUNNING_SPORTS

REGION_SHARES = {
    "knee": 0.28, "lower_leg": 0.20, "ankle_foot": 0.17, "hip_groin": 0.14, "hamstring": 0.07,
    "low_back": 0.06, "lateral_thigh": 0.05, "thigh": 0.03,
}  # fmt: skip
TISSUE_SHARES = {
    "knee": {"cartilage_synovium_bursa": 0.55, "muscle_tendon": 0.30, "ligament_joint_capsule": 0.15},
    "lower_leg": {"muscle_tendon": 0.50, "bone": 0.50},
    "ankle_foot": {"muscle_tendon": 0.45, "ligament_joint_capsule": 0.35, "bone": 0.20},
    "hip_groin": {"muscle_tendon": 0.65, "cartilage_synovium_bursa": 0.35},
    "hamstring": {"muscle_tendon": 1.0},
    "low_back": {"non_specific": 0.60, "muscle_tendon": 0.40},
    "lateral_thigh": {"muscle_tendon": 0.60, "cartilage_synovium_bursa": 0.40},
    "thigh": {"muscle_tendon": 0.85, "superficial_skin": 0.15},
}
"""Chosen, not measured: what matters is that a place can be hurt again in the same tissue or in another."""
NO_DIAGNOSIS_SHARE = 0.1
ONSET_SHARES = {"gradual": 0.68, "sudden": 0.26, "mixed": 0.06}
LONGEST_LOSS_DAYS = 180
LEAST_ACUTE_MIN = 30.0
ACUTE_DECAY = 0.5


@dataclass(frozen=True)
class FollowUp:
    """What became of the planned sessions.

    `done`: a truth value per planned session. `problems`: one row per injury or illness (athlete, onset_day,
    return_day, time_loss_days and columns of the injuries table; days since the first Monday). `log_acute`:
    ln(acute load / usual load), athletes x weeks. `expected`: expected injuries, athletes x weeks, given the
    running that was done.
    """

    done: np.ndarray
    problems: pd.DataFrame
    log_acute: np.ndarray
    expected: np.ndarray


def follow_up(
    athletes: pd.DataFrame,
    sessions: pd.DataFrame,
    burn_in_minutes: np.ndarray,
    log_rate: np.ndarray,
    left_share: np.ndarray,
    seed: int,
    truth: Truth,
) -> FollowUp:
    """Run through the planned sessions in order of time.

    `log_rate` (athletes x weeks) is the log injury rate per hour before the effect of acute load, which is
    added here because injuries change it; `left_share` of the injuries of a leg are on the left. Injuries are Poisson
    in the hours of each run; no one trains on a day lost to an injury or illness.
    """
    n, n_weeks = log_rate.shape
    so_far = _so_far(sessions, draw_illnesses(n, n_weeks, seed, truth), stream(seed, "injuries"), truth)
    log_acute, expected = np.zeros((n, n_weeks)), np.zeros((n, n_weeks))
    acute, weight = _start_acute(burn_in_minutes)
    usual = athletes["usual_min"].to_numpy()
    for week in range(n_weeks):
        if weight:
            log_acute[:, week] = np.log(np.maximum(acute / weight, LEAST_ACUTE_MIN) / usual)
        rate = np.exp(log_rate[:, week] + np.log(truth.injury_acute_load) * log_acute[:, week])
        run_h = np.array(
            [_train(so_far, week, athlete, rate[athlete], left_share[athlete, week]) for athlete in range(n)]
        )
        expected[:, week] = rate * run_h
        acute, weight = 60 * run_h + ACUTE_DECAY * acute, 1 + ACUTE_DECAY * weight
    problems = _in_order(so_far.problems)
    return FollowUp(so_far.done, problems.assign(tissue=_tissues(problems["region"], seed)), log_acute, expected)


@dataclass
class _SoFar:
    """What has happened up to a week: sessions done, problems begun, and the days they cost each athlete."""

    rows: dict[tuple[int, int], np.ndarray]
    day: np.ndarray
    hours: np.ndarray
    done: np.ndarray
    problems: list[dict[str, object]]
    lost: dict[int, list[tuple[int, int]]]
    rng: np.random.Generator
    truth: Truth


def _so_far(
    sessions: pd.DataFrame, illnesses: list[dict[str, object]], rng: np.random.Generator, truth: Truth
) -> _SoFar:
    hours = np.where(sessions["sport"].isin(RUNNING_SPORTS), sessions["duration_min"] / 60, 0.0)
    lost: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for illness in illnesses:
        lost[illness["athlete"]].append((illness["onset_day"], illness["return_day"]))
    rows = sessions.groupby(["week", "athlete"]).indices
    done = np.zeros(len(sessions), dtype=bool)
    return _SoFar(rows, sessions["day"].to_numpy(), hours, done, list(illnesses), lost, rng, truth)


def _train(so_far: _SoFar, week: int, athlete: int, rate: float, left_share: float) -> float:
    """One athlete's week: sessions on days not lost are done, and may injure; hours run are returned."""
    run_h = 0.0
    for s in so_far.rows.get((week, athlete), ()):
        if any(onset < so_far.day[s] < back for onset, back in so_far.lost[athlete]):
            continue
        so_far.done[s] = True
        run_h += so_far.hours[s]
        for _ in range(so_far.rng.poisson(rate * so_far.hours[s])):
            injury = _draw_injury(athlete, int(so_far.day[s]), left_share, so_far.rng, so_far.truth)
            so_far.problems.append(injury)
            so_far.lost[athlete].append((injury["onset_day"], injury["return_day"]))
    return run_h


def log_injury_rate(
    athletes: pd.DataFrame,
    within: dict[str, np.ndarray],
    between: dict[str, np.ndarray],
    of_claims: np.ndarray | float,
    truth: Truth,
) -> np.ndarray:
    """Log injuries per hour of running, athletes x weeks, before the effect of acute load.

    `within` and `between`: category -> dose deviation and centred mean dose, in steps of 30 min/week. `of_claims`:
    what the other effects of the claims add (`claim_effects.effect_of`).
    """
    n_weeks = within["mobility"].shape[1]
    log_rate = np.full((len(athletes), n_weeks), np.log(max(truth.injury_rate_per_1000h, 1e-12) / 1000))
    log_rate += athletes["injury_log_frailty"].to_numpy()[:, None]
    log_rate += np.log(truth.injury_previous_injury) * athletes["previous_injury"].to_numpy()[:, None]
    log_rate += np.log(truth.injury_build_up) * np.linspace(0, 1, n_weeks)
    for category in within:
        log_rate += np.log(getattr(truth, f"injury_{category}_within")) * within[category]
        log_rate += np.log(getattr(truth, f"injury_{category}_between")) * between[category]
    return log_rate + of_claims


def draw_illnesses(n_athletes: int, n_weeks: int, seed: int, truth: Truth) -> list[dict[str, object]]:
    """Illnesses at a constant rate a week, unrelated to anything else; days lost geometric with mean 4."""
    rng = stream(seed, "illnesses")
    counts = rng.poisson(truth.illness_rate_per_week, (n_athletes, n_weeks))
    rows = []
    for athlete, week in zip(*np.nonzero(counts), strict=True):
        onset, loss = int(7 * week + rng.integers(0, 7)), int(rng.geometric(0.25))
        rows.append(_problem(int(athlete), onset, loss, "illness", "other", "unspecified", None))
    return rows


def _start_acute(burn_in_minutes: np.ndarray) -> tuple[np.ndarray, float]:
    acute, weight = np.zeros(len(burn_in_minutes)), 0.0
    for minutes in burn_in_minutes.T:
        acute, weight = minutes + ACUTE_DECAY * acute, 1 + ACUTE_DECAY * weight
    return acute, weight


def _draw_injury(
    athlete: int, day: int, left_share: float, rng: np.random.Generator, truth: Truth
) -> dict[str, object]:
    region = str(rng.choice(list(REGION_SHARES), p=list(REGION_SHARES.values())))
    side = "unspecified" if region == "low_back" else "left" if rng.random() < left_share else "right"
    mode = str(rng.choice(list(ONSET_SHARES), p=list(ONSET_SHARES.values())))
    loss = round(truth.time_loss_median_days * np.exp(rng.normal(0, truth.time_loss_log_sd)))
    loss = 0 if rng.random() < truth.share_without_time_loss else int(np.clip(loss, 1, LONGEST_LOSS_DAYS))
    return _problem(athlete, day, loss, "injury", region, side, mode)


def _problem(
    athlete: int, onset: int, loss: int, kind: str, region: str, side: str, mode: str | None
) -> dict[str, object]:
    """Time loss runs from the day after onset to the day before return (IOC, Bahr 2020)."""
    return {
        "athlete": athlete,
        "onset_day": onset,
        "return_day": onset + loss + 1,
        "time_loss_days": loss,
        "problem_type": kind,
        "region": region,
        "side": side,
        "onset_mode": mode,
        "definition": "time_loss" if loss else "any_complaint",
    }


def _tissues(regions: pd.Series, seed: int) -> np.ndarray:
    """The tissue hurt, by region; none for illnesses (region `other`) and for injuries nobody diagnosed."""
    rng = stream(seed, "tissues")
    drawn = []
    for region in regions:
        shares = TISSUE_SHARES.get(region)
        diagnosed = rng.random() >= NO_DIAGNOSIS_SHARE
        tissue = shares and str(rng.choice(list(shares), p=list(shares.values())))
        drawn.append(tissue if diagnosed else None)
    return np.array(drawn, dtype=object)


def _in_order(problems: list[dict[str, object]]) -> pd.DataFrame:
    columns = list(_problem(0, 0, 0, "", "", "", None))
    frame = pd.DataFrame(problems, columns=columns).sort_values(["athlete", "onset_day"], kind="stable")
    return frame.reset_index(drop=True)
