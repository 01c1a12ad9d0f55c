"""Plain-English readings of the cohort's description: who answered, and how common problems were."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.report.sentences import read_rate


def read_response(response: pd.DataFrame) -> str:
    """Response over all weeks as a sentence; `response` has n_expected and n_answered, one row a week."""
    expected, answered = int(response["n_expected"].sum()), int(response["n_answered"].sum())
    if not expected:
        return "No weekly report was expected."
    return (
        f"{answered} of {expected} expected weekly reports were answered at least in part ({answered / expected:.0%})."
    )


def read_prevalences(averages: Mapping[str, Any], threshold: int = 5) -> str:
    """Average weekly prevalences as sentences; `averages` maps each measure to a `surveillance.Rate` of reports."""
    if not averages:
        return "No weekly report says whether there was a health problem."
    parts = [read_rate(rate, f"{name}, weekly average", threshold=threshold) for name, rate in averages.items()]
    return " ".join(parts)
