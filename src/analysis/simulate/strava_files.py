"""Clinic A: a Strava archive merged over its athletes, a Google form, and wide CSV sheets typed by hand."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.simulate.untidy import (
    date_text,
    number,
    person_name,
    remark,
    time_of_day,
    weekly_forms,
    word,
    write_text,
)
from analysis.tables.words import WHOLE_LEG

ACTIVITY_COLUMNS = (
    "Activity ID", "Activity Date", "Activity Name", "Activity Type", "Activity Description", "Elapsed Time",
    "Distance", "Max Heart Rate", "Relative Effort", "Commute", "Activity Private Note", "Activity Gear", "Filename",
    "Athlete Weight", "Bike Weight", "Elapsed Time", "Moving Time", "Distance", "Max Speed", "Average Speed",
    "Elevation Gain", "Elevation Loss", "Elevation Low", "Elevation High", "Max Grade", "Average Grade", "Max Cadence",
    "Average Cadence", "Max Heart Rate", "Average Heart Rate", "Calories", "Relative Effort", "Perceived Exertion",
    "Type", "Start Time", "Commute", "Gear", "Flagged",
)  # fmt: skip
"""As in a Strava bulk export (2022), without the weather columns; five names stand there twice."""

SPORTS = {
    "run": "Run", "trail_run": "Trail Run", "treadmill_run": "Virtual Run", "bike": "Ride", "swim": "Swim",
    "strength": "Weight Training", "walk": "Walk",
}  # fmt: skip
KM_H_A_M_S = 3.6
YES_NO = {True: "Yes", False: "No"}
SEXES = {"female": "F", "male": "M"}
SIDES = {"left": "L", "right": "R"}
BANDS = {b: f"{b} km" for b in ("0-15", "16-25", "26-35", "36-45", ">45")}
KINDS = {"mobility": "Mobility", "stability": "Stability"}
RELATIONS = {"before_run": "before the run", "after_run": "after the run", "separate": "apart from running"}
SPELLINGS = {
    "fire hydrant against a wall": ("Fire hydrant wall", "fire-hydrants (wall)"),
    "half-kneeling band mobilisation front of hip": (
        "Banded hip flexor mobilisation",
        "banded hip flexor mobilization",
    ),
    "step-up pelvis down and back": ("Step-up", "step ups"),
    "single-leg stance": ("Single leg balance",),
}
MOTIONS = {
    "flexion": "Flexion", "extension": "Extension", "abduction": "Abduction", "adduction": "Adduction",
    "internal_rotation": "IR", "external_rotation": "ER", "whole_leg": "",
}  # fmt: skip
POSITIONS = {"supine": "Supine", "prone": "Prone", "side_lying": "Side-lying"}
TESTS = {
    "strength_isometric": "Strength (N)", "rom_passive": "ROM (deg)", "end_range_strength": "End range (N)",
    "endurance": "Hold (s)",
}  # fmt: skip
WHOLE_LEG_TESTS = {
    "step_down": "Lateral step-down (0-6)", "step_up": "Step-up (0-10)", "hip_hinge": "Hip hinge (0-10)",
    "single_leg_squat": "Single-leg squat, faults (0-10)", "single_leg_stance": "Single-leg stance (s)",
}  # fmt: skip
"""By position; the sheet has no position for them."""
MEASURES = ["force_n", "angle_deg", "time_s", "score"]
TRIALS = [(side, k) for side in ("left", "right") for k in (1, 2, 3)]
OSTRC_WORDS = {
    1: {"0": "yes, without a problem", "8": "yes, with a problem", "17": "less than planned", "25": "not at all"},
    2: {"0": "no", "8": "a little", "17": "moderately", "25": "a lot"},
    3: {"0": "no", "8": "a little", "17": "moderately", "25": "a lot"},
    4: {"0": "none", "8": "mild", "17": "moderate", "25": "severe"},
}
OSTRC_HEADERS = (
    "Did you train as usual?", "Did you change your training?", "Did it slow you down?", "How bad were the symptoms?",
)  # fmt: skip
PROBLEMS = {"injury": "injury", "illness": "illness"}
PAIN = {
    "hip_groin left": "hip left", "hip_groin right": "hip right", "knee left": "knee left", "knee right": "knee right",
    "low_back unspecified": "low back middle", "lateral_thigh left": "outside of thigh left",
    "lateral_thigh right": "outside of thigh right", "lower_leg left": "lower leg left",
    "lower_leg right": "lower leg right", "hamstring left": "hamstring left", "hamstring right": "hamstring right",
    "pelvis unspecified": "pelvis middle", "shoulder left": "shoulder left", "shoulder right": "shoulder right",
}  # fmt: skip
REGIONS = {
    "knee": "knee", "lower_leg": "lower leg", "ankle_foot": "foot or ankle", "hip_groin": "hip or groin",
    "hamstring": "hamstring", "low_back": "low back", "lateral_thigh": "outside of thigh", "thigh": "thigh",
    "other": "other",
}  # fmt: skip
TISSUES = {
    "muscle_tendon": "muscle or tendon", "bone": "bone", "ligament_joint_capsule": "ligament",
    "cartilage_synovium_bursa": "joint surface or bursa", "superficial_skin": "bruise", "non_specific": "not clear",
}  # fmt: skip
ONSETS = {"gradual": "crept in", "sudden": "at once", "mixed": "both"}
REPORT_SIDES = {"left": "left", "right": "right", "unspecified": "no side"}


def write_clinic_a(
    folder: Path, tables: dict[str, pd.DataFrame], twice: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Write the clinic's files under `folder`, as `mappings/clinic_a.toml` maps them; no file for an empty table.

    `tables`: the clinic's clean tables; `twice`: athlete_id and week_start of the forms answered twice.
    """
    _athletes(folder, tables["athletes"], rng)
    _activities(folder, tables["training_sessions"], rng)
    _hip_log(folder, tables["hip_work"], rng)
    _hip_tests(folder, tables["hip_assessments"], rng)
    _weekly_form(folder, weekly_forms(tables["weekly_reports"], twice, rng), rng)
    _injuries(folder, tables["injuries"], rng)


