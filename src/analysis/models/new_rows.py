"""Rows that were not fitted, as the numbers of a fitted model: with its knots, means, levels and groups."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula as FormulaicFormula
from formulaic import ModelSpec
from formulaic.errors import DataMismatchWarning, FormulaicError
from pandas.api import types

from analysis.errors import HiprunError
from analysis.models.columns import complete_rows, group_levels, numeric_or_levels
from analysis.models.design import TERMINAL_MARKS, Built, column_values
from analysis.models.formula import Formula, RandomPart
from analysis.models.protocol import RandomTerm
from analysis.models.rebuild import formula_of
from analysis.models.result import Fit


@dataclass(frozen=True)
class _Specs:
    """How columns become numbers: specifications of the fixed part, of each random part and of each offset."""

    fixed: ModelSpec
    random: tuple[ModelSpec, ...]
    offsets: tuple[ModelSpec, ...]


@dataclass(frozen=True)
class Rows:
    """The new rows in numbers: `x` (n, p), one `z` (n, q) and, for known athletes, `codes` (n,) per random term."""

    x: np.ndarray
    z: tuple[np.ndarray, ...]
    codes: tuple[np.ndarray, ...]
    offset: np.ndarray


def new_rows(
    built: Built, fit: Fit, frame: pd.DataFrame, fitted_on: pd.DataFrame, known: bool
) -> tuple[np.ndarray, Rows | None]:
    """Which rows of `frame` are complete (n,), and those rows in numbers."""
    formula = formula_of(fit)
    needed, groups = _needed(formula), _groups(formula) if known else []
    _check_columns(frame, [*needed, *groups])
    raw = complete_rows(fitted_on, formula.columns.names).frame
    fitted = column_values(formula, raw)
    new = _new_values(fitted[[formula.columns.token(name) for name in needed]], formula, frame, raw)
    usable = frame[[*needed, *groups]].notna().all(axis=1).to_numpy()
    if not usable.any():
        return usable, None
    codes = ()
    if known:
        pairs = zip(built.design.random, formula.random, strict=True)
        codes = tuple(_codes(term, part, formula, frame[usable], raw) for term, part in pairs)
    specs = _specs(formula, fitted)
    return usable, _rows(specs, formula, new[usable], codes)


def _needed(formula: Formula) -> list[str]:
    """The names of the columns that predictions are computed from."""
    texts = " ".join([formula.fixed, *formula.offsets, *(part.terms for part in formula.random)])
    return [name for name in formula.columns.names if formula.columns.token(name) in texts]


def _groups(formula: Formula) -> list[str]:
    tokens = dict.fromkeys(token for part in formula.random for token in part.group)
    return [formula.columns.name(token) for token in tokens]


def _check_columns(frame: pd.DataFrame, names: list[str]) -> None:
    for name in names:
        found = int((frame.columns == name).sum())
        if found != 1:
            raise HiprunError(f"predict: the frame has {found} columns {name!r}, expected one.")


def _new_values(fitted: pd.DataFrame, formula: Formula, frame: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
    """The columns of the new rows under their tokens, of the kind and with the levels of the fitted ones."""
    columns = {}
    for token in fitted:
        name = formula.columns.name(token)
        present = frame[name].notna().to_numpy()
        found = numeric_or_levels(frame[name][present], name) if present.any() else pd.Series(dtype=float)
        if isinstance(fitted[token].dtype, pd.CategoricalDtype):
            known = numeric_or_levels(raw[name], name).cat.categories
            codes = np.full(len(frame), -1)
            codes[present] = _level_codes(found, known, name)
            columns[token] = pd.Categorical.from_codes(codes, fitted[token].cat.categories)
        else:
            if isinstance(found.dtype, pd.CategoricalDtype):
                raise HiprunError(f"predict: column {name!r} holds levels, expected numbers as in the fitted rows.")
            numbers = np.full(len(frame), np.nan)
            numbers[present] = found
            columns[token] = numbers
    return pd.DataFrame(columns, index=range(len(frame)))


def _level_codes(found: pd.Series, known: pd.Index, name: str) -> np.ndarray:
    if not isinstance(found.dtype, pd.CategoricalDtype) and len(found):
        raise HiprunError(f"predict: column {name!r} holds numbers, expected levels: {', '.join(known[:10])}.")
    codes = known.get_indexer(found.astype(object))
    if (codes < 0).any():
        new = ", ".join(dict.fromkeys(found[codes < 0].astype(str)))
        raise HiprunError(f"predict: column {name!r} holds {new}, expected levels of the fit: {', '.join(known[:10])}.")
    return codes


def _specs(formula: Formula, values: pd.DataFrame) -> _Specs:
    def spec(text: str) -> ModelSpec:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # these rows passed `build`
            matrix = FormulaicFormula(text).get_model_matrix(values, output="pandas", na_action="ignore", context={})
        return matrix.model_spec

    random = tuple(spec(part.terms) for part in formula.random)
    return _Specs(spec(formula.fixed), random, tuple(spec(f"0 + I({part})") for part in formula.offsets))


def _apply(spec: ModelSpec, values: pd.DataFrame, formula: Formula) -> np.ndarray:
    """The matrix (n, p) of new rows with the knots, means and levels of the fitted ones."""
    shown = formula.columns.name(str(spec.formula))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", DataMismatchWarning)
            numbers = np.asarray(spec.get_model_matrix(values, context={}), dtype=float)
    except (FormulaicError, DataMismatchWarning, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = formula.columns.name(TERMINAL_MARKS.sub("", str(error))).splitlines()[0]
        raise HiprunError(f"predict: cannot compute {shown!r} for the new rows: {reason}") from error
    bad = int((~np.isfinite(numbers)).any(axis=1).sum())
    if bad:
        raise HiprunError(
            f"predict: {shown!r} is not a finite number in {bad} of {len(numbers)} complete rows (a logarithm of 0, or "
            "an overflow). Mend these rows or make them missing."
        )
    return numbers


def _rows(specs: _Specs, formula: Formula, values: pd.DataFrame, codes: tuple[np.ndarray, ...]) -> Rows:
    offset = sum((_apply(spec, values, formula)[:, 0] for spec in specs.offsets), start=np.zeros(len(values)))
    z = tuple(_apply(spec, values, formula) for spec in specs.random)
    return Rows(_apply(specs.fixed, values, formula), z, codes, offset)


def _codes(term: RandomTerm, part: RandomPart, formula: Formula, frame: pd.DataFrame, raw: pd.DataFrame) -> np.ndarray:
    """Where each row's group is among the fitted levels (n,)."""
    texts = []
    for name in map(formula.columns.name, part.group):
        column = _as_fitted(frame[name], raw[name])
        codes, levels = group_levels(column, name)
        texts.append(levels.to_numpy()[codes])
    text = pd.Series([":".join(one) for one in zip(*texts, strict=True)], dtype=object)
    codes = term.levels.get_indexer(text)
    if (codes < 0).any():
        new = ", ".join(text[codes < 0].unique()[:10])
        raise HiprunError(f"predict: the fit has not seen {term.group} {new}; predict such rows with athletes='new'.")
    return codes


def _as_fitted(column: pd.Series, fitted: pd.Series) -> pd.Series:
    """A group column of the fitted one's type: 7 and 7.0 are one athlete, and a column with gaps holds 7.0."""
    if types.is_float_dtype(fitted) and types.is_numeric_dtype(column):
        return column.astype(float)
    if types.is_integer_dtype(fitted) and types.is_float_dtype(column) and (column % 1 == 0).all():
        return column.astype("int64")
    return column
