"""Clinic C: one block-sparse REDCap export, a session-RPE log, a hip-work list and an export of a hand-held device."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.simulate.untidy import date_text, number, person_name, remark, time_of_day, weekly_forms, word, write_text
from analysis.tables.words import SIDES as LEGS

ISO = "%Y-%m-%d"
POUNDS_A_KG, METRES_A_MILE, NEWTONS_A_LBF, CM_AN_INCH = 1 / 0.45359237, 1609.344, 4.4482216152605, 2.54
NOT_ASKED = "-99"

PAIN = {
    "pain_hip_l": "hip_groin left", "pain_hip_r": "hip_groin right", "pain_knee_l": "knee left",
    "pain_knee_r": "knee right", "pain_back": "low_back unspecified", "pain_outer_thigh_l": "lateral_thigh left",
    "pain_outer_thigh_r": "lateral_thigh right", "pain_lower_leg_l": "lower_leg left",
    "pain_lower_leg_r": "lower_leg right", "pain_hamstring_l": "hamstring left", "pain_hamstring_r": "hamstring right",
    "pain_pelvis": "pelvis unspecified", "pain_shoulder_l": "shoulder left", "pain_shoulder_r": "shoulder right",
}  # fmt: skip
BASELINE = ("full_name", "sex", "age", "height_cm", "weight_lb", "kicking_leg", "years_running", "weekly_km",
            "injury_before", "baseline_complete")  # fmt: skip
WEEKLY = ("weekly_form_timestamp", "week_of", "ostrc_1", "ostrc_2", "ostrc_3", "ostrc_4", "problem", *PAIN,
          "weekly_notes", "weekly_form_complete")  # fmt: skip
PROBLEM = ("problem_start", "problem_end", "problem_kind", "problem_region", "problem_side",
           "problem_tissue", "problem_onset",
           "problem_form_complete")  # fmt: skip
FIELDS = (
    "record_id",
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    *BASELINE,
    *WEEKLY,
    *PROBLEM,
)

SEXES = {"female": "1", "male": "2"}
SIDES = {"left": "1", "right": "2", "unspecified": "3"}
BANDS = {"0-15": "1", "16-25": "2", "26-35": "3", "36-45": "4", ">45": "5"}
YES_NO = {True: "1", False: "0"}
OSTRC = {0: "0", 8: "1", 17: "2", 25: "3"}
PROBLEMS = {"injury": "1", "illness": "2"}
REGIONS = {
    "knee": "1", "lower_leg": "2", "ankle_foot": "3", "hip_groin": "4", "hamstring": "5", "low_back": "6",
    "lateral_thigh": "7", "thigh": "8", "other": "9",
}  # fmt: skip
TISSUES = {
    "muscle_tendon": "1", "bone": "2", "ligament_joint_capsule": "3", "cartilage_synovium_bursa": "4",
    "superficial_skin": "5", "non_specific": "6",
}  # fmt: skip
ONSETS = {"gradual": "1", "sudden": "2", "mixed": "3"}
SPORTS = {
    "run": "run", "trail_run": "trail", "treadmill_run": "treadmill", "bike": "cycling", "swim": "swimming",
    "strength": "gym", "walk": "walking",
}  # fmt: skip
MOTIONS = {
    "flexion": "Hip Flexion", "extension": "Hip Extension", "abduction": "Hip Abduction", "adduction": "Hip Adduction",
    "internal_rotation": "Hip Internal Rotation", "external_rotation": "Hip External Rotation",
}  # fmt: skip
TYPES = {
    "strength_isometric": "Isometric", "rom_passive": "Range of Motion", "end_range_strength": "End Range",
    "endurance": "Hold",
}  # fmt: skip
POSITIONS = {"supine": "Supine", "prone": "Prone", "side_lying": "Side Lying"}
MOVEMENT_TESTS = {
    "step_down": "step_down", "step_up": "step_up", "hip_hinge": "hip_hinge", "single_leg_squat": "sl_squat_faults",
    "single_leg_stance": "sl_stance_s",
}  # fmt: skip
"""By position: tests of the whole leg, which the device does not measure."""


def write_clinic_c(
    folder: Path, tables: dict[str, pd.DataFrame], twice: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Write the clinic's files under `folder`, as `mappings/clinic_c.toml` maps them; no file for an empty table.

    `tables`: the clinic's clean tables; `twice`: athlete_id and week_start of the forms answered twice.
    """
    forms = weekly_forms(tables["weekly_reports"], twice, rng)
    _redcap_export(folder, tables["athletes"], forms, tables["injuries"], rng)
    _training_log(folder, tables["training_sessions"], rng)
    _hip_work(folder, tables["hip_work"])
    _device_export(folder, tables["hip_assessments"])
    _movement_tests(folder, tables["hip_assessments"])


