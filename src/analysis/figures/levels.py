"""Levels of a group in order, as points that may be handed out: none of them shows one athlete."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.figures.wording import width_pt

LEAST_POINTS = 3
"""Fewer points than this show no shape."""


def merged(ordered: pd.DataFrame, values: Sequence[str], threshold: int) -> pd.DataFrame:
    """Means of `values` over neighbours in `ordered`, `threshold` rows or more to each; empty for fewer than 3 points.

    A row is one athlete, or as many as its `n_athletes` says: where every row has `threshold` athletes or more,
    the rows stay as they are. Returned are `values` and `rank`, the mean place in the order, 1 for the first.
    """
    placed = ordered[list(values)].assign(rank=np.arange(1, len(ordered) + 1, dtype=float)).reset_index(drop=True)
    if "n_athletes" in ordered and (ordered["n_athletes"] >= threshold).all():
        return placed
    n_points = len(placed) // threshold
    if n_points < LEAST_POINTS:
        return placed.head(0)
    part = np.arange(len(placed)) * n_points // len(placed)
    return placed.groupby(part).mean()


def shortened(text: str, max_pt: float, size_pt: float) -> str:
    """`text`, cut with an ellipsis where it is wider than `max_pt`."""
    if width_pt(text, size_pt) <= max_pt:
        return text
    fitting = [n for n in range(len(text)) if width_pt(text[:n].rstrip() + "…", size_pt) <= max_pt]
    return text[: max(fitting, default=0)].rstrip() + "…"
