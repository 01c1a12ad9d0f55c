"""The simulated cohort holds the truth it states."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.errors import InputError
from analysis.hip.exercises import exercise_library
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, null_truth, simulate, simulate_tables
from analysis.simulate.clean_tables import START
from analysis.simulate.hip_work import DONE_BY_RUNNERS, OWN_EXERCISE, split_dose, true_dose
from analysis.simulate.injuries import draw_illnesses
from analysis.simulate.missing import record
from analysis.simulate.randomness import autoregressive
from analysis.simulate.training import programme_shares
from analysis.study import Study
from analysis.surveillance.ostrc import health_problem, severity_score, substantial
from analysis.tables import RAW_TABLES
from analysis.tables.words import RUNNING_SPORTS

STEP = 30


def week_of(dates: pd.Series) -> pd.Series:
    return (dates - START).dt.days // 7


def run_hours(cohort) -> np.ndarray:
    """Hours of running done, athletes x weeks, from the clean tables."""
    sessions = cohort.tables["training_sessions"]
    runs = sessions[sessions["sport"].isin(RUNNING_SPORTS)]
    weekly = (
        (runs["duration_min"] / 60).groupby([runs["athlete_id"], week_of(runs["date"])]).sum().unstack(fill_value=0)
    )
    shape = cohort.latent_pain.shape
    return weekly.reindex(index=cohort.athletes["athlete_id"], columns=range(shape[1]), fill_value=0).to_numpy()


def new_injuries(cohort) -> np.ndarray:
    """Injuries that began, athletes x weeks, from the clean tables."""
    injuries = cohort.tables["injuries"].query("problem_type == 'injury'")
    counts = injuries.groupby(["athlete_id", week_of(injuries["onset_date"])]).size().unstack(fill_value=0)
    shape = cohort.latent_pain.shape
    return counts.reindex(index=cohort.athletes["athlete_id"], columns=range(shape[1]), fill_value=0).to_numpy()


# shape and keys


def test_every_clean_table_passes_its_declaration(cohort):
    assert set(cohort.tables) == set(RAW_TABLES)
    for name, table in cohort.tables.items():
        RAW_TABLES[name].schema().validate(table, lazy=True)
        assert len(table) > 0


def test_clean_values_lie_in_the_usual_range_of_their_columns(cohort):
    for name, table in cohort.tables.items():
        for column in RAW_TABLES[name].columns:
            if column.plausible and table[column.name].notna().any():
                low, high = column.plausible
                inside = table[column.name].dropna().between(low, high).mean()
                assert inside > 0.99, (name, column.name)


def test_the_same_seed_gives_the_same_tables_and_another_seed_others():
    one, same, other = (simulate_tables(n_athletes=6, n_weeks=4, seed=s) for s in (9, 9, 10))
    for name in one:
        pd.testing.assert_frame_equal(one[name], same[name])
    assert not one["training_sessions"].equals(other["training_sessions"])


@pytest.mark.parametrize("arguments", [{"n_athletes": 0}, {"n_weeks": 1}, {"seed": -1}])
def test_a_cohort_of_no_size_is_refused(arguments):
    with pytest.raises(InputError, match="Fix:"):
        simulate(**arguments)


@pytest.mark.parametrize("n_athletes", [1, 2, 4])
def test_small_cohorts_can_be_simulated(n_athletes):
    tables = simulate_tables(n_athletes=n_athletes, n_weeks=2, seed=0)
    assert len(tables["athletes"]) == n_athletes


# load


def test_autoregressive_noise_has_the_stated_spread_and_lag_one_correlation():
    x = autoregressive(np.random.default_rng(1), 4000, 20, sd=0.7, correlation=0.6)
    assert x.std() == pytest.approx(0.7, rel=0.02)
    assert x[:, 0].std() == pytest.approx(x[:, -1].std(), rel=0.05)
    assert np.corrcoef(x[:, :-1].ravel(), x[:, 1:].ravel())[0, 1] == pytest.approx(0.6, abs=0.02)


def test_weekly_running_minutes_are_autocorrelated_as_stated_about_the_programme(many):
    burn_in = many.truth.dose_burn_in_weeks
    about_plan = np.log(many.planned_min[:, burn_in:] / programme_shares(26))
    about_plan -= np.log(many.athletes["usual_min"].to_numpy())[:, None]
    lagged = np.corrcoef(about_plan[:, :-1].ravel(), about_plan[:, 1:].ravel())[0, 1]
    assert lagged == pytest.approx(many.truth.load_autocorrelation, abs=0.03)
    assert about_plan.std() == pytest.approx(many.truth.load_log_sd, rel=0.05)


def test_the_programme_builds_up_with_down_weeks_and_tapers():
    shares = programme_shares(26)
    assert shares[22] > shares[10] > shares[0]
    assert shares[3] < shares[2]
    assert list(np.diff(shares[-4:]) < 0) == [True, True, True]


def test_no_one_trains_on_a_day_lost_to_a_problem(cohort):
    problems = cohort.tables["injuries"].merge(cohort.tables["training_sessions"], on="athlete_id")
    back = problems["return_date"].fillna(pd.Timestamp.max.as_unit("us"))
    lost = (problems["date"] > problems["onset_date"]) & (problems["date"] < back)
    assert not lost.any()


def test_time_loss_runs_from_the_day_after_onset_to_the_day_before_return_bahr_2020(cohort):
    injuries = cohort.tables["injuries"].dropna(subset="return_date")
    days = (injuries["return_date"] - injuries["onset_date"]).dt.days - 1
    assert (days == injuries["time_loss_days"]).all()
    still_open = cohort.tables["injuries"]["return_date"].isna()
    assert cohort.tables["injuries"].loc[still_open, "time_loss_days"].isna().all()


# dose


def test_dose_is_the_weighted_mean_of_the_weeks_before_by_hand():
    minutes = np.array([[10.0, 40.0, 0.0, 20.0]])
    dose = true_dose(minutes, burn_in_weeks=0, half_life_weeks=1.0)
    expected = [np.nan, 10, (40 + 10 / 2) / 1.5, (0 + 40 / 2 + 10 / 4) / 1.75]
    np.testing.assert_allclose(dose[0], expected)
    between, within = split_dose(dose)
    np.testing.assert_allclose(between[0], [np.nan, 10, (10 + 30) / 2, (10 + 30 + 22.5 / 1.75) / 3])
    np.testing.assert_allclose(within[0], dose[0] - between[0])


def test_without_burn_in_and_diary_gaps_the_panel_sees_the_true_dose():
    truth = Truth(dose_burn_in_weeks=0, diary_gap_share=0.0, dropout_rate_per_week=0.0)
    cohort = simulate(n_athletes=8, n_weeks=10, seed=5, truth=truth)
    panel = athlete_weeks(cohort.tables, Study(dose_half_life_weeks=truth.dose_half_life_weeks), START)
    for category, dose in cohort.dose_min.items():
        seen = panel.pivot(index="athlete_id", columns="week_start", values=f"{category}_dose_min")
        np.testing.assert_allclose(seen.loc[cohort.athletes["athlete_id"]].to_numpy(), dose)


def test_exercises_are_of_the_library_and_of_their_category():
    library = exercise_library().set_index("name")["category"]
    for category, names in DONE_BY_RUNNERS.items():
        assert set(library[list(names)]) == {category}
    assert OWN_EXERCISE not in library.index


def test_one_athlete_does_an_exercise_the_library_does_not_know(cohort):
    own = cohort.tables["hip_work"].query("exercise == @OWN_EXERCISE")
    assert not own.empty
    assert not own["in_library"].any()
    assert set(own["category"]) == {"mobility"}
    assert own["athlete_id"].nunique() == 1


# pain


def test_within_athlete_effects_on_pain_are_those_stated(many):
    """Fixed-effects regression of latent pain on the true doses; 4 standard errors."""
    truth, (n, n_weeks) = many.truth, many.latent_pain.shape
    week = np.broadcast_to(np.linspace(0, 1, n_weeks), (n, n_weeks))
    x = [split_dose(many.dose_min[c])[1] / STEP for c in ("mobility", "stability")] + [many.follow_up.log_acute, week]
    design = np.column_stack([(v - v.mean(axis=1, keepdims=True)).ravel() for v in x])
    y = (many.latent_pain - many.latent_pain.mean(axis=1, keepdims=True)).ravel()
    fit = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": np.repeat(np.arange(n), n_weeks)})
    stated = [truth.pain_mobility_within, truth.pain_stability_within, truth.pain_acute_load, truth.pain_build_up]
    assert (np.abs(fit.params - stated) < 4 * fit.bse).all()
    assert (fit.bse[:2] < 0.06).all()


def test_under_the_null_pain_knows_nothing_of_hip_work_and_its_frailty_has_the_stated_sd():
    """One-way analysis of variance: Var(athlete) = Var(means) - Var(mean of AR(1) noise)."""
    cohort = simulate(n_athletes=400, n_weeks=26, seed=6, truth=null_truth())
    truth, weeks = cohort.truth, cohort.latent_pain.shape[1]
    lags = np.arange(1, weeks)
    mean_noise = (
        truth.pain_noise_sd**2 / weeks * (1 + 2 * ((1 - lags / weeks) * truth.pain_autocorrelation**lags).sum())
    )
    frailty_sd = np.sqrt(cohort.latent_pain.mean(axis=1).var(ddof=1) - mean_noise)
    assert frailty_sd == pytest.approx(truth.pain_frailty_sd, rel=0.12)
    for category in cohort.dose_min:
        within = split_dose(cohort.dose_min[category])[1]
        assert abs(np.corrcoef(within.ravel(), cohort.latent_pain.ravel())[0, 1]) < 0.04


def test_pain_is_moderate_and_little_of_it_is_clipped(cohort):
    worst = np.maximum(cohort.pain["hip_groin", "left"], cohort.pain["hip_groin", "right"])
    assert 2.5 < worst.mean() < 3.5
    assert (worst == 0).mean() < 0.10
    assert (worst == 10).mean() < 0.01


def test_an_open_injury_hurts_on_its_side(many):
    injuries = many.follow_up.problems.query("region == 'knee' and problem_type == 'injury'")
    week = injuries["onset_day"] // 7
    both = {s: many.pain["knee", s][injuries["athlete"], week] for s in ("left", "right")}
    hurt = np.where(injuries["side"] == "left", both["left"], both["right"])
    other = np.where(injuries["side"] == "left", both["right"], both["left"])
    assert (hurt >= other).mean() > 0.95
    assert hurt.mean() > other.mean() + 1


# OSTRC


def test_ostrc_answers_are_version_2_with_the_gate_of_question_1_clarsen_2020(cohort):
    forms = cohort.tables["weekly_reports"].query("region == 'any'")
    answers = [forms[f"ostrc_q{k}"] for k in (1, 2, 3, 4)]
    assert severity_score(*answers, version=2).notna().all()
    others = forms[["ostrc_q2", "ostrc_q3", "ostrc_q4"]]
    full = forms["ostrc_q1"] == 0
    assert others[full].isna().all(axis=None)
    assert others[~full].notna().all(axis=None)
    assert forms.loc[full, "problem_type"].isna().all()


def test_problems_are_about_as_common_as_in_surveillance_of_runners(cohort):
    forms = cohort.tables["weekly_reports"].query("region == 'any'")
    answers = [forms[f"ostrc_q{k}"] for k in (1, 2, 3, 4)]
    assert 0.15 < health_problem(*answers).mean() < 0.45
    assert 0.04 < substantial(*answers).mean() < 0.20


# injuries


def test_the_number_of_injuries_is_what_their_rates_and_hours_expect(many):
    injuries = (many.follow_up.problems["problem_type"] == "injury").sum()
    low, high = stats.poisson.interval(0.999, many.follow_up.expected.sum())
    assert low <= injuries <= high


def test_under_the_null_without_frailty_the_rate_is_the_base_rate():
    truth = Truth(**{**null_truth().__dict__, "injury_frailty_sd": 0.0, "injury_rate_per_1000h": 20.0})
    cohort = simulate(n_athletes=120, n_weeks=26, seed=7, truth=truth)
    low, high = stats.poisson.interval(0.999, 20 * run_hours(cohort).sum() / 1000)
    assert low <= new_injuries(cohort).sum() <= high


def test_injury_rate_ratios_are_those_stated():
    """Poisson regression with the known frailty as offset; 4 standard errors."""
    truth = Truth(
        injury_rate_per_1000h=60.0, time_loss_median_days=2.0, time_loss_log_sd=0.3, dropout_rate_per_week=0.0
    )
    cohort = simulate(n_athletes=240, n_weeks=26, seed=8, truth=truth)
    hours, (n, n_weeks) = run_hours(cohort), cohort.latent_pain.shape
    athletes = cohort.athletes
    shown = {
        "injury_mobility_within": split_dose(cohort.dose_min["mobility"])[1] / STEP,
        "injury_stability_within": split_dose(cohort.dose_min["stability"])[1] / STEP,
        "injury_acute_load": cohort.follow_up.log_acute,
        "injury_build_up": np.broadcast_to(np.linspace(0, 1, n_weeks), (n, n_weeks)),
        "injury_previous_injury": np.broadcast_to(
            athletes["previous_injury"].to_numpy()[:, None].astype(float), (n, n_weeks)
        ),
    }
    run = hours.ravel() > 0
    frailty = np.repeat(athletes["injury_log_frailty"].to_numpy(), n_weeks)
    design = sm.add_constant(np.column_stack([x.ravel()[run] for x in shown.values()]))
    offset = (np.log(np.where(hours > 0, hours, 1)).ravel() + frailty)[run]
    fit = sm.GLM(new_injuries(cohort).ravel()[run], design, family=sm.families.Poisson(), offset=offset).fit()
    stated = np.log([60 / 1000, *(getattr(truth, name) for name in shown)])
    assert (np.abs(fit.params - stated) < 4 * fit.bse).all()


def test_injury_frailty_is_drawn_with_the_stated_sd(many):
    assert many.athletes["injury_log_frailty"].std() == pytest.approx(many.truth.injury_frailty_sd, rel=0.15)


def test_illnesses_are_as_many_as_stated_and_the_same_whatever_else_is_true():
    drawn = draw_illnesses(500, 26, 1, Truth())
    low, high = stats.poisson.interval(0.999, 500 * 26 * Truth().illness_rate_per_week)
    assert low <= len(drawn) <= high
    assert drawn == draw_illnesses(500, 26, 1, Truth(injury_mobility_within=0.2, pain_level=6.0))


def test_more_hip_work_that_protects_leaves_fewer_injuries():
    helped, harmed = (
        simulate(n_athletes=60, n_weeks=20, seed=2, truth=Truth(injury_mobility_between=r, injury_stability_between=r))
        for r in (0.4, 2.5)
    )
    habit = helped.athletes["mobility_habit_min"] + helped.athletes["stability_habit_min"]
    diligent = (habit > habit.median()).to_numpy()

    def rate(cohort):
        return new_injuries(cohort)[diligent].sum() / run_hours(cohort)[diligent].sum()

    assert rate(helped) < rate(harmed) / 2


# missing


def test_answers_are_missing_more_often_with_pain_as_stated():
    truth = Truth(response_log_odds_per_point=-0.3, dropout_rate_per_week=0.0)
    athletes = simulate(n_athletes=300, n_weeks=2, seed=1, truth=truth).athletes
    pain = np.random.default_rng(1).integers(0, 11, (300, 30))
    answered = record(athletes, pain, 1, truth).answered
    design = sm.add_constant((pain - 3).ravel().astype(float))
    offset = np.repeat(athletes["response_frailty"].to_numpy(), 30)
    fit = sm.GLM(answered.ravel().astype(float), design, family=sm.families.Binomial(), offset=offset).fit()
    assert abs(fit.params[1] + 0.3) < 4 * fit.bse[1]
    level = np.log(truth.response_share / (1 - truth.response_share))
    assert abs(fit.params[0] - level) < 4 * fit.bse[0]


def test_between_75_and_88_in_100_weekly_forms_come_back(cohort):
    share = cohort.recorded.answered.sum() / cohort.recorded.watched.sum()
    assert 0.75 < share < 0.88


def test_no_table_has_a_row_after_the_athlete_left(cohort):
    assert (cohort.recorded.n_weeks_in < 26).any()
    windows = cohort.tables["observation_windows"]
    for name, dated, stream in (
        ("training_sessions", "date", "training"),
        ("hip_work", "date", "hip_work"),
        ("hip_assessments", "date", "hip_assessment"),
        ("weekly_reports", "week_start", "weekly_report"),
        ("injuries", "onset_date", "injury"),
    ):
        rows = cohort.tables[name][["athlete_id", dated]].reset_index()
        spans = windows[windows["stream"] == stream]
        pairs = rows.merge(spans, on="athlete_id")
        inside = (pairs[dated] >= pairs["start_date"]) & (pairs[dated] <= pairs["end_date"])
        assert set(pairs.loc[inside, "index"]) == set(rows["index"]), name


def test_a_week_without_a_diary_is_not_watched_instead_of_zero(cohort):
    spans = cohort.tables["observation_windows"].query("stream == 'hip_work'")
    days = ((spans["end_date"] - spans["start_date"]).dt.days + 1).sum()
    assert days == 7 * cohort.recorded.diary.sum()
    assert cohort.recorded.diary.sum() < cohort.recorded.watched.sum()
