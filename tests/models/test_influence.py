"""Leaving out each athlete and each clinic: held against fits on the rows left, lme4 refits and closed forms."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from analysis.errors import HiprunError
from analysis.models import cluster_robust, fit
from analysis.models import influence as influence_module
from analysis.models.influence import cooks_distance, leave_out

from .conftest import REFERENCE

LME4 = json.loads((REFERENCE / "influence" / "influence.json").read_text(encoding="utf-8"))
MODELS = {
    "gaussian": ("pain ~ mob*stab + hip + (1 + mob | athlete)", {}),
    "poisson": ("inj ~ mob*stab + hip + (1 | athlete)", {"offset": "off"}),
    "binomial": ("prob ~ mob + stab + (1 | athlete)", {}),
}


@pytest.mark.parametrize("by", ["athlete", "clinic"])
@pytest.mark.parametrize("family", MODELS)
def test_without_a_level_is_the_fit_on_the_rows_without_it(weeks, family, by):
    formula, given = MODELS[family]
    full = fit(formula, weeks, family, **given)
    found = leave_out(full, weeks, by)
    assert found["level"].unique().tolist() == [str(level) for level in sorted(weeks[by].unique())]
    for level in sorted(weeks[by].unique())[:8]:
        rows = weeks[weeks[by] != level]
        fresh = fit(formula, rows, family, **given).estimates
        own = found[found["level"] == str(level)].reset_index(drop=True)
        assert own["converged"].all() and (own["note"] == "").all()
        assert (own["n_rows"] == len(weeks) - len(rows)).all()
        for name in ["estimate", "ci_low", "ci_high"]:
            assert ((own[name] - fresh[name]) / fresh["std_error"]).abs().max() < 1e-5, name
        assert own["p_value"].to_numpy() == pytest.approx(fresh["p_value"].to_numpy(), rel=1e-4)
        change = fresh["estimate"] - full.estimates["estimate"]
        assert own["change"].to_numpy() == pytest.approx(change.to_numpy(), abs=1e-5)
        assert own["change_in_se"].to_numpy() == pytest.approx(
            (change / full.estimates["std_error"]).to_numpy(), abs=1e-4
        )


def _held_against(reference, full, found):
    distance = cooks_distance(full, found).set_index("level")["cooks_distance"]
    assert set(distance.index) == set(reference)
    for level, expected in reference.items():
        own = found[found["level"] == level]
        off = (own["estimate"].to_numpy() - expected["estimate"]) / np.array(expected["std_error"])
        assert np.abs(off).max() < 1e-3, level
        assert distance[level] == pytest.approx(expected["cooks"], rel=2e-3, abs=1e-5)


def test_sleepstudy_without_each_person_and_cooks_distance_equal_lme4_refits(sleepstudy):
    """tests/reference/influence/make_influence.R."""
    full = fit("Reaction ~ Days + (1 + Days | Subject)", sleepstudy)
    _held_against(LME4["sleepstudy"], full, leave_out(full, sleepstudy, "Subject"))


def test_injuries_without_each_clinic_and_cooks_distance_equal_lme4_refits(weeks):
    full = fit("inj ~ mob*stab + hip + (1 | athlete)", weeks, "poisson", offset="off")
    _held_against(LME4["injuries"], full, leave_out(full, weeks, "clinic"))


def test_cooks_distance_of_single_rows_of_a_linear_model_is_that_of_cook_1977(weeks):
    """statsmodels' OLSInfluence, which has it in closed form from the leverages."""
    rows = weeks.head(60).assign(row=range(60))
    found = leave_out(fit("pain ~ mob + stab", rows), rows, "row")
    expected = smf.ols("pain ~ mob + stab", rows).fit().get_influence()
    distance = cooks_distance(fit("pain ~ mob + stab", rows), found).set_index("level")["cooks_distance"]
    assert distance[[str(row) for row in range(60)]].to_numpy() == pytest.approx(expected.cooks_distance[0], rel=1e-6)
    by_row = found.pivot_table(index="level", columns="term", values="change")
    dfbeta = by_row.loc[[str(row) for row in range(60)], ["(Intercept)", "mob", "stab"]].to_numpy()
    assert dfbeta == pytest.approx(-expected.dfbeta, abs=1e-9)


