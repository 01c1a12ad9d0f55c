"""Clinic B: German workbooks with titles, merged headers and footers, and diaries with decimal commas."""

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from analysis.simulate.untidy import date_text, number, person_name, remark, weekly_forms, word, write_text
from analysis.simulate.workbook_file import write_workbook

DAY = "%d.%m.%Y"
NEWTONS_A_KGF = 9.80665
SECOND_ID_FROM_WEEK = 10

SEXES = {"female": "w", "male": "m"}
SIDES = {"left": "links", "right": "rechts", "unspecified": "keine", "both": "beide"}
BANDS = {"0-15": "bis 15", "16-25": "16 bis 25", "26-35": "26 bis 35", "36-45": "36 bis 45", ">45": "über 45"}
YES_NO = {True: "ja", False: "nein"}
SPORTS = {
    "run": "Lauf", "trail_run": "Traillauf", "treadmill_run": "Laufband", "bike": "Rad", "swim": "Schwimmen",
    "strength": "Kraft", "walk": "Gehen",
}  # fmt: skip
SURFACES = {"road": "Straße", "trail": "Trail", "treadmill": "Laufband"}
EXERCISES = {
    "ball release quadriceps": "Faszienball Quadrizeps",
    "ball release gluteus medius and piriformis": "Faszienball Gesäß",
    "half-kneeling band mobilisation front of hip": "Hüftbeuger Bandmobilisation",
    "pigeon band mobilisation gluteals": "Taube mit Band",
    "yoga-based hip flow": "Yoga Hüfte",
    "stability-ball dead bug": "Dead Bug Gymnastikball",
    "hip hinge": "Hüftbeuge (Hip Hinge)",
    "prone glute activation": "Gluteusaktivierung Bauchlage",
    "full-range hip abduction strengthening": "Hüftabduktion Kräftigung",
    "full-range hip external rotation strengthening": "Hüftaußenrotation Kräftigung",
    "side-to-side drills": "Seitwärtsdrills",
    "single-leg stance": "Einbeinstand",
}
"""German names where the library has one; the others are written in English, as on the exercise sheet."""
MOTIONS = {
    "flexion": "Flexion", "extension": "Extension", "abduction": "Abduktion", "adduction": "Adduktion",
    "internal_rotation": "IRO", "external_rotation": "ARO",
}  # fmt: skip
POSITIONS = {"supine": "Rückenlage", "prone": "Bauchlage", "side_lying": "Seitlage"}
FUNCTION_TESTS = {
    ("endurance", "side_lying"): "Halten Abduktion (s)",
    ("end_range_strength", "prone"): "Endbereich Extension (N)",
    ("end_range_strength", "supine"): "Endbereich Abduktion (N)",
    ("control", "step_down"): "Step-down (0-6)",
    ("control", "step_up"): "Step-up (0-10)",
    ("control", "hip_hinge"): "Hip Hinge (0-10)",
    ("control", "single_leg_squat"): "Einbeinkniebeuge Fehler (0-10)",
    ("balance", "single_leg_stance"): "Einbeinstand (s)",
}
"""By quality and position."""
TRIALS = [(side, k) for side in ("right", "left") for k in (1, 2, 3)]
RELATIONS = {"before_run": "vor dem Lauf", "after_run": "nach dem Lauf", "separate": "unabhängig vom Lauf"}
OTHER_PLACES = {
    "lateral_thigh left": "Oberschenkel außen links", "lateral_thigh right": "Oberschenkel außen rechts",
    "lower_leg left": "Unterschenkel links", "lower_leg right": "Unterschenkel rechts",
    "hamstring left": "Oberschenkel hinten links", "hamstring right": "Oberschenkel hinten rechts",
    "pelvis unspecified": "Becken", "shoulder left": "Schulter links", "shoulder right": "Schulter rechts",
}  # fmt: skip
PROBLEMS = {"injury": "Verletzung", "illness": "Krankheit"}
REGIONS = {
    "knee": "Knie", "lower_leg": "Unterschenkel", "ankle_foot": "Fuß", "hip_groin": "Hüfte/Leiste",
    "hamstring": "Oberschenkel hinten", "low_back": "Unterer Rücken", "lateral_thigh": "Oberschenkel außen",
    "thigh": "Oberschenkel vorn", "other": "sonst",
}  # fmt: skip
TISSUES = {
    "muscle_tendon": "Muskel/Sehne", "bone": "Knochen", "ligament_joint_capsule": "Band/Kapsel",
    "cartilage_synovium_bursa": "Knorpel/Schleimbeutel", "superficial_skin": "Prellung", "non_specific": "unklar",
}  # fmt: skip
ONSETS = {"gradual": "schleichend", "sudden": "plötzlich", "mixed": "gemischt"}
DEFINITIONS = {"any_complaint": "Beschwerde", "time_loss": "Ausfall"}
SUBSEQUENT = {
    "index": "Erstverletzung", "reinjury": "Rückfall", "exacerbation": "Verschlimmerung", "new_other": "andere Stelle",
    "new_local": "gleiche Stelle, anderes Gewebe",
}  # fmt: skip


