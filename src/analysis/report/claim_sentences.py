"""The claims in plain words: what was found, with its interval, and the reading; never a cause, never advice."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.report.format import number, p_value, shared_decimals
from analysis.report.sentences import DIFFERENCE


def read_claim(row: Mapping[str, Any] | pd.Series, level: float = 0.95) -> str:
    """One row of `claims.estimate_claims` as a sentence.

    "Weeks with 30 min/week more mobility work before them than the runner's own habit went along with 0.20 points lower
    weekly hip pain (95 % interval 0.40 lower to 0.02 lower; 58 runners, 1204 weeks): supported, p after Holm 0.03."
    Where there is no estimate: "… cannot be estimated from these data: …".
    """
    if row["why_not"]:
        return f"{row['label']}, on {row['outcome']}: cannot be estimated from these data ({row['why_not']})."
    values = [float(row[c]) for c in ("estimate", "ci_low", "ci_high")]
    size, limits = _difference(values, row) if row["scale"] == DIFFERENCE else _ratio(values, row)
    counted = f"{number(row['n_athletes'])} runners, {number(row['n_obs'])} {row['rows']}"
    head = f"{row['rows'][:1].upper()}{row['rows'][1:]} with {row['contrast']} went along with {size}"
    return f"{head} ({100 * level:g} % interval {limits}; {counted}): {row['reading']}{_holm(row)}."


def read_claims(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """A paragraph for each claim that has an estimate: claim, text, n_athletes (the fewest of a number in it).

    Opens with the claim; effects that could not be estimated are counted, and listed in a table of their own.
    """
    said = []
    for claim, rows in table.groupby("claim", sort=False):
        known = rows[rows["estimate"].notna()]
        if known.empty:
            continue
        parts = [f"“{rows['sentence'].iloc[0].rstrip('.')}.”", *(read_claim(row, level) for _, row in known.iterrows())]
        lost = len(rows) - len(known)
        if lost:
            parts.append(f"{lost} more {'effect' if lost == 1 else 'effects'} of this claim cannot be estimated.")
        said.append((claim, " ".join(parts), int(known["n_athletes"].min())))
    return pd.DataFrame(said, columns=["claim", "text", "n_athletes"])


def count_readings(table: pd.DataFrame) -> pd.DataFrame:
    """One row a claim: claim (title), sentence, kind (primary, secondary) and readings ("supported, undecided (2)")."""
    by_claim = table.groupby("claim", sort=False)
    rows = by_claim[["title", "sentence", "primary"]].first()
    readings = by_claim["reading"].agg(_counted)
    kind = rows["primary"].map({True: "primary", False: "secondary"})
    return pd.DataFrame(
        {"claim": rows["title"], "sentence": rows["sentence"], "kind": kind, "readings": readings}
    ).reset_index(drop=True)


def _counted(readings: pd.Series) -> str:
    counts = readings.value_counts(sort=False)
    return ", ".join(reading if n == 1 else f"{reading} ({n})" for reading, n in counts.items())


def _difference(values: list[float], row: Mapping[str, Any]) -> tuple[str, str]:
    decimals = max(1, shared_decimals(values))
    estimate, low, high = (_way(v, decimals) for v in values)
    unit = row["unit"]
    size = f"{number(abs(values[0]), decimals)} {unit} {estimate.split()[-1]} {row['outcome']}"
    return (size if round(values[0], decimals) else f"no different {row['outcome']}"), f"{low} to {high}"


def _ratio(values: list[float], row: Mapping[str, Any]) -> tuple[str, str]:
    ratio, low, high = (number(v, 2) for v in values)
    percent = round(100 * (values[0] - 1))
    if values[0] >= 2:
        size = f"the {row['outcome']} being {number(values[0], 1)} times as high"
    elif percent:
        size = f"the {row['outcome']} being {abs(percent)} % {'lower' if percent < 0 else 'higher'}"
    else:
        size = f"about the same {row['outcome']}"
    return f"{size}, {row['scale']} {ratio}", f"{low} to {high}"


def _way(value: float, decimals: int) -> str:
    """A limit of a difference: "0.40 lower", "0.02 higher", "0.00"."""
    text = number(abs(value), decimals)
    return text if round(value, decimals) == 0 else f"{text} {'lower' if value < 0 else 'higher'}"


def _holm(row: Mapping[str, Any]) -> str:
    return "" if pd.isna(row["p_holm"]) else f", p after Holm {p_value(row['p_holm'])}"
