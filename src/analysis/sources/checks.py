"""What can only be seen across columns: answers against their questionnaire, dates against each other."""

import numpy as np
import pandas as pd

from analysis.hip.exercises import exercise_library, match_exercises
from analysis.hip.scales import SCALES
from analysis.sources.assemble import PIECE, Rows
from analysis.sources.problems import quoted
from analysis.surveillance.ostrc import CODES
from analysis.tables.words import RUNNING_SPORTS

FAR = pd.Timedelta(days=366)
USUAL_RUN_M_S = (1.5, 7.5)
"""Mean speed of one run: 11:07 to 2:13 min/km."""
USUAL_MEDIAN_M_S = (1.5, 5.0)
"""Median over the runs of one file: nobody's usual run is faster than 3:20 min/km."""
_OTHER_UNIT = {"km": ("mi", 1.609344), "mi": ("km", 1 / 1.609344)}
RPE_BOUNDS = {"cr10": (0, 10), "borg6_20": (6, 20), "strava1_10": (1, 10)}


def check_ostrc(rows: Rows) -> None:
    """Every answer is one that its version of the questionnaire has; version 2 ends with question 1 at 0."""
    _check_scale_known(rows, [f"ostrc_{q}" for q in CODES[2]], "ostrc_version")
    for version, questions in CODES.items():
        for question, codes in questions.items():
            _check_question(rows, version, f"ostrc_{question}", question, codes)
    _warn_contradictory(rows)


def _warn_contradictory(rows: Rows) -> None:
    """Version 2 ends with question 1 at 0: an answer above 0 beside it contradicts it, and neither is known."""
    if not rows.has("ostrc_q1", "ostrc_version"):
        return
    later = [c for c in ("ostrc_q2", "ostrc_q3", "ostrc_q4") if c in rows.frame]
    ended = _numbers(rows, "ostrc_version").eq(2) & _numbers(rows, "ostrc_q1").eq(0)
    above = pd.DataFrame({c: _numbers(rows, c) > 0 for c in later}, index=rows.frame.index).any(axis=1)
    for label in rows.frame.index[ended & above]:
        rows.note(
            label,
            "CODE",
            "ostrc_q1",
            "0, with later answers above 0",
            "no later answers above 0 after 0 (OSTRC version 2)",
            "ask the athlete; until then the OSTRC answers of this row count as unknown",
            "warning",
        )


def _check_question(rows: Rows, version: int, column: str, question: str, codes: tuple[int, ...]) -> None:
    if not rows.has(column, "ostrc_version"):
        return
    answers = _numbers(rows, column)
    wrong = _numbers(rows, "ostrc_version").eq(version) & answers.notna() & ~answers.isin(codes)
    for label in rows.frame.index[wrong]:
        value = int(answers[label])
        other = 3 - version
        belongs = f"{value} belongs to version {other}: set ostrc_version = {other} if that form was used, else "
        fix = (belongs if value in CODES[other][question] else "") + "recode the answers in [file.codes]"
        rows.note(
            label, "CODE", column, str(value), f"one of {', '.join(map(str, codes))} (OSTRC version {version})", fix
        )
        rows.frame.loc[label, column] = None


def _check_scale_known(rows: Rows, answers: list[str], scale: str) -> None:
    """A row with answers says on which scale they were given; without it they could only be left out unseen."""
    answers = [a for a in answers if a in rows.frame]
    if not rows.has(scale) or not answers:
        return
    unknown = rows.frame[answers].notna().any(axis=1) & rows.frame[scale].isna()
    for label in rows.frame.index[unknown]:
        words = scale.replace("_", " ")
        rows.note(label, "MISSING", scale, f"answers without the {words}", f"the {words}", "fill the cell")
    rows.frame.loc[unknown, answers] = None


def check_rpe(rows: Rows) -> None:
    """Every rating has a scale and lies on it."""
    _check_scale_known(rows, ["rpe"], "rpe_scale")
    if not rows.has("rpe", "rpe_scale"):
        return
    rpe = _numbers(rows, "rpe")
    for scale, (low, high) in RPE_BOUNDS.items():
        outside = rows.frame["rpe_scale"].eq(scale) & ((rpe < low) | (rpe > high))
        for label in rows.frame.index[outside]:
            rows.note(
                label,
                "RANGE",
                "rpe",
                f"{rpe[label]:g}",
                f"{low} to {high} on the scale {scale}",
                "correct the cell or rpe_scale",
            )
            rows.frame.loc[label, "rpe"] = None


