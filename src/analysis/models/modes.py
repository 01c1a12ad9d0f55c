"""The doubt in the conditional modes: their SDs, and the variance of predictions that rest on them.

With b = Λu, A = Λ'Z'WZΛ + I is the precision of u given the data, the variances and the fixed effects, W being the
working weights at the fitted values (Bates, Maechler, Bolker and Walker 2015, J Stat Softw 67(1), sec. 3.1 and 5.1,
condVar). That is exact for a gaussian model, for the others the Laplace approximation with expected information.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from analysis.models.protocol import Design, RandomTerm

# The dense part of the inverse is not built beyond this many numbers (160 MB).
_LARGEST = 2e7
# Right-hand sides that are solved for at once.
_AT_ONCE = 256


def working_weights(design: Design, fitted: np.ndarray, dispersion: float) -> np.ndarray:
    """(dμ/dη)² / Var(y) (n,) at the fitted means, times the prior weights; `dispersion` as in `Solution`."""
    family = design.family.name
    if family == "gaussian":
        weights = np.full(len(fitted), 1 / dispersion)
    elif family == "binomial":
        weights = fitted * (1 - fitted)
    elif family == "gamma":
        weights = np.full(len(fitted), 1 / dispersion)
    else:
        weights = fitted if family == "poisson" else fitted / (1 + fitted / dispersion)
    return weights if design.weights is None else weights * design.weights


def mode_sd(design: Design, random_cov: tuple[np.ndarray, ...], weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """The SD of each conditional mode given the data, one (levels, q) array per random term.

    A is split at the term with most levels, whose block is block-diagonal, and the others follow by its Schur
    complement. NaN where several terms have so many levels that this would not fit into memory.
    """
    if not design.random:
        return ()
    roots = [_root(cov) for cov in random_cov]
    columns = [term.z @ root for term, root in zip(design.random, roots, strict=True)]
    sizes = [len(term.levels) * len(term.terms) for term in design.random]
    big = int(np.argmax(sizes))
    if len(sizes) > 1 and sizes[big] * (sum(sizes) - sizes[big]) > _LARGEST:
        return tuple(np.full((len(term.levels), len(term.terms)), np.nan) for term in design.random)
    own = np.linalg.inv(_blocks(design.random[big], columns[big], weights))
    if len(sizes) == 1:
        return (_sd(roots[0], own),)
    covs = _with_others(design.random, columns, weights, big, own)
    return tuple(_sd(root, cov) for root, cov in zip(roots, covs, strict=True))


def _root(cov: np.ndarray) -> np.ndarray:
    """Symmetric square root (q, q) of a covariance that may be singular."""
    values, vectors = np.linalg.eigh(cov)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _sd(root: np.ndarray, cov: np.ndarray) -> np.ndarray:
    """SDs (levels, q) of Λu with covariances `cov` (levels, q, q) of u."""
    return np.sqrt(np.einsum("ij,ljk,ik->li", root, cov, root))


def _blocks(term: RandomTerm, u: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """I + Σ w u u' over the rows of each level, (levels, q, q)."""
    levels, q = len(term.levels), u.shape[1]
    blocks = np.empty((levels, q, q))
    for i in range(q):
        for j in range(i + 1):
            sums = np.bincount(term.codes, weights * u[:, i] * u[:, j], minlength=levels)
            blocks[:, i, j] = blocks[:, j, i] = sums + (i == j)
    return blocks


def _sparse(terms: tuple[RandomTerm, ...], columns: list[np.ndarray]) -> sparse.csr_array:
    """The columns of several terms side by side (n, Σ levels·q), each level's q columns together."""
    places, values, start = [], [], 0
    for term, u in zip(terms, columns, strict=True):
        q = u.shape[1]
        places.append(start + term.codes[:, None] * q + np.arange(q))
        values.append(u)
        start += len(term.levels) * q
    at, data = np.hstack(places), np.hstack(values)
    n, width = at.shape
    return sparse.csr_array((data.ravel(), at.ravel(), np.arange(0, n * width + 1, width)), shape=(n, start))


def _with_others(
    terms: tuple[RandomTerm, ...], columns: list[np.ndarray], weights: np.ndarray, big: int, own: np.ndarray
) -> list[np.ndarray]:
    """Covariances (levels, q, q) of u for every term; `own` is the inverse of the big term's block alone."""
    rest = [at for at in range(len(terms)) if at != big]
    u_big = _sparse((terms[big],), [columns[big]])
    u_rest = _sparse(tuple(terms[at] for at in rest), [columns[at] for at in rest])
    weighted = u_rest.multiply(weights[:, None]).tocsr()
    levels, q = own.shape[0], own.shape[1]
    # Sparse: a row of data fills q of its (levels q) × others cells at most.
    cross = (u_big.T @ weighted).tocsr()
    half = sparse.bsr_array((own, np.arange(levels), np.arange(levels + 1))).tocsr() @ cross
    inverse = np.linalg.inv((u_rest.T @ weighted - cross.T @ half).toarray() + np.eye(u_rest.shape[1]))
    spread = half @ inverse
    covs: list[np.ndarray] = [own] * len(terms)
    covs[big] = own.copy()
    for i in range(q):
        for j in range(q):
            covs[big][:, i, j] += half[j::q].multiply(spread[i::q]).sum(axis=1)
    start = 0
    for at in rest:
        n, width = len(terms[at].levels), columns[at].shape[1]
        places = start + np.arange(n * width).reshape(n, width)
        covs[at] = inverse[places[:, :, None], places[:, None, :]]
        start += n * width
    return covs


def known_variance(
    design: Design,
    random_cov: tuple[np.ndarray, ...],
    weights: np.ndarray,
    vcov: np.ndarray,
    x: np.ndarray,
    random: tuple[RandomTerm, ...],
) -> np.ndarray:
    """Var(x'β̂ + z'(b̂ - b)) (m,) of new rows of known groups, link scale, variance parameters taken as known.

    The prediction error variance of Henderson's mixed model equations (Robinson 1991, Stat Sci 6:15, sec. 5): with
    P = A⁻¹Λ'Z'WX it is u'A⁻¹u + d'Vd, u = Λ'z and d = x - P'u. V (p, p) is `vcov`; `x` (m, p) and `random` are the new
    rows.
    """
    roots = [_root(cov) for cov in random_cov]
    fitted = _sparse(design.random, [t.z @ root for t, root in zip(design.random, roots, strict=True)])
    rows = _sparse(random, [t.z @ root for t, root in zip(random, roots, strict=True)])
    weighted = fitted.multiply(weights[:, None]).tocsr()
    a = (fitted.T @ weighted + sparse.eye_array(fitted.shape[1])).tocsc()
    factor = splu(a)
    d = x - rows @ factor.solve(weighted.T @ design.x)
    variance = np.einsum("ni,ij,nj->n", d, vcov, d)
    for start in range(0, len(x), _AT_ONCE):
        u = rows[start : start + _AT_ONCE].toarray()
        variance[start : start + _AT_ONCE] += (u.T * factor.solve(np.ascontiguousarray(u.T))).sum(axis=0)
    return variance
