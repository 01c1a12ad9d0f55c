"""What the hip work before each week was made of: planes, deep stabilisers, days, phases, before or after runs.

The entries of a week are counted by `hip.work.weekly_work`; weeks become doses by the rule of all doses of the panel
(`doses`). A watched week without an entry is a true zero. A week of which a part is not known (an exercise the library
does not know, an entry without minutes, or that does not tell its relation to runs) is left out of the weighted mean as
an unwatched week is, and the weights of the others are scaled to sum to 1: to put 0 or the known part in its place
would turn "not known" into "not done".
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
    "before_run_dose": ("before_run_min", "_min"),
    "after_run_dose": ("after_run_min", "_min"),
    "days_dose": ("days", ""),
    "full_sequence_dose": ("full_sequence", ""),
    "in_order_dose": ("in_order", ""),
}
"""Dose: the column of `weekly_work` it is the dose of, and the end of its name."""
ABOUT_RUNS = ("before_run_min", "after_run_min")


def work_mix(hip_work: pd.DataFrame, panel: pd.DataFrame, study: Study | None = None) -> pd.DataFrame:
    """What the hip work of the weeks before each week was made of, a row a row of `panel`, with its index.

    `hip_work` is the table of that name, `panel` of `athlete_weeks`. Columns, each known before the week's Monday:

    - sagittal_dose_min, frontal_dose_min, transverse_dose_min, deep_or_control_dose_min, other_stability_dose_min,
      before_run_dose_min, after_run_dose_min (min/week), days_dose (days/week with hip work): half-life weighted means
      of the weeks before. Of a clinic of which no entry tells its relation to runs, before_run and after_run are
      missing in every week, also in those without hip work: nobody asked;
    - full_sequence_dose, in_order_dose (0 to 1): the share, so weighted, of the weeks before that had all four phases,
      and had them in order on some day; a watched week without hip work had not;
    - non_sagittal_share (0 to 1), plane_shannon (nats, Shannon 1948) and plane_effective (its exponential, 1 to 3, Hill
      1973), of the three planes' doses; missing where these are all 0.

    Each is split into `_between`, the athlete's own mean to date, and `_within`, the deviation from it
    (`doses.split_within_between`); as in the panel, a unit ends the name (sagittal_dose_within_min). Minutes are those
    of `hip.work.minutes_from_sets`: where none were recorded, sets × repetitions × seconds; the panel's mobility and
    stability doses know recorded minutes alone.
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
    return pd.DataFrame(columns, index=panel.index)


def _require_every_week(panel: pd.DataFrame) -> None:
    step = panel.groupby("athlete_id", sort=False)["week_start"].diff().dropna()
    wrong = step[step != pd.Timedelta(days=7)]
    if len(wrong):
        raise HiprunError(
            f"work mix: found {wrong.iloc[0].days} days from one week of the panel to the athlete's next; expected 7. "
            "Fix: give the whole panel, and choose weeks afterwards."
        )


def _weekly_on_panel(hip_work: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """What `WORK_DOSES` names, by week of `panel`: 0 in a watched week without entries, missing in a week not watched
    or not known."""
    counted = [name for name, _ in WORK_DOSES.values()]
    values = np.zeros((len(panel), len(counted)))
    _, inside = watched_rows(panel, hip_work["athlete_id"], hip_work["date"], "hip_work_observed")
    if inside.any():
        weekly = weekly_work(hip_work[inside])
        at = week_rows(panel, weekly["athlete_id"], weekly["week_start"])
        values[at] = weekly[counted].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
    watched = panel["hip_work_observed"].astype(bool)
    table = pd.DataFrame(values, index=panel.index, columns=counted).where(watched, axis=0)
    return table.assign(**{name: table[name].where(_asked_about_runs(hip_work, panel)) for name in ABOUT_RUNS})


def _asked_about_runs(hip_work: pd.DataFrame, panel: pd.DataFrame) -> pd.Series:
    """Whether the clinic of each row of `panel` writes down at all if work was done before a run or after it."""
    clinic = panel.drop_duplicates("athlete_id").set_index("athlete_id")["clinic"].astype("object").fillna("")
    told = hip_work.loc[hip_work["relation_to_run"].notna(), "athlete_id"]
    return panel["athlete_id"].map(clinic).isin(clinic.reindex(told.unique()).dropna())


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
