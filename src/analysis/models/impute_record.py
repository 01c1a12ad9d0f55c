"""What is told of an imputation: how many cells, whether the chains agree, and how drawn and observed differ."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.models.impute_chain import Chain
from analysis.models.impute_variables import Variable

MAX_R_HAT = 1.2
"""Above it chains still differ by where they started (Oberman, van Buuren and Vink 2021, arXiv:2110.11951)."""


def filled(variables: Sequence[Variable]) -> pd.DataFrame:
    """One row per incomplete column: column, level, method, n_expected, n_observed, n_drawn, n_carried."""
    rows = [
        (
            each.name,
            each.level,
            each.method,
            len(each.numbers),
            int((~each.missing & ~each.carried).sum()),
            int(each.missing.sum()),
            int(each.carried.sum()),
        )
        for each in variables
    ]
    names = ["column", "level", "method", "n_expected", "n_observed", "n_drawn", "n_carried"]
    return pd.DataFrame(rows, columns=names)


def trace(chains: Sequence[Chain]) -> pd.DataFrame:
    """imputation, iteration, column, mean, sd of the drawn cells."""
    rows = [(number, *step) for number, chain in enumerate(chains, start=1) for step in chain.trace]
    return pd.DataFrame(rows, columns=["imputation", "iteration", "column", "mean", "sd"])


def convergence(steps: pd.DataFrame, variables: Sequence[Variable]) -> pd.DataFrame:
    """column, r_hat_mean, r_hat_sd over the second half of the iterations."""
    late = steps[steps["iteration"] > steps["iteration"].max() / 2]
    rows = []
    for each in variables:
        own = late[late["column"] == each.name]
        tables = [own.pivot(index="iteration", columns="imputation", values=what) for what in ("mean", "sd")]
        rows.append((each.name, *(r_hat(table.to_numpy()) for table in tables)))
    return pd.DataFrame(rows, columns=["column", "r_hat_mean", "r_hat_sd"])


def r_hat(draws: np.ndarray) -> float:
    """How much wider the draws (iterations, chains) of all chains lie than those of each: 1 where they agree.

    sqrt(((n - 1) W / n + B / n) / W): Gelman et al. 2013, Bayesian Data Analysis, 3rd ed., eq. 11.3 and 11.4. NaN with
    fewer than two iterations or chains, or where nothing varies within chains.
    """
    n = draws.shape[0]
    if min(draws.shape) < 2:
        return np.nan
    within = draws.var(axis=0, ddof=1).mean()
    between = draws.mean(axis=0).var(ddof=1)
    return float(np.sqrt((n - 1) / n + between / within)) if within > 0 else np.nan


def observed_and_drawn(variables: Sequence[Variable], chains: Sequence[Chain]) -> pd.DataFrame:
    """column, observed_mean, observed_sd, drawn_mean, drawn_sd; 0 and 1 for a column of two values."""
    rows = []
    for each in variables:
        known = each.numbers[~each.missing & ~each.carried]
        drawn = np.concatenate([chain.numbers[each.name][each.missing] for chain in chains])
        spread = (drawn.mean(), drawn.std(ddof=1)) if len(drawn) > 1 else (np.nan, np.nan)
        rows.append((each.name, known.mean(), known.std(ddof=1), *spread))
    return pd.DataFrame(rows, columns=["column", "observed_mean", "observed_sd", "drawn_mean", "drawn_sd"])


def doubts(agreement: pd.DataFrame, left: dict[str, int]) -> tuple[str, ...]:
    """What a reader of the results must know."""
    said = [f"note: {count} rows were left as they are: {reason}." for reason, count in left.items()]
    for row in agreement.itertuples():
        worst = np.nanmax([row.r_hat_mean, row.r_hat_sd, 0.0])
        if worst > MAX_R_HAT:
            said.append(
                f"caution: {row.column}: R-hat {worst:.2f}, above {MAX_R_HAT}: the chains have not forgotten where "
                "they started. Use more iterations."
            )
    return tuple(said)
