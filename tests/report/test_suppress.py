"""Suppression of small counts (Hundepool et al. 2012, Statistical Disclosure Control, ch. 4)."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.report.items import Table
from analysis.report.suppress import hidden_counts, mark_withheld, marks


def table(frame: pd.DataFrame, counts: list[str], within: list[str] | None = None) -> Table:
    """A table whose `rate`, if any, derives from its counts."""
    derived = [c for c in ("rate",) if c in frame]
    return Table("t", frame, "c", True, tuple(counts), dict.fromkeys(counts, derived), tuple(within or ()))


def test_a_single_small_count_takes_the_next_smallest_and_both_rates_with_it() -> None:
    frame = pd.DataFrame({"region": list("abcd"), "n": [14, 3, 9, 30], "rate": [1.4, 0.3, 0.9, 3.0]})
    found = marks(table(frame, ["n"]), 5)
    assert found["n"].tolist() == ["", "<5", "≥5", ""]
    assert found["rate"].tolist() == ["", "withheld", "withheld", ""]
    assert (found["region"] == "").all()


def test_counts_at_the_threshold_are_shown_and_nothing_is_hidden() -> None:
    frame = pd.DataFrame({"n": [5, 6, 7]})
    assert (marks(table(frame, ["n"]), 5) == "").all(axis=None)


def test_none_is_below_the_threshold_and_missing_is_not() -> None:
    frame = pd.DataFrame({"n": pd.array([0, 3, None, 20, 30], dtype="Int64")})
    assert marks(table(frame, ["n"]), 5)["n"].tolist() == ["<5", "<5", "", "", ""]


def test_two_small_counts_that_their_sum_would_give_away_take_a_third() -> None:
    """4 + 4 = 8 is the largest sum of two counts below 5: both would be known."""
    frame = pd.DataFrame({"n": [4, 4, 12, 20]})
    assert marks(table(frame, ["n"]), 5)["n"].tolist() == ["<5", "<5", "≥5", ""]


def test_a_count_of_none_names_nobody_and_hides_nothing_else() -> None:
    frame = pd.DataFrame({"region": list("abc"), "n": [0, 12, 20], "rate": [0.0, 1.2, 2.0]})
    found = marks(table(frame, ["n"]), 5)
    assert found["n"].tolist() == ["<5", "", ""]
    assert (found["rate"] == "").all()


def test_what_derives_from_one_count_stays_when_another_is_small() -> None:
    frame = pd.DataFrame(
        {"n": [20, 30, 40], "n_injured": [3, 2, 9], "age": [34.0, 35.0, 36.0], "rate": [1.0, 2.0, 3.0]}
    )
    with_what = {"n": ["age", "rate"], "n_injured": ["rate"]}
    found = marks(Table("t", frame, "c", True, ("n", "n_injured"), with_what, ()), 5)
    assert found["age"].tolist() == ["", "", ""]
    assert found["rate"].tolist() == ["withheld", "withheld", ""]


def test_each_group_that_adds_up_is_protected_by_itself() -> None:
    frame = pd.DataFrame({"what": ["sex"] * 3 + ["clinic"] * 3, "n": [31, 26, 3, 27, 30, 3]})
    assert marks(table(frame, ["n"]), 5)["n"].tolist() == ["", "", "<5", "", "", "<5"]
    assert marks(table(frame, ["n"], ["what"]), 5)["n"].tolist() == ["", "≥5", "<5", "≥5", "", "<5"]


def test_a_count_that_its_row_would_give_away_is_protected() -> None:
    frame = pd.DataFrame({"n": [30, 40, 50], "injured": [3, 12, 4], "not_injured": [27, 28, 46]})
    found = marks(table(frame, ["n", "injured", "not_injured"]), 5)
    assert found["injured"].tolist()[0] == "<5"
    hidden = (found != "").sum(axis=1)
    assert (hidden[found["injured"] == "<5"] >= 2).all()


def test_a_model_that_did_not_converge_shows_no_estimate() -> None:
    frame = pd.DataFrame({"term": ["a", "b"], "estimate": [1.0, 2.0], "ci_low": [0.5, 1.0], "converged": [True, False]})
    found = marks(table(frame, []), 5)
    assert found["estimate"].tolist() == ["", "not settled"]
    assert found["ci_low"].tolist() == ["", "not settled"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=4, max_size=7), st.integers(2, 6))
def test_no_hidden_count_follows_from_the_total_while_another_is_shown(counts: list[int], threshold: int) -> None:
    """Enumerates every assignment that fits the total and the marks: a small count has two values or more."""
    frame = pd.DataFrame({"n": counts})
    hidden = hidden_counts(frame, ("n",), (), threshold)["n"].to_numpy()
    values = np.array(counts)
    assert hidden[values < threshold].all()
    if hidden.all():
        return
    secret = values[hidden]
    ways = _ways(tuple(bool(v < threshold) for v in secret), int(secret.sum()), threshold)
    assert all(len({w[i] for w in ways}) > 1 for i, v in enumerate(secret) if 0 < v < threshold)


def _ways(small: tuple[bool, ...], total: int, threshold: int) -> list[tuple[int, ...]]:
    if not small:
        return [()] if total == 0 else []
    span = range(threshold) if small[0] else range(threshold, total + 1)
    return [(v, *rest) for v in span if v <= total for rest in _ways(small[1:], total - v, threshold)]


def test_groups_are_marked_for_figures_as_a_table_of_them_would_be() -> None:
    frame = pd.DataFrame({"split": ["a"] * 3 + ["b"] * 2, "n_cases": [14, 3, 9, 20, 6]}, index=[3, 1, 4, 2, 5])
    found = mark_withheld(frame, "n_cases", ["split"], 5)
    assert found["withheld"].tolist() == [False, True, True, False, False]
    assert list(found.index) == list(frame.index)
