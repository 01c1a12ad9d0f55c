"""Does the suite stay quiet where nothing is true? The primary claims in simulated cohorts without any effect."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from analysis.claims.known_truth.recovery import World, recovery
from analysis.claims.library import CLAIMS
from analysis.claims.reading import AGAINST, SUPPORTED
from analysis.simulate import null_truth

NULL_WORLD = World("null", null_truth(), tuple(claim.id for claim in CLAIMS if claim.primary))


def silence(
    seeds: Iterable[int],
    *,
    n_athletes: int = 60,
    n_weeks: int = 26,
    jobs: int = 1,
    kept: Path | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Every primary claim in a cohort without any effect per seed: the rows of `recovery.recovery`, whose arguments
    these are. All primary claims are there, so p_holm is that of the claims page, and so are the readings, but that its
    sensitivity checks may leave an effect undecided that is called here."""
    return recovery(
        NULL_WORLD, seeds, n_athletes=n_athletes, n_weeks=n_weeks, jobs=jobs, kept=kept, on_progress=on_progress
    )


def silence_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """How often a claim was read as supported or against where nothing is true.

    Returns
    -------
    DataFrame
        One row for each size and, first, any of the claims confirmed together (term 'any primary claim'), then every
        estimand: n_athletes, term, confirmed; n (cohorts in which it was estimated; of the first row, all), supported,
        against (numbers of cohorts), share read as one of them (of the first row, the chance of any false reading,
        which Holm 1979 holds to 5 %) and mc_error (Morris, White and Crowther 2019, Stat Med 38:2074, table 6). What
        is not confirmed with the others is read without a correction: 5 % each is what to expect.
    """
    return pd.concat([_of_size(int(n), group) for n, group in rows.groupby("n_athletes")], ignore_index=True)


def _of_size(n_athletes: int, rows: pd.DataFrame) -> pd.DataFrame:
    family = rows[rows["confirmed"].astype(bool)]
    by_cohort = family["reading"].groupby(family["seed"]).agg(set)
    called = {
        "supported": int(by_cohort.map(lambda read: SUPPORTED in read).sum()),
        "against": int(by_cohort.map(lambda read: AGAINST in read).sum()),
    }
    any_of_them = int(by_cohort.map(lambda read: bool(read & {SUPPORTED, AGAINST})).sum())
    first = _row(n_athletes, "any primary claim", True, len(by_cohort), any_of_them, called)
    each = [
        _row(n_athletes, term, bool(own["confirmed"].iloc[0]), own["estimate"].notna().sum(), *_called(own))
        for term, own in rows.groupby("term", sort=False)
    ]
    return pd.DataFrame([first, *each])


def _called(rows: pd.DataFrame) -> tuple[int, dict[str, int]]:
    found = {word: int((rows["reading"] == word).sum()) for word in (SUPPORTED, AGAINST)}
    return sum(found.values()), {"supported": found[SUPPORTED], "against": found[AGAINST]}


def _row(
    n_athletes: int, term: str, confirmed: bool, n: int, n_called: int, called: dict[str, int]
) -> dict[str, object]:
    share = n_called / n if n else math.nan
    error = math.sqrt(share * (1 - share) / n) if n else math.nan
    return {
        "n_athletes": n_athletes, "term": term, "confirmed": confirmed, "n": int(n), **called, "share": share,
        "mc_error": error,
    }  # fmt: skip
