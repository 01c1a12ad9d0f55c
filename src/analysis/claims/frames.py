"""The rows that claims are estimated from, each frame made once and only if a claim asks for it.

Units are those that are read: per dose step (30 min/week unless the study says otherwise), per 10 percentage points of
a share, per day a week, per tenth of a ratio, per half a plane, per SD between the runners of the cohort.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.claims.frames_of_tests import balance_changes, gains_kept, range_changes
from analysis.claims.hip_terms import PER_SD, change_of
from analysis.claims.plan import model_frame
from analysis.claims.primary import ADJUSTMENT
from analysis.hip.exercises import exercise_library
from analysis.hip.profile import ROM, hip_profile
from analysis.hip.ratios import RATIOS
from analysis.hip.reliability import error_of_differences
from analysis.hip.retention import gain_retention, rom_gains
from analysis.hip.work import LOADING, minutes_from_sets
from analysis.panel import hip_scores_before, leg_weeks, region_weeks, work_days, work_mix
from analysis.panel.exposure import LOAD_SCALES, WeeklyRows
from analysis.panel.regions import REMOTE_REGIONS
from analysis.study import Study
from analysis.tables import RAW_TABLES
from analysis.tables.words import RUNNING_SPORTS
from analysis.training_load import week_start

WITHIN = {
    "non_sagittal": ("non_sagittal_share_{}", 0.1),
    "planes": ("plane_effective_{}", 0.5),
    "deep": ("deep_or_control_dose_{}_min", None),
    "other_stability": ("other_stability_dose_{}_min", None),
    "before_run": ("before_run_dose_{}_min", None),
    "after_run": ("after_run_dose_{}_min", None),
    "days": ("days_dose_{}", 1.0),
    "full_sequence": ("full_sequence_dose_{}", 1.0),
}
"""Term: the column of `work_mix` and the step it is read in; None: the dose step of the study."""
MODERATE_PAIN = 3
"""Collins, Moore and McQuay 1997, Pain 72:95: pain above it is at least moderate."""
THIRDS = ("smallest", "middle", "largest")
TRAITS = ["clinic", "age_decades", "sex_male", "previous_injury_yes", "programme_week"]


@dataclass(frozen=True)
class ClaimData:
    """A cohort as the claims read it: its tables by name, the panel of `athlete_weeks`, and the study's choices.

    Each property is a frame with `athlete_id` and `clinic`; a table that is not there counts as having no rows.
    """

    tables: Mapping[str, pd.DataFrame]
    panel: pd.DataFrame
    study: Study

    def table(self, name: str) -> pd.DataFrame:
        """The table of that name, without rows where the cohort has none."""
        return self.tables[name] if name in self.tables else RAW_TABLES[name].empty()

    @cached_property
    def weeks(self) -> pd.DataFrame:
        """One row an athlete and week: `model_frame`, what the work was made of, hip scores, trail share to date."""
        frame = model_frame(self.panel, self.study)
        mix = work_mix(self.table("hip_work"), self.panel, self.study)
        scores = hip_scores_before(self.table("hip_assessments"), self.table("athletes"), self.panel)
        more = {}
        for term, (column, step) in WITHIN.items():
            for part in ("within", "between"):
                more[f"{term}_{part}"] = mix[column.format(part)] / (step or self.study.dose_step_min)
        more |= first_and_change(in_units(scores, self.panel["athlete_id"]), self.panel["athlete_id"])
        more["trail_share"] = 10 * trail_share_before(self.table("training_sessions"), self.panel)
        return frame.assign(**more, programme_10_weeks=frame["programme_week"] / 10)

    @cached_property
    def legs(self) -> pd.DataFrame:
        """One row an athlete, week and leg (`leg_weeks`)."""
        legs = leg_weeks(self.tables, self.panel, self.study)
        known = {f"{c}_yes": legs[c].astype("Float64").astype("float64") for c in ("weaker_side", "stiffer_side")}
        week = self.panel.index.repeat(2)
        return legs.assign(
            clinic=self.panel.loc[week, "clinic"].array,
            programme_week=self.panel.loc[week, "week_in_programme"].astype("float64").array,
            new_injuries=legs["new_injuries"].astype("Float64").astype("float64"),
            **known,
        )

    @cached_property
    def regions(self) -> pd.DataFrame:
        """One row an athlete, week, region elsewhere and side (`region_weeks`), with the columns of `weeks`."""
        rows = region_weeks(self.table("weekly_reports"), self.weeks)
        shoulder = rows["region"] == "shoulder"
        asked = [r for r in REMOTE_REGIONS if rows.loc[rows["region"] == r, "pain_nrs"].notna().any()]
        deficit = rows["hip_deficit"]
        by_region = {f"deficit_{r}": math.nan for r in REMOTE_REGIONS}
        by_region |= {f"deficit_{r}": deficit.where((rows["region"] == r) | deficit.isna(), 0.0) for r in asked}
        return rows.assign(
            named_side_deficit=rows["same_side_deficit"].where(~shoulder, rows["opposite_side_deficit"]),
            other_side_deficit=rows["opposite_side_deficit"].where(~shoulder, rows["same_side_deficit"]),
            **by_region,
        )

    @cached_property
    def runs(self) -> pd.DataFrame:
        """One row a running session of known speed (km/h) in a week of the panel, with hip scores before that week."""
        sessions = self.table("training_sessions")
        known = (sessions["duration_min"] > 0) & (sessions["distance_km"] > 0)
        runs = sessions[sessions["sport"].isin(RUNNING_SPORTS) & known]
        runs = runs.assign(
            week_start=week_start(runs["date"]).astype("datetime64[us]"),
            speed_km_h=60 * runs["distance_km"] / runs["duration_min"],
            heart_rate_10_bpm=runs["hr_avg_bpm"] / 10,
            rpe=runs["rpe"].where(runs["rpe_scale"].isin(LOAD_SCALES)),
            top_speed_km_h=runs["top_speed_km_h"].where(runs["top_speed_km_h"] > 0),  # 0: the device saw no speed
            duration_10_min=runs["duration_min"] / 10,
            on_trail=_on_trail(runs).astype("float64"),
            on_treadmill=(runs["sport"].eq("treadmill_run") | runs["surface"].eq("treadmill")).astype("float64"),
        )
        scores = [column for name in PER_SD for column in (name, change_of(name))]
        before = self.weeks[["athlete_id", "week_start", *TRAITS, *scores]]
        return runs.merge(before, on=["athlete_id", "week_start"])

    @cached_property
    def work_days(self) -> pd.DataFrame:
        """One row a day of hip work with a known next-day soreness (`work_days`), with what was known before its week:
        load and traits."""
        days = work_days(self.table("hip_work"), self.table("observation_windows"))
        before = self.weeks[["athlete_id", "week_start", *dict.fromkeys([*TRAITS, *ADJUSTMENT])]]
        return days.merge(before, on=["athlete_id", "week_start"])

    @cached_property
    def first_weeks(self) -> pd.DataFrame:
        """The answered weeks of each athlete up to the first with pain above 3: first_pain is 1 in it and 0 before."""
        known = self.weeks[self.weeks["pain_nrs"].notna()]
        above = (known["pain_nrs"] > MODERATE_PAIN).astype("float64")
        earlier = above.groupby(known["athlete_id"], sort=False).cumsum() - above
        third = known["athlete_id"].map(deficit_thirds(self.weeks))
        dummies = {
            f"deficit_{name}_third": third.eq(which).astype("float64").where(third.notna())
            for name, which in (("top", "largest"), ("middle", "middle"))
        }
        return known.assign(first_pain=above, **dummies)[earlier == 0]

    @cached_property
    def range_changes(self) -> pd.DataFrame:
        """Change of range between two tests, with the work between them (`frames_of_tests.range_changes`)."""
        return range_changes(rom_gains(*self._tests_of_range), self.work_weeks, self.study)

    @cached_property
    def gains_kept(self) -> pd.DataFrame:
        """What is left of gains in range, with the work after them (`frames_of_tests.gains_kept`)."""
        return gains_kept(gain_retention(*self._tests_of_range), self.work_weeks, self.study)

    @cached_property
    def _tests_of_range(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The profile of the tests of range, and their error of measurement."""
        tests, athletes = self.table("hip_assessments"), self.table("athletes")
        tests = tests[tests["quality"].isin(ROM)]
        return hip_profile(tests, athletes), error_of_differences(tests, athletes)

    @cached_property
    def balance_changes(self) -> pd.DataFrame:
        """Change of the time stood on one leg, with the work between (`frames_of_tests.balance_changes`)."""
        return balance_changes(self.table("hip_assessments"), self.work_weeks, self.study)

    @cached_property
    def work_weeks(self) -> pd.DataFrame:
        """The weeks with the minutes of hip work in them and the athlete's traits, for what lies between two tests."""
        from_panel = ["athlete_id", "week_start", "mobility_min", "stability_min", *TRAITS]
        return model_frame(self.panel, self.study)[from_panel].assign(
            loading_min=loading_min(self.table("hip_work"), self.panel)
        )


