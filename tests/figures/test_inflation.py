"""Variance inflation."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_variance_inflation_plot, variance_inflation_plot
from analysis.figures.style import figure
from analysis.models import fit, variance_inflation
from tests.figures import model_frames as frames


def test_bars_start_at_one_largest_on_top_and_lines_stand_at_the_roots_of_5_and_10():
    ax = variance_inflation_plot(frames.inflation())
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert ends[0] == pytest.approx((1, 11.5**0.5))
    assert [end for _, end in ends] == sorted([end for _, end in ends], reverse=True)
    assert [line.get_xdata()[0] for line in ax.lines] == pytest.approx([5**0.5, 10**0.5])
    assert {"VIF 5", "VIF 10", "× 3.39  (11.5)"} <= {t.get_text() for t in ax.texts}


def test_lines_beyond_the_axis_are_left_out_and_axes_handed_in_are_used():
    ax = figure(16, 6).add_subplot()
    assert variance_inflation_plot(frames.inflation().head(2), ax=ax) is ax
    assert len(ax.lines) == 0


def test_a_label_is_shown_for_its_term():
    ax = variance_inflation_plot(frames.inflation().head(1).assign(label="Mobility work"))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["Mobility work"]


def test_the_table_of_a_fit_is_drawn_as_it_is():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(3, 1, 60)})
    table = variance_inflation(fit("y ~ a * b", frame.assign(y=frame["a"] + rng.normal(size=60))))
    assert "3 terms" in alt_variance_inflation_plot(table)
    assert len(variance_inflation_plot(table).patches) == 3


def test_the_alt_text_names_the_terms_above_a_variance_inflation_of_5():
    text = alt_variance_inflation_plot(frames.inflation())
    assert "mob:stab 3.39" in text
    high = "mob:stab and scale(hip_abduction_torque_nm_kg_last_assessment)."
    assert text.endswith(f"Above 2.24 (a variance inflation of 5): {high}")
    assert alt_variance_inflation_plot(frames.inflation().head(2)).endswith("of 5): none.")


def test_an_inflation_below_one_is_refused():
    with pytest.raises(HiprunError, match=r"found an inflation of 0\.5; expected 1 or more"):
        variance_inflation_plot(frames.inflation().assign(sd_inflation=0.5))
