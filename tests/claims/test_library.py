"""Every claim of CLAIMS.md is declared once, completely, on columns that are there; a new claim is a new file."""

import re
import sys
from dataclasses import replace

import pandas as pd
import pytest

from analysis.claims import CLAIMS, OUTCOMES, Claim, ClaimData, Estimand, all_claims
from analysis.claims import library as library_package
from analysis.claims.primary import columns_of
from analysis.errors import HiprunError
from analysis.panel import athlete_weeks
from analysis.simulate import simulate_tables
from analysis.study import Study

PRIMARY = {
    "dose_mobility", "dose_stability", "injury_dose", "balance_of_work", "capacity_imbalance", "planes", "remote_pain",
    "build_up", "temporary_range", "four_strengths",
}  # fmt: skip
SECONDARY = {
    "muscle_ratio", "side_asymmetry", "deep_stabilisers", "all_directions", "little_and_often", "full_sequence",
    "speed_and_ease", "uneven_ground", "hip_loading", "too_much", "steadiness",
}  # fmt: skip
EVERY = [(claim, estimand) for claim in CLAIMS for estimand in claim.estimands]


@pytest.fixture(scope="module")
def data():
    tables = simulate_tables(n_athletes=12, n_weeks=16, seed=3)
    return ClaimData(tables, athlete_weeks(tables), Study())


def test_the_claims_are_those_of_the_page_primary_and_secondary_as_it_says():
    assert {c.id for c in CLAIMS if c.primary} == PRIMARY
    assert {c.id for c in CLAIMS if not c.primary} == SECONDARY
    assert [c.primary for c in CLAIMS] == sorted((c.primary for c in CLAIMS), reverse=True)


def test_the_page_of_claims_says_the_same(shared):
    rows = re.findall(r"^\| ([a-z_]+) \|.*\| ([PS]) \|$", (shared / "CLAIMS.md").read_text(encoding="utf-8"), re.M)
    assert {(name, kind == "P") for name, kind in rows} == {(c.id, c.primary) for c in CLAIMS}


@pytest.mark.parametrize(("claim", "estimand"), EVERY, ids=lambda x: getattr(x, "id", getattr(x, "label", "")))
def test_a_declaration_is_complete_and_names_columns_that_are_there(claim, estimand, data):
    assert claim.sentence.endswith(".") and claim.title and estimand.label
    assert not estimand.further or claim.primary or claim.id == "muscle_ratio"
    model = estimand.model
    terms = [*model.exposures, *model.adjustment, *model.adds]
    assert set(estimand.weights) <= set(terms), "a weight is no term of the model"
    assert set(estimand.gain_of) <= set(estimand.adds)
    assert set(estimand.replaces) <= {*OUTCOMES[estimand.outcome].model.exposures}
    weighted = {c for term in estimand.weights for c in columns_of(term)}
    assert weighted <= set(estimand.needs), "an estimate without one of its columns"
    frame = getattr(data, OUTCOMES[estimand.outcome].frame)
    random = set(re.findall(r"\w+", model.random.split("|")[-1])) if model.random else set()
    columns = {model.outcome, *estimand.needs, *(c for t in terms for c in columns_of(t)), *random}
    assert columns <= set(frame)
    assert {"athlete_id", "clinic"} <= set(frame)
    assert "{" not in estimand.contrast.format(step="30") + estimand.label.format(step="30")


def test_no_two_estimands_of_a_claim_share_a_row_name():
    for claim in CLAIMS:
        names = [(e.outcome, *e.weights) for e in claim.estimands]
        assert len(set(names)) == len(names), claim.id


def test_a_claim_is_added_by_adding_one_file(tmp_path, monkeypatch):
    (tmp_path / "long_runs.py").write_text(
        "from analysis.claims.claim import HIGHER, Claim, Estimand\n"
        "CLAIM = Claim('long_runs', 'Long runs', 'Long runs hurt.', primary=False, estimands=(\n"
        "    Estimand('pain', 'Load, +100 AU', '100 AU more load', {'acute_load_within': 1.0}, HIGHER,\n"
        "             needs=('acute_load_within',)),))\n"
    )
    monkeypatch.setattr(library_package, "__path__", [*library_package.__path__, str(tmp_path)])
    found = all_claims()
    monkeypatch.delitem(sys.modules, "analysis.claims.library.long_runs")
    assert [c.id for c in found if c not in CLAIMS] == ["long_runs"]
    assert isinstance(next(c for c in found if c.id == "long_runs"), Claim)


