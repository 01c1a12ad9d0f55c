"""Hanging rootogram."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError, NothingToDraw
from analysis.figures import alt_rootogram, rootogram
from analysis.figures.style import figure
from tests.figures import model_frames as frames

TABLE = pd.DataFrame(
    {"count": [0, 1, 2, 3, 4], "observed": [64, 25, 9, 0, 2], "expected": [49.0, 36.0, 12.0, 2.5, 0.5]}
)


def names(ax) -> list[str]:
    return [t.get_text() for t in ax.get_xticklabels()]


def test_bars_of_the_root_observed_hang_from_the_root_expected():
    ax = rootogram(TABLE)
    bars = ax.containers[0]
    assert [bar.get_height() for bar in bars] == pytest.approx([8, 5, 3, 0, 2**0.5])
    assert [bar.get_y() + bar.get_height() for bar in bars] == pytest.approx(np.sqrt(TABLE["expected"]))
    assert bars[0].get_y() == pytest.approx(-1)
    assert names(ax) == ["0", "1", "2", "3", "4"]


def test_handed_out_counts_from_the_first_rare_one_on_are_one_bar_of_five_rows_or_more():
    ax = rootogram(TABLE, share=True)
    assert names(ax) == ["0", "1", "2 or more"]
    assert ax.containers[0][2].get_height() == pytest.approx(11**0.5)
    with pytest.raises(NothingToDraw, match="fewer than 5 rows"):
        rootogram(TABLE.assign(observed=[1, 1, 1, 0, 0]), share=True)


def test_without_rare_counts_nothing_is_pooled():
    assert names(rootogram(TABLE.head(3), share=True)) == ["0", "1", "2"]


def test_joined_counts_are_named_from_to():
    joined = pd.DataFrame({"count": [0, 1, 6], "count_to": [0, 5, 10], "observed": [9, 30, 8], "expected": [8, 31, 9]})
    assert names(rootogram(joined)) == ["0", "1 to 5", "6 to 10"]


def test_the_alt_text_gives_the_zeros_and_which_counts_are_too_many_or_too_few():
    over = frames.counts(2000, 1.2, 1.0)
    text = alt_rootogram(over, 1.62)
    assert text.startswith("Hanging rootogram of 2\N{NO-BREAK SPACE}000 rows. A count of 0: observed ")
    assert "more often than the model expects: 0" in text
    assert "more rarely: 1" in text
    assert text.endswith("Dispersion ratio 1.62.")
    assert "No bar ends beyond ±1" in alt_rootogram(TABLE.assign(expected=TABLE["observed"]))


def test_the_dispersion_ratio_stands_above_and_axes_handed_in_are_used():
    ax = figure(16, 6).add_subplot()
    assert rootogram(TABLE, dispersion=1.234, ax=ax) is ax
    assert ax.get_title(loc="left") == "Dispersion ratio 1.23 (1: as the model says)"


def test_negative_numbers_and_doubled_counts_are_refused():
    with pytest.raises(HiprunError, match="found a negative number"):
        rootogram(TABLE.assign(expected=-1.0))
    with pytest.raises(HiprunError, match="1 rows repeat count"):
        rootogram(pd.concat([TABLE, TABLE.head(1)]))
