"""Influence of single levels."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_influence_plot, influence_plot
from tests.figures import model_frames as frames

pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")

NRS = "Difference (NRS points)"


def drawn(left_out: pd.DataFrame, **options: object):
    return influence_plot(left_out, frames.full(), "mob", NRS, **options)


def rows(ax) -> list[str]:
    return [t.get_text() for t in ax.get_yticklabels()]


def test_the_fifteen_largest_changes_are_listed_from_the_largest_and_all_counted_beneath():
    table = frames.left_out(600)
    own = table[table["term"] == "mob"]
    top, below = drawn(table).axes
    order = own["change_in_se"].abs().sort_values(ascending=False).index[:15]
    assert rows(top) == list(own.loc[order, "level"])
    assert sum(bar.get_height() for bar in below.containers[0]) == 600


def test_up_to_fifteen_levels_are_all_listed_and_axis_shows_the_full_interval():
    (ax,) = drawn(frames.left_out(5)).axes
    assert len(rows(ax)) == 5
    box = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (box.x0, box.x1) == pytest.approx((-0.516, -0.164))
    assert ax.get_xlim()[0] < -0.516 and ax.get_xlim()[1] > -0.164


def test_one_level_without_which_nothing_is_known_does_not_flatten_the_rest():
    table = frames.left_out(5)
    table.loc[0, ["estimate", "ci_low", "ci_high", "change_in_se"]] = [9.0, -900.0, 900.0, 100.0]
    (ax,) = drawn(table).axes
    low, high = ax.get_xlim()
    assert high - low < 6 * (0.516 - 0.164)
    assert sorted(line.get_marker() for line in ax.lines if line.get_marker() in "<>") == ["<", ">"]
    assert "9.00  (+100.00 SE)" in [t.get_text() for t in ax.texts]


def test_handed_out_points_are_means_of_five_levels_or_levels_of_five_athletes():
    table = frames.left_out(23)
    own = np.sort(table.loc[table["term"] == "mob", "estimate"])
    points = drawn(table, share=True).axes[0].lines[0].get_xdata()
    assert len(points) == 4
    assert points[0] == pytest.approx(own[:6].mean())
    with pytest.raises(NothingToDraw, match="14 levels are too few"):
        drawn(frames.left_out(14), share=True)
    clinics = frames.left_out(6).assign(n_athletes=12)
    assert len(drawn(clinics, share=True, what="clinic").axes[0].lines[0].get_xdata()) == 6
    with pytest.raises(NothingToDraw, match="6 levels are too few"):
        drawn(clinics.assign(n_athletes=[4, *[12] * 11]), share=True, what="clinic")


def test_fits_without_an_estimate_are_said_and_not_drawn():
    table = frames.left_out(12, failed=2)
    assert "2 fits gave no estimate and are not drawn" in drawn(table).axes[0].get_xlabel()
    assert len(rows(drawn(table).axes[0])) == 10
    assert alt_influence_plot(table, frames.full(), "mob").endswith("2 fits gave no estimate.")
    with pytest.raises(NothingToDraw, match="none of a fit that converged"):
        drawn(table.assign(converged=False))


def test_the_alt_text_states_the_largest_change_and_how_often_the_reading_turns():
    table = pd.DataFrame(
        {
            "level": ["a", "b", "c"],
            "term": "mob",
            "estimate": [-0.3, -0.35, -0.1],
            "change_in_se": [0.1, -0.1, 2.67],
            "ci_low": [-0.5, -0.5, -0.3],
            "ci_high": [-0.1, -0.2, 0.1],
            "converged": True,
        }
    )
    text = alt_influence_plot(table, frames.full(), "mob", "clinic")
    assert "mob: −0.34 (−0.52 to −0.16) with all, 95% interval. Leaving out each of 3 clinics" in text
    assert "by 0.10 standard errors in the middle and by 2.67 at most" in text
    assert text.endswith("for 1 of 3.")


def test_terms_that_are_not_there_and_doubled_levels_are_refused():
    with pytest.raises(NothingToDraw, match="figure influence_plot of 'age', with all"):
        influence_plot(frames.left_out(5), frames.full(), "age", NRS)
    doubled = pd.concat([frames.left_out(5), frames.left_out(5).head(1)])
    with pytest.raises(HiprunError, match="1 rows repeat level"):
        drawn(doubled)
    assert len(rows(drawn(frames.left_out(5).assign(level=[*range(4), "five"] * 2)).axes[0])) == 5


def test_an_estimate_without_limits_does_not_count_as_a_turned_reading():
    table = frames.left_out(5)
    table.loc[0, ["ci_low", "ci_high"]] = np.nan
    assert alt_influence_plot(table, frames.full(), "mob").endswith("for 0 of 4.")
    assert len(rows(drawn(table).axes[0])) == 5
