"""What passes between the door and an engine: a `Design` goes in, a `Solution` comes out.

An engine is a function `solve(design, reml, start) -> Solution`. It raises HiprunError for a model it cannot do,
naming one that can. New engines need no more than this.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.models.families import Family


@dataclass(frozen=True)
class RandomTerm:
    """One `(terms | group)` on the used rows: `codes` (n,) index `levels`, `z` (n, q) are its columns. Their effects
    are uncorrelated if not `correlated`: `(terms || group)`."""

    group: str
    levels: pd.Index
    codes: np.ndarray
    terms: tuple[str, ...]
    z: np.ndarray
    correlated: bool = True


@dataclass(frozen=True)
class Design:
    """The numbers of one model on the used rows.

    `y` (n,); `x` (n, p) with the columns named by `terms`; `offset` (n,) on the link scale or None; `weights` (n,),
    prior weights above 0, or None: each row's log-likelihood is multiplied by its weight, and a gaussian row's residual
    variance divided by it.
    """

    y: np.ndarray
    x: np.ndarray
    terms: tuple[str, ...]
    random: tuple[RandomTerm, ...]
    offset: np.ndarray | None
    family: Family
    weights: np.ndarray | None = None


@dataclass(frozen=True)
class Start:
    """Where a search may start: fixed effects (p,), one covariance (q, q) per random term, and the dispersion, as a
    `Solution` holds them. A hint: it changes the time a fit takes, not its result."""

    beta: np.ndarray
    random_cov: tuple[np.ndarray, ...]
    dispersion: float


@dataclass(frozen=True)
class Satterthwaite:
    """What Satterthwaite's degrees of freedom of any contrast of the fixed effects need.

    `cov` (p, p) is the covariance of the estimates, `jacobian` (k, p, p) its derivative in each variance
    parameter and `parameter_cov` (k, k) the covariance of those parameters. Source: Kuznetsova, Brockhoff
    and Christensen 2017, lmerTest, J Stat Softw 82(13), eq. 5 to 8.
    """

    cov: np.ndarray
    jacobian: np.ndarray
    parameter_cov: np.ndarray

    def df(self, weights: np.ndarray) -> float:
        """df of the contrast `weights` (p,): 2 v² / (g' A g), v = w'Cw and g its gradient."""
        variance = weights @ self.cov @ weights
        gradient = np.einsum("i,kij,j->k", weights, self.jacobian, weights)
        return float(2 * variance**2 / (gradient @ self.parameter_cov @ gradient))


@dataclass(frozen=True)
class Solution:
    """What an engine found.

    `beta` (p,), `vcov` (p, p) and `df` (p,; NaN: tested with z), NaN where `aliased` (p,). `random_cov` holds
    one (q, q) covariance and `modes` one (levels, q) array per random term; both are empty for an engine that has no
    random effects (GEE). `dispersion` is the residual
    variance (gaussian), the shape θ of variance μ + μ²/θ (negativebinomial), φ (gamma), else 1.
    `n_parameters` counts fixed effects, variance parameters and an estimated dispersion.
    """

    beta: np.ndarray
    vcov: np.ndarray
    df: np.ndarray
    df_method: str
    aliased: np.ndarray
    random_cov: tuple[np.ndarray, ...]
    modes: tuple[np.ndarray, ...]
    fitted: np.ndarray
    dispersion: float
    loglik: float
    n_parameters: int
    method: str
    converged: bool
    singular: bool
    messages: tuple[str, ...]
    satterthwaite: Satterthwaite | None = None


Engine = Callable[[Design, bool, Start | None], Solution]
