"""Tipping points."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_tipping_point_curve, tipping_point_curve
from analysis.figures.style import figure
from tests.figures import model_frames as frames

LABELS = ("Added to imputed pain (NRS points)", "Difference (NRS points)")


def marked(ax) -> list[float]:
    return [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "D"]


def test_the_nearest_delta_whose_interval_takes_in_the_null_is_marked():
    # -0.34 + 0.12 δ + 0.2 > 0 from δ = 1.17 on; of the deltas drawn, 1.5 is the first
    ax = tipping_point_curve(frames.tipping(), *LABELS)
    assert marked(ax) == [1.5]
    assert "+1.5" in [t.get_text() for t in ax.texts]
    assert alt_tipping_point_curve(frames.tipping(), *LABELS).endswith("The reading tips at +1.5.")


def test_a_reading_without_an_effect_can_tip_both_ways():
    table = frames.tipping(0.3).assign(
        ci_low=lambda t: 0.3 * t["delta"] - 0.5, ci_high=lambda t: 0.3 * t["delta"] + 0.5
    )
    assert marked(tipping_point_curve(table, *LABELS)) == [-2.0, 2.0]
    assert alt_tipping_point_curve(table, *LABELS).endswith("The reading tips at −2 and +2.")


def test_where_nothing_tips_it_is_said():
    table = frames.tipping(0.01)
    ax = tipping_point_curve(table, *LABELS)
    assert marked(ax) == []
    assert "No delta shown changes the reading" in ax.get_xlabel()
    assert alt_tipping_point_curve(table, *LABELS).endswith("No delta shown changes the reading.")


def test_the_alt_text_gives_delta_0_and_both_ends():
    text = alt_tipping_point_curve(frames.tipping(), *LABELS)
    assert "−0.58 (−0.78 to −0.38) at −2; −0.34 (−0.54 to −0.14) at 0; 0.02 (−0.18 to 0.22) at +3." in text


def test_ratios_tip_at_one_and_axes_handed_in_are_used():
    table = frames.tipping().assign(
        estimate=lambda t: t["estimate"] + 1, ci_low=0.5, ci_high=lambda t: t["ci_high"] + 1
    )
    ax = figure(16, 7).add_subplot()
    assert marked(tipping_point_curve(table, *LABELS, null=1, ax=ax)) == [1.5]


def test_deltas_without_0_and_doubled_deltas_are_refused():
    table = frames.tipping()
    with pytest.raises(HiprunError, match=r"found deltas from 0\.5 to 3, none of 0"):
        tipping_point_curve(table[table["delta"] > 0], *LABELS)
    with pytest.raises(HiprunError, match="1 rows repeat delta"):
        tipping_point_curve(pd.concat([table, table.head(1)]), *LABELS)


def test_deltas_without_a_result_are_counted_and_without_one_at_0_nothing_is_drawn():
    table = frames.tipping()
    table.loc[[0, 10], ["estimate", "ci_low", "ci_high"]] = np.nan
    assert "2 deltas gave no result" in tipping_point_curve(table, *LABELS).get_xlabel()
    table.loc[4, ["estimate", "ci_low", "ci_high"]] = np.nan
    with pytest.raises(NothingToDraw, match="no result at delta 0"):
        tipping_point_curve(table, *LABELS)
