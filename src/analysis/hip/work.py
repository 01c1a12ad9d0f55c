"""Hip work by athlete and week: minutes, planes and their diversity, phases, days, before or after runs.

A week appears if it has an entry. Whether a week without one is 0 or unknown is told by the observation windows, not
here. As everywhere, an unknown part leaves no known sum.
"""

import numpy as np
import pandas as pd
from scipy.special import entr

from analysis.errors import HiprunError
from analysis.hip.exercises import PHASES, exercise_library
from analysis.hip.motions import PLANES
from analysis.tables.words import RELATIONS_TO_RUN

WEEK = ["athlete_id", "week_start"]
FULL_SEQUENCE = ("soft_tissue", "mobilisation", "control", "activation")
"""The four phases of CLAIMS full_sequence, in its order."""
LOADING = ("control", "activation")
"""CLAIMS temporary_range: the phases that load the range won."""

_NEEDED = ("athlete_id", "date", "exercise", "duration_min", "sets", "reps", "hold_s")


def minutes_from_sets(entries: pd.DataFrame) -> pd.DataFrame:
    """minutes and minutes_basis of each hip_work entry, aligned to `entries`.

    The recorded `duration_min` where there is one ('recorded'); else sets × repetitions × seconds a repetition or hold
    lasts / 60 ('sets x reps x seconds'), and missing where one of the three is (no usual tempo is put in). The product
    is arithmetic, not a published rule: it holds no rest between sets, and one side of a one-sided exercise unless the
    sets of both are counted, so it is a lower bound of time spent, which `duration_min` gives rests included. Raises
    `HiprunError` for missing columns or a negative factor.
    """
    _require(entries, _NEEDED)
    recorded, *factors = (entries[c].astype("float64") for c in ("duration_min", "sets", "reps", "hold_s"))
    for name, values in zip(("duration_min", "sets", "reps", "hold_s"), (recorded, *factors), strict=True):
        if (values < 0).any():
            raise HiprunError(f"hip work: found {name} {values.min():g}; expected 0 or more. Fix: correct the entry.")
    product = factors[0] * factors[1] * factors[2] / 60
    basis = np.select([recorded.notna(), product.notna()], ["recorded", "sets x reps x seconds"], "")
    basis = pd.Series(basis, index=entries.index, dtype="str").replace("", None)
    return pd.DataFrame({"minutes": recorded.fillna(product), "minutes_basis": basis})


def shannon_diversity(minutes: np.ndarray) -> np.ndarray:
    """Shannon entropy of each row's shares, H = -Σ p ln p, in nats: shape (n, k) of minutes in, (n,) out.

    0 where all is in one class, ln k where all k are equal (Shannon 1948, Bell Syst Tech J 27:379, natural logarithm).
    exp H is the effective number of classes (Hill 1973, Ecology 54:427, N1). Missing where a value is missing or all
    are 0. Raises `HiprunError` for a negative value.
    """
    amounts = np.asarray(minutes, dtype=float)
    if (amounts < 0).any():
        raise HiprunError(f"diversity: found {np.nanmin(amounts):g} min; expected 0 or more. Fix: correct the entry.")
    total = amounts.sum(axis=1, keepdims=True)
    shares = np.divide(amounts, total, out=np.full_like(amounts, np.nan), where=total > 0)
    return entr(shares).sum(axis=1)


def weekly_work(entries: pd.DataFrame) -> pd.DataFrame:
    """Dose and diversity of hip work, a row an athlete and week (Monday) with at least one entry done.

    `entries`: the hip_work table. Columns: athlete_id, week_start; n_entries; n_without_minutes; n_unknown (exercises
    the library does not know); days (distinct days); minutes; sagittal_min, frontal_min, transverse_min (minutes of an
    exercise of several planes are split equally between them); non_sagittal_share (0-1); plane_shannon (nats) and
    plane_effective (exp of it, 1-3), see `shannon_diversity`; deep_stabiliser_min; deep_or_control_min (deep stabiliser
    or phase control) and other_stability_min (the rest of category stability); before_run_min, after_run_min,
    separate_min (right before a run, right after one, apart from runs); phases (those known, divided by '|'),
    n_phases, full_sequence (all four of CLAIMS full_sequence in the week, on whatever days: yes, no, missing), in_order
    (on some day all four, each begun before the next by `order_in_day`: yes, no, missing). Minutes by
    `minutes_from_sets`; entries of 0 min were not done. A sum is missing with an entry without minutes; those by plane
    or kind, and n_phases, also with an exercise the library does not know, those by relation to runs with an entry that
    does not tell it; full_sequence and in_order are missing where that exercise, or an order that was not recorded,
    could decide. Raises `HiprunError` for missing columns.
    """
    done = _entries_done(entries)
    done = done.assign(no_minutes=done["minutes"].isna(), unknown=~done["known"])
    by = done.groupby(WEEK)
    sums = [c for c in done if c.endswith("_min") or c == "minutes"]
    table = by[sums].sum(skipna=False)
    counts = by.agg(
        n_entries=("exercise", "size"),
        n_without_minutes=("no_minutes", "sum"),
        n_unknown=("unknown", "sum"),
        days=("date", "nunique"),
    )
    table = counts.join(table).join(_phases(done)).join(_in_order(done))
    in_planes = table[[f"{p}_min" for p in PLANES]]
    total = in_planes.sum(axis=1, skipna=False)
    table["non_sagittal_share"] = 1 - table["sagittal_min"] / total.where(total > 0)
    table["plane_shannon"] = shannon_diversity(in_planes.to_numpy(dtype=float))
    table["plane_effective"] = np.exp(table["plane_shannon"])
    return table.reset_index()


