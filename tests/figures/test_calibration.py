"""The calibration figure."""

import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_calibration_plot, calibration_plot

SHARES = pd.DataFrame(
    {"label": ["Pain: mobility", "Injury: <b>&$"], "n": [500, 499], "share": [0.956, 0.90], "mc_error": [0.009, 0.013]}
)


def test_points_stand_at_the_shares_with_their_monte_carlo_interval_and_the_band_is_two_points_wide():
    ax = calibration_plot(SHARES, 0.95, "Intervals that hold the truth")
    bars = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2 and line.get_xdata()[0] != 0.95]
    assert bars[0] == pytest.approx([0.956 - 1.96 * 0.009, 0.956 + 1.96 * 0.009])
    (band,) = ax.patches
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((0.93, 0.97))
    assert {"95.6 %  (500)", "90.0 %  (499)"} <= {text.get_text() for text in ax.texts}


def test_the_alt_text_names_what_is_too_far():
    words = alt_calibration_plot(SHARES, 0.95)
    assert "Pain: mobility 95.6 %" in words and words.endswith("Further than 2 points away: Injury: <b>&$.")


def test_nothing_to_draw_and_missing_columns_are_said():
    with pytest.raises(NothingToDraw):
        calibration_plot(SHARES.assign(share=float("nan")), 0.95, "x")
    with pytest.raises(HiprunError, match="no column mc_error"):
        calibration_plot(SHARES.drop(columns="mc_error"), 0.95, "x")
