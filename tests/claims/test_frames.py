"""The rows that claims are estimated from: work before and after runs, days with next-day soreness, top speeds."""

import numpy as np
import pandas as pd
import pytest

from analysis.claims import CLAIMS, OUTCOMES, ClaimData, estimate_claims
from analysis.claims.frames import first_and_change
from analysis.claims.primary import ADJUSTMENT, columns_of
from analysis.panel import athlete_weeks, work_days, work_mix
from analysis.study import Study
from analysis.tables import RAW_TABLES
from analysis.tables.words import RELATIONS_TO_RUN

MONDAY = pd.Timestamp("2026-01-05")
ATHLETES, WEEKS = 16, 24
NUMBERS = ["estimate", "ci_low", "ci_high"]


def on(days):
    return pd.Series(MONDAY + pd.to_timedelta(np.asarray(days, dtype=int), unit="D")).astype("datetime64[us]")


def made_tables(seed=5):
    """Runners watched all along, with a run on most days and hip work on two days of three."""
    rng = np.random.default_rng(seed)
    ids = [f"r{k:02d}" for k in range(ATHLETES)]
    grid = pd.MultiIndex.from_product([ids, range(7 * WEEKS)], names=["athlete_id", "day"]).to_frame(index=False)
    worked, ran = grid[rng.random(len(grid)) < 0.65], grid[rng.random(len(grid)) < 0.7]
    n, m = len(worked), len(ran)
    work = {
        "entry_id": [f"h{i}" for i in range(n)], "athlete_id": worked["athlete_id"].to_numpy(),
        "date": on(worked["day"]), "exercise": rng.choice(["hip hinge", "ball release quadriceps"], n),
        "in_library": True, "duration_min": rng.gamma(2, 6, n).round(1) + 1,
        "relation_to_run": rng.choice(RELATIONS_TO_RUN, n),
    }  # fmt: skip
    work["category"] = np.where(work["exercise"] == "hip hinge", "stability", "mobility")
    sessions = {
        "session_id": [f"s{i}" for i in range(m)], "athlete_id": ran["athlete_id"].to_numpy(), "date": on(ran["day"]),
        "sport": "run", "duration_min": rng.integers(30, 90, m).astype(float), "rpe_scale": "cr10",
        "rpe": rng.integers(2, 9, m).astype(float),
    }  # fmt: skip
    sessions["distance_km"] = sessions["duration_min"] * 0.2
    sessions["top_speed_km_h"] = np.where(rng.random(m) < 0.2, 0.0, rng.normal(16, 1.5, m))
    weeks = pd.MultiIndex.from_product([ids, range(WEEKS)]).to_frame(index=False)
    raw = {
        "athletes": {"athlete_id": ids, "clinic": "A", "age_y": rng.integers(20, 60, ATHLETES).astype(float),
                     "sex": rng.choice(["female", "male"], ATHLETES), "previous_injury": rng.random(ATHLETES) < 0.5},
        "hip_work": work, "training_sessions": sessions,
        "weekly_reports": {"athlete_id": weeks[0].to_numpy(), "week_start": on(7 * weeks[1]), "region": "hip_groin",
                           "side": "left", "pain_nrs": rng.uniform(2, 4, len(weeks))},
        "observation_windows": {"athlete_id": np.repeat(ids, 3), "start_date": on([0] * 3 * ATHLETES),
                                "stream": ["training", "hip_work", "weekly_report"] * ATHLETES,
                                "end_date": on([7 * WEEKS - 1] * 3 * ATHLETES)},
    }  # fmt: skip
    return {name: RAW_TABLES[name].tidy(pd.DataFrame(columns)) for name, columns in raw.items()}


def of(tables):
    return ClaimData(tables, athlete_weeks(tables), Study())


@pytest.fixture(scope="module")
def tables():
    return made_tables()


@pytest.fixture(scope="module")
def data(tables):
    return of(tables)


def claim(name):
    return [c for c in CLAIMS if c.id == name]


def test_a_score_is_that_of_the_first_test_and_its_change_that_by_the_last_one():
    athlete = pd.Series(["a", "a", "a", "a", "b", "b"])
    found = first_and_change({"force": pd.Series([np.nan, 1.0, 1.0, 3.0, np.nan, -2.0])}, athlete)
    assert found["force"].tolist() == pytest.approx([np.nan, 1, 1, 1, np.nan, -2], nan_ok=True)
    assert found["force_change"].tolist() == pytest.approx([np.nan, 0, 0, 2, np.nan, 0], nan_ok=True)


@pytest.mark.parametrize("name", ["little_and_often", "too_much", "speed_and_ease"])
def test_every_term_of_these_claims_is_a_column_of_their_rows(data, name):
    for estimand in claim(name)[0].estimands:
        model = estimand.model
        terms = [*model.exposures, *model.adjustment, *model.adds]
        frame = getattr(data, OUTCOMES[estimand.outcome].frame)
        columns = {model.outcome, "clinic", "programme_week", *(c for t in terms for c in columns_of(t))}
        assert columns - set(frame) == set()


