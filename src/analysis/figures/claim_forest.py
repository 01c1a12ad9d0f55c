"""Claim forest: every claim on one scale, with its reading beside it."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns
from analysis.figures.effects import alt_effect_plot, effect_plot
from analysis.figures.rows import after_columns, print_column
from analysis.figures.style import MAIN, use_style

_COLUMNS = ["title", "label", "estimate", "ci_low", "ci_high", "reading", "confirmed", "n_athletes"]
_SHORT = {
    "compatible with no effect of a size that matters": "no effect that\nmatters",
    "cannot be estimated from these data": "not estimated",
}


@use_style()
def claim_forest(
    claims: pd.DataFrame,
    xlabel: str,
    null: int = 0,
    smallest_effect: float | None = None,
    level: float = 0.95,
    threshold: int = 0,
    ax: Axes | None = None,
) -> Axes:
    """One row an estimand under the title of its claim: estimate, interval, numbers and reading at right.

    `claims`: rows of one scale of `claims.estimate_claims`; those without an estimate, or of fewer than `threshold`
    athletes, are left out. Filled points are adjusted (Holm) for all primary claims, open ones within their claim.
    `null` is 0 for differences and 1 for ratios (log axis); `smallest_effect` shades what is too small to matter;
    limits are at `level`. Raises `HiprunError` for missing columns, `NothingToDraw` where no row is left.
    """
    rows = _shown(claims, threshold)
    ax = effect_plot(
        rows.assign(group=rows["title"]), xlabel, null=null, smallest_effect=smallest_effect, level=level, ax=ax
    )
    places = _places(rows)
    open_rows = ~rows["confirmed"].to_numpy(dtype=bool)
    _open_points(ax, rows["estimate"], places, open_rows)
    cells = np.full(places.max() + 1, "", dtype=object)
    cells[places] = rows["reading"].replace(_SHORT)
    print_column(ax, "Reading", list(cells), after_columns(ax))
    if null == 0:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=3))
    ax.set_xlabel("\n".join([ax.get_xlabel(), *_legend(open_rows)]))
    return ax


def alt_claim_forest(claims: pd.DataFrame, null: int = 0, level: float = 0.95) -> str:
    """Every estimate with its limits, on which side of `null` it lies, and how many readings there are of each kind."""
    rows = _shown(claims, 0)
    counts = rows["reading"].value_counts()
    said = ", ".join(f"{_SHORT.get(reading, reading)} {n}".replace("\n", " ") for reading, n in counts.items())
    return f"{alt_effect_plot(rows.assign(group=rows['title']), null=null, level=level)} Readings: {said}."


def _open_points(ax: Axes, estimates: pd.Series, places: np.ndarray, open_rows: np.ndarray) -> None:
    """White points over those that are open and on the axis; a line without a point would still take room."""
    drawn = open_rows & estimates.between(*ax.get_xlim()).to_numpy()
    if drawn.any():
        ax.plot(
            estimates[drawn], places[drawn], marker="o", markersize=7, linestyle="none", clip_on=False,
            zorder=5, markerfacecolor="white", markeredgecolor=MAIN, markeredgewidth=1.6,
        )  # fmt: skip


def _legend(open_rows: np.ndarray) -> list[str]:
    said = [] if open_rows.all() else ["Filled: adjusted for all primary claims"]
    return [*said, "Open: adjusted within its claim"] if open_rows.any() else said


def _shown(claims: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The rows that are drawn, those of one claim together."""
    require_columns(claims, "claim_forest", _COLUMNS)
    rows = claims[claims["estimate"].notna() & (claims["n_athletes"] >= threshold)]
    if rows.empty:
        raise NothingToDraw(
            f"figure claim_forest: {len(claims)} rows, none with an estimate of {threshold} athletes or more; expected "
            "one. Fix: leave the figure out for this cohort."
        )
    order = {title: i for i, title in enumerate(pd.unique(rows["title"]))}
    return rows.sort_values("title", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def _places(rows: pd.DataFrame) -> np.ndarray:
    """The height of each row in the figure: below the title of its claim and of those before it."""
    titles = rows["title"].ne(rows["title"].shift()).cumsum()
    return (np.arange(len(rows)) + titles).to_numpy()
