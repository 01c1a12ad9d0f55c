"""What the hip work before each week was made of: planes, deep stabilisers, days, phases, and sudden jumps of it.

The entries of a week are counted by `hip.work.weekly_work`; weeks become doses by the rule of all doses of the panel
(`doses`). A watched week without an entry is a true zero. A week of which a part is not known (an exercise the library
does not know, an entry without minutes) is left out of the weighted mean as an unwatched week is, and the weights of
the others are scaled to sum to 1: to put 0 or the known part in its place would turn "not known" into "not done".
"""

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.motions import PLANES
from analysis.hip.work import shannon_diversity, weekly_work
from analysis.panel.doses import lagged_dose, split_within_between
from analysis.panel.grid import watched_rows, week_rows
from analysis.study import Study

WORK_DOSES = {
    "sagittal_dose": ("sagittal_min", "_min"),
    "frontal_dose": ("frontal_min", "_min"),
    "transverse_dose": ("transverse_min", "_min"),
    "deep_or_control_dose": ("deep_or_control_min", "_min"),
    "other_stability_dose": ("other_stability_min", "_min"),
    "days_dose": ("days", ""),
    "full_sequence_dose": ("full_sequence", ""),
    "in_order_dose": ("in_order", ""),
}
"""Dose: the column of `weekly_work` it is the dose of, and the end of its name."""
JUMP_WEEKS = 4
"""CLAIMS too_much: the jump in minutes over the last four weeks."""


def work_mix(hip_work: pd.DataFrame, panel: pd.DataFrame, study: Study | None = None) -> pd.DataFrame:
    """What the hip work of the weeks before each week was made of, a row a row of `panel`, with its index.

    `hip_work` is the table of that name, `panel` of `athlete_weeks`. Columns, each known before the week's Monday:

    - sagittal_dose_min, frontal_dose_min, transverse_dose_min, deep_or_control_dose_min, other_stability_dose_min
      (min/week), days_dose (days/week with hip work): half-life weighted means of the weeks before;
    - full_sequence_dose, in_order_dose (0 to 1): the share, so weighted, of the weeks before that had all four phases,
      and had them in order on some day; a watched week without hip work had not;
    - non_sagittal_share (0 to 1), plane_shannon (nats, Shannon 1948) and plane_effective (its exponential, 1 to 3, Hill
      1973), of the three planes' doses; missing where these are all 0;
    - work_jump (ratio): last week's minutes over the mean of the four weeks before it; missing where one of the five
      was not watched or is not known, and where that mean is 0.

    Each but work_jump is split into `_between`, the athlete's own mean to date, and `_within`, the deviation from it
    (`doses.split_within_between`); as in the panel, a unit ends the name (sagittal_dose_within_min). work_jump already
    sets an athlete against the own weeks before. Minutes are those of `hip.work.minutes_from_sets`: where none were
    recorded, sets × repetitions × seconds; the panel's mobility and stability doses know recorded minutes alone.
    Raises `HiprunError` if `panel` lacks a week between an athlete's first and last or is not in order, and for missing
    columns.
    """
    study = study or Study()
    _require_every_week(panel)
    weekly, athlete = _weekly_on_panel(hip_work, panel), panel["athlete_id"]
    doses = {
        name: lagged_dose(weekly[counted], athlete, study.dose_half_life_weeks)
        for name, (counted, _) in WORK_DOSES.items()
    }
    columns: dict[str, pd.Series] = {}
    for name, dose in (doses | _mix_of_planes(doses)).items():
        unit = WORK_DOSES[name][1] if name in WORK_DOSES else ""
        between, within = split_within_between(dose, athlete)
        columns |= {f"{name}{unit}": dose, f"{name}_between{unit}": between, f"{name}_within{unit}": within}
    return pd.DataFrame(columns | {"work_jump": _jump(weekly["minutes"], athlete)}, index=panel.index)


def _require_every_week(panel: pd.DataFrame) -> None:
    step = panel.groupby("athlete_id", sort=False)["week_start"].diff().dropna()
    wrong = step[step != pd.Timedelta(days=7)]
    if len(wrong):
        raise HiprunError(
            f"work mix: found {wrong.iloc[0].days} days from one week of the panel to the athlete's next; expected 7. "
            "Fix: give the whole panel, and choose weeks afterwards."
        )


def _weekly_on_panel(hip_work: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """minutes and what `WORK_DOSES` names, by week of `panel`: 0 in a watched week without entries, missing in a week
    not watched or not known."""
    counted = ["minutes", *(name for name, _ in WORK_DOSES.values())]
    values = np.zeros((len(panel), len(counted)))
    _, inside = watched_rows(panel, hip_work["athlete_id"], hip_work["date"], "hip_work_observed")
    if inside.any():
        weekly = weekly_work(hip_work[inside])
        at = week_rows(panel, weekly["athlete_id"], weekly["week_start"])
        values[at] = weekly[counted].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    watched = panel["hip_work_observed"].astype(bool)
    return pd.DataFrame(values, index=panel.index, columns=counted).where(watched, axis=0)


def _mix_of_planes(doses: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """non_sagittal_share, plane_shannon and plane_effective of the doses of the three planes."""
    planes = pd.DataFrame({p: doses[f"{p}_dose"] for p in PLANES})
    total = planes.sum(axis=1, skipna=False)
    diversity = pd.Series(shannon_diversity(planes.to_numpy()), index=planes.index)
    return {
        "non_sagittal_share": 1 - planes["sagittal"] / total.where(total > 0),
        "plane_shannon": diversity,
        "plane_effective": np.exp(diversity),
    }


def _jump(minutes: pd.Series, athlete: pd.Series) -> pd.Series:
    """Last week's minutes over the mean of the `JUMP_WEEKS` weeks before it."""
    by = minutes.groupby(athlete, sort=False)
    usual = sum(by.shift(k) for k in range(2, JUMP_WEEKS + 2)) / JUMP_WEEKS
    return by.shift(1) / usual.where(usual > 0)
