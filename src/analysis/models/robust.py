"""Cluster-robust tests of a gaussian model: CR2 standard errors with Satterthwaite's df.

The weeks of one athlete are alike in ways that `(1 | athlete)` does not carry: pain drifts from week to week,
and so does training. The model's own standard errors are then too small. Those computed here hold whatever
the covariance within a cluster is; that of the fitted model only serves as the working model.

Sources: Bell and McCaffrey 2002, Surv Methodol 28:169 (CR2 and its df); Pustejovsky and Tipton 2018, J Bus Econ
Stat 36:672 (any working covariance; theorem numbers below are theirs).

Notation: V (rows × rows) is the fitted covariance of a cluster's outcomes over the residual variance, X̃ the
fixed-effect columns times V^-½, stacked over the clusters, and X̃ = Q R with orthonormal Q. In the basis of Q
the covariance of the fixed effects is the identity and every formula gets short.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.linalg import solve_triangular

from analysis.errors import HiprunError
from analysis.models.columns import complete_rows, group_levels
from analysis.models.design import build
from analysis.models.families import family_named
from analysis.models.formula import parse
from analysis.models.protocol import Design
from analysis.models.result import Fit, wald

MIN_CLUSTERS = 4
# Below this df the t approximation itself is poor (Tipton 2015, Psychol Methods 20:375).
_MIN_DF = 4
# Eigenvalues below this share of the largest are 0: directions that one cluster alone determines.
_NULL = 1e-10
# If the working model were right CR2 would give back the model's variance, except for terms that rest on a
# single cluster. Below this share of it the standard error would be more than 5 % too small.
_CARRIED = 0.9
# The frame is not the fitted one if the estimates are further from its own than this share of a standard error.
_SAME_FIT = 1e-3


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
    """One cluster in an orthonormal basis of its random and fixed columns (r ≤ rows), outside of which V is
    the identity: `v` (r, r), fixed columns `x` (r, m) and residuals `e` (r,), both times V^-½."""

    v: np.ndarray
    x: np.ndarray
    e: np.ndarray


def cluster_robust(fit: Fit, frame: pd.DataFrame, cluster: str) -> Fit:
    """The fit with standard errors, limits, p values and df that hold whatever the covariance within clusters is.

    Parameters
    ----------
    fit : Fit
        A gaussian model, mixed or linear. One that did not converge is given back unchanged.
    frame : DataFrame
        The frame it was fitted to.
    cluster : str
        The column that holds the clusters; every random group must lie within one of them.

    Returns
    -------
    Fit
        `fit` with other std_error, ci_low, ci_high, p_value, df and vcov: CR2, the working covariance being the
        fitted ZGZ' + σ²I, tested with t on Satterthwaite's df; `contrast` has the df of each very contrast.
        Estimates, random effects and likelihood are unchanged. Equal to R's clubSandwich (vcovCR type "CR2",
        coef_test "Satterthwaite"), but for a term that rests on a single cluster: there is no spread between
        clusters to judge it by, so its standard error, and that of any contrast with it, is NaN and a message says
        so. Time and memory grow with the cube and square of the random effects per cluster: seconds for thousands
        of athletes as clusters, minutes for a cluster of a thousand athletes.

    Raises
    ------
    HiprunError
        The model is not gaussian, or is cluster-robust already; `cluster` is no column, is missing in used rows,
        has fewer than 4 values or cuts through a random group; `frame` is not the fitted frame.

    References
    ----------
    Bell and McCaffrey 2002, Surv Methodol 28:169; Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672.
    """
    _check_kind(fit)
    if not fit.converged:
        return fit
    design, codes = _rebuilt(fit, frame, cluster)
    kept = fit.estimates["estimate"].notna().to_numpy()
    clusters = _clusters(fit, design, kept, codes)
    q, r = np.linalg.qr(np.vstack([one.x for one in clusters]))
    parts = np.split(q, np.cumsum([len(one.e) for one in clusters])[:-1])
    pairs = list(zip(clusters, parts, strict=True))
    _check_same_fit(sum(part.T @ one.e for one, part in pairs), fit)
    adjusted = [_adjusted(one.v, part) for one, part in pairs]
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
    if fit.family != "gaussian" or fit.link != "identity":
        raise HiprunError(
            f"cluster_robust: found a {fit.family} model with {fit.link} link, expected a gaussian one: CR2 is worked "
            "out for linear models only. Report this model's own standard errors."
        )
    if isinstance(fit.satterthwaite, ClusterRobust):
        raise HiprunError(
            f"cluster_robust: this fit is cluster-robust already ({fit.df_method}); expected one as `fit` returns it."
        )


def _rebuilt(fit: Fit, frame: pd.DataFrame, cluster: str) -> tuple[Design, np.ndarray]:
    """The design of the fit and the cluster (n,) of each of its rows, as codes 0, 1, …"""
    complete_rows(frame, [cluster])  # refuses what is no frame, and an unknown or empty column
    positions = frame.reset_index(drop=True)  # the index of the frame may hold a label twice
    built = build(parse(fit.formula), positions, family_named(fit.family), None)
    used = frame.index[built.index]
    if len(used) != fit.n_obs or not used.equals(fit.fitted.index):
        raise HiprunError(
            f"cluster_robust: this frame has {len(used)} complete rows, the fit was made on {fit.n_obs}, or their "
            "index differs; expected the very frame that was fitted."
        )
    column = positions[cluster].loc[built.index]
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
    _check_nested(built.design, codes, cluster)
    return built.design, codes


def _check_nested(design: Design, codes: np.ndarray, cluster: str) -> None:
    """Refuse a random group with a level in several clusters: these would not be independent."""
    for term in design.random:
        pairs = len(np.unique(np.column_stack([term.codes, codes]), axis=0))
        if pairs > len(term.levels):
            larger = pairs == codes.max() + 1
            fix = f"cluster={term.group!r}, the larger group" if larger else "a cluster that holds both"
            raise HiprunError(
                f"cluster_robust: {len(term.levels)} levels of random group {term.group!r} lie in {pairs} pieces in "
                f"the clusters of {cluster!r}; expected each in one cluster. Use {fix}."
            )


def _clusters(fit: Fit, design: Design, kept: np.ndarray, codes: np.ndarray) -> list[_Cluster]:
    beta = fit.estimates["estimate"].to_numpy()[kept]
    x = design.x[:, kept]
    e = design.y - x @ beta - (0 if design.offset is None else design.offset)
    loadings = [
        (term.codes, term.z @ _symmetric_power(cov.to_numpy() / fit.dispersion, 0.5))
        for term, cov in zip(design.random, fit.random_vcov, strict=True)
    ]
    by_cluster = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
    return [_cluster(loadings, x, e, rows) for rows in by_cluster]


def _cluster(loadings: list[tuple[np.ndarray, np.ndarray]], x: np.ndarray, e: np.ndarray, rows: np.ndarray) -> _Cluster:
    """The rows of one cluster; V = I + BB', with one block of columns in B per level of a random group.

    V and the CR2 adjustment are the identity outside the span of B and X, so that span is all that is needed.
    """
    columns = [np.empty((len(rows), 0))]
    for groups, loading in loadings:
        here = groups[rows]
        columns += [loading[rows] * (here == level)[:, None] for level in np.unique(here)]
    b = np.hstack(columns)
    basis, triangle = np.linalg.qr(np.hstack([b, x[rows]]))
    b, x = np.hsplit(triangle, [b.shape[1]])
    v = np.eye(len(b)) + b @ b.T
    whiten = _symmetric_power(v, -0.5)
    return _Cluster(v, whiten @ x, whiten @ (basis.T @ e[rows]))


def _adjusted(v: np.ndarray, q: np.ndarray) -> np.ndarray:
    """N (r, m): a cluster adds N'ẽ to the score, where ẽ are its whitened residuals.

    With F = V^½ the CR2 adjustment is A = F (F (V - XMX') F)^{+½} F, for which A (V - XMX') A' = V
    (eq. 11); here V - XMX' = F (I - QQ') F, and X'V⁻¹A e = Q'(V (I - QQ') V)^{+½} F e = N'ẽ.
    """
    residual = np.eye(len(q)) - q @ q.T
    return v @ _symmetric_power(v @ residual @ v, -0.5) @ q


def _symmetric_power(matrix: np.ndarray, power: float) -> np.ndarray:
    """A power of a symmetric positive semidefinite matrix; for a negative one its Moore-Penrose inverse is taken."""
    values, vectors = np.linalg.eigh(matrix)
    positive = values > _NULL * max(values[-1], 0)
    powers = np.where(positive, np.where(positive, values, 1.0) ** power, 0.0)
    return (vectors * powers) @ vectors.T


def _check_same_fit(score: np.ndarray, fit: Fit) -> None:
    """Refuse a frame on which the estimates do not solve X'V⁻¹(y - Xb) = 0; `score` (m,) is in standard errors."""
    off = float(np.abs(score).max() / np.sqrt(fit.dispersion))
    if off > _SAME_FIT:
        raise HiprunError(
            f"cluster_robust: the estimates are {off:.2g} standard errors from those of this frame; expected the very "
            "frame that was fitted. If it was fitted with offset=, write offset(column) into the formula instead."
        )


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
        messages=(*fit.messages, note, *_doubts(terms, alone, df, cluster)),
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
