"""Effect plot."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_effect_plot, effect_plot, figure
from tests.figures import frames


def words(ax) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_estimates_are_printed_beside_their_rows_with_decimals_that_suit_them():
    ax = effect_plot(frames.differences(), "Difference (NRS points)")
    assert "−0.21 (−0.38 to −0.04)" in words(ax)
    assert "not estimated" in words(ax)
    small = frames.differences().head(1).assign(estimate=0.0034, ci_low=0.0012, ci_high=0.0056)
    assert "0.0034 (0.0012 to 0.0056)" in words(effect_plot(small, "Slope (NRS points per min)"))


def test_groups_have_a_heading_above_their_rows():
    ax = effect_plot(frames.differences(), "Difference (NRS points)")
    labels = [t.get_text().strip() for t in ax.get_yticklabels()]
    bold = [t.get_text() for t in ax.get_yticklabels() if t.get_weight() == "bold"]
    assert bold == ["Within athlete", "Between athletes"]
    assert labels.index("Between athletes") == 4


def test_ratios_are_drawn_on_a_log_axis_with_null_at_one_and_plain_numbers():
    ax = effect_plot(frames.ratios(), "Rate ratio", null=1)
    assert ax.get_xscale() == "log"
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0.2", "0.5", "1", "2", "5"]
    low, high = ax.get_xlim()
    assert low < 0.2 < 4.4 < high


def test_an_unbounded_limit_ends_in_an_arrow_and_is_said_in_words():
    ax = effect_plot(frames.ratios(), "Rate ratio", null=1)
    arrows = [each for each in ax.lines if each.get_marker() == ">"]
    assert len(arrows) == 1
    assert "1.10 (0.20 to not bounded)" in words(ax)


@pytest.mark.parametrize(("null", "smallest", "zone"), [(0, 0.5, (-0.5, 0.5)), (1, 0.9, (0.9, 1 / 0.9))])
def test_the_shaded_zone_is_symmetric_round_no_effect_on_the_scale_drawn(null, smallest, zone):
    frame = frames.ratios().head(3)
    ax = effect_plot(frame, "Effect", null=null, smallest_effect=smallest)
    box = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (box.x0, box.x1) == pytest.approx(zone)


def test_null_is_always_in_view_and_axes_handed_in_are_used():
    ax = figure(16, 6).add_subplot()
    far = pd.DataFrame({"label": ["far"], "estimate": [5.0], "ci_low": [4.8], "ci_high": [5.2]})
    assert effect_plot(far, "Difference (h)", ax=ax) is ax
    assert ax.get_xlim()[0] < 0


@pytest.mark.parametrize(("low", "high"), [(0.93, 1.04), (0.5, 1.9), (0.01, 90), (0.999, 1.001)])
def test_ratio_axes_of_any_width_have_two_to_seven_ticks_that_do_not_overlap(low, high, overlaps):
    frame = pd.DataFrame({"label": ["a"], "estimate": [1.0], "ci_low": [low], "ci_high": [high]})
    ax = effect_plot(frame, "Rate ratio", null=1)
    ticks = [t for t in ax.get_xticks() if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]]
    assert 2 <= len(ticks) <= 7
    assert overlaps(ax) == []


def test_ratios_of_zero_or_less_other_nulls_and_lone_limits_are_refused():
    with pytest.raises(HiprunError, match="a ratio of 0 or less"):
        effect_plot(frames.differences(), "Rate ratio", null=1)
    with pytest.raises(HiprunError, match=r"expected 0 \(differences\) or 1 \(ratios\)"):
        effect_plot(frames.differences(), "x", null=2)
    with pytest.raises(HiprunError, match="4 estimates lack a limit"):
        effect_plot(frames.ratios().assign(ci_low=np.nan), "Rate ratio", null=1)


def test_the_alt_text_states_each_estimate_and_where_its_interval_lies():
    text = alt_effect_plot(frames.differences())
    assert "Within athlete, Stability work, 30 min more a week: −0.34 (−0.52 to −0.16), wholly below 0." in text
    assert "Within athlete, Both together (interaction): 0.05 (−0.11 to 0.21), includes 0." in text
    assert "Between athletes, Not converged: not estimated." in text
