"""2000 random small frames and formulas end in a `Fit` or a `HiprunError`, never in anything else."""

import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.models import Fit, contrast, fit, tidy

COLUMNS = ["x", "z", "kind", "flat", "flag", "my.x", "`größe (cm)`", "`a:b`", "scale(x)", "bs(my.x, df=4)", "I(x^2)"]
COLUMNS += ["log(my.x)", "cr(z, df=3)", "C(z)", "poly(x, 2)", "word"]
RANDOM = ["", "(1 | g)", "(1 + x | g)", "(1 + x || g)", "(1 | g) + (1 | h)", "(1 | h/g)", "(1 + flag | h)"]
RANDOM += ["(0 + x | g)", "", "(1 | g)", "(1 | h)", "(1 + x | g)", "(1 | g)", "(1 + my.x | kind)"]
FAMILIES = ["gaussian", "poisson", "negativebinomial", "binomial", "gamma"]
EXAMPLES = {"glmm": 1400, "statsmodels": 250, "mixedlm": 200, "gee": 150}


def a_frame(draw, rng, n, scale):
    kinds = pd.Categorical(rng.choice(["a", "b:c", "[d"], n), categories=["[d", "unused", "b:c", "a"])
    return pd.DataFrame(
        {
            "x": scale * rng.normal(size=n),
            "z": rng.integers(0, 3, n),
            "kind": kinds,
            "flat": 1.0,
            "empty": np.nan,
            "flag": rng.random(n) < 0.5,
            "my.x": rng.exponential(size=n),
            "größe (cm)": rng.normal(170, 10, n),
            "a:b": rng.integers(0, 2, n),
            "word": rng.choice(["ja", "nein", "日本", "<b>&"], n),
            "g": rng.integers(0, draw(st.sampled_from([8, 5, 3, 2, 1])), n),
            "h": rng.choice(["ä", "b c", "7"], n),
            "w": rng.uniform(0.1, 3, n),
            "off": draw(st.sampled_from([1.0, 30.0, 1e4])) * rng.normal(size=n),
        }
    )


@st.composite
def cases(draw):
    """A formula, a frame, a family and the options of `fit`."""
    n = draw(st.sampled_from([40, 60, 30, 20, 60, 12, 8, 4, 2, 1]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from(12 * [1.0] + [1e-8, 1e8, 1e-150, 1e150]))
    frame = a_frame(draw, rng, n, scale)
    family = draw(st.sampled_from(FAMILIES))
    level = rng.normal(size=9)[frame["g"]]  # what the rows of a group have in common
    frame["y"] = {
        "gaussian": draw(st.sampled_from([1.0, scale])) * (2 * level + rng.normal(size=n)),
        "binomial": rng.random(n) < draw(st.sampled_from([0.5, 0.5, 0.02])),
        "gamma": rng.exponential(size=n) + 1e-9,
    }.get(family, rng.poisson(np.exp(level) * draw(st.sampled_from([0.05, 2, 2, 1e5])), n))
    frame.loc[rng.random(n) < draw(st.sampled_from([0, 0.2])), ["x", "my.x"]] = np.nan
    if draw(st.integers(0, 19)) == 7:
        frame.loc[0, "x"] = np.inf
    terms = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True))
    if draw(st.integers(0, 19)) == 7:
        terms.append("empty")
    if draw(st.integers(0, 19)) == 7:
        frame["g"] = None
    sides = [draw(st.sampled_from([" + ", " * ", ":"])).join(terms), draw(st.sampled_from(RANDOM))]
    if draw(st.booleans()):
        frame = pd.concat([frame, frame], ignore_index=True)  # every row twice
    options = {
        "offset": draw(st.sampled_from([None, None, "off"])),
        "weights": draw(st.sampled_from([None, None, None, "w"])),
    }
    return "y ~ " + " + ".join(side for side in sides if side), frame, family, options


@pytest.mark.parametrize("engine", EXAMPLES)
def test_a_random_model_ends_in_a_fit_or_in_words(engine):
    ends = Counter()
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]

    @settings(max_examples=EXAMPLES[engine], deadline=None, derandomize=True, suppress_health_check=quiet)
    @given(case=cases())
    def run(case):
        end = ends_in(engine, *case)
        ends[end] += 1
        if end == "fit" and engine in ("statsmodels", "mixedlm"):
            ends["compared"] += agrees_with_glmm(engine, *case)

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning that is not on the fit is lost
        run()
    assert min(ends["fit"], ends["words"]) >= EXAMPLES[engine] // 40, ends
    assert ends["compared"] >= 5 or engine in ("glmm", "gee"), ends


def agrees_with_glmm(engine, formula, frame, family, options):
    """Where both engines converge, and not on their boundary, their log-likelihoods are the same within 1e-4."""
    try:
        one, two = fit(formula, frame, family, **options), fit(formula, frame, family, engine=engine, **options)
    except HiprunError:
        return False
    if not one.converged or one.singular or two.singular or one.dispersion > 1e3:
        return False
    assert two.loglik == pytest.approx(one.loglik, rel=1e-6, abs=1e-4), formula
    return True


def ends_in(engine, formula, frame, family, options):
    try:
        model = fit(formula, frame, family, engine=engine, **options)
    except HiprunError as error:
        assert len(str(error)) > 20
        return "words"
    assert isinstance(model, Fit)
    assert model.n_obs + model.n_dropped == len(frame)
    estimated = ~model.estimates["term"].isin(model.aliased)
    assert model.estimates["estimate"].notna().equals(estimated & model.converged)
    assert len(tidy(model, "m")) == len(model.estimates) * (1 if family == "gaussian" else 2)
    assert contrast(model, {model.estimates["term"][0]: 1.0})["scale"] == "link"
    return "fit" if model.converged else "no result"
