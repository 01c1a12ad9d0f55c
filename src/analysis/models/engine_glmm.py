"""The `glmm` engine: compiled maximum (restricted) likelihood and Laplace fits, equal to glmmTMB."""

import re
import warnings
from dataclasses import replace

import glmm
import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models import engine_mixedlm
from analysis.models.design import INTERCEPT
from analysis.models.engine_statsmodels import independent_columns
from analysis.models.order import elimination_order
from analysis.models.protocol import Design, RandomTerm, Satterthwaite, Solution, Start
from analysis.models.statsmodels_lmm import spread, spread_square

_ALIAS = re.compile(r"\b([XG])_(\d+)_")
# Added to the variances of a start, so that one at zero can move.
_INSIDE = 1e-4
_NEARLY = "caution: Nearly collinear columns"
# Where the search ended on its limit the estimates are no optimum, whatever its own flag says.
_NO_OPTIMUM = {"upper_limit", "no_optimum"}


def solve(design: Design, reml: bool, start: Start | None) -> Solution:
    """Fit `design`; gaussian by REML or ML, all else by ML (Laplace). See `protocol.Solution`.

    Raises
    ------
    HiprunError
        A random slope without its fixed term or its intercept or its correlation, two random terms for one
        group, or anything glmm refuses; the message says which engine can do it, where one can.
    """
    found = _solved(design, reml, start)
    if any(message.startswith(_NEARLY) for message in found.messages):
        kept = independent_columns(design.x)
        if not kept.all():  # glmm finds an exact combination by a rougher rule and may let it pass
            return _without(design, kept, reml)
    return found


def _without(design: Design, kept: np.ndarray, reml: bool) -> Solution:
    """The solution without the columns that are combinations of others; these are aliased."""
    terms = tuple(term for term, keep in zip(design.terms, kept, strict=True) if keep)
    found = _solved(replace(design, x=design.x[:, kept], terms=terms), reml, None)
    record = found.satterthwaite
    if record is not None:
        jacobian = np.stack([spread_square(part, kept, 0.0) for part in record.jacobian])
        record = Satterthwaite(spread_square(record.cov, kept, 0.0), jacobian, record.parameter_cov)
    aliased = ~kept
    aliased[kept] = found.aliased
    return replace(
        found,
        beta=spread(found.beta, kept),
        vcov=spread_square(found.vcov, kept),
        df=spread(found.df, kept),
        aliased=aliased,
        satterthwaite=record,
    )


def _solved(design: Design, reml: bool, start: Start | None) -> Solution:
    """The solution, found with the random terms in the order that is quickest."""
    _check_can(design)
    order = elimination_order(design)
    if start is not None:
        start = replace(start, random_cov=tuple(start.random_cov[at] for at in order))
    found = _in_order(replace(design, random=tuple(design.random[at] for at in order)), reml, start)
    # Either is empty where glmm found nothing.
    back = [place for _, place in sorted(zip(order, range(len(order)), strict=True))]
    modes = tuple(found.modes[at] for at in back if found.modes)
    return replace(found, random_cov=tuple(found.random_cov[at] for at in back if found.random_cov), modes=modes)


def _in_order(design: Design, reml: bool, start: Start | None) -> Solution:
    mixed = bool(design.random)
    reml = reml and mixed and design.family.name == "gaussian"
    fitted, noted = _call(design, reml if design.family.name == "gaussian" and mixed else None, start)
    messages = [f"{w['tier']}: {w['title']}. {w['message']}" for w in fitted.warnings] + noted
    if fitted.diagnostics["boundary"] in _NO_OPTIMUM:
        messages.append("severe: The search ended on its limit, not at an optimum: not counted as converged.")
    converged = fitted.converged and fitted.diagnostics["boundary"] not in _NO_OPTIMUM
    aliased = np.asarray(fitted.aliased, dtype=bool)
    return Solution(
        beta=np.where(aliased, np.nan, fitted.beta),
        vcov=fitted.vcov.reshape(len(fitted.beta), -1),
        df=fitted.coef_df,
        df_method={"satterthwaite": "Satterthwaite", "residual": "residual"}.get(fitted.df_method, "z"),
        aliased=aliased,
        random_cov=tuple(_covariance(vech) for vech in fitted.varcorr),
        modes=tuple(_modes(fitted, at, term) for at, term in enumerate(design.random)) if converged else (),
        fitted=fitted.fitted,
        dispersion=float(fitted.dispersion),
        loglik=float(fitted.loglik),
        n_parameters=int(fitted.df),
        method="REML" if reml else "ML",
        converged=bool(converged),
        singular=bool(fitted.singular),
        messages=tuple(_named(message, design) for message in messages),
        satterthwaite=_satterthwaite(fitted.satterthwaite_record, len(fitted.beta)),
    )


