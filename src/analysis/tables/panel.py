"""The athlete-week panel: the table every model is fitted to."""

from analysis.tables import words
from analysis.tables.declare import DAY, NUMBER, TEXT, TRUTH, WHOLE, Column, Table

MOTION_SHORT = {
    "flexion": "flex",
    "extension": "ext",
    "abduction": "abd",
    "adduction": "add",
    "internal_rotation": "ir",
    "external_rotation": "er",
}
DOSES = {"mobility_dose": "min", "stability_dose": "min", "acute_load": "au", "chronic_load": "au"}

_WHO = (
    Column("athlete_id", TEXT, "pseudonym of the athlete", key=True),
    Column("week_start", DAY, "Monday of the week", key=True),
    Column("week_in_programme", WHOLE, "whole weeks since the first week of the cohort", "weeks", required=True),
    Column("clinic", TEXT, "site that follows the athlete"),
    Column("sex", TEXT, "sex as recorded", allowed=words.SEXES),
    Column("age_y", NUMBER, "age at the start of follow-up", "years"),
    Column("previous_injury", TRUTH, "running injury before follow-up began"),
)

_THIS_WEEK = (
    Column("training_observed", TRUTH, "every day of the week lies in a training window", required=True),
    Column("hip_work_observed", TRUTH, "every day of the week lies in a hip-work window", required=True),
    Column("injuries_observed", TRUTH, "every day of the week lies in an injury window", required=True),
    Column("report_expected", TRUTH, "a weekly report was due", required=True),
    Column("reported", TRUTH, "a weekly report was answered, at least in part", required=True),
    Column("n_sessions", WHOLE, "training sessions of any sport; missing where training was not observed"),
    Column("exposure_h", NUMBER, "running time", "h", minimum=0),
    Column("exposure_km", NUMBER, "running distance", "km", minimum=0),
    Column("srpe_load_au", NUMBER, "session-RPE load; of all sessions; missing if one of them has no RPE or no duration", "arbitrary units", minimum=0),
    Column("mobility_min", NUMBER, "time in mobility work", "min", minimum=0),
    Column("stability_min", NUMBER, "time in stability work", "min", minimum=0),
    Column("time_loss_days", NUMBER, "days of the week lost to an injury", "days", minimum=0, maximum=7),
)  # fmt: skip

_OUTCOMES = (
    Column("pain_nrs", NUMBER, "worst pain of the week in the primary region, either side", minimum=0, maximum=10),
    Column("pain_any_nrs", NUMBER, "worst pain of the week in any region", minimum=0, maximum=10),
    Column("ostrc_score", NUMBER, "highest OSTRC severity score of the week", minimum=0, maximum=100),
    Column("health_problem", TRUTH, "any OSTRC answer says there was a problem"),
    Column("substantial_problem", TRUTH, "a substantial problem by the OSTRC rule of the version used"),
    Column("new_injuries", WHOLE, "injuries that began in the week", minimum=0),
    Column("new_illnesses", WHOLE, "illnesses that began in the week (a negative control)", minimum=0),
    Column("at_risk", TRUTH, "running time above zero and not all seven days lost to an injury", required=True),
    Column("log_exposure_h", NUMBER, "natural logarithm of `exposure_h`, the offset; missing where not at risk", "log h"),
)  # fmt: skip


def _dose_columns(dose: str, unit: str) -> tuple[Column, ...]:
    unit_text = {"min": "min/week", "au": "arbitrary units/week"}[unit]
    what = f"exponentially weighted mean of the weeks before this one ({dose.replace('_', ' ')})"
    return (
        Column(f"{dose}_{unit}", NUMBER, what, unit_text, minimum=0),
        Column(f"{dose}_between_{unit}", NUMBER, "the athlete's own mean of it, up to and including this week's value", unit_text, minimum=0),
        Column(f"{dose}_within_{unit}", NUMBER, "deviation of this week's value from that own mean", unit_text),
    )  # fmt: skip


def _hip_columns() -> tuple[Column, ...]:
    measures = {
        "nm_kg": ("torque per body mass", "N m/kg"),
        "n_kg": ("force per body mass", "N/kg"),
        "deg": ("range of motion", "degrees"),
    }
    return tuple(
        Column(f"hip_{short}_{suffix}", NUMBER, f"{what} in {motion.replace('_', ' ')}, mean of the sides tested, last test before the week", unit)
        for suffix, (what, unit) in measures.items()
        for motion, short in MOTION_SHORT.items()
    )  # fmt: skip


_BEFORE = (
    *(c for dose, unit in DOSES.items() for c in _dose_columns(dose, unit)),
    *_hip_columns(),
    Column("days_since_assessment", NUMBER, "days from the last hip test before the week to its Monday", "days", minimum=1),
)  # fmt: skip

ATHLETE_WEEKS = Table("athlete_weeks", "one athlete in one week", (*_WHO, *_THIS_WEEK, *_OUTCOMES, *_BEFORE))

EXPLANATORY = tuple(c.name for c in _BEFORE)
"""Columns that explain a week: nothing on or after its Monday may change them."""
