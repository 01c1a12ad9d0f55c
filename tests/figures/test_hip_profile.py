"""Hip profile."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_hip_profile, hip_profile
from tests.figures import frames


def one_motion(n: int, side: str = "left") -> pd.DataFrame:
    """Values 1 … n N m/kg of abduction strength on one side."""
    values = np.arange(1.0, n + 1)
    return pd.DataFrame({"value": values}).assign(motion="abduction", side=side, quality="strength", unit="N m/kg")


def test_median_and_quartiles_are_those_of_the_values():
    ax = hip_profile(one_motion(9)).axes[0]
    quartiles, median = (line.get_xdata() for line in ax.lines[:2])
    assert list(quartiles) == [3, 7]
    assert list(median) == [5]


def test_every_value_is_a_point_but_none_in_the_shared_figure():
    drawn = hip_profile(one_motion(9)).axes[0].collections
    assert sorted(drawn[0].get_offsets()[:, 0]) == list(range(1, 10))
    assert len(hip_profile(one_motion(9), share=True).axes[0].collections) == 0


def test_the_shared_figure_shows_no_group_of_fewer_than_five(texts):
    both = pd.concat([one_motion(4), one_motion(5, "right")])
    fig = hip_profile(both, share=True)
    words = [t.get_text() for t in texts(fig)]
    assert "n < 5" in words and "n = 5" in words and "n = 4" not in words
    assert [list(line.get_xdata()) for line in fig.axes[0].lines] == [[2, 4], [3]]
    assert "left from fewer than 5, not stated and right 3" in alt_hip_profile(both)


def test_the_number_of_athletes_is_printed_once_where_both_sides_agree(texts):
    words = [t.get_text() for t in texts(hip_profile(pd.concat([one_motion(6), one_motion(6, "right")])))]
    assert words.count("n = 6") == 1
    words = [t.get_text() for t in texts(hip_profile(pd.concat([one_motion(6), one_motion(7, "right")])))]
    assert "n = 6" in words and "n = 7" in words


@pytest.mark.parametrize("n", [12, 60, 600])
def test_single_values_never_cover_median_and_quartiles(n):
    ax = hip_profile(one_motion(n)).axes[0]
    values = ax.collections[0].get_offsets()[:, 1]
    bar = ax.lines[0].get_ydata()[0]
    assert values.max() < bar - 0.05


def test_units_of_the_tables_are_written_as_readers_expect_them():
    degrees = one_motion(5).assign(quality="rom", unit="deg")
    fig = hip_profile(pd.concat([one_motion(5).assign(unit="Nm/kg"), degrees]))
    assert [ax.get_xlabel() for ax in fig.axes] == ["Strength (N m/kg)", "Range of motion (degrees)"]
    assert "in degrees" in alt_hip_profile(degrees)


def test_repeated_tests_of_one_athlete_do_not_make_a_group_large_enough(texts):
    fig = hip_profile(one_motion(6).assign(athlete_id="A"), share=True)
    assert "n < 5" in [t.get_text() for t in texts(fig)]


def test_a_side_that_was_not_measured_is_said_to_be_so(texts):
    assert "not measured" in [t.get_text() for t in texts(hip_profile(one_motion(9)))]
    assert "abduction left 5.0 and right not measured" in alt_hip_profile(one_motion(9))


def test_each_quality_and_unit_has_its_panel_strength_first(labels):
    profile = frames.profile(6)
    newton = profile[profile["quality"] == "strength"].assign(unit="N")
    fig = hip_profile(pd.concat([profile, newton]))
    assert [ax.get_xlabel() for ax in fig.axes] == [
        "Strength (N)", "Strength (N m/kg)", "Range of motion (degrees)"
    ]  # fmt: skip


def test_unknown_sides_and_qualities_are_refused():
    with pytest.raises(HiprunError, match="found side both; expected left or right"):
        hip_profile(one_motion(3, side="both"))
    with pytest.raises(HiprunError, match="found quality balance; expected strength or rom"):
        hip_profile(one_motion(3).assign(quality="balance"))
