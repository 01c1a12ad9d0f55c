"""Plain-English readings of the cohort's description: who answered, and how common problems were."""

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

    `sides` has motion, quality, n_athletes and the median and quartiles `difference_pct_…`, one row a test.
    """
    strength = sides[sides["quality"].str.contains("strength") & (sides["n_athletes"] >= threshold)]
    if strength.empty:
        return f"Hip strength of both sides is known of fewer than {threshold} runners."
    row = strength.sort_values("motion", key=lambda motion: motion != "abduction", kind="stable").iloc[0]
    size = interval(row["difference_pct_median"], row["difference_pct_q1"], row["difference_pct_q3"], 0)
    return (
        f"Hip {row['motion']} strength differed between sides by {size} % of the stronger side "
        f"(median and quartiles of {row['n_athletes']} runners)."
    )


def read_prevalences(averages: Mapping[str, Any], threshold: int = 5) -> str:
    """Average weekly prevalences as sentences; `averages` maps each measure to a `surveillance.Rate` of reports."""
    if not averages:
        return "No weekly report says whether there was a health problem."
    parts = [read_rate(rate, f"{name}, weekly average", threshold=threshold) for name, rate in averages.items()]
    return " ".join(parts)
