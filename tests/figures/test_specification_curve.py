"""The specification curve: estimates in order, the primary one marked, a dot in the row of what was varied."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.errors import HiprunError, NothingToDraw

YLABEL = "Points of weekly hip pain per +30 min/week of mobility work"


def table(n_lags=3, ratio=False, other_scale=True, n_clinics=3, seed=1):
    rng = np.random.default_rng(seed)
    rows = [("As planned", "primary analysis", True)]
    rows += [("Lag", f"dose known {k} weeks earlier", True) for k in range(1, n_lags + 1)]
    rows += [("Left out", f"one clinic ({k})", True) for k in range(n_clinics)]
    rows += [("Left out", f"one runner ({which})", True) for which in ("lowest", "highest")]
    rows += [("Missing weeks", "only runners without any", True), ("Control", "hip work done afterwards", False)]
    scale = "IRR" if ratio else "difference"
    frame = pd.DataFrame(rows, columns=["kind", "alternative", "comparable"]).assign(scale=scale)
    if other_scale:
        other = {
            "kind": ["Outcome"],
            "alternative": ["pain above 3, yes or no"],
            "comparable": [False],
            "scale": ["OR"],
        }
        frame = pd.concat([frame, pd.DataFrame(other)], ignore_index=True)
    middle, half = rng.normal(-0.2, 0.08, len(frame)), rng.uniform(0.1, 0.3, len(frame))
    numbers = {"estimate": middle, "ci_low": middle - half, "ci_high": middle + half}
    logs = frame["scale"] != "difference"
    return frame.assign(**{k: np.where(logs, np.exp(v), v) for k, v in numbers.items()})


CASES = {
    "difference with another scale": lambda: figures.specification_curve(table(), YLABEL, 0.5),
    "ratio alone": lambda: figures.specification_curve(table(ratio=True, other_scale=False), "Ratio of rates", 0.9),
    "primary alone": lambda: figures.specification_curve(table().head(1), YLABEL),
    "40 clinics": lambda: figures.specification_curve(table(n_clinics=40), YLABEL, 0.5),
}


@pytest.mark.parametrize("name", CASES)
def test_it_fits_a_page_and_no_text_overlaps_or_is_cut_off_or_small(name, overlaps, cut_off, texts):
    drawn = CASES[name]()
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    width, height = drawn.get_size_inches() * 2.54
    assert width == pytest.approx(16) and height <= 25
    assert all(text.get_fontsize() >= 7 for text in texts(drawn))


def points(ax, marker):
    lines = [line for line in ax.lines if line.get_marker() == marker and len(line.get_xdata())]
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines]


def test_estimates_stand_in_order_and_the_primary_one_is_the_diamond():
    frame = table(other_scale=False)
    top, bottom = figures.specification_curve(frame, YLABEL).axes[:2]
    marked = sorted(points(top, "D") + points(top, "o") + points(top, "s"))
    assert [y for _, y in marked] == pytest.approx(sorted(frame["estimate"]))
    ((x, y),) = points(top, "D")
    assert y == pytest.approx(frame["estimate"].iloc[0])
    assert x == (frame["estimate"] < frame["estimate"].iloc[0]).sum()
    assert points(bottom, "D") == [(x, 0)]


def test_alternatives_that_differ_in_brackets_share_a_row_and_each_has_its_dot(texts):
    drawn = figures.specification_curve(table(other_scale=False, n_clinics=5), YLABEL)
    named = [text.get_text() for text in texts(drawn)]
    assert named.count("one clinic") == named.count("one runner") == named.count("Left out") == 1
    row = [text.get_text() for text in drawn.axes[1].get_yticklabels()].index("one clinic")
    assert sum(y == row for _, y in points(drawn.axes[1], "o")) == 5


def test_another_scale_stands_against_an_axis_of_its_own():
    axes = figures.specification_curve(table(), YLABEL).axes
    assert [ax.get_yscale() for ax in axes[:2]] == ["linear", "log"]
    assert len(figures.specification_curve(table(other_scale=False), YLABEL).axes) == 2


def test_what_gave_no_estimate_is_counted_and_named_in_the_alt_text(texts):
    frame = table()
    frame.loc[1, ["estimate", "ci_low", "ci_high"]] = np.nan
    said = " ".join(text.get_text() for text in texts(figures.specification_curve(frame, YLABEL)))
    assert "1 alternative gave no estimate." in said
    assert figures.alt_specification_curve(frame, YLABEL).endswith("Without an estimate: dose known 1 weeks earlier.")


def test_the_alt_text_counts_the_intervals_by_side_and_gives_the_range():
    frame = table(other_scale=False, n_lags=3, n_clinics=0).iloc[:4]
    frame = frame.assign(
        estimate=[-0.3, -0.4, 0.1, 0.5], ci_low=[-0.5, -0.6, -0.1, 0.3], ci_high=[-0.1, -0.2, 0.3, 0.7]
    )
    text = figures.alt_specification_curve(frame, YLABEL)
    assert "Primary analysis: −0.30 (−0.50 to −0.10)." in text
    assert "from −0.40 to 0.50; 1 wholly below 0, 1 wholly above, 1 in between." in text


def test_a_very_wide_interval_does_not_squeeze_the_others():
    frame = table(other_scale=False)
    frame.loc[2, ["ci_low", "ci_high"]] = [-30.0, 30.0]
    low, high = figures.specification_curve(frame, YLABEL).axes[0].get_ylim()
    assert high - low < 3


def test_the_same_frame_gives_the_same_bytes_and_is_not_changed(svg):
    frame = table()
    kept = frame.copy()
    assert svg(figures.specification_curve(frame, YLABEL)) == svg(figures.specification_curve(frame, YLABEL))
    pd.testing.assert_frame_equal(frame, kept)


def test_a_frame_that_is_not_one_claim_is_refused_in_words():
    with pytest.raises(HiprunError, match=r"figure specification_curve: .*expected also kind"):
        figures.specification_curve(table().drop(columns="kind"), YLABEL)
    with pytest.raises(HiprunError, match="found 2 primary analyses"):
        figures.specification_curve(pd.concat([table(), table()]), YLABEL)
    frame = table()
    frame.loc[0, ["estimate", "ci_low", "ci_high"]] = np.nan
    with pytest.raises(NothingToDraw, match="no estimate"):
        figures.specification_curve(frame, YLABEL)
