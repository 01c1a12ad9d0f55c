"""One chain of an imputation: each incomplete column in turn, given the current values of all others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.models.impute_draws import learn
from analysis.models.impute_rows import Rows
from analysis.models.impute_terms import Terms, own_weeks
from analysis.models.impute_variables import Variable, starting_values


@dataclass(frozen=True)
class Chain:
    """Where a chain ended: `numbers` (n,) by column, the latent values (missing cells,) of columns of two values, and
    `trace`: one (iteration, column, mean, sd of the imputed cells) per column and iteration."""

    numbers: dict[str, np.ndarray]
    latent: dict[str, np.ndarray]
    trace: list[tuple[int, str, float, float]]


def run_chain(terms: Terms, iterations: int, rng: np.random.Generator) -> Chain:
    """Chained equations from values drawn at random (van Buuren 2018, algorithm 4.3), fewest missing cells first."""
    order = sorted(terms.variables, key=lambda each: int(each.missing.sum()))
    state = {each.name: starting_values(each, terms.rows, rng) for each in order}
    turns = {each.name: _turns(each, terms.rows) for each in order}
    latent, trace = {}, []
    for iteration in range(1, iterations + 1):
        for each in order:
            if not each.missing.any():
                continue
            if each.level == "athlete":
                latent[each.name] = _draw_athletes(each, terms, state, rng)
            else:
                latent[each.name] = _draw_weeks(each, terms, state, turns[each.name], rng)
            drawn = state[each.name][each.missing]
            trace.append((iteration, each.name, float(drawn.mean()), float(drawn.std())))
    return Chain(state, latent, trace)


def _turns(variable: Variable, rows: Rows) -> list[np.ndarray]:
    """The missing rows, in as many parts as the athlete with the most has: at most one row per athlete in each."""
    gaps = np.flatnonzero(variable.missing)
    seen = np.cumsum(variable.missing) - 1
    first = np.r_[0, np.cumsum(variable.missing)][rows.starts][rows.athlete]
    nth = seen[gaps] - first[gaps]
    return [gaps[nth == turn] for turn in range(nth.max(initial=-1) + 1)]


def _draw_weeks(
    variable: Variable,
    terms: Terms,
    state: dict[str, np.ndarray],
    turns: Sequence[np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw the missing weeks of a column, an athlete's one after the other, so that each knows the ones drawn before.

    Drawn all at once, two neighbouring gaps would each follow the other's last value and not its present one, and an
    athlete's gaps would vary together too little.
    """
    rows, values = terms.rows, state[variable.name]
    others = terms.by_week(variable, state)
    x = np.hstack([others, own_weeks(variable, rows, values, rows.sums(values), np.arange(len(values)))])
    sampler = learn(x[~variable.missing], values[~variable.missing], variable.labels is not None, rng, variable.name)
    base = sampler.drawn[0] + others @ sampler.drawn[1:-3]
    latent = np.zeros(len(values))
    sums = rows.sums(values)
    for at in turns:
        predicted = base[at] + own_weeks(variable, rows, values, sums, at) @ sampler.drawn[-3:]
        new, latent[at] = sampler(predicted)
        sums[rows.athlete[at]] += new - values[at]
        values[at] = new
    return latent[variable.missing]


def _draw_athletes(
    variable: Variable, terms: Terms, state: dict[str, np.ndarray], rng: np.random.Generator
) -> np.ndarray:
    """Draw the one value of each athlete without it (van Buuren 2018, sec. 7.8)."""
    rows, x = terms.rows, terms.by_athlete(variable, state)
    gaps = variable.missing[rows.starts]
    sampler = learn(x[~gaps], variable.numbers[rows.starts][~gaps], variable.labels is not None, rng, variable.name)
    new, latent = sampler(sampler.drawn[0] + x[gaps] @ sampler.drawn[1:])
    own = np.zeros(len(gaps))
    own[gaps] = new
    state[variable.name][variable.missing] = own[rows.athlete][variable.missing]
    spread = np.zeros(len(gaps))
    spread[gaps] = latent
    return spread[rows.athlete][variable.missing]
