"""The alternatives of every primary claim are the models they say they are, refitted by hand; or they say why not."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import (
    CLAIMS,
    ClaimData,
    Question,
    Settings,
    estimate_claims,
    fit_plan,
    moved_across_zero,
    primary_questions,
    rows_of,
    sensitivity,
    verdict,
    verdicts,
    with_verdict,
)
from analysis.claims.planned import claim_plan
from analysis.claims.reading import AGAINST, CANNOT, SUPPORTED, UNDECIDED
from analysis.claims.robustness import refits
from analysis.claims.robustness.alternatives import KINDS, alternatives
from analysis.claims.robustness.every_alternative import estimated_row
from analysis.claims.robustness.other_doses import known_earlier, work_after_tests, work_after_weeks
from analysis.claims.robustness.question import WORK, Primary
from analysis.errors import HiprunError
from analysis.hip.work import weekly_work
from analysis.models import cluster_robust, contrast, fit
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, null_truth, simulate_tables
from analysis.study import Study

STUDY = Study()
SETTINGS = Settings(lags_weeks=(1,), half_lives_weeks=(4.0,), n_imputations=2, n_imputations_added=2, iterations=1)
NUMBERS = ["estimate", "ci_low", "ci_high"]


@pytest.fixture(scope="module")
def data():
    truth = Truth(injury_rate_per_1000h=25.0)
    tables = simulate_tables(n_athletes=40, n_weeks=26, seed=5, truth=truth)
    return ClaimData(tables, athlete_weeks(tables, STUDY), STUDY)


def question(claim, outcome):
    """The first effect of a claim on an outcome, a further one too."""
    return next(Question(c, e, STUDY) for c in CLAIMS if c.id == claim for e in c.estimands if e.outcome == outcome)


def primary(data, claim, outcome):
    return Primary(data, question(claim, outcome), SETTINGS)


def solved(asked, label):
    (one,) = [one for one in alternatives(asked) if one.label == label]
    row = estimated_row(asked, one)
    assert row["why_not"] == ""
    return [row[name] for name in NUMBERS]


def by_hand(formula, rows, weights, family="gaussian", **options):
    made = fit(formula, rows, family, **options)
    made = made if options.get("engine") == "gee" else cluster_robust(made, rows, "athlete_id")
    numbers = contrast(made, weights)[NUMBERS].astype(float).to_numpy()
    return pytest.approx(np.exp(numbers) if family != "gaussian" else numbers, rel=1e-6)


def test_every_confirmed_effect_of_the_library_is_asked_and_no_other():
    confirmed = {(c.id, e.outcome, *e.weights) for c in CLAIMS if c.primary for e in c.estimands if not e.further}
    assert {(q.claim.id, q.estimand.outcome, *q.estimand.weights) for q in primary_questions(STUDY)} == confirmed
    names = [q.name for q in primary_questions(STUDY)]
    assert len(set(names)) == len(names) == len(confirmed)


def test_the_primary_row_is_the_estimate_of_the_claims_page(data):
    page = estimate_claims(data, [c for c in CLAIMS if c.primary]).set_index(["claim", "term"])
    for asked in primary_questions(STUDY):
        row = estimated_row(one := Primary(data, asked, SETTINGS), alternatives(one)[0])
        known = page.loc[(asked.claim.id, asked.term)]
        assert [row[n] for n in NUMBERS] == pytest.approx(known[NUMBERS].astype(float).tolist(), rel=1e-9, nan_ok=True)


def test_lag_and_half_life_of_the_planes_are_those_of_the_share_and_of_the_minutes_alike(data):
    asked = primary(data, "planes", "pain")
    columns = [c for c in WORK if c in data.weeks]
    assert {"non_sagittal_within", "mobility_between", "days_within"} <= set(columns)
    before = data.weeks.groupby("athlete_id")[columns].shift(1)
    weights = {"non_sagittal_within": 1.0}
    assert solved(asked, "dose known 1 week earlier") == by_hand(
        asked.plan.formula, data.weeks.assign(**before), weights
    )
    study = STUDY.changed(dose_half_life_weeks=4.0)
    anew = ClaimData(data.tables, athlete_weeks(data.tables, study), study)
    assert solved(asked, "4 weeks") == by_hand(asked.plan.formula, anew.weeks, weights)


def test_work_of_the_same_week_counted_in_is_what_is_known_a_week_later_and_no_rival(data):
    asked = primary(data, "balance_of_work", "injury")
    rows = known_earlier(data.weeks, ["mobility_within"], -1)
    someone = data.weeks["athlete_id"] == data.weeks["athlete_id"].iloc[0]
    later = data.weeks.loc[someone, "mobility_within"].iloc[1:].tolist()
    assert rows.loc[someone, "mobility_within"].iloc[:-1].tolist() == pytest.approx(later, nan_ok=True)
    (same,) = [one for one in alternatives(asked) if one.label == "work of the same week counted in"]
    assert not same.comparable and "may follow from its pain or injury" in same.note


def test_without_a_clinic_one_sd_is_still_that_of_the_whole_cohort(data):
    asked = primary(data, "capacity_imbalance", "injury")
    rows = data.weeks[data.weeks["clinic"] != "B"]
    plan = claim_plan(asked.question.estimand, rows, STUDY)
    made = fit_plan(plan, STUDY)
    expected = contrast(made, {"capacity_imbalance": 1.0})[NUMBERS].astype(float)
    assert solved(asked, "clinic B") == pytest.approx(np.exp(expected).tolist(), rel=1e-9)


@pytest.mark.parametrize(
    ("claim", "outcome", "formula", "weights"),
    [
        ("build_up", "pain",
         "pain_nrs ~ hip_deficit + hip_deficit:programme_10_weeks + programme_10_weeks + hip_deficit_change "
         "+ (1 | athlete_id)",
         {"hip_deficit:programme_10_weeks": 1.0}),
        ("planes", "pain",
         "pain_nrs ~ mobility_within + mobility_between + stability_within + stability_between + non_sagittal_within "
         "+ non_sagittal_between + (1 | athlete_id)", {"non_sagittal_within": 1.0}),
        ("capacity_imbalance", "pain",
         "pain_nrs ~ capacity_imbalance + capacity_imbalance_change + (1 | athlete_id)", {"capacity_imbalance": 1.0}),
        ("remote_pain", "pain_elsewhere",
         "pain_nrs ~ C(region) + hip_deficit + hip_deficit_change + (1 | athlete_id/region)",
         {"hip_deficit": 1.0}),
        ("temporary_range", "range_gained",
         "change_deg ~ C(motion) + mobility_centred + loading_centred + mobility_centred:loading_centred "
         "+ (1 | athlete_id)", {"mobility_centred:loading_centred": 1.0}),
    ],
)  # fmt: skip
def test_unadjusted_keeps_what_makes_the_effect_and_nothing_else(data, claim, outcome, formula, weights):
    asked = primary(data, claim, outcome)
    label = "none: hip work alone" if claim == "planes" else "none: the terms of the claim alone"
    assert solved(asked, label) == by_hand(formula, asked.rows, weights)


def test_pain_elsewhere_is_averaged_over_runners_with_all_their_regions(data):
    asked = primary(data, "remote_pain", "pain_elsewhere")
    formula = asked.plan.formula.replace("athlete_id/region", "athlete_id")
    expected = by_hand(formula, asked.plan.frame, {"hip_deficit": 1.0}, engine="gee")
    assert solved(asked, "GEE, averaged over runners") == expected


def test_illness_as_outcome_of_pain_elsewhere_is_told_of_weeks_with_the_same_deficit(data):
    asked = primary(data, "remote_pain", "pain_elsewhere")
    weeks = data.weeks[data.weeks["new_illnesses"].notna()]
    plan = claim_plan(question("dose_mobility", "pain").estimand, data.weeks, STUDY)
    formula = plan.formula.replace("pain_nrs ~ ", "new_illnesses ~ hip_deficit + hip_deficit_change + ")
    expected = by_hand(formula, weeks, {"hip_deficit": 1.0}, "poisson")
    assert solved(asked, "illness as outcome") == pytest.approx(expected.expected, rel=1e-3)


def test_the_share_of_planes_done_after_a_week_is_that_of_later_weeks_alone(data):
    after = work_after_weeks(data, ["non_sagittal"])["non_sagittal_after"]
    panel, checked = data.panel, 0
    minutes = weekly_work(data.tables["hip_work"]).set_index(["athlete_id", "week_start"])
    for at in panel.index[panel["hip_work_observed"].astype(bool)][::97]:
        who, week = panel.loc[at, ["athlete_id", "week_start"]]
        own = panel[(panel["athlete_id"] == who) & (panel["week_start"] > week)]
        weeks = pd.MultiIndex.from_product([[who], own["week_start"]])
        planes = (
            minutes.reindex(weeks)[["sagittal_min", "frontal_min", "transverse_min"]].astype(float).to_numpy().copy()
        )
        planes[~weeks.isin(minutes.index)] = 0.0
        planes[~own["hip_work_observed"].to_numpy(bool)] = np.nan
        weight = 2 ** (-np.arange(len(own)) / STUDY.dose_half_life_weeks)
        known = ~np.isnan(planes)
        if not known.any(axis=0).all() or np.isnan(after[at]):
            continue
        sagittal, frontal, transverse = (np.nan_to_num(planes).T @ weight) / (known.T @ weight)
        share = 10 * (1 - sagittal / (sagittal + frontal + transverse))
        assert after[at] == pytest.approx(share - data.weeks.loc[at, "non_sagittal_between"])
        checked += 1
    assert checked >= 3


def test_the_control_exposure_stands_beside_the_work_before_with_its_product(data):
    asked = primary(data, "balance_of_work", "pain")
    frame = asked.plan.frame.assign(**work_after_weeks(data, ["mobility", "stability"]))
    more = "mobility_after + stability_after + mobility_after:stability_after"
    formula = asked.plan.formula.replace(" ~ ", f" ~ {more} + ")
    expected = by_hand(formula, frame, {"mobility_after:stability_after": 1.0})
    assert solved(asked, "hip work done afterwards") == expected


def test_work_after_the_later_test_is_that_of_as_many_days_from_it_on(data):
    asked = primary(data, "temporary_range", "range_gained")
    rows = asked.frame
    work = data.work_weeks

    def mean(row):
        end = row.to_date + (row.to_date - row.from_date)
        own = work[(work["athlete_id"] == row.athlete_id) & work["week_start"].between(row.to_date, end, "left")]
        return own["mobility_min"].mean(), own["loading_min"].mean()

    minutes = np.array([mean(row) for row in rows.itertuples()]) / STUDY.dose_step_min
    mobility, loading = (minutes - np.nanmean(minutes, axis=0)).T
    frame = rows.assign(mobility_later=mobility, loading_later=loading)
    more = "mobility_later + loading_later + mobility_later:loading_later"
    formula = asked.plan.formula.replace(" ~ ", f" ~ {more} + ")
    expected = by_hand(formula, frame, {"mobility_later:loading_later": 1.0})
    assert solved(asked, "hip work done afterwards") == expected


def test_an_alternative_without_a_meaning_is_not_listed(data):
    kinds = {
        (claim, outcome): {one.kind for one in alternatives(primary(data, claim, outcome))}
        for claim, outcome in (
            ("planes", "injury"), ("capacity_imbalance", "pain"), ("build_up", "first_pain"),
            ("remote_pain", "pain_elsewhere"), ("temporary_range", "range_gained"),
        )
    }  # fmt: skip
    assert all(
        found <= set(KINDS) and {"As planned", "Left out", "Model", "Adjustment"} <= found for found in kinds.values()
    )
    assert kinds["planes", "injury"] == set(KINDS) - {"Outcome"}
    assert kinds["capacity_imbalance", "pain"] == set(KINDS) - {"Lag", "Half-life"}
    assert not {"Lag", "Half-life", "Missing weeks", "Outcome"} & kinds["build_up", "first_pain"]
    assert {"Control", "Outcome"} <= kinds["remote_pain", "pain_elsewhere"]
    assert kinds["temporary_range", "range_gained"] == {"As planned", "Left out", "Model", "Adjustment", "Control"}


def split_by_clinic(slopes):
    """A cohort in which pain goes with mobility work by another slope in each clinic."""
    tables = simulate_tables(n_athletes=45, n_weeks=20, seed=3, truth=null_truth())
    panel = athlete_weeks(tables, STUDY)
    rng = np.random.default_rng(1)
    slope = panel["clinic"].map(slopes).astype(float)
    pain = 5 + slope * panel["mobility_dose_within_min"].fillna(0) / 30 + rng.normal(0, 0.2, len(panel))
    return ClaimData(tables, panel.assign(pain_nrs=pain.clip(0, 10)), STUDY)


def test_a_reading_that_one_clinic_makes_is_moved_by_leaving_it_out():
    dose = question("dose_mobility", "pain")
    moved = split_by_clinic({"A": 0.4, "B": -4.0, "C": 0.4})
    assert moved_across_zero(moved, dose.claim, dose.estimand) == ("clinic B left out",)
    (row,) = estimate_claims(moved, [dose.claim]).itertuples()
    assert (row.reading, row.moved_by) == (UNDECIDED, "clinic B left out")
    assert moved_across_zero(split_by_clinic({"A": -1.0, "B": -1.0, "C": -1.0}), dose.claim, dose.estimand) == ()


def test_imputation_of_missing_weeks_can_move_a_reading_as_any_other_analysis_can(monkeypatch):
    dose = question("dose_mobility", "pain")

    def upside_down(primary):
        return refits.of_rows(primary, primary.frame.assign(pain_nrs=10 - primary.frame["pain_nrs"]), "upside down")

    monkeypatch.setattr(refits, "imputed", upside_down)
    data = split_by_clinic({"A": -1.0, "B": -1.0, "C": -1.0})
    assert moved_across_zero(data, dose.claim, dose.estimand) == ("missing weeks imputed",)


def test_where_nothing_is_clear_no_alternative_is_worked_out(data):
    dose = question("capacity_imbalance", "pain")
    done = {}
    assert moved_across_zero(data, dose.claim, dose.estimand, done) == ()
    made = estimated_row(one := Primary(data, dose, SETTINGS), alternatives(one)[0])
    assert made["reading"] not in (SUPPORTED, AGAINST)
    assert {key[0] for key in done} == {"frame", "primary"}


def test_the_reading_of_the_claims_page_stands_in_the_verdict_and_the_others_are_read_by_interval(data):
    asked = question("dose_mobility", "pain")
    given = {"claim": asked.claim.id, "term": asked.term, "estimate": -1.0, "p_holm": 0.2, "reading": UNDECIDED}
    page = pd.DataFrame([given])
    tested = sensitivity(split_by_clinic({"A": -1.0, "B": -1.0, "C": -1.0}), [asked], SETTINGS, page)
    found = verdict(rows_of(tested.table, asked))
    assert (found.reading, found.by_interval, found.p_holm) == (UNDECIDED, SUPPORTED, 0.2)
    assert found.n_same > 0 and found.is_clear
    both = with_verdict(tested.table)
    assert set(both["read"]) == {UNDECIDED} and set(both["by_interval"]) == {SUPPORTED}
    assert tested.table["after_holm"].tolist()[1:] == [""] * (len(tested.table) - 1)


def only_tests(tables):
    windows = tables["observation_windows"]
    kept = {name: tables[name] for name in ("athletes", "hip_assessments")}
    return kept | {"observation_windows": windows[windows["stream"] == "hip_assessment"]}


def of(tables, athletes):
    return {name: frame[frame["athlete_id"].isin(athletes)] for name, frame in tables.items()}


ODD = {
    "four runners": lambda t: of(t, t["athletes"]["athlete_id"].iloc[:4]),
    "only hip tests": only_tests,
    "no injuries": lambda t: t | {"injuries": t["injuries"].iloc[:0]},
    "one clinic": lambda t: t | {"athletes": t["athletes"].assign(clinic="A")},
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_a_cohort_lacks_each_alternative_has_a_number_or_says_why_not(name):
    tables = ODD[name](simulate_tables(n_athletes=14, n_weeks=14, seed=4))
    data = ClaimData(tables, athlete_weeks(tables, STUDY), STUDY)
    tested = sensitivity(data, settings=SETTINGS)
    known = tested.table["estimate"].notna()
    assert (tested.table.loc[~known, "why_not"].str.len() > 10).all()
    assert (tested.table.loc[known, "why_not"] == "").all()
    assert len(verdicts(tested.table)) == len(tested.e_values) == len(primary_questions(STUDY))
    first = tested.table[tested.table["kind"] == "As planned"]
    if name in ("four runners", "only hip tests"):
        assert (first["reading"] == CANNOT).all()
    if name == "one clinic":
        assert known.mean() > 0.6 and not tested.table["alternative"].str.contains("clinic").any()


def test_a_frame_that_is_not_of_two_tests_has_no_work_after_them(data):
    with pytest.raises(HiprunError, match="found the frame 'weeks'"):
        work_after_tests(data, "weeks", data.weeks)
