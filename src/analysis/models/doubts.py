"""What is to be doubted in a fit whatever its engine says: too few events or groups, separation, dropped terms."""

import numpy as np

from analysis.models.families import COUNTS
from analysis.models.protocol import Design, Solution

FEWEST_EVENTS_PER_TERM = 5
"""Fewest events a term needs (Nielsen et al. 2019, Br J Sports Med 53:61). With fewer, estimates are on average too
large (Greenland, Mansournia and Altman 2016, BMJ 352:i1981)."""
FEWEST_GROUPS = 5
"""With fewer groups than this a variance between them is hardly estimated (Gelman and Hill 2007, sec. 12.9)."""


_NO_RESIDUAL = 1e-10


def no_maximum(design: Design, solution: Solution) -> str:
    """Why what an engine calls converged is no maximum of the likelihood, or empty: a gaussian model leaves less than
    1e-10 of the outcome's variance, or the variance of an estimate is below 0."""
    if design.family.name == "gaussian" and solution.dispersion <= _NO_RESIDUAL * np.var(design.y):
        return "No residual variance is left, so that the likelihood has no maximum."
    if (np.diag(solution.vcov) < 0).any():
        return "The likelihood still rises at the end point: a variance of an estimate is below 0."
    return ""


def doubts(design: Design, solution: Solution) -> tuple[str, ...]:
    """Messages on the fit, each with its tier ('severe', 'caution') first and the term or group it is about."""
    said = _convergence(solution) + _aliased(design, solution)
    few = few_events(design, solution)
    if few:
        said.append(f"caution: {few}.")
    return tuple(said + _separation(design) + _groups(design))


def _convergence(solution: Solution) -> list[str]:
    if solution.converged:
        return []
    return ["severe: The fit did not converge. It is no result: every estimate is missing."]


def _aliased(design: Design, solution: Solution) -> list[str]:
    return [
        f"caution: {term} is an exact combination of other terms. It was dropped."
        for term, aliased in zip(design.terms, solution.aliased, strict=True)
        if aliased
    ]


def n_events(design: Design) -> int | None:
    """Events of a count model; of a 0/1 outcome the rarer of its two values. None for a continuous outcome."""
    if design.family.name in COUNTS:
        return int(design.y.sum())
    if design.family.name == "binomial":
        ones = int(design.y.sum())
        return min(ones, len(design.y) - ones)
    return None


def few_events(design: Design, solution: Solution) -> str:
    """How many events there are for how many terms, where these are fewer than 5 each; else empty."""
    events, terms = n_events(design), int((~solution.aliased).sum()) - 1
    if events is None or terms < 1 or events >= FEWEST_EVENTS_PER_TERM * terms:
        return ""
    return (
        f"{events} events for {terms} terms, fewer than {FEWEST_EVENTS_PER_TERM} each: its estimates are unstable and "
        "tend to be too far from no effect"
    )


def _separation(design: Design) -> list[str]:
    """Two-valued terms that split off rows without any event, or (0/1 outcomes) without anything else."""
    if n_events(design) is None:
        return []
    said = []
    for term, column in zip(design.terms, design.x.T, strict=True):
        low, high = column.min(), column.max()
        if low == high or ((column != low) & (column != high)).any():
            continue
        for value in (low, high):
            found = design.y[column == value]
            if (found == 0).all() or (design.family.name == "binomial" and (found == 1).all()):
                said.append(
                    f"severe: {term}: the outcome is {found[0]:g} in all {len(found)} rows where this term is "
                    f"{value:g} (separation). Its effect has no finite estimate; merge levels or leave the term out."
                )
    return said


def _groups(design: Design) -> list[str]:
    few = {term.group: len(term.levels) for term in design.random if len(term.levels) < FEWEST_GROUPS}
    return [
        f"caution: group {group} has {count} levels: a variance between fewer than {FEWEST_GROUPS} is hardly estimated."
        for group, count in few.items()
    ]
