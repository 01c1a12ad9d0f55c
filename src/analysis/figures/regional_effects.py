"""Regional effects: the same doses and pain in each region of the body, in one forest."""

import pandas as pd
from matplotlib.axes import Axes

from analysis.errors import NothingToDraw
from analysis.figures.checks import require_columns
from analysis.figures.effects import alt_effect_plot, effect_plot
from analysis.figures.rows import after_columns, print_column
from analysis.figures.style import use_style
from analysis.figures.wording import number, sentence_case

_COLUMNS = ["kind", "region", "estimate", "ci_low", "ci_high", "n_athletes", "mean_pain"]
_WORDS = {"hip_groin": "Hip and groin", "ankle_foot": "Ankle and foot"}


@use_style()
def regional_effects(
    effects: pd.DataFrame,
    xlabel: str,
    smallest_effect: float | None = None,
    directions: tuple[str, str] = ("less pain", "more pain"),
    level: float = 0.95,
    share: bool = False,
    threshold: int = 5,
) -> Axes:
    """Forest of the effect in each region under its kind of work, with limits at `level` and the region's mean pain.

    `effects` is `claims.regional_effects`; with `share` regions of fewer than `threshold` athletes are left out. Raises
    `HiprunError` for missing columns, `NothingToDraw` where no row is left.
    """
    rows = _shown(effects, threshold if share else 0)
    ax = effect_plot(rows, xlabel, smallest_effect=smallest_effect, directions=directions, level=level)
    cells = []
    for kind in pd.unique(rows["kind"]):
        cells += ["", *(number(v, 1) for v in rows.loc[rows["kind"] == kind, "mean_pain"])]
    print_column(ax, "Mean pain", cells, after_columns(ax))
    return ax


def alt_regional_effects(effects: pd.DataFrame, threshold: int = 5, level: float = 0.95) -> str:
    """Every effect with its limits in words; regions of 1 to `threshold` - 1 athletes are not named."""
    rows = _shown(effects, threshold)
    levels = rows.drop_duplicates("region")
    pains = ", ".join(f"{row.label} {number(row.mean_pain, 1)}" for row in levels.itertuples())
    return f"{alt_effect_plot(rows, level=level)} Mean pain (0 to 10): {pains}."


def _shown(effects: pd.DataFrame, threshold: int) -> pd.DataFrame:
    require_columns(effects, "regional_effects", _COLUMNS)
    rows = effects[effects["estimate"].notna() & (effects["n_athletes"] >= threshold)].reset_index(drop=True)
    if rows.empty:
        raise NothingToDraw(
            f"figure regional_effects: {len(effects)} rows, none with an estimate of {threshold} athletes or more; "
            "expected one. Fix: leave the figure out for this cohort."
        )
    labels = [_WORDS.get(region, sentence_case(region)) for region in rows["region"]]
    return rows.assign(label=labels, group=[f"{sentence_case(kind)} work" for kind in rows["kind"]])
