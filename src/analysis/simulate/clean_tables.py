"""The clean tables of a simulated cohort: what was recorded, tidy as declared in `analysis.tables`."""

from collections import defaultdict

import numpy as np
import pandas as pd

from analysis.simulate.missing import Recorded, spans_of
from analysis.tables import RAW_TABLES

START = pd.Timestamp("2026-01-05")
"""First Monday of every simulated cohort."""
TIMEZONE = "Europe/Berlin"
RPE_SCALES = {"A": "strava1_10", "B": "cr10", "C": "cr10"}


def days_on(day: np.ndarray | pd.Series) -> pd.Series:
    """Dates of days counted since the first Monday."""
    return pd.Series(START + pd.to_timedelta(np.asarray(day), unit="D"), dtype="datetime64[us]")


def clean_tables(
    athletes: pd.DataFrame,
    sessions: pd.DataFrame,
    entries: pd.DataFrame,
    tests: pd.DataFrame,
    pain: dict[tuple[str, str], np.ndarray],
    ostrc: dict[str, np.ndarray],
    problems: pd.DataFrame,
    recorded: Recorded,
) -> dict[str, pd.DataFrame]:
    """Every raw table by name; rows after dropout, of unanswered weeks and of diary gaps are not there."""
    ids = athletes["athlete_id"].to_numpy()
    tables = {
        "athletes": athletes,
        "training_sessions": _sessions(athletes, sessions, recorded),
        "hip_work": _hip_work(athletes, entries, recorded),
        "hip_assessments": _hip_tests(athletes, tests),
        "weekly_reports": _weekly_reports(ids, pain, ostrc, recorded),
        "injuries": _injuries(ids, problems, recorded),
        "observation_windows": _windows(ids, recorded),
    }
    return {name: RAW_TABLES[name].tidy(frame) for name, frame in tables.items()}


def _sessions(athletes: pd.DataFrame, sessions: pd.DataFrame, recorded: Recorded) -> pd.DataFrame:
    kept = sessions[recorded.watched[sessions["athlete"], sessions["week"]]].reset_index(drop=True)
    clinic = athletes["clinic"].to_numpy()[kept["athlete"]]
    date = days_on(kept["day"])
    start = date + pd.to_timedelta(kept["start_minute"], unit="min")
    start_utc = start.dt.tz_localize(TIMEZONE).dt.tz_convert("UTC")
    return kept.assign(
        session_id=[f"s{k}" for k in range(1, len(kept) + 1)],
        athlete_id=athletes["athlete_id"].to_numpy()[kept["athlete"]],
        date=date,
        start_utc=start_utc.where(clinic == "A"),
        rpe_scale=pd.Series(clinic, index=kept.index).map(RPE_SCALES),
        top_speed_km_h=kept["top_speed_km_h"].where(clinic == "A"),
    )


