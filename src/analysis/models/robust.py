"""Cluster-robust tests of a fitted model: CR2 standard errors with Satterthwaite's df.

The weeks of one athlete are alike in ways that `(1 | athlete)` does not carry: pain drifts from week to week,
and so does training. The model's own standard errors are then too small. Those computed here hold whatever
the covariance within a cluster is; that of the fitted model only serves as the working model.

Sources: Bell and McCaffrey 2002, Surv Methodol 28:169 (CR2 and its df); McCaffrey and Bell 2006, Stat Med 25:4081
(generalised linear models); Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672 (any working covariance; theorem
numbers below are theirs). A model that is not gaussian is taken for the linear one near its fit (`linearised.py`).

Notation: V (rows × rows) is the fitted covariance of a cluster's outcomes, X̃ the fixed-effect columns times V^-½,
stacked over the clusters, and X̃ = Q R with orthonormal Q. In the basis of Q the covariance of the fixed effects is
the identity and every formula gets short.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from analysis.errors import HiprunError
from analysis.models.clusters import check_nested, used_column
from analysis.models.columns import group_levels
from analysis.models.linearised import (
    NULL,
    Linearised,
    check_outcome_is_fitted,
    linearised,
    pearson_scaled,
    symmetric_power,
)
from analysis.models.protocol import Design
from analysis.models.rebuild import Rebuilt, rebuilt
from analysis.models.result import Fit, wald

MIN_CLUSTERS = 4
# Below this df the t approximation itself is poor (Tipton 2015, Psychol Methods 20:375).
_MIN_DF = 4
_MANY_ROWS = 1000
# If the working model were right CR2 would give back the model's variance, except for terms that rest on a
# single cluster. Below this share of it the standard error would be more than 5 % too small.
_CARRIED = 0.9
# The linear model near a fit is no likeness of it where its standard error is below this share of the fit's own.
_LIKENESS = 0.8


@dataclass(frozen=True)
class ClusterRobust:
    """What the Satterthwaite df of any contrast of the fixed effects need, in place of `protocol.Satterthwaite`.

    `root` (m, p) takes weights of the p terms to the basis of Q (its columns are 0 for aliased terms); `own` and
    `shared` (clusters, m, m) hold D_i = N_i'N_i and L_i = Q_i'N_i. Memory: 16·clusters·m² bytes.
    """

    root: np.ndarray
    own: np.ndarray
    shared: np.ndarray

    def df(self, weights: np.ndarray) -> float:
        """df of the contrast `weights` (p,): (tr P)² / tr(P²), P_ij = δ_ij c'D_i c - (L_i c)'(L_j c).

        P is the covariance, under the working model, of the clusters' contributions to the contrast
        (Pustejovsky and Tipton 2018, sec. 4.1); it is never built, only its traces are.
        """
        diagonal, off_squared = self._traces(weights)
        squared = float(diagonal @ diagonal + off_squared)
        return float(diagonal.sum() ** 2 / squared) if squared > 0 else np.nan

    def carried(self, weights: np.ndarray) -> float:
        """The share of the contrast's model variance that CR2 recovers if the working model is right; 1 is all."""
        base = self.root @ weights
        return float(self._traces(weights)[0].sum() / (base @ base))

    def _traces(self, weights: np.ndarray) -> tuple[np.ndarray, float]:
        """The diagonal of P (clusters,) and the sum of its squared other entries."""
        base = self.root @ weights
        overlaps = self.shared @ base
        overlap = np.square(overlaps).sum(axis=1)
        diagonal = np.einsum("i,gi->g", base, self.own @ base) - overlap
        return diagonal, max(float(np.square(overlaps.T @ overlaps).sum() - overlap @ overlap), 0.0)


@dataclass(frozen=True)
class _Cluster:
    """One cluster: its covariance `v` (r, r), fixed columns `x` (r, m) and residuals `e` (r,), both times V^-½. The r
    coordinates are its rows; or, where all have the same error variance, fewer (see `_cluster`)."""

    v: np.ndarray
    x: np.ndarray
    e: np.ndarray


