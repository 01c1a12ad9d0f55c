"""The numbers behind the figures of single claims, by hand on small frames."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.claims import CLAIMS, ClaimData, estimate_claims, legs_compared, pain_by_region, range_kept_curves
from analysis.errors import HiprunError
from analysis.panel import athlete_weeks
from analysis.panel.regions import REMOTE_REGIONS
from analysis.simulate import simulate_tables
from analysis.study import Study
from analysis.tables import RAW_TABLES

NOTHING = pd.DataFrame(columns=["claim", "term", "estimate", "ci_low", "ci_high", "scale"])


def legs(**other):
    """Two runners, each with two weeks of two legs; the left leg is the weaker one."""
    frame = pd.DataFrame(
        {
            "athlete_id": ["a"] * 4 + ["b"] * 4,
            "weaker_side_yes": [1.0, 0.0] * 4,
            "stiffer_side_yes": np.nan,
            "pain_nrs": [4, 1, 6, 3, 2, 2, np.nan, 4],
            "new_injuries": [1, 0, 0, 0, 1, 1, 0, 0],
            "at_risk": True,
            "log_exposure_h": np.log([5, 5, 5, 5, 10, 10, 10, 10]),
        }
    )
    return frame.assign(**other)


def test_pain_is_the_mean_over_runners_and_injuries_are_per_hour_of_running():
    found = legs_compared(SimpleNamespace(legs=legs()), NOTHING).set_index("outcome")
    assert found.index.tolist() == ["leg_pain", "leg_injury"] and (found["comparison"] == "weaker").all()
    pain = found.loc["leg_pain"]
    assert (pain["on_it"], pain["on_other"], pain["n_athletes"]) == ((5 + 2) / 2, (2 + 3) / 2, 2)
    rate = found.loc["leg_injury"]
    assert rate["on_it"] == pytest.approx(1000 * 2 / 30) and rate["on_other"] == pytest.approx(1000 * 1 / 30)
    assert (rate["n_cases_on_it"], rate["n_cases_on_other"], rate["n_athletes"]) == (2, 1, 2)


def test_a_runner_with_one_leg_answered_is_not_compared_and_the_model_stands_beside():
    estimated = pd.DataFrame(
        {"claim": "side_asymmetry", "term": ["leg_pain: weaker_side_yes"], "estimate": [0.3], "ci_low": [0.1],
         "ci_high": [0.5], "scale": ["difference"]}
    )  # fmt: skip
    one = legs(pain_nrs=[4, 1, 6, 3, 2, np.nan, 2, np.nan])
    found = legs_compared(SimpleNamespace(legs=one), estimated).set_index("outcome")
    assert found.loc["leg_pain", ["on_it", "on_other", "n_athletes", "estimate"]].tolist() == [5, 2, 1, 0.3]
    assert np.isnan(found.loc["leg_injury", "estimate"])


def gains(loading):
    n = len(loading)
    dates = pd.Series(pd.to_datetime(["2026-01-05"] * n))
    return pd.DataFrame(
        {
            "athlete_id": ["a", "a", "b", "c", "c", "d"][:n], "loading_after": loading,
            "gain": [4.0, 6, 8, 4, 6, 10][:n], "kept": [2.0, 4, 2, 4, 6, 8][:n], "from_date": dates,
            "to_date": dates + pd.Timedelta(weeks=10), "weeks_later": 12.0,
        }
    )  # fmt: skip


def test_gains_are_split_at_the_median_loading_and_averaged_over_runners_with_the_interval_of_student():
    data = SimpleNamespace(gains_kept=gains([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), study=Study())
    found = range_kept_curves(data).set_index(["group", "point"])
    little = found.loc["little loading after it"]
    assert little["weeks"].tolist() == [-10, 0, 12] and little["n_gains"].tolist() == [3] * 3
    assert little["degrees"].tolist() == [0, (5 + 8) / 2, (3 + 2) / 2]  # runner a: means of two gains
    half = stats.t.ppf(0.975, 1) * np.std([5, 8], ddof=1) / np.sqrt(2)
    assert little.loc["gained", ["ci_low", "ci_high"]].tolist() == pytest.approx([6.5 - half, 6.5 + half])
    assert found.loc[("much loading after it", "next test"), "degrees"] == (5 + 8) / 2


def test_without_two_runners_in_each_group_or_without_tests_there_is_no_curve():
    assert range_kept_curves(SimpleNamespace(gains_kept=gains([0.1, 0.2, 0.9]), study=Study())).empty
    assert range_kept_curves(SimpleNamespace(gains_kept=gains([0.5] * 6), study=Study())).empty

    class Without:
        study = Study()

        @property
        def gains_kept(self):
            raise HiprunError("no tests")

        legs = gains_kept

    assert range_kept_curves(Without()).empty and legs_compared(Without(), NOTHING).empty


def test_the_regions_of_a_cohort_are_those_of_the_claim_and_nothing_fails_without_tables():
    tables = simulate_tables(n_athletes=14, n_weeks=16, seed=3)
    remote = [claim for claim in CLAIMS if claim.id in ("remote_pain", "side_asymmetry")]
    data = ClaimData(tables, athlete_weeks(tables), Study())
    estimated = estimate_claims(data, remote)
    assert sorted(pain_by_region(estimated)["region"]) == sorted(REMOTE_REGIONS)
    assert set(legs_compared(data, estimated)["outcome"]) <= {"leg_pain", "leg_injury"}
    empty = {name: table.empty() for name, table in RAW_TABLES.items()}
    bare = ClaimData(empty, athlete_weeks(empty), Study())
    assert legs_compared(bare, estimated).empty and range_kept_curves(bare).empty
    assert pain_by_region(estimated[estimated["claim"] == "side_asymmetry"]).empty
