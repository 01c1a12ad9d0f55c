"""Scenarios: the rows of a fit with some columns changed, and the expected outcome on average over them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types
from scipy.special import expit

from analysis.errors import HiprunError
from analysis.models.columns import group_levels, numeric_or_levels
from analysis.models.new_rows import Rows, new_rows
from analysis.models.rebuild import Rebuilt, formula_of, rebuilt
from analysis.models.result import Fit

# Rows that are turned into numbers at once.
_AT_ONCE = 500_000
# Weights of a contrast below this share of the numbers they were summed from are rounding.
_ROUNDING = 1e-12
# A row is known if its aliased columns are the combination they were in the fitted rows, to this share.
_ESTIMABLE = 1e-7
# The normal distribution in equal steps: the trapezoidal rule for an analytic function integrated over it is off by
# exp(-2π a / step), a the distance to the nearest pole (Trefethen and Weideman 2014, SIAM Rev 56:385, thm 5.1). For a
# logit with SD τ, a = π/τ: 1e-12 at τ = 3 and 1e-8 at 5, where as many Gauss-Hermite points are off by 5e-5.
_STEPS = np.linspace(-8.5, 8.5, 80)
_MASS = np.exp(-(_STEPS**2) / 2) / np.exp(-(_STEPS**2) / 2).sum()


@dataclass(frozen=True)
class Scenario:
    """What every row is `given`, by column, and `shift`, an amount that is added to its own value."""

    given: dict[str, object]
    shift: dict[str, float]

    def applied(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows in this scenario; amounts are added to the values it gives."""
        rows = rows.assign(**self.given)
        return rows.assign(**{name: rows[name] + amount for name, amount in self.shift.items()})


@dataclass(frozen=True)
class Population:
    """The rows (n,) that an average is taken over, each with its weight; the weights sum to 1.

    `undetermined` (p, aliased) are the directions of the estimates that the fitted rows say nothing about.
    """

    fit: Fit
    again: Rebuilt
    rows: pd.DataFrame
    weights: np.ndarray
    undetermined: np.ndarray


@dataclass(frozen=True)
class Average:
    """A scenario averaged over a population: the row of the model matrix `x` (p,), 0 where aliased; the linear
    predictor `eta`; the expected outcome `mean` and its `gradient` (p,) in the estimates. `raw` is `x` with the aliased
    columns and `size` (p,) the mean of its absolute values, `gradient_size` (p,) that of the gradient's; `known`: every
    row has a prediction. `notes` name what lies outside the observed range."""

    x: np.ndarray
    eta: float
    mean: float
    gradient: np.ndarray
    raw: np.ndarray
    size: np.ndarray
    gradient_size: np.ndarray
    known: bool
    notes: tuple[str, ...]


def population(fit: Fit, frame: pd.DataFrame, over: str | None, where: str) -> Population:
    """The used rows of a fit; the rows of each level of the column `over` together count the same, or else each row."""
    again = rebuilt(fit, frame, where)
    names = formula_of(fit).columns.names
    complete = frame.iloc[again.built.positions]
    used = complete[names].reset_index(drop=True).infer_objects()
    kept = ~fit.estimates["term"].isin(fit.aliased).to_numpy()
    weights = np.full(len(used), 1 / len(used)) if over is None else _equal(complete, over, where)
    return Population(fit, again, used, weights, _undetermined(again.design.x, kept))


def _equal(rows: pd.DataFrame, over: str, where: str) -> np.ndarray:
    found = int((rows.columns == over).sum())
    if found != 1:
        raise HiprunError(f"{where}: over={over!r}: the frame has {found} columns of that name, expected one.")
    missing = int(rows[over].isna().sum())
    if missing:
        raise HiprunError(
            f"{where}: over={over!r}: {missing} of {len(rows)} used rows have no value there. Fill them in or leave "
            "them out before fitting."
        )
    codes, levels = group_levels(rows[over], over)
    return 1 / (len(levels) * np.bincount(codes)[codes])


