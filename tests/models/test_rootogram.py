"""Expected counts: closed forms, scipy, known truth."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import fit, zero_inflation
from analysis.models.rootogram import expected_counts


def test_a_poisson_model_of_one_mean_expects_n_e_to_the_minus_m_m_to_the_k_over_k():
    y = np.array([0] * 30 + [1] * 40 + [2] * 20 + [5] * 10)
    frame = pd.DataFrame({"y": y})
    found, mean = expected_counts(fit("y ~ 1", frame, "poisson"), frame), y.mean()
    assert list(found["count"]) == list(range(len(found)))
    assert (found["count"] == found["count_to"]).all()
    assert list(found["observed"][:6]) == [30, 40, 20, 0, 0, 10]
    factorials = np.cumprod(np.r_[1, np.arange(1, len(found))])
    closed = 100 * np.exp(-mean) * mean ** found["count"] / factorials
    assert found["expected"].to_numpy() == pytest.approx(closed.to_numpy(), abs=1e-6)


def test_a_negative_binomial_model_with_offset_expects_the_sum_of_its_rows_probabilities():
    rng = np.random.default_rng(7)
    frame = pd.DataFrame({"x": rng.normal(size=400), "athlete": np.repeat(np.arange(40), 10)})
    frame["hours"] = rng.uniform(1, 6, 400)
    frame["off"] = np.log(frame["hours"])
    mean = frame["hours"] * np.exp(-1 + 0.4 * frame["x"] + rng.normal(0, 0.3, 40)[frame["athlete"]])
    frame["y"] = rng.negative_binomial(1.5, 1.5 / (1.5 + mean))
    model = fit("y ~ x + offset(off) + (1 | athlete)", frame, "negativebinomial")
    found = expected_counts(model, frame)
    d, m = model.dispersion, model.fitted.to_numpy()
    by_row = [stats.nbinom.pmf(k, d, d / (d + m)).sum() for k in found["count"]]
    assert found["expected"].to_numpy() == pytest.approx(np.array(by_row), abs=1e-8)
    assert found["expected"][0] == pytest.approx(zero_inflation(model, frame).expected)
    assert found["observed"].sum() == 400
    assert 399.5 <= found["expected"].sum() <= 400


def test_many_values_are_joined_and_zero_stays_alone():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"y": np.r_[0, 0, rng.negative_binomial(3, 3 / 403, 300)]})
    found = expected_counts(fit("y ~ 1", frame, "negativebinomial"), frame)
    assert tuple(found.loc[0, ["count", "count_to"]]) == (0, 0)
    assert len(found) <= 62
    widths = found["count_to"] - found["count"] + 1
    assert widths[1:].nunique() == 1
    assert (found["count"][1:].to_numpy() == found["count_to"][:-1].to_numpy() + 1).all()
    for row in found.itertuples():
        assert row.observed == frame["y"].between(row.count, row.count_to).sum()
    assert found["expected"].sum() == pytest.approx(302, abs=0.5)


def test_added_zeros_stand_out_and_the_true_model_is_met():
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"x": rng.normal(size=3000)})
    y = rng.poisson(np.exp(0.7 + 0.4 * frame["x"]))
    for extra, gap in ((0.0, None), (0.2, 5)):
        data = frame.assign(y=np.where(rng.uniform(size=3000) < extra, 0, y))
        found = expected_counts(fit("y ~ x", data, "poisson"), data)
        roots = np.sqrt(found["observed"]) - np.sqrt(found["expected"])
        if gap is None:
            assert roots.abs().max() < 2  # four SDs of a root
        else:
            assert roots[0] > gap


def test_other_families_weights_and_frames_are_refused(weeks):
    with pytest.raises(HiprunError, match="expected_counts: found family 'binomial', expected a model of counts"):
        expected_counts(fit("inj01 ~ mob", weeks.assign(inj01=weeks["inj"] > 0), "binomial"), weeks)
    model = fit("inj ~ mob", weeks, "poisson")
    with pytest.raises(HiprunError, match="expected_counts: "):
        expected_counts(model, weeks.assign(mob=weeks["mob"] + 1))
    weighted = fit("inj ~ mob", weeks.assign(w=2.0), "poisson", weights="w")
    with pytest.raises(HiprunError, match="expected_counts: found a fit with weights"):
        expected_counts(weighted, weeks.assign(w=2.0))
