"""Bootstrap replicates."""

import numpy as np
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_replicate_plot, replicate_plot
from tests.figures import model_frames as frames


def test_each_term_has_its_replicates_its_estimate_and_its_limits():
    table, estimates = frames.replicates(400, 3)
    panels = replicate_plot(table, estimates).axes
    assert [ax.get_title(loc="left") for ax in panels] == ["mob", "stab", "mob:stab"]
    for ax, row in zip(panels, estimates.itertuples(), strict=True):
        assert sum(bar.get_height() for bar in ax.containers[0]) == 400
        assert [line.get_xdata()[0] for line in ax.lines] == pytest.approx([row.estimate, row.ci_low, row.ci_high])


def test_refits_without_a_value_and_replicates_far_out_are_said():
    table, estimates = frames.replicates(200, 2, failed=3)
    table.loc[199, "value"] = 1e9
    fig = replicate_plot(table, estimates)
    assert "3 refits without a value" in fig.get_supxlabel()
    assert fig.axes[0].get_xlabel() == "1 farther out"
    assert fig.axes[0].get_xlim()[1] < 10
    assert alt_replicate_plot(table, estimates).endswith("3 refits gave no value.")


def test_replicates_that_are_all_alike_are_drawn():
    table, estimates = frames.replicates(50, 1)
    fig = replicate_plot(table.assign(value=0.0), estimates.assign(estimate=0.0, ci_low=0.0, ci_high=0.0))
    assert sum(bar.get_height() for bar in fig.axes[0].containers[0]) == 50


def test_the_alt_text_states_estimate_interval_mean_and_sd():
    table, estimates = frames.replicates(100, 1)
    table["value"] = np.tile([-0.1, 0.1], 50)
    text = alt_replicate_plot(table, estimates.assign(ci_low=-0.2, ci_high=0.2))
    assert "mob: 0.00 (−0.20 to 0.20); 100 replicates with mean 0.00 and standard deviation 0.10." in text


def test_too_many_terms_and_a_term_without_an_estimate_are_refused_and_nine_replicates_are_none():
    with pytest.raises(HiprunError, match="found 13 terms, expected 12 or fewer"):
        replicate_plot(*frames.replicates(20, 13))
    table, estimates = frames.replicates(20, 2)
    with pytest.raises(HiprunError, match="found replicates of 'stab' and no estimate"):
        replicate_plot(table, estimates.head(1))
    with pytest.raises(HiprunError, match="9 replicates with a value; expected 10"):
        replicate_plot(*frames.replicates(9, 1))


def test_infinite_replicates_are_far_out_and_limits_that_are_missing_or_infinite_are_not_drawn():
    table, estimates = frames.replicates(60, 1)
    table.loc[:1, "value"] = np.inf
    (ax,) = replicate_plot(table, estimates.assign(ci_low=np.nan, ci_high=np.inf)).axes
    assert ax.get_xlabel() == "2 farther out"
    assert len(ax.lines) == 1
    assert "58 replicates with mean" in alt_replicate_plot(table, estimates)