def test_the_athlete_whose_weeks_were_made_odd_stands_out(weeks):
    odd = weeks.assign(pain=weeks["pain"] + np.where(weeks["athlete"] == 7, 6 * weeks["mob"], 0))
    full = fit("pain ~ mob + stab + (1 | athlete)", odd)
    found = leave_out(full, odd, "athlete", terms=["mob"])
    assert found["term"].unique().tolist() == ["mob"]
    assert found.loc[found["change_in_se"].abs().idxmax(), "level"] == "7"
    distance = cooks_distance(full, leave_out(full, odd, "athlete"))
    assert distance.loc[distance["cooks_distance"].idxmax(), "level"] == "7"


def test_splines_and_scale_keep_the_knots_and_means_of_all_rows(weeks):
    centred = weeks.assign(mob_sd=(weeks["mob"] - weeks["mob"].mean()) / weeks["mob"].std())
    scaled = fit("pain ~ scale(mob) + (1 | athlete)", weeks)
    plain = fit("pain ~ mob_sd + (1 | athlete)", centred)
    one, other = leave_out(scaled, weeks, "clinic"), leave_out(plain, centred, "clinic")
    assert one["estimate"].to_numpy() == pytest.approx(other["estimate"].to_numpy(), abs=1e-6)


def test_a_category_that_goes_with_an_athlete_is_missing_and_said(weeks):
    shoe = np.select([weeks["athlete"] == 3, weeks["athlete"] % 2 == 0], ["own", "new"], "old")
    rows = weeks.assign(shoe=pd.Categorical(shoe, categories=["new", "old", "own"]))
    full = fit("pain ~ mob + shoe + (1 | athlete)", rows)
    found = leave_out(full, rows, "athlete").set_index(["level", "term"])
    assert np.isnan(found.loc[("3", "shoeown"), "estimate"])
    assert found.loc[("3", "shoeown"), "note"] == "not to be told from other terms without it"
    rest = fit("pain ~ mob + shoe + (1 | athlete)", rows[rows["athlete"] != 3]).estimates.set_index("term")
    for term in ["(Intercept)", "mob", "shoeold"]:
        assert found.loc[("3", term), "estimate"] == pytest.approx(rest.loc[term, "estimate"], abs=1e-6)
    distance = cooks_distance(full, leave_out(full, rows, "athlete")).set_index("level")["cooks_distance"]
    assert np.isnan(distance["3"]) and distance.drop("3").notna().all()


def test_without_the_reference_level_no_term_of_the_category_is_read_against_another(weeks):
    shoe = np.select([weeks["athlete"] == 3, weeks["athlete"] % 2 == 0], ["own", "new"], "old")
    rows = weeks.assign(shoe=pd.Categorical(shoe, categories=["own", "new", "old"]))
    found = leave_out(fit("pain ~ mob + shoe + (1 | athlete)", rows), rows, "athlete")
    own = found[found["level"] == "3"].set_index("term")
    assert (
        own.loc[["(Intercept)", "shoenew", "shoeold"], ["estimate", "change", "ci_low", "p_value"]]
        .isna()
        .all(axis=None)
    )
    assert own.loc["mob", "estimate"] == pytest.approx(
        fit("pain ~ mob + shoe + (1 | athlete)", rows[rows["athlete"] != 3])
        .estimates.set_index("term")
        .estimate["mob"],
        abs=1e-6,
    )


