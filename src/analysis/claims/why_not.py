"""Why a claim cannot be estimated, in one sentence that names the missing column or the too-small count."""

from collections.abc import Sequence

import pandas as pd

from analysis.panel.regions import REMOTE_REGIONS

WORDS = {
    "pain_nrs": "pain",
    "new_injuries": "injuries",
    "log_exposure_h": "hours of running at risk",
    "mobility_within": "mobility work",
    "stability_within": "stability work",
    "control_step_up": "control in the step-up",
    "control_step_down": "control in the step-down",
    "control_hip_hinge": "control in the hip hinge",
    "hip_deficit": "hip tests before the weeks",
    "capacity_imbalance": "tests of range and of strength before the weeks",
    "non_sagittal_within": "the planes of the hip work",
    "planes_within": "the planes of the hip work",
    "days_within": "days of hip work",
    "full_sequence_within": "the phases of the hip work",
    "deep_within": "deep-stabiliser and control work",
    "rom_six_motions": "range in six directions",
    "trail_share": "the ground of the runs",
    "before_run_within": "whether hip work was done before or after a run",
    "after_run_within": "whether hip work was done before or after a run",
    "soreness_next_day_nrs": "soreness on the day after hip work",
    "work_jump_doublings": "the minutes of hip work of five weeks in a row",
    "top_speed_km_h": "top speed of runs",
    "flexor_abductor_tenths": "flexors and abductors tested in one position",
    "weaker_side_yes": "a difference in strength between the sides beyond measurement error",
    "stiffer_side_yes": "a difference in range between the sides beyond measurement error",
    "named_side_deficit": "hip tests of each side and pain by side",
    "loading_after": "three tests of range with a gain beyond measurement error",
    "change_deg": "range tested twice, more than two weeks apart",
    "change_s": "time on one leg tested twice, more than two weeks apart",
    "kept_percent": "a gain in range beyond measurement error with a later test",
    "first_pain": "pain",
    "deficit_top_third": "a hip deficit of three runners or more",
    "speed_km_h": "distance and duration of runs",
    "heart_rate_10_bpm": "heart rate of runs",
    "rpe": "a rating of exertion of runs",
}


WORDS |= {f"deficit_{r}": f"pain in the region '{r.replace('_', ' ')}', or hip tests" for r in REMOTE_REGIONS}


def lacking(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Why one of `columns` cannot be used: there is no such column, it is not known in any row, it never varies."""
    for column in dict.fromkeys(columns):
        words = WORDS.get(column, column.replace("_", " "))
        if column not in frame:
            return f"not recorded: {words} (there is no column {column})"
        known = frame[column].dropna()
        if known.empty:
            return f"not known in any row: {words} (column {column})"
        if known.nunique() < 2:
            return f"always the same: {words} (column {column})"
    return ""


def because(error: Exception) -> str:
    """The reason of an error as one sentence on one line, without the way to fix it."""
    return " ".join(str(error).split(" Fix:")[0].split()).rstrip(".")
