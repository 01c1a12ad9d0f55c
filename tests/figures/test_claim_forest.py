"""Claim forest."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_claim_forest, claim_forest

SMALL = "compatible with no effect of a size that matters"


def claims(**other):
    frame = pd.DataFrame(
        {
            "title": ["Mobility work", "Planes", "Planes", "Planes", "Soreness"],
            "label": ["+30 min/week", "Share, +10 points", "Number, +0.5", "Third", "Twice the work"],
            "estimate": [-0.30, 0.10, 0.02, 0.05, np.nan],
            "ci_low": [-0.50, -0.60, -0.10, -0.70, np.nan],
            "ci_high": [-0.10, 0.80, 0.14, 0.80, np.nan],
            "reading": ["supported", "undecided", SMALL, "undecided", "cannot be estimated from these data"],
            "confirmed": [True, True, False, False, False],
            "n_athletes": [40, 40, 40, 3, 0],
        }
    )
    return frame.assign(**other)


def words(ax):
    return [t.get_text() for t in ax.texts]


def test_each_claim_is_a_heading_with_its_effects_numbers_and_readings_beside_it():
    ax = claim_forest(claims(), "Points", smallest_effect=0.5)
    labels = [t.get_text().strip() for t in ax.get_yticklabels()]
    assert labels == ["Mobility work", "+30 min/week", "Planes", "Share, +10 points", "Number, +0.5", "Third"]
    heights = {t.get_text(): t.xy[1] for t in ax.texts if t.get_text() in ("supported", "no effect that\nmatters")}
    assert heights == {
        "supported": labels.index("+30 min/week"),
        "no effect that\nmatters": labels.index("Number, +0.5"),
    }
    assert "−0.30 (−0.50 to −0.10)" in words(ax)
    assert "Twice the work" not in labels


def test_effects_that_are_not_confirmed_together_have_open_points_at_their_own_row():
    ax = claim_forest(claims(), "Points")
    opened = next(line for line in ax.lines if line.get_markerfacecolor() == "white" and len(line.get_xdata()) == 2)
    assert list(opened.get_xdata()) == [0.02, 0.05] and list(opened.get_ydata()) == [4, 5]
    assert "Open: adjusted within its claim" in ax.get_xlabel() and "Filled" in ax.get_xlabel()
    assert "Filled" not in claim_forest(claims(confirmed=False), "Points").get_xlabel()
    assert "Open" not in claim_forest(claims(confirmed=True), "Points").get_xlabel()


def test_rows_of_fewer_runners_than_the_threshold_are_left_out():
    shared = claim_forest(claims(), "Points", threshold=5)
    assert "Third" not in [t.get_text().strip() for t in shared.get_yticklabels()]
    with pytest.raises(NothingToDraw, match="claim_forest: 5 rows, none with an estimate of 50 athletes"):
        claim_forest(claims(), "Points", threshold=50)


def test_ratios_are_on_a_log_axis():
    ratios = claims(
        estimate=[0.8, 1.1, 1.0, 1.2, np.nan], ci_low=[0.6, 0.9, 0.8, 0.9, np.nan], ci_high=[0.9, 1.4, 1.3, 2.0, np.nan]
    )
    assert claim_forest(ratios, "Ratio", null=1).get_xscale() == "log"


def test_the_alt_text_says_each_estimate_and_counts_the_readings():
    alt = alt_claim_forest(claims())
    assert "Mobility work, +30 min/week: −0.30 (−0.50 to −0.10), wholly below 0." in alt
    assert alt.endswith("Readings: undecided 2, supported 1, no effect that matters 1.")


def test_without_an_estimate_or_a_column_it_says_so():
    with pytest.raises(NothingToDraw):
        claim_forest(claims().tail(1), "Points")
    with pytest.raises(HiprunError, match="expected also reading"):
        claim_forest(claims().drop(columns="reading"), "Points")


def test_long_labels_and_readings_leave_the_intervals_3_cm_and_their_ticks_room(overlaps, cut_off):
    wide = claims(reading=SMALL, label="Side-to-side and rotational share, +10 percentage points")
    ax = claim_forest(wide, "Difference in pain (points, 0-10)", smallest_effect=0.5)
    assert overlaps(ax) == [] and cut_off(ax) == []
    assert ax.get_position().width * 16 > 3


def test_a_forest_without_an_open_point_keeps_no_margin_for_one():
    ax = claim_forest(claims(confirmed=True), "Points")
    ax.figure.draw_without_rendering()
    left = min(label.get_window_extent().x0 for label in ax.get_yticklabels())
    assert left < 0.02 * ax.figure.bbox.width


def test_an_open_estimate_beyond_the_axis_has_no_point_outside_of_it():
    far = claims(estimate=[0.8, 1.1, 1e-9, 1.2, np.nan], ci_low=[0.6, 0.9, 1e-12, 0.9, np.nan])
    ax = claim_forest(far.assign(ci_high=[0.9, 1.4, 2.0, 2.0, np.nan]), "Ratio", null=1)
    points = [x for line in ax.lines if line.get_marker() == "o" for x in line.get_xdata()]
    assert min(points) == 0.8
