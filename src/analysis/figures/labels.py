"""Names beside points, placed so that they cover neither one another, nor a point, nor a given box."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from analysis.figures.style import FAINT, INK, SMALL_PT
from analysis.figures.wording import width_pt

_DISTANCES_PT = (3, 9, 17, 28, 42, 60)
_DIRECTIONS = ((1, 0), (0, 1), (0, -1), (-1, 0), (0.8, 0.8), (0.8, -0.8), (-0.8, 0.8), (-0.8, -0.8))


def place_labels(
    ax: Axes, points: np.ndarray, names: Sequence[str], radii_pt: np.ndarray, taken: Sequence[Bbox] = ()
) -> list[Annotation]:
    """Annotate each of `points` (n x 2, data units) with its name; first come, best place.

    `radii_pt` are the radii of the markers in points, `taken` boxes in display units to keep clear of. For
    each label the nearest of 48 places is taken that covers least; a label that had to go far gets a line.
    The axes must have their final size and limits.
    """
    to_px = ax.figure.dpi / 72
    centers = ax.transData.transform(points)
    blocked = [*taken, *(_box(c, 2 * r * to_px, 2 * r * to_px) for c, r in zip(centers, radii_pt, strict=True))]
    placed = []
    for center, point, name, radius in zip(centers, points, names, radii_pt, strict=True):
        size = np.array([width_pt(name, SMALL_PT) + 2, SMALL_PT * 1.25 * (1 + name.count("\n"))])
        offset, far = min(_places(size, radius), key=lambda place: _cost(ax, center, place, size, blocked, to_px))
        blocked.append(_box(center + offset * to_px, *(size * to_px)))
        line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.6, "shrinkA": 0, "shrinkB": radius}
        halo = [withStroke(linewidth=2.0, foreground="white", alpha=0.75)]
        placed.append(
            ax.annotate(
                name, point, offset, textcoords="offset points", ha="center", va="center", size=SMALL_PT,
                color=INK, zorder=6, arrowprops=line if far > 10 else None, path_effects=halo,
            )
        )  # fmt: skip
    return placed


def _places(size: np.ndarray, radius: float) -> list[tuple[np.ndarray, int]]:
    """Offsets of the label's centre from the point, in points, with how far each is; nearest first."""
    return [
        (np.array(direction) * (radius + distance + size / 2), distance)
        for distance in _DISTANCES_PT
        for direction in _DIRECTIONS
    ]


def _cost(
    ax: Axes, center: np.ndarray, place: tuple[np.ndarray, int], size: np.ndarray, blocked: list[Bbox], to_px: float
) -> float:
    """Area covered, in square points, with what lies outside the axes counted many times, plus the distance."""
    offset, distance = place
    box = _box(center + offset * to_px, *(size * to_px))
    covered = sum(_common(box, other) for other in blocked)
    outside = box.width * box.height - _common(box, ax.bbox)
    return (covered * 10 + outside * 100) / to_px**2 + distance


def _common(a: Bbox, b: Bbox) -> float:
    shared = Bbox.intersection(a, b)
    return 0.0 if shared is None else shared.width * shared.height


def _box(center: np.ndarray, width: float, height: float) -> Bbox:
    return Bbox.from_bounds(center[0] - width / 2, center[1] - height / 2, width, height)
