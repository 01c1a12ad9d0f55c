"""One Poisson fit serves the estimates and the comparison with the negative binomial."""

import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_injury_model
from analysis.claims.injuries import counts as module
from analysis.claims.injuries.counts import fit_counts
from analysis.errors import HiprunError
from analysis.study import Study
from tests.claims.injury_panels import injury_weeks

STUDY = Study(confidence_level=0.9)


@pytest.fixture(scope="module")
def plan():
    return plan_injury_model(injury_weeks(3, n_athletes=30)[0], STUDY)


def test_the_fit_is_that_of_the_plan_and_the_choice_holds_both_families(plan):
    made, choice = fit_counts(plan, STUDY)
    pd.testing.assert_frame_equal(made.estimates, fit_plan(plan, STUDY).estimates)
    assert made.df_method == "Satterthwaite, CR2 by athlete_id"
    assert choice.poisson.family == "poisson" and choice.dispersion_ratio > 0


def test_where_the_families_cannot_be_compared_the_fit_stays(plan, monkeypatch):
    def fails(*_, **__):
        raise HiprunError("neither model converged")

    monkeypatch.setattr(module, "choose_count_model", fails)
    made, choice = fit_counts(plan, STUDY)
    assert choice is None and made.converged
