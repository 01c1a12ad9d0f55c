"""Every alternative is the model it says it is; the verdict follows from the table; a known truth keeps its reading."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from analysis.claims import (
    CLAIMS,
    ClaimData,
    Question,
    Settings,
    fit_plan,
    for_report,
    not_estimated,
    plan_injury_model,
    plan_pain_model,
    reading,
    rows_of,
    sensitivity,
    verdict,
    verdicts,
)
from analysis.claims.reading import AGAINST, CANNOT, NO_EFFECT, SUPPORTED, UNDECIDED
from analysis.claims.robustness.alternatives import alternatives, in_words
from analysis.claims.robustness.every_alternative import FOUND
from analysis.claims.robustness.other_doses import done_after, known_earlier, weighed
from analysis.claims.robustness.question import Primary
from analysis.errors import HiprunError
from analysis.models import cluster_robust, e_value, fit, fit_imputed, fit_ordinal, impute, leave_out, tipping_point
from analysis.panel import athlete_weeks
from analysis.panel.doses import lagged_dose
from analysis.simulate import Truth, null_truth, simulate_tables
from analysis.study import Study

STUDY = Study()
SETTINGS = Settings(n_imputations=3, iterations=2, shifts=(-1.0, 1.0))
TERM = "mobility_within"
DOSE_CLAIMS = [claim for claim in CLAIMS if "dose" in claim.id]
DOSES = [f"{kind}_dose{part}_min" for kind in ("mobility", "stability") for part in ("", "_between", "_within")]


def data_of(tables, panel):
    return ClaimData(tables, panel, STUDY)


def dose_questions():
    """Of the effects of hip work, those said beside the confirmed ones too."""
    return tuple(Question(claim, estimand, STUDY) for claim in DOSE_CLAIMS for estimand in claim.estimands)


@pytest.fixture(scope="module")
def tables():
    return simulate_tables(n_athletes=36, n_weeks=20, seed=11, truth=Truth(injury_rate_per_1000h=25.0))


@pytest.fixture(scope="module")
def panel(tables):
    return athlete_weeks(tables, STUDY)


@pytest.fixture(scope="module")
def tested(tables, panel):
    return sensitivity(data_of(tables, panel), dose_questions(), SETTINGS)


@pytest.fixture(scope="module")
def pain(panel):
    return plan_pain_model(panel, STUDY)


@pytest.fixture(scope="module")
def injury(panel):
    return plan_injury_model(panel, STUDY)


def row(tested, claim, alternative, term=TERM):
    rows = tested.table[(tested.table["claim"] == claim) & (tested.table["term"].str.split(": ").str[1] == term)]
    (found,) = rows[rows["alternative"] == alternative].itertuples()
    return found


def solved(panel, label, question=None, tables=None):
    """One alternative alone; of panels that no tables make, the doses of which nothing but the panel tells."""
    question = question or dose_questions()[0]
    primary = Primary(data_of(tables or {}, panel), question, SETTINGS)
    (one,) = [one for one in alternatives(primary) if one.label == label]
    return one.solve()


def numbers(made, term=TERM, ratio=False):
    values = made.estimates.set_index("term").loc[term, ["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
    return pytest.approx(np.exp(values) if ratio else values, rel=1e-9)


def given(found):
    return [found.estimate, found.ci_low, found.ci_high]


def test_the_first_row_of_each_claim_is_the_primary_analysis_itself(tested, pain, injury):
    assert given(row(tested, "dose_mobility", "primary analysis")) == numbers(fit_plan(pain, STUDY))
    assert given(row(tested, "dose_stability", "primary analysis", "stability_within")) == numbers(
        fit_plan(pain, STUDY), "stability_within"
    )
    found = row(tested, "injury_dose", "primary analysis")
    assert given(found) == numbers(fit_plan(injury, STUDY), ratio=True)
    assert (found.scale, found.kind, found.comparable) == ("IRR", "As planned", True)


def test_every_row_has_numbers_or_says_why_not_and_every_claim_the_same_columns(tested):
    known = tested.table["estimate"].notna()
    assert (tested.table.loc[~known, "why_not"].str.len() > 10).all()
    assert (tested.table.loc[known, "why_not"] == "").all()
    assert (tested.table.loc[known, "ci_low"] <= tested.table.loc[known, "estimate"]).all()
    assert known.mean() > 0.9
    assert set(tested.table.groupby(["claim", "term"]).groups) == {
        ("dose_mobility", "pain: mobility_within"),
        ("dose_stability", "pain: stability_within"),
        ("injury_dose", "injury: mobility_within"),
        ("injury_dose", "injury: stability_within"),
        ("injury_dose", "injury: mobility_within stability_within"),
    }


def test_the_issue_s_alternatives_are_all_there(tested):
    kinds = tested.table.groupby("claim")["alternative"].agg(set)
    both = {"dose known 1 week earlier", "dose known 3 weeks earlier", "1 week", "6 weeks", "one runner (lowest)"}
    both |= {"another program, mixedlm", "GEE, averaged over runners", "only runners without any", "imputed"}
    both |= {"none: hip work alone", "illness as outcome", "hip work done afterwards", "clinic B"}
    assert both <= kinds["dose_mobility"] and both <= kinds["injury_dose"]
    pain_alone = {"1 point lower than imputed", "pain above 3, yes or no", "pain as ordered steps"}
    assert pain_alone | {"another program, statsmodels"} <= kinds["dose_mobility"]
    assert "negative binomial" in kinds["injury_dose"]


def test_a_lag_of_0_weeks_is_the_panel_and_of_2_weeks_the_row_two_calendar_weeks_before(panel):
    pd.testing.assert_frame_equal(known_earlier(panel, DOSES, 0), panel)
    moved = known_earlier(panel, DOSES, 2)
    someone = panel["athlete_id"] == panel["athlete_id"].iloc[0]
    assert moved.loc[someone, "mobility_dose_min"].iloc[:2].isna().all()
    now, then = moved.loc[someone, "stability_dose_within_min"], panel.loc[someone, "stability_dose_within_min"]
    assert now.iloc[2:].tolist() == pytest.approx(then.iloc[:-2].tolist(), nan_ok=True)
    assert moved["acute_load_au"].equals(panel["acute_load_au"])


def test_a_week_that_is_not_there_stays_a_gap_under_a_lag(panel):
    someone = panel[panel["athlete_id"] == panel["athlete_id"].iloc[0]].iloc[:8]
    holed = someone.drop(someone.index[4])
    moved = known_earlier(holed, DOSES, 1)
    assert np.isnan(moved["mobility_dose_min"].iloc[4])
    assert moved["mobility_dose_min"].iloc[5] == someone["mobility_dose_min"].iloc[5]


def test_another_half_life_is_the_panel_built_anew_with_that_choice(panel, tables):
    anew = athlete_weeks(tables, STUDY.changed(dose_half_life_weeks=4.0))
    pd.testing.assert_frame_equal(weighed(panel, ("mobility", "stability"), 4.0), anew)


def test_work_done_after_a_week_is_that_of_later_weeks_alone(panel):
    someone = panel[panel["athlete_id"] == panel["athlete_id"].iloc[3]].iloc[:6]
    minutes = someone["mobility_min"].to_numpy()[4:]
    expected = (minutes[0] + 2**-0.5 * minutes[1]) / (1 + 2**-0.5) - someone["mobility_dose_between_min"].iloc[3]
    assert done_after(someone, "mobility", 2.0).iloc[3] == pytest.approx(expected)
    changed = someone.assign(mobility_min=someone["mobility_min"].where(np.arange(6) > 3, 999.0))
    assert done_after(changed, "mobility", 2.0).iloc[3] == pytest.approx(expected)
    assert lagged_dose(changed["mobility_min"], changed["athlete_id"], 2.0).iloc[3] == pytest.approx(999.0)


def test_lag_and_half_life_are_the_primary_model_on_the_changed_panel(tested, panel):
    for label, changed in (
        ("dose known 2 weeks earlier", known_earlier(panel, DOSES, 2)),
        ("work of the same week counted in", known_earlier(panel, DOSES, -1)),
        ("4 weeks", weighed(panel, ("mobility", "stability"), 4.0)),
    ):
        assert given(row(tested, "dose_mobility", label)) == numbers(fit_plan(plan_pain_model(changed, STUDY), STUDY))


def test_without_clinic_b_is_the_model_of_a_cohort_without_clinic_b(tested, panel):
    rest = panel[panel["clinic"] != "B"]
    made = fit_plan(plan_injury_model(rest, STUDY), STUDY)
    found = row(tested, "injury_dose", "clinic B")
    assert given(found) == numbers(made, ratio=True)
    assert found.n_athletes == made.n_groups["athlete_id"]
    assert found.n_left_out == panel.loc[panel["clinic"] == "B", "athlete_id"].nunique()


def test_each_runner_left_out_in_one_step_is_next_to_the_refit_without_them(tested, pain, injury):
    """Exact for a linear model of known variances; those of a refit differ by what one runner of 36 tells of them."""
    for claim, plan, near in (("dose_mobility", pain, 0.05), ("injury_dose", injury, 0.15)):
        plain = fit(plan.formula, plan.frame, plan.family, offset=plan.offset)
        exact = leave_out(plain, plan.frame, "athlete_id", terms=[TERM]).set_index("level")
        own = tested.each_athlete[tested.each_athlete["claim"] == claim]
        own = own[own["term"].str.endswith(f": {TERM}")].set_index("athlete_id")["estimate"]
        one_step = own if claim == "dose_mobility" else np.log(own)
        assert set(one_step.index) == set(exact.index)
        se = plain.estimates.set_index("term").loc[TERM, "std_error"]
        assert ((one_step - exact["estimate"]).abs() / se).max() < near
        assert one_step.corr(exact["estimate"]) > 0.99


def test_the_two_runners_shown_are_those_whose_refit_is_lowest_and_highest(tested, panel, pain):
    exact = leave_out(fit(pain.formula, pain.frame), pain.frame, "athlete_id", terms=[TERM])
    each = exact.set_index("level")["estimate"]
    for label, who in (("one runner (lowest)", each.idxmin()), ("one runner (highest)", each.idxmax())):
        made = fit_plan(plan_pain_model(panel[panel["athlete_id"] != who], STUDY), STUDY)
        assert given(row(tested, "dose_mobility", label)) == numbers(made)
    assert not tested.table.astype(str).isin(panel["athlete_id"].unique()).to_numpy().any()


def test_the_other_models_are_calls_of_the_same_formula(tested, pain, injury):
    call = {"offset": injury.offset}
    for label, made in (
        ("another program, mixedlm", fit(injury.formula, injury.frame, "poisson", engine="mixedlm", **call)),
        ("negative binomial", fit(injury.formula, injury.frame, "negativebinomial", **call)),
    ):
        found = row(tested, "injury_dose", label)
        robust = cluster_robust(made, injury.frame, "athlete_id")
        assert given(found) == numbers(robust, ratio=True) if robust.converged else found.why_not
    gee = fit(pain.formula, pain.frame, engine="gee")
    assert given(row(tested, "dose_mobility", "GEE, averaged over runners")) == numbers(gee)
    assert row(tested, "dose_mobility", "another program, mixedlm").estimate == pytest.approx(
        row(tested, "dose_mobility", "primary analysis").estimate, abs=1e-4
    )


def test_unadjusted_is_hip_work_alone_on_the_rows_of_the_primary_fit(tested, pain):
    rows = pain.frame.loc[fit(pain.formula, pain.frame).fitted.index]
    formula = "pain_nrs ~ mobility_within + mobility_between + stability_within + stability_between + (1 | athlete_id)"
    made = cluster_robust(fit(formula, rows), rows, "athlete_id")
    found = row(tested, "dose_mobility", "none: hip work alone")
    assert given(found) == numbers(made)
    assert found.n_obs == row(tested, "dose_mobility", "primary analysis").n_obs


def test_missing_weeks_imputed_and_shifted_are_those_of_the_models_room(tested, pain):
    filled = impute(pain.formula, pain.frame, seed=STUDY.seed, expected="report_expected", m=3, iterations=2)
    robust = {"after": lambda made, frame: cluster_robust(made, frame, "athlete_id")}
    pooled = fit_imputed(pain.formula, filled, **robust)
    assert given(row(tested, "dose_mobility", "imputed")) == numbers(pooled)
    shifted = tipping_point(
        pain.formula, filled, weights={TERM: 1}, deltas=[-1.0], bounds=(0, 10), **robust
    ).table.set_index("delta")
    found = row(tested, "dose_mobility", "1 point lower than imputed")
    assert given(found) == pytest.approx(shifted.loc[-1.0, ["estimate", "ci_low", "ci_high"]].tolist())
    assert not found.comparable
    assert "nothing to shift" in row(tested, "injury_dose", "outcome shifted").why_not


def test_runners_without_a_missing_week_have_every_value_in_each_week_from_their_first_dose_on(panel):
    some = panel["athlete_id"].isin(panel["athlete_id"].unique()[:12])
    filled = panel.assign(pain_nrs=panel["pain_nrs"].mask(some & panel["pain_nrs"].isna(), 1))
    lacking = filled["pain_nrs"].isna() & filled["report_expected"] & filled["mobility_dose_min"].notna()
    whole = (~lacking).groupby(filled["athlete_id"]).all().sum()
    assert 5 <= solved(filled, "only runners without any").n_athletes <= whole


def test_pain_as_yes_or_no_and_as_ordered_steps(tested, pain):
    above = pain.frame["pain_nrs"].gt(3).astype(float).where(pain.frame["pain_nrs"].notna())
    frame = pain.frame.assign(pain_nrs=above)
    made = cluster_robust(fit(pain.formula, frame, "binomial"), frame, "athlete_id")
    found = row(tested, "dose_mobility", "pain above 3, yes or no")
    assert given(found) == numbers(made, ratio=True)
    assert (found.scale, found.comparable) == ("OR", False)
    ordinal = fit_ordinal(pain.formula, pain.frame)
    assert given(row(tested, "dose_mobility", "pain as ordered steps")) == numbers(ordinal, ratio=True)


def test_the_controls_are_illness_over_weeks_watched_and_the_work_of_later_weeks(tested, panel, pain):
    watched = pain.frame[pain.frame["new_illnesses"].notna()]
    formula = pain.formula.replace("pain_nrs ~", "new_illnesses ~")
    made = cluster_robust(fit(formula, watched, "poisson"), watched, "athlete_id")
    found = row(tested, "dose_mobility", "illness as outcome")
    assert given(found) == numbers(made, ratio=True)
    assert found.reading in (FOUND, "not clear, as it should be") and not found.comparable
    frame = pain.frame.assign(
        mobility_after=done_after(panel, "mobility", 2.0) / 30, stability_after=done_after(panel, "stability", 2.0) / 30
    )
    made = fit(pain.formula.replace("~ ", "~ mobility_after + stability_after + "), frame)
    made = cluster_robust(made, frame, "athlete_id")
    assert given(row(tested, "dose_mobility", "hip work done afterwards")) == numbers(made, "mobility_after")


def test_a_cause_that_was_not_measured_shows_in_the_control_exposure(panel):
    rng = np.random.default_rng(1)
    athletes = panel["athlete_id"].unique()
    mood = pd.Series(rng.normal(size=len(athletes)), athletes)
    slow = panel["athlete_id"].map(mood) * np.sin(panel["week_in_programme"].astype(float) / 3)
    minutes = (60 + 40 * slow + rng.normal(0, 5, len(panel))).clip(lower=0)
    confounded = weighed(panel.assign(mobility_min=minutes), ("mobility", "stability"), STUDY.dose_half_life_weeks)
    confounded = confounded.assign(pain_nrs=(4 - 2 * slow + rng.normal(0, 0.5, len(panel))).clip(0, 10))
    found = solved(confounded, "hip work done afterwards").numbers({"mobility_after": 1.0})
    assert found["ci_high"] < 0


def test_e_values_are_those_of_the_rate_ratio_and_of_the_standardised_difference(tested, pain):
    found = tested.e_values.assign(term=tested.e_values["term"].str.split(": ").str[1]).set_index(["claim", "term"])
    first = row(tested, "injury_dose", "primary analysis")
    by_hand = e_value(first.estimate, first.ci_low, first.ci_high, "rate ratio")
    assert found.loc[("injury_dose", TERM), "e_value"] == pytest.approx(by_hand.estimate)
    rows = fit(pain.formula, pain.frame).fitted.index
    sd = pain.frame.loc[rows, "pain_nrs"].std()
    first = row(tested, "dose_mobility", "primary analysis")
    by_hand = e_value(*(v / sd for v in given(first)), "standardised difference")
    assert found.loc[("dose_mobility", TERM), "e_value"] == pytest.approx(by_hand.estimate)
    assert found.loc[("dose_mobility", TERM), "e_value_limit"] == pytest.approx(by_hand.limit)


def test_the_same_data_study_and_settings_give_the_same_table_whatever_the_processes(tables, panel, tested):
    questions = [dose_questions()[0], dose_questions()[2]]
    two = sensitivity(data_of(tables, panel), questions, dataclasses.replace(SETTINGS, jobs=2)).table
    for question in questions:
        pd.testing.assert_frame_equal(rows_of(two, question), rows_of(tested.table, question))


def test_a_claim_that_cannot_be_estimated_is_one_row_with_the_reason(tables, panel):
    nobody = panel[panel["athlete_id"].isin(panel["athlete_id"].unique()[:4])]
    found = sensitivity(data_of(tables, nobody), dose_questions(), SETTINGS)
    assert len(found.table) == 5 and (found.table["reading"] == CANNOT).all()
    assert not_estimated(found.table)["why_not"].str.contains("fewer than 5 runners").all()
    assert found.each_athlete.empty and found.e_values["e_value"].isna().all()
    assert {each.status for each in verdicts(found.table)} == {"nothing to compare"}


def test_a_cohort_of_one_clinic_without_illness_says_so_and_leaves_out_no_clinic(panel):
    none = pd.array([0] * len(panel), dtype="Int64")
    alone = panel.assign(clinic="A", new_illnesses=none)
    with pytest.raises(HiprunError, match=r"^no illness was recorded in a week that was watched$"):
        solved(alone, "illness as outcome")
    labels = [one.label for one in alternatives(Primary(data_of({}, alone), dose_questions()[0], SETTINGS))]
    assert not any("clinic" in label for label in labels)


def test_gee_and_ordered_steps_go_with_eight_clinics_whose_intercept_is_random(panel):
    codes = {who: f"c{i % 8}" for i, who in enumerate(panel["athlete_id"].unique())}
    clinics = panel.assign(clinic=panel["athlete_id"].map(codes))
    for label in ("GEE, averaged over runners", "pain as ordered steps", "one clinic (c3)"):
        found = solved(clinics, label)
        assert found.converged and np.isfinite(found.numbers({TERM: 1.0})["ci_low"])


def test_a_sum_of_terms_is_read_as_a_contrast(panel, injury):
    both = dose_questions()[-1]
    assert both.estimand.weights == {"mobility_within": 0.5, "stability_within": 0.5}
    terms = fit_plan(injury, STUDY).estimates.set_index("term")["estimate"]
    by_hand = 0.5 * terms["mobility_within"] + 0.5 * terms["stability_within"]
    weights = both.estimand.weights
    assert solved(panel, "primary analysis", both).numbers(weights)["estimate"] == pytest.approx(by_hand)
    labels = [f"one runner ({which})" for which in ("lowest", "highest")]
    lowest, highest = (solved(panel, label, both).numbers(weights)["estimate"] for label in labels)
    assert lowest < by_hand < highest


def test_counts_of_a_few_runners_are_not_handed_out_as_a_difference(tested):
    shown = for_report(tested.table, 5)
    assert shown.loc[shown["alternative"].str.startswith("one runner"), ["n_obs", "n_athletes"]].isna().all(axis=None)
    whole = shown[shown["kind"] == "As planned"].set_index(["claim", "term"])["n_athletes"]
    rows = shown[shown["n_athletes"].notna()].set_index(["claim", "term"])
    apart = (whole.reindex(rows.index) - rows["n_athletes"]).abs()
    assert ((apart == 0) | (apart >= 5)).all()
    assert not {"n_left_out", "note", "after_holm", "p_holm"} & set(shown)


@pytest.mark.parametrize(
    ("numbers", "direction", "scale", "p_adjusted", "expected"),
    [
        ((-0.3, -0.5, -0.1), -1, "difference", None, SUPPORTED),
        ((-0.3, -0.5, -0.1), 1, "difference", None, AGAINST),
        ((-0.3, -0.5, -0.1), -1, "difference", 0.2, UNDECIDED),
        ((-0.1, -0.3, -0.01), -1, "difference", 0.2, NO_EFFECT),
        ((0.0, -0.4, 0.4), -1, "difference", None, NO_EFFECT),
        ((0.0, -0.5, 0.4), -1, "difference", None, UNDECIDED),
        ((0.8, 0.7, 0.95), -1, "IRR", 0.01, SUPPORTED),
        ((1.2, 1.1, 1.4), -1, "IRR", None, AGAINST),
        ((1.0, 0.95, 1.05), -1, "IRR", None, NO_EFFECT),
        ((1.0, 0.95, 1.12), -1, "IRR", None, UNDECIDED),
        ((np.nan, np.nan, np.nan), -1, "IRR", None, CANNOT),
    ],
)
def test_the_reading_follows_the_rule_of_the_claims_page(numbers, direction, scale, p_adjusted, expected):
    smallest = 0.5 if scale == "difference" else 0.9
    assert reading(*numbers, direction, smallest, scale, p_adjusted=p_adjusted) == expected


def test_a_reading_of_another_scale_or_without_a_direction_is_refused():
    with pytest.raises(HiprunError, match="scale 'link'"):
        reading(0, -1, 1, -1, 0.5, "link")
    with pytest.raises(HiprunError, match="direction 0"):
        reading(0, -1, 1, 0, 0.5, "difference")


def by_hand(first, *others, stress=(), controls=()):
    """A table of one claim: (estimate, low, high) or None per alternative."""
    rows = [("As planned", "primary analysis", True, first)]
    rows += [("Lag", f"dose known {k} weeks earlier", True, values) for k, values in enumerate(others, 1)]
    rows += [("If those differ", f"{k} points lower than imputed", False, values) for k, values in enumerate(stress, 1)]
    rows += [("Control", f"control {k}", False, values) for k, values in enumerate(controls, 1)]
    made = []
    for kind, label, comparable, values in rows:
        numbers = values or (np.nan,) * 3
        read = reading(*numbers, -1, 0.5, "difference")
        if kind == "Control":
            read = FOUND if numbers[1] > 0 or numbers[2] < 0 else "not clear, as it should be"
        made.append(
            {"claim": "c", "title": "C", "term": "t", "label": "Work", "words": "Work and pain", "unit": "points",
             "expected": -1, "p_holm": np.nan, "after_holm": "", "kind": kind, "alternative": label,
             **dict(zip(("estimate", "ci_low", "ci_high"), numbers, strict=True)), "scale": "difference",
             "comparable": comparable, "reading": read, "n_athletes": 20}
        )  # fmt: skip
    return pd.DataFrame(made)


LOW, UNCLEAR, HIGH, SMALL = (-1.0, -1.5, -0.5), (-0.4, -1.0, 0.2), (1.0, 0.5, 1.5), (0.1, -0.2, 0.4)


@pytest.mark.parametrize(
    ("first", "others", "status", "n_same"),
    [
        (LOW, [LOW, LOW], "stays", 2),
        (LOW, [LOW, UNCLEAR], "weakens", 1),
        (LOW, [UNCLEAR, HIGH], "turns", 0),
        (UNCLEAR, [LOW, UNCLEAR], "differs", 1),
        (UNCLEAR, [LOW, HIGH], "turns", 0),
        (SMALL, [SMALL, LOW], "weakens", 1),
        (LOW, [None], "nothing to compare", 0),
        (None, [LOW], "nothing to compare", 0),
    ],
)
def test_the_verdict_says_whether_the_reading_stays_weakens_or_turns(first, others, status, n_same):
    found = verdict(by_hand(first, *others))
    assert (found.status, found.n_same) == (status, n_same)


def test_the_verdict_names_what_moved_it_what_lies_across_and_what_gave_no_estimate():
    found = verdict(by_hand(LOW, LOW, SMALL, None, stress=[UNCLEAR, LOW], controls=[HIGH, SMALL]))
    assert found.moved == (("the dose known 2 weeks earlier", NO_EFFECT),)
    assert found.across == ("the dose known 2 weeks earlier",)
    assert found.without == ("the dose known 3 weeks earlier",)
    assert found.shifted == (("1 points lower than imputed", UNDECIDED),) and found.n_shifted == 2
    assert found.controls == (("control 1", True), ("control 2", False))
    assert (found.lowest, found.highest, found.n_comparable) == (-1.0, 0.1, 2)


def test_controls_and_stress_tests_do_not_move_the_verdict():
    assert verdict(by_hand(LOW, LOW, stress=[HIGH], controls=[HIGH])).status == "stays"


def test_a_verdict_is_of_one_claim_with_one_primary_analysis():
    table = by_hand(LOW, LOW)
    with pytest.raises(HiprunError, match="found 2 primary"):
        verdict(pd.concat([table, table]))
    with pytest.raises(HiprunError, match="one question"):
        verdict(pd.concat([table, table.iloc[1:].assign(term="other")]))


def test_an_alternative_in_words_names_no_runner():
    assert in_words("Left out", "one runner (lowest)") == "one runner left out"
    assert in_words("Half-life", "4 weeks") == "a half-life of 4 weeks"


@pytest.mark.parametrize(
    "wrong", [{"lags_weeks": (0,)}, {"half_lives_weeks": (-1.0,)}, {"shifts": (0.0,)}, {"jobs": 0}]
)
def test_settings_that_vary_nothing_are_refused(wrong):
    with pytest.raises(HiprunError, match="sensitivity: "):
        Settings(**wrong)


QUICK = dataclasses.replace(SETTINGS, lags_weeks=(1,), half_lives_weeks=(1.0, 4.0), n_imputations=2, iterations=1)


def test_a_strong_true_effect_is_supported_and_does_not_turn():
    truth = Truth(pain_mobility_within=-1.0, pain_mobility_slope_sd=0.0)
    tables = simulate_tables(n_athletes=40, n_weeks=26, seed=3, truth=truth)
    data = data_of(tables, athlete_weeks(tables, STUDY))
    found = verdict(sensitivity(data, dose_questions()[:1], QUICK).table)
    assert found.reading == SUPPORTED and found.status in ("stays", "weakens")
    assert not found.across
    assert found.n_same >= 0.7 * found.n_comparable
    assert not any(is_found for _, is_found in found.controls)


@pytest.mark.slow
def test_over_ten_null_cohorts_no_alternative_is_read_as_supported_or_against_more_often_than_chance():
    tables = []
    for seed in range(10):
        null = simulate_tables(n_athletes=40, n_weeks=26, seed=seed, truth=null_truth())
        data = data_of(null, athlete_weeks(null, STUDY))
        tables.append(sensitivity(data, dose_questions(), QUICK).table.assign(seed=seed))
    table = pd.concat(tables)
    called = table["reading"].isin([SUPPORTED, AGAINST, FOUND])
    each = called.groupby([table["claim"], table["term"], table["alternative"]]).sum()
    assert each.max() <= 4, "P(5 or more of 10 at 5 %) is 6e-5"
    assert called.mean() < 0.15
