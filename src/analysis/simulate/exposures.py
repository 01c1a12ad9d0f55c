"""What the effects of the claims act on, without error of measurement: make-up of hip work, hip scores, sides, terrain.

Each is named as the term of the claim's model (`claims.frames`) and in its unit, and is worked out from what the
simulator knows: every entry of hip work, also of weeks nobody kept a diary in, and hip tests without error.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.hip.motions import PLANES
from analysis.hip.profile import hip_profile
from analysis.hip.ratios import RATIOS
from analysis.hip.scores import DEFICIT_OF, deficit, scores_by_day, scores_by_leg, scores_measured
from analysis.hip.work import shannon_diversity, weekly_work
from analysis.simulate.clean_tables import START, days_on
from analysis.simulate.hip_work import split_dose, true_dose
from analysis.simulate.true_hip import TrueHip, true_tests
from analysis.simulate.truth import STEP_MIN, Truth
from analysis.tables.words import SIDES

PER_SD = (
    "rom_six_motions", "force", "endurance", "full_range", "centring", "control_step_down", "control_step_up",
    "control_hip_hinge", "hip_deficit",
)  # fmt: skip


@dataclass(frozen=True)
class Exposures:
    """Exposures by term, athletes x observed weeks each; made when first asked for.

    `within`: doses within the athlete by category. `entries`: all entries of `hip_work_entries`. `trail_share`: share
    of running on trails before each week (0 to 1). Not known is NaN.
    """

    athletes: pd.DataFrame
    within: dict[str, np.ndarray]
    entries: pd.DataFrame
    hip: TrueHip
    trail_share: np.ndarray
    truth: Truth

    def of(self, term: str) -> np.ndarray:
        """The exposure of an athlete; raises `KeyError` for one that is not known here."""
        if term in self._simple:
            return self._simple[term]
        return self._mix[term] if term in self._mix else self._of_tests[term]

    def of_leg(self, side: str, term: str) -> np.ndarray:
        """1 where that leg is the weaker ("weaker_side_yes") or the stiffer one, else 0."""
        k = SIDES.index(side)
        values = self._on_weeks(self.hip.deg.mean(axis=2))
        if term == "weaker_side_yes":
            force = self.hip.force_n / self.hip.force_n.sum(axis=-1, keepdims=True)
            values = np.broadcast_to(force.mean(axis=1)[:, None], values.shape)
        return (values[..., k] < values[..., 1 - k]).astype(float)

    def elsewhere(self, region: str, side: str, term: str) -> np.ndarray:
        """The exposure of pain in a region: named_side_deficit is of its side, for the shoulder of the other one."""
        if term != "named_side_deficit":
            return self.of(term)
        if side not in SIDES:
            return np.full(self.trail_share.shape, np.nan)
        named = SIDES[1 - SIDES.index(side)] if region == "shoulder" else side
        return self.of(f"hip_deficit_{named}")

    @cached_property
    def _simple(self) -> dict[str, np.ndarray]:
        weeks = np.arange(self.trail_share.shape[1])
        doses = {f"{category}_within": dose for category, dose in self.within.items()}
        programme = np.broadcast_to(weeks / 10, self.trail_share.shape)
        return doses | {"trail_share": 10 * self.trail_share, "programme_10_weeks": programme}

    @cached_property
    def _mix(self) -> dict[str, np.ndarray]:
        weekly = self._weekly_work()
        planes = {plane: self._dose(weekly[f"{plane}_min"]) for plane in PLANES}
        total = sum(planes.values())
        share = 1 - np.divide(planes["sagittal"], total, out=np.full_like(total, np.nan), where=total > 0)
        diversity = shannon_diversity(np.stack([p.ravel() for p in planes.values()], axis=1)).reshape(total.shape)
        doses = {
            "non_sagittal": share / 0.1,
            "planes": np.exp(diversity) / 0.5,
            "deep": self._dose(weekly["deep_or_control_min"]) / STEP_MIN,
            "before_run": self._dose(weekly["before_run_min"]) / STEP_MIN,
            "days": self._dose(weekly["days"]),
            "full_sequence": self._dose(weekly["full_sequence"]),
        }
        return {f"{name}_within": split_dose(dose)[1] for name, dose in doses.items()}

    def _weekly_work(self) -> dict[str, np.ndarray]:
        """What `hip.work.weekly_work` counts, athletes x weeks, burn-in weeks first; 0 in a week without work."""
        ids = self.athletes["athlete_id"].to_numpy()[self.entries["athlete"]]
        weekly = weekly_work(self.entries.assign(athlete_id=ids, date=days_on(self.entries["day"])))
        row = pd.Index(self.athletes["athlete_id"]).get_indexer(weekly["athlete_id"])
        burn_in = self.truth.dose_burn_in_weeks
        column = (weekly["week_start"] - START).dt.days.to_numpy() // 7 + burn_in
        found = {}
        for name in (
            *(f"{plane}_min" for plane in PLANES),
            "deep_or_control_min",
            "before_run_min",
            "days",
            "full_sequence",
        ):
            found[name] = np.zeros((len(self.athletes), burn_in + self.trail_share.shape[1]))
            found[name][row, column] = weekly[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        return found

    def _dose(self, weekly: np.ndarray) -> np.ndarray:
        return true_dose(weekly, self.truth.dose_burn_in_weeks, self.truth.dose_half_life_weeks)

    @cached_property
    def _of_tests(self) -> dict[str, np.ndarray]:
        tests = true_tests(self.athletes, self.hip)
        ids = self.athletes["athlete_id"].to_numpy()[tests["athlete"]]
        tests = tests.assign(athlete_id=ids, date=days_on(tests["day"]))
        profile = hip_profile(tests, self.athletes)
        by_leg = scores_by_leg(profile)
        by_day = scores_by_day(tests, profile, by_leg)
        measured = scores_measured(by_leg)
        by_day["hip_deficit"] = deficit(by_day, measured)
        known = {name: self._weekly_score(by_day, name) for name in by_day if name not in ("athlete_id", "date")}
        scores = {name: per_sd(known[name]) for name in PER_SD}
        scores |= {f"{name}_tenths": 10 * known[name] for name in RATIOS}
        scores["capacity_imbalance"] = known["capacity_imbalance"]
        for side in SIDES:
            leg = by_leg[by_leg["side"] == side]
            own = self._weekly_score(leg.assign(deficit=deficit(leg[list(DEFICIT_OF)], measured)), "deficit")
            scores[f"hip_deficit_{side}"] = per_sd(own, of=known["hip_deficit"])
        return scores

    def _weekly_score(self, by_day: pd.DataFrame, name: str) -> np.ndarray:
        """A score of a test day (rows by athlete_id and date), athletes x weeks."""
        ordered = by_day.sort_values("date").assign(test=lambda d: d.groupby("athlete_id").cumcount())
        wide = ordered.pivot(index="athlete_id", columns="test", values=name).reindex(self.athletes["athlete_id"])
        return self._on_weeks(wide.to_numpy(dtype=float))

    def _on_weeks(self, by_test: np.ndarray) -> np.ndarray:
        """Values of each test day (athletes x test days …) as last known before each week, first ones before that."""
        monday = 7 * np.arange(self.trail_share.shape[1])
        last = (self.hip.day[:, None, :] < monday[None, :, None]).sum(axis=2) - 1
        return by_test[np.arange(len(by_test))[:, None], np.maximum(last, 0)]


def per_sd(values: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
    """Values (athletes x weeks) about the mean over athletes, in SD between athletes, of each one's mean of `of`."""
    known = values if of is None else of
    by_athlete = np.array([row[~np.isnan(row)].mean() if (~np.isnan(row)).any() else np.nan for row in known])
    by_athlete = by_athlete[~np.isnan(by_athlete)]
    if len(by_athlete) < 2 or by_athlete.std(ddof=1) == 0:
        return np.full_like(values, np.nan)
    return (values - by_athlete.mean()) / by_athlete.std(ddof=1)