def _redcap_export(
    folder: Path, athletes: pd.DataFrame, forms: pd.DataFrame, injuries: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Rows by record: the baseline event, then the repeats of both forms, each with the fields of the others blank."""
    rows = []
    for k, a in enumerate(athletes.itertuples()):
        rows.append({"redcap_event_name": "baseline_arm_1", **_baseline(k, a)} | {"record_id": a.athlete_id})
        repeats = {
            "weekly_form": [_weekly(f, rng) for f in forms[forms["athlete_id"] == a.athlete_id].to_dict("records")],
            "problem_form": [_problem(i) for i in injuries[injuries["athlete_id"] == a.athlete_id].itertuples()],
        }
        for instrument, answers in repeats.items():
            for instance, answer in enumerate(answers, 1):
                where = {"record_id": a.athlete_id, "redcap_event_name": "followup_arm_1"}
                where |= {"redcap_repeat_instrument": instrument, "redcap_repeat_instance": instance}
                rows.append(where | answer)
    write_text(folder / "clinic_c/redcap_export.csv", FIELDS, [[row.get(f, "") for f in FIELDS] for row in rows])


def _baseline(k: int, a: object) -> dict[str, str]:
    values = (
        person_name(k), word(a.sex, SEXES), number(a.age_y), number(a.height_cm),
        number(a.body_mass_kg * POUNDS_A_KG, 1),
        word(a.dominant_leg, SIDES), number(a.experience_y), word(a.weekly_volume_band_km, BANDS),
        word(a.previous_injury, YES_NO), "2",
    )  # fmt: skip
    return dict(zip(BASELINE, values, strict=True))


def _weekly(form: dict[str, object], rng: np.random.Generator) -> dict[str, str]:
    values = {
        "weekly_form_timestamp": f"{date_text(form['answered_on'], ISO)} {time_of_day(form['minute'])}",
        "week_of": date_text(form["week_start"], ISO),
        "problem": word(form["problem_type"], PROBLEMS),
        "weekly_notes": remark(rng),
        "weekly_form_complete": "2",
    }
    values |= {f"ostrc_{k}": word(form[f"ostrc_q{k}"], OSTRC) for k in (1, 2, 3, 4)}
    return values | {field: number(form.get(name)) or NOT_ASKED for field, name in PAIN.items()}


def _problem(i: object) -> dict[str, str]:
    values = (
        date_text(i.onset_date, ISO), date_text(i.return_date, ISO), word(i.problem_type, PROBLEMS),
        word(i.region, REGIONS),
        word(i.side, SIDES), word(i.tissue, TISSUES), word(i.onset_mode, ONSETS), "2",
    )  # fmt: skip
    return dict(zip(PROBLEM, values, strict=True))


def _training_log(folder: Path, sessions: pd.DataFrame, rng: np.random.Generator) -> None:
    rows = [
        (s.athlete_id, date_text(s.date, "%d.%m.%Y"), SPORTS[s.sport], _clock(s.duration_min),
         number(s.distance_km * 1000 / METRES_A_MILE, 2), number(s.rpe) or NOT_ASKED,
         "" if pd.isna(s.surface) else s.surface,
         remark(rng))
        for s in sessions.itertuples()
    ]  # fmt: skip
    header = ["p_id", "training_date", "type", "duration", "distance_mi", "rpe", "ground", "notes"]
    write_text(folder / "clinic_c/training_log.csv", header, rows, delimiter=";", encoding="utf-8-sig", line_end="\r\n")


def _clock(minutes: float) -> str:
    """Minutes as h:mm:ss."""
    seconds = round(60 * minutes)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _hip_work(folder: Path, entries: pd.DataFrame) -> None:
    rows = [
        (e.athlete_id, date_text(e.date, ISO), e.exercise, number(60 * e.duration_min),
         number(e.sets), number(e.reps), number(e.hold_s), number(e.soreness_next_day_nrs) or NOT_ASKED)
        for e in entries.itertuples()
    ]  # fmt: skip
    header = ["p_id", "date", "exercise", "time_s", "sets", "reps", "hold_s", "sore_next_day"]
    write_text(folder / "clinic_c/hip_work.csv", header, rows)


def _device_export(folder: Path, tests: pd.DataFrame) -> None:
    rows = [
        (t.athlete_id, date_text(t.date, ISO), MOTIONS[t.motion], TYPES[t.quality], POSITIONS[t.position],
         t.side.capitalize(), t.trial_no, number(t.force_n / NEWTONS_A_LBF, 1), number(t.angle_deg), number(t.time_s),
         number(100 * t.lever_arm_m / CM_AN_INCH, 1))
        for t in tests[tests["quality"].isin(TYPES)].itertuples()
    ]  # fmt: skip
    header = [
        "Subject",
        "Date",
        "Movement",
        "Type",
        "Position",
        "Side",
        "Rep",
        "Max Force (lbf)",
        "Max ROM (deg)",
        "Hold (s)",
        "Lever (in)",
    ]
    write_text(folder / "clinic_c/handheld_export.csv", header, rows)


def _movement_tests(folder: Path, tests: pd.DataFrame) -> None:
    """One row a test day, a column a test and side: scores, and seconds on one leg."""
    whole_leg = tests[tests["position"].isin(MOVEMENT_TESTS)]
    value = whole_leg["score"].fillna(whole_leg["time_s"])
    days = whole_leg.assign(value=value).pivot_table(
        index=["athlete_id", "date"], columns=["position", "side"], values="value"
    )
    columns = {(position, side): f"{name}_{side}" for position, name in MOVEMENT_TESTS.items() for side in LEGS}
    rows = [
        (athlete, date_text(date, ISO), *(number(day[column]) for column in columns))
        for (athlete, date), day in days.iterrows()
    ]
    write_text(folder / "clinic_c/movement_tests.csv", ["p_id", "date", *columns.values()], rows)
