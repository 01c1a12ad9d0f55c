"""Norms ship as data and are used only where the measurement is the same."""

import pandas as pd
import pytest

from analysis.errors import HiprunError
from analysis.hip.norms import apply_norms, norms
from analysis.tables import words


@pytest.fixture
def profile() -> pd.DataFrame:
    base = {
        "motion": "adduction",
        "quality": "strength_eccentric",
        "position": "side_lying",
        "sex": "male",
        "age_y": 25.0,
        "unit": "Nm/kg",
        "value": 3.6,
    }
    other = [
        {},
        {"position": "supine"},
        {"sex": "female"},
        {"quality": "strength_isometric"},
        {"unit": "N/kg"},
        {"age_y": 45.0},
        {"age_y": None},
    ]
    return pd.DataFrame([base | o for o in other], index=list("abcdefg"))


def test_a_norm_applies_only_where_position_sex_quality_unit_and_age_are_the_same(profile):
    got = apply_norms(profile, "professional footballers")
    assert got["norm_z"].notna().tolist() == [True] + [False] * 6
    assert got.loc["a", "norm_z"] == pytest.approx(1)  # 3.0 ± 0.6 Nm/kg, Mosler et al. 2017
    assert "Mosler" in got.loc["a", "norm_source"]
    assert list(got.index) == list(profile.index)


def test_another_population_is_not_applied_and_an_unknown_one_is_refused(profile):
    assert apply_norms(profile, "college students")["norm_z"].isna().all()
    with pytest.raises(HiprunError, match="found population 'runners'; expected college students"):
        apply_norms(profile, "runners")


def test_every_norm_has_a_source_a_population_a_position_and_words_of_the_tables():
    table = norms()
    required = ["motion", "position", "population", "sex", "mean", "unit", "source"]
    assert table[required].notna().all(axis=None)
    applied = table[table["quality"].notna()]
    assert applied[["n", "method"]].notna().all(axis=None)
    assert (table["sd"].notna() | table["ci_low"].notna()).all()
    assert set(table["motion"]) <= set(words.MOTIONS)
    assert set(table["quality"].dropna()) <= set(words.QUALITIES)
    assert set(table["position"]) <= set(words.POSITIONS)
    assert set(table["sex"]) <= set(words.SEXES)
    assert not table.duplicated(["motion", "quality", "position", "population", "sex", "unit", "age_low"]).any()


def test_a_norm_that_does_not_tell_active_from_passive_is_kept_and_applied_to_neither(profile):
    kept = norms().query("motion == 'internal_rotation' and population == 'professional footballers'").iloc[0]
    assert kept[["mean", "sd", "n"]].tolist() == [38, 8, 394]  # Mosler et al. 2017, prone
    tests = pd.concat([profile.head(1)] * 4, ignore_index=True)
    tests = tests.assign(motion="internal_rotation", position="prone", unit="deg", value=38.0)
    tests["quality"] = ["rom_passive", "rom_active", None, float("nan")]
    assert apply_norms(tests, "professional footballers")["norm_mean"].isna().all()


def test_the_number_of_people_behind_a_norm_goes_with_it(profile):
    got = apply_norms(profile, "professional footballers")
    assert got.loc["a", "norm_n"] == 394
    assert got["norm_n"].isna().tolist() == [False] + [True] * 6