def _undetermined(x: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """One column per aliased term: that term less the combination of kept ones that it was in the fitted rows."""
    directions = np.eye(len(kept))[:, ~kept]
    if not kept.all():
        length, aliased = np.linalg.norm(x[:, kept], axis=0), x[:, ~kept]
        shares = np.linalg.lstsq(x[:, kept] / length, aliased)[0]
        shares[np.abs(shares) <= _ESTIMABLE * np.linalg.norm(aliased, axis=0)] = 0.0  # rounding
        directions[kept] = -shares / length[:, None]
    return directions


def estimable(rows: np.ndarray, undetermined: np.ndarray) -> np.ndarray:
    """Which contrasts (…, p) do not rest on undetermined directions (Searle 1971, Linear Models, ch. 5)."""
    size = np.abs(rows) @ np.abs(undetermined)
    return (np.abs(rows @ undetermined) <= _ESTIMABLE * size).all(axis=-1)


def difference(first: np.ndarray, second: np.ndarray, size: np.ndarray) -> np.ndarray:
    """first - second, exactly 0 where it is rounding in sums of terms of that `size`."""
    gap = first - second
    return np.where(np.abs(gap) <= _ROUNDING * size, 0.0, gap)


def averages(among: Population, scenarios: list[Scenario], typical: bool, where: str) -> list[Average]:
    """Each scenario on average over a population; `typical`: with every random effect at 0."""
    for name in {name for one in scenarios for name in one.shift}:
        _check_numeric(among.rows[name], name, where)
    n, found = len(among.rows), []
    each = max(1, _AT_ONCE // n)
    for start in range(0, len(scenarios), each):
        some = scenarios[start : start + each]
        frame = pd.concat([one.applied(among.rows) for one in some], ignore_index=True)
        for one, numbers in zip(some, _numbers(among, frame, len(some), where), strict=True):
            found.append(_average(among, one, numbers, typical, where))
    return found


def _check_numeric(column: pd.Series, name: str, where: str) -> None:
    if isinstance(numeric_or_levels(column, name).dtype, pd.CategoricalDtype):
        raise HiprunError(
            f"{where}: change of {name!r}: the column holds levels, expected numbers. Compare two levels with "
            "comparison()."
        )


def _numbers(among: Population, frame: pd.DataFrame, parts: int, where: str) -> Iterator[Rows]:
    """The rows of `frame`, scenario after scenario, as numbers of the model."""
    try:
        _, rows = new_rows(among.again.built, among.fit, frame, among.rows, False)
    except HiprunError as error:
        raise HiprunError(
            f"{where}: {str(error).removeprefix('predict: ')} Every used row is given the values that were asked for; "
            "with at={column: values} choose values that the model can hold."
        ) from error
    n = len(among.rows)
    for part in range(parts):
        here = slice(part * n, (part + 1) * n)
        yield Rows(rows.x[here], tuple(z[here] for z in rows.z), (), rows.offset[here])


def _average(among: Population, scenario: Scenario, rows: Rows, typical: bool, where: str) -> Average:
    fit, weights = among.fit, among.weights
    aliased = fit.estimates["term"].isin(fit.aliased).to_numpy()
    x = np.where(aliased, 0.0, rows.x)
    eta = x @ np.nan_to_num(fit.estimates["estimate"].to_numpy()) + rows.offset
    variance = np.zeros(len(x))
    if not typical:
        variance += sum(np.einsum("ni,ij,nj->n", z, g, z) for z, g in zip(rows.z, fit.random_vcov, strict=False))
    mean, slope = expected(fit.link, eta, variance)
    if not np.isfinite(mean).all():
        raise HiprunError(f"{where}: the expected outcome is beyond the largest number in {scenario.given or 'a row'}.")
    return Average(
        x=weights @ x,
        eta=float(weights @ eta),
        mean=float(weights @ mean),
        gradient=(weights * slope) @ x,
        raw=weights @ rows.x,
        size=weights @ np.abs(rows.x),
        gradient_size=(weights * slope) @ np.abs(x),
        known=bool(estimable(rows.x, among.undetermined).all()),
        notes=_notes(among, scenario),
    )


def expected(link: str, eta: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The expected outcome (n,) and its derivative in `eta`, over random effects of that `variance` (n,) on the link
    scale: η; exp(η + τ²/2); ∫ expit(η + τu) φ(u) du by the trapezoidal rule (McCulloch, Searle and Neuhaus 2008,
    Generalized, Linear, and Mixed Models, 2nd ed.: marginal means)."""
    if link == "identity":
        return eta, np.ones(len(eta))
    if link == "log":
        with np.errstate(over="ignore"):  # refused by the caller
            mean = np.exp(eta + variance / 2)
        return mean, mean
    if not variance.any():
        mean = expit(eta)
        return mean, mean * (1 - mean)
    mean, slope, sd = np.zeros(len(eta)), np.zeros(len(eta)), np.sqrt(variance)
    for step, mass in zip(_STEPS, _MASS, strict=True):
        at = expit(eta + sd * step)
        mean += mass * at
        slope += mass * at * (1 - at)
    return mean, slope


def _notes(among: Population, scenario: Scenario) -> tuple[str, ...]:
    """Which columns of fixed and random terms are given numbers that were not observed."""
    formula = formula_of(among.fit)
    texts = " ".join([formula.fixed, *(part.terms for part in formula.random)])
    said = []
    for name in dict.fromkeys([*scenario.given, *scenario.shift]):
        column = among.rows[name]
        if formula.columns.token(name) not in texts or not types.is_numeric_dtype(column):
            continue
        given = scenario.applied(among.rows)[name]
        low, high = column.min(), column.max()
        outside = int(((given < low) | (given > high)).sum())
        if outside:
            which = f"{given.iloc[0]:.6g}" if given.nunique() == 1 else f"in {outside} of {len(given)} rows"
            said.append(f"{name} {which} is outside the observed {low:.6g} to {high:.6g}")
    return tuple(said)