def warn_unusual_pace(rows: Rows) -> None:
    """Warn of runs slower or faster than people run (1.5 to 7.5 m/s on average): one warning a run, or a single one for
    a file whose median says that its unit of distance or duration may be another one.
    """
    if not rows.has("sport", "distance_km", "duration_min"):
        return
    km, minutes = _numbers(rows, "distance_km"), _numbers(rows, "duration_min")
    is_run = rows.frame["sport"].isin(RUNNING_SPORTS) & (km > 0) & (minutes > 0)
    speed = (1000 / 60 * km[is_run] / minutes[is_run]).astype(float)
    for _, of_file in speed.groupby(rows.frame[PIECE][is_run], sort=False):
        middle = of_file.median()
        if USUAL_MEDIAN_M_S[0] <= middle <= USUAL_MEDIAN_M_S[1]:
            low, high = USUAL_RUN_M_S
            for label in of_file.index[(of_file < low) | (of_file > high)]:
                _note_pace(rows, label, f"a run at {_pace(of_file[label])}", USUAL_RUN_M_S, "check distance and time")
            continue
        runs = f"{len(of_file)} run{'s' if len(of_file) > 1 else ''}"
        found = f"{runs} with a median pace of {_pace(middle)}{_in_other_unit(rows, of_file.index[0], middle)}"
        fix = "say the unit of the distance (km, mi, m) and of the duration in this [[file]], if it is another one"
        _note_pace(rows, of_file.index[0], found, USUAL_MEDIAN_M_S, fix)


def _note_pace(rows: Rows, label: int, found: str, usual: tuple[float, float], fix: str) -> None:
    expected = f"{_pace(usual[1])} to {_pace(usual[0])} (usual)"
    rows.note(label, "RANGE", "distance_km", found, expected, fix, "warning")


def _in_other_unit(rows: Rows, label: int, metres_a_second: float) -> str:
    """What the pace would be if kilometres were miles, or miles kilometres; "" for other units."""
    source = rows.pieces[rows.frame.loc[label, PIECE]].mapping.columns.get("distance_km")
    unit, times = _OTHER_UNIT.get((source and source.unit) or "km", ("", 0.0))
    return f" ({_pace(metres_a_second * times)} if the distances are in {unit})" if unit else ""


def _pace(metres_a_second: float) -> str:
    minutes, seconds = divmod(round(1000 / metres_a_second), 60)
    return f"{minutes}:{seconds:02d} min/km"


def warn_slow_top_speed(rows: Rows) -> None:
    """Warn of a file whose runs have a top speed below their mean speed, which no run has: its unit is another one."""
    if not rows.has("sport", "distance_km", "duration_min", "top_speed_km_h"):
        return
    km, minutes, top = (_numbers(rows, c).astype(float) for c in ("distance_km", "duration_min", "top_speed_km_h"))
    known = rows.frame["sport"].isin(RUNNING_SPORTS) & (km > 0) & (minutes > 0) & (top > 0)
    speeds = pd.DataFrame({"mean": 60 * km / minutes, "top": top})[known]
    for _, of_file in speeds.groupby(rows.frame[PIECE][known], sort=False):
        if (of_file["top"] / of_file["mean"]).median() >= 1:
            continue
        mean, highest = of_file.median()
        found = f"a median top speed of {highest:.1f} km/h in runs with a median mean speed of {mean:.1f} km/h"
        fix = "say the unit of the top speed (km/h, m/s, mph) in this [[file]], if it is another one"
        rows.note(of_file.index[0], "RANGE", "top_speed_km_h", found, "more than the mean speed", fix, "warning")


def check_scores(rows: Rows) -> None:
    """Every score of a control or balance test has a scale and lies on it."""
    _check_scale_known(rows, ["score"], "score_scale")
    if not rows.has("score", "score_scale"):
        return
    scores = _numbers(rows, "score")
    for name, known in SCALES.items():
        outside = rows.frame["score_scale"].eq(name) & ((scores < known.low) | (scores > known.high))
        for label in rows.frame.index[outside]:
            fix = "correct the cell or score_scale"
            expected = f"{known.low:g} to {known.high:g} ({known.label})"
            rows.note(label, "RANGE", "score", f"{scores[label]:g}", expected, fix)
            rows.frame.loc[label, "score"] = None


def check_injuries(rows: Rows) -> None:
    """Return is not before onset. Time loss is counted from the dates where both are known (IOC 2020: days from the
    day after onset to the day before return); a recorded number that differs is a warning.
    """
    if not rows.has("return_date"):
        return
    back, onset = pd.to_datetime(rows.frame["return_date"]), pd.to_datetime(rows.frame["onset_date"])
    for label in rows.frame.index[back < onset]:
        found = f"{back[label]:%Y-%m-%d}, before the onset on {onset[label]:%Y-%m-%d}"
        rows.note(label, "DATE", "return_date", found, "a day on or after onset", "correct one of the dates")
        rows.frame.loc[label, "return_date"] = None
    days = ((back - onset).dt.days - 1).clip(lower=0).where(back >= onset)
    recorded = (
        _numbers(rows, "time_loss_days") if "time_loss_days" in rows.frame else pd.Series(np.nan, rows.frame.index)
    )
    for label in rows.frame.index[(days - recorded).abs() > 1]:
        found = f"{recorded[label]:g} days, but {days[label]:g} between the dates"
        rows.note(
            label,
            "RANGE",
            "time_loss_days",
            found,
            "the days between onset and return",
            "check both; the dates are used",
            "warning",
        )
    rows.frame["time_loss_days"] = days.fillna(recorded)


