"""Linear mixed models by statsmodels' MixedLM, run with several optimisers and checked.

One optimiser is not trusted: `fit(method="lbfgs")` can return fixed effects of exactly 0 and call itself
converged (statsmodels issue 10239), and others report an infinite likelihood or stop early.
"""

from dataclasses import dataclass

import numpy as np
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMResults, VCSpec

from analysis.errors import HiprunError
from analysis.models.design import INTERCEPT
from analysis.models.protocol import Design, RandomTerm, Solution

_OPTIMISERS = ("bfgs", "cg", "powell")
# Log-likelihoods this close are the same optimum.
_SAME_LOGLIK = 1e-4
# lme4's isSingular: a random-effect SD below this share of the residual SD is 0 for all we know.
_SINGULAR = 1e-3
# With less than this share of the outcome's variance left the likelihood has no maximum.
_NO_RESIDUAL = 1e-8
_NO_SATTERTHWAITE = "note: This engine has no Satterthwaite df: the fixed terms are tested with z."


@dataclass(frozen=True)
class _Layout:
    """How the random terms go into MixedLM: one term by its own columns, the others as intercepts in it."""

    groups: np.ndarray
    outer: RandomTerm | None
    inner: tuple[RandomTerm, ...]


def solve(design: Design, kept: np.ndarray, reml: bool) -> Solution:
    """Fit by REML or ML with every optimiser in turn and keep the best log-likelihood that converged."""
    layout = _layout(design.random)
    offset = np.zeros(len(design.y)) if design.offset is None else design.offset
    x, y = design.x[:, kept], design.y - offset
    model = MixedLM(
        y,
        x,
        layout.groups,
        exog_re=None if layout.outer is None else layout.outer.z,
        exog_vc=_components(layout) if layout.inner else None,
    )
    result, record = _best(model, reml)
    if result is None:
        raise HiprunError(f"engine 'statsmodels': no optimiser gave a finite likelihood: {record}.")
    cov, modes = _random(result, layout, design.random)
    expected = x @ result.fe_params + offset
    for term, values in zip(design.random, modes, strict=True):
        expected = expected + (term.z * values[term.codes]).sum(axis=1)
    p = x.shape[1]
    # As lme4: (X'V⁻¹X)⁻¹, the variances taken as known. statsmodels' own standard errors, from the joint
    # Hessian with the variances, differ by 1 to 2 % on the reference data.
    vcov = np.linalg.inv(-model.hessian(result.params_object)[0][:p, :p])
    return Solution(
        beta=spread(result.fe_params, kept),
        vcov=spread_square(vcov, kept),
        df=np.full(len(kept), np.nan),
        df_method="z",
        aliased=~kept,
        random_cov=cov,
        modes=modes,
        fitted=expected,
        dispersion=float(result.scale),
        loglik=float(result.llf),
        n_parameters=p + sum(len(c) * (len(c) + 1) // 2 for c in cov) + 1,
        method="REML" if reml else "ML",
        converged=_is_optimum(result, y),
        singular=any(np.sqrt(max(np.linalg.eigvalsh(c)[0], 0) / result.scale) < _SINGULAR for c in cov),
        messages=(f"note: MixedLM by {record}.", _NO_SATTERTHWAITE),
    )


def spread(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Values of the kept columns at their places among all (p,), NaN elsewhere."""
    whole = np.full(len(kept), np.nan)
    whole[kept] = values
    return whole


def spread_square(values: np.ndarray, kept: np.ndarray, elsewhere: float = np.nan) -> np.ndarray:
    """A square matrix of the kept columns at its place among all (p, p)."""
    whole = np.full((len(kept), len(kept)), elsewhere)
    whole[np.ix_(kept, kept)] = values
    return whole


def _layout(random: tuple[RandomTerm, ...]) -> _Layout:
    """The term all others are nested in is the outer one; with none, everything is one crossed block."""
    for outer in sorted(random, key=lambda term: len(term.levels)):
        inner = tuple(term for term in random if term is not outer)
        if all(_nested(term.codes, outer.codes) for term in inner):
            _intercepts_only(inner)
            return _Layout(outer.codes, outer, inner)
    _intercepts_only(random)
    return _Layout(np.zeros(len(random[0].codes), dtype=int), None, random)


def _nested(inner: np.ndarray, outer: np.ndarray) -> bool:
    pairs = np.unique(np.column_stack([inner, outer]), axis=0)
    return len(pairs) == len(np.unique(inner))


def _intercepts_only(terms: tuple[RandomTerm, ...]) -> None:
    for term in terms:
        if term.terms != (INTERCEPT,):
            raise HiprunError(
                f"engine 'statsmodels' cannot fit ({_written(term)} | {term.group}) beside another "
                "random term; engine='glmm' can."
            )


def _written(term: RandomTerm) -> str:
    return " + ".join("1" if name == INTERCEPT else name for name in term.terms)


def _components(layout: _Layout) -> VCSpec:
    """The indicator columns of the inner terms within each outer group."""
    names, columns, matrices = [], [], []
    for term in layout.inner:
        names.append(term.group)
        by_group = [term.codes[layout.groups == group] for group in np.unique(layout.groups)]
        present = [np.unique(codes) for codes in by_group]
        columns.append([[str(code) for code in found] for found in present])
        pairs = zip(by_group, present, strict=True)
        matrices.append([(codes[:, None] == found).astype(float) for codes, found in pairs])
    return VCSpec(names, columns, matrices)


def _best(model: MixedLM, reml: bool) -> tuple[MixedLMResults | None, str]:
    """The best finite fit; a converged one wins over one that is not, within the same log-likelihood."""
    tried, record = [], []
    for method in _OPTIMISERS:
        try:
            result = model.fit(reml=reml, method=method)
        except np.linalg.LinAlgError as error:
            record.append(f"{method} ({error})")
            continue
        flag = "converged" if result.converged else "not converged"
        record.append(f"{method} (log-likelihood {result.llf:.5f}, {flag})")
        if np.isfinite(result.llf):
            tried.append(result)
    if not tried:
        return None, "; ".join(record)
    top = max(result.llf for result in tried)
    near = [result for result in tried if result.llf > top - _SAME_LOGLIK]
    return max(near, key=lambda result: (result.converged, result.llf)), "; ".join(record)


def _is_optimum(result: MixedLMResults, y: np.ndarray) -> bool:
    """Whether the optimiser says so, a residual variance is left and the fixed effects are those that the
    fitted variances imply (issue 10239 breaks the last)."""
    if not result.converged or result.scale <= _NO_RESIDUAL * np.var(y):
        return False
    scale = result.scale
    implied, _ = result.model.get_fe_params(np.asarray(result.cov_re) / scale, result.vcomp / scale)
    std_error = np.sqrt(np.diag(np.asarray(result.cov_params())))[: len(implied)]
    return bool(np.all(np.abs(implied - result.fe_params) <= 1e-4 * std_error))


def _random(
    result: MixedLMResults, layout: _Layout, random: tuple[RandomTerm, ...]
) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Covariances (q, q) and conditional modes (levels, q), in the order of the formula's random terms."""
    q = 0 if layout.outer is None else len(layout.outer.terms)
    modes = {id(term): np.full((len(term.levels), len(term.terms)), np.nan) for term in random}
    for group, values in result.random_effects.items():
        numbers, at = values.to_numpy(), q
        if layout.outer is not None:
            modes[id(layout.outer)][int(group)] = numbers[:q]
        for term in layout.inner:
            found = np.unique(term.codes[layout.groups == group])
            modes[id(term)][found, 0] = numbers[at : at + len(found)]
            at += len(found)
    cov = {id(term): np.array([[part]]) for term, part in zip(layout.inner, result.vcomp, strict=True)}
    if layout.outer is not None:
        cov[id(layout.outer)] = np.asarray(result.cov_re)
    return tuple(cov[id(term)] for term in random), tuple(modes[id(term)] for term in random)
