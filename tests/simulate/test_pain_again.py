"""Pain drawn again for a simulated cohort is the simulator's own pain."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.panel import athlete_weeks
from analysis.simulate import Simulation, Truth, null_truth, simulate
from analysis.simulate.clean_tables import START
from analysis.simulate.pain_again import draw_pain_again

OTHER_PAIN = Truth(pain_mobility_within=-1.5, pain_noise_sd=2.0, pain_open_injury=4.0, response_share=0.5)
NO_DROPOUT = Truth(dropout_rate_per_week=0.0)


def pain_in_panel(simulation: Simulation) -> np.ndarray:
    """Pain of the panel as athletes x weeks, NaN where not recorded or not watched."""
    panel = athlete_weeks(simulation.tables)
    pain = np.full(simulation.latent_pain.shape, np.nan)
    row = pd.Series(range(len(pain)), simulation.athletes["athlete_id"])
    weeks = ((panel["week_start"] - START).dt.days // 7).to_numpy()
    pain[row[panel["athlete_id"]].to_numpy(), weeks] = panel["pain_nrs"]
    return pain


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("truth", [Truth(), OTHER_PAIN, Truth(injury_rate_per_1000h=60.0)])
def test_with_the_seed_of_the_cohort_it_is_the_pain_of_its_panel(seed, truth):
    made = simulate(n_athletes=13, n_weeks=9, seed=seed, truth=truth)
    np.testing.assert_array_equal(draw_pain_again(made, seed), pain_in_panel(made))


def test_with_another_pain_effect_it_is_the_pain_of_a_whole_cohort_simulated_with_that_effect():
    made, other = (simulate(n_athletes=20, n_weeks=8, seed=6, truth=truth) for truth in (Truth(), OTHER_PAIN))
    np.testing.assert_array_equal(draw_pain_again(made, 6, OTHER_PAIN), pain_in_panel(other))
    assert not np.array_equal(pain_in_panel(made), pain_in_panel(other), equal_nan=True)


def test_nothing_but_the_weekly_reports_depends_on_pain():
    """What makes drawing pain alone exact: under any pain all that comes before it is the same."""
    one, other = (simulate(n_athletes=25, n_weeks=12, seed=8, truth=truth) for truth in (Truth(), OTHER_PAIN))
    for name in one.tables:
        if name == "weekly_reports":
            assert not one.tables[name].equals(other.tables[name])
        else:
            pd.testing.assert_frame_equal(one.tables[name], other.tables[name])


def test_another_seed_draws_other_pain_and_other_answers_of_the_same_weeks_watched():
    made = simulate(n_athletes=30, n_weeks=12, seed=2, truth=Truth(dropout_rate_per_week=0.05))
    one, other = draw_pain_again(made, 101), draw_pain_again(made, 102)
    assert not np.array_equal(np.isnan(one), np.isnan(other))
    both = ~np.isnan(one) & ~np.isnan(other)
    assert (one[both] != other[both]).mean() > 0.3
    assert np.isnan(one[~made.recorded.watched]).all()
    assert np.corrcoef(one[both], other[both])[0, 1] < 0.4


def test_over_many_draws_the_level_and_the_share_of_answers_are_those_of_whole_cohorts():
    size = {"n_athletes": 80, "n_weeks": 5, "truth": NO_DROPOUT}
    made = simulate(**size, seed=5)
    drawn = [draw_pain_again(made, seed) for seed in range(60)]
    whole = [pain_in_panel(simulate(**size, seed=1000 + seed)) for seed in range(12)]
    for statistic in (np.nanmean, np.nanstd, lambda pain: np.isnan(pain).mean()):
        a, b = (np.array([statistic(pain) for pain in pains]) for pains in (drawn, whole))
        assert abs(a.mean() - b.mean()) < 4 * np.hypot(a.std(ddof=1) / np.sqrt(60), b.std(ddof=1) / np.sqrt(12))


def test_previous_injury_stays_that_of_the_cohort():
    truth = dataclasses.replace(null_truth(), pain_previous_injury=6.0, pain_frailty_sd=0.1, pain_level=1.0)
    made = simulate(n_athletes=40, n_weeks=8, seed=2, truth=truth)
    mean = np.nanmean(draw_pain_again(made, 77), axis=1)
    before = made.athletes["previous_injury"].to_numpy()
    assert mean[before].min() > mean[~before].max()


def test_a_truth_that_would_change_what_is_kept_is_refused():
    made = simulate(n_athletes=6, n_weeks=4, seed=2)
    with pytest.raises(HiprunError, match="another value of injury_mobility_within, dropout_rate_per_week"):
        draw_pain_again(made, 2, Truth(injury_mobility_within=0.5, dropout_rate_per_week=0.1))
