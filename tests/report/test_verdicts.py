"""The sentence says the reading, whether it moves, what moved it, and what the controls found."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from analysis.report import read_e_values, read_overall, read_verdicts, verdict_table
from analysis.report.verdicts import read_e_value, read_verdict

GIVEN = {
    "title": "Mobility work and pain", "words": "Mobility work, +30 min/week (weekly hip pain)", "unit": "points",
    "status": "stays", "reading": "supported", "by_interval": "supported", "p_holm": 0.012, "estimate": -0.41,
    "ci_low": -0.62, "ci_high": -0.2, "scale": "difference", "n_comparable": 18, "n_same": 18, "moved": (),
    "across": (), "lowest": -0.55, "highest": -0.3, "without": (), "shifted": (),
    "controls": (("illness as outcome", False),), "n_shifted": 4, "n_athletes": 59,
}  # fmt: skip


def said(**changed):
    return read_verdict(SimpleNamespace(**(GIVEN | changed)))


def test_a_reading_that_stays_is_said_with_its_numbers():
    assert said() == (
        "Mobility work and pain: mobility work, +30 min/week (weekly hip pain): the reading is “supported” (−0.41 "
        "points, 95 % interval −0.62 to −0.20; p after Holm 0.012). "
        "It does not move: it is the same in all 18 alternative analyses. The estimates run from "
        "−0.55 to −0.30 points. "
        "It would be the same if the weeks without an answer differed from what was imputed as far as was tried. "
        "Where nothing should be found, nothing clear was found (illness as outcome)."
    )


def test_what_moved_it_is_named_by_the_reading_it_gave():
    moved = (("clinic B left out", "undecided"), ("a half-life of 6 weeks", "undecided"), ("no adjustment", "against"))
    text = said(status="turns", n_same=15, moved=moved, across=("no adjustment",))
    assert "It turns: the alternatives do not agree on the direction, and it is the same in only 15 of 18" in text
    assert "“undecided” with clinic B left out and a half-life of 6 weeks; “against” with no adjustment." in text
    assert "1 of them lies on the other side of no effect." in text


def test_many_that_moved_it_are_counted():
    moved = tuple((f"clinic {name} left out", "undecided") for name in "ABCDEF")
    text = said(status="weakens", n_same=12, moved=moved)
    assert "clinic A left out, clinic B left out, clinic C left out and 3 more." in text


def test_a_ratio_has_two_decimals_and_no_unit():
    text = said(scale="IRR", estimate=0.8, ci_low=0.7, ci_high=0.95, lowest=0.75, highest=0.9, n_shifted=0)
    assert "(IRR 0.80, 95 % interval 0.70 to 0.95; p after Holm 0.012)" in text
    assert "0.70 to 0.95)" in said(scale="IRR", estimate=0.8, ci_low=0.7, ci_high=0.95, p_holm=np.nan)
    assert "run from 0.75 to 0.90. " in text
    assert "weeks without an answer" not in text


def test_a_control_that_found_something_and_a_stress_test_that_tips_are_said():
    text = said(
        controls=(("illness as outcome", False), ("hip work done afterwards", True)),
        shifted=(("1 point lower than imputed", "undecided"), ("2 points lower than imputed", "undecided")),
        without=("GEE, averaged over runners",),
    )
    assert (
        "A control found what should not be there (hip work done afterwards): something that was not measured" in text
    )
    assert "nothing clear was found (illness as outcome)" in text
    assert "were 1 point lower than imputed or 2 points lower than imputed." in text
    assert "No estimate could be made with GEE, averaged over runners." in text


def test_without_a_primary_estimate_or_an_alternative_nothing_is_claimed():
    assert said(status="nothing to compare", estimate=np.nan).endswith(
        "there is no primary estimate, so that nothing can be varied."
    )
    assert said(status="nothing to compare").endswith("it is not known whether the reading moves.")


def test_verdicts_come_as_texts_with_the_runners_they_rest_on():
    frame = read_verdicts([SimpleNamespace(**GIVEN)], level=0.9)
    assert frame["n_athletes"].tolist() == [59]
    assert "90 % interval" in frame["text"].iloc[0]
    assert read_verdicts([]).empty


def test_a_reading_that_holm_takes_away_is_said_beside_that_of_the_interval_alone():
    text = said(reading="undecided", p_holm=0.2)
    assert "the reading is “undecided” (−0.41 points, 95 % interval −0.62 to −0.20; p after Holm 0.20). By its" in text
    assert "By its interval alone, as the other analyses are read, it would be “supported”. It does not move" in text


def test_the_first_sentence_counts_the_effects_and_what_becomes_of_the_clear_ones():
    def given(status, is_clear=True, estimate=-0.4):
        return SimpleNamespace(status=status, is_clear=is_clear, estimate=estimate)

    some = [given("stays"), given("weakens"), given("weakens"), given("differs", is_clear=False), given("turns")]
    assert read_overall([*some, given("nothing to compare", is_clear=False, estimate=np.nan)]) == (
        "Of 5 effects of the primary claims 4 are clear of no effect by the interval alone, or clear on both sides in "
        "other analyses. Of these, 1 is read the same in every other analysis, 2 are not in some of them, and 1 is "
        "clear on the other side in at least one."
    )
    said = read_overall(some[1:3])
    assert "Of these, none is read the same in every other analysis, 2 are not in some of them, and none is" in said
    assert said.endswith("clear on the other side in any.")
    assert read_overall(some[3:4]).startswith("Of 1 effect of the primary claims none is clear of no effect")
    assert read_overall([]).startswith("No effect of a primary claim could be estimated")


def test_the_table_of_verdicts_has_a_row_an_effect_with_an_estimate_and_says_what_moved_it():
    moved = tuple((f"clinic {name} left out", "undecided") for name in "ABCDEF")
    small = "compatible with no effect of a size that matters"
    given = [
        SimpleNamespace(**GIVEN),
        SimpleNamespace(**GIVEN | {"moved": moved, "n_same": 12, "status": "weakens", "reading": small}),
        SimpleNamespace(**GIVEN | {"estimate": np.nan, "status": "nothing to compare", "n_comparable": 0}),
    ]
    table = verdict_table(given)
    assert table["same in"].tolist() == ["18 of 18", "12 of 18"]
    assert table["moved by"].tolist() == ["", "clinic A left out, clinic B left out, clinic C left out and 3 more"]
    assert table["reading"].tolist() == ["supported", "no effect that matters"]
    assert verdict_table([]).empty and "n_athletes" in verdict_table([])


def test_an_e_value_is_said_for_the_estimate_and_for_the_interval_where_there_is_something_to_explain():
    rows = pd.DataFrame(
        {
            "words": ["A", "B", "C"],
            "e_value": [2.5, 1.4, np.nan],
            "e_value_limit": [1.5, 1.0, np.nan],
            "n_athletes": [9, 9, 0],
        }
    )
    (text,) = read_e_values(rows)["text"].tolist()
    assert "risk ratio of 2.50 or more to explain the whole estimate (E-value), and by 1.50 or more" in text
    assert read_e_value(rows.loc[1]).endswith("the interval holds no association already.")
