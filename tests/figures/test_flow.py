"""Cohort flow (STROBE item 13c)."""

import pandas as pd
import pytest
from matplotlib.patches import FancyBboxPatch

from analysis.errors import HiprunError
from analysis.figures import alt_cohort_flow, cohort_flow
from tests.figures import frames


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("n_steps", [1, 3, 8])
def test_boxes_hold_their_text_and_lie_apart_inside_the_drawing(n_steps, long, texts):
    ax = cohort_flow(frames.flow(n_steps, long))
    found = texts(ax)
    boxes = [p.get_window_extent() for p in ax.patches if isinstance(p, FancyBboxPatch)]
    assert len(boxes) == 2 * n_steps - 1
    for i, a in enumerate(boxes):
        assert ax.figure.bbox.x0 <= a.x0 and a.x1 <= ax.figure.bbox.x1
        assert ax.figure.bbox.y0 <= a.y0 and a.y1 <= ax.figure.bbox.y1
        assert not any(a.overlaps(b) for b in boxes[i + 1 :])
    for text in found:
        t = text.get_window_extent()
        assert any(b.x0 <= t.x0 and t.x1 <= b.x1 and b.y0 <= t.y0 and t.y1 <= b.y1 for b in boxes)


def test_one_very_long_reason_at_the_first_loss_stays_inside_the_drawing(texts, cut_off):
    steps = pd.DataFrame({"step": ["All", "Kept"], "n": [9, 4], "n_excluded": [None, 5]})
    ax = cohort_flow(steps.assign(detail=[None, "because of many things " * 40]))
    assert cut_off(ax) == []


def test_a_flow_that_does_not_add_up_is_refused():
    steps = frames.flow(3)
    steps.loc[1, "n_excluded"] = 4
    with pytest.raises(HiprunError, match=r"step 'Runners at step 2' has n = 61 after 64 less 4.*expected 60"):
        cohort_flow(steps)


def test_the_alt_text_tells_every_loss_with_its_reason():
    assert alt_cohort_flow(frames.flow(2)) == (
        "Flow diagram. Runners at step 1: 64. 3 excluded (no weekly report); Runners at step 2: 61."
    )