def test_work_before_and_after_runs_is_in_dose_steps(data):
    mix = work_mix(data.tables["hip_work"], data.panel, data.study)
    for which in ("before_run", "after_run"):
        for part in ("within", "between"):
            expected = mix[f"{which}_dose_{part}_min"] / data.study.dose_step_min
            assert data.weeks[f"{which}_{part}"].dropna().tolist() == pytest.approx(expected.dropna().tolist())
            assert expected.nunique() > 100


def test_before_in_place_of_after_is_the_difference_of_the_two_and_has_the_mobility_and_stability_doses_beside_it(
    tables,
):
    """Pain made of the terms of the frame: -0.4 a step before runs, +0.3 a step after: 0.7 lower, and noise."""
    weeks = of(tables).weeks
    pain = 4 - 0.4 * weeks["before_run_within"] + 0.3 * weeks["after_run_within"] + 0.5 * weeks["mobility_within"]
    pain += np.random.default_rng(1).normal(0, 0.05, len(pain))
    reports = tables["weekly_reports"].merge(
        weeks[["athlete_id", "week_start"]].assign(made=pain), on=["athlete_id", "week_start"]
    )
    reports = reports.assign(pain_nrs=reports["made"].clip(0, 10)).drop(columns="made")
    found = estimate_claims(of({**tables, "weekly_reports": reports}), claim("little_and_often"))
    row = found.set_index("term").loc["pain: before_run_within after_run_within"]
    assert row["ci_low"] < -0.7 < row["ci_high"] and row["estimate"] == pytest.approx(-0.7, abs=0.05)
    assert "30 min/week of hip work before runs" in row["contrast"]


def with_soreness(tables, per_doubling, seed=2):
    """Soreness of 3, more by so much a doubling, an athlete's own level, and noise; 3 where the jump is not known."""
    rng = np.random.default_rng(seed)
    work = tables["hip_work"].assign(soreness_next_day_nrs=3.0)
    rows = work_days(work, tables["observation_windows"])
    level = dict(zip(sorted(set(rows["athlete_id"])), rng.normal(0, 0.5, ATHLETES), strict=True))
    sore = 3 + per_doubling * rows["work_jump_doublings"].fillna(0) + rows["athlete_id"].map(level)
    told = rows[["athlete_id", "date"]].assign(sore=(sore + rng.normal(0, 0.3, len(rows))).clip(0, 10))
    work = work.merge(told, on=["athlete_id", "date"])
    return {**tables, "hip_work": work.assign(soreness_next_day_nrs=work["sore"]).drop(columns="sore")}


@pytest.mark.parametrize("per_doubling", [0.6, 0.0])
def test_soreness_after_twice_the_usual_work_is_found_where_it_is_and_not_where_it_is_not(tables, per_doubling):
    found = estimate_claims(of(with_soreness(tables, per_doubling)), claim("too_much")).iloc[0]
    assert found["ci_low"] < per_doubling < found["ci_high"]
    assert found["estimate"] == pytest.approx(per_doubling, abs=0.06)
    assert (found["term"], found["rows"], found["unit"]) == ("soreness: work_jump_doublings", "days", "points")
    assert (found["expected"], found["n_athletes"]) == (1, ATHLETES)


def test_days_with_soreness_have_what_was_known_before_their_week(tables):
    data = of(with_soreness(tables, 0.5))
    rows = data.work_days
    assert len(rows) == len(work_days(data.tables["hip_work"], data.tables["observation_windows"])) > 1000
    assert not rows.duplicated(["athlete_id", "date"]).any()
    before = data.weeks.set_index(["athlete_id", "week_start"])[["programme_week", *ADJUSTMENT]]
    expected = before.loc[pd.MultiIndex.from_frame(rows[["athlete_id", "week_start"]])]
    pd.testing.assert_frame_equal(rows[["programme_week", *ADJUSTMENT]], expected.reset_index(drop=True))
    assert (rows["date"] - rows["week_start"]).dt.days.between(0, 6).all()


def test_the_top_speed_of_a_run_is_the_sessions_and_0_is_none(data):
    runs = data.runs
    recorded = data.tables["training_sessions"].set_index("session_id").loc[runs["session_id"], "top_speed_km_h"]
    assert (runs["top_speed_km_h"].isna() == (recorded == 0).to_numpy()).all() and runs["top_speed_km_h"].min() > 0
    assert runs["top_speed_km_h"].dropna().tolist() == recorded[recorded > 0].tolist()


def test_what_a_cohort_never_recorded_is_named_by_its_column(tables):
    work = tables["hip_work"].assign(relation_to_run=pd.array([None] * len(tables["hip_work"]), dtype="str"))
    sessions = tables["training_sessions"].assign(top_speed_km_h=np.nan)
    untold = of({**tables, "hip_work": work, "training_sessions": sessions})
    found = estimate_claims(untold, [*claim("little_and_often"), *claim("too_much"), *claim("speed_and_ease")])
    why = found.set_index("term")["why_not"]
    assert why["pain: before_run_within after_run_within"] == (
        "not known in any row: whether hip work was done before or after a run (column before_run_within)"
    )
    assert why["soreness: work_jump_doublings"] == (
        "not known in any row: soreness on the day after hip work (column soreness_next_day_nrs)"
    )
    assert why["top_speed: rom_six_motions"] == "not known in any row: top speed of runs (column top_speed_km_h)"
    assert found.set_index("term").loc["pain: days_within", NUMBERS].notna().all()
