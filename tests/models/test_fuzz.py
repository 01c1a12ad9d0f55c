"""Random small frames and formulas end in a `Fit` or a `HiprunError`, never in anything else."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import HiprunError
from analysis.models import Fit, contrast, fit, tidy

COLUMNS = ["x", "z", "kind", "flat", "flag", "my.x"]
RANDOM = ["", "(1 | g)", "(1 + x | g)", "(1 | g) + (1 | h)", "(1 | h/g)", "(1 + flag | h)"]


@st.composite
def cases(draw):
    n = draw(st.integers(1, 10) | st.integers(11, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([1e-8, 1.0, 1e8]))
    frame = pd.DataFrame(
        {
            "x": scale * rng.normal(size=n),
            "z": rng.integers(0, 3, n),
            "kind": pd.Categorical(rng.choice(["a", "b:c", "[d"], n), categories=["[d", "unused", "b:c", "a"]),
            "flat": 1.0,
            "empty": np.nan,
            "flag": rng.random(n) < 0.5,
            "my.x": rng.exponential(size=n),
            "g": rng.integers(0, draw(st.integers(1, 8)), n),
            "h": rng.choice(["ä", "b c", "7"], n),
        }
    )
    family = draw(st.sampled_from(["gaussian", "poisson", "negativebinomial", "binomial", "gamma"]))
    frame["y"] = {
        "gaussian": scale * rng.normal(size=n),
        "binomial": rng.integers(0, 2, n),
        "gamma": rng.exponential(size=n) + 1e-9,
    }.get(family, rng.poisson(draw(st.sampled_from([0.05, 2, 1e5])), n))
    frame.loc[rng.random(n) < draw(st.sampled_from([0, 0.2])), ["x", "my.x"]] = np.nan
    terms = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3, unique=True))
    if draw(st.integers(0, 9)) == 7:
        terms.append("empty")
    sides = [draw(st.sampled_from([" + ", " * ", ":"])).join(terms), draw(st.sampled_from(RANDOM))]
    if draw(st.booleans()):
        frame = pd.concat([frame, frame], ignore_index=True)
    return "y ~ " + " + ".join(side for side in sides if side), frame, family


@pytest.mark.parametrize("engine", ["glmm", "statsmodels"])
def test_a_random_model_ends_in_a_fit_or_in_words(engine):
    ends = Counter()

    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    @given(case=cases())
    def run(case):
        ends[ends_in(engine, *case)] += 1

    run()
    assert ends["fit"] >= 10, ends
    assert ends["words"] >= 10, ends


def ends_in(engine, formula, frame, family):
    try:
        model = fit(formula, frame, family, engine=engine)
    except HiprunError as error:
        assert len(str(error)) > 20
        return "words"
    assert isinstance(model, Fit)
    assert model.n_obs + model.n_dropped == len(frame)
    estimated = ~model.estimates["term"].isin(model.aliased)
    assert model.estimates["estimate"].notna().equals(estimated & model.converged)
    assert len(tidy(model, "m")) == len(model.estimates) * (1 if family == "gaussian" else 2)
    assert contrast(model, {model.estimates["term"][0]: 1.0})["scale"] == "link"
    return "fit"
