"""Several contrasts of a cluster-robust fit at once: are they all 0?

`models.wald_test` refuses this, since the F distribution of one df for all is far off with few clusters. The
approximate Hotelling test (AHT) takes the cluster-robust covariance for a Wishart matrix whose df give its entries the
variance that they have under the working model: Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672, sec. 3.2 (the
test "HTZ" of R's clubSandwich).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import Fit
from analysis.models.compare import WaldTest
from analysis.models.robust import ClusterRobust


def joint_test(fit: Fit, contrasts: Sequence[Mapping[str, float]]) -> WaldTest:
    """Test that every weighted sum of terms in `contrasts` is 0, by AHT.

    Q = b'V⁻¹b of q sums is referred by (η - q + 1) / (η q) Q to F with q and η - q + 1 df; for q = 1 this is the t test
    of `models.contrast`. With η - q + 1 not above 0, from very few clusters, there is no test: statistic and p are
    missing.

    Raises
    ------
    HiprunError
        The fit did not converge or is not `models.cluster_robust`; no contrast; a term is unknown, or has no standard
        error; a contrast follows from the others.
    """
    weights = _weights(fit, contrasts)
    record = fit.satterthwaite
    known = fit.vcov.notna().to_numpy().diagonal()
    if (weights[:, ~known] != 0).any():
        raise HiprunError("joint_test: a term has no standard error (see the fit's messages).")
    b = weights @ np.nan_to_num(fit.estimates["estimate"].to_numpy())
    v = weights @ np.nan_to_num(fit.vcov.to_numpy()) @ weights.T
    base = record.root @ weights.T
    if np.linalg.matrix_rank(base) < len(weights) or np.linalg.matrix_rank(v) < len(weights):
        raise HiprunError("joint_test: a contrast follows from the others, or too few clusters tell them apart.")
    q = len(weights)
    eta = _wishart_df(record, base)
    names = tuple(" + ".join(contrast) for contrast in contrasts)
    df = eta - q + 1
    if not df > 0:
        return WaldTest(names, np.nan, q, df, np.nan, "F")
    statistic = float(df / (eta * q) * (b @ np.linalg.solve(v, b)))
    return WaldTest(names, statistic, q, df, float(stats.f.sf(statistic, q, df)), "F")


def _weights(fit: Fit, contrasts: Sequence[Mapping[str, float]]) -> np.ndarray:
    """The contrasts (q, p) as rows of weights."""
    if not fit.converged or not isinstance(fit.satterthwaite, ClusterRobust):
        raise HiprunError("joint_test: expected a fit that converged, with cluster-robust errors.")
    terms = list(fit.estimates["term"])
    unknown = sorted({term for contrast in contrasts for term in contrast} - set(terms))
    if unknown or not contrasts:
        raise HiprunError(f"joint_test: found {', '.join(unknown) or 'no contrast'}, expected {', '.join(terms)}.")
    return np.array([[float(contrast.get(term, 0)) for term in terms] for contrast in contrasts])


def _wishart_df(record: ClusterRobust, base: np.ndarray) -> float:
    """η = q (q + 1) / ΣΣ Var(d_st), of contrasts whose columns in the basis of Q are `base` (m, q).

    d is their covariance where that of the working model is the identity: d = Σ u_i u_i', and the covariance of u_i and
    u_j is P_ij = δ_ij C'D_i C - (L_i C)'(L_j C) as in `robust.ClusterRobust.df`. For normal u,
    Var(d_st) = Σ_ij P_ij[s,s] P_ij[t,t] + P_ij[s,t] P_ij[t,s].
    """
    values, vectors = np.linalg.eigh(base.T @ base)
    c = base @ (vectors / np.sqrt(values)) @ vectors.T
    own = np.einsum("ms,gmn,nt->gst", c, record.own, c)
    overlap = record.shared @ c  # (clusters, m, q)
    q, total = c.shape[1], 0.0
    at = np.arange(len(own))

    def covariance(s: int, t: int) -> np.ndarray:
        p = -overlap[:, :, s] @ overlap[:, :, t].T
        p[at, at] += own[:, s, t]
        return p

    for s in range(q):
        for t in range(q):
            total += float((covariance(s, s) * covariance(t, t)).sum())
            total += float((covariance(s, t) * covariance(t, s)).sum())
    return q * (q + 1) / total