def write_clinic_b(
    folder: Path, tables: dict[str, pd.DataFrame], twice: pd.DataFrame, rng: np.random.Generator
) -> None:
    """Write the clinic's files under `folder`, as `mappings/clinic_b.toml` maps them; no file for an empty table.

    `tables`: the clinic's clean tables; `twice`: athlete_id and week_start of the forms answered twice.
    """
    _register(folder, tables["athletes"], tables["injuries"], rng)
    _diary(folder, tables["training_sessions"], tables["hip_work"], rng)
    _weekly_sheet(folder, weekly_forms(tables["weekly_reports"], twice, rng), rng)
    _hip_tests(folder, tables["hip_assessments"], rng)


def second_id(athlete_id: str) -> str:
    """The other id under which a person's diary goes on after a new phone."""
    return f"{athlete_id} neu"


def second_id_holder(sessions: pd.DataFrame, entries: pd.DataFrame) -> tuple[str, pd.Timestamp] | None:
    """Who of the clinic goes on under a second id and from which day: the last by id who still writes in week 10."""
    diary = pd.concat([table[["athlete_id", "date"]] for table in (sessions, entries)])
    change = diary["date"].min() + pd.Timedelta(weeks=SECOND_ID_FROM_WEEK)
    later = diary.loc[diary["date"] >= change, "athlete_id"]
    return None if later.empty else (later.max(), change)


def _register(folder: Path, athletes: pd.DataFrame, injuries: pd.DataFrame, rng: np.random.Generator) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Patienten"
    _title(sheet, "Laufstudie Hüfte: Stammdaten", "Stand 10.07.2026, nicht weitergeben")
    sheet.append(["Name", "Patient", "Geschlecht", "Alter", "Größe (m)", "Gewicht (kg)", "Schussbein", "Laufjahre",
                  "Wochenkilometer", "Frühere Laufverletzung", "Bemerkung intern"])  # fmt: skip
    for k, a in enumerate(athletes.itertuples()):
        sheet.append([person_name(k), a.athlete_id, word(a.sex, SEXES), int(a.age_y), number(a.height_cm / 100, 2, ","),
                      a.body_mass_kg, word(a.dominant_leg, SIDES), int(a.experience_y),
                      word(a.weekly_volume_band_km, BANDS),
                      word(a.previous_injury, YES_NO), remark(rng)])  # fmt: skip
    if not injuries.empty:
        _problems(book.create_sheet("Verletzungen"), injuries, rng)
    write_workbook(folder / "clinic_b/Stammdaten.xlsx", book)


def _problems(sheet: Worksheet, injuries: pd.DataFrame, rng: np.random.Generator) -> None:
    _title(sheet, "Verletzungen und Krankheiten", "Ausfall = mindestens ein Tag ohne Lauftraining")
    sheet.append(["Patient", "Beginn", "Wieder voll im Lauftraining", "Art", "Ort", "Seite", "Gewebe", "Verlauf",
                  "Fall", "Folge", "Bemerkung"])  # fmt: skip
    for i in injuries.itertuples():
        back = None if pd.isna(i.return_date) else i.return_date.to_pydatetime()
        sheet.append([i.athlete_id, i.onset_date.to_pydatetime(), back, word(i.problem_type, PROBLEMS),
                      word(i.region, REGIONS), word(i.side, SIDES), word(i.tissue, TISSUES), word(i.onset_mode, ONSETS),
                      word(i.definition, DEFINITIONS), word(i.subsequent, SUBSEQUENT), remark(rng)])  # fmt: skip


