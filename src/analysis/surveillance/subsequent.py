"""What an injury is to the earlier ones of the same athlete, and how soon after them it came.

Sources: IOC consensus (Bahr et al. 2020, BJSM 54:372): an injury after the first (index) one is recurrent (same
location, same type), local (same location, another type) or new (another location); a recurrent one is a re-injury
if the index injury was fully healed, an exacerbation if it was not (Fuller et al. 2007, Clin J Sport Med 17:197).
Early, late and delayed recurrence: Fuller et al. 2006, BJSM 40:193. The classes are the words that the table of
injuries has for them: index, reinjury, exacerbation, new_local, new_other.
"""

import pandas as pd

from analysis.errors import HiprunError
from analysis.surveillance.problems import is_injury

OTHER, LOCAL, RECURRENT = range(3)
NO_PLACE = ("any", "other")
"""Regions that name no place: two of them may be one or two."""
MIDLINE = ("low_back",)
"""Regions without a left and a right of their own: no side is one place."""
EARLY_MONTHS, LATE_MONTHS = 2, 12
_COLUMNS = ["injury_id", "athlete_id", "onset_date", "return_date", "problem_type", "region", "side"]

Bounds = tuple[int, int]


def subsequent_injuries(injuries: pd.DataFrame) -> pd.DataFrame:
    """Class of each injury against all earlier ones of the athlete: one row a row of `injuries`, in its order.

    `injuries`: the columns of the table of injuries; `time_loss_days` gives the return where no date does, and
    the type is `tissue`, if there is such a column, or else the diagnosis: one code of one coding system is one
    type, two codes may be either. Place is region and side: left and right are two places, both holds either; a
    missing or unspecified side (but of the low back), and the regions `any` and `other`, are not known to be the
    same place. Fully healed is read as: returned to full running on or before the day of the new onset.

    Columns: injury_id, subsequent (missing where what is recorded allows more than one class), after_injury_id
    (the latest earlier injury at that place and of that type), days_since_return, recurrence (of a re-injury:
    early under 2 months after return, late to 12, delayed after) and why (what is missing). The first injury on
    record is the index: injuries before the records began are not seen. Injuries that began on one day are
    concurrent: each is compared with earlier days only, and none is dropped. Illnesses are left unclassified.
    Raises `HiprunError` for missing columns, ids that repeat or an injury without onset.
    """
    _check(injuries)
    typed = injuries.assign(type_known=_types(injuries), healed_on=_healed_on(injuries))
    injured = typed[is_injury(typed["problem_type"])]
    rows = {}
    for _, own in injured.groupby("athlete_id"):
        for row in own.to_dict("records"):
            earlier = own[own["onset_date"] < row["onset_date"]].sort_values("onset_date", ascending=False)
            rows[row["injury_id"]] = _classify(row, earlier.to_dict("records"))
    illness = _result(None, why="illness")
    classes = [rows.get(i, illness) for i in injuries["injury_id"]]
    found = pd.DataFrame(classes, index=injuries.index, columns=list(illness))
    found.insert(0, "injury_id", injuries["injury_id"])
    text = dict.fromkeys(["subsequent", "after_injury_id", "recurrence", "why"], "str")
    return found.astype({**text, "days_since_return": "Int64"})


def recurrence_timing(returned: pd.Timestamp, onset: pd.Timestamp) -> str:
    """early (under 2 months after return), late (2 to 12) or delayed (over 12), by calendar months (Fuller 2006)."""
    if onset < returned + pd.DateOffset(months=EARLY_MONTHS):
        return "early"
    return "late" if onset <= returned + pd.DateOffset(months=LATE_MONTHS) else "delayed"


