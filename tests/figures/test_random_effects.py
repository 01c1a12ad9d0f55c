"""Standard deviations and correlations of random effects."""

import numpy as np
import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.figures import alt_random_effects_plot, random_effects_plot
from tests.figures import model_frames as frames


def words(ax) -> list[str]:
    return [t.get_text() for t in ax.texts]


def test_sds_start_at_0_and_correlations_run_from_minus_1_to_1():
    sds, corrs = random_effects_plot(frames.random_effects(), "NRS points").axes
    assert sds.get_xlim()[0] == pytest.approx(0, abs=0.02)
    assert corrs.get_xlim() == pytest.approx((-1.03, 1.03))
    assert [t.get_text() for t in sds.get_yticklabels()][:2] == ["athlete: (Intercept)", "athlete: mob"]


def test_estimates_are_printed_and_one_without_an_interval_stands_alone():
    sds, corrs = random_effects_plot(frames.random_effects()).axes
    assert {"0.82 (0.68 to 1.01)", "0.30 (0.08 to not bounded)", "1.10"} <= set(words(sds))
    assert "−0.35 (−1.00 to 0.30)" in words(corrs)
    assert [line.get_marker() for line in sds.lines].count(">") == 1


def test_a_singular_model_with_sds_of_0_is_drawn():
    table = frames.random_effects(corr=False).assign(estimate=0.0, ci_low=0.0, ci_high=0.0)
    (ax,) = random_effects_plot(table).axes
    assert ax.get_xlim()[1] > 0
    assert words(ax).count("0.00 (0.00 to 0.00)") == 4


def test_one_boundless_limit_does_not_flatten_the_rest():
    table = frames.random_effects(corr=False)
    table.loc[0, "ci_high"] = 1e6
    assert random_effects_plot(table).axes[0].get_xlim()[1] < 10


def test_the_alt_text_states_every_parameter():
    text = alt_random_effects_plot(frames.random_effects())
    assert "Standard deviation of athlete: mob: 0.21 (0.00 to 0.34)." in text
    assert "Standard deviation of Residual: 1.10." in text
    assert "Correlation of athlete: mob with (Intercept): −0.35 (−1.00 to 0.30)." in text


def test_other_parameters_impossible_values_and_doubled_rows_are_refused():
    table = frames.random_effects()
    with pytest.raises(HiprunError, match="found parameter 'variance'"):
        random_effects_plot(table.assign(parameter="variance"))
    with pytest.raises(HiprunError, match="a negative SD or a correlation beyond"):
        random_effects_plot(table.assign(estimate=-0.1))
    with pytest.raises(HiprunError, match="1 rows repeat parameter and group and term"):
        random_effects_plot(pd.concat([table, table.head(1)]))
    assert np.isnan(table["ci_low"]).sum() == 1


def test_a_correlation_is_named_with_the_first_term_where_the_table_shows_which_that_is():
    table = frames.random_effects().replace({"term": {"mob with (Intercept)": "mob"}})
    corrs = random_effects_plot(table).axes[1]
    assert [t.get_text() for t in corrs.get_yticklabels()] == ["athlete: mob with (Intercept)"]
    apart = pd.concat([table, table[1:2].assign(term="stab")])  # of two sets of terms, which has the correlation?
    corrs = random_effects_plot(apart).axes[1]
    assert [t.get_text() for t in corrs.get_yticklabels()] == ["athlete: mob"]


def test_a_correlation_that_is_not_defined_keeps_its_row():
    table = frames.random_effects()
    table.loc[4, ["estimate", "ci_low", "ci_high"]] = np.nan
    assert "not estimated" in words(random_effects_plot(table).axes[1])
