"""Curves of dose and response: a line stays a line, a bend is found, and the points are those of the model."""

import numpy as np
import pandas as pd
import pytest
from formulaic import model_matrix

from analysis.claims import fit_plan, plan_pain_model
from analysis.claims.effects.dose_response import (
    bend,
    bend_terms,
    dose_response,
    knots_of,
    natural_spline,
    straightness,
)
from analysis.errors import HiprunError
from analysis.models import comparison
from analysis.study import Study
from tests.claims.synthetic import panel

STUDY = Study()


def asked(table):
    plan = plan_pain_model(table, STUDY)
    line = fit_plan(plan, STUDY)
    return bend(plan, line, STUDY), line


def test_the_spline_spans_what_formulaics_natural_spline_spans():
    x = np.linspace(-2, 3, 200)
    knots = [-1.2, -0.3, 0.5, 1.9]
    own = np.column_stack([np.ones_like(x), x, natural_spline(x, knots)])
    inner, outer = "[-0.3, 0.5]", "lower_bound=-1.2, upper_bound=1.9, extrapolation='extend'"
    theirs = model_matrix(f"0 + cr(x, knots={inner}, {outer})", pd.DataFrame({"x": x})).to_numpy()
    inside = (x > -1.2) & (x < 1.9)
    fitted = own[inside] @ np.linalg.lstsq(own[inside], theirs[inside])[0]
    assert np.allclose(fitted, theirs[inside], atol=1e-8)


def test_the_spline_is_zero_at_zero_and_straight_beyond_its_outermost_knots():
    knots = [-1.0, 0.2, 1.0, 2.0]
    assert np.allclose(natural_spline(np.zeros(1), knots), 0)
    for beyond in (np.linspace(-9, -1, 30), np.linspace(2, 9, 30)):
        assert np.allclose(np.diff(natural_spline(beyond, knots), n=2, axis=0), 0, atol=1e-9)
    with pytest.raises(HiprunError, match="each above the last"):
        natural_spline(np.zeros(3), [0.0, 0.0, 1.0])


def test_a_truth_that_is_a_line_gives_a_curve_that_is_the_line():
    """With next to no noise within athletes the spline finds -0.3 per step at every point, and its bends are 0."""
    table = panel(mobility=lambda d: -0.3 * d, stability=lambda d: 0.2 * d, noise_sd=0.01)
    bent, line = asked(table)
    points = dose_response(bent, line, STUDY).set_index(["kind", "shape"])
    for kind, slope in (("mobility", -0.3), ("stability", 0.2)):
        for shape in ("curve", "line"):
            rows = points.loc[(kind, shape)]
            assert np.allclose(rows["estimate"], slope * rows["dose_min"] / 30, atol=0.005)


def test_a_bent_truth_is_told_from_a_line_and_the_curve_follows_it():
    """Less pain the more work, but less and less so: -0.5 d + 0.3 d²."""
    bent, line = asked(panel(60, 26, mobility=lambda d: -0.5 * d + 0.3 * d**2, seed=4))
    p = straightness(bent).set_index("kind")["p_value"]
    assert p["mobility"] < 0.001
    assert p["stability"] > 0.01
    points = dose_response(bent, line, STUDY)
    steps = points["dose_min"] / 30
    points = points.assign(truth=-0.5 * steps + 0.3 * steps**2)[points["kind"] == "mobility"]
    off = (points["estimate"] - points["truth"]).abs().groupby(points["shape"]).mean()
    assert off["curve"] < off["line"] / 2
    curve = points[points["shape"] == "curve"]
    assert ((curve["ci_low"] <= curve["truth"]) & (curve["truth"] <= curve["ci_high"])).mean() > 0.8


def test_a_straight_truth_is_called_bent_as_often_as_the_level_says():
    p = [straightness(asked(panel(20, 12, seed=s, drift=0.6))[0])["p_value"].min() for s in range(100, 120)]
    assert sum(value < 0.05 for value in p) <= 5, (
        "of 20 cohorts with two tests each: Binomial(20, 0.0975), P(> 5) = 0.01"
    )


def test_a_point_of_the_curve_is_the_models_own_comparison():
    bent, line = asked(panel(seed=7, mobility=lambda d: 0.2 * d**2))
    points = dose_response(bent, line, STUDY)
    row = points[(points["kind"] == "mobility") & (points["shape"] == "curve")].iloc[3]
    dose = row["dose_min"] / 30
    names = bend_terms("mobility", bent.knots["mobility"])
    bends = natural_spline(np.array([dose]), bent.knots["mobility"])[0]
    at = {"mobility_within": dose, **dict(zip(names, bends, strict=True))}
    found = comparison(bent.made, bent.plan.frame, at, dict.fromkeys(at, 0.0)).iloc[0]
    assert [row["estimate"], row["ci_low"], row["ci_high"]] == pytest.approx(
        [found["estimate"], found["ci_low"], found["ci_high"]]
    )


def test_at_the_habit_there_is_no_difference_and_every_week_shown_is_counted_once():
    bent, line = asked(panel(seed=8))
    points = dose_response(bent, line, STUDY)
    habit = points[points["dose_min"] == 0]
    assert (habit[["estimate", "ci_low", "ci_high"]] == 0).all(axis=None)
    curve = points[(points["shape"] == "curve") & (points["kind"] == "stability")]
    rows = bent.plan.frame["stability_within"] * 30
    step = np.diff(curve.loc[curve["n_weeks_near"].notna(), "dose_min"]).mean() / 2
    inside = rows.between(curve["dose_min"].min() - step, curve["dose_min"].max() + step)
    assert curve["n_weeks_near"].sum() == inside.sum()


def test_three_knots_below_thirty_athletes_and_none_where_weeks_are_alike():
    deviations = pd.Series(np.random.default_rng(1).normal(size=500))
    assert len(knots_of(deviations, 29)) == 3
    assert knots_of(deviations, 30) == pytest.approx(deviations.quantile([0.05, 0.35, 0.65, 0.95]))
    assert knots_of(pd.Series([0.0] * 480 + [1.0] * 20), 60) is None


def test_a_kind_without_variation_is_left_a_reason_and_none_at_all_is_refused():
    table = panel(12, 12)
    bent, _ = asked(table.assign(stability_dose_within_min=0.0))
    assert list(bent.knots) == ["mobility"]
    assert bent.reasons == {"stability": "the same in every week"}
    steady = table["week_in_programme"].eq(5) * 30.0
    plan = plan_pain_model(table.assign(stability_dose_within_min=0.0, mobility_dose_within_min=steady), STUDY)
    with pytest.raises(HiprunError, match="same dose of mobility work"):
        bend(plan, fit_plan(plan, STUDY), STUDY)
