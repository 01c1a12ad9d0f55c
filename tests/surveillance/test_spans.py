"""Spans of days join where they overlap or touch."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.surveillance.spans import DAY, merge_spans

MONDAY = pd.Timestamp("2026-01-05")
SPANS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.integers(0, 10)), max_size=12)


def frame(spans):
    return pd.DataFrame(
        {
            "athlete_id": pd.Series([a for a, _, _ in spans], dtype="str"),
            "start_date": pd.to_datetime([MONDAY + s * DAY for _, s, _ in spans]),
            "end_date": pd.to_datetime([MONDAY + (s + n) * DAY for _, s, n in spans]),
        }
    )


def days(spans):
    return {(a, d) for a, s, e in spans.itertuples(index=False, name=None) for d in pd.date_range(s, e, freq="D")}


@given(spans=SPANS)
def test_merged_spans_cover_the_same_days_each_once(spans):
    merged = merge_spans(frame(spans))
    assert days(merged) == days(frame(spans))
    assert ((merged["end_date"] - merged["start_date"]).dt.days + 1).sum() == len(days(merged))


@given(spans=SPANS)
def test_merging_twice_changes_nothing(spans):
    merged = merge_spans(frame(spans))
    pd.testing.assert_frame_equal(merge_spans(merged), merged)


def test_overlapping_and_touching_spans_are_one():
    days = pd.to_datetime
    spans = pd.DataFrame(
        {
            "athlete_id": ["a", "a", "a", "b"],
            "start_date": days(["2026-01-01", "2026-01-05", "2026-01-21", "2026-01-06"]),
            "end_date": days(["2026-01-10", "2026-01-07", "2026-01-22", "2026-01-20"]),
        }
    )
    assert len(merge_spans(spans)) == 3
    spans.loc[0, "end_date"] = pd.Timestamp("2026-01-20")
    assert merge_spans(spans)["end_date"].tolist() == list(days(["2026-01-22", "2026-01-20"]))
