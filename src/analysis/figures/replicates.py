"""Bootstrap replicates: how the estimates scatter over resamples, with the estimate and its interval."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.checks import require_columns, require_unique, rows_with
from analysis.figures.style import INK, MAIN, MUTED, OKABE_ITO, PRINT_WIDTH_CM, SMALL_PT, figure, tidy_axes, use_style
from analysis.figures.weeks import name_all
from analysis.figures.wording import count, decimals_for, interval, number, percent_name, wrapped

_COLUMNS = ["replicate", "term", "value"]
_ESTIMATES = ["term", "estimate", "ci_low", "ci_high"]
_COLUMNS_OF_PANELS = 3
_PANELS = 12
_FEWEST = 10


@use_style()
def replicate_plot(
    replicates: pd.DataFrame, estimates: pd.DataFrame, xlabel: str = "Estimate (link scale)", level: float = 0.95
) -> Figure:
    """One histogram a term of its bootstrap replicates, with the estimate as a line and its interval as two.

    `replicates` and `estimates` are `table` and `intervals()` of `models.Replicates`: `replicate`, `term`, `value`
    (missing where a refit gave none: counted beneath; infinite: counted as farther out) and `term`, `estimate`,
    `ci_low`, `ci_high`; with `parameter` and `group` in both, SDs and correlations are told from the fixed terms. Terms
    are those of `replicates`, in their order. Raises `HiprunError` for missing columns, doubled rows, more than 12
    terms or a term without an estimate, `NothingToDraw` where no term has 10 replicates.
    """
    terms, failed = _checked(replicates, estimates)
    if len(terms) > _PANELS:
        raise HiprunError(
            f"figure replicate_plot: found {len(terms)} terms, expected {_PANELS} or fewer. Fix: pass the replicates "
            "of the terms that are read."
        )
    n_columns = min(_COLUMNS_OF_PANELS, len(terms))
    n_rows = -(-len(terms) // n_columns)
    fig = figure(PRINT_WIDTH_CM, 2.4 + (6.0 if n_rows == 1 else 5.0) * n_rows)
    grid = fig.subplots(n_rows, n_columns, squeeze=False).ravel()
    for i, (ax, (term, values, row)) in enumerate(zip(grid, terms, strict=False)):
        _panel(ax, term, values, row, level)
        if i % n_columns == 0:
            ax.set_ylabel("Replicates (n)")
    for ax in grid[len(terms) :]:
        ax.remove()
    note = f"\n{count(failed, 'refit')} without a value" if failed else ""
    fig.supxlabel(xlabel + note, size=SMALL_PT + 1)
    name_all(fig)
    return fig


def alt_replicate_plot(replicates: pd.DataFrame, estimates: pd.DataFrame, level: float = 0.95) -> str:
    """Estimate, interval, standard deviation and bias of the replicates of each term in words."""
    terms, failed = _checked(replicates, estimates)
    parts = []
    for term, values, row in terms:
        decimals = decimals_for([row["ci_high"] - row["ci_low"]], least=2)
        finite = values[np.isfinite(values)]
        mean, sd = (number(float(v), decimals) for v in (finite.mean(), finite.std(ddof=1)))
        parts.append(
            f"{term}: {interval(*row[_ESTIMATES[1:]].astype(float), decimals)}; {count(len(finite), 'replicate')} with "
            f"mean {mean} and standard deviation {sd}."
        )
    tail = [f"{count(failed, 'refit')} gave no value."] if failed else []
    return " ".join([f"Bootstrap replicates with {percent_name(level)} intervals.", *parts, *tail])


def _checked(replicates: pd.DataFrame, estimates: pd.DataFrame) -> tuple[list[tuple[str, np.ndarray, pd.Series]], int]:
    """(name, its replicates, its row of `estimates`) of every term, and how many replicates lack a value."""
    require_columns(replicates, "replicate_plot", _COLUMNS)
    require_columns(estimates, "replicate_plot, estimates", _ESTIMATES)
    drawn = replicates.assign(term=_names(replicates))
    require_unique(drawn, "replicate_plot", _COLUMNS[:2])
    whole = rows_with(estimates.assign(term=_names(estimates)), "replicate_plot, estimates", _ESTIMATES[:2], [])
    whole = whole.astype(dict.fromkeys(_ESTIMATES[1:], "float64")).set_index("term")
    values = drawn["value"].astype("float64")
    known = values.notna()
    terms = []
    for term, rows in values[known].groupby(drawn.loc[known, "term"], sort=False):
        if np.isfinite(rows).sum() < _FEWEST:
            continue
        if term not in whole.index:
            raise HiprunError(
                f"figure replicate_plot: found replicates of {term!r} and no estimate of it; expected one row in "
                "`estimates`. Fix: pass the estimates of the same fit."
            )
        terms.append((str(term), rows.to_numpy(), whole.loc[term]))
    if not terms:
        raise NothingToDraw(
            f"figure replicate_plot: {int(known.sum())} replicates with a value; expected {_FEWEST} of a term or more. "
            "Fix: leave the figure out where no resample converged."
        )
    return terms, int(replicates.loc[~known, "replicate"].nunique())


def _names(table: pd.DataFrame) -> pd.Series:
    """What a parameter is called: the term alone if it is fixed, else "sd athlete: mob"."""
    term = table["term"].astype(str)
    if not {"parameter", "group"} <= set(table.columns):
        return term
    words = table[["parameter", "group"]].astype(str).agg(" ".join, axis=1).str.strip()
    return term.where(table["parameter"] == "fixed", (words + ": " + term).str.removesuffix(": "))


def _panel(ax: Axes, term: str, values: np.ndarray, row: pd.Series, level: float) -> None:
    tidy_axes(ax)
    low, high = np.quantile(values[np.isfinite(values)], [0.005, 0.995])
    reach = 3 * max(high - low, 1e-12)  # one resample far out must not flatten the rest
    shown = values[(values >= low - reach) & (values <= high + reach)]
    ax.hist(shown, bins=min(40, max(8, int(np.sqrt(len(shown))))), color=MAIN, alpha=0.55)
    ax.axvline(row["estimate"], color=OKABE_ITO["vermilion"], linewidth=1.8, label="estimate")
    for limit in row[["ci_low", "ci_high"]]:
        if np.isfinite(limit):
            label = f"{percent_name(level)} interval"
            ax.axvline(limit, color=INK, linewidth=1.2, linestyle=(0, (4, 2)), label=label)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    ax.set_title(wrapped(term, 120, SMALL_PT, "bold"), size=SMALL_PT)
    beyond = len(values) - len(shown)
    if beyond:
        ax.set_xlabel(f"{beyond} farther out", size=SMALL_PT, color=MUTED)