def cluster_robust(fit: Fit, frame: pd.DataFrame, cluster: str) -> Fit:
    """The fit with standard errors, limits, p values and df that hold whatever the covariance within clusters is.

    Parameters
    ----------
    fit : Fit
        A model of any family, with or without random effects. One that did not converge is given back unchanged.
    frame : DataFrame
        The frame it was fitted to.
    cluster : str
        The column that holds the clusters; every random group must lie within one of them.

    Returns
    -------
    Fit
        `fit` with other std_error, ci_low, ci_high, p_value, df and vcov: CR2, the working covariance being the
        fitted one, tested with t on Satterthwaite's df; `contrast` has the df of each very contrast. Estimates,
        random effects and likelihood are unchanged. A model that is not gaussian is taken for the linear one near
        its fit: V = DZGZ'D + diag(Var y), D = dμ/dη, on the scale of the outcome.
        Equal to R's clubSandwich (vcovCR type "CR2", coef_test "Satterthwaite") for lm, lmer and glm, but for a term
        that rests on a single cluster: there is no spread between clusters to judge it by, so its standard error, and
        that of any contrast with it, is NaN and a message says so. Time and memory grow with the cube and square of
        the random effects per cluster in a gaussian model, of the rows per cluster in any other. Where a cluster of
        one of these has more than 1000 rows the adjustment is made on the Pearson scale, rows divided by their SD:
        as exact if the working model is right, but not clubSandwich's (SEs up to 6 % apart in small samples).

    Raises
    ------
    HiprunError
        The fit is cluster-robust already, or of the engine 'gee', which is so by itself; `cluster` is no column, is
        missing in used rows, has fewer than 4 values or cuts through a random group; `frame` is not the fitted frame.

    References
    ----------
    Bell and McCaffrey 2002, Surv Methodol 28:169; McCaffrey and Bell 2006, Stat Med 25:4081; Pustejovsky and Tipton
    2018, J Bus Econ Stat 36:672; Breslow and Clayton 1993, J Am Stat Assoc 88:9.
    """
    _check_kind(fit)
    if not fit.converged:
        return fit
    rows = rebuilt(fit, frame, "cluster_robust")
    codes = _cluster_codes(rows, frame, cluster)
    check_nested(rows.design, codes, cluster, "cluster_robust")
    model = linearised(fit, rows)
    large = np.bincount(codes).max() > _MANY_ROWS and np.ptp(model.variance) > 0
    clusters = _clusters(pearson_scaled(model) if large else model, rows.design, codes)
    q, r = np.linalg.qr(np.vstack([one.x for one in clusters]))
    parts = np.split(q, np.cumsum([len(one.e) for one in clusters])[:-1])
    pairs = list(zip(clusters, parts, strict=True))
    check_outcome_is_fitted(fit, rows, model, score=sum(part.T @ one.e for one, part in pairs))
    adjusted = [_adjusted(one.v, part) for one, part in pairs]
    kept = fit.estimates["estimate"].notna().to_numpy()
    root = np.zeros((len(r), len(kept)))
    root[:, kept] = solve_triangular(r, np.eye(len(r))).T
    numbers = ClusterRobust(
        root,
        own=np.array([n.T @ n for n in adjusted]),
        shared=np.array([part.T @ n for part, n in zip(parts, adjusted, strict=True)]),
    )
    scores = root.T @ np.column_stack([n.T @ one.e for one, n in zip(clusters, adjusted, strict=True)])
    return _with(fit, numbers, scores @ scores.T, cluster)


def _check_kind(fit: Fit) -> None:
    if isinstance(fit.satterthwaite, ClusterRobust) or fit.engine == "gee":
        raise HiprunError(
            f"cluster_robust: this fit is cluster-robust already (engine {fit.engine!r}, {fit.df_method}); expected a "
            "mixed or a (generalised) linear model as `fit` returns it."
        )


def _cluster_codes(rows: Rebuilt, frame: pd.DataFrame, cluster: str) -> np.ndarray:
    """The cluster (n,) of each used row, as codes 0, 1, …"""
    column = used_column(rows, frame, cluster)
    if column.isna().any():
        raise HiprunError(
            f"column {cluster!r}: {int(column.isna().sum())} of {len(column)} used rows have no cluster. Fill it in, "
            "or leave these rows out before fitting."
        )
    codes, names = group_levels(column, cluster)
    if len(names) < MIN_CLUSTERS:
        raise HiprunError(
            f"column {cluster!r}: found {len(names)} clusters, expected {MIN_CLUSTERS} or more: no variance between "
            "clusters can be estimated from so few. Cluster by a smaller group, or use the model's own errors."
        )
    return codes


def _clusters(model: Linearised, design: Design, codes: np.ndarray) -> list[_Cluster]:
    """The clusters in the order of their codes; V = diag(variance) + LL', L having one block per level of a group."""
    made = []
    for rows in np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1]):
        blocks = [np.empty((len(rows), 0))]
        for term, columns in zip(design.random, model.loadings, strict=True):
            here = term.codes[rows]
            blocks += [columns[rows] * (here == level)[:, None] for level in np.unique(here)]
        made.append(_cluster(np.hstack(blocks), model.x[rows], model.residual[rows], model.variance[rows]))
    return made


