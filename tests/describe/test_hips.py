"""Hip tables: reliability, norms and side differences agree with counts made another way."""

import numpy as np
import pandas as pd
import pytest

from analysis.describe import (
    first_profile,
    norms_for_figure,
    norms_summary,
    reliability_table,
    side_summary,
    sides_for_figure,
)
from analysis.hip.reliability import error_of_differences, measurement_error

DAY = pd.Timestamp("2026-01-05")


def hip_tests(n: int, n_trials: int = 2, seed: int = 6) -> pd.DataFrame:
    """Isometric abduction torque and passive prone internal rotation of n athletes, both sides."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        for side in ("left", "right"):
            torque, angle = 90 * np.exp(rng.normal(0, 0.12)), rng.normal(40, 8)
            for trial in range(1, n_trials + 1):
                head = {"athlete_id": f"a{i}", "date": DAY, "side": side, "trial_no": trial}
                rows.append(
                    head | {"motion": "abduction", "quality": "strength_isometric", "position": "side_lying",
                            "torque_nm": torque * np.exp(rng.normal(0, 0.03)), "device": "fixed"}
                )  # fmt: skip
                rows.append(
                    head | {"motion": "internal_rotation", "quality": "rom_passive", "position": "prone",
                            "angle_deg": angle + rng.normal(0, 1.5), "device": "goniometer"}
                )  # fmt: skip
    return pd.DataFrame(rows)


def athletes_of(n: int) -> pd.DataFrame:
    sex = ["female" if i % 2 else "male" for i in range(n)]
    return pd.DataFrame({"athlete_id": [f"a{i}" for i in range(n)], "sex": sex, "age_y": 30.0, "body_mass_kg": 60.0})


@pytest.fixture(scope="module")
def cohort() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    tests, athletes = hip_tests(24), athletes_of(24)
    return tests, athletes, first_profile(tests, athletes), error_of_differences(tests, athletes)


def test_reliability_names_form_repeats_and_source_and_takes_the_published_error_of_strength_beside_the_cohorts(cohort):
    tests, athletes, *_ = cohort
    table = reliability_table(tests, athletes)
    strength = table[table["motion"] == "abduction"]
    assert strength["source"].str.split(":").str[0].tolist() == ["this cohort", "published"]
    assert strength["repeats"].tolist() == ["trials of one session", "two test days one week apart"]
    assert strength["n_tests"].iloc[0] == 48
    assert strength["n_tests"].isna().tolist() == [False, True]
    assert strength["mdc95_pct"].iloc[1] == pytest.approx(13.86, abs=0.01)
    own = measurement_error(tests, athletes).query("motion == 'abduction'").iloc[0]
    assert strength["icc"].iloc[0] == pytest.approx(own["icc"])
    assert strength["icc_form"].iloc[0].startswith("ICC(A,1)")
    assert table.query("motion == 'internal rotation'")["source"].tolist() == ["this cohort"]


def test_reliability_of_a_cohort_without_repeats_is_published_or_said_to_be_missing():
    table = reliability_table(hip_tests(24, n_trials=1).drop(columns="device"), athletes_of(24))
    assert "device" not in table
    assert table["source"].tolist()[0].startswith("published: Thorborg et al. 2010")
    assert table["source"].tolist()[1].startswith("none: too few repeated trials")
    assert table["sem"].isna().tolist() == [False, True]


def test_reliability_of_retested_sides_comes_from_the_cohort_alone():
    later = hip_tests(24, seed=6).assign(date=DAY + pd.Timedelta(days=7))
    table = reliability_table(pd.concat([hip_tests(24), later], ignore_index=True), athletes_of(24))
    assert set(table["source"]) == {"this cohort"}
    assert set(table["repeats"]) == {"trials of one session", "two test days within 14 days"}


def test_side_differences_within_and_beyond_error_add_up_to_the_athletes(cohort):
    _, _, first, error = cohort
    plain, judged = side_summary(first), side_summary(first, error)
    pd.testing.assert_frame_equal(judged[plain.columns], plain)
    counts = judged[["n_within_measurement_error", "n_beyond_measurement_error", "n_error_unknown"]]
    assert (counts.sum(axis=1) == judged["n_athletes"]).all()
    row = judged.query("motion == 'abduction'").iloc[0]
    assert row["difference_mdc95_pct"] == pytest.approx(100 * (1 - (200 - 13.8593) / (200 + 13.8593)), abs=1e-3)
    wide = first[first["kind"] == "strength"].pivot(index="athlete_id", columns="side", values="value")
    beyond = ((wide["right"] - wide["left"]).abs() > 0.138593 * wide.mean(axis=1)).sum()
    assert 0 < beyond < 24
    assert row["n_beyond_measurement_error"] == beyond
    assert row["difference_within_measurement_error_pct"] == pytest.approx(100 * (24 - beyond) / 24)
    assert row["error_source"].startswith("published")


def test_a_side_difference_of_unknown_error_is_counted_as_unknown_and_not_as_0():
    tests, athletes = hip_tests(8, n_trials=1), athletes_of(8)
    judged = side_summary(first_profile(tests, athletes), error_of_differences(tests, athletes))
    row = judged.query("motion == 'internal rotation'").iloc[0]
    assert row["n_error_unknown"] == 8
    numbers = ["n_within_measurement_error", "n_beyond_measurement_error", "difference_within_measurement_error_pct"]
    assert row[[*numbers, "difference_mdc95_pct"]].isna().all()


def test_norms_are_compared_by_sex_and_side_where_they_match_and_nowhere_else(cohort):
    _, _, first, error = cohort
    table = norms_summary(first, "college students", error)
    assert set(table["motion"]) == {"internal rotation"}
    assert table["n_athletes"].tolist() == [12] * 4
    women = first.query("sex == 'female' and side == 'left' and kind == 'rom'")["value"]
    row = table.query("sex == 'female' and side == 'left'").iloc[0]
    assert row["n_below"] == (women < 45.99).sum()  # 45.99 ± 9.12, prone
    assert row["z_median"] == pytest.approx(((women - 45.99) / 9.12).median())
    band = 1.96 * error.query("motion == 'internal_rotation'")["sem"].iloc[0]
    assert row["error_band"] == pytest.approx(band)
    assert row["n_below_beyond_error"] == (women < 45.99 - band).sum()
    assert norms_summary(first, "professional footballers", error).empty


def test_without_a_known_error_how_many_are_below_beyond_it_is_missing(cohort):
    first = cohort[2]
    assert norms_summary(first, "college students")["n_below_beyond_error"].isna().all()
    assert norms_for_figure(first, "college students")["error_band"].isna().all()


def test_the_side_figure_gets_strength_in_percent_and_range_in_degrees(cohort):
    _, _, first, error = cohort
    drawn = sides_for_figure(first, error)
    assert drawn.groupby("quality")["unit"].first().to_dict() == {"rom": "degrees", "strength": "% of the larger side"}
    assert ((drawn["difference"].abs() <= drawn["mdc95"]) == drawn["within_measurement_error"]).all()
    assert drawn.groupby("quality").size().tolist() == [24, 24]
