"""Quantile residuals: order statistics, quartiles, lowess."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.figures import alt_quantile_residual_check, quantile_residual_check
from analysis.figures.quantile_residuals import _checked, _limits, _quartiles
from tests.figures import model_frames as frames


def test_the_normal_plot_has_hazens_positions_and_the_identity_as_its_line():
    frame = frames.quantile_residuals(50)
    left = quantile_residual_check(frame).axes[0]
    points = np.asarray(left.collections[1].get_offsets())
    assert points[:, 0] == pytest.approx(stats.norm.ppf((np.arange(1, 51) - 0.5) / 50))
    assert points[:, 1] == pytest.approx(np.sort(frame["quantile_residual"]))
    assert left.lines[0].get_slope() == 1


def test_the_band_is_that_of_normal_order_statistics_by_simulation():
    rng = np.random.default_rng(1)
    ordered = np.sort(rng.normal(size=(20_000, 30)), axis=1)
    low, high = _limits(np.arange(1, 31), 30, 0.95)
    inside = ((ordered >= low) & (ordered <= high)).mean(axis=0)
    assert inside == pytest.approx(np.full(30, 0.95), abs=0.006)  # four SDs, √(0.95 · 0.05 / 20 000) each


def test_quartiles_of_the_right_model_lie_in_their_band_and_those_of_a_trend_do_not():
    share = []
    for frame in (frames.quantile_residuals(4000), frames.quantile_residuals(4000, wrong=True)):
        groups = _quartiles(_checked(frame))
        assert len(groups) == 20
        low, high = _limits(0.25 * (groups["n"].to_numpy() + 1), groups["n"].to_numpy(), 0.95)
        share.append(groups[0.25].between(low, high).mean())
    assert share[0] >= 0.8
    assert share[1] <= 0.5


def test_equal_fitted_values_stay_in_one_group_and_a_single_one_is_drawn_without_a_smooth():
    frame = frames.quantile_residuals(400).assign(fitted=np.repeat([1.0, 2.0], [300, 100]))
    assert list(_quartiles(_checked(frame))["n"]) == [300, 100]
    fig = quantile_residual_check(frame.assign(fitted=1.0))
    assert "smooth (lowess)" not in [line.get_label() for line in fig.axes[1].lines]


def test_many_rows_are_counted_in_hexagons_and_none_is_dropped_from_the_ends_of_the_normal_plot():
    frame = frames.quantile_residuals(100_000)
    left, right = quantile_residual_check(frame).axes
    points = np.asarray(left.collections[1].get_offsets())
    assert len(points) <= 500
    assert points[[0, -1], 1] == pytest.approx(frame["quantile_residual"].agg(["min", "max"]).to_numpy())
    assert right.collections[0].get_array().sum() == 100_000


def test_handed_out_points_are_means_of_five_rows_or_more_and_no_row_stands_at_right():
    frame = frames.quantile_residuals(300)
    left, right = quantile_residual_check(frame, share=True).axes
    points = np.asarray(left.collections[1].get_offsets())
    assert len(points) == 60
    assert points[0, 1] == pytest.approx(np.sort(frame["quantile_residual"])[:5].mean())
    assert all(len(c.get_offsets()) <= 1 for c in right.collections)


def test_rows_beyond_the_edge_and_infinite_residuals_are_said():
    frame = frames.quantile_residuals(100)
    frame.loc[:1, "quantile_residual"] = [np.inf, -20.0]
    assert "2 rows beyond the edge" in quantile_residual_check(frame).axes[1].get_xlabel()
    assert "1 row so far out that no number holds it." in alt_quantile_residual_check(frame)


def test_the_alt_text_states_mean_spread_tails_band_and_quartiles():
    n = 1000
    exact = stats.norm.ppf((np.arange(1, n + 1) - 0.5) / n)
    mixed = np.random.default_rng(2).permutation(exact)
    text = alt_quantile_residual_check(pd.DataFrame({"fitted": np.arange(n), "quantile_residual": mixed}))
    assert "mean 0.00, standard deviation 1.00, 4.6% beyond ±2 (expected 4.6%). 100% of the ordered" in text
    shifted = pd.DataFrame({"fitted": np.arange(n), "quantile_residual": exact})
    assert "lower quartile runs from −2.23 to 1.78" in alt_quantile_residual_check(shifted)


def test_fewer_than_twenty_rows_are_refused():
    with pytest.raises(HiprunError, match="19 rows with a fitted value and a residual; expected 20"):
        quantile_residual_check(frames.quantile_residuals(19))
