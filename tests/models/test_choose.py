"""Negative binomial against Poisson by the stated rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import HiprunError
from analysis.models import choose, choose_count_model, fit


def _counts(rng, theta, n=400):
    frame = pd.DataFrame({"x": rng.normal(size=n)})
    mean = np.exp(0.5 + 0.3 * frame["x"].to_numpy())
    return frame.assign(y=rng.poisson(mean if theta is None else mean * rng.gamma(theta, 1 / theta, n)))


def test_overdispersed_counts_are_negative_binomial_and_the_reason_says_why(weeks):
    found = choose_count_model("injnb ~ mob + stab + offset(off) + (1 | athlete)", weeks)
    direct = fit("injnb ~ mob + stab + offset(off) + (1 | athlete)", weeks, "negativebinomial")
    assert found.family == "negativebinomial"
    assert found.fit is found.negativebinomial
    assert found.fit.loglik == pytest.approx(direct.loglik)
    chi2 = 2 * (found.negativebinomial.loglik - found.poisson.loglik)
    assert found.test.p_value == pytest.approx(stats.chi2.sf(chi2, 1) / 2)
    assert found.delta_aic == pytest.approx(chi2 - 2)
    assert f"likelihood ratio {chi2:.2f}" in found.reason


def test_the_rule_takes_poisson_at_a_ratio_of_2_70_and_not_at_2_71(weeks, monkeypatch):
    poisson, other = fit("inj ~ mob", weeks, "poisson"), fit("inj ~ mob", weeks, "negativebinomial")
    for ratio, family in [(2.70, "poisson"), (2.71, "negativebinomial")]:
        loglik = poisson.loglik + ratio / 2
        near = replace(other, loglik=loglik, aic=2 * 3 - 2 * loglik)
        fits = {"poisson": poisson, "negativebinomial": near}
        monkeypatch.setattr(choose, "fit", lambda formula, frame, name, fits=fits, **_: fits[name])
        assert choose_count_model("inj ~ mob", weeks).family == family


def test_poisson_counts_are_called_overdispersed_5_percent_of_the_time_and_true_ones_nearly_always():
    """200 null data sets: 5 % ± 3.1 % (two Monte-Carlo SDs), a little less as the ratio is 0 more often than half."""
    rng = np.random.default_rng(21)
    null = [choose_count_model("y ~ x", _counts(rng, None)).family for _ in range(200)]
    assert 0.015 < np.mean(np.array(null) == "negativebinomial") < 0.081
    over = [choose_count_model("y ~ x", _counts(rng, 2)).family for _ in range(20)]
    assert over.count("negativebinomial") == 20


def test_a_single_converged_model_is_taken_and_none_is_refused(weeks, monkeypatch):
    fits = {name: fit("inj ~ mob", weeks, name) for name in ("poisson", "negativebinomial")}
    monkeypatch.setattr(choose, "fit", lambda formula, frame, name, **_: fits[name])
    for failed, family in [("negativebinomial", "poisson"), ("poisson", "negativebinomial")]:
        whole = dict(fits)
        fits[failed] = replace(fits[failed], converged=False)
        found = choose_count_model("inj ~ mob", weeks)
        assert (found.family, found.test, found.delta_aic) == (family, None, None)
        assert "did not converge" in found.reason
        fits.update(whole)
    fits.update({name: replace(model, converged=False) for name, model in fits.items()})
    with pytest.raises(HiprunError, match="neither model converged"):
        choose_count_model("inj ~ mob", weeks)