def test_terms_that_the_fit_dropped_stay_out(weeks):
    rows = weeks.assign(twice=2 * weeks["mob"])
    full = fit("pain ~ mob + twice + stab + (1 | athlete)", rows)
    found = leave_out(full, rows, "clinic")
    assert full.aliased == ("twice",)
    assert found["term"].unique().tolist() == ["(Intercept)", "mob", "stab"]
    plain = leave_out(fit("pain ~ mob + stab + (1 | athlete)", weeks), weeks, "clinic")
    assert found["estimate"].to_numpy() == pytest.approx(plain["estimate"].to_numpy(), abs=1e-6)
    assert cooks_distance(full, found)["cooks_distance"].notna().all()


def test_without_the_only_athletes_with_events_an_effect_has_no_finite_estimate(weeks):
    rows = weeks.assign(brace=(weeks["athlete"] < 6).astype(int))
    rows.loc[(rows["athlete"] < 5), "inj"] = 0  # of those with a brace only athlete 5 is ever injured
    rows.loc[rows.index[rows["athlete"] == 5][:4], "inj"] = 1
    full = fit("inj ~ mob + brace + (1 | athlete)", rows, "poisson")
    found = leave_out(full, rows, "athlete").set_index(["level", "term"])
    assert np.isnan(found.loc[("5", "brace"), "estimate"])
    assert found.loc[("5", "brace"), "note"] == "no finite estimate without it"
    assert np.isfinite(found.loc[("4", "brace"), "estimate"])


def test_what_cannot_be_fitted_is_a_row_with_its_reason(weeks):
    two = weeks[weeks["clinic"] < 2]
    found = leave_out(fit("pain ~ mob + (1 | clinic)", two), two, "clinic")
    assert not found["converged"].any() and found["estimate"].isna().all()
    assert found["note"].str.contains("too few groups").all()
    injured = weeks.assign(inj=np.where((weeks["clinic"] == 0) & (weeks["week"] < 3), 1, 0))
    found = leave_out(fit("inj ~ mob + (1 | athlete)", injured, "poisson"), injured, "clinic")
    lost = found[~found["converged"]]
    assert lost["level"].unique().tolist() == ["0"]
    assert lost["note"].str.contains("a model needs an outcome that varies").all()


def test_a_refit_that_did_not_converge_has_no_numbers(weeks, monkeypatch):
    real = influence_module.refit
    monkeypatch.setattr(
        influence_module,
        "refit",
        lambda fit, design: dataclasses.replace(real(fit, design), converged=len(design.y) != 780),
    )
    found = leave_out(fit("pain ~ mob + (1 | athlete)", weeks), weeks, "clinic").set_index("level")
    assert found.loc["2", "estimate"].notna().all()
    lost = found[~found["converged"]]
    assert set(lost.index) == {str(c) for c, n in weeks["clinic"].value_counts().items() if n == 220}
    assert lost[["estimate", "change_in_se", "ci_low", "p_value"]].isna().all(axis=None)
    assert (lost["note"] == "the refit did not converge").all()


def test_it_refuses_what_it_cannot_do(weeks):
    model = fit("pain ~ mob + (1 | athlete)", weeks)
    with pytest.raises(HiprunError, match="cluster-robust errors"):
        leave_out(cluster_robust(model, weeks, "athlete"), weeks, "athlete")
    with pytest.raises(HiprunError, match="'stab' not in the model; expected some of"):
        leave_out(model, weeks, "athlete", terms=["stab"])
    with pytest.raises(HiprunError, match="has 1 value, expected two or more"):
        leave_out(model, weeks.assign(one="x"), "one")
    with pytest.raises(HiprunError, match="is missing in 20 of 1000 used rows"):
        leave_out(model, weeks.assign(team=weeks["clinic"].where(weeks["athlete"] != 1)), "team")
    with pytest.raises(HiprunError, match="not in the data"):
        leave_out(model, weeks, "nobody")
    with pytest.raises(HiprunError, match="Give the frame"):
        leave_out(model, weeks.head(900), "athlete")
    with pytest.raises(HiprunError, match="jobs is 0"):
        leave_out(model, weeks, "athlete", jobs=0)
    with pytest.raises(HiprunError, match="without `terms`"):
        cooks_distance(model, leave_out(model, weeks, "clinic", terms=["mob"]))
