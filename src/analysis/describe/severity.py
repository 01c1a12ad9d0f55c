"""How long injuries last: days lost in the classes of the consensus, their median and quartiles, and the return.

An injury that was still open when the watch ended has lasted at least until then. It is neither left out nor taken for
healed: it is censored, and counted. Sources: Bahr et al. 2020, Br J Sports Med 54:372 (severity as time loss, its
classes as `surveillance.problems.SEVERITY_BINS` has them); Kaplan and Meier 1958, J Am Stat Assoc 53:457; limits of a
quantile, Brookmeyer and Crowley 1982, Biometrics 38:29.
"""

import numpy as np
import pandas as pd

from analysis.surveillance import kaplan_meier
from analysis.surveillance.problems import SEVERITY_BINS, severity_bin

ALL = "All injuries"
OPEN = "not ended when the watch ended"
NOT_RECORDED = "not recorded"
FEWEST_IN_A_REGION = 5
"""Fewer injuries have no quartiles of their own."""
QUARTILES = {"median_days": 0.5, "q1_days": 0.25, "q3_days": 0.75}
_EXACT = 1e-12


def severity_classes(cases: pd.DataFrame) -> pd.DataFrame:
    """Injuries by days lost: days_lost (0, 1-7, 8-28, over 28 days, and not ended), n_cases, percent of all.

    `cases`: time_loss_days and still_open, as `describe.injury_cases` gives them. Every class has a row.
    """
    names = [*SEVERITY_BINS, OPEN]
    counts = _classes(cases).value_counts().reindex(names, fill_value=0)
    percent = 100 * counts / counts.sum() if len(cases) else np.nan
    return pd.DataFrame({"days_lost": names, "n_cases": counts.to_numpy(), "percent": np.asarray(percent, float)})


def classes_by_region(cases: pd.DataFrame) -> pd.DataFrame:
    """Injuries by region and class of days lost: group, days_lost, n_cases; all injuries first, then by number."""
    groups = {ALL: cases} | {name: cases[_region(cases) == name] for name in _region(cases).value_counts().index}
    parts = [severity_classes(rows).assign(group=name) for name, rows in groups.items() if len(rows)]
    if not parts:
        return pd.DataFrame(columns=["group", "days_lost", "n_cases"])
    return pd.concat(parts, ignore_index=True)[["group", "days_lost", "n_cases"]]


def severity_by_region(cases: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Median and quartiles of the days lost, each with limits: all injuries, then each region.

    Columns: group, n_cases, n_still_open, median_days, q1_days, q3_days, each followed by its ci_low and ci_high
    (prefixed median_, q1_, q3_). Open injuries are censored: what the curve of those ended does not reach is missing.
    A region of fewer than five injuries has counts alone. Injuries count as independent of each other.
    """
    columns = ["group", "n_cases", "n_still_open"]
    columns += [f"{name}{part}" for q in ("median", "q1", "q3") for name, part in _parts(q)]
    groups = {ALL: cases} | {str(name): rows for name, rows in cases.groupby(_region(cases))}
    rows = [
        {"group": name, "n_cases": len(part), "n_still_open": int(part["still_open"].sum()), **_quartiles(part, level)}
        for name, part in groups.items()
        if len(part)
    ]
    return pd.DataFrame(rows, columns=columns)


def return_curve(cases: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """`surveillance.kaplan_meier` of the days from an injury to the return: the share that has not returned.

    The time is the days lost: an injury of 0 days is over at once, an open one is censored at the end of the watch.
    One row a number of days at which an injury ended or was lost sight of; empty without an injury. Injuries of one
    athlete count as independent of each other.
    """
    if cases.empty:
        return pd.DataFrame(columns=["group", "time", "n_risk", "n_events", "n_censored", "survival"])
    times = pd.DataFrame({"time": cases["time_loss_days"].astype(float), "event": ~cases["still_open"].astype(bool)})
    return kaplan_meier(times, level=level)


def quantile_of_curve(curve: pd.DataFrame, share: float) -> tuple[float, float, float]:
    """The time by which `share` have had the event, with its limits, from one curve of `kaplan_meier`.

    The first time at which the curve is at most 1 - `share`, halfway to the next event where it is exactly that (as
    R's quantile.survfit); limits are the first times at which those of the curve are (Brookmeyer and Crowley 1982).
    What is not reached is missing.
    """
    events = curve[curve["n_events"] > 0]
    return tuple(_first_at(events, column, 1 - share) for column in ("survival", "ci_low", "ci_high"))


def _first_at(events: pd.DataFrame, column: str, left: float) -> float:
    at, values = events["time"].to_numpy(float), events[column].to_numpy(float)
    reached = np.flatnonzero(values <= left + _EXACT)
    if not len(reached):
        return np.nan
    first = reached[0]
    exact = column == "survival" and abs(values[first] - left) < _EXACT and first + 1 < len(at)
    return float((at[first] + at[first + 1]) / 2 if exact else at[first])


def _quartiles(cases: pd.DataFrame, level: float) -> dict[str, float]:
    curve = return_curve(cases, level) if len(cases) >= FEWEST_IN_A_REGION else None
    found: dict[str, float] = {}
    for name, share in QUARTILES.items():
        values = quantile_of_curve(curve, share) if curve is not None else (np.nan,) * 3
        columns = [f"{stem}{part}" for stem, part in _parts(name.removesuffix("_days"))]
        found |= dict(zip(columns, values, strict=True))
    return found


def _parts(quantile: str) -> list[tuple[str, str]]:
    return [(quantile, "_days"), (quantile, "_ci_low"), (quantile, "_ci_high")]


def _classes(cases: pd.DataFrame) -> pd.Series:
    return severity_bin(cases["time_loss_days"]).astype("str").mask(cases["still_open"].astype(bool), OPEN)


def _region(cases: pd.DataFrame) -> pd.Series:
    return cases["region"].astype("str").fillna(NOT_RECORDED)
