"""The athlete-week panel: what happened in each week, and what was known before it started."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.panel.doses import dose_columns
from analysis.panel.exposure import weekly_hip_work, weekly_time_loss, weekly_training
from analysis.panel.grid import athlete_week_grid
from analysis.panel.hip_scores import hip_scores_before
from analysis.panel.hip_status import hip_by_test_day, last_test_before
from analysis.panel.left_out import left_out
from analysis.panel.legs import leg_weeks
from analysis.panel.outcomes import weekly_answers, weekly_onsets
from analysis.panel.regions import region_weeks
from analysis.panel.work_days import work_days
from analysis.panel.work_mix import work_mix
from analysis.study import Study
from analysis.surveillance.problems import is_injury
from analysis.surveillance.spans import watched_until
from analysis.tables import ATHLETE_WEEKS, RAW_TABLES

__all__ = ["athlete_weeks", "hip_scores_before", "left_out", "leg_weeks", "region_weeks", "work_days", "work_mix"]


def athlete_weeks(
    tables: Mapping[str, pd.DataFrame], study: Study | None = None, start: pd.Timestamp | None = None
) -> pd.DataFrame:
    """The panel of a cohort: one row per athlete and week watched, columns as declared in `ATHLETE_WEEKS`.

    `tables` holds tidy tables by name (`analysis.tables.RAW_TABLES`); a table that is not there counts as
    having no rows. `start` is the first Monday of the programme. Weeks are in order within each athlete.
    Nothing dated on or after a week's Monday changes an explanatory column (`tables.EXPLANATORY`) of it.
    """
    study = study or Study()
    given = {name: tables[name] if name in tables else declared.empty() for name, declared in RAW_TABLES.items()}
    windows = given["observation_windows"]
    panel = athlete_week_grid(windows, start)
    parts = (
        weekly_training(panel, given["training_sessions"]),
        weekly_hip_work(panel, given["hip_work"]),
        weekly_answers(panel, given["weekly_reports"], study.primary_region),
        weekly_onsets(panel, given["injuries"]),
    )
    panel = pd.concat([panel, *parts], axis=1)
    injuries = given["injuries"][is_injury(given["injuries"]["problem_type"])]
    panel["time_loss_days"] = weekly_time_loss(panel, injuries, watched_until(windows, "injury"))
    panel = panel.assign(**_at_risk(panel), **_doses(panel, study))
    panel = panel.merge(given["athletes"][_TRAITS], on="athlete_id", how="left")
    by_day = hip_by_test_day(given["hip_assessments"], given["athletes"])
    panel = panel.join(last_test_before(panel, by_day, _HIP_MEASURES))
    return ATHLETE_WEEKS.tidy(panel)


_TRAITS = ["athlete_id", "clinic", "sex", "age_y", "previous_injury"]
_HIP_MEASURES = [c.name for c in ATHLETE_WEEKS.columns if c.name.startswith("hip_") and c.name != "hip_work_observed"]


def _at_risk(panel: pd.DataFrame) -> dict[str, pd.Series]:
    exposed = panel["exposure_h"] > 0
    at_risk = exposed & panel["injuries_observed"].astype(bool) & (panel["time_loss_days"] < 7)
    return {
        "at_risk": at_risk.astype("boolean"),
        "log_exposure_h": np.log(panel["exposure_h"].where(at_risk)),
    }


def _doses(panel: pd.DataFrame, study: Study) -> dict[str, pd.Series]:
    sources = (
        ("mobility_dose", "min", "mobility_min", study.dose_half_life_weeks),
        ("stability_dose", "min", "stability_min", study.dose_half_life_weeks),
        ("acute_load", "au", "srpe_load_au", study.load_acute_half_life_weeks),
        ("chronic_load", "au", "srpe_load_au", study.load_chronic_half_life_weeks),
    )
    columns: dict[str, pd.Series] = {}
    for name, unit, weekly, half_life in sources:
        columns |= dose_columns(name, unit, panel[weekly], panel["athlete_id"], half_life)
    return columns