def _cluster(b: np.ndarray, x: np.ndarray, e: np.ndarray, variance: np.ndarray) -> _Cluster:
    """The rows of one cluster, whitened.

    Where all have the same error variance, V and the CR2 adjustment are a multiple of the identity outside the span
    of B and X: an orthonormal basis of that span is all that is needed.
    """
    if np.all(variance == variance[0]):
        basis, triangle = np.linalg.qr(np.hstack([b, x]))
        b, x = np.hsplit(triangle, [b.shape[1]])
        e, variance = basis.T @ e, np.full(len(b), variance[0])
    v = np.diag(variance) + b @ b.T
    whiten = symmetric_power(v, -0.5)
    return _Cluster(v, whiten @ x, whiten @ e)


def _adjusted(v: np.ndarray, q: np.ndarray) -> np.ndarray:
    """N (r, m): a cluster adds N'ẽ to the score, where ẽ are its whitened residuals.

    With F = V^½ the CR2 adjustment is A = F (F (V - XMX') F)^{+½} F, for which A (V - XMX') A' = V
    (eq. 11); here V - XMX' = F (I - QQ') F, and X'V⁻¹A e = Q'(V (I - QQ') V)^{+½} F e = N'ẽ.
    The root is taken of the singular values of (I - QQ')^½ V: those of its square span twice the orders of magnitude.
    """
    half = symmetric_power(np.eye(len(q)) - q @ q.T, 0.5)
    _, values, vectors = np.linalg.svd(half @ v)
    some = values > NULL * values[0]
    return v @ ((vectors[some].T / values[some]) @ (vectors[some] @ q))


def _with(fit: Fit, numbers: ClusterRobust, vcov: np.ndarray, cluster: str) -> Fit:
    """The fit with the tests replaced; terms without an estimate or that rest on one cluster become NaN."""
    terms = list(fit.estimates["term"])
    estimated = fit.estimates["estimate"].notna().to_numpy()
    each = np.eye(len(terms))
    alone = np.array([ok and numbers.carried(c) < _CARRIED for ok, c in zip(estimated, each, strict=True)])
    known = estimated & ~alone
    df = np.array([numbers.df(c) if ok else np.nan for ok, c in zip(known, each, strict=True)])
    vcov = np.where(known & known[:, None], vcov, np.nan)
    std_error = np.sqrt(np.diag(vcov))
    limits = wald(fit.estimates["estimate"].to_numpy(), std_error, df, fit.level)
    note = (
        "note: Standard errors, limits, p values and df of the fixed terms are cluster-robust (CR2, Satterthwaite) by "
        f"{cluster}, {len(numbers.own)} clusters, in place of the model's own."
    )
    return replace(
        fit,
        estimates=fit.estimates.assign(std_error=std_error, **limits, df=df),
        vcov=pd.DataFrame(vcov, index=terms, columns=terms),
        df_method=f"Satterthwaite, CR2 by {cluster}",
        messages=(*fit.messages, note, *_doubts(terms, alone, df, cluster), *_far_from_linear(fit, numbers)),
        satterthwaite=numbers,
    )


def _doubts(terms: list[str], alone: np.ndarray, df: np.ndarray, cluster: str) -> list[str]:
    said = [
        f"caution: {term} rests, wholly or in part, on a single {cluster}: it has no cluster-robust standard error."
        for term, is_alone in zip(terms, alone, strict=True)
        if is_alone
    ]
    few = [f"{term} ({number:.1f})" for term, number in zip(terms, df, strict=True) if number < _MIN_DF]
    if few:
        said.append(
            f"caution: fewer than {_MIN_DF} df, so that limits and p are not to be trusted (Tipton 2015): "
            f"{', '.join(few)}."
        )
    return said


def _far_from_linear(fit: Fit, numbers: ClusterRobust) -> list[str]:
    """A caution where the linear model near a fit is no good likeness of it: few events in widely different groups."""
    working = np.sqrt(np.square(numbers.root).sum(axis=0))
    own = fit.estimates["std_error"].to_numpy()
    terms = list(fit.estimates["term"][(working > 0) & (working < _LIKENESS * own)])
    if fit.family == "gaussian" or not terms:
        return []
    return [
        "caution: the cluster-robust standard errors rest on the linear model near this one, which is surer than the "
        f"model itself of {', '.join(terms)}: for these they may be too small."
    ]
