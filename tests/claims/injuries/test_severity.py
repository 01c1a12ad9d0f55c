"""Days lost and burden with the hip work before: against closed forms, and where the truth is known."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import fit_plan, plan_injury_model
from analysis.claims.injuries.severity import (
    AT_ONCE,
    BURDEN,
    DAYS,
    RATE,
    burden_ratios,
    plan_severity_model,
)
from analysis.models import cluster_robust, fit
from analysis.study import Study
from tests.claims.injury_panels import Makeup, injury_weeks

STUDY = Study()


def found_in(panel: pd.DataFrame, cases: pd.DataFrame, study: Study = STUDY):
    plan = plan_injury_model(panel, study)
    return burden_ratios(plan, fit_plan(plan, study), cases, panel, study)


@pytest.fixture(scope="module")
def weeks():
    return injury_weeks(7)


@pytest.fixture(scope="module")
def burden(weeks):
    return found_in(*weeks)


def logs(burden, term: str = "mobility_within") -> pd.DataFrame:
    rows = burden.ratios[burden.ratios["term"] == term].set_index("label")
    return np.log(rows[["estimate", "ci_low", "ci_high"]].astype(float))


def test_the_days_are_those_of_ended_injuries_that_cost_some_in_a_model_of_their_logarithm(weeks):
    panel, cases = weeks
    some = cases.index[cases["time_loss_days"] > 0][:3]
    marked = cases.assign(still_open=cases.index.isin(some))
    plan = plan_severity_model(marked, panel, STUDY)
    assert len(plan.frame) == (cases["time_loss_days"] > 0).sum() - 3
    assert plan.formula == "log_days ~ mobility_within + stability_within + (1 | athlete_id)"
    assert plan.reasons["mobility_between"] == "the same in every week"
    assert np.exp(plan.frame["log_days"]).min() >= 1


def test_the_ratio_of_days_is_that_of_a_mixed_model_with_robust_errors(weeks, burden):
    panel, cases = weeks
    own = cases[cases["time_loss_days"] > 0].assign(
        log_days=lambda c: np.log(c["time_loss_days"]),
        mobility=lambda c: panel["mobility_dose_within_min"].to_numpy()[c["week_row"]] / 30,
        stability=lambda c: panel["stability_dose_within_min"].to_numpy()[c["week_row"]] / 30,
    )
    made = cluster_robust(fit("log_days ~ mobility + stability + (1 | athlete_id)", own), own, "athlete_id")
    row = made.estimates.set_index("term").loc["mobility"]
    assert logs(burden).loc[DAYS].tolist() == pytest.approx(row[["estimate", "ci_low", "ci_high"]].tolist())


def test_the_burden_is_the_product_and_its_variance_the_sum_of_those_of_the_logarithms(burden):
    found = logs(burden)
    assert found.loc[BURDEN, "estimate"] == pytest.approx(found.loc[[RATE, DAYS], "estimate"].sum())
    half = (found["ci_high"] - found["ci_low"]) / 2
    together = np.hypot(half[RATE], half[DAYS])
    assert half[BURDEN] == pytest.approx(together, rel=0.03), "t of Welch's df lies between the two"
    assert np.mean(found.loc[BURDEN, ["ci_low", "ci_high"]]) == pytest.approx(found.loc[BURDEN, "estimate"])


def test_the_days_modelled_at_once_are_the_ratio_of_days_per_hour_where_the_dose_has_two_values(weeks):
    """A Poisson model with one yes-no term gives the ratio of the crude burdens."""
    panel, cases = weeks
    high = (panel["mobility_dose_within_min"] > 0).astype(float)
    two = panel.assign(mobility_dose_within_min=30 * high, stability_dose_within_min=0.0)
    plan = plan_injury_model(two, STUDY)
    found = logs(burden_ratios(plan, fit_plan(plan, STUDY), cases, two, STUDY)).loc[AT_ONCE, "estimate"]
    inside = high.iloc[cases["week_row"]].to_numpy() == 1
    days, hours = cases["time_loss_days"], panel["exposure_h"]
    crude = (days[inside].sum() / hours[high == 1].sum()) / (days[~inside].sum() / hours[high == 0].sum())
    assert found == pytest.approx(np.log(crude), abs=1e-6)


def test_rate_days_and_burden_find_their_truth():
    truth = Makeup(rate_ratio=0.8, days_ratio=1.25)
    found = pd.DataFrame({seed: logs(found_in(*injury_weeks(seed, truth)))["estimate"] for seed in range(20)}).T
    error = found.std() / np.sqrt(len(found))
    for label, value in ((RATE, 0.8), (DAYS, 1.25), (BURDEN, 1.0), (AT_ONCE, 1.0)):
        assert abs(found[label].mean() - np.log(value)) < 3 * error[label] + 0.02, label


def test_without_a_runner_injured_twice_there_is_no_level_of_the_athlete(weeks):
    panel, cases = weeks
    once = cases[cases["time_loss_days"] > 0].drop_duplicates("athlete_id")
    plan = plan_severity_model(once, panel, STUDY)
    assert "athlete_id" not in plan.formula
    assert plan.reasons["level of the athlete"] == "fewer than 5 runners had two such injuries"
    assert np.isfinite(logs(found_in(panel, once)).loc[DAYS, "estimate"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda panel, cases: (panel, cases.head(0)), "no injury cost days"),
        (lambda panel, cases: (panel, cases.assign(time_loss_days=0.0)), "no injury cost days"),
        (lambda panel, cases: (panel, cases.assign(time_loss_days=4.0)), "every injury cost the same number of days"),
        (lambda panel, cases: (panel, cases.assign(still_open=True)), "no injury cost days and has ended"),
        (lambda panel, cases: (panel, cases[cases["time_loss_days"] > 0].head(9)), "9 injuries cost days"),
        (lambda panel, cases: (panel.assign(**_NO_DOSE), cases), "no dose of hip work that varies"),
        (lambda panel, cases: (panel, cases[cases["athlete_id"].isin(_most(cases, 3))]), "only 3 athletes"),
    ],
)
def test_what_cannot_be_fitted_says_why_in_one_sentence(weeks, change, reason):
    panel, cases = change(*weeks)
    plan = plan_severity_model(cases, panel, STUDY)
    assert plan.formula == ""
    assert reason in plan.reasons["model"]


_NO_DOSE = {f"{kind}_dose_{part}_min": np.nan for kind in ("mobility", "stability") for part in ("within", "between")}


def _most(cases: pd.DataFrame, n: int) -> list[str]:
    return cases["athlete_id"].value_counts().index[:n].tolist()


def test_without_a_model_of_the_days_the_rate_stays_and_the_product_says_why(weeks):
    panel, cases = weeks
    found = found_in(panel, cases.assign(still_open=True))
    rows = found.ratios[found.ratios["term"] == "mobility_within"].set_index("label")
    assert found.fit is None
    assert rows["estimate"].notna().to_dict() == {RATE: True, DAYS: False, BURDEN: False, AT_ONCE: True}
    assert "has ended" in rows.loc[BURDEN, "note"]