def _athletes(folder: Path, athletes: pd.DataFrame, rng: np.random.Generator) -> None:
    header = ["Name", "E-mail", "Code", "Sex", "Date of birth", "Age", "Height (cm)", "Weight (kg)", "Kicking leg",
              "Years running", "Weekly km", "Injured before?", "Remarks"]  # fmt: skip
    rows = [
        (person_name(k), f"runner{k}@example.org", a.athlete_id, word(a.sex, SEXES),
         f"{2025 - int(a.age_y)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}", number(a.age_y),
         number(a.height_cm), number(a.body_mass_kg, 1), word(a.dominant_leg, SIDES), number(a.experience_y),
         word(a.weekly_volume_band_km, BANDS), word(a.previous_injury, YES_NO), remark(rng))
        for k, a in enumerate(athletes.itertuples())
    ]  # fmt: skip
    write_text(folder / "clinic_a/athletes.csv", header, rows)


def _activities(folder: Path, sessions: pd.DataFrame, rng: np.random.Generator) -> None:
    rows = []
    for k, s in enumerate(sessions.sort_values("start_utc", kind="stable").itertuples()):
        rows.append(_activity(12_070_000_000 + 37 * k, s, rng))
        if rng.random() < 0.01:
            ride = [rows[-1][0], str(int(rows[-1][1]) + 11), *rows[-1][2:]]
            ride[3], ride[4], ride[5] = "To work", "E-Bike Ride", ""
            rows.append(ride)
    write_text(folder / "clinic_a/activities.csv", ["Athlete", *ACTIVITY_COLUMNS], rows)


def _activity(activity_id: int, s: object, rng: np.random.Generator) -> list[str]:
    """One row of the archive, its athlete first: `s` is a row of the sessions table."""
    seconds = round(60 * s.duration_min)
    elapsed = seconds + int(rng.integers(0, 240))
    cells = dict.fromkeys(set(ACTIVITY_COLUMNS), "")
    at = s.start_utc
    hour = at.hour % 12 or 12
    cells["Activity Date"] = f"{at:%b} {at.day}, {at.year}, {hour}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"
    cells["Activity ID"] = str(activity_id)
    cells["Activity Name"] = f"{'Morning' if at.hour < 11 else 'Evening'} {SPORTS[s.sport]}"
    cells["Activity Type"] = SPORTS[s.sport]
    cells["Activity Description"] = "Legs heavy.\nHip tight after the hills" if rng.random() < 0.03 else ""
    cells["Moving Time"] = f"{seconds}.0"
    cells["Max Speed"] = number(s.top_speed_km_h / KM_H_A_M_S)
    cells["Elevation Gain"] = number(s.ascent_m, 1)
    cells["Average Heart Rate"] = number(s.hr_avg_bpm, 1)
    cells["Perceived Exertion"] = number(s.rpe, 1)
    doubled = {
        "Elapsed Time": (str(elapsed), f"{elapsed}.0"),
        "Distance": (number(s.distance_km, 2), number(s.distance_km * 1000, 1)),
        "Commute": ("false", "0.0"),
    }
    seen: dict[str, int] = {}
    row = [s.athlete_id]
    for name in ACTIVITY_COLUMNS:
        row.append(doubled[name][seen.get(name, 0)] if name in doubled else cells[name])
        seen[name] = seen.get(name, 0) + 1
    return row