def full_sequence_weeks(weekly: pd.DataFrame) -> pd.DataFrame:
    """Weeks with all four phases: athlete_id, n_weeks, with_all_phases, without, unknown; from `weekly_work`."""
    by = weekly["full_sequence"].groupby(weekly["athlete_id"])
    table = by.agg(n_weeks="size", with_all_phases=lambda s: int(s.sum()), unknown=lambda s: int(s.isna().sum()))
    table["without"] = table["n_weeks"] - table["with_all_phases"] - table["unknown"]
    return table.reset_index()[["athlete_id", "n_weeks", "with_all_phases", "without", "unknown"]]


def _entries_done(entries: pd.DataFrame) -> pd.DataFrame:
    """Entries above 0 min or of unknown minutes: week_start, phase, known, minutes in all, by plane, kind and
    relation to runs."""
    entries = entries.reset_index(drop=True)
    minutes = minutes_from_sets(entries)["minutes"]
    library = exercise_library().set_index("name").reindex(entries["exercise"]).reset_index(drop=True)
    known = library["phase"].notna()
    monday = entries["date"] - pd.to_timedelta(entries["date"].dt.day_of_week, unit="D")
    table = entries[["athlete_id", "date", "exercise"]].assign(
        week_start=monday, minutes=minutes, known=known, order_in_day=_told(entries, "order_in_day", "Float64")
    )
    parts = pd.DataFrame(_by_kind(minutes, library)).where(known, axis=0)
    relation = _told(entries, "relation_to_run", "str")
    for which in RELATIONS_TO_RUN:
        parts[f"{which}_min"] = (minutes * relation.eq(which).astype(float)).where(relation.notna())
    return table.join(parts).assign(phase=library["phase"])[minutes.ne(0)]


def _told(entries: pd.DataFrame, column: str, dtype: str) -> pd.Series:
    """An optional column of `entries`; all missing where it is not there."""
    absent = pd.Series(index=entries.index, dtype="object")
    return entries.get(column, absent).astype(dtype)


def _by_kind(minutes: pd.Series, library: pd.DataFrame) -> dict[str, pd.Series]:
    """The minutes of each entry by plane and by kind of work; `library` has the exercise of each."""
    planes = library["planes"].fillna("").str.split("|")
    shares = {plane: np.array([(plane in p) / len(p) for p in planes], dtype=float) for plane in PLANES}
    deep = library["deep_stabiliser"].fillna(False).astype(bool)
    deep_or_control = deep | (library["phase"] == "control")
    other = (library["category"] == "stability") & ~deep_or_control
    kinds = {"deep_stabiliser": deep, "deep_or_control": deep_or_control, "other_stability": other}
    shares |= {name: is_kind.astype(float) for name, is_kind in kinds.items()}
    return {f"{name}_min": minutes * share for name, share in shares.items()}


def _phases(done: pd.DataFrame) -> pd.DataFrame:
    """phases, n_phases and full_sequence by athlete and week."""
    by = done.groupby(WEEK)
    present = pd.DataFrame({p: (done["phase"] == p).groupby([done[k] for k in WEEK]).any() for p in PHASES})
    text = ["|".join(np.array(PHASES)[row]) or None for row in present.to_numpy(dtype=bool)]
    all_known = by["known"].all()
    number = present.sum(axis=1).astype("Int64").where(all_known)
    complete = present[list(FULL_SEQUENCE)].all(axis=1).astype("boolean")
    complete = complete.where(complete | all_known)
    phases = pd.Series(text, index=present.index, dtype="str")
    return pd.DataFrame({"phases": phases, "n_phases": number, "full_sequence": complete})


def _in_order(done: pd.DataFrame) -> pd.DataFrame:
    """in_order by athlete and week: whether some day had the four phases, each begun before the next."""
    day = [*WEEK, "date"]
    own = done[done["phase"].isin(FULL_SEQUENCE)]
    first = own.groupby([*day, "phase"])["order_in_day"].min(skipna=False).unstack()
    present = own.groupby([*day, "phase"]).size().unstack()
    days = done.groupby(day)["known"].all().to_frame("all_known")
    first = first.reindex(index=days.index, columns=list(FULL_SEQUENCE)).to_numpy(dtype=float, na_value=np.nan)
    all_four = present.reindex(index=days.index, columns=list(FULL_SEQUENCE)).notna().all(axis=1).to_numpy()
    told = ~np.isnan(first).any(axis=1)
    days["yes"] = all_four & told & (np.diff(first, axis=1) > 0).all(axis=1)
    days["open"] = np.where(all_four, ~told, ~days["all_known"])
    by = days.groupby(WEEK)[["yes", "open"]].any()
    return pd.DataFrame({"in_order": by["yes"].astype("boolean").mask(~by["yes"] & by["open"])})


def _require(entries: pd.DataFrame, columns: tuple[str, ...]) -> None:
    absent = [c for c in columns if c not in entries]
    if absent:
        raise HiprunError(f"hip work: found no column {', '.join(absent)}. Fix: give the hip_work table.")
