"""One training session that came twice: from two services, or in two files of one, perhaps hours apart.

Counted twice it would double the athlete's exposure. Two sessions of different files are one where they are of one
athlete, start within 120 s of one another or of a whole number of hours apart (a time zone taken wrongly), and agree in
distance, or where none is known in duration, within 3 %. A file without clock times is compared by the day.
"""

import numpy as np
import pandas as pd

from analysis.sources.assemble import PIECE, Rows

SAME_START_S, SAME_SHARE, MOST_ZONE_H = 120, 0.03, 14
_NUMBERS = ("distance_km", "duration_min")


def settle_double_sessions(rows: Rows) -> None:
    """Leave one of each session that came twice, by the rule (`duplicates`) of its block; without one it is an error.

    "first" keeps the session of the block, or file, that is named first, "last" the other.
    """
    if not rows.has("date") or rows.frame[PIECE].nunique() < 2:
        return
    pairs = double_sessions(rows.frame)
    leave_out = []
    for one, other, shift_h in pairs[["one", "other", "shift_h"]].itertuples(index=False):
        rules = {rows.pieces[rows.frame.loc[label, PIECE]].mapping.duplicates for label in (one, other)} - {None}
        if len(rules) != 1:
            _tell(rows, one, other, int(shift_h))
        leave_out.append(one if rules == {"last"} else other)
    rows.drop(dict.fromkeys(leave_out), "the same session in another file")
    rows.frame = rows.frame.reset_index(drop=True)


def double_sessions(frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs of labels of `frame`: one, other (of a later file), shift_h (whole hours from one to the other).

    Each session is in one pair at most; the nearest in time go together first.
    """
    n_files = frame.groupby("athlete_id", sort=False)[PIECE].transform("nunique")
    seen = _comparable(frame[n_files > 1])
    days = [seen.assign(day=seen["day"] + pd.Timedelta(days=k)) for k in (-1, 0, 1)]
    pairs = pd.concat([seen.merge(later, on=["athlete_id", "day"], suffixes=("", "_2")) for later in days])
    pairs = pairs[pairs["piece"] < pairs["piece_2"]]
    seconds = (pairs["start_2"] - pairs["start"]).dt.total_seconds()
    hours = (seconds / 3600).round()
    timed = seconds.notna()
    near = np.where(timed, (seconds - 3600 * hours).abs() <= SAME_START_S, pairs["date"] == pairs["date_2"])
    near &= ~timed | (hours.abs() <= MOST_ZONE_H)
    pairs = pairs.assign(shift_h=hours.fillna(0), gap=seconds.abs().fillna(0))[near & _alike(pairs)]
    pairs = pairs.rename(columns={"label": "one", "label_2": "other"}).sort_values(["gap", "one", "other"])
    return _once(pairs)[["one", "other", "shift_h"]].sort_values("other", ignore_index=True)


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = {n: pd.to_numeric(frame[n]) if n in frame else np.nan for n in _NUMBERS}
    start = pd.to_datetime(frame["start_utc"], utc=True) if "start_utc" in frame else pd.NaT
    date = pd.to_datetime(frame["date"])
    seen = frame[["athlete_id"]].assign(label=frame.index, piece=frame[PIECE], date=date, start=start, **numbers)
    return seen.assign(start=pd.to_datetime(seen["start"], utc=True), day=date)


def _alike(pairs: pd.DataFrame) -> np.ndarray:
    """Whether distance agrees within 3 %, or, where one has none, duration."""
    agrees, known = {}, {}
    for name in _NUMBERS:
        one, other = pairs[name], pairs[f"{name}_2"]
        known[name] = (one.notna() & other.notna()).to_numpy()
        agrees[name] = ((one - other).abs() <= SAME_SHARE * np.maximum(one, other)).to_numpy()
    distance, duration = _NUMBERS
    return np.where(known[distance], agrees[distance], known[duration] & agrees[duration])


def _once(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs in their order, without those of a session that is in an earlier one with the same file."""
    used: set[tuple[int, int]] = set()
    kept = []
    for one, other, piece, piece_2 in pairs[["one", "other", "piece", "piece_2"]].itertuples(index=False):
        free = (one, piece_2) not in used and (other, piece) not in used
        kept.append(free)
        if free:
            used |= {(one, piece_2), (other, piece)}
    return pairs[np.array(kept, dtype=bool)].drop_duplicates("other")


def _tell(rows: Rows, one: int, other: int, shift_h: int) -> None:
    found = f"the session that is at {rows.place(one, 'date')}"
    fix = 'say duplicates = "first" (or "last") in one of the two [[file]], or leave one out with where'
    if shift_h:
        found += f", {abs(shift_h)} h {'later' if shift_h > 0 else 'earlier'}"
        fix = f"say the timezone of the file whose clock is off; {fix}"
    rows.note(other, "DUPLICATE", "date", found, "each session once", fix)
