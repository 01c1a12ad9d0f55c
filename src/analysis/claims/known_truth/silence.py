"""Does the suite stay quiet where nothing is true? Every claim in simulated cohorts without any effect."""

import math
from collections.abc import Iterator

import pandas as pd

from analysis.claims.known_truth.recovery import World
from analysis.claims.library import CLAIMS
from analysis.claims.reading import AGAINST, SUPPORTED
from analysis.simulate import null_truth

NULL_WORLD = World("null", null_truth(), tuple(claim.id for claim in CLAIMS))
"""Without any effect. All claims are there, so p_holm of `recovery` is that of the claims page, and so are the
readings, but that its sensitivity checks may leave an effect undecided that is called here."""
ANY_PRIMARY = "any primary claim"
READING, INTERVAL = "reading", "interval alone"


def silence_summary(rows: pd.DataFrame) -> pd.DataFrame:
    """How often something was called where nothing is true, from `recovery(NULL_WORLD, …)`.

    Returns
    -------
    DataFrame
        One row for each size and, by their readings ('reading'), any of the primary claims together (`ANY_PRIMARY`) and
        each secondary claim, then each estimand by its interval alone ('interval alone'): n_athletes, of, by; n
        (cohorts with an estimate), supported, against (of these, cohorts in which one is called so, or the interval
        lies on the side of the claim or the other), share called at all, and mc_error (Morris, White and Crowther 2019,
        Stat Med 38:2074, table 6). Holm 1979 holds the share of the readings to 5 %; that of an interval should be 5 %.
    """
    found = [
        {"n_athletes": int(n), "of": of, "by": by} | _counted(called)
        for n, group in rows.groupby("n_athletes")
        for of, by, called in _called(group)
    ]
    return pd.DataFrame(found)


def _called(rows: pd.DataFrame) -> Iterator[tuple[str, str, pd.Series]]:
    """What is looked at, by what, and what was called, by cohort: a set of SUPPORTED and AGAINST, without those in
    which nothing was estimated."""
    known = rows[rows["estimate"].notna()]
    yield ANY_PRIMARY, READING, _sets(known[known["confirmed"].astype(bool)])
    for claim in CLAIMS:
        own = known[known["claim"] == claim.id]
        judging = own[own["term"].isin([e.term for e in claim.estimands if not e.further])]
        if not claim.primary and len(judging):
            yield claim.id, READING, _sets(judging)
    sides = {e.term: {e.expected: SUPPORTED, -e.expected: AGAINST} for claim in CLAIMS for e in claim.estimands}
    for term, own in known.groupby("term", sort=False):
        yield term, INTERVAL, _sets(own.assign(reading=own["side"].map(sides[term])))


def _sets(rows: pd.DataFrame) -> pd.Series:
    return rows["reading"].groupby(rows["seed"]).agg(lambda read: {SUPPORTED, AGAINST} & set(read))


def _counted(called: pd.Series) -> dict[str, object]:
    n = len(called)
    share = float(called.map(bool).mean()) if n else math.nan
    return {
        "n": n,
        "supported": int(called.map(lambda read: SUPPORTED in read).sum()),
        "against": int(called.map(lambda read: AGAINST in read).sum()),
        "share": share,
        "mc_error": math.sqrt(share * (1 - share) / n) if n else math.nan,
    }
