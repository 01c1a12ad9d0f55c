"""What is asked of a marginal effect: columns, amounts and values, checked and put into words."""

import itertools
from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd
from pandas.api import types

from analysis.errors import HiprunError
from analysis.models.formula import Formula

_ATHLETES = ("population", "typical")
NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "p_value", "df"]
_TAKEN = {"label", *NUMBERS, "scale", "note"}


def check_amounts(change: Mapping[str, float], grid: list[dict[str, object]], where: str) -> None:
    """Refuse amounts that are no finite number, or 0, and values of the grid that cannot be added to."""
    for name, amount in change.items():
        if not _is_number(amount) or not np.isfinite(amount) or amount == 0:
            raise HiprunError(f"{where}: change of {name!r}: found {amount!r}, expected a finite number other than 0.")
        for values in grid:
            if name in values and not _is_number(values[name]):
                raise HiprunError(f"{where}: at: found {values[name]!r} for {name!r}, expected a number to change.")


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def check_option(athletes: str) -> None:
    """Refuse an unknown `athletes`."""
    if athletes not in _ATHLETES:
        raise HiprunError(f"athletes: found {athletes!r}, expected one of {', '.join(_ATHLETES)}.")


def check_fixed(names: object, formula: Formula, where: str) -> None:
    """Refuse columns that no fixed term is computed from."""
    usable = [name for name in formula.columns.names if formula.columns.token(name) in formula.fixed]
    unknown = [name for name in names if name not in usable]
    if unknown or not list(names):
        found = ", ".join(map(repr, unknown)) or "no column"
        raise HiprunError(
            f"{where}: found {found}, expected columns of the fixed terms: {', '.join(usable) or 'none'}."
        )


def check_apart(names: set[str], at: Mapping[str, object] | None, where: str) -> None:
    """Refuse columns that are both compared and given by `at`."""
    both = sorted(names & set(at or {}))
    if both:
        raise HiprunError(
            f"{where}: at gives values to {', '.join(both)}, which is compared already; leave it out of at."
        )


def grid_of(at: Mapping[str, object] | None, formula: Formula, where: str) -> list[dict[str, object]]:
    """Every combination of the values of `at`, as values by column; one empty combination without any."""
    texts = " ".join([formula.fixed, *formula.offsets, *(part.terms for part in formula.random)])
    usable = [name for name in formula.columns.names if formula.columns.token(name) in texts]
    choices = {}
    for name, value in (at or {}).items():
        if name not in usable or name in _TAKEN:
            taken = " not called as one of the results" if name in _TAKEN else ""
            raise HiprunError(
                f"{where}: at: found {name!r}, expected columns of the model{taken}: {', '.join(usable)}."
            )
        several = list(value) if types.is_list_like(value) else [value]
        if not several:
            raise HiprunError(f"{where}: no value was given for {name!r}, expected one or more.")
        choices[name] = [one_value(each, name, where) for each in several]
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


def one_value(value: object, name: str, where: str) -> object:
    """A single value, not missing."""
    if not types.is_scalar(value) or pd.isna(value):
        raise HiprunError(f"{where}: found {value!r} for {name!r}, expected a number or a level.")
    return value


def labelled(label: str, grid: list[dict[str, object]]) -> pd.DataFrame:
    """label and the columns of `at`, one row per combination."""
    given = [f" at {listed(values)}" if values else "" for values in grid]
    return pd.concat([pd.DataFrame({"label": [label + one for one in given]}), pd.DataFrame(grid)], axis=1)


def listed(values: Mapping[str, object]) -> str:
    """Columns and their values in words."""
    return ", ".join(f"{name} {shown(value)}" for name, value in values.items())


def shown(value: object) -> str:
    """A value as a label shows it."""
    return f"{value:.10g}" if _is_number(value) else str(value)