def _classify(row: dict, earlier: list[dict]) -> dict[str, object]:
    """`earlier`: latest first."""
    if not earlier:
        return _result("index")
    bounds = [_relation(row, one) for one in earlier]
    least, most = max(low for low, _ in bounds), max(high for _, high in bounds)
    if least != most:
        return _result(
            None, why=_missing(row, [e for e, (low, high) in zip(earlier, bounds, strict=True) if low != high])
        )
    if least != RECURRENT:
        return _result("new_local" if least == LOCAL else "new_other")
    first_sure = next(i for i, (low, _) in enumerate(bounds) if low == RECURRENT)
    # a later one that may be of the same place and type decides whether the athlete had healed as well
    possible = [e for e, (_, high) in zip(earlier[: first_sure + 1], bounds, strict=False) if high == RECURRENT]
    healed = {None if pd.isna(e["healed_on"]) else bool(e["healed_on"] <= row["onset_date"]) for e in possible}
    after = earlier[first_sure]
    if healed == {True}:
        return _result("reinjury", after, row["onset_date"] if len(possible) == 1 else None)
    if healed == {False}:
        return _result("exacerbation", after)
    return _result(None, after, why="recurrent; whether the earlier injury had healed")


def _result(name: str | None, after: dict | None = None, onset: object = None, why: str | None = None) -> dict:
    out = {"subsequent": name, "after_injury_id": None, "days_since_return": None, "recurrence": None, "why": why}
    if after is not None:
        out["after_injury_id"] = after["injury_id"]
    if onset is not None:
        out["days_since_return"] = (onset - after["healed_on"]).days
        out["recurrence"] = recurrence_timing(after["healed_on"], onset)
    return out


def _relation(row: dict, earlier: dict) -> Bounds:
    """Least and most that `row` can be to `earlier`: other place, same place, same place and type."""
    place, kind = _same_place(row, earlier), _same_type(row, earlier)
    if place is False:
        return OTHER, OTHER
    low = OTHER if place is None else (RECURRENT if kind else LOCAL)
    return low, LOCAL if kind is False else RECURRENT


def _same_place(a: dict, b: dict) -> bool | None:
    regions = (a["region"], b["region"])
    if any(pd.isna(r) or r == "any" for r in regions):
        return None
    if regions[0] != regions[1]:
        return False
    if regions[0] in NO_PLACE:
        return None
    sides = [None if pd.isna(s) or s == "unspecified" else s for s in (a["side"], b["side"])]
    if None in sides:
        return True if regions[0] in MIDLINE or "both" in sides else None
    return sides[0] == sides[1] or "both" in sides


def _same_type(a: dict, b: dict) -> bool | None:
    one, other = a["type_known"], b["type_known"]
    if not (pd.isna(one) or pd.isna(other)):
        return bool(one == other)
    return True if _same_diagnosis(a, b) else None


def _same_diagnosis(a: dict, b: dict) -> bool:
    codes = [(r.get("diagnosis_code"), r.get("diagnosis_code_system")) for r in (a, b)]
    return codes[0] == codes[1] and not any(pd.isna(c) for c in codes[0])


def _missing(row: dict, unsure: list[dict]) -> str:
    unknown = {"place": _same_place, "type": _same_type}
    what = [name for name, compared in unknown.items() if any(compared(row, one) is None for one in unsure)]
    return f"{' and '.join(what)} of this or an earlier injury"


def _types(injuries: pd.DataFrame) -> pd.Series:
    return injuries["tissue"] if "tissue" in injuries else pd.Series(None, index=injuries.index, dtype="str")


def _healed_on(injuries: pd.DataFrame) -> pd.Series:
    """Day of return: as recorded, or the day after the last day lost."""
    returned = pd.to_datetime(injuries["return_date"])
    if "time_loss_days" not in injuries:
        return returned
    days = injuries["time_loss_days"].astype("Float64").astype(float)
    return returned.fillna(pd.to_datetime(injuries["onset_date"]) + pd.to_timedelta(days + 1, unit="D"))


def _check(injuries: pd.DataFrame) -> None:
    absent = [c for c in _COLUMNS if c not in injuries]
    if absent:
        raise HiprunError(f"subsequent injuries: found no column {', '.join(absent)}. Fix: add or rename it.")
    doubled, undated = int(injuries["injury_id"].duplicated().sum()), int(injuries["onset_date"].isna().sum())
    if doubled or undated:
        raise HiprunError(
            f"subsequent injuries: found {doubled} repeated ids and {undated} injuries without onset_date; expected "
            "none. Fix: give each injury an id and a day."
        )
