"""Axes of forests in small cohorts, where an interval may be as good as unbounded."""

import warnings

import numpy as np
import pandas as pd
import pytest

from analysis.figures import (
    alt_effect_plot,
    claim_forest,
    effect_plot,
    effects_side_by_side,
    mix_of_work,
    pooled_forest,
    regional_effects,
    specification_curve,
    typical_weeks,
)
from analysis.figures.forest_axis import BEYOND, any_beyond, forest_ends
from tests.figures import claim_frames
from tests.figures.test_dose_and_mix import splits, typical
from tests.figures.test_pooled_forest import forest
from tests.figures.test_specification_curve import table

USUAL = (0.8, 0.6, 1.05)
WIDE = {
    "ten orders of magnitude": (1.1, 1e-4, 1e6),
    "unbounded above": (1.3, 0.2, np.inf),
    "unbounded both ways": (0.9, 0.0, np.inf),
    "300 orders of magnitude": (1.2, 1e-150, 1e150),
    "an estimate of nothing": (3e-9, 1e-30, 80.0),
}


def claims(*numbers):
    """Rows of ratios of a cohort of 14 runners."""
    frame = pd.DataFrame(numbers, columns=["estimate", "ci_low", "ci_high"])
    labels = [f"Effect {i}" for i in range(len(frame))]
    return frame.assign(title="Claim", label=labels, reading="undecided", confirmed=False, n_athletes=14)


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("alone", [True, False])
def test_a_claim_with_an_enormous_interval_is_drawn_without_a_warning_and_with_its_layout(
    name, alone, overlaps, cut_off, svg
):
    rows = claims(*([] if alone else [USUAL]), WIDE[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = claim_forest(rows, "Ratio of rates or odds", null=1, smallest_effect=0.9)
        svg(ax)
        assert overlaps(ax) == [] and cut_off(ax) == []
    assert ax.get_position().width * 16 > 3
    assert 0.005 < ax.get_xlim()[0] < 1 < ax.get_xlim()[1] < 200
    assert 2 <= len([t for t in ax.get_xticks() if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]]) <= 7
    assert any(line.get_marker() in "<>" for line in ax.lines if line.get_marker() != "None")
    assert BEYOND in ax.get_xlabel()


def test_one_enormous_interval_does_not_squeeze_the_others():
    ax = claim_forest(claims(USUAL, (1.2, 0.9, 1.6), WIDE["ten orders of magnitude"]), "Ratio", null=1)
    low, high = ax.get_xlim()
    assert np.log(1.6 / 0.6) > 0.2 * np.log(high / low)
    differences = claims((-0.2, -0.4, 0.0), (0.1, -0.1, 0.3), (0.1, -1e12, 1e12))
    low, high = effect_plot(differences, "Points").get_xlim()
    assert low > -2 and high < 2


def test_the_numbers_of_a_cut_interval_stand_beside_it_and_in_the_alt_text():
    rows = claims(USUAL, WIDE["ten orders of magnitude"], WIDE["unbounded above"], (1.4, 0.5, 86.0))
    said = [text.get_text() for text in effect_plot(rows, "Ratio", null=1).texts]
    for words in ("0.80 (0.60 to 1.05)", "1.10 (<0.01 to >100)", "1.30 (0.20 to not bounded)", "1.40 (0.50 to 86.00)"):
        assert words in said
        assert words in alt_effect_plot(rows, null=1)


def test_intervals_of_a_usual_width_are_whole_and_nothing_is_said_of_arrows():
    rows = claims(USUAL, (1.5, 0.8, 2.9), (0.5, 0.2, 1.3))
    ax = effect_plot(rows, "Ratio", null=1)
    assert not any_beyond(rows, ax.get_xlim())
    assert BEYOND not in ax.get_xlabel()


def test_ends_hold_every_estimate_no_effect_and_what_is_asked_for():
    low, high = forest_ends(claims((0.3, 0.2, 0.45), (4.0, 3.0, 5.0)), 1, (0.9, 1 / 0.9))
    assert low < 0.2 and high > 5.0
    low, high = forest_ends(claims((2.0, 1.9, 2.1)), 0, (-0.5, 0.5))
    assert low < -0.5 and high > 2.1
    none = claims((2.0, -np.inf, np.inf))
    assert np.isfinite(forest_ends(none, 0)).all() and np.isfinite(forest_ends(none.assign(ci_low=0.0), 1)).all()


def wide_typical():
    return typical(True).assign(ci_low=0.0, ci_high=[*[1e12] * 8, np.inf])


def wide_side_by_side():
    effects = claim_frames.effects()
    ratio = effects["scale"] == "IRR"
    return effects.assign(ci_low=effects["ci_low"].mask(ratio, 1e-12), ci_high=effects["ci_high"].mask(ratio, np.inf))


def wide_regions():
    rows = claims((-0.2, -0.4, 0.0), (0.1, -1e12, 1e12))
    return rows.assign(kind="mobility", region=["knee", "pelvis"], mean_pain=1.3, n_athletes=14)


def wide_pooled():
    cohorts, pooled = forest(3, True)
    return cohorts.assign(ci_high=[1e12, *cohorts["ci_high"][1:]]), pooled | {"prediction_high": np.inf}


def wide_table():
    frame = table(ratio=True, other_scale=False)
    return frame.assign(ci_low=frame["ci_low"].where(frame.index != 2, 0.0), ci_high=frame["ci_high"] * 1e9)


OTHERS = {
    "effects_side_by_side": lambda: effects_side_by_side(wide_side_by_side()),
    "pooled_forest": lambda: pooled_forest(*wide_pooled(), "IRR", null=1),
    "regional_effects": lambda: regional_effects(wide_regions(), "Points per +30 min/week"),
    "specification_curve": lambda: specification_curve(wide_table(), "Ratio of rates"),
    "typical_weeks": lambda: typical_weeks(wide_typical(), "New injuries per 1000 h", null=1),
    "mix_of_work": lambda: mix_of_work(splits(True).assign(ci_low=0.0, ci_high=np.inf), "New injuries", null=1),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_figures_of_intervals_hold_an_enormous_one_too(name, overlaps, cut_off, svg):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = OTHERS[name]()
        svg(drawn)
        assert overlaps(drawn) == [] and cut_off(drawn) == []
