"""Colours that the colour-blind and a grey print can tell apart."""

from itertools import pairwise

import pytest
from matplotlib.colors import to_rgb

from analysis.figures.style import HIP_WORK, RESPONSES, SEVERITIES, SIDES


def lightness(color: str) -> float:
    """CIE 1976 L* of an sRGB colour (IEC 61966-2-1, CIE 15)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("pair", [SIDES, HIP_WORK])
def test_the_two_looks_of_a_pair_differ_in_grey_in_marker_and_in_line(pair):
    one, other = pair.values()
    assert abs(lightness(one.color) - lightness(other.color)) > 15
    assert one.marker != other.marker
    assert one.line != other.line


def test_states_of_response_and_severities_step_evenly_in_grey():
    states = [lightness(c) for c in RESPONSES.values()]
    assert all(later - earlier > 12 for earlier, later in pairwise(states))
    assert all(later < earlier - 2 for earlier, later in pairwise([lightness(c) for c in SEVERITIES]))
