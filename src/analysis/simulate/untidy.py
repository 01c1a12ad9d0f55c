"""What the writers of the three clinics share: text files to the byte, numbers as written, names never to be read."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.study import write_atomically

FIRST_NAMES = ("Alex", "Kim", "Robin", "Sascha", "Toni", "Luca", "Mika", "Noa", "Jona", "Eike", "Charlie", "Sam")
HIGHEST_RAISED = 8
"""Up to this rating the first of two answers is one point higher than the last, on the same side."""
REMARKS = (
    "",
    "",
    "",
    "",
    "",
    "new shoes",
    "slept badly",
    "on holiday",
    "work stress",
    "felt strong",
    "asked for a call",
)


def write_text(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    line_end: str = "\n",
) -> None:
    """A delimited file at `path`, cells written as they are; no file where there are no rows."""
    rows = list(rows)
    if not rows:
        return
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    with write_atomically(path) as beside:
        beside.write_bytes(text.getvalue().encode(encoding))


def number(value: object, decimals: int | None = None, mark: str = ".") -> str:
    """A number as text: `decimals` places (or as few as it needs), with the decimal `mark`; blank where missing."""
    if pd.isna(value):
        return ""
    text = f"{value:.10g}" if decimals is None else f"{value:.{decimals}f}"
    return text.replace(".", mark)


def date_text(value: object, form: str) -> str:
    """A date by a strftime format; blank where missing."""
    return "" if pd.isna(value) else value.strftime(form)


def word(value: object, words: dict[str, str]) -> str:
    """The clinic's own word for a value of the tables; blank where missing. `KeyError` for one it has no word for."""
    return "" if pd.isna(value) else words[value]


def person_name(k: int) -> str:
    """A made-up name: a column of them must never be read."""
    return f"{FIRST_NAMES[k % len(FIRST_NAMES)]} Example{k // len(FIRST_NAMES) or ''}"


def remark(rng: np.random.Generator) -> str:
    """A free-text remark, mostly none: never to be read either."""
    return str(rng.choice(REMARKS))


def weekly_forms(reports: pd.DataFrame, twice: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row a filled-in form, in order of answering; a form answered twice comes twice, the first with more pain.

    Columns: athlete_id, week_start, answered_on, minute (of the day), ostrc_q1 to ostrc_q4, problem_type,
    and pain ratings named "<region> <side>". `twice`: athlete_id and week_start of the double answers.
    """
    keys = ["athlete_id", "week_start", "answered_on"]
    answers = reports[reports["region"] == "any"]
    forms = answers[[*keys, "ostrc_q1", "ostrc_q2", "ostrc_q3", "ostrc_q4", "problem_type"]]
    rated = reports[reports["region"] != "any"]
    names = rated["region"] + " " + rated["side"]
    pain = rated.assign(name=names).pivot_table(index=keys, columns="name", values="pain_nrs")
    forms = forms.merge(pain.reset_index(), on=keys, how="left")
    first = forms.merge(twice, on=["athlete_id", "week_start"]).dropna(subset=list(pain.columns))
    first["answered_on"] -= pd.Timedelta(days=1)
    for sides in pain.columns.groupby(pain.columns.str.split(" ").str[0]).values():
        rated_higher = first[sides].where(first[sides] == 0, first[sides] + 1)
        first[sides] = first[sides].where(first[sides].max(axis=1) > HIGHEST_RAISED, rated_higher)
    forms = pd.concat([forms, first], ignore_index=True)
    forms["minute"] = rng.integers(17 * 60, 22 * 60, len(forms))
    return forms.sort_values(["answered_on", "minute", "athlete_id"], kind="stable", ignore_index=True)


def time_of_day(minute: int) -> str:
    """Minutes since midnight as h:mm."""
    return f"{minute // 60}:{minute % 60:02d}"
