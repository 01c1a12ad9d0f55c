"""A column of the frame as groups of the rows of a fit: clusters that are drawn or left out whole, or judged by."""

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.columns import complete_rows, group_levels
from analysis.models.protocol import Design
from analysis.models.rebuild import Rebuilt


def used_column(rows: Rebuilt, frame: pd.DataFrame, name: str) -> pd.Series:
    """Column `name` on the used rows (n,); raises `HiprunError` where it is unknown, there twice or empty."""
    complete_rows(frame, [name])
    return frame[name].iloc[rows.built.positions]


def levels_of(rows: Rebuilt, frame: pd.DataFrame, name: str, where: str) -> tuple[np.ndarray, pd.Index]:
    """Codes (n,) and names of the levels of column `name` on the used rows, none of which may lack it."""
    column = used_column(rows, frame, name)
    if column.isna().any():
        raise HiprunError(
            f"{where}: column {name!r} is missing in {int(column.isna().sum())} of {len(column)} used rows, expected a "
            "value in each. Fill it in, or leave these rows out before fitting."
        )
    return group_levels(column, name)


def check_nested(design: Design, codes: np.ndarray, cluster: str, where: str) -> None:
    """Refuse a random group with a level in several clusters: these would not be independent."""
    for term in design.random:
        pairs = len(np.unique(np.column_stack([term.codes, codes]), axis=0))
        if pairs > len(term.levels):
            larger = pairs == codes.max() + 1
            fix = f"cluster={term.group!r}, the larger group" if larger else "a cluster that holds both"
            raise HiprunError(
                f"{where}: {len(term.levels)} levels of random group {term.group!r} lie in {pairs} pieces in "
                f"the clusters of {cluster!r}; expected each in one cluster. Use {fix}."
            )