def in_units(scores: pd.DataFrame, athlete: pd.Series) -> dict[str, pd.Series]:
    """The scores of `hip_scores_before` in the units they are read in (`hip_terms`), and the deficit of each side."""
    found = {name: per_sd(scores[name], athlete) for name in PER_SD}
    for side in ("hip_deficit_left", "hip_deficit_right"):
        found[side] = per_sd(scores[side], athlete, of=scores["hip_deficit"])
    found |= {f"{name}_tenths": scores[name] * 10 for name in RATIOS}
    return found | {"capacity_imbalance": scores["capacity_imbalance"]}


def first_and_change(scores: Mapping[str, pd.Series], athlete: pd.Series) -> dict[str, pd.Series]:
    """Each score as it was when first known of the athlete, and (`change_of`) the change from that at the last test;
    both missing before. Rows of an athlete are in order of time."""
    found = {}
    for name, score in scores.items():
        found[name] = score.groupby(athlete).transform("first").where(score.notna())
        if change_of(name):
            found[change_of(name)] = score - found[name]
    return found


def per_sd(scores: pd.Series, athlete: pd.Series, of: pd.Series | None = None) -> pd.Series:
    """`scores` about the mean over athletes, in SD between athletes, both of each one's mean of `of` (the scores
    themselves unless another is given); missing where athletes are all alike."""
    by_athlete = (scores if of is None else of).groupby(athlete).mean()
    sd = by_athlete.std()
    return (scores - by_athlete.mean()) / (sd if sd > 0 else math.nan)