def _check_can(design: Design) -> None:
    elsewhere = " (engine='mixedlm' can)" if design.family.name in engine_mixedlm.FAMILIES else ""
    groups = [term.group for term in design.random]
    for term in design.random:
        if not term.correlated:
            raise HiprunError(
                f"engine 'glmm': ({' + '.join(term.terms)} || {term.group}) has no correlation, which it cannot leave "
                f"out{elsewhere}; write '|', or take the slope away."
            )
        if term.terms[0] != INTERCEPT:
            raise HiprunError(
                f"engine 'glmm': (0 + {term.terms[0]} | {term.group}) has no intercept, which it cannot fit"
                f"{elsewhere}; write (1 + {term.terms[0]} | {term.group})."
            )
        for name in term.terms[1:]:
            if name not in design.terms:
                raise HiprunError(
                    f"engine 'glmm': the random slope {name!r} for {term.group!r} is no fixed term, which it "
                    f"cannot fit{elsewhere}; add {name!r} to the fixed terms."
                )
        if groups.count(term.group) > 1:
            raise HiprunError(
                f"engine 'glmm': group {term.group!r} has two random terms, which it cannot fit{elsewhere}; write one, "
                f"such as (1 + x | {term.group})."
            )


def _call(design: Design, reml: bool | None, start: Start | None) -> tuple[glmm.Fit, list[str]]:
    """Run glmm on columns named X_0_, X_1_, … and G_0_, …; Python warnings that are not its own are noted."""
    data: dict = {f"X_{at}_": design.x[:, at] for at in range(design.x.shape[1])}
    parts = ["1" if design.terms[:1] == (INTERCEPT,) else "0"]
    parts += [f"X_{at}_" for at, name in enumerate(design.terms) if name != INTERCEPT]
    for at, term in enumerate(design.random):
        slopes = [f"X_{design.terms.index(name)}_" for name in term.terms[1:]]
        parts.append(f"({' + '.join(['1', *slopes])} | G_{at}_)")
        data[f"G_{at}_"] = pd.Categorical.from_codes(term.codes, pd.RangeIndex(len(term.levels)), validate=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted = glmm.fit(
                {"Y": design.y, **data},
                f"Y ~ {' + '.join(parts)}",
                design.family.name,
                offset=design.offset,
                weights=design.weights,
                reml=reml,
                warm_start=None if start is None else _warm(start, design),
                anova_test="Wald",
            )
        except (ValueError, TypeError, NotImplementedError, ArithmeticError) as error:
            said = _named(str(error), design)
            raise HiprunError(
                f"engine 'glmm' could not fit the model to {len(design.y)} rows; it says: {said}. Simplify the "
                "model, random terms first."
            ) from error
    noted = [str(w.message) for w in caught if not issubclass(w.category, glmm.DiagnosticWarning)]
    return fitted, noted


def _warm(start: Start, design: Design) -> dict:
    """The start as glmm has it: theta is the lower Cholesky factor of each random covariance, column by column, over
    the residual variance of a gaussian model. A start that is not inside what is possible is left out."""
    scale = start.dispersion if design.family.name == "gaussian" else 1.0
    warm: dict = {"beta": np.nan_to_num(start.beta)}
    theta = [np.linalg.cholesky(cov / scale + _INSIDE * np.eye(len(cov))) for cov in start.random_cov]
    if theta:
        warm["theta"] = np.concatenate([factor.T[np.triu_indices(len(factor))] for factor in theta])
    if design.family.name in ("negativebinomial", "gamma"):
        warm["dispersion"] = start.dispersion
    return warm


def _named(message: str, design: Design) -> str:
    """A message of the engine with the user's names for terms and groups."""
    return _ALIAS.sub(lambda m: design.terms[int(m[2])] if m[1] == "X" else design.random[int(m[2])].group, message)


def _covariance(vech: list[float]) -> np.ndarray:
    """The symmetric matrix (q, q) of its column-major lower triangle."""
    q = int((np.sqrt(8 * len(vech) + 1) - 1) / 2)
    matrix = np.zeros((q, q))
    rows, cols = np.triu_indices(q)  # row-major upper = column-major lower, transposed
    matrix[rows, cols] = matrix[cols, rows] = vech
    return matrix


def _modes(fitted: glmm.Fit, at: int, term: RandomTerm) -> np.ndarray:
    """Conditional modes (levels, q) in the order of the term's own levels."""
    block = fitted.ranef_blocks[at]
    modes = np.full((len(term.levels), block["values"].shape[1]), np.nan)
    modes[np.array(block["levels"], dtype=np.int64)] = block["values"]
    return modes


def _satterthwaite(record: dict | None, p: int) -> Satterthwaite | None:
    if record is None:
        return None
    kept = list(range(p)) if record["retained"] is None else list(record["retained"])
    k, m = len(record["jac_theta"]) + 1, len(kept)

    def full(flat: np.ndarray) -> np.ndarray:
        whole = np.zeros((p, p))
        whole[np.ix_(kept, kept)] = flat.reshape(m, m)
        return whole

    cov = full(record["c"])
    # The covariance is proportional to the residual variance tau, the last parameter.
    jacobian = np.stack([*(full(part) for part in record["jac_theta"]), cov / record["tau"]])
    return Satterthwaite(cov, jacobian, record["a_eff"].reshape(k, k))