def _hip_tests(athletes: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """Only clinic A writes down who tested."""
    clinic = athletes["clinic"].to_numpy()[tests["athlete"]]
    ids = athletes["athlete_id"].to_numpy()[tests["athlete"]]
    return tests.assign(athlete_id=ids, date=days_on(tests["day"]), rater=tests["rater"].where(clinic == "A"))


def _hip_work(athletes: pd.DataFrame, entries: pd.DataFrame, recorded: Recorded) -> pd.DataFrame:
    """Only the diary of clinic A numbers the exercises of a day; that of C tells nothing of runs, of B no soreness."""
    kept = entries[recorded.diary[entries["athlete"], entries["week"]]].reset_index(drop=True)
    clinic = athletes["clinic"].to_numpy()[kept["athlete"]]
    return kept.assign(
        entry_id=[f"h{k}" for k in range(1, len(kept) + 1)],
        athlete_id=athletes["athlete_id"].to_numpy()[kept["athlete"]],
        date=days_on(kept["day"]),
        order_in_day=kept["order_in_day"].where(clinic == "A"),
        relation_to_run=kept["relation_to_run"].where(clinic != "C"),
        soreness_next_day_nrs=kept["soreness_next_day_nrs"].where(clinic != "B"),
    )


def _weekly_reports(
    ids: np.ndarray, pain: dict[tuple[str, str], np.ndarray], ostrc: dict[str, np.ndarray], recorded: Recorded
) -> pd.DataFrame:
    """OSTRC answers stand in a row of region `any`, pain in one row a region and side."""
    rows = [_report_rows(ids, recorded, recorded.answered, "any", "unspecified", ostrc | {"ostrc_version": 2})]
    rated = recorded.answered & ~recorded.pain_blank
    rows += [
        _report_rows(ids, recorded, rated, region, side, {"pain_nrs": rating})
        for (region, side), rating in pain.items()
    ]
    return pd.concat(rows, ignore_index=True).sort_values(
        ["athlete_id", "week_start", "region", "side"], kind="stable", ignore_index=True
    )


def _report_rows(
    ids: np.ndarray, recorded: Recorded, kept: np.ndarray, region: str, side: str, values: dict[str, np.ndarray | int]
) -> pd.DataFrame:
    athlete, week = np.nonzero(kept)
    frame = pd.DataFrame({"athlete_id": ids[athlete], "week_start": days_on(7 * week), "region": region, "side": side})
    for name, value in values.items():
        frame[name] = value[kept] if isinstance(value, np.ndarray) else value
    frame["answered_on"] = days_on(7 * week + 6 + recorded.delay_days[kept])
    return frame


def _injuries(ids: np.ndarray, problems: pd.DataFrame, recorded: Recorded) -> pd.DataFrame:
    """A problem not over by the end of the athlete's follow-up is open: no return date, no time loss."""
    end = 7 * recorded.n_weeks_in[problems["athlete"].to_numpy(dtype=int)]
    kept = problems[problems["onset_day"].to_numpy() < end].reset_index(drop=True)
    end = 7 * recorded.n_weeks_in[kept["athlete"].to_numpy(dtype=int)]
    over = kept["return_day"].to_numpy() < end
    return kept.assign(
        injury_id=[f"i{k}" for k in range(1, len(kept) + 1)],
        athlete_id=ids[kept["athlete"].to_numpy(dtype=int)],
        onset_date=days_on(kept["onset_day"].astype(int)),
        return_date=days_on(kept["return_day"].astype(int)).where(over),
        time_loss_days=kept["time_loss_days"].astype(float).where(over),
        subsequent=_subsequent(kept),
    )


def _subsequent(problems: pd.DataFrame) -> pd.Series:
    """Relation of each injury to the athlete's earlier ones (Bahr 2020); missing for illnesses, and where the tissue of
    this or an earlier one at the place is not known."""
    words = []
    back: dict[int, dict[tuple[str, str], dict[str, int]]] = defaultdict(dict)
    for p in problems.itertuples():
        if p.problem_type != "injury":
            words.append(None)
            continue
        before = back[p.athlete]  # place -> tissue -> last day of return
        at_place = before.get((p.region, p.side), {})
        words.append(_relation(p, at_place) if before else "index")
        before[p.region, p.side] = at_place
        at_place[p.tissue] = max(at_place.get(p.tissue, p.return_day), p.return_day)
    return pd.Series(words, index=problems.index, dtype="object")


def _relation(p: object, at_place: dict[str | None, int]) -> str | None:
    """What the injury `p` is to earlier ones, of which `at_place` holds tissue -> last day of return."""
    if not at_place:
        return "new_other"
    if p.tissue is None or None in at_place:
        return None
    if p.tissue not in at_place:
        return "new_local"
    return "reinjury" if at_place[p.tissue] <= p.onset_day else "exacerbation"


def _windows(ids: np.ndarray, recorded: Recorded) -> pd.DataFrame:
    rows = []
    for athlete, diary in enumerate(recorded.diary):
        whole = (0, recorded.n_weeks_in[athlete] - 1)
        streams = {s: [whole] for s in ("training", "weekly_report", "injury", "hip_assessment")}
        streams["hip_work"] = spans_of(diary)
        rows += [(ids[athlete], s, 7 * a, 7 * b + 6) for s, spans in streams.items() for a, b in spans]
    frame = pd.DataFrame(rows, columns=["athlete_id", "stream", "first", "last"])
    return frame.assign(start_date=days_on(frame["first"]), end_date=days_on(frame["last"]))
