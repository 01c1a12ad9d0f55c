"""Response calendar."""

import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_response_calendar, response_calendar
from tests.figures import frames

MONDAYS = pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-26"])


def small() -> pd.DataFrame:
    """A answers 1 of 3, B 2 of 2 (one in part), nobody is expected in the week of 19 January."""
    rows = [
        ("A", 0, "answered"), ("A", 1, "not answered"), ("A", 2, "not answered"),
        ("B", 0, "answered"), ("B", 1, "partly"), ("B", 2, "not expected"),
    ]  # fmt: skip
    return pd.DataFrame([(a, MONDAYS[w], s) for a, w, s in rows], columns=["athlete_id", "week_start", "state"])


def heat(fig):
    return fig.axes[1].collections[0].get_array().reshape(-1, fig.axes[0].patches.__len__()).tolist()


def test_the_athlete_of_most_answers_is_on_top_and_a_week_without_rows_is_not_expected():
    assert heat(response_calendar(small())) == [[0, 1, 3, 3], [0, 2, 3, 2]]


def test_the_strip_gives_answered_over_expected_by_week_and_nothing_where_none_was_expected():
    heights = [bar.get_height() for bar in response_calendar(small()).axes[0].patches]
    assert heights[:2] == [100, 50]
    assert heights[2] != heights[2]
    assert heights[3] == 0


def test_athletes_whose_reports_were_not_expected_for_long_come_last_and_ties_make_no_stairs():
    weeks = pd.date_range("2026-01-05", periods=20, freq="7D")
    rows = [(f"A{i:02d}", w, "not answered" if w == gap else "answered") for i, gap in enumerate(weeks) for w in weeks]
    rows += [("left early", w, "answered") for w in weeks[:2]]
    shown = heat(response_calendar(pd.DataFrame(rows, columns=["athlete_id", "week_start", "state"])))
    assert shown[-1] == [0, 0] + [3] * 18
    gaps = [row.index(2) for row in shown[:-1]]
    assert sorted(gaps) == list(range(20))
    assert abs(pd.Series(gaps).corr(pd.Series(range(20)))) < 0.5


def test_rows_do_not_depend_on_ids():
    renamed = small().replace({"athlete_id": {"A": "Z", "B": "Y"}})
    swapped = small().replace({"athlete_id": {"A": "B", "B": "A"}})
    assert heat(response_calendar(small())) == heat(response_calendar(renamed)) == heat(response_calendar(swapped))


@pytest.mark.parametrize("n_athletes", [12, 60, 600])
def test_every_athlete_has_a_row_that_is_seen_in_print(n_athletes):
    ax = response_calendar(frames.calendar(n_athletes)).axes[1]
    ax.figure.draw_without_rendering()
    row_pt = ax.bbox.height / ax.figure.dpi * 72 / n_athletes
    assert ax.get_ylim() == (n_athletes, 0)
    assert row_pt > {12: 8, 60: 3, 600: 0.4}[n_athletes]


def test_unknown_states_doubled_weeks_and_other_weekdays_are_refused_without_naming_anyone():
    with pytest.raises(HiprunError, match="found state late; expected one of answered, partly"):
        response_calendar(small().assign(state="late"))
    doubled = pd.concat([small(), small().head(1)])
    with pytest.raises(HiprunError, match="1 rows repeat athlete_id and week_start"):
        response_calendar(doubled)
    tuesday = small()
    tuesday.loc[1, "week_start"] += pd.Timedelta(days=1)
    with pytest.raises(HiprunError, match="expected Mondays"):
        response_calendar(tuesday)


def test_the_alt_text_states_response_overall_and_by_week():
    assert alt_response_calendar(small()) == (
        "Calendar of 2 athletes by 4 weeks. 60% of 5 expected reports were answered at least in part. "
        "By week it ranged from 0% (week of 26 January 2026) to 100% (week of 5 January 2026)."
    )
    assert alt_response_calendar(small().assign(state="not expected")).endswith("No weekly report was expected.")
