"""What stands in the imputers: the terms of the analysis model, athlete means, and the weeks before and after."""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from formulaic import Formula as FormulaicFormula
from formulaic.errors import FormulaicError

from analysis.errors import HiprunError
from analysis.models.columns import numeric_or_levels
from analysis.models.design import TERMINAL_MARKS
from analysis.models.formula import Formula
from analysis.models.impute_rows import Rows
from analysis.models.impute_variables import Variable

_TOKEN = re.compile(r"hiprun_v\d+_")
_UNREADABLE = (FormulaicError, ValueError, TypeError, KeyError, AttributeError, SyntaxError, IndexError)
State = Mapping[str, np.ndarray]
"""The current values (n,) of every incomplete column, by name; 0 and 1 for a column of two values."""


@dataclass(frozen=True)
class Terms:
    """The terms on the rows in play.

    `known` (n, s) are columns without an incomplete variable and `known_means` the athlete means of those among them
    that are plain columns and vary within athletes. `plain` are the incomplete columns that are terms of their own;
    `computed` maps each other term with incomplete columns (in tokens) to their names. `complete` holds the complete
    columns that these need.
    """

    formula: Formula
    rows: Rows
    variables: tuple[Variable, ...]
    known: np.ndarray
    known_means: np.ndarray
    plain: tuple[str, ...]
    computed: dict[str, frozenset[str]]
    complete: pd.DataFrame

    def by_week(self, variable: Variable, state: State) -> np.ndarray:
        """The predictors (n, p) of a column that changes from week to week, but for its own weeks (`own_weeks`)."""
        others = self._others(variable, state)
        means = self.rows.means(others[:, self._change(variable)])
        computed = [text for text, names in self.computed.items() if variable.name not in names]
        parts = [self.known, others, self.known_means[self.rows.athlete], means[self.rows.athlete]]
        return np.hstack([*parts, self._compute(computed, state)])

    def by_athlete(self, variable: Variable, state: State) -> np.ndarray:
        """The predictors (athletes, p) of a column with one value per athlete: traits, and means of what changes."""
        traits = self.known[:, ~self.rows.varies(self.known)][self.rows.starts]
        return np.hstack([traits, self.known_means, self.rows.means(self._others(variable, state))])

    def _others(self, variable: Variable, state: State) -> np.ndarray:
        columns = [state[name] for name in self.plain if name != variable.name]
        return np.column_stack([np.empty((len(self.rows.position), 0)), *columns])

    def _change(self, variable: Variable) -> list[int]:
        level = {each.name: each.level for each in self.variables}
        names = [name for name in self.plain if name != variable.name]
        return [at for at, name in enumerate(names) if level[name] == "week"]

    def _compute(self, texts: Sequence[str], state: State) -> np.ndarray:
        current = {
            self.formula.columns.token(each.name): _as_read(state[each.name], each.labels) for each in self.variables
        }
        return _matrix(texts, self.complete.assign(**current), self.formula)[0]


def read_terms(
    formula: Formula, auxiliary: Sequence[str], frame: pd.DataFrame, rows: Rows, variables: Sequence[Variable]
) -> Terms:
    """The terms of the fixed part, the offsets, the outcome and the auxiliary columns, each on the rows in play."""
    token = formula.columns.token
    incomplete = {token(each.name): each.name for each in variables}
    extra = [formula.response, *formula.offsets, *map(token, auxiliary)]
    texts = dict.fromkeys([*_terms(formula), *extra])
    uses = {text: frozenset(_TOKEN.findall(text)) for text in texts}
    known = [text for text, tokens in uses.items() if tokens and not tokens & set(incomplete)]
    others = {text: tokens & set(incomplete) for text, tokens in uses.items() if tokens & set(incomplete)}
    needed = sorted(set().union(*uses.values()) - set(incomplete))
    names = {each: formula.columns.name(each) for each in needed}
    part = frame.iloc[rows.position].reset_index(drop=True)
    columns = {each: numeric_or_levels(part[name], name) for each, name in names.items()}
    complete = pd.DataFrame(columns, index=part.index)
    matrix, is_plain = _matrix(known, complete, formula)
    plain = matrix[:, is_plain]
    return Terms(
        formula=formula,
        rows=rows,
        variables=tuple(variables),
        known=matrix,
        known_means=rows.means(plain[:, rows.varies(plain)]),
        plain=tuple(incomplete[text] for text in others if text in incomplete),
        computed={
            text: frozenset(incomplete[t] for t in own) for text, own in others.items() if text not in incomplete
        },
        complete=complete,
    )


def _terms(formula: Formula) -> list[str]:
    """The terms of the fixed part, products written out."""
    try:
        return [str(term) for term in FormulaicFormula(formula.fixed)]
    except _UNREADABLE as error:
        raise _refusal(formula, error) from error


def _refusal(formula: Formula, error: Exception) -> HiprunError:
    reason = formula.columns.name(TERMINAL_MARKS.sub("", str(error))).splitlines() or [type(error).__name__]
    return HiprunError(f"impute: cannot compute the terms of {formula.text!r}: {reason[0]}")


def _as_read(values: np.ndarray, labels: tuple | None) -> np.ndarray | pd.Categorical:
    """Values as a formula reads them: numbers, or levels where the labels are no numbers."""
    if labels is None:
        return values
    if all(isinstance(label, (int, float)) and not isinstance(label, bool) for label in labels):
        return np.where(values > 0, labels[1], labels[0])
    return pd.Categorical(np.where(values > 0, str(labels[1]), str(labels[0])))


def _matrix(texts: Sequence[str], values: pd.DataFrame, formula: Formula) -> tuple[np.ndarray, np.ndarray]:
    """The columns (n, k) of terms, and which of them (k,) belong to a term that is a plain column."""
    if not texts:
        return np.empty((len(values), 0)), np.empty(0, dtype=bool)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is no number is refused just below
            written = FormulaicFormula(" + ".join(["1", *texts]))
            matrix = written.get_model_matrix(values, output="pandas", na_action="ignore", context={})
    except _UNREADABLE as error:
        raise _refusal(formula, error) from error
    numbers = matrix.to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        at = int(np.flatnonzero(~np.isfinite(numbers).all(axis=0))[0])
        term = formula.columns.name(matrix.columns[at])
        raise HiprunError(f"impute: the term {term!r} is no finite number in some expected week; mend its column.")
    plain = np.zeros(numbers.shape[1], dtype=bool)
    for term, place in matrix.model_spec.term_slices.items():
        plain[place] = _TOKEN.fullmatch(str(term)) is not None
    return numbers, plain


def own_weeks(variable: Variable, rows: Rows, values: np.ndarray, sums: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What a column's other weeks say about the weeks `at` (k,): an array (k, 3).

    The mean of the athlete's other weeks, and how far the week before and the week after are from that mean, 0 where
    there is no such week. `sums` are the athletes' sums of `values` (n,). The week itself stays out of the mean: with
    it, the imputer would explain a value by itself. Without another week, and in a column in which athletes do not
    differ, it is the mean of all observed values.
    """
    athlete = rows.athlete[at]
    others = (rows.counts[athlete] - 1) * variable.differs
    mean = np.where(others > 0, (sums[athlete] - values[at]) / np.maximum(others, 1), variable.mean)
    before, after = rows.before[at], rows.after[at]
    return np.column_stack(
        [
            mean,
            np.where(before >= 0, values[before] - mean, 0.0),
            np.where(after >= 0, values[after] - mean, 0.0),
        ]
    )
