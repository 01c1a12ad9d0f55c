"""How much of a term's uncertainty is due to the other terms: variance inflation."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from formulaic import Formula as FormulaicFormula

from analysis.errors import HiprunError
from analysis.models.design import INTERCEPT
from analysis.models.formula import parse
from analysis.models.rebuild import check_converged
from analysis.models.result import Fit


def variance_inflation(fit: Fit, terms: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """The generalised variance inflation factor of every term of the formula.

    GVIF = det R_t · det R_o / det R, R the correlation matrix of the estimates without the intercept, R_t its part
    of the term and R_o that of the other terms (Fox and Monette 1992, J Am Stat Assoc 87:178). For a term of one
    column it is the usual VIF, 1 / (1 - R²). A product and its parts inflate each other unless the parts are centred.

    Parameters
    ----------
    fit : Fit
        With an intercept, without aliased terms.
    terms : mapping of name to names in `fit.estimates`, optional
        Which columns are one term; by default read from the formula.

    Returns
    -------
    DataFrame
        term, columns (count), gvif, sd_inflation = gvif^(1 / 2 columns): the factor by which each standard error of
        the term is larger than without the other terms, comparable between terms (as R's car::vif).

    Raises
    ------
    HiprunError
        The fit did not converge, has no intercept, no other term, or aliased terms; the columns of a term cannot be
        told by their names.
    """
    check_converged(fit, "variance_inflation")
    _check_full(fit)
    names = [term for term in fit.estimates["term"] if term != INTERCEPT]
    groups = _by_formula(fit.formula, names) if terms is None else dict(terms)
    if sorted(name for columns in groups.values() for name in columns) != sorted(names):
        raise HiprunError(
            f"variance_inflation: cannot tell which columns are one term; expected each of {', '.join(names)} in "
            "exactly one. Say it with terms={'name': ['column', ...]}."
        )
    v = fit.vcov.loc[names, names].to_numpy()
    sd = np.sqrt(np.diag(v))
    r = pd.DataFrame(v / np.outer(sd, sd), index=names, columns=names)
    rows = [(term, len(columns), _gvif(r, list(columns))) for term, columns in groups.items()]
    table = pd.DataFrame(rows, columns=["term", "columns", "gvif"])
    return table.assign(sd_inflation=table["gvif"] ** (1 / (2 * table["columns"])))


def _check_full(fit: Fit) -> None:
    terms = list(fit.estimates["term"])
    if fit.aliased:
        raise HiprunError(
            f"variance_inflation: {', '.join(fit.aliased)} is an exact combination of other terms, its inflation is "
            "infinite. Leave it out of the formula."
        )
    if INTERCEPT not in terms or len(terms) < 2:
        raise HiprunError(f"variance_inflation: found {', '.join(terms)}, expected an intercept and other terms.")
    if fit.vcov.isna().to_numpy().any():
        raise HiprunError("variance_inflation: a term has no standard error (see the fit's messages).")


def _gvif(r: pd.DataFrame, columns: list[str]) -> float:
    others = [name for name in r.index if name not in columns]
    inside, outside, whole = (np.linalg.slogdet(r.loc[part, part])[1] for part in (columns, others, list(r.index)))
    return float(np.exp(inside + outside - whole))


def _by_formula(text: str, names: list[str]) -> dict[str, list[str]]:
    """The columns of every term of the formula, told by name; empty where that is not possible."""
    formula = parse(text)
    patterns: dict[str, tuple[str, ...]] = {}
    for term in FormulaicFormula(formula.fixed):
        power = "**" if "**" in text else "^"  # as `design` writes it
        factors = tuple(formula.columns.name(factor.expr).replace(" ** ", power) for factor in term.factors)
        if factors not in [("1",), ("0",)]:
            patterns[":".join(factors)] = factors
    groups: dict[str, list[str]] = {term: [] for term in patterns}
    for name in names:
        found = [term for term, factors in patterns.items() if _is_of(name, factors)]
        # `sex` is no level of `se`: a term of just this name comes first.
        exact = [term for term in found if term == name]
        if len(exact or found) != 1:
            return {}
        groups[(exact or found)[0]].append(name)
    return groups


def _is_of(name: str, factors: tuple[str, ...]) -> bool:
    """Whether a column is the term of `factors`: their names joined by ':', each followed by a level or nothing."""
    return re.fullmatch(":".join(re.escape(factor) + "[^:]*" for factor in factors), name) is not None
