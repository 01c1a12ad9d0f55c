"""Prediction curves."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_prediction_curve, prediction_curve
from analysis.figures.style import figure
from analysis.models import fit, predict
from tests.figures import model_frames as frames

LABELS = ("mobility_min", "Mobility work (min per week)", "Worst pain (NRS, 0 to 10)")


def legend(ax) -> list[str]:
    return [t.get_text() for t in ax.get_legend().get_texts()]


def test_one_curve_has_its_band_and_fainter_where_new_athletes_lie():
    table = frames.predictions()
    ax = prediction_curve(table, *LABELS)
    assert ax.lines[0].get_ydata() == pytest.approx(table["estimate"].to_numpy())
    tops = [max(c.get_paths()[0].vertices[:, 1]) for c in ax.collections]
    assert tops == pytest.approx([table["new_high"].max(), table["ci_high"].max()])
    assert "where 95% of new athletes' expectations lie" in legend(ax)
    assert len(prediction_curve(frames.predictions(new=False), *LABELS).collections) == 1


def test_groups_differ_in_colour_line_and_marker_and_keep_their_order():
    ax = prediction_curve(frames.predictions(4), *LABELS)
    assert legend(ax) == ["30 years", "45 years", "60 years", "75 years"]
    for look in ("get_color", "get_linestyle", "get_marker"):
        assert len({getattr(line, look)() for line in ax.lines}) == 4


def test_predictions_of_a_fit_are_drawn_as_they_are():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"athlete": np.repeat(np.arange(20), 8), "x": rng.normal(size=160)})
    frame["y"] = frame["x"] + rng.normal(size=20)[frame["athlete"]] + rng.normal(size=160)
    grid = pd.DataFrame({"x": np.linspace(-2, 2, 9)})
    found = predict(fit("y ~ x + (1 | athlete)", frame), grid, fitted_on=frame)
    assert len(prediction_curve(grid.join(found), "x", "x (SD)", "y").collections) == 2


def test_the_alt_text_gives_both_ends_and_the_middle():
    text = alt_prediction_curve(frames.predictions(), *LABELS)
    assert text.startswith("Worst pain (NRS, 0 to 10) expected along Mobility work (min per week), 1 curve with 95% ")
    assert "2.46 (2.16 to 2.80) at 0; 1.93 (1.74 to 2.15) at 60; 1.52 (1.28 to 1.81) at 120." in text
    assert "45 years: " in alt_prediction_curve(frames.predictions(2), *LABELS)


def test_axes_handed_in_are_used_one_row_is_enough_and_five_groups_or_a_doubled_x_are_refused():
    ax = figure(16, 6).add_subplot()
    assert prediction_curve(frames.predictions().head(1), *LABELS, ax=ax) is ax
    assert "at 0." in alt_prediction_curve(frames.predictions().head(1), *LABELS)
    with pytest.raises(HiprunError, match="found 5 groups, expected 4 or fewer"):
        prediction_curve(frames.predictions(5), *LABELS)
    with pytest.raises(HiprunError, match="25 rows repeat group and mobility_min"):
        prediction_curve(pd.concat([frames.predictions()] * 2), *LABELS)


@pytest.mark.parametrize("n", [1, 4])
def test_the_legend_stands_above_the_curves(n, cut_off):
    ax = prediction_curve(frames.predictions(n), *LABELS)
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y0 >= ax.bbox.y1 - 1
    assert cut_off(ax) == []