def _title(sheet: Worksheet, title: str, below: str) -> None:
    sheet.append([title])
    sheet.append([below])


def _diary(folder: Path, sessions: pd.DataFrame, entries: pd.DataFrame, rng: np.random.Generator) -> None:
    """One diary for running and hip work; one patient writes under a second id from week 10 on."""
    columns = ["Patient", "Datum", "Art", "Übung", "Dauer (min)", "km", "Höhenmeter", "Puls", "RPE (0-10)",
               "Untergrund", "Sätze", "Wdh.", "Halten (s)", "Zeitpunkt", "Bemerkung"]  # fmt: skip
    rows = [
        (s.date, s.athlete_id, SPORTS[s.sport], "", number(s.duration_min, 1, ","), number(s.distance_km, 2, ","),
         number(s.ascent_m), number(s.hr_avg_bpm), number(s.rpe) or "k. A.", word(s.surface, SURFACES), "", "", "",
         "", remark(rng))
        for s in sessions.itertuples()
    ]  # fmt: skip
    rows += [
        (e.date, e.athlete_id, "Hüfte", EXERCISES.get(e.exercise, e.exercise), number(e.duration_min), "", "", "", "",
         "", number(e.sets), number(e.reps), number(e.hold_s), word(e.relation_to_run, RELATIONS), remark(rng))
        for e in entries.itertuples()
    ]  # fmt: skip
    rows.sort(key=lambda row: (row[0], row[1]))
    who, change = second_id_holder(sessions, entries) or (None, None)
    named = [
        (second_id(writer) if writer == who and day >= change else writer, date_text(day, DAY), *rest)
        for day, writer, *rest in rows
    ]
    write_text(
        folder / "clinic_b/Trainingstagebuch.csv", columns, named, delimiter=";", encoding="cp1252", line_end="\r\n"
    )


def _weekly_sheet(folder: Path, forms: pd.DataFrame, rng: np.random.Generator) -> None:
    """OSTRC codes, pain of the worse side only in hip and knee, and of each side in the other places."""
    columns = ["Patient", "Woche ab", "Ausgefüllt am", "Frage 1", "Frage 2", "Frage 3", "Frage 4", "Art",
               "Schmerz Hüfte (0-10)", "Seite Hüfte", "Schmerz Knie (0-10)", "Seite Knie", "Schmerz Rücken (0-10)",
               *(f"Weitere Stelle: {place} (0-10)" for place in OTHER_PLACES.values()), "Bemerkung"]  # fmt: skip
    rows = [
        (f["athlete_id"], date_text(f["week_start"], DAY), date_text(f["answered_on"], DAY),
         *(number(f[f"ostrc_q{k}"]) for k in (1, 2, 3, 4)), word(f["problem_type"], PROBLEMS),
         *_worse_side(f.get("hip_groin left"), f.get("hip_groin right")),
         *_worse_side(f.get("knee left"), f.get("knee right")),
         *(number(f.get(name)) or "k. A." for name in ("low_back unspecified", *OTHER_PLACES)), remark(rng))
        for f in forms.to_dict("records")
    ]  # fmt: skip
    write_text(folder / "clinic_b/Wochenbogen.csv", columns, rows, delimiter=";")


def _worse_side(left: float | None, right: float | None) -> tuple[str, str]:
    """The higher rating and the side it is of."""
    if pd.isna(left) or pd.isna(right):
        return "k. A.", "keine"
    worst = max(left, right)
    side = "unspecified" if worst == 0 else "both" if left == right else "left" if left > right else "right"
    return number(worst), SIDES[side]


def _hip_tests(folder: Path, tests: pd.DataFrame, rng: np.random.Generator) -> None:
    if tests.empty:
        return
    book = openpyxl.Workbook()
    book.remove(book.active)
    force = tests[tests["quality"] == "strength_isometric"]
    _test_sheet(book.create_sheet("Kraft"), force, "force_n", rng)
    _test_sheet(book.create_sheet("ROM"), tests[tests["quality"] == "rom_passive"], "angle_deg", rng)
    _function_sheet(book.create_sheet("Funktion"), tests, rng)
    write_workbook(folder / "clinic_b/Hueftkraft.xlsx", book)


