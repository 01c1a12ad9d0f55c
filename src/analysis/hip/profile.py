"""The hip profile: trials to one value an athlete, day, motion, side, quality and position."""

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.scales import SCALES
from analysis.hip.strength import fatigue_index_percent, force_per_mass_n_kg, torque_nm, torque_per_mass_nm_kg
from analysis.hip.symmetry import symmetry_index
from analysis.hip.zscores import within_cohort_z

TEST = ["athlete_id", "date", "motion", "side", "quality", "position"]
STRENGTH = ("strength_isometric", "strength_eccentric", "end_range_strength", "inner_range_strength")
REPEATED = "repeated_contractions"
SCORE = "score"
"""Unit of a score whose scale is not named."""
ROM = ("rom_active", "rom_passive")
BEST_OF = (*STRENGTH, "endurance")
STRENGTH_UNITS = ("Nm/kg", "N/kg", "Nm", "N")
UNITS = (*STRENGTH_UNITS, "deg", *SCALES, SCORE, "s", "reps")
"""Best first: trials of a test in a unit that is not its best one are not used."""
LOST = "% lost"


def hip_profile(assessments: pd.DataFrame, athletes: pd.DataFrame, min_n: int = 5) -> pd.DataFrame:
    """One row an athlete, date, motion, side, quality and position: value, unit, n_trials, sex, age_y, z.

    `assessments`: the hip_assessments table, one row a trial (its own `body_mass_kg` goes before that of
    `athletes`). `athletes`: athlete_id, and sex, age_y, body_mass_kg where known. Rules: strength and endurance are
    the best trial, ROM, control and balance the mean of the trials. Strength is in the best unit the trials allow:
    Nm/kg (torque given, or force and lever arm, and body mass), else N/kg, Nm, N; trials short of the best unit of
    their test are not used. ROM is in deg; endurance in s, else in repetitions; control and balance as a score, the
    unit being its scale, else in s; repeated contractions as the fatigue index from the first to the last, in "% lost"
    (`strength.fatigue_index_percent`). A test without a measured trial keeps its row with the value missing. `z` is
    against the cohort's own first assessments of the same motion, quality, position, unit and sex, both sides
    together; missing with fewer than `min_n` of them or an unknown sex. Raises `HiprunError` for missing columns,
    unknown or repeated athletes, or a mass or lever arm out of range.
    """
    trials = measured_trials(assessments, athletes)
    rank = trials["unit"].map({u: i for i, u in enumerate(UNITS)})
    best = rank.groupby([trials[k] for k in TEST], dropna=False).transform("min")
    trials.loc[rank.notna() & (rank > best), ["value", "unit"]] = [np.nan, None]
    profile = _summarised(trials)
    known = [c for c in ("sex", "age_y") if c in athletes]
    profile = profile.merge(athletes[["athlete_id", *known]], on="athlete_id", how="left")
    profile = profile.assign(**{c: None for c in ("sex", "age_y") if c not in known})
    profile["z"] = _cohort_z(profile, min_n)
    return profile


