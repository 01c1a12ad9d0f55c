"""Incidence with limits and the risk matrix (Bahr et al. 2018, BJSM 52:1018; 2020, BJSM 54:372)."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.errors import HiprunError
from analysis.figures import alt_incidence_plot, alt_risk_matrix, incidence_plot, risk_matrix
from tests.figures import frames


def words(ax) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_rates_cases_and_hours_are_printed_beside_each_group():
    found = words(incidence_plot(frames.rates()))
    for cell in ("6.6 (5.2 to 8.2)", "82", "12\N{NO-BREAK SPACE}448", "0.0 (0.0 to 36.9)"):
        assert cell in found


def test_no_cases_is_an_open_marker_at_zero_with_its_upper_limit():
    ax = incidence_plot(frames.rates().tail(1))
    marker = next(each for each in ax.lines if each.get_marker() == "o")
    assert marker.get_xdata()[0] == 0
    assert marker.get_markerfacecolor() == "white"
    assert ax.lines[0].get_xdata() == pytest.approx([0, 36.889])


def test_a_limit_far_beyond_the_rates_ends_in_an_arrow_so_that_the_rest_can_be_read():
    ax = incidence_plot(frames.rates())
    assert ax.get_xlim()[1] < 36.9
    assert [each.get_marker() for each in ax.lines].count(">") == 1
    assert "Arrow: the interval goes on" in ax.get_xlabel()
    assert "Arrow" not in incidence_plot(frames.rates().head(3)).get_xlabel()


def test_the_shared_figure_hides_cases_below_five_and_what_would_give_them_away():
    ax = incidence_plot(frames.rates(), share=True)
    assert words(ax).count("fewer than 5 cases, not shown") == 2
    assert not {"3", "2.2 (0.5 to 6.6)"} & set(words(ax))
    assert len([each for each in ax.lines if each.get_marker() == "o"]) == 3
    text = alt_incidence_plot(frames.rates())
    assert "Clinic C: fewer than 5 cases in 1\N{NO-BREAK SPACE}336 h." in text
    assert "Clinic A: 8.0 (5.9 to 10.6), 48 cases" in text


def test_a_group_that_would_give_a_smaller_one_away_is_withheld_when_shared_and_only_then():
    """Clinic B has 31 cases; with the total and Clinic A it would give away the 3 of Clinic C."""
    frame = frames.rates().assign(withheld=lambda t: t["group"].str.startswith(("Clinic B", "Clinic C")))
    assert "31" in words(incidence_plot(frame))
    shared = words(incidence_plot(frame, share=True))
    assert "31" not in shared and "withheld with a small group" in shared
    text = alt_incidence_plot(frame)
    assert "outpatients): withheld with a small group in 5\N{NO-BREAK SPACE}010 h." in text and "31" not in text
    rows = frames.risks().assign(withheld=lambda t: t["group"] == "Hamstring")
    assert "Hamstring" in words(risk_matrix(rows))
    drawn = words(risk_matrix(rows, share=True))
    assert "Hamstring" not in drawn
    assert any("or would give such a group away: Hamstring" in t.replace("\n", " ") for t in drawn)
    assert "Hamstring: " not in alt_risk_matrix(rows)


def test_every_group_hidden_still_gives_a_figure():
    ax = incidence_plot(frames.rates().tail(2), share=True)
    assert words(ax).count("fewer than 5 cases, not shown") == 2


def test_negative_rates_are_refused():
    with pytest.raises(HiprunError, match="found a number below 0"):
        incidence_plot(frames.rates().assign(ci_low=-1.0))


def test_on_a_line_of_the_risk_matrix_incidence_times_severity_is_the_burden_named_on_it():
    ax = risk_matrix(frames.risks())
    burdens = [np.unique(np.round(each.get_xdata() * each.get_ydata(), 6)) for each in ax.lines]
    assert [len(b) for b in burdens] == [1] * len(burdens)
    named = [t.get_text().split()[0] for t in ax.texts if t.get_text()[0].isdigit()]
    assert [f"{b[0]:g}" for b in burdens] == named
    assert len(named) >= 2


def test_points_lie_at_severity_and_incidence_and_grow_with_cases():
    ax = risk_matrix(frames.risks())
    points = next(c for c in ax.collections if len(c.get_offsets()) == 7)
    ranked = frames.risks().sort_values("n_cases", ascending=False)
    assert points.get_offsets().tolist() == ranked[["severity_mean_days", "incidence_per_1000_h"]].to_numpy().tolist()
    assert (np.diff(points.get_sizes()) < 0).all()


@pytest.mark.parametrize("spread", [0.002, 0.05, 0.3])
def test_names_of_crowded_points_do_not_overlap_and_stay_inside(spread, overlaps):
    rng = np.random.default_rng(1)
    n = 10
    frame = pd.DataFrame(
        {
            "group": [f"Body region number {i}" for i in range(n)],
            "incidence_per_1000_h": 2 * np.exp(rng.normal(0, spread, n)),
            "severity_mean_days": 10 * np.exp(rng.normal(0, spread, n)),
            "n_cases": rng.integers(5, 60, n),
        }
    )
    frame["burden_per_1000_h"] = frame["incidence_per_1000_h"] * frame["severity_mean_days"]
    ax = risk_matrix(frame)
    assert overlaps(ax) == []
    names = [t for t in ax.texts if t.get_text().startswith("Body")]
    assert len(names) == n
    for name in names:
        box = Text.get_window_extent(name)
        assert ax.bbox.x0 - 1 <= box.x0 and box.x1 <= ax.bbox.x1 + 1


def test_groups_that_have_no_place_on_log_axes_or_may_not_be_shown_are_named_beneath():
    rows = frames.risks()
    rows.loc[5, ["incidence_per_1000_h", "severity_mean_days", "burden_per_1000_h", "n_cases"]] = [0, np.nan, 0, 0]
    assert any("Not drawn, no cases: Low back" in text for text in words(risk_matrix(rows)))
    shared = words(risk_matrix(rows, share=True))
    assert any("fewer than 5 cases: Low back and Thigh" in text for text in shared)
    assert "Thigh" not in shared


def test_the_title_names_the_greatest_burden_and_says_if_a_group_left_out_might_be_greater():
    rows = frames.risks()
    assert risk_matrix(rows).get_title(loc="left").startswith("Greatest burden: Knee (32.")
    assert risk_matrix(rows, share=True).get_title(loc="left").startswith("Greatest burden of those drawn: Knee (32.")


def test_a_burden_that_is_not_the_product_and_a_doubled_group_are_refused():
    with pytest.raises(HiprunError, match="not incidence x mean severity"):
        risk_matrix(frames.risks().assign(burden_per_1000_h=1.0))
    with pytest.raises(HiprunError, match="a group occurs twice"):
        risk_matrix(pd.concat([frames.risks(), frames.risks()]))


def test_the_alt_text_ranks_groups_by_burden():
    text = alt_risk_matrix(frames.risks())
    assert text.startswith("Risk matrix, from greatest to least burden. Knee: 2.3 injuries per 1000 h, 14.0 days lost")
    assert text.index("Lower leg") < text.index("Hip and groin") < text.index("Hamstring")
    assert text.endswith("Not drawn, fewer than 5 cases: Thigh.")