def _function_sheet(sheet: Worksheet, tests: pd.DataFrame, rng: np.random.Generator) -> None:
    """One trial of each functional test a side; no force in kgf here, the device was set to newtons."""
    sheet.append(["Hüfte: Funktionstests, je ein Versuch"])
    sheet.append(["Hebel wie im Blatt Kraft (Oberschenkel)"])
    sheet.append([])
    sheet.append(
        ["Patient", "Datum", "Hebel (cm)", *(f"{t} {s}" for t in FUNCTION_TESTS.values() for s in "RL"), "Bemerkung"]
    )
    chosen = tests[tests["quality"].isin([quality for quality, _ in FUNCTION_TESTS])]
    for (athlete, date), day in chosen.groupby(["athlete_id", "date"]):
        value = day[["force_n", "time_s", "score"]].max(axis=1)
        found = value.set_axis(pd.MultiIndex.from_frame(day[["quality", "position", "side"]]))
        cells = [int(found[*test, side]) for test in FUNCTION_TESTS for side in ("right", "left")]
        arm = day["lever_arm_m"].max()
        sheet.append([athlete, date.to_pydatetime(), round(100 * arm), *cells, remark(rng)])


def _test_sheet(sheet: Worksheet, tests: pd.DataFrame, value: str, rng: np.random.Generator) -> None:
    """Titles, a header of two rows whose upper cells are merged over their trials, rows, and notes below."""
    is_force = value == "force_n"
    sheet.append(["Hüfte: isometrische Kraft in kgf" if is_force else "Hüfte: passives Bewegungsausmaß in Grad"])
    sheet.append(["je drei Versuche; n. b. = nicht bestimmt"])
    sheet.append([])
    fixed = ["Patient", "Datum", *(["Hebel Oberschenkel (cm)", "Hebel Unterschenkel (cm)"] if is_force else [])]
    places = tests[["motion", "position"]].drop_duplicates().itertuples(index=False)
    motions = [(m, f"{MOTIONS[m]} ({POSITIONS[p]})") for m, p in places]
    _test_header(sheet, fixed, [title for _, title in motions])
    for (athlete, date), day in tests.groupby(["athlete_id", "date"]):
        found = day.set_index(["motion", "side", "trial_no"])[value]
        arms = day.groupby("motion")["lever_arm_m"].first() * 100 if is_force else None
        levers = [round(arms["abduction"]), round(arms["internal_rotation"])] if is_force else []
        cells = [_typed(found[m, side, k], is_force, rng) for m, _ in motions for side, k in TRIALS]
        sheet.append([athlete, date.to_pydatetime(), *levers, *cells, remark(rng)])
    sheet.append(["Untersucher: KE, handgehaltenes Gerät" if is_force else "Untersucher: KE, Goniometer"])
    sheet.append(["Bei Fragen bitte anrufen"])


def _test_header(sheet: Worksheet, fixed: list[str], titles: list[str]) -> None:
    upper = [*fixed, *(t for title in titles for t in (title, *[None] * (len(TRIALS) - 1))), "Bemerkung"]
    lower = [None] * len(fixed) + [f"{'R' if side == 'right' else 'L'} {k}" for _ in titles for side, k in TRIALS]
    sheet.append(upper)
    sheet.append(lower)
    for column in range(1, len(fixed) + 1):
        sheet.merge_cells(start_row=4, end_row=5, start_column=column, end_column=column)
    for k in range(len(titles)):
        first = len(fixed) + 1 + k * len(TRIALS)
        sheet.merge_cells(start_row=4, end_row=4, start_column=first, end_column=first + len(TRIALS) - 1)


def _typed(value: float, is_force: bool, rng: np.random.Generator) -> float | str:
    """A value as typed: force in kgf to one decimal, now and then as text with a comma."""
    if not is_force:
        return int(value)
    kgf = round(value / NEWTONS_A_KGF, 1)
    return number(kgf, 1, ",") if rng.random() < 0.05 else kgf