def test_a_file_without_a_claim_of_its_name_is_refused(tmp_path, monkeypatch):
    (tmp_path / "stray_notes.py").write_text("CLAIM = None\n")
    monkeypatch.setattr(library_package, "__path__", [*library_package.__path__, str(tmp_path)])
    with pytest.raises(HiprunError, match="declares no CLAIM of that id"):
        all_claims()
    monkeypatch.delitem(sys.modules, "analysis.claims.library.stray_notes")


@pytest.mark.parametrize("wrong", [{"outcome": "mood"}, {"expected": 0}, {"weights": {}}, {"needs": ()}])
def test_a_declaration_that_cannot_be_is_refused(wrong):
    right = Estimand("pain", "x", "x", {"mobility_within": 1.0}, -1, needs=("mobility_within",))
    with pytest.raises(HiprunError, match="claim:"):
        replace(right, **wrong)


def test_scores_are_in_standard_deviations_between_the_runners_and_doses_in_the_steps_that_are_read(data):
    weeks = data.weeks
    names = ["rom_six_motions", "force", "hip_deficit"]
    last = weeks[names] + weeks[[f"{name}_change" for name in names]].to_numpy()
    of_athlete = last.groupby(weeks["athlete_id"]).mean()
    assert of_athlete.std().round(9).eq(1).all() and of_athlete.mean().abs().max() < 1e-9
    stability = (weeks["deep_within"] + weeks["other_stability_within"] - weeks["stability_within"]).dropna()
    assert (
        stability.abs().quantile(0.9) < 0.2
    )  # the two kinds of stability work make up the whole, but for own exercises
    assert weeks["trail_share"].dropna().between(0, 10).all()
    assert weeks.groupby("athlete_id")["trail_share"].first().size == 12


def test_trail_share_before_a_week_is_that_of_the_minutes_before_it_by_hand():
    from analysis.claims.frames import trail_share_before

    panel = pd.DataFrame(
        {"athlete_id": "a", "week_start": pd.date_range("2026-01-05", periods=3, freq="7D", unit="us")}
    )
    panel["training_observed"] = pd.array([True] * 3, dtype="boolean")
    runs = pd.DataFrame(
        {
            "athlete_id": "a",
            "date": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-13"]).astype("datetime64[us]"),
            "sport": ["trail_run", "run", "run", "run"],
            "surface": pd.array([None, "road", None, "trail"], dtype="str"),
            "duration_min": [30.0, 60.0, 500.0, 30.0],
        }
    )
    assert trail_share_before(runs, panel).tolist() == pytest.approx([float("nan"), 30 / 90, 60 / 120], nan_ok=True)


def test_first_weeks_end_with_the_first_pain_above_three(data):
    first = data.first_weeks
    assert first.groupby("athlete_id")["first_pain"].sum().le(1).all()
    assert (first.loc[first["first_pain"] == 1, "pain_nrs"] > 3).all()
    assert (first.loc[first["first_pain"] == 0, "pain_nrs"] <= 3).all()


def test_the_side_named_is_the_own_one_and_for_the_shoulder_the_opposite_one(data):
    rows = data.regions
    sided = rows[rows["side"].isin(["left", "right"]) & (rows["region"] != "shoulder")]
    assert len(sided) and sided["named_side_deficit"].equals(sided["same_side_deficit"])
    reports = data.tables["weekly_reports"]
    shoulder = reports[reports["region"] == "knee"].assign(region="shoulder")
    moved = ClaimData({**data.tables, "weekly_reports": shoulder}, data.panel, data.study).regions
    assert len(moved) and moved["named_side_deficit"].equals(moved["opposite_side_deficit"])
