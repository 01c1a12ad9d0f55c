"""What figures with one row a motion share: panels by quality, the order of motions, single values side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from analysis.figures.wording import sentence_case
from analysis.tables.words import MOTIONS

QUALITY_TITLES = {"strength": "Strength", "rom": "Range of motion"}
_UNITS = {"deg": "degrees", "Nm/kg": "N m/kg", "Nm": "N m"}
_GOLDEN = 0.618033988749895


def by_quality(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """One frame for each quality and unit, strength first."""
    found = frame.groupby(["quality", "unit"], observed=True)
    return [rows for quality in QUALITY_TITLES for (q, _), rows in found if q == quality]


def in_order(motions: pd.Series) -> list[str]:
    """The motions that occur, in the order of the tables."""
    present = set(motions)
    return [m for m in MOTIONS if m in present] + sorted(present - set(MOTIONS))


def unit_name(unit: str) -> str:
    """A unit of the tables as a reader expects it: "deg" as "degrees", "Nm/kg" as "N m/kg"; others as they are."""
    return _UNITS.get(unit, unit)


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Names of the rows from 0 downwards, without an axis line."""
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def name_motions(ax: Axes, motions: Sequence[str]) -> None:
    """Rows named by their motions, one word a line."""
    name_rows(ax, [sentence_case(motion).replace(" ", "\n") for motion in motions])


def jitter(n: int, height: float) -> np.ndarray:
    """Offsets (n,) within ± height / 2 that keep neighbours apart, the same every time (golden ratio)."""
    return ((np.arange(n) * _GOLDEN) % 1 - 0.5) * height
