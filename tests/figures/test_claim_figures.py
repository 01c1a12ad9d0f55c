"""The figures of single claims: effects side by side, body map, retention of range, comparison of legs."""

import numpy as np
import pytest
from matplotlib.patches import Ellipse

from analysis import figures
from analysis.errors import HiprunError, NothingToDraw
from analysis.figures.body_map import DIVERGING
from analysis.figures.body_shape import HIPS, REGIONS, body_outline
from analysis.figures.style import OKABE_ITO
from analysis.panel.regions import REMOTE_REGIONS
from tests.figures import claim_frames as frames

DRAWN = {
    "effects_side_by_side": lambda: figures.effects_side_by_side(frames.effects()),
    "effects_side_by_side two outcomes": lambda: figures.effects_side_by_side(frames.effects(2)),
    "effects_side_by_side one": lambda: figures.effects_side_by_side(frames.effects(1, ("A", "B"))),
    "body_map": lambda: figures.body_map(frames.regions(), 0.5),
    "retention_curve": lambda: figures.retention_curve(frames.retention()),
    "leg_comparison": lambda: figures.leg_comparison(frames.legs()),
}
ALT = {
    "effects_side_by_side": lambda: figures.alt_effects_side_by_side(frames.effects()),
    "body_map": lambda: figures.alt_body_map(frames.regions()),
    "retention_curve": lambda: figures.alt_retention_curve(frames.retention()),
    "leg_comparison": lambda: figures.alt_leg_comparison(frames.legs()),
}
WRONG = {
    "effects_side_by_side": (figures.effects_side_by_side, frames.effects()),
    "body_map": (lambda f: figures.body_map(f, 0.5), frames.regions()),
    "retention_curve": (figures.retention_curve, frames.retention()),
    "leg_comparison": (figures.leg_comparison, frames.legs()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_it_fits_half_a_printed_page_and_its_texts_neither_overlap_nor_are_cut_off(name, overlaps, cut_off, texts):
    drawn = DRAWN[name]()
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    width, height = drawn.get_size_inches() * 2.54
    assert width == pytest.approx(16) and height <= 12.5
    assert all(text.get_fontsize() >= 7 for text in texts(drawn))


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_frame_gives_the_same_svg_bytes(name, svg):
    assert svg(DRAWN[name]()) == svg(DRAWN[name]())


@pytest.mark.parametrize("name", ALT)
def test_an_alt_text_is_plain_sentences_with_numbers(name):
    text = ALT[name]()
    assert text.endswith(".") and any(letter.isdigit() for letter in text)
    assert not any(word in text for word in ("nan", "None", "_", "\n"))


@pytest.mark.parametrize("name", WRONG)
def test_a_missing_column_is_named_and_a_frame_without_a_value_is_nothing_to_draw(name):
    draw, frame = WRONG[name]
    with pytest.raises(HiprunError, match=f"figure {name}: .*expected also n_athletes"):
        draw(frame.drop(columns="n_athletes"))
    numbers = frame.assign(estimate=np.nan) if "estimate" in frame else frame
    with pytest.raises(NothingToDraw):
        draw(numbers.head(0) if name in ("retention_curve", "leg_comparison") else numbers)


def words(drawn):
    return [t.get_text() for ax in drawn.axes for t in ax.texts]


def test_each_outcome_is_a_column_with_its_own_scale_and_says_which_side_is_claimed():
    drawn = figures.effects_side_by_side(frames.effects())
    assert [ax.get_xscale() for ax in drawn.axes] == ["linear", "log", "linear"]
    assert [ax.get_xlabel() for ax in drawn.axes] == [
        "← lower (claimed)   higher →", "← lower (claimed)   higher →", "← lower   higher (claimed) →",
    ]  # fmt: skip
    assert drawn.axes[1].get_xlim()[0] == pytest.approx(1 / drawn.axes[1].get_xlim()[1])
    assert words(drawn).count("not estimated") == 1
    mixed = frames.effects(1).assign(expected=[-1, 1, -1])
    assert "claimed" not in figures.effects_side_by_side(mixed).axes[0].get_xlabel()


def test_effects_of_fewer_runners_than_the_threshold_are_not_shown():
    drawn = figures.effects_side_by_side(frames.effects(1), threshold=40)
    assert words(drawn).count("not estimated") == 2
    with pytest.raises(NothingToDraw):
        figures.effects_side_by_side(frames.effects(1), threshold=41)


def test_the_body_map_has_every_region_of_the_claim_once_in_the_colour_of_its_estimate():
    assert set(REGIONS) == set(REMOTE_REGIONS)
    drawn = figures.body_map(frames.regions(), 0.5)
    ellipses = [p for p in drawn.axes[0].patches if isinstance(p, Ellipse)]
    assert len(ellipses) == len(HIPS) + sum(len(where) for _, where in REGIONS.values())
    hatched = [p for p in ellipses if p.get_hatch()]
    assert len(hatched) == 1 and "not estimated" in words(drawn)
    back = next(p for p in ellipses if p.get_facecolor() == DIVERGING(1.0))  # low back, the largest estimate
    assert back.get_center()[0] > 0
    assert "0.90 (0.70 to 1.10)" in words(drawn)


def test_what_is_too_small_to_matter_is_pale_on_the_body_map():
    small = frames.regions().assign(estimate=0.02, ci_low=0.0, ci_high=0.04)
    drawn = figures.body_map(small, 0.5)
    shades = [p.get_facecolor()[:3] for p in drawn.axes[0].patches if isinstance(p, Ellipse) and p.get_fill()]
    assert shades and all(min(shade) > 0.9 for shade in shades)


def test_the_two_ends_of_the_colours_are_those_of_the_colour_blind_safe_palette():
    ends = [tuple(round(255 * c) for c in DIVERGING(v)[:3]) for v in (0.0, 1.0)]
    palette = [tuple(int(OKABE_ITO[n][i : i + 2], 16) for i in (1, 3, 5)) for n in ("blue", "vermilion")]
    assert ends == palette


def test_the_outline_is_closed_and_the_same_on_both_sides():
    vertices = body_outline().vertices
    assert np.allclose(vertices[0], vertices[-1])
    mirrored = np.sort(vertices[:, 0]) - np.sort(-vertices[:, 0])
    assert np.abs(mirrored).max() < 1e-9 and 95 < np.ptp(vertices[:, 1]) < 101


def test_a_gain_is_told_with_what_is_left_of_it_and_a_small_group_is_left_out():
    assert any("2.7° of 5.4° left (50%)\n23 gains of 14 runners" in word for word in words(DRAWN["retention_curve"]()))
    few = figures.retention_curve(frames.retention(n_athletes=4), threshold=5)
    assert len([w for w in words(few) if "left" in w]) == 1
    assert "much" not in figures.alt_retention_curve(frames.retention(n_athletes=4), threshold=5)


def test_a_comparison_of_legs_with_few_injuries_on_either_is_not_handed_out():
    assert "11.9" in words(figures.leg_comparison(frames.legs()))
    shared = words(figures.leg_comparison(frames.legs(), threshold=5))
    assert "11.9" not in shared and "10.3" in shared
    assert "34 runners\nmodel: difference 0.00 (−0.39 to 0.39)" in shared


def test_numbers_of_two_panels_of_legs_do_not_run_into_each_other(overlaps):
    wide = frames.legs().assign(estimate=-0.23, ci_low=-10.84, ci_high=-0.37, scale="difference")
    drawn = figures.leg_comparison(wide)
    assert overlaps(drawn) == []
    left, right = drawn.axes
    edge = right.get_window_extent().x0
    assert all(text.get_window_extent().x1 < edge for text in left.texts)


def test_outcomes_with_long_names_and_a_single_effect_keep_their_numbers_clear_of_the_names(overlaps):
    one = frames.effects(labels=("Range in six directions, +1 SD",)).assign(estimate=1.1, ci_low=0.9, ci_high=1.2)
    long = one.assign(outcome=["speed at the same heart rate", "speed at the same rating of exertion", "top speed"])
    drawn = figures.effects_side_by_side(long.assign(unit="km/h"))
    assert overlaps(drawn) == []
    for ax in drawn.axes:
        title = ax.title if ax.title.get_text() else ax._left_title
        assert all(t.get_bbox_patch().get_window_extent().y1 < title.get_window_extent().y0 for t in ax.texts)


def test_the_legend_of_the_curves_of_retention_stands_outside_of_them():
    drawn = figures.retention_curve(frames.retention())
    drawn.draw_without_rendering()
    assert not drawn.legends[0].get_window_extent().overlaps(drawn.axes[0].bbox)
