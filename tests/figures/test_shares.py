"""Shares of the variance."""

import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_variance_shares, variance_shares
from tests.figures import model_frames as frames


def test_the_parts_of_every_model_fill_its_bar_in_the_order_given():
    ax = variance_shares(frames.variances())
    assert [c.get_label() for c in ax.containers] == ["fixed effects", "athlete", "clinic", "residual"]
    for model in (0, 1):
        assert sum(part[model].get_width() for part in ax.containers) == pytest.approx(1)
    assert ax.containers[1][0].get_x() == pytest.approx(0.4 / 2.55)


def test_shares_are_printed_where_they_fit():
    words = [t.get_text() for t in variance_shares(frames.variances(1)).texts]
    assert words == ["16%", "35%", "47%"]  # 2 % does not fit


def test_a_part_that_a_model_lacks_has_no_share():
    table = frames.variances()
    lacking = table[~((table["model"] == "Model 2") & (table["part"] == "clinic"))]
    assert variance_shares(lacking).containers[2][1].get_width() == 0


def test_the_alt_text_gives_every_share():
    assert alt_variance_shares(frames.variances(1)).endswith(
        "fixed effects 15.7%, athlete 35.3%, clinic 2.0% and residual 47.1%."
    )
    assert "Model 2: fixed effects 15.7%" in alt_variance_shares(frames.variances())


def test_negative_variances_none_at_all_too_many_and_doubled_parts_are_refused():
    table = frames.variances(1)
    with pytest.raises(HiprunError, match="a negative variance, or a model without any"):
        variance_shares(table.assign(variance=[-1, 1, 1, 1]))
    with pytest.raises(HiprunError, match="a negative variance, or a model without any"):
        variance_shares(table.assign(variance=0))
    with pytest.raises(HiprunError, match="found 7 parts, expected 6 or fewer"):
        variance_shares(pd.DataFrame({"part": list("abcdefg"), "variance": 1.0}))
    with pytest.raises(HiprunError, match="1 rows repeat model and part"):
        variance_shares(pd.concat([table, table.head(1)]))
