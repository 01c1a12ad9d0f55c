"""From a formula and a frame to the numbers of a model, with every reason to refuse it checked on the way."""

import re
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula as FormulaicFormula
from formulaic.errors import FormulaicError

from analysis.errors import HiprunError
from analysis.models.columns import complete_rows, group_levels, numeric_or_levels
from analysis.models.families import Family, check_outcome
from analysis.models.formula import Formula, RandomPart
from analysis.models.protocol import Design, RandomTerm

INTERCEPT = "(Intercept)"
_SMALLEST = 1e-60
_LEVEL = re.compile(r"\[(?:T\.)?([^\[\]]*)\](?=:|$)")
_BRACKETS = {"[": "hiprun_open_", "]": "hiprun_close_", ":": "hiprun_colon_"}
TERMINAL_MARKS = re.compile(r"\x1b\[[0-9;]*m|[⧛⧚]")


@dataclass(frozen=True)
class Built:
    """A design with the rows it came from: their `index`, their `positions` in the frame, and what was dropped."""

    design: Design
    index: pd.Index
    positions: np.ndarray
    n_dropped: int
    dropped: dict[str, int]


def build(formula: Formula, frame: pd.DataFrame, family: Family) -> Built:
    """The design of `formula` on the complete rows of `frame`.

    Raises
    ------
    HiprunError
        A column is missing, infinite or of no use; a term cannot be computed; the outcome does not fit the
        family or never varies; there are too few rows or groups.
    """
    rows = complete_rows(frame, formula.columns.names)
    values = column_values(formula, rows.frame)
    x, terms = _matrix(formula.fixed, values, formula)
    _check_numbers(x, terms)
    y = _single(formula.response, values, formula, "outcome")
    check_outcome(y, formula.columns.name(formula.response), family)
    offsets = [_single(part, values, formula, "offset") for part in formula.offsets]
    random = tuple(_random_term(part, values, rows.frame, formula) for part in formula.random)
    weights = None if formula.weights is None else _weights(values[formula.weights], formula)
    design = Design(y, x, terms, random, sum(offsets) if offsets else None, family, weights)
    check_size(design, "fit")
    return Built(design, rows.frame.index, rows.positions, rows.n_dropped, rows.dropped)


