"""Which cells of a table may not be handed out: small counts, and the cells that would give them away.

Primary: counts below the threshold. Secondary: where a hidden count follows from a known column total or from
counts that add up in its row, the next smallest is hidden too, until none follows. Source: Hundepool et al. 2012,
Statistical Disclosure Control, ch. 4 (Wiley): a suppressed cell must keep a range of possible values. A count of 0
names nobody: it is written "<5" like the others, but nothing else is hidden for its sake.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.report.items import Table

WITHHELD = "withheld"
NOT_SETTLED = "not settled"
OF_A_FIT = ("estimate", "std_error", "ci_low", "ci_high", "p_value", "df")


@dataclass(frozen=True)
class Cells:
    """Counts that are tied by one sum: `positions` (row, column) and `signs` with sum(sign × count) known."""

    positions: tuple[tuple[int, int], ...]
    signs: tuple[int, ...]


def below(threshold: int) -> str:
    """What stands for a hidden count below the threshold: "<5"."""
    return f"<{threshold}"


def at_least(threshold: int) -> str:
    """What stands for a larger count hidden to protect a small one: "≥5"."""
    return f"≥{threshold}"


def marks(table: Table, threshold: int) -> pd.DataFrame:
    """What stands in place of each cell of `table.frame`, same shape; "" where the cell itself is shown.

    "<5" and "≥5" for counts, "withheld" for what derives from them, "not settled" for the numbers of a model
    that did not converge.
    """
    frame = table.frame
    out = pd.DataFrame("", index=frame.index, columns=frame.columns, dtype=object)
    hidden = hidden_counts(frame, table.count_columns, table.totals_within, threshold)
    for c in table.count_columns:
        small = (frame[c].astype("float64") < threshold).to_numpy()
        names_someone = hidden[c].to_numpy() & (frame[c].astype("float64") > 0).to_numpy()
        out.loc[names_someone, list(table.suppress_with.get(c, ()))] = WITHHELD
        out.loc[hidden[c].to_numpy() & small, c] = below(threshold)
        out.loc[hidden[c].to_numpy() & ~small, c] = at_least(threshold)
    if "converged" in frame:
        unsettled = frame["converged"].eq(False).fillna(False).astype(bool).to_numpy()
        out.loc[unsettled, [c for c in OF_A_FIT if c in frame]] = NOT_SETTLED
    return out


def hidden_counts(
    frame: pd.DataFrame, columns: tuple[str, ...], totals_within: tuple[str, ...], threshold: int
) -> pd.DataFrame:
    """Which cells of the count `columns` are hidden: True or False, (rows, columns)."""
    counts = frame[list(columns)].astype("float64").to_numpy()
    hidden = counts < threshold
    sums = [*_columns(frame, counts, totals_within), *_rows(counts)]
    settled = False
    while not settled:
        settled = not any(_protect(s, counts, hidden, threshold) for s in sums)
    return pd.DataFrame(hidden, columns=list(columns), index=frame.index)


def mark_withheld(frame: pd.DataFrame, count: str, totals_within: Sequence[str], threshold: int) -> pd.DataFrame:
    """`frame` with `withheld`, True in rows whose `count` a table of it would not show (see `hidden_counts`).

    For the figures of such a table: a group of `threshold` or more cases goes too where it would give a smaller away.
    """
    hidden = hidden_counts(frame, (count,), tuple(totals_within), threshold)[count]
    return frame.assign(withheld=hidden.astype(bool))


def _protect(cells: Cells, counts: np.ndarray, hidden: np.ndarray, threshold: int) -> bool:
    """Hide one more cell of a sum that gives a hidden one away; True if one was hidden."""
    known = [(p, s) for p, s in zip(cells.positions, cells.signs, strict=True) if not np.isnan(counts[p])]
    secret = [(counts[p], s) for p, s in known if hidden[p]]
    open_cells = [p for p, _ in known if not hidden[p]]
    if not open_cells or not _follows(secret, threshold):
        return False
    hidden[min(open_cells, key=lambda p: (counts[p], p))] = True
    return True


def _follows(secret: list[tuple[float, int]], threshold: int) -> bool:
    """True if a small count follows exactly from the known sum of the hidden (count, sign) and from their marks."""
    total = sum(count * sign for count, sign in secret)
    spans = [(0.0, threshold - 1.0) if count < threshold else (float(threshold), np.inf) for count, _ in secret]
    for i, (count, sign) in enumerate(secret):
        if not 0 < count < threshold:
            continue
        others = [(s, span) for j, ((_, s), span) in enumerate(zip(secret, spans, strict=True)) if j != i]
        least = total - sum(max(s * lo, s * hi) for s, (lo, hi) in others)
        most = total - sum(min(s * lo, s * hi) for s, (lo, hi) in others)
        low, high = sorted((sign * least, sign * most))
        if max(low, spans[i][0]) >= min(high, spans[i][1]):
            return True
    return False


def _columns(frame: pd.DataFrame, counts: np.ndarray, within: tuple[str, ...]) -> Iterator[Cells]:
    """Each count column, in each group of rows that adds up: its total is taken as known."""
    groups = frame.groupby(list(within), dropna=False, sort=False).indices.values() if within else [range(len(frame))]
    for rows in groups:
        for c in range(counts.shape[1]):
            yield Cells(tuple((int(r), c) for r in rows), (1,) * len(rows))


def _rows(counts: np.ndarray) -> Iterator[Cells]:
    """Each row in which one count column is the sum of two to four others, in every row of the table."""
    n_rows, n_columns = counts.shape
    for total in range(n_columns if n_rows else 0):
        others = [c for c in range(n_columns) if c != total]
        for size in range(2, min(len(others), 4) + 1):
            for parts in combinations(others, size):
                complete = ~np.isnan(counts[:, [total, *parts]]).any(axis=1)
                if complete.any() and np.array_equal(
                    counts[complete, total], counts[complete][:, list(parts)].sum(axis=1)
                ):
                    signs = (1,) + (-1,) * size
                    yield from (Cells(tuple((r, c) for c in (total, *parts)), signs) for r in range(n_rows))
