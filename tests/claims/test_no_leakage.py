"""No leakage: what is read of the claims comes from the past of the same runner, and from nothing else.

Outcomes are taken from where they belong, in time or between runners, and everything else stays as it was. Hip work
goes on for weeks in much the same way and its dose is a mean over weeks, so an outcome one week off still meets much of
its dose: a shift is a strict test only where weeks do not resemble each other and the dose is that of one week. In
other cohorts it must weaken the estimate, the more so the further it goes. Swapped between runners nothing may be left
in either.
"""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS, ClaimData, estimate_claims
from analysis.claims.hip_terms import PER_SD, change_of
from analysis.claims.known_truth.recovery import on_link_scale
from analysis.claims.reading import AGAINST, SUPPORTED
from analysis.panel import athlete_weeks
from analysis.simulate import Truth, simulate_tables
from analysis.study import Study
from analysis.tables import EXPLANATORY

from ..panel.test_panel import scrambled_from

PAIN, INJURY = "pain: mobility_within", "injury: mobility_within"
STRONG = {
    "dose_burn_in_weeks": 0, "pain_level": 4.0, "pain_mobility_within": -1.5, "pain_mobility_slope_sd": 0.0,
    "pain_stability_within": 0.0, "injury_rate_per_1000h": 40.0, "injury_mobility_within": 0.4,
    "injury_stability_within": 1.0,
}  # fmt: skip
OF_ONE_WEEK = STRONG | {"hip_work_autocorrelation": 0.0, "dose_half_life_weeks": 0.1}
"""Every week's hip work is drawn anew, and what counts is that of the week before (1000 times that before it)."""
OF_TESTS = STRONG | {"pain_force": -1.0, "pain_elsewhere_hip_deficit": 1.0, "pain_elsewhere_shift": 2.0}
OUTCOMES = ("weekly_reports", "injuries")
SEED = 3


def cohort(truth):
    return simulate_tables(n_athletes=40, n_weeks=26, seed=SEED, truth=Truth(**truth))


def estimated(tables, study=None, claims=("dose_mobility", "injury_dose")):
    """The claims of the tables by term, on the link scale."""
    study = study or Study()
    data = ClaimData(tables, athlete_weeks(tables, study), study)
    table = estimate_claims(data, [c for c in CLAIMS if c.id in claims], robust=False)
    return on_link_scale(table, study.confidence_level).set_index("term")


def shifted(tables, weeks):
    """The tables with every report, injury and illness `weeks` later (earlier where negative)."""
    by = pd.Timedelta(weeks=weeks)
    moved = {
        name: tables[name].assign(**{c: tables[name][c] + by for c in tables[name].select_dtypes("datetime")})
        for name in OUTCOMES
    }
    return tables | moved


def swapped(tables, seed=1):
    """The tables with every athlete's reports, injuries and illnesses given to another who was watched as long.

    Who has no other of the same time of watching loses them.
    """
    windows = tables["observation_windows"]
    watched = windows[windows["stream"].isin(["weekly_report", "injury"])].sort_values(["stream", "start_date"])
    times = watched.groupby("athlete_id")[["stream", "start_date", "end_date"]].agg(lambda c: " ".join(c.astype(str)))
    rng, to = np.random.default_rng(seed), {}
    for _, alike in times.groupby(list(times.columns)):
        if len(alike) > 1:
            ids = rng.permutation(alike.index.to_numpy())
            to |= dict(zip(ids, np.roll(ids, 1), strict=True))
    assert len(to) > 0.8 * len(times) and all(one != other for one, other in to.items())
    given = {}
    for name in OUTCOMES:
        rows = tables[name][tables[name]["athlete_id"].isin(to)]
        given[name] = rows.assign(athlete_id=rows["athlete_id"].map(to).astype(rows["athlete_id"].dtype))
    return tables | given


def test_outcomes_one_week_earlier_or_later_are_not_explained_by_the_work_of_the_week_before():
    """One week earlier an outcome would meet its cause only in a dose that knew its own week."""
    study, of_one_week = Study(dose_half_life_weeks=0.1), cohort(OF_ONE_WEEK)
    as_it_was = estimated(of_one_week, study)
    assert (as_it_was.loc[[PAIN, INJURY], "reading"] == SUPPORTED).all()
    for weeks in (-1, 1):
        moved = estimated(shifted(of_one_week, weeks), study)
        assert not moved["reading"].isin([SUPPORTED, AGAINST]).any(), weeks
        left = moved.loc[[PAIN, INJURY], "estimate"] / as_it_was.loc[[PAIN, INJURY], "estimate"]
        assert (left.abs() < 0.15).all(), (weeks, left.to_dict())