def check_windows(rows: Rows) -> None:
    """A window ends on or after its first day, one that does not is left out; warns of windows that overlap."""
    if not rows.has("start_date", "end_date"):
        return
    reversed_ = pd.to_datetime(rows.frame["end_date"]) < pd.to_datetime(rows.frame["start_date"])
    for label in rows.frame.index[reversed_]:
        rows.note(
            label,
            "DATE",
            "end_date",
            f"{rows.frame.loc[label, 'end_date']:%Y-%m-%d}, before the first day",
            "a day on or after start_date",
            "correct one of them",
        )
    rows.drop(rows.frame.index[reversed_], "window that ends before it starts")
    ordered = rows.frame.sort_values(["athlete_id", "stream", "start_date"], kind="stable")
    of_stream = [ordered["athlete_id"], ordered["stream"]]
    reached = pd.to_datetime(ordered["end_date"]).groupby(of_stream).cummax().groupby(of_stream).shift()
    starts = pd.to_datetime(ordered["start_date"])
    for label in ordered.index[starts <= reached]:
        found = f"{starts[label]:%Y-%m-%d}, in a window that lasts to {reached[label]:%Y-%m-%d}"
        fix = "correct one of them; days in both count once"
        rows.note(label, "WINDOW", "start_date", found, "windows that do not overlap", fix, "warning")


def check_reports(rows: Rows) -> None:
    """Warn of a form filled in before the week it is about."""
    if not rows.has("answered_on", "week_start"):
        return
    answered, week = pd.to_datetime(rows.frame["answered_on"]), pd.to_datetime(rows.frame["week_start"])
    for label in rows.frame.index[answered < week]:
        found = f"{answered[label]:%Y-%m-%d}, before the week of {week[label]:%Y-%m-%d}"
        rows.note(
            label,
            "DATE",
            "answered_on",
            found,
            "a day in or after the week",
            "check which week the answers are about",
            "warning",
        )


def warn_far_dates(rows: Rows) -> None:
    """Warn of dates more than a year from the others of the table: 2062 for 2026 would leave no error behind."""
    column = "week_start" if "week_start" in rows.table else "date"
    if not rows.has(column):
        return
    dates = pd.to_datetime(rows.frame[column])
    days = dates.value_counts().sort_index()
    n_before = days.cumsum()
    for k in np.flatnonzero(np.diff(days.index) > FAR):
        fewer_after = len(dates) - n_before.iloc[k] <= n_before.iloc[k]
        odd, beside = (days.index[k + 1], days.index[k]) if fewer_after else (days.index[k], days.index[k + 1])
        label = dates.index[dates == odd][0 if fewer_after else -1]
        found = f"{odd:%Y-%m-%d}, with nothing between it and {beside:%Y-%m-%d}"
        fix = "check the year; nothing to do if nobody was watched in between"
        rows.note(label, "DATE", column, found, "no gap of more than a year", fix, "warning")


def match_to_library(rows: Rows) -> None:
    """Exercise names as in the library, with their category; an unknown name stays, with one warning."""
    if not rows.has("exercise"):
        return
    matched = match_exercises(rows.frame["exercise"])
    category = exercise_library().set_index("name")["category"]
    of_library = matched["exercise"].map(category).astype(object)
    given = rows.frame["category"] if "category" in rows.frame else pd.Series(None, rows.frame.index, dtype=object)
    rows.frame = rows.frame.assign(
        exercise=matched["exercise"].astype(object),
        in_library=matched["known"],
        category=given.where(given.notna(), of_library),
    )
    unknown = matched[~matched["known"].astype(bool)].drop_duplicates("name")
    for label, name in unknown["name"].items():
        n = int((matched["name"] == name).sum())
        near = ", ".join(quoted(s) for s in unknown.loc[label, "suggestions"].split("|") if s)
        hint = f" (closest: {near})" if near else ""
        fix = f"write a code in [file.codes.exercise]{hint}; else it is kept by that name"
        rows.note(
            label,
            "EXERCISE",
            "exercise",
            f"{quoted(name)} ({n} rows)",
            "a name of the exercise library",
            fix,
            "warning",
        )


def _numbers(rows: Rows, column: str) -> pd.Series:
    return pd.to_numeric(rows.frame[column])
