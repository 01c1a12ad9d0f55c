"""Standing of a value against a reference: z-scores."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.hip.units import Numbers


def z_score(value: Numbers, mean: Numbers, sd: Numbers) -> Numbers:
    """`(value - mean) / sd`, in standard deviations of the reference. Raises `HiprunError` for an SD not above 0."""
    if np.any(np.asarray(sd, dtype=float) <= 0):
        raise HiprunError("z-score: found an SD of 0 or less; expected above 0. Fix: use a reference with spread.")
    return (value - mean) / sd


def within_cohort_z(
    frame: pd.DataFrame,
    value: str,
    by: Sequence[str],
    reference: pd.Series | None = None,
    min_n: int = 5,
) -> pd.Series:
    """z of the column `value` within each group of `by` (sample SD), aligned to `frame`.

    `reference` (True/False a row) says which rows make mean and SD; all by default. Missing where a `by` column is
    missing, and where a group has fewer than `min_n` reference values or no spread. `by` must hold the unit if
    units differ. Raises `HiprunError` for a missing column.
    """
    absent = [c for c in (value, *by) if c not in frame]
    if absent:
        raise HiprunError(f"z-scores: found no column {', '.join(absent)}. Fix: add or rename it.")
    base = frame[value].astype(float)
    known = base if reference is None else base.where(reference)
    grouped = known.groupby([frame[b] for b in by], dropna=True)
    sd = grouped.transform("std")
    usable = (grouped.transform("count") >= min_n) & (sd > 0)
    return ((base - grouped.transform("mean")) / sd).where(usable).rename("z")
