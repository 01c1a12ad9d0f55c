"""Residual check."""

import numpy as np
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.figures import alt_residual_check, residual_check


def test_the_normal_plot_is_that_of_scipy_with_hazens_positions():
    rng = np.random.default_rng(3)
    residuals = rng.normal(0, 2, 50)
    points = np.asarray(residual_check(np.arange(50), residuals).axes[1].collections[0].get_offsets())
    assert points[:, 0] == pytest.approx(stats.norm.ppf((np.arange(1, 51) - 0.5) / 50))
    assert points[:, 1] == pytest.approx(np.sort(residuals))


def test_the_mean_by_tenths_shows_a_trend_that_was_left_in():
    fitted = np.linspace(0, 1, 100)
    line = residual_check(fitted, 2 * fitted - 1).axes[0].lines[1]
    assert len(line.get_xdata()) == 10
    assert (np.diff(line.get_ydata()) > 0).all()
    assert "from −0.91 to 0.91" in alt_residual_check(fitted, 2 * fitted - 1)


def test_missing_pairs_are_passed_over_and_too_few_or_unequal_refused():
    fig = residual_check([1, 2, 3, np.nan], [0.1, 0.2, -0.3, 5])
    assert len(fig.axes[0].collections[0].get_offsets()) == 3
    with pytest.raises(HiprunError, match="4 fitted values and 3 residuals"):
        residual_check([1, 2, 3, 4], [1, 2, 3])
    with pytest.raises(HiprunError, match="0 pairs"):
        residual_check([np.nan] * 4, [1, 2, 3, 4])
