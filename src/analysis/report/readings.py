"""Plain-English readings of the cohort's description: who answered, how hips differ and change, how common."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.report.format import interval
from analysis.report.sentences import read_rate


def read_response(response: pd.DataFrame) -> str:
    """Response over all weeks as a sentence; `response` has n_expected and n_answered, one row a week."""
    expected, answered = int(response["n_expected"].sum()), int(response["n_answered"].sum())
    if not expected:
        return "No weekly report was expected."
    return (
        f"{answered} of {expected} expected weekly reports were answered at least in part ({answered / expected:.0%})."
    )


def read_sides(sides: pd.DataFrame, threshold: int = 5) -> str:
    """The side difference in hip strength as a sentence, of abduction where it was tested, else of the first motion.

    `sides` has motion, quality, n_athletes, the median and quartiles `difference_pct_…`, n_within_measurement_error and
    n_beyond_measurement_error, one row a test. Counts below `threshold`, or that give one away, are not said.
    """
    row = _strength_row(sides, threshold)
    if row is None:
        return f"Hip strength of both sides is known of fewer than {threshold} runners."
    size = interval(row["difference_pct_median"], row["difference_pct_q1"], row["difference_pct_q3"], 0)
    within, beyond = row["n_within_measurement_error"], row["n_beyond_measurement_error"]
    if pd.isna(within):
        judged = "the error of measuring is not known"
    elif _names_someone([within, beyond], threshold):
        judged = "in how many it was within measurement error is not shown, since a small number would follow"
    else:
        judged = f"in {within} of {within + beyond} it was within measurement error"
    return (
        f"Hip {row['motion']} strength differed between sides by {size} % of the stronger side "
        f"(median and quartiles of {row['n_athletes']} runners); {judged}."
    )


def read_changes(changes: pd.DataFrame, threshold: int = 5) -> str:
    """How hip strength changed from first to last test as a sentence, of the motion that `read_sides` takes.

    `changes` has motion, quality, n_athletes, n_hips, n_within_measurement_error, n_lower_beyond_error and
    n_higher_beyond_error, one row a test. Counts below `threshold`, or that give one away, are not said.
    """
    row = _strength_row(changes, threshold)
    if row is None:
        return f"Hip strength was tested twice in fewer than {threshold} runners."
    within = row["n_within_measurement_error"]
    lower, higher = row["n_lower_beyond_error"], row["n_higher_beyond_error"]
    head = f"From the first to the last test of hip {row['motion']} strength"
    if pd.isna(within):
        return f"{head} no change can be judged: the error of measuring is not known."
    pair_known = 0 < lower + higher <= 2 * (threshold - 1) and max(lower, higher) < threshold
    if pair_known or _names_someone([within, lower + higher], threshold):
        most = "most" if within > lower + higher else "few"
        return f"{head}, {most} changes were within measurement error; a count is too small to be shown."
    way = "" if _names_someone([lower, higher], threshold) else f" ({higher} higher, {lower} lower)"
    return (
        f"{head}, the change of {within} of {row['n_hips']} hips was within measurement error; "
        f"{lower + higher} changed by more{way}."
    )


def read_prevalences(averages: Mapping[str, Any], threshold: int = 5) -> str:
    """Average weekly prevalences as sentences; `averages` maps each measure to a `surveillance.Rate` of reports."""
    if not averages:
        return "No weekly report says whether there was a health problem."
    parts = [read_rate(rate, f"{name}, weekly average", threshold=threshold) for name, rate in averages.items()]
    return " ".join(parts)


def _strength_row(table: pd.DataFrame, threshold: int) -> pd.Series | None:
    """The row of abduction strength, else of the first strength test, of those with `threshold` athletes or more."""
    strength = table[table["quality"].str.contains("strength") & (table["n_athletes"] >= threshold)]
    if strength.empty:
        return None
    return strength.sort_values("motion", key=lambda motion: motion != "abduction", kind="stable").iloc[0]


def _names_someone(counts: list[int], threshold: int) -> bool:
    """Whether one of the counts is small but not 0."""
    return any(0 < n < threshold for n in counts)
