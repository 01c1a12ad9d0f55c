"""How every figure looks: palette with named roles, print sizes, light grid, and the helper that makes a figure."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PRINT_WIDTH_CM = 16.0
"""Width of the text block of the report; figures are drawn at this size, so that 8 pt is 8 pt on paper."""
CM_PER_INCH = 2.54
TEXT_PT = 9.0
SMALL_PT = 8.0

OKABE_ITO = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermilion": "#D55E00",
    "purple": "#CC79A7",
}
"""Okabe & Ito (2008), Color Universal Design; Wong (2011), Nature Methods 8:441."""

INK = "#262626"
MUTED = "#5E5E5E"
FAINT = "#9A9A9A"
GRID = "#E3E3E3"
SHADE = "#ECECEC"
MAIN = OKABE_ITO["blue"]


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of one role: any one of them tells it apart, so it survives a grey print."""

    color: str
    marker: str
    line: str = "-"


SIDES = {
    "left": Look(OKABE_ITO["blue"], "o", "-"),
    "right": Look(OKABE_ITO["orange"], "s", "--"),
}
HIP_WORK = {
    "mobility": Look(OKABE_ITO["green"], "o", "-"),
    "stability": Look("#7A2F5D", "D", "--"),  # Okabe-Ito purple, darkened to differ from green in grey
}
RESPONSES = {
    "answered": "#00568A",
    "partly": "#4FA3D6",
    "not answered": "#F2B84B",
    "not expected": "#F1F1F1",
}
"""Blues and orange of the palette, spread over lightness so that a grey print keeps their order."""
SEVERITIES = ("#FFFFFF", "#F5F4F1", "#EAE8E2", "#DEDBD2", "#D1CDC1")
"""White to warm grey, from the least to the greatest severity or burden: a ground that any marker stands out from."""


_STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same shapes on every machine
    "font.size": TEXT_PT,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in a clinic's name is a dollar sign
    "axes.titlesize": TEXT_PT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 7.0,
    "axes.labelsize": TEXT_PT,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.fontsize": SMALL_PT,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "hatch.linewidth": 0.5,
}


def use_style() -> AbstractContextManager[None]:
    """The style as a context manager, which also serves as a decorator; rcParams return to what they were."""
    return mpl.rc_context(_STYLE)


def figure(width_cm: float = PRINT_WIDTH_CM, height_cm: float = 9.0) -> Figure:
    """A new figure of that size in cm, laid out so that nothing is cut off or overlaps.

    It is taken out of pyplot's hands: a notebook shows it once, where it is asked to, and it is freed with its name.
    """
    fig = plt.figure(figsize=(width_cm / CM_PER_INCH, height_cm / CM_PER_INCH), layout="constrained")
    fig.get_layout_engine().set(w_pad=0.07, h_pad=0.07)
    plt.close(fig)
    return fig


def tidy_axes(ax: Axes, grid: str | None = "y") -> Axes:
    """Set tick sizes and the light grid ("x", "y", "both" or None) of `ax` itself.

    Ticks made later, when the figure is saved outside the style, would otherwise take matplotlib's defaults.
    """
    ax.tick_params(
        labelsize=SMALL_PT,
        labelcolor=INK,
        color=FAINT,
        width=0.7,
        length=3,
        grid_color=GRID,
        grid_linewidth=0.7,
        grid_alpha=1.0,
        grid_linestyle="-",
    )
    ax.grid(visible=False)
    if grid is not None:
        ax.grid(visible=True, axis=grid)
    return ax
