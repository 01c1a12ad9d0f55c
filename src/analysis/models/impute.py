"""Multiple imputation by chained equations of a panel with one row per athlete and week.

A missing answer is drawn from what is known of that week, of the athlete's other weeks and of the week before and
after, several times over; the spread between the drawn frames carries what is not known. `pool.fit_imputed` fits all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import HiprunError
from analysis.models.formula import Formula, parse
from analysis.models.impute_chain import Chain, run_chain
from analysis.models.impute_record import convergence, doubts, filled, observed_and_drawn, trace
from analysis.models.impute_rows import Rows, check_columns, rows_in_play
from analysis.models.impute_terms import read_terms
from analysis.models.impute_variables import Variable, read_variable, restored


@dataclass(frozen=True, eq=False, repr=False)
class Imputed:
    """A panel completed `m` times.

    Attributes
    ----------
    frames : tuple of DataFrame
        The completed frames: rows, columns, index and dtypes of the frame that was given.
    formula, outcome, seed, iterations
        As asked for; `outcome` is the column left of `~`.
    columns : tuple of str
        Every column that stood in the imputers.
    filled : DataFrame
        One row per incomplete column: column, level ('week', or 'athlete' for one value throughout), method,
        n_expected, n_observed, n_drawn, n_carried (cells that got the athlete's one known value).
    drawn : DataFrame
        rows × incomplete columns: True in the cells that were drawn.
    left : dict of str to int
        Rows given back as they came, by reason.
    trace : DataFrame
        imputation, iteration, column, mean, sd of the drawn cells (0 and 1 for a column of two values).
    convergence : DataFrame
        column, r_hat_mean, r_hat_sd over the second half of the iterations; NaN where nothing was drawn.
    observed_and_drawn : DataFrame
        column, observed_mean, observed_sd, drawn_mean, drawn_sd (over all m frames). They may differ under MAR; a large
        difference is to be understood before the result is believed.
    labels : tuple or None
        For an outcome of two values: these, the lower one first.
    latent : DataFrame or None
        For an outcome of two values: imputation × drawn cells, log-odds plus logistic noise, above 0 where the higher
        value was drawn. What `tipping_point` shifts.
    messages : tuple of str
    """

    frames: tuple[pd.DataFrame, ...]
    formula: str
    outcome: str
    seed: int
    iterations: int
    columns: tuple[str, ...]
    filled: pd.DataFrame
    drawn: pd.DataFrame
    left: dict[str, int]
    trace: pd.DataFrame
    convergence: pd.DataFrame
    observed_and_drawn: pd.DataFrame
    labels: tuple | None
    latent: pd.DataFrame | None
    messages: tuple[str, ...]

    @property
    def m(self) -> int:
        return len(self.frames)

    def __repr__(self) -> str:
        cells = ", ".join(f"{row.column}: {row.n_drawn}" for row in self.filled.itertuples())
        return f"Imputed(m={self.m}, {self.formula!r}, drawn cells: {cells or 'none'}, seed={self.seed})"


def impute(
    formula: str,
    frame: pd.DataFrame,
    *,
    seed: int,
    athlete: str = "athlete_id",
    week: str = "week_start",
    expected: str | None = "report_expected",
    offset: str | None = None,
    weights: str | None = None,
    columns: Sequence[str] | None = None,
    auxiliary: Sequence[str] = (),
    m: int = 20,
    iterations: int = 10,
) -> Imputed:
    """Complete a panel `m` times for the model `formula`.

    The imputer of a column holds all other terms of the model (splines, products and the outcome among them), the
    auxiliary columns, the athlete means of all that changes from week to week, and, for a column that does so itself,
    the mean of the athlete's other weeks and the deviations of the week before and the week after from it; neighbours
    that are missing themselves take part with their current values. Numbers are drawn by predictive mean matching (so
    pain stays a whole number from 0 to 10), columns of two values by logistic regression, each with drawn parameters. A
    column with one value per athlete (age) is drawn once per athlete. Columns computed from others (the deviation of a
    dose from its mean) are drawn like any other: "just another variable" (von Hippel 2009, Sociol Methodol 39:265).

    What is not there: random slopes and groups other than the athlete do not stand in the imputers (where they matter
    they are drawn weaker than they are), and missing is taken to be at random, given all this; see `tipping_point`.

    Parameters
    ----------
    formula : str
        The analysis model as `fit` takes it. Its outcome must be a plain column.
    frame : DataFrame
        The panel, one row per athlete and week.
    seed : int
        The same seed gives the same frames; the first frames of a larger `m` are those of a smaller one.
    athlete, week : str
        The columns of the key; weeks are dates of one weekday or whole numbers.
    expected : str or None
        A True/False column: only rows in which it is True are completed and learnt from, for a week that was not
        watched is not missing data. None: every row.
    offset, weights : str, optional
        As given to `fit`.
    columns : sequence of str, optional
        The columns to complete; default: every incomplete one of the model and the auxiliary ones, but groups and
        weights. A row missing another column is left as it is.
    auxiliary : sequence of str
        Further columns that tell of the missing values or of why they are missing.
    m : int
        Completed frames; White, Royston and Wood 2011 (Stat Med 30:377) advise as many as percent of rows incomplete.
    iterations : int
        Rounds through all columns.

    Raises
    ------
    HiprunError
        An unreadable formula or column; two rows of one athlete and week; a column without a value, or with always the
        same; an incomplete column of more than two levels; fewer rows with a value than predictors.

    References
    ----------
    van Buuren 2018, Flexible Imputation of Missing Data, 2nd ed., ch. 3, 4 and 7; Grund, Lüdtke and Robitzsch 2018,
    Organ Res Methods 21:111 (cluster means in the imputer).
    """
    asked, outcome = _read(formula, offset, weights)
    _check_numbers(m, iterations, seed)
    used = tuple(dict.fromkeys([*asked.columns.names, *auxiliary]))
    check_columns(frame, [*used, athlete, week])
    chosen = _chosen(asked, used, columns, athlete, week)
    rows = rows_in_play(frame, athlete, week, expected, [name for name in used if name not in chosen])
    gaps = [name for name in chosen if frame[name].iloc[rows.position].isna().any()]
    variables = [read_variable(frame, name, rows, name == outcome) for name in gaps]
    terms = read_terms(asked, auxiliary, frame, rows, variables)
    seeds = np.random.SeedSequence(seed).spawn(m)
    chains = [run_chain(terms, iterations, np.random.default_rng(each)) for each in seeds]
    found = _found(frame, outcome, rows, variables, chains)
    return Imputed(formula=formula, outcome=outcome, seed=seed, iterations=iterations, columns=used, **found)


def _read(text: str, offset: str | None, weights: str | None) -> tuple[Formula, str]:
    """The formula and the name of its outcome."""
    formula = parse(text, offset, weights)
    outcome = formula.columns.name(formula.response)
    if outcome not in formula.columns.names:
        raise HiprunError(
            f"impute: the outcome {outcome!r} of {text!r} is computed; expected a plain "
            "column. Compute it in the frame first."
        )
    return formula, outcome


def _check_numbers(m: int, iterations: int, seed: int) -> None:
    for name, value, least in (("m", m, 2), ("iterations", iterations, 1), ("seed", seed, 0)):
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise HiprunError(f"impute: {name}: found {value!r}, expected a whole number from {least} up.")


def _chosen(
    formula: Formula, used: Sequence[str], columns: Sequence[str] | None, athlete: str, week: str
) -> tuple[str, ...]:
    """The columns that may be completed."""
    tokens = {token for part in formula.random for token in part.group} | {formula.weights}
    fixed = {formula.columns.name(token) for token in tokens if token} | {athlete, week}
    can = [name for name in used if name not in fixed]
    wrong = [name for name in columns or () if name not in can]
    if wrong:
        raise HiprunError(
            f"impute: columns: found {', '.join(map(repr, wrong))}, expected columns of the model or auxiliary ones "
            f"that are no group, weight or key: {', '.join(can)}."
        )
    return tuple(can if columns is None else columns)


def _found(
    frame: pd.DataFrame, outcome: str, rows: Rows, variables: Sequence[Variable], chains: Sequence[Chain]
) -> dict[str, object]:
    """What of `Imputed` comes from where the chains ended: by the names of its attributes."""
    rounds = trace(chains)
    agreement = convergence(rounds, variables)
    return {
        "frames": tuple(_completed(frame, rows, variables, chain) for chain in chains),
        "filled": filled(variables),
        "drawn": _drawn(frame, rows, variables),
        "left": rows.left,
        "trace": rounds,
        "convergence": agreement,
        "observed_and_drawn": observed_and_drawn(variables, chains),
        "labels": next((each.labels for each in variables if each.name == outcome), None),
        "latent": _latent(outcome, rows, variables, chains),
        "messages": doubts(agreement, rows.left),
    }


def _completed(frame: pd.DataFrame, rows: Rows, variables: Sequence[Variable], chain: Chain) -> pd.DataFrame:
    new = {}
    for each in variables:
        cells = each.missing | each.carried
        new[each.name] = restored(frame[each.name], rows.position[cells], chain.numbers[each.name][cells], each.labels)
    return frame.assign(**new)


def _drawn(frame: pd.DataFrame, rows: Rows, variables: Sequence[Variable]) -> pd.DataFrame:
    marks = np.zeros((len(frame), len(variables)), dtype=bool)
    for number, each in enumerate(variables):
        marks[rows.position[each.missing], number] = True
    return pd.DataFrame(marks, index=frame.index, columns=[each.name for each in variables])


def _latent(outcome: str, rows: Rows, variables: Sequence[Variable], chains: Sequence[Chain]) -> pd.DataFrame | None:
    """The latent values of the drawn outcomes, in the order of the frame's rows."""
    for each in variables:
        if each.name == outcome and each.labels is not None:
            order = np.argsort(rows.position[each.missing])
            table = np.array([chain.latent[outcome][order] for chain in chains])
            return pd.DataFrame(table, index=pd.RangeIndex(1, len(chains) + 1, name="imputation"))
    return None