def deficit_thirds(weeks: pd.DataFrame) -> pd.Series:
    """The third (`THIRDS`) of each athlete by the first known hip deficit; of those who have one."""
    first = weeks.groupby("athlete_id")["hip_deficit"].first().dropna()
    if first.nunique() < len(THIRDS):
        return pd.Series(dtype="str")
    return pd.qcut(first.rank(method="first"), len(THIRDS), labels=list(THIRDS)).astype("str")


def trail_share_before(sessions: pd.DataFrame, panel: pd.DataFrame) -> pd.Series:
    """Share (0 to 1) of the running minutes on trails in all watched weeks before each week; aligned to `panel`.

    Of the runs whose ground is told; missing where there was none before.
    """
    runs = sessions[sessions["sport"].isin(RUNNING_SPORTS) & sessions["duration_min"].notna()]
    told = runs[runs["surface"].notna() | runs["sport"].ne("run")]
    weekly = WeeklyRows(panel, told["athlete_id"], told["date"], "training_observed")
    minutes = pd.DataFrame(
        {"all": weekly.sums(told["duration_min"]), "trail": weekly.sums(told["duration_min"] * _on_trail(told))}
    )
    to_date = minutes.fillna(0).groupby(panel["athlete_id"], sort=False).cumsum()
    before = to_date.groupby(panel["athlete_id"], sort=False).shift(1)
    return before["trail"] / before["all"].where(before["all"] > 0)


def _on_trail(runs: pd.DataFrame) -> pd.Series:
    return runs["sport"].eq("trail_run") | runs["surface"].eq("trail").fillna(False)


def loading_min(hip_work: pd.DataFrame, panel: pd.DataFrame) -> pd.Series:
    """Minutes of control and activation work in each week, aligned to `panel`.

    0 in a watched week without, missing where the week was not watched, or has an exercise or minutes not known.
    """
    library = exercise_library().set_index("name")["phase"]
    phase = hip_work["exercise"].map(library)
    minutes = minutes_from_sets(hip_work)["minutes"].where(phase.notna())
    counts = (phase.isin(LOADING) | phase.isna()).to_numpy(dtype=bool)
    return WeeklyRows(panel, hip_work["athlete_id"], hip_work["date"], "hip_work_observed").sums(minutes, counts)
