"""Autocorrelation of residuals by lag."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_autocorrelation_plot, autocorrelation_plot
from analysis.models import residual_autocorrelation
from tests.figures import model_frames as frames


def test_points_intervals_and_pairs_are_those_of_the_table():
    table = frames.lags()
    ax, strip = autocorrelation_plot(table).axes
    assert ax.lines[1].get_xydata() == pytest.approx(table[["lag", "autocorrelation"]].to_numpy())
    ends = np.array([segment[:, 1] for segment in ax.collections[0].get_segments()])
    assert ends == pytest.approx(table[["ci_low", "ci_high"]].to_numpy())
    assert [bar.get_height() for bar in strip.patches] == list(table["n_pairs"])


def test_the_table_of_the_models_room_is_drawn_as_it_is_with_lags_without_a_pair_left_out():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"athlete": np.repeat(np.arange(12), 3), "week": np.tile([1, 2, 3], 12)})
    residuals = pd.Series(rng.normal(size=36))
    table = residual_autocorrelation(residuals, frame, athlete="athlete", week="week", lags=4, n_boot=20, seed=1)
    assert list(autocorrelation_plot(table).axes[0].lines[1].get_xdata()) == [1, 2]


def test_the_alt_text_gives_each_lag_and_those_that_leave_out_0():
    text = alt_autocorrelation_plot(frames.lags())
    assert "0.32 (0.26 to 0.38) at 1 week, 0.18 (0.12 to 0.24) at 2 weeks" in text
    assert text.endswith("The interval leaves out 0 at 1, 2 and 3 weeks apart.")
    flat = frames.lags(2).assign(autocorrelation=0.0, ci_low=-0.1, ci_high=0.1)
    assert alt_autocorrelation_plot(flat).endswith("Every interval includes 0.")


def test_lags_of_few_athletes_are_not_handed_out():
    table = frames.lags().assign(n_athletes=[9, 8, 4, 1])
    assert list(autocorrelation_plot(table, share=True).axes[0].lines[1].get_xdata()) == [1, 2]
    assert "at 3 weeks" not in alt_autocorrelation_plot(table)
    assert alt_autocorrelation_plot(table.tail(2)).endswith("no lag has pairs of 5 athletes or more.")
    with pytest.raises(NothingToDraw, match="no lag with pairs of 5 athletes"):
        autocorrelation_plot(table.tail(2), share=True)


def test_a_missing_interval_leaves_the_point_and_a_doubled_lag_is_refused():
    table = frames.lags(2).assign(ci_low=np.nan, ci_high=np.nan)
    assert len(autocorrelation_plot(table).axes[0].lines[1].get_xdata()) == 2
    assert "0.32 at 1 week" in alt_autocorrelation_plot(table)
    with pytest.raises(HiprunError, match="1 rows repeat lag"):
        autocorrelation_plot(pd.concat([table, table.head(1)]))
