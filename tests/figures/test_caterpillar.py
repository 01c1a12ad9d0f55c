"""Caterpillar plot."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_caterpillar_plot, caterpillar_plot
from tests.figures import model_frames as frames

pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")


def test_levels_stand_in_order_with_their_own_interval():
    table = frames.modes(10, 0, slope=False)
    (ax,) = caterpillar_plot(table, level=0.9).axes
    ordered = table.sort_values("value")
    assert ax.lines[0].get_xdata() == pytest.approx(ordered["value"].to_numpy())
    ends = np.array([segment[:, 0] for segment in ax.collections[0].get_segments()])
    half = stats.norm.ppf(0.95) * ordered["sd"]
    assert ends == pytest.approx(np.column_stack([ordered["value"] - half, ordered["value"] + half]))


def test_up_to_thirty_levels_are_named_and_long_names_end_in_an_ellipsis():
    (ax,) = caterpillar_plot(frames.modes(30, 0, slope=False)).axes
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert len(names) == 30
    assert sum(name.endswith("…") for name in names) == 1
    (ax,) = caterpillar_plot(frames.modes(31, 0, slope=False)).axes
    assert ax.get_ylabel() == "31 levels"
    assert len(ax.get_yticks()) == 0


def test_handed_out_points_are_means_of_five_levels_and_few_levels_are_left_out():
    table = frames.modes(60, 4)
    panels = caterpillar_plot(table, share=True).axes
    assert [len(ax.lines[0].get_xdata()) for ax in panels] == [12, 12]
    own = np.sort(table.query("term == 'mob'")["value"])
    assert panels[1].lines[0].get_xdata()[0] == pytest.approx(own[:5].mean())
    with pytest.raises(NothingToDraw, match="no term of 15 levels or more"):
        caterpillar_plot(frames.modes(14), share=True)


def test_clinics_that_hold_enough_athletes_are_shown_one_by_one_without_a_name():
    table = frames.modes(0, 4, slope=False).assign(n_athletes=[9, 12, 5, 8])
    (ax,) = caterpillar_plot(table, share=True).axes
    assert len(ax.lines[0].get_xdata()) == 4
    assert len(ax.get_yticks()) == 0


def test_the_alt_text_counts_the_intervals_that_leave_out_0():
    table = pd.DataFrame(
        {"group": "athlete", "level": list("abc"), "term": "mob", "value": [-1.0, 0.1, 2.0], "sd": [0.2, 0.3, 0.4]}
    )
    assert "; 2 of the 95% intervals leave out 0." in alt_caterpillar_plot(table, threshold=1)
    assert alt_caterpillar_plot(table).endswith(
        "athlete, mob: 3 levels, standard deviation 1.52, typical conditional standard deviation 0.30; fewer than "
        "5 of the 95% intervals leave out 0."
    )


def test_levels_of_mixed_kinds_are_drawn_and_too_many_terms_doubled_levels_and_negative_sds_refused():
    table = frames.modes(4, 3, slope=False)
    table["level"] = [*"abcd", 1, 2, 3]
    assert len(caterpillar_plot(table).axes) == 2
    many = pd.concat([frames.modes(3, 0, slope=False).assign(term=f"t{i}") for i in range(7)])
    with pytest.raises(HiprunError, match="found 7 random terms, expected 6 or fewer"):
        caterpillar_plot(many)
    assert len(caterpillar_plot(many[many["term"] != "t6"]).axes) == 6
    with pytest.raises(HiprunError, match="1 rows repeat group and term and level"):
        caterpillar_plot(pd.concat([table, table.head(1)]))
    with pytest.raises(HiprunError, match="found a negative sd"):
        caterpillar_plot(table.assign(sd=-0.1))
