"""The order in which glmm is given the random terms: it decides the time of a fit, not its result."""

import numpy as np

from analysis.models.protocol import Design, RandomTerm

# How many operations of glmm's dense elimination take the time of one of its sparse one.
_DENSE_IS_QUICKER = 4


def elimination_order(design: Design) -> tuple[int, ...]:
    """Places of the random terms of `design` in the order in which glmm fits them fastest.

    glmm eliminates the levels of the first term one by one and all other terms together, densely, in operations that
    grow with the square of the number of their levels: most levels first, as MixedModels.jl sorts them (Bates, Alday
    and Kokandakar 2025, arXiv:2505.11674). A model that is not gaussian has its exact gradient in this order alone, up
    to 500 levels in the other terms. The exception is `_outer_first`.
    """
    order = sorted(range(len(design.random)), key=lambda at: -len(design.random[at].levels))
    if len(order) == 2 and design.family.name == "gaussian":
        inner, outer = (design.random[at] for at in order)
        if _outer_first(outer, inner):
            order.reverse()
    return tuple(order)


def _outer_first(outer: RandomTerm, inner: RandomTerm) -> bool:
    """Whether a gaussian slope of many groups, nested in many small outer groups, is quicker with these first.

    glmm then eliminates one outer group with all inner ones in it after the other: (q children)³/3 operations each,
    against q inner outer² the other way round.
    """
    q = len(inner.terms)
    if q == 1 or len(outer.terms) > 1:
        return False
    parent = np.zeros(len(inner.levels), dtype=np.int64)
    parent[inner.codes] = outer.codes
    if (parent[inner.codes] != outer.codes).any():
        return False
    within = ((q * np.bincount(parent).astype(float)) ** 3).sum() / 3
    return bool(_DENSE_IS_QUICKER * within < q * len(inner.levels) * float(len(outer.levels)) ** 2)
