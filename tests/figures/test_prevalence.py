"""Weekly prevalence: every week by itself, small counts left out of what is shared."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_prevalence_by_week, prevalence_by_week


@pytest.fixture
def weekly():
    n_problem = [10, 3, 8, 12]
    rows = pd.DataFrame({"week_in_programme": range(4), "n_answered": 40, "n_problem": n_problem})
    rows["prevalence"] = rows["n_problem"] / 40
    rows = rows.assign(ci_low=rows["prevalence"] - 0.05, ci_high=rows["prevalence"] + 0.1)
    few = rows.assign(n_problem=2, prevalence=0.05, ci_low=0.01, ci_high=0.1)
    return pd.concat([rows.assign(measure="Any health problem"), few.assign(measure="Substantial problem")])


def middle(ax):
    return ax.lines[0].get_ydata()


def test_the_line_is_the_share_with_a_problem(weekly):
    fig = prevalence_by_week(weekly)
    assert middle(fig.axes[0]).tolist() == [0.25, 0.075, 0.2, 0.3]
    assert fig.axes[0].get_ylabel() == "Share of answered reports"
    plt.close(fig)


def test_weeks_with_fewer_than_five_problems_are_not_shared(weekly):
    fig = prevalence_by_week(weekly, share=True)
    assert pd.isna(middle(fig.axes[0])).tolist() == [False, True, False, False]
    assert pd.isna(middle(fig.axes[1])).all()
    assert "fewer than 5" in fig.axes[1].texts[0].get_text()
    alt = alt_prevalence_by_week(weekly)
    assert "from 20% in week 2 to 30% in week 3, in the 3 of 4 weeks" in alt
    assert "Substantial problem: no week has 5 problems" in alt
    plt.close(fig)


def test_a_missing_column_is_named(weekly):
    with pytest.raises(HiprunError, match="n_problem"):
        prevalence_by_week(weekly.drop(columns="n_problem"))
