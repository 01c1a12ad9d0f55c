"""Recurrence classes of the IOC 2020 consensus, pair by pair in a table by hand, and what is missing."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.surveillance import recurrence_timing, subsequent_injuries
from analysis.tables import words

DAY = pd.Timestamp("2026-03-02")


def _injuries(*rows: dict) -> pd.DataFrame:
    """Injuries of athlete a, five weeks apart; healed after two weeks, left knee, tendon, unless said otherwise."""
    filled = []
    for i, row in enumerate(rows):
        onset = DAY + pd.Timedelta(weeks=5 * i)
        usual = {
            "injury_id": str(i), "athlete_id": "a", "onset_date": onset, "return_date": onset + pd.Timedelta(weeks=2),
            "problem_type": "injury", "region": "knee", "side": "left", "tissue": "tendon",
        }  # fmt: skip
        filled.append(usual | row)
    frame = pd.DataFrame(filled)
    return frame.assign(return_date=pd.to_datetime(frame["return_date"]))


OPEN = {"return_date": None}
STILL = {"return_date": pd.Timestamp("2027-01-01")}
PAIRS = [  # first injury, second injury, class of the second
    ({}, {}, "reinjury"),
    (STILL, {}, "exacerbation"),
    (OPEN, {}, None),
    ({}, {"tissue": "muscle"}, "new_local"),
    (OPEN, {"tissue": "muscle"}, "new_local"),
    ({}, {"region": "thigh"}, "new_other"),
    ({}, {"side": "right"}, "new_other"),
    ({}, {"side": "both"}, "reinjury"),
    ({"side": "both"}, {"side": "right"}, "reinjury"),
    ({}, {"side": None}, None),
    ({}, {"side": "unspecified"}, None),
    ({"side": "both"}, {"side": None}, "reinjury"),
    ({}, {"tissue": None}, None),
    ({}, {"region": None}, None),
    ({}, {"region": "any"}, None),
    ({}, {"region": "other"}, "new_other"),
    ({"region": "other"}, {"region": "other"}, None),
    ({"region": "low_back", "side": None}, {"region": "low_back", "side": "unspecified"}, "reinjury"),
    ({"region": "low_back"}, {"region": "low_back", "side": "right"}, "new_other"),
    ({}, {"region": "thigh", "tissue": None, "side": None}, "new_other"),
    ({"tissue": None}, {"tissue": None}, None),
]


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_a_second_injury_is_classed_as_in_the_table_by_hand(first, second, expected):
    got = subsequent_injuries(_injuries(first, second))
    assert got["subsequent"].iloc[0] == "index"
    if expected is None:
        assert pd.isna(got["subsequent"].iloc[1])
        assert got["why"].iloc[1]
    else:
        assert got["subsequent"].iloc[1] == expected
        assert pd.isna(got["why"].iloc[1])
    assert set(got["subsequent"].dropna()) <= set(words.SUBSEQUENT)


def test_one_diagnosis_code_is_one_type_and_two_codes_may_be_either():
    code = {"diagnosis_code": "X1", "diagnosis_code_system": "OSIICS 14"}
    same = _injuries(code, code).drop(columns="tissue")
    assert subsequent_injuries(same)["subsequent"].tolist() == ["index", "reinjury"]
    other = _injuries(code, code | {"diagnosis_code": "X2"}).drop(columns="tissue")
    assert subsequent_injuries(other)["subsequent"].isna().tolist() == [False, True]
    system = _injuries(code, code | {"diagnosis_code_system": "SMDCS"}).drop(columns="tissue")
    got = subsequent_injuries(system).iloc[1]
    assert (pd.isna(got["subsequent"]), got["why"]) == (True, "type of this or an earlier injury")


def test_every_earlier_injury_counts_not_the_last_alone():
    third = subsequent_injuries(_injuries({}, {"region": "thigh"}, {})).iloc[2]
    assert (third["subsequent"], third["after_injury_id"], third["days_since_return"]) == ("reinjury", "0", 56)
    local = subsequent_injuries(_injuries({"tissue": "bone"}, {"region": "thigh"}, {}))
    assert local["subsequent"].tolist() == ["index", "new_other", "new_local"]


def test_a_later_unclear_injury_does_not_hide_that_one_is_recurrent_but_may_hide_whether_it_had_healed():
    healed = subsequent_injuries(_injuries({}, {"tissue": None}, {})).iloc[2]
    assert (healed["subsequent"], pd.isna(healed["recurrence"])) == ("reinjury", True)
    unclear = subsequent_injuries(_injuries({}, {"tissue": None} | STILL, {})).iloc[2]
    assert pd.isna(unclear["subsequent"])
    assert "healed" in unclear["why"]


def test_injuries_of_one_day_and_both_sides_are_concurrent_and_all_kept():
    left, right = {"onset_date": DAY}, {"onset_date": DAY, "side": "right"}
    got = subsequent_injuries(_injuries(left, right, {"side": "both"}))
    assert got["subsequent"].tolist() == ["index", "index", "reinjury"]
    assert len(got) == 3


def test_illness_is_apart_and_other_athletes_injuries_are_not_earlier_ones():
    got = subsequent_injuries(_injuries({"problem_type": "illness"}, {}, {"athlete_id": "b"}))
    assert got["why"].iloc[0] == "illness"
    assert got["subsequent"].tolist()[1:] == ["index", "index"]


def test_recorded_days_lost_give_the_return_where_no_date_does():
    rows = _injuries(OPEN, {}).assign(time_loss_days=pd.array([13, None], dtype="Float64"))
    got = subsequent_injuries(rows).iloc[1]
    assert (got["subsequent"], got["days_since_return"]) == ("reinjury", 35 - 14)
    still = rows.assign(time_loss_days=pd.array([60, None], dtype="Float64"))
    assert subsequent_injuries(still)["subsequent"].iloc[1] == "exacerbation"


@pytest.mark.parametrize(
    ("onset", "timing"),
    [
        ("2026-01-31", "early"), ("2026-03-30", "early"), ("2026-03-31", "late"), ("2027-01-31", "late"),
        ("2027-02-01", "delayed"),
    ],
)  # fmt: skip
def test_under_2_months_after_return_is_early_to_12_late_and_then_delayed_as_in_fuller_2006(onset, timing):
    assert recurrence_timing(pd.Timestamp("2026-01-31"), pd.Timestamp(onset)) == timing


VALUES = {
    "region": ["knee", "thigh", "other", None],
    "side": ["left", "right", "both", None],
    "tissue": ["tendon", "muscle", None],
    "return_date": [None, pd.Timestamp("2026-03-10"), pd.Timestamp("2027-03-10")],
}
ROW = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


@settings(max_examples=80, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4), st.data())
def test_a_class_given_with_something_missing_stays_whatever_it_turns_out_to_have_been(rows, data):
    frame = _injuries(*rows)
    got = subsequent_injuries(frame)["subsequent"]
    known = {"region": ["knee", "thigh"], "side": ["left", "right", "both"], "tissue": ["tendon", "muscle"]}
    filled = frame.copy()
    for column, values in known.items():
        filled[column] = [data.draw(st.sampled_from(values)) if pd.isna(v) else v for v in frame[column]]
    late = [o + pd.Timedelta(days=data.draw(st.sampled_from([1, 900]))) for o in frame["onset_date"]]
    filled["return_date"] = filled["return_date"].fillna(pd.Series(late))
    after = subsequent_injuries(filled)["subsequent"]
    sure = got.notna()
    assert got[sure].tolist() == after[sure].tolist()


def test_swapping_left_and_right_changes_no_class():
    rows = [{}, {"side": "right"}, {"side": "both"}, {"tissue": "bone"}, {"side": None}]
    swap = {"left": "right", "right": "left"}
    one = _injuries(*rows)
    other = one.assign(side=one["side"].map(lambda s: swap.get(s, s)))
    pd.testing.assert_frame_equal(subsequent_injuries(one), subsequent_injuries(other))


def test_no_injuries_missing_columns_and_doubled_ids():
    assert len(subsequent_injuries(_injuries({}).head(0))) == 0
    with pytest.raises(HiprunError, match="no column side"):
        subsequent_injuries(_injuries({}).drop(columns="side"))
    with pytest.raises(HiprunError, match="1 repeated ids"):
        subsequent_injuries(_injuries({}, {"injury_id": "0"}))
