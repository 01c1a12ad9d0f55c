"""How runners' own effects differ: nothing where drift alone makes slopes differ, the SD where they do."""

import numpy as np
import pytest

from analysis.claims import fit_plan, plan_injury_model, plan_pain_model
from analysis.claims.effects.spread import spread_of_effects, spread_table
from analysis.errors import HiprunError
from analysis.models import fit
from analysis.study import Study
from tests.claims.synthetic import panel

STUDY = Study()


def spread(table, **options):
    plan = plan_pain_model(table, STUDY)
    return spread_of_effects(plan, fit_plan(plan, STUDY), "mobility", STUDY, **options)


@pytest.fixture(scope="module")
def differing():
    return spread(panel(50, 24, mobility=lambda d: -0.4 * d, slope_sd=0.8, seed=2))


def test_drift_makes_slopes_differ_that_do_not_and_the_shuffled_doses_show_it():
    """Nobody has a slope; weeks resemble the last by 0.7. The plain model has slopes with an SD of 0.2 or more."""
    found = [spread(panel(40, 24, drift=0.7, seed=seed)) for seed in (1, 2, 3)]
    assert np.mean([one.found for one in found]) > 0.04
    assert not any(one.is_shown for one in found)
    assert all(one.limits[0] == 0 for one in found)
    assert np.mean([one.found - one.chance for one in found]) == pytest.approx(0, abs=0.05)


def test_the_spread_of_effects_is_found_with_limits(differing):
    assert differing.is_shown
    low, high = differing.limits
    assert 0 < low < 0.8 < high
    assert differing.sd == pytest.approx(0.8, abs=0.25)
    assert differing.share_below() == pytest.approx(0.69, abs=0.15), "normal(-0.4, 0.8) below 0"


def test_predicted_effects_are_shrunk_conditional_modes_about_the_mean(differing):
    effects = differing.effects()
    modes = differing.ladder.fit.conditional_modes
    modes = modes[modes["term"] == "mobility_within"]["value"].to_numpy()
    kept = differing.sd**2 / differing.found
    assert 0 < kept <= 1
    assert effects["value"].to_numpy() == pytest.approx(differing.mean + kept * modes)
    assert (effects["sd"] <= differing.sd + 1e-9).all()
    assert effects["level"].nunique() == 50


@pytest.mark.parametrize(("slope_sd", "seed", "kept"), [(0.5, 4, True), (0.0, 2, False)])
def test_the_variance_is_that_of_the_random_slope_whether_or_not_the_ladder_keeps_it(slope_sd, seed, kept):
    table = panel(14, 10, slope_sd=slope_sd, seed=seed)
    plan = plan_pain_model(table, STUDY)
    found = spread_of_effects(plan, fit_plan(plan, STUDY), "mobility", STUDY, shuffles=3, draws=3)
    by_hand = fit(plan.formula.replace("(1 | athlete_id)", "(1 + mobility_within | athlete_id)"), plan.frame)
    sd = by_hand.random_effects.set_index("term").loc["mobility_within", "sd"]
    assert (found.ladder.fit.formula == by_hand.formula) is kept
    assert found.found == pytest.approx(sd**2)
    assert len(found.by_chance) == 3


def test_the_same_seed_gives_the_same_numbers():
    table = panel(12, 12)
    first, second = (spread(table, shuffles=5, draws=9) for _ in range(2))
    assert spread_table([first]).equals(spread_table([second]))


def test_what_cannot_be_asked_is_said():
    table = panel(9, 12)
    with pytest.raises(HiprunError, match="fewer than 10 runners"):
        spread(table)
    plan = plan_pain_model(panel(12, 12).assign(mobility_dose_within_min=0.0), STUDY)
    with pytest.raises(HiprunError, match="mobility work is not in the model"):
        spread_of_effects(plan, fit_plan(plan, STUDY), "mobility", STUDY)


def test_events_are_not_asked():
    rng = np.random.default_rng(1)
    table = panel(20, 12)
    table = table.assign(new_injuries=rng.poisson(0.3, len(table)), at_risk=True, log_exposure_h=1.0)
    plan = plan_injury_model(table, STUDY)
    with pytest.raises(HiprunError, match="not of events"):
        spread_of_effects(plan, fit_plan(plan, STUDY), "mobility", STUDY)