def measured_trials(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    """`assessments` with `value` and `unit` of each trial, in the best unit that trial allows (see `hip_profile`)."""
    trials = _with_mass(assessments, athletes)
    candidates = _candidates(trials)
    value = pd.Series(np.nan, index=trials.index)
    unit = pd.Series(None, index=trials.index, dtype="str")
    for name, qualities, numbers in candidates:
        take = trials["quality"].isin(qualities) & value.isna() & numbers.notna()
        value, unit = value.mask(take, numbers), unit.mask(take, name)
    if "score_scale" in trials:
        unit = unit.mask((unit == SCORE) & trials["score_scale"].notna(), trials["score_scale"])
    return trials.assign(value=value, unit=unit)


def side_differences(profile: pd.DataFrame, formula: str = "larger_side") -> pd.DataFrame:
    """One row an athlete, date, motion, quality, position and unit: left, right, difference, symmetry_index.

    `difference` is right minus left in `unit`; `symmetry_index` is in percent, positive where right is larger (see
    `symmetry.symmetry_index`). A test done on one side only keeps its row, with the differences missing.
    """
    keys = [k for k in TEST if k != "side"] + ["unit"]
    seen = profile.dropna(subset=["value"])
    wide = seen.pivot_table(index=keys, columns="side", values="value", aggfunc="first")
    wide = wide.reindex(columns=["left", "right"]).rename_axis(columns=None).reset_index()
    wide["difference"] = wide["right"] - wide["left"]
    wide["symmetry_index"] = symmetry_index(wide["left"], wide["right"], formula)
    return wide


def _with_mass(assessments: pd.DataFrame, athletes: pd.DataFrame) -> pd.DataFrame:
    absent = [c for c in TEST if c not in assessments]
    if absent:
        raise HiprunError(f"hip profile: assessments have no column {', '.join(absent)}. Fix: add or rename it.")
    twice = athletes["athlete_id"].duplicated()
    if twice.any():
        who = athletes.loc[twice, "athlete_id"].iloc[0]
        raise HiprunError(f"hip profile: athlete {who} is in `athletes` twice; expected once. Fix: merge the rows.")
    unknown = ~assessments["athlete_id"].isin(athletes["athlete_id"])
    if unknown.any():
        who = assessments.loc[unknown, "athlete_id"].iloc[0]
        raise HiprunError(f"hip profile: athlete {who} is assessed but not in `athletes`. Fix: add the athlete.")
    trials = assessments.reset_index(drop=True)
    mass = pd.Series(np.nan, index=trials.index)
    if "body_mass_kg" in athletes:
        mass = trials["athlete_id"].map(athletes.set_index("athlete_id")["body_mass_kg"]).astype(float)
    return trials.assign(body_mass_kg=_column(trials, "body_mass_kg").fillna(mass))


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name].astype(float) if name in frame else pd.Series(np.nan, index=frame.index)


def _candidates(trials: pd.DataFrame) -> list[tuple[str, tuple[str, ...], pd.Series]]:
    """Unit, qualities it is for, and the number of every trial in it; best first."""
    force, mass = _column(trials, "force_n"), _column(trials, "body_mass_kg")
    torque = _column(trials, "torque_nm").fillna(torque_nm(force, _column(trials, "lever_arm_m")))
    time, score = _column(trials, "time_s"), _column(trials, "score")
    contractions = (*STRENGTH, REPEATED)
    return [
        ("Nm/kg", contractions, torque_per_mass_nm_kg(torque, mass)),
        ("N/kg", contractions, force_per_mass_n_kg(force, mass)),
        ("Nm", contractions, torque),
        ("N", contractions, force),
        ("deg", ROM, _column(trials, "angle_deg")),
        (SCORE, ("control", "balance"), score),
        ("s", ("endurance", "control", "balance"), time),
        ("reps", ("endurance",), _column(trials, "repetitions")),
    ]


def _summarised(trials: pd.DataFrame) -> pd.DataFrame:
    by = trials.groupby(TEST, dropna=False, sort=True)
    table = by.agg(
        best=("value", "max"), mean=("value", "mean"), unit=("unit", "first"), n_trials=("value", "count")
    ).reset_index()
    value = table["best"].where(table["quality"].isin(BEST_OF), table["mean"])
    repeated = table["quality"] == REPEATED
    if repeated.any():
        value = value.mask(repeated, _fatigue(trials, table))
        table["unit"] = table["unit"].mask(repeated & table["unit"].notna(), LOST)
    return table.assign(value=value)[[*TEST, "value", "unit", "n_trials"]]


def _fatigue(trials: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """The fatigue index of each row of `table`, from the first and last contraction in the best unit of its test."""
    series = trials[(trials["quality"] == REPEATED) & trials["value"].notna()].sort_values("trial_no")
    ends = series.groupby(TEST, dropna=False)["value"].agg(["first", "last", "size"])
    ends = table[TEST].merge(ends.reset_index(), on=TEST, how="left")
    index = fatigue_index_percent(ends["first"], ends["last"])
    return index.where(ends["size"] > 1)


def _cohort_z(profile: pd.DataFrame, min_n: int) -> pd.Series:
    test = ["athlete_id", "motion", "side", "quality", "position"]
    seen = profile["date"].where(profile["value"].notna())
    first = seen == seen.groupby([profile[k] for k in test], dropna=False).transform("min")
    return within_cohort_z(profile, "value", ["motion", "quality", "position", "unit", "sex"], first, min_n)
