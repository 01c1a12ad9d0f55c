"""Variance inflation, against R's car and statsmodels."""

import json

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from analysis.errors import HiprunError
from analysis.models import fit, variance_inflation
from tests.models.conftest import REFERENCE

AFTER = json.loads((REFERENCE / "athlete_weeks_1k.after.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def aged(weeks):
    age3 = pd.cut(weeks["age"], [-np.inf, -0.5, 0.5, np.inf], labels=["young", "mid", "old"])
    return weeks.assign(age3=age3, clinic=weeks["clinic"].astype(str))


@pytest.mark.parametrize(
    ("key", "formula", "family", "rel"),
    [
        ("vif_lm", "pain ~ mob * stab + C(clinic) + age3 + hip", "gaussian", 1e-9),
        ("vif_glmer", "inj ~ mob * stab + age3 + hip + offset(off) + (1 | athlete)", "poisson", 1e-3),
    ],
)
def test_generalised_factors_are_those_of_car(aged, key, formula, family, rel):
    table = variance_inflation(fit(formula, aged, family)).set_index("term")
    assert len(table) == len(AFTER[key])
    for row in AFTER[key]:
        found = table.loc[row["term"]]
        assert found["columns"] == row["Df"]
        assert found["gvif"] == pytest.approx(row["GVIF"], rel=rel)
        assert found["sd_inflation"] == pytest.approx(row["GVIF^(1/(2*Df))"], rel=rel)


def test_single_columns_have_the_usual_factor(weeks):
    names = ["mob", "stab", "hip", "load"]
    x = np.column_stack([np.ones(len(weeks)), weeks[names]])
    table = variance_inflation(fit(f"pain ~ {' + '.join(names)}", weeks))
    assert table["gvif"].to_numpy() == pytest.approx([variance_inflation_factor(x, at) for at in range(1, 5)])


def test_orthogonal_terms_are_not_inflated_and_nearly_equal_ones_are():
    rng = np.random.default_rng(4)
    q, _ = np.linalg.qr(np.column_stack([np.ones(200), rng.normal(size=(200, 3))]))
    frame = pd.DataFrame(q[:, 1:], columns=["a", "b", "c"]).assign(y=rng.normal(size=200))
    assert variance_inflation(fit("y ~ a + b + c", frame))["gvif"].to_numpy() == pytest.approx(1)
    # Correlation r of two centred columns: 1 / (1 - r²), here r² = 1 / 1.01.
    near = frame.assign(d=frame["a"] + 0.1 * frame["b"])
    assert variance_inflation(fit("y ~ a + d", near))["gvif"].to_numpy() == pytest.approx(101)


def test_splines_powers_and_levels_are_one_term_each(aged):
    table = variance_inflation(fit("pain ~ bs(load, df=4) + mob:age3 + I(hip^2) + `rom`", aged)).set_index("term")
    assert table["columns"].to_dict() == {"bs(load, df=4)": 4, "mob:age3": 3, "I(hip^2)": 1, "rom": 1}


def test_a_name_that_begins_like_another_is_told_apart_or_asked_for(weeks):
    frame = weeks.assign(mo=np.where(weeks["hip"] > 0, "x", "b"), mox=weeks["load"])
    model = fit("pain ~ mo + mob", frame)
    assert list(model.estimates["term"]) == ["(Intercept)", "mox", "mob"]
    named = variance_inflation(model, {"mo": ["mox"], "mob": ["mob"]})
    assert list(named["term"]) == ["mo", "mob"]
    assert variance_inflation(model)["gvif"].to_numpy() == pytest.approx(named["gvif"].to_numpy())
    with pytest.raises(HiprunError, match="exactly one"):
        variance_inflation(model, {"mo": ["mox"]})


def test_fits_without_inflation_to_speak_of_are_refused(weeks):
    twice = fit("pain ~ mob + twice", weeks.assign(twice=2 * weeks["mob"]))
    failed = fit("prob ~ split", weeks.assign(split=weeks["prob"]), "binomial")
    cases = [(twice, "exact combination"), (fit("pain ~ 1", weeks), "expected an intercept")]
    cases += [(fit("pain ~ 0 + mob", weeks), "expected an intercept"), (failed, "did not converge")]
    for model, message in cases:
        with pytest.raises(HiprunError, match=message):
            variance_inflation(model)