def column_values(formula: Formula, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns that are computed with, under their tokens; columns that only group stay out."""
    beside = (*formula.offsets, formula.weights or "")
    texts = " ".join([formula.response, formula.fixed, *beside, *(part.terms for part in formula.random)])
    values = {}
    for name in formula.columns.names:
        token = formula.columns.token(name)
        if token in texts:
            column = numeric_or_levels(frame[name], name)
            if token in formula.response.split() or token in beside:
                column = _as_number(column, name)
            elif isinstance(column.dtype, pd.CategoricalDtype):
                column = _safe_levels(column, name)
            values[token] = column
    return pd.DataFrame(values, index=frame.index, copy=False)


def _as_number(column: pd.Series, name: str) -> pd.Series:
    """An outcome, offset or weights column as float; False and True count as 0 and 1."""
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.astype(float)
    if set(column.cat.categories) <= {"FALSE", "TRUE"}:
        return (column == "TRUE").astype(float)
    raise HiprunError(
        f"column {name!r}: an outcome or offset must be numbers or False/True, found the levels "
        f"{', '.join(column.cat.categories[:5])}. Code a yes/no outcome as 0 and 1."
    )


def _safe_levels(column: pd.Series, name: str) -> pd.Series:
    """Levels without the characters that mark a level or an interaction in a term's name."""
    if len(column.cat.categories) < 2:
        raise HiprunError(
            f"column {name!r}: a categorical term needs two levels or more, found only "
            f"{column.cat.categories[0]!r} in the used rows. Leave the term out."
        )
    safe = column.cat.categories.map(lambda level: re.sub(r"[\[\]:]", lambda m: _BRACKETS[m[0]], level))
    return column.cat.rename_categories(safe)


def _matrix(text: str, values: pd.DataFrame, formula: Formula) -> tuple[np.ndarray, tuple[str, ...]]:
    """The columns of a fixed or random part: numbers (n, p) and the names of the terms."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # log(0) and the like are refused just below, by name
            terms = FormulaicFormula(text)
            products = _products(terms, values)
            if products is None:
                matrix = terms.get_model_matrix(values, output="pandas", na_action="ignore", context={})
                products = {column: [matrix.iloc[:, at]] for at, column in enumerate(matrix.columns)}
    except (FormulaicError, ValueError, TypeError, KeyError, AttributeError, SyntaxError, IndexError) as error:
        reason = formula.columns.name(TERMINAL_MARKS.sub("", str(error))).splitlines()
        shown = formula.columns.name(text)
        raise HiprunError(f"formula {formula.text!r}: cannot compute {shown!r}: {reason[0]}") from error
    names = tuple(_term_name(column, formula) for column in products)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise HiprunError(f"formula {formula.text!r}: two terms are called {twice!r}; rename a column.")
    numbers = np.ones((len(values), len(names)), order="F")  # written and read by column
    with np.errstate(over="ignore", invalid="ignore"):  # refused by name as well
        for at, factors in enumerate(products.values()):
            for factor in factors:
                numbers[:, at] *= factor.to_numpy()
    return numbers, names


def _products(terms: FormulaicFormula, values: pd.DataFrame) -> dict[str, list[pd.Series]] | None:
    """The columns of a part that is all products of numbers: name to factors, none for the intercept. By far the most
    parts are, and formulaic takes as long for their columns as all else here. None where it has more to do."""
    products = {}
    for term in terms:
        names = [factor.expr for factor in term.factors if factor.expr != "1"]
        if not all(name in values and not isinstance(values[name].dtype, pd.CategoricalDtype) for name in names):
            return None
        products[":".join(names) or "Intercept"] = [values[name] for name in names]
    return products


def _check_numbers(numbers: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse columns (n, p) with values that are not finite, or so large or small that their squares are not."""
    sizes = np.maximum(numbers.max(axis=0), -numbers.min(axis=0))  # NaN where one value is
    if ((sizes == 0) | ((sizes > _SMALLEST) & (sizes < 1 / _SMALLEST))).all():
        return
    for name, values in zip(names, numbers.T, strict=True):
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise HiprunError(
                f"term {name!r}: not a finite number in {bad} of {len(values)} used rows (a logarithm of 0, or "
                "an overflow). Mend these rows or make them missing."
            )
        size = np.abs(values).max()
        if not (size == 0 or _SMALLEST < size < 1 / _SMALLEST):
            raise HiprunError(
                f"term {name!r}: its largest value is {size:.3g}, expected one between {_SMALLEST:g} and "
                f"{1 / _SMALLEST:g}: its square is no number. Measure it in another unit."
            )


def _term_name(column: str, formula: Formula) -> str:
    """A term as R names it: `(Intercept)`, `mob:stab`, `sexM` for level M of sex."""
    if column == "Intercept":
        return INTERCEPT
    while _LEVEL.search(column):
        column = _LEVEL.sub(r"\1", column)
    name = formula.columns.name(column).replace(" ** ", "**" if "**" in formula.text else "^")
    for char, token in _BRACKETS.items():
        name = name.replace(token, char)
    return name


def _single(text: str, values: pd.DataFrame, formula: Formula, role: str) -> np.ndarray:
    """The one numeric column (n,) of an outcome or offset."""
    shown = formula.columns.name(text)
    if text in values:
        numbers = values[text].to_numpy(dtype=float)
        _check_numbers(numbers[:, None], (shown,))
        return numbers
    numbers, _ = _matrix(f"0 + I({text})", values, formula)
    if numbers.shape[1] != 1:
        raise HiprunError(f"formula {formula.text!r}: the {role} {shown!r} is not one column of numbers.")
    _check_numbers(numbers, (shown,))
    return numbers[:, 0]


def _weights(column: pd.Series, formula: Formula) -> np.ndarray:
    values = column.to_numpy(dtype=float)
    if (values <= 0).any():
        name, n = formula.columns.name(formula.weights), int((values <= 0).sum())
        raise HiprunError(f"weights {name!r}: {n} of {len(values)} are 0 or below, expected numbers above 0.")
    return values


def _random_term(part: RandomPart, values: pd.DataFrame, frame: pd.DataFrame, formula: Formula) -> RandomTerm:
    names = [formula.columns.name(token) for token in part.group]
    group = ":".join(names)
    codes, found = group_levels(frame[names[0]], names[0])
    for name in names[1:]:
        more, inner = group_levels(frame[name], name)
        pairs, codes = np.unique(codes * len(inner) + more, return_inverse=True)
        found = pd.Index([f"{found[p // len(inner)]}:{inner[p % len(inner)]}" for p in pairs], dtype=object)
    z, terms = _matrix(part.terms, values, formula)
    _check_numbers(z, terms)
    if not terms:
        raise HiprunError(f"formula {formula.text!r}: the random term for {group!r} has no column.")
    return RandomTerm(group, found, codes, terms, z, part.correlated or len(terms) == 1)


def check_size(design: Design, where: str) -> None:
    """Refuse a design with too few rows or groups; `where` names the asking function in messages."""
    n, p = design.x.shape
    if p == 0:
        raise HiprunError(f"{where}: the model has no fixed term; add an intercept or a predictor.")
    if n <= p:
        raise HiprunError(
            f"{where}: too few rows: {n} complete rows for {p} fixed terms; expected more rows than terms."
        )
    for term in design.random:
        count = len(term.levels)
        if count < 2:
            raise HiprunError(
                f"group {term.group!r}: too few groups: found {count} ({term.levels[0]!r}); a random term needs "
                "two or more. Leave the random term out."
            )
        # lme4's check.nobs.vs.nRE: these effects cannot be told from the residual.
        if design.family.name == "gaussian" and count * len(term.terms) >= n:
            raise HiprunError(
                f"group {term.group!r}: {count} groups × {len(term.terms)} random terms for {n} rows; a "
                "gaussian model needs more rows than random effects. Simplify the random term."
            )
