"""A runner from the front and from behind, as outlines and regions: plain shapes on a height of 100."""

import numpy as np
from matplotlib.path import Path
from scipy.interpolate import PchipInterpolator

_HALF = np.array(
    [
        (0, 99.5), (3.4, 98.3), (4.7, 94.5), (4.2, 90.5), (2.5, 87.6), (2.6, 85.4), (6.0, 83.6), (10.6, 82.2),
        (13.2, 79.0), (13.9, 72.0), (14.9, 64.0), (16.4, 56.0), (17.6, 48.5), (18.7, 44.5), (18.3, 40.6), (16.6, 40.0),
        (15.7, 43.6), (15.2, 48.5), (13.3, 56.0), (11.9, 64.0), (10.6, 70.5), (9.9, 74.3), (9.2, 69.0), (8.0, 62.5),
        (8.9, 56.0), (9.9, 50.5), (9.8, 43.0), (8.8, 35.0), (7.4, 28.5), (7.7, 21.5), (6.7, 13.0), (5.2, 6.0),
        (7.4, 2.2), (6.9, 0.4), (3.6, 0.4), (2.4, 3.0), (2.6, 6.0), (2.2, 13.0), (1.9, 20.5), (2.5, 28.0), (1.6, 37.0),
        (0.7, 46.2), (0, 47.4),
    ]
)  # fmt: skip
"""Right half of the outline, from the crown down the outside of the arm and leg and up the inside to the crotch."""
_SMOOTH = 400
REGIONS: dict[str, tuple[str, tuple[tuple[float, float, float, float], ...]]] = {
    "shoulder": ("front", ((-10.9, 79.2, 2.9, 3.6), (10.9, 79.2, 2.9, 3.6))),
    "pelvis": ("front", ((0, 49.8, 3.6, 2.7),)),
    "lateral_thigh": ("front", ((-8.5, 40.5, 1.5, 7.5), (8.5, 40.5, 1.5, 7.5))),
    "knee": ("front", ((-4.9, 28.0, 2.4, 2.9), (4.9, 28.0, 2.4, 2.9))),
    "lower_leg": ("front", ((-4.7, 16.0, 2.0, 7.2), (4.7, 16.0, 2.0, 7.2))),
    "low_back": ("back", ((0, 60.0, 5.6, 4.6),)),
    "hamstring": ("back", ((-5.2, 38.5, 2.9, 6.6), (5.2, 38.5, 2.9, 6.6))),
}
"""View and ellipses (x, y, half width, half height) of each region of `claims` remote_pain; shin and calf are one."""
HIPS = ((-7.2, 51.5, 2.0, 2.4), (7.2, 51.5, 2.0, 2.4))
"""Where the hip tested is, from the front."""


def body_outline(x: float = 0.0) -> Path:
    """The closed outline of a standing runner, its middle at `x`, from the ground (0) to the crown (about 100)."""
    corners = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(_HALF, axis=0).T))])
    along = np.linspace(0, corners[-1], _SMOOTH)
    right = PchipInterpolator(corners, _HALF, axis=0)(along)
    left = right[::-1] * [-1, 1]
    around = np.concatenate([right, left, right[:1]])
    return Path(around + np.array([x, 0.0]), closed=True)
