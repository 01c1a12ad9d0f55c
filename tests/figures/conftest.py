"""Helpers of the figures' tests: what stands in a figure as text, what overlaps, what its bytes are."""

import io
from collections.abc import Callable, Iterator
from itertools import combinations

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def figure_of(drawn: Axes | Figure) -> Figure:
    return drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)


@pytest.fixture
def texts() -> Callable[[Axes | Figure], list[Text]]:
    """Every visible text of a drawn figure that is not empty."""

    def found(drawn: Axes | Figure) -> list[Text]:
        fig = figure_of(drawn)
        fig.draw_without_rendering()
        return [t for t in fig.findobj(Text) if t.get_text().strip() and _shown(t, fig)]

    return found


def _shown(text: Text, fig: Figure) -> bool:
    """Whether the text is inside a figure's drawn tree: ticks beyond the limits are kept but not drawn."""
    if not text.get_visible():
        return False
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            ticks = [t for tick in (*axis.majorTicks, *axis.minorTicks) for t in (tick.label1, tick.label2)]
            if text in ticks:
                drawn = [t for tick in axis._update_ticks() for t in (tick.label1, tick.label2)]
                return ax.axison and text in drawn
    return True


@pytest.fixture
def overlaps(texts: Callable) -> Callable[[Axes | Figure], list[tuple[str, str]]]:
    """Pairs of texts whose bounding boxes share more than a pixel each way; rotated texts are left out."""

    def found(drawn: Axes | Figure) -> list[tuple[str, str]]:
        # of an annotation only the words: Annotation's own extent would take in its line
        level = [(t.get_text(), Text.get_window_extent(t)) for t in texts(drawn) if t.get_rotation() in (0, 90)]
        pairs = []
        for (one, a), (other, b) in combinations(level, 2):
            width = min(a.x1, b.x1) - max(a.x0, b.x0)
            height = min(a.y1, b.y1) - max(a.y0, b.y0)
            if width > 1 and height > 1:
                pairs.append((one, other))
        return pairs

    return found


@pytest.fixture
def cut_off(texts: Callable) -> Callable[[Axes | Figure], list[str]]:
    """Texts that reach beyond the edge of the figure."""

    def found(drawn: Axes | Figure) -> list[str]:
        page = figure_of(drawn).bbox
        outside = []
        for text in texts(drawn):
            box = text.get_window_extent()
            if box.x0 < -1 or box.y0 < -1 or box.x1 > page.x1 + 1 or box.y1 > page.y1 + 1:
                outside.append(text.get_text())
        return outside

    return found


@pytest.fixture
def svg() -> Callable[[Axes | Figure], bytes]:
    """The figure as SVG bytes without a date, ids salted."""

    def saved(drawn: Axes | Figure) -> bytes:
        buffer = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": "hiprun"}):
            figure_of(drawn).savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    return saved


@pytest.fixture
def labels() -> Callable[[Artist], str]:
    """All axis labels and titles of a figure in one text."""

    def found(drawn: Axes | Figure) -> str:
        axes = figure_of(drawn).axes
        return " | ".join(p for a in axes for p in (a.get_xlabel(), a.get_ylabel(), a.get_title(loc="left")))

    return found
