"""Power curve."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures.power import alt_power_curve, power_curve

LABEL = "True effect on weekly hip pain (NRS points per +30 min/week of mobility work)"


def table(athletes=(20, 40, 60), weeks=(12, 26), effects=(-0.5, -0.25, 0.0)):
    """Power that grows with athletes, weeks and effect."""
    rows = [(n, w, e, 1 - 0.95 * np.exp(-abs(e) * n * w / 400)) for n in athletes for w in weeks for e in effects]
    made = pd.DataFrame(rows, columns=["n_athletes", "n_weeks", "effect", "power"])
    return made.assign(power_low=made["power"] * 0.9, power_high=1 - 0.9 * (1 - made["power"]))


@pytest.mark.parametrize(
    "given",
    [
        table(),
        table(weeks=(26,)),
        table(athletes=(40,)),
        table(athletes=(20, 22, 500), weeks=(4, 8, 12, 26), effects=(0.8, 0.85, 0.9, 0.95, 1.0, 1.05)),
    ],
    ids=["two panels", "one panel", "one size", "full"],
)
def test_texts_neither_overlap_nor_are_cut_off_at_print_size(given, overlaps, cut_off, texts):
    drawn = power_curve(given, LABEL)
    assert overlaps(drawn) == []
    assert cut_off(drawn) == []
    assert min(t.get_fontsize() for t in texts(drawn)) >= 7
    assert drawn.get_size_inches()[0] * 2.54 == pytest.approx(16)


def test_a_line_runs_through_the_power_of_its_effect_and_a_band_between_its_limits():
    given = table(weeks=(26,))
    ax = power_curve(given.sample(frac=1, random_state=1), LABEL).axes[0]
    lines = {line.get_label(): line for line in ax.lines if len(line.get_xdata()) == 3}
    own = given[given["effect"] == -0.25]
    assert list(lines) == ["−0.5", "−0.25", "0"]
    assert lines["−0.25"].get_ydata() == pytest.approx(own["power"].to_numpy())
    corners = ax.collections[1].get_paths()[0].vertices[:, 1]
    assert corners.min() == pytest.approx(own["power_low"].min())
    assert corners.max() == pytest.approx(own["power_high"].max())


def test_each_effect_has_a_colour_a_marker_and_a_line_of_its_own():
    lines = [line for line in power_curve(table(), LABEL).axes[0].lines if len(line.get_xdata()) == 3]
    for look in ("get_color", "get_marker", "get_linestyle"):
        assert len({getattr(line, look)() for line in lines}) == 3


def test_the_wanted_power_is_a_line_across_each_panel():
    for ax in power_curve(table(), LABEL, wanted=0.9).axes:
        assert list(ax.lines[0].get_ydata()) == [0.9, 0.9]


def test_axes_carry_units_and_panels_their_weeks(labels):
    found = labels(power_curve(table(), LABEL))
    for text in ("Athletes (n)", "Power (% of simulated studies", "12 weeks", "26 weeks"):
        assert text in found


def test_the_same_table_gives_the_same_bytes(svg):
    assert svg(power_curve(table(), LABEL)) == svg(power_curve(table().iloc[::-1], LABEL))


def test_the_alt_text_says_power_at_both_ends_and_where_the_wanted_is_reached():
    text = alt_power_curve(table(weeks=(26,), effects=(-0.5, 0.0)), LABEL)
    assert "20 to 60 athletes over 26 weeks" in text
    assert "Effect −0.5, 26 weeks: 50% (45 to 55) with 20, 86% (78 to 88) with 60; first 80% or more with 60." in text
    assert "Effect 0, 26 weeks: 5% (5 to 15) with 20, 5% (5 to 15) with 60; never 80%." in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (table().drop(columns="power_low"), "expected also power_low"),
        (table().head(0), "expected at least one"),
        (pd.concat([table(), table()]), "repeat n_athletes and n_weeks and effect"),
        (table(effects=tuple(range(7))), "found 7 values of effect; expected at most 6 lines"),
        (table(weeks=(4, 5, 6, 7, 8)), "found 5 values of n_weeks; expected at most 4 panels"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(given, said):
    with pytest.raises(HiprunError, match=said):
        power_curve(given, LABEL)
