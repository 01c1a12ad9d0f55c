"""Does the reading move? The verdict on one claim from its estimates under every alternative."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims.reading import AGAINST, CANNOT, NO_EFFECT, SUPPORTED, null_of
from analysis.claims.robustness.alternatives import AS_PLANNED, CONTROL, SHIFTED, in_words
from analysis.claims.robustness.every_alternative import FOUND, NUMBERS
from analysis.errors import HiprunError

STAYS, WEAKENS, TURNS, DIFFERS, NOTHING = "stays", "weakens", "turns", "differs", "nothing to compare"


@dataclass(frozen=True)
class Verdict:
    """Whether the reading of one question moves.

    Attributes
    ----------
    title, label, words, unit
        Of the claim and of the effect, for a reader.
    status : str
        'stays': every comparable alternative has the reading that the primary analysis has by its own interval.
        'turns': one calls the effect clear on the other side than the primary analysis, or, where that is not clear,
        some on each side. 'weakens': clear or small enough in the primary analysis, no longer so in some. 'differs':
        not clear in the primary analysis, clear or small enough in some. 'nothing to compare': no primary estimate, or
        no alternative has one.
    reading : str
        Of the primary analysis as on the claims page: after Holm, where `estimate_claims` was given.
    by_interval : str
        The same by the interval alone, as the alternatives are read.
    p_holm, estimate, ci_low, ci_high, scale, expected
        Of the primary analysis.
    n_comparable, n_same
        Comparable alternatives with an estimate, and those of them with the same reading.
    moved : tuple of (str, str)
        The others, in words (`in_words`), and their readings.
    across : tuple of str
        Comparable alternatives whose estimate lies on the other side of no effect, clear of it or not.
    lowest, highest : float
        Of the estimates of the comparable alternatives and the primary analysis.
    without : tuple of str
        Alternatives and controls without an estimate.
    controls : tuple of (str, bool)
        The controls with an estimate, and whether they found what should not be there (`FOUND`).
    shifted : tuple of (str, str)
        Stress tests of the missing answers with another reading than the primary analysis, and that reading.
    n_shifted : int
        Stress tests with an estimate.
    n_athletes : int
    """

    claim: str
    title: str
    term: str
    label: str
    words: str
    unit: str
    expected: int
    status: str
    reading: str
    by_interval: str
    p_holm: float
    estimate: float
    ci_low: float
    ci_high: float
    scale: str
    n_comparable: int
    n_same: int
    moved: tuple[tuple[str, str], ...]
    across: tuple[str, ...]
    lowest: float
    highest: float
    without: tuple[str, ...]
    controls: tuple[tuple[str, bool], ...]
    shifted: tuple[tuple[str, str], ...]
    n_shifted: int
    n_athletes: int

    @property
    def is_clear(self) -> bool:
        """Whether there is something that could move: the interval is clear of no effect, or alternatives turn."""
        return self.by_interval in (SUPPORTED, AGAINST) or self.status == TURNS


def verdict(table: pd.DataFrame) -> Verdict:
    """The verdict on the rows of one question (`Sensitivity.table`).

    Raises
    ------
    HiprunError
        Rows of several questions, or not exactly one primary analysis.
    """
    first = table[table["kind"] == AS_PLANNED]
    if len(first) != 1 or len(table[["claim", "term"]].drop_duplicates()) != 1:
        raise HiprunError(f"verdict: found {len(first)} primary analyses in {len(table)} rows, expected one question.")
    return _verdict(table, first.iloc[0])


def _verdict(table: pd.DataFrame, primary: pd.Series) -> Verdict:
    words = pd.Series([in_words(*pair) for pair in table[["kind", "alternative"]].to_numpy()], table.index, dtype="str")
    known = table["estimate"].notna()
    same = table["reading"] == primary["reading"]
    other = table["comparable"] & known & (table["kind"] != AS_PLANNED)
    stress, control = ((table["kind"] == kind) & known for kind in (SHIFTED, CONTROL))
    values = [primary["estimate"], *table.loc[other, "estimate"]]
    return Verdict(
        **{name: primary[name] for name in ("claim", "title", "term", "label", "words", "unit", "scale")},
        **{name: float(primary[name]) for name in (*NUMBERS, "p_holm")},
        expected=int(primary["expected"]),
        reading=primary["after_holm"] or primary["reading"],
        by_interval=primary["reading"],
        status=_status(primary["reading"], table.loc[other, "reading"]),
        n_comparable=int(other.sum()),
        n_same=int((other & same).sum()),
        moved=_pairs(words, table["reading"], other & ~same),
        across=tuple(words[other & _across(table["estimate"], primary)]),
        lowest=float(np.min(values)),
        highest=float(np.max(values)),
        without=tuple(words[~known & (table["kind"] != SHIFTED)]),
        controls=_pairs(words, table["reading"] == FOUND, control),
        shifted=_pairs(words, table["reading"], stress & ~same),
        n_shifted=int(stress.sum()),
        n_athletes=int(primary["n_athletes"]),
    )


def _across(estimates: pd.Series, primary: pd.Series) -> pd.Series:
    """Which estimates, on the scale of the primary one, lie on the other side of no effect than that."""
    if np.isnan(primary["estimate"]):
        return pd.Series(False, estimates.index)
    null = null_of(primary["scale"])
    return (estimates - null) * (primary["estimate"] - null) < 0


def verdicts(table: pd.DataFrame) -> list[Verdict]:
    """The verdict on every question of a `Sensitivity.table`, in its order."""
    return [verdict(rows) for _, rows in table.groupby(["claim", "term"], sort=False)]


def _status(first: str, others: pd.Series) -> str:
    found = set(others)
    if first == CANNOT or not found:
        return NOTHING
    if found == {first}:
        return STAYS
    opposite = {SUPPORTED: {AGAINST}, AGAINST: {SUPPORTED}}.get(first, {SUPPORTED, AGAINST})
    if opposite <= found:
        return TURNS
    return WEAKENS if first in (SUPPORTED, AGAINST, NO_EFFECT) else DIFFERS


def _pairs(words: pd.Series, values: pd.Series, rows: pd.Series) -> tuple:
    return tuple(zip(words[rows], values[rows], strict=True))


def with_verdict(table: pd.DataFrame) -> pd.DataFrame:
    """A `Sensitivity.table` with the verdict on its question in each row: status, n_same, n_comparable, read (the
    reading of the claims page, after Holm where it is known) and by_interval (that by the planned interval alone)."""
    columns = ["claim", "term", "status", "n_same", "n_comparable"]
    found = [[getattr(each, name) for name in (*columns, "reading", "by_interval")] for each in verdicts(table)]
    known = pd.DataFrame(found, columns=[*columns, "read", "by_interval"])
    return table.merge(known, on=["claim", "term"], how="left")
