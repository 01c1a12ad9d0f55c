"""Days lost in figures: bars of classes, and the curve of injuries that have not ended."""

import pandas as pd
import pytest

from analysis.describe.severity import classes_by_region, return_curve
from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.severity import (
    alt_return_plot,
    alt_severity_classes_plot,
    return_plot,
    severity_classes_plot,
)

REGIONS = ("knee", "lower leg", "iliotibial band and lateral thigh", "hip/groin", "low back")


def cases(n: int) -> pd.DataFrame:
    days = [(7 * i * i) % 61 for i in range(n)]
    frame = pd.DataFrame({"time_loss_days": days, "still_open": [i % 9 == 4 for i in range(n)]})
    return frame.assign(region=pd.Series([REGIONS[i % 3 * (i % 2) + i % 2] for i in range(n)], dtype="str"))


@pytest.mark.parametrize("n", [1, 12, 60, 600])
def test_no_text_of_the_classes_overlaps_or_is_cut_off(n, overlaps, cut_off):
    drawn = severity_classes_plot(classes_by_region(cases(n)))
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    width, height = drawn.figure.get_size_inches() * 2.54
    assert width == pytest.approx(16) and height <= 25


def test_bars_are_as_long_as_the_shares_and_add_up_to_all(texts):
    given = classes_by_region(cases(60))
    drawn = severity_classes_plot(given)
    first = given[given["group"] == "All injuries"]
    bars = [container.patches[0] for container in drawn.containers]
    assert [bar.get_width() for bar in bars] == pytest.approx((first["n_cases"] / 60).tolist())
    assert sum(bar.get_width() for bar in bars) == pytest.approx(1)
    printed = [t.get_text() for t in texts(drawn)]
    assert "60" in printed and "not ended when the watch ended" in printed
    said = alt_severity_classes_plot(given)
    assert "All injuries: 0 days" in said and said.endswith(".")


def test_wrong_frames_are_refused_in_words():
    given = classes_by_region(cases(12))
    with pytest.raises(HiprunError, match="expected also days_lost"):
        severity_classes_plot(given.drop(columns="days_lost"))
    with pytest.raises(HiprunError, match="repeat group and days_lost"):
        severity_classes_plot(pd.concat([given, given]))
    with pytest.raises(HiprunError, match="one injury"):
        severity_classes_plot(given.assign(n_cases=0))
    with pytest.raises(NothingToDraw):
        severity_classes_plot(given.head(0))
    with pytest.raises(NothingToDraw):
        return_plot(return_curve(cases(0)))


@pytest.mark.parametrize(("n", "share"), [(12, False), (60, True), (600, True)])
def test_the_curve_of_open_injuries_names_them_and_falls_from_all(n, share, overlaps, cut_off, labels):
    curve = return_curve(cases(n))
    fig = return_plot(curve, share=share)
    assert overlaps(fig) == [] and cut_off(fig) == []
    assert "Injuries that have not ended" in labels(fig) and "Injuries still open" in labels(fig)
    assert "athlete" not in labels(fig).lower()
    assert "Days lost since the injury" in labels(fig)
    steps = fig.axes[0].lines[0].get_ydata()
    assert steps[0] == 1 and steps[1] == curve["survival"].iloc[0]


def test_few_injuries_have_no_curve_to_hand_out_and_the_words_end_where_the_curve_does():
    few = return_curve(cases(4))
    with pytest.raises(NothingToDraw):
        return_plot(few, share=True)
    whole = alt_return_plot(return_curve(cases(60)))
    assert "60 injuries" in whole and "after 28 days lost" in whole
    assert "after 28" not in alt_return_plot(return_curve(cases(60)), share=True, threshold=40)


def test_injuries_that_cost_no_day_have_no_curve():
    with pytest.raises(NothingToDraw, match="no injury cost a day"):
        return_plot(return_curve(cases(9).assign(time_loss_days=0, still_open=False)))


def test_the_same_frame_gives_the_same_bytes(svg):
    given = classes_by_region(cases(60))
    assert svg(severity_classes_plot(given)) == svg(severity_classes_plot(given))
    assert svg(return_plot(return_curve(cases(60)))) == svg(return_plot(return_curve(cases(60))))