def _hip_log(folder: Path, entries: pd.DataFrame, rng: np.random.Generator) -> None:
    rows = [
        (e.athlete_id, date_text(e.date, "%Y-%m-%d"), number(e.order_in_day),
         rng.choice(SPELLINGS.get(e.exercise, (e.exercise,))),
         word(e.category, KINDS), number(e.duration_min), number(e.sets), number(e.reps), number(e.hold_s),
         word(e.relation_to_run, RELATIONS), number(e.soreness_next_day_nrs), remark(rng))
        for e in entries.itertuples()
    ]  # fmt: skip
    header = ["Athlete", "Day", "No.", "Exercise", "Kind", "Minutes", "Sets", "Reps", "Hold (s)", "When",
              "Sore next day (0-10)", "Remarks"]  # fmt: skip
    write_text(folder / "clinic_a/hip_log.csv", header, rows)


def _hip_tests(folder: Path, tests: pd.DataFrame, rng: np.random.Generator) -> None:
    rows = []
    keys = ["athlete_id", "date", "quality", "motion", "position"]
    for (athlete, date, quality, motion, position), trials in tests.groupby(keys, sort=False):
        values = trials.set_index(["side", "trial_no"])[MEASURES].max(axis=1)
        arm, rater = trials["lever_arm_m"].iloc[0], trials["rater"].iloc[0]
        test, place = (WHOLE_LEG_TESTS[position], "") if motion == WHOLE_LEG else (TESTS[quality], POSITIONS[position])
        rows.append(
            (athlete, date_text(date, "%m/%d/%Y"), test, MOTIONS[motion], place,
             number(100 * arm, 0), *(number(values.get(t), 0) for t in TRIALS), rater, remark(rng))
        )  # fmt: skip
    header = ["Athlete", "Date", "Test", "Motion", "Position", "Lever arm (cm)",
              *(f"{SIDES[side]} {k}" for side, k in TRIALS), "Tester", "Remarks"]  # fmt: skip
    write_text(folder / "clinic_a/hip_tests.csv", header, rows, line_end="\r\n")


def _weekly_form(folder: Path, forms: pd.DataFrame, rng: np.random.Generator) -> None:
    rows = []
    for form in forms.to_dict("records"):
        some_day = form["week_start"] + pd.Timedelta(days=int(rng.integers(0, 7)))
        ostrc = ["" if pd.isna(form[f"ostrc_q{k}"]) else OSTRC_WORDS[k][str(form[f"ostrc_q{k}"])] for k in OSTRC_WORDS]
        stamp = f"{date_text(form['answered_on'], '%m/%d/%Y')} {time_of_day(form['minute'])}:{rng.integers(0, 60):02d}"
        pain = [number(form.get(name)) for name in PAIN]
        rows.append((stamp, "answered@example.org", form["athlete_id"], date_text(some_day, "%m/%d/%Y"), *ostrc,
                     word(form["problem_type"], PROBLEMS), *pain, remark(rng)))  # fmt: skip
    header = ["Timestamp", "Email Address", "Your code", "Any day of the week you report on", *OSTRC_HEADERS,
              "Injury or illness?", *(f"Worst pain 0-10 [{name}]" for name in PAIN.values()),
              "Anything else?"]  # fmt: skip
    write_text(folder / "clinic_a/weekly_form.csv", header, rows, line_end="\r\n")


def _injuries(folder: Path, injuries: pd.DataFrame, rng: np.random.Generator) -> None:
    rows = [
        (i.athlete_id, date_text(i.onset_date, "%Y-%m-%d"), date_text(i.return_date, "%Y-%m-%d"),
         word(i.problem_type, PROBLEMS), word(i.region, REGIONS), word(i.side, REPORT_SIDES), word(i.tissue, TISSUES),
         word(i.onset_mode, ONSETS), i.definition, remark(rng))
        for i in injuries.itertuples()
    ]  # fmt: skip
    header = [
        "Athlete",
        "First day",
        "Back to full running",
        "What",
        "Where",
        "Side",
        "Tissue",
        "How it began",
        "Definition",
        "Story",
    ]
    write_text(folder / "clinic_a/problems.csv", header, rows)
