"""Which column of a file is which column of a table, and which tables a file can feed."""

from collections.abc import Collection

import numpy as np

from analysis.sources.peek.answers import MOST_WORDS, QUESTIONS, could_be_ostrc, share_known
from analysis.sources.peek.profile import BLANK, CLOCK, DATE, NUMBER, TEXT, Profile
from analysis.sources.peek.vocabulary import folded_words, header_scores
from analysis.tables import RAW_TABLES, Column
from analysis.tables.declare import DAY, INSTANT, TRUTH, WHOLE
from analysis.tables.declare import NUMBER as NUMBERS

_OTHERS = {
    "max", "maximum", "maximal", "maximale", "best", "beste", "min", "minimum", "resting", "rest", "ruhe", "ruhepuls",
    "bike", "shoe", "planned", "plan", "target", "goal", "geplant", "soll", "lap", "laps", "other", "elapsed", "warmup",
    "family", "partner", "injury", "pain",
}  # fmt: skip
"""Words that make a header name another thing than the word beside them."""
_PEAKS = {"force_n", "torque_nm", "angle_deg", "pain_nrs", "time_s", "onset_date", "region", "side", "problem_type"}
_PEAKS |= {"top_speed_km_h", "diagnosis_code", "definition", "tissue", "previous_injury", "injury_id", "onset_mode"}
_ONLY_BESIDE = {
    "date": {
        "date", "day", "datum", "tag", "test", "testing", "tested", "session", "training", "activity", "workout", "run",
        "of", "the", "visit", "assessment", "exam", "dato", "measurement", "measured", "local", "time", "start", "utc",
        "timestamp", "zeit", "uhrzeit", "trainings", "mess", "fecha", "data", "jour", "seance",
    },
    "athlete_id": {
        "athlete", "athleten", "athlet", "participant", "patient", "patienten", "subject", "player", "runner", "person",
        "study", "record", "user", "client", "id", "code", "no", "nr", "nummer", "number", "kennung", "key", "your",
        "der", "des", "proband", "probanden", "teilnehmer", "laufer", "sportler", "spieler",
    },
}  # fmt: skip
"""Words that may stand beside the column's own word in a header."""
Assigned = dict[str, Profile]
"""Column of a table -> the column of the file that gives it."""
VALUES = ("force_n", "torque_nm", "angle_deg", "time_s", "repetitions", "score")
_MAY_BE_BLANK = ("return_date", "time_loss_days")
_KNOWN_WEIGHT = 0.3
_NEEDED_KNOWN = {
    "quality": 0.5,
    "motion": 0.5,
    "category": 0.3,
    "relation_to_run": 0.5,
    "problem_type": 0.3,
    "definition": 0.3,
    "sport": 0.0,
}
"""Least share of cells whose word is known, for headers that many things are called by."""
_ANSWERS = {"rpe", "pain_nrs", "soreness_next_day_nrs", "hr_avg_bpm", "time_loss_days", "trial_no", "sets", "reps"}
_PERSON = ("sex", "age_y", "height_cm", "body_mass_kg", "dominant_leg", "experience_y", "previous_injury")


def assign(table: str, profiles: Collection[Profile]) -> Assigned:
    """The columns of `table` that the profiles' headers name and whose cells fit, the surest first; each once."""
    scored = sorted(
        (
            (-_total(score, RAW_TABLES[table][column], p), p.position, column, p)
            for p in profiles
            for column, score in header_scores(table, p.header).items()
            if column in RAW_TABLES[table] and fits(RAW_TABLES[table][column], p)
            if score == 1.0 or not _is_other_thing(column, p.header)
        ),
        key=lambda found: found[:3],
    )
    found: Assigned = {}
    used: set[int] = set()
    for _, position, column, profile in scored:
        if column not in found and position not in used:
            found[column] = profile
            used.add(position)
    return found


def _is_other_thing(column: str, header: str) -> bool:
    """Whether a header that holds the column's word names another thing with it, such as a greatest heart rate, the
    weight of a bike, or the date of something else.
    """
    words = set(folded_words(header))
    if column in _ONLY_BESIDE:
        return not words <= _ONLY_BESIDE[column]
    return column not in _PEAKS and bool(words & _OTHERS)


def _total(score: float, declared: Column, profile: Profile) -> float:
    """Header and cells together."""
    if not declared.allowed and declared.dtype != TRUTH:
        return score + (_KNOWN_WEIGHT if declared.name == "athlete_id" else 0)
    return score + _KNOWN_WEIGHT * share_known(declared, profile)


def fits(declared: Column, profile: Profile) -> bool:
    """Whether the cells can be values of the column."""
    if profile.kind == BLANK:
        return declared.name in _MAY_BE_BLANK
    if declared.dtype in (DAY, INSTANT):
        return profile.kind == DATE
    if declared.dtype in (NUMBERS, WHOLE):
        return _fits_numbers(declared, profile)
    if declared.allowed or declared.dtype == TRUTH:
        return _fits_words(declared, profile)
    if declared.name == "athlete_id":
        return profile.kind == TEXT or (profile.kind == NUMBER and all(float(n).is_integer() for n in profile.numbers))
    return profile.kind in (TEXT, NUMBER)


def _fits_numbers(declared: Column, profile: Profile) -> bool:
    if declared.name in QUESTIONS:
        return profile.kind in (NUMBER, TEXT) and could_be_ostrc(profile)
    if profile.kind == CLOCK:
        return declared.unit in ("s", "min")
    if profile.kind != NUMBER or not len(profile.numbers):
        return False
    if declared.name not in _ANSWERS:
        return True
    middle = np.median(profile.ratings) if len(profile.ratings) else np.nan
    whole = declared.dtype != WHOLE or all(float(n).is_integer() for n in profile.ratings)
    return whole and declared.minimum <= middle <= declared.maximum


def _fits_words(declared: Column, profile: Profile) -> bool:
    if len(profile.texts) > MOST_WORDS or profile.kind not in (TEXT, NUMBER):
        return False
    if declared.dtype == TRUTH and len(profile.texts) > 3:
        return False
    if profile.kind == NUMBER:
        return len(profile.texts) <= 8 and all(float(n).is_integer() for n in profile.numbers)
    return share_known(declared, profile) >= _NEEDED_KNOWN.get(declared.name, 0.0)


def feeds(table: str, found: Assigned, *, wide: bool, others: Collection[str]) -> bool:
    """Whether what was found is enough for a block of the table. `others` are tables the file is proposed for already;
    `wide` says that its values stand in wide columns.
    """
    given = found.keys()
    if table == "athletes":
        return "athlete_id" in given and len(given & set(_PERSON)) >= 2
    if table == "training_sessions":
        return "date" in given and bool(given & {"duration_min", "distance_km"}) and "hip_assessments" not in others
    if table == "hip_work":
        return {"date", "exercise"} <= given
    if table == "hip_assessments":
        values = bool(given & set(VALUES))
        return wide or (values and ("motion" in given or "side" in given) and "athlete_id" in given)
    if table == "weekly_reports":
        answers = wide or bool(given & {"pain_nrs", *QUESTIONS})
        return (
            answers
            and ("week_start" in given or "answered_on" in given)
            and not {"training_sessions", "hip_assessments"} & set(others)
        )
    if table == "injuries":
        return (
            "onset_date" in given
            and "observation_windows" not in others
            and bool(
                given
                & {"region", "time_loss_days", "onset_mode", "definition", "diagnosis_code", "subsequent", "tissue"}
                or {"return_date", "problem_type"} <= given
            )
        )
    return {"stream", "start_date", "end_date"} <= given
