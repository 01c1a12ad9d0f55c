"""Body map: an estimate for each region of the body, as a colour on the outline of a runner and as a number."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, PathPatch

from analysis.errors import NothingToDraw
from analysis.figures.body_shape import HIPS, REGIONS, body_outline
from analysis.figures.checks import require_columns, require_unique
from analysis.figures.style import FAINT, INK, MUTED, OKABE_ITO, PRINT_WIDTH_CM, SMALL_PT, figure, use_style
from analysis.figures.wording import MINUS, decimals_for, interval, percent_name, sentence_case

_COLUMNS = ["region", "estimate", "ci_low", "ci_high", "n_athletes"]
_NUMBERS = ["estimate", "ci_low", "ci_high"]
DIVERGING = LinearSegmentedColormap.from_list("blue_orange", [OKABE_ITO["blue"], "#FFFFFF", OKABE_ITO["vermilion"]])
"""Blue below no difference, vermilion above it, white at it: both ends are told apart whatever the colour vision."""
_MIDDLE = {"front": -27.0, "back": 27.0}
_BODY = "#EFEFEF"
_LABELS_AT = {"front": -58.0, "back": 52.0}
_HEIGHT_CM, _APART = 8.8, 12.0
_NAMES = {"lower_leg": "Shin and calf", "pelvis": "Pelvic floor", "lateral_thigh": "Lateral thigh (iliotibial band)"}


@use_style()
def body_map(
    regions: pd.DataFrame, smallest_effect: float, unit: str = "points", level: float = 0.95, threshold: int = 0
) -> Figure:
    """Estimates by region on the front and the back of a runner, the number with its interval at `level` beside each.

    `regions`: `region` (of `body_shape.REGIONS`, each once), estimate, ci_low, ci_high (differences in `unit`) and
    n_athletes. A region without an estimate, or of fewer than `threshold` athletes, is hatched. The colour runs to
    both sides as far as the largest estimate, and no less than to `smallest_effect`, so that what is too small to
    matter is pale. The hips, where the deficit was tested, are dotted rings. Raises
    `HiprunError` for missing columns or a region twice, `NothingToDraw` where no region has an estimate.
    """
    rows = _checked(regions, threshold)
    reach = max(float(rows["estimate"].abs().max()), abs(smallest_effect))
    colours = ScalarMappable(Normalize(-reach, reach), DIVERGING)
    fig = figure(PRINT_WIDTH_CM, _HEIGHT_CM)
    ax = fig.add_subplot()
    ax.set(aspect="equal", xlim=(-92, 92), ylim=(-7, 102))
    ax.axis("off")
    outlines = {view: _draw_body(ax, view) for view in _MIDDLE}
    for x, y, width, height in HIPS:
        ring = Ellipse((x + _MIDDLE["front"], y), 2 * width, 2 * height, fill=False, edgecolor=INK, linestyle=":")
        ax.add_patch(ring)
    for region, row in rows.iterrows():
        _draw_region(ax, str(region), row, colours, outlines)
    _write_labels(ax, rows, _decimals(rows))
    _draw_scale(fig, ax, colours, reach, unit)
    return fig


def alt_body_map(regions: pd.DataFrame, unit: str = "points", level: float = 0.95, threshold: int = 0) -> str:
    """The estimate of every region with its interval, in words."""
    rows = _checked(regions, threshold)
    decimals = _decimals(rows)
    told = [f"{_name(str(r))}: {interval(*(float(row[c]) for c in _NUMBERS), decimals)}" for r, row in rows.iterrows()]
    head = f"Body map of a runner from the front and from behind: difference in {unit} by region, with"
    return f"{head} {percent_name(level)} intervals. {'. '.join(told)}."


def _checked(regions: pd.DataFrame, threshold: int) -> pd.DataFrame:
    """The numbers by region, in the order of the body from above; missing where there is no estimate to show."""
    require_columns(regions, "body_map", _COLUMNS)
    require_unique(regions, "body_map", ["region"])
    rows = regions.set_index("region")[_COLUMNS[1:]].astype("float64").reindex(list(REGIONS))
    rows = rows.where(rows["n_athletes"] >= max(threshold, 1))
    if rows["estimate"].isna().all():
        raise NothingToDraw("figure body_map: no region has an estimate. Fix: leave the figure out for this cohort.")
    return rows


def _draw_body(ax: Axes, view: str) -> PathPatch:
    body = PathPatch(body_outline(_MIDDLE[view]), facecolor=_BODY, edgecolor=FAINT, linewidth=0.9)
    ax.add_patch(body)
    ax.text(_MIDDLE[view], -5.5, view.capitalize(), ha="center", va="center", size=SMALL_PT, color=MUTED)
    return body


def _draw_region(
    ax: Axes, region: str, row: pd.Series, colours: ScalarMappable, outlines: dict[str, PathPatch]
) -> None:
    view, ellipses = REGIONS[region]
    known = np.isfinite(row["estimate"])
    look = {"facecolor": colours.to_rgba(row["estimate"])} if known else {"facecolor": "white", "hatch": "//////"}
    for x, y, width, height in ellipses:
        shape = Ellipse((x + _MIDDLE[view], y), 2 * width, 2 * height, edgecolor=INK if known else FAINT, **look)
        shape.set_linewidth(0.8)
        ax.add_patch(shape)
        shape.set_clip_path(outlines[view])


def _write_labels(ax: Axes, rows: pd.DataFrame, decimals: int) -> None:
    """Name and number of each region in a column beside its figure, a thin line from one to the other."""
    for view, x in _LABELS_AT.items():
        names = [r for r in REGIONS if REGIONS[r][0] == view]
        for region, at in zip(names, _heights([REGIONS[r][1][0][1] for r in names]), strict=True):
            ellipse = REGIONS[region][1][0 if view == "front" else -1]
            edge = ellipse[0] + _MIDDLE[view] + (-1 if view == "front" else 1) * ellipse[2]
            ax.plot([x, edge], [at, ellipse[1]], color=FAINT, linewidth=0.7, zorder=3)
            text = interval(*(float(rows.loc[region, c]) for c in _NUMBERS), decimals)
            side = "right" if view == "front" else "left"
            away = x + (-1.5 if view == "front" else 1.5)
            ax.text(away, at + 0.4, _name(region), ha=side, va="bottom", size=SMALL_PT, weight="bold")
            ax.text(away, at - 0.4, text, ha=side, va="top", size=SMALL_PT, color=INK if "not" not in text else MUTED)


def _heights(wanted: list[float]) -> list[float]:
    """The heights of labels, from above, no nearer than a label is high."""
    placed: list[float] = []
    for height in wanted:
        placed.append(min(height, placed[-1] - _APART) if placed else height)
    return placed


def _draw_scale(fig: Figure, ax: Axes, colours: ScalarMappable, reach: float, unit: str) -> None:
    inside = ax.inset_axes((0.79, 0.12, 0.19, 0.035))
    bar = fig.colorbar(colours, cax=inside, orientation="horizontal", ticks=[-reach, 0, reach])
    bar.ax.set_xticklabels([f"{MINUS}{reach:.2g}", "0", f"{reach:.2g}"], size=SMALL_PT)
    bar.outline.set(edgecolor=FAINT, linewidth=0.7)
    bar.ax.tick_params(color=FAINT, length=3)
    bar.ax.set_title(f"Difference in {unit}", size=SMALL_PT, weight="normal", color=MUTED)
    inside.set_xlabel("hatched: not estimated\nrings: the hips", size=SMALL_PT, color=MUTED)


def _decimals(rows: pd.DataFrame) -> int:
    return decimals_for(rows["ci_high"] - rows["ci_low"], least=2)


def _name(region: str) -> str:
    return _NAMES.get(region, sentence_case(region))
