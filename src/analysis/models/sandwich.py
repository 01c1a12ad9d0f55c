"""Robust standard errors for few clusters: the bias-reduced sandwich of Mancl and DeRouen.

Source: Mancl and DeRouen 2001, Biometrics 57:126, eq. 4. Tested with t on clusters minus terms (Li and Redden 2015,
Stat Med 34:281, who found z too liberal whatever the correction).
"""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from scipy import linalg

# Li and Redden 2015 found the nominal error rate from this many clusters up.
FEW_CLUSTERS = 10
# A direction with this much leverage in one cluster rests on that cluster alone.
_ALONE = 1 - 1e-6
# A term with more than this share of its variance in such directions has no robust error (it would be 0.5 % too small).
_SHARE_ALONE = 0.01


@dataclass(frozen=True)
class Sandwich:
    """Robust covariance (p, p) of the estimates; NaN for the terms (p,) that rest on one cluster `alone`."""

    vcov: np.ndarray
    alone: np.ndarray


def bias_reduced(model: sm.GEE) -> Sandwich:
    """The bias-reduced robust covariance at the current state of a fitted statsmodels GEE (or OrdinalGEE).

    B Σ a_i a_i' B with a_i = D_i'V_i⁻¹(I - H_i)⁻¹r_i, H_i = D_i B D_i'V_i⁻¹, B = (Σ S_i)⁻¹ and S_i = D_i'V_i⁻¹D_i.
    As a_i = (I - S_i B)⁻¹ D_i'V_i⁻¹r_i no matrix is larger than p × p. With B = LL' the eigenvalues of L'S_iL are the
    leverages of cluster i; where one is 1 the residual is 0 and says nothing, and a term that rests on it is `alone`:
    statsmodels' own `cov_type="bias_reduced"`, equal otherwise, fails there.
    """
    parts = [_part(model, at) for at in range(model.num_group)]
    factor = np.linalg.cholesky(np.linalg.inv(sum(information for information, _ in parts)))
    size = np.square(factor).sum(axis=1)
    scores, share = [], np.zeros(len(factor))
    for information, score in parts:
        leverage, directions = linalg.eigh(factor.T @ information @ factor)
        alone = leverage > _ALONE
        share += np.square(factor @ directions[:, alone]).sum(axis=1) / size
        others = directions[:, ~alone]
        scores.append(others @ ((others.T @ (factor.T @ score)) / (1 - leverage[~alone])))
    root = factor @ np.array(scores).T
    rests = share > _SHARE_ALONE
    return Sandwich(np.where(rests | rests[:, None], np.nan, root @ root.T), rests)


def _part(model: sm.GEE, at: int) -> tuple[np.ndarray, np.ndarray]:
    """S_i (p, p) and D_i'V_i⁻¹r_i (p,) of one cluster; V without φ, which cancels."""
    mean, eta = model.cached_means[at]
    d = model.mean_deriv(model.exog_li[at], eta)
    sd = np.sqrt(model.family.variance(mean))
    weighed_d, weighed_r = model.cov_struct.covariance_matrix_solve(mean, at, sd, (d, model.endog_li[at] - mean))
    return d.T @ weighed_d, d.T @ weighed_r


def doubts(terms: list[str], sandwich: Sandwich, cluster: str, n_clusters: int) -> tuple[str, ...]:
    """What is to be said of `terms` (p,) whose errors cannot be had, and of few clusters."""
    said = [
        f"caution: {term} rests, wholly or in part, on a single {cluster}: it has no robust standard error."
        for term, alone in zip(terms, sandwich.alone, strict=True)
        if alone
    ]
    if n_clusters < FEW_CLUSTERS:
        said.append(
            f"caution: {n_clusters} clusters are too few to trust limits and p; expected {FEW_CLUSTERS} or more "
            "(Li and Redden 2015)."
        )
    return tuple(said)