def test_with_a_dose_of_many_weeks_a_shift_weakens_the_estimate_the_more_the_further_it_goes():
    """Half-life 2 weeks, work that resembles that of the week before (0.6): 0.75 to 0.9 are left of it a week off."""
    strong, dose = cohort(STRONG), ("dose_mobility",)
    moved = {weeks: estimated(shifted(strong, weeks), claims=dose) for weeks in (-6, -2, -1, 0, 1, 2, 6)}
    pain = {weeks: table.loc[PAIN, "estimate"] for weeks, table in moved.items()}
    left = {weeks: value / pain[0] for weeks, value in pain.items()}
    for way in (-1, 1):
        assert 1 > left[way] > left[2 * way] > abs(left[6 * way]), left
        assert left[way] < 0.92 and left[2 * way] < 0.75 and abs(left[6 * way]) < 0.35, left


@pytest.mark.parametrize("truth", [STRONG, OF_ONE_WEEK], ids=["many weeks", "one week"])
def test_outcomes_of_another_runner_are_explained_by_nothing(truth):
    study = Study(dose_half_life_weeks=truth.get("dose_half_life_weeks", 2.0))
    tables = cohort(truth)
    assert (estimated(tables, study).loc[[PAIN, INJURY], "reading"] == SUPPORTED).all()
    for seed in (1, 2):
        moved = estimated(swapped(tables, seed), study)
        assert not moved["reading"].isin([SUPPORTED, AGAINST]).any(), seed
        assert (moved.loc[[PAIN, INJURY], "estimate"].abs() < [0.3, 0.3]).all(), seed


def test_outcomes_of_another_runner_are_not_explained_by_tests_of_the_hip_either():
    tables, claims = cohort(OF_TESTS), ("four_strengths", "remote_pain")
    terms = ["pain: force", "pain_elsewhere: hip_deficit"]
    as_it_was, moved = estimated(tables, claims=claims), estimated(swapped(tables), claims=claims)
    assert (as_it_was.loc[terms, "reading"] == SUPPORTED).all()
    assert not moved.loc[terms, "reading"].isin([SUPPORTED, AGAINST]).any()
    assert (moved.loc[terms, "estimate"].abs() < 0.5 * as_it_was.loc[terms, "estimate"].abs()).all()


@pytest.mark.parametrize("week", [6, 13])
def test_nothing_on_or_after_monday_changes_what_a_claim_explains_that_week_by(week):
    """All of `ClaimData.weeks` that is no outcome of the week: doses, make-up of work, hip scores, terrain, load.

    Athletes keep their first test day, which is the reference of every score (`hip.scores`). Scores in SD between
    runners are set in a mean and SD of all weeks, later ones too: one line for the whole cohort, and no more.
    """
    tables = simulate_tables(n_athletes=24, n_weeks=16, seed=SEED)
    monday = tables["weekly_reports"]["week_start"].min() + pd.Timedelta(weeks=week)
    before, after = (explaining(t, monday) for t in (tables, scrambled_later(tables, monday)))
    assert len(before) > 24 * week * 0.9 and before.columns.equals(after.columns)
    assert set(EXPLANATORY) <= set(before.columns) and before.notna().any().sum() > 60
    in_sd = [*PER_SD, *(change_of(score) for score in PER_SD), "hip_deficit_left", "hip_deficit_right"]
    pd.testing.assert_frame_equal(before.drop(columns=in_sd), after.drop(columns=in_sd))
    for score in in_sd:
        known = before[score].notna()
        assert known.equals(after[score].notna())
        if before.loc[known, score].nunique() > 1:
            line = np.polyfit(before.loc[known, score], after.loc[known, score], 1)
            np.testing.assert_allclose(np.polyval(line, before.loc[known, score]), after.loc[known, score], atol=1e-9)
            assert line[0] > 0, score


def test_the_check_notices_a_change_before_the_monday():
    tables = simulate_tables(n_athletes=24, n_weeks=16, seed=SEED)
    monday = tables["weekly_reports"]["week_start"].min() + pd.Timedelta(weeks=6)
    before, after = (explaining(t, monday) for t in (tables, scrambled_later(tables, monday - pd.Timedelta(weeks=1))))
    for column in ("non_sagittal_within", "days_within", "mobility_within", "trail_share"):
        assert not before[column].equals(after[column].reindex(before.index)), column


def scrambled_later(tables, monday):
    """`scrambled_from` with the first test day of every athlete as it was."""
    tests = tables["hip_assessments"]
    first = tests["date"] == tests.groupby("athlete_id")["date"].transform("min")
    changed = scrambled_from(tables | {"hip_assessments": tests[~first]}, monday, SEED)
    return changed | {"hip_assessments": pd.concat([tests[first], changed["hip_assessments"]], ignore_index=True)}


def explaining(tables, monday):
    """The explanatory columns of `ClaimData.weeks` up to a Monday, by athlete and week."""
    panel = athlete_weeks(tables, start=tables["weekly_reports"]["week_start"].min())
    weeks = ClaimData(tables, panel, Study()).weeks
    made = [c for c in weeks if c not in panel]
    keys = ["athlete_id", "week_start"]
    rows = weeks[weeks["week_start"] <= monday]
    return rows.set_index(keys)[sorted({*made, *EXPLANATORY} - set(keys))]
