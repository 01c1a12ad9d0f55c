"""From a fit to every figure of it: the tables of the models' room are drawn as they are."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures
from analysis.models import explained, fit, quantile_residuals
from analysis.models.bootstrap import parametric_bootstrap, random_intervals
from analysis.models.influence import leave_out
from analysis.models.rootogram import expected_counts


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """30 athletes, 12 weeks: pain with a slope of each athlete's own, and counts."""
    rng = np.random.default_rng(20260303)
    frame = pd.DataFrame({"athlete": np.repeat([f"ATH{i:02d}" for i in range(30)], 12), "mob": rng.normal(size=360)})
    own = np.repeat(rng.normal(0, [0.8, 0.3], (30, 2)), 12, axis=0)
    frame["pain"] = 2 + own[:, 0] + (0.5 + own[:, 1]) * frame["mob"] + rng.normal(size=360)
    return frame.assign(cases=rng.poisson(np.exp(0.2 * frame["mob"] + 0.5 * own[:, 0])))


@pytest.fixture(scope="module")
def pain(rows):
    return fit("pain ~ mob + (1 + mob | athlete)", rows)


def test_modes_are_drawn_one_panel_a_random_term(pain):
    panels = figures.caterpillar_plot(pain.conditional_modes).axes
    assert [ax.get_title(loc="left") for ax in panels] == ["athlete: (Intercept)", "athlete: mob"]
    assert "athlete, mob: 30 levels" in figures.alt_caterpillar_plot(pain.conditional_modes)


def test_quantile_residuals_of_a_right_model_lie_in_the_band(pain, rows):
    table = pd.concat([pain.fitted, quantile_residuals(pain, rows, seed=1)], axis=1)
    assert len(figures.quantile_residual_check(table).axes) == 2
    words = figures.alt_quantile_residual_check(table)
    assert float(words.split("% of the ordered")[0].split()[-1]) > 80


def test_influence_is_drawn_from_the_table_and_the_estimates(pain, rows):
    table = leave_out(pain, rows, "athlete", terms=["mob"])
    _, below = figures.influence_plot(table, pain.estimates, "mob", "Slope (NRS points)").axes
    assert sum(bar.get_height() for bar in below.containers[0]) == 30
    assert "Leaving out each of 30 athletes" in figures.alt_influence_plot(table, pain.estimates, "mob")
    assert figures.influence_plot(table, pain.estimates, "mob", "Slope (NRS points)", share=True).axes


def test_replicates_and_random_effects_are_drawn_with_their_intervals(pain, rows):
    found = parametric_bootstrap(pain, rows, n=40, seed=1)
    titles = [ax.get_title(loc="left") for ax in figures.replicate_plot(found.table, found.intervals()).axes]
    assert titles[:3] == ["(Intercept)", "mob", "sd athlete: (Intercept)"]
    assert "sd Residual" in titles
    sds, corrs = figures.random_effects_plot(random_intervals(pain, rows, n=40, seed=1), "NRS points").axes
    assert [t.get_text() for t in corrs.get_yticklabels()] == ["athlete: mob with (Intercept)"]
    assert [t.get_text() for t in sds.get_yticklabels()][-1] == "Residual"


def test_counts_are_drawn_against_the_expected(rows):
    table = expected_counts(fit("cases ~ mob + (1 | athlete)", rows, "poisson"), rows)
    assert len(figures.rootogram(table).containers[0]) == len(table)
    assert f"observed {(rows['cases'] == 0).sum()}" in figures.alt_rootogram(table)


def test_shares_of_the_variance_are_those_of_r2(pain, rows):
    found = explained(pain, rows)
    left = found.random_variance + found.residual_variance
    groups = {group: icc * left for group, icc in found.icc_by_group.items()}
    parts = {"fixed effects": found.fixed_variance, **groups, "residual": found.residual_variance}
    ax = figures.variance_shares(pd.DataFrame({"part": list(parts), "variance": list(parts.values())}))
    assert ax.containers[0][0].get_width() == pytest.approx(found.r2_marginal)
    assert ax.containers[-1][0].get_x() == pytest.approx(found.r2_conditional)
