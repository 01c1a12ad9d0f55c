"""`fit` against lme4 and glmmTMB on data that are hard in one way each (tests/reference/README.md)."""

import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from analysis.models import fit

from .conftest import REFERENCE

MORE = REFERENCE / "more"
FITS = json.loads((MORE / "more.fits.json").read_text(encoding="utf-8"))["fits"]
NOT_BY_MIXEDLM = {"negativebinomial", "gamma"}
CASES = [
    *((key, "glmm") for key in FITS),
    *((key, "mixedlm") for key in FITS if FITS[key]["family"] not in NOT_BY_MIXEDLM),
    *((key, "statsmodels") for key in FITS if FITS[key]["family"] == "gaussian"),
]
# Where an engine has no fit, with what it says. With 13 events in 1500 rows mixedlm's inner search (PIRLS) fails
# on the way to the optimum: it stops 0.41 short in log-likelihood and must say so, not report it.
NO_FIT = {("rare_binomial", "mixedlm"): "The likelihood cannot be computed around the end point"}


def fitted(key, engine):
    reference = FITS[key]
    frame = pd.read_csv(MORE / f"{reference['data']}.csv")
    assert len(frame) == reference["rows"]
    return fit(reference["formula"], frame, reference["family"], engine=engine, reml=reference["method"] == "REML")


def sds(model, group):
    """SDs of a group; R calls leg in athlete `leg:athlete`, this suite `athlete:leg`."""
    name = group if group in model.n_groups else ":".join(reversed(group.split(":")))
    table = model.random_effects
    return table.loc[table["group"] == name, "sd"].to_numpy()


def test_every_reference_converged_and_its_two_engines_agree():
    """Else there would be nothing to meet: glmmTMB and tight glmer are within 1e-4 in log-likelihood."""
    for key, reference in FITS.items():
        assert reference["converged"], key
        both = [reference[name] for name in ("glmer_loglik", "glmmtmb_loglik") if reference.get(name) is not None]
        assert both == pytest.approx([reference["loglik"]] * len(both), abs=1e-4), key
    assert len(FITS) >= 24 and len({reference["data"] for reference in FITS.values()}) >= 12


@pytest.mark.parametrize(("key", "engine"), [case for case in CASES if case not in NO_FIT])
def test_log_likelihood_estimates_and_errors_are_those_of_the_reference(key, engine):
    """Issue 3: log-likelihood within 1e-4, estimates within 0.001 SE, SEs within 0.1 %; SDs are held to 0.1 % too."""
    model, reference = fitted(key, engine), FITS[key]
    std_error = np.array(reference["std_error"])
    assert model.converged
    assert list(model.estimates["term"]) == reference["term"]
    assert model.loglik == pytest.approx(reference["loglik"], abs=1e-4, rel=0)
    assert_allclose(model.estimates["estimate"] / std_error, reference["estimate"] / std_error, atol=0.001, rtol=0)
    assert_allclose(model.estimates["std_error"], std_error, rtol=0.001)
    for group, random in reference["random"].items():
        assert_allclose(sds(model, group), np.atleast_1d(random["sd"]), rtol=0.001)


@pytest.mark.parametrize(("key", "engine"), NO_FIT)
def test_where_an_engine_fails_it_says_so_and_gives_no_numbers(key, engine):
    model = fitted(key, engine)
    assert not model.converged
    assert model.estimates["estimate"].isna().all()
    assert any(NO_FIT[key, engine] in message for message in model.messages)


@pytest.mark.parametrize("key", [key for key in FITS if FITS[key]["family"] != "binomial"])
def test_the_dispersion_is_that_of_the_reference(key):
    """sigma() of lme4 is the residual SD; of glmmTMB the shape (nbinom2), √φ (Gamma) and 1 (poisson)."""
    sigma = FITS[key]["sigma"]
    expected = sigma**2 if FITS[key]["family"] in ("gaussian", "gamma") else sigma
    assert fitted(key, "glmm").dispersion == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("key", [key for key in FITS if FITS[key].get("df")])
def test_satterthwaite_df_are_those_of_lmertest(key):
    assert_allclose(fitted(key, "glmm").estimates["df"], FITS[key]["df"], rtol=1e-4)


@pytest.mark.parametrize("engine", ["glmm", "mixedlm"])
@pytest.mark.parametrize("key", [key for key in FITS if FITS[key].get("singular") is not None])
def test_singular_is_said_where_lme4_says_it(key, engine):
    assert fitted(key, engine).singular == FITS[key]["singular"]
