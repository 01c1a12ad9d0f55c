"""The sensitivity overview: each effect in half-lengths of its own interval, as the claim says to the right."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.errors import HiprunError, NothingToDraw

SMALL = "compatible with no effect of a size that matters"


def effect(title, words, first, others, *, expected=-1, scale="difference", status="stays", read="undecided", n=40):
    label, about = words
    rows = [("As planned", *first, True), *(("Lag", *other, True) for other in others), ("Control", 9, 8, 10, False)]
    frame = pd.DataFrame(rows, columns=["kind", "estimate", "ci_low", "ci_high", "comparable"])
    return frame.assign(
        title=title, label=label, about=about, words=f"{label} ({about})", scale=scale, expected=expected,
        status=status, n_same=len(others), n_comparable=len(others), read=read, by_interval=read, n_athletes=n,
    )  # fmt: skip


def table():
    pain, injury = "weekly hip pain", "rate of new injuries"
    return pd.concat(
        [
            effect("Mobility work", ("Mobility work, +30 min", pain), (-0.4, -0.6, -0.2), [(-0.2, -0.5, 0.1)]),
            effect(
                "Hip work and injuries", ("Both kinds, +30 min", injury), (0.5, 0.25, 1.0), [(0.25, 0.1, 0.6)],
                scale="IRR", status="weakens",
            ),
            effect(
                "Hip work and injuries", ("Stability, +30 min", injury), (2.0, 1.0, 4.0), [(64.0, 2.0, 2048.0)],
                scale="IRR", status="turns", read=SMALL,
            ),
            effect("Range", ("A gain", "range gained"), (1.0, -1.0, 3.0), [], expected=1, status="nothing to compare"),
        ],
        ignore_index=True,
    )  # fmt: skip


def many(n=16):
    rng = np.random.default_rng(1)
    parts = []
    for k in range(n):
        values = rng.normal(0, 1, 20)
        title = f"A rather long title of claim number {k // 2}, of two lines"
        others = [(v, v - 1, v + 1) for v in values[1:]]
        words = (f"Effect {k}, +30 min/week, beyond what each adds alone", ("weekly hip pain", "injuries")[k % 2])
        parts.append(
            effect(title, words, (values[0], values[0] - 1, values[0] + 1), others, status="weakens", read=SMALL)
        )
    return pd.concat(parts, ignore_index=True).assign(by_interval="supported")


def points(ax, marker):
    lines = [line for line in ax.lines if line.get_marker() == marker]
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines]


@pytest.mark.parametrize("frame", [table(), many(), table().head(3)], ids=["four", "sixteen", "one"])
def test_it_fits_a_page_and_no_text_overlaps_or_is_cut_off_or_small(frame, overlaps, cut_off, texts):
    drawn = figures.sensitivity_overview(frame).figure
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    width, height = drawn.get_size_inches() * 2.54
    assert width == pytest.approx(16) and height <= 25
    assert all(text.get_fontsize() >= 7 for text in texts(drawn))


def test_each_planned_interval_is_two_long_whatever_the_unit_and_the_claimed_side_is_the_right_one():
    ax = figures.sensitivity_overview(table())
    assert [x for x, _ in points(ax, "D")] == pytest.approx([2.0])
    assert [x for x, _ in points(ax, "s")] == pytest.approx([1.0])
    assert [x for x, _ in points(ax, "X")] == pytest.approx([-1.0])
    assert [x for x, _ in points(ax, "P")] == pytest.approx([0.5])
    bars = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 1.8]
    assert [bar[1] - bar[0] for bar in bars] == pytest.approx([2.0, 2.0, 2.0, 2.0])


def test_alternatives_are_dots_filled_where_clear_an_arrow_where_far_out_and_controls_are_not_among_them():
    ax = figures.sensitivity_overview(table())
    dots = {line.get_xdata()[0]: line.get_markerfacecolor() for line in ax.lines if line.get_markersize() == 3.6}
    assert sorted(dots) == pytest.approx([-3.0, 1.0, 2.0])
    assert dots[1.0] == "white" and dots[-3.0] != "white" != dots[2.0]
    assert [x for x, _ in points(ax, "<")] == pytest.approx([-3.0])


def test_effects_of_one_claim_and_outcome_are_told_apart_and_readings_stand_beside_them():
    ax = figures.sensitivity_overview(table())
    labels = [" ".join(text.get_text().split()) for text in ax.get_yticklabels()]
    assert labels == [
        "Mobility work", "Weekly hip pain", "Hip work and injuries", "Rate of new injuries: both kinds, +30 min",
        "Rate of new injuries: stability, +30 min", "Range", "Range gained",
    ]  # fmt: skip
    beside = [text.get_text() for text in ax.texts]
    assert {"stays, 1/1", "weakens, 1/1", "turns, 1/1", "none", "no effect that matters"} <= set(beside)


def test_a_reading_that_is_another_by_its_interval_alone_is_marked():
    assert "†" not in figures.sensitivity_overview(table()).get_xlabel()
    ax = figures.sensitivity_overview(many(2))
    assert "†" in ax.get_xlabel() and [t.get_text() for t in ax.texts].count("no effect that matters †") == 2


def test_effects_of_a_few_runners_or_without_an_estimate_are_left_out():
    frame = table()
    frame.loc[frame["title"] == "Range", "n_athletes"] = 4
    frame.loc[frame["title"] == "Mobility work", ["estimate", "ci_low", "ci_high"]] = np.nan
    labels = [text.get_text().strip() for text in figures.sensitivity_overview(frame, threshold=5).get_yticklabels()]
    assert labels[0] == "Hip work and injuries" and "Range" not in labels
    with pytest.raises(NothingToDraw, match="none a planned estimate of 50 athletes"):
        figures.sensitivity_overview(frame, threshold=50)
    with pytest.raises(HiprunError, match=r"figure sensitivity_overview: .*expected also by_interval"):
        figures.sensitivity_overview(frame.drop(columns="by_interval"))


def test_the_alt_text_names_the_effects_by_what_becomes_of_them():
    said = figures.alt_sensitivity_overview(table())
    assert said.startswith("Overview of 4 effects of the primary claims")
    assert "Turns: Stability, +30 min (rate of new injuries)." in said


def test_the_same_frame_gives_the_same_bytes_and_is_not_changed(svg):
    frame = table()
    kept = frame.copy()
    assert svg(figures.sensitivity_overview(frame)) == svg(figures.sensitivity_overview(frame))
    pd.testing.assert_frame_equal(frame, kept)
