"""The exercise library (`exercises.csv`) and how recorded names are found in it.

A recorded name is matched by its letters and digits alone (case, accents, spaces, hyphens and the like do not
count) against names and synonyms. Nothing is matched by likeness: that only suggests.
"""

import difflib
from collections.abc import Iterable
from functools import cache
from importlib import resources

import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.motions import fold

LISTS = ("planes", "motions", "target_muscles", "dosed_by", "synonyms")
PHASES = ("soft_tissue", "mobilisation", "control", "activation", "strength", "awareness", "balance")


@cache
def _library() -> pd.DataFrame:
    with resources.files("analysis.hip").joinpath("exercises.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype="str", keep_default_na=False)
    for column in ("deep_stabiliser", "unilateral"):
        table[column] = table[column].map({"yes": True, "no": False}).astype("boolean")
    return table


def exercise_library() -> pd.DataFrame:
    """The library, one row an exercise.

    Columns: name, phase, category (mobility or stability), planes, motions, target_muscles, deep_stabiliser and
    unilateral (boolean), position, equipment, dosed_by (minutes, sets_reps, sets_holds), synonyms. Planes, motions,
    target_muscles, dosed_by and synonyms hold several values divided by '|'.
    """
    return _library().copy()


@cache
def _names() -> dict[str, str]:
    """Folded name or synonym to the name in the library; raises if one of them means two exercises."""
    known: dict[str, str] = {}
    for name, synonyms in zip(_library()["name"], _library()["synonyms"], strict=True):
        for other in (name, *synonyms.split("|")):
            if known.setdefault(fold(other), name) != name:
                raise HiprunError(f"exercises.csv: '{other}' names two exercises; expected one. Fix: drop the synonym.")
    return known


def match_exercises(names: Iterable[str | None]) -> pd.DataFrame:
    """Recorded names to the library: name, exercise, known (boolean), suggestions; one row a name, in order.

    `exercise` is the library's name where known, else the recorded name unchanged; `suggestions` holds up to three
    closest exercises divided by '|' for an unknown name. A missing name has exercise and `known` missing. The index
    of a Series is kept.
    """
    recorded = names.astype("object") if isinstance(names, pd.Series) else pd.Series(list(names), dtype="object")
    once = {name: _match(name) for name in recorded.dropna().unique()}
    rows = [once[name] if pd.notna(name) else (None, pd.NA, "") for name in recorded]
    table = pd.DataFrame(rows, columns=["exercise", "known", "suggestions"], index=recorded.index)
    table.insert(0, "name", recorded.astype("str"))
    return table.astype({"exercise": "str", "known": "boolean", "suggestions": "str"})


def _match(name: str) -> tuple[str, bool, str]:
    known = _names()
    folded = fold(name)
    if folded in known:
        return known[folded], True, ""
    close = difflib.get_close_matches(folded, known, n=10, cutoff=0.5)
    return name, False, "|".join(list(dict.fromkeys(known[c] for c in close))[:3])
