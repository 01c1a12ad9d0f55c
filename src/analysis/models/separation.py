"""Separation: a combination of columns that can grow for ever, so that there is no estimate.

Sources: Albert and Anderson 1984, Biometrika 71:1 (binary outcomes); Santos Silva and Tenreyro 2010, Econ Lett 107:310
(counts); Konis 2007, DPhil thesis, Oxford (by linear programming).
"""

import numpy as np
from scipy.optimize import linprog

# Fitted means this near 0 (or 1) call for a look at separation, which takes seconds at 1e5 rows.
_EXTREME = 1e-5
SEPARATED = "severe: A predictor, or a sum of several, separates the outcome: its estimate has no limit."


def is_extreme(fitted: np.ndarray, family: str) -> bool:
    """Whether fitted means (n,) are so near their limits that the outcome may be separated."""
    if family == "binomial":
        return bool(np.minimum(fitted, 1 - fitted).min() < _EXTREME)
    return family == "poisson" and bool(fitted.min() < _EXTREME)


def is_separated(x: np.ndarray, y: np.ndarray, family: str) -> bool:
    """Whether a sum of the columns of `x` (n, p) separates `y` (n,): every row that it moves moves towards its own y.

    binomial: all ones up, all zeros down; poisson: zeros down and no other row moved. False for other families.
    """
    if family not in ("binomial", "poisson"):
        return False
    x = x / np.abs(x).max(axis=0)
    towards = x * np.where(y > 0, 1.0, -1.0)[:, None] if family == "binomial" else -x[y == 0]
    still = x[:0] if family == "binomial" else x[y > 0]
    found = linprog(
        -towards.sum(axis=0),
        A_ub=-towards,
        b_ub=np.zeros(len(towards)),
        A_eq=still,
        b_eq=np.zeros(len(still)),
        bounds=(-1, 1),
    )
    return bool(found.status == 0 and -found.fun > 1e-6)
