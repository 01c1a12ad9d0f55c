"""Splits of the same minutes: the numbers of the model, said only where there are such weeks."""

import numpy as np
import pytest

from analysis.claims import fit_plan, plan_pain_model
from analysis.claims.effects.mix import SPLITS, predicted_mix, with_product
from analysis.errors import HiprunError
from analysis.models import comparison, contrast
from analysis.study import Study
from tests.claims.synthetic import panel

STUDY = Study()


@pytest.fixture(scope="module")
def plan():
    return plan_pain_model(panel(40, 20, mobility=lambda d: -0.3 * d, stability=lambda d: 0.1 * d), STUDY)


@pytest.fixture(scope="module")
def table(plan):
    return predicted_mix(plan, STUDY).set_index("share")


def test_the_total_is_the_median_dose_of_both_kinds(plan, table):
    frame = plan.frame
    dose = sum(frame[f"{kind}_dose_{part}_min"] for kind in ("mobility", "stability") for part in ("within", "between"))
    assert table["total_min"].to_numpy() == pytest.approx(np.full(5, dose.median()))


def test_differences_from_half_and_half_are_the_models_own_comparisons(plan, table):
    product = with_product(plan)
    made = fit_plan(product, STUDY)
    habit = {kind: plan.frame[f"{kind}_between"].mean() for kind in ("mobility", "stability")}
    total = table["total_min"].iloc[0] / STUDY.dose_step_min

    def at(share):
        return {
            "mobility_within": share * total - habit["mobility"],
            "stability_within": (1 - share) * total - habit["stability"],
        }

    for share in (s for s in SPLITS if s != 0.5):
        found = comparison(made, product.frame, at(share), at(0.5)).iloc[0]
        row = table.loc[share, ["difference", "difference_ci_low", "difference_ci_high"]].astype(float)
        if table.loc[share, "n_weeks_near"]:
            assert list(row) == pytest.approx(list(found[["estimate", "ci_low", "ci_high"]]))
            assert row["difference"] == pytest.approx(table.loc[share, "expected"] - table.loc[0.5, "expected"])


def test_a_split_differs_from_half_and_half_by_its_coefficients_by_hand(plan, table):
    made = fit_plan(with_product(plan), STUDY)
    rows, b = plan.frame.loc[made.fitted.index], made.estimates.set_index("term")["estimate"]
    m, s = (rows[f"{kind}_between"].mean() for kind in ("mobility", "stability"))
    total = table["total_min"].iloc[0] / STUDY.dose_step_min

    def expected(share):
        x, y = share * total - m, (1 - share) * total - s
        return b["mobility_within"] * x + b["stability_within"] * y + b["mobility_within:stability_within"] * x * y

    said = table["difference"].dropna()
    assert {0.75, 0.25} <= set(said.index)
    assert said.tolist() == pytest.approx([expected(share) - expected(0.5) for share in said.index])


def test_the_product_is_in_the_model_and_the_truth_within_the_limits(plan, table):
    """True: -0.3 and +0.1 points per step, no product: from 50:50 to 75:25 a quarter of the total moves over."""
    made = fit_plan(with_product(plan), STUDY)
    assert abs(contrast(made, {"mobility_within:stability_within": 1.0})["estimate"]) < 0.1
    truth = -0.4 * 0.25 * table["total_min"].iloc[0] / STUDY.dose_step_min
    assert table.loc[0.75, "difference_ci_low"] < truth < table.loc[0.75, "difference_ci_high"]


def test_a_split_that_no_week_is_near_has_no_number_and_the_others_count_their_weeks(plan, table):
    never = predicted_mix(
        plan_pain_model(panel(40, 20, seed=2).assign(
            mobility_dose_within_min=lambda t: t["mobility_dose_within_min"] / 10,
            stability_dose_within_min=lambda t: t["stability_dose_within_min"] / 10,
        ), STUDY), STUDY).set_index("share")  # fmt: skip
    assert never.loc[[1.0, 0.0], "expected"].isna().all()
    assert (never.loc[[1.0, 0.0], "n_weeks_near"] == 0).all()
    assert never.loc[0.5, "n_weeks_near"] > 100
    assert never.loc[0.5, "expected"] == pytest.approx(never.loc[0.25, "expected"], abs=1.0)
    frame = plan.frame
    dose = {k: frame[f"{k}_dose_within_min"] + frame[f"{k}_dose_between_min"] for k in ("mobility", "stability")}
    whole = dose["mobility"] + dose["stability"]
    share = dose["mobility"] / whole
    total = table["total_min"].iloc[0]
    near = whole.between(total / 2, 2 * total) & share.between(0.375, 0.625) & (whole > 0)
    assert table.loc[0.5, "n_weeks_near"] == near.sum()


def test_with_one_kind_alone_there_is_no_mix():
    plan = plan_pain_model(panel(12, 12).assign(stability_dose_within_min=0.0), STUDY)
    with pytest.raises(HiprunError, match=r"lacks stability work \(the same in every week\)"):
        predicted_mix(plan, STUDY)
